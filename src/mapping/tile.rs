//! One tile: differential pairs of cells between word lines (inputs) and bit-line pairs
//! (outputs).
//!
//! w = (G⁺ − G⁻)/g₁ with g₁ = (G_max − G_min)/w_max. A change of the weight is push-pull: SET on
//! one cell of the pair and RESET on the other, so that up and down steps are alike although SET
//! and RESET of a device differ.
//!
//! A read of a cell deviates by a relative Gaussian σ_r that is fresh for every read. The sum of
//! a column is then exactly Gaussian with variance Σ x² σ_r² (G⁺² + G⁻²)/g₁²: a second product,
//! not a redrawn matrix.
//!
//! Energies are those of the cells alone: converters, drivers and wires are not in them. A read
//! drives the lines with x · V_read for the card's `read_width`, and a cell is taken as the linear
//! conductor it is at V_read; so it costs x² V_read² G t. A write pulse costs ∫ V I dt of the full
//! model, tabulated with the pulse.
//!
//! Pinned by: `tests/mapping_analog.rs`.

use device_models::pulse::{CycleNoise, PulseArray};
use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

use super::config::AnalogConfig;
use super::devices::DeviceLibrary;

/// Which cell of a differential pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Adds to the weight.
    Plus = 0,
    /// Subtracts from the weight.
    Minus = 1,
}

/// A write pulse's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Raises the conductance.
    Set,
    /// Lowers the conductance.
    Reset,
}

/// Write pulses, and the energy of them and of the reads that verify them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Writes {
    /// SET pulses.
    pub set: u64,
    /// RESET pulses.
    pub reset: u64,
    /// Energy dissipated in cells by the pulses, J.
    pub energy: f64,
    /// Energy dissipated in cells by verify reads, J.
    pub verify_energy: f64,
}

/// One tile of differential pairs.
#[derive(Debug, Clone)]
pub struct Tile {
    outputs: usize,
    inputs: usize,
    /// Plus and minus cells, output-major.
    cells: [PulseArray; 2],
    per_weight: f32,
    read_variance: f32,
    cycle_noise: CycleNoise,
    /// (G⁺ − G⁻)/g₁, kept in step with the cells.
    weights: Matrix,
    /// Variance of one read of each weight, kept in step with the cells.
    variance: Matrix,
}

