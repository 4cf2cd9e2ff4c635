//! The generic memristor models against exact solutions of their published equations.
//!
//! Sources: each model's file. Nothing here is compared with another program.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

mod common;

use std::collections::BTreeMap;

use common::{ROOM, Table};
use device_models::card::SHIPPED;
use device_models::window::{Biolek, EDGE, Joglekar, Kvatinsky, Prodromakis, Window};
use device_models::{CurrentLimit, DeviceCard, Flags, Motion, Segment, Surroundings};

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn with(name: &str, overrides: &[(&str, &str)]) -> DeviceCard {
    let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    DeviceCard::shipped(name, &overrides).unwrap()
}

/// The state after a constant voltage, and what happened.
fn after(card: &DeviceCard, x: f64, voltage: f64, duration: f64, around: &Surroundings) -> (f64, Motion) {
    let mut state = card.model.rest(x, around);
    let pulse = Segment::constant(voltage, duration);
    let motion = card.model.advance(&[], &mut state, &pulse, around, None, None).unwrap();
    (state[0], motion)
}

fn conductance(card: &DeviceCard, x: f64) -> f64 {
    let state = card.model.rest(x, &ROOM);
    let v = card.read_voltage;
    card.model.operating_point(&[], &state, v, &ROOM).unwrap().current / v
}

fn logit(x: f64) -> f64 {
    (x / (1.0 - x)).ln()
}

#[test]
fn windows_have_their_published_values() {
    let values: BTreeMap<String, f64> = [
        ("window_exponent", 3.0),
        ("window_height", 0.7),
        ("window_edge_rising", 0.2),
        ("window_width_rising", 0.1),
        ("window_edge_falling", 0.9),
        ("window_width_falling", 0.3),
    ]
    .map(|(k, v)| (k.to_owned(), v))
    .into();
    let joglekar = Joglekar::from_values(&values).unwrap();
    let biolek = Biolek::from_values(&values).unwrap();
    let prodromakis = Prodromakis::from_values(&values).unwrap();
    let kvatinsky = Kvatinsky::from_values(&values).unwrap();
    for x in [0.0, 0.1, 0.37, 0.5, 0.8, 1.0_f64] {
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-14, "{x}: {a} {b}");
        close(joglekar.at(x, true), 1.0 - (2.0 * x - 1.0).powi(6));
        close(prodromakis.at(x, false), 0.7 * (1.0 - ((x - 0.5).powi(2) + 0.75).powi(3)));
        close(biolek.at(x, true), 1.0 - x.powi(6));
        close(biolek.at(x, false), 1.0 - (x - 1.0).powi(6));
        close(kvatinsky.at(x, true), (-((x - 0.2) / 0.1).exp()).exp());
        close(kvatinsky.at(x, false), (-(-(x - 0.9) / 0.3).exp()).exp());
    }
}

/// Joglekar's window at p = 1: x is a logistic function of the charge, also out of an end.
#[test]
fn linear_drift_is_logistic_in_the_charge() {
    let card = card("linear_ion_drift_joglekar");
    // µ R_on/D² = 1e4 /C; an ideal limit of 10 µA makes the charge known.
    let around = Surroundings { limit: CurrentLimit::Ideal(10e-6), ..ROOM };
    for (x, v, t) in [(0.1, 5.0, 1.0), (0.1, 5.0, 10.0), (0.9, -5.0, 5.0), (EDGE, 5.0, 60.0)] {
        let (y, _) = after(&card, x, v, t, &around);
        let expected = logit(x) + 4.0 * 1e4 * f64::signum(v) * 10e-6 * t;
        assert!((logit(y) - expected).abs() < 1e-3, "{x} {v} {t}: {} {expected}", logit(y));
    }
    // Into the end and back: the flag is set, and the charge needed is the one of the equations.
    let (top, motion) = after(&card, 0.5, 5.0, 1e3, &around);
    assert!(motion.flags.upper_bound && (1.0 - top - EDGE).abs() < 1e-15, "{motion:?} {top}");
    let (back, _) = after(&card, top, -5.0, logit(1.0 - EDGE) / 0.4, &around);
    assert!((back - 0.5).abs() < 1e-3, "{back}");
    // Without a limit: the flux V t is −R_on ln(1 − x) + R_off ln x over 4 µ R_on/D².
    let flux = |x: f64| (-100.0 * (1.0 - x).ln() + 16e3 * x.ln()) / 4e4;
    let (y, _) = after(&card, 0.1, 1.0, 0.5, &ROOM);
    assert!((flux(y) - flux(0.1) - 0.5).abs() < 1e-4, "{y}");
}

