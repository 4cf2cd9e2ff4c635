//! Relaxation of arrays: cells × intervals.
//!
//! `cargo bench --bench relaxation`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::collections::BTreeMap;
use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use device_models::DeviceCard;
use device_models::relaxation::Cell;
use rayon::prelude::*;

/// Cells of a 256 × 256 array.
const CELLS: usize = 1 << 16;

fn relaxation(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("relaxation");
    group.sample_size(20);
    group.throughput(Throughput::Elements(CELLS as u64));
    for name in ["technology_a", "technology_b", "technology_c"] {
        let card = DeviceCard::shipped(name, &BTreeMap::new()).expect("a shipped card");
        let block = card.relaxation.expect("a relaxation block");
        let top = card.states["lrs"];
        let fresh: Vec<Cell> = (0..CELLS).map(|i| Cell::new(top * (i as f64 + 0.5) / CELLS as f64)).collect();
        group.bench_function(format!("hour/{name}"), |b| {
            b.iter(|| {
                let mut cells = fresh.clone();
                block.elapse(black_box(&mut cells), 0, 1, 3600.0, 298.0);
                cells
            });
        });
        let mut aged = fresh.clone();
        block.elapse(&mut aged, 0, 1, 1e4, 298.0);
        group.bench_function(format!("millisecond_later/{name}"), |b| {
            b.iter(|| block.elapse(black_box(&mut aged), 0, 1, 1e-3, 298.0));
        });
        group.bench_function(format!("conductances/{name}"), |b| {
            b.iter(|| aged.iter().map(|cell| block.conductance(cell)).sum::<f64>());
        });
        group.bench_function(format!("hour_all_threads/{name}"), |b| {
            b.iter(|| {
                let mut cells = fresh.clone();
                cells.par_chunks_mut(1024).enumerate().for_each(|(piece, cells)| {
                    block.elapse(cells, piece as u64 * 1024, 1, 3600.0, 298.0);
                });
                cells
            });
        });
    }
    group.finish();
}

criterion_group!(benches, relaxation);
criterion_main!(benches);
