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

use std::sync::Arc;

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::Stream;

use super::cells::{Cells, Direction, Draw, PulsedCells, Shot, Writes};
use super::config::AnalogConfig;
use super::devices::DeviceLibrary;
use super::operator::Operator;

/// Which cell of a differential pair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Adds to the weight.
    Plus = 0,
    /// Subtracts from the weight.
    Minus = 1,
}

/// One tile of differential pairs.
#[derive(Debug, Clone)]
pub struct Tile {
    outputs: usize,
    inputs: usize,
    /// Plus and minus cells.
    planes: [Box<dyn Cells>; 2],
    per_weight: f32,
    operator: Operator,
    /// Operations on the cells so far.
    operations: u64,
    seed: u64,
    address: u64,
}

impl Tile {
    /// A tile of freshly formed cells. `address` keys which devices it is made of.
    pub fn new(
        outputs: usize,
        inputs: usize,
        library: &Arc<DeviceLibrary>,
        config: &AnalogConfig,
        seed: u64,
        address: u64,
    ) -> Self {
        let plane = |side: u64| -> Box<dyn Cells> {
            let draw = Draw { seed, address: 2 * address + side, operation: 0 };
            Box::new(PulsedCells::new(outputs * inputs, Arc::clone(library), &config.cells, draw))
        };
        let mut tile = Self {
            outputs,
            inputs,
            planes: [plane(0), plane(1)],
            per_weight: (library.window.1 - library.window.0) / config.weight_range,
            operator: Operator::default(),
            operations: 0,
            seed,
            address,
        };
        tile.refresh();
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
        &self.operator.matrix
    }

    /// Conductances of one side, S, output-major.
    pub fn conductances(&self, side: Side) -> &[f32] {
        self.planes[side as usize].conductances()
    }

    /// Write pulses every cell of one side has received.
    pub fn wear(&self, side: Side) -> &[u32] {
        self.planes[side as usize].pulses()
    }

    fn draw(&mut self, side: Side) -> Draw {
        self.operations += 1;
        Draw { seed: self.seed, address: 2 * self.address + side as u64, operation: self.operations }
    }

    /// Makes the operator of the cells as they stand.
    fn refresh(&mut self) {
        let scale = 1.0 / self.per_weight;
        let [plus, minus] = [0, 1].map(|side: usize| self.planes[side].conductances());
        let data = plus.iter().zip(minus).map(|(p, m)| (p - m) * scale).collect();
        self.operator.matrix = Matrix::from_vec(self.outputs, self.inputs, data).unwrap_or_default();
        let mut variance = Matrix::zeros(self.outputs, self.inputs);
        let mut noisy = false;
        for plane in &self.planes {
            noisy |= plane.add_read_variances(variance.as_mut_slice());
        }
        for v in variance.as_mut_slice() {
            *v *= scale * scale;
        }
        self.operator.variance = noisy.then_some(variance);
    }

    /// Noisy products of a batch with this tile's weights (forward) or their transpose, before
    /// the converters.
    pub fn product(&self, x: &Matrix, transposed: bool, noise: &mut Stream) -> Matrix {
        let op = if transposed { Op::Plain } else { Op::Transposed };
        let mut y = product((x, Op::Plain), (&self.operator.matrix, op));
        if let Some(variance) = &self.operator.variance {
            let mut squares = x.clone();
            for value in squares.as_mut_slice() {
                *value *= *value;
            }
            let variance = product((&squares, Op::Plain), (variance, op));
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
        let [plus, minus] = [0, 1].map(|side: usize| self.planes[side].conductances());
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

    /// One noisy read of every cell of one side, S.
    pub fn read_cells(&self, side: Side, noise: &mut Stream) -> Vec<f32> {
        let cells = &self.planes[side as usize];
        let mut reading = cells.conductances().to_vec();
        let mut variance = vec![0.0; reading.len()];
        if cells.add_read_variances(&mut variance) {
            let mut normals = vec![0.0; reading.len()];
            noise.fill_normal(&mut normals);
            for ((g, v), z) in reading.iter_mut().zip(&variance).zip(&normals) {
                *g += v.sqrt() * z;
            }
        }
        reading
    }

    /// Changes every weight by so many push-pull pulse pairs, up or down by their sign.
    pub fn step(&mut self, counts: &[i32]) -> Writes {
        let opposite: Vec<i32> = counts.iter().map(|count| -count).collect();
        let draw = self.draw(Side::Plus);
        let mut writes = self.planes[0].step(counts, draw);
        let draw = self.draw(Side::Minus);
        writes.add(&self.planes[1].step(&opposite, draw));
        self.refresh();
        writes
    }

    /// Brings the cells of one side to target conductances (S) by pulses with read-verify: read all, leave
    /// those within `tolerance` (S), pulse the others towards their targets, again. Returns the pulses,
    /// the reads and how many cells were not reached.
    pub fn write_verify(
        &mut self,
        side: Side,
        targets: &[f32],
        (tolerance, budget): (f32, u32),
        library: &DeviceLibrary,
        noise: &mut Stream,
    ) -> (Writes, u64, u64) {
        let mut writes = Writes::default();
        let mut reads = 0;
        let mut unfinished: Vec<u32> = (0..targets.len() as u32).collect();
        for round in 0..=budget {
            let reading = self.read_cells(side, noise);
            reads += unfinished.len() as u64;
            unfinished.retain(|&cell| {
                let g = reading[cell as usize];
                writes.verify_energy += library.cell_read_energy(g);
                (g - targets[cell as usize]).abs() > tolerance
            });
            if unfinished.is_empty() || round == budget {
                break;
            }
            let shots: Vec<Shot> = unfinished
                .iter()
                .map(|&cell| {
                    let up = reading[cell as usize] < targets[cell as usize];
                    Shot { cell, direction: if up { Direction::Set } else { Direction::Reset }, strength: 0 }
                })
                .collect();
            let draw = self.draw(side);
            writes.add(&self.planes[side as usize].shoot(&shots, draw));
        }
        self.refresh();
        (writes, reads, unfinished.len() as u64)
    }

    /// Lets time pass at a temperature, K.
    pub fn elapse(&mut self, seconds: f64, temperature: f64) {
        for side in [Side::Plus, Side::Minus] {
            let draw = self.draw(side);
            self.planes[side as usize].elapse(seconds, temperature, draw);
        }
        self.refresh();
    }

    /// Cells outside the conductance window.
    pub fn saturated(&self, window: (f32, f32)) -> u64 {
        let cells = self.planes.iter().flat_map(|plane| plane.conductances());
        cells.filter(|g| **g < window.0 || **g > window.1).count() as u64
    }

    /// Largest number of write pulses on one cell.
    pub fn max_wear(&self) -> u64 {
        u64::from(self.planes.iter().flat_map(|plane| plane.pulses()).copied().max().unwrap_or(0))
    }
}
