//! [`StepArray`]: many conductance-step devices side by side, k pulses at a time.
//!
//! A population holds one device for each cell, the one that [`draw_spread`] gives for (seed, first device +
//! cell), so that cell i of an array and device i of the scalar model are the same device. Weights, bounds
//! and laws are `f32` in separate arrays.
//!
//! `step` applies counts of pulses: SET where positive, RESET where negative. Pulses of one operation and cell
//! share their direction, so that in the coordinate s of [`super::law`] they only rise. They are taken
//! `at_once` where that has the same distribution, and `one_by_one` elsewhere; [`Method::OneByOne`]
//! takes all of them so, as the reference. A [`PulseSequence`] is a sequence of such operations.
//!
//! Cells stand in groups of [`SIDE`] bit lines on one word line, so that a group shares its input; groups in
//! blocks, and a block takes the whole sequence before the next does. The normals of a block are keyed by
//! (seed, address of the array and block, operation).
//!
//! After its pulses a cell reads G = G(0) + (dG/dw)(w + σ_w Δw_min ξ), with ξ drawn once for the sequence: only
//! the last pulse's write noise is ever read.
//!
//! Pinned by: `tests/step_array.rs`.

mod at_once;
mod block;
mod functions;
mod lanes;
mod one_by_one;
mod sequence;

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use self::block::{BLOCK, Block, WORK};
use self::lanes::{Devices, GROUPS, LANES, Moved};
use self::sequence::Single;
pub use self::sequence::{PulseSequence, SIDE};
use super::law::{NODES, StepDevice, StepLaw};
use crate::card::DeviceCard;
use crate::variability::draw_spread;

/// How several pulses on one cell are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// At once where the distribution is the same, one by one elsewhere.
    #[default]
    AtOnce,
    /// One by one: the reference.
    OneByOne,
}

/// The shape that all cells of a population share.
#[derive(Debug, Clone, PartialEq)]
enum Family {
    Affine,
    Exponential,
    Power,
    Table(Box<[[f32; NODES]; 2]>),
}

/// The parts of the noise that all cells share.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Noise {
    relative: f32,
    slope: f32,
    /// Independent parts add as squares (affine laws) or as they are (the others).
    squares: bool,
    any: bool,
}

impl Noise {
    /// Standard deviation of one step.
    #[inline]
    fn of_one(self, mean: f32, s: f32, fixed: f32) -> f32 {
        let relative = self.relative * mean;
        let sum = relative + fixed + self.slope * s.abs();
        let root = (relative * relative + fixed * fixed).sqrt();
        if self.squares { root } else { sum }
    }
}

/// Noise from pulse to pulse.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum StepCycleNoise {
    /// The card's own.
    #[default]
    Own,
    /// This share of the mean step in place of it.
    Relative(f32),
}

/// How the pulses of an array act.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepOptions {
    /// Noise from pulse to pulse.
    pub cycle_noise: StepCycleNoise,
    /// How several pulses are taken.
    pub method: Method,
    /// Factors of the card's steps up and down.
    pub scale: [f64; 2],
}

impl From<(StepCycleNoise, Method)> for StepOptions {
    fn from((cycle_noise, method): (StepCycleNoise, Method)) -> Self {
        Self { cycle_noise, method, scale: [1.0; 2] }
    }
}

/// What a call of [`StepArray::step`] did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Stepped {
    /// Pulses up.
    pub up: u64,
    /// Pulses down.
    pub down: u64,
    /// Conductance under the pulses up, S, summed over them (mean of before and after).
    pub load_up: f64,
    /// The same of pulses down.
    pub load_down: f64,
}

impl Stepped {
    fn add(&mut self, other: &Self) {
        self.up += other.up;
        self.down += other.down;
        self.load_up += other.load_up;
        self.load_down += other.load_down;
    }
}

/// Operations on blocks that one thread does without asking for others.
const ALONE: usize = 4;
/// Added to the address of an array where its write noise is drawn: it has fewer blocks.
const WRITE_NOISE: u64 = 1 << 23;

