//! Bad input to the real program: one clear sentence, the right exit code, no panic.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::expect_used)]

mod arrays;
mod designs;
mod fields;
mod files;
mod fit;
mod learning;
mod places;

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
        "kind": "continual_learning",
        "stream": { "contexts": [[0, 1], [2, 3]] },
        "learning": { "iterations": 2 },
        "learners": [{ "method": "bir" }, { "method": "bir", "on_arrays": true }],
        "arrays": { "card": "jart_vcm_v1b_kinetics", "design": { "periphery": {}, "cells": {} } },
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
        for word in ["run", "sweep", "merge", "report", "fit", "models", "schema", "completions", "threads"] {
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
