//! Published values in scripts: checked when read, kept in the record, compared in the report.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use neurofilament::record::RecordFile;
use serde_json::{Value, json};

fn run(folder: &Path, script: &Value) -> Output {
    fs::write(folder.join("study.json"), script.to_string()).unwrap();
    Command::new(env!("CARGO_BIN_EXE_neurofilament"))
        .args(["run", "study.json", "--report"])
        .current_dir(folder)
        .output()
        .expect("the program starts")
}

fn kinetics(values: &Value) -> Value {
    json!({
        "kind": "set_kinetics",
        "card": "jart_vcm_v1b_kinetics",
        "voltages": ["-0.8 V", "-0.9 V"],
        "threshold_current": "100 uA",
        "published": { "source": "A paper, table 1", "values": values },
    })
}

/// Ours are 10.1 µs and 389 ns (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020)).
#[test]
fn values_stand_beside_ours_in_record_and_report() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &kinetics(&json!({ "set_time": [null, "0.5 us"] })));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let record = RecordFile::open(&folder.path().join("results/study.h5")).unwrap();
    let values = record.numbers("/published/set_time").unwrap();
    assert!(values[0].is_nan() && (values[1] - 5e-7).abs() < 1e-20);
    assert_eq!(record.unit_and_name("/published/set_time").unwrap().0, "s");
    let page = fs::read_to_string(folder.path().join("results/study.html")).unwrap();
    assert!(page.contains("Published and ours") && page.contains("A paper, table 1"));
    assert!(page.contains("\u{2212}900 mV") && page.contains("500 ns"));
    let ours = record.numbers("/results/set_time").unwrap()[1];
    let deviation = format!("\u{2212}{:.1} %", 100.0 * (1.0 - ours / 5e-7));
    assert!(page.contains(&deviation), "{deviation}");
}

/// A result may lie in a group, as those of learners do.
#[test]
fn results_in_groups_are_compared() {
    let folder = tempfile::tempdir().unwrap();
    let script = json!({
        "kind": "continual_learning",
        "seeds": 1,
        "stream": { "contexts": [[0, 1], [2, 3]] },
        "learning": { "iterations": 1 },
        "published": { "source": "A paper", "values": { "bir/accuracy": ["89 %"] } },
    });
    let output = run(folder.path(), &script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(folder.path().join("results/study.html")).unwrap();
    assert!(page.contains("Published and ours") && !page.contains("Not comparable"));
}

#[test]
fn a_sweep_compares_point_after_point() {
    let folder = tempfile::tempdir().unwrap();
    let mut script = kinetics(&json!({ "set_time": ["10 us", "0.4 us", "3 us", null] }));
    script["sweep"] = json!({ "parameters": { "ambient_temperature": ["293 K", "320 K"] } });
    let output = run(folder.path(), &script);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let page = fs::read_to_string(folder.path().join("results/study.html")).unwrap();
    assert!(page.contains("ambient temperature = 320 K, \u{2212}800 mV"), "labels of points");
}

#[test]
fn what_cannot_be_compared_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &kinetics(&json!({ "set_time": ["10 us"], "reset_time": ["1 s"] })));
    assert!(output.status.success());
    let page = fs::read_to_string(folder.path().join("results/study.html")).unwrap();
    assert!(page.contains("the record has 2 values in s, the script gives 1 in s"));
    assert!(page.contains("the record has no result reset_time"));
    for (values, fragment) in [
        (json!({ "set_time": ["10 blorg", null] }), "published.values.set_time[0]"),
        (json!({ "set_time": ["10 us", "1 V"] }), "published.values.set_time[1]"),
        (json!({ "set_time": [null, null] }), "holds no value"),
        (json!({ "": ["1 s"] }), "is not the name of a result"),
        (json!({ "../set_time": ["1 s"] }), "is not the name of a result"),
        (json!({}), "name at least one result"),
    ] {
        let output = run(folder.path(), &kinetics(&values));
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{stderr}");
        assert!(stderr.contains(fragment), "{stderr}");
    }
}
