//! What can go wrong with a record, said so that the reader knows what to do next.

use std::path::{Path, PathBuf};

/// An error of the record layer. Every message names the file and, where there is one, the remedy.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The folder of the record does not exist.
    #[error("cannot write {}: the folder {} does not exist; create it or choose another output path", path.display(), folder.display())]
    FolderMissing {
        /// The record.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
    },
    /// No permission to write or to read.
    #[error("cannot {action} {}: {reason}; check the permissions of the file and of its folder", path.display())]
    NotPermitted {
        /// The record.
        path: PathBuf,
        /// "read" or "write".
        action: &'static str,
        /// The system's reason.
        reason: String,
    },
    /// The disk, a quota or a file-size limit is exhausted.
    #[error("cannot write {}: {reason}; free some space or choose another output path. The unfinished file keeps its name ending in .part", path.display())]
    DiskFull {
        /// The file being written.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Another process holds the file.
    #[error("cannot open {}: another process is using it; wait until that run has ended, or set HDF5_USE_FILE_LOCKING=FALSE to read it all the same", path.display())]
    Locked {
        /// The file.
        path: PathBuf,
    },
    /// No such file.
    #[error("cannot open {}: no such file{hint}", path.display())]
    FileMissing {
        /// The file.
        path: PathBuf,
        /// An additional sentence about an unfinished record, or nothing.
        hint: String,
    },
    /// The file is something else.
    #[error("{} is not an HDF5 file; give the .h5 file a run has written", path.display())]
    NotHdf5 {
        /// The file.
        path: PathBuf,
    },
    /// The file ends too early.
    #[error("{} is truncated or damaged ({detail}); copy it again or repeat the run", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// HDF5's own words.
        detail: String,
    },
    /// The file has no such object.
    #[error("{} holds no {object}", path.display())]
    ObjectMissing {
        /// The file.
        path: PathBuf,
        /// The path of the missing dataset, group or attribute.
        object: String,
    },
    /// The object exists already; a record never overwrites a dataset.
    #[error("{} already holds {object}; give the second dataset another name", path.display())]
    ObjectExists {
        /// The file.
        path: PathBuf,
        /// The path of the object.
        object: String,
    },
    /// The name of an object is not usable.
    #[error(
        "{object:?} is not a path in a record: it must start with '/', have no empty, '.' or '..' part and no NUL"
    )]
    BadPath {
        /// The offending path.
        object: String,
    },
    /// Shape and values do not belong together.
    #[error("{object} cannot be written: {detail}")]
    Shape {
        /// The dataset or stream.
        object: String,
        /// What does not fit.
        detail: String,
    },
    /// The values are of a type that a record does not use.
    #[error("{object} in {} holds {found}, which this program does not read", path.display())]
    UnknownType {
        /// The file.
        path: PathBuf,
        /// The dataset or attribute.
        object: String,
        /// The type found.
        found: String,
    },
    /// Renaming the finished file failed.
    #[error("the record is complete in {} but cannot be renamed to {}: {reason}; rename it by hand", part.display(), path.display())]
    Rename {
        /// The file as written.
        part: PathBuf,
        /// The name it should have.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// Anything else the HDF5 library reports.
    #[error("HDF5 failed to {action} {object} in {}: {detail}", path.display())]
    Hdf5 {
        /// The file.
        path: PathBuf,
        /// What was being done ("write", "read", …).
        action: &'static str,
        /// The object concerned.
        object: String,
        /// HDF5's own words.
        detail: String,
    },
}

impl RecordError {
    /// Sorts an error of the HDF5 library into the variants above.
    pub(crate) fn from_hdf5(error: &hdf5::Error, path: &Path, action: &'static str, object: &str) -> Self {
        let frames: Vec<String> =
            error.stack().map(|s| s.iter().map(|f| f.desc().to_owned()).collect()).unwrap_or_default();
        let path = path.to_owned();
        let says = |text: &str| frames.iter().any(|frame| frame.contains(text));
        // The library passes the system's errno on inside its messages: ENOSPC 28, EFBIG 27,
        // EDQUOT 122 (Linux) or 69 (macOS), EACCES 13, EROFS 30, EAGAIN 11 or 35.
        let errno = |number: u32| says(&format!("errno = {number},"));
        if errno(28) || says("No space left") {
            return Self::DiskFull { path, reason: "no space is left on the disk".into() };
        }
        if errno(27) || says("File too large") {
            return Self::DiskFull {
                path,
                reason: "the file has reached the size limit of the system".into(),
            };
        }
        if errno(122) || says("Disk quota exceeded") {
            return Self::DiskFull { path, reason: "the disk quota is used up".into() };
        }
        if says("unable to lock file") || errno(11) {
            return Self::Locked { path };
        }
        if errno(13) || errno(30) || errno(1) {
            let reason = if errno(30) { "the disk is read-only" } else { "permission denied" };
            let action = if action == "read" || action == "open" { "read" } else { "write" };
            return Self::NotPermitted { path, action, reason: reason.into() };
        }
        if says("file signature not found") || error.contains_minor(hdf5::MinorErrorCode::NotHdf5) {
            return Self::NotHdf5 { path };
        }
        let detail = frames.last().map_or_else(|| error.to_string(), |last| format!("{error}: {last}"));
        if says("truncated file") || says("addr overflow") || says("wrong version number") {
            return Self::Damaged { path, detail };
        }
        Self::Hdf5 { path, action, object: object.to_owned(), detail }
    }

    /// Sorts an error of the file system met while writing.
    pub(crate) fn from_io(error: &std::io::Error, path: &Path) -> Self {
        use std::io::ErrorKind;
        let path = path.to_owned();
        let reason = error.to_string();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::FileTooLarge | ErrorKind::QuotaExceeded => {
                Self::DiskFull { path, reason }
            }
            _ => Self::NotPermitted { path, action: "write", reason },
        }
    }
}
