//! Bad input to the real program: one clear sentence, the right exit code, no panic.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::expect_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_neurofilament");

fn program(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).current_dir(folder).output().expect("the program starts")
}

/// Exit code, exactly one line on stderr, no panic, and every fragment in that line.
fn expect(output: &Output, code: i32, fragments: &[&str], what: &str) {
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{what}: {stderr}");
    assert!(!stderr.contains("panicked"), "{what}: {stderr}");
    let lines: Vec<&str> = stderr.lines().filter(|l| !l.trim().is_empty()).collect();
    assert_eq!(lines.len(), 1, "{what}: {stderr}");
    assert!(lines[0].starts_with("error: "), "{what}: {stderr}");
    for fragment in fragments {
        assert!(lines[0].contains(fragment), "{what}: no \"{fragment}\" in: {stderr}");
    }
}

fn kinetics() -> Value {
    json!({
        "kind": "set_kinetics",
        "card": "jart_vcm_v1b_kinetics",
        "voltages": ["-0.8 V", "-0.9 V"],
        "threshold_current": "100 uA",
    })
}

fn pulse() -> Value {
    json!({
        "kind": "device_pulse",
        "card": "jart_vcm_v1b_iv",
        "waveform": { "steps": [{ "voltage": "0.2 V", "duration": "1 us" }] },
        "samples": 3,
    })
}

fn crossbar() -> Value {
    json!({
        "kind": "crossbar_solve",
        "array": {
            "rows": 2, "columns": 2, "conductances": { "constant": "10 uS" },
            "word_line_resistance": "1 Ohm", "bit_line_resistance": "1 Ohm",
            "source_resistance": "1 Ohm", "sense_resistance": "1 Ohm",
            "word_line_voltages": "0.2 V",
        },
    })
}

fn swept(sweep: Value) -> Value {
    let mut script = kinetics();
    script["sweep"] = sweep;
    script
}

/// Replaces (or with `null` removes) a field of a script.
fn with(mut script: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer");
    let object = script.pointer_mut(parent).and_then(Value::as_object_mut).expect("an object");
    if value.is_null() {
        object.remove(name)
    } else {
        object.insert(name.to_owned(), value)
    };
    script
}

