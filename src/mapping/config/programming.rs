//! How weights are written.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How weights are written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ProgrammingConfig {
    /// Put the weights into the cells without pulses, errors or count: an ideal start, for studies of learning
    /// alone. A cell that cannot reach its target stays at its own bound.
    pub exact: bool,
    /// Read-verify stops when the cell is this close to its target, as a share of the window.
    pub tolerance: f32,
    /// Largest number of write pulses per cell.
    pub pulse_budget: u32,
    /// Which pulse follows which reading.
    pub algorithm: Algorithm,
    /// What verified writing leaves in cells whose card does not say how they are switched.
    pub outcome: OutcomeConfig,
}

/// Which pulse follows which reading. Strengths are numbers of prepared pulses, weakest first: those of
/// `cells.ladder`, or steps of the ladder of voltages of a card with a `landing` block.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Algorithm {
    /// No verify: as many of the weakest pulses as the mean response of the devices asks for.
    OpenLoop,
    /// Fixed-pulse program-and-verify: one SET pulse and one RESET pulse, whichever leads to the target.
    FixedPulse {
        /// Strength of the SET.
        #[serde(default)]
        set: u16,
        /// Strength of the RESET.
        #[serde(default)]
        reset: u16,
    },
    /// Incremental step pulses: SETs of rising strength; a cell that went too far is RESET and begins
    /// again.
    IncrementalStep {
        /// Strength of the first SET.
        set: u16,
        /// How much stronger every further one is.
        step: u16,
        /// Strength of the RESET.
        reset: u16,
    },
    /// Strong pulses until the target has been passed, weak ones from then on.
    CoarseFine {
        /// Strength of the strong pulses.
        coarse: u16,
        /// Strength of the weak ones.
        #[serde(default)]
        fine: u16,
    },
    /// As RADAR: a complete RESET and a SET to the range of the target, then small SETs and small RESETs,
    /// each of rising strength from the range's own first one, whichever leads to the target.
    RangeDependent {
        /// Strength of the RESET at the beginning.
        complete_reset: u16,
        /// Strength of the SET to the range.
        coarse_set: u16,
        /// Strength of the first small SET.
        set: u16,
        /// How much stronger every further SET is.
        set_step: u16,
        /// Strength of the first small RESET.
        reset: u16,
        /// How much stronger every further RESET is.
        reset_step: u16,
    },
}

impl Algorithm {
    /// Checks the strengths of single pulses against how many SETs and RESETs are prepared.
    ///
    /// # Errors
    /// The first one that is not prepared.
    pub fn check_strengths(&self, (sets, resets): (u16, u16)) -> Result<(), DesignError> {
        let both = sets.min(resets);
        let strengths: &[(&str, u16, u16)] = match self {
            Self::OpenLoop => &[],
            Self::FixedPulse { set, reset } | Self::IncrementalStep { set, reset, .. } => {
                &[("set", *set, sets), ("reset", *reset, resets)]
            }
            Self::CoarseFine { coarse, fine } => &[("coarse", *coarse, both), ("fine", *fine, both)],
            Self::RangeDependent { complete_reset, coarse_set, set, reset, .. } => &[
                ("complete_reset", *complete_reset, resets),
                ("coarse_set", *coarse_set, sets),
                ("set", *set, sets),
                ("reset", *reset, resets),
            ],
        };
        for (field, strength, count) in strengths {
            let last = usize::from(count.saturating_sub(1));
            DesignError::count(&format!("algorithm.{field}"), usize::from(*strength), 0, last)
                .map_err(|error| error.inside("programming"))?;
        }
        Ok(())
    }
}

/// What verified writing leaves in a cell that is not pulsed.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum OutcomeConfig {
    /// The deviation of the card's `outcome` block, or any error within the tolerance where it has none.
    #[default]
    Card,
    /// Any error within the tolerance.
    Uniform,
    /// Normal errors, cut at the tolerance.
    CutNormal {
        /// Standard deviation before the cut over the tolerance.
        deviation: f32,
    },
}

impl Default for ProgrammingConfig {
    fn default() -> Self {
        Self {
            exact: false,
            tolerance: 0.01,
            pulse_budget: 1000,
            algorithm: Algorithm::FixedPulse { set: 0, reset: 0 },
            outcome: OutcomeConfig::Card,
        }
    }
}

impl ProgrammingConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::range("tolerance", self.tolerance, 1e-6, 1e6)?;
        DesignError::count("pulse_budget", self.pulse_budget as usize, 1, 1_000_000)?;
        if let OutcomeConfig::CutNormal { deviation } = self.outcome {
            DesignError::range("outcome.deviation", deviation, 1e-3, 1e3)?;
        }
        if let Algorithm::CoarseFine { coarse, fine } = self.algorithm
            && coarse <= fine
        {
            return Err(DesignError::new("algorithm.coarse", &coarse, "above fine"));
        }
        Ok(())
    }
}
