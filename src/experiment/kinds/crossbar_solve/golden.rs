//! Arrays from files in the format of the golden circuits (`tests/golden/crossbar`).
//!
//! Word line i is driven at its left end through `R_source[i]` and, where given, at its right end through
//! `R_source_far[i]`; bit line j is sensed at its bottom end through `R_sense[j]`, at its top end through
//! `R_sense_far[j]`, at potential `V_bl[j]`; `null` = that end is not connected. `R_wl` and `R_bl` are
//! per segment: one number, or a matrix rows × (columns − 1) and (rows − 1) × columns in which `null`
//! is a broken line. `G` = 0 is an open cell; `device` is `linear` or `sinh` with `v0`. SI numbers throughout.

use serde::Deserialize;
use serde::de::value::SeqAccessDeserializer;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};
use serde_json::Value;

use super::cell::CellFields;
use super::names::GOLDEN_NAMES;
use crate::crossbar::{Array, Bias, Lines, Segments, Topology};
use crate::experiment::FieldError;
use crate::experiment::script::{Volt, typed};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    #[serde(default, rename = "name")]
    _name: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(rename = "R_wl")]
    word_segment: Resistance,
    #[serde(rename = "R_bl")]
    bit_segment: Resistance,
    #[serde(rename = "R_source")]
    source: Vec<Option<f64>>,
    #[serde(rename = "R_sense")]
    sense: Vec<Option<f64>>,
    #[serde(default, rename = "R_source_far")]
    source_far: Option<Vec<Option<f64>>>,
    #[serde(default, rename = "R_sense_far")]
    sense_far: Option<Vec<Option<f64>>>,
    #[serde(rename = "V_wl")]
    word_voltage: Vec<f64>,
    #[serde(rename = "V_bl")]
    bit_voltage: Vec<f64>,
    #[serde(rename = "G")]
    conductance: Vec<Vec<f64>>,
    #[serde(default)]
    device: Device,
    #[serde(default, rename = "expected")]
    _expected: Option<Value>,
}

/// One number, or one for each segment.
#[derive(Debug)]
enum Resistance {
    Uniform(f64),
    Each(Vec<Vec<Option<f64>>>),
}

struct ResistanceVisitor;

impl<'de> Visitor<'de> for ResistanceVisitor {
    type Value = Resistance;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a number, or a matrix with one number for each segment")
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Resistance, E> {
        Ok(Resistance::Uniform(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Resistance, E> {
        Ok(Resistance::Uniform(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Resistance, E> {
        Ok(Resistance::Uniform(value as f64))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, sequence: A) -> Result<Resistance, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(sequence)).map(Resistance::Each)
    }
}

impl<'de> Deserialize<'de> for Resistance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ResistanceVisitor)
    }
}

impl Resistance {
    fn segments(self, name: &str, rows: usize, columns: usize) -> Result<Segments, FieldError> {
        let each = match self {
            Self::Uniform(r) => return Ok(Segments::Uniform(r)),
            Self::Each(each) => each,
        };
        if each.len() != rows {
            let text = format!("has {} rows, but the array has {rows} of such segments", each.len());
            return Err(FieldError::new(name, text));
        }
        if let Some((i, row)) = each.iter().enumerate().find(|(_, row)| row.len() != columns) {
            let text = format!("has {} values, but there are {columns} segments", row.len());
            return Err(FieldError::new(format!("{name}[{i}]"), text));
        }
        Ok(Segments::Each(each.iter().flatten().map(|r| r.unwrap_or(f64::INFINITY)).collect()))
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Device {
    #[default]
    Linear,
    /// I = G v0 sinh(V/v0).
    Sinh { v0: f64 },
}

/// Reads an array, its bias and the law of its cells; faults name the field inside the file.
pub(super) fn read(text: &str) -> Result<(Array, Bias, CellFields), FieldError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| FieldError::new("the file", format!("is not valid JSON: {error}")))?;
    let golden: Golden = typed(value)?;
    let cell = match golden.device {
        Device::Linear => CellFields::Linear,
        Device::Sinh { v0 } if v0.is_finite() && v0 > 0.0 => CellFields::Sinh { v0: Volt(v0) },
        Device::Sinh { v0 } => {
            return Err(FieldError::new("device.v0", format!("is {v0} V, must be above zero")));
        }
    };
    let rows = golden.conductance.len();
    let columns = golden.conductance.first().map_or(0, Vec::len);
    if let Some((i, row)) = golden.conductance.iter().enumerate().find(|(_, row)| row.len() != columns) {
        return Err(FieldError::new(
            format!("G[{i}]"),
            format!("has {} columns, but the first row has {columns}", row.len()),
        ));
    }
    let far = |ends: Option<Vec<Option<f64>>>, count| ends.unwrap_or_else(|| vec![None; count]);
    let array = Array {
        rows,
        columns,
        topology: Topology::Crossed,
        conductances: golden.conductance.concat(),
        word_lines: Lines {
            segments: golden.word_segment.segments("R_wl", rows, columns.saturating_sub(1))?,
            near: golden.source,
            far: far(golden.source_far, rows),
        },
        bit_lines: Lines {
            segments: golden.bit_segment.segments("R_bl", rows.saturating_sub(1), columns)?,
            near: golden.sense,
            far: far(golden.sense_far, columns),
        },
        bridges: Vec::new(),
    };
    let bias = Bias { word_lines: golden.word_voltage, bit_lines: golden.bit_voltage };
    GOLDEN_NAMES.check_array(&array)?;
    GOLDEN_NAMES.check_bias(&array, &bias)?;
    Ok((array, bias, cell))
}
