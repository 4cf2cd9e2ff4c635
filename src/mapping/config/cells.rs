//! What cells do beyond the card.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{DesignError, FaultConfig};

/// Standard deviation of one read over the conductance where neither design nor card gives one: an
/// assumption.
pub const ASSUMED_READ_NOISE: f32 = 0.01;

/// What cells do beyond the card.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CellConfig {
    /// Standard deviation of one read of a cell over its conductance. Left away, the card's own read noise is
    /// used, or 0.01 where it has none; given, it replaces the card's own.
    pub read_noise: Option<f32>,
    /// Standard deviation of the change made by one write pulse over its mean (cycle to cycle). Left away,
    /// the card's own noise is used, or 0.3 where it has none; given, it replaces the card's own.
    pub cycle_noise: Option<f32>,
    /// Difference of the pulses of learning and verify upwards and downwards: SETs change a cell by 1 + this times,
    /// RESETs by 1 − this times what the card says.
    pub step_asymmetry: f32,
    /// Number of states: pulses of the typical device's size in the middle of the window that it takes to cross it. Left
    /// away, the card's own; given, steps of both directions are larger or smaller by one factor, their noise with them.
    pub states: Option<f32>,
    /// Number of different devices drawn from the card's device-to-device windows; every cell is
    /// one of them.
    pub device_variants: usize,
    /// Grid points of the tabulated pulse responses before their refinement.
    pub table_points: usize,
    /// Resistance in series with every cell while it is read, Ohm: its access transistor, turned on. Pulses of cards
    /// are stated at the cell and stay what they are.
    pub access_resistance: f32,
    /// Strengths of write pulses that are prepared for each direction, as multiples of the card's voltage,
    /// rising from 1. Cards with a `landing` block have the ladder of voltages of their own.
    pub ladder: Vec<f32>,
    /// Half-select voltage as a share of the write voltage for which disturb is tabulated; left away, cells
    /// are not disturbed.
    pub disturb: Option<Disturb>,
    /// Let time act as the card's `relaxation` or `drift` block says.
    pub relaxation: bool,
    /// Cells that fail.
    pub faults: FaultConfig,
}

/// What cells on the lines of a written one see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Disturb {
    /// Half of the voltage on the cells of both lines, nothing elsewhere (V/2).
    Half,
    /// A third of the voltage on every other cell (V/3).
    Third,
}

impl Disturb {
    /// Share of the write voltage.
    pub fn share(self) -> f64 {
        match self {
            Self::Half => 0.5,
            Self::Third => 1.0 / 3.0,
        }
    }
}

impl Default for CellConfig {
    fn default() -> Self {
        Self {
            read_noise: None,
            cycle_noise: None,
            step_asymmetry: 0.0,
            states: None,
            device_variants: 16,
            table_points: 65,
            access_resistance: 0.0,
            ladder: vec![1.0],
            disturb: None,
            relaxation: true,
            faults: FaultConfig::default(),
        }
    }
}

impl CellConfig {
    /// Factors of the steps up and down, where a typical device has these in a window of this width, all S. `None` where
    /// they stay as they are.
    pub fn step_factors(&self, (set, reset): (f32, f32), width: f32) -> Option<[f32; 2]> {
        if self.step_asymmetry == 0.0 && self.states.is_none() {
            return None;
        }
        let own = 0.5 * (set - reset);
        let common = self.states.map_or(1.0, |states| width / (states * own));
        Some([common * (1.0 + self.step_asymmetry), common * (1.0 - self.step_asymmetry)])
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::range("read_noise", self.read_noise.unwrap_or(0.0), 0.0, 10.0)?;
        DesignError::range("cycle_noise", self.cycle_noise.unwrap_or(0.0), 0.0, 10.0)?;
        DesignError::range("step_asymmetry", self.step_asymmetry, -0.95, 0.95)?;
        DesignError::range("states", self.states.unwrap_or(2.0), 2.0, 1e9)?;
        DesignError::count("device_variants", self.device_variants, 1, 4096)?;
        DesignError::count("table_points", self.table_points, 9, 4097)?;
        DesignError::range("access_resistance", self.access_resistance, 0.0, 1e9)?;
        DesignError::count("ladder", self.ladder.len(), 1, 64)?;
        for (k, factor) in self.ladder.iter().enumerate() {
            let from = if k == 0 { 1.0 } else { self.ladder[k - 1] };
            let to = if k == 0 { 1.0 } else { 10.0 };
            if !(from..=to).contains(factor) || (k > 0 && *factor <= from) {
                return Err(DesignError::new("ladder", factor, "1 first, then rising values up to 10"));
            }
        }
        self.faults.check().map_err(|error| error.inside("faults"))
    }
}
