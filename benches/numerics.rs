//! Random numbers and dense products.
//!
//! `cargo bench --bench numerics`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

fn random(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("random");
    let mut out = vec![0.0_f32; 65536];
    group.throughput(Throughput::Elements(out.len() as u64));
    let mut stream = Stream::new(1, Purpose::ReadNoise, 0, 0);
    group.bench_function("fill_normal", |b| b.iter(|| stream.fill_normal(black_box(&mut out))));
    group.bench_function("uniform", |b| b.iter(|| (0..65536).map(|_| stream.uniform()).sum::<f64>()));
    group.finish();
}

fn dense(criterion: &mut Criterion) {
    let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
    let mut matrix = |rows, columns| Matrix::from_fn(rows, columns, |_, _| stream.normal() as f32);
    let (x, w) = (matrix(64, 256), matrix(256, 256));
    let mut group = criterion.benchmark_group("matrix");
    group.throughput(Throughput::Elements(64 * 256 * 256));
    group.bench_function("product/64x256x256", |b| {
        b.iter(|| product((&x, Op::Plain), (&w, Op::Transposed)));
    });
    group.finish();
}

criterion_group!(benches, random, dense);
criterion_main!(benches);
