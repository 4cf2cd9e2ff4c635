//! What can go wrong between a script and its record.

use std::path::PathBuf;

use device_models::DeviceError;
use device_models::kinetic_monte_carlo::KineticError;

use crate::crossbar::CrossbarError;
use crate::record::RecordError;

/// A field of a script that cannot be used as it is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {message}")]
pub struct FieldError {
    /// Path of the field, e.g. `array.wires.word_line`.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

impl FieldError {
    /// A complaint about one field.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }

    /// The same complaint about a field of a block of the script.
    #[must_use]
    pub fn inside(self, block: &str) -> Self {
        Self { field: format!("{block}.{}", self.field), ..self }
    }
}

/// An error of reading scripts, running studies and sweeps.
#[derive(Debug, thiserror::Error)]
pub enum ExperimentError {
    /// A script or input file cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not JSON.
    #[error("{} is not valid JSON: {message}", path.display())]
    NotJson {
        /// The file.
        path: PathBuf,
        /// What the parser found, with line and column.
        message: String,
    },
    /// A field of a script is wrong.
    #[error("{}: {error}", path.display())]
    Field {
        /// The script.
        path: PathBuf,
        /// The field and what is wrong with it.
        error: FieldError,
    },
    /// A field of one sweep point is wrong.
    #[error("{}: point {index} of the sweep: {error}", path.display())]
    PointField {
        /// The script.
        path: PathBuf,
        /// Index of the point.
        index: usize,
        /// The field and what is wrong with it.
        error: FieldError,
    },
    /// An option of the command line is wrong.
    #[error("{option} {value}: {message}")]
    Option {
        /// The option.
        option: &'static str,
        /// Its value.
        value: String,
        /// What is wrong and what would be right.
        message: String,
    },
    /// `sweep` was asked for a script without a sweep.
    #[error("{} has no sweep block; run it with `neurofilament run`, or add \"sweep\" to it", path.display())]
    NoSweep {
        /// The script.
        path: PathBuf,
    },
    /// A cell's model failed.
    #[error("{what}")]
    Device {
        /// What was being computed.
        what: String,
        /// The model's error.
        source: DeviceError,
    },
    /// A filament failed.
    #[error("{what}")]
    Filament {
        /// What was being computed.
        what: String,
        /// Why.
        source: KineticError,
    },
    /// The circuit of an array cannot be solved.
    #[error(transparent)]
    Crossbar(#[from] CrossbarError),
    /// The comparison with ngspice failed.
    #[error("{0}")]
    Spice(String),
    /// The record cannot be written or read.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A folder or file cannot be written.
    #[error("cannot write {}", path.display())]
    Unwritable {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// Some points of a sweep failed.
    #[error(
        "{failed} of {total} points of the sweep failed, the others are kept; the first is point {index} ({parameters})"
    )]
    PointsFailed {
        /// Failed points.
        failed: usize,
        /// Points asked for.
        total: usize,
        /// The first that failed.
        index: usize,
        /// Its parameters.
        parameters: String,
        /// Why it failed.
        source: Box<ExperimentError>,
    },
    /// The inputs of a merge do not belong together or are no points.
    #[error("{}: {message}", path.display())]
    Merge {
        /// The input.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// Some points are in none of the inputs of a merge.
    #[error("{missing} of {total} points are missing from {}; the first is point {first}", path.display())]
    Incomplete {
        /// The merged file.
        path: PathBuf,
        /// Number of missing points.
        missing: usize,
        /// Points of the sweep.
        total: usize,
        /// The first missing point.
        first: usize,
    },
    /// The user interrupted the run.
    #[error("interrupted; what was computed is kept in {}", kept.display())]
    Interrupted {
        /// Where.
        kept: PathBuf,
    },
}

impl ExperimentError {
    /// The input is at fault, not the run.
    pub fn is_bad_input(&self) -> bool {
        match self {
            Self::Unreadable { .. }
            | Self::NotJson { .. }
            | Self::Field { .. }
            | Self::PointField { .. }
            | Self::Option { .. }
            | Self::NoSweep { .. }
            | Self::Merge { .. } => true,
            Self::Device { .. }
            | Self::Filament { .. }
            | Self::Crossbar(_)
            | Self::Spice(_)
            | Self::Record(_)
            | Self::Unwritable { .. }
            | Self::PointsFailed { .. }
            | Self::Incomplete { .. }
            | Self::Interrupted { .. } => false,
        }
    }
}

/// An error and its causes as one sentence.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", chain(source)),
        None => error.to_string(),
    }
}
