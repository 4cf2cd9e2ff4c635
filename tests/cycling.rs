//! The studies of cycling, endurance and forming: what they write, what they refuse, what they find.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use std::fs;

use neurofilament::record::RecordFile;
use serde_json::{Value, json};

mod runs;

use runs::{folder_with, program, succeed};

fn statistics() -> Value {
    json!({
        "kind": "cycling_statistics", "card": "statistical_synaptogen",
        "devices": 40, "cycles": 20, "lags": [1, 5], "read_bandwidth": "100 MHz",
        "set": { "voltage": "-1.5 V", "width": "0 s", "edge": "1 s", "samples": 150 },
        "reset": { "voltage": "1.5 V", "width": "0 s", "edge": "1 s", "samples": 150 },
        "lrs_tail": "5 kOhm",
        "published": { "source": "A paper", "values": { "lrs_deviation": [null, "205 Ohm", "149 Ohm"] } },
    })
}

fn endurance() -> Value {
    json!({
        "kind": "endurance", "card": "statistical_hfo2_1t1r", "seed": 2,
        "devices": 60, "cycles": 1200, "initial_state": "pristine",
        "forming": { "from": "2 V", "to": "4 V", "step": "0.1 V", "width": "1 us", "formed_below": "15 kOhm" },
        "set": { "voltage": "3 V", "width": "1 us" }, "reset": { "voltage": "-3 V", "width": "1 us" },
        "low_resistance_limit": "10 kOhm", "high_resistance_limit": "15 kOhm",
        "most_pulses": 3, "failures_in_a_row": 3,
    })
}

fn forming() -> Value {
    json!({
        "kind": "forming", "card": "statistical_hfo2_1t1r", "devices": 500,
        "pulses": { "from": "2 V", "to": "4 V", "step": "50 mV", "width": "1 us", "formed_below": "15 kOhm" },
    })
}

fn record(script: &Value) -> (tempfile::TempDir, RecordFile) {
    let folder = folder_with(script);
    let path = succeed(folder.path(), &["run", "s.json", "--report"]);
    let file = RecordFile::open(&path).unwrap();
    (folder, file)
}

/// The cause of failure of each device.
fn codes(file: &RecordFile) -> Vec<u8> {
    file.numbers("/results/failure").unwrap().iter().map(|code| *code as u8).collect()
}

#[test]
fn statistics_are_those_of_the_card() {
    let (folder, file) = record(&statistics());
    assert_eq!(file.shape("/results/hrs").unwrap(), [20, 40]);
    assert_eq!(file.unit_and_name("/results/hrs").unwrap().0, "Ohm");
    let near = |path: &str, index: usize, value: f64, tolerance: f64| {
        let ours = file.numbers(path).unwrap()[index];
        assert!((ours / value - 1.0).abs() < tolerance, "{path}: {ours} {value}");
    };
    near("/results/hrs_quantile", 3, 75.6e3, 0.10);
    near("/results/lrs_quantile", 3, 4523.0, 0.03);
    near("/results/set_voltage_quantile", 3, -0.669, 0.04);
    near("/results/reset_voltage_quantile", 3, 0.731, 0.04);
    near("/results/correlation", 0, 1.0, 1e-9);
    assert_eq!(file.shape("/results/correlation").unwrap(), [4, 4]);
    assert!(file.numbers("/results/lrs_tail").unwrap()[0] < 0.2);
    let page = fs::read_to_string(folder.path().join("results/s.html")).unwrap();
    for text in ["Devices and cycles", "SET voltage", "Memory from cycle to cycle", "Standard deviations"] {
        assert!(page.contains(text), "{text}");
    }
}

/// Thermal and shot noise of a read at 100 MHz widen the reads by what the formula says.
#[test]
fn read_noise_is_that_of_the_bandwidth() {
    let mut script = statistics();
    let read = |script: &Value| record(script).1.numbers("/results/lrs").unwrap();
    let noisy = read(&script);
    script.as_object_mut().unwrap().remove("read_bandwidth");
    let clean = read(&script);
    let squares = noisy.iter().zip(&clean).map(|(a, b)| (0.2 / a - 0.2 / b).powi(2));
    let deviation = (squares.sum::<f64>() / clean.len() as f64).sqrt();
    let mean = clean.iter().map(|r| 0.2 / r).sum::<f64>() / clean.len() as f64;
    let thermal = 4.0 * 1.380_649e-23 * 293.0 * mean / 0.2;
    let expected = ((thermal + 2.0 * 1.602_176_634e-19 * mean) * 1e8).sqrt();
    assert!((deviation / expected - 1.0).abs() < 0.1, "{deviation:e} {expected:e}");
}

#[test]
fn every_device_survives_or_has_one_cause() {
    let (folder, file) = record(&endurance());
    let causes: Vec<u8> = codes(&file);
    let ends = file.numbers("/results/end_cycle").unwrap();
    let hrs = file.numbers("/results/hrs").unwrap();
    let cycles = file.numbers("/results/cycle").unwrap();
    assert_eq!(cycles.last(), Some(&1200.0));
    for (device, (cause, end)) in causes.iter().zip(&ends).enumerate() {
        assert_eq!(*cause == 0, end.is_nan());
        assert_eq!(*cause == 1, *end < 0.5);
        let alive = (0..cycles.len()).filter(|row| hrs[row * 60 + device].is_finite()).count();
        let expected = cycles.iter().filter(|cycle| end.is_nan() || **cycle <= *end).count();
        assert_eq!(alive, expected);
    }
    let formed = causes.iter().filter(|cause| **cause != 1).count();
    assert!((45..60).contains(&formed), "{formed}");
    let last = file.numbers("/results/failed_devices").unwrap();
    let total: f64 = last[last.len() - 5..].iter().sum();
    assert!((total - causes.iter().filter(|cause| **cause > 0).count() as f64).abs() < 1e-9);
    let page = fs::read_to_string(folder.path().join("results/s.html")).unwrap();
    assert!(page.contains("Failed devices by cause") && page.contains("Not formed"));
}