#[test]
#[allow(clippy::too_many_lines)]
fn wrong_fields_are_named() {
    let cases: Vec<(&str, Value, Vec<&str>)> = vec![
        (
            "wrong unit",
            with(kinetics(), "/threshold_current", json!("100 V")),
            vec!["threshold_current", "100 V", "expected one in A"],
        ),
        (
            "unknown unit",
            with(kinetics(), "/threshold_current", json!("100 amps")),
            vec!["threshold_current", "amps", "not known"],
        ),
        (
            "bare number",
            with(kinetics(), "/ambient_temperature", json!(293)),
            vec!["ambient_temperature", "bare number", "\"293 K\""],
        ),
        ("no unit", with(kinetics(), "/voltages", json!(["-0.8 V", "-0.9"])), vec!["voltages[1]", "no unit"]),
        (
            "NaN",
            with(kinetics(), "/threshold_current", json!("NaN A")),
            vec!["threshold_current", "not a finite number"],
        ),
        (
            "infinite",
            with(kinetics(), "/time_limit", json!("1e999 s")),
            vec!["time_limit", "not a finite number"],
        ),
        (
            "missing field",
            with(kinetics(), "/threshold_current", Value::Null),
            vec!["threshold_current", "missing"],
        ),
        ("missing kind", with(kinetics(), "/kind", Value::Null), vec!["kind", "missing"]),
        (
            "unknown field",
            with(kinetics(), "/voltges", json!([])),
            vec!["voltges", "did you mean \"voltages\"?"],
        ),
        ("unknown header field", with(kinetics(), "/sed", json!(1)), vec!["sed", "did you mean \"seed\"?"]),
        (
            "unknown inner field",
            with(pulse(), "/waveform", json!({ "triangle": { "peaks": ["1 V"], "rat": "1 V/s" } })),
            vec!["waveform.triangle.rat", "did you mean \"rate\"?"],
        ),
        (
            "unknown kind",
            with(kinetics(), "/kind", json!("set_kinetic")),
            vec!["kind", "did you mean \"set_kinetics\"?"],
        ),
        (
            "unknown waveform",
            with(pulse(), "/waveform", json!({ "triangel": {} })),
            vec!["waveform", "triangel", "did you mean \"triangle\"?"],
        ),
        (
            "unknown card",
            with(kinetics(), "/card", json!("jart")),
            vec!["card", "\"jart\"", "jart_vcm_v1b_iv"],
        ),
        ("missing card file", with(kinetics(), "/card", json!("nowhere.json")), vec!["card", "nowhere.json"]),
        (
            "unknown parameter",
            with(kinetics(), "/parameters", json!({ "activation": "1 eV" })),
            vec!["parameters.activation", "activation_energy"],
        ),
        (
            "wrong parameter unit",
            with(kinetics(), "/parameters", json!({ "activation_energy": "1 V" })),
            vec!["parameters.activation_energy", "1 V"],
        ),
        ("wrong type", with(pulse(), "/cells", json!("many")), vec!["cells", "whole number", "many"]),
        ("negative count", with(pulse(), "/cells", json!(-1)), vec!["cells", "-1"]),
        ("no cells", with(pulse(), "/cells", json!(0)), vec!["cells", "0"]),
        ("fraction", with(pulse(), "/samples", json!(2.5)), vec!["samples", "2.5"]),
        ("one sample", with(pulse(), "/samples", json!(1)), vec!["samples", "at least 2"]),
        (
            "two samplings",
            with(pulse(), "/sample_interval", json!("1 ns")),
            vec!["sample_interval", "not both"],
        ),
        (
            "negative time",
            with(pulse(), "/waveform", json!({ "steps": [{ "voltage": "1 V", "duration": "-1 s" }] })),
            vec!["waveform.steps[0].duration", "above zero"],
        ),
        ("empty waveform", with(pulse(), "/waveform", json!({ "steps": [] })), vec!["waveform", "empty"]),
        (
            "short period",
            with(
                pulse(),
                "/waveform",
                json!({ "pulse_train": { "amplitude": "1 V", "width": "2 us", "period": "1 us" } }),
            ),
            vec!["waveform.pulse_train.period", "shorter"],
        ),
        (
            "missing CSV",
            with(pulse(), "/waveform", json!({ "samples": { "file": "none.csv" } })),
            vec!["waveform.samples.file", "none.csv"],
        ),
        (
            "negative compliance",
            with(pulse(), "/compliance_current", json!("-1 mA")),
            vec!["compliance_current", "above zero"],
        ),
        (
            "zero temperature",
            with(pulse(), "/ambient_temperature", json!("0 K")),
            vec!["ambient_temperature", "above zero"],
        ),
        (
            "unknown state",
            with(pulse(), "/initial_state", json!("middle")),
            vec!["initial_state", "middle", "hrs"],
        ),
        (
            "state out of bounds",
            with(pulse(), "/initial_state", json!("1e40 1/m^3")),
            vec!["initial_state", "bounds"],
        ),
        ("bad trace name", with(pulse(), "/trace", json!("a/b")), vec!["trace", "a/b"]),
        ("empty voltages", with(kinetics(), "/voltages", json!([])), vec!["voltages", "empty"]),
        (
            "range through zero",
            with(kinetics(), "/voltages", json!({ "from": "-1 V", "to": "1 V", "count": 3, "scale": "log" })),
            vec!["voltages", "one sign"],
        ),
        (
            "range field",
            with(kinetics(), "/voltages", json!({ "from": "-1 V", "to": "1 V", "cont": 3 })),
            vec!["voltages.cont", "did you mean \"count\"?"],
        ),
        ("future format", with(kinetics(), "/format", json!(2)), vec!["format", "2"]),
        (
            "negative resistance",
            with(crossbar(), "/array/word_line_resistance", json!("-1 Ohm")),
            vec!["array.word_line_resistance", "negative", "-1"],
        ),
        (
            "negative terminal",
            with(crossbar(), "/array/sense_resistance", json!(["1 Ohm", "-2 Ohm"])),
            vec!["array.sense_resistance[1]", "-2"],
        ),
        (
            "bare resistance",
            with(crossbar(), "/array/source_resistance", json!(5)),
            vec!["array.source_resistance", "no unit"],
        ),
        (
            "shapes",
            with(crossbar(), "/array/word_line_voltages", json!(["0.1 V"])),
            vec!["array.word_line_voltages", "1 values", "2 word lines"],
        ),
        (
            "ragged matrix",
            with(
                crossbar(),
                "/array/conductances",
                json!({ "matrix": { "unit": "uS", "values": [[1, 2], [3]] } }),
            ),
            vec!["array.conductances.matrix.values[1]", "1 values"],
        ),
        (
            "matrix and rows",
            with(
                crossbar(),
                "/array/conductances",
                json!({ "matrix": { "unit": "uS", "values": [[1, 2]] } }),
            ),
            vec!["array.rows", "matrix has 1"],
        ),
        (
            "negative conductance",
            with(crossbar(), "/array/conductances", json!({ "constant": "-1 uS" })),
            vec!["array.conductances", "negative"],
        ),
        (
            "reversed interval",
            with(crossbar(), "/array/conductances", json!({ "uniform": { "min": "2 uS", "max": "1 uS" } })),
            vec!["array.conductances.uniform.max", "below min"],
        ),
        (
            "everything floats",
            with(
                with(crossbar(), "/array/source_resistance", json!([null, null])),
                "/array/sense_resistance",
                json!([null, null]),
            ),
            vec!["array.source_resistance", "floats"],
        ),
        ("array missing", with(crossbar(), "/array/rows", Value::Null), vec!["array.rows", "missing"]),
        (
            "huge array",
            with(crossbar(), "/array/rows", json!(1_000_000_000_000_u64)),
            vec!["array.rows", "cells"],
        ),
        (
            "file and fields",
            with(crossbar(), "/array/file", json!("x.json")),
            vec!["array.rows", "array.file"],
        ),
        (
            "missing array file",
            json!({ "kind": "crossbar_solve", "array": { "file": "gone.json" } }),
            vec!["array.file", "gone.json"],
        ),
        (
            "empty axis",
            swept(json!({ "parameters": { "threshold_current": [] } })),
            vec!["sweep.parameters.threshold_current", "empty"],
        ),
        ("empty sweep", swept(json!({ "parameters": {} })), vec!["sweep", "empty"]),
        (
            "zip lengths",
            swept(
                json!({ "combine": "zip", "parameters": { "ambient_temperature": ["293 K"], "threshold_current": ["1 uA", "2 uA"] } }),
            ),
            vec!["sweep.parameters.threshold_current", "equal length"],
        ),
        ("no repeats", swept(json!({ "repeats": 0 })), vec!["sweep.repeats", "at least 1"]),
        (
            "mixed units",
            swept(
                json!({ "parameters": { "threshold_current": { "linspace": { "from": "1 uA", "to": "1 mA", "count": 3 } } } }),
            ),
            vec!["sweep.parameters.threshold_current", "same unit"],
        ),
        (
            "unknown swept field",
            swept(json!({ "parameters": { "threshold_curent": ["1 uA"] } })),
            vec!["point 0", "threshold_curent", "did you mean \"threshold_current\"?"],
        ),
        (
            "bad swept value",
            swept(json!({ "parameters": { "threshold_current": ["1 uA", "1 V"] } })),
            vec!["point 1", "threshold_current", "expected one in A"],
        ),
        (
            "unknown combination",
            swept(json!({ "combine": "zipp", "parameters": { "threshold_current": ["1 uA"] } })),
            vec!["sweep.combine", "zipp"],
        ),
    ];
    assert!(cases.len() >= 30);
    let folder = tempfile::tempdir().expect("a folder");
    for (what, script, fragments) in cases {
        fs::write(folder.path().join("bad.json"), script.to_string()).expect("written");
        let output = program(folder.path(), &["run", "bad.json"]);
        expect(&output, 2, &[&["bad.json"], &fragments[..]].concat(), what);
        assert!(!folder.path().join("results/bad.h5").exists(), "{what}");
    }
}

