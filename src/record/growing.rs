//! Datasets of any shape that grow along their first dimension, entry by entry: frames of a film.
//!
//! Unlike the columns of a [stream](super::StreamSpec) they keep their type (a byte per lattice
//! site), and every entry is compressed, written and flushed at once, so that a killed process leaves all
//! entries but the one under way.

use hdf5::{Extent, File, Hyperslab, Selection, SliceOrIndex};
use ndarray::{ArrayViewD, IxDyn};

use super::dataset::{Dataset, Values};
use super::layout;

/// Handle of a growing dataset of a [`Record`](super::Record).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Growing(pub(crate) usize);

/// A growing dataset.
pub(crate) struct Open {
    pub(crate) path: String,
    dataset: hdf5::Dataset,
    entry: Vec<usize>,
    rows: usize,
}

impl Open {
    /// Creates it empty: the shape of `like` without its first dimension is that of an entry, its
    /// values give the type.
    pub(crate) fn create(file: &File, like: &Dataset) -> hdf5::Result<Self> {
        let path = like.path.clone();
        layout::create_groups(file, &path)?;
        let entry: Vec<usize> = like.shape.iter().skip(1).copied().collect();
        let dataset = match &like.values {
            Values::U8(_) => empty::<u8>(file, &path, &entry)?,
            Values::F32(_) => empty::<f32>(file, &path, &entry)?,
            Values::I64(_) => empty::<i64>(file, &path, &entry)?,
            Values::F64(_) => empty::<f64>(file, &path, &entry)?,
            Values::Text(_) => return Err("texts do not grow".into()),
        };
        Ok(Self { path, dataset, entry, rows: 0 })
    }

    /// Appends one entry.
    pub(crate) fn append(&mut self, values: &Values) -> hdf5::Result<()> {
        if values.len() != self.entry.iter().product::<usize>() {
            return Err(format!("{} values for an entry of {:?}", values.len(), self.entry).into());
        }
        let mut shape = vec![self.rows + 1];
        shape.extend(&self.entry);
        self.dataset.resize(shape.as_slice())?;
        match values {
            Values::U8(values) => self.write(values)?,
            Values::F32(values) => self.write(values)?,
            Values::I64(values) => self.write(values)?,
            Values::F64(values) => self.write(values)?,
            Values::Text(_) => return Err("texts do not grow".into()),
        }
        self.rows += 1;
        Ok(())
    }

    fn write<T: hdf5::H5Type>(&self, values: &[T]) -> hdf5::Result<()> {
        let mut shape = vec![1];
        shape.extend(&self.entry);
        let view = ArrayViewD::from_shape(IxDyn(&shape), values).map_err(|e| e.to_string())?;
        let mut slices = vec![SliceOrIndex::from(self.rows..self.rows + 1)];
        slices.resize(shape.len(), SliceOrIndex::from(..));
        self.dataset.write_slice(view, Selection::from(Hyperslab::from(slices)))
    }
}

fn empty<T: hdf5::H5Type>(file: &File, path: &str, entry: &[usize]) -> hdf5::Result<hdf5::Dataset> {
    let mut shape = vec![1];
    shape.extend(entry);
    let mut chunk = layout::chunk_shape(&shape, size_of::<T>());
    if let (true, Some(first)) = (entry.is_empty(), chunk.first_mut()) {
        // Single numbers share a chunk.
        *first = 1024;
    }
    let mut extents = vec![Extent::resizable(0)];
    extents.extend(entry.iter().map(|n| Extent::from(*n)));
    let builder = file.new_dataset::<T>().shape(extents).obj_track_times(false);
    layout::compressed(builder, chunk).create(path)
}
