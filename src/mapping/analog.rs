//! [`AnalogMatrix`]: a weight matrix on tiles of simulated cells.
//!
//! * Forward and backward reads drive the same cells from either side. Inputs are scaled by the
//!   largest magnitude of the sample (noise management) and converted; every tile's column is
//!   converted on its own and the partial sums are added digitally.
//! * `update` makes pulse trains coincide in the array, or sends what the design's rule makes of the change
//!   of the batch ([`super::update`]).
//! * `adjust` accumulates changes digitally and applies whole pulses when they are due, open loop, unless
//!   the rule says otherwise; by the rule `verified` it writes weights anew that have changed enough.
//! * `program` writes with read-verify.

use std::sync::Arc;

use numerics::matrix::{Matrix, Op, multiply};
use numerics::rng::{Purpose, Stream};

use super::cells::{CellSource, Writes};
use super::config::{AnalogConfig, DesignError, UpdateRule, VerifiedConfig};
use super::cost::{CostReport, Extent};
use super::currents::ReadCurrents;
use super::export::TileExport;
use super::hardware::AnalogHardware;
use super::periphery::calibration::Calibration;
use super::periphery::{Design, Periphery, TileRead};
use super::programming::Written;
use super::synapses::{Activity, Inputs, Programming, Synapses};
use super::tile::Tile;
use super::update::due::list;
use super::update::rewrite::Row;
use super::update::trains::{Plan, Trains};

/// A weight matrix on tiles of cells.
#[derive(Debug, Clone)]
pub struct AnalogMatrix {
    outputs: usize,
    inputs: usize,
    config: AnalogConfig,
    source: Arc<dyn CellSource>,
    currents: Option<Arc<ReadCurrents>>,
    /// Tiles with the first output and input they serve.
    tiles: Vec<(usize, usize, Tile)>,
    /// Changes not yet due as whole pulses or writes, weight units.
    pending: Matrix,
    /// What was last written, where weights are written anew; else empty.
    written: Matrix,
    /// Changes so far, and time without any, s.
    adjusts: u64,
    idle: f64,
    /// What one pulse of learning is taken for, before the digital factors of its output.
    weight_step: f32,
    activity: Activity,
    trains: Trains,
    /// Room for the pulses of one operation.
    counts: Vec<i32>,
    seed: u64,
    address: u64,
    /// Memory of reads.
    periphery: Periphery,
    /// Operations so far: the cycle coordinate of the noise streams.
    operations: u64,
    /// Times that the weights were read out.
    read_outs: u64,
}

impl AnalogMatrix {
    /// Freshly formed cells; all weights are near zero until programmed.
    pub fn new(outputs: usize, inputs: usize, hardware: &AnalogHardware, seed: u64, address: u64) -> Self {
        let source = Arc::clone(hardware.source());
        let config = hardware.config().clone();
        let mut tiles = Vec::new();
        let columns = config.tile_columns - config.scheme.spare_columns;
        for (first_output, out) in config.scheme.partition.parts(outputs, columns) {
            for (first_input, inp) in config.scheme.partition.parts(inputs, config.tile_rows) {
                let key = (address << 20) | tiles.len() as u64;
                tiles.push((first_output, first_input, Tile::new((out, inp), &*source, &config, seed, key)));
            }
        }
        let weights = (outputs * inputs) as u64;
        let cells = tiles.iter().map(|(_, _, tile)| tile.cells()).sum();
        // A scheme that cannot learn stays one.
        let step = |(_, _, tile): &(usize, usize, Tile)| match tile.scheme().weight_step(source.steps()) {
            own if own > 0.0 => config.update.weight_step.unwrap_or(own),
            own => own,
        };
        let weight_step = tiles.first().map_or(0.0, step);
        Self {
            outputs,
            inputs,
            weight_step,
            tiles,
            pending: Matrix::zeros(outputs, inputs),
            written: match config.update.rule {
                UpdateRule::Verified(_) => Matrix::zeros(outputs, inputs),
                _ => Matrix::default(),
            },
            adjusts: 0,
            idle: 0.0,
            activity: Activity { weights, cells, ..Activity::default() },
            trains: Trains::default(),
            counts: Vec::new(),
            config,
            source,
            currents: hardware.currents().cloned(),
            seed,
            address,
            periphery: Periphery::default(),
            operations: 0,
            read_outs: 0,
        }
    }

