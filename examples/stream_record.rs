//! Streams a long synthetic trace into a record and says how fast.
//!
//! `cargo run --release --example stream_record -- FILE ROWS COLUMNS` writes ROWS rows of
//! COLUMNS columns (the first is the time). Under `/usr/bin/time -v` it shows that memory does
//! not grow with the length of the trace.

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use neurofilament::record::{Provenance, Record, StreamSpec};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let path = PathBuf::from(arguments.next().ok_or("usage: stream_record FILE ROWS COLUMNS")?);
    let rows: usize = arguments.next().unwrap_or_else(|| "1000000".into()).parse()?;
    let columns: usize = arguments.next().unwrap_or_else(|| "2".into()).parse()?;

    let mut record = Record::create(&path, &Provenance { title: "stream".into(), ..Provenance::default() })?;
    let names: Vec<String> = (1..columns).map(|i| format!("state_{i}")).collect();
    let spec = names.iter().fold(StreamSpec::trace("long"), |spec, name| spec.column(name, "m", "gap"));
    let stream = record.stream(&spec)?;

    let begun = Instant::now();
    let slab = 1_000;
    let mut written = 0;
    while written < rows {
        let count = slab.min(rows - written);
        let time: Vec<f64> = (written..written + count).map(|i| 1e-9 * i as f64).collect();
        // A slow oscillation with noise in the lower digits, like a simulated state.
        let state: Vec<f64> = (written..written + count)
            .map(|i| {
                let noise = (i.wrapping_mul(2_654_435_761) % 1024) as f64 / 1024.0;
                1e-9 * (1.0 + (1e-4 * i as f64).sin() + 1e-3 * noise)
            })
            .collect();
        let mut slices: Vec<&[f64]> = vec![&state; columns];
        if let Some(first) = slices.first_mut() {
            *first = &time;
        }
        record.append(stream, &slices)?;
        written += count;
        if written == count {
            println!("streaming");
        }
    }
    let path = record.finish()?;
    let seconds = begun.elapsed().as_secs_f64();
    let bytes = std::fs::metadata(&path)?.len();
    let rate = (rows * columns) as f64 / seconds;
    println!("{rows} x {columns}: {seconds:.1} s, {rate:.2e} values/s, {:.1} MB on disk", bytes as f64 / 1e6);
    Ok(())
}