#[test]
fn broken_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("cut.json"), &kinetics().to_string()[..60]).expect("written");
    fs::write(path.join("list.json"), "[1, 2]").expect("written");
    fs::write(path.join("binary.json"), [0xFF_u8, 0xFE, 0x00]).expect("written");
    fs::create_dir(path.join("folder.json")).expect("made");
    let run = |name| program(path, &["run", name]);
    expect(&run("cut.json"), 2, &["cut.json", "line 1", "column"], "truncated JSON");
    expect(&run("list.json"), 2, &["list.json", "object"], "not an object");
    expect(&run("binary.json"), 2, &["binary.json"], "not text");
    expect(&run("folder.json"), 2, &["folder.json", "directory"], "a folder");
    expect(&run("missing.json"), 2, &["missing.json", "No such file"], "no file");

    for (name, text, fragments) in [
        ("word.csv", "time [us],voltage [mV]\n0,0\n1,x\n", vec!["line 3", "two numbers"]),
        ("columns.csv", "0,0\n1\n", vec!["line 2", "two columns"]),
        ("back.csv", "0,0\n2,1\n1,0\n", vec!["line 3", "go back"]),
        ("header.csv", "time [V],voltage [V]\n0,0\n1,1\n", vec!["line 1", "expected one in s"]),
        ("short.csv", "0,0\n", vec!["at least two"]),
    ] {
        fs::write(path.join(name), text).expect("written");
        let script = with(pulse(), "/waveform", json!({ "samples": { "file": name } }));
        fs::write(path.join("csv.json"), script.to_string()).expect("written");
        expect(&run("csv.json"), 2, &[&[name, "waveform.samples.file"], &fragments[..]].concat(), name);
    }

    let good = json!({
        "R_wl": 1.0, "R_bl": 1.0, "R_source": [1.0, 1.0], "R_sense": [1.0, null],
        "V_wl": [0.1, 0.1], "V_bl": [0.0, 0.0], "G": [[1e-6, 1e-6], [1e-6, 1e-6]],
    });
    for (what, array, fragments) in [
        ("lengths", with(good.clone(), "/V_wl", json!([0.1])), vec!["V_wl", "1 values", "2 word lines"]),
        ("ragged", with(good.clone(), "/G", json!([[1e-6, 1e-6], [1e-6]])), vec!["G[1]", "1 columns"]),
        ("negative", with(good.clone(), "/R_wl", json!(-1.0)), vec!["R_wl", "negative"]),
        ("type", with(good.clone(), "/R_source", json!([1.0, "a"])), vec!["R_source[1]", "a number"]),
        ("missing", with(good.clone(), "/V_bl", Value::Null), vec!["V_bl", "missing"]),
        ("unknown", with(good, "/R_sorce", json!([1.0])), vec!["R_sorce", "did you mean \"R_source\"?"]),
    ] {
        fs::write(path.join("array.json"), array.to_string()).expect("written");
        let script = json!({ "kind": "crossbar_solve", "array": { "file": "array.json" } });
        fs::write(path.join("golden.json"), script.to_string()).expect("written");
        expect(&run("golden.json"), 2, &[&["array.file", "array.json"], &fragments[..]].concat(), what);
    }
}

