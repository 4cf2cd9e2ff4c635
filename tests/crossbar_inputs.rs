//! `crossbar_solve`: the same array from every source gives the same bits; inputs, schemes, far ends and
//! faults are what they say.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod runs;

use std::fs;
use std::path::{Path, PathBuf};

use neurofilament::record::RecordFile;
use serde_json::{Value, json};

/// The values of the files in `tests/golden/tables`, µS.
const CELLS: [[f64; 3]; 2] = [[1.5, 22.25, 3.0], [40.0, 0.0, 6.5]];

fn script(array: &Value) -> Value {
    let mut all = json!({
        "word_line_resistance": "2 Ohm", "bit_line_resistance": "3 Ohm",
        "source_resistance": "10 Ohm", "sense_resistance": "5 Ohm",
    });
    if array.get("scheme").is_none() && array.get("inputs").is_none() {
        all["word_line_voltages"] = json!("0.2 V");
    }
    for (name, value) in array.as_object().unwrap() {
        all[name] = value.clone();
    }
    json!({ "kind": "crossbar_solve", "array": all })
}

fn matrix() -> Value {
    json!({ "matrix": { "unit": "uS", "values": CELLS } })
}

/// Runs a script of this array and opens its record.
#[allow(clippy::needless_pass_by_value, reason = "most arrays are written where they are run")]
fn run(folder: &Path, name: &str, array: Value) -> RecordFile {
    fs::write(folder.join(format!("{name}.json")), script(&array).to_string()).unwrap();
    RecordFile::open(&runs::succeed(folder, &["run", &format!("{name}.json")])).unwrap()
}

fn numbers(file: &RecordFile, name: &str) -> Vec<f64> {
    file.numbers(&format!("/results/{name}")).unwrap()
}

/// Both records hold the same bits below these names.
fn same(a: &RecordFile, b: &RecordFile, names: &[&str]) {
    for name in names {
        let bits = |file| numbers(file, name).iter().map(|v| v.to_bits()).collect::<Vec<_>>();
        assert_eq!(bits(a), bits(b), "{name}");
    }
}

/// Both records hold the same values but for rounding.
fn close(a: &RecordFile, b: &RecordFile, name: &str) {
    for (x, y) in numbers(a, name).iter().zip(numbers(b, name)) {
        assert!((x - y).abs() <= 1e-13 * y.abs().max(1e-15), "{name}: {x} against {y}");
    }
}

const MAPS: [&str; 5] =
    ["conductance", "node_voltage_word", "node_voltage_bit", "bit_line_current", "word_line_current"];

fn table(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/tables").join(name)
}

#[test]
fn every_source_of_conductances_gives_the_same_bits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let reference = run(path, "inline", json!({ "conductances": matrix() }));
    assert_eq!(numbers(&reference, "conductance")[1].to_bits(), 22.25e-6_f64.to_bits());
    fs::write(path.join("plain.csv"), "1.5,22.25,3\n40,0,6.5\n").unwrap();
    fs::write(path.join("named.csv"), "# array\na [uS];b [uS];c [uS]\n1.5;22.25;3\n40;0;6.5\n").unwrap();
    let sources = [
        json!({ "csv": { "file": "plain.csv", "unit": "uS" } }),
        json!({ "csv": { "file": "named.csv" } }),
        json!({ "csv": { "file": "named.csv", "unit": "uS" } }),
        json!({ "npy": { "file": table("c_f8.npy"), "unit": "uS" } }),
        json!({ "npy": { "file": table("fortran_f8.npy"), "unit": "uS" } }),
        json!({ "npy": { "file": table("c_f4.npy"), "unit": "uS" } }),
        json!({ "npy": { "file": table("big_endian_stack.npy"), "unit": "uS", "index": 1 } }),
        json!({ "hdf5": { "file": "results/inline.h5", "dataset": "/results/conductance" } }),
        json!({ "hdf5": { "file": "results/inline.h5", "dataset": "results/conductance" } }),
    ];
    for (k, source) in sources.into_iter().enumerate() {
        let file = run(path, &format!("source{k}"), json!({ "conductances": source }));
        same(&reference, &file, &MAPS);
    }
    // A list of cells takes the shape that the script gives: pulse trains write pulses × cells.
    let pulses = json!({
        "kind": "potentiation", "card": "step_reram_array_om", "cells": 6, "spread": true,
        "initial_state": "middle", "set_pulses": 3, "reset_pulses": 3,
    });
    fs::write(path.join("pulses.json"), pulses.to_string()).unwrap();
    let written = RecordFile::open(&runs::succeed(path, &["run", "pulses.json"])).unwrap();
    let dataset = "/results/conductance_after_pulse";
    let source = json!({ "hdf5": { "file": "results/pulses.h5", "dataset": dataset, "index": 3 } });
    let file = run(path, "cells", json!({ "conductances": source, "rows": 3, "columns": 2 }));
    assert_eq!(numbers(&file, "conductance"), written.entry(dataset, 3).unwrap());
}

