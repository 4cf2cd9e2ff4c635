//! The samples of an inference study.

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::{DATA_SETS, DataError, DataSet, Digits, Samples, Split};
use crate::experiment::FieldError;
use crate::experiment::script::{Folders, suggestion};

/// Which samples, and how many of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// `digits` (shipped), `mnist`, `fashion-mnist`, `cifar-10` or `cifar-100`.
    #[serde(default = "digits")]
    set: String,
    /// Folder of its files. Left away, the usual places are searched (`neurofilament data` lists them).
    #[serde(default)]
    folder: Option<String>,
    /// Share of the digits that is held out; the other sets have test samples of their own.
    #[serde(default = "fifth")]
    test_share: f64,
    /// The first so many training samples only.
    #[serde(default)]
    train_samples: Option<usize>,
    /// The first so many test samples only.
    #[serde(default)]
    test_samples: Option<usize>,
}

fn digits() -> String {
    "digits".to_owned()
}

fn fifth() -> f64 {
    0.2
}

impl Default for DataSource {
    fn default() -> Self {
        Self { set: digits(), folder: None, test_share: fifth(), train_samples: None, test_samples: None }
    }
}

fn chain(error: &DataError) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

impl DataSource {
    /// Name of the set.
    pub(super) fn name(&self) -> &str {
        &self.set
    }

    /// Channels, rows and columns.
    pub(super) fn image(&self) -> [usize; 3] {
        DataSet::find(&self.set).map_or([1, 8, 8], |set| [set.shape.0, set.shape.1, set.shape.2])
    }

    /// Number of classes.
    pub(super) fn classes(&self) -> usize {
        DataSet::find(&self.set).map_or(10, |set| set.classes)
    }

    /// The public set and its folder; `None` for the shipped digits.
    fn place(&self, folders: &Folders) -> Result<Option<(&'static DataSet, PathBuf)>, FieldError> {
        if self.set == "digits" {
            if self.folder.is_some() {
                return Err(FieldError::new(
                    "data.folder",
                    "the digits are part of the program; leave the folder away",
                ));
            }
            return Ok(None);
        }
        let Some(set) = DataSet::find(&self.set) else {
            let names: Vec<&str> =
                std::iter::once("digits").chain(DATA_SETS.iter().map(|set| set.name)).collect();
            let text = format!("\"{}\" is not known; {}", self.set, suggestion(&self.set, &names));
            return Err(FieldError::new("data.set", text));
        };
        let places = match &self.folder {
            Some(folder) => vec![folders.find_folder("data.folder", folder)?],
            None => folders.data_folders(),
        };
        let Some(folder) = set.locate(&places) else {
            let text = format!("the files of {} are not here; to obtain them: {}", set.name, set.obtain);
            return Err(FieldError::new(
                if self.folder.is_some() { "data.folder" } else { "data.set" },
                text,
            ));
        };
        Ok(Some((set, folder)))
    }

    /// The files that will be read.
    pub(super) fn files(&self, folders: &Folders) -> Result<Vec<PathBuf>, FieldError> {
        for (field, count) in [("train_samples", self.train_samples), ("test_samples", self.test_samples)] {
            if count == Some(0) {
                return Err(FieldError::new(format!("data.{field}"), "must be at least 1"));
            }
        }
        let Some((set, folder)) = self.place(folders)? else {
            return match self.test_share {
                share if share > 0.0 && share < 1.0 => Ok(Vec::new()),
                share => Err(FieldError::new("data.test_share", format!("{share} is not between 0 and 1"))),
            };
        };
        Ok(set.files.iter().filter_map(|file| set.path(&folder, file)).collect())
    }

    /// Training and test samples.
    pub(super) fn read(&self, folders: &Folders) -> Result<Split, FieldError> {
        let fault = |error: DataError| FieldError::new("data.set", chain(&error));
        let split = match self.place(folders)? {
            None => Digits::embedded()
                .and_then(|digits| digits.samples.split(0, self.test_share))
                .map_err(fault)?,
            Some((set, folder)) => set.read(&folder).map_err(fault)?,
        };
        let first = |samples: Samples, count: Option<usize>| match count {
            Some(count) if count < samples.len() => samples.select(&(0..count).collect::<Vec<_>>()),
            _ => samples,
        };
        Ok(Split {
            train: first(split.train, self.train_samples),
            test: first(split.test, self.test_samples),
        })
    }
}
