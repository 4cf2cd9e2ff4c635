//! The seam between hardware and learning: [`Synapses`].
//!
//! A learner sees a matrix of synapses and nothing of what it is made of. Every learner runs
//! unchanged on [`IdealSynapses`](super::IdealSynapses) (the `f32` reference) and on arrays of
//! simulated cells, so each hardware result has an ideal twin.

use numerics::matrix::Matrix;

use super::analog::AnalogMatrix;
use super::scheme::Replaced;

/// Inputs of a batch of samples.
#[derive(Debug, Clone, Copy)]
pub enum Inputs<'a> {
    /// Batch × inputs, any values.
    Dense(&'a Matrix),
    /// For each sample the indices of the inputs that spike (value one, all others zero).
    Events(&'a [Vec<u32>]),
}

impl Inputs<'_> {
    /// Number of samples.
    pub fn batch(&self) -> usize {
        match self {
            Self::Dense(x) => x.rows(),
            Self::Events(samples) => samples.len(),
        }
    }

    /// The same inputs as a dense batch × `inputs` matrix.
    ///
    /// # Panics
    /// When an event's index is not below `inputs`.
    pub fn to_dense(&self, inputs: usize) -> Matrix {
        match self {
            Self::Dense(x) => (*x).clone(),
            Self::Events(samples) => {
                let mut dense = Matrix::zeros(samples.len(), inputs);
                for (i, events) in samples.iter().enumerate() {
                    let row = dense.row_mut(i);
                    for &event in events {
                        row[event as usize] += 1.0;
                    }
                }
                dense
            }
        }
    }
}

/// Statistics of writing a weight matrix.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Programming {
    /// Cells written.
    pub cells: u64,
    /// Write pulses in all.
    pub pulses: u64,
    /// Verify reads in all.
    pub reads: u64,
    /// Cells that did not reach their target within the pulse budget.
    pub failed: u64,
    /// Weights larger than the arrays can hold.
    pub clipped: u64,
    /// What choosing among spare bit lines gave.
    pub replaced: Replaced,
    /// Root-mean-square error of the written weights against the targets, in weight units.
    pub rms_error: f64,
}

/// What the hardware did so far. Ideal synapses count reads and updates and leave the rest zero.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Activity {
    /// Synapses (weights).
    pub weights: u64,
    /// Cells.
    pub cells: u64,
    /// Matrix–vector products, forward and backward (one per sample).
    pub products: u64,
    /// Reads of a tile's lines by one input vector.
    pub tile_reads: u64,
    /// Digital-to-analog conversions.
    pub dac_conversions: u64,
    /// Analog-to-digital conversions.
    pub adc_conversions: u64,
    /// Analog-to-digital conversions beyond the converter's range.
    pub adc_clipped: u64,
    /// Inputs beyond the range of the digital-to-analog converters.
    pub dac_clipped: u64,
    /// Single-cell reads (verify, weight read-out).
    pub cell_reads: u64,
    /// SET pulses.
    pub set_pulses: u64,
    /// RESET pulses.
    pub reset_pulses: u64,
    /// Largest number of write pulses any one cell received.
    pub max_cell_pulses: u64,
    /// Cells that have died of their write pulses, by now.
    pub dead_cells: u64,
    /// Cells written anew because learning left no room for further pulses.
    pub renewed_cells: u64,
    /// Changes of single weights that were cut: they took more pulses than the budget of a change or the
    /// trains of a sample hold, or were to be written beyond the largest weight. What a rule keeps for later is not among them.
    pub update_clipped: u64,
    /// Cells that did not reach their targets when weights were written anew while they learn.
    pub failed_writes: u64,
    /// Energy of cells during reads (products, verify, read-out), J.
    pub read_energy: f64,
    /// Energy of cells during write pulses, J.
    pub write_energy: f64,
    /// Cells whose conductance is outside the window used for weights, now.
    pub saturated_cells: u64,
    /// Conductances below zero or not a number that reads through wires took for open cells.
    pub opened_cells: u64,
    /// Simulated time that passed through [`Synapses::elapse`], s.
    pub elapsed: f64,
}