#[test]
fn wires_of_each_segment_come_from_tables() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let uniform = run(path, "uniform", json!({ "conductances": matrix() }));
    fs::write(path.join("bits.csv"), "3,3,3\n").unwrap();
    let word = json!({ "matrix": { "unit": "mOhm", "values": [[2000, 2000], [2000, 2000]] } });
    let bit = json!({ "csv": { "file": "bits.csv", "unit": "Ohm" } });
    let wires = |word: &Value| json!({ "conductances": matrix(), "word_line_resistance": word, "bit_line_resistance": bit });
    let each = run(path, "each", wires(&word));
    for map in MAPS {
        close(&uniform, &each, map);
    }
    // A broken segment isolates what is behind it on a word line.
    let broken = json!({ "matrix": { "unit": "Ohm", "values": [[2, 2], [null, 2]] } });
    let cut = run(path, "cut", wires(&broken));
    let faults = json!({ "conductances": matrix(), "faults": { "broken_word_lines": [[1, 0]] } });
    let named = run(path, "named", faults);
    for map in MAPS {
        close(&cut, &named, map);
    }
    assert!(numbers(&cut, "word_line_current")[1] < numbers(&uniform, "word_line_current")[1]);
    assert_eq!(numbers(&named, "fault"), [0.0, 0.0, 0.0, 8.0, 0.0, 0.0]);
}

#[test]
fn inputs_are_solved_one_by_one() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    fs::write(path.join("inputs.csv"), "0.2,0.2\n-0.1,0.3\n0,0\n").unwrap();
    let inputs = json!({ "csv": { "file": "inputs.csv", "unit": "V" } });
    let many = run(path, "many", json!({ "conductances": matrix(), "inputs": inputs }));
    let shape = |name: &str| many.shape(&format!("/results/{name}")).unwrap();
    assert_eq!([shape("bit_line_current"), shape("word_line_current")], [[3, 3], [3, 2]]);
    assert_eq!(numbers(&many, "input"), [0.2, 0.2, -0.1, 0.3, 0.0, 0.0]);
    let single = run(path, "single", json!({ "conductances": matrix() }));
    let voltages = json!({ "conductances": matrix(), "word_line_voltages": ["-0.1 V", "0.3 V"] });
    let second = run(path, "second", voltages);
    for name in ["bit_line_current", "word_line_current"] {
        let all = numbers(&many, name);
        let width = all.len() / 3;
        for (k, other) in [&single, &second].into_iter().enumerate() {
            for (a, b) in all[k * width..].iter().zip(numbers(other, name)) {
                assert!((a - b).abs() <= 1e-12 * b.abs(), "{name}: {a} against {b}");
            }
        }
        assert!(all[2 * width..].iter().all(|i| *i == 0.0), "{all:?}");
    }
    let powers = numbers(&many, "power_delivered");
    assert!((powers[1] / numbers(&second, "power_delivered")[0] - 1.0).abs() < 1e-12, "{powers:?}");
}

