//! JART VCM v1b: a filamentary valence-change cell with one concentration of oxygen vacancies.
//!
//! A Schottky contact, a disc (length l) whose vacancy concentration N is the state, a plug of
//! fixed concentration and a line are in series; the filament is one thermal node. The voltage is
//! counted at the active electrode: **SET below zero, RESET above**.
//!
//! Other members of the family: [`v1`] (and v1 generic), [`v2`] with two contacts, [`discrete`] with single
//! vacancies; [`explicit`] is this model by a fit of the current where that is accurate, [`read_noise`] what its
//! version readvar adds to a read.
//!
//! Equations (A = πr²):
//! * dN/dt = −I_ion/(z e A l), I_ion = z e c a ν₀ A F_lim \[exp(−ΔW_min/kT) − exp(−ΔW_max/kT)\],
//!   c = (N_plug + N)/2
//! * ΔW_min,max = ΔW_A \[√(1−γ²) ∓ γπ/2 + γ asin γ\], γ = z e E a/(π ΔW_A)
//! * E = V_disc/l (SET), (V_sch + V_disc + V_plug)/l_cell (RESET)
//! * F_lim = 1 − (N/N_max)¹⁰ (SET), 1 − (N_min/N)¹⁰ (RESET). The model family also knows a hard
//!   stop at both bounds; the power form is smooth, needs no event and differs visibly only
//!   within 10 % of a bound.
//! * R_th C_th dT/dt = T₀ + I (V_sch + V_disc + V_plug) R_th − T, R_th = R_th0 (r_det/r)², times
//!   R_theff,scaling for RESET
//! * V = V_sch + I \[R_disc + R_plug + R_TiOx + R₀(1 + R₀ α_line I² R_th,line)\],
//!   R_disc = l/(e z N µ_n A), R_plug = (l_cell − l)/(e z N_plug µ_n A)
//! * Contact: see the submodule `contact`; with φ_B the lowered barrier, forward
//!   I = A A* T² exp(−eφ_B/kT)\[exp(eV_sch/kT) − 1\]; reverse
//!   I = −A A* (T/k) √(π W₀₀ e\[|V_sch| + φ_B/cosh²(W₀₀/kT)\]) exp(−eφ_B/W₀)\[exp(e|V_sch|/ε′) − 1\],
//!   W₀₀ = (eh/4π)√(zN/(m* ε_s ε₀)), W₀ = W₀₀ coth(W₀₀/kT), ε′ = W₀₀/\[W₀₀/kT − tanh(W₀₀/kT)\]
//!
//! A current limit in series ([`crate::limit`]) takes part in the same chain of voltages.
//!
//! | symbol | value in the published fit | unit | here |
//! |---|---|---|---|
//! | ε_s, ε_φB | 17, 5.5 | 1 | `permittivity`, `barrier_permittivity` |
//! | φ_Bn0, φ_n | 0.18, 0.10 | V | `barrier_height`, `fermi_depth` |
//! | µ_n | 4e-6 | m²/(V s) | `electron_mobility` |
//! | N_min, N_max, N_plug | 8e23, 2e27, 2e27 | m⁻³ | `minimum_concentration`, `maximum_concentration`, `plug_concentration` |
//! | a, ν₀, ΔW_A | 0.25e-9, 2e13, 1.35 eV | m, Hz, J | `hopping_distance`, `attempt_frequency`, `activation_energy` |
//! | R_th0 | 15.72e6 (kinetics), 10e6 (quasi-static) | K/W | `thermal_resistance` |
//! | R_theff,scaling | 0.27 | 1 | `reset_thermal_scaling` |
//! | C_th | 1e-18 | J/K | `thermal_capacitance` |
//! | r, l_cell, l | 45e-9, 3e-9, 0.4e-9 | m | `filament_radius`, `cell_length`, `disc_length` |
//! | R_TiOx, R₀ | 650, 719.2437 | Ω | `oxide_resistance`, `line_resistance` |
//! | R_th,line, α_line | 90471.47, 3.92e-3 | K/W, 1/K | `line_thermal_resistance`, `line_temperature_coefficient` |
//! | A*, m*, z | 6.01e5, 9.10938e-31, 2 | A/(m²K²), kg, 1 | `richardson_constant`, `effective_mass`, `charge_number` |
//!
//! Validity: fitted to Pt/HfO₂/TiOx/Ti cells, |V| ≤ 1.5 V, 1 ns to seconds, around 300 K. At zero bias
//! nothing moves: the model has no retention loss. Beyond 1500 K the flag `overheated` is set
//! and nothing is clamped; at γ ≥ 1 the hopping barrier is gone, γ is held at 1 and
//! `field_capped` is set. Where the forward current has three solutions, the branch of the
//! remembered V_sch is kept until it ends.
//!
//! References: F. Cüppers et al., APL Materials 7, 091105 (2019), doi:10.1063/1.5108654;
//! C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502; JART VCM v1b data,
//! doi:10.26165/JUELICH-DATA/LUA8QY.
//! Pinned by: `tests/jart_published.rs`, `tests/jart_thermal.rs`, `tests/properties.rs`.

