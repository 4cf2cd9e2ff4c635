//! The Tiki-Taka family: descent to a target with devices whose up and down steps differ.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use neurofilament::mapping::config::{
    Scaling, SchemeConfig, TikiTakaConfig, TikiTakaVersion, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

/// Mean over three arrays of [`error_of`]: that of one array scatters by 15 %.
fn error(rule: &UpdateRule, offset: &str) -> f64 {
    (3..6).map(|seed| error_of(rule, offset, seed)).sum::<f64>() / 3.0
}

/// Root-mean-square error of a 10 × 8 regression y = W x after online descent on noisy soft-bounds devices.
/// `offset` moves what the fast array reads as zero away from its symmetry point.
fn error_of(rule: &UpdateRule, offset: &str, seed: u64) -> f64 {
    let overrides: BTreeMap<String, String> =
        [("write_noise", "0"), ("additive_noise", "0.5"), ("step", "0.01"), ("reference", offset)]
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
    let card = DeviceCard::shipped("step_reram_soft_bounds", &overrides).unwrap();
    let mut config = AnalogConfig {
        weight_range: 0.8,
        scheme: SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() },
        update: UpdateConfig { rule: rule.clone(), ..UpdateConfig::default() },
        ..AnalogConfig::default()
    };
    config.programming.exact = true;
    config.cells.read_noise = Some(0.0);
    let mut array = AnalogHardware::new(&card, &config, 293.0, 1).unwrap().synapses(8, 10, seed, 0);
    array.program(&Matrix::zeros(8, 10));
    let mut stream = Stream::new(5, Purpose::Pattern, 0, 0);
    let target = Matrix::from_fn(8, 10, |_, _| 0.25 * (2.0 * stream.uniform() as f32 - 1.0));
    for _ in 0..2500 {
        let x = Matrix::from_fn(10, 10, |_, _| 2.0 * stream.uniform() as f32 - 1.0);
        let y = array.forward(Inputs::Dense(&x));
        let wanted = numerics::matrix::product(
            (&x, numerics::matrix::Op::Plain),
            (&target, numerics::matrix::Op::Transposed),
        );
        // Noise of the targets, as of real gradients: asymmetric devices drift with it.
        let e = Matrix::from_fn(10, 8, |i, k| wanted.row(i)[k] - y.row(i)[k] + 0.3 * stream.normal() as f32);
        array.update(Inputs::Dense(&x), &e, 0.02);
    }
    let held = array.weights();
    let squares = held.as_slice().iter().zip(target.as_slice()).map(|(a, b)| f64::from(a - b).powi(2));
    (squares.sum::<f64>() / 80.0).sqrt()
}

fn rule(version: TikiTakaVersion) -> UpdateRule {
    UpdateRule::TikiTaka(TikiTakaConfig {
        version,
        auto_granularity: 20.0,
        fast_rate: if version == TikiTakaVersion::V1 { None } else { Some(0.5) },
        auto_scale: version != TikiTakaVersion::V1,
        transfer_rate: if version == TikiTakaVersion::V1 { 3.0 } else { 1.0 },
        chop_probability: 0.02,
        ..TikiTakaConfig::default()
    })
}

#[test]
fn transfer_finds_weights_that_plain_pulses_do_not() {
    let plain = error(&UpdateRule::Pulsed, "0");
    for version in [TikiTakaVersion::V2, TikiTakaVersion::Chopped, TikiTakaVersion::Dynamic] {
        let ours = error(&rule(version), "0");
        println!("{version:?}: {ours:.4}, plain pulses {plain:.4}");
        assert!(ours < 0.65 * plain, "{version:?}: {ours} {plain}");
    }
    let first = error(&rule(TikiTakaVersion::V1), "0");
    println!("V1: {first:.4}");
    assert!(first < plain, "v1: {first} {plain}");
}

/// A reference that is off by 0.2 spoils version 2; signs that flip take it out.
#[test]
fn choppers_take_out_an_offset_of_the_fast_array() {
    let offset = "0.2";
    let second = error_of(&rule(TikiTakaVersion::V2), offset, 3);
    let chopped = error_of(&rule(TikiTakaVersion::Chopped), offset, 3);
    let dynamic = error_of(&rule(TikiTakaVersion::Dynamic), offset, 3);
    println!("V2 {second:.4}, chopped {chopped:.4}, dynamic {dynamic:.4}");
    assert!(chopped < 0.75 * second && dynamic < 0.4 * second, "{second} {chopped} {dynamic}");
}

