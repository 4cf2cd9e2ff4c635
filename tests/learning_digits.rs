//! Continual learning of the 8 × 8 digits, reduced: one seed, fewer iterations.
#![allow(clippy::unwrap_used)]

use std::collections::{BTreeMap, HashSet};

use device_models::DeviceCard;
use neurofilament::data::{Digits, Samples, Split};
use neurofilament::learning::LearningError;
use neurofilament::learning::continual::{
    LearnerConfig, Method, Recipe, SeedResult, TeacherMemory, TrainingConfig, UpdateRule, run_learner,
};
use neurofilament::learning::protocol::{ActiveUnits, ContextStream, Scenario};
use neurofilament::mapping::config::{SchemeConfig, WeightCells};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware};
use numerics::matrix::Matrix;

mod rough_synapses;

fn digits() -> Split {
    Digits::embedded().unwrap().samples.split(1, 0.2).unwrap()
}

fn pairs() -> Vec<Vec<u8>> {
    (0..5).map(|k| vec![2 * k, 2 * k + 1]).collect()
}

fn reduced(iterations: u64) -> TrainingConfig {
    TrainingConfig {
        hidden_units: 128,
        latent_units: 32,
        batch: 64,
        replay_batch: 64,
        iterations,
        ..TrainingConfig::default()
    }
}

fn learner(method: Method) -> LearnerConfig {
    let bir = method == Method::Bir;
    let (gate_fraction, distillation_weight) = (bir.then_some(0.5), bir.then_some(4.0));
    LearnerConfig { gate_fraction, distillation_weight, ..LearnerConfig::of(method) }
}

fn run_on(
    config: &TrainingConfig,
    learner: &LearnerConfig,
    hardware: &dyn Hardware,
    scenario: Scenario,
) -> SeedResult {
    let data = digits();
    let stream = ContextStream::split(&data, &pairs(), scenario, ActiveUnits::All).unwrap();
    let recipe = Recipe::new(learner, scenario).unwrap();
    run_learner(config, &recipe, hardware, &stream, (1, 0.0), None, &|_| true).unwrap()
}

fn run(config: &TrainingConfig, method: Method, hardware: &dyn Hardware) -> SeedResult {
    run_on(config, &learner(method), hardware, Scenario::Class)
}

fn acc(method: Method, scenario: Scenario) -> f64 {
    let acc = run_on(&reduced(100), &learner(method), &IdealHardware, scenario).followed.metrics.acc;
    println!("{} {}: {acc:.3}", method.name(), scenario.name());
    acc
}

#[test]
fn only_replay_keeps_classes_apart() {
    let of = |method| acc(method, Scenario::Class);
    let (none, joint) = (of(Method::None), of(Method::Joint));
    assert!((0.15..=0.25).contains(&none) && joint >= 0.93, "{none} {joint}");
    assert!(of(Method::Bir) >= 0.80);
    assert!(of(Method::Er) >= 0.85);
    // A young generator without classes is a poor one.
    let dgr = run(&reduced(200), Method::Dgr, &IdealHardware).followed.metrics.acc;
    assert!(dgr > none + 0.1 && dgr < joint, "{dgr}");
    for penalty in [Method::Ewc, Method::Si] {
        let acc = of(penalty);
        assert!(acc < 0.45, "{acc}");
    }
    let both = LearnerConfig { strength: Some(0.1), ..learner(Method::BirSi) };
    let both = run_on(&reduced(100), &both, &IdealHardware, Scenario::Class).followed.metrics.acc;
    assert!(both >= 0.75, "{both}");
}

#[test]
fn told_the_context_every_remedy_helps() {
    let none = acc(Method::None, Scenario::Task);
    for method in [Method::Ewc, Method::Si, Method::Lwf, Method::Bir] {
        let helped = acc(method, Scenario::Task);
        assert!(helped > none && helped > 0.9, "{} {helped} {none}", method.name());
    }
}

