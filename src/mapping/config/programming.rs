//! How weights are written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How weights are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProgrammingConfig {
    /// Put the weights into the cells without pulses, errors or count: an ideal start, for studies of learning
    /// alone. A cell that cannot reach its target stays at its own bound.
    pub exact: bool,
    /// Read-verify stops when the cell is this close to its target, as a share of the window.
    pub tolerance: f32,
    /// Largest number of write pulses per cell.
    pub pulse_budget: u32,
}

impl Default for ProgrammingConfig {
    fn default() -> Self {
        Self { exact: false, tolerance: 0.01, pulse_budget: 1000 }
    }
}

impl ProgrammingConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::range("tolerance", self.tolerance, 1e-6, 1e6)?;
        DesignError::count("pulse_budget", self.pulse_budget as usize, 1, 1_000_000)
    }
}