/// A list is one input, with all that a single bias has.
#[test]
fn a_list_of_voltages_is_one_input() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }\n";
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([-0.1_f64, 0.3].iter().flat_map(|v| v.to_le_bytes()));
    fs::write(path.join("list.npy"), bytes).unwrap();
    fs::write(path.join("row.csv"), "-0.1,0.3\n").unwrap();
    let voltages = json!({ "conductances": matrix(), "word_line_voltages": ["-0.1 V", "0.3 V"] });
    let reference = run(path, "reference", voltages);
    assert!(!reference.exists("/results/input"));
    for (name, inputs) in [
        ("list", json!({ "npy": { "file": "list.npy", "unit": "V" } })),
        ("row", json!({ "csv": { "file": "row.csv", "unit": "V" } })),
    ] {
        let file = run(path, name, json!({ "conductances": matrix(), "inputs": inputs }));
        same(&reference, &file, &MAPS);
        assert_eq!(file.shape("/results/input").unwrap(), [1, 2]);
        assert_eq!(file.shape("/results/bit_line_current").unwrap(), [3]);
    }
}

/// The transfer matrix, the solution of each input, and single biases give the same currents; only what was
/// computed is written.
#[test]
fn many_inputs_by_the_transfer_matrix() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let rows: Vec<Vec<f64>> =
        (0..20).map(|k| (0..12).map(|i| f64::from((7 * k + 5 * i) % 11) * 0.02 - 0.05).collect()).collect();
    let solve = |name: &str, method: &str| {
        // Word lines are driven at either side in turn, one floats, and bit lines are sensed at the top.
        let ends = |far: bool| {
            let end = |i: usize| if i != 3 && (i % 2 == 1) == far { json!("10 Ohm") } else { Value::Null };
            (0..12).map(end).collect::<Vec<_>>()
        };
        let mut script = script(&json!({
            "rows": 12, "columns": 9, "conductances": { "log_uniform": { "min": "1 uS", "max": "100 uS" } },
            "source_resistance": ends(false), "far_source_resistance": ends(true), "sense_resistance": null,
            "far_sense_resistance": "5 Ohm", "bit_line_voltages": "20 mV",
            "inputs": { "matrix": { "unit": "V", "values": rows } },
        }));
        if !method.is_empty() {
            script["solver"] = json!({ "method": method });
        }
        fs::write(path.join(format!("{name}.json")), script.to_string()).unwrap();
        RecordFile::open(&runs::succeed(path, &["run", &format!("{name}.json")])).unwrap()
    };
    let (ports, chosen, loops) = (solve("ports", "ports"), solve("chosen", ""), solve("loops", "direct"));
    let names = ["word_line_current", "word_line_far_current", "bit_line_current", "bit_line_far_current"];
    same(&ports, &chosen, &names);
    for name in names.into_iter().chain(["power_delivered"]) {
        let (a, b) = (numbers(&ports, name), numbers(&loops, name));
        let largest = b.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        assert_eq!(a.len(), b.len());
        assert_eq!(largest == 0.0, name == "bit_line_current");
        for (x, y) in a.iter().zip(&b) {
            assert!((x - y).abs() <= 1e-11 * largest, "{name}: {x} against {y}");
        }
    }
    let methods = |file: &RecordFile| format!("{:?}", file.read("/results/method").unwrap().values);
    assert!(methods(&ports).contains("\"ports\"") && methods(&loops).contains("\"direct\""));
    for name in ["residual", "iterations", "power_cells", "power_wires"] {
        let name = format!("/results/{name}");
        assert!(!ports.exists(&name) && loops.exists(&name), "{name}");
    }
    assert!(!loops.exists("/results/cell_current") && loops.exists("/results/pinned_nodes"));
}

/// Curved cells: one Newton iteration after the other, each from the last solution.
#[test]
fn many_inputs_of_curved_cells() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let cell = json!({ "sinh": { "v0": "0.2 V" } });
    let inputs = json!({ "matrix": { "unit": "V", "values": [[0.2, 0.5], [-0.1, 0.3], [0.0, 0.9]] } });
    let many = run(path, "many", json!({ "conductances": matrix(), "cell": cell, "inputs": inputs }));
    assert!(!many.exists("/results/cell_current"));
    assert_eq!(many.shape("/results/residual").unwrap(), [3]);
    for (k, volts) in [["0.2 V", "0.5 V"], ["-0.1 V", "0.3 V"], ["0 V", "0.9 V"]].into_iter().enumerate() {
        let array = json!({ "conductances": matrix(), "cell": cell, "word_line_voltages": volts });
        let one = run(path, &format!("one{k}"), array);
        for name in ["bit_line_current", "word_line_current", "power_cells", "power_delivered"] {
            let (all, one) = (numbers(&many, name), numbers(&one, name));
            let largest = one.iter().fold(0.0_f64, |m, v| m.max(v.abs()));
            for (a, b) in all[k * one.len()..].iter().zip(&one) {
                assert!((a - b).abs() <= 1e-8 * largest, "{name}: {a} against {b}");
            }
        }
    }
}