    /// The tiles with the first output and the first input each serves.
    pub fn tiles(&self) -> impl Iterator<Item = (usize, usize, &Tile)> {
        self.tiles.iter().map(|(o, i, tile)| (*o, *i, tile))
    }

    /// Lowest and highest conductance used for weights, S.
    pub fn window(&self) -> (f32, f32) {
        self.source.window()
    }

    /// Outputs and inputs.
    pub(super) fn shape(&self) -> (usize, usize) {
        (self.outputs, self.inputs)
    }

    /// Nominal change of a weight by one pulse of learning, before the digital factors of its output.
    pub fn weight_step(&self) -> f32 {
        self.weight_step
    }

    /// Refuses faults of single cells that are in none of the matrices of a network.
    ///
    /// # Errors
    /// The first of them.
    pub fn check_faults(matrices: &[&Self]) -> Result<(), DesignError> {
        let Some(first) = matrices.first() else { return Ok(()) };
        for (k, fault) in first.config.cells.faults.cells.iter().enumerate() {
            let told = |part: &str, value: u64, count: u64, of: &str| {
                DesignError::new(
                    &format!("cells.faults.cells[{k}].{part}"),
                    &value,
                    &format!("below {count}, the number of {of}"),
                )
            };
            let Some(matrix) = matrices.iter().find(|matrix| matrix.address == fault.matrix) else {
                return Err(told("matrix", fault.matrix, matrices.len() as u64, "matrices"));
            };
            let tiles = matrix.tiles.len() as u64;
            let Some((_, _, tile)) = matrix.tiles.get(fault.tile as usize) else {
                return Err(told("tile", fault.tile, tiles, "tiles of the matrix"));
            };
            let planes = tile.planes().len() as u64;
            let Some(plane) = tile.planes().get(fault.plane as usize) else {
                return Err(told("plane", fault.plane, planes, "planes of the tile"));
            };
            let cells = plane.cells().len() as u64;
            if u64::from(fault.cell) >= cells {
                return Err(told("cell", fault.cell.into(), cells, "cells of the plane"));
            }
        }
        Ok(())
    }

    /// How large the matrix is on its tiles.
    pub fn extent(&self) -> Extent {
        let mut extent = Extent {
            matrix: (self.inputs as u64, self.outputs as u64),
            tiles: self.tiles.len() as u64,
            arrays: self.config.scheme.weight.arrays() as u64,
            read_width: self.source.read_width(),
            write_pulses: self.source.write_pulses(),
            ..Extent::default()
        };
        for (_, _, tile) in &self.tiles {
            extent.cells += tile.cells();
            extent.inputs += tile.inputs() as u64;
            extent.bit_lines += tile.planes().iter().map(|plane| plane.outputs() as u64).sum::<u64>();
            extent.outputs += tile.outputs() as u64;
            let conversions = tile.outputs() * tile.scheme().conversions();
            extent.converters += conversions.div_ceil(self.config.cost.columns_per_adc) as u64;
        }
        extent
    }

    /// What some of the activity cost, and the hardware.
    ///
    /// # Errors
    /// When the design's cost card cannot be read.
    pub fn cost(&self, activity: &Activity) -> Result<CostReport, DesignError> {
        let card = self.config.cost.read_card()?;
        Ok(CostReport::new(&card, &self.config, &self.extent(), activity))
    }

    /// Largest deviation of wires that are solved as ladders from the whole circuit, over the largest
    /// transconductance, where they have been compared.
    pub fn wire_error(&self) -> Option<f32> {
        self.tiles.iter().filter_map(|(_, _, tile)| tile.wire_error()).reduce(f32::max)
    }

