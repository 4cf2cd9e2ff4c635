//! Data sets: readers, checks and splits. Knows nothing of learning.
//!
//! * [`Digits`] – the 8 × 8 handwritten digits that ship with the program.
//! * [`catalogue`] – the public sets: MNIST, Fashion-MNIST, CIFAR; [`idx`] and [`cifar`] are their formats.
//! * [`Samples`] – labelled samples of any origin, and their stratified [`Split`].
//! * [`Permutation`] – pixels in another order; rotated, padded and joined samples stand beside it.
//! * [`sha256`] – the checksum that names a file in records and cards.
//! * [`DataError`] – what can be wrong with a file.

pub mod catalogue;
pub mod cifar;
mod class_names;
mod digits;
mod error;
pub mod idx;
mod samples;
mod transform;

pub use catalogue::{DATA_SETS, DataSet};
pub use class_names::DIGITS as DIGIT_NAMES;
pub use digits::{DIGITS_SHA256, Digits};
pub use error::DataError;
pub use samples::{Samples, Split};
pub use transform::{MOST_CLASSES, Permutation, Rotation};

/// The SHA-256 of a file's bytes as 64 lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    use std::fmt::Write as _;
    sha2::Sha256::digest(bytes).iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
