//! `fit device`: bad data and bad options, and one fit from end to end.

use std::fs;
use std::path::Path;

use super::{expect, program};

const LOOP: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/data/devices/iv_loop.csv");

/// A few rows of a resistor, with this header.
fn rows(header: &str) -> String {
    let row = |i: i32| {
        let voltage = 0.05 * f64::from(i);
        format!("{},{voltage},{:e}\n", 0.1 * f64::from(i), voltage * 1e-5)
    };
    format!("{header}\n{}", (0..12).map(row).collect::<String>())
}

fn fit<'a>(data: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut list =
        vec!["fit", "device", data, "--card", "jart_vcm_v1b_iv", "--out", "card.json", "--starts", "1"];
    if !more.contains(&"--free") {
        list.extend(["--free", "oxide_resistance"]);
    }
    list.extend(more);
    list
}

#[test]
fn bad_data_are_named_by_file_and_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let good = "time (s),voltage (V),current (A)";
    for (name, text, fragments) in [
        (
            "missing.csv",
            rows("time (s),voltage (V),power (W)"),
            vec!["missing.csv", "no column of current", "power (W)"],
        ),
        (
            "unit.csv",
            rows("time (s),voltage (mA),current (A)"),
            vec!["unit.csv, line 1", "voltage (mA)", "expected one in V"],
        ),
        (
            "word.csv",
            rows(good).replace("0.1,0.05", "0.1,fast"),
            vec!["word.csv, line 3", "\"fast\"", "voltage (V)"],
        ),
        ("short.csv", format!("{good}\n0,0,0\n1,0.1,1e-6\n"), vec!["short.csv", "2 rows", "at least 3"]),
        (
            "few.csv",
            format!("{good}\n0,0,0\n1,0.1,1e-6\n2,0.2,2e-6\n"),
            vec!["few.csv", "3 rows", "4 free parameters"],
        ),
        (
            "constant.csv",
            format!("{good}\n0,0.1,1e-6\n1,0.2,1e-6\n2,0.3,1e-6\n"),
            vec!["constant.csv", "the same in every row"],
        ),
        (
            "back.csv",
            format!("{good}\n0,0,0\n2,0.2,2e-6\n1,0.1,1e-6\n"),
            vec!["back.csv, line 4", "goes back"],
        ),
        ("ragged.csv", format!("{good}\n0,0,0\n2,0.2\n"), vec!["ragged.csv, line 3", "2 cells", "3"]),
        ("empty.csv", String::new(), vec!["empty.csv", "holds no numbers"]),
        (
            "norate.csv",
            "voltage,current\n0,0\n0.1,1e-6\n0.2,2e-6\n".into(),
            vec!["norate.csv", "time", "--rate"],
        ),
        (
            "nowidth.csv",
            "voltage,conductance\n1,1e-6\n1,2e-6\n1,3e-6\n".into(),
            vec!["nowidth.csv", "no column of width"],
        ),
        (
            "width.csv",
            "voltage,width,resistance\n1,1e-6,1e5\n1,0,2e5\n1,1e-6,3e5\n".into(),
            vec!["width.csv, line 3", "width"],
        ),
        (
            "zero.csv",
            "voltage,width,resistance\n1,1e-6,1e5\n1,1e-6,0\n1,1e-6,3e5\n".into(),
            vec!["zero.csv, line 3", "resistance"],
        ),
    ] {
        fs::write(path.join(name), text).expect("written");
        let free = "oxide_resistance,thermal_resistance,activation_energy,line_resistance";
        let more: &[&str] = if name == "few.csv" { &["--free", free] } else { &[] };
        expect(&program(path, &fit(name, more)), 2, &fragments, name);
    }
    fs::write(path.join("bytes.csv"), [0xff, 0xfe, 0x00]).expect("written");
    expect(&program(path, &fit("bytes.csv", &[])), 2, &["bytes.csv", "not text"], "bytes");
    expect(&program(path, &fit("gone.csv", &[])), 2, &["gone.csv"], "gone");
    assert!(!path.join("card.json").exists());
}

