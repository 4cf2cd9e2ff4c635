//! Steps with an exponential dependence on the weight.
//!
//! y_d = max(0, 1 − A_d exp(d γ_d z)), z = 2 a w/(b_max − b_min) + b. Noise:
//! σ_c (σ_add Δw_min + |Δw| + σ_slope |w| Δw_min).
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | A_up, A_down | 1 | `amplitude_up`, `amplitude_down` |
//! | γ_up, γ_down | 1 | `rate_up`, `rate_down` |
//! | a, b | 1 | `scale`, `offset` |
//! | σ_add, σ_slope | 1 | `additive_noise`, `slope_noise` |
//!
//! Reference: N. Gong et al., Nat. Commun. 9, 2102 (2018), doi:10.1038/s41467-018-04485-1; M. J. Rasch et
//! al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494.
//! Pinned by: `tests/conductance_step.rs`.

use super::common::{Common, step_parameters};
use super::law::{StepLaw, StepNoise};
use super::{ConductanceStep, Step};
use crate::error::DeviceError;

/// The model's name in cards.
pub const NAME: &str = "exponential_step";

/// Exponential steps with the parameters of one card.
pub type ExponentialStep = ConductanceStep<Parameters>;

step_parameters! {
    NAME;
    /// A_up, 1.
    amplitude_up, "A_up", "1", None, Any, "amplitude of the exponential for steps up";
    /// A_down, 1.
    amplitude_down, "A_down", "1", None, Any, "amplitude of the exponential for steps down";
    /// γ_up, 1.
    rate_up, "γ_up", "1", None, Any, "rate of the exponential for steps up";
    /// γ_down, 1.
    rate_down, "γ_down", "1", None, Any, "rate of the exponential for steps down";
    /// a, 1.
    scale, "a", "1", None, Any, "scale of the weight in the exponent";
    /// b, 1.
    offset, "b", "1", None, Any, "offset of the weight in the exponent";
    /// σ_add, 1.
    additive_noise, "σ_add", "1", None, NonNegative, "noise of a step that does not depend on its size";
    /// σ_slope, 1.
    slope_noise, "σ_slope", "1", None, NonNegative, "noise of a step per unit of the weight";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        self.shared().consistent(NAME)
    }
}

impl Step for Parameters {
    const NAME: &'static str = NAME;

    fn common(&self) -> Common {
        self.shared()
    }

    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64 {
        let z = 2.0 * self.scale * weight / (common.weight_max - common.weight_min) + self.offset;
        let grown = if up {
            self.amplitude_up * (self.rate_up * z).exp()
        } else {
            self.amplitude_down * (-self.rate_down * z).exp()
        };
        (1.0 - grown).max(0.0)
    }

    fn law(&self, common: &Common, up: bool) -> StepLaw {
        let per_weight = 2.0 * self.scale / (common.weight_max - common.weight_min);
        let (amplitude, rate, sign) = if up {
            (self.amplitude_up, self.rate_up, 1.0)
        } else {
            (self.amplitude_down, self.rate_down, -1.0)
        };
        StepLaw::Exponential {
            size: common.size(up),
            amplitude: amplitude * (sign * rate * self.offset).exp(),
            rate: rate * per_weight,
        }
    }

    fn noise(&self, common: &Common) -> StepNoise {
        let unit = common.cycle_noise * common.step;
        StepNoise {
            relative: common.cycle_noise,
            fixed: unit * self.additive_noise,
            slope: unit * self.slope_noise,
        }
    }

    fn deviation(&self, common: &Common, weight: f64, mean: f64) -> f64 {
        let fixed = self.additive_noise + self.slope_noise * weight.abs();
        common.cycle_noise * (mean + common.step * fixed)
    }
}