/// Where inputs of the fast array have turned their sign, its share of the weights is still the gradient: read out,
/// forward and backward. Writing begins anew.
#[test]
fn the_share_of_the_fast_array_is_read_with_its_signs() {
    let card = DeviceCard::shipped("step_gokmen_vlasov", &BTreeMap::new()).unwrap();
    let transfer = TikiTakaConfig {
        version: TikiTakaVersion::Chopped,
        fast_rate: Some(0.02),
        auto_scale: false,
        transfer_every: 4,
        transfer_rate: 1e-6,
        chop_probability: 1.0,
        fast_share: 1.0,
        ..TikiTakaConfig::default()
    };
    let mut config = AnalogConfig {
        scheme: SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() },
        update: UpdateConfig { rule: UpdateRule::TikiTaka(transfer), ..UpdateConfig::default() },
        ..AnalogConfig::default()
    };
    config.programming.exact = true;
    config.cells.read_noise = Some(0.0);
    (config.periphery.dac_bits, config.periphery.adc_bits) = (0, 0);
    let (outputs, inputs) = (5, 6);
    let mut array = AnalogHardware::new(&card, &config, 293.0, 1).unwrap().synapses(outputs, inputs, 3, 0);
    array.program(&Matrix::zeros(outputs, inputs));
    // Twelve samples of nothing: three lines are transferred and turn.
    let (none, still) = (Matrix::zeros(12, inputs), Matrix::zeros(12, outputs));
    array.update(Inputs::Dense(&none), &still, 0.02);
    // Three samples of a gradient: not yet another transfer.
    let x = Matrix::from_fn(3, inputs, |_, j| 0.5 + 0.1 * j as f32);
    let e = Matrix::from_fn(3, outputs, |_, k| if k % 2 == 0 { 1.0 } else { -0.8 });
    array.update(Inputs::Dense(&x), &e, 0.02);
    let eye = |n: usize| Matrix::from_fn(n, n, |i, j| f32::from(u8::from(i == j)));
    let (held, forward) = (array.weights(), array.forward(Inputs::Dense(&eye(inputs))));
    let backward = array.backward(&eye(outputs));
    for k in 0..outputs {
        for j in 0..inputs {
            let asked = 3.0 * 0.02 * x.row(0)[j] * e.row(0)[k];
            let ours = held.row(k)[j];
            assert!(ours / asked > 0.05, "{k} {j}: {ours} {asked}");
            assert!((forward.row(j)[k] - ours).abs() < 1e-4, "{k} {j}: {} {ours}", forward.row(j)[k]);
            assert!((backward.row(k)[j] - ours).abs() < 1e-4, "{k} {j}: {} {ours}", backward.row(k)[j]);
        }
    }
    let wanted = Matrix::from_fn(outputs, inputs, |k, j| 0.02 * (k as f32 - j as f32));
    array.program(&wanted);
    let written = array.weights();
    for (ours, wanted) in written.as_slice().iter().zip(wanted.as_slice()) {
        assert!((ours - wanted).abs() < 1e-4, "the fast array is zero again: {ours} {wanted}");
    }
}

/// Under a factor for each output, transfers move its weights by what they would without.
#[test]
fn transfers_do_not_depend_on_the_factors_of_outputs() {
    let text = DeviceCard::shipped("step_idealized", &BTreeMap::new()).unwrap().text;
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json.as_object_mut().unwrap().remove("variability");
    let card = DeviceCard::parse("alike", &json.to_string(), &BTreeMap::new()).unwrap();
    let moved = |scaling: Scaling, version: TikiTakaVersion| {
        let transfer = TikiTakaConfig {
            version,
            fast_rate: Some(0.0125),
            auto_granularity: 480.0,
            ..TikiTakaConfig::default()
        };
        let mut config = AnalogConfig {
            weight_range: 0.5,
            scheme: SchemeConfig { weight: WeightCells::FixedReference, scaling, ..SchemeConfig::default() },
            update: UpdateConfig { rule: UpdateRule::TikiTaka(transfer), ..UpdateConfig::default() },
            ..AnalogConfig::default()
        };
        config.programming.exact = true;
        config.cells.read_noise = Some(0.0);
        (config.periphery.dac_bits, config.periphery.adc_bits) = (0, 0);
        let mut array = AnalogHardware::new(&card, &config, 293.0, 1).unwrap().synapses(2, 4, 3, 0);
        // Factors of a quarter and nine tenths.
        let largest = [0.125, 0.45];
        let start = Matrix::from_fn(2, 4, |k, j| if j % 2 == 0 { largest[k] } else { -largest[k] });
        array.program(&start);
        let (x, e) = (Matrix::from_fn(10, 4, |_, _| 1.0), Matrix::from_fn(10, 2, |_, _| 0.5));
        for _ in 0..160 {
            array.update(Inputs::Dense(&x), &e, 0.01);
        }
        let held = array.weights();
        [0, 1].map(|k| held.row(k).iter().zip(start.row(k)).map(|(a, b)| f64::from(a - b)).sum::<f64>() / 4.0)
    };
    for version in [TikiTakaVersion::V1, TikiTakaVersion::V2] {
        let fixed = moved(Scaling::Fixed, version);
        let scaled = moved(Scaling::PerColumn { percentile: 100.0 }, version);
        println!("{version:?}: fixed {fixed:?}, per column {scaled:?}");
        for (a, b) in scaled.iter().zip(fixed) {
            assert!(b > 5e-4 && (0.7..1.4).contains(&(a / b)), "{version:?}: {scaled:?} {fixed:?}");
        }
    }
}

