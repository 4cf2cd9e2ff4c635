//! Whole arrays of statistical devices: a SET and a RESET pulse on every cell, on one thread and on two.
//!
//! `cargo bench --bench statistical`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device_models::statistical::{Parameters, Statistical, StatisticalArray};
use device_models::{DeviceCard, DeviceModel};

const CELLS: usize = 1 << 18;

fn pulses(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("statistical");
    group.sample_size(10);
    for name in ["statistical_synaptogen", "statistical_hfo2_1t1r"] {
        let card = DeviceCard::shipped(name, &BTreeMap::new()).expect("a shipped card");
        let model = Statistical::new(Parameters::from_values(&card.parameters).expect("parameters"))
            .expect("a model");
        let set = 3.0 * model.set_polarity() as f32;
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let mut array =
                pool.install(|| StatisticalArray::new(model.clone(), 1, CELLS, card.states["lrs"]));
            let mut cycle = || {
                pool.install(|| {
                    array.pulse(-set);
                    array.pulse(set);
                });
            };
            cycle();
            group.throughput(Throughput::Elements(2 * CELLS as u64));
            group.bench_function(format!("cycle/{name}/{threads}"), |b| b.iter(&mut cycle));
        }
    }
    group.finish();
}

criterion_group!(benches, pulses);
criterion_main!(benches);
