//! The design of an analog matrix: tiles, converters, noise, programming.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Design of the arrays and their periphery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnalogConfig {
    /// Word lines (inputs) of a tile.
    pub tile_rows: usize,
    /// Bit-line pairs (outputs) of a tile.
    pub tile_columns: usize,
    /// Largest weight: the one at which one cell of the pair is at the top and the other at the
    /// bottom of the conductance window.
    pub weight_range: f32,
    /// Bits of the digital-to-analog converters at the inputs (with sign).
    pub dac_bits: u32,
    /// Bits of the analog-to-digital converters at the outputs (with sign).
    pub adc_bits: u32,
    /// Full scale of the converters at the outputs, in units of `weight_range` times the square
    /// root of the number of driven lines, at full input.
    pub adc_range: f32,
    /// Standard deviation of one read of a cell over its conductance.
    pub read_noise: f32,
    /// Standard deviation of the change made by one write pulse over its mean (cycle to cycle). Left away,
    /// the card's own noise is used, or 0.3 where it has none; given, it replaces the card's own.
    pub cycle_noise: Option<f32>,
    /// Read-verify stops when the cell is this close to its target, as a share of the window.
    pub verify_tolerance: f32,
    /// Largest number of write pulses per cell in one read-verify and in one change of a weight.
    pub pulse_budget: u32,
    /// Number of different devices drawn from the card's device-to-device windows; every cell is
    /// one of them.
    pub device_variants: usize,
    /// Grid points of the tabulated pulse responses before their refinement.
    pub table_points: usize,
}

impl Default for AnalogConfig {
    fn default() -> Self {
        Self {
            tile_rows: 64,
            tile_columns: 64,
            weight_range: 1.0,
            dac_bits: 8,
            adc_bits: 8,
            adc_range: 1.0,
            read_noise: 0.01,
            cycle_noise: None,
            verify_tolerance: 0.01,
            pulse_budget: 1000,
            device_variants: 16,
            table_points: 65,
        }
    }
}

/// A value of the design that cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} is {value}, but must be {expected}")]
pub struct DesignError {
    /// Field of [`AnalogConfig`].
    pub field: &'static str,
    /// Its value.
    pub value: String,
    /// What would be right.
    pub expected: &'static str,
}

impl AnalogConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        let error = |field, value: String, expected| Err(DesignError { field, value, expected });
        for (field, value, low, high, expected) in [
            ("tile_rows", self.tile_rows, 1, 4096, "from 1 to 4096"),
            ("tile_columns", self.tile_columns, 1, 4096, "from 1 to 4096"),
            ("dac_bits", self.dac_bits as usize, 2, 16, "from 2 to 16"),
            ("adc_bits", self.adc_bits as usize, 2, 16, "from 2 to 16"),
            ("device_variants", self.device_variants, 1, 4096, "from 1 to 4096"),
            ("table_points", self.table_points, 9, 4097, "from 9 to 4097"),
            ("pulse_budget", self.pulse_budget as usize, 1, 1_000_000, "from 1 to 1000000"),
        ] {
            if !(low..=high).contains(&value) {
                return error(field, value.to_string(), expected);
            }
        }
        for (field, value) in [
            ("weight_range", self.weight_range),
            ("adc_range", self.adc_range),
            ("verify_tolerance", self.verify_tolerance),
        ] {
            if !(1e-6..=1e6).contains(&value) {
                return error(field, value.to_string(), "from 1e-6 to 1e6");
            }
        }
        let cycle_noise = self.cycle_noise.unwrap_or(0.0);
        for (field, value) in [("read_noise", self.read_noise), ("cycle_noise", cycle_noise)] {
            if !(0.0..=10.0).contains(&value) {
                return error(field, value.to_string(), "from 0 to 10");
            }
        }
        Ok(())
    }
}
