//! Parameters of the kinetic Monte Carlo filament.
//!
//! Values come from cards ([`super::card`]). Documented ranges are those of the literature as far as
//! it is known: of the open codes DeviceKMC (generation 3.93 eV, ion diffusion 0.76 eV, vacancy
//! diffusion 1.09 eV, recombination 0, 1e14 Hz, 0.5 and 5 W/(m K)) and Kinetix (generation 4.5 eV,
//! ion migration 0.7 eV, recombination 0.2 eV, vacancy migration 3.2 eV, 7e12 Hz, 1.1 and
//! 23 W/(m K)), read in their source, and ranges from memory (unverified): generation 2.9–4.4 eV,
//! vacancy hop 0.7–1.5 eV, ion hop 0.3–0.7 eV, recombination 0.2–1.0 eV, κ 21–25.
//!
//! What makes RESET work: a vacancy must capture an ion sooner than the ion passes by, that is,
//! recombination must cost less than an ion's hop. With the order reversed (0.7 against 0.5 eV)
//! released ions drift past the filament and collect at the inert electrode, and RESET raises the
//! resistance by a third only.
//!
//! References:
//! * J. McPherson et al., Appl. Phys. Lett. 82, 2121 (2003), doi:10.1063/1.1565180;
//! * X. Guan, S. Yu, H.-S. P. Wong, IEEE TED 59, 1172 (2012), doi:10.1109/TED.2012.2184545;
//! * A. Padovani et al., IEEE TED 62, 1998 (2015), doi:10.1109/TED.2015.2418114;
//! * M. Kaniselvan et al., ACS Nano 17, 8281 (2023), doi:10.1021/acsnano.2c12575.
//!
//! Pinned by: `tests/kinetic_monte_carlo_cycle.rs` (the cycle, and the reversed order of barriers).

use crate::constants::CHARGE;
use crate::parameters::parameters;

/// Name in errors.
pub(super) const NAME: &str = "kinetic_monte_carlo";
/// One electronvolt, J.
const ELECTRON_VOLT: f64 = CHARGE;

parameters! {
    NAME;
    /// Attempt frequency ν of every event, Hz.
    attempt_frequency, "nu", "Hz", Some((1e12, 1e14)), Positive, "attempt frequency of every event";
    /// Charge number of a vacancy (+) and of an oxygen ion (−).
    charge_number, "Z", "1", Some((1.0, 2.0)), NonNegative, "charge number of a vacancy (+) and of an ion (-)";
    /// Barrier of generating a vacancy and an ion on neighbouring sites, J.
    generation_barrier, "E_G", "J", Some((2.9 * ELECTRON_VOLT, 4.5 * ELECTRON_VOLT)), NonNegative,
        "barrier of generating a vacancy and an ion side by side";
    /// Bond dipole p₀, C m: the field F lowers the generation barrier by p₀ (2 + κ)/3 F.
    bond_dipole, "p_0", "C*m", Some((3e-29, 1.2e-28)), NonNegative, "dipole of the broken bond, 5.2 e Angstrom (unverified)";
    /// Relative permittivity κ of the local field, 1.
    relative_permittivity, "kappa", "1", Some((15.0, 30.0)), NonNegative, "relative permittivity of the local field";
    /// Barrier of recombination of a vacancy with an ion on a neighbouring site, J.
    recombination_barrier, "E_R", "J", Some((0.0, 1.0 * ELECTRON_VOLT)), NonNegative,
        "barrier of recombination of neighbours";
    /// Barrier of a vacancy's hop, J.
    vacancy_hop_barrier, "E_V", "J", Some((0.7 * ELECTRON_VOLT, 3.2 * ELECTRON_VOLT)), NonNegative,
        "barrier of a vacancy's hop";
    /// Barrier of an ion's hop, and of its absorption by the active electrode, J.
    ion_hop_barrier, "E_O", "J", Some((0.3 * ELECTRON_VOLT, 0.76 * ELECTRON_VOLT)), NonNegative,
        "barrier of an ion's hop and of its absorption";
    /// Barrier of an ion's release from the active electrode, J.
    release_barrier, "E_D", "J", Some((0.5 * ELECTRON_VOLT, 2.8 * ELECTRON_VOLT)), NonNegative,
        "barrier of an ion's release from the active electrode";
    /// Barrier of generating a vacancy in the last layer with the ion in the active electrode, J.
    /// The barrier of the way back follows from it, see [`Parameters::interface_recombination`].
    interface_generation_barrier, "E_I", "J", Some((1.6 * ELECTRON_VOLT, 4.5 * ELECTRON_VOLT)), NonNegative,
        "barrier of generation at the active electrode";
    /// Resistivity of a chain of vacancies, Ω m: a link has the conductance spacing / resistivity.
    filament_resistivity, "rho_f", "Ohm*m", Some((1e-7, 1e-5)), Positive, "resistivity of a chain of vacancies";
    /// Conductivity of perfect oxide, S/m.
    oxide_conductivity, "sigma_o", "S/m", None, Positive, "conductivity of perfect oxide";
    /// Length over which the conductance of a gap falls by e, m.
    tunnelling_length, "lambda", "m", Some((0.05e-9, 0.4e-9)), Positive,
        "decay length of tunnelling: hbar/(2 sqrt(2 m E)), 1.6 eV and 0.15 electron masses give 0.2 nm";
    /// Heat conductivity of the oxide, W/(m K).
    oxide_heat_conductivity, "k_o", "W/(m*K)", Some((0.5, 3.0)), Positive, "heat conductivity of the oxide";
    /// Heat conductivity of the filament, W/(m K).
    filament_heat_conductivity, "k_f", "W/(m*K)", Some((5.0, 29.0)), Positive, "heat conductivity of the filament";
    /// Temperature above which the cell would not survive: flagged, nothing is clamped, K.
    overheated, "T_max", "K", None, Positive, "temperature above which the flag is set; nothing is clamped";
}

impl Parameters {
    /// Dipole p₀ (2 + κ)/3 by which the field lowers the generation barrier, C m.
    pub fn generation_dipole(&self) -> f64 {
        self.bond_dipole * (2.0 + self.relative_permittivity) / 3.0
    }

    /// Barrier of an ion's way from the active electrode into a vacancy of the last layer, J.
    /// It closes the cycle generation – hop – absorption, so that detailed balance holds at 0 V.
    pub fn interface_recombination(&self) -> f64 {
        self.interface_generation_barrier - (self.generation_barrier - self.recombination_barrier)
            + (self.release_barrier - self.ion_hop_barrier)
    }

    /// Refuses energies that cannot belong together.
    pub(super) fn consistent(&self) -> Result<(), crate::DeviceError> {
        let value = self.interface_recombination();
        if value >= 0.0 && value.is_finite() {
            return Ok(());
        }
        Err(crate::DeviceError::InvalidParameter {
            model: NAME,
            parameter: "interface_generation_barrier",
            value: self.interface_generation_barrier,
            demand: "the way back from the electrode, E_I - E_G + E_R + E_D - E_O, would have a barrier below zero",
        })
    }
}