impl Tile {
    /// A tile of freshly formed cells. `address` keys which devices it is made of.
    pub fn new(
        outputs: usize,
        inputs: usize,
        library: &DeviceLibrary,
        config: &AnalogConfig,
        seed: u64,
        address: u64,
    ) -> Self {
        let count = outputs * inputs;
        let mut stream = Stream::new(seed, Purpose::DeviceSpread, address, 1);
        let mut draw = || -> Vec<u16> {
            (0..count).map(|_| stream.below(library.devices.len() as u32) as u16).collect()
        };
        let cycle_noise = library.cycle_noise(config);
        let written = library.write_noise && cycle_noise == CycleNoise::Own;
        let mut side = || {
            let kinds = draw();
            let formed = kinds.iter().map(|&k| library.devices[usize::from(k)].formed).collect();
            PulseArray::new(kinds, formed, written)
        };
        let mut tile = Self {
            outputs,
            inputs,
            cells: [side(), side()],
            per_weight: (library.window.1 - library.window.0) / config.weight_range,
            read_variance: config.read_noise * config.read_noise,
            cycle_noise,
            weights: Matrix::zeros(outputs, inputs),
            variance: Matrix::zeros(outputs, inputs),
        };
        for pair in 0..count {
            tile.refresh(pair);
        }
        tile
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// Conductance per unit of weight, S.
    pub fn per_weight(&self) -> f32 {
        self.per_weight
    }

    /// The weights as the cells stand, without read noise.
    pub fn true_weights(&self) -> &Matrix {
        &self.weights
    }

    /// Conductances of one side, S, output-major.
    pub fn conductances(&self, side: Side) -> &[f32] {
        self.cells[side as usize].readings()
    }

    /// Write pulses every cell of one side has received.
    pub fn wear(&self, side: Side) -> &[u32] {
        self.cells[side as usize].pulses()
    }

    fn refresh(&mut self, pair: usize) {
        let [plus, minus] = [0, 1].map(|side: usize| self.cells[side].readings()[pair]);
        self.weights.as_mut_slice()[pair] = (plus - minus) / self.per_weight;
        self.variance.as_mut_slice()[pair] =
            self.read_variance * (plus * plus + minus * minus) / (self.per_weight * self.per_weight);
    }

    /// Noisy products of a batch with this tile's weights (forward) or their transpose, before
    /// the converters.
    pub fn product(&self, x: &Matrix, transposed: bool, noise: &mut Stream) -> Matrix {
        let op = if transposed { Op::Plain } else { Op::Transposed };
        let mut y = product((x, Op::Plain), (&self.weights, op));
        if self.read_variance > 0.0 {
            let mut squares = x.clone();
            for value in squares.as_mut_slice() {
                *value *= *value;
            }
            let variance = product((&squares, Op::Plain), (&self.variance, op));
            let mut normals = vec![0.0; variance.as_slice().len()];
            noise.fill_normal(&mut normals);
            for ((y, v), z) in y.as_mut_slice().iter_mut().zip(variance.as_slice()).zip(&normals) {
                *y += v.max(0.0).sqrt() * z;
            }
        }
        y
    }

    /// Energy of reading a batch, J: Σ x² (G⁺ + G⁻) V² t, inputs as shares of the read voltage.
    pub fn read_energy(&self, x: &Matrix, transposed: bool, library: &DeviceLibrary) -> f64 {
        let mut squares = vec![0.0_f32; x.columns()];
        for row in x.iter_rows() {
            for (sum, x) in squares.iter_mut().zip(row) {
                *sum += x * x;
            }
        }
        let [plus, minus] = [0, 1].map(|side: usize| self.cells[side].readings());
        let rows = plus.chunks_exact(self.inputs).zip(minus.chunks_exact(self.inputs));
        let mut sum = 0.0;
        for (k, (plus, minus)) in rows.enumerate() {
            let load: f32 = if transposed {
                squares[k] * plus.iter().zip(minus).map(|(p, m)| p + m).sum::<f32>()
            } else {
                plus.iter().zip(minus).zip(&squares).map(|((p, m), x)| (p + m) * x).sum()
            };
            sum += f64::from(load);
        }
        sum * library.cell_read_energy(1.0)
    }

    /// One noisy read of a cell, S.
    pub fn read_cell(&self, side: Side, pair: usize, noise: &mut Stream) -> f32 {
        let g = self.conductances(side)[pair];
        if self.read_variance > 0.0 {
            g * (1.0 + self.read_variance.sqrt() * noise.normal() as f32)
        } else {
            g
        }
    }

    /// Applies one write pulse to a cell.
    pub fn pulse(
        &mut self,
        side: Side,
        pair: usize,
        direction: Direction,
        library: &DeviceLibrary,
        noise: &mut Stream,
        writes: &mut Writes,
    ) {
        let cells = &mut self.cells[side as usize];
        let device = &library.devices[cells.device(pair)];
        let response = match direction {
            Direction::Set => &device.set,
            Direction::Reset => &device.reset,
        };
        writes.energy += f64::from(cells.pulse(pair, response, self.cycle_noise, noise));
        match direction {
            Direction::Set => writes.set += 1,
            Direction::Reset => writes.reset += 1,
        }
    }

    /// Changes a weight by `pulses` push-pull pulse pairs, up or down by their sign.
    pub fn step(
        &mut self,
        pair: usize,
        pulses: i32,
        library: &DeviceLibrary,
        noise: &mut Stream,
        writes: &mut Writes,
    ) {
        let (up, down) = if pulses > 0 { (Side::Plus, Side::Minus) } else { (Side::Minus, Side::Plus) };
        for _ in 0..pulses.unsigned_abs() {
            self.pulse(up, pair, Direction::Set, library, noise, writes);
            self.pulse(down, pair, Direction::Reset, library, noise, writes);
        }
        self.refresh(pair);
    }

    /// Brings one cell to a target conductance by pulses with read-verify: read, stop when within
    /// `tolerance` (S), else pulse towards the target. Returns (pulses, reads, success).
    #[expect(clippy::too_many_arguments, reason = "one cell, its target, its periphery")]
    pub fn write_verify(
        &mut self,
        side: Side,
        pair: usize,
        target: f32,
        tolerance: f32,
        budget: u32,
        library: &DeviceLibrary,
        noise: &mut Stream,
        writes: &mut Writes,
    ) -> (u64, u64, bool) {
        let mut pulses = 0;
        let mut reads = 0;
        let success = loop {
            let g = self.read_cell(side, pair, noise);
            reads += 1;
            writes.verify_energy += library.cell_read_energy(g);
            if (g - target).abs() <= tolerance {
                break true;
            }
            if pulses == u64::from(budget) {
                break false;
            }
            let direction = if g < target { Direction::Set } else { Direction::Reset };
            self.pulse(side, pair, direction, library, noise, writes);
            pulses += 1;
        };
        self.refresh(pair);
        (pulses, reads, success)
    }

    /// Cells outside the conductance window.
    pub fn saturated(&self, window: (f32, f32)) -> u64 {
        let cells = self.cells.iter().flat_map(PulseArray::readings);
        cells.filter(|g| **g < window.0 || **g > window.1).count() as u64
    }

    /// Largest number of write pulses on one cell.
    pub fn max_wear(&self) -> u64 {
        u64::from(self.cells.iter().flat_map(PulseArray::pulses).copied().max().unwrap_or(0))
    }
}
