//! [`AnalogMatrix`]: a weight matrix on tiles of simulated cells.
//!
//! * Forward and backward reads drive the same cells from either side. Inputs are scaled by the
//!   largest magnitude of the sample (noise management) and converted; every tile's column is
//!   converted on its own and the partial sums are added digitally.
//! * `update` makes stochastic pulse trains coincide in the array (T. Gokmen, Y. Vlasov, Front.
//!   Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333).
//! * `adjust` accumulates changes digitally and applies whole pulses when they are due (mixed
//!   precision: S. R. Nandakumar et al., Front. Neurosci. 14, 406 (2020),
//!   doi:10.3389/fnins.2020.00406), open loop.
//! * `program` writes with read-verify.

use std::sync::Arc;

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::cells::Writes;
use super::config::AnalogConfig;
use super::converter::quantise;
use super::devices::DeviceLibrary;
use super::synapses::{Activity, Hardware, Inputs, Programming, Synapses};
use super::tile::{Side, Tile};

/// Longest stochastic pulse train, pulses.
const TRAIN: u32 = 31;

/// A weight matrix on tiles of differential pairs.
#[derive(Debug, Clone)]
pub struct AnalogMatrix {
    outputs: usize,
    inputs: usize,
    config: AnalogConfig,
    library: Arc<DeviceLibrary>,
    /// Tiles with the first output and input they serve.
    tiles: Vec<(usize, usize, Tile)>,
    /// Changes not yet due as whole pulses, weight units.
    pending: Matrix,
    /// Nominal change of a weight by one push-pull pulse pair.
    weight_step: f32,
    activity: Activity,
    seed: u64,
    address: u64,
    /// Operations so far: the cycle coordinate of the noise streams.
    operations: u64,
}

impl AnalogMatrix {
    /// Freshly formed cells; all weights are near zero until programmed.
    pub fn new(
        outputs: usize,
        inputs: usize,
        library: Arc<DeviceLibrary>,
        config: AnalogConfig,
        seed: u64,
        address: u64,
    ) -> Self {
        let mut tiles = Vec::new();
        for first_output in (0..outputs).step_by(config.tile_columns) {
            for first_input in (0..inputs).step_by(config.tile_rows) {
                let out = config.tile_columns.min(outputs - first_output);
                let inp = config.tile_rows.min(inputs - first_input);
                let key = (address << 20) | tiles.len() as u64;
                tiles.push((first_output, first_input, Tile::new(out, inp, &library, &config, seed, key)));
            }
        }
        let per_weight = (library.window.1 - library.window.0) / config.weight_range;
        let weights = (outputs * inputs) as u64;
        Self {
            outputs,
            inputs,
            weight_step: (library.set_step - library.reset_step) / per_weight,
            tiles,
            pending: Matrix::zeros(outputs, inputs),
            activity: Activity { weights, cells: 2 * weights, ..Activity::default() },
            config,
            library,
            seed,
            address,
            operations: 0,
        }
    }

    /// The tiles with the first output and the first input each serves.
    pub fn tiles(&self) -> impl Iterator<Item = (usize, usize, &Tile)> {
        self.tiles.iter().map(|(o, i, tile)| (*o, *i, tile))
    }

    /// Nominal change of a weight by one push-pull pulse pair.
    pub fn weight_step(&self) -> f32 {
        self.weight_step
    }

    fn stream(&mut self, purpose: Purpose) -> Stream {
        self.operations += 1;
        Stream::new(self.seed, purpose, self.address, self.operations)
    }

    fn read(&mut self, x: &Matrix, transposed: bool) -> Matrix {
        let (lines, sensed) =
            if transposed { (self.outputs, self.inputs) } else { (self.inputs, self.outputs) };
        assert_eq!(x.columns(), lines, "inputs of a read");
        let batch = x.rows();
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut driven = x.clone();
        let mut scales = Vec::with_capacity(batch);
        for i in 0..batch {
            let row = driven.row_mut(i);
            let largest = row.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
            if largest > 0.0 {
                let inverse = 1.0 / largest;
                for value in row.iter_mut() {
                    *value *= inverse;
                }
            }
            quantise(row, self.config.periphery.dac_bits, 1.0);
            scales.push(largest);
        }
        let mut y = Matrix::zeros(batch, sensed);
        for (first_output, first_input, tile) in &self.tiles {
            let (from, count, to) = if transposed {
                (*first_output, tile.outputs(), *first_input)
            } else {
                (*first_input, tile.inputs(), *first_output)
            };
            let mut part = Matrix::zeros(batch, count);
            for i in 0..batch {
                part.row_mut(i).copy_from_slice(&driven.row(i)[from..from + count]);
            }
            let mut sums = tile.product(&part, transposed, &mut noise);
            let range = self.config.periphery.adc_range * self.config.weight_range * (count as f32).sqrt();
            self.activity.adc_clipped += quantise(sums.as_mut_slice(), self.config.periphery.adc_bits, range);
            self.activity.dac_conversions += (batch * count) as u64;
            self.activity.adc_conversions += sums.as_slice().len() as u64;
            self.activity.read_energy += tile.read_energy(&part, transposed, &self.library);
            for (i, sum) in sums.iter_rows().enumerate() {
                let scale = scales[i];
                for (out, s) in y.row_mut(i)[to..].iter_mut().zip(sum) {
                    *out += scale * s;
                }
            }
        }
        self.activity.products += batch as u64;
        y
    }

