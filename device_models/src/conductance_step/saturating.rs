//! Steps of an exponentially saturating pulse response, known by non-linearity labels.
//!
//! A train of P_± = (b_max − b_min)/Δ_± pulses takes the cell through its whole range along
//! G(p) = B (1 − e^(−p/A)) + G_min, B = (G_max − G_min)/(1 − e^(−P/A)); down likewise from G_max. With
//! ω = (w − b_min)/(b_max − b_min) and a = A/P one pulse is
//! * up: Δω = (b − ω)(1 − e^(−1/(a P))), b = 1/(1 − e^(−1/a))
//! * down: the same with 1 − ω and the a and P of this direction.
//!
//! The published label is a number from −9 to 9 that a table of the toolkit translates to a. The table
//! is reproduced (within 1e-3) by: label = 10.1 × largest deviation of the curve from the straight line; a is solved
//! from that. Labels above zero up and below zero down bend towards saturation, as measured
//! devices do. Noise: σ_r (b_max − b_min) for every pulse, whatever its mean.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | label up, label down | 1 | `nonlinearity_up`, `nonlinearity_down` |
//! | σ_r | 1 | `range_noise` |
//!
//! Reference: P.-Y. Chen, X. Peng, S. Yu, `NeuroSim+`, IEDM (2017), doi:10.1109/IEDM.2017.8268337.
//! Pinned by: `tests/step_shapes.rs`.

use super::common::{Common, step_parameters};
use super::law::{StepLaw, StepNoise};
use super::{ConductanceStep, Step};
use crate::error::DeviceError;

/// The model's name in cards.
pub const NAME: &str = "saturating_step";
/// Label over the largest deviation of the normalised curve from the straight line.
pub const LABEL_PER_DEVIATION: f64 = 10.1;
/// Largest magnitude of a label in the published table.
const LARGEST_LABEL: f64 = 9.0;

/// Saturating steps with the parameters of one card.
pub type SaturatingStep = ConductanceStep<Saturating>;

step_parameters! {
    NAME;
    /// Label up, 1.
    nonlinearity_up, "NL_up", "1", None, Any, "non-linearity label of the response to pulses up";
    /// Label down, 1.
    nonlinearity_down, "NL_down", "1", None, Any, "non-linearity label of the response to pulses down";
    /// σ_r, 1.
    range_noise, "σ_r", "1", None, NonNegative, "standard deviation of one step over the range of weights";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        for (parameter, value) in
            [("nonlinearity_up", self.nonlinearity_up), ("nonlinearity_down", self.nonlinearity_down)]
        {
            if value.abs() > LARGEST_LABEL {
                let demand = "it must lie between -9 and 9";
                return Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand });
            }
        }
        self.shared().consistent(NAME)
    }
}

/// Largest deviation from the straight line of y = (1 − e^(−x/a))/(1 − e^(−1/a)), 0 ≤ x ≤ 1, a > 0.
fn deviation(a: f64) -> f64 {
    let whole = -(-1.0 / a).exp_m1();
    let steepest = (a * whole).min(1.0);
    (1.0 - steepest) / whole + a * steepest.ln()
}

/// A/P at a non-linearity label; of its sign, infinite for a straight line.
pub fn curvature(label: f64) -> f64 {
    let target = label.abs() / LABEL_PER_DEVIATION;
    if target < 1e-6 {
        return f64::INFINITY;
    }
    let (mut low, mut high) = (1e-4_f64.ln(), 1e6_f64.ln());
    for _ in 0..80 {
        let middle = 0.5 * (low + high);
        if deviation(middle.exp()) > target { low = middle } else { high = middle }
    }
    (0.5 * (low + high)).exp().copysign(label)
}

/// The shape, its labels translated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Saturating {
    parameters: Parameters,
    /// A/P up and down, positive where the response saturates.
    curvature: [f64; 2],
}

impl Saturating {
    /// The shape with the parameters of one card.
    pub fn new(parameters: Parameters) -> Self {
        let curvature = [curvature(parameters.nonlinearity_up), curvature(-parameters.nonlinearity_down)];
        Self { parameters, curvature }
    }
}

impl Step for Saturating {
    const NAME: &'static str = NAME;

    fn common(&self) -> Common {
        self.parameters.shared()
    }

    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64 {
        let a = self.curvature[usize::from(!up)];
        let range = common.weight_max - common.weight_min;
        let size = common.size(up);
        if a.is_infinite() || size <= 0.0 || range <= 0.0 {
            return 1.0;
        }
        let done = (if up { weight - common.weight_min } else { common.weight_max - weight }) / range;
        let end = -1.0 / (-1.0 / a).exp_m1();
        // Share of the way to the end that one pulse of P takes, times P.
        ((end - done) * -(-size / (range * a)).exp_m1() * range / size).max(0.0)
    }

    fn law(&self, common: &Common, up: bool) -> StepLaw {
        let a = self.curvature[usize::from(!up)];
        let range = common.weight_max - common.weight_min;
        let size = common.size(up);
        if a.is_infinite() || size <= 0.0 || range <= 0.0 {
            return StepLaw::Affine { size, loss: 0.0 };
        }
        let end = -1.0 / (-1.0 / a).exp_m1();
        let share = -(-size / (range * a)).exp_m1();
        let start = if up { common.weight_min } else { -common.weight_max };
        StepLaw::Affine { size: share * (end * range + start), loss: share }
    }

    /// The range over the number of states, as if they were equally spaced: so the published program counts.
    fn nominal_steps(&self, common: &Common) -> [f64; 2] {
        [common.step; 2]
    }

    fn noise(&self, common: &Common) -> StepNoise {
        let fixed = self.parameters.range_noise * (common.weight_max - common.weight_min);
        StepNoise { relative: common.cycle_noise, fixed, slope: 0.0 }
    }

    fn deviation(&self, common: &Common, _weight: f64, mean: f64) -> f64 {
        let range = self.parameters.range_noise * (common.weight_max - common.weight_min);
        (common.cycle_noise * mean).hypot(range)
    }
}
