//! Tables of numbers with one unit: written out in a script, or in a CSV, NumPy or HDF5 file.
//!
//! Every source gives a [`Block`]: a shape and its values in the SI unit that the field wants, row
//! after row. Faults name the field, the file, the place in it, and what would be right.

mod csv;
mod hdf5;
mod npy;

use std::path::PathBuf;

use device_models::units;
use schemars::JsonSchema;
use serde::Deserialize;

use super::FieldError;
use super::script::Folders;
pub(crate) use csv::Csv;
pub(crate) use hdf5::Hdf5;
pub(crate) use npy::Npy;

/// Most numbers of a table.
const MOST_VALUES: usize = 1 << 27;

/// A table of numbers from one of the possible sources.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Table {
    /// Written out, row by row.
    Matrix(Matrix),
    /// A CSV file.
    Csv(Csv),
    /// A NumPy file.
    Npy(Npy),
    /// A dataset of an HDF5 file.
    Hdf5(Hdf5),
}

/// A matrix written out in one unit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Matrix {
    /// Unit of the values, e.g. `uS`.
    unit: String,
    /// One list for each row; `null` is infinite (a broken wire).
    values: Vec<Vec<Option<f64>>>,
}

/// Where a table is read: its field, the folders of its file, the SI unit that is wanted.
pub(crate) struct Reading<'a> {
    /// Path of the field.
    pub(crate) field: String,
    /// Folders of relative paths.
    pub(crate) folders: &'a Folders,
    /// SI unit of the values.
    pub(crate) unit: &'static str,
    /// A correct unit for messages.
    pub(crate) example: &'static str,
    /// Files that were read.
    pub(crate) files: &'a mut Vec<PathBuf>,
}

/// A shape and its values in SI units, row after row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Block {
    pub(crate) shape: Vec<usize>,
    pub(crate) values: Vec<f64>,
    /// Where the values came from; nothing where the script has them.
    origin: Option<Origin>,
}

/// The file of a block.
#[derive(Debug, Clone, PartialEq)]
struct Origin {
    file: String,
    /// The block is one entry of what the file holds.
    entry: bool,
}

impl Reading<'_> {
    /// A complaint about a part of the field.
    fn fault(&self, part: &str, message: impl Into<String>) -> FieldError {
        FieldError::new(format!("{}.{part}", self.field), message)
    }

    /// The factor from a unit to the SI unit.
    fn factor(&self, unit: &str) -> Result<f64, String> {
        units::parse(&format!("1 {unit}"), self.unit).map_err(|error| error.to_string())
    }

    /// The factor of the values of a file: the unit that stands in it, or that of the script.
    fn factor_of(&self, file: &str, inside: Option<&str>, script: Option<&str>) -> Result<f64, FieldError> {
        let given = script
            .map(|unit| self.factor(unit))
            .transpose()
            .map_err(|message| self.fault("unit", message))?;
        let inside = inside
            .map(|unit| self.factor(unit).map(|factor| (unit, factor)))
            .transpose()
            .map_err(|message| self.fault("file", format!("{file}: the unit of the values: {message}")))?;
        match (inside, given) {
            (Some((unit, factor)), Some(given)) if factor.to_bits() != given.to_bits() => Err(self.fault(
                "unit",
                format!("is \"{}\", but {file} says \"{unit}\"; leave it away", script.unwrap_or_default()),
            )),
            (Some((_, factor)), _) | (None, Some(factor)) => Ok(factor),
            (None, None) => Err(self.fault(
                "unit",
                format!(
                    "this field is missing, and {file} does not name a unit; write e.g. \"{}\"",
                    self.example
                ),
            )),
        }
    }
}

impl Table {
    /// Reads the table.
    pub(crate) fn read(&self, reading: Reading<'_>) -> Result<Block, FieldError> {
        match self {
            Self::Matrix(matrix) => matrix.read(reading),
            Self::Csv(csv) => csv.read(reading),
            Self::Npy(npy) => npy.read(reading),
            Self::Hdf5(hdf5) => hdf5.read(reading),
        }
    }
}

impl Matrix {
    /// Reads the matrix.
    pub(crate) fn read(&self, mut reading: Reading<'_>) -> Result<Block, FieldError> {
        reading.field.push_str(".matrix");
        let columns = self.values.first().map_or(0, Vec::len);
        if let Some((i, row)) = self.values.iter().enumerate().find(|(_, row)| row.len() != columns) {
            let text = format!("has {} values, but the first row has {columns}", row.len());
            return Err(reading.fault(&format!("values[{i}]"), text));
        }
        let factor = reading.factor(&self.unit).map_err(|message| reading.fault("unit", message))?;
        let values = self.values.iter().flatten().map(|v| v.map_or(f64::INFINITY, |v| v * factor)).collect();
        Ok(Block { shape: vec![self.values.len(), columns], values, origin: None })
    }
}

impl Block {
    /// Words that say which file a value comes from; none where the script has it.
    pub(crate) fn file(&self) -> String {
        self.origin.as_ref().map(|origin| format!(" (in {})", origin.file)).unwrap_or_default()
    }

    /// One entry of the leading dimension.
    fn entry(self, index: usize, file: &str) -> Result<Self, String> {
        check_index(&self.shape, index, file)?;
        let width: usize = self.shape.iter().skip(1).product();
        let values = self.values.into_iter().skip(index * width).take(width).collect();
        Ok(Self { shape: self.shape.into_iter().skip(1).collect(), values, ..self })
    }

    /// The block as a matrix. A list takes the given numbers of rows and columns.
    pub(crate) fn matrix(
        self,
        rows: Option<usize>,
        columns: Option<usize>,
    ) -> Result<(usize, usize, Vec<f64>), String> {
        match (self.shape.as_slice(), rows, columns) {
            (&[m, n], _, _) => Ok((m, n, self.values)),
            (&[length], Some(m), Some(n)) if m.checked_mul(n) == Some(length) => Ok((m, n, self.values)),
            (&[length], ..) if self.origin.as_ref().is_some_and(|origin| origin.entry) => Err(format!(
                "\"index\" chose a list of {length} values; leave \"index\" away for the whole table, or give \
                 rows and columns whose product is {length}"
            )),
            (&[length], ..) => {
                Err(format!("is a list of {length} values; give rows and columns whose product is {length}"))
            }
            (shape, ..) => Err(format!(
                "has {} dimensions ({}), expected a table of two; choose one entry of the first with \"index\"",
                shape.len(),
                shape_text(shape)
            )),
        }
    }
}

/// An index of the leading dimension of a table that has one.
fn check_index(shape: &[usize], index: usize, file: &str) -> Result<(), String> {
    let text = format!("is {index}, but {file} holds {} values", shape_text(shape));
    match shape {
        [] | [_] => Err(format!("{text} in one dimension; leave it away")),
        [count, ..] if index >= *count => Err(format!("{text}; leave it away or choose a lower one")),
        _ => Ok(()),
    }
}

/// A shape in words.
pub(crate) fn shape_text(shape: &[usize]) -> String {
    if shape.is_empty() {
        return "1".to_owned();
    }
    shape.iter().map(ToString::to_string).collect::<Vec<_>>().join(" × ")
}
