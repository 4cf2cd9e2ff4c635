//! Writing a 512 × 512 array of cells with verify, through pulse tables and by its outcome; time for it.
//!
//! `cargo bench --bench programming`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use device_models::DeviceCard;
use neurofilament::mapping::cells::{Plane, Target, source};
use neurofilament::mapping::config::CellConfig;
use neurofilament::mapping::{AnalogConfig, programming};
use numerics::rng::{Purpose, Stream};

const N: usize = 512;

fn programs(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("programming");
    group.sample_size(10);
    group.throughput(Throughput::Elements((N * N) as u64));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let read_noise = CellConfig { read_noise: Some(0.001), ..CellConfig::default() };
    for (name, card, cells) in [
        ("write_verify/jart_vcm_v1b_kinetics", "jart_vcm_v1b_kinetics", read_noise.clone()),
        ("write_verify/vteam_memtorch", "vteam_memtorch", read_noise),
        ("outcome/technology_c", "technology_c", CellConfig { relaxation: false, ..CellConfig::default() }),
        ("outcome_and_traps/technology_c", "technology_c", CellConfig::default()),
    ] {
        let card = DeviceCard::shipped(card, &BTreeMap::new()).expect("a shipped card");
        let config = AnalogConfig { cells, ..AnalogConfig::default() };
        let source = source(&card, &config, 293.0, 1).expect("cells");
        let (low, high) = source.window();
        let mut stream = Stream::new(3, Purpose::Pattern, 0, 0);
        let target = |_| low + (high - low) * (0.1 + 0.8 * stream.uniform() as f32);
        let targets: Vec<f32> = (0..N * N).map(target).collect();
        let targets = Target::of_plane(&targets, programming::tolerance(&config, &*source));
        let fresh = Plane::new((N, N), &*source, 1, 0);
        let write = |mut plane: Plane| {
            let mut noise = Stream::new(1, Purpose::ReadNoise, 0, 1);
            programming::write(&mut plane, &targets, &config, &*source, &mut noise);
            plane
        };
        group.bench_function(name, |b| {
            b.iter_batched(|| fresh.clone(), |plane| pool.install(|| write(plane)), BatchSize::LargeInput);
        });
    }
    let card = DeviceCard::shipped("technology_c", &BTreeMap::new()).expect("a shipped card");
    let cells = source(&card, &AnalogConfig::default(), 293.0, 1).expect("cells");
    let fresh = Plane::new((N, N), &*cells, 1, 0);
    group.bench_function("elapse/technology_c", |b| {
        b.iter_batched(
            || fresh.clone(),
            |mut plane| {
                pool.install(|| {
                    let (cells, draw) = plane.operate();
                    cells.elapse(3600.0, 293.0, draw);
                });
                plane
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

criterion_group!(benches, programs);
criterion_main!(benches);
