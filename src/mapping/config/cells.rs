//! What cells do beyond the card.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// What cells do beyond the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CellConfig {
    /// Standard deviation of one read of a cell over its conductance.
    pub read_noise: f32,
    /// Standard deviation of the change made by one write pulse over its mean (cycle to cycle). Left away,
    /// the card's own noise is used, or 0.3 where it has none; given, it replaces the card's own.
    pub cycle_noise: Option<f32>,
    /// Number of different devices drawn from the card's device-to-device windows; every cell is
    /// one of them.
    pub device_variants: usize,
    /// Grid points of the tabulated pulse responses before their refinement.
    pub table_points: usize,
}

impl Default for CellConfig {
    fn default() -> Self {
        Self { read_noise: 0.01, cycle_noise: None, device_variants: 16, table_points: 65 }
    }
}

impl CellConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::range("read_noise", self.read_noise, 0.0, 10.0)?;
        DesignError::range("cycle_noise", self.cycle_noise.unwrap_or(0.0), 0.0, 10.0)?;
        DesignError::count("device_variants", self.device_variants, 1, 4096)?;
        DesignError::count("table_points", self.table_points, 9, 4097)
    }
}
