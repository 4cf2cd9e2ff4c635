//! Reduction of N × N arrays to the terminals, batches of inputs, edits.
//!
//! Conductances uniform between 1 and 100 µS, 2 Ω for each segment and terminal.
//!
//! `cargo bench --bench ports`

#![allow(missing_docs, clippy::unwrap_used, reason = "a bench may panic")]

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use neurofilament::crossbar::{Array, Ports, Workspace};
use numerics::rng::{Purpose, Stream};

fn array(n: usize) -> Array {
    let mut stream = Stream::new(1, Purpose::Pattern, n as u64, 0);
    let cells = (0..n * n).map(|_| 1e-6 + 99e-6 * stream.uniform()).collect();
    Array::uniform(n, n, cells, 2.0, 2.0)
}

fn ports(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("ports");
    group.sample_size(10);
    for n in [64, 128, 256, 512, 1024] {
        let array = array(n);
        let mut workspace = Workspace::default();
        for threads in [1, 2] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let name = |memory: &str| format!("transfer matrix, {threads} threads, {memory} memory");
            group.bench_function(BenchmarkId::new(name("fresh"), n), |b| {
                pool.install(|| b.iter(|| Ports::new(array.clone()).unwrap()));
            });
            group.bench_function(BenchmarkId::new(name("reused"), n), |b| {
                pool.install(|| b.iter(|| Ports::new_in(array.clone(), &mut workspace).unwrap()));
            });
        }
        let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let mut stream = Stream::new(2, Purpose::Pattern, n as u64, 0);
        let inputs: Vec<f64> = (0..256 * n).map(|_| 0.3 * stream.uniform()).collect();
        let reduced = Ports::new(array.clone()).unwrap();
        group.bench_function(BenchmarkId::new("256 inputs on a transfer matrix", n), |b| {
            b.iter(|| reduced.transfer().forward(&inputs).unwrap());
        });
        group.bench_function(BenchmarkId::new("256 inputs in all", n), |b| {
            one.install(|| {
                b.iter(|| Ports::new(array.clone()).unwrap().transfer().forward(&inputs).unwrap());
            });
        });
        for count in [1, 16] {
            let edits: Vec<_> = (0..count).map(|k| (k * 7 % n, k * 31 % n, 5e-5)).collect();
            let mut editable = Ports::editable(array.clone()).unwrap();
            // The same cells again: a correction from the reduced array every time.
            group.bench_function(BenchmarkId::new(format!("{count} edited cells"), n), |b| {
                one.install(|| b.iter(|| editable.update(&edits).unwrap()));
            });
        }
    }
    group.finish();
}

criterion_group!(benches, ports);
criterion_main!(benches);