/// The published walk of JART VCM v1b var: HRS about 50 kΩ, 20 to 150; LRS about 3.3 kΩ (user guide,
/// fig. h, read off; doi:10.26165/JUELICH-DATA/FERGKU). Our LRS is a seventh lower.
#[test]
fn endurance_of_jart_lies_where_it_was_published() {
    let (_folder, file) = record(&json!({
        "kind": "endurance", "card": "jart_vcm_v1b_var_endurance", "seed": 1,
        "devices": 4, "cycles": 25, "initial_state": "hrs",
        "set": { "voltage": "-1.3 V", "width": "0 s", "edge": "1.3 s" },
        "reset": { "voltage": "1.4 V", "width": "0 s", "edge": "1.4 s" },
        "low_resistance_limit": "10 kOhm", "high_resistance_limit": "15 kOhm",
    }));
    let hrs = file.numbers("/results/hrs_range").unwrap();
    let lrs = file.numbers("/results/lrs_range").unwrap();
    println!(
        "| quantity | reference | ours |\n| median HRS, Ω | 50e3 | {:.4e} |\n| median LRS, Ω | 3.3e3 | {:.4e} |",
        hrs[1], lrs[1]
    );
    assert!(hrs[0] > 15e3 && hrs[2] < 150e3 && (hrs[1] / 50e3 - 1.0).abs() < 0.25, "{hrs:?}");
    assert!((lrs[1] / 3.3e3 - 1.0).abs() < 0.20, "{lrs:?}");
    assert_eq!(codes(&file), [0; 4]);
}

/// A state that does not stay is told from one that was never reached.
#[test]
fn what_leaves_its_window_has_drifted_out() {
    // Metastable switches decay at 0 V.
    let mut script = json!({
        "kind": "endurance", "card": "metastable_switch_ag_chalcogenide",
        "devices": 1, "cycles": 3, "initial_state": "hrs",
        "set": { "voltage": "0.5 V", "width": "10 ms" }, "reset": { "voltage": "-0.5 V", "width": "10 ms" },
        "low_resistance_limit": "150 Ohm", "high_resistance_limit": "900 Ohm",
    });
    let cause = |script: &Value| codes(&record(script).1)[0];
    assert_eq!(cause(&script), 0);
    script["hold"] = json!("10 s");
    assert_eq!(cause(&script), 5);
    script["set"]["voltage"] = json!("0.01 V");
    script.as_object_mut().unwrap().remove("hold");
    assert_eq!(cause(&script), 4);
}

#[test]
fn forming_voltages_are_weibull_distributed() {
    let (folder, file) = record(&forming());
    let one = |name: &str| file.numbers(&format!("/results/{name}")).unwrap()[0];
    assert!((one("formed_share") - 0.91).abs() < 0.05);
    assert!((one("weibull_slope") / 16.1 - 1.0).abs() < 0.10, "{}", one("weibull_slope"));
    assert!((one("weibull_voltage") / 3.255 - 1.0).abs() < 0.02, "{}", one("weibull_voltage"));
    let page = fs::read_to_string(folder.path().join("results/s.html")).unwrap();
    assert!(page.contains("Forming voltage") && page.contains("Weibull plot"));
}

#[test]
fn bad_scripts_are_refused_with_one_sentence() {
    let (statistics, endurance, forming) = (statistics(), endurance(), forming());
    for (script, path, value, says) in [
        (&statistics, "/card", json!("vteam_taox"), "varies neither from device to device nor"),
        (&statistics, "/lags/0", json!(20), "lags[0]: must be 1 to 19"),
        (
            &statistics,
            "/set/voltage",
            json!("1.5 V"),
            "set.voltage: is 1.5 V, but this card SETs at negative",
        ),
        (&statistics, "/reset/voltage", json!("-1 V"), "RESETs at positive voltages"),
        (&statistics, "/set/edge", json!("0 s"), "set.width and edge together"),
        (&statistics, "/devices", json!(0), "devices: must be 1 to"),
        (&statistics, "/cycles", json!(10_000_000), "cycles: must be 1 to 500000"),
        (&statistics, "/read_bandwidth", json!("100 ns"), "expected one in Hz"),
        (&endurance, "/high_resistance_limit", json!("5 kOhm"), "must not lie below low_resistance_limit"),
        (&endurance, "/most_pulses", json!(0), "most_pulses: must be 1 to"),
        (&endurance, "/forming/step", json!("-0.1 V"), "forming: from, to and step must all be positive"),
        (&endurance, "/reset/width", json!("-1 us"), "reset.width: must not be negative"),
        (&forming, "/card", json!("statistical_synaptogen"), "knows no cell before forming"),
        (&forming, "/pulses/to", json!("1 V"), "pulses: from, to and step"),
    ] {
        let mut bad = script.clone();
        *bad.pointer_mut(path).unwrap() = value;
        let folder = folder_with(&bad);
        let output = program(folder.path(), &["run", "s.json"]);
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{path}: {stderr}");
        assert!(stderr.contains(says), "{path}: {stderr}");
    }
}
