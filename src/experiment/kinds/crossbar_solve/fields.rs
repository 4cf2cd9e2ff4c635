//! An array as a script describes it: from a file, or field by field.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::CellFields;
use super::conductances::{Cells, Conductances, missing};
use super::drive::{Drive, Scheme};
use super::faults::FaultFields;
use super::lines::{PerLine, Wires, given};
use super::names::SCRIPT_NAMES;
use super::{Problem, golden};
use crate::crossbar::{Array, Bias, Lines, Topology};
use crate::experiment::FieldError;
use crate::experiment::script::{Folders, Ohm, Volt};
use crate::experiment::table::{Reading, Table};

/// An array: a `file`, or everything else; `faults` go with both.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrayFields {
    /// JSON file in the format of the golden circuits, instead of all other fields.
    #[serde(default)]
    file: Option<String>,
    /// How the lines run.
    #[serde(default)]
    topology: Option<Lay>,
    /// Number of rows; may be left away where `conductances` is a table.
    #[serde(default)]
    rows: Option<usize>,
    /// Number of columns; may be left away where `conductances` is a table.
    #[serde(default)]
    columns: Option<usize>,
    /// Conductances of the cells.
    #[serde(default)]
    conductances: Option<Conductances>,
    /// What the cells do at a voltage: linear where left away.
    #[serde(default)]
    cell: Option<CellFields>,
    /// Resistance of a word line between neighbouring cells, or a table rows × (columns − 1); of a source
    /// line where there are such: (rows − 1) × columns.
    #[serde(default)]
    word_line_resistance: Option<Wires>,
    /// Resistance of a bit line between neighbouring cells, or a table (rows − 1) × columns.
    #[serde(default)]
    bit_line_resistance: Option<Wires>,
    /// Resistance of the drivers at the left ends of the word lines; `null` = not connected.
    #[serde(default, deserialize_with = "given")]
    source_resistance: Option<PerLine<Ohm>>,
    /// Resistance of the sense amplifiers at the bottom ends of the bit lines; `null` = not connected.
    #[serde(default, deserialize_with = "given")]
    sense_resistance: Option<PerLine<Ohm>>,
    /// Resistance of second drivers at the right ends of the word lines; not connected where left away.
    #[serde(default, deserialize_with = "given")]
    far_source_resistance: Option<PerLine<Ohm>>,
    /// Resistance of second sense amplifiers at the top ends of the bit lines; not connected where
    /// left away.
    #[serde(default, deserialize_with = "given")]
    far_sense_resistance: Option<PerLine<Ohm>>,
    /// Voltages of the drivers; `null` only for a line without a terminal at either end.
    #[serde(default, deserialize_with = "given")]
    word_line_voltages: Option<PerLine<Volt>>,
    /// Instead of `word_line_voltages` many inputs: a table inputs × word lines; a list is one input.
    #[serde(default)]
    inputs: Option<Table>,
    /// Potentials of the sense amplifiers; 0 V where left away, `null` only for a line without a terminal
    /// at either end.
    #[serde(default, deserialize_with = "given")]
    bit_line_voltages: Option<PerLine<Volt>>,
    /// Instead of all voltages the potentials that select one cell.
    #[serde(default)]
    scheme: Option<Scheme>,
    /// What is broken.
    #[serde(default)]
    faults: Option<FaultFields>,
}

/// How the lines run.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Lay {
    /// Word lines along the rows, bit lines along the columns.
    Crossed,
    /// 1T1R with a source line beside every bit line: what is said of word lines holds for the source
    /// lines, one for each column, driven at the bottom. Gate lines carry no current; rows whose
    /// gate is off have cells of zero conductance.
    SourceLines,
}

/// Reads parts of an array.
struct Reader<'a> {
    folders: &'a Folders,
    files: Vec<PathBuf>,
}

impl Reader<'_> {
    fn at(&mut self, name: &str, unit: &'static str, example: &'static str) -> Reading<'_> {
        let (folders, files) = (self.folders, &mut self.files);
        Reading { field: format!("array.{name}"), folders, unit, example, files }
    }
}

impl ArrayFields {
    /// The array these fields describe, and the files that were read.
    pub(super) fn build(&self, folders: &Folders, seed: u64) -> Result<(Problem, Vec<PathBuf>), FieldError> {
        let mut reader = Reader { folders, files: Vec::new() };
        let (mut array, biases, cell) = if let Some(file) = &self.file {
            self.only_file()?;
            let (path, text) = folders.read("array.file", file)?;
            let inside = |fault| FieldError::new("array.file", format!("{}, {fault}", path.display()));
            let (array, bias, cell) = golden::read(&text).map_err(inside)?;
            reader.files.push(path);
            (array, vec![bias], cell)
        } else {
            let cell = self.cell.unwrap_or_default();
            cell.check("array.cell")?;
            let (array, biases) = self.parts(&mut reader, seed)?;
            (array, biases, cell)
        };
        let (faults, ohmic) = match &self.faults {
            Some(fields) => fields.apply(&mut array, seed).map(|(faults, ohmic)| (Some(faults), ohmic))?,
            None => (None, Vec::new()),
        };
        let law = cell.law(&mut array, &ohmic);
        let inputs = self.inputs.is_some();
        Ok((Problem { array, biases, inputs, faults, ohmic, law }, reader.files))
    }

