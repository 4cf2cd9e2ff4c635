//! Weights on arrays: reads and writes of a 256 × 256 matrix, ideal and on JART VCM v1b cells; forward reads
//! of one tile of up to 1024 × 1024 weights, one non-ideality after the other, beside the plain product; new solutions of
//! wires after changes of the cells.
//!
//! `cargo bench --bench mapping`, `cargo bench --bench mapping forward/`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use device_models::DeviceCard;
use neurofilament::mapping::config::{UpdateRule, VerifiedConfig, WireTier, WiresConfig};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware, Inputs};
use numerics::matrix::{Matrix, Op, multiply};
use numerics::rng::{Purpose, Stream};

const N: usize = 256;

fn random(rows: usize, columns: usize, scale: f32) -> Matrix {
    let mut stream = Stream::new(3, Purpose::Pattern, (rows * columns) as u64, 0);
    Matrix::from_fn(rows, columns, |_, _| scale * stream.normal() as f32)
}

fn mapping(criterion: &mut Criterion) {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).expect("a shipped card");
    let config = AnalogConfig::default();
    let analog = AnalogHardware::new(&card, &config, 293.0, 1).expect("a library");
    let kinds: [(&str, &dyn Hardware); 2] = [("ideal", &IdealHardware), ("analog", &analog)];
    let weights = random(N, N, 0.1);
    let mut group = criterion.benchmark_group("mapping");
    group.sample_size(20);
    for (name, hardware) in kinds {
        let mut synapses = hardware.synapses(N, N, 1, 0);
        synapses.program(&weights);
        for batch in [1, 64] {
            let x = random(batch, N, 1.0);
            group.throughput(Throughput::Elements((batch * N * N) as u64));
            group.bench_function(BenchmarkId::new(format!("forward/{name}"), batch), |b| {
                b.iter(|| synapses.forward(Inputs::Dense(&x)));
            });
            group.bench_function(BenchmarkId::new(format!("backward/{name}"), batch), |b| {
                b.iter(|| synapses.backward(&x));
            });
        }
        // Small enough that 64 outer products take about one pulse train each.
        let (x, e) = (random(64, N, 1.0), random(64, N, 1.0));
        group.throughput(Throughput::Elements((64 * N * N) as u64));
        group.bench_function(format!("update/{name}/64"), |b| {
            b.iter(|| synapses.update(Inputs::Dense(&x), &e, 1e-4));
        });
        // Changes of the size Adam makes: some weights take a pulse, most wait.
        let delta = random(N, N, 1e-3);
        group.throughput(Throughput::Elements((N * N) as u64));
        group.bench_function(format!("adjust/{name}"), |b| b.iter(|| synapses.adjust(&delta)));
        group.bench_function(format!("program/{name}"), |b| b.iter(|| synapses.program(&weights)));
    }
    group.finish();
}

/// One layer of a network for MNIST on tiles of 256 × 256 in a step of training with Adam: reads of a batch, and the
/// change by pulses that are due or by verified writes. Every change is followed by a read, as cells have changed.
fn training(criterion: &mut Criterion) {
    let (outputs, inputs, batch) = (400, 784, 256);
    let mut group = criterion.benchmark_group("training");
    group.sample_size(10).measurement_time(Duration::from_secs(1)).warm_up_time(Duration::from_millis(300));
    let weights = random(outputs, inputs, 0.05);
    let (x, e) = (random(batch, inputs, 1.0), random(batch, outputs, 1.0));
    // Changes of Adam at a rate of 1e-3, one after the other in turn and back.
    let deltas = [random(outputs, inputs, 5e-4), random(outputs, inputs, 5e-4)];
    let verified = UpdateRule::Verified(VerifiedConfig { threshold: 0.02, ..VerifiedConfig::default() });
    for (name, card, rule) in [
        (
            "pulses/jart_vcm_v1b_kinetics",
            "jart_vcm_v1b_kinetics",
            UpdateRule::MixedPrecision { threshold: 1.0 },
        ),
        ("verified/jart_vcm_v1b_kinetics", "jart_vcm_v1b_kinetics", verified.clone()),
        ("verified/technology_c", "technology_c", verified),
    ] {
        let card = DeviceCard::shipped(card, &BTreeMap::new()).expect("a shipped card");
        let mut config =
            AnalogConfig { tile_rows: 256, tile_columns: 256, weight_range: 0.5, ..AnalogConfig::default() };
        config.update.rule = rule;
        let hardware = AnalogHardware::new(&card, &config, 293.0, 1).expect("hardware");
        let mut synapses = hardware.synapses(outputs, inputs, 1, 0);
        synapses.program(&weights);
        let mut turn = 0;
        group.bench_function(format!("adjust/{name}"), |b| {
            b.iter(|| {
                turn += 1;
                synapses.adjust(&deltas[turn % 2]);
            });
        });
        let one = random(1, inputs, 1.0);
        group.bench_function(format!("adjust and one read/{name}"), |b| {
            b.iter(|| {
                turn += 1;
                synapses.adjust(&deltas[turn % 2]);
                synapses.forward(Inputs::Dense(&one))
            });
        });
        group.bench_function(format!("forward/{name}"), |b| b.iter(|| synapses.forward(Inputs::Dense(&x))));
        group.bench_function(format!("backward/{name}"), |b| b.iter(|| synapses.backward(&e)));
    }
    group.finish();
}

