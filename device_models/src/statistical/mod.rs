//! A statistical device: no filament, but the distributions of what a measured cell does from cycle to
//! cycle and from device to device.
//!
//! A cycle has four features: the resistance after a complete RESET (HRS), V_SET, the resistance after
//! SET (LRS), V_RESET.
//!
//! Equations (feature f, cycle n):
//! * normal scores: x_n = C s_n + D ε_n, s_n = φ s_{n−1} + √(1 − φ²) η_n, φ = exp(−1/τ) (a vector
//!   autoregression of order one behind white noise: slow memory and a large white part)
//! * value: y_f = Q_f(μ_f + σ_f Γ_f(x_f)); Γ polynomials, Q monotone through measured quantiles;
//!   HRS = 10^y_1
//! * device: (μ, σ) from a Gaussian mixture of kinds k with weights w_k, means μ_k, covariances L_k L_kᵀ
//! * wear: y_1 − a_1 w(n), y_3 − a_3 w(n), w = log10(1 + n/n_0) less its mean over the measured cycles
//! * current: I(U) = I_H(U) + (G − G_H)/(G_L − G_H) (I_L(U) − I_H(U)), G the conductance at U_0
//! * SET: abrupt, where the cell's voltage passes V_SET of the cycle; G = 1/LRS; then the next cycle is
//!   drawn
//! * RESET: from V_RESET on the current follows I(U) = a (U_max − |U|)^η + c until U_max, where G = 1/HRS
//!   of the next cycle; it depends on the highest voltage reached, and does not go back
//! * forming: a cell at G_min SETs at its own forming voltage, Weibull distributed, to a resistance of a
//!   distribution of its own; a share 1 − p_F never does
//!
//! Voltages are compared, not times: pulses of any width do the same, a ramp does the same however it
//! is divided. All that a cell remembers is in its state. Without a random stream every cycle is the
//! most probable one.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | I_H, I_L | A | `low_current`, `high_current` |
//! | U_0, U_max, U_r | V | `reference_voltage`, `reset_end_voltage`, `voltage_range` |
//! | η | 1 | `reset_exponent` |
//! | Γ | 1 | `hrs_cycle`, `set_voltage_cycle`, `lrs_cycle`, `reset_voltage_cycle` |
//! | Q | 1, V, Ω, V | `*_latent` (knots), `*_value` |
//! | w_k, μ_k, L_k | 1 | `device_weight`, `device_mean`, `device_factor` |
//! | τ, C, D | 1 | `slow_cycles`, `slow_loading`, `white_loading` |
//! | a_1, a_3, n_0, n_m | 1, Ω, 1, 1 | `hrs_wear`, `lrs_wear`, `wear_cycles`, `measured_cycles` |
//! | V_F, β, p_F | V, 1, 1 | `forming_voltage`, `forming_slope`, `forming_yield` |
//!
//! Validity: full and partial RESET, abrupt SET. No pulse width, no temperature, no retention, no
//! partial SET; the compliance of the measured SET is contained in the LRS, and another one changes the
//! voltages at the cell but not the LRS. Beyond U_r the I-V is continued and `field_capped` is flagged.
//!
//! References: T. Hennen et al., Synaptogen: a cross-domain generative device model for large-scale
//! neuromorphic circuit design (2024), doi:10.48550/arXiv.2404.06344 (features, autoregression, mixture,
//! I-V and RESET transition). Here the autoregression is one slow component per feature behind white
//! noise instead of ten to a hundred lags: the same correlations from a state of eight numbers.
//! Pinned by: `tests/statistical.rs`, `tests/statistical_published.rs`, `tests/statistical_array.rs`,
//! `tests/properties.rs`.

mod array;
mod current;
mod device;
mod drive;
mod latent;
mod map;
mod parameters;
mod reset;

use numerics::rng::Stream;

use self::current::Mixture;
use self::device::{Device, SPREAD};
use self::drive::Drive;
use self::latent::Latent;
use self::parameters::FEATURES;
use self::reset::Transition;
use crate::error::DeviceError;
use crate::model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, Segment, StateVariable, Surroundings,
};
use crate::motion::{Stop, append, check, split_at_zero};
use crate::scalar::cold_point;

pub use self::array::StatisticalArray;
pub use self::device::Cycle;
pub use self::parameters::{PARAMETERS, Parameters};

/// The model's name in cards.
pub const NAME: &str = "statistical";

const fn variable(name: &'static str, unit: &'static str, long_name: &'static str) -> StateVariable {
    StateVariable { name, unit, long_name }
}