impl Activity {
    /// Adds another matrix's activity; `max_cell_pulses` and `elapsed` take the larger value.
    pub fn add(&mut self, other: &Self) {
        self.weights += other.weights;
        self.cells += other.cells;
        self.products += other.products;
        self.tile_reads += other.tile_reads;
        self.dac_conversions += other.dac_conversions;
        self.adc_conversions += other.adc_conversions;
        self.adc_clipped += other.adc_clipped;
        self.dac_clipped += other.dac_clipped;
        self.cell_reads += other.cell_reads;
        self.set_pulses += other.set_pulses;
        self.reset_pulses += other.reset_pulses;
        self.max_cell_pulses = self.max_cell_pulses.max(other.max_cell_pulses);
        self.dead_cells += other.dead_cells;
        self.renewed_cells += other.renewed_cells;
        self.update_clipped += other.update_clipped;
        self.failed_writes += other.failed_writes;
        self.read_energy += other.read_energy;
        self.write_energy += other.write_energy;
        self.saturated_cells += other.saturated_cells;
        self.opened_cells += other.opened_cells;
        self.elapsed = self.elapsed.max(other.elapsed);
    }
}

impl Activity {
    /// What was done since an earlier look. What is a state and no count – cells, wear, deaths, saturation – is as now.
    #[must_use]
    pub fn since(&self, earlier: &Self) -> Self {
        Self {
            products: self.products - earlier.products,
            tile_reads: self.tile_reads - earlier.tile_reads,
            dac_conversions: self.dac_conversions - earlier.dac_conversions,
            adc_conversions: self.adc_conversions - earlier.adc_conversions,
            adc_clipped: self.adc_clipped - earlier.adc_clipped,
            dac_clipped: self.dac_clipped - earlier.dac_clipped,
            cell_reads: self.cell_reads - earlier.cell_reads,
            set_pulses: self.set_pulses - earlier.set_pulses,
            reset_pulses: self.reset_pulses - earlier.reset_pulses,
            renewed_cells: self.renewed_cells - earlier.renewed_cells,
            update_clipped: self.update_clipped - earlier.update_clipped,
            failed_writes: self.failed_writes - earlier.failed_writes,
            read_energy: self.read_energy - earlier.read_energy,
            write_energy: self.write_energy - earlier.write_energy,
            elapsed: self.elapsed - earlier.elapsed,
            ..self.clone()
        }
    }
}

/// A matrix of synapses, outputs × inputs.
///
/// Shapes are fixed at construction; every method panics when a matrix of another shape is
/// passed, as that is an error of the learner, not of its user.
pub trait Synapses: Send {
    /// Number of outputs (rows of the weight matrix).
    fn outputs(&self) -> usize;

    /// Number of inputs (columns of the weight matrix).
    fn inputs(&self) -> usize;

    /// Batch × inputs → batch × outputs: y = W x for every sample.
    fn forward(&mut self, x: Inputs<'_>) -> Matrix;

    /// Batch × outputs → batch × inputs: the same matrix read transposed, d = Wᵀ e.
    fn backward(&mut self, e: &Matrix) -> Matrix;

    /// Outer-product update W += rate · Σ e xᵀ over the batch, made where the weights are.
    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32);

    /// Adds a dense change (outputs × inputs) computed by a digital periphery.
    fn adjust(&mut self, delta: &Matrix);

    /// Writes a whole weight matrix (outputs × inputs), with verify where the hardware has it.
    fn program(&mut self, weights: &Matrix) -> Programming;

    /// Reads the weights out. On hardware this is a measurement: noisy and counted.
    fn weights(&mut self) -> Matrix;

    /// Lets simulated time pass: relaxation, drift and loss of cells whose card describes them.
    fn elapse(&mut self, seconds: f64);

    /// Converters whose ranges come from data find them anew for these inputs, or for these errors of a
    /// transposed read.
    fn calibrate(&mut self, _x: &Matrix, _transposed: bool) {}

    /// What the hardware did so far.
    fn activity(&self) -> Activity;

    /// The arrays that these synapses are made of, for their cost and their cells.
    fn arrays(&self) -> Vec<&AnalogMatrix> {
        Vec::new()
    }
}

/// Makes the synapses of a network, layer by layer.
pub trait Hardware: Sync {
    /// `ideal`, or the name of the device card.
    fn label(&self) -> String;

    /// A new matrix of synapses, all weights zero until programmed.
    ///
    /// `address` must differ between the matrices of a run: random streams are keyed by
    /// (`seed`, `address`).
    fn synapses(&self, outputs: usize, inputs: usize, seed: u64, address: u64) -> Box<dyn Synapses>;
}
