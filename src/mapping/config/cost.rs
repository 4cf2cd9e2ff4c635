//! What the arrays and what is around them cost.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;
use crate::mapping::cost::CostCard;

/// What the arrays and what is around them cost.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CostConfig {
    /// Name of a shipped cost card.
    pub card: String,
    /// Figures of the card to replace: name → value with unit.
    pub figures: BTreeMap<String, String>,
    /// Bit lines that one analog-to-digital converter serves, one after the other.
    pub columns_per_adc: usize,
    /// How the planes of a tile stand, for drivers and converters of inputs. Wires are always those of an array for
    /// each plane, and `separate` is what agrees with them.
    pub planes: PlanePlaces,
    /// Cells of a tile that take a pulse at the same time; left away, those of one word line.
    pub cells_per_write: Option<usize>,
}

/// How the planes of a tile stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlanePlaces {
    /// As arrays of their own, with drivers and converters of their own, like their wires: two for a pair, one
    /// (or a pair) for every slice; a reference column stands beside the outputs.
    #[default]
    Separate,
    /// Side by side on the same word lines: one driver and converter for an input.
    Adjacent,
}

impl Default for CostConfig {
    fn default() -> Self {
        Self {
            card: "isaac_32nm".to_owned(),
            figures: BTreeMap::new(),
            columns_per_adc: 8,
            planes: PlanePlaces::default(),
            cells_per_write: None,
        }
    }
}

impl CostConfig {
    /// The card, with figures replaced.
    ///
    /// # Errors
    /// When there is no such card, or a figure is not valid.
    pub fn read_card(&self) -> Result<CostCard, DesignError> {
        CostCard::shipped(&self.card, &self.figures).map_err(|error| DesignError {
            field: "card".to_owned(),
            value: self.card.clone(),
            expected: format!("a card that can be read: {error}"),
        })
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        self.read_card()?;
        DesignError::count("columns_per_adc", self.columns_per_adc, 1, 4096)?;
        DesignError::count("cells_per_write", self.cells_per_write.unwrap_or(1), 1, 1 << 24)
    }
}
