//! Arrays of conductance-step devices against the scalar model, closed forms, and pulses one by one.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::card::SHIPPED;
use device_models::conductance_step::array::{
    Method, PulseSequence, SIDE, StepArray, StepCycleNoise, StepDraw,
};
use device_models::variability::draw_spread;
use device_models::{DeviceCard, Segment};

const OWN: (StepCycleNoise, Method) = (StepCycleNoise::Own, Method::AtOnce);
const SILENT: (StepCycleNoise, Method) = (StepCycleNoise::Relative(0.0), Method::AtOnce);

fn shipped(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

/// A shipped card without spread from device to device.
fn alike(name: &str) -> DeviceCard {
    let text = SHIPPED.iter().find(|(known, _)| *known == name).unwrap().1;
    let mut card: serde_json::Value = serde_json::from_str(text).unwrap();
    card.as_object_mut().unwrap().remove("variability");
    DeviceCard::parse(name, &card.to_string(), &BTreeMap::new()).unwrap()
}

fn cells(
    card: &DeviceCard,
    first: (u64, u64),
    n: usize,
    start: f64,
    way: (StepCycleNoise, Method),
) -> StepArray {
    StepArray::new((card, &card.model.step_device(&[]).unwrap()), first, (n, 1), start, way)
}

fn draw(operation: u64) -> StepDraw {
    StepDraw { seed: 5, array: 3, operation }
}

/// Weights of many equal devices after `count` pulses from `weight`, hidden and as read.
fn after(card: &DeviceCard, method: Method, n: usize, weight: f32, count: i32) -> (Vec<f64>, StepArray) {
    let p = &card.parameters;
    let start = p["conductance_at_zero"] + p["conductance_per_weight"] * f64::from(weight);
    let mut array = cells(card, (1, 0), n, start, (StepCycleNoise::Own, method));
    array.step(&vec![count; n], draw(u64::from(method == Method::OneByOne)));
    (array.weights().iter().map(|w| f64::from(*w)).collect(), array)
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// Largest difference of two empirical distributions, in units of its 0.1 % critical value.
fn two_samples(mut a: Vec<f64>, mut b: Vec<f64>) -> f64 {
    a.sort_by(f64::total_cmp);
    b.sort_by(f64::total_cmp);
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut worst) = (0, 0, 0.0_f64);
    while i < a.len() && j < b.len() {
        let x = a[i].min(b[j]);
        while i < a.len() && a[i] <= x {
            i += 1;
        }
        while j < b.len() && b[j] <= x {
            j += 1;
        }
        worst = worst.max((i as f64 / n - j as f64 / m).abs());
    }
    worst / (1.949 * ((n + m) / (n * m)).sqrt())
}

/// The same against a distribution function.
fn one_sample(mut a: Vec<f64>, cdf: impl Fn(f64) -> f64) -> f64 {
    a.sort_by(f64::total_cmp);
    let n = a.len() as f64;
    let off = |(i, x): (usize, &f64)| {
        let c = cdf(*x);
        (c - i as f64 / n).abs().max((c - (i + 1) as f64 / n).abs())
    };
    a.iter().enumerate().map(off).fold(0.0, f64::max) / (1.949 / n.sqrt())
}

/// Φ by the continued series of erf.
fn normal(x: f64) -> f64 {
    let (mut term, mut sum, mut k) = (x, x, 1.0);
    while term.abs() > 1e-16 * sum.abs() && k < 400.0 {
        term *= x * x / (2.0 * k + 1.0);
        sum += term;
        k += 1.0;
    }
    (0.5 + sum * (-0.5 * x * x).exp() / std::f64::consts::TAU.sqrt()).clamp(0.0, 1.0)
}

fn step_cards() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|(name, _)| *name).filter(|name| name.starts_with("step_"))
}