/// Two arrays of equal devices without noise, behind ideal converters.
fn pair(transfer: TikiTakaConfig) -> Box<dyn Synapses> {
    let text = DeviceCard::shipped("step_idealized", &BTreeMap::new()).unwrap().text;
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json.as_object_mut().unwrap().remove("variability");
    let card = DeviceCard::parse("alike", &json.to_string(), &BTreeMap::new()).unwrap();
    let mut config = AnalogConfig {
        weight_range: 0.8,
        scheme: SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() },
        update: UpdateConfig { rule: UpdateRule::TikiTaka(transfer), ..UpdateConfig::default() },
        ..AnalogConfig::default()
    };
    config.programming.exact = true;
    (config.periphery.dac_bits, config.periphery.adc_bits) = (0, 0);
    let mut array = AnalogHardware::new(&card, &config, 293.0, 1).unwrap().synapses(4, 4, 3, 0);
    array.program(&Matrix::zeros(4, 4));
    array
}

fn pulses(array: &dyn Synapses, which: usize) -> u64 {
    let done = array.arrays()[which].activity();
    done.set_pulses + done.reset_pulses
}

/// Until the first half period is over nothing is known of the fast array's offset, and no pulse is sent.
#[test]
fn the_dynamic_version_waits_for_its_first_reference() {
    let mut array = pair(TikiTakaConfig {
        version: TikiTakaVersion::Dynamic,
        chop_probability: 0.25,
        auto_granularity: 1e-3,
        ..TikiTakaConfig::default()
    });
    let (x, e) = (Matrix::from_fn(4, 4, |_, _| 1.0), Matrix::from_fn(4, 4, |_, _| 1.0));
    // A round over four lines for each batch, four rounds in a half period.
    for round in 0..4 {
        array.update(Inputs::Dense(&x), &e, 0.1);
        assert_eq!(pulses(&*array, 0), 0, "{round}");
    }
    array.update(Inputs::Dense(&x), &e, 0.1);
    assert_eq!(pulses(&*array, 0), 16);
}

/// The rate of the fast array follows the mean of the samples' largest errors, not the largest of a batch.
#[test]
fn the_scale_of_the_fast_array_is_a_mean_over_samples() {
    let mut array = pair(TikiTakaConfig { auto_momentum: 0.9, ..TikiTakaConfig::default() });
    // Errors of 0.1 and of 1 in turn: 0.55 in the mean.
    let x = Matrix::from_fn(10, 4, |_, _| 1.0);
    let e = Matrix::from_fn(10, 4, |i, _| if i % 2 == 0 { 0.1 } else { 1.0 });
    let turned = Matrix::from_fn(10, 4, |i, k| -e.row(i)[k]);
    for _ in 0..50 {
        array.update(Inputs::Dense(&x), &e, 0.1);
        array.update(Inputs::Dense(&x), &turned, 0.1);
    }
    let before = pulses(&*array, 1);
    for _ in 0..50 {
        array.update(Inputs::Dense(&x), &e, 0.1);
        array.update(Inputs::Dense(&x), &turned, 0.1);
    }
    let ours = (pulses(&*array, 1) - before) as f64 / (100.0 * 10.0 * 16.0);
    // Half of 31 pulses where the error is as large as its mean.
    assert!((ours / 15.5 - 1.0).abs() < 0.02, "{ours} pulses for a sample");
}