    fn count(&mut self, writes: &Writes) {
        self.activity.set_pulses += writes.set;
        self.activity.reset_pulses += writes.reset;
        self.activity.write_energy += writes.energy;
        self.activity.read_energy += writes.verify_energy;
    }
}

impl Synapses for AnalogMatrix {
    fn outputs(&self) -> usize {
        self.outputs
    }

    fn inputs(&self) -> usize {
        self.inputs
    }

    fn forward(&mut self, x: Inputs<'_>) -> Matrix {
        match x {
            Inputs::Dense(x) => self.read(x, false),
            Inputs::Events(_) => self.read(&x.to_dense(self.inputs), false),
        }
    }

    fn backward(&mut self, e: &Matrix) -> Matrix {
        self.read(e, true)
    }

    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32) {
        let x = x.to_dense(self.inputs);
        assert_eq!((e.rows(), e.columns()), (x.rows(), self.outputs), "errors of an update");
        let mut trains = self.stream(Purpose::PulseTrain);
        let mut writes = Writes::default();
        let largest = |row: &[f32]| row.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
        for (x, e) in x.iter_rows().zip(e.iter_rows()) {
            let (x_max, e_max) = (largest(x), largest(e));
            let most = rate.abs() * x_max * e_max / self.weight_step;
            if !(most > 0.0 && most.is_finite()) {
                continue;
            }
            // Each coincidence is worth one step: probabilities whose product, summed over the
            // train, is rate·|x·e|/step, balanced so that the largest of both sides are alike.
            let longest = (self.config.update.pulse_budget / TRAIN).max(1);
            let repeats = (most / TRAIN as f32).ceil().clamp(1.0, longest as f32);
            let length = (most.ceil().max(1.0) as u32).min(TRAIN);
            let p_max = (most / (repeats * length as f32)).sqrt().min(1.0);
            for _ in 0..repeats as u32 {
                let mut mask = |value: f32, largest: f32| -> u32 {
                    let p = f64::from(p_max * value.abs() / largest);
                    (0..length).fold(0, |mask, bit| mask | (u32::from(trains.uniform() < p) << bit))
                };
                let rows: Vec<u32> = x.iter().map(|v| mask(*v, x_max)).collect();
                let columns: Vec<u32> = e.iter().map(|v| mask(*v, e_max)).collect();
                for (first_output, first_input, tile) in &mut self.tiles {
                    let inputs = tile.inputs();
                    let mut counts = vec![0_i32; tile.outputs() * inputs];
                    for (k, counts) in counts.chunks_exact_mut(inputs).enumerate() {
                        let column = columns[*first_output + k];
                        if column == 0 {
                            continue;
                        }
                        for (j, count) in counts.iter_mut().enumerate() {
                            let coincidences = (column & rows[*first_input + j]).count_ones().cast_signed();
                            let up = (x[*first_input + j] > 0.0) == (e[*first_output + k] * rate > 0.0);
                            *count = if up { coincidences } else { -coincidences };
                        }
                    }
                    writes.add(&tile.step(&counts));
                }
            }
        }
        self.count(&writes);
    }

    fn adjust(&mut self, delta: &Matrix) {
        assert_eq!((delta.rows(), delta.columns()), (self.outputs, self.inputs), "shape of the change");
        let mut writes = Writes::default();
        for (pending, d) in self.pending.as_mut_slice().iter_mut().zip(delta.as_slice()) {
            *pending += d;
        }
        let per_step = 1.0 / self.weight_step;
        let budget = self.config.update.pulse_budget as f32;
        for (first_output, first_input, tile) in &mut self.tiles {
            let inputs = tile.inputs();
            let mut counts = vec![0_i32; tile.outputs() * inputs];
            for (k, counts) in counts.chunks_exact_mut(inputs).enumerate() {
                let row = &mut self.pending.row_mut(*first_output + k)[*first_input..*first_input + inputs];
                for (count, pending) in counts.iter_mut().zip(row) {
                    let pulses = (*pending * per_step).trunc().clamp(-budget, budget);
                    *pending -= pulses * self.weight_step;
                    *count = pulses as i32;
                }
            }
            writes.add(&tile.step(&counts));
        }
        self.count(&writes);
    }

    fn program(&mut self, weights: &Matrix) -> Programming {
        assert_eq!((weights.rows(), weights.columns()), (self.outputs, self.inputs), "shape of the weights");
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut writes = Writes::default();
        let mut result = Programming { cells: self.activity.cells, ..Programming::default() };
        let (low, high) = self.library.window;
        let programming = &self.config.programming;
        let limits = (programming.tolerance * (high - low), programming.pulse_budget);
        let mut squares = 0.0;
        for (first_output, first_input, tile) in &mut self.tiles {
            let (outputs, inputs) = (tile.outputs(), tile.inputs());
            let part = |k: usize| &weights.row(*first_output + k)[*first_input..*first_input + inputs];
            for (side, sign) in [(Side::Plus, 0.5), (Side::Minus, -0.5)] {
                let shift = sign * tile.per_weight();
                let target = |w: &f32| (0.5 * (low + high) + shift * w).clamp(low, high);
                let targets: Vec<f32> = (0..outputs).flat_map(part).map(target).collect();
                let (written, reads, failed) =
                    tile.write_verify(side, &targets, limits, &self.library, &mut noise);
                result.pulses += written.set + written.reset;
                result.reads += reads;
                result.failed += failed;
                writes.add(&written);
            }
            let reached = tile.true_weights().as_slice().iter();
            squares +=
                reached.zip((0..outputs).flat_map(part)).map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        }
        result.rms_error = (squares / self.activity.weights.max(1) as f64).sqrt();
        self.pending.as_mut_slice().fill(0.0);
        self.activity.cell_reads += result.reads;
        self.count(&writes);
        result
    }

    fn weights(&mut self) -> Matrix {
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut out = Matrix::zeros(self.outputs, self.inputs);
        let mut energy = 0.0;
        for (first_output, first_input, tile) in &self.tiles {
            let inputs = tile.inputs();
            let [plus, minus] = [Side::Plus, Side::Minus].map(|side| tile.read_cells(side, &mut noise));
            for (k, (plus, minus)) in plus.chunks_exact(inputs).zip(minus.chunks_exact(inputs)).enumerate() {
                let row = &mut out.row_mut(*first_output + k)[*first_input..*first_input + inputs];
                for (w, (plus, minus)) in row.iter_mut().zip(plus.iter().zip(minus)) {
                    energy += self.library.cell_read_energy(plus + minus);
                    *w = (plus - minus) / tile.per_weight();
                }
            }
        }
        self.activity.cell_reads += self.activity.cells;
        self.activity.read_energy += energy;
        out
    }

    fn elapse(&mut self, seconds: f64) {
        for (_, _, tile) in &mut self.tiles {
            tile.elapse(seconds, self.library.ambient_temperature);
        }
        self.activity.elapsed += seconds;
    }

    fn activity(&self) -> Activity {
        let tiles = || self.tiles.iter().map(|(_, _, tile)| tile);
        Activity {
            max_cell_pulses: tiles().map(Tile::max_wear).max().unwrap_or(0),
            saturated_cells: tiles().map(|tile| tile.saturated(self.library.window)).sum(),
            ..self.activity.clone()
        }
    }
}

/// Makes [`AnalogMatrix`] objects of one design from one device library.
#[derive(Debug, Clone)]
pub struct AnalogHardware {
    /// The devices.
    pub library: Arc<DeviceLibrary>,
    /// The design.
    pub config: AnalogConfig,
}

impl Hardware for AnalogHardware {
    fn label(&self) -> String {
        self.library.card.clone()
    }

    fn synapses(&self, outputs: usize, inputs: usize, seed: u64, address: u64) -> Box<dyn Synapses> {
        let library = Arc::clone(&self.library);
        Box::new(AnalogMatrix::new(outputs, inputs, library, self.config.clone(), seed, address))
    }
}
