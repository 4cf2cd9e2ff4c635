//! The `data` block of studies that learn or judge images: the shipped digits, a public set, or conduction
//! traces that this program made.
//!
//! Pinned by: the tests below, `tests/cli_errors`.

use std::path::PathBuf;
use std::sync::Arc;

use numerics::matrix::Matrix;
use schemars::JsonSchema;
use serde::Deserialize;

use super::conduction_traces::samples;
use crate::data::{DATA_SETS, DataError, DataSet, Digits, Samples, Split};
use crate::experiment::FieldError;
use crate::experiment::error::chain;
use crate::experiment::script::{Folders, suggestion};

/// Which samples, and how many of them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// `digits` (shipped), `mnist`, `fashion-mnist`, `cifar-10`, `cifar-100`, or `traces` (a record of the kind
    /// `conduction_traces`).
    #[serde(default = "digits")]
    set: String,
    /// Folder of its files. Left away, the usual places are searched (`neurofilament data` lists them).
    #[serde(default)]
    folder: Option<String>,
    /// The record of `traces`; for `digits` your own ones instead of the shipped: a CSV file with 64 pixels from
    /// 0 to 16 and the label in each line.
    #[serde(default)]
    file: Option<String>,
    /// SHA-256 that the file of digits must have.
    #[serde(default)]
    sha256: Option<String>,
    /// Share of every class of the digits that is held out, a fifth if left away; the other sets have test
    /// samples of their own.
    #[serde(default)]
    test_share: Option<f64>,
    /// The first so many training samples only.
    #[serde(default)]
    train_samples: Option<usize>,
    /// The first so many test samples only.
    #[serde(default)]
    test_samples: Option<usize>,
    /// Pixels cut away at every edge.
    #[serde(default)]
    crop: usize,
}

fn digits() -> String {
    "digits".to_owned()
}

/// Name of the set that is a record of conduction traces.
const TRACES: &str = "traces";
/// Share of the digits that is held out without another word.
const USUAL_SHARE: f64 = 0.2;

impl Default for DataSource {
    fn default() -> Self {
        Self {
            set: digits(),
            folder: None,
            file: None,
            sha256: None,
            test_share: None,
            train_samples: None,
            test_samples: None,
            crop: 0,
        }
    }
}

impl DataSource {
    /// Name of the set.
    pub(crate) fn name(&self) -> &str {
        &self.set
    }

    /// The record of traces; `None` for other sets.
    fn record(&self, folders: &Folders) -> Result<Option<PathBuf>, FieldError> {
        if self.set != TRACES {
            return Ok(None);
        }
        let Some(file) = &self.file else {
            let text = "is missing: give the record of a study of the kind conduction_traces";
            return Err(FieldError::new("data.file", text));
        };
        let idle = [
            ("folder", self.folder.is_some()),
            ("test_share", self.test_share.is_some()),
            ("crop", self.crop > 0),
        ];
        if let Some((field, _)) = idle.iter().find(|(_, given)| *given) {
            let text = format!("does not belong to the set {TRACES}; leave it away");
            return Err(FieldError::new(format!("data.{field}"), text));
        }
        match folders.find("data.file", file) {
            Ok(path) => Ok(Some(path)),
            Err(FieldError { field, message }) => {
                let text = format!(
                    "{message}; a script of the kind conduction_traces makes it, e.g. \
                     `neurofilament run experiments/conduction_traces.json`"
                );
                Err(FieldError::new(field, text))
            }
        }
    }

    /// Channels, rows and columns.
    pub(crate) fn image(&self, folders: &Folders) -> Result<[usize; 3], FieldError> {
        if let Some(path) = self.record(folders)? {
            let (points, _) = samples::shape(&path).map_err(|text| FieldError::new("data.file", text))?;
            return Ok([1, 1, points]);
        }
        let (channels, rows, columns) = DataSet::find(&self.set).map_or((1, 8, 8), |set| set.shape);
        let cut = 2 * self.crop.min(rows);
        Ok([channels, rows.saturating_sub(cut), columns.saturating_sub(cut)])
    }

    /// Number of classes.
    pub(crate) fn classes(&self, folders: &Folders) -> Result<usize, FieldError> {
        if let Some(path) = self.record(folders)? {
            return Ok(samples::shape(&path).map_err(|text| FieldError::new("data.file", text))?.1);
        }
        Ok(DataSet::find(&self.set).map_or(10, |set| set.classes))
    }

    /// The shipped digits or the user's own, and the file of the latter.
    fn digits(&self, folders: &Folders) -> Result<(Samples, Option<PathBuf>), FieldError> {
        let fault = |error: DataError| FieldError::new("data.file", chain(&error));
        match &self.file {
            None => Ok((Digits::embedded().map_err(fault)?.samples, None)),
            Some(file) => {
                let path = folders.find("data.file", file)?;
                let digits = Digits::from_file(&path, self.sha256.as_deref()).map_err(fault)?;
                Ok((digits.samples, Some(path)))
            }
        }
    }

