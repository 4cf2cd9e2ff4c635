//! The number of threads never changes a bit of a record: every kind of study, one thread and two.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::fs;

use device_models::card::SHIPPED;
use neurofilament::experiment::kinds::KINDS;
use serde_json::{Value, json};

mod runs;

use runs::{folder_with, numbers, same, succeed};

/// A card whose cells differ and whose state is noisy.
fn noisy_card_with_windows() -> Value {
    let (_, text) = SHIPPED.iter().find(|(name, _)| *name == "stanford_pku_v1").expect("shipped");
    let mut card: Value = serde_json::from_str(text).expect("JSON");
    card["variability"] = json!({
        "source": "made up for this test",
        "windows": {
            "reference_current": { "min": "0.8 mA", "mean": "1 mA", "max": "1.2 mA", "standard_deviation": "0.1 mA" },
            "minimum_gap": { "min": "0.15 nm", "mean": "0.2 nm", "max": "0.25 nm", "standard_deviation": "0.02 nm" },
        },
    });
    card
}

fn device_pulse(card: &str, amplitude: &str) -> Value {
    json!({
        "kind": "device_pulse",
        "card": card,
        "seed": 3,
        "cells": 7,
        "spread": true,
        "waveform": {
            "pulse_train": { "amplitude": amplitude, "width": "50 ns", "edge": "10 ns", "period": "100 ns", "count": 3 },
        },
        "samples": 200,
    })
}

/// A network that is trained and put on arrays.
fn inference() -> Value {
    json!({
        "kind": "inference",
        "seed": 3,
        "data": { "set": "digits", "test_share": 0.4, "test_samples": 200 },
        "network": { "layers": [
            { "kind": "convolution", "filters": 3, "kernel": [3, 3] }, { "kind": "relu" },
            { "kind": "max_pool", "size": [2, 2] }, { "kind": "flatten" }, { "kind": "dense", "outputs": 10 } ] },
        "training": { "epochs": 1, "learning_rate": 0.02 },
        "hardware_aware": { "epochs": 1, "weight_noise": 0.1 },
        "arrays": { "card": "technology_b" },
        "programmings": 3,
        "times": ["1 s"],
        "axes": [{ "field": "design.periphery.adc_bits", "values": [4, 6] }],
    })
}

/// Small networks that learn in arrays.
fn training() -> Value {
    json!({
        "kind": "array_training",
        "seed": 7,
        "learning": { "hidden": [6], "epochs": 1, "batch": 64 },
        "design": { "tile_rows": 40, "programming": { "exact": true }, "scheme": { "weight": { "kind": "fixed_reference" } } },
        "entries": [
            { "name": "plain", "card": "step_reram_exponential" },
            { "name": "transfer", "card": "step_reram_soft_bounds", "update": { "rule": { "kind": "tiki_taka", "version": "chopped" } } },
        ],
    })
}

