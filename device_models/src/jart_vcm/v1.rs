//! JART VCM v1 and v1 generic: the parents of v1b.
//!
//! Contact, disc, plug, state and fields are those of v1b (parent module); different are
//! * the hops: I_ion = 2 z e c a ν₀ A F_lim exp(−ΔW_A/kT) sinh(z e a E/2kT), a barrier that the field tilts
//!   but does not lower (v1b without √(1−γ²) + γ asin γ);
//! * the heat: one thermal resistance for both polarities, T = T₀ + I (V_sch + V_disc + V_plug) R_th;
//! * the line: a constant series resistance.
//!
//! In v1 generic the electrons of the contact stay at ambient temperature, the heat acts on the hops
//! alone, and I_ion has no factor 2.
//!
//! Two departures from the model files, as for v1b: the power form of the limiting function instead of
//! a hard stop at the bounds, and a thermal capacitance instead of a temperature that follows at once.
//!
//! | symbol | v1 | v1 generic (one of 16 sets) | unit | here |
//! |---|---|---|---|---|
//! | ε_s, ε_φB | 17, 5.5 | 21.46, 5.5 | 1 | `permittivity`, `barrier_permittivity` |
//! | φ_Bn0, φ_n | 0.3, 0.1 | 0.8, 0.1 | V | `barrier_height`, `fermi_depth` |
//! | µ_n | 1e-5 | 9.4e-6 | m²/(V s) | `electron_mobility` |
//! | N_min, N_max, N_plug | 4e24, 2e27, 2e27 | 9e25, 1e27, 2.5e27 | m⁻³ | `minimum_concentration`, `maximum_concentration`, `plug_concentration` |
//! | a, ν₀, ΔW_A | 0.4e-9, 3e11, 0.9 eV | 0.4e-9, 1e14, 0.6 eV | m, Hz, J | `hopping_distance`, `attempt_frequency`, `activation_energy` |
//! | R_th | 1.06e6 | 6.9e5 | K/W | `thermal_resistance` |
//! | r, l_cell, l | 30e-9, 3e-9, 1e-9 | 30e-9 (A = 2.8274e-15 m²), 6e-9, 4e-9 | m | `filament_radius`, `cell_length`, `disc_length` |
//! | R_series | 1200 | 1160 | Ω | `series_resistance` |
//! | T₀ | 293 | 300 | K | surroundings |
//!
//! Validity: v1: HfO₂/TiOx bilayer cells of 2018; v1 generic: a shape for circuit studies, no measured cell.
//!
//! References: A. Hardtdegen et al., IEEE Trans. Electron Devices 65, 3229 (2018),
//! doi:10.1109/TED.2018.2849872 (v1); A. Siemon et al., IEEE ISCAS (2019) (v1 generic); the Verilog-A files,
//! doi:10.26165/JUELICH-DATA/TQOP7I and /QELKG7.
//! Pinned by: `tests/jart_v1.rs`, `tests/properties.rs`.

use crate::constants::CHARGE;
use crate::error::DeviceError;
use crate::model::ParameterSpec;
use crate::parameters::parameters;

/// The name of v1 in cards.
pub const NAME: &str = "jart_vcm_v1";
/// The name of v1 generic in cards.
pub const GENERIC: &str = "jart_vcm_v1_generic";

