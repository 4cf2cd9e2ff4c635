//! [`NetworkError`]: why a network cannot be built, read or trained.

use std::path::PathBuf;

use crate::mapping::DesignError;

/// A network that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// A layer does not fit to what stands before it.
    #[error("layer {index} ({kind}): {message}")]
    Layer {
        /// Position of the layer, from 0.
        index: usize,
        /// Its kind.
        kind: &'static str,
        /// What is wrong and what would be right.
        message: String,
    },
    /// A convolution that cannot be.
    #[error("layer {index} (convolution): `{}` is {}, but must be {}", source.field, source.value, source.expected)]
    Convolution {
        /// Position of the layer, from 0.
        index: usize,
        /// The field that is wrong.
        source: DesignError,
    },
    /// The design of the arrays cannot be costed.
    #[error("the design's `{}` is {}, but must be {}", .0.field, .0.value, .0.expected)]
    Design(#[from] DesignError),
    /// Parameters of another shape than the layers have.
    #[error("{what} has the shape {found:?}, but the network needs {expected:?}")]
    Shape {
        /// Which parameters.
        what: String,
        /// Their shape.
        found: Vec<usize>,
        /// The right shape.
        expected: Vec<usize>,
    },
    /// A field of the training block.
    #[error("`{field}` is {value}: {rule}")]
    Field {
        /// The field.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        rule: String,
    },
    /// Data and network do not belong together.
    #[error("the network {message}")]
    Data {
        /// What is wrong.
        message: String,
    },
    /// The loss is no longer a number.
    #[error("the loss became infinite or not a number in epoch {epoch}: lower `learning_rate`")]
    Diverged {
        /// The epoch, from 1.
        epoch: usize,
    },
    /// The caller asked to stop.
    #[error("stopped")]
    Stopped,
    /// A file cannot be read or written.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {message}", path.display())]
    Content {
        /// The file.
        path: PathBuf,
        /// What is wrong and what would be right.
        message: String,
    },
}
