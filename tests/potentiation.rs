//! `potentiation`: published labels, both tiers, any number of threads, bad input.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod runs;

use neurofilament::record::RecordFile;
use runs::{folder_with, program, same, succeed};
use serde_json::{Value, json};

fn read(script: &Value, arguments: &[&str]) -> (tempfile::TempDir, RecordFile) {
    let folder = folder_with(script);
    let mut all = vec!["run", "s.json"];
    all.extend(arguments);
    let record = succeed(folder.path(), &all);
    let file = RecordFile::open(&record).unwrap();
    (folder, file)
}

/// The default device of MLP NeuroSim V3.0 (P.-Y. Chen, X. Peng, S. Yu, IEDM 2017).
#[test]
fn labels_and_range_are_the_published_ones() {
    let script = json!({
        "kind": "potentiation",
        "card": "step_neurosim_ag_si",
        "parameters": { "range_noise": "0" },
        "set_pulses": 97,
        "reset_pulses": 100,
    });
    let (folder, file) = read(&script, &["--report"]);
    for (name, published, tolerance) in
        [("nonlinearity_set", 2.4, 0.01), ("nonlinearity_reset", -4.88, 0.01), ("range", 12.5, 0.01)]
    {
        let ours = file.numbers(&format!("/results/{name}")).unwrap()[0];
        println!("| {name} | {published} | {ours:.4} | {:+.2} % |", 100.0 * (ours / published - 1.0));
        assert!((ours / published - 1.0).abs() < tolerance, "{name}: {ours}");
    }
    assert_eq!(file.shape("/results/conductance_after_pulse").unwrap(), [198, 1]);
    let page = std::fs::read_to_string(folder.path().join("results/s.html")).unwrap();
    assert!(page.contains("Conductance against pulse number") && page.contains("Non-linearity label"));
}

/// The pulse tier follows the full model through trains, pulse after pulse.
#[test]
fn both_tiers_draw_the_same_curves() {
    let script = |tier: &str| {
        json!({
            "kind": "potentiation",
            "card": "jart_vcm_v1b_kinetics",
            "initial_state": "0.2e26 1/m^3",
            "cells": 3,
            "spread": true,
            "set_pulses": 60,
            "reset_pulses": 60,
            "cycles": 2,
            "tier": tier,
        })
    };
    let of = |tier| read(&script(tier), &[]).1.numbers("/results/conductance_after_pulse").unwrap();
    let (full, pulse) = (of("full"), of("pulse"));
    let range = full.iter().fold(0.0_f64, |m, g| m.max(*g)) - full.iter().fold(1.0_f64, |m, g| m.min(*g));
    let worst = full.iter().zip(&pulse).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max) / range;
    println!("240 pulses on tables: within {:.2} % of the range of the curves", 100.0 * worst);
    assert!(range > 50e-6 && worst < 0.02, "{range} {worst}");
}

#[test]
fn noisy_trains_do_not_depend_on_the_number_of_threads() {
    for (tier, card) in
        [("full", "step_reram_array_om"), ("pulse", "step_reram_array_om"), ("full", "jart_vcm_v1b_var_iv")]
    {
        let cycling = card == "jart_vcm_v1b_var_iv";
        let script = json!({
            "kind": "potentiation", "card": card, "cells": 6, "spread": true, "cycling": cycling,
            "initial_state": "middle", "set_pulses": 4, "reset_pulses": 4, "cycles": 2, "tier": tier,
        });
        let folder = folder_with(&script);
        let one = succeed(folder.path(), &["run", "s.json", "--threads", "1", "--out", "one"]);
        let two = succeed(folder.path(), &["run", "s.json", "--threads", "3", "--out", "three"]);
        same(&one, &two);
    }
}

#[test]
fn bad_input_is_told() {
    let base = json!({ "kind": "potentiation", "card": "step_gokmen_vlasov" });
    for (field, value, says) in [
        ("set_pulses", json!(0), vec!["set_pulses", "at least 1"]),
        ("cells", json!(0), vec!["cells", "at least 1"]),
        ("cycles", json!(10_000_000), vec!["cycles", "more than"]),
        ("pause", json!("-1 us"), vec!["pause", "not be negative"]),
        ("tier", json!("table"), vec!["tier", "pulse"]),
        ("cycling", json!(true), vec!["cycling", "leave cycling away"]),
        ("set", json!({ "voltage": "1 V", "width": "0 s" }), vec!["set.width", "above zero"]),
        ("card", json!("vteam_tiox_2"), vec!["set", "no write pulses"]),
    ] {
        let mut script = base.clone();
        script[field] = value;
        let folder = folder_with(&script);
        let output = program(folder.path(), &["run", "s.json"]);
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{field}: {text}");
        for part in says {
            assert!(text.contains(part), "{field}: {part} in {text}");
        }
    }
}
