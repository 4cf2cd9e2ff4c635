//! Converters, drivers and sense amplifiers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// Converters, drivers and sense amplifiers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PeripheryConfig {
    /// Bits of the digital-to-analog converters at the inputs (with sign).
    pub dac_bits: u32,
    /// Bits of the analog-to-digital converters at the outputs (with sign).
    pub adc_bits: u32,
    /// Full scale of the converters at the outputs, in units of `weight_range` times the square
    /// root of the number of driven lines, at full input.
    pub adc_range: f32,
}

impl Default for PeripheryConfig {
    fn default() -> Self {
        Self { dac_bits: 8, adc_bits: 8, adc_range: 1.0 }
    }
}

impl PeripheryConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::count("dac_bits", self.dac_bits as usize, 2, 16)?;
        DesignError::count("adc_bits", self.adc_bits as usize, 2, 16)?;
        DesignError::range("adc_range", self.adc_range, 1e-6, 1e6)
    }
}
