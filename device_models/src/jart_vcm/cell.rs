//! One cell of JART VCM v1b and its circuit: what the deterministic and the discrete version share.
//!
//! [`Cell`] holds the card's parameters with the cell's spread, constant or morphing with the
//! concentration; [`Circuit`] solves contact and series at one drive, follows the contact's branch
//! and gives heat and hopping ([`Hopping`]).
//!
//! Equations and references: see the parent module. Pinned by: `tests/jart_published.rs`,
//! `tests/jart_cycling.rs`.

use std::f64::consts::{FRAC_PI_2, PI};

use super::contact::{Branch, Contact, Interface, Series, Solution};
use super::parameters::Parameters;
use crate::constants::{BOLTZMANN, CHARGE};
use crate::limit::CurrentLimit;
use crate::model::{Flags, Morph, Segment, Surroundings};
use crate::motion::Ramp;

/// Concentrations are integrated as ln(N / this), m⁻³.
const REFERENCE_CONCENTRATION: f64 = 1e26;

/// ln(N/N_ref).
pub(super) fn logarithm(concentration: f64) -> f64 {
    (concentration / REFERENCE_CONCENTRATION).ln()
}

/// N of ln(N/N_ref), m⁻³.
pub(super) fn exponential(logarithm: f64) -> f64 {
    REFERENCE_CONCENTRATION * logarithm.exp()
}

/// Radius and length (m) that go over into others while the concentration moves.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Geometry {
    from: [f64; 2],
    to: [f64; 2],
    /// Concentrations at which the change begins and is complete, m⁻³.
    span: [f64; 2],
}

/// The members of the family that share this cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// The field tilts and lowers the hopping barrier.
    V1b,
    /// The field tilts it.
    V1,
    /// As v1, with half the ion current and electrons at ambient temperature.
    V1Generic,
}

/// One cell: the card's parameters with its spread.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    version: Version,
    pub parameters: Parameters,
    area: f64,
    /// Resistance of a piece of the filament times its concentration over its length, Ω/m².
    resistance: f64,
    thermal_resistance: f64,
    nominal_radius: f64,
    geometry: Option<Geometry>,
}

impl Cell {
    pub(crate) fn new(nominal: &Parameters, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let mut p = *nominal;
        p.minimum_concentration *= factor(2);
        p.maximum_concentration *= factor(3);
        let mut cell = Self {
            version: Version::V1b,
            parameters: p,
            area: 0.0,
            resistance: 0.0,
            thermal_resistance: 0.0,
            nominal_radius: nominal.filament_radius,
            geometry: None,
        };
        cell.shape(p.filament_radius * factor(0), p.disc_length * factor(1), nominal.thermal_resistance);
        cell
    }

    /// The cell of another member of the family.
    pub(crate) fn of(self, version: Version) -> Self {
        Self { version, ..self }
    }

    /// Temperature of the contact's electrons, K.
    pub(crate) fn electrons(&self, temperature: f64, ambient: f64) -> f64 {
        if self.version == Version::V1Generic { ambient } else { temperature }
    }

    /// A cell whose radius and length morph; its bounds are those of the later spread.
    pub(crate) fn morphing(nominal: &Parameters, morph: &Morph) -> Self {
        let old = Self::new(nominal, &morph.from).parameters;
        let mut cell = Self::new(nominal, &morph.to);
        cell.geometry = Some(Geometry {
            from: [old.filament_radius, old.disc_length],
            to: [cell.parameters.filament_radius, cell.parameters.disc_length],
            span: [morph.start, morph.end],
        });
        cell
    }

    fn shape(&mut self, radius: f64, length: f64, nominal_thermal_resistance: f64) {
        self.parameters.filament_radius = radius;
        self.parameters.disc_length = length;
        let shrink = self.nominal_radius / radius;
        self.area = PI * radius * radius;
        let p = &self.parameters;
        self.resistance = 1.0 / (CHARGE * p.charge_number * p.electron_mobility * self.area);
        self.thermal_resistance = nominal_thermal_resistance * shrink * shrink;
    }

    /// The cell as it is at a concentration.
    pub(crate) fn at(&self, concentration: f64) -> Self {
        let mut cell = *self;
        if let Some(g) = &self.geometry {
            let share = Morph::share(g.span[0], g.span[1], concentration);
            let now = |i: usize| g.from[i] + (g.to[i] - g.from[i]) * share;
            cell.shape(now(0), now(1), self.parameters.thermal_resistance);
        }
        cell
    }

    /// Radius and length do not move with the concentration.
    pub(crate) fn is_rigid(&self) -> bool {
        self.geometry.is_none()
    }

    /// Volume of the disc, m³.
    pub(crate) fn volume(&self) -> f64 {
        self.area * self.parameters.disc_length
    }

