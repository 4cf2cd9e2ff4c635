//! What is learnt: the shipped digits, or a public set of images.

use std::path::PathBuf;

use numerics::matrix::Matrix;
use schemars::JsonSchema;
use serde::Deserialize;

use super::chain;
use crate::data::{DataError, DataSet, Digits, Samples, Split};
use crate::experiment::FieldError;
use crate::experiment::script::Folders;

/// What is learnt.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TrainingData {
    /// Handwritten digits of 8 × 8 pixels, shipped with the program; split anew for every seed.
    #[default]
    Digits,
    /// A public set with test samples of its own, see `neurofilament data`.
    Images {
        /// Name of the set.
        set: String,
        /// Folder that holds its files; left away, the folders of data sets are searched.
        #[serde(default)]
        folder: Option<String>,
        /// Pixels cut away at every edge.
        #[serde(default)]
        crop: usize,
    },
}

fn fault(error: &DataError) -> FieldError {
    FieldError::new("data", chain(error))
}

/// The inner part of images.
fn cropped(samples: &Samples, crop: usize) -> Result<Samples, FieldError> {
    let (channels, rows, columns) = samples.image();
    if 2 * crop >= rows.min(columns) {
        let text = format!("is {crop}, but images of {rows} × {columns} pixels leave nothing then");
        return Err(FieldError::new("data.crop", text));
    }
    let (height, width) = (rows - 2 * crop, columns - 2 * crop);
    let pixel = |i: usize, j: usize| {
        let (channel, rest) = (j / (height * width), j % (height * width));
        let (y, x) = (rest / width + crop, rest % width + crop);
        samples.inputs().row(i)[(channel * rows + y) * columns + x]
    };
    let inputs = Matrix::from_fn(samples.len(), channels * height * width, pixel);
    let shape = (channels, height, width);
    Samples::of_images(inputs, samples.labels().to_vec(), samples.classes(), shape)
        .ok_or_else(|| FieldError::new("data", "the images do not fit their labels".to_owned()))
}

impl TrainingData {
    fn place(
        set: &str,
        folder: Option<&String>,
        folders: &Folders,
    ) -> Result<(&'static DataSet, PathBuf), FieldError> {
        let Some(known) = DataSet::find(set) else {
            let names: Vec<&str> = crate::data::DATA_SETS.iter().map(|set| set.name).collect();
            let text = format!("is \"{set}\", but the sets are {}", names.join(", "));
            return Err(FieldError::new("data.set", text));
        };
        let searched = match folder {
            None => folders.data_folders(),
            Some(folder) => vec![folders.find_folder("data.folder", folder)?],
        };
        let found = known.locate(&searched).ok_or_else(|| {
            let searched: Vec<String> = searched.iter().map(|f| f.display().to_string()).collect();
            let text = format!("no files of {set} in {}; obtain it: {}", searched.join(", "), known.obtain);
            FieldError::new("data", text)
        })?;
        Ok((known, found))
    }

    /// Checks that the data is there; the files it is in.
    pub(super) fn check(&self, folders: &Folders, test_share: f64) -> Result<Vec<PathBuf>, FieldError> {
        match self {
            Self::Digits => {
                let digits = Digits::embedded().map_err(|e| fault(&e))?;
                digits.samples.split(0, test_share).map_err(|e| fault(&e))?;
                Ok(Vec::new())
            }
            Self::Images { set, folder, .. } => {
                let (set, found) = Self::place(set, folder.as_ref(), folders)?;
                let files = set.files.iter().map(|file| set.verified(&found, file).map(|(path, _)| path));
                files.collect::<Result<_, _>>().map_err(|e| fault(&e))
            }
        }
    }

    /// Training and test samples for each of some seeds.
    pub(super) fn splits(
        &self,
        folders: &Folders,
        seeds: impl Iterator<Item = u64>,
        test_share: f64,
    ) -> Result<Vec<Split>, FieldError> {
        match self {
            Self::Digits => {
                let samples = Digits::embedded().map_err(|e| fault(&e))?.samples;
                seeds.map(|seed| samples.split(seed, test_share).map_err(|e| fault(&e))).collect()
            }
            Self::Images { set, folder, crop } => {
                let (set, found) = Self::place(set, folder.as_ref(), folders)?;
                let whole = set.read(&found).map_err(|e| fault(&e))?;
                let split =
                    Split { train: cropped(&whole.train, *crop)?, test: cropped(&whole.test, *crop)? };
                Ok(seeds.map(|_| split.clone()).collect())
            }
        }
    }
}
