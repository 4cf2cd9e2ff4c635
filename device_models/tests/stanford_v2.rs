//! Stanford–PKU 2.0.0 Beta against a second, separately written solution of its equations: the gap's voltage by
//! bisection, times as quadratures.
//!
//! H. Li et al., IEEE EDL 35, 211 (2014), doi:10.1109/LED.2013.2293354, and the Verilog-A file 2.0.0 Beta.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;
use std::f64::consts::PI;

use common::Table;
use common::schottky::duration;
use device_models::{Crossing, CurrentLimit, DeviceCard, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

const ROOM: Surroundings = Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::None };
/// Boltzmann's constant, eV/K.
const K: f64 = 8.617_333e-5;

fn card() -> DeviceCard {
    DeviceCard::shipped("stanford_pku_v2", &BTreeMap::new()).unwrap()
}

/// Current, gap voltage and temperature.
fn circuit(v: f64, x: f64, w: f64) -> (f64, f64, f64) {
    let filament = PI * w * w / 4.0;
    let beside = 1e13 * PI * (25e-18 - w * w) / 4.0 * (-3e-9_f64 / 0.4e-9).exp() * (v / 0.4).sinh();
    let resistance = 1.9635e-5 * (3e-9 - x) / filament;
    if v > 0.0 && x <= 0.0 {
        let current = beside + v / resistance;
        return (current, 0.0, 300.0 + (current * v).abs() * 5e5);
    }
    let through = |vg: f64| 1e13 * filament * (-x / 0.4e-9).exp() * (vg / 0.4).sinh();
    let (mut low, mut high) = (v.min(0.0), v.max(0.0));
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if middle + through(middle) * resistance > v { high = middle } else { low = middle }
    }
    let current = beside + through(low);
    (current, low, 300.0 + (current * v).abs() * 5e5)
}

fn closing(v: f64, x: f64, w: f64) -> f64 {
    let (_, vg, t) = circuit(v, x, w);
    (0.25e-9 * 1e13 * (-(0.7 - vg * 0.75e-9 / x) / (K * t)).exp()).min(100.0)
}

fn widening(v: f64, w: f64) -> f64 {
    let t = circuit(v, 0.0, w).2;
    ((0.5e-9 + 0.25e-18 / (2.0 * w)) * 1e13 * (-(0.7 - v * 0.25) / (K * t)).exp()).min(100.0)
}

fn opening(v: f64, x: f64, w: f64) -> f64 {
    let (_, vg, t) = circuit(v, x, w);
    let interface = 0.25e-9 * 1e13 * (-(0.82 + 1.5 * vg) / (K * t)).exp();
    let hopping = 0.25e-9 * 1e13 * (-1.12 / (K * t)).exp() * (-0.75e-9 * vg / (x * K * t)).sinh();
    interface.min(hopping)
}

#[test]
fn currents() {
    let card = card();
    let mut table = Table::default();
    for (x, w) in [(3e-9, 0.5e-9), (1e-9, 0.5e-9), (0.2e-9, 3e-9), (0.0, 3e-9), (0.0, 5e-9)] {
        for v in [-1.2, -0.1, 0.1, 1.2] {
            let point = card.model.operating_point(&[], &[x, w], v, &ROOM).unwrap();
            let exact = circuit(v, x, w);
            table.compare(&format!("I, x {x:e}, w {w:e}, {v} V"), point.current, exact.0, 1e-9, 0.0);
            table.compare(&format!("T, x {x:e}, w {w:e}, {v} V"), point.temperature, exact.2, 1e-9, 0.0);
        }
    }
    table.finish("Stanford-PKU 2.0.0 Beta, operating points");
}

#[test]
fn set_and_reset_times() {
    let card = card();
    let mut table = Table::default();
    for v in [0.5, 1.0, 1.5, 2.0] {
        // The gap closes, then the width grows to 3 nm: located as a crossing of the current.
        let close = duration(|x| closing(v, x, 0.5e-9), 0.0, 3e-9, 20_000);
        let widen = duration(|w| widening(v, w), 0.5e-9, 3e-9, 400);
        let touch = 0.5 * (circuit(v, 1e-15, 0.5e-9).0 + circuit(v, 0.0, 0.5e-9).0);
        for (what, level, exact) in
            [("closed", touch, close), ("3 nm wide", circuit(v, 0.0, 3e-9).0, close + widen)]
        {
            let mut state = card.model.rest(3e-9, &ROOM);
            let stop = Some(Crossing::Above(level));
            let drive = Segment::constant(v, 1e3);
            let moved = card.model.advance(&[], &mut state, &drive, &ROOM, stop, None).unwrap();
            table.compare(&format!("{what}, {v} V"), moved.elapsed, exact, 0.01, 0.0);
        }
    }
    for v in [-1.0, -1.2, -1.5, -2.0] {
        // From touching to a gap of 1 nm.
        let exact = duration(|x| opening(v, x.max(1e-16), 3e-9), 0.0, 1e-9, 20_000);
        let mut state = vec![0.0, 3e-9];
        let stop = Some(Crossing::Below(circuit(v, 1e-9, 3e-9).0.abs()));
        let drive = Segment::constant(v, 1e6);
        let moved = card.model.advance(&[], &mut state, &drive, &ROOM, stop, None).unwrap();
        assert!(moved.crossed && (state[1] - 3e-9).abs() < 1e-15);
        table.compare(&format!("opened to 1 nm, {v} V"), moved.elapsed, exact, 0.01, 0.0);
    }
    table.finish("Stanford-PKU 2.0.0 Beta, times");
}

