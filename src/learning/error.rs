//! [`LearningError`]: why a run did not give a result.

use crate::data::DataError;
use crate::mapping::DesignError;

/// A learning run that cannot start or did not finish.
#[derive(Debug, thiserror::Error)]
pub enum LearningError {
    /// A field of the configuration has an unusable value.
    #[error("`{field}` is {value}: {rule}")]
    Field {
        /// The field, as written in the script.
        field: &'static str,
        /// Its value.
        value: String,
        /// What would be right.
        rule: String,
    },
    /// The data cannot be split as configured.
    #[error("the data cannot be split into training and held-out samples")]
    Data(#[from] DataError),
    /// The cost of the arrays cannot be told.
    #[error("the design of the arrays")]
    Design(#[from] DesignError),
    /// A class of a context has no sample.
    #[error("class {class} of `contexts` has no sample in the data: remove it or add samples")]
    NoSamples {
        /// The class.
        class: u8,
    },
    /// The loss is no longer a number.
    #[error(
        "the loss became infinite or not a number at iteration {iteration}: lower `learning_rate` or \
         `outer_product_rate`, or check the hardware's outputs"
    )]
    Diverged {
        /// Iterations done before.
        iteration: u64,
    },
    /// The caller asked to stop.
    #[error("stopped after {iterations} iterations")]
    Stopped {
        /// Iterations done.
        iterations: u64,
    },
}