/// Charge-controlled: as much flux back as forth returns the state; the loop is pinched at 0 V.
#[test]
fn a_drift_loop_closes_and_is_pinched() {
    for name in ["linear_ion_drift_joglekar", "linear_ion_drift_prodromakis", "linear_ion_drift_27nm"] {
        let card = card(name);
        let mut state = card.model.rest(0.3, &ROOM);
        let mut currents = Vec::new();
        for (from, to) in [(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0)] {
            let ramp = Segment { start_voltage: from, end_voltage: to, duration: 0.2 };
            card.model.advance(&[], &mut state, &ramp, &ROOM, None, None).unwrap();
            let at = |v| card.model.operating_point(&[], &state, v, &ROOM).unwrap().current;
            assert_eq!(at(0.0), 0.0);
            currents.push(at(0.5));
        }
        assert!(currents[1] > currents[0] && currents[3] < currents[2], "{name} {currents:?}");
        assert!((state[0] - 0.3).abs() < 1e-4, "{name} {state:?}");
    }
}

#[test]
fn nonlinear_drift_follows_the_power_of_the_voltage() {
    let card = card("nonlinear_ion_drift");
    let (x, _) = after(&card, 0.2, 0.8, 1.0, &ROOM);
    assert!((x - 0.2 - 0.8_f64.powi(5)).abs() < 1e-6, "{x}");
    let (x, motion) = after(&card, 0.2, -1.0, 1.0, &ROOM);
    assert!(x == 0.0 && motion.flags.lower_bound && !motion.flags.upper_bound);
    let state = card.model.rest(0.5, &ROOM);
    let i = card.model.operating_point(&[], &state, 0.7, &ROOM).unwrap().current;
    let published = 0.25 * 0.9e-6 * 1.4_f64.sinh() + 1e-10 * (2.8_f64.exp() - 1.0);
    assert!((i / published - 1.0).abs() < 1e-12);
}

/// MemTorch's set: no motion between the thresholds, linear motion beyond, bounds at exact times.
#[test]
fn vteam_switches_when_its_equations_say() {
    let card = card("vteam_memtorch");
    for v in [-0.199, 0.0, 0.0199] {
        let (x, motion) = after(&card, 0.4, v, 1.0, &ROOM);
        assert!(x == 0.4 && motion.flags == Flags::default(), "{v}");
    }
    let mut table = Table::default();
    // 5e-4 m/s · (0.1/0.02 − 1) over 3 nm; 10 m/s · (0.6/0.2 − 1)³ over 3 nm.
    for (v, from, to, time) in [(0.1, 0.0, 0.5, 0.75e-6), (-0.6, 1.0, 0.25, 2.8125e-11)] {
        table.compare(&format!("{v} V"), after(&card, from, v, time, &ROOM).0, to, 1e-5, 0.0);
    }
    table.finish("VTEAM, MemTorch's defaults: state");
    let (x, motion) = after(&card, 0.0, 0.1, 1e-3, &ROOM);
    assert!(x == 1.0 && motion.flags.upper_bound && motion.steps < 50, "{motion:?}");
    assert!((conductance(&card, 1.0) * 1000.0 - 1.0).abs() < 1e-12);
}

