//! The parameters of the ECM model and the algebraic relations between them.

use std::f64::consts::PI;

use super::NAME;
use crate::constants::{BOLTZMANN, CHARGE, ELECTRON_MASS, PLANCK};
use crate::error::DeviceError;
use crate::parameters::parameters;

parameters! {
    NAME;
    /// Thickness of the insulator, m.
    insulator_thickness, "L", "m", None, Positive, "thickness of the insulator";
    /// Edge of the square electrodes, m.
    electrode_edge, "F", "m", None, Positive, "edge of the square electrodes";
    /// Thickness of the active electrode, m.
    active_electrode_thickness, "t_AE", "m", None, NonNegative, "thickness of the active electrode";
    /// Thickness of the inert electrode, m.
    inert_electrode_thickness, "t_IE", "m", None, NonNegative, "thickness of the inert electrode";
    /// Resistivity of the active metal, Ω m.
    active_resistivity, "ρ_AE", "Ohm m", None, NonNegative, "resistivity of active electrode and filament";
    /// Resistivity of the inert metal, Ω m.
    inert_resistivity, "ρ_IE", "Ohm m", None, NonNegative, "resistivity of the inert electrode";
    /// Mass density of the active metal, kg/m³.
    mass_density, "ρ_m", "kg/m^3", None, Positive, "mass density of the active metal";
    /// Mass of its atom, kg.
    atomic_mass, "M_Me", "kg", None, Positive, "mass of an atom of the active metal";
    /// Radius of its atom, m.
    atomic_radius, "r_at", "m", None, Positive, "radius of an atom of the active metal: gap at which the contact forms";
    /// Charge number of the ion, 1.
    charge_number, "z", "1", None, Positive, "charge number of the metal ion";
    /// Radius of the active electrode's reaction area, m.
    active_radius, "r_ac", "m", None, Positive, "radius of the area in which the active electrode reacts";
    /// Radius of the filament, m.
    filament_radius, "r_fil", "m", None, Positive, "radius of the filament";
    /// Radius of the ion current, m.
    ion_radius, "r_ion", "m", None, Positive, "radius of the path of the ions through the insulator";
    /// Hopping distance and critical length of the nucleus, m.
    hopping_distance, "a", "m", None, Positive, "mean hopping distance; also the length that nucleates";
    /// Attempt frequency of hopping, Hz.
    attempt_frequency, "f", "Hz", Some((1e11, 1e14)), Positive, "attempt frequency of ion hopping";
    /// Barrier of hopping, J.
    hopping_energy, "ΔG_hop", "J", None, NonNegative, "migration barrier of ion hopping";
    /// Charge-transfer coefficient, 1.
    transfer_coefficient, "α_et", "1", None, Positive, "charge-transfer coefficient of both reactions";
    /// Barrier of electron transfer, J.
    transfer_energy, "ΔG_et", "J", None, NonNegative, "activation barrier of the electron transfer";
    /// Rate constant of electron transfer, m/s.
    transfer_velocity, "k_0,et", "m/s", Some((1e-2, 1e3)), Positive, "rate constant of the electron transfer";
    /// Concentration of ions, m⁻³.
    ion_concentration, "c", "1/m^3", Some((0.0, 5e28)), Positive, "concentration of metal ions";
    /// Work function of the metal, J.
    work_function, "e φ", "J", None, Positive, "work function of the electrode";
    /// Electron affinity of the insulator, J.
    electron_affinity, "χ", "J", None, NonNegative, "electron affinity of the insulator";
    /// Relative effective mass of tunnelling, 1.
    effective_mass, "m_r", "1", None, Positive, "effective tunnelling mass over the electron mass";
    /// Prefactor of the nucleation time, s.
    nucleation_time, "t_0,nuc", "s", None, Positive, "prefactor of the nucleation time";
    /// Barrier of nucleation, J.
    nucleation_energy, "ΔG_nuc", "J", None, NonNegative, "activation barrier of nucleation";
    /// Ions in the critical nucleus, 1.
    nucleus_ions, "N_c", "1", None, NonNegative, "number of ions to reach the critical nucleus";
    /// Charge-transfer coefficient of nucleation, 1.
    nucleation_coefficient, "α_nuc", "1", None, NonNegative, "charge-transfer coefficient of nucleation";
    /// Series resistance, Ω.
    series_resistance, "R_s", "Ohm", None, NonNegative, "resistance in series, part of the cell";
    /// Length of the filament of a fresh cell, m.
    start_length, "l_0", "m", None, Positive, "length of the filament in a fresh or fully dissolved cell";
    /// Gap at which the contact has the filament's cross-section, m (not in the published model).
    minimum_gap, "x_min", "m", None, Positive, "gap at which the contact is as wide as the filament (extension)";
    /// Width of the opening of a channel, 1 (not in the published model).
    channel_width, "w", "1", None, Positive, "width of a channel's opening over the distance of channels (extension)";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let refuse = |parameter, value, demand| {
            Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
        };
        if self.transfer_coefficient >= 1.0 {
            return refuse("transfer_coefficient", self.transfer_coefficient, "it must be below 1");
        }
        if self.electron_affinity >= self.work_function {
            return refuse("electron_affinity", self.electron_affinity, "it must be below work_function");
        }
        if self.minimum_gap >= self.atomic_radius {
            return refuse("minimum_gap", self.minimum_gap, "it must be below atomic_radius");
        }
        if self.insulator_thickness <= self.atomic_radius + self.start_length + self.hopping_distance {
            let demand = "it must exceed atomic_radius + start_length + hopping_distance";
            return refuse("insulator_thickness", self.insulator_thickness, demand);
        }
        Ok(())
    }

    /// Cross-section of the filament, m².
    pub fn filament_area(&self) -> f64 {
        PI * self.filament_radius * self.filament_radius
    }

    /// Exchange current density of the electron transfer, A/m².
    pub fn exchange_density(&self, temperature: f64) -> f64 {
        let barrier = self.transfer_energy / (BOLTZMANN * temperature);
        self.charge_number * CHARGE * self.ion_concentration * self.transfer_velocity * (-barrier).exp()
    }

    /// Exchange currents at the active electrode and at the filament, A.
    pub fn exchange_currents(&self, temperature: f64) -> (f64, f64) {
        let density = self.exchange_density(temperature);
        (density * PI * self.active_radius * self.active_radius, density * self.filament_area())
    }

    /// Prefactor of the hopping current, A.
    pub fn hopping_current(&self, temperature: f64) -> f64 {
        let barrier = self.hopping_energy / (BOLTZMANN * temperature);
        let flux = 2.0 * self.ion_concentration * self.hopping_distance * self.attempt_frequency;
        let area = PI * self.ion_radius * self.ion_radius;
        self.charge_number * CHARGE * flux * (-barrier).exp() * area
    }

    /// Constants of the tunnelling conductance (K₁/x) exp(−K₂ x): A m/V and m⁻¹.
    pub fn tunnelling(&self) -> (f64, f64) {
        let barrier = self.work_function - self.electron_affinity;
        let root = (2.0 * self.effective_mass * ELECTRON_MASS * barrier).sqrt();
        let quantum = CHARGE / PLANCK;
        (2.7 * self.filament_area() * 1.5 * root * quantum * quantum, 4.0 * PI * root / PLANCK)
    }

    /// Length of filament per charge, m/C.
    pub fn growth(&self) -> f64 {
        let moved = self.charge_number * CHARGE * self.mass_density * self.filament_area();
        self.atomic_mass / moved
    }

    /// Nucleation time at a voltage across the insulator, s.
    pub fn time_to_nucleate(&self, voltage: f64, temperature: f64) -> f64 {
        let kt = BOLTZMANN * temperature;
        let lowering = (self.nucleus_ions + self.nucleation_coefficient) * self.charge_number * CHARGE;
        self.nucleation_time * ((self.nucleation_energy - lowering * voltage) / kt).exp()
    }

    /// Resistance of filament, electrodes and series resistor, Ω.
    pub(super) fn resistance(&self, gap: f64) -> f64 {
        let filament = self.active_resistivity * (self.insulator_thickness - gap) / self.filament_area();
        let sheets = self.active_resistivity * self.active_electrode_thickness
            + self.inert_resistivity * self.inert_electrode_thickness;
        filament + sheets / (self.electrode_edge * self.electrode_edge) + self.series_resistance
    }
}
