//! Parameters of the kinetic Monte Carlo filament, with defaults for hafnium oxide.
//!
//! | what | default | where from |
//! |---|---|---|
//! | ν | 7e13 Hz | typical of the HfO₂ literature (Padovani et al. 2015) |
//! | generation | 3.6 eV, bond dipole 5.2 e Å · (2 + κ)/3 with κ = 21 | middle of the 2.9–4.4 eV in use; McPherson et al. 2003, Padovani et al. 2015 |
//! | recombination | 0.7 eV | typical; 0.2–1.0 eV are in use |
//! | vacancy hop | 1.5 eV | upper end of the 0.7–1.5 eV in use; 1.09 eV in atomistic simulations (Kaniselvan et al. 2023) |
//! | ion hop | 0.5 eV | typical; 0.3–0.7 eV are in use |
//! | release | 0.6 eV | chosen, so that RESET starts near −0.6 V on ramps of microseconds; too low for retention |
//! | filament resistivity | 2.4e-6 Ω m | chosen in the range of metallic HfOₓ |
//! | tunnelling length | 0.2 nm | ħ/(2√(2 m E)) of a 1.6 eV barrier and 0.15 electron masses |
//! | heat conductivity | 2 and 20 W/(m K) | chosen above the 1.1 and 5 W/(m K) in use, so that the filament survives RESET |
//!
//! They give plausible cells; no parameter was fitted to a measured one.
//!
//! References:
//! * J. McPherson et al., Appl. Phys. Lett. 82, 2121 (2003), doi:10.1063/1.1565180;
//! * X. Guan, S. Yu, H.-S. P. Wong, IEEE TED 59, 1172 (2012), doi:10.1109/TED.2012.2184545;
//! * A. Padovani et al., IEEE TED 62, 1998 (2015), doi:10.1109/TED.2015.2418114;
//! * M. Kaniselvan et al., ACS Nano 17, 8281 (2023), doi:10.1021/acsnano.2c12575.

use super::error::KineticError;
use crate::constants::CHARGE;

/// One electronvolt, J.
const ELECTRON_VOLT: f64 = CHARGE;

/// Energies, conductances and heat conductivities of the cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Attempt frequency ν of every event, Hz.
    pub attempt_frequency: f64,
    /// Charge number of a vacancy (+) and of an oxygen ion (−).
    pub charge_number: f64,
    /// Barrier of generating a vacancy and an ion on neighbouring sites, J.
    pub generation_barrier: f64,
    /// Dipole p by which the field F lowers the generation barrier, p F, C m.
    pub generation_dipole: f64,
    /// Barrier of recombination of a vacancy with an ion on a neighbouring site, J.
    pub recombination_barrier: f64,
    /// Barrier of a vacancy's hop, J.
    pub vacancy_hop_barrier: f64,
    /// Barrier of an ion's hop, and of its absorption by the active electrode, J.
    pub ion_hop_barrier: f64,
    /// Barrier of an ion's release from the active electrode, J.
    pub release_barrier: f64,
    /// Barrier of generating a vacancy in the last layer with the ion in the active electrode, J.
    /// The barrier of the way back follows from it, see [`Parameters::interface_recombination`].
    pub interface_generation_barrier: f64,
    /// Conductance of a link between two vacancies, or a vacancy and an electrode, S.
    pub filament_conductance: f64,
    /// Conductance of a link of perfect oxide, S.
    pub oxide_conductance: f64,
    /// Length over which the conductance of a gap falls by e, m.
    pub tunnelling_length: f64,
    /// Heat conductivity of the oxide, W/(m K).
    pub oxide_heat_conductivity: f64,
    /// Heat conductivity of the filament, W/(m K).
    pub filament_heat_conductivity: f64,
    /// Temperature above which the cell would not survive: flagged, nothing is clamped, K.
    pub overheated: f64,
}

impl Parameters {
    /// Hafnium oxide on a lattice with this spacing (m); see the table above.
    pub fn hafnium_oxide(spacing: f64) -> Self {
        Self {
            attempt_frequency: 7e13,
            charge_number: 2.0,
            generation_barrier: 3.6 * ELECTRON_VOLT,
            generation_dipole: 5.2e-10 * CHARGE * (2.0 + 21.0) / 3.0,
            recombination_barrier: 0.7 * ELECTRON_VOLT,
            vacancy_hop_barrier: 1.5 * ELECTRON_VOLT,
            ion_hop_barrier: 0.5 * ELECTRON_VOLT,
            release_barrier: 0.6 * ELECTRON_VOLT,
            interface_generation_barrier: 3.6 * ELECTRON_VOLT,
            filament_conductance: spacing / 2.4e-6,
            oxide_conductance: 1e-12,
            tunnelling_length: 0.2e-9,
            oxide_heat_conductivity: 2.0,
            filament_heat_conductivity: 20.0,
            overheated: 2000.0,
        }
    }

    /// Barrier of an ion's way from the active electrode into a vacancy of the last layer, J.
    /// It closes the cycle generation – hop – absorption, so that detailed balance holds at 0 V.
    pub fn interface_recombination(&self) -> f64 {
        self.interface_generation_barrier - (self.generation_barrier - self.recombination_barrier)
            + (self.release_barrier - self.ion_hop_barrier)
    }

    /// Refuses what no cell can have.
    pub(super) fn check(&self) -> Result<(), KineticError> {
        let positive = [
            ("attempt_frequency", self.attempt_frequency),
            ("filament_conductance", self.filament_conductance),
            ("oxide_conductance", self.oxide_conductance),
            ("tunnelling_length", self.tunnelling_length),
            ("oxide_heat_conductivity", self.oxide_heat_conductivity),
            ("filament_heat_conductivity", self.filament_heat_conductivity),
            ("overheated", self.overheated),
        ];
        let not_negative = [
            ("charge_number", self.charge_number),
            ("generation_barrier", self.generation_barrier),
            ("generation_dipole", self.generation_dipole),
            ("recombination_barrier", self.recombination_barrier),
            ("vacancy_hop_barrier", self.vacancy_hop_barrier),
            ("ion_hop_barrier", self.ion_hop_barrier),
            ("release_barrier", self.release_barrier),
            ("interface_generation_barrier", self.interface_generation_barrier),
            ("interface_recombination", self.interface_recombination()),
        ];
        for (parameter, value) in positive {
            if !(value > 0.0 && value.is_finite()) {
                return Err(KineticError::Parameter { parameter, value, demand: "must be positive" });
            }
        }
        for (parameter, value) in not_negative {
            if !(value >= 0.0 && value.is_finite()) {
                return Err(KineticError::Parameter { parameter, value, demand: "must not be negative" });
            }
        }
        Ok(())
    }
}
