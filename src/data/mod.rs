//! Data sets: readers, checks and splits. Knows nothing of learning.
//!
//! * [`digits`] – the 8 × 8 handwritten digits that ship with the program.
//! * [`samples`] – labelled samples of any origin and their stratified split.
//! * [`DataError`] – what can be wrong with a file.

mod digits;
mod error;
mod samples;

pub use digits::{DIGITS_SHA256, Digits};
pub use error::DataError;
pub use samples::{Samples, Split};
