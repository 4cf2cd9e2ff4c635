//! The parameters of the Stanford–PKU model 2.0.0 Beta.

use super::NAME;
use crate::error::DeviceError;
use crate::parameters::parameters;

parameters! {
    NAME;
    /// Distance of adjacent vacancies, m.
    hopping_distance, "a", "m", None, Positive, "distance of adjacent oxygen vacancies";
    /// Vibration frequency, Hz.
    attempt_frequency, "f", "Hz", None, Positive, "vibration frequency of an oxygen atom";
    /// Activation energy of vacancies, J.
    generation_energy, "E_a", "J", None, Positive, "average activation energy of oxygen vacancies";
    /// Hopping barrier of oxygen ions, J.
    ion_hopping_energy, "E_h", "J", None, Positive, "hopping barrier of oxygen ions";
    /// Barrier between electrode and oxide, J.
    interface_energy, "E_i", "J", None, Positive, "energy barrier between electrode and oxide";
    /// Enhancement of the voltage at that barrier, 1.
    interface_enhancement, "r", "1", None, Positive, "enhancement of the voltage at the interface barrier";
    /// Lowering of E_a by the field, m.
    generation_lever, "α", "m", None, Positive, "length over which the field lowers E_a";
    /// Lowering of E_h by the field, m.
    hopping_lever, "α_h", "m", None, Positive, "length over which the field lowers E_h";
    /// Charge number, 1.
    charge_number, "Z", "1", None, Positive, "charge number";
    /// Decay length of the current in the gap, m.
    gap_scale, "X_T", "m", None, Positive, "gap over which the current falls by e";
    /// Voltage scale of the current in the gap, V.
    voltage_scale, "V_T", "V", None, Positive, "voltage scale of the current in the gap";
    /// Prefactor of the current density, A/m².
    current_density, "I_0", "A/m^2", None, Positive, "hopping current density in the gap region";
    /// Thickness of the switching layer, m.
    layer_thickness, "L_0", "m", None, Positive, "thickness of the switching layer and largest gap";
    /// Width of a new filament, m.
    initial_width, "w_0", "m", None, Positive, "width of the filament while it has never touched";
    /// Effective width of extension, m.
    extension_width, "w_eff", "m", None, Positive, "effective width by which the filament extends";
    /// Largest width, m.
    maximum_width, "W_CF", "m", None, Positive, "largest width of the filament, and of the cell";
    /// Resistivity of the filament, Ω m.
    resistivity, "ρ", "ohm m", None, Positive, "resistivity of the filament";
    /// Thermal resistance, K/W.
    thermal_resistance, "R_th", "K/W", None, NonNegative, "effective thermal resistance";
    /// Largest velocity, m/s.
    maximum_velocity, "v_max", "m/s", None, Positive, "largest velocity in SET";
    /// Amplitude of the gap's velocity noise, m/s.
    gap_noise, "δ_gap", "m/s", None, NonNegative, "amplitude of the velocity noise of the gap in RESET at the noise time";
    /// Amplitude of the width's velocity noise, m/s.
    width_noise, "δ_CF", "m/s", None, NonNegative, "amplitude of the velocity noise of the width in SET at the noise time";
    /// Smallest gap with noise, m.
    noise_gap, "x_crit", "m", None, NonNegative, "smallest gap whose RESET is noisy";
    /// Time step at which the amplitudes hold, s.
    noise_time, "τ", "s", None, NonNegative, "time step for which the noise amplitudes are taken";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.maximum_width <= self.initial_width {
            return Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "maximum_width",
                value: self.maximum_width,
                demand: "it must exceed initial_width",
            });
        }
        Ok(())
    }
}