    /// Thermal resistance at a polarity, K/W.
    pub(crate) fn thermal_resistance(&self, positive: bool) -> f64 {
        if positive {
            self.thermal_resistance * self.parameters.reset_thermal_scaling
        } else {
            self.thermal_resistance
        }
    }

    /// State after a duration without bias: only the heat moves, in closed form.
    pub(crate) fn cool(&self, state: [f64; 3], duration: f64, ambient: f64) -> [f64; 3] {
        let tau = self.at(state[0]).thermal_resistance(false) * self.parameters.thermal_capacitance;
        [state[0], ambient + (state[1] - ambient) * (-duration / tau).exp(), 0.0]
    }

    pub(crate) fn contact(&self, concentration: f64, temperature: f64) -> Contact {
        let p = &self.parameters;
        let interface = Interface {
            permittivity: p.permittivity,
            barrier_permittivity: p.barrier_permittivity,
            barrier_height: p.barrier_height,
            fermi_depth: p.fermi_depth,
            richardson_constant: p.richardson_constant,
            effective_mass: p.effective_mass,
            charge_number: p.charge_number,
        };
        Contact::new(&interface, self.area, concentration, temperature)
    }

    /// Resistances of disc and plug, Ω.
    fn ohmic(&self, concentration: f64) -> (f64, f64) {
        let p = &self.parameters;
        let length = p.cell_length - p.disc_length;
        (p.disc_length / concentration * self.resistance, length / p.plug_concentration * self.resistance)
    }

    pub(crate) fn series(&self, concentration: f64, external: CurrentLimit) -> Series {
        self.series_of(self.ohmic(concentration), external)
    }

    fn series_of(&self, (disc, plug): (f64, f64), external: CurrentLimit) -> Series {
        let p = &self.parameters;
        let line = p.line_resistance;
        Series {
            linear: disc + plug + p.oxide_resistance + line,
            cubic: line * line * p.line_temperature_coefficient * p.line_thermal_resistance,
            external,
            opposite: None,
        }
    }

    /// Hopping of vacancies at a current and the voltages across the disc and the whole filament.
    fn hopping(
        &self,
        concentration: f64,
        temperature: f64,
        current: f64,
        (disc, drop): (f64, f64),
    ) -> Hopping {
        let p = &self.parameters;
        let set = current < 0.0;
        let field = if set { -disc / p.disc_length } else { drop / p.cell_length };
        let raw = p.charge_number * CHARGE * field * p.hopping_distance / (PI * p.activation_energy);
        let lowered = self.version == Version::V1b;
        let capped = lowered && raw >= 1.0;
        let gamma = if capped { 1.0 } else { raw.max(0.0) };
        let symmetric = if lowered { (1.0 - gamma * gamma).sqrt() + gamma * gamma.asin() } else { 1.0 };
        let barrier = p.activation_energy / (BOLTZMANN * temperature);
        let ratio = if set {
            concentration / p.maximum_concentration
        } else {
            p.minimum_concentration / concentration
        };
        let limiting = 1.0 - ratio.powi(10);
        let share = if self.version == Version::V1Generic { 0.25 } else { 0.5 };
        let mean = share * (p.plug_concentration + concentration);
        let attempts = mean * p.hopping_distance * p.attempt_frequency * limiting / p.disc_length;
        Hopping {
            set,
            scale: attempts * (-barrier * symmetric).exp(),
            exponent: barrier * gamma * FRAC_PI_2,
            capped,
        }
    }
}

/// Hops over the barrier lowered by the field, exp(−ΔW_min/kT), and back over the raised one,
/// exp(−ΔW_max/kT).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Hopping {
    /// The field drives vacancies into the disc.
    set: bool,
    /// Rate at the mean of the two barriers, m⁻³/s.
    scale: f64,
    /// Half their difference over kT.
    exponent: f64,
    /// γ was held at 1.
    pub capped: bool,
}

impl Hopping {
    /// dN/dt, m⁻³/s, free of cancellation.
    pub(crate) fn net(&self) -> f64 {
        let rate = 2.0 * self.scale * self.exponent.sinh();
        if self.set { rate } else { -rate }
    }

    /// Rates into the disc and out of it, m⁻³/s.
    pub(crate) fn in_and_out(&self) -> (f64, f64) {
        let (along, against) = (self.scale * self.exponent.exp(), self.scale * (-self.exponent).exp());
        if self.set { (along, against) } else { (against, along) }
    }
}

/// What the circuit says at one instant.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instance {
    pub solution: Solution,
    pub hopping: Hopping,
    /// dT/dt, K/s.
    pub warming: f64,
    /// Power dissipated in the cell, W.
    pub power: f64,
}

