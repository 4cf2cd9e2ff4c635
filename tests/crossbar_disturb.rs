//! Half-select disturb of JART VCM v1b: how often a neighbour may be half-selected.
//!
//! Reference: SET at −1.1 V takes 1.8 ns; at half of that, with the published kinetics, 0.127 s at 293 K and
//! 0.768 ms at 353 K (independent implementation of the model, Radau at 1e-6; C. Bengel et al., IEEE TCAS-I 67,
//! 4618 (2020), doi:10.1109/TCSI.2020.3018502), hence 1.3e7 and 7.7e4 half-selects of 10 ns.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::card::DeviceCard;
use device_models::{Crossing, CurrentLimit, Segment, Surroundings};
use neurofilament::crossbar::disturb::{self, RestingCell, Stress};
use neurofilament::crossbar::{Array, Bias, Direct};

fn card() -> DeviceCard {
    DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap()
}

fn at(temperature: f64) -> Surroundings {
    Surroundings { ambient_temperature: temperature, limit: CurrentLimit::None }
}

/// Time until |I| exceeds 100 µA, s.
fn set_time(card: &DeviceCard, voltage: f64, temperature: f64) -> f64 {
    let surroundings = at(temperature);
    let mut state = card.model.rest(card.slow_state("hrs").unwrap(), &surroundings);
    let segment = Segment::constant(voltage, 100.0);
    let stop = Some(Crossing::Above(100e-6));
    let motion = card.model.advance(&[], &mut state, &segment, &surroundings, stop, None).unwrap();
    if motion.crossed { motion.elapsed } else { f64::INFINITY }
}

#[test]
fn half_selects_before_an_accidental_set() {
    let card = card();
    println!("| quantity | reference | ours | deviation |\n|---|---|---|---|");
    let row = |what: &str, reference: f64, ours: f64, tolerance: f64| {
        println!("| {what} | {reference:.4e} | {ours:.4e} | {:+.2} % |", 100.0 * (ours / reference - 1.0));
        assert!((ours / reference - 1.0).abs() < tolerance, "{what}: {ours:e} instead of {reference:e}");
    };
    let write = set_time(&card, -1.1, 293.0);
    let half = set_time(&card, -0.55, 293.0);
    row("SET at −1.1 V (s)", 1.80e-9, write, 0.02);
    row("SET at −0.55 V (s)", 0.127, half, 0.02);
    row("ratio", 7e7, half / write, 0.1);
    // 100 µA at 0.55 V.
    let stress = Stress { width: 10e-9, pulses: 1e10, threshold: 100e-6 / 0.55 };
    let cell = RestingCell { spread: Vec::new(), slow: card.slow_state("hrs").unwrap() };
    for (temperature, reference) in [(293.0, 1.3e7), (353.0, 7.7e4)] {
        let pulses =
            disturb::pulses_to_switch(&*card.model, &cell, -0.55, &at(temperature), &stress).unwrap();
        row(&format!("half-selects of 10 ns at {temperature} K"), reference, pulses, 0.1);
    }
    // V/3 and no voltage at all: never within a hundred seconds of stress.
    for voltage in [-1.1 / 3.0, 0.0] {
        let pulses = disturb::pulses_to_switch(&*card.model, &cell, voltage, &at(293.0), &stress).unwrap();
        assert!(pulses.is_infinite(), "{voltage} V: {pulses:e}");
    }
}

#[test]
fn in_an_array_the_cells_next_to_the_driver_endure_least() {
    // 16 × 16 cells in the high-resistive state, the far corner is written; wires lower what it gets and leave the
    // half-selected cells close to half of what is applied.
    let card = card();
    let surroundings = at(353.0);
    let n = 16;
    let slow = card.slow_state("hrs").unwrap();
    let state = card.model.rest(slow, &surroundings);
    let mut conductances = vec![1e-5; n * n];
    let bias = Bias::half(n, n, (0, n - 1), -1.1);
    let mut voltages = Vec::new();
    // Chord conductances at the voltages of the last round.
    for _ in 0..8 {
        let array = Array::uniform(n, n, conductances.clone(), 20.0, 20.0);
        voltages = Direct::new(array).unwrap().solve(&bias).unwrap().cell_voltages();
        for (g, v) in conductances.iter_mut().zip(&voltages) {
            let point = card.model.operating_point(&[], &state, *v, &surroundings).unwrap();
            *g = if *v == 0.0 { 1e-5 } else { point.current / v };
        }
    }
    let cells = vec![RestingCell { spread: Vec::new(), slow }; n * n];
    let stress = Stress { width: 10e-9, pulses: 1e8, threshold: 100e-6 / 0.55 };
    let pulses = disturb::of_array(&*card.model, &cells, &voltages, &surroundings, &stress).unwrap();
    let half = |k: usize| k != n - 1 && (k < n || k % n == n - 1);
    for k in 0..n * n {
        if half(k) {
            assert!(voltages[k] > -0.55 && pulses[k] > 7.68e4 && pulses[k] < 4e5, "{k}: {}", pulses[k]);
        } else if k != n - 1 {
            assert!(pulses[k].is_infinite(), "{k}: {} at {} V", pulses[k], voltages[k]);
        }
    }
    let worst = (0..n * n).filter(|k| half(*k)).min_by(|a, b| pulses[*a].total_cmp(&pulses[*b])).unwrap();
    let best = (0..n * n).filter(|k| half(*k)).max_by(|a, b| pulses[*a].total_cmp(&pulses[*b])).unwrap();
    println!(
        "worst half-selected cell {worst} at {:.4} V: {:.3e} pulses; best {best} at {:.4} V: {:.3e}",
        voltages[worst], pulses[worst], voltages[best], pulses[best]
    );
    // The word line falls from its driver at the left, the bit line rises from its terminal at the bottom.
    assert!(worst == 0 || worst == n * n - 1, "{worst}");
}