/// Cell i of an array is device i of the scalar model: every shipped card, both directions, without noise.
#[test]
fn cells_are_the_scalar_devices() {
    let mut seen = 0;
    for name in step_cards() {
        let card = shipped(name);
        let p = &card.parameters;
        let start = card.states["middle"];
        let mut array = cells(&card, (7, 40), 60, start, SILENT);
        let counts: Vec<i32> = (0..60).map(|i| [1, -1, 5, -9, 31, 0][i % 6]).collect();
        array.step(&counts, draw(1));
        for (i, count) in counts.iter().enumerate() {
            let spread = draw_spread(&card, 7, 40 + i as u64);
            let (low, high) = card.model.bounds(&spread);
            let mut state = card.model.rest(start.clamp(low, high), &ROOM);
            let train = Segment::constant(
                p["pulse_voltage"].copysign(f64::from(*count)),
                p["pulse_width"] * f64::from(count.abs()),
            );
            card.model.advance(&spread, &mut state, &train, &ROOM, None, None).unwrap();
            let ours = f64::from(array.readings()[i]);
            let error = (ours - state[0]).abs() / p["conductance_per_weight"];
            assert!(error < 3e-5, "{name} {i} {count}: {ours} {}", state[0]);
            seen += 1;
        }
    }
    assert_eq!(seen, 60 * step_cards().count());
}

/// k pulses at once and one by one have the same distribution: within the range, where steps are steep, and
/// at the bounds.
#[test]
fn pulses_at_once_have_the_distribution_of_pulses_one_by_one() {
    let n = 30_000;
    for (name, weights) in [
        ("step_gokmen_vlasov", [0.0, 0.95, -0.99]),
        ("step_reram_soft_bounds", [0.0, 1.2, -0.7]),
        ("step_reram_exponential", [0.0, 0.6, -0.95]),
        ("step_ecram_metal_oxide", [0.0, 1.15, -0.5]),
        ("step_capacitor", [0.0, 0.97, -0.5]),
        ("step_neurosim_ag_si", [0.5, 0.9, 0.1]),
    ] {
        let card = alike(name);
        for (weight, count) in weights.into_iter().flat_map(|w| [(w, 6), (w, -31)]) {
            let (at_once, array) = after(&card, Method::AtOnce, n, weight, count);
            assert_eq!(array.method(), Method::AtOnce, "{name}");
            let (one_by_one, _) = after(&card, Method::OneByOne, n, weight, count);
            let (a, b) = (moments(&at_once), moments(&one_by_one));
            let error = 5.0 * b.1 * (2.0 / n as f64).sqrt() + 1e-6;
            assert!((a.0 - b.0).abs() < error, "{name} {weight} {count}: {a:?} {b:?}");
            // Nearly all cells at one bound: the few others are compared below.
            let pinned = b.1 < 1e-4;
            assert!(pinned || (a.1 / b.1 - 1.0).abs() < 0.03, "{name} {weight} {count}: {a:?} {b:?}");
            let distance = two_samples(at_once, one_by_one);
            assert!(distance < 1.0, "{name} {weight} {count}: {distance}");
        }
    }
}

/// One step is Gaussian with the card's mean and deviation; k constant steps are the sum.
#[test]
fn steps_have_the_stated_distribution() {
    let card = alike("step_gokmen_vlasov");
    for k in [1, 4, 31] {
        let (weights, _) = after(&card, Method::AtOnce, 40_000, 0.0, k);
        let deviation = 0.3 * 0.0016 * f64::from(k).sqrt();
        let distance = one_sample(weights, |w| normal((w - 0.0016 * f64::from(k)) / deviation));
        assert!(distance < 1.0, "{k}: {distance}");
    }
    // Soft bounds with noise of their own: Δ(1 − w/b) and 3.75 Δ.
    let (weights, _) = after(&alike("step_reram_soft_bounds"), Method::AtOnce, 40_000, 0.25, -1);
    let mean = 0.25 - 0.002 * (1.0 + 0.25 / 0.75);
    let distance = one_sample(weights, |w| normal((w - mean) / (3.75 * 0.002)));
    assert!(distance < 1.0, "{distance}");
}

/// What is read scatters by σ_w Δw_min about the weight that is held.
#[test]
fn write_noise_is_gaussian_and_leaves_the_weight_alone() {
    let card = alike("step_reram_exponential");
    let (weights, array) = after(&card, Method::AtOnce, 40_000, 0.1, 3);
    let noise: Vec<f64> =
        array.readings().iter().zip(&weights).map(|(g, w)| (f64::from(*g) - 50e-6) / 25e-6 - w).collect();
    let distance = one_sample(noise, |x| normal(x / (75.0 * 0.00135)));
    assert!(distance < 1.0, "{distance}");
    let mut next = array.clone();
    next.step(&vec![0; 40_000], draw(9));
    assert_eq!(next.readings(), array.readings(), "no pulse, no new write noise");
}

