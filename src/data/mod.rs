//! Data sets: readers, checks and splits. Knows nothing of learning.
//!
//! * [`Digits`] – the 8 × 8 handwritten digits that ship with the program.
//! * [`Samples`] – labelled samples of any origin, and their stratified [`Split`].
//! * [`DataError`] – what can be wrong with a file.

mod digits;
mod error;
mod samples;

pub use digits::{DIGITS_SHA256, Digits};
pub use error::DataError;
pub use samples::{Samples, Split};
