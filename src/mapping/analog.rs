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

use device_models::DeviceCard;
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::cells::{CellSource, Writes, source};
use super::compensation::Compensated;
use super::config::{AnalogConfig, CompensationKind};
use super::converter::quantise;
use super::devices::LibraryError;
use super::synapses::{Activity, Hardware, Inputs, Programming, Synapses};
use super::tile::Tile;

/// Longest stochastic pulse train, pulses.
const TRAIN: u32 = 31;

/// A weight matrix on tiles of cells.
#[derive(Debug, Clone)]
pub struct AnalogMatrix {
    outputs: usize,
    inputs: usize,
    config: AnalogConfig,
    source: Arc<dyn CellSource>,
    /// Tiles with the first output and input they serve.
    tiles: Vec<(usize, usize, Tile)>,
    /// Changes not yet due as whole pulses, weight units.
    pending: Matrix,
    /// Nominal change of a weight by one pulse of learning, before the digital factors of its output.
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
        source: Arc<dyn CellSource>,
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
                tiles.push((first_output, first_input, Tile::new((out, inp), &*source, &config, seed, key)));
            }
        }
        let weights = (outputs * inputs) as u64;
        let cells = tiles.iter().map(|(_, _, tile)| tile.cells()).sum();
        let step = |(_, _, tile): &(usize, usize, Tile)| tile.scheme().weight_step(source.steps());
        Self {
            outputs,
            inputs,
            weight_step: tiles.first().map_or(0.0, step),
            tiles,
            pending: Matrix::zeros(outputs, inputs),
            activity: Activity { weights, cells, ..Activity::default() },
            config,
            source,
            seed,
            address,
            operations: 0,
        }
    }

    /// The tiles with the first output and the first input each serves.
    pub fn tiles(&self) -> impl Iterator<Item = (usize, usize, &Tile)> {
        self.tiles.iter().map(|(o, i, tile)| (*o, *i, tile))
    }

    /// Nominal change of a weight by one pulse of learning, before the digital factors of its output.
    pub fn weight_step(&self) -> f32 {
        self.weight_step
    }

    /// Lets time pass at a temperature, K: a bake.
    pub fn elapse_at(&mut self, seconds: f64, temperature: f64) {
        for (_, _, tile) in &mut self.tiles {
            tile.elapse(seconds, temperature);
        }
        self.activity.elapsed += seconds;
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
        let periphery = &self.config.periphery;
        let mut y = Matrix::zeros(batch, sensed);
        for (first_output, first_input, tile) in &mut self.tiles {
            tile.refresh();
            let (from, count, to) = if transposed {
                (*first_output, tile.outputs(), *first_input)
            } else {
                (*first_input, tile.inputs(), *first_output)
            };
            let scales = tile.scheme().output_scales();
            let mut driven = Matrix::zeros(batch, count);
            let mut largest_inputs = Vec::with_capacity(batch);
            for i in 0..batch {
                let row = driven.row_mut(i);
                row.copy_from_slice(&x.row(i)[from..from + count]);
                if transposed {
                    row.iter_mut().zip(scales).for_each(|(x, scale)| *x *= scale);
                }
                let largest = row.iter().fold(0.0_f32, |m, v| m.max(v.abs()));
                if largest > 0.0 {
                    let inverse = 1.0 / largest;
                    for x in row.iter_mut() {
                        *x *= inverse;
                    }
                }
                quantise(row, periphery.dac_bits, 1.0);
                largest_inputs.push(largest);
            }
            self.activity.dac_conversions += (batch * count) as u64;
            let range = periphery.adc_range * self.config.weight_range * (count as f32).sqrt();
            for operator in tile.operators() {
                let mut sums = operator.product(&driven, transposed, &mut noise);
                self.activity.adc_clipped += quantise(sums.as_mut_slice(), periphery.adc_bits, range);
                self.activity.adc_conversions += sums.as_slice().len() as u64;
                self.activity.read_energy += tile.read_energy(&driven, transposed, &*self.source);
                for (i, sum) in sums.iter_rows().enumerate() {
                    let factor = operator.coefficient * largest_inputs[i];
                    let offset = operator.digital_offset * driven.row(i).iter().sum::<f32>();
                    let row = &mut y.row_mut(i)[to..to + sum.len()];
                    if transposed || scales.is_empty() {
                        row.iter_mut().zip(sum).for_each(|(y, s)| *y += factor * (s - offset));
                    } else {
                        let sum = sum.iter().zip(scales);
                        row.iter_mut()
                            .zip(sum)
                            .for_each(|(y, (s, scale))| *y += factor * scale * (s - offset));
                    }
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
        let budget = self.config.update.pulse_budget as f32;
        for (first_output, first_input, tile) in &mut self.tiles {
            let inputs = tile.inputs();
            let mut counts = vec![0_i32; tile.outputs() * inputs];
            for (k, counts) in counts.chunks_exact_mut(inputs).enumerate() {
                let step = self.weight_step * tile.scheme().output_scales().get(k).copied().unwrap_or(1.0);
                let row = &mut self.pending.row_mut(*first_output + k)[*first_input..*first_input + inputs];
                for (count, pending) in counts.iter_mut().zip(row) {
                    let pulses = (*pending / step).trunc().clamp(-budget, budget);
                    *pending -= pulses * step;
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
        let mut squares = 0.0;
        for (first_output, first_input, tile) in &mut self.tiles {
            let part = Matrix::from_fn(tile.outputs(), tile.inputs(), |k, j| {
                weights.row(*first_output + k)[*first_input + j]
            });
            let written = tile.program(&part, &self.config, &*self.source, &mut noise);
            result.pulses += written.writes.set + written.writes.reset;
            result.reads += written.reads;
            result.failed += written.failed;
            writes.add(&written.writes);
            let reached = tile.true_weights();
            let pairs = reached.as_slice().iter().zip(part.as_slice());
            squares += pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
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
            let (part, conductance) = tile.read_out(&mut noise);
            energy += self.source.cell_read_energy(conductance);
            for (k, row) in part.iter_rows().enumerate() {
                out.row_mut(*first_output + k)[*first_input..][..row.len()].copy_from_slice(row);
            }
        }
        self.activity.cell_reads += self.activity.cells;
        self.activity.read_energy += energy;
        out
    }

    fn elapse(&mut self, seconds: f64) {
        self.elapse_at(seconds, self.source.ambient_temperature());
    }

    fn activity(&self) -> Activity {
        let tiles = || self.tiles.iter().map(|(_, _, tile)| tile);
        Activity {
            max_cell_pulses: tiles().map(Tile::max_wear).max().unwrap_or(0),
            saturated_cells: tiles().map(|tile| tile.saturated(self.source.window())).sum(),
            ..self.activity.clone()
        }
    }
}

/// Makes [`AnalogMatrix`] objects of one design from one source of cells.
#[derive(Debug, Clone)]
pub struct AnalogHardware {
    /// The cells.
    pub source: Arc<dyn CellSource>,
    /// The design.
    pub config: AnalogConfig,
}

impl AnalogHardware {
    /// The hardware of a card and a design.
    ///
    /// # Errors
    /// When the design or the card does not allow it.
    pub fn new(
        card: &DeviceCard,
        config: &AnalogConfig,
        ambient_temperature: f64,
        seed: u64,
    ) -> Result<Self, LibraryError> {
        Ok(Self { source: source(card, config, ambient_temperature, seed)?, config: config.clone() })
    }
}

impl Hardware for AnalogHardware {
    fn label(&self) -> String {
        self.source.label()
    }

    fn synapses(&self, outputs: usize, inputs: usize, seed: u64, address: u64) -> Box<dyn Synapses> {
        let source = Arc::clone(&self.source);
        let matrix = AnalogMatrix::new(outputs, inputs, source, self.config.clone(), seed, address);
        let compensation = &self.config.compensation;
        match compensation.kind {
            CompensationKind::None => Box::new(matrix),
            _ => Box::new(Compensated::new(matrix, compensation, seed, address)),
        }
    }
}
