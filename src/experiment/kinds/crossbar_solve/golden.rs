//! Arrays from files in the format of the golden circuits (`tests/golden/crossbar`).
//!
//! Word line i is driven at its left end through `R_source[i]`, bit line j is sensed at its
//! bottom end through `R_sense[j]` at potential `V_bl[j]`; `null` = that end floats; `R_wl` and
//! `R_bl` are per segment; `G` = 0 is an open cell. SI numbers throughout.

use serde::Deserialize;
use serde_json::Value;

use super::array::Array;
use crate::experiment::FieldError;
use crate::experiment::script::typed;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Golden {
    #[serde(default, rename = "name")]
    _name: Option<String>,
    #[serde(default, rename = "description")]
    _description: Option<String>,
    #[serde(rename = "R_wl")]
    word_segment: f64,
    #[serde(rename = "R_bl")]
    bit_segment: f64,
    #[serde(rename = "R_source")]
    source: Vec<Option<f64>>,
    #[serde(rename = "R_sense")]
    sense: Vec<Option<f64>>,
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

#[derive(Debug, Default, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
enum Device {
    #[default]
    Linear,
    Sinh {
        #[serde(rename = "v0")]
        _v0: f64,
    },
}

/// Reads an array; faults name the field inside the file.
pub(super) fn read(text: &str) -> Result<Array, FieldError> {
    let value: Value = serde_json::from_str(text)
        .map_err(|error| FieldError::new("the file", format!("is not valid JSON: {error}")))?;
    let golden: Golden = typed(value)?;
    if let Device::Sinh { .. } = golden.device {
        return Err(FieldError::new(
            "device.type",
            "sinh cells cannot be solved yet; use a file with linear cells",
        ));
    }
    let rows = golden.conductance.len();
    let columns = golden.conductance.first().map_or(0, Vec::len);
    if let Some((i, row)) = golden.conductance.iter().enumerate().find(|(_, row)| row.len() != columns) {
        return Err(FieldError::new(
            format!("G[{i}]"),
            format!("has {} columns, but the first row has {columns}", row.len()),
        ));
    }
    let array = Array {
        rows,
        columns,
        conductance: golden.conductance.concat(),
        word_segment: golden.word_segment,
        bit_segment: golden.bit_segment,
        source: golden.source,
        sense: golden.sense,
        word_voltage: golden.word_voltage,
        bit_voltage: golden.bit_voltage,
    };
    array.check(&super::array::GOLDEN_NAMES)?;
    Ok(array)
}
