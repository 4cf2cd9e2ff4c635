//! The writer of a record.

use std::path::{Path, PathBuf};
use std::time::Instant;

use hdf5::File;

use super::dataset::{Attribute, Dataset, Values};
use super::error::RecordError;
use super::growing::{self, Growing};
use super::provenance::{Provenance, now_iso};
use super::reader::RecordFile;
use super::scales::Scales;
use super::stream::{Open, Stream, StreamSpec};
use super::{attributes, copy, layout};

type Result<T> = std::result::Result<T, RecordError>;

/// A record being written.
///
/// It lives under `<path>.part` until [`finish`](Self::finish). A dropped record leaves the
/// unfinished file as it is.
pub struct Record {
    // Fields are dropped in this order: datasets before the file.
    streams: Vec<Open>,
    growing: Vec<growing::Open>,
    file: File,
    path: PathBuf,
    part: PathBuf,
    scales: Scales,
    begun: Instant,
}

impl Record {
    /// Creates `<path>.part`, replacing an older unfinished file, and writes the provenance.
    ///
    /// # Errors
    /// When the folder is missing or not writable, or the disk is full.
    pub fn create(path: &Path, provenance: &Provenance) -> Result<Self> {
        let part = layout::part_path(path);
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        if !folder.is_dir() {
            return Err(RecordError::FolderMissing { path: path.to_owned(), folder: folder.to_owned() });
        }
        if path.is_dir() {
            let reason = "a folder of that name exists".to_owned();
            return Err(RecordError::NotPermitted { path: path.to_owned(), action: "write", reason });
        }
        let file = File::with_options()
            .with_fapl(|access| access.libver_earliest())
            .create(&part)
            .map_err(|e| RecordError::from_hdf5(&e, &part, "create", "the file"))?;
        let path = path.to_owned();
        let record = Self {
            streams: Vec::new(),
            growing: Vec::new(),
            file,
            path,
            part,
            scales: Scales::default(),
            begun: Instant::now(),
        };
        record.write_provenance(provenance)?;
        record.sync()?;
        Ok(record)
    }

    fn write_provenance(&self, provenance: &Provenance) -> Result<()> {
        let (names, texts) = provenance.cards.iter().cloned().unzip();
        let threads = i64::try_from(provenance.threads).unwrap_or(i64::MAX);
        // Seeds above 2^63 wrap to negative numbers; the reader turns them back.
        let seed = provenance.seed.cast_signed();
        let list = [
            ("program", Attribute::Text("neurofilament".into())),
            ("version", Attribute::Text(env!("CARGO_PKG_VERSION").into())),
            ("kind", Attribute::Text(provenance.kind.clone())),
            ("title", Attribute::Text(provenance.title.clone())),
            ("script", Attribute::Text(provenance.script.clone())),
            ("cards", Attribute::Texts(names)),
            ("card_texts", Attribute::Texts(texts)),
            ("seed", Attribute::I64(seed)),
            ("threads", Attribute::I64(threads)),
            ("started", Attribute::Text(now_iso())),
            ("complete", Attribute::I64(0)),
        ];
        for (name, value) in &list {
            attributes::write(&self.file, name, value).map_err(|e| self.fail(&e, name))?;
        }
        Ok(())
    }

    /// Where the record will be when it is finished.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a dataset with its unit, name, scales and attributes.
    ///
    /// A scale may be written after the datasets that use it, but before [`finish`](Self::finish).
    ///
    /// # Errors
    /// When the path is not usable or taken, shape and values disagree, or the file cannot be written.
    pub fn write(&mut self, dataset: &Dataset) -> Result<()> {
        layout::checked_path(&dataset.path)?;
        let path = dataset.path.as_str();
        let shape_error = |detail| RecordError::Shape { object: path.to_owned(), detail };
        let count = dataset.shape.iter().product::<usize>();
        if count != dataset.values.len() {
            let (got, shape) = (dataset.values.len(), &dataset.shape);
            return Err(shape_error(format!("{got} values for the shape {shape:?}")));
        }
        if dataset.scales.len() > dataset.shape.len() {
            let (got, have) = (dataset.scales.len(), dataset.shape.len());
            return Err(shape_error(format!("{got} scales for {have} dimensions")));
        }
        if self.file.link_exists(path) {
            return Err(RecordError::ObjectExists { path: self.part.clone(), object: path.to_owned() });
        }
        for scale in dataset.scales.iter().flatten() {
            layout::checked_path(scale)?;
        }
        self.write_new(dataset).map_err(|e| self.fail(&e, path))
    }

    fn write_new(&mut self, dataset: &Dataset) -> hdf5::Result<()> {
        let path = dataset.path.as_str();
        layout::create_groups(&self.file, path)?;
        match &dataset.values {
            Values::F64(values) => self.write_values(path, &dataset.shape, values)?,
            Values::F32(values) => self.write_values(path, &dataset.shape, values)?,
            Values::I64(values) => self.write_values(path, &dataset.shape, values)?,
            Values::U8(values) => self.write_values(path, &dataset.shape, values)?,
            Values::Text(values) => {
                let texts: Vec<_> = values.iter().map(|text| attributes::hdf5_text(text)).collect();
                self.write_values(path, &dataset.shape, &texts)?;
            }
        }
        self.describe(dataset)
    }