/// Where the random numbers of an operation come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepDraw {
    /// Seed of the run.
    pub seed: u64,
    /// Number of the array: differs between all arrays of a run, below 2⁴⁰.
    pub array: u64,
    /// Number of the operation on this array.
    pub operation: u64,
}

/// A population of conductance-step devices.
#[derive(Debug, Clone)]
pub struct StepArray {
    inputs: usize,
    /// Numbers of the word lines.
    lines: Vec<u32>,
    family: Family,
    noise: Noise,
    method: Method,
    /// Standard deviation of what is read after a pulse, S.
    write_noise: f32,
    per_weight: f32,
    /// What is read and how many pulses there were, cell by cell, output-major.
    reading: Vec<f32>,
    pulses: Vec<u32>,
    /// From here on group by group, and zeros up to whole groups.
    weight: Vec<f32>,
    low: Vec<f32>,
    high: Vec<f32>,
    /// Numbers of the laws, three up and three down.
    laws: [Vec<f32>; 6],
    fixed: Vec<f32>,
    at_zero: Vec<f32>,
    taken: Vec<u32>,
}

fn numbers(law: &StepLaw) -> [f64; 3] {
    match *law {
        StepLaw::Affine { size, loss } => [size, loss, if loss < 1.0 { (-loss).ln_1p() } else { 0.0 }],
        StepLaw::Exponential { size, amplitude, rate } => [size, amplitude, rate],
        StepLaw::Power { size, exponent } => [size, exponent, 0.0],
        StepLaw::Table { size, .. } => [size, 0.0, 0.0],
    }
}

fn family(device: &StepDevice) -> Family {
    match device.laws {
        [StepLaw::Affine { .. }, _] => Family::Affine,
        [StepLaw::Exponential { .. }, _] => Family::Exponential,
        [StepLaw::Power { .. }, _] => Family::Power,
        [StepLaw::Table { nodes, .. }, other] => {
            let down = if let StepLaw::Table { nodes, .. } = other { nodes } else { nodes };
            Family::Table(Box::new([nodes, down].map(|side| side.map(|y| y as f32))))
        }
    }
}

/// k pulses at once have the distribution of k pulses one by one on this device, bounds apart.
fn adds_up(device: &StepDevice, relative: f64) -> bool {
    let (low, high) = (device.weight_min, device.weight_max);
    device.laws.iter().zip([[low, high], [-high, -low]]).all(|(law, ends)| match *law {
        StepLaw::Affine { size, loss } => {
            let skew = 3.0 * 31.0_f64.sqrt() * loss.abs() * relative / (1.0 - loss);
            let rises = ends.iter().all(|end| size - loss * end >= -1e-9 * size);
            loss < 0.9 && skew <= at_once::SKEW && rises
        }
        StepLaw::Exponential { .. } => true,
        StepLaw::Power { .. } | StepLaw::Table { .. } => false,
    })
}

