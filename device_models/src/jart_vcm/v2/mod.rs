//! JART VCM v2: a cell between two Schottky contacts that switches complementarily.
//!
//! Two regions of vacancy concentrations N₁ (at electrode 1) and N₂ exchange a constant number of vacancies
//! by drift and diffusion. The voltage is counted at electrode 1; a positive one moves vacancies
//! from region 1 to region 2. The cell conducts well while both regions are filled and
//! badly when either is empty, so that one sweep shows a SET and a RESET at each polarity.
//!
//! Equations (A = πr²):
//! * dN₁/dt = −I_ion/(z e A l₁), dN₂/dt = I_ion/(z e A l₂)
//! * I_ion = A C \[√(N₁N₂) F_lim sinh(a z e E/2kT) − (a/2)(dN/dx) cosh(a z e E/2kT)\],
//!   C = 2 z e a ν₀ exp(−ΔW_A \[√(1−γ²) + γ asin γ\]/kT), γ = z e E a/(π ΔW_A),
//!   dN/dx = 2 (N₂ − N₁)/l_cell, E = (V_region1 + V_region2)/l_cell
//! * V > 0: F_lim = \[1 − (N₂/N_max)¹⁰\]\[1 − (N_min,1/N₁)¹⁰\]; V < 0: with 1 and 2 exchanged;
//!   N_min = 1/(A l), one vacancy
//! * R_th C_th dT/dt = T₀ + I (V_region1 + V_region2) R_th − T
//! * V = V_contact1 + I \[R_region1 + R_region2 + R_series0 (1 + α_T (T − T₀))\] + V_contact2,
//!   R_region = l exp(ΔE_ac/kT)/(e z N µ_n0 A)
//! * contacts as in the parent module, one of them in reverse direction, with
//!   φ_n = (kT/e) ln\[2 (2π m* kT/h²)^{3/2}/(z N)\]
//!
//! Two departures from the model file. (1) In its first contact the test for the lowering of the barrier
//! takes the contact's voltage with the opposite sign of the formula behind it, so that under forward bias the
//! root of a negative number is possible and under reverse bias the lowering ends; here both contacts
//! follow the second, which is consistent. (2) The file's temperature follows at once; here the filament
//! has a thermal capacitance (1e-18 J/K, that of v1b, τ = 0.9 ps), which decides between the solutions of the contact.
//!
//! | symbol | published value | unit | here |
//! |---|---|---|---|
//! | ε_s, ε_φB | 17, 5.5 | 1 | `permittivity`, `barrier_permittivity` |
//! | φ_Bn01, φ_Bn02 | 0.35, 0.35 | V | `barrier_height_1`, `barrier_height_2` |
//! | µ_n0, ΔE_ac | 3e-5, 0.04 eV | m²/(V s), J | `electron_mobility`, `mobility_energy` |
//! | N_max | 5e27 | m⁻³ | `maximum_concentration` |
//! | (N₁l₁ + N₂l₂)/(l₁ + l₂) | 8.535e26 (N₁ = 17e26, N₂ = 0.07e26) | m⁻³ | `mean_concentration` |
//! | a, ν₀, ΔW_A | 0.5e-9, 4e12, 0.9 eV | m, Hz, J | `hopping_distance`, `attempt_frequency`, `activation_energy` |
//! | R_th | 8.7e5 | K/W | `thermal_resistance` |
//! | r, l_cell, l₁, l₂ | 130e-9, 10e-9, 5e-9, 5e-9 | m | `filament_radius`, `cell_length`, `region_length_1`, `region_length_2` |
//! | R_series0, α_T | 500, 4e-3 | Ω, 1/K | `series_resistance`, `series_temperature_coefficient` |
//!
//! Validity: HfO₂ cells with two oxidation-stable electrodes, quasi-static sweeps to nanosecond pulses, around 300 K.
//! Diffusion goes on at 0 V: an imbalance decays with the rate C a/(z e l_cell) (1/l₁ + 1/l₂).
//!
//! References: C. La Torre, A. F. Zurhelle, T. Breuer, R. Waser, S. Menzel, IEEE Trans. Electron Devices 66,
//! 1268 (2019), doi:10.1109/TED.2019.2892997, and the Verilog-A file JART VCM v2.
//! Pinned by: `tests/jart_v2.rs`, `tests/properties.rs`.

mod circuit;
mod dynamics;
mod parameters;

