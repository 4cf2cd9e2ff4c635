//! Soft bounds given by a measured pulse response: `soft_bounds_pmax`.
//!
//! A train of p pulses up from r_min is known to follow w(p) = r_min + B (1 − e^(−αp)) and to reach
//! r_max after p_max pulses: B = (r_max − r_min)/(1 − e^(−α p_max)). Its soft bounds are
//! b_max = r_min + B and b_min = r_max − B; each pulse goes the share 1 − e^(−α) of what is left to the
//! bound. That is [`super::linear`] with γ = 1, Δ₊ = (1 − e^(−α)) b_max, Δ₋ = −(1 − e^(−α)) b_min.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | p_max, α | 1 | `pulses`, `decay` |
//! | r_min, r_max | 1 | `range_min`, `range_max` |
//!
//! Reference: M. J. Rasch et al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494 (that toolkit
//! takes α itself in place of 1 − e^(−α)).
//! Pinned by: `tests/step_shapes.rs`.

use super::common::Common;
use super::law::{StepLaw, StepNoise};
use super::{ConductanceStep, Step, linear};
use crate::error::DeviceError;
use crate::parameters::parameters;

/// The model's name in cards.
pub const NAME: &str = "soft_bounds_pmax";

/// Soft bounds from a pulse response with the parameters of one card.
pub type SoftBoundsPmax = ConductanceStep<Pmax>;

parameters! {
    NAME;
    /// p_max, 1.
    pulses, "p_max", "1", None, Positive, "pulses from range_min to range_max";
    /// α, 1.
    decay, "α", "1", None, Positive, "decay of the step with the number of pulses";
    /// r_min, 1.
    range_min, "r_min", "1", None, Any, "weight at which the train begins";
    /// r_max, 1.
    range_max, "r_max", "1", None, Any, "weight that the train reaches";
    /// σ_c, 1.
    cycle_noise, "σ_c", "1", None, NonNegative, "standard deviation of one step over its mean";
    /// σ_w, 1.
    write_noise, "σ_w", "1", None, NonNegative, "standard deviation of the weight read after a pulse over the mean step";
    /// Conductance at weight zero, S.
    conductance_at_zero, "G(0)", "S", None, Positive, "conductance at weight zero";
    /// Conductance per unit of weight, S.
    conductance_per_weight, "dG/dw", "S", None, Positive, "conductance per unit of weight";
    /// Pulse voltage, V.
    pulse_voltage, "V_p", "V", None, Positive, "magnitude from which on a voltage writes";
    /// Pulse width, s.
    pulse_width, "t_p", "s", None, Positive, "width of one pulse";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.range_max > self.range_min {
            return Ok(());
        }
        let (value, demand) = (self.range_max, "it must exceed range_min");
        Err(DeviceError::InvalidParameter { model: NAME, parameter: "range_max", value, demand })
    }

    /// The same device by its soft bounds and steps.
    ///
    /// # Errors
    /// When the train determines no soft bounds on either side of weight zero.
    pub fn soft_bounds(&self) -> Result<linear::Parameters, DeviceError> {
        let whole = (self.range_max - self.range_min) / -(-self.decay * self.pulses).exp_m1();
        let (top, bottom) = (self.range_min + whole, self.range_max - whole);
        let share = -(-self.decay).exp_m1();
        let soft = linear::Parameters {
            step: 0.5 * share * (top - bottom),
            step_asymmetry: (top + bottom) / (top - bottom),
            reference: 0.0,
            subtract_symmetry_point: 0.0,
            weight_min: bottom,
            weight_max: top,
            cycle_noise: self.cycle_noise,
            write_noise: self.write_noise,
            conductance_at_zero: self.conductance_at_zero,
            conductance_per_weight: self.conductance_per_weight,
            pulse_voltage: self.pulse_voltage,
            pulse_width: self.pulse_width,
            slope_up: 1.0,
            slope_down: 1.0,
            additive_noise: 0.0,
        };
        soft.consistent()?;
        Ok(soft)
    }
}

/// The soft bounds that the train determines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pmax(linear::Parameters);

impl Pmax {
    /// The shape with the parameters of one card.
    ///
    /// # Errors
    /// As [`Parameters::soft_bounds`].
    pub fn new(parameters: &Parameters) -> Result<Self, DeviceError> {
        parameters.soft_bounds().map(Self)
    }
}

impl Step for Pmax {
    const NAME: &'static str = NAME;

    fn common(&self) -> Common {
        self.0.common()
    }

    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64 {
        self.0.shape(common, weight, up)
    }

    fn law(&self, common: &Common, up: bool) -> StepLaw {
        self.0.law(common, up)
    }

    fn noise(&self, common: &Common) -> StepNoise {
        self.0.noise(common)
    }

    fn deviation(&self, common: &Common, weight: f64, mean: f64) -> f64 {
        self.0.deviation(common, weight, mean)
    }
}
