//! The right-hand side of JART VCM v1b for one cell under one drive.

use std::f64::consts::{FRAC_PI_2, PI};

use numerics::rosenbrock::{Linearisation, System};

use super::contact::{Branch, Contact, Series, Solution};
use super::parameters::Parameters;
use crate::constants::{BOLTZMANN, CHARGE};
use crate::limit::CurrentLimit;
use crate::model::{Flags, Surroundings};
use crate::motion::{Dynamics, Instant, Ramp};

/// Concentrations are integrated as ln(N / this), m⁻³.
const REFERENCE_CONCENTRATION: f64 = 1e26;

/// One cell: the card's parameters with its spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub parameters: Parameters,
    area: f64,
    thermal_resistance: f64,
}

impl Cell {
    pub(crate) fn new(nominal: &Parameters, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let mut p = *nominal;
        p.filament_radius *= factor(0);
        p.disc_length *= factor(1);
        p.minimum_concentration *= factor(2);
        p.maximum_concentration *= factor(3);
        let shrink = nominal.filament_radius / p.filament_radius;
        Self {
            area: PI * p.filament_radius * p.filament_radius,
            thermal_resistance: p.thermal_resistance * shrink * shrink,
            parameters: p,
        }
    }

    /// Thermal resistance at a polarity, K/W.
    pub(crate) fn thermal_resistance(&self, positive: bool) -> f64 {
        if positive {
            self.thermal_resistance * self.parameters.reset_thermal_scaling
        } else {
            self.thermal_resistance
        }
    }

    pub(crate) fn contact(&self, concentration: f64, temperature: f64) -> Contact {
        Contact::new(&self.parameters, self.area, concentration, temperature)
    }

    /// Resistances of disc and plug, Ω.
    fn ohmic(&self, concentration: f64) -> (f64, f64) {
        let p = &self.parameters;
        let unit = 1.0 / (CHARGE * p.charge_number * p.electron_mobility * self.area);
        (p.disc_length / concentration * unit, (p.cell_length - p.disc_length) / p.plug_concentration * unit)
    }

    pub(crate) fn series(&self, concentration: f64, external: CurrentLimit) -> Series {
        let p = &self.parameters;
        let (disc, plug) = self.ohmic(concentration);
        let line = p.line_resistance;
        Series {
            linear: disc + plug + p.oxide_resistance + line,
            cubic: line * line * p.line_temperature_coefficient * p.line_thermal_resistance,
            external,
        }
    }

    /// dN/dt (m⁻³/s), heat dissipated in the filament (W), and whether the field was capped.
    fn rates(&self, concentration: f64, temperature: f64, solution: &Solution) -> (f64, f64, bool) {
        let p = &self.parameters;
        let (disc, plug) = self.ohmic(concentration);
        let current = solution.current;
        let drop = solution.schottky_voltage + current * (disc + plug);
        let heat = current * drop;
        let set = current < 0.0;
        let field = if set { -current * disc / p.disc_length } else { drop / p.cell_length };
        let raw = p.charge_number * CHARGE * field * p.hopping_distance / (PI * p.activation_energy);
        let capped = raw >= 1.0;
        let gamma = if capped { 1.0 } else { raw.max(0.0) };
        let symmetric = (1.0 - gamma * gamma).sqrt() + gamma * gamma.asin();
        let barrier = p.activation_energy / (BOLTZMANN * temperature);
        // exp(−W_min) − exp(−W_max), free of cancellation.
        let hops = 2.0 * (-barrier * symmetric).exp() * (barrier * gamma * FRAC_PI_2).sinh();
        let ratio = if set {
            concentration / p.maximum_concentration
        } else {
            p.minimum_concentration / concentration
        };
        let limiting = 1.0 - ratio.powi(10);
        let mean = 0.5 * (p.plug_concentration + concentration);
        let rate = mean * p.hopping_distance * p.attempt_frequency * limiting * hops / p.disc_length;
        (if set { rate } else { -rate }, heat, capped)
    }
}

/// State as integrated: [ln(N/N_ref), T, energy].
pub(crate) type Vector = [f64; 3];

/// One cell under one ramp of constant polarity.
pub(crate) struct Driven {
    cell: Cell,
    ramp: Ramp,
    positive: bool,
    ambient: f64,
    limit: CurrentLimit,
    thermal_resistance: f64,
    pub branch: Branch,
    pub schottky_voltage: f64,
    evaluations: u32,
}

