//! The `relaxation` block of a card from measured conductances ([`device_models::relaxation`]).
//!
//! 1. [`measured`] reads files: series after a write, bakes, time series of single cells.
//! 2. The cells are split in halves by their address; [`estimate`] sees one of them.
//! 3. [`compare`] samples the model on the other half's programmed conductances, at the same times and
//!    temperatures, and sets the statistics side by side.
//!
//! Pinned by: `tests/fit_relaxation.rs` (a card is recovered from data sampled from it).

pub mod compare;
pub mod estimate;
pub mod lines;
pub mod loss;
pub mod measured;
pub mod noise;
pub mod statistics;

use std::path::PathBuf;

/// Boltzmann's constant, J/K.
const BOLTZMANN: f64 = 1.380_649e-23;
/// Elementary charge, C.
const CHARGE: f64 = 1.602_176_634e-19;

/// What goes wrong in a fit.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum FitError {
    /// A file cannot be read.
    #[error("cannot read {}: {reason}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The system's reason.
        reason: String,
    },
    /// A line of a file is wrong.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Line, counted from 1.
        line: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The data do not determine the block.
    #[error("{message}")]
    Data {
        /// What is missing.
        message: String,
    },
}
