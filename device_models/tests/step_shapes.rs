//! Shapes of conductance steps and reference devices against closed forms and published numbers.
//!
//! Saturating response and its labels: P.-Y. Chen, X. Peng, S. Yu, IEDM (2017); the rest:
//! M. J. Rasch et al., IEEE AICAS (2021).
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::{ROOM, Table};
use device_models::card::SHIPPED;
use device_models::conductance_step::saturating::curvature;
use device_models::{DeviceCard, Segment};

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn with(name: &str, overrides: &[(&str, &str)]) -> DeviceCard {
    let overrides = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    DeviceCard::shipped(name, &overrides).unwrap()
}

/// Conductance, S, after each of `pulses` pulses from `from` (S), up or down.
fn train(card: &DeviceCard, spread: &[f64], from: f64, pulses: usize, up: bool) -> Vec<f64> {
    let p = &card.parameters;
    let voltage = if up { p["pulse_voltage"] } else { -p["pulse_voltage"] };
    let mut state = card.model.rest(from, &ROOM);
    let mut curve = vec![from];
    for _ in 0..pulses {
        let pulse = Segment::constant(voltage, p["pulse_width"]);
        card.model.advance(spread, &mut state, &pulse, &ROOM, None, None).unwrap();
        curve.push(state[0]);
    }
    curve
}

/// The published table from labels to A/P (MLP NeuroSim V3.0), at the labels of the shipped cards.
const LABELS: [(f64, f64); 10] = [
    (0.50, 2.519_877),
    (0.61, 2.063_266),
    (1.46, 0.848_677),
    (1.75, 0.702_081),
    (1.79, 0.685_502),
    (1.85, 0.661_941),
    (1.94, 0.629_249),
    (2.40, 0.499_181),
    (4.88, 0.200_303),
    (6.76, 0.100_251),
];

#[test]
fn labels_mean_what_the_published_table_says() {
    let mut table = Table::default();
    for (label, published) in LABELS {
        table.compare(&format!("A/P at label {label}"), curvature(label), published, 1e-3, 0.0);
        assert!((curvature(-label) + curvature(label)).abs() < 1e-12);
    }
    assert!(curvature(0.0).is_infinite());
    table.finish("Non-linearity labels of saturating steps");
}

/// G(p) = B (1 − e^(−p/A)) + G_min, pulse by pulse, with the A of the published table.
#[test]
fn saturating_steps_follow_the_published_curve() {
    let card = card("step_neurosim_ag_si");
    let (low, high) = (3.0769e-9, 38.462e-9);
    for (pulses, a, up) in [(97, 0.499_181, true), (100, 0.200_303, false)] {
        let whole = (high - low) / (1.0 - f64::exp(-1.0 / a));
        let curve = train(&card, &[], if up { low } else { high }, pulses, up);
        let mut worst = 0.0_f64;
        for (p, g) in curve.iter().enumerate() {
            let moved = whole * (1.0 - (-(p as f64) / (a * pulses as f64)).exp());
            let published = if up { low + moved } else { high - moved };
            worst = worst.max((g - published).abs() / (high - low));
        }
        println!("step_neurosim_ag_si, up {up}: within {worst:.2e} of the range");
        assert!(worst < 2e-4, "{worst}");
    }
    // Noise of 3.5 % of the range belongs to every pulse, wherever it begins.
    let straight = with("step_neurosim_ag_si", &[("nonlinearity_up", "0"), ("nonlinearity_down", "0")]);
    let curve = train(&straight, &[], low, 97, true);
    for (p, g) in curve.iter().enumerate() {
        assert!((g - low - (high - low) * p as f64 / 97.0).abs() < 1e-6 * high);
    }
}

/// A label of either sign: pulses up of label −x bend as pulses down of label +x.
#[test]
fn labels_of_the_other_sign_bend_the_other_way() {
    let card = with("step_neurosim_ag_si", &[("nonlinearity_up", "-2.4"), ("nonlinearity_down", "2.4")]);
    let range = 38.462e-9 - 3.0769e-9;
    let up = train(&card, &[], 3.0769e-9, 97, true);
    assert!((up[97] - 38.462e-9).abs() < 1e-3 * range && up[48] - up[0] < 0.3 * range);
    let down = train(&card, &[], 38.462e-9, 100, false);
    assert!((down[100] - 3.0769e-9).abs() < 1e-3 * range && down[0] - down[50] < 0.3 * range);
}