parameters! {
    NAME;
    /// Relative permittivity of the contact in the tunnelling energy, 1.
    permittivity, "ε_s", "1", Some((10.0, 25.0)), Positive, "static relative permittivity of the oxide";
    /// Relative permittivity in the lowering of the barrier, 1.
    barrier_permittivity, "ε_φB", "1", None, Positive, "relative permittivity for the image-force lowering of the barrier";
    /// Nominal Schottky barrier, V.
    barrier_height, "φ_Bn0", "V", Some((0.1, 0.5)), Positive, "nominal Schottky barrier height (as a potential)";
    /// Fermi level below the conduction band, V.
    fermi_depth, "φ_n", "V", Some((0.1, 0.3)), Positive, "distance of the Fermi level from the conduction band (as a potential)";
    /// Electron mobility, m²/(V s).
    electron_mobility, "µ_n", "m^2/(V s)", Some((1e-6, 1e-5)), Positive, "electron mobility in disc and plug";
    /// Lowest vacancy concentration in the disc, m⁻³.
    minimum_concentration, "N_min", "1/m^3", Some((1e22, 1e28)), Positive, "lowest vacancy concentration in the disc";
    /// Highest vacancy concentration in the disc, m⁻³.
    maximum_concentration, "N_max", "1/m^3", Some((1e23, 1e28)), Positive, "highest vacancy concentration in the disc";
    /// Vacancy concentration in the plug, m⁻³.
    plug_concentration, "N_plug", "1/m^3", Some((1e23, 1e28)), Positive, "vacancy concentration in the plug";
    /// Hopping distance, m.
    hopping_distance, "a", "m", Some((0.1e-9, 1e-9)), Positive, "hopping distance of a vacancy";
    /// Attempt frequency, Hz.
    attempt_frequency, "ν_0", "Hz", Some((1e10, 1e12)), Positive, "attempt frequency of a hop";
    /// Hopping barrier, J.
    activation_energy, "ΔW_A", "J", Some((0.8 * CHARGE, 1.2 * CHARGE)), Positive, "activation energy of a hop";
    /// Thermal resistance, K/W.
    thermal_resistance, "R_th", "K/W", Some((1e5, 20e6)), Positive, "effective thermal resistance of the filament";
    /// Thermal capacitance, J/K.
    thermal_capacitance, "C_th", "J/K", None, Positive, "thermal capacitance of the filament";
    /// Radius of the filament, m.
    filament_radius, "r", "m", Some((5e-9, 100e-9)), Positive, "radius of the filament";
    /// Length of disc and plug together, m.
    cell_length, "l_cell", "m", Some((2e-9, 5e-9)), Positive, "length of disc and plug together";
    /// Length of the disc, m.
    disc_length, "l", "m", Some((0.5e-9, 5e-9)), Positive, "length of the disc";
    /// Series resistance, Ω.
    series_resistance, "R_series", "ohm", Some((100.0, 2000.0)), NonNegative, "series resistance";
    /// Effective Richardson constant, A/(m² K²).
    richardson_constant, "A*", "A/(m^2 K^2)", None, Positive, "effective Richardson constant";
    /// Effective mass of the electrons, kg.
    effective_mass, "m*", "kg", None, Positive, "effective mass of the electrons";
    /// Charge number of a vacancy, 1.
    charge_number, "z", "1", None, Positive, "charge number of a vacancy";
}

/// The same parameters for v1 generic, whose file documents no ranges.
pub const GENERIC_PARAMETERS: &[ParameterSpec] = &without_ranges();

const fn without_ranges() -> [ParameterSpec; PARAMETERS.len()] {
    let mut all = [PARAMETERS[0]; PARAMETERS.len()];
    let mut i = 0;
    while i < all.len() {
        all[i] = ParameterSpec { documented: None, ..PARAMETERS[i] };
        i += 1;
    }
    all
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        self.common().consistent_for(NAME)
    }

    /// The same cell in the parameters of v1b.
    pub(super) fn common(&self) -> super::Parameters {
        super::Parameters {
            permittivity: self.permittivity,
            barrier_permittivity: self.barrier_permittivity,
            barrier_height: self.barrier_height,
            fermi_depth: self.fermi_depth,
            electron_mobility: self.electron_mobility,
            minimum_concentration: self.minimum_concentration,
            maximum_concentration: self.maximum_concentration,
            plug_concentration: self.plug_concentration,
            hopping_distance: self.hopping_distance,
            attempt_frequency: self.attempt_frequency,
            activation_energy: self.activation_energy,
            thermal_resistance: self.thermal_resistance,
            reset_thermal_scaling: 1.0,
            thermal_capacitance: self.thermal_capacitance,
            filament_radius: self.filament_radius,
            cell_length: self.cell_length,
            disc_length: self.disc_length,
            oxide_resistance: self.series_resistance,
            line_resistance: 0.0,
            line_thermal_resistance: 0.0,
            line_temperature_coefficient: 0.0,
            richardson_constant: self.richardson_constant,
            effective_mass: self.effective_mass,
            charge_number: self.charge_number,
        }
    }
}
