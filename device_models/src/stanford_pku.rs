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

use numerics::rng::Stream;
use numerics::rosenbrock::{Linearisation, System, Tolerances};

use crate::constants::{BOLTZMANN, CHARGE};
use crate::error::DeviceError;
use crate::model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, Segment, StateVariable, Surroundings,
};
use crate::motion::{Dynamics, Instant, Ramp, Stop, append, check, drive, split_at_zero};
use crate::parameters::parameters;

/// The model's name in cards.
pub const NAME: &str = "stanford_pku";
/// Above this temperature (K) the filament would melt: flagged, not clamped.
pub const OVERHEATED: f64 = 1500.0;

parameters! {
    NAME;
    /// Current prefactor, A.
    reference_current, "I_0", "A", None, Positive, "prefactor of the tunnelling current";
    /// Decay length of the current, m.
    gap_scale, "g_0", "m", None, Positive, "gap over which the current falls by e";
    /// Voltage scale of the current, V.
    voltage_scale, "V_0", "V", None, Positive, "voltage scale of the tunnelling current";
    /// Velocity prefactor, m/s.
    velocity, "v_0", "m/s", None, Positive, "prefactor of the velocity of the filament tip";
    /// Activation energy, J.
    activation_energy, "E_a", "J", None, Positive, "activation energy of vacancy generation";
    /// Hopping distance, m.
    hopping_distance, "a_0", "m", None, Positive, "distance between hopping sites";
    /// Oxide thickness, m.
    oxide_thickness, "t_ox", "m", None, Positive, "thickness of the switching layer";
    /// Field enhancement at zero gap for SET, 1.
    field_enhancement_set, "γ_0,set", "1", None, Positive, "field enhancement at zero gap for SET";
    /// Field enhancement at zero gap for RESET, 1.
    field_enhancement_reset, "γ_0,reset", "1", None, Positive, "field enhancement at zero gap for RESET";
    /// Loss of field enhancement with the gap for SET, 1.
    gap_sensitivity_set, "β_set", "1", None, NonNegative, "loss of field enhancement with the gap for SET";
    /// Loss of field enhancement with the gap for RESET, 1.
    gap_sensitivity_reset, "β_reset", "1", None, NonNegative, "loss of field enhancement with the gap for RESET";
    /// Exponent of that loss, 1.
    gap_exponent, "α", "1", None, Positive, "exponent of the loss of field enhancement";
    /// Gap at which the loss equals β, m.
    gap_reference, "g_1", "m", None, Positive, "gap at which the loss of field enhancement is β";
    /// Smallest gap, m.
    minimum_gap, "g_min", "m", None, Positive, "smallest gap (low-resistive state)";
    /// Largest gap, m.
    maximum_gap, "g_max", "m", None, Positive, "largest gap (high-resistive state)";
    /// Thermal resistance, K/W.
    thermal_resistance, "R_th", "K/W", None, NonNegative, "thermal resistance of the filament";
    /// Field below which nothing moves, V/m.
    minimum_field, "F_min", "V/m", None, NonNegative, "enhanced field below which the gap does not move";
    /// Amplitude of the velocity noise, m/s.
    noise_velocity, "δ_0", "m/s", None, NonNegative, "amplitude of the velocity noise at the noise time";
    /// Time step at which that amplitude holds, s.
    noise_time, "τ", "s", None, NonNegative, "time step for which the noise amplitude was given";
    /// Temperature of half noise, K.
    noise_temperature, "T_crit", "K", None, Positive, "temperature at which the noise is half its largest";
    /// Width of the onset of the noise, K.
    noise_smoothing, "T_smth", "K", None, Positive, "width in temperature of the onset of the noise";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.maximum_gap <= self.minimum_gap {
            return Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "maximum_gap",
                value: self.maximum_gap,
                demand: "it must exceed minimum_gap",
            });
        }
        Ok(())
    }

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            reference_current: self.reference_current * factor(0),
            velocity: self.velocity * factor(1),
            minimum_gap: self.minimum_gap * factor(2),
            maximum_gap: self.maximum_gap * factor(3),
            ..*self
        }
    }

    fn electrical(&self, gap: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let prefactor = self.reference_current * (-gap / self.gap_scale).exp();
        let (mut cell_voltage, mut limited) = (voltage, false);
        if let Some(limit) = surroundings.compliance_current {
            let at_limit = self.voltage_scale * (limit / prefactor).asinh();
            if voltage.abs() > at_limit {
                (cell_voltage, limited) = (at_limit.copysign(voltage), true);
            }
        }
        let ratio = cell_voltage / self.voltage_scale;
        let current = prefactor * ratio.sinh();
        OperatingPoint {
            voltage: cell_voltage,
            current,
            differential_conductance: prefactor * ratio.cosh() / self.voltage_scale,
            temperature: surroundings.ambient_temperature
                + (cell_voltage * current).abs() * self.thermal_resistance,
            limited,
        }
    }

    /// Enhanced field, V/m; positive for either polarity.
    fn field(&self, gap: f64, voltage: f64) -> f64 {
        let (base, sensitivity) = if voltage > 0.0 {
            (self.field_enhancement_set, self.gap_sensitivity_set)
        } else {
            (self.field_enhancement_reset, self.gap_sensitivity_reset)
        };
        let loss = if sensitivity == 0.0 {
            0.0
        } else {
            sensitivity * (gap / self.gap_reference).max(0.0).powf(self.gap_exponent)
        };
        (base - loss) * voltage.abs() / self.oxide_thickness
    }

    /// Diffusion coefficient of the gap, m²/s.
    fn diffusion(&self, temperature: f64) -> f64 {
        let onset = 1.0 + ((self.noise_temperature - temperature) / self.noise_smoothing).exp();
        0.5 * self.noise_velocity * self.noise_velocity * self.noise_time / (onset * onset)
    }
}

