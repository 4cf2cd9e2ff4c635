//! Conduction traces: their physics, their record, and learners that read it.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::float_cmp, reason = "flags, labels and counts")]

use std::fs;
use std::path::Path;

use neurofilament::record::{Attribute, RecordFile};
use serde_json::{Value, json};

mod runs;

use runs::{folder_with, program, succeed};

/// JART with the published windows; its limit stands in place of the largest concentration.
fn jart(from: &str, to: &str) -> Value {
    json!({
        "card": "jart_vcm_v1b_var_iv", "parameters": { "maximum_concentration": "20e26 1/m^3" },
        "fixed": ["maximum_concentration"], "from": from, "to": to,
    })
}

fn taox(from: &str, to: &str) -> Value {
    json!({
        "card": "vteam_taox", "from": from, "to": to,
        "spread": { "off_resistance": { "device": "10 %", "cycle": "5 %" }, "on_rate": { "device": 1 } },
    })
}

/// Two cards, four levels.
fn small() -> Value {
    json!({
        "kind": "conduction_traces", "seed": 4,
        "levels": ["10 uA", "40 uA", "1.3 mA", "2.5 mA"],
        "cells": [jart("10 uA", "700 uA"), taox("1 mA", "5 mA")],
        "devices": 20, "cycles": 2, "points": 64, "limit_spread": "10 %",
    })
}

fn number(file: &RecordFile, path: &str, name: &str) -> f64 {
    match file.attributes(path).unwrap().into_iter().find(|(own, _)| own == name).unwrap().1 {
        Attribute::F64(value) => value,
        Attribute::I64(value) => value as f64,
        other => panic!("{other:?}"),
    }
}

