//! How learning changes weights in the array.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How learning changes weights in the array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateConfig {
    /// Largest number of write pulses in one change of a weight.
    pub pulse_budget: u32,
}

impl Default for UpdateConfig {
    fn default() -> Self {
        Self { pulse_budget: 1000 }
    }
}

impl UpdateConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::count("pulse_budget", self.pulse_budget as usize, 1, 1_000_000)
    }
}
