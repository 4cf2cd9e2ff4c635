//! The `data` block of studies that learn or judge images: the shipped digits, a public set,
//! conduction traces that this program made, or several of them as one.
//!
//! Pinned by: the tests below, `tests/cli_errors`.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

use numerics::matrix::Matrix;
use schemars::JsonSchema;
use serde::Deserialize;

use super::conduction_traces::samples;
use crate::data::{DATA_SETS, DIGIT_NAMES, DataError, DataSet, Digits, MOST_CLASSES, Samples, Split};
use crate::experiment::FieldError;
use crate::experiment::error::chain;
use crate::experiment::script::{Folders, suggestion};

/// Which samples, and how many of them.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataSource {
    /// `digits` (shipped, the default), `mnist`, `fashion-mnist`, `cifar-10`, `cifar-100`, or `traces` (a record
    /// of the kind `conduction_traces`).
    #[serde(default)]
    set: Option<String>,
    /// Several sets as one, instead of `set`: the classes of each are counted from behind those before it.
    /// Their images must have one shape.
    #[serde(default)]
    join: Vec<DataSource>,
    /// Folder of its files. Left away, the usual places are searched (`neurofilament data` lists them).
    #[serde(default)]
    folder: Option<String>,
    /// The record of `traces`, or your own digits instead of the shipped ones: a CSV file with 64 pixels from 0 to
    /// 16 and the label in each line.
    #[serde(default)]
    file: Option<String>,
    /// SHA-256 the file of digits must have.
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

/// Share of the digits that is held out without another word.
const USUAL_SHARE: f64 = 0.2;

/// Name of the shipped digits.
const DIGITS: &str = "digits";
/// Name of the set that is a record of conduction traces.
const TRACES: &str = "traces";

impl DataSource {
    /// Name of the set, or of all that are joined.
    pub(crate) fn name(&self) -> String {
        if self.join.is_empty() {
            return self.single().to_owned();
        }
        self.join.iter().map(Self::name).collect::<Vec<_>>().join(" + ")
    }

    /// Name of the set that is not joined.
    fn single(&self) -> &str {
        self.set.as_deref().unwrap_or(DIGITS)
    }

