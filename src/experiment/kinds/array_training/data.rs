//! What is learnt: the shipped digits, or your own file of them.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use super::chain;
use crate::data::{DataError, Digits, Samples, Split};
use crate::experiment::FieldError;
use crate::experiment::script::Folders;

/// What is learnt.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum TrainingData {
    /// Handwritten digits of 8 × 8 pixels, shipped with the program.
    #[default]
    Digits,
    /// A CSV file in the format of the shipped digits.
    File {
        /// Path: 64 pixels from 0 to 16 and the label in each line.
        file: String,
        /// SHA-256 the file must have.
        #[serde(default)]
        sha256: Option<String>,
    },
}

fn fault(error: &DataError) -> FieldError {
    FieldError::new("data", chain(error))
}

impl TrainingData {
    fn samples(&self, folders: &Folders) -> Result<(Samples, Option<PathBuf>), FieldError> {
        match self {
            Self::Digits => Ok((Digits::embedded().map_err(|e| fault(&e))?.samples, None)),
            Self::File { file, sha256 } => {
                let path = folders.find("data.file", file)?;
                let digits = Digits::from_file(&path, sha256.as_deref()).map_err(|e| fault(&e))?;
                Ok((digits.samples, Some(path)))
            }
        }
    }

    /// Reads the data once; the files it is in.
    pub(super) fn check(&self, folders: &Folders, test_share: f64) -> Result<Option<PathBuf>, FieldError> {
        let (samples, file) = self.samples(folders)?;
        samples.split(0, test_share).map_err(|e| fault(&e))?;
        Ok(file)
    }

    /// Training and test samples of a seed.
    pub(super) fn split(&self, folders: &Folders, seed: u64, test_share: f64) -> Result<Split, FieldError> {
        self.samples(folders)?.0.split(seed, test_share).map_err(|e| fault(&e))
    }
}