    /// The cells of all tiles as they stand.
    pub fn tiles_as_they_stand(&self) -> Vec<TileExport> {
        let window = self.source.window();
        self.tiles
            .iter()
            .map(|(output, input, tile)| tile.export((*output, *input), window, &self.config))
            .collect()
    }

    /// Lets time pass at a temperature, K: a bake.
    pub fn elapse_at(&mut self, seconds: f64, temperature: f64) {
        for (_, _, tile) in &mut self.tiles {
            tile.elapse(seconds, temperature);
        }
        self.activity.elapsed += seconds;
        self.idle += seconds;
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
        let mut y = Matrix::zeros(batch, sensed);
        for (first_output, first_input, tile) in &mut self.tiles {
            let (from, to) =
                if transposed { (*first_output, *first_input) } else { (*first_input, *first_output) };
            self.periphery.read(
                tile,
                TileRead { x, from, to, transposed },
                Design { config: &self.config, source: &*self.source, currents: self.currents.as_deref() },
                &mut noise,
                &mut y,
                &mut self.activity,
            );
        }
        self.activity.products += batch as u64;
        y
    }

    /// Pulses of learning on every weight (outputs × inputs), upwards where positive.
    pub fn pulse(&mut self, counts: &[i32]) {
        let mut writes = Writes::default();
        let mut part = Vec::new();
        for (first_output, first_input, tile) in &mut self.tiles {
            let inputs = tile.inputs();
            if tile.outputs() == self.outputs && inputs == self.inputs {
                writes.add(&tile.step(counts));
                continue;
            }
            part.clear();
            for k in 0..tile.outputs() {
                let from = (*first_output + k) * self.inputs + *first_input;
                part.extend_from_slice(&counts[from..from + inputs]);
            }
            writes.add(&tile.step(&part));
        }
        self.count(&writes);
    }

    /// Digital factors of the outputs on an input line; empty where all are one.
    pub(super) fn output_scales(&self, line: usize) -> Vec<f32> {
        let mut scales = Vec::new();
        for (first_output, first_input, tile) in &self.tiles {
            let own = tile.scheme().output_scales();
            if !own.is_empty() && (*first_input..*first_input + tile.inputs()).contains(&line) {
                scales.resize(self.outputs, 1.0);
                scales[*first_output..*first_output + own.len()].copy_from_slice(own);
            }
        }
        scales
    }

    /// Pulse trains for every sample of a batch.
    ///
    /// Where outputs have digital factors, a pulse on output k changes its weights by s_k steps, and factors belong to
    /// tiles: every tile has trains of its own then, for e_k/s_k.
    fn send_trains(&mut self, x: &Matrix, e: &Matrix, rate: f32) {
        let mut stream = self.stream(Purpose::PulseTrain);
        let config = &self.config.update;
        let mut writes = Writes::default();
        let mut errors = Vec::new();
        let scaled = self.tiles.iter().any(|(_, _, tile)| !tile.scheme().output_scales().is_empty());
        for tiles in self.tiles.chunks_mut(if scaled { 1 } else { usize::MAX }) {
            let (from, shape, scales) = match tiles {
                [(output, input, tile)] => {
                    let scales = tile.scheme().output_scales().to_vec();
                    ((*output, *input), (tile.outputs(), tile.inputs()), scales)
                }
                _ => ((0, 0), (self.outputs, self.inputs), Vec::new()),
            };
            let (trains, counts) = (&mut self.trains, &mut self.counts);
            let mut send = |trains: &mut Trains, stream: &mut Stream| {
                for (output, input, tile) in tiles.iter_mut() {
                    let first = (*output - from.0, *input - from.1);
                    writes.add(&tile.learn(trains.waiting(), first, counts, stream));
                }
                trains.clear();
            };
            for (x, e) in x.iter_rows().zip(e.iter_rows()) {
                let x = &x[from.1..from.1 + shape.1];
                errors.clear();
                errors.extend_from_slice(&e[from.0..from.0 + shape.0]);
                errors.iter_mut().zip(&scales).for_each(|(e, scale)| *e /= scale);
                let sample = (x, &errors[..]);
                let plan = Plan::new(sample, rate, self.weight_step, &config.trains, config.pulse_budget);
                self.activity.update_clipped += plan.cut(sample);
                for _ in 0..plan.repeats {
                    trains.add(&plan, sample, &mut stream);
                    if trains.is_full() {
                        send(trains, &mut stream);
                    }
                }
            }
            send(trains, &mut stream);
        }
        self.count(&writes);
    }