/// Fits under Kvatinsky's window: the time between two states is ∫dx/(k (v/v_th − 1)^α f).
#[test]
fn vteam_fits_take_the_time_of_their_integral() {
    let mut table = Table::default();
    for (name, v, from, to) in [
        ("vteam_tiox_1", 1.8, 0.1, 0.8),
        ("vteam_tiox_1", -1.4, 0.9, 0.3),
        ("vteam_tiox_2", -0.9, 0.9, 0.3),
        ("vteam_taox_tio2", 4.5, 0.9, 0.3),
        ("vteam_taox_tio2", -4.5, 0.1, 0.6),
        ("vteam_taox", 0.8, 0.9, 0.3),
        ("vteam_taox", -1.6, 0.1, 0.6),
    ] {
        let card = card(name);
        let p = |key: &str| card.parameters[key];
        let (end, k, alpha) =
            if to > from { ("off", "off_rate", "off_exponent") } else { ("on", "on_rate", "on_exponent") };
        let speed = p(k).abs() * (v / p(&format!("{end}_threshold")) - 1.0).powf(p(alpha));
        let inverse = |x: f64| {
            let lift =
                if to > from { x / p("window_width_rising") } else { (1.0 - x) / p("window_width_falling") };
            lift.exp().exp() / speed
        };
        // Simpson's rule.
        let n = 20_000;
        let h = (to - from) / f64::from(n);
        let sum: f64 = (0..=n)
            .map(|i| {
                let weight = if i == 0 || i == n { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
                weight * inverse(from + h * f64::from(i))
            })
            .sum();
        let time = (sum * h / 3.0).abs();
        table.compare(&format!("{name} {v} V"), after(&card, from, v, time, &ROOM).0, to, 1e-4, 0.0);
    }
    table.finish("VTEAM fits: state");
}

/// A RESET at constant voltage ends where the falling current meets the threshold.
#[test]
fn team_stops_at_its_threshold_current() {
    let ideal = [
        ("off_exponent", "1"),
        ("off_rate", "1e3 1/s"),
        ("window_edge_rising", "1e3"),
        ("window_width_rising", "1"),
    ];
    let card = with("team_simmons_fit", &ideal);
    let (x, _) = after(&card, 0.0, 0.08, 1.0, &ROOM);
    let end = (0.08 / 115e-6 - 50.0) / 950.0;
    assert!((x - end).abs() < 1e-5, "{x} {end}");
    let full = self::card("team_simmons_fit");
    // 100 µA at R = 525 Ω is below 115 µA; 10 µA the other way is beyond 8.9 µA.
    assert_eq!(after(&full, 0.5, 52.5e-3, 1e3, &ROOM).0, 0.5);
    assert_eq!(after(&full, 0.5, -8.8e-6 * 525.0, 1e3, &ROOM).0, 0.5);
    assert!(after(&full, 0.5, -1.0, 1e-3, &ROOM).0 < 0.49);
}

#[test]
fn yakopcic_moves_exponentially_beyond_its_thresholds() {
    let card = card("yakopcic_oblea");
    for v in [0.1599, -0.1499] {
        assert_eq!(after(&card, 0.2, v, 1.0, &ROOM).0, 0.2);
    }
    // Below x_p and above 1 − x_n the window is 1: motion at constant speed.
    let up = 4000.0 * (0.4_f64.exp() - 0.16_f64.exp());
    let (x, _) = after(&card, 0.11, 0.4, 0.15 / up, &ROOM);
    assert!((x - 0.26).abs() < 1e-6, "{x}");
    let down = 4000.0 * (0.4_f64.exp() - 0.15_f64.exp());
    let (x, _) = after(&card, 0.9, -0.4, 0.3 / down, &ROOM);
    assert!((x - 0.6).abs() < 1e-6, "{x}");
    // Beyond x_p the window falls to 0 at x = 1, which is approached and not passed.
    let (x, _) = after(&card, 0.5, 0.4, 1.0, &ROOM);
    assert!(x > 0.999 && x <= 1.0, "{x}");
    let state = card.model.rest(0.5, &ROOM);
    let i = card.model.operating_point(&[], &state, -0.3, &ROOM).unwrap().current;
    assert!((i / (0.17 * 0.5 * (-0.015_f64).sinh()) - 1.0).abs() < 1e-12);
}

/// Equations (9) and (10) of the data-driven model against the integration.
#[test]
fn data_driven_follows_its_closed_form() {
    let mut table = Table::default();
    for (name, v, from) in [
        ("data_driven_tiox_1", 1.7, 4900.0),
        ("data_driven_tiox_1", -1.4, 5900.0),
        ("data_driven_tiox_2", 0.8, 11e3),
        ("data_driven_tiox_2", -0.6, 16.8e3),
        ("data_driven_taox_tio2", 6.0, 3.9e6),
        ("data_driven_taox_tio2", -2.0, 1.1e6),
        ("data_driven_taox", 0.9, 950.0),
        ("data_driven_taox", -1.3, 210.0),
    ] {
        let card = card(name);
        let sign = if v > 0.0 { "positive" } else { "negative" };
        let p = |key: &str| card.parameters[&format!("{key}_{sign}")];
        let limit = |i: usize| card.parameters[&format!("limit_{sign}_{i}")];
        let r = limit(0) + limit(1) * v + limit(2) * v * v;
        let s = p("rate") * ((p("rate_slope") * f64::abs(v)).exp() - 1.0);
        let k = p("steepness");
        let side = f64::signum(from - r);
        for decade in -6..=2 {
            // Times in units of the first relaxation.
            let start = -(-k * (from - r).abs()).exp_m1();
            let t = 10_f64.powi(decade) / (k * s.abs() * (k * (from - r).abs()).exp());
            let published = r - side * (-start * (-k * s.abs() * t).exp()).ln_1p() / k;
            let (end, _) = after(&card, from, v, t, &ROOM);
            table.compare(&format!("{name} {v} V {t:.1e} s"), end, published, 1e-5, 0.0);
        }
    }
    table.finish("data-driven: resistance");
}

/// A positive change of conductance at the polarity of SET and a negative one at the other.
#[test]
fn set_polarity_raises_the_conductance() {
    for (name, _) in SHIPPED {
        let card = card(name);
        // Its cells are known after a write, not during it.
        if card.entry.name == "programmed_conductance" {
            continue;
        }
        let middle = if card.entry.slow_unit == "1/m^3" {
            (card.states["hrs"] * card.states["lrs"]).sqrt()
        } else {
            0.5 * (card.states["hrs"] + card.states["lrs"])
        };
        let before = conductance(&card, middle);
        assert!(conductance(&card, card.states["hrs"]) < conductance(&card, card.states["lrs"]), "{name}");
        let strong = if name.ends_with("taox_tio2") {
            6.5
        } else {
            card.parameters.get("pulse_voltage").map_or(1.8, |v| 1.8 * v)
        };
        for direction in [1.0, -1.0] {
            let mut change = 0.0;
            for size in [0.55, 1.0] {
                let v = card.model.set_polarity() * direction * strong * size;
                let (x, _) = after(&card, middle, v, 1e-3, &ROOM);
                let step = direction * (conductance(&card, x) / before - 1.0);
                assert!(step >= -1e-9, "{name} {v} V: {step}");
                change += step;
            }
            // The RESET of the second VTEAM fit is closed by its printed window; in the Stanford–PKU fits of
            // Al-doped HfOx the field enhancement of RESET ends below the middle of the gap.
            let closed = *name == "vteam_tiox_2" || name.starts_with("stanford_pku_hfox_al");
            assert!(change > 1e-9 || closed, "{name} {direction}: {change}");
        }
    }
}

/// 1/d = 1/d₀ + |s| t towards the limit of either polarity.
#[test]
fn the_quadratic_model_follows_its_closed_form() {
    let card = card("data_driven_quadratic_tiox");
    let mut table = Table::default();
    for (from, voltage, time) in [
        (3000.0, 1.0, 1e-7),
        (3000.0, 1.0, 1e-5),
        (2500.0, 0.6, 1e-6),
        (1700.0, -0.9, 1e-6),
        (1700.0, -0.8, 1e-4),
    ] {
        let (limit, rate) = if voltage > 0.0 {
            (2699.2336 - 672.930_205 * voltage, 600.10075 * (1.0 - f64::exp(-voltage / 0.021_202_8)))
        } else {
            (649.413_746 - 1_474.323_58 * voltage, 34.598_839_9 * (1.0 - f64::exp(voltage / 0.053_439_97)))
        };
        let left = 1.0 / (1.0 / f64::abs(from - limit) + rate * time);
        let expected = limit + left * f64::signum(from - limit);
        let (ours, _) = after(&card, from, voltage, time, &ROOM);
        table.compare(&format!("{from} Ω, {voltage} V, {time:.0e} s: R"), ours, expected, 1e-4, 0.0);
    }
    // Beyond its limit the resistance rests.
    let (ours, _) = after(&card, 1700.0, 1.0, 1e-3, &ROOM);
    assert_eq!(ours, 1700.0);
    table.finish("Quadratic data-driven model");
}

/// Current of both branches, motion below the onset and above it, rest below the threshold.
#[test]
fn two_branches_follow_their_equations() {
    let card = card("yakopcic_srtio3");
    for (x, v) in [(0.0, 0.3), (0.4, 0.3), (1.0, 0.9), (0.0, -0.7), (0.4, -0.7), (1.0, -2.0_f64)] {
        let state = card.model.rest(x, &ROOM);
        let ours = card.model.operating_point(&[], &state, v, &ROOM).unwrap();
        let expected = if v > 0.0 {
            9e-5 * (4.96 * v).sinh() * x + 1.5e-5 * (6.91 * v).sinh() * (1.0 - x)
        } else {
            1.7e-4 * (3.23 * v).sinh() * x + 4.4e-7 * (2.6 * v).sinh() * (1.0 - x)
        };
        assert!((ours.current / expected - 1.0).abs() < 1e-12, "{x} {v}");
    }
    let push = 90.0 * (0.8_f64.exp() - 0.5_f64.exp());
    let (x, _) = after(&card, 0.0, 0.8, 0.05 / push, &ROOM);
    assert!((x - 0.05).abs() < 1e-5, "{x}");
    // From the onset on dx/dt = k e^(−(x − x_p)) (1 − x)/(1 − x_p): ∫ by Simpson's rule.
    let slowness = |x: f64| (x - 0.1).exp() * 0.9 / (1.0 - x) / push;
    let n = 2000;
    let h = 0.5 / f64::from(n);
    let time: f64 = (0..n)
        .map(|i| {
            let a = 0.1 + h * f64::from(i);
            h / 6.0 * (slowness(a) + 4.0 * slowness(a + 0.5 * h) + slowness(a + h))
        })
        .sum();
    let (x, _) = after(&card, 0.1, 0.8, time, &ROOM);
    assert!((x - 0.6).abs() < 1e-4, "{x}");
    for v in [0.49, -0.49] {
        assert_eq!(after(&card, 0.3, v, 10.0, &ROOM).0, 0.3);
    }
}
