//! The design of an analog matrix, one block of a script for each of its parts.

mod cells;
mod compensation;
mod cost;
mod faults;
mod periphery;
mod programming;
mod scheme;
mod update;
mod wires;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::cells::{ASSUMED_READ_NOISE, CellConfig, Disturb};
pub use self::compensation::{CompensationConfig, CompensationKind};
pub use self::cost::{CostConfig, PlanePlaces};
pub use self::faults::{CellFault, Endurance, FaultConfig, FaultKind};
pub use self::periphery::{AdcCalibration, Encoding, NoiseManagement, PeripheryConfig, RangeOf};
pub use self::programming::{Algorithm, OutcomeConfig, ProgrammingConfig};
pub use self::scheme::{Partition, Placement, Rounding, Scaling, SchemeConfig, Signs, WeightCells};
pub use self::update::{
    TikiTakaConfig, TikiTakaVersion, TrainConfig, TrainKind, UpdateConfig, UpdateRule, VerifiedConfig,
};
pub use self::wires::{WireTier, WiresConfig};

/// Design of the arrays and their periphery.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AnalogConfig {
    /// Word lines (inputs) of a tile.
    pub tile_rows: usize,
    /// Bit lines or groups of them (outputs) of a tile.
    pub tile_columns: usize,
    /// Largest weight: the one that takes the whole conductance window.
    pub weight_range: f32,
    /// How a weight becomes conductances.
    pub scheme: SchemeConfig,
    /// Converters, drivers and sense amplifiers.
    pub periphery: PeripheryConfig,
    /// What cells do beyond the card.
    pub cells: CellConfig,
    /// Wires of the arrays.
    pub wires: WiresConfig,
    /// How weights are written.
    pub programming: ProgrammingConfig,
    /// Digital compensation of drift.
    pub compensation: CompensationConfig,
    /// How learning changes weights in the array.
    pub update: UpdateConfig,
    /// What the arrays and what is around them cost.
    pub cost: CostConfig,
}

impl Default for AnalogConfig {
    fn default() -> Self {
        Self {
            tile_rows: 64,
            tile_columns: 64,
            weight_range: 1.0,
            scheme: SchemeConfig::default(),
            periphery: PeripheryConfig::default(),
            cells: CellConfig::default(),
            wires: WiresConfig::default(),
            programming: ProgrammingConfig::default(),
            compensation: CompensationConfig::default(),
            update: UpdateConfig::default(),
            cost: CostConfig::default(),
        }
    }
}

/// A value of the design that cannot be built.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("{field} is {value}, but must be {expected}")]
pub struct DesignError {
    /// Field of [`AnalogConfig`], with the blocks it is in: `periphery.dac_bits`.
    pub field: String,
    /// Its value.
    pub value: String,
    /// What would be right.
    pub expected: String,
}

impl DesignError {
    /// A value that is not what is expected.
    pub(crate) fn new(field: &str, value: &dyn ToString, expected: &str) -> Self {
        Self { field: field.to_owned(), value: value.to_string(), expected: expected.to_owned() }
    }

    /// The same error in a block.
    pub(crate) fn inside(self, block: &str) -> Self {
        Self { field: format!("{block}.{}", self.field), ..self }
    }

    /// An error unless the value lies in a range of whole numbers.
    pub(crate) fn count(field: &str, value: usize, low: usize, high: usize) -> Result<(), Self> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(Self::new(field, &value, &format!("from {low} to {high}")))
    }

    /// An error unless the value lies in a range.
    pub(crate) fn range(field: &str, value: f32, low: f32, high: f32) -> Result<(), Self> {
        if (low..=high).contains(&value) {
            return Ok(());
        }
        Err(Self::new(field, &value, &format!("from {low} to {high}")))
    }
}

impl AnalogConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::count("tile_rows", self.tile_rows, 1, 4096)?;
        DesignError::count("tile_columns", self.tile_columns, 1, 4096)?;
        DesignError::range("weight_range", self.weight_range, 1e-6, 1e6)?;
        self.scheme.check().map_err(|error| error.inside("scheme"))?;
        if self.scheme.spare_columns >= self.tile_columns {
            let expected = format!("less than tile_columns, {}", self.tile_columns);
            return Err(DesignError::new("scheme.spare_columns", &self.scheme.spare_columns, &expected));
        }
        self.periphery.check().map_err(|error| error.inside("periphery"))?;
        let convertible = self.periphery.adc_bits > 0 && self.scheme.weight == WeightCells::Offset;
        if self.periphery.offset_converted && !convertible {
            let text = "false but for scheme.weight.kind \"offset\" with converters at the outputs";
            return Err(DesignError::new("periphery.offset_converted", &true, text));
        }
        self.cells.check().map_err(|error| error.inside("cells"))?;
        self.wires.check().map_err(|error| error.inside("wires"))?;
        self.programming.check().map_err(|error| error.inside("programming"))?;
        if self.compensation.kind != CompensationKind::None
            && matches!(self.update.rule, UpdateRule::TikiTaka(_))
        {
            let text =
                "none together with update.rule.kind \"tiki_taka\", whose two matrices have no common output";
            return Err(DesignError::new("compensation.kind", &"given", text));
        }
        self.compensation.check().map_err(|error| error.inside("compensation"))?;
        self.update.check().map_err(|error| error.inside("update"))?;
        self.cost.check().map_err(|error| error.inside("cost"))
    }

    /// Checks every field, and that weights can learn in the array by the rule of the design.
    ///
    /// # Errors
    /// The first field that is out of range, or prevents learning.
    pub fn check_learning(&self) -> Result<(), DesignError> {
        self.check()?;
        if matches!(self.update.rule, UpdateRule::Verified(_)) {
            return self.scheme.check_rewriting().map_err(|error| error.inside("scheme"));
        }
        self.scheme.check_learning().map_err(|error| error.inside("scheme"))
    }
}
