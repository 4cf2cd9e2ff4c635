//! The shipped studies of single cells keep what their scripts claim: values set beside their results hold,
//! and reports compare every one of them.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod runs;

use std::fs;
use std::path::{Path, PathBuf};

use neurofilament::record::RecordFile;
use runs::succeed;
use serde_json::json;

/// Runs a shipped script in a folder; record and report.
fn study(folder: &Path, name: &str) -> (RecordFile, String) {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("experiments/{name}.json"));
    let path = succeed(folder, &["run", script.to_str().unwrap(), "--report"]);
    let page = fs::read_to_string(path.with_extension("html")).unwrap();
    (RecordFile::open(&path).unwrap(), page)
}

/// Largest deviation of a result from its published values, and how many there are.
fn deviation(record: &RecordFile, result: &str) -> (f64, usize) {
    let published = record.numbers(&format!("/published/{result}")).unwrap();
    let ours = record.numbers(&format!("/results/{result}")).unwrap();
    assert_eq!(published.len(), ours.len(), "{result}");
    let pairs = published.iter().zip(&ours).filter(|(p, _)| !p.is_nan());
    let deviations: Vec<f64> = pairs.map(|(p, o)| (o / p - 1.0).abs()).collect();
    // A cell that did not switch gives NaN, which a maximum passes over.
    assert!(deviations.iter().all(|d| d.is_finite()), "{result}: {deviations:?}");
    let worst = deviations.iter().copied().fold(0.0, f64::max);
    (worst, deviations.len())
}

#[test]
fn kinetics_and_compliance_stay_beside_their_published_values() {
    let folder = tempfile::tempdir().unwrap();
    for (name, result, tolerance, count) in [
        ("set_kinetics_temperature_jart", "set_time", 0.01, 14),
        ("reset_kinetics_jart", "reset_time", 0.01, 20),
        ("compliance_jart", "final_state", 0.01, 10),
        ("compliance_jart", "final_conductance", 0.005, 9),
        // Read off a figure to about 20 %.
        ("set_kinetics_jart", "set_time", 0.3, 7),
    ] {
        let (record, page) = study(folder.path(), name);
        let (worst, values) = deviation(&record, result);
        println!("{name}, {result}: {values} values, largest deviation {:.2} %", 100.0 * worst);
        assert!(values == count && worst < tolerance, "{name} {result}: {values} values, {worst}");
        assert!(!page.contains("Not comparable"), "{name}");
        if name == "set_kinetics_temperature_jart" {
            assert!(page.contains("Apparent activation energy") && page.contains("<td>0.760</td>"));
        }
    }
}

#[test]
fn read_noise_moves_what_is_read_in_whole_vacancies() {
    let folder = tempfile::tempdir().unwrap();
    let (record, page) = study(folder.path(), "iv_read_noise_jart");
    let vacancies = record.numbers("/traces/read/read_noise").unwrap();
    let currents = record.numbers("/traces/read/current").unwrap();
    assert_eq!(vacancies.len(), currents.len());
    // One level of the current for each number of vacancies, 1.1 µA apart.
    let level = |s: f64| {
        let at: Vec<f64> = (vacancies.iter().zip(&currents))
            .skip(3)
            .filter(|(v, _)| (*v - s).abs() < 0.5)
            .map(|(_, i)| *i)
            .collect();
        assert!(at.iter().all(|i| (i / at[0] - 1.0).abs() < 1e-4), "{s}: {at:?}");
        at[0]
    };
    for s in [-1.0, 0.0] {
        let step = level(s + 1.0) - level(s);
        assert!((1.0e-6..1.3e-6).contains(&step), "{step:e}");
    }
    let states = record.numbers("/traces/read/state_vacancy_concentration").unwrap();
    assert!(states.iter().all(|n| (n / states[0] - 1.0).abs() < 1e-5), "the state must rest");
    assert!(page.contains("Read noise"));
}

#[test]
fn a_reset_that_never_begins_or_ends_is_no_time() {
    let script = json!({
        "kind": "reset_kinetics",
        "card": "jart_vcm_v1b_kinetics",
        "voltages": ["0.3 V", "1.5 V"],
        "threshold_current": "300 uA",
        "time_limit": "1 ms",
    });
    let folder = runs::folder_with(&script);
    let record = RecordFile::open(&succeed(folder.path(), &["run", "s.json"])).unwrap();
    let times = record.numbers("/results/reset_time").unwrap();
    // At 0.3 V less than 300 µA flow from the beginning.
    assert!(times[0].is_nan() && (times[1] / 1.31e-6 - 1.0).abs() < 0.02, "{times:?}");
}

#[test]
fn a_complementary_cell_ends_its_sweeps_as_it_began() {
    let folder = tempfile::tempdir().unwrap();
    let (record, _) = study(folder.path(), "iv_complementary_jart_v2");
    let first = record.numbers("/traces/iv/state_vacancy_concentration_1").unwrap();
    let second = record.numbers("/traces/iv/state_vacancy_concentration_2").unwrap();
    let total = first[0] + second[0];
    assert!(first.iter().zip(&second).all(|(a, b)| ((a + b) / total - 1.0).abs() < 1e-9));
    // Full, empty, full again in each sweep.
    let quarter = first.len() / 4;
    assert!(first[0] > 16e26 && first[quarter] < 0.1e26 && first[2 * quarter] > 16e26, "{first:?}");
    let currents = record.numbers("/traces/iv/current").unwrap();
    let peak = currents.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
    assert!((1.4e-3..1.7e-3).contains(&peak), "{peak:e}");
}