const VARIABLES: &[StateVariable] = &[
    variable("conductance", "S", "conductance at the reference voltage"),
    variable("reset_start_voltage", "V", "voltage at which the last low-resistance state begins to RESET"),
    variable("reset_start_conductance", "S", "conductance of the last low-resistance state"),
    variable("low_resistance", "1", "1 from SET until RESET begins, else 0"),
    variable("hrs_score", "1", "normal score of the cycle's HRS"),
    variable("set_voltage_score", "1", "normal score of the cycle's SET voltage"),
    variable("lrs_score", "1", "normal score of the cycle's LRS"),
    variable("reset_voltage_score", "1", "normal score of the cycle's RESET voltage"),
    variable("hrs_slow", "1", "slow component of the first feature"),
    variable("set_voltage_slow", "1", "slow component of the second feature"),
    variable("lrs_slow", "1", "slow component of the third feature"),
    variable("reset_voltage_slow", "1", "slow component of the fourth feature"),
    variable("cycles", "1", "cycles drawn so far"),
];
const CONDUCTANCE: usize = 0;
const START_VOLTAGE: usize = 1;
const START_CONDUCTANCE: usize = 2;
const LOW_RESISTANCE: usize = 3;
const SCORES: usize = 4;
const SLOW: usize = SCORES + FEATURES;
const CYCLES: usize = SLOW + FEATURES;
/// A cell this close to the lower bound has not been formed.
const HAIR: f64 = 1e-9;
/// Deepest HRS in units of the conductance before forming.
const DEEPEST: f64 = 2.0;

/// A statistical device with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct Statistical {
    parameters: Parameters,
    mixture: Mixture,
    nominal: Device,
    polarity: f64,
}

impl Statistical {
    /// The model with these parameters.
    ///
    /// # Errors
    /// When SET and RESET have the same polarity, or the I-V brackets are in the wrong order.
    pub fn new(parameters: Parameters) -> Result<Self, DeviceError> {
        let mixture = Mixture::new(&parameters)?;
        let nominal = Device::nominal(&parameters);
        let cycle = nominal.cycle(&parameters, &[0.0; FEATURES], 0.0);
        let polarity = cycle.set_voltage.signum();
        if cycle.reset_voltage * polarity < 0.0 && cycle.reset_voltage.abs() < parameters.reset_end_voltage {
            Ok(Self { parameters, mixture, nominal, polarity })
        } else {
            Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "reset_voltage_value",
                value: cycle.reset_voltage,
                demand: "the median V_RESET must have the sign opposite to V_SET and lie below reset_end_voltage",
            })
        }
    }

    /// The features of the cycle a state is in, for a device with these multipliers.
    pub fn cycle(&self, spread: &[f64], state: &[f64]) -> Option<Cycle> {
        (state.len() == VARIABLES.len()).then(|| {
            let mut scores = [0.0; FEATURES];
            scores.copy_from_slice(&state[SCORES..SLOW]);
            Device::of(&self.nominal, spread).cycle(&self.parameters, &scores, wear_count(state[CYCLES]))
        })
    }

    /// Voltages of a pulse that SETs every formed cell and of one that RESETs it completely, V.
    pub fn cycle_pulse(&self) -> (f64, f64) {
        let p = &self.parameters;
        (self.polarity * p.voltage_range, -self.polarity * p.reset_end_voltage)
    }

    fn point(&self, conductance: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        cold_point(voltage, surroundings, |v| self.mixture.at(conductance, v))
    }

    /// The conductance of a resistance, inside the bounds; and whether it was.
    fn conductance(&self, resistance: f64) -> (f64, Flags) {
        let (low, high) =
            (DEEPEST * self.parameters.minimum_conductance, self.parameters.maximum_conductance);
        let asked = if resistance > 0.0 { 1.0 / resistance } else { f64::INFINITY };
        let flags = Flags { lower_bound: asked < low, upper_bound: asked > high, ..Flags::default() };
        (asked.clamp(low, high), flags)
    }
}

/// What a cell that is set to a conductance is taken to have been: SET as the nominal device, and RESET
/// since then if it conducts less.
struct Resting {
    start_voltage: f64,
    start_conductance: f64,
    low_resistance: bool,
}

impl Resting {
    fn new(model: &Statistical, slow: f64) -> Self {
        let cycle = model.nominal.cycle(&model.parameters, &[0.0; FEATURES], 0.0);
        let low = model.conductance(cycle.lrs).0;
        Self {
            start_voltage: cycle.reset_voltage,
            start_conductance: slow.max(low),
            low_resistance: slow >= low * (1.0 - HAIR),
        }
    }
}

/// Completed cycles, from the number drawn.
fn wear_count(drawn: f64) -> f64 {
    (drawn - 1.0).max(0.0)
}

/// One cell in motion.
struct Cell<'a> {
    model: &'a Statistical,
    device: Device,
    state: &'a mut [f64],
    cycle: Cycle,
}

impl<'a> Cell<'a> {
    fn new(model: &'a Statistical, spread: &[f64], state: &'a mut [f64], noise: Option<&mut Stream>) -> Self {
        let device = Device::of(&model.nominal, spread);
        if let Some(stream) = noise
            && state[CYCLES] == 0.0
        {
            put(state, &Latent::first(&model.parameters, stream));
            state[CYCLES] = 1.0;
        }
        let cycle = device.cycle(&model.parameters, &take(state).scores, wear_count(state[CYCLES]));
        Self { model, device, state, cycle }
    }

