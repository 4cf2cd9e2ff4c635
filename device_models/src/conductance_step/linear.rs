//! Steps that shrink linearly with the weight: constant steps (γ = 0), partial and full soft bounds
//! (γ = 1).
//!
//! y_up = 1 − γ_up w/b_max, y_down = 1 − γ_down w/b_min (b_min < 0), with w counted from zero; never
//! below zero. Noise: σ_c times the mean step, and σ_add g Δw_min whatever the weight, independent.
//!
//! Under identical pulses, soft bounds approach b_max as w_n = b_max − (b_max − w₀)(1 − Δ/b_max)ⁿ.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | γ_up, γ_down | 1 | `slope_up`, `slope_down` |
//! | σ_add | 1 | `additive_noise` |
//!
//! Reference: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333;
//! M. J. Rasch et al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494.
//! Pinned by: `tests/conductance_step.rs`.

use super::common::{Common, step_parameters};
use super::law::{StepLaw, StepNoise};
use super::{ConductanceStep, Step};
use crate::error::DeviceError;

/// The model's name in cards.
pub const NAME: &str = "linear_step";

/// Linear steps with the parameters of one card.
pub type LinearStep = ConductanceStep<Parameters>;

step_parameters! {
    NAME;
    /// γ_up, 1.
    slope_up, "γ_up", "1", None, NonNegative, "loss of steps up at the upper bound (0 constant, 1 soft bound)";
    /// γ_down, 1.
    slope_down, "γ_down", "1", None, NonNegative, "loss of steps down at the lower bound (0 constant, 1 soft bound)";
    /// σ_add, 1.
    additive_noise, "σ_add", "1", None, NonNegative, "noise of a step that does not depend on the weight, over the device's mean step";
}

impl Parameters {
    pub(super) fn consistent(&self) -> Result<(), DeviceError> {
        let common = self.shared();
        common.consistent(NAME)?;
        if common.weight_min < 0.0 && common.weight_max > 0.0 {
            return Ok(());
        }
        Err(DeviceError::InvalidParameter {
            model: NAME,
            parameter: "weight_min",
            value: common.weight_min,
            demand: "it must be negative and weight_max positive",
        })
    }
}

impl Parameters {
    /// σ_add in units of the weight: in proportion to the device's own steps.
    fn fixed_noise(&self, common: &Common) -> f64 {
        self.additive_noise * common.step * common.gain.max(0.0)
    }
}

impl Step for Parameters {
    const NAME: &'static str = NAME;

    fn common(&self) -> Common {
        self.shared()
    }

    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64 {
        let loss = if up {
            self.slope_up * weight / common.weight_max
        } else {
            self.slope_down * weight / common.weight_min
        };
        (1.0 - loss).max(0.0)
    }

    fn law(&self, common: &Common, up: bool) -> StepLaw {
        let size = common.size(up);
        let per_weight =
            if up { self.slope_up / common.weight_max } else { -self.slope_down / common.weight_min };
        StepLaw::Affine { size, loss: size * per_weight }
    }

    fn noise(&self, common: &Common) -> StepNoise {
        let fixed = self.fixed_noise(common);
        StepNoise { relative: common.cycle_noise, fixed, slope: 0.0 }
    }

    fn deviation(&self, common: &Common, _weight: f64, mean: f64) -> f64 {
        (common.cycle_noise * mean).hypot(self.fixed_noise(common))
    }
}