/// r_min + B (1 − e^(−αp)), up, and its mirror image down.
#[test]
fn soft_bounds_from_a_train_follow_its_closed_form() {
    let card = card("step_soft_bounds_pmax");
    let weight = |g: f64| (g - 50e-6) / 40e-6;
    let whole = 2.0 / (1.0 - (-5.0_f64).exp());
    let up = train(&card, &[], 10e-6, 1000, true);
    let down = train(&card, &[], 90e-6, 1000, false);
    for p in [0, 1, 10, 100, 500, 1000_usize] {
        let moved = whole * (1.0 - (-0.005 * p as f64).exp());
        assert!((weight(up[p]) - (-1.0 + moved)).abs() < 1e-9, "{p}: {}", weight(up[p]));
        assert!((weight(down[p]) - (1.0 - moved)).abs() < 1e-9, "{p}");
    }
    let skewed = with("step_soft_bounds_pmax", &[("range_min", "-0.6"), ("range_max", "1.1")]);
    let up = train(&skewed, &[], 50e-6 - 0.6 * 40e-6, 1000, true);
    assert!((weight(up[1000]) - 1.1).abs() < 1e-9);
}

#[test]
fn tables_are_exact_at_their_nodes_and_straight_between() {
    let (table, exact) = (card("step_piecewise"), card("step_reram_exponential"));
    let step = |card: &DeviceCard, g: f64, up: bool| train(card, &[], g, 1, up)[1] - g;
    for up in [true, false] {
        for k in 1..9 {
            let g = 25e-6 + 5e-6 * f64::from(k);
            let (ours, formula) = (step(&table, g, up), step(&exact, g, up));
            assert!((ours / formula - 1.0).abs() < 1e-6, "{k}: {ours} {formula}");
            let middle = step(&table, g + 2.5e-6, up);
            let mean = 0.5 * (ours + step(&table, g + 5e-6 * (1.0 - 1e-12), up));
            assert!((middle / mean - 1.0).abs() < 1e-6, "{k}");
        }
    }
}

/// Up Δ ω^γ, down Δ (1 − ω)^γ; the reference shifts what is read, not what is written.
#[test]
fn power_steps_with_a_reference() {
    let text = SHIPPED.iter().find(|(name, _)| *name == "step_gokmen_vlasov").unwrap().1;
    let mut value: serde_json::Value = serde_json::from_str(text).unwrap();
    value["model"] = "power_step".into();
    let parameters = value["parameters"].as_object_mut().unwrap();
    for gone in ["slope_up", "slope_down", "additive_noise"] {
        parameters.remove(gone);
    }
    parameters.insert("exponent_up".into(), "2".into());
    parameters.insert("exponent_down".into(), "0.5".into());
    parameters.insert("reference".into(), "0.2".into());
    let card = DeviceCard::parse("power", &value.to_string(), &BTreeMap::new()).unwrap();
    let weight = |g: f64| (g - 50e-6) / 25e-6 + 0.2;
    for hidden in [-0.7, 0.0, 0.6_f64] {
        let g = 50e-6 + 25e-6 * (hidden - 0.2);
        let omega = (1.0 - hidden) / 2.0;
        let up = weight(train(&card, &[], g, 1, true)[1]) - hidden;
        let down = hidden - weight(train(&card, &[], g, 1, false)[1]);
        assert!((up / (0.0016 * omega * omega) - 1.0).abs() < 1e-9, "{hidden}: {up}");
        assert!((down / (0.0016 * (1.0 - omega).sqrt()) - 1.0).abs() < 1e-9, "{hidden}: {down}");
    }
}

/// With the symmetry point subtracted, a train of alternating pulses settles at conductance G(0).
#[test]
fn the_symmetry_point_reads_as_zero() {
    for (name, spread) in [
        ("step_reram_array_om", [1.4, 1.03, 1.2, 0.7, 1.0]),
        ("step_reram_array_om", [0.6, 0.98, 0.8, 1.3, 1.1]),
        ("step_reram_array_hfo2", [0.3, 1.02, 0.9, 1.1, 1.0]),
    ] {
        let card = card(name);
        let (low, high) = card.model.bounds(&spread);
        let mut g = 0.5 * (low + high);
        // Ever smaller pulses end where both directions are alike.
        for n in 1..4000 {
            let width = card.parameters["pulse_width"] / f64::from(n).sqrt();
            for voltage in [1.0, -1.0] {
                let mut state = card.model.rest(g, &ROOM);
                let pulse = Segment::constant(voltage, width);
                card.model.advance(&spread, &mut state, &pulse, &ROOM, None, None).unwrap();
                g = state[0];
            }
        }
        let reference = spread[4] - 1.0;
        let expected = 50e-6 - card.parameters["conductance_per_weight"] * reference;
        assert!((g - expected).abs() < 0.01 * (high - low), "{name}: {g} {expected}");
    }
}
