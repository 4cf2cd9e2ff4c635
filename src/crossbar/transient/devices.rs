//! The devices of an array: their states, what they have been through, and their motion over a step.
//!
//! Pinned by: `tests/crossbar_transient.rs` (resting cells, changes of the ambient temperature, single cells).

use device_models::{CurrentLimit, DeviceError, DeviceModel, Flags, Segment, Surroundings};
use rayon::prelude::*;

use super::{Population, TransientOptions};
use crate::crossbar::cells::{DeviceCells, conducts};
use crate::crossbar::error::CrossbarError;

/// When a cell was last moved, and what it was like then.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rest {
    /// Time since the beginning of the stage, s.
    since: f64,
    /// Voltage of cell and limit, V.
    voltage: f64,
    /// Ambient temperature, K.
    ambient: f64,
    /// Relative change of its current per second while it was moved; infinite where not known.
    rate: f64,
}

/// The devices of an array.
#[derive(Debug)]
pub struct Devices<'a> {
    pub columns: usize,
    model: &'a dyn DeviceModel,
    variables: usize,
    spreads: Vec<Vec<f64>>,
    pub states: Vec<f64>,
    pub surroundings: Vec<Surroundings>,
    pub energies: Vec<f64>,
    pub flags: Vec<Flags>,
    rests: Vec<Rest>,
}

/// Cells after a step that may yet be rejected.
#[derive(Debug)]
pub struct Trial {
    pub states: Vec<f64>,
    rests: Vec<Rest>,
    energies: Vec<f64>,
    flags: Vec<Flags>,
    /// Motions done and left for later.
    pub motions: u64,
    pub postponed: u64,
}

/// What one cell did.
struct Moved {
    rest: Rest,
    energy: f64,
    flags: Flags,
}

/// Which cells are moved.
#[derive(Debug, Clone, Copy)]
pub enum Which<'a> {
    /// All.
    All,
    /// Those that must be, for the circuit to be right.
    Restless,
    /// Those that have been left where they are and whose ambient temperature is about to change to these, K.
    Overtaken(&'a [f64]),
}

/// Safety of the rate by which a cell is left where it is.
const SAFETY: f64 = 2.0;

impl<'a> Devices<'a> {
    /// Devices at rest.
    pub fn new(columns: usize, population: Population<'a>) -> Self {
        let around =
            Surroundings { ambient_temperature: population.ambient_temperature, limit: population.limit };
        let model = population.model;
        let count = population.slow.len();
        let rest =
            Rest { since: 0.0, voltage: 0.0, ambient: around.ambient_temperature, rate: f64::INFINITY };
        Self {
            columns,
            model,
            variables: model.state_variables().len(),
            spreads: population.spreads,
            states: population.slow.iter().flat_map(|slow| model.rest(*slow, &around)).collect(),
            surroundings: vec![around; count],
            energies: vec![0.0; count],
            flags: vec![Flags::default(); count],
            rests: vec![rest; count],
        }
    }

    /// Multipliers of cell `k`.
    pub fn spread(&self, k: usize) -> &[f64] {
        self.spreads.get(k).map_or(&[], Vec::as_slice)
    }

    /// What the cells do at these states.
    pub fn laws<'b>(&'b self, states: &'b [f64]) -> DeviceCells<'b> {
        DeviceCells { model: self.model, spreads: &self.spreads, states, surroundings: &self.surroundings }
    }

    /// Puts these limits in series with the cells of each row.
    pub fn set_limits(&mut self, limits: &[CurrentLimit]) {
        for (row, limit) in self.surroundings.chunks_mut(self.columns).zip(limits) {
            for around in row {
                around.limit = *limit;
            }
        }
    }

    /// Puts a limit in series with one cell.
    pub fn set_limit(&mut self, k: usize, limit: CurrentLimit) {
        self.surroundings[k].limit = limit;
    }

    /// A new stage has begun at these voltages; all cells have been moved to its beginning.
    fn new_stage(&mut self, voltages: &[f64]) {
        for ((rest, voltage), around) in self.rests.iter_mut().zip(voltages).zip(&self.surroundings) {
            *rest = Rest {
                since: 0.0,
                voltage: *voltage,
                ambient: around.ambient_temperature,
                rate: f64::INFINITY,
            };
        }
    }