    /// The record of traces; `None` for other sets.
    pub(super) fn record(&self, folders: &Folders) -> Result<Option<PathBuf>, FieldError> {
        if self.single() != TRACES || !self.join.is_empty() {
            return Ok(None);
        }
        let Some(file) = &self.file else {
            let text = "is missing: give the record of a study of the kind conduction_traces";
            return Err(FieldError::new("data.file", text));
        };
        let idle = [
            ("folder", self.folder.is_some()),
            ("test_share", self.test_share.is_some()),
            ("sha256", self.sha256.is_some()),
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
        if let Some(first) = self.join.first() {
            return first.image(folders);
        }
        if let Some(path) = self.record(folders)? {
            let (points, _) = samples::shape(&path).map_err(|text| FieldError::new("data.file", text))?;
            return Ok([1, 1, points]);
        }
        let (channels, rows, columns) = DataSet::find(self.single()).map_or((1, 8, 8), |set| set.shape);
        let cut = 2 * self.crop.min(rows);
        Ok([channels, rows.saturating_sub(cut), columns.saturating_sub(cut)])
    }

    /// Number of classes.
    pub(crate) fn classes(&self, folders: &Folders) -> Result<usize, FieldError> {
        Ok(self.class_names(folders)?.len())
    }

    /// Names of the classes; where sets that are joined use the same, each has the set's name before it.
    pub(crate) fn class_names(&self, folders: &Folders) -> Result<Vec<String>, FieldError> {
        if let Some(path) = self.record(folders)? {
            return samples::class_names(&path).map_err(|text| FieldError::new("data.file", text));
        }
        if self.join.is_empty() {
            let names = DataSet::find(self.single()).map_or(DIGIT_NAMES, |set| set.class_names);
            return Ok(names.iter().map(|name| (*name).to_owned()).collect());
        }
        let each = self.of_joined(|set| set.class_names(folders))?;
        let names = each.concat();
        let once: BTreeSet<&String> = names.iter().collect();
        if once.len() < names.len() {
            let with_set = |(set, names): (&Self, Vec<String>)| {
                let label = set.name();
                names.into_iter().map(move |name| format!("{label} {name}"))
            };
            return Ok(self.join.iter().zip(each).flat_map(with_set).collect());
        }
        Ok(names)
    }

    /// The same for each of the sets that are joined; complaints say which.
    fn of_joined<T>(&self, each: impl Fn(&Self) -> Result<T, FieldError>) -> Result<Vec<T>, FieldError> {
        let inside = |(i, set): (usize, &Self)| {
            each(set).map_err(|error| {
                let field = error.field.strip_prefix("data").unwrap_or(&error.field);
                FieldError { field: format!("data.join[{i}]{field}"), ..error }
            })
        };
        self.join.iter().enumerate().map(inside).collect()
    }

    /// Checks sets that are joined; gives their files.
    fn joined_files(&self, folders: &Folders) -> Result<Vec<PathBuf>, FieldError> {
        let outside = Self { join: Vec::new(), ..self.clone() };
        if outside != Self::default() {
            let text = "stands for the set; beside it nothing else may be given, but inside, for each set";
            return Err(FieldError::new("data.join", text));
        }
        let files = self.of_joined(|set| {
            let files = set.files(folders)?;
            let (own, first) = (set.image(folders)?, self.image(folders)?);
            if own != first {
                let text = format!(
                    "has images of {own:?} (channels, rows, columns), but the first of the joined sets {first:?}"
                );
                return Err(FieldError::new("data", text));
            }
            Ok(files)
        })?;
        let classes = self.classes(folders)?;
        if classes > MOST_CLASSES {
            let text = format!("has {classes} classes; at most {MOST_CLASSES} are possible");
            return Err(FieldError::new("data.join", text));
        }
        Ok(files.concat())
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
        if self.single() == DIGITS {
            if self.folder.is_some() {
                return Err(FieldError::new(
                    "data.folder",
                    "the digits are part of the program; leave the folder away",
                ));
            }
            return Ok(None);
        }
        let Some(set) = DataSet::find(self.single()) else {
            let names: Vec<&str> =
                [DIGITS, TRACES].into_iter().chain(DATA_SETS.iter().map(|set| set.name)).collect();
            let text = format!("\"{}\" is not known; {}", self.single(), suggestion(self.single(), &names));
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
            ("file", self.file.is_some(), self.single() != DIGITS && self.single() != TRACES),
            ("sha256", self.sha256.is_some(), self.file.is_none()),
        ];
        if let Some((field, ..)) = own.iter().find(|(_, given, idle)| *given && *idle) {
            let text = "belongs to traces or to a file of your own digits; leave it away";
            return Err(FieldError::new(format!("data.{field}"), text));
        }
        if !self.join.is_empty() {
            return self.joined_files(folders);
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
            let text = format!("is {}, which leaves nothing of the images of {}", self.crop, self.single());
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
        seeds: impl ExactSizeIterator<Item = u64> + Clone,
    ) -> Result<Vec<Arc<Split>>, FieldError> {
        let fault = |error: DataError| FieldError::new("data.set", chain(&error));
        if !self.join.is_empty() {
            let each = self.of_joined(|set| set.splits(folders, seeds.clone()))?;
            let mut joined: Vec<Arc<Split>> = Vec::new();
            for s in 0..seeds.len() {
                let same = s > 0 && each.iter().all(|splits| Arc::ptr_eq(&splits[s], &splits[0]));
                joined.push(if same {
                    joined[0].clone()
                } else {
                    let parts: Vec<&Split> = each.iter().map(|splits| &*splits[s]).collect();
                    let split = Split::joined(&parts);
                    Arc::new(split.map_err(|error| FieldError::new("data.join", chain(&error)))?)
                });
            }
            return Ok(joined);
        }
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
            return Ok(seeds.map(|_| split.clone()).collect());
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

    fn read(text: &str) -> DataSource {
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn joined_sets_count_their_classes_through() {
        let folders = Folders::here();
        let both = read(r#"{ "join": [{ "train_samples": 50 }, { "set": "digits", "test_share": 0.5 }] }"#);
        assert_eq!(both.files(&folders).unwrap(), Vec::<PathBuf>::new());
        assert_eq!((both.classes(&folders).unwrap(), both.image(&folders).unwrap()), (20, [1, 8, 8]));
        assert_eq!(both.class_names(&folders).unwrap()[9..11], ["digits 9", "digits 0"]);
        assert_eq!(both.name(), "digits + digits");
        let splits = both.splits(&folders, [1, 2].into_iter()).unwrap();
        let labels = splits[1].train.labels();
        assert!(labels[..50].iter().all(|l| *l < 10) && labels[50..].iter().all(|l| (10..20).contains(l)));
        let second = read(r#"{ "test_share": 0.5 }"#).splits(&folders, [1, 2].into_iter()).unwrap();
        assert_eq!(splits[1].train.inputs().row(50), second[1].train.inputs().row(0));
        assert_eq!(splits[1].train.len(), 50 + second[1].train.len());
        let names = read(r#"{ "join": [{ "set": "mnist" }, { "set": "fashion-mnist" }] }"#)
            .class_names(&folders)
            .unwrap();
        assert_eq!((names.len(), names[9].as_str(), names[10].as_str()), (20, "9", "T-shirt/top"));
    }

    #[test]
    fn joined_sets_that_do_not_fit_are_refused() {
        let folders = Folders::here();
        let message = |text: &str| read(text).files(&folders).unwrap_err().to_string();
        let shape = message(r#"{ "join": [{}, { "crop": 1 }] }"#);
        assert_eq!(
            shape,
            "data.join[1]: has images of [1, 6, 6] (channels, rows, columns), but the first of the joined sets [1, 8, 8]"
        );
        assert!(message(r#"{ "set": "digits", "join": [{}] }"#).starts_with("data.join: stands for the set"));
        assert!(message(r#"{ "crop": 1, "join": [{}] }"#).starts_with("data.join: stands for the set"));
        assert!(
            message(r#"{ "join": [{}, { "set": "minst" }] }"#).starts_with("data.join[1].set: \"minst\"")
        );
        let many = format!(r#"{{ "join": [{}] }}"#, vec!["{}"; 26].join(", "));
        assert!(message(&many).contains("260 classes; at most 256"));
    }
}
