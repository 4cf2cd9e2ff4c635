//! The streamed trace writer: compressed values per second.
//!
//! `cargo bench --bench record`

#![allow(missing_docs, clippy::expect_used, reason = "a bench may panic")]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use neurofilament::record::{Provenance, Record, StreamSpec};

const ROWS: usize = 1_000_000;
const SLAB: usize = 1_000;

fn record(criterion: &mut Criterion) {
    let folder = tempfile::tempdir().expect("a folder");
    let time: Vec<f64> = (0..ROWS).map(|i| 1e-9 * i as f64).collect();
    let current: Vec<f64> = (0..ROWS).map(|i| 1e-6 * (1e-4 * i as f64).sin()).collect();
    let mut group = criterion.benchmark_group("record");
    group.sample_size(10);
    group.throughput(Throughput::Elements(2 * ROWS as u64));
    group.bench_function("stream", |b| {
        b.iter(|| {
            let mut record = Record::create(&folder.path().join("stream.h5"), &Provenance::default())?;
            let stream = record.stream(&StreamSpec::trace("long").column("current", "A", "current"))?;
            for (t, i) in time.chunks(SLAB).zip(current.chunks(SLAB)) {
                record.append(stream, &[t, i])?;
            }
            record.finish()
        });
    });
    group.finish();
}

criterion_group!(benches, record);
criterion_main!(benches);