impl Driven {
    pub(crate) fn new(
        cell: Cell,
        ramp: Ramp,
        positive: bool,
        surroundings: &Surroundings,
        schottky_voltage: f64,
    ) -> Self {
        let critical = cell.parameters.barrier_height - cell.parameters.fermi_depth;
        Self {
            cell,
            ramp,
            positive,
            ambient: surroundings.ambient_temperature,
            limit: surroundings.limit,
            thermal_resistance: cell.thermal_resistance(positive),
            branch: if positive && schottky_voltage >= critical { Branch::High } else { Branch::Low },
            schottky_voltage,
            evaluations: 0,
        }
    }

    pub(crate) fn to_vector(concentration: f64, temperature: f64) -> Vector {
        [(concentration / REFERENCE_CONCENTRATION).ln(), temperature, 0.0]
    }

    pub(crate) fn concentration(y: &Vector) -> f64 {
        REFERENCE_CONCENTRATION * y[0].exp()
    }

    /// Applied voltage with the polarity of this part, so that rounding never changes it.
    fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    fn right_hand_side(&mut self, voltage: f64, y: &Vector) -> (Vector, Option<(Solution, bool)>) {
        self.evaluations += 1;
        let concentration = Self::concentration(y);
        let temperature = y[1];
        // Stages of a step that will be rejected may leave the physical domain.
        if !(temperature > 1.0 && concentration > 0.0 && concentration < f64::INFINITY) {
            return ([f64::NAN; 3], None);
        }
        let contact = self.cell.contact(concentration, temperature);
        let series = self.cell.series(concentration, self.limit);
        let Some(solution) = contact.solve(&series, voltage, self.branch, self.schottky_voltage) else {
            return ([f64::NAN; 3], None);
        };
        self.schottky_voltage = solution.schottky_voltage;
        let (rate, heat, capped) = self.cell.rates(concentration, temperature, &solution);
        let warming = (self.ambient - temperature + heat * self.thermal_resistance)
            / (self.thermal_resistance * self.cell.parameters.thermal_capacitance);
        let power = solution.voltage * solution.current;
        ([rate / concentration, warming, power], Some((solution, capped)))
    }
}

impl System<3> for Driven {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        let voltage = self.voltage(time);
        self.right_hand_side(voltage, y).0
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<3> {
        let mut result = Linearisation { jacobian: [[0.0; 3]; 3], time: [0.0; 3] };
        let voltage = self.voltage(time);
        // Nothing depends on the energy spent.
        for (j, step) in [(0, 1e-7), (1, 1e-7 * y[1])] {
            let mut shifted = *y;
            shifted[j] += step;
            let g = self.right_hand_side(voltage, &shifted).0;
            for i in 0..3 {
                result.jacobian[i][j] = (g[i] - f[i]) / (shifted[j] - y[j]);
            }
        }
        if self.ramp.slope != 0.0 {
            // Away from zero, where the polarity of this part ends.
            let step = if self.positive { 1e-7 } else { -1e-7 };
            let g = self.right_hand_side(voltage + step, y).0;
            for i in 0..3 {
                result.time[i] = (g[i] - f[i]) / step * self.ramp.slope;
            }
        }
        result
    }
}

impl Dynamics<3> for Driven {
    fn set_origin(&mut self, elapsed: f64) {
        self.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &Vector) -> (Vector, Instant) {
        let voltage = self.voltage(time);
        let (f, electrical) = self.right_hand_side(voltage, y);
        let Some((solution, field_capped)) = electrical else {
            return (f, Instant { current: f64::NAN, ..Instant::default() });
        };
        let p = &self.cell.parameters;
        let concentration = Self::concentration(y);
        let flags = Flags {
            lower_bound: self.positive && concentration <= (1.0 + super::AT_BOUND) * p.minimum_concentration,
            upper_bound: !self.positive && concentration >= (1.0 - super::AT_BOUND) * p.maximum_concentration,
            compliance: solution.limited,
            overheated: y[1] > super::OVERHEATED,
            field_capped,
        };
        (f, Instant { current: solution.current.abs(), left_mode: solution.missing, flags })
    }

    fn margin(&mut self, time: f64, y: &Vector) -> f64 {
        self.evaluations += 1;
        let concentration = Self::concentration(y);
        self.cell.contact(concentration, y[1]).margin(
            &self.cell.series(concentration, self.limit),
            self.voltage(time),
            self.branch,
        )
    }

    fn switch(&mut self, _time: f64, _y: &mut Vector) {
        self.branch = self.branch.other();
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}
