//! The right-hand side of JART VCM v2 for one cell under one ramp of constant polarity.

use numerics::rosenbrock::{Linearisation, System};

use super::circuit::{self, Cell, Flux};
use crate::jart_vcm::contact::{Branch, Solution};
use crate::model::{Flags, Segment, Surroundings};
use crate::motion::{Dynamics, Instant, Ramp};

/// As integrated: [ln(N₁/N₂), T, energy].
pub(super) type Vector = [f64; 3];

/// One cell under one ramp; at exactly 0 V vacancies diffuse.
#[derive(Debug, Clone)]
pub(super) struct Driven<'a> {
    cell: Cell,
    surroundings: &'a Surroundings,
    ramp: Ramp,
    positive: bool,
    /// N₁ l₁ + N₂ l₂, m⁻².
    vacancies: f64,
    branch: Branch,
    pub(super) contact_voltage: f64,
    evaluations: u32,
}

impl<'a> Driven<'a> {
    pub(super) fn new(
        cell: Cell,
        segment: &Segment,
        surroundings: &'a Surroundings,
        state: &[f64; 4],
    ) -> (Self, Vector) {
        let p = &cell.p;
        let positive = segment.start_voltage + segment.end_voltage >= 0.0;
        let contact_voltage = if (state[3] > 0.0) == positive { state[3] } else { 0.0 };
        let mut driven = Self {
            cell,
            surroundings,
            ramp: Ramp::new(segment),
            positive,
            vacancies: state[0] * p.region_length_1 + state[1] * p.region_length_2,
            branch: Branch::Low,
            contact_voltage,
            evaluations: 0,
        };
        let y = [(state[0] / state[1]).ln(), state[2], 0.0];
        driven.branch = branch(&cell, [state[0], state[1]], y[1], surroundings, contact_voltage, positive);
        (driven, y)
    }

    /// N₁ and N₂, m⁻³.
    pub(super) fn concentrations(&self, y: &Vector) -> [f64; 2] {
        let ratio = y[0].exp();
        let second = self.vacancies / (ratio * self.cell.p.region_length_1 + self.cell.p.region_length_2);
        [ratio * second, second]
    }

    fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    fn around(&self) -> (f64, crate::CurrentLimit) {
        (self.surroundings.ambient_temperature, self.surroundings.limit)
    }

    fn right_hand_side(&mut self, voltage: f64, y: &Vector) -> Option<(Vector, Solution, Flux)> {
        self.evaluations += 1;
        let n = self.concentrations(y);
        if !(y[1] > 1.0 && y[1].is_finite() && n[0] > 0.0 && n[1] > 0.0) {
            return None;
        }
        let chain = self.cell.chain(n, y[1], self.around(), self.positive);
        let solution = circuit::solve(&chain, voltage, self.positive, self.branch, self.contact_voltage)?;
        self.contact_voltage = solution.schottky_voltage;
        let drop = solution.current * self.cell.regions(n, y[1]).iter().sum::<f64>();
        let flux = self.cell.flux(n, y[1], drop, self.positive);
        let p = &self.cell.p;
        let ratio = -flux.flux * (1.0 / (p.region_length_1 * n[0]) + 1.0 / (p.region_length_2 * n[1]));
        let heat = solution.current * drop;
        let cooling = (y[1] - self.surroundings.ambient_temperature) / p.thermal_resistance;
        let power = solution.voltage * solution.current;
        Some(([ratio, (heat - cooling) / p.thermal_capacitance, power], solution, flux))
    }

    fn rates(&mut self, voltage: f64, y: &Vector) -> Vector {
        self.right_hand_side(voltage, y).map_or([f64::NAN; 3], |(f, ..)| f)
    }
}

/// The branch on which a remembered contact voltage lies.
pub(super) fn branch(
    cell: &Cell,
    n: [f64; 2],
    temperature: f64,
    surroundings: &Surroundings,
    contact_voltage: f64,
    positive: bool,
) -> Branch {
    let around = (surroundings.ambient_temperature, surroundings.limit);
    let contact = cell.chain(n, temperature, around, positive).0;
    if contact_voltage.abs() >= contact.critical { Branch::High } else { Branch::Low }
}

impl System<3> for Driven<'_> {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        let voltage = self.voltage(time);
        self.rates(voltage, y)
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<3> {
        let mut result = Linearisation { jacobian: [[0.0; 3]; 3], time: [0.0; 3] };
        let voltage = self.voltage(time);
        for (j, step) in [(0, 1e-7), (1, 1e-7 * y[1])] {
            let mut shifted = *y;
            shifted[j] += step;
            let g = self.rates(voltage, &shifted);
            for i in 0..3 {
                result.jacobian[i][j] = (g[i] - f[i]) / (shifted[j] - y[j]);
            }
        }
        if self.ramp.slope != 0.0 {
            let step = if self.positive { 1e-7 } else { -1e-7 };
            let g = self.rates(voltage + step, y);
            for i in 0..3 {
                result.time[i] = (g[i] - f[i]) / step * self.ramp.slope;
            }
        }
        result
    }
}

impl Dynamics<3> for Driven<'_> {
    fn set_origin(&mut self, elapsed: f64) {
        self.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &Vector) -> (Vector, Instant) {
        let voltage = self.voltage(time);
        let Some((f, solution, flux)) = self.right_hand_side(voltage, y) else {
            return ([f64::NAN; 3], Instant { current: f64::NAN, ..Instant::default() });
        };
        let (n, low, high) = (self.concentrations(y), self.cell.lowest(), self.cell.p.maximum_concentration);
        let near = 1.0 + crate::jart_vcm::AT_BOUND;
        let flags = Flags {
            lower_bound: n[0] <= near * low.0 || n[1] >= high / near,
            upper_bound: n[1] <= near * low.1 || n[0] >= high / near,
            compliance: solution.limited,
            overheated: y[1] > crate::jart_vcm::OVERHEATED,
            field_capped: flux.capped,
        };
        (f, Instant { current: solution.current.abs(), left_mode: solution.missing, flags })
    }

    fn margin(&mut self, time: f64, y: &Vector) -> f64 {
        self.evaluations += 1;
        let n = self.concentrations(y);
        let (contact, series) = self.cell.chain(n, y[1], self.around(), self.positive);
        contact.margin(&series, self.voltage(time).abs(), self.branch)
    }

    fn switch(&mut self, _time: f64, _y: &mut Vector) {
        self.branch = self.branch.other();
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}