/// What is printed is the current at both ends of the bit lines, and no negative zero.
#[test]
fn the_printed_current_counts_both_ends() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let printed = |array: Value| {
        fs::write(path.join("p.json"), script(&array).to_string()).unwrap();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_neurofilament"))
            .args(["run", "p.json"])
            .current_dir(path)
            .output()
            .unwrap();
        assert!(output.status.success());
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
    };
    let top = json!({ "conductances": matrix(), "sense_resistance": null, "far_sense_resistance": "5 Ohm" });
    let text = printed(top.clone());
    let sensed = numbers(&run(path, "top", top), "bit_line_far_current").iter().sum::<f64>();
    assert!(text.contains(&format!("{sensed:.6e} A sensed in all")), "{sensed}: {text}");
    let none = printed(json!({ "conductances": matrix(), "word_line_voltages": "0 V" }));
    assert!(none.contains(" 0.000000e0 A sensed in all"), "{none}");
}

#[test]
fn schemes_are_the_potentials_they_stand_for() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let scheme = |name: &str| json!({ "conductances": matrix(), "scheme": { name: { "selected": [1, 2], "voltage": "0.9 V" } } });
    let explicit = |word: Value, bit: Value| json!({ "conductances": matrix(), "word_line_voltages": word, "bit_line_voltages": bit });
    let (low, none) = (json!("0 V"), Value::Null);
    for (name, other) in [
        ("read", explicit(json!(["0 V", "0.9 V"]), low.clone())),
        ("half", explicit(json!(["0.45 V", "0.9 V"]), json!(["0.45 V", "0.45 V", "0 V"]))),
        ("third", explicit(json!(["0.3 V", "0.9 V"]), json!(["0.6 V", "0.6 V", "0 V"]))),
        ("floating_read", {
            let mut array = explicit(json!(["0 V", "0.9 V"]), low);
            array["source_resistance"] = json!([none, "10 Ohm"]);
            array["sense_resistance"] = json!([none, none, "5 Ohm"]);
            array
        }),
    ] {
        let (a, b) = (run(path, name, scheme(name)), run(path, &format!("{name}_explicit"), other));
        for map in MAPS {
            close(&a, &b, map);
        }
    }
}

#[test]
fn lines_driven_from_both_ends_carry_currents_at_both() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let one = run(path, "one", json!({ "conductances": matrix() }));
    assert!(!one.exists("/results/word_line_far_current"));
    let both = run(
        path,
        "both",
        json!({ "conductances": matrix(), "far_source_resistance": "10 Ohm", "far_sense_resistance": [null, "5 Ohm", null] }),
    );
    let far = numbers(&both, "bit_line_far_current");
    assert!(far[0] == 0.0 && far[2] == 0.0, "{far:?}");
    let sum = |file: &RecordFile, names: [&str; 2]| -> f64 {
        names.iter().filter(|n| file.exists(&format!("/results/{n}"))).flat_map(|n| numbers(file, n)).sum()
    };
    let into = sum(&both, ["word_line_current", "word_line_far_current"]);
    let out = sum(&both, ["bit_line_current", "bit_line_far_current"]);
    assert!((into - out).abs() < 1e-12 * into, "{into} against {out}");
    assert!(out > sum(&one, ["bit_line_current", "bit_line_far_current"]), "less is lost");
    // The same circuit as a file.
    let file = json!({
        "R_wl": [[2, 2], [2, 2]], "R_bl": 3, "R_source": [10, 10], "R_source_far": [10, 10],
        "R_sense": [5, 5, 5], "R_sense_far": [null, 5, null], "V_wl": [0.2, 0.2], "V_bl": [0, 0, 0],
        "G": CELLS.map(|row| row.map(|g| g * 1e-6)),
    });
    fs::write(path.join("array.json"), file.to_string()).unwrap();
    let script = json!({ "kind": "crossbar_solve", "array": { "file": "array.json" } });
    fs::write(path.join("file.json"), script.to_string()).unwrap();
    let file = RecordFile::open(&runs::succeed(path, &["run", "file.json"])).unwrap();
    for name in MAPS.into_iter().chain(["word_line_far_current", "bit_line_far_current"]) {
        close(&both, &file, name);
    }
}