    /// The design's converters find their ranges from data.
    pub fn calibrates(&self) -> bool {
        self.config.periphery.calibrates()
    }

    /// Finds the full scales of the converters for these inputs, read forward or transposed, where the
    /// design asks for it.
    ///
    /// # Panics
    /// When the inputs do not fit the matrix.
    pub fn calibrate_reads(&mut self, x: &Matrix, transposed: bool) -> Calibration {
        let lines = if transposed { self.outputs } else { self.inputs };
        assert_eq!(x.columns(), lines, "inputs of a calibration");
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut found = Calibration::default();
        for (first_output, first_input, tile) in &mut self.tiles {
            let (from, to) =
                if transposed { (*first_output, *first_input) } else { (*first_input, *first_output) };
            let read = TileRead { x, from, to, transposed };
            let design =
                Design { config: &self.config, source: &*self.source, currents: self.currents.as_deref() };
            found.add(&self.periphery.calibrate(tile, read, design, &mut noise, &mut self.activity));
        }
        found
    }

    /// Writes anew what learning has left no room for.
    fn renew(&mut self) {
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut sum = Written::default();
        for (_, _, tile) in &mut self.tiles {
            let (written, cells) = tile.renew(&self.config, &*self.source, &mut noise);
            sum.add(&written);
            self.activity.renewed_cells += cells;
        }
        self.activity.cell_reads += sum.reads;
        self.count(&sum.writes);
    }

    /// Adds changes and writes anew what is far enough from what was last written.
    fn rewrite(&mut self, delta: &Matrix, rule: &VerifiedConfig) {
        self.adjusts += 1;
        let idle = std::mem::take(&mut self.idle);
        let anew = rule.refresh_every.is_some_and(|every| self.adjusts.is_multiple_of(u64::from(every)))
            || rule.refresh_after.is_some_and(|after| idle >= after);
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut sum = Written::default();
        let mut due = Vec::new();
        for (first_output, first_input, tile) in &mut self.tiles {
            due.clear();
            let (outputs, inputs) = (tile.outputs(), tile.inputs());
            for output in 0..outputs {
                let from = (*first_output + output) * self.inputs + *first_input;
                let scale = tile.scheme().scale(output);
                let largest = self.config.weight_range * scale;
                let mut row = Row {
                    output,
                    first: (output * inputs) as u32,
                    written: &mut self.written.as_mut_slice()[from..from + inputs],
                    pending: &mut self.pending.as_mut_slice()[from..from + inputs],
                    threshold: rule.threshold * largest,
                    overshoot: rule.overshoot * rule.threshold * largest,
                    largest,
                };
                let delta = &delta.as_slice()[from..from + inputs];
                self.activity.update_clipped += row.take_due(delta, tile.scheme(), anew, &mut due);
            }
            sum.add(&tile.rewrite(&due, anew, (&self.config, &*self.source), &mut noise));
        }
        self.activity.cell_reads += sum.reads;
        self.activity.failed_writes += sum.failed;
        self.count(&sum.writes);
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
        if self.config.update.rule == UpdateRule::Pulsed {
            self.send_trains(&x, e, rate);
        } else {
            let mut delta = Matrix::zeros(self.outputs, self.inputs);
            multiply(&mut delta, true, rate, (e, Op::Transposed), (&x, Op::Plain));
            self.adjust(&delta);
            if let UpdateRule::Verified(_) = self.config.update.rule {
                return;
            }
        }
        self.renew();
    }

