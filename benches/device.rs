//! One cell: operating point, a whole SET event, and the pulse tier's table.
//!
//! `cargo bench --bench device`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device_models::pulse::{CellReader, CycleNoise, PulseArray, PulseResponse};
use device_models::{Crossing, CurrentLimit, DeviceCard, Segment, Surroundings};

/// Card, SET voltage in V, current that ends the event in A.
const EVENTS: [(&str, f64, f64); 3] =
    [("jart_vcm_v1b_kinetics", -0.9, 1e-4), ("jart_vcm_v1b_iv", -1.0, 1e-4), ("stanford_pku_v1", 1.5, 1e-2)];

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).expect("a shipped card")
}

fn device(criterion: &mut Criterion) {
    let around = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
    let mut group = criterion.benchmark_group("device");
    for (name, voltage, current) in EVENTS {
        let card = card(name);
        let hrs = card.model.rest(card.states["hrs"], &around);
        let event = || {
            let mut state = hrs.clone();
            card.model
                .advance(
                    &[],
                    &mut state,
                    &Segment::constant(voltage, 10.0),
                    &around,
                    Some(Crossing::Above(current)),
                    None,
                )
                .expect("a SET event")
        };
        let once = event();
        assert!(once.crossed && once.elapsed > 0.0, "{name} does not switch at {voltage} V");
        // Elements are evaluations of the right-hand side.
        group.throughput(Throughput::Elements(u64::from(once.evaluations)));
        group.bench_function(format!("set_event/{name}"), |b| b.iter(event));
        group.throughput(Throughput::Elements(1));
        group.bench_function(format!("operating_point/{name}"), |b| {
            b.iter(|| {
                card.model.operating_point(&[], black_box(&hrs), black_box(card.read_voltage), &around)
            });
        });
    }
    group.finish();
}

/// A RESET from N = 7.5e26 1/m^3 at 1 V until 300 uA, inside the ranges of the explicit current.
fn tiers(criterion: &mut Criterion) {
    let around = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
    let mut group = criterion.benchmark_group("reset_event");
    for name in ["jart_vcm_v1b_kinetics", "jart_vcm_v1b_explicit"] {
        let card = card(name);
        let start = card.model.rest(7.5e26, &around);
        let drive = Segment::constant(1.0, 1.0);
        let event = || {
            let mut state = start.clone();
            let stop = Some(Crossing::Below(300e-6));
            card.model.advance(&[], &mut state, &drive, &around, stop, None).expect("a RESET event")
        };
        let once = event();
        assert!(once.crossed && once.elapsed > 0.0, "{name} does not switch");
        group.throughput(Throughput::Elements(u64::from(once.evaluations)));
        group.bench_function(name, |b| b.iter(event));
    }
    group.finish();
}

fn pulse(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("pulse");
    for name in ["jart_vcm_v1b_kinetics", "stanford_pku_v1"] {
        let card = card(name);
        let writing = card.writing.expect("a writing block");
        let cell = CellReader::new(&card, Vec::new(), 293.0).expect("a cell");
        group.throughput(Throughput::Elements(1));
        group.sample_size(10);
        group.bench_function(format!("compile_65/{name}"), |b| {
            b.iter(|| PulseResponse::compile(&cell, &writing.set, 65, (1, 0)));
        });
        let table = PulseResponse::compile(&cell, &writing.set, 65, (1, 0)).expect("a table");
        let (low, high) = cell.range();
        let cells: Vec<f32> =
            (0..4096).map(|i| (low + (high - low) * f64::from(i) / 4096.0) as f32).collect();
        group.throughput(Throughput::Elements(cells.len() as u64));
        group.bench_function(format!("apply/{name}"), |b| {
            b.iter(|| cells.iter().map(|g| table.apply(black_box(*g)).0).sum::<f32>());
        });
    }
    group.finish();
}

/// Cells of an array.
const CELLS: usize = 1 << 20;

/// A pulse on every one of 1024 × 1024 cells, with the card's own noise where it has some, else 30 %.
fn array(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("array");
    for (name, noise) in [
        ("jart_vcm_v1b_kinetics", CycleNoise::Relative(0.3)),
        ("stanford_pku_v1", CycleNoise::Own),
        ("step_reram_array_om", CycleNoise::Own),
    ] {
        let card = card(name);
        let writing = card.writing.expect("a writing block");
        let cell = CellReader::new(&card, Vec::new(), 293.0).expect("a cell");
        let table = |pulse| PulseResponse::compile(&cell, pulse, 65, (1, 0)).expect("a table");
        let tables = [table(&writing.set), table(&writing.reset)];
        let middle = (0.5 * (writing.window.0 + writing.window.1)) as f32;
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let written = noise == CycleNoise::Own && tables[0].write_noise > 0.0;
            let mut cells = PulseArray::new(vec![0; CELLS], vec![middle; CELLS], written);
            let mut operation = 0;
            group.throughput(Throughput::Elements(CELLS as u64));
            group.sample_size(20);
            group.bench_function(format!("{name}/{threads}"), |b| {
                b.iter(|| {
                    operation += 1;
                    let response = &tables[usize::from(operation % 2 == 0)];
                    pool.install(|| cells.pulse_all(&[response], noise, (1, operation)))
                });
            });
        }
    }
    group.finish();
}

criterion_group!(benches, device, tiers, pulse, array);
criterion_main!(benches);