    /// The public set and its folder; `None` for the digits.
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
                ["digits", TRACES].into_iter().chain(DATA_SETS.iter().map(|set| set.name)).collect();
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
    pub(crate) fn files(&self, folders: &Folders) -> Result<Vec<PathBuf>, FieldError> {
        let own = [
            ("file", self.file.is_some(), self.set != digits() && self.set != TRACES),
            ("sha256", self.sha256.is_some(), self.file.is_none() || self.set != digits()),
        ];
        if let Some((field, ..)) = own.iter().find(|(_, given, idle)| *given && *idle) {
            let text = format!(
                "belongs to {}a file of your own digits; leave it away",
                if *field == "file" { "a record of traces or " } else { "" }
            );
            return Err(FieldError::new(format!("data.{field}"), text));
        }
        for (field, count) in [("train_samples", self.train_samples), ("test_samples", self.test_samples)] {
            if count == Some(0) {
                return Err(FieldError::new(format!("data.{field}"), "must be at least 1"));
            }
        }
        if let Some(path) = self.record(folders)? {
            samples::shape(&path).map_err(|text| FieldError::new("data.file", text))?;
            return Ok(vec![path]);
        }
        let place = self.place(folders)?;
        let [_, rows, columns] = self.image(folders)?;
        if rows == 0 || columns == 0 {
            let text = format!("is {}, which leaves nothing of the images of {}", self.crop, self.set);
            return Err(FieldError::new("data.crop", text));
        }
        match (place, self.test_share) {
            (None, Some(share)) if !(share > 0.0 && share < 1.0) => {
                Err(FieldError::new("data.test_share", format!("{share} is not between 0 and 1")))
            }
            (Some((set, _)), Some(_)) => {
                let text = format!("{} has test samples of its own; leave the share away", set.name);
                Err(FieldError::new("data.test_share", text))
            }
            (None, _) => Ok(self.digits(folders)?.1.into_iter().collect()),
            (Some((set, folder)), None) => {
                Ok(set.files.iter().filter_map(|file| set.path(&folder, file)).collect())
            }
        }
    }

    /// Training and test samples for each of some seeds: the digits are split anew, the other sets are not.
    pub(crate) fn splits(
        &self,
        folders: &Folders,
        seeds: impl ExactSizeIterator<Item = u64>,
    ) -> Result<Vec<Arc<Split>>, FieldError> {
        let fault = |error: DataError| FieldError::new("data.set", chain(&error));
        let first = |samples: &Samples, count: Option<usize>| {
            let kept = samples.len().min(count.unwrap_or(usize::MAX));
            cropped(&samples.select(&(0..kept).collect::<Vec<_>>()), self.crop)
        };
        let part = |split: &Split| {
            Ok(Split {
                train: first(&split.train, self.train_samples)?,
                test: first(&split.test, self.test_samples)?,
            })
        };
        if let Some(path) = self.record(folders)? {
            let split = samples::read(&path).map_err(|text| FieldError::new("data.file", text))?;
            let split = Arc::new(part(&split)?);
            return Ok(vec![split; seeds.len()]);
        }
        match self.place(folders)? {
            None => {
                let (samples, file) = self.digits(folders)?;
                let field = if file.is_some() { "data.file" } else { "data.set" };
                let fault = |error: DataError| FieldError::new(field, chain(&error));
                let share = self.test_share.unwrap_or(USUAL_SHARE);
                seeds.map(|seed| Ok(Arc::new(part(&samples.split(seed, share).map_err(fault)?)?))).collect()
            }
            Some((set, folder)) => {
                let split = Arc::new(part(&set.read(&folder).map_err(fault)?)?);
                Ok(vec![split; seeds.len()])
            }
        }
    }
}

/// The inner part of images.
fn cropped(samples: &Samples, crop: usize) -> Result<Samples, FieldError> {
    let (channels, rows, columns) = samples.image();
    let (height, width) = (rows - 2 * crop, columns - 2 * crop);
    let pixel = |i: usize, j: usize| {
        let (channel, rest) = (j / (height * width), j % (height * width));
        let (y, x) = (rest / width + crop, rest % width + crop);
        samples.inputs().row(i)[(channel * rows + y) * columns + x]
    };
    let inputs = Matrix::from_fn(samples.len(), channels * height * width, pixel);
    let shape = (channels, height, width);
    Samples::of_images(inputs, samples.labels().to_vec(), samples.classes(), shape)
        .ok_or_else(|| FieldError::new("data.set", "the images do not fit their labels"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn crops_keep_the_inner_part_and_counts_the_first_samples() {
        let inputs = Matrix::from_fn(2, 2 * 12, |i, j| (100 * i + j) as f32);
        let samples = Samples::of_images(inputs, vec![0, 1], 2, (2, 3, 4)).unwrap();
        let inner = cropped(&samples, 1).unwrap();
        assert_eq!(inner.image(), (2, 1, 2));
        assert_eq!(inner.inputs().row(1), [105.0, 106.0, 117.0, 118.0]);
        let digits = DataSource { train_samples: Some(7), crop: 3, ..DataSource::default() };
        let folders = Folders::here();
        let splits = digits.splits(&folders, [1, 2].into_iter()).unwrap();
        assert_eq!((splits[0].train.len(), splits[0].train.image()), (7, (1, 2, 2)));
        assert_ne!(splits[0].train, splits[1].train);
        assert_eq!(digits.image(&folders).unwrap(), [1, 2, 2]);
    }
}
