//! The study `crossbar_transient` through the real binary: traces, maps, schemes, elements in series, mistakes.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use neurofilament::record::RecordFile;
use serde_json::{Value, json};

mod runs;

use runs::{folder_with, program, succeed};

/// SET of one cell of 4 × 5.
fn script() -> Value {
    json!({
        "kind": "crossbar_transient", "card": "jart_vcm_v1b_kinetics",
        "rows": 4, "columns": 5, "selected": [1, 3],
        "word_line_resistance": "20 Ohm", "bit_line_resistance": "20 Ohm",
        "source_resistance": "50 Ohm", "sense_resistance": "50 Ohm",
        "pulses": [{ "voltage": "-1 V", "width": "100 ns", "edge": "1 ns", "rest": "10 ns" }],
    })
}

fn run(script: &Value) -> (tempfile::TempDir, RecordFile) {
    let folder = folder_with(script);
    let out = succeed(folder.path(), &["run", "s.json", "--out", "out"]);
    let record = RecordFile::open(&out).unwrap();
    (folder, record)
}

#[test]
fn a_set_of_one_cell_has_its_traces_and_maps() {
    let (_folder, record) = run(&script());
    let read = |path: &str| record.numbers(path).unwrap();
    let time = read("/traces/array/time");
    assert!(time.windows(2).all(|t| t[0] <= t[1]));
    assert!((time[time.len() - 1] - 1.12e-7).abs() < 1e-15);
    // The selected cell is the first of seven watched ones.
    assert_eq!(record.shape("/traces/array/current").unwrap(), [time.len(), 7]);
    assert_eq!((read("/results/watched_row")[0], read("/results/watched_column")[0]), (1.0, 3.0));
    let voltage = read("/traces/array/crossing_voltage");
    let applied = read("/traces/array/applied_voltage");
    // At the top of the pulse: full voltage before the SET, some of it lost in the lines after it.
    let top: Vec<usize> = (0..time.len()).filter(|k| (applied[*k] + 1.0).abs() < 1e-12).collect();
    let (first, last) = (7 * top[0], 7 * top[top.len() - 1]);
    assert!(voltage[first] < -0.97 && voltage[last] > voltage[first] + 0.05);
    // The neighbour on the word line sees half; it loses what the shared line loses.
    assert!((voltage[first + 1] + 0.5).abs() < 0.02 && voltage[last + 1] > voltage[first + 1] + 0.02);
    // Current out of the bit line: the cell's and the sneak paths'.
    let (bit, sneak) = (read("/traces/array/bit_line_current"), read("/traces/array/sneak_current"));
    let current = read("/traces/array/current");
    for k in 0..time.len() {
        assert!((bit[k] - sneak[k] - current[7 * k]).abs() < 1e-15);
    }
    assert_eq!(record.shape("/results/conductance_after").unwrap(), [4, 5]);
    let (before, after) = (read("/results/conductance_before"), read("/results/conductance_after"));
    for k in 0..20 {
        let change = after[k] / before[k];
        assert!(if k == 8 { change > 20.0 } else { (change - 1.0).abs() < 0.01 }, "cell {k}: {change}");
    }
    assert!(read("/results/steps")[0] > 50.0 && read("/results/forced_steps")[0] == 0.0);
    let energy = read("/results/energy_map");
    assert!(energy[8] > 1e-11 && energy[8] < 1e-10, "{}", energy[8]);
    let page = neurofilament::report::html(record.path()).unwrap();
    for part in ["Array before and after", "same bit line, below", "Change of the state", "Sneak current"] {
        assert!(page.contains(part), "the report lacks {part}");
    }
}

#[test]
fn a_pattern_is_written_row_by_row_and_the_seed_draws_it() {
    let mut study = script();
    study["order"] = json!("row_by_row");
    study["pulses"][0]["voltage"] = json!("-1.1 V");
    let (_folder, record) = run(&study);
    let after = record.numbers("/results/conductance_after").unwrap();
    let before = record.numbers("/results/conductance_before").unwrap();
    assert!(after.iter().zip(&before).all(|(a, b)| a > &(10.0 * b)), "{after:?}");

    study["order"] = json!("cell");
    study["pattern"] = json!({ "layout": "random", "other_share": 0.5 });
    let patterns: Vec<Vec<f64>> = [1, 2]
        .into_iter()
        .map(|seed| {
            study["seed"] = json!(seed);
            run(&study).1.numbers("/results/state_before").unwrap()
        })
        .collect();
    assert_ne!(patterns[0], patterns[1]);
    // The selected cell is in the high-resistance state in each.
    assert!(patterns.iter().all(|p| (p[8] / 8e23 - 1.0).abs() < 1e-9));
}

