//! Arrays of non-linear cells: sinh cells, 1S1R; transients of behavioural memristors and of JART VCM v1b.
//!
//! `cargo bench --bench nonlinear`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;
use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use device_models::{CurrentLimit, DeviceCard, DeviceModel};
use neurofilament::crossbar::cells::{CellLaws, Series, SeriesCells, Sinh, SinhSelector};
use neurofilament::crossbar::transient::{Counts, Population, Stage};
use neurofilament::crossbar::{
    Array, ArrayTransient, Bias, CrossbarError, Newton, NewtonOptions, TransientOptions,
};
use numerics::rng::{Purpose, Stream};

#[path = "../tests/behavioural/mod.rs"]
mod behavioural;

use behavioural::Behavioural;

/// `count` numbers between `low` and `high`.
fn uniform(count: usize, low: f64, high: f64, seed: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Pattern, count as u64, 0);
    (0..count).map(|_| low + (high - low) * stream.uniform()).collect()
}

/// Conductances 1–100 µS, 2 Ω per segment and terminal.
fn nonlinear(criterion: &mut Criterion) {
    let selector = SinhSelector { current: 1e-9, voltage: 0.08 };
    let mut group = criterion.benchmark_group("nonlinear");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n in [32, 64, 128, 256, 512] {
        let array = Array::uniform(n, n, Vec::new(), 2.0, 2.0);
        let g = uniform(n * n, 1e-6, 1e-4, 1);
        let read = |most| Bias::read(uniform(n, 0.0, most, 2), n);
        let laws: [(&str, Box<dyn CellLaws>, Bias); 4] = [
            ("sinh_250mV_0.3V", Box::new(Sinh { conductances: g.clone(), v0: 0.25 }), read(0.3)),
            ("sinh_100mV_1V", Box::new(Sinh { conductances: g.clone(), v0: 0.1 }), read(1.0)),
            (
                "1s1r_read_1.5V",
                Box::new(Series { selector, cells: SeriesCells::Ohmic(g.clone()) }),
                read(1.5),
            ),
            (
                "1s1r_half_write_3V",
                Box::new(Series { selector, cells: SeriesCells::Ohmic(g.clone()) }),
                Bias::half(n, n, (n / 3, n / 2), 3.0),
            ),
        ];
        let mut newton = Newton::new(&array, NewtonOptions::default()).expect("an array");
        for (name, laws, bias) in &laws {
            let solution = newton.solve(laws.as_ref(), bias, None).expect("a solution");
            println!("{name} {n}: {} iterations, residual {:.1e}", solution.iterations, solution.residual);
            group.bench_function(BenchmarkId::new(*name, n), |b| {
                b.iter(|| newton.solve(laws.as_ref(), bias, None).expect("a solution"));
            });
        }
    }
    group.finish();
}

/// Runs stages from the beginning.
fn transient(
    array: &Array,
    model: &dyn DeviceModel,
    slow: &[f64],
    stages: &[Stage],
    longest_step: f64,
) -> Result<Counts, CrossbarError> {
    let population = Population {
        model,
        spreads: Vec::new(),
        slow: slow.to_vec(),
        limit: CurrentLimit::None,
        selector: None,
        ambient_temperature: 293.0,
    };
    let options = TransientOptions { longest_step, ..TransientOptions::default() };
    let mut transient = ArrayTransient::new(array, population, options)?;
    for stage in stages {
        transient.run(stage.clone(), |_, _| Ok::<_, CrossbarError>(()))?;
    }
    Ok(transient.counts())
}

fn transients(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("transient");
    group.sample_size(10).measurement_time(Duration::from_secs(3));
    for n in [8, 16, 32, 64, 128] {
        // A triangle of 1 µs to 1 V on all word lines, in 100 steps or more.
        let array = Array::uniform(n, n, Vec::new(), 2.0, 2.0);
        let slow = uniform(n * n, 0.05, 0.6, 3);
        let (rest, top) = (Bias::read(vec![0.0; n], n), Bias::read(vec![1.0; n], n));
        let stages = [Stage::ramp(rest.clone(), top.clone(), 5e-7), Stage::ramp(top, rest, 5e-7)];
        let run = || transient(&array, &Behavioural, &slow, &stages, 1e-8).expect("a transient");
        println!("behavioural {n}: {:?}", run());
        group.bench_function(BenchmarkId::new("behavioural", n), |b| b.iter(run));
    }
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).expect("shipped");
    let hrs = card.state("hrs").expect("a state");
    for n in [16, 32] {
        let array = Array::uniform(n, n, Vec::new(), 2.0, 50.0);
        let stages = [Stage::constant(Bias::half(n, n, (n / 3, n / 2), -1.1), 1e-7)];
        let slow = vec![hrs; n * n];
        let run = || transient(&array, card.model.as_ref(), &slow, &stages, 2e-9).expect("a transient");
        println!("JART VCM v1b, SET of one cell, {n}: {:?}", run());
        group.bench_function(BenchmarkId::new("jart_set", n), |b| b.iter(run));
    }
    group.finish();
}

criterion_group!(benches, nonlinear, transients);
criterion_main!(benches);
