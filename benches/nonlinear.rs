//! Arrays of non-linear cells: sinh cells, 1S1R.
//!
//! `cargo bench --bench nonlinear`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use std::time::Duration;

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use neurofilament::crossbar::cells::{CellLaws, Series, SeriesCells, Sinh, SinhSelector};
use neurofilament::crossbar::{Array, Bias, Newton, NewtonOptions};
use numerics::rng::{Purpose, Stream};

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

criterion_group!(benches, nonlinear);
criterion_main!(benches);