    /// Writes what describes a dataset that exists already: unit, name, attributes, scales.
    fn describe(&mut self, dataset: &Dataset) -> hdf5::Result<()> {
        let path = dataset.path.as_str();
        let object = self.file.dataset(path)?;
        if !matches!(dataset.values, Values::Text(_)) {
            attributes::write(&object, "units", &Attribute::Text(dataset.unit.clone()))?;
        }
        attributes::write(&object, "long_name", &Attribute::Text(dataset.long_name.clone()))?;
        for (name, value) in &dataset.attributes {
            attributes::write(&object, name, value)?;
        }
        let mut scales = dataset.scales.clone();
        scales.resize(dataset.shape.len(), None);
        self.scales.attach(&self.file, path, &scales)
    }

    fn write_values<T: hdf5::H5Type>(&self, path: &str, shape: &[usize], values: &[T]) -> hdf5::Result<()> {
        let mut builder = self.file.new_dataset::<T>().shape(shape.to_vec()).obj_track_times(false);
        if layout::compresses(std::mem::size_of_val(values)) {
            builder = layout::compressed(builder, layout::chunk_shape(shape, size_of::<T>()));
        }
        let dataset = builder.create(path)?;
        if values.is_empty() {
            return Ok(());
        }
        match (shape, values) {
            ([], [value]) => dataset.write_scalar(value),
            _ => dataset.write_raw(values),
        }
    }

    /// Copies the whole content of another record below a group, such as `/points/000003`: all
    /// datasets with their attributes and scales, and the other record's provenance as attributes
    /// of the group. Long datasets are copied in pieces.
    ///
    /// # Errors
    /// When the other record cannot be read, the group is taken, or this file cannot be written.
    pub fn copy_from(&mut self, source: &RecordFile, group: &str) -> Result<()> {
        layout::checked_path(group)?;
        let mut groups = std::collections::BTreeSet::from(["/".to_owned()]);
        for path in source.paths()? {
            groups.extend(
                path.match_indices('/').skip(1).filter_map(|(end, _)| path.get(..end)).map(str::to_owned),
            );
            let mut dataset = source.describe(&path)?;
            dataset.path = format!("{group}{path}");
            for scale in dataset.scales.iter_mut().flatten() {
                *scale = format!("{group}{scale}");
            }
            if copy::is_long(&dataset.shape) {
                copy::copy_long(source, &path, &self.file, &dataset, &self.part)?;
                self.describe(&dataset).map_err(|e| self.fail(&e, &dataset.path))?;
            } else {
                dataset.values = source.read(&path)?.values;
                self.write(&dataset)?;
            }
        }
        for path in groups {
            let target = if path == "/" { group.to_owned() } else { format!("{group}{path}") };
            for (name, value) in source.attributes(&path)? {
                self.attribute(&target, &name, &value)?;
            }
        }
        Ok(())
    }

    /// Sets an attribute of a dataset or group; `/` is the file itself. A missing group is created.
    ///
    /// # Errors
    /// When the path is not usable or the file cannot be written.
    pub fn attribute(&mut self, object_path: &str, name: &str, value: &Attribute) -> Result<()> {
        let write = || -> hdf5::Result<()> {
            if object_path == "/" {
                return attributes::write(&self.file, name, value);
            }
            if !self.file.link_exists(object_path) {
                layout::create_groups(&self.file, object_path)?;
                self.file.create_group(object_path)?;
            }
            match self.file.dataset(object_path) {
                Ok(dataset) => attributes::write(&dataset, name, value),
                Err(_) => attributes::write(&*self.file.group(object_path)?, name, value),
            }
        };
        if object_path != "/" {
            layout::checked_path(object_path)?;
        }
        write().map_err(|e| self.fail(&e, &format!("the attribute {name} of {object_path}")))
    }

    /// Opens a stream: columns that grow together.
    ///
    /// # Errors
    /// When a path is not usable or taken, or the file cannot be written.
    pub fn stream(&mut self, spec: &StreamSpec) -> Result<Stream> {
        layout::checked_path(&spec.group)?;
        for column in &spec.columns {
            let object = format!("{}/{}", spec.group, column.name);
            if self.file.link_exists(&spec.group) && self.file.link_exists(&object) {
                return Err(RecordError::ObjectExists { path: self.part.clone(), object });
            }
        }
        let part = self.part.clone();
        let fail = |e: &hdf5::Error, object: &str| RecordError::from_hdf5(e, &part, "write", object);
        let inside = format!("{}/x", spec.group);
        layout::create_groups(&self.file, &inside).map_err(|e| fail(&e, &spec.group))?;
        let open = Open::create(&self.file, spec, fail)?;
        let time = spec.columns.first().map(|c| format!("{}/{}", spec.group, c.name));
        for column in &spec.columns {
            let path = format!("{}/{}", spec.group, column.name);
            let mut scales = vec![time.clone()];
            if column.cells.is_some() {
                scales.push(column.cells_scale.clone());
            }
            self.scales.attach(&self.file, &path, &scales).map_err(|e| fail(&e, &path))?;
        }
        self.streams.push(open);
        self.sync()?;
        Ok(Stream(self.streams.len() - 1))
    }