const VARIABLES: &[StateVariable] = &[StateVariable {
    name: "filament_gap",
    unit: "m",
    long_name: "gap between the filament's tip and the electrode",
}];
const SPREAD: &[&str] = &["reference_current", "velocity", "minimum_gap", "maximum_gap"];
/// Gaps are integrated in nm.
const NANO: f64 = 1e-9;
const TOLERANCES: Tolerances<2> = Tolerances { relative: [0.0, 1e-4], absolute: [1e-5, 1e-30] };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Moving,
    BelowThreshold,
    AtBound,
}

/// One cell under one ramp of constant polarity; integrated: [gap in nm, energy].
struct Driven<'a> {
    parameters: &'a Parameters,
    surroundings: &'a Surroundings,
    ramp: Ramp,
    positive: bool,
    mode: Mode,
    evaluations: u32,
}

impl<'a> Driven<'a> {
    fn new(parameters: &'a Parameters, segment: &Segment, gap: f64, surroundings: &'a Surroundings) -> Self {
        let positive = segment.start_voltage + segment.end_voltage > 0.0;
        let mut driven = Self {
            parameters,
            surroundings,
            ramp: Ramp::new(segment),
            positive,
            mode: Mode::Moving,
            evaluations: 0,
        };
        let at_bound = if positive { gap <= parameters.minimum_gap } else { gap >= parameters.maximum_gap };
        if at_bound {
            driven.mode = Mode::AtBound;
        } else if driven.field_margin(0.0, gap) < 0.0 {
            driven.mode = Mode::BelowThreshold;
        }
        driven
    }

    fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    /// Field above the threshold, V/nm.
    fn field_margin(&self, time: f64, gap: f64) -> f64 {
        let point = self.parameters.electrical(gap, self.voltage(time), self.surroundings);
        // The polarity's enhancement also at exactly zero.
        let v = if self.positive { point.voltage.max(f64::MIN_POSITIVE) } else { point.voltage };
        (self.parameters.field(gap, v) - self.parameters.minimum_field) * NANO
    }

