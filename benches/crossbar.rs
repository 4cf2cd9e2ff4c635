//! Arrays with wires: factorisation and one more bias on the same state.
//!
//! `cargo bench --bench crossbar`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use neurofilament::crossbar::{Array, Bias, Direct};
use numerics::rng::{Purpose, Stream};

/// N × N cells between 1 and 100 µS, 1 Ω per segment, 100 Ω at the terminals.
fn array(n: usize) -> Array {
    let mut stream = Stream::new(1, Purpose::Pattern, n as u64, 0);
    let cells = (0..n * n).map(|_| 1e-6 * 100_f64.powf(stream.uniform())).collect();
    Array::uniform(n, n, cells, 1.0, 100.0)
}

fn crossbar(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crossbar");
    group.sample_size(10);
    for n in [32, 64, 128, 256] {
        let array = array(n);
        let bias = Bias { word_lines: vec![0.2; n], bit_lines: vec![0.0; n] };
        group.throughput(Throughput::Elements((n * n) as u64));
        group.bench_function(BenchmarkId::new("factorise", n), |b| {
            b.iter(|| Direct::new(array.clone()).expect("an array"));
        });
        let direct = Direct::new(array.clone()).expect("an array");
        group.bench_function(BenchmarkId::new("solve", n), |b| {
            b.iter(|| direct.solve(&bias).expect("a solution"));
        });
    }
    group.finish();
}

criterion_group!(benches, crossbar);
criterion_main!(benches);
