//! The study `filament`: its record, its report, interruption and bad input.

#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

use neurofilament::record::{RecordFile, Values};
use neurofilament::report;
use serde_json::{Value, json};

mod runs;

use runs::{folder_with, program, succeed};

/// A film that takes a fraction of a second.
fn small() -> Value {
    json!({
        "kind": "filament",
        "title": "A small film",
        "seed": 2,
        "card": "kinetic_monte_carlo_hfo2",
        "width": "3 nm",
        "thickness": "3 nm",
        "vacancy_share": "2 %",
        "cells": 2,
        "rate": "1e6 V/s",
        "ramps": [
            { "name": "forming", "peak": "2.4 V", "compliance_current": "10 uA" },
            { "name": "RESET", "peak": "-1.2 V" },
        ],
        "frames": 4,
        "samples_per_frame": 3,
    })
}

#[test]
fn the_record_holds_the_film_and_the_report_shows_it() {
    let folder = folder_with(&small());
    let path = succeed(folder.path(), &["run", "s.json", "--out", "out"]);
    let file = RecordFile::open(&path).unwrap();
    let sites = file.read("/filament/sites").unwrap();
    assert_eq!(sites.shape, [17, 2, 6, 6, 6]);
    let Values::U8(bytes) = &sites.values else { panic!("a byte per site") };
    let scales = ["time", "", "z", "y", "x"];
    for (scale, name) in sites.scales.iter().zip(scales) {
        let expected = (!name.is_empty()).then(|| format!("/filament/{name}"));
        assert_eq!(*scale, expected);
    }
    // Sites and trace count the same vacancies and ions at every frame.
    let (times, frames) = (file.numbers("/traces/iv/time").unwrap(), file.numbers("/filament/time").unwrap());
    let vacancies = file.numbers("/traces/iv/vacancies").unwrap();
    let ions = file.numbers("/traces/iv/ions").unwrap();
    assert_eq!((times.len(), frames.len()), (1 + 2 * 2 * 4 * 3, 17));
    for (k, time) in frames.iter().enumerate() {
        let row = times.iter().position(|t| t.to_bits() == time.to_bits()).unwrap();
        for cell in 0..2 {
            let part = &bytes[(k * 2 + cell) * 216..][..216];
            let count = |what: u8| part.iter().map(|s| f64::from(u8::from(*s == what))).sum::<f64>();
            assert_eq!((count(1), count(2)), (vacancies[row * 2 + cell], ions[row * 2 + cell]));
        }
    }
    let conductance = file.numbers("/results/conductance").unwrap();
    println!("after forming and RESET {conductance:?} S");
    assert!(conductance[..2].iter().any(|g| *g > 1e-6), "a cell forms");
    let switched = file.numbers("/results/switching_voltage").unwrap();
    assert!(switched[..2].iter().any(|v| *v > 0.5 && *v <= 2.4) && switched[2..].iter().all(|v| v.is_nan()));

    let html = report::html(&path).unwrap();
    assert!(
        html.contains("<h2>Filament</h2>") && html.contains("after forming") && html.contains("after RESET")
    );
    assert_eq!(
        html.matches(">active electrode</text>").count(),
        4,
        "before, on the way, and after each ramp"
    );
    assert!(html.contains("class=\"viewer\" hidden") && html.contains("@media print { .viewer"));
    assert!(!html.contains("http:") && !html.contains("https:") && !html.contains("src="), "self-contained");
    assert!(!html.contains("NaN"));
    assert_eq!(html.matches("<svg").count(), html.matches("</svg>").count());
    // The packed frames are JSON with one entry per frame and cell.
    let data =
        html.split("<script type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
    let data: Value = serde_json::from_str(data).unwrap();
    assert_eq!(data["size"], json!([6, 6, 6]));
    assert!(data["cells"].as_array().unwrap().iter().all(|cell| cell.as_array().unwrap().len() == 17));
}

#[test]
fn a_sweep_keeps_every_film() {
    let mut script = small();
    script["cells"] = json!(1);
    script["sweep"] = json!({ "parameters": { "ambient_temperature": ["300 K", "350 K"] } });
    let folder = folder_with(&script);
    let path = succeed(folder.path(), &["sweep", "s.json", "--out", "out"]);
    let file = RecordFile::open(&path).unwrap();
    for point in ["000000", "000001"] {
        assert_eq!(file.shape(&format!("/points/{point}/filament/sites")).unwrap(), [17, 1, 6, 6, 6]);
    }
    assert_eq!(file.shape("/results/conductance").unwrap(), [2, 2, 1]);
    assert_eq!(report::html(&path).unwrap().matches("class=\"viewer\" hidden").count(), 2);
}

#[test]
fn what_cannot_be_run_is_refused_with_the_field() {
    let cases = [
        ("thickness", json!("0.4 nm"), "thickness: is 4e-10 m, but must hold at least two sites"),
        ("width", json!("3 um"), "width: makes 216000000 sites with the thickness, more than 4000000"),
        ("vacancy_share", json!("60 %"), "vacancy_share: must be 0 to 50 %, but is 0.6"),
        ("ramps", json!([]), "ramps: the list is empty"),
        ("ramps", json!([{ "name": "a", "peak": "0 V" }]), "ramps[0].peak: is 0 V"),
        ("rate", json!("0 V/s"), "rate: must be above zero"),
        ("frames", json!(0), "frames: must be 1 to"),
        ("exponent_tolerance", json!(0.0), "exponent_tolerance: must be above 0"),
        ("card", json!("jart_vcm_v1b_iv"), "the shipped cards are kinetic_monte_carlo_hfo2"),
        ("parameters", json!({ "ion_hop_barrier": "0.7 V" }), "parameters.ion_hop_barrier"),
        ("parameters", json!({ "ion_hop": "0.7 eV" }), "parameters.ion_hop: is not a parameter"),
    ];
    for (field, value, expected) in cases {
        let mut script = small();
        script[field] = value;
        let folder = folder_with(&script);
        let output = program(folder.path(), &["run", "s.json", "--out", "out"]);
        // Long lines are broken at spaces.
        let error = String::from_utf8_lossy(&output.stderr).replace(['│', '╰', '├', '─', '▶'], " ");
        let error = error.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(output.status.code(), Some(2), "{error}");
        assert!(error.contains(expected), "{expected}\n{error}");
    }
}

#[test]
fn the_cards_of_filaments_are_listed_and_explained() {
    let folder = folder_with(&small());
    let said = |arguments: &[&str]| {
        let output = program(folder.path(), arguments);
        assert!(output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(said(&["models"]).contains("kinetic_monte_carlo_hfo2"));
    let list: Value = serde_json::from_str(&said(&["models", "--json"])).unwrap();
    assert!(list.as_array().unwrap().iter().any(|card| card["name"] == "kinetic_monte_carlo_hfo2"));
    let page = said(&["models", "kinetic_monte_carlo_hfo2"]);
    assert!(page.contains("ion_hop_barrier") && page.contains("0.7 eV") && page.contains("0.5 nm"));
    let card: Value = serde_json::from_str(&said(&["models", "kinetic_monte_carlo_hfo2", "--json"])).unwrap();
    assert_eq!(card["parameters"]["release_barrier"], "0.8 eV");
}
