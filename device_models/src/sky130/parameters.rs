//! The parameters of the SkyWater cell and the algebraic relations between them.

use super::NAME;
use crate::constants::{BOLTZMANN, CHARGE};
use crate::error::DeviceError;
use crate::parameters::parameters;

parameters! {
    NAME;
    /// Oxide thickness, m.
    oxide_thickness, "T_ox", "m", None, Positive, "thickness of the oxide between the electrodes";
    /// Smallest filament thickness, m.
    minimum_filament, "T_f,min", "m", None, Positive, "smallest filament thickness (high-resistive state)";
    /// Largest filament thickness, m.
    maximum_filament, "T_f,max", "m", None, Positive, "largest filament thickness (low-resistive state)";
    /// Activation energy of generation, J.
    generation_energy, "E_gen", "J", None, Positive, "activation energy of vacancy generation";
    /// Activation energy of recombination, J.
    recombination_energy, "E_rec", "J", None, Positive, "activation energy of vacancy recombination";
    /// Current prefactor, A.
    reference_current, "I_k1", "A", None, Positive, "prefactor of the current";
    /// Filament thickness of the current's calibration, m.
    reference_filament, "T_f,ref", "m", None, Positive, "filament thickness at which the current is e times lower";
    /// Voltage scale of the current, V.
    voltage_scale, "V_ref", "V", None, Positive, "voltage scale of the current";
    /// Velocity prefactor, m/s.
    velocity, "v_k1", "m/s", None, Positive, "prefactor of the velocity of the filament";
    /// Field enhancement at a full filament, 1.
    field_enhancement, "γ_k0", "1", None, Positive, "field enhancement at zero gap";
    /// Loss of field enhancement per cubic nanometre of gap, 1.
    gap_sensitivity, "−γ_k1", "1", None, NonNegative, "loss of field enhancement at a gap of 1 nm (cubic)";
    /// Atomic distance, m.
    hopping_distance, "a_0", "m", None, Positive, "atomic distance";
    /// Thermal capacitance, J/K.
    thermal_capacitance, "C_th", "J/K", None, Positive, "effective thermal capacitance";
    /// Thermal time constant, s.
    thermal_time, "τ_th", "s", None, Positive, "effective thermal time constant";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let refuse = |parameter, value, demand| {
            Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
        };
        if self.maximum_filament <= self.minimum_filament {
            return refuse("maximum_filament", self.maximum_filament, "it must exceed minimum_filament");
        }
        if self.oxide_thickness < self.maximum_filament {
            return refuse("oxide_thickness", self.oxide_thickness, "it must not be below maximum_filament");
        }
        if self.reference_filament >= self.oxide_thickness {
            return refuse("reference_filament", self.reference_filament, "it must be below oxide_thickness");
        }
        Ok(())
    }

    /// Prefactor of the current's sinh at a filament thickness, A.
    pub(super) fn prefactor(&self, filament: f64) -> f64 {
        let gap = self.oxide_thickness - filament;
        self.reference_current * (-gap / (self.oxide_thickness - self.reference_filament)).exp()
    }

    /// Velocity of the filament, m/s.
    pub(super) fn speed(&self, filament: f64, voltage: f64, temperature: f64) -> f64 {
        let kt = BOLTZMANN * temperature;
        let gap = (self.oxide_thickness - filament) / 1e-9;
        let enhancement = self.field_enhancement - self.gap_sensitivity * gap.powi(3);
        let lift = enhancement * self.hopping_distance / self.oxide_thickness * CHARGE * voltage;
        let generation = ((lift - self.generation_energy) / kt).exp();
        self.velocity * (generation - ((-lift - self.recombination_energy) / kt).exp())
    }
}
