//! [`Drive`]: inputs of a batch as the lines of a tile are driven with them.
//!
//! Each sample is divided by a factor (noise management: T. Gokmen, M. Onen, W. Haensch, Front.
//! Neurosci. 11, 538 (2017), doi:10.3389/fnins.2017.00538), doubled for every halving of bound
//! management, rounded by the input converters, and driven with the gains and offsets of its drivers.
//!
//! Pinned by: `tests/mapping_periphery.rs`.

#![expect(clippy::inline_always, reason = "kernels must be inlined to be compiled for wide vectors")]

use numerics::matrix::Matrix;

use super::converters::Converters;
use super::quantiser::{levels, quantise_codes};
use crate::mapping::config::{Encoding, NoiseManagement, PeripheryConfig};

/// Lanes of a sum.
const LANES: usize = 16;

/// Which inputs drive which lines.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    /// Inputs of the whole matrix, batch × lines.
    pub x: &'a Matrix,
    /// First of those that the tile takes.
    pub from: usize,
    /// Number of them.
    pub count: usize,
    /// Digital factors before conversion, or empty.
    pub scales: &'a [f32],
}

/// Driven lines of some samples.
#[derive(Debug, Clone, Default)]
pub(crate) struct Drive {
    /// Samples × lines, as shares of full drive, with mismatch unless every bit is converted.
    pub x: Matrix,
    /// Samples × lines, squared drives of all reads of an input, where bits are added up before the converter.
    pub squares: Matrix,
    /// What the samples were divided by.
    pub factors: Vec<f32>,
    /// Digital sums of the shares.
    pub totals: Vec<f32>,
    /// Time-integrated squared drive of each line over all samples, in full reads.
    pub power: Vec<f32>,
    /// Inputs that were clipped.
    pub clipped: u64,
}

#[inline(always)]
fn largest(row: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder().iter().fold(0.0_f32, |m, v| m.max(v.abs()));
    for chunk in chunks {
        for (m, v) in lanes.iter_mut().zip(chunk) {
            *m = m.max(v.abs());
        }
    }
    lanes.iter().fold(rest, |m, v| m.max(*v))
}

/// Samples whose largest magnitude is not above this are taken for zeros.
const SMALLEST: f32 = 1e-30;

/// Sum in a fixed order, many lanes at once.
#[inline(always)]
fn total(row: &[f32]) -> f32 {
    let mut lanes = [0.0_f32; LANES];
    let chunks = row.chunks_exact(LANES);
    let rest = chunks.remainder().iter().sum::<f32>();
    for chunk in chunks {
        for (sum, v) in lanes.iter_mut().zip(chunk) {
            *sum += v;
        }
    }
    lanes.iter().sum::<f32>() + rest
}

impl Drive {
    /// Makes the drives of the samples `rows`, halved so many times.
    pub fn load(
        &mut self,
        source: Source<'_>,
        rows: &[u32],
        halvings: u32,
        config: &PeripheryConfig,
        converters: &mut Converters,
    ) {
        let count = source.count;
        self.x.reshape(rows.len(), count);
        let serial = config.encoding == Encoding::BitSerialAnalog;
        self.squares.reshape(if serial { rows.len() } else { 0 }, count);
        self.factors.clear();
        self.totals.clear();
        self.power.clear();
        self.power.resize(count, 0.0);
        self.clipped = 0;
        pulp::Arch::new().dispatch(|| self.fill(source, rows, halvings, config, converters));
    }

