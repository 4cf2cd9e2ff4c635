//! Pulse trains on rows and columns of an array, and how often they coincide at each crossing.
//!
//! The change +rate·x e of a weight in units of its step is n = rate |x| |e|/Δ. With trains of L pulses and the
//! probabilities p = |x| a, q = |e| b of a pulse, a b = rate/(Δ L), the coincidences are binomial with
//! the mean n. L is the largest n of the sample, at most `longest`, or fixed; with update management
//! a and b are such that the largest p and q are alike, a/b = max|e|/max|x|; without, a = b.
//!
//! * stochastic: random bits; the count is that of the ones in the common bits of both masks
//! * mean count: n rounded up or down at random, so that the mean is n
//! * deterministic implicit: ⌊p L⌉ and ⌊q L⌉ pulses; the count is their product over L, rounded
//!
//! A probability beyond one is cut, unless trains repeat; changes that are cut are counted.
//!
//! Bits of a mask are those of uniform numbers u < p, compared digit by digit from the first, 32 at a time: where p
//! has the digit 1 and u the digit 0 the bit is one, where it is the other way round it is zero, and where they are
//! alike the next digit decides. After a few words of random bits all are decided.
//!
//! Reference: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333; T. Gokmen,
//! M. Onen, W. Haensch, Front. Neurosci. 11, 538 (2017), doi:10.3389/fnins.2017.00538 (update management).
//! Pinned by: `tests/update_rules.rs`.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use device_models::conductance_step::array::{PulseSequence, SIDE};
use numerics::rng::Stream;

use crate::mapping::config::{TrainConfig, TrainKind};

/// Digits of a probability.
const DIGITS: u32 = 24;

/// Trains that are sent together.
const QUEUE: usize = 64;

/// How the trains of a sample are to be.
#[derive(Debug, Clone, Copy, Default)]
pub struct Plan {
    kind: TrainKind,
    length: u32,
    /// Probabilities of a pulse for unit inputs and errors.
    per_unit: (f32, f32),
    /// Products of inputs and errors raise the weights.
    up: bool,
    /// Trains to send, 0 where nothing changes.
    pub repeats: u32,
}

/// One train.
#[derive(Debug, Clone, Default)]
pub struct Train {
    kind: TrainKind,
    length: u32,
    /// Masks of bits, or numbers of pulses (as bits of an `f32`), of every input and output.
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    /// 0 where the change is upwards for a positive partner, −1 where downwards.
    input_signs: Vec<i32>,
    output_signs: Vec<i32>,
}

/// Trains that wait to be sent, and their memory.
#[derive(Debug, Clone, Default)]
pub struct Trains {
    trains: Vec<Train>,
    waiting: usize,
}

/// Largest magnitude.
fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0_f32, |m, v| m.max(v.abs()))
}

impl Plan {
    /// Plans the trains of a sample.
    pub fn new((x, e): (&[f32], &[f32]), rate: f32, step: f32, config: &TrainConfig, budget: u32) -> Self {
        let (x_max, e_max) = (largest(x), largest(e));
        let most = rate.abs() * x_max * e_max / step;
        if !(most > 0.0 && most.is_finite()) {
            return Self::default();
        }
        let longest = config.longest;
        let allowed = if config.repeat { (budget / longest).max(1) } else { 1 };
        let repeats = (most / longest as f32).ceil().clamp(1.0, allowed as f32) as u32;
        let length = if config.fixed { longest } else { (most.ceil().max(1.0) as u32).min(longest) };
        let product = rate.abs() / (step * (repeats * length) as f32);
        let balance = if config.management { (e_max / x_max).sqrt() } else { 1.0 };
        let per_unit = (product.sqrt() * balance, product.sqrt() / balance);
        Self { kind: config.kind, length, per_unit, up: rate > 0.0, repeats }
    }

    /// Changes of single weights that the planned trains cut: the probability of a pulse of the input or of the
    /// output is beyond one.
    pub fn cut(&self, (x, e): (&[f32], &[f32])) -> u64 {
        // One, or the roundings of a train that is just full.
        let full = 1.0 + 1e-5;
        let count = |values: &[f32], above: f32| values.iter().filter(|v| v.abs() > above).count() as u64;
        if self.repeats == 0 {
            return 0;
        }
        let (inputs, outputs) = (count(x, full / self.per_unit.0), count(e, full / self.per_unit.1));
        if inputs + outputs == 0 {
            return 0;
        }
        inputs * count(e, 0.0) + count(x, 0.0) * outputs - inputs * outputs
    }
}

