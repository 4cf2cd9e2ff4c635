//! In-array updates: coincidences per second of pulsed outer products at 512 × 512 (31 pulses, x and e uniform
//! in −1 … 1), and 1000 samples of the Tiki-Taka family on 784-256-128-10 at batch 64.
//!
//! `cargo bench --bench update`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device_models::DeviceCard;
use neurofilament::mapping::config::{
    SchemeConfig, TikiTakaConfig, TikiTakaVersion, TrainConfig, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

const N: usize = 512;

fn hardware(name: &str, update: UpdateConfig) -> AnalogHardware {
    let card = DeviceCard::shipped(name, &BTreeMap::new()).expect("a shipped card");
    let window = card.writing.expect("pulses").window;
    let mut config = AnalogConfig {
        tile_rows: 1024,
        tile_columns: 1024,
        weight_range: (0.5 * (window.1 - window.0) / card.parameters["conductance_per_weight"]) as f32,
        scheme: SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() },
        update,
        ..AnalogConfig::default()
    };
    config.programming.exact = true;
    AnalogHardware::new(&card, &config, 293.0, 1).expect("hardware")
}

fn uniform(rows: usize, columns: usize, key: u64, filled: f64) -> Matrix {
    let mut stream = Stream::new(3, Purpose::Pattern, key, 0);
    Matrix::from_fn(rows, columns, |_, _| {
        let value = 2.0 * stream.uniform() as f32 - 1.0;
        if stream.uniform() < filled { value } else { 0.0 }
    })
}

fn outer_products(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("coincidences");
    group.sample_size(10);
    for (kind, name, step) in [
        ("constant", "step_gokmen_vlasov", 0.0016),
        ("soft_bounds", "step_reram_soft_bounds", 0.002),
        ("exponential", "step_reram_exponential", 0.00135),
    ] {
        let trains = TrainConfig { fixed: true, repeat: false, ..TrainConfig::default() };
        let update = UpdateConfig { trains, ..UpdateConfig::default() };
        let mut array = hardware(name, update).synapses(N, N, 1, 0);
        let (x, e) = (uniform(8, N, 1, 1.0), uniform(8, N, 2, 1.0));
        let rate = 31.0 * step;
        array.update(Inputs::Dense(&x), &e, rate);
        let done = array.activity();
        group.throughput(Throughput::Elements(done.set_pulses + done.reset_pulses));
        let mut sign = -1.0;
        group.bench_function(kind, |b| {
            b.iter(|| {
                // There and back, so that weights do not walk off to their bounds.
                array.update(Inputs::Dense(&x), &e, sign * rate);
                sign = -sign;
            });
        });
    }
    group.finish();
}

fn tiki_taka(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("1000_samples");
    group.sample_size(10);
    let sizes = [784, 256, 128, 10];
    for (name, version) in [
        ("ttv2", TikiTakaVersion::V2),
        ("c_ttv2", TikiTakaVersion::Chopped),
        ("agad", TikiTakaVersion::Dynamic),
    ] {
        let rule = UpdateRule::TikiTaka(TikiTakaConfig { version, ..TikiTakaConfig::default() });
        let trains = TrainConfig { fixed: true, repeat: false, ..TrainConfig::default() };
        let hardware =
            hardware("step_reram_exponential", UpdateConfig { rule, trains, ..UpdateConfig::default() });
        let mut layers: Vec<Box<dyn Synapses>> = sizes
            .windows(2)
            .enumerate()
            .map(|(k, size)| hardware.synapses(size[1], size[0], 1, k as u64))
            .collect();
        // 19 % of pixels are not zero, as in pictures of digits.
        let x = uniform(64, 784, 1, 0.19);
        group.bench_function(name, |b| {
            b.iter(|| {
                // 16 batches are 1024 samples: forward, backward and update of all layers.
                for _ in 0..16 {
                    let mut inputs = vec![x.clone()];
                    for layer in &mut layers {
                        let mut y = layer.forward(Inputs::Dense(&inputs[inputs.len() - 1]));
                        y.as_mut_slice().iter_mut().for_each(|v| *v = 1.0 / (1.0 + (-*v).exp()));
                        inputs.push(y);
                    }
                    let mut e = uniform(64, 10, 5, 1.0);
                    for (layer, x) in layers.iter_mut().zip(&inputs).rev() {
                        let back = layer.backward(&e);
                        layer.update(Inputs::Dense(x), &e, 0.01);
                        e = back;
                    }
                }
            });
        });
    }
    group.finish();
}

criterion_group!(benches, outer_products, tiki_taka);
criterion_main!(benches);
