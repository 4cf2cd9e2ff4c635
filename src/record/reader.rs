//! The reader of a record.

use std::path::{Path, PathBuf};
use std::time::Duration;

use hdf5::types::{FloatSize, IntSize, TypeDescriptor};
use hdf5::{File, Group, Hyperslab, Selection, SliceOrIndex};
use ndarray::IxDyn;

use super::dataset::{Attribute, Dataset, Values};
use super::error::RecordError;
use super::provenance::Provenance;
use super::{attributes, layout, scales};

type Result<T> = std::result::Result<T, RecordError>;

/// Deepest nesting of groups that is followed (a foreign file may contain cycles).
const DEEPEST: usize = 16;
/// Numbers read at once when a long dataset is thinned.
const BLOCK: usize = 1 << 18;
/// How often a locked file is tried again, and the time between.
const LOCK_TRIES: u32 = 20;
const LOCK_PAUSE: Duration = Duration::from_millis(100);
/// Most values of a dataset read as a whole; a damaged or foreign file may claim any number.
const MOST_VALUES: usize = 1 << 31;
/// Attributes that belong to the format and are not given by [`RecordFile::attributes`].
const RESERVED: [&str; 6] = ["CLASS", "NAME", "DIMENSION_LIST", "REFERENCE_LIST", "units", "long_name"];

/// An HDF5 file opened for reading.
pub struct RecordFile {
    file: File,
    path: PathBuf,
}

