//! How learning changes weights in the array.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::DesignError;

/// How learning changes weights in the array.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct UpdateConfig {
    /// Largest number of write pulses in one change of a weight.
    pub pulse_budget: u32,
    /// Change of a weight that one pulse is taken for when pulses are counted; left away, the step of the
    /// nominal device at weight zero, the mean of both directions where both are used.
    pub weight_step: Option<f32>,
    /// The pulse trains of outer-product updates.
    pub trains: TrainConfig,
    /// What turns outer products into pulses.
    pub rule: UpdateRule,
}

impl Default for UpdateConfig {
    fn default() -> Self {
        Self {
            pulse_budget: 1000,
            weight_step: None,
            trains: TrainConfig::default(),
            rule: UpdateRule::default(),
        }
    }
}

/// Pulse trains on rows and columns whose coincidences change the weights.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainConfig {
    /// How the number of coincidences comes about.
    pub kind: TrainKind,
    /// Longest train, pulses, up to 31.
    pub longest: u32,
    /// Every train has the longest length; otherwise as many pulses as the largest change of the sample
    /// takes.
    pub fixed: bool,
    /// Balance the probabilities of rows and columns, so that the largest of both sides are alike.
    pub management: bool,
    /// Send further trains where one is too short for the largest change, within `pulse_budget`; otherwise
    /// the change is cut.
    pub repeat: bool,
}

impl Default for TrainConfig {
    fn default() -> Self {
        Self { kind: TrainKind::Stochastic, longest: 31, fixed: false, management: true, repeat: true }
    }
}

/// How the number of coincidences comes about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainKind {
    /// Rows and columns send random bits; a cell is pulsed where both send one.
    #[default]
    Stochastic,
    /// The mean number of coincidences, rounded up or down at random for every cell.
    MeanCount,
    /// Rows and columns send whole numbers of pulses; a cell takes the rounded product over the length.
    DeterministicImplicit,
}

/// What turns outer products into pulses.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum UpdateRule {
    /// Coincidence of pulse trains, sample by sample.
    #[default]
    Pulsed,
    /// Outer products are added up digitally and pulses are sent when whole ones are due.
    MixedPrecision {
        /// Share of a step at which its pulse is due: 1 as published; at 0.5 pulses are those of the nearest step, and
        /// a weight whose changes turn round has no dead band to cross.
        #[serde(default = "whole")]
        threshold: f32,
    },
    /// The change of a batch is rounded to whole pulses; what is left over is forgotten.
    Rounded,
    /// One pulse for every weight by the sign of the change of a batch (Manhattan rule).
    Sign {
        /// Changes smaller than this, in units of a step, send no pulse.
        threshold: f32,
    },
    /// Gradients gather in a fast array and are read from there into the slow one that holds the weights.
    TikiTaka(TikiTakaConfig),
    /// Changes are added up digitally, and a weight is written anew, as `programming` says, when it is far enough from
    /// what was last written. Also for cells that are known by what a verified write leaves.
    Verified(VerifiedConfig),
}

fn whole() -> f32 {
    1.0
}

/// When weights are written anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct VerifiedConfig {
    /// Distance from what was last written at which a weight is written anew, as a share of the largest weight.
    pub threshold: f32,
    /// How far beyond what is wanted a weight is then written, as a share of `threshold`; what is too much counts
    /// against the changes that follow. Without it a weight whose changes turn round answers only after the whole
    /// threshold – all weights of a unit together, so that errors do not average out; close to 1 it answers at once.
    /// Weights on levels have none: the nearest level is written.
    pub overshoot: f32,
    /// Changes after which all weights are written anew, whatever their distance: against what time has done to them.
    /// Left away, never.
    pub refresh_every: Option<u32>,
    /// Time without changes, s, after which all weights are written anew with the next change: against what a rest
    /// has done to them. Left away, never.
    pub refresh_after: Option<f64>,
}

impl Default for VerifiedConfig {
    fn default() -> Self {
        Self { threshold: 0.01, overshoot: 0.0, refresh_every: None, refresh_after: None }
    }
}

/// Which algorithm of the family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TikiTakaVersion {
    /// Read values go to the slow array as they are, by pulse trains.
    V1,
    /// Read values are added up in a digital matrix; the slow array takes one pulse where it exceeds one.
    #[default]
    V2,
    /// As `v2`, with signs on the inputs of the fast array that flip at random, so that offsets of the
    /// fast array average out (c-TTv2).
    Chopped,
    /// Signs flip in turn, and the mean of the half period before is taken as the reference (AGAD).
    Dynamic,
}