use numerics::rng::Stream;
use numerics::rosenbrock::Tolerances;

use self::circuit::Cell;
use self::dynamics::{Driven, branch};
pub use self::parameters::{PARAMETERS, Parameters};
use crate::error::DeviceError;
use crate::jart_vcm::contact::Solution;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Stop, append, check, drive, split_at_zero};

/// The model's name in cards.
pub const NAME: &str = "jart_vcm_v2";

const VARIABLES: &[StateVariable] = &[
    StateVariable {
        name: "vacancy_concentration_1",
        unit: "1/m^3",
        long_name: "concentration of oxygen vacancies in region 1",
    },
    StateVariable {
        name: "vacancy_concentration_2",
        unit: "1/m^3",
        long_name: "concentration of oxygen vacancies in region 2",
    },
    StateVariable { name: "temperature", unit: "K", long_name: "temperature of the filament" },
    StateVariable {
        name: "contact_voltage",
        unit: "V",
        long_name: "voltage across the contact in forward direction (memory of the current's branch)",
    },
];

const SPREAD: &[&str] = &["filament_radius", "electron_mobility"];

const TOLERANCES: Tolerances<3> = Tolerances { relative: [0.0, 1e-5, 1e-4], absolute: [1e-5, 1e-3, 1e-30] };

/// JART VCM v2 with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct JartVcmV2 {
    parameters: Parameters,
}

impl JartVcmV2 {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self { parameters }
    }

    fn solve(cell: &Cell, state: &[f64; 4], voltage: f64, surroundings: &Surroundings) -> Option<Solution> {
        let (n, temperature) = ([state[0], state[1]], state[2]);
        let positive = voltage >= 0.0;
        let memory = if (state[3] > 0.0) == positive { state[3] } else { 0.0 };
        let around = (surroundings.ambient_temperature, surroundings.limit);
        let chain = cell.chain(n, temperature, around, positive);
        let branch = branch(cell, n, temperature, surroundings, memory, positive);
        let solution = circuit::solve(&chain, voltage, positive, branch, memory)?;
        if solution.missing {
            circuit::solve(&chain, voltage, positive, branch.other(), memory)
        } else {
            Some(solution)
        }
    }
}

impl DeviceModel for JartVcmV2 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        VARIABLES
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        SPREAD
    }

    /// From the state of the card (region 1 full) a positive voltage fills region 2 first.
    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn conductance_is_memory(&self) -> bool {
        false
    }

    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        Cell::new(&self.parameters, spread).bounds()
    }

    fn rest(&self, slow: f64, surroundings: &Surroundings) -> Vec<f64> {
        let second = Cell::new(&self.parameters, &[]).second(slow);
        vec![slow, second, surroundings.ambient_temperature, 0.0]
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(NAME, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        let held = [state[0], state[1], state[2], state[3]];
        let solution = Self::solve(&Cell::new(&self.parameters, spread), &held, voltage, surroundings)
            .filter(|s| s.current.is_finite() && s.voltage.is_finite())
            .ok_or_else(|| DeviceError::NoOperatingPoint { model: NAME, voltage, state: state.to_vec() })?;
        Ok(OperatingPoint {
            voltage: solution.voltage,
            current: solution.current,
            differential_conductance: solution.slope,
            temperature: held[2],
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
        check(NAME, state, VARIABLES.len(), segment)?;
        let cell = Cell::new(&self.parameters, spread);
        let (low, high) = cell.bounds();
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        total.flags.lower_bound = state[0] < low;
        total.flags.upper_bound = state[0] > high;
        let mut held = [state[0].clamp(low, high), state[1].max(cell.lowest().1), state[2], state[3]];
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count) {
            let (mut driven, mut y) = Driven::new(cell, part, surroundings, &held);
            let result = drive(&mut driven, &mut y, part.duration, &mut stop, &TOLERANCES);
            let n = driven.concentrations(&y);
            held = [n[0].clamp(low, high), n[1], y[1], driven.contact_voltage];
            match result {
                Ok(motion) => append(&mut total, &motion),
                Err(stall) => {
                    let time = total.elapsed + stall.0;
                    let voltage = segment.voltage_at(time);
                    outcome = Err(DeviceError::Stalled { model: NAME, time, voltage, state: held.to_vec() });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        state.copy_from_slice(&held);
        outcome.map(|()| total)
    }
}