/// Steps of a population are log-normal with the card's median and width (cut at three deviations).
#[test]
fn devices_differ_as_stated() {
    let card = shipped("step_reram_array_om");
    let n = 20_000;
    let mut array = cells(&card, (3, 0), n, 50e-6, SILENT);
    let before = array.weights();
    array.step(&vec![1; n], draw(1));
    let mut steps = Vec::new();
    for (i, (w, before)) in array.weights().iter().zip(&before).enumerate() {
        let (low, high) = array.bounds(i);
        let open = 1.0 - f64::from(*before) / f64::from(high);
        // Clipped steps say nothing of their size.
        if high > low && *w < high && open > 0.2 {
            steps.push(f64::from(w - before) / open);
        }
    }
    let spreads = (0..n as u64).map(|d| draw_spread(&card, 3, d));
    let expected: Vec<f64> =
        spreads.filter(|s| s[3] * 1.4839 > s[2] * -0.6192).map(|s| 0.0949 * (s[0] + s[1] - 1.0)).collect();
    let (a, b) = (
        moments(&steps.iter().map(|x| x.ln()).collect::<Vec<_>>()),
        moments(&expected.iter().map(|x| x.ln()).collect::<Vec<_>>()),
    );
    assert!((a.0 - b.0).abs() < 0.15 && (a.1 / b.1 - 1.0).abs() < 0.1, "{a:?} {b:?}");
    let gaussian = expected.iter().map(|x| (x / 0.0949).ln() / 0.7829).collect();
    let cut = normal(3.0) - normal(-3.0);
    let distance = one_sample(gaussian, |x| (normal(x) - normal(-3.0)) / cut);
    assert!(distance < 1.5, "{distance}: the asymmetry widens it a little");
}

/// Each device of each seed is another one.
#[test]
fn devices_of_all_seeds_are_distinct() {
    let card = shipped("step_gokmen_vlasov");
    let mut steps = std::collections::BTreeSet::new();
    for seed in [1, 2] {
        let mut array = cells(&card, (seed, 0), 2000, 50e-6, SILENT);
        array.step(&[1; 2000], draw(1));
        steps.extend(array.weights().iter().map(|w| w.to_bits()));
    }
    assert!(steps.len() > 3960, "{} distinct steps of 4000", steps.len());
}

/// Alternating pulses end at w* = (α₊ − α₋)/(α₊/b_max − α₋/b_min), device by device.
#[test]
fn the_symmetry_point_follows_its_formula() {
    let text = SHIPPED.iter().find(|(name, _)| *name == "step_reram_soft_bounds").unwrap().1;
    let mut uneven: serde_json::Value = serde_json::from_str(text).unwrap();
    uneven["parameters"]["step_asymmetry"] = "0.2".into();
    // All devices as asymmetric as this, so that no symmetry point lies near zero.
    uneven["variability"]["windows"].as_object_mut().unwrap().remove("step_asymmetry");
    let card = DeviceCard::parse("uneven", &uneven.to_string(), &BTreeMap::new()).unwrap();
    let n = 200;
    let mut array = cells(&card, (4, 0), n, 60e-6, SILENT);
    for operation in 0..40_000 {
        let count = if operation % 2 == 0 { 1 } else { -1 };
        array.step(&vec![count; n], draw(operation));
    }
    for (i, w) in array.weights().iter().enumerate() {
        let device = card.model.step_device(&draw_spread(&card, 4, i as u64)).unwrap();
        let size = |side: usize| match device.laws[side] {
            device_models::conductance_step::law::StepLaw::Affine { size, .. } => size,
            _ => f64::NAN,
        };
        let (up, down) = (size(0), size(1));
        let expected = (up - down) / (up / device.weight_max - down / device.weight_min);
        assert!(expected.abs() > 10.0 * down, "{i}: {expected}");
        // The last pulse was down: at most a step below.
        let below = expected - f64::from(*w);
        assert!((-1e-5..1.05 * up.max(down)).contains(&below), "{i}: {w} {expected}");
    }
}

/// The same bits for any number of threads.
#[test]
fn threads_do_not_matter() {
    let card = shipped("step_reram_exponential");
    let run = |threads| {
        rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| {
            let n = 40_000;
            let mut array = cells(&card, (1, 0), n, 50e-6, OWN);
            let counts: Vec<i32> = (-11..12).cycle().take(n).collect();
            let mut loads = Vec::new();
            for operation in 0..3 {
                let done = array.step(&counts, draw(operation));
                loads.push((done.up, done.down, done.load_up.to_bits(), done.load_down.to_bits()));
            }
            (array.readings().iter().map(|g| g.to_bits()).collect::<Vec<_>>(), array.pulses().to_vec(), loads)
        })
    };
    assert!(run(1) == run(3));
}

