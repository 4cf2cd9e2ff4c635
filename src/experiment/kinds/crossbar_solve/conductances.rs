//! Conductances of the cells: alike, drawn, written out, or from a file.

use numerics::rng::{Purpose, Stream};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::FieldError;
use crate::experiment::script::Siemens;
use crate::experiment::table::{Block, Csv, Hdf5, Matrix, Npy, Reading};

/// Most cells of an array.
const MOST_CELLS: usize = 1 << 24;

/// Conductances of the cells.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Conductances {
    /// All the same.
    Constant(Siemens),
    /// Drawn uniformly between two values.
    Uniform(Interval),
    /// Drawn so that the logarithm is uniform between two values.
    LogUniform(Interval),
    /// Written out, row by row.
    Matrix(Matrix),
    /// A CSV file.
    Csv(Csv),
    /// A NumPy file.
    Npy(Npy),
    /// A dataset of an HDF5 file, for example of a record of this program.
    Hdf5(Hdf5),
}

/// An interval of conductances.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Interval {
    /// Lower end.
    min: Siemens,
    /// Upper end.
    max: Siemens,
}

/// Conductances of an array of this size, S.
pub(super) struct Cells {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) values: Vec<f64>,
}

impl Conductances {
    /// The conductances; rows and columns may be left away where a table has them.
    pub(super) fn read(
        &self,
        reading: Reading<'_>,
        rows: Option<usize>,
        columns: Option<usize>,
        seed: u64,
    ) -> Result<Cells, FieldError> {
        let drawn = |value: &dyn Fn(f64) -> f64| {
            let (rows, columns) = counts(rows, columns)?;
            let mut stream = Stream::new(seed, Purpose::Pattern, 0, 0);
            let values = (0..rows * columns).map(|_| value(stream.uniform())).collect();
            Ok(Cells { rows, columns, values })
        };
        let field = reading.field.clone();
        let table = |block: Block| {
            let fault = |text| FieldError::new(field.clone(), text);
            let file = block.file();
            let (m, n, values) = block.matrix(rows, columns).map_err(fault)?;
            for (name, given, found) in [("rows", rows, m), ("columns", columns, n)] {
                if let Some(given) = given.filter(|g| *g != found) {
                    let text = format!("is {given}, but the matrix has {found} {name}; leave {name} away");
                    return Err(FieldError::new(format!("array.{name}"), text));
                }
            }
            let place = |k: usize| format!("{field}[{}][{}]", k / n, k % n);
            if let Some(k) = values.iter().position(|g| g.is_infinite()) {
                let text = format!("expected a finite conductance{file}; write 0 for an open cell");
                return Err(FieldError::new(place(k), text));
            }
            if let Some(k) = values.iter().position(|g| *g < 0.0) {
                let text = format!("a conductance must not be negative, but is {:e} S{file}", values[k]);
                return Err(FieldError::new(place(k), text));
            }
            let (rows, columns) = counts(Some(m), Some(n))?;
            Ok(Cells { rows, columns, values })
        };
        match self {
            Self::Constant(value) => drawn(&|_| value.0),
            Self::Uniform(interval) => {
                let (min, max) = interval.ends("uniform", false)?;
                drawn(&|u| min + (max - min) * u)
            }
            Self::LogUniform(interval) => {
                let (min, max) = interval.ends("log_uniform", true)?;
                drawn(&|u| min * (max / min).powf(u))
            }
            Self::Matrix(source) => table(source.read(reading)?),
            Self::Csv(source) => table(source.read(reading)?),
            Self::Npy(source) => table(source.read(reading)?),
            Self::Hdf5(source) => table(source.read(reading)?),
        }
    }
}

/// Rows and columns that can be solved.
fn counts(rows: Option<usize>, columns: Option<usize>) -> Result<(usize, usize), FieldError> {
    let count = |value: Option<usize>, name: &str| match value {
        None => Err(missing(name)),
        Some(0) => Err(FieldError::new(format!("array.{name}"), "is 0; the array has no cells")),
        Some(count) => Ok(count),
    };
    let (rows, columns) = (count(rows, "rows")?, count(columns, "columns")?);
    if rows.checked_mul(columns).is_none_or(|cells| cells > MOST_CELLS) {
        let text = format!("{rows} × {columns} cells are more than the {MOST_CELLS} that fit");
        return Err(FieldError::new("array.rows", text));
    }
    Ok((rows, columns))
}

/// The complaint about a field of the array left away.
pub(super) fn missing(name: &str) -> FieldError {
    FieldError::new(format!("array.{name}"), "this field is missing (or give the whole array as array.file)")
}

impl Interval {
    fn ends(&self, name: &str, positive: bool) -> Result<(f64, f64), FieldError> {
        let field = format!("array.conductances.{name}");
        let (min, max) = (self.min.0, self.max.0);
        if min < 0.0 || (positive && min <= 0.0) {
            let bound = if positive { "above zero" } else { "not negative" };
            return Err(FieldError::new(format!("{field}.min"), format!("must be {bound}, but is {min} S")));
        }
        if max < min {
            return Err(FieldError::new(
                format!("{field}.max"),
                format!("is {max} S, below min, which is {min} S"),
            ));
        }
        Ok((min, max))
    }
}
