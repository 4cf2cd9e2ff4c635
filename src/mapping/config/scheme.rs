//! How a weight becomes conductances.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How a weight becomes conductances.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum SchemeConfig {
    /// Two cells a weight, subtracted before the converter: both stand in the middle of the window at
    /// weight zero and move apart.
    #[default]
    DifferentialPair,
    /// One cell a weight against a fixed reference, subtracted before the converter; the window reaches
    /// over twice `weight_range`.
    Offset,
}

impl SchemeConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        match self {
            Self::DifferentialPair | Self::Offset => Ok(()),
        }
    }
}
