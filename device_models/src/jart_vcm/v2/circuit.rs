//! One cell of JART VCM v2: two Schottky contacts that face each other, two regions, a series resistance.
//!
//! One contact is always in reverse direction. It belongs to what is in series with the other, whose
//! branches are followed as those of v1b ([`super::super::contact`]).
//!
//! Equations and references: see the parent module. Pinned by: `tests/jart_v2.rs`.

use std::f64::consts::PI;

use super::Parameters;
use crate::constants::{BOLTZMANN, CHARGE, PLANCK};
use crate::jart_vcm::contact::{Branch, Contact, Interface, Series, Solution};
use crate::limit::CurrentLimit;

/// One cell: the card's parameters with its spread.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) p: Parameters,
    pub(super) area: f64,
}

/// What moves the vacancies at one instant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Flux {
    /// Vacancies from region 1 to region 2, m⁻² s⁻¹.
    pub(super) flux: f64,
    /// γ was held at 1.
    pub(super) capped: bool,
}

impl Cell {
    pub(super) fn new(nominal: &Parameters, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let p = Parameters {
            filament_radius: nominal.filament_radius * factor(0),
            electron_mobility: nominal.electron_mobility * factor(1),
            ..*nominal
        };
        Self { p, area: PI * p.filament_radius * p.filament_radius }
    }

    /// One vacancy in region 1 and in region 2, m⁻³.
    pub(super) fn lowest(&self) -> (f64, f64) {
        (1.0 / (self.area * self.p.region_length_1), 1.0 / (self.area * self.p.region_length_2))
    }

    /// Lowest and highest N₁: one vacancy in region 1, or all but one.
    pub(super) fn bounds(&self) -> (f64, f64) {
        let (low, other) = self.lowest();
        let all = self.p.mean_concentration * (self.p.region_length_1 + self.p.region_length_2);
        let high = (all - other * self.p.region_length_2) / self.p.region_length_1;
        (low, high.min(self.p.maximum_concentration))
    }

    /// N₂ that keeps the number of vacancies at this N₁.
    pub(super) fn second(&self, first: f64) -> f64 {
        let p = &self.p;
        let all = p.mean_concentration * (p.region_length_1 + p.region_length_2);
        ((all - first * p.region_length_1) / p.region_length_2).max(self.lowest().1)
    }

    /// Distance of the Fermi level from the conduction band, V.
    fn fermi_depth(&self, concentration: f64, temperature: f64) -> f64 {
        let thermal = BOLTZMANN * temperature;
        let wave = 2.0 * PI * self.p.effective_mass * thermal / (PLANCK * PLANCK);
        thermal / CHARGE * (2.0 * wave * wave.sqrt() / (self.p.charge_number * concentration)).ln()
    }

    fn contact(&self, barrier_height: f64, concentration: f64, temperature: f64) -> Contact {
        let interface = Interface {
            permittivity: self.p.permittivity,
            barrier_permittivity: self.p.barrier_permittivity,
            barrier_height,
            fermi_depth: self.fermi_depth(concentration, temperature),
            richardson_constant: self.p.richardson_constant,
            effective_mass: self.p.effective_mass,
            charge_number: self.p.charge_number,
        };
        Contact::new(&interface, self.area, concentration, temperature)
    }

    /// Resistances of the regions, Ω.
    pub(super) fn regions(&self, n: [f64; 2], temperature: f64) -> [f64; 2] {
        let p = &self.p;
        let mobility = p.electron_mobility * (-p.mobility_energy / (BOLTZMANN * temperature)).exp();
        let unit = 1.0 / (CHARGE * p.charge_number * mobility * self.area);
        [p.region_length_1 / n[0] * unit, p.region_length_2 / n[1] * unit]
    }

    /// The contact in forward direction, and all that is in series with it.
    pub(super) fn chain(
        &self,
        n: [f64; 2],
        temperature: f64,
        (ambient, limit): (f64, CurrentLimit),
        positive: bool,
    ) -> (Contact, Series) {
        let p = &self.p;
        let first = self.contact(p.barrier_height_1, n[0], temperature);
        let second = self.contact(p.barrier_height_2, n[1], temperature);
        let (forward, reverse) = if positive { (first, second) } else { (second, first) };
        let line = p.series_resistance * (1.0 + p.series_temperature_coefficient * (temperature - ambient));
        let linear = line.max(0.0) + self.regions(n, temperature).iter().sum::<f64>();
        (forward, Series { linear, cubic: 0.0, external: limit, opposite: Some(reverse) })
    }

    /// Flux of vacancies at a voltage from the beginning of region 1 to the end of region 2.
    pub(super) fn flux(&self, n: [f64; 2], temperature: f64, voltage: f64, positive: bool) -> Flux {
        let p = &self.p;
        let thermal = BOLTZMANN * temperature;
        let field = voltage / p.cell_length;
        let raw = p.charge_number * CHARGE * field * p.hopping_distance / (PI * p.activation_energy);
        let capped = raw.abs() >= 1.0;
        let gamma = raw.clamp(-1.0, 1.0);
        let symmetric = (1.0 - gamma * gamma).sqrt() + gamma * gamma.asin();
        let hop = 2.0
            * p.hopping_distance
            * p.attempt_frequency
            * (-p.activation_energy / thermal * symmetric).exp();
        let half = p.hopping_distance * p.charge_number * field * CHARGE / (2.0 * thermal);
        let low = self.lowest();
        let (into, from, least) = if positive { (n[1], n[0], low.0) } else { (n[0], n[1], low.1) };
        let limiting = (1.0 - (into / p.maximum_concentration).powi(10)) * (1.0 - (least / from).powi(10));
        let gradient = 2.0 * (n[1] - n[0]) / p.cell_length;
        let drift = (n[0] * n[1]).sqrt() * half.sinh() * limiting;
        let diffusion = 0.5 * p.hopping_distance * gradient * half.cosh();
        Flux { flux: hop * (drift - diffusion), capped }
    }
}

/// The circuit solved at an applied voltage, signs restored.
pub(super) fn solve(
    (contact, series): &(Contact, Series),
    voltage: f64,
    positive: bool,
    branch: Branch,
    guess: f64,
) -> Option<Solution> {
    let sign = if positive { 1.0 } else { -1.0 };
    let s = contact.solve(series, voltage.abs(), branch, guess.abs())?;
    if voltage == 0.0 {
        // The solver's last digit is not a current.
        return Some(Solution { schottky_voltage: 0.0, current: 0.0, voltage: 0.0, ..s });
    }
    Some(Solution {
        schottky_voltage: sign * s.schottky_voltage,
        current: sign * s.current,
        voltage: sign * s.voltage,
        ..s
    })
}
