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

fn replay() -> Value {
    json!({
        "kind": "replay_digits",
        "learning": { "iterations": 2, "contexts": [[0, 1], [2, 3]] },
        "arrays": { "card": "jart_vcm_v1b_kinetics", "design": {} },
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
    refuse(&cases);
}

/// Every script is refused as bad input before anything is computed.
fn refuse(cases: &[(&str, Value, Vec<&str>)]) {
    let folder = tempfile::tempdir().expect("a folder");
    for (what, script, fragments) in cases {
        fs::write(folder.path().join("bad.json"), script.to_string()).expect("written");
        let output = program(folder.path(), &["run", "bad.json"]);
        expect(&output, 2, &[&["bad.json"], &fragments[..]].concat(), what);
        assert!(!folder.path().join("results/bad.h5").exists(), "{what}");
    }
}

#[test]
#[allow(clippy::too_many_lines)]
fn wrong_fields_of_learning_are_named() {
    let learning = |field: &str, value: Value| with(replay(), &format!("/learning/{field}"), value);
    let design = |field: &str, value: Value| with(replay(), &format!("/arrays/design/{field}"), value);
    refuse(&[
        ("no contexts", learning("contexts", json!([])), vec!["learning.contexts", "at least one context"]),
        (
            "a context without classes",
            learning("contexts", json!([[0], []])),
            vec!["learning.contexts", "at least one class"],
        ),
        (
            "a class that the data lack",
            learning("contexts", json!([[0, 1], [12]])),
            vec!["learning.contexts", "class 12 is not in the data, which has 10 classes"],
        ),
        (
            "a class twice",
            learning("contexts", json!([[0, 1], [1]])),
            vec!["learning.contexts", "class 1 is listed twice"],
        ),
        ("no class number", learning("contexts", json!([[0, 300]])), vec!["learning.contexts", "300"]),
        ("contexts of no list", learning("contexts", json!("all")), vec!["learning.contexts", "a list"]),
        (
            "test share of two",
            learning("test_share", json!(2)),
            vec!["learning.test_share", "between 0 and 1"],
        ),
        ("test share of all", learning("test_share", json!(1.0)), vec!["learning.test_share", "is 1"]),
        ("NaN as text", learning("learning_rate", json!("NaN")), vec!["learning.learning_rate", "a number"]),
        ("no learning", learning("learning_rate", json!(0)), vec!["learning.learning_rate", "above 0"]),
        ("no iterations", learning("iterations", json!(0)), vec!["learning.iterations", "from 1"]),
        (
            "endless iterations",
            learning("iterations", json!(u64::MAX)),
            vec!["learning.iterations", "from 1"],
        ),
        ("all gates shut", learning("gate_fraction", json!(1)), vec!["learning.gate_fraction", "below 1"]),
        (
            "unknown learning field",
            learning("hiden_units", json!(3)),
            vec!["learning.hiden_units", "did you mean \"hidden_units\"?"],
        ),
        (
            "unknown update rule",
            learning("update_rule", json!("adamm")),
            vec!["learning.update_rule", "did you mean \"adam\"?"],
        ),
        (
            "a network beyond memory",
            learning("hidden_units", json!(65_536)),
            vec!["learning.hidden_units", "weights"],
        ),
        (
            "a batch beyond memory",
            with(learning("hidden_units", json!(2048)), "/learning/batch", json!(65_536)),
            vec!["learning.batch", "activations"],
        ),
        ("no seeds", with(replay(), "/seeds", json!(0)), vec!["seeds", "from 1 to 4096", "is 0"]),
        ("huge seeds", with(replay(), "/seeds", json!(u64::MAX)), vec!["seeds", "from 1 to 4096"]),
        ("a seed below zero", with(replay(), "/seed", json!(-1)), vec!["seed", "-1"]),
        (
            "a card without write pulses",
            with(replay(), "/arrays/card", json!("jart_vcm_v1b_iv")),
            vec!["arrays.card", "jart_vcm_v1b_iv", "\"writing\""],
        ),
        (
            "an unknown card",
            with(replay(), "/arrays/card", json!("jart")),
            vec!["arrays.card", "jart_vcm_v1b_iv"],
        ),
        ("no card", with(replay(), "/arrays/card", Value::Null), vec!["arrays.card", "missing"]),
        (
            "a parameter in the wrong unit",
            with(replay(), "/arrays/parameters", json!({ "activation_energy": "1 V" })),
            vec!["arrays.parameters.activation_energy", "1 V"],
        ),
        (
            "below absolute zero",
            with(replay(), "/arrays/ambient_temperature", json!("-300 °C")),
            vec!["arrays.ambient_temperature", "above zero"],
        ),
        (
            "converter of one bit",
            design("adc_bits", json!(1)),
            vec!["arrays.design.adc_bits", "from 2 to 16"],
        ),
        (
            "converter of many bits",
            design("dac_bits", json!(99)),
            vec!["arrays.design.dac_bits", "from 2 to 16"],
        ),
        (
            "tiles without rows",
            design("tile_rows", json!(0)),
            vec!["arrays.design.tile_rows", "from 1 to 4096"],
        ),
        (
            "negative noise",
            design("cycle_noise", json!(-0.1)),
            vec!["arrays.design.cycle_noise", "from 0 to 10"],
        ),
        ("weights of zero", design("weight_range", json!(0)), vec!["arrays.design.weight_range", "1e-6"]),
        (
            "weights without end",
            design("weight_range", json!(1e300)),
            vec!["arrays.design.weight_range", "1e6"],
        ),
        (
            "tables beyond memory",
            design("table_points", json!(1_000_000_000_000_u64)),
            vec!["arrays.design.table_points", "from 9 to 4097"],
        ),
        (
            "unknown design field",
            design("adc_bit", json!(8)),
            vec!["arrays.design.adc_bit", "did you mean \"adc_bits\"?"],
        ),
        (
            "missing data file",
            with(replay(), "/data", json!({ "file": "none.csv" })),
            vec!["data.file", "none.csv", "no file"],
        ),
        ("a folder as data", with(replay(), "/data", json!({ "file": "." })), vec!["data.file", "a folder"]),
    ]);
}

#[test]
fn sizes_beyond_memory_and_numbers_beyond_range_are_refused() {
    let far = json!({ "steps": [
        { "voltage": "0.2 V", "duration": "1.5e308 s" }, { "voltage": "0 V", "duration": "1.5e308 s" },
    ] });
    refuse(&[
        (
            "endless samples",
            with(pulse(), "/samples", json!(u64::MAX)),
            vec!["samples", "at most 1000000000000"],
        ),
        (
            "endless samples by interval",
            with(with(pulse(), "/samples", Value::Null), "/sample_interval", json!("1e-300 s")),
            vec!["sample_interval", "more than 1000000000000"],
        ),
        ("a waveform without end", with(pulse(), "/waveform", far), vec!["waveform", "too long"]),
        ("cells beyond memory", with(pulse(), "/cells", json!(u64::MAX)), vec!["cells", "1 to 1000000"]),
        (
            "rows without columns",
            with(with(crossbar(), "/array/rows", json!(1_u64 << 60)), "/array/columns", json!(0)),
            vec!["array.columns", "is 0"],
        ),
        (
            "rows times columns wraps",
            with(with(crossbar(), "/array/rows", json!(1_u64 << 63)), "/array/columns", json!(2)),
            vec!["array.rows", "cells"],
        ),
        (
            "a range beyond memory",
            with(kinetics(), "/voltages", json!({ "from": "-1 V", "to": "-2 V", "count": 1_u64 << 60 })),
            vec!["voltages", "at most"],
        ),
        (
            "a range too wide",
            with(kinetics(), "/voltages", json!({ "from": "-1.5e308 V", "to": "1.5e308 V", "count": 3 })),
            vec!["voltages", "too wide"],
        ),
        (
            "beyond the range of numbers by prefix",
            with(kinetics(), "/threshold_current", json!("1e300 TA")),
            vec!["threshold_current", "not a finite number"],
        ),
        (
            "a power too high",
            with(kinetics(), "/threshold_current", json!("1 A V^9 V^9 V^9 V^9 V^9")),
            vec!["threshold_current", "not known"],
        ),
        (
            "repeats beyond reason",
            swept(json!({ "repeats": 1_u64 << 60 })),
            vec!["sweep", "more than 1000000 points"],
        ),
        (
            "an axis beyond memory",
            swept(json!({ "parameters": { "threshold_current": {
                "linspace": { "from": "1 uA", "to": "9 uA", "count": 1_u64 << 60 },
            } } })),
            vec!["sweep.parameters.threshold_current", "at most"],
        ),
        (
            "a path without end",
            swept(json!({ "parameters": { (vec!["a"; 5000].join(".")): [1] } })),
            vec!["sweep", "at most 100"],
        ),
    ]);
}

#[test]
fn broken_files_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("cut.json"), &kinetics().to_string()[..60]).expect("written");
    fs::write(path.join("list.json"), "[1, 2]").expect("written");
    fs::write(path.join("nan.json"), kinetics().to_string().replace("\"100 uA\"", "NaN")).expect("written");
    fs::write(path.join("huge.json"), r#"{"kind": "device_pulse", "samples": 1e999}"#).expect("written");
    fs::write(path.join("deep.json"), "[".repeat(100_000)).expect("written");
    fs::write(path.join("empty.json"), "").expect("written");
    fs::write(path.join("binary.json"), [0xFF_u8, 0xFE, 0x00]).expect("written");
    fs::create_dir(path.join("folder.json")).expect("made");
    let run = |name| program(path, &["run", name]);
    expect(&run("cut.json"), 2, &["cut.json", "line 1", "column"], "truncated JSON");
    expect(&run("list.json"), 2, &["list.json", "object"], "not an object");
    expect(&run("nan.json"), 2, &["nan.json", "not valid JSON", "line 1"], "NaN");
    expect(&run("huge.json"), 2, &["huge.json", "out of range"], "a number beyond range");
    expect(&run("deep.json"), 2, &["deep.json", "recursion limit"], "nested without end");
    expect(&run("empty.json"), 2, &["empty.json", "EOF"], "empty");
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
fn broken_data_sets_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let line = |pixel: &str, label: &str| format!("{pixel},{}{label}\n", "0,".repeat(63));
    let pairs: String = (0..4).map(|class| line("3", &class.to_string()).repeat(3)).collect();
    let zeros = "0".repeat(64);
    for (what, bytes, sha256, fragments) in [
        ("another checksum", pairs.clone().into_bytes(), json!(zeros), vec!["SHA-256", zeros.as_str()]),
        ("no checksum", pairs.clone().into_bytes(), json!("abc"), vec!["abc", "64 hexadecimal digits"]),
        ("an empty file", Vec::new(), Value::Null, vec!["no samples"]),
        ("no text", vec![0x1f, 0x8b, 0xff], Value::Null, vec!["not a text file"]),
        (
            "a short line",
            format!("{pairs}1,2,3\n").into_bytes(),
            Value::Null,
            vec!["line 13", "3 columns", "65"],
        ),
        (
            "no number",
            format!("{pairs}{}", line("NaN", "1")).into_bytes(),
            Value::Null,
            vec!["line 13", "NaN"],
        ),
        ("too much ink", line("17", "1").into_bytes(), Value::Null, vec!["line 1, column 1", "17"]),
        ("no label", line("1", "ten").into_bytes(), Value::Null, vec!["line 1", "label `ten`"]),
        (
            "a lonely sample",
            format!("{pairs}{}", line("1", "7")).into_bytes(),
            Value::Null,
            vec!["class 7", "at least 2"],
        ),
        (
            "a class without samples",
            line("1", "0").repeat(9).into_bytes(),
            Value::Null,
            vec!["class 1", "no sample"],
        ),
    ] {
        fs::write(path.join("mine.csv"), bytes).expect("written");
        let mut script = replay();
        script["data"] = json!({ "file": "mine.csv", "sha256": sha256 });
        fs::write(path.join("own.json"), script.to_string()).expect("written");
        let output = program(path, &["run", "own.json"]);
        let place = if what == "a class without samples" { "learning" } else { "data.file" };
        expect(&output, 2, &[&["own.json", place], &fragments[..]].concat(), what);
    }
}

#[test]
fn broken_cards_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let shipped = device_models::card::SHIPPED.iter().find(|(name, _)| *name == "jart_vcm_v1b_kinetics");
    let text = shipped.expect("shipped").1;
    let card: Value = serde_json::from_str(text).expect("JSON");
    let change = |pointer: &str, value: Value| with(card.clone(), pointer, value).to_string();
    let windows = "/variability/windows/minimum_concentration";
    for (what, text, fragments) in [
        ("truncated", text[..700].to_owned(), vec!["line"]),
        (
            "not a number",
            change("/parameters/filament_radius", json!("NaN nm")),
            vec!["filament_radius", "finite"],
        ),
        ("a bare number", change("/parameters/filament_radius", json!(45)), vec!["45"]),
        ("below zero", change("/parameters/filament_radius", json!("-45 nm")), vec!["filament_radius"]),
        (
            "a missing parameter",
            change("/parameters/filament_radius", Value::Null),
            vec!["filament_radius", "missing"],
        ),
        ("an unknown parameter", change("/parameters/radius", json!("1 nm")), vec!["parameters.radius"]),
        ("an unknown model", change("/model", json!("jart")), vec!["model", "stanford_pku"]),
        ("a future format", change("/format", json!(2)), vec!["format"]),
        ("no read voltage", change("/read_voltage", json!("0 V")), vec!["read_voltage"]),
        ("a window upside down", change("/writing/window", json!(["2 S", "1 S"])), vec!["writing.window"]),
        (
            "an unknown state",
            change("/writing/forming/state", json!("mid")),
            vec!["writing.forming.state", "mid"],
        ),
        (
            "crossing windows",
            change(&format!("{windows}/max"), json!("21e26 1/m^3")),
            vec!["variability.windows"],
        ),
    ] {
        fs::write(path.join("mine.json"), text).expect("written");
        for (script, place) in [
            (with(pulse(), "/card", json!("mine.json")), "card"),
            (with(replay(), "/arrays/card", json!("mine.json")), "arrays.card"),
        ] {
            let script = if place == "card" { with(script, "/spread", json!(true)) } else { script };
            fs::write(path.join("own.json"), script.to_string()).expect("written");
            let output = program(path, &["run", "own.json"]);
            expect(&output, 2, &[&["own.json", place], &fragments[..]].concat(), what);
        }
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
        (vec!["run", "plain.json", "--seed", "18446744073709551616"], vec!["--seed"]),
        (vec!["run", "sweep.json", "--points", "0..99999999999999999999"], vec!["--points"]),
        (vec!["completions", "cmd"], vec!["cmd", "bash"]),
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

/// The program as a user without special rights: root may read and write everything.
#[cfg(unix)]
fn as_plain_user(folder: &Path, arguments: &[&str]) -> Output {
    use std::os::unix::fs::{MetadataExt, PermissionsExt};
    use std::os::unix::process::CommandExt;
    let mut command = if fs::metadata(folder).expect("a folder").uid() == 0 {
        // The build folder may be closed to others; a copy is not.
        let copy = folder.join("program");
        // By another process: a file that this one has open for writing cannot be started.
        if !copy.exists() {
            assert!(Command::new("cp").arg(PROGRAM).arg(&copy).status().expect("cp starts").success());
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("opened");
        let mut command = Command::new(copy);
        command.uid(65534).gid(65534);
        command
    } else {
        Command::new(PROGRAM)
    };
    command.args(arguments).current_dir(folder).output().expect("the program starts")
}

#[cfg(unix)]
#[test]
fn missing_rights_are_named() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let mode = |name: &str, mode: u32| {
        fs::set_permissions(path.join(name), fs::Permissions::from_mode(mode)).expect("changed");
    };
    fs::write(path.join("plain.json"), crossbar().to_string()).expect("written");
    fs::write(path.join("secret.json"), crossbar().to_string()).expect("written");
    fs::write(path.join("secret.h5"), "").expect("written");
    fs::write(path.join("secret.csv"), "0,0\n1,1\n").expect("written");
    let script = with(pulse(), "/waveform", json!({ "samples": { "file": "secret.csv" } }));
    fs::write(path.join("csv.json"), script.to_string()).expect("written");
    let mut script = replay();
    script["data"] = json!({ "file": "secret.csv" });
    fs::write(path.join("digits.json"), script.to_string()).expect("written");
    for name in ["secret.json", "secret.h5", "secret.csv"] {
        mode(name, 0o000);
    }
    fs::create_dir(path.join("closed")).expect("made");
    mode("closed", 0o555);
    let denied = "ermission denied";
    let run = |arguments: &[&str]| as_plain_user(path, arguments);
    expect(&run(&["run", "secret.json"]), 2, &["secret.json", denied], "script");
    expect(&run(&["run", "csv.json"]), 2, &["secret.csv", denied], "waveform");
    expect(&run(&["run", "digits.json"]), 2, &["data.file", "secret.csv", denied], "data");
    expect(&run(&["models", "secret.json"]), 2, &["secret.json", denied], "card");
    expect(&run(&["report", "secret.h5"]), 1, &["secret.h5", denied], "record");
    expect(&run(&["run", "plain.json", "--out", "closed"]), 1, &["closed/plain.h5", denied], "folder");
    expect(&run(&["run", "plain.json", "--out", "closed/below"]), 1, &["closed/below", denied], "inside");
    assert_eq!(fs::read_dir(path.join("closed")).expect("read").count(), 0);
}

/// A real full disk: a small file system of its own, where the system lets us make one.
#[cfg(target_os = "linux")]
#[test]
fn a_full_file_system_is_reported() {
    use std::io::Write;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let trace = with(pulse(), "/samples", json!(400_000));
    fs::write(path.join("trace.json"), trace.to_string()).expect("written");
    let mut sweep = with(pulse(), "/samples", json!(200_000));
    sweep["sweep"] = json!({ "repeats": 3 });
    fs::write(path.join("sweep.json"), sweep.to_string()).expect("written");
    fs::create_dir(path.join("small")).expect("made");
    let inside = |line: &str| {
        let mount = format!("mount -t tmpfs -o size=128k tmpfs small && {{ {line}; }}");
        Command::new("unshare")
            .args(["--user", "--map-root-user", "--mount", "bash", "-c", &mount])
            .current_dir(path)
            .output()
    };
    if !inside("true").is_ok_and(|output| output.status.success()) {
        let notice = "SKIPPED: a_full_file_system_is_reported, no file system can be mounted here";
        let _ = writeln!(std::io::stderr(), "\n{notice}");
        return;
    }
    for script in ["trace", "sweep"] {
        let line = format!("'{PROGRAM}' run {script}.json --out small; code=$?; ls small >&3; exit $code");
        let output = inside(&format!("{{ {line}; }} 3>listing")).expect("starts");
        expect(&output, 1, &["small/", "no space is left"], script);
        let listing = fs::read_to_string(path.join("listing")).expect("listed");
        assert!(!listing.lines().any(|name| name == format!("{script}.h5")), "{listing}");
    }
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

#[cfg(unix)]
#[test]
fn completions_are_valid_and_help_names_the_exit_codes() {
    let folder = tempfile::tempdir().expect("a folder");
    let text = |arguments: &[&str]| {
        let output = program(folder.path(), arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&["completions", shell]);
        for word in ["run", "sweep", "merge", "report", "models", "schema", "completions", "threads"] {
            assert!(script.contains(word), "{shell}: {word}");
        }
        let file = folder.path().join(shell);
        fs::write(&file, script).expect("written");
        // Syntax, as far as the shell is installed; bash is everywhere the other tests run.
        if let (Ok(checked), "bash" | "zsh" | "fish") =
            (Command::new(shell).arg("-n").arg(&file).output(), shell)
        {
            assert!(checked.status.success(), "{shell}: {}", String::from_utf8_lossy(&checked.stderr));
        }
    }
    let line = "source ./bash && complete -p neurofilament && COMP_WORDS=(neurofilament mo) COMP_CWORD=1 \
                && { _neurofilament neurofilament mo neurofilament; echo \"${COMPREPLY[@]}\"; }";
    let output = Command::new("bash").args(["-c", line]).current_dir(folder.path()).output().expect("bash");
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().last(), Some("models"));
    let help = text(&["--help"]);
    for code in ["0 done", "1 failure", "2 bad input", "130 interrupted"] {
        assert!(help.contains(code), "{help}");
    }
}
