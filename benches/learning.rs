//! The replay study end to end: iterations of the quickstart's network, ideal and on arrays.
//!
//! `cargo bench --bench learning`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device_models::DeviceCard;
use neurofilament::data::Digits;
use neurofilament::learning::continual::{LearnerConfig, Method, Recipe, TrainingConfig, run_learner};
use neurofilament::learning::protocol::{ActiveUnits, ContextStream, Scenario};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware};

fn learning(criterion: &mut Criterion) {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).expect("a shipped card");
    let design = AnalogConfig::default();
    let analog = AnalogHardware::new(&card, &design, 293.0, 1).expect("a library");
    let digits = Digits::embedded().expect("the digits").samples;
    let config = TrainingConfig {
        hidden_units: 128,
        latent_units: 32,
        batch: 64,
        replay_batch: 64,
        iterations: 20,
        ..TrainingConfig::default()
    };
    let contexts: Vec<Vec<u8>> = (0..5).map(|k| vec![2 * k, 2 * k + 1]).collect();
    let iterations = config.iterations * contexts.len() as u64;
    let split = digits.split(1, 0.2).expect("enough digits");
    let stream =
        ContextStream::split(&split, &contexts, Scenario::Class, ActiveUnits::All).expect("contexts");
    let recipe = Recipe::new(&LearnerConfig::of(Method::Bir), Scenario::Class).expect("usual settings");
    let kinds: [(&str, &dyn Hardware); 2] = [("ideal", &IdealHardware), ("analog", &analog)];
    let mut group = criterion.benchmark_group("learning");
    group.sample_size(10);
    // Elements are training iterations (64 current and 64 replayed samples each), programming and
    // the tests after each context included.
    group.throughput(Throughput::Elements(iterations));
    for (name, hardware) in kinds {
        group.bench_function(format!("bir/{name}"), |b| {
            b.iter(|| run_learner(&config, &recipe, hardware, &stream, (1, 0.0), None, &|_| true));
        });
    }
    group.finish();
}

criterion_group!(benches, learning);
criterion_main!(benches);