    #[inline(always)]
    fn fill(
        &mut self,
        source: Source<'_>,
        rows: &[u32],
        halvings: u32,
        config: &PeripheryConfig,
        converters: &mut Converters,
    ) {
        let Source { x, from, count, scales } = source;
        for (i, &row) in rows.iter().enumerate() {
            let driven = self.x.row_mut(i);
            driven.copy_from_slice(&x.row(row as usize)[from..from + count]);
            for (x, scale) in driven.iter_mut().zip(scales) {
                *x *= scale;
            }
            self.factors.push(largest(driven));
        }
        self.choose_factors(halvings, config, converters);
        let doubling = (1_u32 << halvings) as f32;
        let levels = levels(config.dac_bits);
        for i in 0..rows.len() {
            self.factors[i] *= doubling;
            let factor = self.factors[i];
            let driven = self.x.row_mut(i);
            // A sample of zeros has the factor zero and stays; so does one of which the inverse would be beyond the numbers.
            let inverse = if factor > SMALLEST { factor.recip() } else { 0.0 };
            self.clipped += u64::from(convert(driven, inverse, levels));
            self.totals.push(total(driven));
            match config.encoding {
                Encoding::BitSerial => add_bits(&mut self.power, driven, levels),
                Encoding::BitSerialAnalog => {
                    add_bits(&mut self.power, driven, levels);
                    square_bits(self.squares.row_mut(i), driven, (config.dac_bits, levels), converters);
                    // The weights of the bits add up to one: so do the offsets of their reads.
                    drive_all(driven, converters);
                }
                Encoding::PulseWidth => {
                    drive_all(driven, converters);
                    self.power.iter_mut().zip(driven).for_each(|(sum, x)| *sum += x.abs());
                }
                Encoding::Amplitude => {
                    drive_all(driven, converters);
                    self.power.iter_mut().zip(driven).for_each(|(sum, x)| *sum += *x * *x);
                }
            }
        }
    }

    /// Turns the largest magnitudes of the samples into what they are divided by.
    fn choose_factors(&mut self, halvings: u32, config: &PeripheryConfig, converters: &mut Converters) {
        let fixed = match config.noise_management {
            NoiseManagement::AbsMax => return,
            NoiseManagement::None => 1.0,
            NoiseManagement::Constant { largest } => largest,
            NoiseManagement::AverageAbsMax { share } => {
                let mean = self.factors.iter().sum::<f32>() / self.factors.len().max(1) as f32;
                // A repeated read is not a new batch.
                let average = match converters.average {
                    Some(average) if halvings > 0 => average,
                    Some(average) => average + share * (mean - average),
                    None => mean,
                };
                converters.average = Some(average);
                average
            }
        };
        self.factors.fill(fixed);
    }
}

/// Scales inputs to shares of full drive and rounds them; returns how many were clipped.
#[inline(always)]
fn convert(driven: &mut [f32], inverse: f32, levels: f32) -> u32 {
    if levels > 0.0 {
        let (to, from) = (inverse * levels, levels.recip());
        for x in driven.iter_mut() {
            *x *= to;
        }
        let clipped = quantise_codes(driven, levels);
        for x in driven.iter_mut() {
            *x *= from;
        }
        return clipped;
    }
    let mut clipped = 0;
    for x in driven.iter_mut() {
        *x *= inverse;
        // The largest input over itself may be one and a rounding.
        clipped += u32::from(x.abs() > 1.0 + f32::EPSILON);
        *x = x.clamp(-1.0, 1.0);
    }
    clipped
}

/// Gains and offsets of the drivers.
#[inline(always)]
fn drive_all(driven: &mut [f32], converters: &Converters) {
    if let Some(mismatch) = &converters.drivers {
        for ((x, gain), offset) in driven.iter_mut().zip(&mismatch.gains).zip(&mismatch.offsets) {
            *x += *x * gain + offset;
        }
    }
}

/// Sums of the squares of what each bit drives with times its weight: each read has its own noise.
fn square_bits(squares: &mut [f32], driven: &[f32], (bits, levels): (u32, f32), converters: &Converters) {
    let mismatch = converters.drivers.as_ref();
    for (j, (square, x)) in squares.iter_mut().zip(driven).enumerate() {
        let (gain, offset) = mismatch.map_or((0.0, 0.0), |m| (m.gains[j], m.offsets[j]));
        let code = (x.abs() * levels + 0.5) as u32;
        let read = |bit: u32| {
            let set = (code >> bit) & 1 == 1;
            let drive = if set { (1.0 + gain).copysign(*x) + offset } else { offset };
            let weight = (1_u32 << bit) as f32 / levels;
            (weight * drive).powi(2)
        };
        *square = (0..bits - 1).map(read).sum();
    }
}

/// One read at full drive for every bit that is set.
#[inline(always)]
fn add_bits(power: &mut [f32], driven: &[f32], levels: f32) {
    for (sum, x) in power.iter_mut().zip(driven) {
        *sum += ((x.abs() * levels + 0.5) as u32).count_ones() as f32;
    }
}
