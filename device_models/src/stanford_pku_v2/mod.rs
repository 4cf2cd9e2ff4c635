//! Stanford–PKU model 2.0.0 Beta: a filament with two states, its gap x to the electrode and its width w.
//! **SET above zero, RESET below**.
//!
//! Equations:
//! * SET, x > 0: dx/dt = −a f exp(−(E_a − Z e V_g α/x)/kT), at most v_max in size
//! * SET, x = 0: dw/dt = (w_eff + w_eff²/2w) f exp(−(E_a − Z e V α/L₀)/kT), at most v_max, until w = W_CF
//! * RESET: dx/dt = min{a f exp(−(E_i + r Z e V_g)/kT), a f exp(−E_h/kT) sinh(−α_h Z e V_g/(x kT))} until
//!   x = L₀; w keeps its value
//! * I = I₁ + I₀ (π w²/4) exp(−x/X_T) sinh(V_g/V_T), I₁ = I₀ π (W_CF² − w²)/4 exp(−L₀/X_T) sinh(V/V_T);
//!   in SET at x = 0: I = I₁ + V/R_CF
//! * V_g = V − (I − I₁) R_CF, R_CF = ρ (L₀ − x)/(π w²/4)
//! * T = T₀ + |I V| R_th
//! * noise: in RESET at x ≥ x_crit dx = … + √(2D) dW, D = ½ δ_gap² τ; in SET at x = 0 dw alike with δ_CF
//!
//! The file adds a random velocity per time step of the simulator and names no step; here the amplitudes
//! are taken at τ = 1 ns as in version 1, and the spread is the same at every step. Bounds and the
//! touch of the filament are located events.
//!
//! | symbol | published value | unit | here |
//! |---|---|---|---|
//! | a, f | 0.25e-9, 1e13 | m, Hz | `hopping_distance`, `attempt_frequency` |
//! | E_a, E_h, E_i | 0.7, 1.12, 0.82 eV | J | `generation_energy`, `ion_hopping_energy`, `interface_energy` |
//! | r, Z | 1.5, 1 | 1 | `interface_enhancement`, `charge_number` |
//! | α, α_h | 0.75e-9, 0.75e-9 | m | `generation_lever`, `hopping_lever` |
//! | X_T, V_T | 0.4e-9, 0.4 | m, V | `gap_scale`, `voltage_scale` |
//! | I₀ | 1e13 | A/m² | `current_density` |
//! | L₀, w₀, w_eff, W_CF | 3e-9, 0.5e-9, 0.5e-9, 5e-9 | m | `layer_thickness`, `initial_width`, `extension_width`, `maximum_width` |
//! | ρ | 1.9635e-5 | Ω m | `resistivity` |
//! | R_th | 5e5 | K/W | `thermal_resistance` |
//! | v_max | 100 | m/s | `maximum_velocity` |
//! | δ_gap, δ_CF, x_crit | 4e-5, 1e-4, 0.5e-9 | m/s, m/s, m | `gap_noise`, `width_noise`, `noise_gap` |
//!
//! Validity: HfOx-based cells, nanoseconds to seconds. The rate of SET has no reverse process: at a
//! vanishing positive voltage the gap still closes (0.6 s at 300 K), at exactly 0 V nothing moves. A cell
//! at rest has the width w₀ until it has been SET. Where the velocity is capped `field_capped` is set,
//! beyond 1500 K `overheated`.
//!
//! References: H. Li et al., IEEE Electron Device Letters 35, 211 (2014), doi:10.1109/LED.2013.2293354; the
//! Verilog-A file 2.0.0 Beta.
//! Pinned by: `tests/stanford_v2.rs`, `tests/properties.rs`.

mod cell;
mod dynamics;
mod parameters;

use numerics::rng::Stream;
use numerics::rosenbrock::Tolerances;

use self::dynamics::{Driven, Mode, SCALE, Vector};
pub use self::parameters::{PARAMETERS, Parameters};
use crate::error::DeviceError;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Stop, append, check, drive, split_at_zero};
use crate::scalar::pieces;

/// The model's name in cards.
pub const NAME: &str = "stanford_pku_v2";
/// Above this temperature (K) the model is not meaningful: flagged, not clamped.
const OVERHEATED: f64 = 1500.0;
/// Largest motion of gap or width in one sub-step of noisy motion, m.
const RESOLUTION: f64 = 0.02e-9;

/// Pieces into which a ramp is cut: the power varies by decades while the state rests, and the estimated error
/// of the energy may vanish by chance over a long step.
const RAMP_PIECES: u32 = 16;

const VARIABLES: &[StateVariable] = &[
    StateVariable {
        name: "filament_gap",
        unit: "m",
        long_name: "gap between the filament's tip and the electrode",
    },
    StateVariable { name: "filament_width", unit: "m", long_name: "width of the filament" },
];

const SPREAD: &[&str] = &["current_density", "resistivity"];

const TOLERANCES: Tolerances<3> = Tolerances { relative: [0.0, 0.0, 1e-4], absolute: [1e-5, 1e-5, 1e-30] };

/// The Stanford–PKU model 2.0.0 Beta with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct StanfordPkuV2 {
    parameters: Parameters,
}

