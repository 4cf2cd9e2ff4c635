//! Sweeps of the real program: killed and continued, cut into shards, on any number of threads.

#![allow(clippy::unwrap_used, reason = "a test may panic")]
#![allow(clippy::expect_used)]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use neurofilament::record::{Attribute, RecordFile, Values};
use serde_json::{Value, json};

mod runs;

use runs::{PROGRAM, folder_with, program, same, succeed};

/// Two cells drawn from the card's windows under a pulse, for several limits and seeds.
fn script() -> Value {
    json!({
        "kind": "device_pulse",
        "card": "jart_vcm_v1b_iv",
        "seed": 5,
        "cells": 2,
        "spread": true,
        "waveform": {
            "pulse_train": { "amplitude": "-1.1 V", "width": "5 us", "edge": "1 us", "period": "10 us" },
        },
        "samples": 301,
        "sweep": {
            "parameters": {
                "ambient_temperature": { "linspace": { "from": "290 K", "to": "350 K", "count": 4 } },
                "compliance_current": ["50 uA", "100 uA", "200 uA"],
            },
            "repeats": 2,
        },
    })
}

/// Starts the sweep on one thread.
fn start(path: &Path, out: &str) -> Child {
    Command::new(PROGRAM)
        .args(["run", "s.json", "--out", out, "--threads", "1", "--quiet"])
        .current_dir(path)
        .stdout(Stdio::null())
        .spawn()
        .expect("starts")
}

/// The finished points that a killed sweep left in a folder.
fn points_in(folder: &Path) -> usize {
    let records = |folder: PathBuf| {
        let names = fs::read_dir(folder).expect("read").filter_map(|e| e.ok().map(|e| e.path()));
        names.filter(|p| p.extension().is_some_and(|e| e == "h5")).count()
    };
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    entries.filter_map(|e| e.ok().map(|e| e.path())).filter(|p| p.is_dir()).map(records).sum()
}

/// Kills a run of the sweep after `delay`; false when it had ended by itself.
fn kill_after(path: &Path, out: &str, delay: Duration) -> bool {
    let mut child = start(path, out);
    std::thread::sleep(delay);
    let running = child.try_wait().expect("asked").is_none();
    child.kill().expect("killed");
    child.wait().expect("ended");
    running
}

#[test]
fn a_killed_sweep_continues_to_the_same_result() {
    let folder = folder_with(&script());
    let path = folder.path();
    let begun = Instant::now();
    let whole = succeed(path, &["run", "s.json", "--out", "whole", "--threads", "1"]);
    let mut duration = begun.elapsed().as_secs_f64();
    let mut kills = Vec::new();
    let mut again = 0;
    let mut attempt = 0_u32;
    while kills.len() < 20 {
        let out = format!("killed{attempt}");
        // A golden-ratio sequence: spread evenly over the run, in no particular order.
        let share = (f64::from(attempt) * 0.618_033_988_75 + 0.1).fract();
        attempt += 1;
        assert!(attempt < 60, "{} of {attempt} runs could be killed before their end", kills.len());
        if !kill_after(path, &out, Duration::from_secs_f64(duration * share)) {
            duration *= 0.9;
            continue;
        }
        let kept = points_in(&path.join(&out));
        kills.push(kept);
        // Every other one is killed a second time, while it continues.
        if kills.len() % 2 == 0 {
            let left = duration * (24 - kept) as f64 / 24.0;
            again += u32::from(kill_after(path, &out, Duration::from_secs_f64(0.6 * left)));
            assert!(path.join(&out).join("s.h5").exists() || points_in(&path.join(&out)) >= kept);
        }
        let continued = succeed(path, &["run", "s.json", "--out", &out, "--threads", "2"]);
        same(&whole, &continued);
        let left = fs::read_dir(path.join(&out)).expect("read").filter_map(Result::ok).count();
        assert_eq!(left, 1, "only the record is left");
    }
    println!("points kept at each kill: {kills:?}; killed again while continuing: {again}");
    let mut distinct = kills.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert!(distinct.len() >= 6, "the kills are not spread over the run: {kills:?}");
    assert!(kills.iter().any(|k| *k < 8) && kills.iter().any(|k| *k >= 12), "{kills:?}");
    assert!(again >= 5, "{again} of 10 were killed while they continued");
}

