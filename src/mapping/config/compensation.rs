//! Digital compensation of drift.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// Digital gains at the outputs of a matrix, calibrated on inputs whose outputs are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CompensationConfig {
    /// Which gains.
    pub kind: CompensationKind,
    /// Number of random inputs that are multiplied for a calibration.
    pub reference_inputs: usize,
    /// Calibrate again whenever time has passed.
    pub after_elapse: bool,
}

/// Which gains.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CompensationKind {
    /// None.
    #[default]
    None,
    /// One for all outputs of a matrix.
    Global,
    /// One for every output.
    PerColumn,
}

impl Default for CompensationConfig {
    fn default() -> Self {
        Self { kind: CompensationKind::None, reference_inputs: 64, after_elapse: true }
    }
}

impl CompensationConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::count("reference_inputs", self.reference_inputs, 1, 65_536)
    }
}