impl StepArray {
    /// Outputs × inputs devices of a card from number `first_device` on, output-major, all at one conductance
    /// (S), or at the bound nearest to it. `nominal` is the device of the card without spread.
    pub fn new(
        (card, nominal): (&DeviceCard, &StepDevice),
        (seed, first_device): (u64, u64),
        (outputs, inputs): (usize, usize),
        conductance: f64,
        options: impl Into<StepOptions>,
    ) -> Self {
        let StepOptions { cycle_noise, method, scale } = options.into();
        let nominal = &nominal.scaled(scale);
        let own = |i| card.model.step_device(&draw_spread(card, seed, first_device + i));
        let devices: Vec<StepDevice> = (0..(outputs * inputs) as u64)
            .into_par_iter()
            .map(|i| own(i).map_or(*nominal, |device| device.scaled(scale)))
            .collect();
        let mut noise = nominal.noise;
        if let StepCycleNoise::Relative(share) = cycle_noise {
            noise.relative = f64::from(share);
            noise.slope = 0.0;
        }
        let own = cycle_noise == StepCycleNoise::Own;
        let padded = outputs.next_multiple_of(SIDE) * inputs;
        let column = |f: &dyn Fn(&StepDevice) -> f64| {
            let mut column = vec![0.0; padded];
            for (cell, device) in devices.iter().enumerate() {
                column[place(cell, inputs)] = f(device) as f32;
            }
            column
        };
        let law = |side: usize, number: usize| {
            // A device that cannot be written has no room; its law may not even be a number.
            column(&|d| if d.weight_max > d.weight_min { numbers(&d.laws[side])[number] } else { 0.0 })
        };
        let fixed = column(&|d| if own { d.noise.fixed } else { 0.0 });
        let free = devices.iter().filter(|d| d.weight_max > d.weight_min);
        let summable = free.clone().all(|d| adds_up(d, noise.relative));
        let any = noise.relative > 0.0 || noise.slope > 0.0 || fixed.iter().any(|f| *f > 0.0);
        let mut array = Self {
            inputs,
            lines: (0..inputs as u32).collect(),
            noise: Noise {
                relative: noise.relative as f32,
                slope: noise.slope as f32,
                squares: matches!(nominal.laws[0], StepLaw::Affine { .. }),
                any,
            },
            method: if summable { method } else { Method::OneByOne },
            family: family(nominal),
            write_noise: if own {
                (nominal.write_noise * nominal.conductance_per_weight) as f32
            } else {
                0.0
            },
            per_weight: nominal.conductance_per_weight as f32,
            weight: column(&|d| {
                let weight = (conductance - d.conductance_at_zero) / d.conductance_per_weight;
                weight.max(d.weight_min).min(d.weight_max)
            }),
            low: column(&|d| d.weight_min),
            high: column(&|d| d.weight_max),
            laws: [law(0, 0), law(0, 1), law(0, 2), law(1, 0), law(1, 1), law(1, 2)],
            fixed,
            at_zero: column(&|d| d.conductance_at_zero),
            reading: Vec::new(),
            pulses: vec![0; devices.len()],
            taken: vec![0; padded],
        };
        let place = |cell| place(cell, inputs);
        let reading = |i: usize| array.at_zero[i] + array.per_weight * array.weight[i];
        array.reading = (0..devices.len()).map(place).map(reading).collect();
        array
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.pulses.len()
    }

    /// There are no cells.
    pub fn is_empty(&self) -> bool {
        self.pulses.is_empty()
    }

    /// Weights as the devices hold them, without write noise.
    pub fn weights(&self) -> Vec<f32> {
        (0..self.len()).map(|cell| self.weight[place(cell, self.inputs)]).collect()
    }

    /// Bounds of the weight of one cell.
    pub fn bounds(&self, cell: usize) -> (f32, f32) {
        let place = place(cell, self.inputs);
        (self.low[place], self.high[place])
    }

    /// Conductances as they read, write noise included, S.
    pub fn readings(&self) -> &[f32] {
        &self.reading
    }

    /// Pulses that each cell has received.
    pub fn pulses(&self) -> &[u32] {
        &self.pulses
    }

    /// How several pulses are taken: as asked for, or one by one where a shape does not allow more.
    pub fn method(&self) -> Method {
        self.method
    }

    /// Puts a cell at a conductance, S, held in its bounds; what is read has no write noise then, and no pulse
    /// is counted.
    pub fn settle(&mut self, cell: usize, conductance: f32) {
        let place = place(cell, self.inputs);
        let weight = (conductance - self.at_zero[place]) / self.per_weight;
        self.weight[place] = weight.max(self.low[place]).min(self.high[place]);
        self.reading[cell] = self.at_zero[place] + self.per_weight * self.weight[place];
    }

    /// `counts[i]` pulses on each cell i: up where positive, down where negative.
    pub fn step(&mut self, counts: &[i32], draw: StepDraw) -> Stepped {
        let lines = std::mem::take(&mut self.lines);
        let done = self.step_sequence(&Single { counts, lines: &lines }, draw);
        self.lines = lines;
        done
    }

