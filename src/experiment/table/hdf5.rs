//! Tables from datasets of HDF5 files: any record of this program, or any other file.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Block, MOST_VALUES, Origin, Reading, check_index, shape_text};
use crate::experiment::FieldError;
use crate::record::RecordFile;

/// A dataset of an HDF5 file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Hdf5 {
    /// The file.
    file: String,
    /// Path of the dataset from the root, e.g. `/results/conductance`.
    dataset: String,
    /// One entry of the leading dimension, counted from 0, instead of the whole.
    #[serde(default)]
    index: Option<usize>,
    /// Unit of the values, where the attribute `units` does not name it.
    #[serde(default)]
    unit: Option<String>,
}

impl Hdf5 {
    /// Reads the dataset.
    pub(crate) fn read(&self, mut reading: Reading<'_>) -> Result<Block, FieldError> {
        reading.field.push_str(".hdf5");
        let path = reading.folders.find(&format!("{}.file", reading.field), &self.file)?;
        let at = format!("/{}", self.dataset.trim_start_matches('/'));
        let name = format!("{at} in {}", path.display());
        let file = RecordFile::open(&path).map_err(|error| reading.fault("file", error.to_string()))?;
        let dataset = |error: crate::record::RecordError| reading.fault("dataset", error.to_string());
        let shape = file.shape(&at).map_err(dataset)?;
        let (inside, _) = file.unit_and_name(&at).map_err(dataset)?;
        let inside = Some(inside.as_str()).filter(|unit| !unit.is_empty());
        let factor = reading.factor_of(&name, inside, self.unit.as_deref())?;
        let chosen = if self.index.is_some() { shape.get(1..).unwrap_or_default() } else { shape.as_slice() };
        let count = chosen.iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
        if count.is_none_or(|n| n > MOST_VALUES) {
            let text = format!("{} values are more than the {MOST_VALUES} that fit", shape_text(chosen));
            return Err(reading.fault("dataset", text));
        }
        let (shape, values) = match self.index {
            Some(index) => {
                check_index(&shape, index, &name).map_err(|message| reading.fault("index", message))?;
                let values = file.entry(&at, index).map_err(dataset)?;
                (chosen.to_vec(), values)
            }
            None => (shape.clone(), file.numbers(&at).map_err(dataset)?),
        };
        if let Some(k) = values.iter().position(|v| v.is_nan()) {
            return Err(reading.fault("dataset", format!("{name}: value {k} is not a number")));
        }
        reading.files.push(path);
        let values = values.into_iter().map(|v| v * factor).collect();
        Ok(Block { shape, values, origin: Some(Origin { file: name, entry: self.index.is_some() }) })
    }
}
