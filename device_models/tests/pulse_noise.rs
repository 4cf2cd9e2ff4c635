//! Noise in the pulse tables against draws of the full model, and many cells on tables.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::thread;

use device_models::card::{DeviceCard, SHIPPED};
use device_models::pulse::{CellReader, CycleNoise, PulseArray, PulseResponse};
use numerics::rng::{Purpose, Stream};

const POINTS: usize = 33;
const AMBIENT: f64 = 293.0;
/// Draws of the full model at each start.
const DRAWS: u64 = 300;

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).expect("valid")
}

/// Cards whose pulses differ from one to the next.
fn noisy(card: &DeviceCard) -> bool {
    let cycles = card.windows.iter().any(|window| window.largest_step > 0.0);
    let positive = |name: &str| card.parameters.get(name).is_some_and(|v| *v > 0.0);
    let model = card.entry.name;
    cycles
        || model == "jart_vcm_v1b_discrete"
        || model == "metastable_switch"
        || positive("noise_velocity")
        || ["cycle_noise", "write_noise", "additive_noise", "range_noise"].into_iter().any(positive)
}

struct Row {
    start: f64,
    full: (f64, f64),
    table: (f64, f64),
    sampling: f64,
    range: f64,
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt())
}

fn rows(card: &DeviceCard) -> Vec<Row> {
    let writing = card.writing.expect("every noisy card has pulses");
    let cell = CellReader::new(card, Vec::new(), AMBIENT).expect("an operating point");
    let (low, high) = cell.range();
    let mut rows = Vec::new();
    for (direction, pulse) in [(0, &writing.set), (1, &writing.reset)] {
        let table = PulseResponse::compile(&cell, pulse, POINTS, (5, direction)).expect("a table");
        assert!(table.noisy, "{}: no noise found", card.name);
        for share in [0.03, 0.31, 0.55, 0.93] {
            let g = low + (high - low) * share;
            let slow = cell.slow_state(g).unwrap();
            let draw = |sample| cell.draw_pulse(slow, pulse, (6, direction, sample)).unwrap().0;
            let full: Vec<f64> = (0..DRAWS).map(draw).collect();
            let mut stream = Stream::new(7, Purpose::Pattern, direction, 0);
            let draw = |_| f64::from(table.draw(g as f32, stream.normal() as f32).0);
            let ours: Vec<f64> = (0..4000).map(draw).collect();
            rows.push(Row {
                start: share,
                full: moments(&full),
                table: moments(&ours),
                sampling: table.sampling_error,
                range: high - low,
            });
        }
    }
    rows
}

/// Means within 1 % of the range and two standard errors, standard deviations within 15 % or 1 % of the range and four
/// standard errors of what was drawn.
#[test]
fn tables_hold_the_noise_of_the_full_model() {
    let cards: Vec<DeviceCard> = SHIPPED.iter().map(|(name, _)| card(name)).filter(noisy).collect();
    assert!(cards.len() > 15, "{}", cards.len());
    let all: Vec<Vec<Row>> = thread::scope(|scope| {
        let jobs: Vec<_> = cards.iter().map(|card| scope.spawn(|| rows(card))).collect();
        jobs.into_iter().map(|job| job.join().expect("no panic")).collect()
    });
    println!("| card | largest error of the mean | of the standard deviation | largest standard deviation |");
    for (card, rows) in cards.iter().zip(&all) {
        let largest = |f: &dyn Fn(&Row) -> f64| 100.0 * rows.iter().map(f).fold(0.0, f64::max);
        println!(
            "| {} | {:.2} % | {:.2} % | {:.2} % |",
            card.name,
            largest(&|r| (r.full.0 - r.table.0).abs() / r.range),
            largest(&|r| (r.full.1 - r.table.1).abs() / r.range),
            largest(&|r| r.full.1 / r.range)
        );
    }
    for (card, rows) in cards.iter().zip(&all) {
        // Also where the noise is far below a percent of the range: as a whole it is neither lost nor doubled.
        // Between the outermost points a straight line lends starts the noise of the end.
        let middle = || rows.iter().filter(|r| (0.3..0.6).contains(&r.start));
        let whole = |f: fn(&Row) -> f64| middle().map(|r| f(r).powi(2)).sum::<f64>().sqrt();
        let ratio = whole(|r| r.table.1) / whole(|r| r.full.1);
        println!("{}: deviation over the full model's at the middle starts {ratio:.2}", card.name);
        assert!((0.75..1.33).contains(&ratio), "{}: {ratio}", card.name);
        for row in rows {
            let error = row.sampling.hypot(row.full.1 / (DRAWS as f64).sqrt());
            let mean = (row.full.0 - row.table.0).abs();
            assert!(
                mean <= 0.01 * row.range + 2.0 * error,
                "{} at {}: {} {}",
                card.name,
                row.start,
                mean / row.range,
                error / row.range
            );
            let deviation = (row.full.1 - row.table.1).abs();
            let allowed = (0.15 * row.full.1).max(0.01 * row.range) + 4.0 * error;
            assert!(deviation <= allowed, "{} at {}: {:?} {:?}", card.name, row.start, row.full, row.table);
        }
    }
}