    fn parts(&self, reader: &mut Reader<'_>, seed: u64) -> Result<(Array, Vec<Bias>), FieldError> {
        let conductances = need(self.conductances.as_ref(), "conductances")?;
        let at = reader.at("conductances", "S", "uS");
        let Cells { rows, columns, values } = conductances.read(at, self.rows, self.columns, seed)?;
        let topology = match self.topology {
            None | Some(Lay::Crossed) => Topology::Crossed,
            Some(Lay::SourceLines) => Topology::SourceLines,
        };
        let mut array = Array { topology, ..Array::uniform(rows, columns, values, 0.0, 0.0) };
        let mut wires = |field: &Option<Wires>, name, shape| {
            need(field.as_ref(), name)?.segments(reader.at(name, "Ohm", "Ohm"), shape)
        };
        let open = PerLine::All(None);
        let ends = |field: &Option<PerLine<Ohm>>, n| field.as_ref().unwrap_or(&open).expand(n);
        need(self.source_resistance.as_ref(), "source_resistance")?;
        need(self.sense_resistance.as_ref(), "sense_resistance")?;
        let words = array.word_line_count();
        array.word_lines = Lines {
            segments: wires(&self.word_line_resistance, "word_line_resistance", array.word_segments())?,
            near: ends(&self.source_resistance, words),
            far: ends(&self.far_source_resistance, words),
        };
        array.bit_lines = Lines {
            segments: wires(&self.bit_line_resistance, "bit_line_resistance", array.bit_segments())?,
            near: ends(&self.sense_resistance, columns),
            far: ends(&self.far_sense_resistance, columns),
        };
        SCRIPT_NAMES.check_array(&array)?;
        let biases = self.drive()?.biases(&mut array, reader.at("inputs", "V", "V"))?;
        for bias in &biases {
            SCRIPT_NAMES.check_bias(&array, bias)?;
        }
        Ok((array, biases))
    }

    /// The one way in which the potentials are given.
    fn drive(&self) -> Result<Drive<'_>, FieldError> {
        let bit = self.bit_line_voltages.as_ref();
        let twice = |name: &str, by: &str| {
            let text = format!("array.{by} gives the potentials already; leave one of them away");
            Err(FieldError::new(format!("array.{name}"), text))
        };
        match (&self.word_line_voltages, &self.inputs, self.scheme) {
            (Some(word), None, None) => Ok(Drive::Voltages { word, bit }),
            (None, Some(word), None) => Ok(Drive::Inputs { word, bit }),
            (None, None, Some(_)) if bit.is_some() => twice("bit_line_voltages", "scheme"),
            (None, None, Some(scheme)) => Ok(Drive::Scheme(scheme)),
            (None, None, None) => Err(FieldError::new(
                "array.word_line_voltages",
                "this field is missing (or give inputs, a scheme, or the whole array as array.file)",
            )),
            (_, Some(_), Some(_)) => twice("inputs", "scheme"),
            (Some(_), Some(_), None) => twice("inputs", "word_line_voltages"),
            (Some(_), None, Some(_)) => twice("word_line_voltages", "scheme"),
        }
    }

    /// No field but `file` and `faults` is given.
    fn only_file(&self) -> Result<(), FieldError> {
        let others = [
            ("topology", self.topology.is_some()),
            ("rows", self.rows.is_some()),
            ("columns", self.columns.is_some()),
            ("conductances", self.conductances.is_some()),
            ("cell", self.cell.is_some()),
            ("word_line_resistance", self.word_line_resistance.is_some()),
            ("bit_line_resistance", self.bit_line_resistance.is_some()),
            ("source_resistance", self.source_resistance.is_some()),
            ("sense_resistance", self.sense_resistance.is_some()),
            ("far_source_resistance", self.far_source_resistance.is_some()),
            ("far_sense_resistance", self.far_sense_resistance.is_some()),
            ("word_line_voltages", self.word_line_voltages.is_some()),
            ("inputs", self.inputs.is_some()),
            ("bit_line_voltages", self.bit_line_voltages.is_some()),
            ("scheme", self.scheme.is_some()),
        ];
        match others.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(FieldError::new(
                format!("array.{name}"),
                "array.file gives this already; leave one of them away",
            )),
            None => Ok(()),
        }
    }
}

fn need<T>(value: Option<T>, name: &str) -> Result<T, FieldError> {
    value.ok_or_else(|| missing(name))
}