#[test]
fn replay_helps_when_contexts_ask_the_same_question() {
    let none = acc(Method::None, Scenario::Domain);
    for method in [Method::Er, Method::Bir] {
        let helped = acc(method, Scenario::Domain);
        assert!(helped > none + 0.03, "{} {helped} {none}", method.name());
    }
}

#[test]
fn parts_of_brain_inspired_replay_can_be_left_away() {
    let base = learner(Method::Bir);
    let whole = run_on(&reduced(40), &base, &IdealHardware, Scenario::Class);
    let parts = [
        LearnerConfig { feedback: Some(false), ..base.clone() },
        LearnerConfig { conditional_prior: Some(false), ..base.clone() },
        LearnerConfig { gate_fraction: Some(0.0), ..base.clone() },
        LearnerConfig { soft_targets: Some(false), distillation_weight: None, ..base.clone() },
    ];
    // A generator of its own has another encoder; the prior has 2 × 10 × 32 numbers.
    let encoder = 128 * (64 + 1) + 128 * (128 + 1);
    let expected = [whole.parameters + encoder, whole.parameters - 640, whole.parameters, whole.parameters];
    for (part, expected) in parts.iter().zip(expected) {
        let other = run_on(&reduced(40), part, &IdealHardware, Scenario::Class);
        assert!(other.followed.accuracy != whole.followed.accuracy);
        assert!(other.followed.metrics.acc > 0.22, "{}", other.followed.metrics.acc);
        assert_eq!(other.parameters, expected);
    }
}

#[test]
fn replay_survives_clipped_noisy_coarse_synapses() {
    let result = run(&reduced(80), Method::Bir, &rough_synapses::RoughHardware);
    assert!(result.followed.metrics.acc >= 0.75, "{}", result.followed.metrics.acc);
}

#[test]
fn a_teacher_on_arrays_is_programmed_once_per_context() {
    let card = DeviceCard::shipped("step_gokmen_vlasov", &BTreeMap::new()).unwrap();
    let hardware = AnalogHardware::new(&card, &AnalogConfig::default(), 293.0, 1).unwrap();
    let config = TrainingConfig { hidden_units: 20, ..reduced(2) };
    let on_arrays = LearnerConfig { on_arrays: true, ..learner(Method::Bir) };
    let digital = run_on(&config, &on_arrays, &hardware, Scenario::Class);
    let other = LearnerConfig { teacher: Some(TeacherMemory::Arrays), ..on_arrays };
    let arrays = run_on(&config, &other, &hardware, Scenario::Class);
    assert!(digital.teacher_activity.is_none() && digital.stored.teacher > 0);
    let teacher = arrays.teacher_activity.unwrap();
    // 64 replayed samples in each iteration after the first context: two encoder layers and the classifier
    // label them, three layers of the decoder make them.
    assert_eq!(teacher.products, 4 * 2 * 64 * 6);
    assert!(teacher.set_pulses > 0 && arrays.stored.teacher == 0);
    assert_eq!(teacher.cells, arrays.activity.cells);
    assert!(digital.followed.accuracy != arrays.followed.accuracy);
}

#[test]
fn the_same_seed_gives_the_same_bits() {
    let first = run(&reduced(5), Method::Bir, &IdealHardware);
    assert_eq!(first, run(&reduced(5), Method::Bir, &IdealHardware));
    let followed = &first.followed;
    assert_eq!((followed.accuracy.len(), followed.accuracy[0].len(), followed.initial.len()), (5, 5, 5));
    // Four images per class, classes so far: 4 (2 + 4 + 6 + 8 + 10).
    assert_eq!(first.generated.len(), 120);
    assert_eq!(followed.confusion.iter().flatten().sum::<u32>(), 359);
    assert_eq!((first.losses.len(), first.programming.len()), (3, 8));
    assert_eq!(
        (first.stored.teacher, first.stored.optimiser),
        (first.parameters, 2 * (first.parameters - 640))
    );
}

