//! [`FitError`]: what can be wrong with a fit, each variant a sentence to act on.

use std::path::PathBuf;

use device_models::CardError;

use crate::record::RecordError;

/// A fit that cannot be done.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FitError {
    /// A file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A line of the data cannot be used.
    #[error("{}, line {line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Counted from 1.
        line: usize,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The data as a whole cannot be used.
    #[error("{}: {message}", path.display())]
    Data {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        message: String,
    },
    /// An option cannot be used as it is.
    #[error("{option}: {message}")]
    Option {
        /// The option, such as `--range`.
        option: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
    /// The base card, or the card that the fit would write.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The model cannot be evaluated anywhere.
    #[error("no fit: {message}")]
    NoFit {
        /// What was tried, and what may help.
        message: String,
    },
    /// The record.
    #[error(transparent)]
    Record(#[from] RecordError),
}

impl FitError {
    /// The input is at fault, not the run.
    pub fn is_bad_input(&self) -> bool {
        matches!(
            self,
            Self::Unreadable { .. }
                | Self::Line { .. }
                | Self::Data { .. }
                | Self::Option { .. }
                | Self::Card(_)
        )
    }
}