    /// The cell has not been formed.
    fn is_pristine(&self) -> bool {
        let p = &self.model.parameters;
        p.forming_voltage > 0.0 && self.state[CONDUCTANCE] <= p.minimum_conductance * (1.0 + HAIR)
    }

    /// Magnitude of the cell's voltage at which it SETs; `None` in the low-resistance state.
    fn set_threshold(&self) -> Option<f64> {
        if self.is_pristine() {
            return Some(self.device.forming_voltage).filter(|v| v.is_finite());
        }
        let high = self.state[LOW_RESISTANCE] == 0.0;
        high.then(|| (self.model.polarity * self.cycle.set_voltage).max(0.0))
    }

    /// The cell SETs, and the next cycle is drawn.
    fn set(&mut self, noise: Option<&mut Stream>) -> Flags {
        let p = &self.model.parameters;
        let resistance = if self.is_pristine() { self.device.formed_resistance } else { self.cycle.lrs };
        let (g, flags) = self.model.conductance(resistance);
        self.state[CONDUCTANCE] = g;
        self.state[START_CONDUCTANCE] = g;
        self.state[LOW_RESISTANCE] = 1.0;
        self.state[START_VOLTAGE] = self.cycle.reset_voltage;
        let next = take(self.state).next(p, noise);
        put(self.state, &next);
        self.state[CYCLES] += 1.0;
        self.cycle = self.device.cycle(p, &next.scores, wear_count(self.state[CYCLES]));
        flags
    }

    fn transition(&self) -> Transition<'a> {
        let (hrs, _) = self.model.conductance(self.cycle.hrs);
        let begin = -self.model.polarity * self.state[START_VOLTAGE];
        Transition::new(self.model, begin, self.state[START_CONDUCTANCE], hrs)
    }
}

fn take(state: &[f64]) -> Latent {
    let mut latent = Latent::default();
    latent.scores.copy_from_slice(&state[SCORES..SLOW]);
    latent.slow.copy_from_slice(&state[SLOW..CYCLES]);
    latent
}

fn put(state: &mut [f64], latent: &Latent) {
    state[SCORES..SLOW].copy_from_slice(&latent.scores);
    state[SLOW..CYCLES].copy_from_slice(&latent.slow);
}

impl DeviceModel for Statistical {
    fn name(&self) -> &'static str {
        NAME
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        VARIABLES
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        SPREAD
    }

    fn draw_device(&self, stream: &mut Stream) -> Option<Vec<f64>> {
        Some(Device::multipliers(&self.parameters, &self.nominal, stream))
    }

    fn moves_at_random(&self) -> bool {
        true
    }

    fn set_polarity(&self) -> f64 {
        self.polarity
    }

    fn conductance_is_memory(&self) -> bool {
        false
    }

    fn bounds(&self, _spread: &[f64]) -> (f64, f64) {
        (self.parameters.minimum_conductance, self.parameters.maximum_conductance)
    }

    fn rest(&self, slow: f64, _surroundings: &Surroundings) -> Vec<f64> {
        let rest = Resting::new(self, slow);
        let mut state = vec![0.0; VARIABLES.len()];
        state[CONDUCTANCE] = slow;
        state[START_VOLTAGE] = rest.start_voltage;
        state[START_CONDUCTANCE] = rest.start_conductance;
        state[LOW_RESISTANCE] = f64::from(u8::from(rest.low_resistance));
        state
    }

    fn operating_point(
        &self,
        _spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(NAME, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        Ok(self.point(state[CONDUCTANCE], voltage, surroundings))
    }

    fn advance(
        &self,
        spread: &[f64],
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        mut noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        check(NAME, state, VARIABLES.len(), segment)?;
        let (low, high) = self.bounds(spread);
        let mut total = Motion {
            flags: Flags {
                lower_bound: state[CONDUCTANCE] < low,
                upper_bound: state[CONDUCTANCE] > high,
                ..Flags::default()
            },
            ..Motion::default()
        };
        state[CONDUCTANCE] = state[CONDUCTANCE].clamp(low, high);
        if segment.duration == 0.0 {
            return Ok(total);
        }
        let mut cell = Cell::new(self, spread, state, noise.as_deref_mut());
        let mut stop = Stop::new(stop);
        let (parts, count) = split_at_zero(segment);
        for part in parts.iter().take(count) {
            let motion = Motion::default();
            let mut drive = Drive { model: self, segment: part, surroundings, stop: &mut stop, motion };
            drive.run(&mut cell, noise.as_deref_mut());
            append(&mut total, &drive.motion);
            if total.crossed {
                break;
            }
        }
        Ok(total)
    }
}
