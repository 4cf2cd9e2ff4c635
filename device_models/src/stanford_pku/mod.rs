//! Stanford–PKU model: a filament that grows and shrinks, seen as the gap g between its tip and
//! the electrode. **SET above zero, RESET below**.
//!
//! Equations:
//! * dg/dt = −v₀ exp(−E_a/kT) sinh(γ a₀ e V/(t_ox kT)) where γ|V|/t_ox ≥ F_min, else 0
//! * γ = γ₀ − β (g/g₁)^α, each of γ₀ and β for SET and for RESET
//! * T = T₀ + |V I| R_th
//! * I = I₀ exp(−g/g₀) sinh(V/V₀)
//! * noise: dg = f dt + √(2D) dW, D = ½ δ₀² τ / \[1 + exp((T_crit − T)/T_smth)\]², where the field
//!   moves the gap at all
//!
//! Version 1.0.0 adds a random *velocity* of δ₀ per time step of τ = 1 ns, so that the spread
//! after a fixed time depends on the step. The diffusion here has the same spread at that step and
//! keeps it at every other. Hard bounds of the gap and the onset at F_min are located events.
//!
//! | symbol | version 1.0.0 | unit | here |
//! |---|---|---|---|
//! | I₀, g₀, V₀ | 1e-3, 0.25e-9, 0.25 | A, m, V | `reference_current`, `gap_scale`, `voltage_scale` |
//! | v₀, E_a, a₀ | 10, 0.6 eV, 0.25e-9 | m/s, J, m | `velocity`, `activation_energy`, `hopping_distance` |
//! | t_ox | 12e-9 | m | `oxide_thickness` |
//! | γ₀ (SET, RESET) | 16, 16 | 1 | `field_enhancement_set`, `field_enhancement_reset` |
//! | β (SET, RESET) | 0.8, 0 | 1 | `gap_sensitivity_set`, `gap_sensitivity_reset` |
//! | g₁, α | 1e-9, 3 | m, 1 | `gap_reference`, `gap_exponent` |
//! | gap | 0.2e-9 to 1.7e-9 | m | `minimum_gap`, `maximum_gap` |
//! | R_th | 2.1e3 | K/W | `thermal_resistance` |
//! | F_min | 1.4e9 | V/m | `minimum_field` |
//! | δ₀, τ | 0.02, 1e-9 | m/s, s | `noise_velocity`, `noise_time` |
//! | T_crit, T_smth | 450, 500 | K | `noise_temperature`, `noise_smoothing` |
//!
//! Validity: bipolar HfOx cells, nanoseconds to milliseconds. Beyond 1500 K the flag
//! `overheated` is set, nothing is clamped. There is no retention loss.
//!
//! References: X. Guan, S. Yu, H.-S. P. Wong, IEEE Electron Device Letters 33, 1405 (2012),
//! doi:10.1109/LED.2012.2210856; Z. Jiang et al., IEEE Trans. Electron Devices 63, 1884 (2016),
//! doi:10.1109/TED.2016.2545412.
//! Pinned by: `tests/stanford_published.rs`, `tests/properties.rs`.

mod dynamics;
mod parameters;

use numerics::rng::Stream;

pub use self::parameters::{PARAMETERS, Parameters};

use self::dynamics::{Driven, NANO, TOLERANCES};
use crate::error::DeviceError;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Dynamics, Stop, append, check, drive, split_at_zero};

/// The model's name in cards.
pub const NAME: &str = "stanford_pku";
/// Above this temperature (K) the filament would melt: flagged, not clamped.
pub const OVERHEATED: f64 = 1500.0;

const VARIABLES: &[StateVariable] = &[StateVariable {
    name: "filament_gap",
    unit: "m",
    long_name: "gap between the filament's tip and the electrode",
}];
const SPREAD: &[&str] = &["reference_current", "velocity", "minimum_gap", "maximum_gap"];
/// The Stanford–PKU model with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct StanfordPku {
    parameters: Parameters,
    noise_displacement: f64,
}

