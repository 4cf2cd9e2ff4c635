//! JART VCM v2 against a second, separately written solution of its equations, its exact limits, and the
//! complementary switching of its paper.
//!
//! C. La Torre et al., IEEE TED 66, 1268 (2019), doi:10.1109/TED.2019.2892997, and the Verilog-A file JART VCM v2.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::schottky::{Schottky, duration, fermi_depth, first_root, ohmic, settled};
use common::{ROOM, Table};
use device_models::{Crossing, DeviceCard, Segment, Surroundings};

const E: f64 = 1.602_176_634e-19;
const K: f64 = 1.380_649e-23;
const AREA: f64 = std::f64::consts::PI * 130e-9 * 130e-9;

fn card() -> DeviceCard {
    DeviceCard::shipped("jart_vcm_v2", &BTreeMap::new()).unwrap()
}

fn mobility(t: f64) -> f64 {
    3e-5 * (-0.04 * E / (K * t)).exp()
}

/// Current at V > 0 and voltage of both regions together, from the equations.
fn circuit(v: f64, n: [f64; 2], t: f64) -> (f64, f64) {
    let contact = |n: f64| Schottky {
        barrier: 0.35,
        fermi: fermi_depth(n, t),
        permittivities: (17.0, 5.5),
        area: AREA,
    };
    let (first, second) = (contact(n[0]), contact(n[1]));
    let regions = ohmic(5e-9, n[0], mobility(t), AREA) + ohmic(5e-9, n[1], mobility(t), AREA);
    let line = 500.0 * (1.0 + 4e-3 * (t - 293.0));
    // The second contact's share first: its current in reverse direction is single-valued.
    let reverse = |current: f64| {
        let (mut low, mut high) = (0.0, v);
        for _ in 0..50 {
            let middle = 0.5 * (low + high);
            if -second.current(-middle, n[1], t) < current { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    };
    let total = |x: f64| {
        let current = first.current(x, n[0], t);
        x + reverse(current) + current * (regions + line) - v
    };
    let current = first.current(first_root(total, 0.0, v), n[0], t);
    (current, current * regions)
}

/// Current and dN₁/dt at V > 0 with the heat at rest.
fn motion(v: f64, first: f64) -> (f64, f64) {
    let n = [first, 17.07e26 - first];
    let t = settled(293.0, |t| {
        let (current, drop) = circuit(v, n, t);
        current * drop * 8.7e5
    });
    let (current, drop) = circuit(v, n, t);
    let field = drop / 10e-9;
    let gamma = 2.0 * field * 0.5e-9 / (std::f64::consts::PI * 0.9);
    let barrier = 0.9 * E * ((1.0 - gamma * gamma).sqrt() + gamma * gamma.asin());
    let hop = 2.0 * 0.5e-9 * 4e12 * (-barrier / (K * t)).exp();
    let x = 0.5e-9 * 2.0 * field * E / (2.0 * K * t);
    let least = 1.0 / (AREA * 5e-9);
    let limiting = (1.0 - (n[1] / 50e26).powi(10)) * (1.0 - (least / n[0]).powi(10));
    let gradient = (n[1] - n[0]) * 2.0 / 10e-9;
    let flux = hop * ((n[0] * n[1]).sqrt() * limiting * x.sinh() - 0.25e-9 * gradient * x.cosh());
    (current, -flux / 5e-9)
}

#[test]
fn currents_and_switching_times() {
    let card = card();
    let mut table = Table::default();
    for first in [17e26, 15e26, 8.535e26, 1e26, 0.07e26] {
        for v in [0.05, 0.3, 1.0] {
            let state = card.model.rest(first, &ROOM);
            let ours = card.model.operating_point(&[], &state, v, &ROOM).unwrap().current;
            let exact = circuit(v, [first, 17.07e26 - first], 293.0).0;
            table.compare(&format!("I, N_1 = {first:e}, {v} V"), ours, exact, 1e-5, 0.0);
        }
    }
    // y = ln(N_1/N_2) moves evenly.
    let first = |y: f64| 17.07e26 * y.exp() / (1.0 + y.exp());
    let speed = |v: f64, y: f64| {
        let n = first(y);
        motion(v, n).1 * (1.0 / n + 1.0 / (17.07e26 - n))
    };
    for v in [0.6, 0.8, 1.0] {
        let threshold = 0.5 * (motion(v, 17e26).0 + motion(v, 12e26).0);
        let mut state = card.model.rest(17e26, &ROOM);
        let drive = Segment::constant(v, 1e6);
        let stop = Some(Crossing::Above(threshold));
        let moved = card.model.advance(&[], &mut state, &drive, &ROOM, stop, None).unwrap();
        assert!(moved.crossed);
        let (start, end) = ((17.0_f64 / 0.07).ln(), (12.0_f64 / 5.07).ln());
        let (mut on, mut at) = (end, start);
        for _ in 0..24 {
            let middle = 0.5 * (at + on);
            if motion(v, first(middle)).0 < threshold { at = middle } else { on = middle }
        }
        let exact = duration(|y| speed(v, y), start, at, 20);
        table.compare(&format!("SET time, {v} V"), moved.elapsed, exact, 0.005, 0.0);
    }
    table.finish("JART VCM v2");
}

/// Rate at which an imbalance of the regions decays without bias, 1/s.
fn exchange(t: f64) -> f64 {
    let hop = 2.0 * 0.5e-9 * 4e12 * (-0.9 * E / (K * t)).exp();
    hop * 0.5e-9 / 10e-9 * (1.0 / 5e-9 + 1.0 / 5e-9)
}

#[test]
fn without_bias_diffusion_equalises_the_regions_exponentially() {
    let card = card();
    for (t, multiple) in [(293.0, 0.3), (293.0, 2.0), (400.0, 1.0)] {
        let around = Surroundings { ambient_temperature: t, ..ROOM };
        let time = multiple / exchange(t);
        let mut state = card.model.rest(17e26, &around);
        let (before, all) = (state[0] - state[1], state[0] + state[1]);
        card.model.advance(&[], &mut state, &Segment::constant(0.0, time), &around, None, None).unwrap();
        let share = (state[0] - state[1]) / before;
        println!("{t} K, {time:.3e} s: {share:.6}, exact {:.6}", f64::exp(-multiple));
        assert!((share / f64::exp(-multiple) - 1.0).abs() < 1e-4, "{share}");
        assert!(((state[0] + state[1]) / all - 1.0).abs() < 1e-12, "vacancies are neither made nor lost");
    }
}

#[test]
fn under_a_small_bias_drift_and_diffusion_come_to_a_balance() {
    let card = card();
    let around = Surroundings { ambient_temperature: 400.0, ..ROOM };
    let mut state = card.model.rest(8.535e26, &around);
    let hold = Segment::constant(0.05, 30.0 / exchange(400.0));
    card.model.advance(&[], &mut state, &hold, &around, None, None).unwrap();
    let point = card.model.operating_point(&[], &state, 0.05, &around).unwrap();
    let t = state[2];
    let regions = [state[0], state[1]].map(|n| ohmic(5e-9, n, mobility(t), AREA)).iter().sum::<f64>();
    let x = 0.5e-9 * 2.0 * (point.current * regions / 10e-9) * E / (2.0 * K * t);
    let drift = (state[0] * state[1]).sqrt() * x.sinh();
    let diffusion = 0.25e-9 * (state[1] - state[0]) * 2.0 / 10e-9 * x.cosh();
    println!("N {:.4e} {:.4e}, drift {drift:.4e}, diffusion {diffusion:.4e}", state[0], state[1]);
    assert!(state[1] > 1.0001 * state[0] && (drift / diffusion - 1.0).abs() < 2e-3, "{state:?}");
}

#[test]
fn both_directions_are_mirror_images() {
    let card = card();
    let drive = |first: f64, v: f64| {
        let mut state = card.model.rest(first, &ROOM);
        let pulse = Segment::constant(v, 1e-3);
        card.model.advance(&[], &mut state, &pulse, &ROOM, None, None).unwrap();
        let current = card.model.operating_point(&[], &state, v, &ROOM).unwrap().current;
        (state, current)
    };
    for v in [0.5, 1.0, 1.5] {
        let ((there, i), (back, j)) = (drive(17e26, v), drive(0.07e26, -v));
        assert!((there[0] / back[1] - 1.0).abs() < 1e-4 && (there[1] / back[0] - 1.0).abs() < 1e-4, "{v} V");
        assert!((i / -j - 1.0).abs() < 1e-4 && there[3] * back[3] < 0.0, "{i} {j}");
    }
}

#[test]
fn a_sweep_sets_and_resets_at_each_polarity() {
    let card = card();
    let mut state = card.model.rest(17e26, &ROOM);
    let read = |state: &[f64]| {
        let rest = [state[0], state[1], 293.0, 0.0];
        card.model.operating_point(&[], &rest, 0.2, &ROOM).unwrap().current
    };
    let high = read(&state);
    for polarity in [1.0, -1.0, 1.0] {
        // 1 V/s in samples of 10 mV.
        let (mut set, mut peak, mut low) = (f64::NAN, (0.0, 0.0), 0.0);
        for k in 0..150 {
            let v = |k: i32| polarity * f64::from(k) * 0.01;
            let part = Segment { start_voltage: v(k), end_voltage: v(k + 1), duration: 0.01 };
            card.model.advance(&[], &mut state, &part, &ROOM, None, None).unwrap();
            let i = card.model.operating_point(&[], &state, v(k + 1), &ROOM).unwrap().current;
            assert!(i * polarity > 0.0);
            low = f64::max(low, read(&state));
            if set.is_nan() && i.abs() > 5e-4 {
                set = v(k + 1).abs();
            }
            if i.abs() > peak.0 {
                peak = (i.abs(), v(k + 1).abs());
            }
        }
        let back = Segment { start_voltage: 1.5 * polarity, end_voltage: 0.0, duration: 1.5 };
        card.model.advance(&[], &mut state, &back, &ROOM, None, None).unwrap();
        let end = read(&state);
        println!(
            "SET at {set:.2} V, RESET from {:.2} V ({:.3e} A); at 0.2 V {high:.2e}, at most {low:.2e}, then {end:.2e} A",
            peak.1, peak.0
        );
        assert!((0.7..0.85).contains(&set) && (1.3..1.4).contains(&peak.1) && peak.1 > set + 0.4);
        // On in the middle of the sweep only: off before, off after, the vacancies on the other side.
        assert!(low > 10.0 * high && low > 10.0 * end, "{low:e} {end:e}");
        assert_eq!(state[0] < state[1], polarity > 0.0, "{state:?}");
    }
}
