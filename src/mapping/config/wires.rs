//! Wires of the arrays.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How the wires of an array whose cells change are solved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum WireTier {
    /// The whole circuit, whenever the cells have changed.
    #[default]
    Exact,
    /// Every line as a ladder of its own, corrected cell by cell by the difference from the whole circuit at the
    /// last exact solution.
    Ladders {
        /// Changes of the cells from one exact solution to the next; 0: none, no correction.
        exact_every: u32,
    },
}

/// Resistances of the wires of an array and of what is at their ends. All zero: no wires.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct WiresConfig {
    /// Resistance of a word line from cell to cell, Ohm.
    pub word_line_segment: f64,
    /// Resistance of a bit line from cell to cell, Ohm.
    pub bit_line_segment: f64,
    /// Resistance between the terminal of a word line and its first cell, Ohm.
    pub word_line_terminal: f64,
    /// Resistance between the last cell of a bit line and its terminal, Ohm.
    pub bit_line_terminal: f64,
    /// How they are solved.
    pub tier: WireTier,
}

impl WiresConfig {
    /// There are wires.
    pub fn present(&self) -> bool {
        self.resistances().iter().any(|(_, r)| *r > 0.0)
    }

    fn resistances(&self) -> [(&'static str, f64); 4] {
        [
            ("word_line_segment", self.word_line_segment),
            ("bit_line_segment", self.bit_line_segment),
            ("word_line_terminal", self.word_line_terminal),
            ("bit_line_terminal", self.bit_line_terminal),
        ]
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        for (field, value) in self.resistances() {
            if !(0.0..=1e9).contains(&value) {
                return Err(DesignError::new(field, &value, "from 0 to 1e9 Ohm"));
            }
        }
        Ok(())
    }
}