fn refused(folder: &Path, says: &[&str]) {
    let output = program(folder, &["run", "s.json"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && says.iter().all(|part| text.contains(part)), "{says:?}: {text}");
    assert!(!text.contains("panicked"), "{text}");
}

#[test]
fn the_record_says_what_was_measured() {
    let folder = folder_with(&small());
    let file = RecordFile::open(&succeed(folder.path(), &["run", "s.json"])).unwrap();
    let read = |path: &str| file.numbers(path).unwrap();
    let (current, values) = (read("/traces/current"), read("/samples/values"));
    let limits = read("/traces/compliance_current");
    let (label, test, device) = (read("/samples/label"), read("/samples/test"), read("/traces/device"));
    let points = read("/traces/voltage").len();
    assert_eq!((points, current.len()), (64, 64 * limits.len()));

    // Normalised values can be undone with what the record says, and lie in 0 to 1.
    let (floor, top) = ["floor_current", "top_current"].map(|n| number(&file, "/samples/values", n)).into();
    for (i, u) in current.iter().zip(&values) {
        let back = (u * (top / floor).asinh()).sinh() * floor;
        assert!((back - i).abs() <= 1e-5 * i + 1e-6 * floor && (0.0..=1.0).contains(u), "{i} {u} {back}");
    }

    // No trace exceeds its device's limit, all have reached it, and it is the device's own.
    let level = [10e-6, 40e-6, 1.3e-3, 2.5e-3];
    let mut ratios = Vec::new();
    for (k, trace) in current.chunks(points).enumerate() {
        assert!((limits[k] - level[label[k] as usize]).abs() < 1e-12);
        let most = trace.iter().copied().fold(0.0, f64::max);
        let held = trace.iter().filter(|i| **i > most * (1.0 - 1e-9)).count();
        let ratio = most / limits[k];
        assert!(held > 3 && ((-0.301_f64).exp()..0.301_f64.exp()).contains(&ratio), "{held} {ratio}");
        ratios.push((device[k] as u64, ratio));
    }
    ratios.sort_by(|a, b| a.partial_cmp(b).unwrap());
    for pair in ratios.windows(2).filter(|pair| pair[0].0 == pair[1].0) {
        assert!((pair[0].1 / pair[1].1 - 1.0).abs() < 1e-6, "{pair:?}");
    }

    // The resistances are those of the traces at the read point.
    let (point, volts) = ["read_point", "read_voltage"].map(|n| number(&file, "/traces/voltage", n)).into();
    let (before, after) = (read("/traces/resistance_before"), read("/traces/resistance_after"));
    for (k, trace) in current.chunks(points).enumerate() {
        let at = point as usize;
        assert!((after[k] / (volts / trace[at]) - 1.0).abs() < 1e-12);
        assert!(
            (before[k] / (volts / trace[points - 1 - at]) - 1.0).abs() < 1e-12 && before[k] > 2.0 * after[k]
        );
    }

    // Split by device, a fifth of every level; the first samples hold all levels.
    for k in 0..label.len() {
        assert!((0..k).all(|j| device[j] != device[k] || test[j] == test[k]));
    }
    let traces = read("/results/traces");
    assert_eq!(traces, [40.0, 40.0, 0.0, 0.0, 0.0, 0.0, 40.0, 40.0]);
    let kept = |l: f64| label.iter().filter(|own| **own == l).count() as f64;
    let failures = read("/results/failures");
    for l in 0..4 {
        assert_eq!(kept(l as f64), traces[l] + traces[4 + l] - failures[l] - failures[4 + l]);
    }
    let tests = (0..label.len()).filter(|&k| label[k] == 1.0 && test[k] > 0.0).count();
    assert_eq!((kept(1.0), tests), (40.0, 8));
    let mut first = label[..8].to_vec();
    first.sort_by(f64::total_cmp);
    first.dedup();
    assert_eq!(first.len(), 4);
}

#[test]
fn cells_that_fail_are_left_out_or_kept() {
    let mut script = small();
    // Cells with so many vacancies that they conduct 10 uA before they switch.
    script["least_ratio"] = json!(1.5);
    script["levels"] = json!(["8 uA", "40 uA"]);
    script["cells"] = json!([jart("8 uA", "700 uA")]);
    script["devices"] = json!(30);
    let folder = folder_with(&script);
    let without = RecordFile::open(&succeed(folder.path(), &["run", "s.json", "--out", "a"])).unwrap();
    script["keep_failures"] = json!(true);
    fs::write(folder.path().join("s.json"), script.to_string()).unwrap();
    let with = RecordFile::open(&succeed(folder.path(), &["run", "s.json", "--out", "b"])).unwrap();
    let failures: f64 = without.numbers("/results/failures").unwrap().iter().sum();
    assert!(failures > 0.0);
    assert_eq!(without.numbers("/results/failures").unwrap(), with.numbers("/results/failures").unwrap());
    assert!(without.numbers("/traces/switched").unwrap().iter().all(|s| *s == 1.0));
    let switched = with.numbers("/traces/switched").unwrap();
    assert_eq!(switched.len(), 120);
    assert_eq!(switched.iter().filter(|s| **s == 0.0).count() as f64, failures);
}

#[test]
fn the_resistance_follows_the_compliance_law() {
    let mut script = small();
    script["levels"] =
        json!(["10 uA", "20 uA", "40 uA", "80 uA", "160 uA", "320 uA", "1.26 mA", "2.5 mA", "5 mA"]);
    script["cells"] = json!([jart("10 uA", "700 uA"), taox("1 mA", "5 mA"), {
        "card": "stanford_pku_tiox_hfox_1p7nm", "from": "20 uA", "to": "80 uA",
        "spread": { "maximum_gap": { "device": "5 %" } },
    }]);
    script["devices"] = json!(10);
    script["cycles"] = json!(1);
    let folder = folder_with(&script);
    let file = RecordFile::open(&succeed(folder.path(), &["run", "s.json"])).unwrap();
    let read = |path: &str| file.numbers(path).unwrap();
    let (exponents, voltages) = (read("/results/law_exponent"), read("/results/law_voltage"));
    println!("| card | n, published near 1 | ours | R I, published near 0.4 V | ours |");
    println!("|---|---|---|---|---|");
    for (name, k) in [("jart_vcm_v1b_var_iv", 0), ("stanford_pku_tiox_hfox_1p7nm", 2), ("vteam_taox", 1)] {
        let (n, volts) = (exponents[k], voltages[k]);
        println!("| `{name}` | 1 | {n:.2} | 0.4 V | {volts:.2} V |");
        assert!((0.7..=1.3).contains(&n) && (0.25..=0.65).contains(&volts), "{name}: {n} {volts}");
    }
    // Where the resistance no longer depends on the limit it is not part of the law.
    let used = read("/results/law_used");
    assert_eq!(&used[..9], [1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0]);
}

#[test]
fn levels_that_a_card_does_not_reach_are_refused() {
    for (cells, says) in [
        (
            json!([jart("10 uA", "2 mA"), taox("1 mA", "5 mA")]),
            ["cells[0].to", "does not switch", "reaches 8."],
        ),
        (
            json!([jart("10 uA", "700 uA"), taox("30 uA", "5 mA")]),
            ["cells[1].from", "does not fall", "narrow"],
        ),
        (json!([jart("10 uA", "700 uA")]), ["levels[2]", "0.0013 A", "outside the ranges"]),
        (
            json!([jart("10 uA", "700 uA"), taox("7 mA", "8 mA")]),
            ["cells[1].from", "holds no level", "0.007"],
        ),
        (json!([]), ["cells", "is empty", "one card"]),
    ] {
        let mut script = small();
        // Only the second case leaves the levels to both cards.
        script["cells"] = cells;
        if says[0] == "cells[1].from" && says[1] == "holds no level" {
            script["levels"] = json!(["10 uA", "40 uA"]);
        }
        refused(folder_with(&script).path(), &says);
    }
}

#[test]
fn wrong_fields_are_named() {
    let cases: [(&str, Value, &[&str]); 14] = [
        ("/levels", json!(["40 uA", "10 uA"]), &["levels[1]", "must rise"]),
        ("/levels", json!(["40 uA"]), &["levels", "2 to 256"]),
        ("/points", json!(4), &["points", "16 to 4096"]),
        ("/test_share", json!(1), &["test_share", "not between 0 and 1"]),
        ("/devices", json!(3), &["devices", "test devices"]),
        ("/read_voltage", json!("1 V"), &["read_voltage", "half the peak"]),
        ("/least_ratio", json!(0.5), &["least_ratio", "at least 1"]),
        ("/limit_spread", json!(2), &["limit_spread", "0 to 0.5"]),
        ("/cells/0/fixed", json!(["radius"]), &["cells[0].fixed[0]", "\"radius\" has no window"]),
        ("/cells/0/to", json!("1 uA"), &["cells[0].to", "below from"]),
        ("/cells/1/spread", json!({}), &["cells[1].spread", "no device-to-device windows", "on_resistance"]),
        ("/cells/1/spread/on_rates", json!({}), &["cells[1].spread.on_rates", "cannot vary", "on_rate"]),
        ("/cells/1/spread/on_rate/cycle", json!(9), &["cells[1].spread.on_rate.cycle", "0 to 3"]),
        ("/cells/0/spread", json!({ "disc_length": {} }), &["cells[0].spread.disc_length", "gives a window"]),
    ];
    for (pointer, value, says) in cases {
        let mut script = small();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        script.pointer_mut(parent).unwrap()[name] = value;
        refused(folder_with(&script).path(), says);
    }
}

/// A network that learns the levels from the record.
fn learner(data: &Value) -> Value {
    json!({
        "kind": "inference", "seed": 3, "data": data,
        "network": { "layers": [
            { "kind": "flatten" }, { "kind": "dense", "outputs": 30 }, { "kind": "relu" }, { "kind": "dense", "outputs": 4 } ] },
        "training": { "epochs": 300, "learning_rate": 0.02 },
        "arrays": { "card": "technology_b" }, "times": ["1 s"],
    })
}

#[test]
fn learners_read_the_record() {
    let folder = folder_with(&small());
    let path = folder.path();
    succeed(path, &["run", "s.json", "--out", "."]);
    fs::rename(path.join("s.h5"), path.join("traces.h5")).unwrap();
    let write = |script: &Value| fs::write(path.join("s.json"), script.to_string()).unwrap();
    write(&learner(&json!({ "set": "traces", "file": "traces.h5" })));
    let file = RecordFile::open(&succeed(path, &["run", "s.json"])).unwrap();
    let accuracy = file.numbers("/inference/network/float_accuracy").unwrap()[0];
    assert!(accuracy > 0.8, "{accuracy}");

    fs::write(path.join("text.h5"), "no record").unwrap();
    for (data, says) in [
        (json!({ "set": "traces" }), vec!["data.file", "is missing", "conduction_traces"]),
        (json!({ "set": "traces", "file": "none.h5" }), vec!["data.file", "there is no file \"none.h5\""]),
        (json!({ "set": "traces", "file": "text.h5" }), vec!["data.file", "text.h5"]),
        (json!({ "set": "traces", "file": "results/s.h5" }), vec!["data.file", "of the kind inference"]),
        (json!({ "set": "digits", "file": "traces.h5" }), vec!["data.file", "traces.h5", "not a text file"]),
        (json!({ "set": "mnist", "file": "traces.h5" }), vec!["data.file", "belongs to traces or"]),
        (json!({ "set": "traces", "file": "traces.h5", "crop": 1 }), vec!["data.crop", "leave it away"]),
        (json!({ "set": "traces", "file": "traces.h5", "test_share": 0.5 }), vec!["data.test_share"]),
        (json!({ "set": "trace" }), vec!["data.set", "\"trace\" is not known", "traces"]),
    ] {
        write(&learner(&data));
        refused(path, &says);
    }
}