/// Designs of the forward reads: what is on.
fn designs() -> Vec<(&'static str, AnalogConfig)> {
    let mut converters = AnalogConfig { tile_rows: 1024, tile_columns: 1024, ..AnalogConfig::default() };
    converters.cells.read_noise = Some(0.0);
    converters.cells.device_variants = 2;
    converters.programming.exact = true;
    converters.periphery.output_noise = 0.04;
    let mut read_noise = converters.clone();
    read_noise.cells.read_noise = Some(0.01);
    let mut wires = converters.clone();
    wires.wires.word_line_segment = 1.0;
    wires.wires.bit_line_segment = 1.0;
    vec![("converters_noise", converters), ("read_noise", read_noise), ("wires", wires)]
}

fn forward(criterion: &mut Criterion) {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).expect("a shipped card");
    let designs: Vec<(&str, AnalogHardware)> = designs()
        .into_iter()
        .map(|(name, design)| (name, AnalogHardware::new(&card, &design, 293.0, 1).expect("hardware")))
        .collect();
    let mut group = criterion.benchmark_group("forward");
    group
        .sample_size(10)
        .measurement_time(Duration::from_millis(800))
        .warm_up_time(Duration::from_millis(200));
    for n in [256, 512, 1024] {
        let weights = random(n, n, 0.1);
        for batch in [1, 64, 256] {
            let x = random(batch, n, 1.0);
            let mut y = Matrix::zeros(batch, n);
            group.throughput(Throughput::Elements((batch * n * n) as u64));
            group.bench_function(BenchmarkId::new(format!("plain/{n}"), batch), |b| {
                b.iter(|| multiply(&mut y, false, 1.0, (&x, Op::Plain), (&weights, Op::Transposed)));
            });
        }
        for (name, hardware) in &designs {
            let mut synapses = hardware.synapses(n, n, 1, 0);
            synapses.program(&weights);
            for batch in [1, 64, 256] {
                let x = random(batch, n, 1.0);
                group.throughput(Throughput::Elements((batch * n * n) as u64));
                group.bench_function(BenchmarkId::new(format!("{name}/{n}"), batch), |b| {
                    b.iter(|| synapses.forward(Inputs::Dense(&x)));
                });
            }
        }
    }
    group.finish();
}

/// A change of the cells by single pulses and the read that follows, without wires and through them: what is
/// more than without is their new solution, for the two planes of the tile.
fn refresh(criterion: &mut Criterion) {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).expect("a shipped card");
    let mut design = designs().remove(0).1;
    let mut wires = design.clone();
    wires.wires.word_line_segment = 1.0;
    wires.wires.bit_line_segment = 1.0;
    let mut ladders = wires.clone();
    ladders.wires.tier = WireTier::Ladders { exact_every: 0 };
    design.wires = WiresConfig::default();
    let hardware = [("none", design), ("ladders", ladders), ("exact", wires)]
        .map(|(name, design)| (name, AnalogHardware::new(&card, &design, 293.0, 1).expect("hardware")));
    let mut group = criterion.benchmark_group("refresh");
    group.sample_size(10);
    for n in [64, 128, 256] {
        let (weights, x, mut delta) = (random(n, n, 0.1), random(1, n, 1.0), random(n, n, 1e-3));
        for (name, hardware) in &hardware {
            let mut synapses = hardware.synapses(n, n, 1, 0);
            synapses.program(&weights);
            group.bench_function(BenchmarkId::new(*name, n), |b| {
                b.iter(|| {
                    synapses.adjust(&delta);
                    delta.as_mut_slice().iter_mut().for_each(|d| *d = -*d);
                    synapses.forward(Inputs::Dense(&x))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, mapping, training, forward, refresh);
criterion_main!(benches);