#[test]
fn finished_points_are_not_computed_again_and_scripts_not_mixed() {
    let folder = folder_with(&script());
    let path = folder.path();
    succeed(path, &["run", "s.json", "--out", "o", "--points", "0..10"]);
    let mut child = start(path, "o");
    let points = || {
        fs::read_dir(path.join("o"))
            .expect("read")
            .filter_map(|e| e.ok().map(|e| e.path()))
            .filter(|p| p.is_dir())
            .collect::<Vec<_>>()
    };
    let finished = |folder: &Path| {
        let names = fs::read_dir(folder).expect("read").filter_map(|e| e.ok().map(|e| e.path()));
        names.filter(|p| p.extension().is_some_and(|e| e == "h5")).count()
    };
    while points().first().is_none_or(|folder| finished(folder) < 3) {
        std::thread::sleep(Duration::from_millis(2));
    }
    child.kill().expect("killed");
    child.wait().expect("ended");
    let left = points().remove(0);
    let kept = finished(&left);
    // Another seed is another script: its points lie elsewhere, those of the first stay.
    succeed(path, &["run", "s.json", "--out", "o", "--seed", "6", "--points", "0..2"]);
    assert_eq!(finished(&left), kept);
    let output = program(path, &["run", "s.json", "--out", "o"]);
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(stdout.contains(&format!("continued: {kept} of 24 points")), "{stdout}");
    assert!(points().is_empty());
}

#[test]
fn shards_and_folders_merge_into_the_single_run() {
    let folder = folder_with(&script());
    let path = folder.path();
    let whole = succeed(path, &["run", "s.json", "--out", "whole"]);
    let mut parts = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let part = succeed(path, &["run", "s.json", "--out", "parts", "--shard", shard]);
        parts.push(part.to_string_lossy().into_owned());
    }
    let mut arguments = vec!["merge", "merged.h5"];
    arguments.extend(parts.iter().rev().map(String::as_str));
    same(&whole, &succeed(path, &arguments));
    same(&whole, &succeed(path, &["merge", "folder.h5", "parts"]));

    let ranges = succeed(path, &["run", "s.json", "--out", "ranges", "--points", "0..7"]);
    assert!(ranges.ends_with("s.points-0-to-6.h5"));
    let incomplete = program(path, &["merge", "part.h5", "ranges"]);
    let stderr = String::from_utf8_lossy(&incomplete.stderr).into_owned();
    assert_eq!(incomplete.status.code(), Some(1));
    assert!(stderr.contains("17 of 24 points are missing") && stderr.contains("point 7"), "{stderr}");
    succeed(path, &["run", "s.json", "--out", "ranges", "--points", "7..24"]);
    same(&whole, &succeed(path, &["merge", "ranges.h5", "ranges"]));

    let other = succeed(path, &["run", "s.json", "--out", "other", "--seed", "9", "--shard", "1/3"]);
    let mixed = program(path, &["merge", "mixed.h5", &parts[0], &other.to_string_lossy()]);
    assert_eq!(mixed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&mixed.stderr).contains("another sweep"));
}

#[test]
fn results_are_stacked_beside_their_columns() {
    let mut script = json!({
        "kind": "set_kinetics",
        "card": "jart_vcm_v1b_kinetics",
        "voltages": ["-0.8 V", "-0.9 V", "-1.0 V"],
        "threshold_current": "100 uA",
        "time_limit": "1 ms",
        "sweep": { "parameters": { "parameters.activation_energy": ["1.35 eV", "1.36 eV"] } },
    });
    let folder = folder_with(&script);
    let path = folder.path();
    let file = RecordFile::open(&succeed(path, &["run", "s.json"])).expect("a record");
    let times = file.read("/results/set_time").expect("stacked");
    assert_eq!(times.shape, [2, 3]);
    let scales = ["/sweep/parameters.activation_energy", "/results/voltage"].map(|s| Some(s.to_owned()));
    assert_eq!(times.scales, scales);
    let column = file.read("/sweep/parameters.activation_energy").expect("a column");
    assert_eq!((column.values, column.unit.as_str()), (Values::F64(vec![1.35, 1.36]), "eV"));
    assert!(file.exists("/points/000001/results/set_time"));
    // Ten meV lengthen the SET at -0.75 V by 28 % (e^0.278); at -0.8 V nearly so.
    let values = times.values.to_f64().expect("numbers");
    assert!((1.2..1.4).contains(&(values[3] / values[0])), "{values:?}");

    script["sweep"] = json!({ "parameters": { "voltages": [["-0.9 V"], ["-0.8 V"], ["-0.2 V"]] } });
    fs::write(path.join("s.json"), script.to_string()).expect("written");
    let file = RecordFile::open(&succeed(path, &["run", "s.json"])).expect("a record");
    let times = file.numbers("/results/set_time").expect("stacked");
    assert!(times[0] < times[1] && times[2].is_nan(), "{times:?}");
    assert_eq!(file.shape("/results/voltage").expect("stacked"), [3, 1]);
}