    /// The operations of a sequence; the draw is that of the first, and the numbers of the others follow.
    pub fn step_sequence(&mut self, sequence: &dyn PulseSequence, draw: StepDraw) -> Stepped {
        let population = Block {
            family: &self.family,
            noise: self.noise,
            method: self.method,
            per_weight: self.per_weight,
            inputs: self.inputs,
            draw,
        };
        let [low, high, fixed, at_zero] =
            [&self.low, &self.high, &self.fixed, &self.at_zero].map(|of| of.as_chunks().0);
        let laws = self.laws.each_ref().map(|law| law.as_chunks().0);
        let weight = self.weight.as_chunks_mut().0;
        let pulses = self.taken.as_chunks_mut().0;
        let step = |(block, (weight, pulses)): (usize, (&mut [_], &mut [_]))| {
            let groups = block * BLOCK..block * BLOCK + weight.len();
            let devices = Devices {
                low: &low[groups.clone()],
                high: &high[groups.clone()],
                laws: laws.map(|law| &law[groups.clone()]),
                fixed: &fixed[groups.clone()],
                at_zero: &at_zero[groups],
            };
            let cells = Moved { weight, pulses };
            WORK.with_borrow_mut(|work| population.step(block, sequence, devices, cells, work))
        };
        let operations = sequence.operations().max(1);
        let done: Vec<Stepped> = if weight.len().div_ceil(BLOCK) * operations <= ALONE {
            weight.chunks_mut(BLOCK).zip(pulses.chunks_mut(BLOCK)).enumerate().map(step).collect()
        } else {
            let cells = weight.par_chunks_mut(BLOCK).zip(pulses.par_chunks_mut(BLOCK));
            cells.enumerate().with_min_len(ALONE.div_ceil(operations)).map(step).collect()
        };
        self.tell(draw, &done);
        let mut sum = Stepped::default();
        for part in &done {
            sum.add(part);
        }
        sum
    }

    /// What is read of the cells with pulses, in blocks in which something was done.
    fn tell(&mut self, draw: StepDraw, done: &[Stepped]) {
        let inputs = self.inputs;
        let (write_noise, per_weight) = (self.write_noise, self.per_weight);
        let groups = SIDE * inputs;
        let (weight, at_zero, taken) = (&self.weight, &self.at_zero, &self.taken);
        let tell = |(side, (reading, pulses)): (usize, (&mut [f32], &mut [u32]))| {
            let blocks = side * inputs / BLOCK..((side + 1) * inputs).div_ceil(BLOCK);
            if done[blocks].iter().all(|done| done.up + done.down == 0) {
                return;
            }
            let mut stream = Stream::new(
                draw.seed,
                Purpose::Cycle,
                (draw.array << 24) + WRITE_NOISE + side as u64,
                draw.operation,
            );
            let mut normals = [0.0; LANES];
            for from in (0..inputs).step_by(GROUPS) {
                let lines = from..(from + GROUPS).min(inputs);
                if write_noise > 0.0 {
                    stream.fill_normal(&mut normals[..SIDE * lines.len()]);
                }
                for (lane, (reading, pulses)) in
                    reading.chunks_exact_mut(inputs).zip(pulses.chunks_exact_mut(inputs)).enumerate()
                {
                    for line in lines.clone() {
                        let place = side * groups + line * SIDE + lane;
                        if pulses[line] == taken[place] {
                            continue;
                        }
                        pulses[line] = taken[place];
                        let clean = at_zero[place] + per_weight * weight[place];
                        let noise = write_noise * normals[SIDE * (line - from) + lane];
                        // Write noise may not turn a cell into a source.
                        reading[line] = (clean + noise).max(1e-3 * clean);
                    }
                }
            }
        };
        if done.len() <= ALONE {
            self.reading.chunks_mut(groups).zip(self.pulses.chunks_mut(groups)).enumerate().for_each(tell);
        } else {
            let cells = self.reading.par_chunks_mut(groups).zip(self.pulses.par_chunks_mut(groups));
            cells.enumerate().with_min_len((ALONE * BLOCK).div_ceil(inputs)).for_each(tell);
        }
    }
}

/// Where a cell stands among the groups.
fn place(cell: usize, inputs: usize) -> usize {
    let (output, line) = (cell / inputs, cell % inputs);
    (output / SIDE * inputs + line) * SIDE + output % SIDE
}