mod cell;
mod contact;
#[cfg(test)]
mod dc_roots;
pub mod discrete;
mod dynamics;
pub mod explicit;
mod parameters;
mod poisson;
pub mod read_noise;
pub mod v1;
pub mod v2;

use numerics::rng::Stream;
use numerics::rosenbrock::Tolerances;

pub use self::discrete::JartVcmV1bDiscrete;
pub use self::parameters::{NAME, PARAMETERS, Parameters};
pub use self::v2::JartVcmV2;

use self::cell::{Cell, Circuit, Version};
use self::contact::{Branch, Solution};
use self::dynamics::Driven;
use self::explicit::Tiered;
use crate::error::DeviceError;
use crate::model::{
    Crossing, DeviceModel, Flags, Morph, Motion, OperatingPoint, Segment, StateVariable, Surroundings,
};
use crate::motion::{Stall, Stop, append, check, drive, split_at_zero};

/// Above this temperature (K) the filament would melt: flagged, not clamped.
pub const OVERHEATED: f64 = 1500.0;
/// A concentration within this share of a bound counts as having reached it.
const AT_BOUND: f64 = 1e-3;

const VARIABLES: &[StateVariable] = &[
    StateVariable {
        name: "vacancy_concentration",
        unit: "1/m^3",
        long_name: "concentration of oxygen vacancies in the disc",
    },
    StateVariable { name: "temperature", unit: "K", long_name: "temperature of the filament" },
    StateVariable {
        name: "schottky_voltage",
        unit: "V",
        long_name: "voltage across the Schottky contact (memory of the current's branch)",
    },
];

const SPREAD: &[&str] = &["filament_radius", "disc_length", "minimum_concentration", "maximum_concentration"];

const TOLERANCES: Tolerances<3> = Tolerances { relative: [0.0, 1e-5, 1e-4], absolute: [1e-5, 1e-3, 1e-30] };

/// JART VCM v1b with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct JartVcmV1b {
    parameters: Parameters,
    name: &'static str,
    version: Version,
    explicit: bool,
}

