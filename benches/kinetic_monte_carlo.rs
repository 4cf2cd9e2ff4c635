//! Kinetic Monte Carlo between two refreshes of the fields: draws and local updates of the catalogue.
//!
//! `cargo bench --bench kinetic_monte_carlo`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use std::collections::BTreeMap;

use device_models::kinetic_monte_carlo::{Fields, Filament, KineticCard, Lattice};
use numerics::rng::{Purpose, Stream};

const EVENTS: u64 = 10_000;

fn events(criterion: &mut Criterion) {
    let lattice = Lattice::filling([10e-9, 10e-9, 5e-9], 0.25e-9);
    let card = KineticCard::shipped("kinetic_monte_carlo_hfo2", &BTreeMap::new()).expect("a card");
    let mut filament = Filament::new(lattice, card.parameters).expect("a filament");
    let mut stream = Stream::new(1, Purpose::KineticMonteCarlo, 0, 0);
    filament.scatter(0.02, &mut stream);
    filament.set_fields(&Fields::uniform(&lattice, -2e8, 700.0));
    let mut group = criterion.benchmark_group("kinetic_monte_carlo");
    group.sample_size(10);
    group.throughput(Throughput::Elements(EVENTS));
    group.bench_function("events/32000_sites", |b| {
        b.iter(|| {
            for _ in 0..EVENTS {
                let _ = filament.waiting_time(&mut stream);
                filament.fire(&mut stream).expect("an event");
            }
        });
    });
    group.finish();
}

criterion_group!(benches, events);
criterion_main!(benches);