/// At least one script of every kind; random where the kind can be.
#[expect(clippy::too_many_lines, reason = "a list of scripts")]
fn scripts() -> Vec<(&'static str, Value)> {
    let replay = json!({
        "kind": "continual_learning",
        "seed": 7,
        "seeds": 2,
        "stream": { "contexts": [[3, 1], [0], [8, 9]], "shuffle_classes": true },
        "learners": [
            { "method": "joint" }, { "method": "er", "budget": 3 }, { "method": "dgr" }, { "method": "bir" },
            { "method": "bir", "on_arrays": true, "teacher": "arrays" },
        ],
        "learning": {
            "hidden_units": 20, "latent_units": 6,
            "iterations": 8, "batch": 16, "replay_batch": 16, "generated_per_class": 2,
        },
        "arrays": {
            "card": "jart_vcm_v1b_kinetics",
            "design": { "tile_rows": 24, "tile_columns": 16, "cells": { "device_variants": 5, "table_points": 17 } },
        },
    });
    let mut outer_product = replay.clone();
    outer_product["learning"]["update_rule"] = json!("outer_product");
    let mut penalties = replay.clone();
    let mut permuted = replay.clone();
    permuted["arrays"] = Value::Null;
    permuted["stream"] =
        json!({ "scenario": "domain", "images": { "permuted": { "contexts": 3, "border": 1 } } });
    permuted["learners"] = json!([{ "method": "none" }, { "method": "bir" }]);
    penalties["arrays"] = Value::Null;
    penalties["learners"] =
        json!([{ "method": "ewc" }, { "method": "si" }, { "method": "lwf" }, { "method": "bir_si" }]);
    let mut scripts = vec![
        ("training in arrays", training()),
        ("inference", inference()),
        (
            "programming",
            json!({
                "kind": "programming", "card": "statistical_hfo2_1t1r", "seed": 5, "cells": 64,
                "levels": [{ "name": "low", "to": "5 kOhm" }, { "name": "high", "from": "8.51 kOhm", "to": "9.31 kOhm" }],
                "schemes": [{
                    "name": "ISPP", "budgets": [50, 50], "reset": "2.5 V",
                    "pulses": { "kind": "incremental_step", "gate": "1.95 V", "step": "50 mV" },
                }],
            }),
        ),
        ("spread", device_pulse("jart_vcm_v1b_iv", "-1.3 V")),
        ("spread and noise", device_pulse("noisy.json", "1.5 V")),
        (
            "noise",
            json!({
                "kind": "set_kinetics",
                "card": "stanford_pku_v1",
                "voltages": { "from": "1.3 V", "to": "1.6 V", "count": 7 },
                "threshold_current": "2 mA",
                "time_limit": "1 us",
            }),
        ),
        (
            "random array",
            json!({
                "kind": "crossbar_solve",
                "seed": 11,
                "array": {
                    "rows": 40, "columns": 30,
                    "conductances": { "log_uniform": { "min": "1 uS", "max": "100 uS" } },
                    "word_line_resistance": "2 Ohm", "bit_line_resistance": "1 Ohm",
                    "source_resistance": "10 Ohm", "sense_resistance": "10 Ohm",
                    "word_line_voltages": "0.2 V",
                },
            }),
        ),
        (
            "evolving array",
            json!({
                "kind": "crossbar_transient", "seed": 5, "card": "jart_vcm_v1b_var_iv", "spread": true,
                "rows": 5, "columns": 4, "selected": [2, 1],
                "word_line_resistance": "5 Ohm", "bit_line_resistance": "5 Ohm",
                "source_resistance": "50 Ohm", "sense_resistance": "50 Ohm",
                "pulses": [{ "voltage": "-1.4 V", "width": "50 ns", "edge": "1 ns" }],
            }),
        ),
        (
            "noise in RESET",
            json!({
                "kind": "reset_kinetics",
                "card": "stanford_pku_v1",
                "initial_state": "lrs",
                "voltages": { "from": "-1.3 V", "to": "-1.6 V", "count": 4 },
                "threshold_current": "2 mA",
                "time_limit": "1 us",
            }),
        ),
        (
            "pulse trains",
            json!({
                "kind": "potentiation", "card": "step_reram_array_om", "cells": 5, "spread": true,
                "initial_state": "middle", "set_pulses": 6, "reset_pulses": 6, "tier": "pulse",
            }),
        ),
        (
            "filaments",
            json!({
                "kind": "filament",
                "seed": 2,
                "card": "kinetic_monte_carlo_hfo2",
                "width": "2 nm", "thickness": "2.5 nm", "vacancy_share": "2 %", "cells": 3,
                "rate": "1e6 V/s",
                "ramps": [{ "name": "forming", "peak": "2 V", "compliance_current": "10 uA" }],
                "frames": 3, "samples_per_frame": 2,
            }),
        ),
        ("arrays", replay),
        ("arrays, outer product", outer_product),
        ("penalties", penalties),
        ("permuted images", permuted),
    ];
    scripts.extend(statistics());
    scripts.extend(hammered_and_read());
    scripts
}

/// Studies of arrays: heat, disturb and sneak paths.
fn hammered_and_read() -> Vec<(&'static str, Value)> {
    vec![
        (
            "hammered array",
            json!({
                "kind": "crossbar_hammer", "card": "jart_vcm_v1b_kinetics", "spread": true, "seed": 5,
                "rows": 3, "columns": 4, "hammered": [[1, 1], [1, 2]], "ambient_temperature": "353 K",
                "word_line_resistance": "5 Ohm", "bit_line_resistance": "5 Ohm",
                "source_resistance": "10 Ohm", "sense_resistance": "10 Ohm",
                "voltage": "-1.1 V", "width": "20 ns", "pulses": 4000, "stop_after": 1,
                "thermal": {
                    "crosstalk": { "word_line": 0.08, "bit_line": 0.05, "time_constant": "5 ns" },
                    "thermal_resistance": "15.72e6 K/W",
                },
            }),
        ),
        (
            "read margins",
            json!({
                "kind": "read_margin", "seed": 4, "sizes": [2, 9, 20], "low_resistance": "10 kOhm",
                "high_resistance": "1 MOhm", "nonlinearity_voltage": "0.1 V", "read_voltage": "0.3 V",
                "word_line_resistance": "2 Ohm", "bit_line_resistance": "2 Ohm",
                "source_resistance": "50 Ohm", "sense_resistance": "50 Ohm",
            }),
        ),
    ]
}

