//! How datasets lie in the file: paths, chunks, filters.

use std::path::{Path, PathBuf};

use hdf5::DatasetBuilderEmptyShape;
use hdf5::File;

use super::error::RecordError;

/// Values of fewer bytes are stored as they are.
const SMALL: usize = 4096;
/// Aim for the size of a chunk in bytes: compresses well, fits the library's chunk cache.
pub(crate) const CHUNK: usize = 1 << 18;
/// Deflate level: 1 is three times as fast as 4 for the same ratio on noisy physical data.
const LEVEL: u8 = 1;

/// The name of the unfinished file: the path with `.part` appended.
pub(crate) fn part_path(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    PathBuf::from(name)
}

/// Checks a path such as `/results/voltage` and gives the path of the group it lies in.
pub(crate) fn checked_path(path: &str) -> Result<(), RecordError> {
    let good = path.strip_prefix('/').is_some_and(|rest| {
        !path.contains('\0') && rest.split('/').all(|part| !part.is_empty() && part != "." && part != "..")
    });
    if good { Ok(()) } else { Err(RecordError::BadPath { object: path.to_owned() }) }
}

/// The chunk of a dataset of this shape: whole trailing dimensions as far as they fit.
pub(crate) fn chunk_shape(shape: &[usize], element: usize) -> Vec<usize> {
    let mut left = (CHUNK / element.max(1)).max(1);
    let mut chunk = vec![1; shape.len()];
    for (slot, length) in chunk.iter_mut().zip(shape).rev() {
        *slot = (*length).clamp(1, left);
        left = (left / *slot).max(1);
    }
    chunk
}

/// True when this many bytes are worth a chunked, compressed layout.
pub(crate) fn compresses(bytes: usize) -> bool {
    bytes > SMALL
}

/// Adds chunking with shuffle and deflate.
pub(crate) fn compressed(builder: DatasetBuilderEmptyShape, chunk: Vec<usize>) -> DatasetBuilderEmptyShape {
    builder.chunk(chunk).shuffle().deflate(LEVEL)
}

/// Creates the groups above an object.
pub(crate) fn create_groups(file: &File, path: &str) -> hdf5::Result<()> {
    for (end, _) in path.match_indices('/').skip(1) {
        let group = &path[..end];
        if !file.link_exists(group) {
            file.create_group(group)?;
        }
    }
    Ok(())
}