impl StanfordPkuV2 {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters }
    }

    fn cell(&self, spread: &[f64]) -> Parameters {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let p = self.parameters;
        Parameters {
            current_density: p.current_density * factor(0),
            resistivity: p.resistivity * factor(1),
            ..p
        }
    }

    /// One ramp of constant polarity, with kicks in between where there is noise.
    fn part(
        p: Parameters,
        y: &mut Vector,
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        mut noise: Option<&mut Stream>,
    ) -> Result<Motion, f64> {
        let mut total = Motion::default();
        while total.elapsed < segment.duration && !total.crossed {
            let remaining = segment.duration - total.elapsed;
            let from = segment.voltage_at(total.elapsed);
            let here = Segment { start_voltage: from, end_voltage: segment.end_voltage, duration: remaining };
            let mut driven = Driven::new(p, &here, surroundings, y);
            let (length, kick) = match noise {
                Some(_) => sub_step(&p, &mut driven, y, &here, segment.duration),
                None => (remaining, [0.0; 2]),
            };
            if total.elapsed + length <= total.elapsed {
                return Err(total.elapsed);
            }
            let motion =
                drive(&mut driven, y, length, stop, &TOLERANCES).map_err(|stall| total.elapsed + stall.0)?;
            append(&mut total, &motion);
            if length >= remaining && !motion.crossed {
                total.elapsed = segment.duration;
            }
            if let Some(stream) = noise.as_deref_mut()
                && !total.crossed
            {
                let high = [p.layer_thickness / SCALE, p.maximum_width / SCALE];
                for i in 0..2 {
                    if kick[i] > 0.0 {
                        y[i] = (y[i] + kick[i] * stream.normal()).clamp(0.0, high[i]);
                    }
                }
                y[1] = y[1].max(p.initial_width / SCALE);
            }
        }
        Ok(total)
    }
}

/// Length of the next noisy sub-step, s, and the standard deviations of its kicks, in the units of the
/// integration.
fn sub_step(
    p: &Parameters,
    driven: &mut Driven<'_>,
    y: &Vector,
    here: &Segment,
    total: f64,
) -> (f64, [f64; 2]) {
    let mut length = here.duration;
    if (here.end_voltage - here.start_voltage).abs() > 0.0 {
        length = length.min(total / 200.0);
    }
    let Some((at, speed)) = driven.at(here.start_voltage, y) else { return (length, [0.0; 2]) };
    let fastest = speed.gap.abs().max(speed.width.abs());
    if fastest > 0.0 {
        length = length.min(RESOLUTION / fastest);
    }
    let moving = at.point.voltage != 0.0;
    let opening = moving && at.point.voltage < 0.0 && driven.mode == Mode::Gap;
    let noisy = opening && y[0] * SCALE >= p.noise_gap;
    let amplitudes = [
        if noisy { p.gap_noise } else { 0.0 },
        if moving && driven.mode == Mode::Width { p.width_noise } else { 0.0 },
    ];
    let diffusion = amplitudes.map(|amplitude| 0.5 * amplitude * amplitude * p.noise_time);
    for d in diffusion {
        if d > 0.0 {
            length = length.min(0.5 * RESOLUTION * RESOLUTION / d);
        }
    }
    (length, diffusion.map(|d| (2.0 * d * length).sqrt() / SCALE))
}

impl DeviceModel for StanfordPkuV2 {
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

    fn conductance_is_memory(&self) -> bool {
        false
    }

    fn moves_at_random(&self) -> bool {
        let p = &self.parameters;
        p.noise_time > 0.0 && p.gap_noise.max(p.width_noise) > 0.0
    }

    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        (0.0, self.cell(spread).layer_thickness)
    }

    fn rest(&self, slow: f64, _surroundings: &Surroundings) -> Vec<f64> {
        vec![slow, self.parameters.initial_width]
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(NAME, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        let closed = voltage > 0.0 && state[0] <= 0.0;
        self.cell(spread)
            .electrical([state[0], state[1]], closed, voltage, surroundings)
            .map(|at| at.point)
            .ok_or_else(|| DeviceError::NoOperatingPoint { model: NAME, voltage, state: state.to_vec() })
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
        let p = self.cell(spread);
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        total.flags.lower_bound = state[0] < 0.0;
        total.flags.upper_bound = state[0] > p.layer_thickness;
        let width = state[1].clamp(p.initial_width, p.maximum_width);
        let mut y = [state[0].clamp(0.0, p.layer_thickness) / SCALE, width / SCALE, 0.0];
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count).flat_map(|part| pieces(part, RAMP_PIECES)) {
            y[2] = 0.0;
            match Self::part(p, &mut y, &part, (surroundings, &mut stop), noise.as_deref_mut()) {
                Ok(motion) => append(&mut total, &motion),
                Err(time) => {
                    let time = total.elapsed + time;
                    let (voltage, state) = (segment.voltage_at(time), vec![y[0] * SCALE, y[1] * SCALE]);
                    outcome = Err(DeviceError::Stalled { model: NAME, time, voltage, state });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        state[0] = (y[0] * SCALE).clamp(0.0, p.layer_thickness);
        state[1] = (y[1] * SCALE).clamp(p.initial_width, p.maximum_width);
        outcome.map(|()| total)
    }
}