#[test]
fn bad_options_are_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    fs::write(path.join("good.csv"), rows("time (s),voltage (V),current (A)")).expect("written");
    let no_card = ["fit", "device", "good.csv", "--free", "oxide_resistance", "--out", "card.json"];
    expect(&program(path, &no_card), 2, &["--card"], "no card");
    for (more, fragments) in [
        (
            &["--free", "oxyde_resistance"][..],
            &["--free", "oxyde_resistance", "did you mean \"oxide_resistance\""][..],
        ),
        (&["--free", "gap_scale"], &["--free", "gap_scale", "not a parameter of jart_vcm_v1b"]),
        (&["--range", "oxide_resistance=1..2 V"], &["--range", "oxide_resistance", "expected one in ohm"]),
        (&["--range", "cell_length=1..2 nm"], &["--range", "cell_length", "not free"]),
        (&["--range", "oxide_resistance"], &["--range", "name=lo..hi"]),
        (&["--rate", "1 V/s"], &["--rate", "column of time"]),
        (&["--noise", "5 V"], &["--noise", "5 V"]),
        (&["--floor", "1 nS"], &["--floor", "1 nS", "in A"]),
        (&["--floor", "0 A"], &["--floor", "above zero"]),
        (&["--initial-state", "hot"], &["initial_state", "hot", "hrs"]),
        (&["--read-voltage", "0.1 V"], &["--read-voltage", "sweep"]),
        (&["--compliance-current", "1 V"], &["--compliance-current", "1 V"]),
        (&["--ambient-temperature", "0 K"], &["--ambient-temperature", "above zero"]),
        (&["--starts", "0"], &["--starts"]),
    ] {
        expect(&program(path, &fit("good.csv", more)), 2, fragments, &more.join(" "));
    }
    let list = [
        "fit",
        "device",
        "good.csv",
        "--card",
        "statistical_synaptogen",
        "--free",
        "hrs_cycle",
        "--out",
        "card.json",
    ];
    expect(&program(path, &list), 2, &["--free", "hrs_cycle", "is a list"], "list");
    let there = ["fit", "device", "good.csv", "--card", "jart", "--free", "a", "--out", "card.json"];
    expect(&program(path, &there), 2, &["jart", "not known"], "card");
    let nowhere = [
        "fit",
        "device",
        "good.csv",
        "--card",
        "jart_vcm_v1b_iv",
        "--free",
        "oxide_resistance",
        "--out",
        "no/card.json",
    ];
    expect(&program(path, &nowhere), 1, &["no/card.json"], "folder");
    let no_card = [
        "fit",
        "device",
        "good.csv",
        "--card",
        "jart_vcm_v1b_iv",
        "--free",
        "oxide_resistance",
        "--out",
        "card",
    ];
    expect(&program(path, &no_card), 2, &["--out", "card", ".json"], "extension");
    assert!(!path.join("card.json").exists());
}

#[test]
fn the_shipped_measurement_is_fitted_from_end_to_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path();
    let free = "activation_energy,thermal_resistance,oxide_resistance";
    let output =
        program(path, &fit(LOOP, &["--free", free, "--noise", "3 %", "--floor", "2 nA", "--report"]));
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{stderr}");
    assert_eq!(stdout.lines().last(), Some("card: card.json"), "{stdout}");
    for say in ["parameter", "fitted ± σ", "activation_energy", "eV", "reduced chi-square", "transition 1"]
    {
        assert!(stdout.contains(say), "{stdout}");
    }
    let explained = program(path, &["models", "card.json", "--json"]);
    let card: serde_json::Value = serde_json::from_slice(&explained.stdout).expect("JSON");
    // What examples/noisy_measurement.rs hides in the data.
    for (name, unit, truth, error) in [
        ("activation_energy", 1.602_176_634e-19, 1.37, 0.007),
        ("thermal_resistance", 1.0, 11e6, 2.5e5),
        ("oxide_resistance", 1.0, 800.0, 10.0),
    ] {
        let list = card["parameters"].as_array().expect("a list");
        let found =
            list.iter().find(|p| p["name"] == name).and_then(|p| p["value"].as_f64()).expect("a value");
        assert!((found / unit - truth).abs() < error, "{name}: {}", found / unit);
    }
    let page = fs::read_to_string(path.join("card.html")).expect("a report");
    for say in
        ["<h2>Fit</h2>", "Residuals", "Correlations", "Abrupt transitions", "Standard error", "base card"]
    {
        assert!(page.contains(say), "no {say}");
    }
    assert!(Path::new(&path.join("card.h5")).exists());
}

/// A fit of relaxation loses nothing: neither its input nor an earlier card, and it does not panic on
/// changes that do not widen.
#[test]
fn fits_of_relaxation_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut lines = Vec::new();
    for address in 0..600 {
        for (time, width) in [(0.01, 2.0), (0.1, 1.5), (1.0, 1.0), (10.0, 0.5)] {
            let unit = f64::from(address * 37 % 101) / 50.0 - 1.0;
            let now = 20e-6 + width * 1e-6 * unit;
            lines.push(format!("{address}\t{time}\t{}\t{now}\t20e-6\t1\t{time}\n", 1.0 / now));
        }
    }
    let lines = lines.concat();
    fs::write(folder.path().join("in.tsv"), &lines).unwrap();
    let run = |extra: &[&str]| {
        program(
            folder.path(),
            &[&["fit", "relaxation", "in.tsv", "--g-max", "40 uS", "--levels", "4"], extra].concat(),
        )
    };
    let cases: [(&[&str], i32, &str); 5] = [
        (&["--out", "card.json"], 2, "the variance of no level grows"),
        (&["--out", "in.tsv"], 2, "would be overwritten"),
        (&["--out", "both.json", "--statistics", "both.json"], 2, "choose two paths"),
        (&["--out", "no/card.json"], 2, "does not exist"),
        (&["--out", "card.txt"], 2, "must end in .json"),
    ];
    for (extra, code, says) in cases {
        expect(&run(extra), code, &[says], says);
    }
    assert_eq!(fs::read_to_string(folder.path().join("in.tsv")).unwrap(), lines);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}
