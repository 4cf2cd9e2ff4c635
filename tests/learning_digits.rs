//! Class-incremental learning of the 8 × 8 digits, reduced: one seed, fewer iterations.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};

use device_models::DeviceCard;
use neurofilament::data::{Digits, Samples};
use neurofilament::learning::LearningError;
use neurofilament::learning::replay::{
    EvaluateOn, Learner, ReplayConfig, SeedResult, UpdateRule, run_learner,
};
use neurofilament::mapping::config::{SchemeConfig, WeightCells};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware};
use numerics::matrix::Matrix;

mod rough_synapses;

fn run(config: &ReplayConfig, learner: Learner, hardware: &dyn Hardware) -> SeedResult {
    let data = Digits::embedded().unwrap().samples;
    run_learner(config, learner, hardware, &data, (1, 0.0), &|_| true).unwrap()
}

fn reduced() -> ReplayConfig {
    ReplayConfig { iterations: 150, ..ReplayConfig::default() }
}

#[test]
fn replay_lies_between_no_replay_and_joint_training() {
    let acc = |learner| run(&reduced(), learner, &IdealHardware).metrics.acc;
    let (none, joint, replay) = (acc(Learner::None), acc(Learner::Joint), acc(Learner::Replay));
    assert!((0.15..=0.25).contains(&none), "none: {none}");
    assert!(joint >= 0.93, "joint: {joint}");
    assert!(replay >= 0.80, "replay: {replay}");
}

#[test]
fn replay_survives_clipped_noisy_coarse_synapses() {
    let config = ReplayConfig { iterations: 80, ..ReplayConfig::default() };
    let result = run(&config, Learner::Replay, &rough_synapses::RoughHardware);
    assert!(result.metrics.acc >= 0.75, "{}", result.metrics.acc);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let config = ReplayConfig { iterations: 5, ..ReplayConfig::default() };
    let first = run(&config, Learner::Replay, &IdealHardware);
    assert_eq!(first, run(&config, Learner::Replay, &IdealHardware));
    assert_eq!((first.accuracy.len(), first.accuracy[0].len(), first.initial.len()), (5, 5, 5));
    // Four images per class, classes so far: 4 (2 + 4 + 6 + 8 + 10).
    assert_eq!(first.generated.len(), 120);
    assert_eq!(first.confusion.iter().flatten().sum::<u32>(), 359);
    assert_eq!((first.losses.len(), first.programming.len()), (3, 8));
}

/// Converters that find their ranges from data never see a sample they are judged with: test samples as bright as
/// they like change nothing of what is learnt.
#[test]
fn ranges_of_converters_come_from_training_samples() {
    let config = ReplayConfig { iterations: 3, loss_interval: 1, ..ReplayConfig::default() };
    let data = Digits::embedded().unwrap().samples;
    let card = DeviceCard::shipped("step_gokmen_vlasov", &BTreeMap::new()).unwrap();
    let design = r#"{ "tile_rows": 512, "tile_columns": 512,
        "periphery": { "adc_bits": 6, "adc_calibration": { "kind": "percentile", "percentile": 99.0 } } }"#;
    let design: AnalogConfig = serde_json::from_str(design).unwrap();
    let hardware = AnalogHardware::new(&card, &design, 293.0, 1).unwrap();
    let test = data.split(1, config.test_share).unwrap().test;
    let is_test: HashSet<Vec<u32>> =
        test.inputs().iter_rows().map(|row| row.iter().map(|v| v.to_bits()).collect()).collect();
    let bright = Matrix::from_fn(data.len(), 64, |i, j| {
        let row = data.inputs().row(i);
        let held_out = is_test.contains(&row.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
        if held_out { 1.0 } else { row[j] }
    });
    let bright = Samples::new(bright, data.labels().to_vec(), 10, (8, 8)).unwrap();
    let run =
        |data: &Samples| run_learner(&config, Learner::Replay, &hardware, data, (1, 0.0), &|_| true).unwrap();
    let (one, other) = (run(&data), run(&bright));
    // They are read all the same.
    assert_ne!(one.activity.adc_clipped, other.activity.adc_clipped);
    assert_eq!(one.losses, other.losses);
    assert_eq!(one.activity.set_pulses, other.activity.set_pulses);
}

#[test]
fn validation_samples_judge_when_asked_for() {
    let config =
        ReplayConfig { iterations: 30, evaluate_on: EvaluateOn::Validation, ..ReplayConfig::default() };
    let validated = run(&config, Learner::Joint, &IdealHardware);
    // A fifth of each class's training samples: 1797 in all, 359 held out for the test.
    assert_eq!(validated.confusion.iter().flatten().sum::<u32>(), 287);
    assert!(validated.metrics.acc > 0.6, "{}", validated.metrics.acc);
    let tested =
        run(&ReplayConfig { evaluate_on: EvaluateOn::Test, ..config }, Learner::Joint, &IdealHardware);
    assert_eq!(tested.confusion.iter().flatten().sum::<u32>(), 359);
}

#[test]
fn outer_product_updates_learn() {
    let config = ReplayConfig { update_rule: UpdateRule::OuterProduct, ..reduced() };
    let acc = run(&config, Learner::Joint, &IdealHardware).metrics.acc;
    assert!(acc >= 0.8, "{acc}");
}

#[test]
fn a_run_stops_when_told_and_rejects_bad_settings() {
    let data = Digits::embedded().unwrap().samples;
    let config = ReplayConfig::default();
    let stopped = run_learner(&config, Learner::None, &IdealHardware, &data, (1, 0.0), &|done| done < 3);
    assert!(matches!(stopped, Err(LearningError::Stopped { iterations: 3 })));
    let config = ReplayConfig { contexts: vec![vec![0, 11]], ..config };
    let wrong = run_learner(&config, Learner::None, &IdealHardware, &data, (1, 0.0), &|_| true);
    assert!(wrong.unwrap_err().to_string().contains("class 11 is not in the data"));
}

/// Time passes after every context, and cells that drift forget in it.
#[test]
fn weights_drift_between_contexts() {
    let cards = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("device_models/cards");
    let read = |name: &str| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(cards.join(name)).unwrap()).unwrap()
    };
    let mut json = read("step_gokmen_vlasov.json");
    json["drift"] = read("pcm_joshi.json")["drift"].take();
    let card = DeviceCard::parse("mine.json", &json.to_string(), &BTreeMap::new()).unwrap();
    let scheme = SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() };
    let design = AnalogConfig { scheme, ..AnalogConfig::default() };
    let hardware = AnalogHardware::new(&card, &design, 293.0, 1).unwrap();
    let data = Digits::embedded().unwrap().samples;
    let config = ReplayConfig {
        iterations: 2,
        contexts: vec![vec![0, 1], vec![2, 3]],
        hidden_units: 20,
        ..ReplayConfig::default()
    };
    let run = |rest| run_learner(&config, Learner::Replay, &hardware, &data, (1, rest), &|_| true).unwrap();
    let (at_once, rested) = (run(0.0), run(1e7));
    assert_eq!((at_once.activity.elapsed, rested.activity.elapsed), (0.0, 2e7));
    // Cells in the middle of the window lose half of their conductance, and the reference nothing.
    let (before, after) = (at_once.largest_weight, rested.largest_weight);
    assert!(after > before + 0.2, "{before} {after}");
}