/// Converters that find their ranges from data never see a sample they are judged with: test samples as bright as
/// they like change nothing of what is learnt.
#[test]
fn ranges_of_converters_come_from_training_samples() {
    let config = TrainingConfig { loss_interval: 1, ..reduced(3) };
    let data = Digits::embedded().unwrap().samples;
    let card = DeviceCard::shipped("step_gokmen_vlasov", &BTreeMap::new()).unwrap();
    let design = r#"{ "tile_rows": 512, "tile_columns": 512,
        "periphery": { "adc_bits": 6, "adc_calibration": { "kind": "percentile", "percentile": 99.0 } } }"#;
    let design: AnalogConfig = serde_json::from_str(design).unwrap();
    let hardware = AnalogHardware::new(&card, &design, 293.0, 1).unwrap();
    let test = digits().test;
    let is_test: HashSet<Vec<u32>> =
        test.inputs().iter_rows().map(|row| row.iter().map(|v| v.to_bits()).collect()).collect();
    let bright = Matrix::from_fn(data.len(), 64, |i, j| {
        let row = data.inputs().row(i);
        let held_out = is_test.contains(&row.iter().map(|v| v.to_bits()).collect::<Vec<_>>());
        if held_out { 1.0 } else { row[j] }
    });
    let bright = Samples::new(bright, data.labels().to_vec(), 10, (8, 8)).unwrap();
    let run = |data: &Samples| {
        let data = data.split(1, 0.2).unwrap();
        let stream = ContextStream::split(&data, &pairs(), Scenario::Class, ActiveUnits::All).unwrap();
        let recipe = Recipe::new(&learner(Method::Bir), Scenario::Class).unwrap();
        run_learner(&config, &recipe, &hardware, &stream, (1, 0.0), None, &|_| true).unwrap()
    };
    let (one, other) = (run(&data), run(&bright));
    // They are read all the same.
    assert_ne!(one.activity.adc_clipped, other.activity.adc_clipped);
    assert_eq!(one.losses, other.losses);
    assert_eq!(one.activity.set_pulses, other.activity.set_pulses);
}

#[test]
fn outer_product_updates_learn_and_take_no_penalty() {
    let config = TrainingConfig { update_rule: UpdateRule::OuterProduct, ..reduced(150) };
    let acc = run(&config, Method::Joint, &IdealHardware).followed.metrics.acc;
    assert!(acc >= 0.8, "{acc}");
    let data = digits();
    let stream = ContextStream::split(&data, &pairs(), Scenario::Class, ActiveUnits::All).unwrap();
    let recipe = Recipe::new(&learner(Method::Si), Scenario::Class).unwrap();
    let refused = run_learner(&config, &recipe, &IdealHardware, &stream, (1, 0.0), None, &|_| true);
    assert!(refused.unwrap_err().to_string().starts_with("`update_rule` is outer_product"));
}

#[test]
fn a_run_stops_when_told() {
    let data = digits();
    let stream = ContextStream::split(&data, &pairs(), Scenario::Class, ActiveUnits::All).unwrap();
    let recipe = Recipe::new(&learner(Method::None), Scenario::Class).unwrap();
    let stopped =
        run_learner(&reduced(5), &recipe, &IdealHardware, &stream, (1, 0.0), None, &|done| done < 3);
    assert!(matches!(stopped, Err(LearningError::Stopped { iterations: 3 })));
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
    let data = digits();
    let contexts = [vec![0, 1], vec![2, 3]];
    let stream = ContextStream::split(&data, &contexts, Scenario::Class, ActiveUnits::All).unwrap();
    let recipe = Recipe::new(&learner(Method::Bir), Scenario::Class).unwrap();
    let config = TrainingConfig { hidden_units: 20, ..reduced(2) };
    let run = |rest| run_learner(&config, &recipe, &hardware, &stream, (1, rest), None, &|_| true).unwrap();
    let (at_once, rested) = (run(0.0), run(1e7));
    assert_eq!((at_once.activity.elapsed, rested.activity.elapsed), (0.0, 2e7));
    // Cells in the middle of the window lose half of their conductance, and the reference nothing.
    let (before, after) = (at_once.largest_weight, rested.largest_weight);
    assert!(after > before + 0.2, "{before} {after}");
}
