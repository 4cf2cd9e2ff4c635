//! The replay study end to end: iterations of the quickstart's network, ideal and on arrays.
//!
//! `cargo bench --bench learning`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device_models::DeviceCard;
use neurofilament::data::Digits;
use neurofilament::learning::replay::{Learner, ReplayConfig, run_learner};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware};

fn learning(criterion: &mut Criterion) {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).expect("a shipped card");
    let design = AnalogConfig::default();
    let analog = AnalogHardware::new(&card, &design, 293.0, 1).expect("a library");
    let digits = Digits::embedded().expect("the digits").samples;
    let config = ReplayConfig { iterations: 20, ..ReplayConfig::default() };
    let iterations = config.iterations * config.contexts.len() as u64;
    let kinds: [(&str, &dyn Hardware); 2] = [("ideal", &IdealHardware), ("analog", &analog)];
    let mut group = criterion.benchmark_group("learning");
    group.sample_size(10);
    // Elements are training iterations (64 current and 64 replayed samples each), programming and
    // the tests after each context included.
    group.throughput(Throughput::Elements(iterations));
    for (name, hardware) in kinds {
        group.bench_function(format!("replay/{name}"), |b| {
            b.iter(|| run_learner(&config, Learner::Replay, hardware, &digits, (1, 0.0), &|_| true));
        });
    }
    group.finish();
}

criterion_group!(benches, learning);
criterion_main!(benches);