/// Studies of many cells.
fn statistics() -> Vec<(&'static str, Value)> {
    vec![
        (
            "cycles",
            json!({
                "kind": "cycling_statistics", "card": "jart_vcm_v1b_var", "devices": 3, "cycles": 2, "lags": [1],
                "initial_state": "hrs",
                "set": { "voltage": "-1.3 V", "width": "1 us" }, "reset": { "voltage": "1.3 V", "width": "1 us" },
            }),
        ),
        (
            "endurance",
            json!({
                "kind": "endurance", "card": "statistical_hfo2_1t1r", "devices": 5, "cycles": 9,
                "set": { "voltage": "3 V", "width": "1 us" }, "reset": { "voltage": "-3 V", "width": "1 us" },
                "low_resistance_limit": "10 kOhm", "high_resistance_limit": "15 kOhm",
            }),
        ),
        (
            "forming",
            json!({
                "kind": "forming", "card": "statistical_hfo2_1t1r", "devices": 9,
                "pulses": {
                    "from": "2 V", "to": "4 V", "step": "50 mV", "width": "1 us", "formed_below": "15 kOhm",
                },
            }),
        ),
        (
            "conduction traces",
            json!({
                "kind": "conduction_traces", "levels": ["20 uA", "80 uA"], "devices": 10, "cycles": 2,
                "limit_spread": "10 %", "points": 32,
                "cells": [
                    { "card": "jart_vcm_v1b_var_iv", "from": "20 uA", "to": "80 uA" },
                    {
                        "card": "vteam_memtorch", "from": "20 uA", "to": "80 uA", "parameters": { "off_resistance": "100 kOhm" },
                        "spread": { "off_resistance": { "device": "20 %", "cycle": "5 %" } },
                    },
                ],
            }),
        ),
        (
            "relaxation",
            json!({
                "kind": "relaxation", "card": "technology_b", "conductances": ["34 uS", "66 uS"], "cells": 300,
                "times": ["10 ms", "1 s", "100 s"], "temperatures": ["298 K", "500 K"],
            }),
        ),
    ]
}

#[test]
fn one_thread_and_two_write_the_same_bits() {
    let scripts = scripts();
    for kind in KINDS {
        assert!(scripts.iter().any(|(_, script)| script["kind"] == kind.name), "{} is not tested", kind.name);
    }
    for (what, script) in scripts {
        let folder = folder_with(&script);
        let path = folder.path();
        fs::write(path.join("noisy.json"), noisy_card_with_windows().to_string()).expect("written");
        let one = succeed(path, &["run", "s.json", "--out", "one", "--threads", "1"]);
        let two = succeed(path, &["run", "s.json", "--out", "two", "--threads", "2"]);
        same(&one, &two);
        let other = succeed(path, &["run", "s.json", "--out", "other", "--threads", "2", "--seed", "99"]);
        assert_ne!(numbers(&one), numbers(&other), "{what}: the seed has no effect");
    }
}

#[test]
fn a_sweep_on_two_threads_writes_the_same_bits() {
    let mut script = device_pulse("noisy.json", "1.5 V");
    script["cells"] = json!(2);
    script["sweep"] =
        json!({ "parameters": { "compliance_current": ["50 uA", "100 uA", "200 uA"] }, "repeats": 3 });
    let folder = folder_with(&script);
    let path = folder.path();
    fs::write(path.join("noisy.json"), noisy_card_with_windows().to_string()).expect("written");
    let one = succeed(path, &["run", "s.json", "--out", "one", "--threads", "1"]);
    let two = succeed(path, &["run", "s.json", "--out", "two", "--threads", "2"]);
    same(&one, &two);
}
