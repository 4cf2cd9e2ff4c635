//! SkyWater sky130 ReRAM cell: the thickness T_f of a filament in an oxide. **SET above zero, RESET
//! below**.
//!
//! Equations (Verilog-A cell `sky130_fd_pr_reram__reram_cell`, Apache-2.0; written anew here):
//! * dT_f/dt = v \[exp(−(E_gen − γ a₀ e V/T_ox)/kT) − exp(−(E_rec + γ a₀ e V/T_ox)/kT)\]
//! * γ = γ_k0 + γ_k1 ((T_ox − T_f)/1 nm)³
//! * I = I_k1 exp(−(T_ox − T_f)/(T_ox − T_f,ref)) sinh(V/V_ref)
//! * dT/dt = |V I|/C_th − (T − T₀)/τ_th
//!
//! The published cell integrates both states with its own first-order step of at most 1 ns, longer than
//! τ_th, so that its results depend on the step; here both are integrated with error control and the
//! bounds are located events.
//!
//! | symbol | published | unit | here |
//! |---|---|---|---|
//! | T_ox; T_f | 5e-9; 3.3e-9 to 4.9e-9 | m | `oxide_thickness`; `minimum_filament`, `maximum_filament` |
//! | E_gen, E_rec | 1.501 eV, 1.500 eV | J | `generation_energy`, `recombination_energy` |
//! | I_k1, T_f,ref, V_ref | 6.14e-5, 4.7249e-9, 0.43 | A, m, V | `reference_current`, `reference_filament`, `voltage_scale` |
//! | v, a₀ | 150, 0.25e-9 | m/s, m | `velocity`, `hopping_distance` |
//! | γ_k0, −γ_k1 | 16.5, 1.25 | 1 | `field_enhancement`, `gap_sensitivity` |
//! | C_th, τ_th | 3.1825e-16, 0.23e-9 | J/K, s | `thermal_capacitance`, `thermal_time` |
//!
//! Validity: the 130 nm process' cell, nanoseconds to milliseconds. Above 1500 K the flag `overheated`
//! is set, nothing is clamped. No noise.
//!
//! References: SkyWater PDK authors, skywater-pdk-libs-sky130_fd_pr_reram,
//! <https://github.com/google/skywater-pdk-libs-sky130_fd_pr_reram> (no DOI); form of the equations:
//! Z. Jiang et al., IEEE TED 63, 1884 (2016), doi:10.1109/TED.2016.2545412.
//! Pinned by: `tests/sky130_published.rs`, `tests/properties.rs`.

mod dynamics;
mod parameters;

use numerics::rng::Stream;
use numerics::rosenbrock::Tolerances;

use self::dynamics::{Driven, SCALE, share};
pub use self::parameters::{PARAMETERS, Parameters};
use crate::error::DeviceError;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Ramp, Stop, append, check, drive, split_at_zero};

/// The model's name in cards.
pub const NAME: &str = "sky130_reram";
/// Above this temperature (K) the model is not meaningful: flagged, not clamped.
pub const OVERHEATED: f64 = 1500.0;

const VARIABLES: &[StateVariable] = &[
    StateVariable { name: "filament_thickness", unit: "m", long_name: "thickness of the filament" },
    StateVariable { name: "temperature", unit: "K", long_name: "temperature of the filament" },
];
const SPREAD: &[&str] = &["reference_current", "velocity", "minimum_filament", "maximum_filament"];
const TOLERANCES: Tolerances<3> = Tolerances { relative: [0.0, 1e-5, 1e-4], absolute: [1e-5, 1e-3, 1e-30] };

/// The SkyWater cell with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct Sky130Reram {
    parameters: Parameters,
}

impl Sky130Reram {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters }
    }

    fn cell(&self, spread: &[f64]) -> Parameters {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let p = self.parameters;
        Parameters {
            reference_current: p.reference_current * factor(0),
            velocity: p.velocity * factor(1),
            minimum_filament: p.minimum_filament * factor(2),
            maximum_filament: p.maximum_filament * factor(3),
            ..p
        }
    }
}

impl DeviceModel for Sky130Reram {
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
        let p = self.cell(spread);
        (p.minimum_filament, p.maximum_filament)
    }

    fn rest(&self, slow: f64, surroundings: &Surroundings) -> Vec<f64> {
        vec![slow, surroundings.ambient_temperature]
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(NAME, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        let p = self.cell(spread);
        let share = share(&p, state[0], voltage, surroundings);
        let ratio = share.voltage / p.voltage_scale;
        let prefactor = p.prefactor(state[0]);
        let point = OperatingPoint {
            voltage: share.voltage.copysign(voltage),
            current: (prefactor * ratio.sinh()).copysign(voltage),
            differential_conductance: prefactor * ratio.cosh() / p.voltage_scale,
            temperature: state[1],
            limited: share.limited,
        };
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
        _noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        check(NAME, state, VARIABLES.len(), segment)?;
        let p = self.cell(spread);
        let (low, high) = (p.minimum_filament, p.maximum_filament);
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        total.flags.lower_bound = state[0] < low;
        total.flags.upper_bound = state[0] > high;
        let mut y = [state[0].clamp(low, high) / SCALE, state[1], 0.0];
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count) {
            let positive = part.start_voltage + part.end_voltage > 0.0;
            let mut driven = Driven::new(p, Ramp::new(part), positive, &y, surroundings);
            match drive(&mut driven, &mut y, part.duration, &mut stop, &TOLERANCES) {
                Ok(motion) => append(&mut total, &motion),
                Err(stall) => {
                    let time = total.elapsed + stall.0;
                    let (voltage, state) = (segment.voltage_at(time), vec![y[0] * SCALE, y[1]]);
                    outcome = Err(DeviceError::Stalled { model: NAME, time, voltage, state });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        state[0] = (y[0] * SCALE).clamp(low, high);
        state[1] = y[1];
        outcome.map(|()| total)
    }
}