    /// The voltages jumped at a time within the stage to which all cells have been moved.
    pub fn jumped(&mut self, now: f64, voltages: &[f64]) {
        self.new_stage(voltages);
        for rest in &mut self.rests {
            rest.since = now;
        }
    }

    /// Moves cells until `end` towards these voltages.
    pub fn advance(
        &self,
        end: f64,
        voltages: &[f64],
        which: Which<'_>,
        options: &TransientOptions,
    ) -> Result<Trial, CrossbarError> {
        let mut states = self.states.clone();
        let moved: Vec<Result<Option<Moved>, DeviceError>> = states
            .par_chunks_mut(self.variables)
            .zip(voltages)
            .enumerate()
            .with_min_len(16)
            .map(|(k, (state, voltage))| {
                let moves = match which {
                    Which::All => true,
                    Which::Restless => self.restless(k, end, *voltage, options),
                    Which::Overtaken(temperatures) => self.overtaken(k, end, temperatures[k], options),
                };
                if moves { self.move_one(k, state, end, *voltage).map(Some) } else { Ok(None) }
            })
            .collect();
        let mut trial = Trial {
            states,
            rests: self.rests.clone(),
            energies: self.energies.clone(),
            flags: self.flags.clone(),
            motions: 0,
            postponed: 0,
        };
        for (k, outcome) in moved.into_iter().enumerate() {
            let (row, column) = (k / self.columns, k % self.columns);
            match outcome.map_err(|source| CrossbarError::Device { row, column, source })? {
                Some(moved) => {
                    trial.rests[k] = moved.rest;
                    trial.energies[k] += moved.energy;
                    trial.flags[k] = trial.flags[k].union(moved.flags);
                    trial.motions += 1;
                }
                None => trial.postponed += 1,
            }
        }
        Ok(trial)
    }

    /// Takes over a trial.
    pub fn accept(&mut self, trial: Trial) {
        self.states = trial.states;
        self.rests = trial.rests;
        self.energies = trial.energies;
        self.flags = trial.flags;
    }

    /// Whether cell `k` must be moved for the circuit to be right at `end`.
    fn restless(&self, k: usize, end: f64, voltage: f64, options: &TransientOptions) -> bool {
        let rest = &self.rests[k];
        let ambient = self.surroundings[k].ambient_temperature;
        let still = (voltage - rest.voltage).abs() <= options.voltage_tolerance
            && (ambient - rest.ambient).abs() <= options.temperature_tolerance
            && SAFETY * rest.rate * (end - rest.since) <= options.current_tolerance;
        !still
    }

    /// Whether cell `k` has not been moved up to `now` and must not be moved over the time since at its new ambient
    /// temperature.
    fn overtaken(&self, k: usize, now: f64, ambient: f64, options: &TransientOptions) -> bool {
        let rest = &self.rests[k];
        rest.since < now && (ambient - rest.ambient).abs() > options.temperature_tolerance
    }

    fn move_one(&self, k: usize, state: &mut [f64], end: f64, voltage: f64) -> Result<Moved, DeviceError> {
        let spread = self.spread(k);
        let mut around = self.surroundings[k];
        let rest = &self.rests[k];
        let duration = end - rest.since;
        let mut segment = Segment { start_voltage: rest.voltage, end_voltage: voltage, duration };
        if !conducts(&around.limit) {
            // Nothing flows: the cell itself is without voltage.
            segment = Segment::constant(0.0, duration);
            around.limit = CurrentLimit::None;
        }
        let current = |state: &[f64]| {
            let at = segment.end_voltage;
            self.model.operating_point(spread, state, at, &around).map(|point| point.current)
        };
        let before = current(state)?;
        let motion = self.model.advance(spread, state, &segment, &around, None, None)?;
        let after = current(state)?;
        let larger = before.abs().max(after.abs());
        let change = if larger > 0.0 { (after - before).abs() / larger } else { 0.0 };
        let rest = Rest {
            since: end,
            voltage,
            ambient: around.ambient_temperature,
            rate: if duration > 0.0 { change / duration } else { f64::INFINITY },
        };
        Ok(Moved { rest, energy: motion.energy, flags: motion.flags })
    }
}