#[test]
fn a_failing_point_is_named_and_the_others_are_kept() {
    // The second point's array does not fit under the size limit of its file.
    let script = json!({
        "kind": "crossbar_solve",
        "array": {
            "rows": 2, "columns": 100, "conductances": { "uniform": { "min": "1 uS", "max": "9 uS" } },
            "word_line_resistance": "1 Ohm", "bit_line_resistance": "1 Ohm",
            "source_resistance": "1 Ohm", "sense_resistance": "1 Ohm", "word_line_voltages": "0.2 V",
        },
        "sweep": { "parameters": { "array.rows": [2, 300, 3] } },
    });
    let folder = folder_with(&script);
    let line = format!("trap '' XFSZ; ulimit -f 256; exec '{PROGRAM}' run s.json --out out");
    let output = Command::new("bash").args(["-c", &line]).current_dir(folder.path()).output().expect("bash");
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("1 of 3 points") && stderr.contains("array.rows = 300"), "{stderr}");
    let file = RecordFile::open(&folder.path().join("out/s.h5")).expect("a record");
    assert_eq!(file.members("/points"), ["000000", "000002"]);
}

#[cfg(unix)]
#[test]
fn ctrl_c_keeps_what_was_computed() {
    let mut long = script();
    long.as_object_mut().expect("an object").remove("sweep");
    long["samples"] = json!(50_000_000);
    let folder = folder_with(&long);
    let path = folder.path();
    let child = Command::new(PROGRAM)
        .args(["run", "s.json", "--out", "out"])
        .current_dir(path)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    std::thread::sleep(Duration::from_millis(700));
    Command::new("kill").args(["-INT", &child.id().to_string()]).status().expect("sent");
    let output = child.wait_with_output().expect("ended");
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("interrupted") && stderr.lines().count() == 1, "{stderr}");
    assert!(stdout.lines().last().is_some_and(|l| l.ends_with("s.h5.part")), "{stdout}");
    let file = RecordFile::open(&path.join("out/s.h5.part")).expect("readable");
    assert!(!file.is_complete());
    let rows = file.shape("/traces/iv/time").expect("a trace");
    assert!(rows[0] > 0);
    assert_eq!(file.shape("/traces/iv/current").expect("a trace"), [rows[0], 2]);
}

/// What is said of a group in a point's record is said in the merged one, and the report of a sweep of learners is
/// made from it.
#[test]
fn points_keep_what_is_said_of_their_groups() {
    let folder = folder_with(&json!({
        "kind": "continual_learning",
        "data": { "train_samples": 200, "test_samples": 100 },
        "stream": { "classes_per_context": 5 },
        "learning": { "hidden_units": 8, "latent_units": 4, "iterations": 2, "batch": 8, "replay_batch": 8 },
        "learners": [{ "method": "bir" }, { "method": "bir", "on_arrays": true }],
        "arrays": { "card": "step_reram_exponential" },
        "sweep": { "parameters": { "arrays.design.cells.read_noise": [0.0, 0.1] } },
    }));
    let record = succeed(folder.path(), &["run", "s.json", "--threads", "1"]);
    let file = RecordFile::open(&record).expect("a record");
    let said = |group: &str, wanted: &str| {
        let all = file.attributes(group).expect("attributes");
        all.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value)
    };
    for point in ["/points/000000", "/points/000001"] {
        let learners = Attribute::Texts(["bir", "bir_on_arrays"].map(str::to_owned).to_vec());
        assert_eq!(said(&format!("{point}/results"), "learners"), Some(learners));
        let synapses = said(&format!("{point}/results/bir_on_arrays"), "synapses");
        assert_eq!(synapses, Some(Attribute::Text("step_reram_exponential".to_owned())));
    }
    let html = neurofilament::report::html(&record).expect("a report");
    assert!(html.contains("Drop against ideal arithmetic") && html.contains("Energy of a training run"));
}