/// A fast array A, a slow array C and for some versions a digital matrix H.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TikiTakaConfig {
    /// Which algorithm.
    pub version: TikiTakaVersion,
    /// Learning rate of the fast array: times the longest train and the step over the running means
    /// of the samples' largest |x| and |e| with `auto_scale`, the rate itself without it. Without either (`null`) the fast array
    /// learns at the learner's rate.
    pub fast_rate: Option<f32>,
    /// Keep the number of pulses on the fast array constant.
    pub auto_scale: bool,
    /// Share of these means that stays from one batch to the next, with `auto_scale`.
    pub auto_momentum: f32,
    /// Samples of which the gradients must add up before a pulse on the slow array is due, over all inputs:
    /// the threshold of the digital matrix is this number of steps over (inputs × `transfer_every`).
    pub auto_granularity: f32,
    /// Samples between two transfers of one input line each; `v1` counts batches.
    pub transfer_every: u32,
    /// Rate of the transfer to the slow array, times the learner's rate.
    pub transfer_rate: f32,
    /// Probability with which the sign of an input flips after its transfer (`chopped`); its inverse is the
    /// half period in transfers of each input (`dynamic`).
    pub chop_probability: f32,
    /// Weight of the latest transfers in the mean that becomes the reference, over the half period
    /// (`dynamic`).
    pub tail_weight: f32,
    /// Share of the fast array in the weights that are read.
    pub fast_share: f32,
}

impl Default for TikiTakaConfig {
    fn default() -> Self {
        Self {
            version: TikiTakaVersion::V2,
            fast_rate: Some(0.5),
            auto_scale: true,
            auto_momentum: 0.99,
            auto_granularity: 1000.0,
            transfer_every: 1,
            transfer_rate: 1.0,
            chop_probability: 0.1,
            tail_weight: 5.0,
            fast_share: 0.0,
        }
    }
}

impl UpdateConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        DesignError::count("pulse_budget", self.pulse_budget as usize, 1, 1_000_000)?;
        DesignError::range("weight_step", self.weight_step.unwrap_or(1.0), 1e-9, 1e3)?;
        DesignError::count("trains.longest", self.trains.longest as usize, 1, 31)?;
        match &self.rule {
            UpdateRule::Pulsed | UpdateRule::Rounded => Ok(()),
            UpdateRule::MixedPrecision { threshold } => {
                DesignError::range("rule.threshold", *threshold, 0.5, 1.0)
            }
            UpdateRule::Sign { threshold } => DesignError::range("rule.threshold", *threshold, 0.0, 1e6),
            UpdateRule::TikiTaka(transfer) => transfer.check().map_err(|error| error.inside("rule")),
            UpdateRule::Verified(verified) => {
                DesignError::range("rule.threshold", verified.threshold, 0.0, 2.0)?;
                DesignError::range("rule.overshoot", verified.overshoot, 0.0, 0.99)?;
                let every = verified.refresh_every.unwrap_or(1);
                let after = verified.refresh_after.unwrap_or(1.0);
                if !(after > 0.0 && after <= 1e12) {
                    return Err(DesignError::new("rule.refresh_after", &after, "above 0 and up to 1e12"));
                }
                DesignError::count("rule.refresh_every", every as usize, 1, 1_000_000_000)
            }
        }
    }
}

impl TikiTakaConfig {
    fn check(&self) -> Result<(), DesignError> {
        DesignError::range("fast_rate", self.fast_rate.unwrap_or(1.0), 1e-9, 1e6)?;
        if self.auto_scale && self.fast_rate.is_none() {
            return Err(DesignError::new("fast_rate", &"null", "a number with auto_scale"));
        }
        DesignError::range("auto_momentum", self.auto_momentum, 0.0, 0.999_999)?;
        DesignError::range("auto_granularity", self.auto_granularity, 1e-6, 1e9)?;
        DesignError::count("transfer_every", self.transfer_every as usize, 1, 1_000_000)?;
        DesignError::range("transfer_rate", self.transfer_rate, 1e-9, 1e6)?;
        let low = if self.version == TikiTakaVersion::Dynamic { 1e-6 } else { 0.0 };
        DesignError::range("chop_probability", self.chop_probability, low, 1.0)?;
        DesignError::range("tail_weight", self.tail_weight, 1e-3, 1e6)?;
        DesignError::range("fast_share", self.fast_share, 0.0, 1e3)
    }
}
