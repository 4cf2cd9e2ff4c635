//! The pulse tables against the full model, for every shipped card that arrays can use.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::card::{DeviceCard, SHIPPED};
use device_models::pulse::{CellReader, PulseResponse};
use device_models::variability::draw_spread;
use numerics::rng::{Purpose, Stream};

/// Grid points, as in the default design of arrays.
const POINTS: usize = 65;
/// Devices drawn from the card's windows, after the nominal one.
const DEVICES: u64 = 8;
/// Random start conductances of each pulse of each device.
const STARTS: u32 = 60;
const AMBIENT: f64 = 293.0;

fn cards() -> Vec<DeviceCard> {
    let all = SHIPPED.iter().map(|(name, _)| DeviceCard::shipped(name, &BTreeMap::new()).expect("valid"));
    all.filter(|card| card.writing.is_some()).collect()
}

/// Of tables in `f32`, as a share of the window.
const ROUNDING: f64 = 1e-6;

#[test]
fn tables_follow_the_full_model_within_one_percent_of_the_window() {
    let cards = cards();
    assert!(cards.len() >= 2);
    for card in &cards {
        let writing = card.writing.expect("kept for it");
        let window = writing.window.1 - writing.window.0;
        let (mut worst, mut over_bound, mut reported) = (0.0_f64, 0.0_f64, 0.0_f64);
        for device in 0..=DEVICES {
            let spread = if device == 0 { Vec::new() } else { draw_spread(card, 17, device) };
            let cell = CellReader::new(card, spread, AMBIENT).expect("an operating point");
            let (low, high) = cell.range();
            assert!(low < writing.window.0 && writing.window.1 < high, "{}: {low} {high}", card.name);
            for (direction, pulse) in [(0, &writing.set), (1, &writing.reset)] {
                let table = PulseResponse::compile(&cell, pulse, POINTS).expect("a table");
                let mut stream = Stream::new(3, Purpose::Pattern, device, direction);
                for start in 0..STARTS {
                    // Half of the starts in the window, half in the whole range of the cell.
                    let (from, to) = if start % 2 == 0 { writing.window } else { (low, high) };
                    let g = from + (to - from) * stream.uniform();
                    let full = cell.after_pulse(cell.slow_state(g).unwrap(), pulse, None).unwrap().0;
                    let error = (f64::from(table.apply(g as f32).0) - full).abs();
                    worst = worst.max(error / window);
                    over_bound = over_bound.max(error / table.max_error.max(ROUNDING * window));
                }
                reported = reported.max(table.max_error / window);
            }
        }
        println!(
            "{}: largest error {:.4} % of the window, {over_bound:.3} times the reported one ({:.4} %)",
            card.name,
            100.0 * worst,
            100.0 * reported
        );
        assert!(worst <= 0.01, "{}: {worst}", card.name);
        // The reported error is measured at the quarters of the grid's intervals: a good estimate, and
        // single tables exceed their own where the response bends sharply between.
        assert!(over_bound <= 2.0, "{}: {over_bound}", card.name);
        assert!(worst <= 1.2 * reported.max(ROUNDING), "{}: {worst} {reported}", card.name);
    }
}

#[test]
fn grid_points_are_exact_and_pulses_move_the_right_way() {
    for card in &cards() {
        let writing = card.writing.expect("kept for it");
        let cell = CellReader::new(card, Vec::new(), AMBIENT).expect("an operating point");
        let (low, high) = cell.range();
        let step = (high - low) / (POINTS - 1) as f64;
        for (pulse, sign) in [(&writing.set, 1.0), (&writing.reset, -1.0)] {
            let table = PulseResponse::compile(&cell, pulse, POINTS).expect("a table");
            for i in [0, 7, 31, POINTS - 1] {
                let g = low + step * i as f64;
                let full = cell.after_pulse(cell.slow_state(g).unwrap(), pulse, None).unwrap();
                let (after, energy) = table.apply(g as f32);
                assert!(
                    (f64::from(after) - full.0).abs() <= 1e-5 * high,
                    "{}: {after} {}",
                    card.name,
                    full.0
                );
                assert!((f64::from(energy) - full.1).abs() <= 1e-3 * full.1.abs() + 1e-30);
            }
            let middle = 0.5 * (writing.window.0 + writing.window.1);
            assert!(sign * (f64::from(table.apply(middle as f32).0) - middle) > 0.0, "{}", card.name);
        }
    }
}