#[test]
fn powers_add_up() {
    let folder = tempfile::tempdir().unwrap();
    let file = run(folder.path(), "power", json!({ "conductances": matrix() }));
    let [delivered, cells, wires] =
        ["power_delivered", "power_cells", "power_wires"].map(|name| numbers(&file, name)[0]);
    assert!((delivered - cells - wires).abs() < 1e-15 * delivered && wires > 0.0);
    assert!((numbers(&file, "cell_power").iter().sum::<f64>() - cells).abs() < 1e-14 * cells);
    // The wires' own heat, from their currents: Tellegen's theorem.
    let (word, bit) = (numbers(&file, "node_voltage_word"), numbers(&file, "node_voltage_bit"));
    let mut heat = 0.0;
    for i in 0..2 {
        heat += (0.2 - word[3 * i]).powi(2) / 10.0;
        heat += (0..2).map(|j| (word[3 * i + j] - word[3 * i + j + 1]).powi(2) / 2.0).sum::<f64>();
    }
    for j in 0..3 {
        heat += (bit[j] - bit[3 + j]).powi(2) / 3.0 + bit[3 + j].powi(2) / 5.0;
    }
    assert!((heat / wires - 1.0).abs() < 1e-9, "{heat} against {wires}");
}

#[test]
fn random_faults_follow_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let array = json!({
        "rows": 30, "columns": 30, "conductances": { "constant": "10 uS" },
        "faults": {
            "random": { "open_cells": "5 %", "shorted_cells": 0.02, "broken_bit_lines": 0.01 },
            "short_resistance": "100 Ohm", "stuck_cells": [{ "cell": [3, 4], "conductance": "1 uS" }],
        },
    });
    let count = |seed: &str| {
        fs::write(path.join("f.json"), script(&array).to_string()).unwrap();
        let file = RecordFile::open(&runs::succeed(path, &["run", "f.json", "--seed", seed])).unwrap();
        let (codes, cells) = (numbers(&file, "fault"), numbers(&file, "conductance"));
        assert_eq!(codes[3 * 30 + 4].to_bits(), 4.0_f64.to_bits());
        for (code, g) in codes.iter().zip(&cells) {
            let expected = match *code as u8 & 7 {
                1 => 0.0,
                2 => 0.01,
                4 => 1e-6,
                _ => 1e-5,
            };
            assert!((g - expected).abs() < 1e-18, "{code}: {g}");
        }
        assert!(codes[29 * 30..].iter().all(|c| *c < 16.0), "nothing lies below the last row");
        [1, 2, 16].map(|bit| codes.iter().filter(|c| **c as u8 & bit != 0).count())
    };
    let (first, second) = (count("1"), count("2"));
    assert_ne!(first, second);
    // 900 cells: 45, 18 and 8.7 expected.
    assert!(
        (25..70).contains(&first[0]) && (5..36).contains(&first[1]) && (1..22).contains(&first[2]),
        "{first:?}"
    );
}