impl RecordFile {
    /// Opens a record, finished or not (`.part`). A lock is waited for for two seconds: a process that was started
    /// while the record was written may hold it a little longer than the writer.
    ///
    /// # Errors
    /// When there is no such file, it is not an HDF5 file, damaged, or in use.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.is_file() {
            let part = layout::part_path(path);
            let hint = if part.is_file() {
                format!("; an unfinished record {} exists", part.display())
            } else {
                "; check the spelling of the path".to_owned()
            };
            return Err(RecordError::FileMissing { path: path.to_owned(), hint });
        }
        if let Err(error) = std::fs::File::open(path) {
            let (path, reason) = (path.to_owned(), error.to_string());
            return Err(RecordError::NotPermitted { path, action: "read", reason });
        }
        let mut tries = 0;
        let file = loop {
            match File::open(path).map_err(|e| RecordError::from_hdf5(&e, path, "open", "the file")) {
                Err(RecordError::Locked { .. }) if tries < LOCK_TRIES => {
                    tries += 1;
                    std::thread::sleep(LOCK_PAUSE);
                }
                opened => break opened?,
            }
        };
        Ok(Self { file, path: path.to_owned() })
    }

    /// The path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The paths of all datasets, in alphabetical order within each group.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn paths(&self) -> Result<Vec<String>> {
        let mut paths = Vec::new();
        walk(&self.file, "", 0, &mut paths).map_err(|e| self.fail(&e, "the list of datasets"))?;
        Ok(paths)
    }

    /// The names of the groups and datasets directly inside a group; empty if there is no such group.
    pub fn members(&self, group: &str) -> Vec<String> {
        if group != "/" && !self.exists(group) {
            return Vec::new();
        }
        self.file.group(group).and_then(|g| g.member_names()).unwrap_or_default()
    }

    /// True when the file has a dataset or group of this path.
    pub fn exists(&self, path: &str) -> bool {
        layout::checked_path(path).is_ok()
            && path
                .match_indices('/')
                .skip(1)
                .map(|(end, _)| &path[..end])
                .chain([path])
                .all(|p| self.file.link_exists(p))
    }

    /// The shape of a dataset, without reading it.
    ///
    /// # Errors
    /// When there is no such dataset.
    pub fn shape(&self, path: &str) -> Result<Vec<usize>> {
        Ok(self.dataset(path)?.shape())
    }

    /// Reads a dataset with its attributes and scales. A scale names itself as its scale.
    ///
    /// # Errors
    /// When there is no such dataset, it is of a foreign type, or the file is damaged.
    pub fn read(&self, path: &str) -> Result<Dataset> {
        let dataset = self.dataset(path)?;
        Ok(Dataset { values: self.values(&dataset, path)?, ..self.describe(path)? })
    }

    /// A dataset with everything but its values.
    pub(crate) fn describe(&self, path: &str) -> Result<Dataset> {
        let dataset = self.dataset(path)?;
        let mut scales = scales::read(&dataset);
        if let (true, [only @ None]) = (scales::is_scale(&dataset), scales.as_mut_slice()) {
            *only = Some(path.to_owned());
        }
        let (unit, long_name) = self.unit_and_name(path)?;
        Ok(Dataset {
            path: path.to_owned(),
            shape: dataset.shape(),
            values: Values::U8(Vec::new()),
            unit,
            long_name,
            scales,
            attributes: self.attributes(path)?,
        })
    }

    /// Reads a dataset as numbers.
    ///
    /// # Errors
    /// As [`read`](Self::read), and when the dataset holds text.
    pub fn numbers(&self, path: &str) -> Result<Vec<f64>> {
        let dataset = self.dataset(path)?;
        self.values(&dataset, path)?.to_f64().ok_or_else(|| RecordError::UnknownType {
            path: self.path.clone(),
            object: path.to_owned(),
            found: "text where numbers are expected".into(),
        })
    }

    /// The unit and the long name of a dataset, without reading its values.
    ///
    /// # Errors
    /// When there is no such dataset.
    pub fn unit_and_name(&self, path: &str) -> Result<(String, String)> {
        let dataset = self.dataset(path)?;
        let text = |name: &str| match attributes::read(&dataset, name) {
            Ok(Some(Attribute::Text(text))) => text,
            _ => String::new(),
        };
        Ok((text("units"), text("long_name")))
    }

    /// Reads one entry of the leading dimension of a numeric dataset.
    ///
    /// # Errors
    /// When there is no such dataset or entry.
    pub fn entry(&self, path: &str, index: usize) -> Result<Vec<f64>> {
        let dataset = self.dataset(path)?;
        let mut slices = vec![SliceOrIndex::from(index..index + 1)];
        slices.resize(dataset.ndim().max(1), SliceOrIndex::from(..));
        let selection = Selection::from(Hyperslab::from(slices));
        let values = dataset.read_slice::<f64, _, IxDyn>(selection).map_err(|e| self.fail(&e, path))?;
        Ok(values.iter().copied().collect())
    }

    /// Reads every `step`-th row of a numeric dataset, without holding all of it in memory.
    ///
    /// # Errors
    /// As [`numbers`](Self::numbers).
    pub fn every(&self, path: &str, step: usize) -> Result<Vec<f64>> {
        let dataset = self.dataset(path)?;
        let shape = dataset.shape();
        let (rows, width) = match shape.as_slice() {
            [rows] => (*rows, 1),
            [rows, width] => (*rows, *width),
            _ => return self.numbers(path),
        };
        if step <= 1 || rows == 0 || width == 0 {
            return self.numbers(path);
        }
        let block = (BLOCK / width).max(1).next_multiple_of(step);
        let mut kept = Vec::with_capacity((rows / step + 1) * width);
        for start in (0..rows).step_by(block) {
            let end = (start + block).min(rows);
            let part: hdf5::Result<Vec<f64>> = if shape.len() == 1 {
                dataset.read_slice_1d(start..end).map(|a| a.to_vec())
            } else {
                dataset.read_slice_2d((start..end, ..)).map(|a| a.iter().copied().collect())
            };
            let part = part.map_err(|e| self.fail(&e, path))?;
            kept.extend(part.chunks(width).step_by(step).flatten());
        }
        Ok(kept)
    }

    /// The attributes of a dataset or group (`/` is the file) without unit, name and scales.
    ///
    /// # Errors
    /// When there is no such object or the file is damaged.
    pub fn attributes(&self, path: &str) -> Result<Vec<(String, Attribute)>> {
        let fail = |e| self.fail(&e, path);
        let group;
        let dataset;
        let location: &hdf5::Location = if path == "/" {
            &self.file
        } else if !self.exists(path) {
            return Err(self.missing(path));
        } else if let Ok(found) = self.file.dataset(path) {
            dataset = found;
            &dataset
        } else {
            group = self.file.group(path).map_err(fail)?;
            &group
        };
        let mut list = Vec::new();
        for name in location.attr_names().map_err(fail)? {
            if RESERVED.contains(&name.as_str()) {
                continue;
            }
            if let Some(value) = attributes::read(location, &name).map_err(fail)? {
                list.push((name, value));
            }
        }
        Ok(list)
    }

    /// The provenance; what the file does not say is empty or zero.
    ///
    /// # Errors
    /// When the file is damaged.
    pub fn provenance(&self) -> Result<Provenance> {
        let mut provenance = Provenance::default();
        let (mut names, mut texts) = (Vec::new(), Vec::new());
        for (name, value) in self.attributes("/")? {
            match (name.as_str(), value) {
                ("script", Attribute::Text(text)) => provenance.script = text,
                ("kind", Attribute::Text(text)) => provenance.kind = text,
                ("title", Attribute::Text(text)) => provenance.title = text,
                ("cards", Attribute::Texts(list)) => names = list,
                ("card_texts", Attribute::Texts(list)) => texts = list,
                ("seed", Attribute::I64(seed)) => provenance.seed = seed.cast_unsigned(),
                ("threads", Attribute::I64(n)) => provenance.threads = usize::try_from(n).unwrap_or(0),
                _ => {}
            }
        }
        provenance.cards = names.into_iter().zip(texts).collect();
        Ok(provenance)
    }

    /// True when the run came to its end.
    pub fn is_complete(&self) -> bool {
        matches!(attributes::read(&self.file, "complete"), Ok(Some(Attribute::I64(1))))
    }

    /// The HDF5 object behind a path.
    pub(crate) fn dataset(&self, path: &str) -> Result<hdf5::Dataset> {
        if !self.exists(path) {
            return Err(self.missing(path));
        }
        self.file.dataset(path).map_err(|e| self.fail(&e, path))
    }

    fn values(&self, dataset: &hdf5::Dataset, path: &str) -> Result<Values> {
        let fail = |e| self.fail(&e, path);
        let count = dataset.shape().iter().try_fold(1_usize, |n, length| n.checked_mul(*length));
        if count.is_none_or(|n| n > MOST_VALUES) {
            let found = format!("more than {MOST_VALUES} values");
            return Err(RecordError::UnknownType { path: self.path.clone(), object: path.to_owned(), found });
        }
        let descriptor =
            dataset.dtype().map_err(fail)?.to_descriptor().map_err(|e| RecordError::UnknownType {
                path: self.path.clone(),
                object: path.to_owned(),
                found: e.to_string(),
            })?;
        let values = match &descriptor {
            TypeDescriptor::Float(FloatSize::U4) => Values::F32(all(dataset).map_err(fail)?),
            TypeDescriptor::Float(_) => Values::F64(all(dataset).map_err(fail)?),
            TypeDescriptor::Unsigned(IntSize::U1) => Values::U8(all(dataset).map_err(fail)?),
            TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => {
                Values::I64(all(dataset).map_err(fail)?)
            }
            other => {
                let Some(texts) = attributes::read_texts(dataset, other).map_err(fail)? else {
                    let (path, object) = (self.path.clone(), path.to_owned());
                    return Err(RecordError::UnknownType { path, object, found: other.to_string() });
                };
                Values::Text(texts)
            }
        };
        Ok(values)
    }

    fn missing(&self, object: &str) -> RecordError {
        RecordError::ObjectMissing { path: self.path.clone(), object: object.to_owned() }
    }

    /// Sorts an error met while reading this file.
    pub(crate) fn fail(&self, error: &hdf5::Error, object: &str) -> RecordError {
        RecordError::from_hdf5(error, &self.path, "read", object)
    }
}

fn all<T: hdf5::H5Type>(dataset: &hdf5::Dataset) -> hdf5::Result<Vec<T>> {
    if dataset.size() == 0 { Ok(Vec::new()) } else { dataset.read_raw() }
}

fn walk(group: &Group, prefix: &str, depth: usize, paths: &mut Vec<String>) -> hdf5::Result<()> {
    for name in group.member_names()? {
        let path = format!("{prefix}/{name}");
        match group.loc_type_by_name(&name) {
            Ok(hdf5::LocationType::Dataset) => paths.push(path),
            Ok(hdf5::LocationType::Group) if depth < DEEPEST => {
                walk(&group.group(&name)?, &path, depth + 1, paths)?;
            }
            _ => {}
        }
    }
    Ok(())
}
