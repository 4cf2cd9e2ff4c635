//! The `arrays` block of scripts: cells of one device card, and the design around them.

use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use crate::experiment::script::Kelvin;
use crate::mapping::AnalogConfig;

/// Arrays of cells of one device card.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrays {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    pub(super) card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    pub(super) parameters: Overrides,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    pub(super) ambient_temperature: Kelvin,
    /// Tiles, schemes, converters, cells, programming.
    #[serde(default)]
    pub(super) design: AnalogConfig,
}