    fn adjust(&mut self, delta: &Matrix) {
        assert_eq!((delta.rows(), delta.columns()), (self.outputs, self.inputs), "shape of the change");
        if let UpdateRule::Verified(rule) = &self.config.update.rule {
            let rule = rule.clone();
            self.rewrite(delta, &rule);
            return;
        }
        let budget = self.config.update.pulse_budget as f32;
        let mut counts = std::mem::take(&mut self.counts);
        let mut writes = Writes::default();
        let mut listed = Vec::new();
        for (first_output, first_input, tile) in &mut self.tiles {
            let (outputs, inputs) = (tile.outputs(), tile.inputs());
            counts.clear();
            counts.resize(outputs * inputs, 0);
            listed.clear();
            for k in 0..outputs {
                let step = self.weight_step * tile.scheme().scale(k);
                let from = (*first_output + k) * self.inputs + *first_input;
                let pending = &mut self.pending.as_mut_slice()[from..from + inputs];
                let row = &mut counts[k * inputs..(k + 1) * inputs];
                // What does not fit into the budget is cut.
                let delta = &delta.as_slice()[from..from + inputs];
                let rule = &self.config.update.rule;
                self.activity.update_clipped += rule.take_due((pending, delta), row, step, budget);
                list(row, (k * inputs) as u32, &mut listed);
            }
            if !tile.step_listed(&listed, &mut writes) {
                writes.add(&tile.step(&counts));
            }
        }
        self.counts = counts;
        self.count(&writes);
        self.renew();
    }

    fn program(&mut self, weights: &Matrix) -> Programming {
        assert_eq!((weights.rows(), weights.columns()), (self.outputs, self.inputs), "shape of the weights");
        let mut noise = self.stream(Purpose::ReadNoise);
        let mut writes = Writes::default();
        let mut result = Programming { cells: self.activity.cells, ..Programming::default() };
        let mut squares = 0.0;
        self.idle = 0.0;
        self.pending.as_mut_slice().fill(0.0);
        for (first_output, first_input, tile) in &mut self.tiles {
            let part = Matrix::from_fn(tile.outputs(), tile.inputs(), |k, j| {
                weights.row(*first_output + k)[*first_input + j]
            });
            result.replaced.add(&tile.place(&part));
            let written = tile.program(&part, &self.config, &*self.source, &mut noise);
            result.clipped += tile.scheme().clipped();
            result.pulses += written.writes.set + written.writes.reset;
            result.reads += written.reads;
            result.failed += written.failed;
            writes.add(&written.writes);
            if let UpdateRule::Verified(_) = self.config.update.rule {
                for (k, row) in part.iter_rows().enumerate() {
                    let largest = self.config.weight_range * tile.scheme().scale(k);
                    for (j, weight) in row.iter().enumerate() {
                        let stored = tile.scheme().stored(k, *weight);
                        self.written.row_mut(*first_output + k)[*first_input + j] = stored;
                        self.pending.row_mut(*first_output + k)[*first_input + j] =
                            weight.clamp(-largest, largest) - stored;
                    }
                }
            }
            let reached = tile.true_weights();
            let pairs = reached.as_slice().iter().zip(part.as_slice());
            squares += pairs.map(|(a, b)| f64::from(a - b).powi(2)).sum::<f64>();
        }
        result.rms_error = (squares / self.activity.weights.max(1) as f64).sqrt();
        self.activity.cell_reads += result.reads;
        self.count(&writes);
        result
    }

    fn weights(&mut self) -> Matrix {
        // Numbers of their own: what is looked at does not change what comes after.
        self.read_outs += 1;
        let mut noise = Stream::new(self.seed, Purpose::ReadOut, self.address, self.read_outs);
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
            dead_cells: tiles().flat_map(Tile::planes).map(|plane| plane.cells().dead()).sum(),
            opened_cells: tiles().map(Tile::opened).sum(),
            saturated_cells: tiles().map(|tile| tile.saturated(self.source.window())).sum(),
            ..self.activity.clone()
        }
    }

    fn calibrate(&mut self, x: &Matrix, transposed: bool) {
        if self.calibrates() {
            self.calibrate_reads(x, transposed);
        }
    }

    fn arrays(&self) -> Vec<&AnalogMatrix> {
        vec![self]
    }
}