impl StanfordPku {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters, noise_displacement: 0.02 * NANO }
    }

    /// Bounds the sub-steps of noisy motion: neither drift nor diffusion moves the gap by more than
    /// about this in one (m, default 0.02 nm). Results do not depend on it beyond its resolution.
    #[must_use]
    pub fn with_noise_displacement(mut self, displacement: f64) -> Self {
        self.noise_displacement = displacement.max(1e-4 * NANO);
        self
    }

    /// The parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    /// Diffusion coefficient of the gap at a temperature (K), m²/s.
    pub fn diffusion(&self, temperature: f64) -> f64 {
        self.parameters.diffusion(temperature)
    }

    /// Length of the next noisy sub-step and the standard deviation of its kick, m.
    fn sub_step(&self, driven: &mut Driven<'_>, gap: f64, remaining: f64, total: f64) -> (f64, f64) {
        let (f, _) = driven.evaluate(0.0, &[gap / NANO, 0.0]);
        let point = driven.parameters.electrical(gap, driven.voltage(0.0), driven.surroundings);
        let limit = self.noise_displacement;
        let mut length = remaining;
        if driven.ramp.slope != 0.0 {
            length = length.min(total / 200.0);
        }
        if driven.field_margin(0.0, gap) < 0.0 {
            return (length, 0.0);
        }
        let diffusion = driven.parameters.diffusion(point.temperature);
        if diffusion > 0.0 {
            length = length.min(0.5 * limit * limit / diffusion);
        }
        let speed = f[0].abs() * NANO;
        if speed > 0.0 {
            length = length.min(limit / speed);
        }
        (length, (2.0 * diffusion * length).sqrt())
    }

    /// Drift by the deterministic integrator, kicks in between: Euler–Maruyama.
    fn noisy(
        &self,
        p: &Parameters,
        gap: &mut f64,
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        stream: &mut Stream,
    ) -> Result<Motion, f64> {
        let mut total = Motion::default();
        while total.elapsed < segment.duration && !total.crossed {
            let remaining = segment.duration - total.elapsed;
            let from = segment.voltage_at(total.elapsed);
            let here = Segment { start_voltage: from, end_voltage: segment.end_voltage, duration: remaining };
            let mut driven = Driven::new(p, &here, *gap, surroundings);
            let (length, deviation) = self.sub_step(&mut driven, *gap, remaining, segment.duration);
            if total.elapsed + length <= total.elapsed {
                return Err(total.elapsed);
            }
            let mut y = [*gap / NANO, 0.0];
            let motion = drive(&mut driven, &mut y, length, stop, &TOLERANCES)
                .map_err(|stall| total.elapsed + stall.0)?;
            append(&mut total, &motion);
            if length >= remaining && !motion.crossed {
                total.elapsed = segment.duration;
            }
            let kicked = moved(*gap, y[0]) + if motion.crossed { 0.0 } else { deviation * stream.normal() };
            *gap = kicked.clamp(p.minimum_gap, p.maximum_gap);
            total.flags.lower_bound |= kicked < p.minimum_gap;
            total.flags.upper_bound |= kicked > p.maximum_gap;
            if !total.crossed {
                let point = p.electrical(*gap, segment.voltage_at(total.elapsed), surroundings);
                total.crossed = stop.met(point.current.abs());
            }
        }
        Ok(total)
    }
}

impl DeviceModel for StanfordPku {
    fn name(&self) -> &'static str {
        NAME
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        VARIABLES
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        SPREAD
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        let p = self.parameters.with_spread(spread);
        (p.minimum_gap, p.maximum_gap)
    }

    fn rest(&self, slow: f64, _surroundings: &Surroundings) -> Vec<f64> {
        vec![slow]
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(NAME, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        let point = self.parameters.with_spread(spread).electrical(state[0], voltage, surroundings);
        if point.current.is_finite() && point.differential_conductance.is_finite() {
            Ok(point)
        } else {
            Err(DeviceError::NoOperatingPoint { model: NAME, voltage, state: state.to_vec() })
        }
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
        let p = self.parameters.with_spread(spread);
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        let mut gap = state[0].clamp(p.minimum_gap, p.maximum_gap);
        total.flags.lower_bound = state[0] < p.minimum_gap;
        total.flags.upper_bound = state[0] > p.maximum_gap;
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count) {
            let result = if let Some(stream) = noise.as_deref_mut() {
                self.noisy(&p, &mut gap, part, (surroundings, &mut stop), stream)
            } else {
                let mut driven = Driven::new(&p, part, gap, surroundings);
                let mut y = [gap / NANO, 0.0];
                let motion = drive(&mut driven, &mut y, part.duration, &mut stop, &TOLERANCES);
                gap = moved(gap, y[0]).clamp(p.minimum_gap, p.maximum_gap);
                motion.map_err(|stall| stall.0)
            };
            match result {
                Ok(motion) => append(&mut total, &motion),
                Err(time) => {
                    let time = total.elapsed + time;
                    let voltage = segment.voltage_at(time);
                    outcome = Err(DeviceError::Stalled { model: NAME, time, voltage, state: vec![gap] });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        state[0] = gap;
        outcome.map(|()| total)
    }
}

/// The gap (m) after integration in nm; one that did not move keeps its bits.
fn moved(gap: f64, nanometres: f64) -> f64 {
    if (gap / NANO).to_bits() == nanometres.to_bits() { gap } else { nanometres * NANO }
}