/// Few-state devices go pulse by pulse, as k factors far from one do not add up to a Gaussian.
#[test]
fn coarse_devices_go_pulse_by_pulse() {
    for (name, method) in [
        ("step_reram_array_om", Method::OneByOne),
        ("step_reram_array_hfo2", Method::OneByOne),
        ("step_piecewise", Method::OneByOne),
        ("step_reram_soft_bounds", Method::AtOnce),
        ("step_idealized", Method::AtOnce),
        ("step_ecram_lithium", Method::AtOnce),
    ] {
        let array = cells(&shipped(name), (1, 0), 500, 50e-6, OWN);
        assert_eq!(array.method(), method, "{name}");
    }
}

/// Counts for 37 bit lines and 70 word lines: of most operations few word lines have pulses.
struct Some37By70(Vec<(Vec<u32>, Vec<i32>)>);

impl Some37By70 {
    fn new() -> Self {
        let operation = |k: u32| {
            let lines: Vec<u32> = (0..70).filter(|line| (line * 7 + k).is_multiple_of(2 + k % 3)).collect();
            let count = |cell: u32| {
                let pulses = ((cell * 31 + k * 17) % 11).cast_signed() - 5;
                if lines.contains(&(cell % 70)) { pulses } else { 0 }
            };
            let counts = (0..37 * 70).map(count).collect();
            (lines, counts)
        };
        Self((0..9).map(operation).collect())
    }
}

impl PulseSequence for Some37By70 {
    fn operations(&self) -> usize {
        self.0.len()
    }

    fn most(&self) -> u32 {
        5 * self.0.len() as u32
    }

    fn lines(&self, operation: usize) -> &[u32] {
        &self.0[operation].0
    }

    fn counts(&self, operation: usize, first: usize, lines: &[u32], counts: &mut [[i32; SIDE]]) {
        for (line, counts) in lines.iter().zip(counts) {
            let of = |lane: usize| self.0[operation].1.get((first + lane) * 70 + *line as usize);
            *counts = std::array::from_fn(|lane| of(lane).copied().unwrap_or(0));
        }
    }
}

/// A sequence is its operations one after the other, bit for bit; what is read has the write noise of one pulse.
#[test]
fn a_sequence_is_its_operations() {
    let sequence = Some37By70::new();
    for name in ["step_reram_exponential", "step_reram_soft_bounds", "step_piecewise"] {
        let card = shipped(name);
        let nominal = card.model.step_device(&[]).unwrap();
        let mut whole = StepArray::new((&card, &nominal), (1, 0), (37, 70), 50e-6, OWN);
        let mut parts = whole.clone();
        let done = whole.step_sequence(&sequence, draw(4));
        let (mut up, mut down) = (0, 0);
        for (k, (_, counts)) in sequence.0.iter().enumerate() {
            let done = parts.step(counts, draw(4 + k as u64));
            (up, down) = (up + done.up, down + done.down);
        }
        assert_eq!((done.up, done.down), (up, down), "{name}");
        let bits = |array: &StepArray| array.weights().iter().map(|w| w.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(&whole), bits(&parts), "{name}");
        assert_eq!(whole.pulses(), parts.pulses(), "{name}");
        let total =
            |cell: usize| sequence.0.iter().map(|(_, counts)| counts[cell].unsigned_abs()).sum::<u32>();
        assert!(whole.pulses().iter().enumerate().all(|(cell, pulses)| *pulses == total(cell)), "{name}");
        let p = &card.parameters;
        let noise: Vec<f64> = (whole.readings().iter().zip(whole.weights()).zip(whole.pulses()))
            .filter(|(_, pulses)| **pulses > 0)
            .map(|((g, w), _)| {
                let weight = (f64::from(*g) - p["conductance_at_zero"]) / p["conductance_per_weight"];
                weight - f64::from(w)
            })
            .collect();
        let deviation = p["write_noise"] * p["step"];
        assert!(noise.len() > 2000, "{name}");
        if deviation > 0.0 {
            let distance = one_sample(noise, |x| normal(x / deviation));
            assert!(distance < 1.0, "{name}: {distance}");
        } else {
            assert!(noise.iter().all(|x| x.abs() < 1e-5), "{name}");
        }
    }
}
