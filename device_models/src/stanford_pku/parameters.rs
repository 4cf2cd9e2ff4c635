//! The parameters of the Stanford–PKU model and the algebraic relations between them.

use super::NAME;
use crate::error::DeviceError;
use crate::parameters::parameters;

parameters! {
    NAME;
    /// Current prefactor, A.
    reference_current, "I_0", "A", None, Positive, "prefactor of the tunnelling current";
    /// Decay length of the current, m.
    gap_scale, "g_0", "m", None, Positive, "gap over which the current falls by e";
    /// Voltage scale of the current, V.
    voltage_scale, "V_0", "V", None, Positive, "voltage scale of the tunnelling current";
    /// Velocity prefactor, m/s.
    velocity, "v_0", "m/s", None, Positive, "prefactor of the velocity of the filament tip";
    /// Activation energy, J.
    activation_energy, "E_a", "J", None, Positive, "activation energy of vacancy generation";
    /// Hopping distance, m.
    hopping_distance, "a_0", "m", None, Positive, "distance between hopping sites";
    /// Oxide thickness, m.
    oxide_thickness, "t_ox", "m", None, Positive, "thickness of the switching layer";
    /// Field enhancement at zero gap for SET, 1.
    field_enhancement_set, "γ_0,set", "1", None, Positive, "field enhancement at zero gap for SET";
    /// Field enhancement at zero gap for RESET, 1.
    field_enhancement_reset, "γ_0,reset", "1", None, Positive, "field enhancement at zero gap for RESET";
    /// Loss of field enhancement with the gap for SET, 1.
    gap_sensitivity_set, "β_set", "1", None, NonNegative, "loss of field enhancement with the gap for SET";
    /// Loss of field enhancement with the gap for RESET, 1.
    gap_sensitivity_reset, "β_reset", "1", None, NonNegative, "loss of field enhancement with the gap for RESET";
    /// Exponent of that loss, 1.
    gap_exponent, "α", "1", None, Positive, "exponent of the loss of field enhancement";
    /// Gap at which the loss equals β, m.
    gap_reference, "g_1", "m", None, Positive, "gap at which the loss of field enhancement is β";
    /// Smallest gap, m.
    minimum_gap, "g_min", "m", None, Positive, "smallest gap (low-resistive state)";
    /// Largest gap, m.
    maximum_gap, "g_max", "m", None, Positive, "largest gap (high-resistive state)";
    /// Thermal resistance, K/W.
    thermal_resistance, "R_th", "K/W", None, NonNegative, "thermal resistance of the filament";
    /// Field below which nothing moves, V/m.
    minimum_field, "F_min", "V/m", None, NonNegative, "enhanced field below which the gap does not move";
    /// Amplitude of the velocity noise, m/s.
    noise_velocity, "δ_0", "m/s", None, NonNegative, "amplitude of the velocity noise at the noise time";
    /// Time step at which that amplitude holds, s.
    noise_time, "τ", "s", None, NonNegative, "time step for which the noise amplitude was given";
    /// Temperature of half noise, K.
    noise_temperature, "T_crit", "K", None, Positive, "temperature at which the noise is half its largest";
    /// Width of the onset of the noise, K.
    noise_smoothing, "T_smth", "K", None, Positive, "width in temperature of the onset of the noise";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.maximum_gap <= self.minimum_gap {
            return Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "maximum_gap",
                value: self.maximum_gap,
                demand: "it must exceed minimum_gap",
            });
        }
        Ok(())
    }

    /// Enhanced field, V/m; positive for either polarity.
    pub(super) fn field(&self, gap: f64, voltage: f64) -> f64 {
        let (base, sensitivity) = if voltage > 0.0 {
            (self.field_enhancement_set, self.gap_sensitivity_set)
        } else {
            (self.field_enhancement_reset, self.gap_sensitivity_reset)
        };
        let loss = if sensitivity == 0.0 {
            0.0
        } else {
            sensitivity * (gap / self.gap_reference).max(0.0).powf(self.gap_exponent)
        };
        (base - loss) * voltage.abs() / self.oxide_thickness
    }
}