/// A cell whose heat is in its steady state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Steady {
    pub schottky_voltage: f64,
    pub temperature: f64,
    /// d ln N/dt, 1/s.
    pub speed: f64,
    /// γ was held at 1.
    pub capped: bool,
}

/// A cell under one ramp of constant polarity.
#[derive(Debug, Clone)]
pub(crate) struct Circuit {
    pub cell: Cell,
    pub ramp: Ramp,
    pub positive: bool,
    ambient: f64,
    limit: CurrentLimit,
    pub branch: Branch,
    pub schottky_voltage: f64,
    pub evaluations: u32,
}

impl Circuit {
    pub(crate) fn new(
        cell: &Cell,
        segment: &Segment,
        surroundings: &Surroundings,
        schottky_voltage: f64,
    ) -> Self {
        let mut circuit = Self {
            cell: *cell,
            ramp: Ramp::new(segment),
            positive: segment.start_voltage + segment.end_voltage > 0.0,
            ambient: surroundings.ambient_temperature,
            limit: surroundings.limit,
            branch: Branch::Low,
            schottky_voltage,
            evaluations: 0,
        };
        circuit.remember(schottky_voltage);
        circuit
    }

    /// Applied voltage with the polarity of this part, so that rounding never changes it.
    pub(crate) fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    /// Shift of the voltage for differences: away from zero, where the polarity of this part ends.
    pub(crate) fn voltage_step(&self) -> f64 {
        if self.positive { 1e-7 } else { -1e-7 }
    }

    /// `None` outside the physical domain, which stages of a step that will be rejected may leave.
    pub(crate) fn solve(&mut self, voltage: f64, concentration: f64, temperature: f64) -> Option<Instance> {
        self.evaluations += 1;
        if !(temperature > 1.0 && concentration > 0.0 && concentration < f64::INFINITY) {
            return None;
        }
        let cell = self.cell.at(concentration);
        let contact = cell.contact(concentration, cell.electrons(temperature, self.ambient));
        let (disc, plug) = cell.ohmic(concentration);
        let series = cell.series_of((disc, plug), self.limit);
        let solution = contact.solve(&series, voltage, self.branch, self.schottky_voltage)?;
        self.schottky_voltage = solution.schottky_voltage;
        let current = solution.current;
        let drop = solution.schottky_voltage + current * (disc + plug);
        let hopping = cell.hopping(concentration, temperature, current, (current * disc, drop));
        let resistance = cell.thermal_resistance(self.positive);
        let warming = (self.ambient - temperature + current * drop * resistance)
            / (resistance * cell.parameters.thermal_capacitance);
        Some(Instance { solution, hopping, warming, power: solution.voltage * solution.current })
    }

    /// What a known current means once the filament has come to its own temperature.
    pub(crate) fn steady(&mut self, voltage: f64, concentration: f64, current: f64) -> Steady {
        self.evaluations += 1;
        let cell = &self.cell;
        let (disc, plug) = cell.ohmic(concentration);
        let series = cell.series_of((disc, plug), CurrentLimit::None);
        let schottky_voltage = voltage - current * (series.linear + series.cubic * current * current);
        let drop = schottky_voltage + current * (disc + plug);
        let temperature = self.ambient + current * drop * cell.thermal_resistance(self.positive);
        let hopping = cell.hopping(concentration, temperature, current, (current * disc, drop));
        let speed = hopping.net() / concentration;
        Steady { schottky_voltage, temperature, speed, capped: hopping.capped }
    }

    /// Takes over contact voltage and branch from elsewhere.
    pub(crate) fn remember(&mut self, schottky_voltage: f64) {
        self.schottky_voltage = schottky_voltage;
        let critical = self.cell.parameters.barrier_height - self.cell.parameters.fermi_depth;
        self.branch = if self.positive && schottky_voltage >= critical { Branch::High } else { Branch::Low };
    }

    /// What is to be reported of an instant.
    pub(crate) fn flags(&self, limited: bool, capped: bool, concentration: f64, temperature: f64) -> Flags {
        let p = &self.cell.parameters;
        let (low, high) = (p.minimum_concentration, p.maximum_concentration);
        Flags {
            lower_bound: self.positive && concentration <= (1.0 + super::AT_BOUND) * low,
            upper_bound: !self.positive && concentration >= (1.0 - super::AT_BOUND) * high,
            compliance: limited,
            overheated: temperature > super::OVERHEATED,
            field_capped: capped,
        }
    }

    /// Positive where the branch followed exists, V.
    pub(crate) fn margin(&mut self, time: f64, concentration: f64, temperature: f64) -> f64 {
        self.evaluations += 1;
        let cell = self.cell.at(concentration);
        let series = cell.series(concentration, self.limit);
        let contact = cell.contact(concentration, cell.electrons(temperature, self.ambient));
        contact.margin(&series, self.voltage(time), self.branch)
    }
}