#[test]
fn limits_are_those_of_the_equations() {
    let card = card();
    // Nothing moves at exactly 0 V; at a microvolt the gap closes at a f exp(−E_a/kT), 0.6 s.
    let mut state = vec![1e-9, 2e-9];
    card.model.advance(&[], &mut state, &Segment::constant(0.0, 1e9), &ROOM, None, None).unwrap();
    assert_eq!(state, vec![1e-9, 2e-9]);
    let mut state = card.model.rest(3e-9, &ROOM);
    let free = 0.25e-9 * 1e13 * (-0.7 / (K * 300.0)).exp();
    card.model.advance(&[], &mut state, &Segment::constant(1e-6, 0.3), &ROOM, None, None).unwrap();
    assert!(((3e-9 - state[0]) / (0.3 * free) - 1.0).abs() < 1e-3, "{state:?} {free:e}");
    // SET ends at the largest width, RESET at the largest gap, and both are told.
    let set = card.model.advance(&[], &mut state, &Segment::constant(1.5, 1.0), &ROOM, None, None).unwrap();
    assert!(set.flags.lower_bound && state == vec![0.0, 5e-9], "{state:?} {set:?}");
    let reset =
        card.model.advance(&[], &mut state, &Segment::constant(-2.0, 1.0), &ROOM, None, None).unwrap();
    assert!(reset.flags.upper_bound && (state[0] - 3e-9).abs() < 1e-20, "{state:?} {reset:?}");
}

#[test]
fn a_filament_at_its_widest_is_a_resistor() {
    // R = ρ L₀/(π W_CF²/4) = 3 kΩ without current beside it; ∫ V²/R dt along slow and fast ramps.
    let card = card();
    let mut state = card.model.rest(0.0, &ROOM);
    card.model.advance(&[], &mut state, &Segment::constant(1.36, 5e-3), &ROOM, None, None).unwrap();
    let resistance = 1.9635e-5 * 3e-9 / (PI * 25e-18 / 4.0);
    for duration in [1e-9, 0.095] {
        let (a, b) = (1.368, 1.572);
        let ramp = Segment { start_voltage: a, end_voltage: b, duration };
        let energy = card.model.advance(&[], &mut state, &ramp, &ROOM, None, None).unwrap().energy;
        let exact = (a * a + a * b + b * b) / 3.0 / resistance * duration;
        assert!((energy / exact - 1.0).abs() < 1e-6, "{duration} s: {energy:e} {exact:e}");
        assert_eq!(state, vec![0.0, 5e-9]);
    }
}

#[test]
fn the_spread_does_not_depend_on_the_time_step() {
    let card = card();
    let variance = |start: [f64; 2], v: f64, i: usize, piece: f64| {
        let total = 20e-9;
        let states: Vec<f64> = (0..1000)
            .map(|device| {
                let mut state = start.to_vec();
                let mut stream = Stream::new(7, Purpose::StateNoise, device, 0);
                for _ in 0..(total / piece).round() as u32 {
                    let part = Segment::constant(v, piece);
                    card.model.advance(&[], &mut state, &part, &ROOM, None, Some(&mut stream)).unwrap();
                }
                state[i]
            })
            .collect();
        let mean = states.iter().sum::<f64>() / 1000.0;
        states.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 999.0
    };
    // At voltages that hardly move anything within 20 ns: 2 D t = δ² τ t.
    for (start, v, i, amplitude) in [([1.5e-9, 3e-9], -0.1, 0, 4e-5), ([0.0, 3e-9], 0.1, 1, 1e-4)] {
        let exact = amplitude * amplitude * 1e-9 * 20e-9;
        for piece in [0.1e-9, 1e-9, 10e-9] {
            let ours = variance(start, v, i, piece);
            println!("| {v} V, {piece:.1e} s | {exact:.3e} m² | {ours:.3e} m² |");
            // Four standard errors of a variance.
            assert!((ours / exact - 1.0).abs() < 4.0 * (2.0_f64 / 1000.0).sqrt(), "{ours:e} {exact:e}");
        }
    }
}
