//! Arrays with wires: one input, all node potentials and currents, by every method.
//!
//! `cargo bench --bench crossbar`
//!
//! N × N cells between 1 and 100 µS, 2 Ω per segment and terminal. `new` includes the factors of all
//! lines (or the factorisation), `again` is one more input on the same state. One thread unless said
//! otherwise.

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use neurofilament::crossbar::{Array, Bias, Crossbar, LossDerivatives, Method, Options};
use numerics::rng::{Purpose, Stream};

fn array(n: usize) -> (Array, Bias) {
    let mut stream = Stream::new(1, Purpose::Pattern, n as u64, 0);
    let cells = (0..n * n).map(|_| 1e-6 + 99e-6 * stream.uniform()).collect();
    let bias = Bias::read((0..n).map(|_| 0.3 * stream.uniform()).collect(), n);
    (Array::uniform(n, n, cells, 2.0, 2.0), bias)
}

fn crossbar(array: &Array, method: Method) -> Crossbar {
    Crossbar::new(array.clone(), Options { method: Some(method), ..Options::default() }).expect("an array")
}

fn one_input(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crossbar_one_input");
    group.sample_size(10);
    for n in [64, 128, 256, 512, 1024] {
        let (array, bias) = array(n);
        group.throughput(Throughput::Elements((n * n) as u64));
        for method in [Method::LinePcg, Method::Multigrid, Method::Direct] {
            if method == Method::Direct && n > 256 {
                continue;
            }
            for threads in [1, 2] {
                if threads == 2 && (method == Method::Direct || n < 256) {
                    continue;
                }
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
                let name = format!("{}/{threads}", method.name());
                group.bench_function(BenchmarkId::new(format!("{name}/new"), n), |b| {
                    pool.install(|| b.iter(|| crossbar(&array, method).solve(&bias).expect("a solution")));
                });
                let ready = crossbar(&array, method);
                group.bench_function(BenchmarkId::new(format!("{name}/again"), n), |b| {
                    pool.install(|| b.iter(|| ready.solve(&bias).expect("a solution")));
                });
            }
        }
    }
    group.finish();
}

/// Solution and gradient of a loss on the bit-line currents, 64 inputs.
fn gradient(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("crossbar_gradient");
    group.sample_size(10);
    for n in [64, 128] {
        let (array, bias) = array(n);
        let crossbar = crossbar(&array, Method::LinePcg);
        group.bench_function(BenchmarkId::new("64 inputs", n), |b| {
            b.iter(|| {
                let solutions = crossbar.solve_many(&vec![bias.clone(); 64]).expect("solutions");
                let batch: Vec<_> = solutions
                    .into_iter()
                    .map(|solution| {
                        let bit_line_currents = solution.bit_line_currents.iter().map(|i| 1e3 * i).collect();
                        (solution, LossDerivatives { bit_line_currents, ..LossDerivatives::default() })
                    })
                    .collect();
                crossbar.gradient_many(&batch).expect("a gradient")
            });
        });
    }
    group.finish();
}

criterion_group!(benches, one_input, gradient);
criterion_main!(benches);