impl Trains {
    /// Those that wait.
    pub fn waiting(&self) -> &[Train] {
        &self.trains[..self.waiting]
    }

    /// As many wait as are sent together.
    pub fn is_full(&self) -> bool {
        self.waiting == QUEUE
    }

    /// None waits any more.
    pub fn clear(&mut self) {
        self.waiting = 0;
    }

    /// Adds one train.
    pub fn add(&mut self, plan: &Plan, (x, e): (&[f32], &[f32]), stream: &mut Stream) {
        if self.waiting == self.trains.len() {
            self.trains.push(Train::default());
        }
        self.trains[self.waiting].make(plan, (x, e), stream);
        self.waiting += 1;
    }
}

impl Train {
    fn make(&mut self, plan: &Plan, (x, e): (&[f32], &[f32]), stream: &mut Stream) {
        let (kind, length) = (plan.kind, plan.length);
        (self.kind, self.length) = (kind, length);
        for (values, scale, out) in
            [(x, plan.per_unit.0, &mut self.inputs), (e, plan.per_unit.1, &mut self.outputs)]
        {
            out.clear();
            out.extend(values.iter().map(|v| {
                let p = (v.abs() * scale).min(1.0);
                match kind {
                    TrainKind::Stochastic => mask(p, length, stream),
                    TrainKind::MeanCount => (p * length as f32).to_bits(),
                    TrainKind::DeterministicImplicit => (p * length as f32).round().to_bits(),
                }
            }));
        }
        self.input_signs.clear();
        self.input_signs.extend(x.iter().map(|v| -i32::from(*v < 0.0)));
        self.output_signs.clear();
        self.output_signs.extend(e.iter().map(|v| -i32::from((*v > 0.0) != plan.up)));
    }

    /// Counts of coincidences of `inputs` × `outputs` of a tile, output-major, up positive.
    pub fn coincidences(
        &self,
        (first_output, outputs): (usize, usize),
        (first_input, inputs): (usize, usize),
        counts: &mut Vec<i32>,
        stream: &mut Stream,
    ) {
        counts.clear();
        counts.resize(outputs * inputs, 0);
        let lines = first_input..first_input + inputs;
        let (rows, signs) = (&self.inputs[lines.clone()], &self.input_signs[lines]);
        let inverse = 1.0 / self.length as f32;
        for (k, counts) in counts.chunks_exact_mut(inputs).enumerate() {
            let column = self.outputs[first_output + k];
            let sign = self.output_signs[first_output + k];
            if column == 0 {
                continue;
            }
            match self.kind {
                TrainKind::Stochastic => {
                    pulp::Arch::new().dispatch(Popcount { counts, rows, signs, column, sign });
                }
                TrainKind::MeanCount | TrainKind::DeterministicImplicit => {
                    let random = self.kind == TrainKind::MeanCount;
                    let pulses = f32::from_bits(column);
                    for ((count, row), input_sign) in counts.iter_mut().zip(rows).zip(signs) {
                        let mean = pulses * f32::from_bits(*row) * inverse;
                        let dither = if random && mean > 0.0 { stream.uniform() as f32 } else { 0.5 };
                        let whole = (mean + dither).floor() as i32;
                        let turned = input_sign ^ sign;
                        *count = (whole ^ turned) - turned;
                    }
                }
            }
        }
    }
}

/// 32 bits, each one with probability p, of which `length` are kept.
fn mask(p: f32, length: u32, stream: &mut Stream) -> u32 {
    let digits = (p * (1_u32 << DIGITS) as f32).round() as u32;
    let kept = u32::MAX >> (32 - length);
    if digits >> DIGITS > 0 {
        return kept;
    }
    let (mut ones, mut open) = (0, kept);
    // Behind the last digit that is one no u that is alike so far is below p.
    let mut left = digits << (32 - DIGITS);
    while open != 0 && left != 0 {
        let word = stream.next_u32();
        if left >> 31 == 1 {
            ones |= open & !word;
            open &= word;
        } else {
            open &= !word;
        }
        left <<= 1;
    }
    ones
}

/// Stochastic trains as a sequence of pulses on a plane of a tile.
pub struct TrainSequence<'a> {
    trains: &'a [Train],
    first_output: usize,
    first_input: usize,
    outputs: usize,
    /// −1 turns all pulses round.
    sign: i32,
    /// Word lines of the plane with pulses, for every train.
    lines: Vec<Vec<u32>>,
}

