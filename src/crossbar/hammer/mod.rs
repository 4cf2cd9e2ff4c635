//! Hammering: one cell of an array is pulsed again and again, its neighbours are half-selected and warmed.
//!
//! What is computed, for a train of equal pulses on one cell or on several in turn:
//!
//! * the circuit of the array with its wires at every section of a pulse, the cells' fast variables
//!   (temperature) in equilibrium with their voltages and with the warmth of the others (`operate`);
//! * the thermal network in time within a pulse and between pulses ([`super::thermal`]), the own share of
//!   each cell left out;
//! * the motion of every cell under its voltage at its local temperature.
//!
//! Many pulses: see `train`. A bit has flipped when the conductance of its cell, read at rest, has gone
//! past a given conductance.
//!
//! Heat of a cell: either the filament's, P = (T − T_local)/R_th with its effective thermal resistance, so that
//! ΔT_i = Σ_j α_ij P_j R_th,j, or all that is dissipated between its terminals, P = V I, which counts resistances in
//! series within the model as if they lay at the crossing.
//!
//! Reference: F. Staudigl et al., NeuroHammer: inducing bit-flips in memristive crossbar memories, arXiv:2112.01087
//! (the effect; that fewer pulses are needed at smaller spacing and higher ambient temperature is not confirmed
//! against the paper).
//! Pinned by: `tests/crossbar_hammer.rs`.

mod operate;
mod section;
mod train;

use device_models::{DeviceError, DeviceModel, Flags, Surroundings};

use super::thermal::{Crosstalk, ThermalNetwork};
use super::{Array, Bias, CrossbarError, Newton, NewtonOptions};

pub use operate::Operation;
pub use train::Progress;

/// Which heat of a cell warms the others.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Heat {
    /// That of the filament with this effective thermal resistance, K/W, the same for all cells.
    Filament(f64),
    /// All power between the terminals of the cell.
    Cell,
}

/// A train of pulses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pulses {
    /// Width of a pulse, s.
    pub width: f64,
    /// From one pulse to the next, s.
    pub period: f64,
    /// Most pulses.
    pub count: u64,
}

/// What is hammered, and how.
#[derive(Debug)]
pub struct Setup<'a> {
    /// The model of all cells.
    pub model: &'a dyn DeviceModel,
    /// Multipliers of each cell's parameters; empty where all are nominal.
    pub spreads: Vec<Vec<f64>>,
    /// Slow state of each cell before.
    pub slow: Vec<f64>,
    /// Temperature of the heat sink, and what limits each cell's current.
    pub surroundings: Surroundings,
    /// The wires; conductances are those of the cells.
    pub array: Array,
    /// The hammered cells.
    pub hammered: Vec<usize>,
    /// Potentials of the lines during a pulse on each of them, applied in turn.
    pub biases: Vec<Bias>,
    /// The train.
    pub pulses: Pulses,
    /// How heat spreads; `None` leaves every cell at the temperature of the sink.
    pub thermal: Option<(ThermalNetwork, Heat)>,
    /// Cells whose own heat is kept apart ([`Crosstalk`]): those that are selected or half-selected.
    pub sources: Vec<usize>,
    /// Voltage at which cells are read, V.
    pub read_voltage: f64,
    /// Conductance past which a bit has flipped, S.
    pub flip_conductance: f64,
    /// Largest change of ln G of any cell between two solutions of the circuit; 0 computes every pulse.
    pub tolerance: f64,
    /// Ends the train after so many flips of others.
    pub stop_after: Option<usize>,
}

/// What became of the array.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// The first pulse at its end.
    pub first: Operation,
    /// Number of pulses after which each cell had flipped; never of a hammered one.
    pub flips: Vec<Option<u64>>,
    /// Numbers of pulses at which the cells were read.
    pub pulses: Vec<u64>,
    /// Conductances of all cells then, S, one list of cells after the other.
    pub conductances: Vec<f64>,
    /// Slow states at the end.
    pub slow: Vec<f64>,
    /// What each cell met.
    pub flags: Vec<Flags>,
    /// Pulses that were computed one by one; all others are in blocks.
    pub resolved: u64,
    /// Blocks.
    pub blocks: u64,
}

/// The array while it is hammered.
#[derive(Debug)]
struct Hammer<'a> {
    setup: &'a Setup<'a>,
    /// States of the cells, one after the other.
    states: Vec<f64>,
    /// Length of each.
    variables: usize,
    newton: Newton,
    crosstalk: Option<Crosstalk>,
    flags: Vec<Flags>,
}

impl Setup<'_> {
    /// Hammers until the train ends, enough bits have flipped or `watch` says no.
    ///
    /// # Errors
    /// When a list or value is not possible, or the circuit, the thermal network or a cell fails.
    pub fn run(&self, watch: &mut dyn FnMut(&Progress) -> bool) -> Result<Outcome, CrossbarError> {
        self.check()?;
        let crosstalk = match &self.thermal {
            Some((network, _)) => Some(Crosstalk::new(network.clone(), self.sources.clone())?),
            None => None,
        };
        let states = self.slow.iter().flat_map(|slow| self.model.rest(*slow, &self.surroundings)).collect();
        let newton = Newton::new(&self.array, NewtonOptions { tolerance: 1e-9, ..NewtonOptions::default() })?;
        let variables = self.model.state_variables().len();
        let flags = vec![Flags::default(); self.slow.len()];
        train::run(Hammer { setup: self, states, variables, newton, crosstalk, flags }, watch)
    }

    /// Checks lists and values; array and biases are checked where they are solved.
    fn check(&self) -> Result<(), CrossbarError> {
        let cells = self.array.rows * self.array.columns;
        let shape = |field, found, expected| Err(CrossbarError::Shape { field, found, expected });
        let value = |field: &str, value, expected| {
            Err(CrossbarError::Value { field: field.to_owned(), value, expected })
        };
        if self.slow.len() != cells {
            return shape("the list of states", self.slow.len(), cells);
        }
        if !self.spreads.is_empty() && self.spreads.len() != cells {
            return shape("the list of spreads", self.spreads.len(), cells);
        }
        if let Some((network, _)) = &self.thermal
            && network.cells() != cells
        {
            return shape("the thermal network", network.cells(), cells);
        }
        if let Some(k) = self.hammered.iter().find(|k| **k >= cells) {
            return value("the number of a hammered cell", *k as f64, "one of the array's cells");
        }
        if self.biases.is_empty() {
            return value("the number of biases", 0.0, "at least one");
        }
        let Pulses { width, period, count } = self.pulses;
        if count < self.biases.len() as u64 {
            return value("the number of pulses", count as f64, "at least one for each bias");
        }
        if !(width > 0.0 && width.is_finite()) {
            return value("the width of a pulse", width, "a time above 0 s");
        }
        if !(period >= width && period.is_finite()) {
            return value("the period of the pulses", period, "at least their width");
        }
        if !(self.read_voltage != 0.0 && self.read_voltage.is_finite()) {
            return value("the read voltage", self.read_voltage, "a voltage other than 0 V");
        }
        Ok(())
    }

    /// Multipliers of cell `k`.
    fn spread(&self, k: usize) -> &[f64] {
        self.spreads.get(k).map_or(&[], Vec::as_slice)
    }

    fn fault(&self, k: usize, source: DeviceError) -> CrossbarError {
        CrossbarError::Device { row: k / self.array.columns, column: k % self.array.columns, source }
    }
}
