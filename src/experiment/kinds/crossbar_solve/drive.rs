//! What drives an array: voltages of the lines, a matrix of inputs, or a scheme.

use schemars::JsonSchema;
use serde::Deserialize;

use super::lines::{Crossing, PerLine};
use super::names::word_lines;
use crate::crossbar::{Array, Bias, Lines, Topology};
use crate::experiment::FieldError;
use crate::experiment::script::Volt;
use crate::experiment::table::{Reading, Table};

/// Potentials of all lines from a selected cell.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Scheme {
    /// The selected word line at the voltage, all other lines at 0 V.
    #[serde(alias = "grounded", alias = "ground")]
    Read(Selection),
    /// V/2: the selected word line at the voltage, the selected bit line at 0 V, all others at half.
    #[serde(alias = "V/2")]
    Half(Selection),
    /// V/3: the selected word line at the voltage, the selected bit line at 0 V, the other word lines at
    /// one third and the other bit lines at two thirds.
    #[serde(alias = "V/3")]
    Third(Selection),
    /// The selected word line at the voltage, the selected bit line at 0 V, all other lines floating.
    #[serde(alias = "floating")]
    FloatingRead(Selection),
}

/// The selected cell and its voltage.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Selection {
    /// Row and column of the cell, counted from 0.
    selected: Crossing,
    /// Voltage of its word line.
    voltage: Volt,
}

/// One of the ways to give the potentials of the lines.
pub(super) enum Drive<'a> {
    Voltages { word: &'a PerLine<Volt>, bit: Option<&'a PerLine<Volt>> },
    Inputs { word: &'a Table, bit: Option<&'a PerLine<Volt>> },
    Scheme(Scheme),
}

impl Drive<'_> {
    /// The biases of an array, whose unselected lines may be made to float.
    pub(super) fn biases(&self, array: &mut Array, reading: Reading<'_>) -> Result<Vec<Bias>, FieldError> {
        let (words, columns) = (array.word_line_count(), array.columns);
        let bit_volts = |bit: Option<&PerLine<Volt>>, array: &Array| match bit {
            Some(bit) => volts(bit, &array.bit_lines, columns, "bit_line_voltages", "sense_resistance"),
            None => Ok(vec![0.0; columns]),
        };
        match self {
            Self::Voltages { word, bit } => Ok(vec![Bias {
                word_lines: volts(word, &array.word_lines, words, "word_line_voltages", "source_resistance")?,
                bit_lines: bit_volts(*bit, array)?,
            }]),
            Self::Inputs { word, bit } => {
                let field = reading.field.clone();
                let fault = |text: String| FieldError::new(field.clone(), text);
                let kind = word_lines(array);
                let mut block = word.read(reading)?;
                if let [length] = *block.shape {
                    // A list is one input.
                    block.shape = vec![1, length];
                }
                let file = block.file();
                let (inputs, lines, values) = block.matrix(None, Some(words)).map_err(fault)?;
                if lines != words {
                    return Err(fault(format!("has {lines} columns, but the array has {words} {kind}")));
                }
                if inputs == 0 {
                    return Err(fault("is empty; give at least one row of word-line voltages".to_owned()));
                }
                if let Some(k) = values.iter().position(|v| !v.is_finite()) {
                    let place = format!("{field}[{}][{}]", k / words, k % words);
                    return Err(FieldError::new(place, format!("is not a finite voltage{file}")));
                }
                let bit_lines = bit_volts(*bit, array)?;
                let bias = |word: &[f64]| Bias { word_lines: word.to_vec(), bit_lines: bit_lines.clone() };
                Ok(values.chunks(words).map(bias).collect())
            }
            Self::Scheme(scheme) => scheme.bias(array).map(|bias| vec![bias]),
        }
    }
}

/// The voltages of a family of lines. Only a line that floats needs none.
fn volts(
    given: &PerLine<Volt>,
    lines: &Lines,
    count: usize,
    name: &str,
    terminal: &str,
) -> Result<Vec<f64>, FieldError> {
    let all = given.expand(count);
    let connected = |k: usize| k < lines.near.len() && !lines.floats(k);
    if let Some(k) = all.iter().enumerate().position(|(k, v)| v.is_none() && connected(k)) {
        let text = format!(
            "is null, but the line has a terminal; give its voltage, or set {terminal} to null for a floating line"
        );
        return Err(FieldError::new(format!("array.{name}[{k}]"), text));
    }
    Ok(all.into_iter().map(|v| v.unwrap_or(0.0)).collect())
}

impl Scheme {
    fn bias(self, array: &mut Array) -> Result<Bias, FieldError> {
        let (name, Selection { selected: Crossing(selected), voltage: Volt(voltage) }) = match self {
            Self::Read(selection) => ("read", selection),
            Self::Half(selection) => ("half", selection),
            Self::Third(selection) => ("third", selection),
            Self::FloatingRead(selection) => ("floating_read", selection),
        };
        let (rows, columns) = (array.rows, array.columns);
        if array.topology == Topology::SourceLines {
            let text = "selects a word line, but this array has source lines; give word_line_voltages and \
                        bit_line_voltages";
            return Err(FieldError::new("array.scheme", text));
        }
        if selected.0 >= rows || selected.1 >= columns {
            let text =
                format!("is [{}, {}], but the array has {rows} × {columns} cells", selected.0, selected.1);
            return Err(FieldError::new(format!("array.scheme.{name}.selected"), text));
        }
        let driven = |voltage| {
            let mut word = vec![0.0; rows];
            word[selected.0] = voltage;
            Bias::read(word, columns)
        };
        Ok(match self {
            Self::Read(_) => driven(voltage),
            Self::Half(_) => Bias::half(rows, columns, selected, voltage),
            Self::Third(_) => Bias::third(rows, columns, selected, voltage),
            Self::FloatingRead(_) => {
                array.float_unselected(selected);
                driven(voltage)
            }
        })
    }
}
