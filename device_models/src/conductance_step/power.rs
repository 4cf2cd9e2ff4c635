//! Steps with a power of the distance from the bound.
//!
//! With ω = (b_max − w)/(b_max − b_min): y_up = ω^γ_up, y_down = (1 − ω)^γ_down. Noise: σ_c times the mean
//! step.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | γ_up, γ_down | 1 | `exponent_up`, `exponent_down` |
//!
//! Reference: J. Frascaroli et al., Sci. Rep. 8, 7178 (2018), doi:10.1038/s41598-018-25376-x; M. J. Rasch
//! et al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494.
//! Pinned by: `tests/conductance_step.rs`.

use super::common::{Common, step_parameters};
use super::law::StepLaw;
use super::{ConductanceStep, Step};
use crate::error::DeviceError;

/// The model's name in cards.
pub const NAME: &str = "power_step";

/// Power-law steps with the parameters of one card.
pub type PowerStep = ConductanceStep<Parameters>;

step_parameters! {
    NAME;
    /// γ_up, 1.
    exponent_up, "γ_up", "1", None, NonNegative, "exponent of steps up";
    /// γ_down, 1.
    exponent_down, "γ_down", "1", None, NonNegative, "exponent of steps down";
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
        let omega = (common.weight_max - weight) / (common.weight_max - common.weight_min);
        if up { omega.powf(self.exponent_up) } else { (1.0 - omega).powf(self.exponent_down) }
    }

    fn law(&self, common: &Common, up: bool) -> StepLaw {
        let exponent = if up { self.exponent_up } else { self.exponent_down };
        StepLaw::Power { size: common.size(up), exponent }
    }
}
