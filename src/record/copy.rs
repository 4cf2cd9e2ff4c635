//! Copies long datasets from one record to another in pieces.

use std::path::Path;

use hdf5::types::{FloatSize, TypeDescriptor};
use hdf5::{File, H5Type, Selection, SliceOrIndex};
use ndarray::IxDyn;

use super::dataset::Dataset;
use super::error::RecordError;
use super::layout;
use super::reader::RecordFile;

/// Values copied at once.
const PIECE: usize = 1 << 20;

/// True for datasets that are not read as a whole.
pub(crate) fn is_long(shape: &[usize]) -> bool {
    shape.iter().product::<usize>() > PIECE
}

/// Creates the dataset `target.path` and fills it with the values of `path` in the source.
pub(crate) fn copy_long(
    source: &RecordFile,
    path: &str,
    file: &File,
    target: &Dataset,
    part: &Path,
) -> Result<(), RecordError> {
    let from = source.dataset(path)?;
    let read_error = |e: &hdf5::Error| source.fail(e, path);
    let found = from.dtype().and_then(|t| t.to_descriptor()).map_err(|e| read_error(&e))?;
    if file.link_exists(&target.path) {
        return Err(RecordError::ObjectExists { path: part.to_owned(), object: target.path.clone() });
    }
    let create = || layout::create_groups(file, &target.path);
    create().map_err(|e| RecordError::from_hdf5(&e, part, "write", &target.path))?;
    let copied = match found {
        TypeDescriptor::Float(FloatSize::U4) => pieces::<f32>(&from, file, target),
        TypeDescriptor::Float(_) => pieces::<f64>(&from, file, target),
        TypeDescriptor::Unsigned(hdf5::types::IntSize::U1) => pieces::<u8>(&from, file, target),
        TypeDescriptor::Integer(_) | TypeDescriptor::Unsigned(_) => pieces::<i64>(&from, file, target),
        other => {
            let (path, object) = (source.path().to_owned(), path.to_owned());
            return Err(RecordError::UnknownType { path, object, found: other.to_string() });
        }
    };
    copied.map_err(|e| RecordError::from_hdf5(&e, part, "copy", &target.path))
}

fn pieces<T: H5Type>(from: &hdf5::Dataset, file: &File, target: &Dataset) -> hdf5::Result<()> {
    let shape = &target.shape;
    let builder = file.new_dataset::<T>().shape(shape.clone()).obj_track_times(false);
    let chunk = layout::chunk_shape(shape, size_of::<T>());
    // Whole chunks at a time, so that each is compressed once.
    let width = shape.iter().skip(1).product::<usize>().max(1);
    let step = (PIECE / width).max(1).next_multiple_of(chunk.first().copied().unwrap_or(1).max(1));
    let to = layout::compressed(builder, chunk).create(target.path.as_str())?;
    let rows = shape.first().copied().unwrap_or(0);
    for start in (0..rows).step_by(step) {
        let end = (start + step).min(rows);
        let mut slices = vec![SliceOrIndex::from(start..end)];
        slices.resize(shape.len(), SliceOrIndex::from(..));
        let selection = Selection::from(hdf5::Hyperslab::from(slices));
        let values = from.read_slice::<T, _, IxDyn>(&selection)?;
        to.write_slice(values.view(), &selection)?;
    }
    Ok(())
}