#[test]
fn bad_arguments_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("plain.json"), crossbar().to_string()).expect("written");
    let sweep = swept(json!({ "parameters": { "threshold_current": ["1 uA", "2 uA"] } }));
    fs::write(path.join("sweep.json"), sweep.to_string()).expect("written");
    for (arguments, fragments) in [
        (vec!["run", "plain.json", "--set", "array.rows"], vec!["--set", "array.rows", "'='"]),
        (vec!["run", "plain.json", "--set", "array..rows=3"], vec!["--set", "array..rows=3"]),
        (vec!["run", "plain.json", "--set", "array.rws=3"], vec!["array.rws", "did you mean \"rows\"?"]),
        (vec!["run", "plain.json", "--set", "kind.deep=3"], vec!["kind.deep", "cannot be set"]),
        (vec!["run", "sweep.json", "--set", "voltages.7=1 V"], vec!["voltages.7", "index"]),
        (vec!["run", "sweep.json", "--shard", "4/3"], vec!["--shard", "4/3"]),
        (vec!["run", "sweep.json", "--shard", "0/3"], vec!["--shard", "0/3"]),
        (vec!["run", "sweep.json", "--shard", "three"], vec!["--shard", "three"]),
        (vec!["run", "sweep.json", "--points", "1..9"], vec!["--points", "1..9", "2 points"]),
        (vec!["run", "sweep.json", "--points", "1..1"], vec!["--points", "1..1", "empty"]),
        (vec!["run", "plain.json", "--shard", "1/2"], vec!["plain.json", "no sweep block"]),
        (vec!["sweep", "plain.json"], vec!["plain.json", "no sweep block"]),
        (vec!["run", "plain.json", "--threads", "0"], vec!["--threads", "0"]),
        (vec!["run", "plain.json", "--seed", "-1"], vec!["-1"]),
        (vec!["run", "plain.json", "--sed", "1"], vec!["--sed"]),
        (vec!["run"], vec!["SCRIPT"]),
        (vec!["rum", "plain.json"], vec!["rum"]),
        (vec!["models", "jart"], vec!["jart", "jart_vcm_v1b_iv"]),
        (vec!["models", "gone.json"], vec!["gone.json"]),
        (vec!["merge", "out.h5", "plain.json"], vec!["plain.json"]),
        (vec!["merge", "out.h5", "."], vec!["holds no points"]),
        (vec!["merge", "out.h5", "gone.h5"], vec!["gone.h5"]),
        (vec!["report", "gone.h5"], vec!["gone.h5"]),
        (vec!["report", "plain.json"], vec!["plain.json", "HDF5"]),
    ] {
        let output = program(path, &arguments);
        let code = output.status.code().unwrap_or(0);
        assert!(code == 1 || code == 2, "{arguments:?}");
        expect(&output, code, &fragments, &arguments.join(" "));
    }
}

