//! The parameters of JART VCM v2: names, units and documented ranges (those of the model file).

use super::NAME;
use crate::constants::CHARGE;
use crate::error::DeviceError;
use crate::parameters::parameters;

parameters! {
    NAME;
    /// Relative permittivity of the contacts in the tunnelling energy, 1.
    permittivity, "ε_s", "1", Some((10.0, 25.0)), Positive, "static relative permittivity of the oxide";
    /// Relative permittivity in the lowering of the barriers, 1.
    barrier_permittivity, "ε_φB", "1", None, Positive, "relative permittivity for the image-force lowering of the barriers";
    /// Nominal Schottky barrier of electrode 1, V.
    barrier_height_1, "φ_Bn01", "V", Some((0.0, 0.7)), Positive, "nominal Schottky barrier height of electrode 1 (as a potential)";
    /// Nominal Schottky barrier of electrode 2, V.
    barrier_height_2, "φ_Bn02", "V", Some((0.0, 0.7)), Positive, "nominal Schottky barrier height of electrode 2 (as a potential)";
    /// Electron mobility without its activation, m²/(V s).
    electron_mobility, "µ_n0", "m^2/(V s)", Some((1e-6, 1e-4)), Positive, "prefactor of the electron mobility";
    /// Activation energy of the electron mobility, J.
    mobility_energy, "ΔE_ac", "J", None, NonNegative, "activation energy of the electron mobility";
    /// Highest vacancy concentration of either region, m⁻³.
    maximum_concentration, "N_max", "1/m^3", Some((1e26, 1e28)), Positive, "highest vacancy concentration of either region";
    /// Vacancies of both regions over their volume, m⁻³.
    mean_concentration, "N", "1/m^3", Some((1e22, 1e28)), Positive, "vacancies of both regions over their volume, which never changes";
    /// Hopping distance, m.
    hopping_distance, "a", "m", Some((0.2e-9, 0.8e-9)), Positive, "hopping distance of a vacancy";
    /// Attempt frequency, Hz.
    attempt_frequency, "ν_0", "Hz", Some((1e10, 1e13)), Positive, "attempt frequency of a hop";
    /// Hopping barrier, J.
    activation_energy, "ΔW_A", "J", Some((0.8 * CHARGE, 1.2 * CHARGE)), Positive, "activation energy of a hop";
    /// Thermal resistance, K/W.
    thermal_resistance, "R_th", "K/W", Some((1e5, 20e6)), Positive, "effective thermal resistance of the filament";
    /// Thermal capacitance, J/K.
    thermal_capacitance, "C_th", "J/K", None, Positive, "thermal capacitance of the filament";
    /// Radius of the filament, m.
    filament_radius, "r", "m", Some((50e-9, 200e-9)), Positive, "radius of the filament";
    /// Distance of the electrodes, m.
    cell_length, "l_cell", "m", Some((5e-9, 15e-9)), Positive, "length of the cell";
    /// Length of region 1, m.
    region_length_1, "l_1", "m", Some((1e-9, 14e-9)), Positive, "length of the region at electrode 1";
    /// Length of region 2, m.
    region_length_2, "l_2", "m", Some((1e-9, 14e-9)), Positive, "length of the region at electrode 2";
    /// Series resistance at ambient temperature, Ω.
    series_resistance, "R_series0", "ohm", Some((100.0, 2000.0)), NonNegative, "series resistance at ambient temperature";
    /// Temperature coefficient of the series resistance, 1/K.
    series_temperature_coefficient, "α_T", "1/K", Some((1e-3, 1e-2)), NonNegative, "temperature coefficient of the series resistance";
    /// Effective Richardson constant, A/(m² K²).
    richardson_constant, "A*", "A/(m^2 K^2)", None, Positive, "effective Richardson constant";
    /// Effective mass of the electrons, kg.
    effective_mass, "m*", "kg", None, Positive, "effective mass of the electrons";
    /// Charge number of a vacancy, 1.
    charge_number, "z", "1", None, Positive, "charge number of a vacancy";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.mean_concentration >= self.maximum_concentration {
            return Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "mean_concentration",
                value: self.mean_concentration,
                demand: "it must be below maximum_concentration",
            });
        }
        let regions = self.region_length_1 + self.region_length_2;
        if (regions / self.cell_length - 1.0).abs() > 1e-6 {
            return Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "cell_length",
                value: self.cell_length,
                demand: "it must be the sum of region_length_1 and region_length_2",
            });
        }
        Ok(())
    }
}
