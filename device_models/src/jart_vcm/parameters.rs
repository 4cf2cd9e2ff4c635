//! The parameters of JART VCM v1b: names, units and documented ranges.

use crate::error::DeviceError;
use crate::parameters::parameters;

/// The model's name in cards.
pub const NAME: &str = "jart_vcm_v1b";

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
    maximum_concentration, "N_max", "1/m^3", Some((1e23, 1.1e29)), Positive, "highest vacancy concentration in the disc";
    /// Vacancy concentration in the plug, m⁻³.
    plug_concentration, "N_plug", "1/m^3", Some((1e23, 1e28)), Positive, "vacancy concentration in the plug";
    /// Hopping distance, m.
    hopping_distance, "a", "m", Some((0.1e-9, 1e-9)), Positive, "hopping distance of a vacancy";
    /// Attempt frequency, Hz.
    attempt_frequency, "ν_0", "Hz", Some((1e10, 1e14)), Positive, "attempt frequency of a hop";
    /// Hopping barrier, J.
    activation_energy, "ΔW_A", "J", Some((1.281_741_307_2e-19, 2.403_264_951e-19)), Positive, "activation energy of a hop";
    /// Thermal resistance for SET at the nominal radius, K/W.
    thermal_resistance, "R_th0", "K/W", Some((1e6, 20e6)), Positive, "effective thermal resistance of the filament for SET";
    /// Thermal resistance for RESET over that for SET, 1.
    reset_thermal_scaling, "R_theff,scaling", "1", Some((0.1, 1.0)), Positive, "thermal resistance for RESET over that for SET";
    /// Thermal capacitance, J/K.
    thermal_capacitance, "C_th", "J/K", None, Positive, "thermal capacitance of the filament";
    /// Radius of the filament, m.
    filament_radius, "r_det", "m", Some((5e-9, 100e-9)), Positive, "radius of the filament";
    /// Length of disc and plug together, m.
    cell_length, "l_cell", "m", Some((2e-9, 5e-9)), Positive, "length of disc and plug together";
    /// Length of the disc, m.
    disc_length, "l_det", "m", Some((0.1e-9, 5e-9)), Positive, "length of the disc";
    /// Resistance of the TiOx layer, Ω.
    oxide_resistance, "R_TiOx", "ohm", Some((100.0, 200e3)), NonNegative, "series resistance of the TiOx layer";
    /// Resistance of the cold line, Ω.
    line_resistance, "R_0", "ohm", None, NonNegative, "series resistance of the line at ambient temperature";
    /// Thermal resistance of the line, K/W.
    line_thermal_resistance, "R_th,line", "K/W", None, NonNegative, "thermal resistance of the line";
    /// Temperature coefficient of the line, 1/K.
    line_temperature_coefficient, "α_line", "1/K", None, NonNegative, "temperature coefficient of the line's resistance";
    /// Effective Richardson constant, A/(m² K²).
    richardson_constant, "A*", "A/(m^2 K^2)", None, Positive, "effective Richardson constant";
    /// Effective electron mass, kg.
    effective_mass, "m*", "kg", None, Positive, "effective mass of the tunnelling electrons";
    /// Charge number of a vacancy, 1.
    charge_number, "z", "1", None, Positive, "charge number of an oxygen vacancy";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        self.consistent_for(NAME)
    }

    /// The same for another member of the family.
    pub(super) fn consistent_for(&self, model: &'static str) -> Result<(), DeviceError> {
        let invalid =
            |parameter, value, demand| Err(DeviceError::InvalidParameter { model, parameter, value, demand });
        if self.maximum_concentration <= self.minimum_concentration {
            let value = self.maximum_concentration;
            return invalid("maximum_concentration", value, "it must exceed minimum_concentration");
        }
        if self.cell_length < self.disc_length {
            return invalid("cell_length", self.cell_length, "it must not be shorter than disc_length");
        }
        if self.barrier_height <= self.fermi_depth {
            return invalid("barrier_height", self.barrier_height, "it must exceed fermi_depth");
        }
        Ok(())
    }
}