#[test]
fn curved_cells_from_a_file_have_the_expected_currents() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/crossbar/sinh_16x16_half_bias.json");
    let golden: Value = serde_json::from_str(&fs::read_to_string(&file).unwrap()).unwrap();
    let script = |name: &str, array: Value| {
        let script = json!({ "kind": "crossbar_solve", "array": array });
        fs::write(path.join(name), script.to_string()).unwrap();
        RecordFile::open(&runs::succeed(path, &["run", name])).unwrap()
    };
    let whole = script("whole.json", json!({ "file": file }));
    let expected = golden["expected"]["I_bl"].as_array().unwrap();
    for (ours, reference) in numbers(&whole, "bit_line_current").iter().zip(expected) {
        let reference = reference.as_f64().unwrap();
        assert!((ours / reference - 1.0).abs() < 1e-9, "{ours} against {reference}");
    }
    // A shorted cell is ohmic among curved ones, and an open one carries nothing.
    let faults = json!({ "shorted_cells": [[11, 3]], "short_resistance": "1 kOhm", "open_cells": [[11, 4]] });
    let faulty = script("faulty.json", json!({ "file": file, "faults": faults }));
    let (voltages, currents) = (numbers(&faulty, "cell_voltage"), numbers(&faulty, "cell_current"));
    let k = 11 * 16 + 3;
    assert!((currents[k] / voltages[k] - 1e-3).abs() < 1e-12, "{} of {}", currents[k], voltages[k]);
    assert!(currents[k + 1] == 0.0 && voltages[k + 1] > 0.1);
    let sum: f64 = (0..16).map(|i| currents[16 * i + 3]).sum();
    assert!((sum / numbers(&faulty, "bit_line_current")[3] - 1.0).abs() < 1e-9, "Kirchhoff on bit line 3");
    assert!(numbers(&faulty, "residual")[0] < 1e-9);
}

/// At small voltages every law is that of its small-signal conductance.
#[test]
fn laws_of_cells_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let with = |name: &str, cell: Value, volts: &str| {
        let array = json!({ "conductances": matrix(), "cell": cell, "word_line_voltages": volts });
        numbers(&run(path, name, array), "bit_line_current")[0]
    };
    let linear = with("linear", json!("linear"), "1 V");
    let sinh = json!({ "sinh": { "v0": "0.2 V" } });
    let (low, high) = (with("low", sinh.clone(), "0.1 mV"), with("high", sinh, "1 V"));
    assert!((low * 1e4 / linear - 1.0).abs() < 1e-6, "{low} of {linear}");
    // sinh(5)/5 = 14.8, a little less after the wires.
    assert!((13.0..14.9).contains(&(high / linear)), "{high} of {linear}");
    // Selector I0/V0 = 10 mS at low voltage is no obstacle, 1 nA at 100 mV is one.
    let selector = |current: &str| json!({ "selector": { "current": current, "voltage": "0.1 V" } });
    let (free, blocked) = (with("free", selector("1 mA"), "1 V"), with("blocked", selector("1 nA"), "0.2 V"));
    assert!((free / linear - 1.0).abs() < 0.02 && blocked < 2e-8, "{free}, {blocked}");
    let threshold =
        json!({ "threshold": { "off": "1 nS", "on": "10 mS", "threshold": "0.5 V", "width": "20 mV" } });
    let (off, on) = (with("off", threshold.clone(), "0.1 V"), with("on", threshold, "1 V"));
    assert!(off < 2e-9 && on > 0.3 * linear, "{off}, {on}");
}

#[test]
fn methods_agree_and_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let solve = |name: &str, solver: Value| {
        let mut script = script(&json!({ "conductances": matrix() }));
        script["solver"] = solver;
        fs::write(path.join(name), script.to_string()).unwrap();
        RecordFile::open(&runs::succeed(path, &["run", name])).unwrap()
    };
    let direct = solve("direct.json", json!({ "method": "direct" }));
    let iterated = solve("iterated.json", json!({ "method": "line_pcg", "tolerance": 1e-13 }));
    // So small an array has none coarser: the lines alone.
    let coarser = solve("coarser.json", json!({ "method": "multigrid", "tolerance": 1e-13 }));
    for map in MAPS {
        assert_eq!(numbers(&coarser, map), numbers(&iterated, map), "{map}");
        for (a, b) in numbers(&direct, map).iter().zip(numbers(&iterated, map)) {
            assert!((a - b).abs() <= 1e-10 * b.abs(), "{map}: {a} against {b}");
        }
    }
    let name = |file: &RecordFile| format!("{:?}", file.read("/results/method").unwrap().values);
    assert!(name(&direct).contains("\"direct\"") && name(&iterated).contains("\"line_pcg\""));
    assert!(numbers(&iterated, "iterations")[0] > 0.0 && numbers(&direct, "iterations")[0] == 0.0);
    // 2 and 3 Ohm, mean 12.2 uS, three and two cells: a good 1e-4.
    assert!((5e-5..3e-4).contains(&numbers(&direct, "lossiness")[0]));
}
