//! The pulse tables against the full model, for every shipped card.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::thread;

use device_models::card::{DeviceCard, SHIPPED, WritePulse};
use device_models::pulse::{CellReader, PulseResponse};
use device_models::variability::draw_spread;
use numerics::rng::{Purpose, Stream};

/// Grid points before refinement: fewer than the default design of arrays has.
const POINTS: usize = 33;
/// Devices drawn from the card's windows, after the nominal one.
const DEVICES: u64 = 2;
/// Random start conductances of each pulse of each device.
const STARTS: u32 = 40;
const AMBIENT: f64 = 293.0;
/// Of tables in `f32`, as a share of the range.
const ROUNDING: f64 = 2e-6;

/// A card's name, voltage (V) and width (s) of a SET and a RESET pulse, and a window of conductances, S.
type Trial = (&'static str, [(f64, f64); 2], (f64, f64));

/// Cards without write pulses, with the pulses and conductances (S) of this test: the published window of
/// the first lets no pulse RESET it; the second leaves arrays to the full model; the third is for read noise.
const NO_WRITING: [Trial; 3] = [
    ("vteam_tiox_2", [(-2.06, 10e-9), (2.0, 1e-3)], (67e-6, 92e-6)),
    ("jart_vcm_v1b_explicit", [(-0.342, 400e-9), (0.7065, 256e-9)], (200e-6, 400e-6)),
    ("jart_vcm_v1b_readvar", [(-0.5, 400e-9), (1.0, 256e-9)], (100e-6, 200e-6)),
];

/// SET and RESET pulse of a card, and the conductances between which weights are to lie, S.
fn pulses(card: &DeviceCard) -> ([WritePulse; 2], (f64, f64)) {
    if let Some((_, pulses, window)) = NO_WRITING.iter().find(|(name, ..)| *name == card.name) {
        return (pulses.map(|(voltage, width)| WritePulse { voltage, width }), *window);
    }
    let writing = card.writing.expect("every other card has pulses");
    ([writing.set, writing.reset], writing.window)
}

/// Every card whose cells a pulse table can hold; the only others remember more than their conductance, or
/// are known after a write and not during it.
fn cards() -> Vec<DeviceCard> {
    let all = SHIPPED.iter().map(|(name, _)| DeviceCard::shipped(name, &BTreeMap::new()).expect("valid"));
    let here = |card: &DeviceCard| NO_WRITING.iter().any(|(name, ..)| *name == card.name);
    let (cards, others): (Vec<_>, Vec<_>) = all.partition(|card| card.writing.is_some() || here(card));
    for card in others {
        let written = card.entry.name == "programmed_conductance";
        assert!(written || !card.model.conductance_is_memory(), "{} has no write pulses", card.name);
    }
    cards
}

#[test]
fn cells_with_more_memory_than_their_conductance_are_refused() {
    for name in ["statistical_hfo2_1t1r", "stanford_pku_v2", "jart_vcm_v2"] {
        let card = DeviceCard::shipped(name, &BTreeMap::new()).expect("valid");
        let error = CellReader::new(&card, Vec::new(), AMBIENT).expect_err("no table");
        assert!(error.to_string().contains("remembers more than its conductance"), "{error}");
    }
}

/// What the tables of one card do, in shares of the cell's range.
#[derive(Debug, Clone, Copy, Default)]
struct Errors {
    /// Largest error of the mean response.
    worst: f64,
    /// The largest that a table reports of itself.
    reported: f64,
    /// Width of unresolved edges.
    edges: f64,
    /// Largest change that the full model makes.
    step: f64,
    /// Points of the largest table.
    size: usize,
}

fn errors(card: &DeviceCard) -> Errors {
    let (pulses, window) = pulses(card);
    let mut all = Errors::default();
    let devices = if card.windows.is_empty() { 0 } else { DEVICES };
    for device in 0..=devices {
        let spread = if device == 0 { Vec::new() } else { draw_spread(card, 17, device) };
        let cell = CellReader::new(card, spread, AMBIENT).expect("an operating point");
        let (low, high) = cell.range();
        if device == 0 {
            assert!(low < window.0 && window.1 < high, "{}: {low} {high}", card.name);
        }
        if high - low < 1e-9 * high {
            continue; // A stuck device.
        }
        for (direction, pulse) in [(0, &pulses[0]), (1, &pulses[1])] {
            let table = PulseResponse::compile_mean(&cell, pulse, POINTS).expect("a table");
            let mut stream = Stream::new(3, Purpose::Pattern, device, direction);
            for start in 0..STARTS {
                // Half of the starts in the window, half in the whole range of the cell.
                let (from, to) = if start % 2 == 0 { window } else { (low, high) };
                let g = (from + (to - from) * stream.uniform()).clamp(low, high);
                let full = cell.after_pulse(cell.slow_state(g).unwrap(), pulse, None).unwrap().0;
                all.worst = all.worst.max((f64::from(table.apply(g as f32).0) - full).abs() / (high - low));
                all.step = all.step.max((full - g).abs() / (high - low));
            }
            all.reported = all.reported.max(table.max_error / (high - low));
            all.edges = all.edges.max(table.unresolved / (high - low));
            all.size = all.size.max(table.size());
        }
    }
    all
}

#[test]
fn tables_follow_the_full_model_within_one_percent_of_the_range() {
    let cards = cards();
    let results: Vec<Errors> = thread::scope(|scope| {
        let jobs: Vec<_> = cards.iter().map(|card| scope.spawn(|| errors(card))).collect();
        jobs.into_iter().map(|job| job.join().expect("no panic")).collect()
    });
    println!("| card | largest error | reported | unresolved starts | largest change | points |");
    for (card, Errors { worst, reported, edges, step, size }) in cards.iter().zip(&results) {
        let [worst, reported, edges, step] = [worst, reported, edges, step].map(|share| 100.0 * share);
        println!("| {} | {worst:.3} % | {reported:.3} % | {edges:.4} % | {step:.3} % | {size} |", card.name);
    }
    for (card, Errors { worst, reported, edges, step, .. }) in cards.iter().zip(&results) {
        assert!(*worst <= 0.01 && *reported <= 0.01, "{}: {worst} {reported}", card.name);
        assert!(*edges <= 3e-4, "{}: {edges}", card.name);
        // Also against what the pulse does, where that is far less than the range.
        assert!(*worst <= 0.1 * step + ROUNDING, "{}: {worst} of a change of {step}", card.name);
        // Measured at the quarters of what was accepted: a good estimate, exceeded where the response bends.
        assert!(*worst <= 2.5 * reported.max(ROUNDING) + 2e-4, "{}: {worst} {reported}", card.name);
    }
}

#[test]
fn pulses_move_every_card_both_ways_over_its_window() {
    for card in &cards() {
        if NO_WRITING.iter().any(|(name, ..)| *name == card.name) {
            assert!(card.writing.is_none());
            continue;
        }
        let ([set, reset], window) = pulses(card);
        let cell = CellReader::new(card, Vec::new(), AMBIENT).expect("an operating point");
        let (low, high) = window;
        for (pulse, sign) in [(&set, 1.0), (&reset, -1.0)] {
            for share in [0.1, 0.5, 0.9] {
                let g = low + (high - low) * share;
                let after = cell.after_pulse(cell.slow_state(g).unwrap(), pulse, None).unwrap().0;
                let step = sign * (after - g) / (high - low);
                assert!(step > 5e-5 && step < 0.8, "{} at {share}: {step}", card.name);
            }
        }
    }
}
