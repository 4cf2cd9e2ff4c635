//! The Tiki-Taka family: descent to a target with devices whose up and down steps differ.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use neurofilament::mapping::config::{
    SchemeConfig, TikiTakaConfig, TikiTakaVersion, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, Inputs};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

/// Root-mean-square error of a 10 × 8 regression y = W x after online descent on noisy soft-bounds devices.
/// `offset` moves what the fast array reads as zero away from its symmetry point.
fn error(rule: UpdateRule, offset: &str) -> f64 {
    let overrides: BTreeMap<String, String> =
        [("write_noise", "0"), ("additive_noise", "0.5"), ("step", "0.01"), ("reference", offset)]
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect();
    let card = DeviceCard::shipped("step_reram_soft_bounds", &overrides).unwrap();
    let mut config = AnalogConfig {
        weight_range: 0.8,
        scheme: SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() },
        update: UpdateConfig { rule, ..UpdateConfig::default() },
        ..AnalogConfig::default()
    };
    config.programming.exact = true;
    config.cells.read_noise = Some(0.0);
    let mut array = AnalogHardware::new(&card, &config, 293.0, 1).unwrap().synapses(8, 10, 3, 0);
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
    let plain = error(UpdateRule::Pulsed, "0");
    for version in [TikiTakaVersion::V2, TikiTakaVersion::Chopped, TikiTakaVersion::Dynamic] {
        let ours = error(rule(version), "0");
        println!("{version:?}: {ours:.4}, plain pulses {plain:.4}");
        assert!(ours < 0.65 * plain, "{version:?}: {ours} {plain}");
    }
    let first = error(rule(TikiTakaVersion::V1), "0");
    println!("V1: {first:.4}");
    assert!(first < plain, "v1: {first} {plain}");
}

/// A reference that is off by 0.2 spoils version 2; signs that flip take it out.
#[test]
fn choppers_take_out_an_offset_of_the_fast_array() {
    let offset = "0.2";
    let second = error(rule(TikiTakaVersion::V2), offset);
    let chopped = error(rule(TikiTakaVersion::Chopped), offset);
    let dynamic = error(rule(TikiTakaVersion::Dynamic), offset);
    println!("V2 {second:.4}, chopped {chopped:.4}, dynamic {dynamic:.4}");
    assert!(chopped < 0.75 * second && dynamic < 0.4 * second, "{second} {chopped} {dynamic}");
}
