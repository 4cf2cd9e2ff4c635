//! The published parameter sets the tests are about.
#![allow(dead_code, clippy::unwrap_used, clippy::expect_used, missing_docs)]

pub mod schottky;

use device_models::{CurrentLimit, Surroundings, ecm, jart_vcm, sky130, stanford_pku};

/// Joule per electronvolt.
pub const EV: f64 = 1.602_176_634e-19;

/// No compliance, 293 K.
pub const ROOM: Surroundings = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };

/// JART VCM v1b, HfO2/TiOx nano-crossbar (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020)).
pub fn jart(thermal_resistance: f64) -> jart_vcm::Parameters {
    jart_vcm::Parameters {
        permittivity: 17.0,
        barrier_permittivity: 5.5,
        barrier_height: 0.18,
        fermi_depth: 0.10,
        electron_mobility: 4e-6,
        minimum_concentration: 0.008e26,
        maximum_concentration: 20e26,
        plug_concentration: 20e26,
        hopping_distance: 0.25e-9,
        attempt_frequency: 2e13,
        activation_energy: 1.35 * EV,
        thermal_resistance,
        reset_thermal_scaling: 0.27,
        thermal_capacitance: 1e-18,
        filament_radius: 45e-9,
        cell_length: 3e-9,
        disc_length: 0.4e-9,
        oxide_resistance: 650.0,
        line_resistance: 719.2437,
        line_thermal_resistance: 90471.47,
        line_temperature_coefficient: 3.92e-3,
        richardson_constant: 6.01e5,
        effective_mass: 9.10938e-31,
        charge_number: 2.0,
    }
}

/// Stanford–PKU version 1.0.0.
pub fn stanford() -> stanford_pku::Parameters {
    stanford_pku::Parameters {
        reference_current: 1e-3,
        gap_scale: 0.25e-9,
        voltage_scale: 0.25,
        velocity: 10.0,
        activation_energy: 0.6 * EV,
        hopping_distance: 0.25e-9,
        oxide_thickness: 12e-9,
        field_enhancement_set: 16.0,
        field_enhancement_reset: 16.0,
        gap_sensitivity_set: 0.8,
        gap_sensitivity_reset: 0.0,
        gap_exponent: 3.0,
        gap_reference: 1e-9,
        minimum_gap: 0.2e-9,
        maximum_gap: 1.7e-9,
        thermal_resistance: 2.1e3,
        minimum_field: 1.4e9,
        noise_velocity: 0.02,
        noise_time: 1e-9,
        noise_temperature: 450.0,
        noise_smoothing: 500.0,
    }
}

/// JART ECM v1 with its defaults (silver), and the extension's two parameters.
pub fn ecm() -> ecm::Parameters {
    ecm::Parameters {
        insulator_thickness: 30e-9,
        electrode_edge: 40e-9,
        active_electrode_thickness: 10e-9,
        inert_electrode_thickness: 20e-9,
        active_resistivity: 1.7e-8,
        inert_resistivity: 1.06e-7,
        mass_density: 10.49e3,
        atomic_mass: 1.79e-25,
        atomic_radius: 0.172e-9,
        charge_number: 1.0,
        active_radius: 16e-9,
        filament_radius: 2e-9,
        ion_radius: 2e-9,
        hopping_distance: 0.25e-9,
        attempt_frequency: 2.43e15,
        hopping_energy: 0.32 * EV,
        transfer_coefficient: 0.3,
        transfer_energy: 0.6 * EV,
        transfer_velocity: 1.93e5,
        ion_concentration: 1.45e29,
        work_function: 4.5 * EV,
        electron_affinity: 0.9 * EV,
        effective_mass: 0.023,
        nucleation_time: 2e-8,
        nucleation_energy: 0.8 * EV,
        nucleus_ions: 3.0,
        nucleation_coefficient: 0.3,
        series_resistance: 1e6,
        start_length: 0.01e-9,
        minimum_gap: 0.01e-9,
        channel_width: 0.05,
    }
}

/// The SkyWater cell with its defaults.
pub fn sky130() -> sky130::Parameters {
    sky130::Parameters {
        oxide_thickness: 5e-9,
        minimum_filament: 3.3e-9,
        maximum_filament: 4.9e-9,
        generation_energy: 1.501 * EV,
        recombination_energy: 1.5 * EV,
        reference_current: 61.4e-6,
        reference_filament: 4.7249e-9,
        voltage_scale: 0.43,
        velocity: 150.0,
        field_enhancement: 16.5,
        gap_sensitivity: 1.25,
        hopping_distance: 0.25e-9,
        thermal_capacitance: 3.1825e-16,
        thermal_time: 0.23e-9,
    }
}

/// Relative deviations, collected so that a failing table names all its lines.
#[derive(Default)]
pub struct Table {
    failures: Vec<String>,
    rows: Vec<String>,
    worst: f64,
}

impl Table {
    /// Compares within `tolerance` (relative) or half a unit of the last printed digit.
    pub fn compare(&mut self, what: &str, value: f64, reference: f64, tolerance: f64, last_digit: f64) {
        let deviation = (value / reference - 1.0).abs();
        let percent = 100.0 * (value / reference - 1.0);
        self.rows.push(format!("| {what} | {reference:.4e} | {value:.4e} | {percent:+.2} % |"));
        self.worst = self.worst.max(deviation);
        if deviation.is_nan() || (deviation > tolerance && (value - reference).abs() > 0.5 * last_digit) {
            self.failures.push(format!("{what}: {value:.4e} against {reference:.4e} ({deviation:.4})"));
        }
    }

    /// Prints the table (shown with `--nocapture`, the form of docs/validation.md); fails with every line that deviates.
    pub fn finish(self, title: &str) {
        println!("{title}\n{}\n{title}: largest deviation {:.2} %", self.rows.join("\n"), 100.0 * self.worst);
        assert!(self.failures.is_empty(), "{title}\n{}", self.failures.join("\n"));
    }
}