#[test]
fn places_that_cannot_be_written_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("plain.json"), crossbar().to_string()).expect("written");
    fs::write(path.join("file"), "in the way").expect("written");
    for out in ["file", "file/below", "/proc/results"] {
        let output = program(path, &["run", "plain.json", "--out", out]);
        expect(&output, 1, &[out], out);
    }
    fs::create_dir_all(path.join("taken/plain.h5")).expect("made");
    expect(&program(path, &["run", "plain.json", "--out", "taken"]), 1, &["plain.h5"], "a folder in the way");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_reported_and_leaves_no_complete_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let big = with(with(crossbar(), "/array/rows", json!(100)), "/array/columns", json!(100));
    let big = with(big, "/array/conductances", json!({ "uniform": { "min": "1 uS", "max": "2 uS" } }));
    fs::write(path.join("big.json"), big.to_string()).expect("written");
    let trace = with(pulse(), "/samples", json!(100_000));
    fs::write(path.join("trace.json"), trace.to_string()).expect("written");
    for script in ["big", "trace"] {
        let line = format!("trap '' XFSZ; ulimit -f 64; exec '{PROGRAM}' run {script}.json --out out");
        let output =
            Command::new("bash").args(["-c", &line]).current_dir(path).output().expect("bash starts");
        expect(&output, 1, &[&format!("{script}.h5"), "limit"], script);
        assert!(!path.join(format!("out/{script}.h5")).exists(), "{script}");
    }
}

#[cfg(unix)]
#[test]
fn a_closed_pipe_is_no_error() {
    let folder = tempfile::tempdir().expect("a folder");
    for command in ["schema", "models", "completions bash"] {
        let line = format!("set -o pipefail; '{PROGRAM}' {command} | true");
        let output =
            Command::new("bash").args(["-c", &line]).current_dir(folder.path()).output().expect("runs");
        assert!(output.status.success(), "{command}");
        assert!(output.stderr.is_empty(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    }
}