#[test]
fn transistors_and_selectors_shield_the_other_cells() {
    // 1T1R: the column carries the voltage, the gate of one row is on.
    let mut study = script();
    study["scheme"] = json!("ground");
    study["in_series"] = json!({ "transistor": { "transconductance": "1e-3 A/V^2", "overdrive": "0.6 V" } });
    study["pulses"][0]["voltage"] = json!("-1.2 V");
    let (_folder, record) = run(&study);
    let current = record.numbers("/traces/array/current").unwrap();
    let most = current.chunks(7).map(|row| row[0].abs()).fold(0.0, f64::max);
    assert!((1.5e-4..=1.8001e-4).contains(&most), "{most}");
    let change: Vec<f64> = record
        .numbers("/results/state_after")
        .unwrap()
        .iter()
        .zip(record.numbers("/results/state_before").unwrap())
        .map(|(a, b)| a / b)
        .collect();
    assert!(change.iter().enumerate().all(|(k, c)| (*c > 10.0) == (k == 8)), "{change:?}");
    assert_eq!(record.numbers("/results/flags").unwrap()[8] as u8 & 4, 4);

    // 1S1R: no sneak current while the other selectors are off.
    let mut study = script();
    study["in_series"] = json!({
        "selector": { "off": "1 nS", "on": "1 mS", "threshold": "0.7 V", "hold_current": "1 uA" },
    });
    study["pulses"][0]["voltage"] = json!("-1.2 V");
    let (_folder, record) = run(&study);
    let sneak = record.numbers("/traces/array/sneak_current").unwrap();
    let most = sneak.iter().fold(0.0_f64, |m, i| m.max(i.abs()));
    assert!(most < 1e-8, "{most}");
    assert!(record.numbers("/results/conductance_after").unwrap()[8] > 2e-4);
    assert!(record.numbers("/results/selector_switches").unwrap()[0] >= 2.0);
}

#[test]
fn noise_that_is_not_used_and_cells_that_no_bias_moves_are_said() {
    for (card, warned, said) in [
        ("jart_vcm_v1b_discrete", "its internal noise is not used", "selected cell (1, 3)"),
        ("technology_a", "no bias moves", "no other cell changed"),
    ] {
        let mut study = script();
        study["card"] = json!(card);
        study["scheme"] = json!("V/2");
        let folder = folder_with(&study);
        let output = program(folder.path(), &["run", "s.json", "--out", "out"]);
        let [out, error] = [&output.stdout, &output.stderr].map(|s| String::from_utf8_lossy(s).into_owned());
        assert!(output.status.success() && error.contains(warned), "{card}: {error}");
        let all = format!("{out}{error}");
        assert!(all.contains(said) && !all.contains("NaN"), "{card}: {all}");
    }
}

#[test]
fn mistakes_are_named() {
    let edits: [(&str, Value, &str); 9] = [
        ("/selected", json!([4, 0]), "selected[0]"),
        ("/rows", json!(0), "rows"),
        ("/pulses", json!([]), "pulses"),
        ("/pulses/0/width", json!("0 s"), "pulses[0].width"),
        ("/source_resistance", json!("-1 Ohm"), "source_resistance"),
        ("/in_series", json!({ "compliance_current": "1 uA", "series_resistance": "1 kOhm" }), "in_series"),
        (
            "/in_series",
            json!({ "selector": { "off": "1 S", "on": "1 mS", "threshold": "1 V", "hold_current": "1 uA" } }),
            "in_series.selector.off",
        ),
        ("/pattern", json!({ "state": "middling" }), "pattern.state"),
        ("/card", json!("nothing"), "card"),
    ];
    for (place, value, field) in edits {
        let mut study = script();
        if let Some(slot) = study.pointer_mut(place) {
            *slot = value;
        } else {
            study[&place[1..]] = value;
        }
        let folder = folder_with(&study);
        let output = program(folder.path(), &["run", "s.json", "--out", "out"]);
        assert!(!output.status.success(), "{field} was accepted");
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(message.contains(field), "{field}: {message}");
    }
}
