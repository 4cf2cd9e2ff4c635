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
//! Bits of a mask come out of words of random bits: for p = 0.b₁b₂…b₂₄ in binary and from the last digit to the
//! first, mask ← mask ∨ word where the digit is 1 and mask ∧ word where it is 0. Every bit of the mask
//! is then one with probability p, 32 of them with 24 words.
//!
//! Reference: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333; T. Gokmen,
//! M. Onen, W. Haensch, Front. Neurosci. 11, 538 (2017), doi:10.3389/fnins.2017.00538 (update management).
//! Pinned by: `tests/update_rules.rs`.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use numerics::rng::Stream;

use crate::mapping::config::{TrainConfig, TrainKind};

/// Digits of a probability.
const DIGITS: u32 = 24;

/// The trains of one sample.
#[derive(Debug, Clone, Default)]
pub struct Trains {
    kind: TrainKind,
    length: u32,
    /// Masks of bits, or numbers of pulses (as bits of an `f32`), of every input and output.
    inputs: Vec<u32>,
    outputs: Vec<u32>,
    /// 0 where the change is upwards for a positive partner, −1 where downwards.
    input_signs: Vec<i32>,
    output_signs: Vec<i32>,
    /// Probabilities of a pulse for unit inputs and errors.
    per_unit: (f32, f32),
    /// Trains to send.
    repeats: u32,
}

/// Largest magnitude.
fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0_f32, |m, v| m.max(v.abs()))
}

impl Trains {
    /// Plans the trains of a sample; the number of them, 0 where nothing changes.
    pub fn plan(
        &mut self,
        (x, e): (&[f32], &[f32]),
        rate: f32,
        step: f32,
        config: &TrainConfig,
        budget: u32,
    ) -> u32 {
        let (x_max, e_max) = (largest(x), largest(e));
        let most = rate.abs() * x_max * e_max / step;
        self.repeats = 0;
        if !(most > 0.0 && most.is_finite()) {
            return 0;
        }
        let longest = config.longest;
        let allowed = if config.repeat { (budget / longest).max(1) } else { 1 };
        self.repeats = (most / longest as f32).ceil().clamp(1.0, allowed as f32) as u32;
        self.length = if config.fixed { longest } else { (most.ceil().max(1.0) as u32).min(longest) };
        self.kind = config.kind;
        let product = rate.abs() / (step * (self.repeats * self.length) as f32);
        let balance = if config.management { (e_max / x_max).sqrt() } else { 1.0 };
        self.per_unit = (product.sqrt() * balance, product.sqrt() / balance);
        self.input_signs.clear();
        self.input_signs.extend(x.iter().map(|v| -i32::from(*v < 0.0)));
        let up = rate > 0.0;
        self.output_signs.clear();
        self.output_signs.extend(e.iter().map(|v| -i32::from((*v > 0.0) != up)));
        self.repeats
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

    /// Sends one train.
    pub fn send(&mut self, x: &[f32], e: &[f32], stream: &mut Stream) {
        let (kind, length) = (self.kind, self.length);
        for (values, scale, out) in
            [(x, self.per_unit.0, &mut self.inputs), (e, self.per_unit.1, &mut self.outputs)]
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
    if digits == 0 {
        return 0;
    }
    let from = digits.trailing_zeros();
    let bits = (from..DIGITS).fold(0, |mask, digit| {
        let word = stream.next_u32();
        if digits >> digit & 1 == 1 { mask | word } else { mask & word }
    });
    bits & kept
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