    /// Appends rows to a stream: one slice per column in the order of the specification, each
    /// with `rows` (or `rows × cells`) values. Full pieces go to the file and are flushed.
    ///
    /// # Errors
    /// When the slices do not fit the columns or the file cannot be written.
    pub fn append(&mut self, stream: Stream, slab: &[&[f64]]) -> Result<()> {
        let part = &self.part;
        let fail = |e: &hdf5::Error, object: &str| RecordError::from_hdf5(e, part, "write", object);
        match self.streams.get_mut(stream.0) {
            Some(open) => open.append(&self.file, slab, fail),
            None => Err(RecordError::ObjectMissing { path: part.clone(), object: "such stream".into() }),
        }
    }

    /// Creates a dataset that grows along its first dimension. The shape of `like` without the first
    /// dimension is that of an entry; its values, which may be empty, give the type.
    ///
    /// # Errors
    /// When the path is not usable or taken, or the file cannot be written.
    pub fn grow(&mut self, like: &Dataset) -> Result<Growing> {
        layout::checked_path(&like.path)?;
        let path = like.path.as_str();
        if self.file.link_exists(path) {
            return Err(RecordError::ObjectExists { path: self.part.clone(), object: path.to_owned() });
        }
        let open = growing::Open::create(&self.file, like).map_err(|e| self.fail(&e, path))?;
        self.describe(like).map_err(|e| self.fail(&e, path))?;
        self.growing.push(open);
        Ok(Growing(self.growing.len() - 1))
    }

    /// Appends one entry to each of these growing datasets and flushes the file.
    ///
    /// # Errors
    /// When an entry does not fit its dataset or the file cannot be written.
    pub fn extend(&mut self, entries: &[(Growing, Values)]) -> Result<()> {
        for (handle, values) in entries {
            if let Some(open) = self.growing.get_mut(handle.0) {
                let written = open.append(values);
                let object = open.path.clone();
                written.map_err(|e| self.fail(&e, &object))?;
            }
        }
        self.sync()
    }

    /// Writes everything that waits in memory and flushes the file.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flush(&mut self) -> Result<()> {
        let part = &self.part;
        let fail = |e: &hdf5::Error, object: &str| RecordError::from_hdf5(e, part, "write", object);
        for open in &mut self.streams {
            open.flush(&self.file, fail)?;
        }
        self.sync()
    }

    /// Completes the record and gives it its final name, replacing an older file of that name.
    ///
    /// # Errors
    /// When a scale was never written, the file cannot be written, or the renaming fails.
    pub fn finish(mut self) -> Result<PathBuf> {
        self.conclude(true)?;
        let Self { streams, growing, file, path, part, .. } = self;
        drop(growing);
        close(streams, file, &part)?;
        std::fs::rename(&part, &path).map_err(|e| RecordError::Rename {
            part: part.clone(),
            path: path.clone(),
            reason: e.to_string(),
        })?;
        // Best effort: some file systems cannot sync a folder, and the record is there anyway.
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty()).unwrap_or(Path::new("."));
        if let Ok(folder) = std::fs::File::open(folder) {
            folder.sync_all().ok();
        }
        Ok(path)
    }

    /// Ends an interrupted run: writes what waits, leaves `complete` at 0 and the file at
    /// `<path>.part`, which is returned.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn keep_partial(mut self) -> Result<PathBuf> {
        self.conclude(false)?;
        let Self { streams, growing, file, part, .. } = self;
        drop(growing);
        close(streams, file, &part)?;
        Ok(part)
    }

    fn conclude(&mut self, complete: bool) -> Result<()> {
        self.flush()?;
        let missing = self.scales.finish(&self.file).map_err(|e| self.fail(&e, "the dimension scales"))?;
        if let (true, Some(object)) = (complete, missing) {
            let object = format!("{object}, named as a dimension scale");
            return Err(RecordError::ObjectMissing { path: self.part.clone(), object });
        }
        let duration = Attribute::F64(self.begun.elapsed().as_secs_f64());
        self.attribute("/", "duration", &duration)?;
        if complete {
            self.attribute("/", "complete", &Attribute::I64(1))?;
        }
        self.sync()
    }

    fn sync(&self) -> Result<()> {
        self.file.flush().map_err(|e| self.fail(&e, "the file"))
    }

    fn fail(&self, error: &hdf5::Error, object: &str) -> RecordError {
        RecordError::from_hdf5(error, &self.part, "write", object)
    }
}

/// Closes the file for good and makes sure that it has reached the disk.
fn close(streams: Vec<Open>, file: File, part: &Path) -> Result<()> {
    drop(streams);
    file.close().map_err(|e| RecordError::from_hdf5(&e, part, "close", "the file"))?;
    let synced = std::fs::OpenOptions::new().write(true).open(part).and_then(|file| file.sync_all());
    synced.map_err(|e| RecordError::from_io(&e, part))
}