impl JartVcmV1b {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self::named(parameters, NAME)
    }

    /// The explicit tier: the same by a fit of the current where that is accurate ([`explicit`]).
    pub fn explicit(parameters: Parameters) -> Self {
        Self { explicit: true, ..Self::named(parameters, explicit::NAME) }
    }

    /// The same for a version of the model, which errors name.
    fn named(parameters: Parameters, name: &'static str) -> Self {
        Self { parameters, name, version: Version::V1b, explicit: false }
    }

    /// JART VCM v1 ([`v1`]).
    pub fn v1(parameters: &v1::Parameters) -> Self {
        Self { version: Version::V1, ..Self::named(parameters.common(), v1::NAME) }
    }

    /// JART VCM v1 generic ([`v1`]).
    pub fn v1_generic(parameters: &v1::Parameters) -> Self {
        Self { version: Version::V1Generic, ..Self::named(parameters.common(), v1::GENERIC) }
    }

    fn cell(&self, spread: &[f64]) -> Cell {
        Cell::new(&self.parameters, spread).of(self.version)
    }

    /// The parameters.
    pub fn parameters(&self) -> &Parameters {
        &self.parameters
    }

    fn part(
        &self,
        cell: &Cell,
        state: &mut [f64; 3],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: &mut Stop,
    ) -> Result<Motion, Stall> {
        let [concentration, temperature, schottky_voltage] = *state;
        if segment.start_voltage == 0.0 && segment.end_voltage == 0.0 {
            *state = cell.cool(*state, segment.duration, surroundings.ambient_temperature);
            let crossed = stop.met(0.0);
            let elapsed = if crossed { 0.0 } else { segment.duration };
            return Ok(Motion { elapsed, crossed, ..Motion::default() });
        }
        let mut y = Driven::to_vector(concentration, temperature);
        let tiered = if self.explicit { Tiered::new(cell, segment, surroundings, *state) } else { None };
        let (driven, result) = if let Some(mut tiered) = tiered {
            let result = drive(&mut tiered, &mut y, segment.duration, stop, &TOLERANCES);
            tiered.hand_over(0.0, &mut y);
            (tiered.driven, result)
        } else {
            let mut driven = Driven { circuit: Circuit::new(cell, segment, surroundings, schottky_voltage) };
            let result = drive(&mut driven, &mut y, segment.duration, stop, &TOLERANCES);
            (driven, result)
        };
        *state = [Driven::concentration(&y), y[1], driven.circuit.schottky_voltage];
        result
    }

    fn move_cell(
        &self,
        cell: &Cell,
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
    ) -> Result<Motion, DeviceError> {
        check(self.name, state, VARIABLES.len(), segment)?;
        let (low, high) = (cell.parameters.minimum_concentration, cell.parameters.maximum_concentration);
        let mut held = [state[0], state[1], state[2]];
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count) {
            held[0] = clamped(held[0], low, high, &mut total.flags);
            match self.part(cell, &mut held, part, surroundings, &mut stop) {
                Ok(motion) => append(&mut total, &motion),
                Err(Stall(time)) => {
                    let time = total.elapsed + time;
                    outcome = Err(DeviceError::Stalled {
                        model: self.name,
                        time,
                        voltage: segment.voltage_at(time),
                        state: held.to_vec(),
                    });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        // The limiting function is zero at a bound; only rounding and the accepted error cross it.
        held[0] = clamped(held[0], low, high, &mut total.flags);
        state.copy_from_slice(&held);
        outcome.map(|()| total)
    }

    fn solve(cell: &Cell, state: [f64; 3], voltage: f64, surroundings: &Surroundings) -> Option<Solution> {
        let [concentration, temperature, schottky_voltage] = state;
        let electrons = cell.electrons(temperature, surroundings.ambient_temperature);
        let contact = cell.contact(concentration, electrons);
        let series = cell.series(concentration, surroundings.limit);
        let branch =
            if voltage > 0.0 && schottky_voltage >= contact.critical { Branch::High } else { Branch::Low };
        let solution = contact.solve(&series, voltage, branch, schottky_voltage)?;
        if solution.missing {
            contact.solve(&series, voltage, branch.other(), schottky_voltage)
        } else {
            Some(solution)
        }
    }
}

impl DeviceModel for JartVcmV1b {
    fn name(&self) -> &'static str {
        self.name
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        VARIABLES
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        SPREAD
    }

    fn set_polarity(&self) -> f64 {
        -1.0
    }

    fn single_vacancy(&self, spread: &[f64]) -> Option<f64> {
        Some(1.0 / self.cell(spread).volume())
    }

    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        let cell = self.cell(spread);
        (cell.parameters.minimum_concentration, cell.parameters.maximum_concentration)
    }

    fn rest(&self, slow: f64, surroundings: &Surroundings) -> Vec<f64> {
        vec![slow, surroundings.ambient_temperature, 0.0]
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(self.name, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        let held = [state[0], state[1], state[2]];
        let cell = self.cell(spread);
        let solution = Self::solve(&cell, held, voltage, surroundings)
            .filter(|s| s.current.is_finite() && s.voltage.is_finite())
            .ok_or_else(|| DeviceError::NoOperatingPoint {
                model: self.name,
                voltage,
                state: state.to_vec(),
            })?;
        Ok(OperatingPoint {
            voltage: solution.voltage,
            current: solution.current,
            differential_conductance: solution.slope,
            temperature: held[1],
            limited: solution.limited,
        })
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
        let cell = self.cell(spread);
        self.move_cell(&cell, state, segment, surroundings, stop)
    }

    fn advance_morphing(
        &self,
        morph: &Morph,
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        _noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        let cell = Cell::morphing(&self.parameters, morph).of(self.version);
        self.move_cell(&cell, state, segment, surroundings, stop)
    }
}

fn clamped(value: f64, low: f64, high: f64, flags: &mut Flags) -> f64 {
    flags.lower_bound |= value < low;
    flags.upper_bound |= value > high;
    value.clamp(low, high)
}
