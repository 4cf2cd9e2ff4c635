//! Wrong fields of device and crossbar scripts and of sweeps.

use super::*;

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
            with(pulse(), "/initial_state", json!("centre")),
            vec!["initial_state", "centre", "hrs"],
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
        (
            "read noise without a block",
            with(pulse(), "/read_noise", json!(true)),
            vec!["read_noise", "jart_vcm_v1b_iv", "leave read_noise away"],
        ),
        (
            "cycling without steps",
            with(pulse(), "/cycling", json!(true)),
            vec!["cycling", "jart_vcm_v1b_iv", "leave cycling away"],
        ),
        (
            "two limits",
            with(with(pulse(), "/compliance_current", json!("1 mA")), "/series_resistance", json!("1 kOhm")),
            vec!["series_resistance", "beside another limit"],
        ),
        (
            "transistor without overdrive",
            with(pulse(), "/transistor", json!({ "transconductance": "1 mA/V^2", "overdrive": "0 V" })),
            vec!["transistor.overdrive", "above zero"],
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

/// Beyond what was measured the nearest level is used, and the user is told.
#[test]
fn conductances_beyond_the_measured_levels_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let script = json!({
        "kind": "relaxation", "card": "technology_b", "conductances": ["50 uS", "900 uS"], "cells": 3,
        "times": ["1 s"], "temperatures": ["300 K"],
    });
    fs::write(folder.path().join("s.json"), script.to_string()).unwrap();
    let output = program(folder.path(), &["run", "s.json"]);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stderr.matches("warning").count(), 1, "{stderr}");
    assert!(stderr.contains("900 µS lies outside") && stderr.contains("technology_b"), "{stderr}");
}
