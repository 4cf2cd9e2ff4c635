//! Cells that fail.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// Cells that fail, each cause on its own.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct FaultConfig {
    /// Share of cells that stay in the low-resistance state, at the upper end of the window.
    pub stuck_low_resistance: f32,
    /// Share of cells that stay in the high-resistance state, at the lower end of the window.
    pub stuck_high_resistance: f32,
    /// Share of cells that were never formed and do not conduct.
    pub not_formed: f32,
    /// Seed of the draw of faulty cells; left away, that of the run. A larger share keeps the cells of
    /// a smaller one.
    pub seed: Option<u64>,
    /// Single faulty cells.
    pub cells: Vec<CellFault>,
    /// Cells die of their write pulses; left away, they do not.
    pub endurance: Option<Endurance>,
}

/// How a cell fails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It stays in the low-resistance state.
    StuckLowResistance,
    /// It stays in the high-resistance state.
    StuckHighResistance,
    /// It was never formed.
    NotFormed,
}

/// One faulty cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CellFault {
    /// Number of the matrix (layer). With Tiki-Taka layer k has two: 2k is the slow array, 2k + 1 the fast one.
    pub matrix: u64,
    /// Number of the tile in the matrix, by rising input and then output.
    pub tile: u64,
    /// Number of the plane in the tile.
    pub plane: u64,
    /// Number of the cell in the plane: output · inputs of the tile + input.
    pub cell: u32,
    /// How it fails.
    pub fault: FaultKind,
}

/// Lifetimes in write pulses (for cells that are placed and not pulsed: in writes): log-normal over cells.
///
/// Full-window cycles wear a filament out after 1e5 to 1e6 of them or so, the small steps of learning by weak pulses
/// after more than five decades more, 1e11 (M. Zhao et al., IEDM 2018, doi:10.1109/IEDM.2018.8614664); what ends cells of
/// arrays for good are breakdown and dissolution of the filament, the low- and the high-resistance state
/// (A. Grossi et al., IEEE TED 66, 1281 (2019), doi:10.1109/TED.2019.2894387).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endurance {
    /// Median lifetime, write pulses.
    pub median_pulses: f64,
    /// Standard deviation of the natural logarithm of the lifetime.
    pub spread: f64,
    /// Share of dead cells that stay in the low-resistance state.
    pub low_resistance_share: f64,
    /// Share of dead cells that stay where their last pulse left them; the others stay in the high-resistance state.
    #[serde(default)]
    pub as_it_is_share: f64,
}

impl FaultConfig {
    /// No cell can fail.
    pub fn is_off(&self) -> bool {
        let shares = [self.stuck_low_resistance, self.stuck_high_resistance, self.not_formed];
        shares.iter().all(|share| *share == 0.0) && self.cells.is_empty() && self.endurance.is_none()
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        let sum = self.stuck_low_resistance + self.stuck_high_resistance;
        for (field, share) in [
            ("stuck_low_resistance", self.stuck_low_resistance),
            ("stuck_high_resistance", self.stuck_high_resistance),
            ("not_formed", self.not_formed),
            ("stuck_low_resistance + stuck_high_resistance", sum),
        ] {
            DesignError::range(field, share, 0.0, 1.0)?;
        }
        let Some(endurance) = &self.endurance else { return Ok(()) };
        DesignError::range("endurance.median_pulses", endurance.median_pulses as f32, 1.0, 1e15)?;
        DesignError::range("endurance.spread", endurance.spread as f32, 0.0, 20.0)?;
        let (low, as_it_is) = (endurance.low_resistance_share, endurance.as_it_is_share);
        for (field, share) in [
            ("endurance.low_resistance_share", low),
            ("endurance.as_it_is_share", as_it_is),
            ("endurance.low_resistance_share + endurance.as_it_is_share", low + as_it_is),
        ] {
            DesignError::range(field, share as f32, 0.0, 1.0)?;
        }
        Ok(())
    }
}