fn array(cells: usize) -> (PulseArray, [PulseResponse; 2]) {
    let card = card("step_reram_array_om");
    let writing = card.writing.unwrap();
    let cell = CellReader::new(&card, Vec::new(), AMBIENT).unwrap();
    let table = |pulse, key| PulseResponse::compile(&cell, pulse, POINTS, (1, key)).unwrap();
    let responses = [table(&writing.set, 0), table(&writing.reset, 1)];
    let conductance = vec![50e-6; cells];
    (PulseArray::new(vec![0; cells], conductance, true), responses)
}

#[test]
fn a_cell_of_a_large_array_takes_few_bytes() {
    let (array, _) = array(1024 * 1024);
    let bytes = array.bytes() as f64 / array.len() as f64;
    println!("1024 × 1024 cells: {bytes} bytes per cell");
    assert!(array.len() == 1 << 20 && bytes <= 64.0, "{bytes}");
    assert!(bytes >= 10.0, "conductance, device and pulses are kept: {bytes}");
}

#[test]
fn arrays_are_the_same_bits_at_any_number_of_threads() {
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let (mut array, responses) = array(20_000);
        pool.install(|| {
            for operation in 0..6 {
                let response = &responses[usize::from(operation % 3 == 2)];
                assert!(array.pulse_all(&[response], CycleNoise::Own, (3, operation)) > 0.0);
            }
        });
        array
    };
    let (one, three) = (run(1), run(3));
    assert_eq!(one, three);
    assert!(one.pulses().iter().all(|pulses| *pulses == 6));
    // Write noise is in the readings: 1.4 of a step of 0.0949 × 20 µS.
    let (_, sigma) = moments(&one.readings().iter().map(|g| f64::from(*g)).collect::<Vec<_>>());
    assert!(sigma > 2.6e-6, "{sigma}");
}

#[test]
fn counts_of_pulses_and_pulses_on_all_cells_have_the_same_distribution() {
    let (mut all, responses) = array(40_000);
    let (mut counted, _) = array(80_000);
    let before = counted.readings()[0];
    for operation in 0..3 {
        all.pulse_all(&[&responses[0]], CycleNoise::Own, (9, operation));
    }
    let counts: Vec<i32> = (0..80_000).map(|cell| 3 * (cell % 2)).collect();
    counted.pulse_by_counts(&counts, |_, _| &responses[0], CycleNoise::Own, (9, 1, 0));
    let of = |readings: &mut dyn Iterator<Item = &f32>| {
        moments(&readings.map(|g| f64::from(*g)).collect::<Vec<_>>())
    };
    let ((m0, s0), (m1, s1)) =
        (of(&mut all.readings().iter()), of(&mut counted.readings().iter().skip(1).step_by(2)));
    assert!(counted.readings().iter().step_by(2).all(|g| g.to_bits() == before.to_bits()));
    assert!(counted.pulses().iter().zip(&counts).all(|(pulses, count)| *pulses == *count as u32));
    // Five standard errors.
    assert!((m0 - m1).abs() < 5.0 * s0 * (2.0 / 40_000.0_f64).sqrt(), "{m0} {m1}");
    assert!((s0 / s1 - 1.0).abs() < 0.02, "{s0} {s1}");
    let (mut fixed, responses) = array(1000);
    fixed.pulse_all(&[&responses[0]], CycleNoise::Relative(0.0), (9, 0));
    let expected = responses[0].apply(50e-6).0;
    assert!(fixed.readings().iter().all(|g| g.to_bits() == expected.to_bits()));
}
