//! [`StepArray`]: many conductance-step devices side by side, k pulses at a time.
//!
//! A population holds one device for each cell, the one that [`draw_spread`] gives for (seed, first device +
//! cell), so that cell i of an array and device i of the scalar model are the same device. Weights, bounds
//! and laws are `f32` in separate arrays.
//!
//! `step` applies counts of pulses: SET where positive, RESET where negative. Pulses of one call and cell
//! share their direction, so that in the coordinate s of [`super::law`] they only rise. They are taken
//! `at_once` where that has the same distribution, and `one_by_one` elsewhere; [`Method::OneByOne`]
//! takes all of them so, as the reference. Cells are worked on in blocks of 1024; the normals of a block
//! are keyed by (seed, address of the array and block, operation).
//!
//! After its pulses a cell reads G = G(0) + (dG/dw)(w + σ_w Δw_min ξ), with ξ drawn once; of the pulses of
//! one call only the last one's write noise is ever read.
//!
//! Pinned by: `tests/step_array.rs`.

mod at_once;
mod functions;
mod lanes;
mod one_by_one;

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use self::lanes::{BLOCK, Lane, Lanes};
use self::one_by_one::Order;
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
    family: Family,
    noise: Noise,
    method: Method,
    /// Standard deviation of what is read after a pulse, S.
    write_noise: f32,
    per_weight: f32,
    weight: Vec<f32>,
    low: Vec<f32>,
    high: Vec<f32>,
    /// Numbers of the laws, three up and three down.
    laws: [Vec<f32>; 6],
    fixed: Vec<f32>,
    at_zero: Vec<f32>,
    reading: Vec<f32>,
    pulses: Vec<u32>,
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
    /// `count` devices of a card from number `first_device` on, all at one conductance (S), or at the bound
    /// nearest to it. `nominal` is the device of the card without spread.
    pub fn new(
        (card, nominal): (&DeviceCard, &StepDevice),
        (seed, first_device): (u64, u64),
        count: usize,
        conductance: f64,
        (cycle_noise, method): (StepCycleNoise, Method),
    ) -> Self {
        let devices: Vec<StepDevice> = (0..count as u64)
            .into_par_iter()
            .map(|i| card.model.step_device(&draw_spread(card, seed, first_device + i)).unwrap_or(*nominal))
            .collect();
        let mut noise = nominal.noise;
        if let StepCycleNoise::Relative(share) = cycle_noise {
            noise.relative = f64::from(share);
            noise.slope = 0.0;
        }
        let own = cycle_noise == StepCycleNoise::Own;
        let column =
            |f: &dyn Fn(&StepDevice) -> f64| devices.iter().map(|d| f(d) as f32).collect::<Vec<f32>>();
        let law = |side: usize, number: usize| {
            // A device that cannot be written has no room; its law may not even be a number.
            column(&|d| if d.weight_max > d.weight_min { numbers(&d.laws[side])[number] } else { 0.0 })
        };
        let fixed = column(&|d| if own { d.noise.fixed } else { 0.0 });
        let free = devices.iter().filter(|d| d.weight_max > d.weight_min);
        let summable = free.clone().all(|d| adds_up(d, noise.relative));
        let any = noise.relative > 0.0 || noise.slope > 0.0 || fixed.iter().any(|f| *f > 0.0);
        let mut array = Self {
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
            pulses: vec![0; count],
        };
        array.reading = (0..count).map(|i| array.at_zero[i] + array.per_weight * array.weight[i]).collect();
        array
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.weight.len()
    }

    /// There are no cells.
    pub fn is_empty(&self) -> bool {
        self.weight.is_empty()
    }

    /// Weights as the devices hold them, without write noise.
    pub fn weights(&self) -> &[f32] {
        &self.weight
    }

    /// Bounds of the weight of one cell.
    pub fn bounds(&self, cell: usize) -> (f32, f32) {
        (self.low[cell], self.high[cell])
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
        let weight = (conductance - self.at_zero[cell]) / self.per_weight;
        self.weight[cell] = weight.max(self.low[cell]).min(self.high[cell]);
        self.reading[cell] = self.at_zero[cell] + self.per_weight * self.weight[cell];
    }

    /// `counts[i]` pulses on each cell i: up where positive, down where negative.
    pub fn step(&mut self, counts: &[i32], draw: StepDraw) -> Stepped {
        let unmoved = Unmoved {
            family: &self.family,
            noise: self.noise,
            method: self.method,
            write_noise: self.write_noise,
            per_weight: self.per_weight,
            low: &self.low,
            high: &self.high,
            laws: &self.laws,
            fixed: &self.fixed,
            at_zero: &self.at_zero,
        };
        let blocks = self
            .weight
            .par_chunks_mut(BLOCK)
            .zip(self.reading.par_chunks_mut(BLOCK))
            .zip(self.pulses.par_chunks_mut(BLOCK))
            .zip(counts.par_chunks(BLOCK))
            .enumerate()
            .with_min_len(16);
        let done: Vec<Stepped> = blocks
            .map_init(Work::new, |work, (block, (((weight, reading), pulses), counts))| {
                unmoved.step(block, (weight, reading, pulses), counts, draw, work)
            })
            .collect();
        done.iter().fold(Stepped::default(), |sum, part| Stepped {
            up: sum.up + part.up,
            down: sum.down + part.down,
            load_up: sum.load_up + part.load_up,
            load_down: sum.load_down + part.load_down,
        })
    }
}

