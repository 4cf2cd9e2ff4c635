//! ECM model: a metal filament that grows through an insulator by electrodeposition and dissolves
//! again, seen as the gap x between its tip and the active electrode. **SET above zero, RESET below**.
//!
//! Equations (JART ECM v1), V_T = kT/e, A = π r²:
//! * reaction at the active electrode: I_ion = i_ac \[exp((1−α_et) z η/V_T) − 1\] (SET),
//!   i_ac \[exp(α_et z η/V_T) − 1\] (RESET, magnitudes); at the filament with i_fil and the two
//!   coefficients exchanged; i = A z e c k_0,et exp(−ΔG_et/kT)
//! * hopping between: I_ion = A_ion 2 z e c a f exp(−ΔG_hop/kT) sinh(a z η_hop/(2 V_T x))
//! * electrons in parallel to all three: I_el = V_x (K₁/x) exp(−K₂ x),
//!   K₁ = 2.7 A_fil · (3/2) √(2 m E_b) (e/h)², K₂ = 4π √(2 m E_b)/h, E_b = e φ − χ
//! * ohmic: V = V_x + (I_ion + I_el) \[ρ_AE (L − x)/A_fil + R_electrodes + R_s\]
//! * nucleation, while the filament is shorter than a: dx/dt = −a/t_nuc,
//!   t_nuc = t_0,nuc exp(ΔG_nuc/kT − (N_c + α_nuc) z V_x/V_T)
//! * growth and dissolution: dx/dt = −M_Me/(z e ρ_m A_fil) I_ion
//!
//! **Not in the published model**, which stops at x = r_at and cannot dissolve the contact:
//! * the contact below the atomic radius, conductance quantisation and the transition to a wire
//!   (`contact.rs`, with its sources); above ½ G₀ they also act at x > r_at, in steps around the
//!   published conductance;
//! * RESET from the contact: ions leave the neck by the same reactions, at the voltage the contact
//!   drops, and the gap opens again;
//! * where nucleation is faster than the reactions supply metal (above about 0.25 V with the published
//!   set) the supply limits: 1/|dx/dt| is the sum of both.
//!
//! | symbol | published set (Ag) | unit | here |
//! |---|---|---|---|
//! | L, F | 30e-9, 40e-9 | m | `insulator_thickness`, `electrode_edge` |
//! | t_AE, t_IE | 10e-9, 20e-9 | m | `active_electrode_thickness`, `inert_electrode_thickness` |
//! | ρ_AE, ρ_IE | 1.7e-8, 1.06e-7 | Ω m | `active_resistivity`, `inert_resistivity` |
//! | ρ_m, M_Me, r_at, z | 10.49e3, 1.79e-25, 0.172e-9, 1 | kg/m³, kg, m, 1 | `mass_density`, `atomic_mass`, `atomic_radius`, `charge_number` |
//! | r_ac, r_fil, r_ion | 16e-9, 2e-9, 2e-9 | m | `active_radius`, `filament_radius`, `ion_radius` |
//! | a, f, ΔG_hop | 0.25e-9, 2.43e15, 0.32 eV | m, Hz, J | `hopping_distance`, `attempt_frequency`, `hopping_energy` |
//! | α_et, ΔG_et, k_0,et, c | 0.3, 0.6 eV, 1.93e5, 1.45e29 | 1, J, m/s, m⁻³ | `transfer_coefficient`, `transfer_energy`, `transfer_velocity`, `ion_concentration` |
//! | e φ, χ, m_r | 4.5 eV, 0.9 eV, 0.023 | J, J, 1 | `work_function`, `electron_affinity`, `effective_mass` |
//! | t_0,nuc, ΔG_nuc, N_c, α_nuc | 2e-8, 0.8 eV, 3, 0.3 | s, J, 1, 1 | `nucleation_time`, `nucleation_energy`, `nucleus_ions`, `nucleation_coefficient` |
//! | R_s, l_0 | 1e6, 0.01e-9 | Ω, m | `series_resistance`, `start_length` |
//! | x_min, w | 0.01e-9, 0.05 | m, 1 | `minimum_gap`, `channel_width` (extension) |
//!
//! Validity: isothermal (the ambient temperature), one filament of constant radius, 0.05 to 1 V,
//! nanoseconds to 1e3 s. The published f, k_0,et and c lie outside the ranges that the model file itself
//! documents; cards with them are read with a warning. There is no retention loss: at 0 V no net
//! current flows.
//!
//! References: S. Menzel, S. Tappertzhofen, R. Waser, I. Valov, Phys. Chem. Chem. Phys. 15, 6945 (2013),
//! doi:10.1039/C3CP50738F; S. Menzel, U. Böttger, R. Waser, J. Appl. Phys. 111, 014501 (2012),
//! doi:10.1063/1.3673239.
//! Pinned by: `tests/ecm_published.rs`, `tests/ecm_contact.rs`, `tests/properties.rs`.

mod contact;
mod current;
mod parameters;

pub use self::contact::CONDUCTANCE_QUANTUM;
use self::current::Circuit;
pub use self::parameters::{PARAMETERS, Parameters};

use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::scalar::{Law, Scalar};

/// The model's name in cards.
pub const NAME: &str = "ecm";

/// The ECM model with the parameters of one card.
pub type Ecm = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] = &[StateVariable {
        name: "filament_gap",
        unit: "m",
        long_name: "gap between the filament's tip and the active electrode",
    }];
    const SPREAD: &'static [&'static str] =
        &["filament_radius", "active_radius", "transfer_energy", "nucleation_energy"];
    const SCALE: f64 = 1e-9;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            filament_radius: self.filament_radius * factor(0),
            active_radius: self.active_radius * factor(1),
            transfer_energy: self.transfer_energy * factor(2),
            nucleation_energy: self.nucleation_energy * factor(3),
            ..*self
        }
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn bounds(&self) -> (f64, f64) {
        (self.minimum_gap, self.insulator_thickness - self.start_length)
    }

    fn electrical(&self, gap: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        // Stages of a step may leave the bounds.
        let gap = gap.max(0.5 * self.minimum_gap);
        let temperature = surroundings.ambient_temperature;
        let circuit = Circuit::new(self, gap, temperature, voltage > 0.0);
        let share = surroundings.limit.share(voltage.abs(), |v| {
            let solution = circuit.solve(v);
            (solution.current, solution.slope)
        });
        let solution = circuit.solve(share.voltage);
        OperatingPoint {
            voltage: share.voltage.copysign(voltage),
            current: solution.current.copysign(voltage),
            differential_conductance: solution.slope,
            temperature,
            limited: share.limited,
        }
    }

    fn velocity(&self, gap: f64, point: &OperatingPoint) -> f64 {
        if point.voltage == 0.0 {
            return 0.0;
        }
        let gap = gap.max(0.5 * self.minimum_gap);
        let positive = point.voltage > 0.0;
        let solution = Circuit::new(self, gap, point.temperature, positive).solve(point.voltage.abs());
        let supply = self.growth() * solution.ions;
        if !positive {
            return supply;
        }
        if gap > self.insulator_thickness - self.hopping_distance {
            let time = self.time_to_nucleate(solution.gap_voltage, point.temperature);
            return -supply / (1.0 + supply * time / self.hopping_distance);
        }
        -supply
    }
}