    fn right_hand_side(&mut self, voltage: f64, y: &[f64; 2]) -> ([f64; 2], OperatingPoint) {
        self.evaluations += 1;
        let p = self.parameters;
        let gap = y[0] * NANO;
        let point = p.electrical(gap, voltage, self.surroundings);
        let speed = if self.mode == Mode::Moving && point.voltage != 0.0 {
            let kt = BOLTZMANN * point.temperature;
            let lift = p.field(gap, point.voltage) * p.hopping_distance * CHARGE / kt;
            // exp(−E/kT) sinh(lift) as two exponentials: their product may overflow separately.
            let barrier = p.activation_energy / kt;
            let size = 0.5 * p.velocity * ((lift - barrier).exp() - (-lift - barrier).exp());
            -size.copysign(size * point.voltage)
        } else {
            0.0
        };
        ([speed / NANO, point.voltage * point.current], point)
    }
}

impl System<2> for Driven<'_> {
    fn derivative(&mut self, time: f64, y: &[f64; 2]) -> [f64; 2] {
        let voltage = self.voltage(time);
        self.right_hand_side(voltage, y).0
    }

    fn linearise(&mut self, time: f64, y: &[f64; 2], f: &[f64; 2]) -> Linearisation<2> {
        let mut result = Linearisation { jacobian: [[0.0; 2]; 2], time: [0.0; 2] };
        let voltage = self.voltage(time);
        let step = 1e-7;
        let g = self.right_hand_side(voltage, &[y[0] + step, y[1]]).0;
        for i in 0..2 {
            result.jacobian[i][0] = (g[i] - f[i]) / step;
        }
        if self.ramp.slope != 0.0 {
            let step = if self.positive { 1e-7 } else { -1e-7 };
            let g = self.right_hand_side(voltage + step, y).0;
            for i in 0..2 {
                result.time[i] = (g[i] - f[i]) / step * self.ramp.slope;
            }
        }
        result
    }
}

impl Dynamics<2> for Driven<'_> {
    fn set_origin(&mut self, elapsed: f64) {
        self.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &[f64; 2]) -> ([f64; 2], Instant) {
        let voltage = self.voltage(time);
        let (f, point) = self.right_hand_side(voltage, y);
        let at_bound = self.mode == Mode::AtBound;
        let flags = Flags {
            lower_bound: at_bound && self.positive,
            upper_bound: at_bound && !self.positive,
            compliance: point.limited,
            overheated: point.temperature > OVERHEATED,
            field_capped: false,
        };
        let left_mode = self.margin(time, y) < 0.0;
        (f, Instant { current: point.current.abs(), left_mode, flags })
    }

    fn margin(&mut self, time: f64, y: &[f64; 2]) -> f64 {
        let p = self.parameters;
        match self.mode {
            Mode::AtBound => 1.0,
            Mode::BelowThreshold => -self.field_margin(time, y[0] * NANO),
            Mode::Moving => {
                let room =
                    if self.positive { y[0] - p.minimum_gap / NANO } else { p.maximum_gap / NANO - y[0] };
                room.min(self.field_margin(time, y[0] * NANO))
            }
        }
    }

    fn switch(&mut self, time: f64, y: &mut [f64; 2]) {
        let p = self.parameters;
        self.mode = match self.mode {
            Mode::Moving if self.field_margin(time, y[0] * NANO) < 0.0 => Mode::BelowThreshold,
            Mode::Moving => {
                y[0] = if self.positive { p.minimum_gap } else { p.maximum_gap } / NANO;
                Mode::AtBound
            }
            Mode::BelowThreshold | Mode::AtBound => Mode::Moving,
        };
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}

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
            let mut y = [*gap / NANO, 0.0];
            let motion = drive(&mut driven, &mut y, length, stop, &TOLERANCES)
                .map_err(|stall| total.elapsed + stall.0)?;
            append(&mut total, &motion);
            if length >= remaining && !motion.crossed {
                total.elapsed = segment.duration;
            }
            let kicked = y[0] * NANO + if motion.crossed { 0.0 } else { deviation * stream.normal() };
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
                gap = (y[0] * NANO).clamp(p.minimum_gap, p.maximum_gap);
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
