//! [`DataError`]: what can be wrong with a data file, each variant a sentence to act on.

use std::path::PathBuf;

/// A data file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// The file could not be read.
    #[error("cannot read the data file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The bytes are not those that were asked for.
    #[error(
        "{} has SHA-256 {found}, but {expected} was asked for: the file was changed or is another one; \
         get the right file, or correct or drop the expected checksum",
        path.display()
    )]
    Checksum {
        /// The file.
        path: PathBuf,
        /// The checksum asked for.
        expected: String,
        /// The checksum of the file.
        found: String,
    },
    /// The expected checksum itself is malformed.
    #[error("the expected checksum `{found}` is not a SHA-256: write 64 hexadecimal digits")]
    ChecksumFormat {
        /// The text given.
        found: String,
    },
    /// The file is not text.
    #[error(
        "{} is not a text file (byte {byte} is not UTF-8): expected uncompressed comma-separated values",
        path.display()
    )]
    NotText {
        /// The file.
        path: PathBuf,
        /// Position of the first bad byte.
        byte: usize,
    },
    /// The file has no samples.
    #[error("{} holds no samples: expected one line of {columns} numbers per sample", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
        /// Numbers per line.
        columns: usize,
    },
    /// A file of a known set has another number of samples.
    #[error("{} holds {found} samples where {expected} are right", path.display())]
    Rows {
        /// The file.
        path: PathBuf,
        /// Samples found.
        found: usize,
        /// Samples that are right.
        expected: usize,
    },
    /// A line has too few or too many numbers.
    #[error(
        "{}, line {line}: {found} columns where {expected} are right (64 pixels and the label)",
        path.display()
    )]
    Columns {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Columns found.
        found: usize,
        /// Columns that are right.
        expected: usize,
    },
    /// A pixel is not a number of the range.
    #[error("{}, line {line}, column {column}: pixel `{value}` is not a number from 0 to 16", path.display())]
    Pixel {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// Column, counted from 1.
        column: usize,
        /// The text found.
        value: String,
    },
    /// A label is not a digit.
    #[error("{}, line {line}: label `{value}` is not a whole number from 0 to 9", path.display())]
    Label {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// The text found.
        value: String,
    },
    /// A file of a public set is not there.
    #[error(
        "{set}: there is no file {file} or {file}.gz in {}; to obtain the set: {obtain}",
        folder.display()
    )]
    Missing {
        /// Name of the set.
        set: &'static str,
        /// The file.
        file: &'static str,
        /// Where it should be.
        folder: PathBuf,
        /// How to obtain the set.
        obtain: &'static str,
    },
    /// A file is not in its format.
    #[error("{}: {message}", path.display())]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A share that leaves one side of the split empty.
    #[error("the share {value} of held-out samples is not between 0 and 1 (both excluded)")]
    TestShare {
        /// The share asked for.
        value: f64,
    },
    /// A class with too few samples to appear in every set.
    #[error("class {class} has {found} samples: at least {needed} are needed, one for each set")]
    SmallClass {
        /// The class.
        class: usize,
        /// Samples of it.
        found: usize,
        /// Sets to fill: training, test and, when asked for, validation.
        needed: usize,
    },
    /// A permutation of another number of pixels.
    #[error("a permutation of {found} pixels does not fit images of {expected} pixels")]
    Pixels {
        /// Pixels of the permutation.
        found: usize,
        /// Pixels of an image.
        expected: usize,
    },
    /// A set that cannot stand beside the first.
    #[error(
        "set {index} of those to be joined has images of {found:?} (channels, rows, columns), but the first \
         one images of {expected:?}: sets that are joined need images of one shape"
    )]
    Images {
        /// Position of the set, from 0.
        index: usize,
        /// Its images.
        found: (usize, usize, usize),
        /// Those of the first.
        expected: (usize, usize, usize),
    },
    /// More classes than a label can name.
    #[error("the joined sets have {found} classes; at most 256 are possible")]
    ManyClasses {
        /// Their classes.
        found: usize,
    },
    /// An empty list of sets.
    #[error("there is nothing to join; write at least one set")]
    NothingToJoin,
}
