//! Training in arrays: what devices and algorithms do to the accuracy on digits, and the study's script.
//!
//! The published figures are those of aihwkit 1.1.0 on the same task (20 or 60 epochs); here a few epochs show
//! the order.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use neurofilament::data::{Digits, Samples, Split};
use neurofilament::learning::perceptron::{PerceptronConfig, Start, train};
use neurofilament::mapping::config::{
    AdcCalibration, RangeOf, TikiTakaConfig, TikiTakaVersion, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware};

fn hardware(name: &str, rule: UpdateRule) -> AnalogHardware {
    hardware_with(name, rule, 10, AdcCalibration::Fixed)
}

fn hardware_with(name: &str, rule: UpdateRule, adc_bits: u32, calibration: AdcCalibration) -> AnalogHardware {
    let card = DeviceCard::shipped(name, &BTreeMap::new()).unwrap();
    let window = card.writing.unwrap().window;
    let mut config = AnalogConfig {
        tile_rows: 128,
        tile_columns: 128,
        weight_range: (0.5 * (window.1 - window.0) / card.parameters["conductance_per_weight"]) as f32,
        update: UpdateConfig { rule, ..UpdateConfig::default() },
        ..AnalogConfig::default()
    };
    config.scheme.weight = WeightCells::FixedReference;
    config.programming.exact = true;
    config.periphery.adc_bits = adc_bits;
    config.periphery.adc_calibration = calibration;
    config.periphery.adc_range = 2.5;
    AnalogHardware::new(&card, &config, 293.0, 1).unwrap()
}

fn after(epochs: usize, hardware: &dyn Hardware) -> f64 {
    let split = Digits::embedded().unwrap().samples.split(1, 0.2).unwrap();
    let config = PerceptronConfig { epochs, ..PerceptronConfig::default() };
    let trained = train(&config, hardware, &split, 1, &|_| true).unwrap();
    *trained.accuracy.last().unwrap()
}

fn accuracy(hardware: &dyn Hardware) -> f64 {
    after(4, hardware)
}

/// Constant steps learn like ideal arithmetic; soft bounds with asymmetry and noise do not, and a second array
/// helps them.
#[test]
fn devices_and_algorithms_stand_in_their_published_order() {
    let ideal = accuracy(&IdealHardware);
    let constant = accuracy(&hardware("step_idealized", UpdateRule::Pulsed));
    let soft = accuracy(&hardware("step_reram_soft_bounds", UpdateRule::Pulsed));
    // Where asymmetry stops plain pulses shows later.
    let exponential = after(10, &hardware("step_reram_exponential", UpdateRule::Pulsed));
    let mixed = after(10, &hardware("step_reram_exponential", UpdateRule::MixedPrecision { threshold: 1.0 }));
    let transfer = UpdateRule::TikiTaka(TikiTakaConfig {
        version: TikiTakaVersion::V1,
        fast_rate: Some(1.0),
        auto_scale: false,
        ..TikiTakaConfig::default()
    });
    let transfer = after(10, &hardware("step_reram_exponential", transfer));
    println!(
        "ideal {ideal:.3}, constant {constant:.3}, soft {soft:.3}, exponential {exponential:.3}, mixed {mixed:.3}, \
         transfer {transfer:.3}"
    );
    assert!(ideal > 0.8 && (constant - ideal).abs() < 0.05, "{ideal} {constant}");
    assert!(soft < 0.5 && soft < exponential, "{soft} {exponential}");
    assert!(exponential < 0.8 && exponential + 0.03 < mixed, "{exponential} {mixed}");
    assert!(transfer > soft + 0.1 && transfer > exponential, "{transfer} {soft} {exponential}");
}

/// Ranges that come from data come from training samples: what the test samples are changes nothing in training.
#[test]
fn test_samples_do_not_calibrate_converters() {
    let split = Digits::embedded().unwrap().samples.split(1, 0.9).unwrap();
    let faint = Samples::of_images(
        numerics::matrix::Matrix::from_fn(split.test.len(), 64, |i, j| f32::from(u8::from(i % 64 == j))),
        split.test.labels().to_vec(),
        10,
        (1, 8, 8),
    )
    .unwrap();
    let other = Split { train: split.train.clone(), test: faint };
    let config = PerceptronConfig { epochs: 1, hidden: vec![12], ..PerceptronConfig::default() };
    let weights = |split: &Split, calibration: AdcCalibration| {
        let hardware = hardware_with("step_idealized", UpdateRule::Pulsed, 6, calibration);
        train(&config, &hardware, split, 1, &|_| true).unwrap().weights
    };
    let from_data = || AdcCalibration::Percentile { percentile: 99.0, range_of: RangeOf::Tile };
    assert_eq!(weights(&split, from_data()), weights(&other, from_data()));
    assert_ne!(weights(&split, from_data()), weights(&split, AdcCalibration::Fixed));
}

/// Weights begin at one of seven levels, all shifted alike.
#[test]
fn the_start_is_shifted() {
    let split = Digits::embedded().unwrap().samples.split(1, 0.2).unwrap();
    let config = PerceptronConfig {
        start: Start::SevenLevels,
        start_shift: -0.25,
        learning_rates: vec![1e-12],
        epochs: 1,
        ..PerceptronConfig::default()
    };
    let trained = train(&config, &IdealHardware, &split, 1, &|_| true).unwrap();
    for weights in &trained.weights {
        let mut levels: Vec<i32> =
            weights.as_slice().iter().map(|w| ((w + 0.25) * 3.0).round() as i32).collect();
        let off = weights.as_slice().iter().zip(&levels).map(|(w, l)| (w + 0.25 - *l as f32 / 3.0).abs());
        assert!(off.fold(0.0_f32, f32::max) < 1e-5);
        levels.sort_unstable();
        levels.dedup();
        assert_eq!(levels, [-3, -2, -1, 0, 1, 2, 3]);
    }
}