impl<'a> TrainSequence<'a> {
    /// For a plane whose first output and input among those of the trains are given. `None` for trains that need
    /// random numbers where they meet.
    pub fn new(
        trains: &'a [Train],
        (first_output, first_input): (usize, usize),
        (outputs, inputs): (usize, usize),
        sign: i32,
    ) -> Option<Self> {
        let lines = |train: &Train| {
            let masks = &train.inputs[first_input..first_input + inputs];
            (0..).zip(masks).filter(|(_, mask)| **mask != 0).map(|(line, _)| line).collect()
        };
        trains.iter().all(|train| train.kind == TrainKind::Stochastic).then(|| Self {
            trains,
            first_output,
            first_input,
            outputs,
            sign,
            lines: trains.iter().map(lines).collect(),
        })
    }
}

impl PulseSequence for TrainSequence<'_> {
    fn operations(&self) -> usize {
        self.trains.len()
    }

    fn most(&self) -> u32 {
        self.trains.iter().map(|train| train.length).sum()
    }

    fn lines(&self, operation: usize) -> &[u32] {
        &self.lines[operation]
    }

    fn counts(&self, operation: usize, first: usize, lines: &[u32], counts: &mut [[i32; SIDE]]) {
        let train = &self.trains[operation];
        let from = self.first_output + first;
        let to = self.first_output + self.outputs.min(first + SIDE);
        let (mut masks, mut signs) = ([0; SIDE], [0; SIDE]);
        masks[..to - from].copy_from_slice(&train.outputs[from..to]);
        signs[..to - from].copy_from_slice(&train.output_signs[from..to]);
        // −1 turns a count round.
        let turn = -i32::from(self.sign < 0);
        for sign in &mut signs {
            *sign ^= turn;
        }
        let first_input = self.first_input;
        pulp::Arch::new().dispatch(Coincide { train, first_input, lines, masks, signs, counts });
    }
}

struct Coincide<'a> {
    train: &'a Train,
    first_input: usize,
    lines: &'a [u32],
    masks: [u32; SIDE],
    signs: [i32; SIDE],
    counts: &'a mut [[i32; SIDE]],
}

impl pulp::WithSimd for Coincide<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for (line, counts) in self.lines.iter().zip(self.counts) {
            let line = self.first_input + *line as usize;
            let (row, row_sign) = (self.train.inputs[line], self.train.input_signs[line]);
            for ((count, mask), sign) in counts.iter_mut().zip(&self.masks).zip(&self.signs) {
                let common = (mask & row).count_ones().cast_signed();
                let turned = sign ^ row_sign;
                *count = (common ^ turned) - turned;
            }
        }
    }
}

struct Popcount<'a> {
    counts: &'a mut [i32],
    rows: &'a [u32],
    signs: &'a [i32],
    column: u32,
    sign: i32,
}

impl pulp::WithSimd for Popcount<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for ((count, row), sign) in self.counts.iter_mut().zip(self.rows).zip(self.signs) {
            let common = (self.column & row).count_ones().cast_signed();
            let turned = sign ^ self.sign;
            *count = (common ^ turned) - turned;
        }
    }
}

#[cfg(test)]
mod tests {
    use numerics::rng::Purpose;

    use super::*;

    #[test]
    fn bits_of_masks_have_their_probability_and_are_independent() {
        let mut stream = Stream::new(1, Purpose::PulseTrain, 0, 0);
        for p in [0.02_f32, 0.3, 0.5, 0.77] {
            let n = 20_000;
            let mut ones = [0_u32; 31];
            let mut pairs = 0.0;
            for _ in 0..n {
                let bits = mask(p, 31, &mut stream);
                assert_eq!(bits >> 31, 0);
                for (k, count) in ones.iter_mut().enumerate() {
                    *count += bits >> k & 1;
                }
                pairs += f64::from(bits & 1 & (bits >> 1)) / f64::from(n);
            }
            let p = f64::from(p);
            let variance = f64::from(n) * p * (1.0 - p);
            let chi2: f64 = ones.iter().map(|c| (f64::from(*c) - f64::from(n) * p).powi(2) / variance).sum();
            assert!(chi2 < 70.0, "{p}: chi-square of 31 degrees of freedom {chi2}");
            let error = 5.0 * (p * p * (1.0 - p * p) / f64::from(n)).sqrt();
            assert!((pairs - p * p).abs() < error, "{p}: {pairs}");
        }
        assert_eq!(mask(0.0, 31, &mut stream), 0);
        assert_eq!(mask(1.0, 7, &mut stream), 0x7f);
    }
}