/// What the pulses of one call leave alone.
struct Unmoved<'a> {
    family: &'a Family,
    noise: Noise,
    method: Method,
    write_noise: f32,
    per_weight: f32,
    low: &'a [f32],
    high: &'a [f32],
    laws: &'a [Vec<f32>; 6],
    fixed: &'a [f32],
    at_zero: &'a [f32],
}

/// Room for one block.
struct Work {
    lanes: Box<Lanes>,
    late: Box<Lanes>,
    is_late: Box<Lane>,
    order: Order,
}

impl Work {
    fn new() -> Self {
        Self {
            lanes: Lanes::boxed(),
            late: Lanes::boxed(),
            is_late: Box::new([0.0; BLOCK]),
            order: Order::new(),
        }
    }
}

impl Unmoved<'_> {
    fn gather(&self, first: usize, weight: &[f32], counts: &[i32], lanes: &mut Lanes) {
        let mut n = 0;
        for (i, count) in counts.iter().enumerate() {
            lanes.place[n] = i as u16;
            n += usize::from(*count != 0);
        }
        lanes.len = n;
        for lane in 0..n {
            let i = usize::from(lanes.place[lane]);
            let cell = first + i;
            let count = counts[i];
            let up = count > 0;
            let side = if up { 0 } else { 3 };
            let (low, high) = (self.low[cell], self.high[cell]);
            lanes.count[lane] = count.unsigned_abs() as f32;
            lanes.direction[lane] = if up { 1.0 } else { -1.0 };
            lanes.s[lane] = if up { weight[i] } else { -weight[i] };
            lanes.low[lane] = if up { low } else { -high };
            lanes.high[lane] = if up { high } else { -low };
            for (to, from) in lanes.law.iter_mut().zip(&self.laws[side..side + 3]) {
                to[lane] = from[cell];
            }
            lanes.fixed[lane] = self.fixed[cell];
        }
    }

    fn step(
        &self,
        block: usize,
        (weight, reading, pulses): (&mut [f32], &mut [f32], &mut [u32]),
        counts: &[i32],
        draw: StepDraw,
        work: &mut Work,
    ) -> Stepped {
        let first = block * BLOCK;
        let Work { lanes, late, is_late, order } = work;
        self.gather(first, weight, counts, lanes);
        let n = lanes.len;
        if n == 0 {
            return Stepped::default();
        }
        let mut stream =
            Stream::new(draw.seed, Purpose::Cycle, (draw.array << 24) + block as u64, draw.operation);
        match self.method {
            Method::AtOnce => {
                if self.noise.any {
                    stream.fill_normal(&mut lanes.z[..n]);
                }
                at_once::pulse(lanes, self.family, self.noise, is_late);
                late.len = 0;
                for lane in (0..n).filter(|lane| is_late[*lane] > 0.0) {
                    late.push(lanes, lane);
                }
                one_by_one::pulse(late, order, self.family, self.noise, &mut stream);
                for lane in 0..late.len {
                    lanes.s[usize::from(late.place[lane])] = late.s[lane];
                }
            }
            Method::OneByOne => one_by_one::pulse(lanes, order, self.family, self.noise, &mut stream),
        }
        if self.write_noise > 0.0 {
            stream.fill_normal(&mut lanes.z[..n]);
        }
        let mut done = Stepped::default();
        for lane in 0..n {
            let i = usize::from(lanes.place[lane]);
            let up = lanes.direction[lane] > 0.0;
            let count = lanes.count[lane];
            let after = lanes.direction[lane] * lanes.s[lane];
            let load = self.at_zero[first + i] + 0.5 * self.per_weight * (weight[i] + after);
            weight[i] = after;
            let clean = self.at_zero[first + i] + self.per_weight * after;
            // Write noise may not turn a cell into a source.
            let noise = if self.write_noise > 0.0 { self.write_noise * lanes.z[lane] } else { 0.0 };
            reading[i] = (clean + noise).max(1e-3 * clean);
            pulses[i] = pulses[i].saturating_add(count as u32);
            if up {
                done.up += count as u64;
                done.load_up += f64::from(load * count);
            } else {
                done.down += count as u64;
                done.load_down += f64::from(load * count);
            }
        }
        done
    }
}
