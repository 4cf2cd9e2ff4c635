//! Sneak paths and read margins: the closed form of floating lines, the limits of the schemes, the shipped scripts.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod runs;

use neurofilament::crossbar::cells::SinhSelector;
use neurofilament::crossbar::read_margin::{Cells, Curve, Margin, Reader, Scheme};
use neurofilament::record::RecordFile;

const LOW: f64 = 1e-4;
const HIGH: f64 = 1e-6;

fn ideal(size: usize, scheme: Scheme) -> Reader {
    Reader {
        size,
        segments: [0.0, 0.0],
        terminals: [0.0, 0.0],
        voltage: 0.2,
        cells: Cells { curve: Curve::Ohmic, selector: None },
        scheme,
    }
}

#[test]
fn floating_lines_are_three_resistances_in_series() {
    for size in [2, 3, 7, 20, 64] {
        let reader = ideal(size, Scheme::Floating);
        let margin = Margin::measure(&reader, &vec![LOW; size * size], [LOW, HIGH]).unwrap();
        let others = (size - 1) as f64;
        let sneak = 1.0 / LOW * (2.0 / others + 1.0 / (others * others));
        for (reading, own) in [(margin.low, LOW), (margin.high, HIGH)] {
            let exact = 0.2 * (own + 1.0 / sneak);
            assert!((reading.sensed / exact - 1.0).abs() < 1e-12, "{size}: {} {exact}", reading.sensed);
            assert!((reading.cell / (0.2 * own) - 1.0).abs() < 1e-12);
        }
        let share = 1.0 / (1.0 + HIGH * sneak);
        assert!((margin.sneak_share() - share).abs() < 1e-12);
    }
}

#[test]
fn ideal_wires_keep_grounded_lines_apart_and_add_what_schemes_apply() {
    let size = 16;
    let background = vec![LOW; size * size];
    let read = |scheme| Margin::measure(&ideal(size, scheme), &background, [LOW, HIGH]).unwrap();
    let grounded = read(Scheme::Grounded);
    assert!((grounded.current() - 0.99).abs() < 1e-12 && grounded.sneak_share().abs() < 1e-12);
    // Half of the voltage on the 15 other cells of the bit line; a third of it under V/3.
    for (scheme, share) in [(Scheme::Half, 0.5), (Scheme::Third, 1.0 / 3.0)] {
        let margin = read(scheme);
        let elsewhere = 15.0 * share * 0.2 * LOW;
        assert!((margin.high.sensed - 0.2 * HIGH - elsewhere).abs() < 1e-12 * elsewhere, "{scheme:?}");
        assert!((margin.low.sensed - 0.2 * LOW - elsewhere).abs() < 1e-12 * elsewhere);
    }
}

#[test]
fn curved_cells_and_selectors_lose_less() {
    let size = 24;
    let background = vec![LOW; size * size];
    let wired = |curve, selector, voltage| {
        let reader = Reader {
            segments: [2.0, 2.0],
            terminals: [50.0, 50.0],
            voltage,
            cells: Cells { curve, selector },
            ..ideal(size, Scheme::Half)
        };
        Margin::measure(&reader, &background, [LOW, HIGH]).unwrap()
    };
    let ohmic = wired(Curve::Ohmic, None, 0.2);
    let sinh = wired(Curve::Sinh(0.05), None, 0.2);
    let selected = wired(Curve::Ohmic, Some(SinhSelector { current: 1e-10, voltage: 0.06 }), 1.2);
    let both = wired(Curve::Sinh(0.5), Some(SinhSelector { current: 1e-10, voltage: 0.06 }), 1.2);
    println!(
        "V/2, {size} lines: ohmic {:.4}, sinh {:.4}, selector {:.4}, both {:.4}",
        ohmic.current(),
        sinh.current(),
        selected.current(),
        both.current()
    );
    assert!(ohmic.current() < sinh.current() && sinh.current() < selected.current());
    assert!(both.current() > 0.5 && both.sneak_share() < ohmic.sneak_share());
    // A cell alone keeps the conductance it has at the read voltage.
    let alone =
        Reader { cells: Cells { curve: Curve::Sinh(0.05), selector: None }, ..ideal(2, Scheme::Grounded) };
    let margin = Margin::measure(&alone, &[HIGH; 4], [LOW, HIGH]).unwrap();
    assert!((margin.low.sensed / (0.2 * LOW) - 1.0).abs() < 1e-8, "{}", margin.low.sensed);
}

#[test]
fn shipped_scripts_run_and_a_selector_carries_further() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| {
        let script = format!("{}/experiments/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let arguments = ["run", &script, "--report", "--set", "sizes=[2, 4, 8, 16, 24]"];
        let path = runs::succeed(folder.path(), &arguments);
        let page = std::fs::read_to_string(path.with_extension("html")).unwrap();
        assert!(page.contains("Read margin, other cells conductive") && page.contains("Largest array"));
        RecordFile::open(&path).unwrap()
    };
    let (plain, selector) = (run("read_margin"), run("read_margin_selector"));
    let margin = |record: &RecordFile, scheme: &str| {
        record.numbers(&format!("/results/{scheme}/current_margin")).unwrap()
    };
    for scheme in ["floating", "grounded", "half", "third"] {
        let (ohmic, selected) = (margin(&plain, scheme), margin(&selector, scheme));
        assert_eq!(ohmic.len(), 4 * 5);
        // Conductive background: falls with the size.
        assert!(ohmic[..5].windows(2).all(|w| w[1] < w[0]), "{scheme}: {ohmic:?}");
        if scheme != "grounded" {
            assert!(selected[4] > ohmic[4] + 0.1, "{scheme}: {} {}", selected[4], ohmic[4]);
        }
        // The fixed reference is never better than the same background.
        for k in 0..5 {
            let worst = ohmic[k].min(ohmic[5 + k]).min(ohmic[10 + k]);
            assert!(ohmic[15 + k] <= worst + 1e-12, "{scheme} {k}");
        }
    }
    let largest = plain.numbers("/results/floating/largest_size").unwrap();
    assert!((largest[0] - 16.0).abs() < 0.5, "{largest:?} {:?}", margin(&plain, "floating"));
}

#[test]
fn an_array_without_cells_or_with_too_few_is_refused() {
    let none = ideal(0, Scheme::Floating);
    assert_eq!(none.selected(), 0);
    assert!(none.read(Vec::new()).unwrap_err().to_string().contains("0 word lines"));
    let few = Margin::measure(&ideal(3, Scheme::Half), &[1e-5; 2], [1e-4, 1e-6]).unwrap_err();
    assert!(few.to_string().contains("has 2 values, expected 9"), "{few}");
}

#[test]
fn wrong_scripts_are_told_what_would_be_right() {
    let script = format!("{}/experiments/read_margin.json", env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    for (edit, said) in [
        ("sizes=[4, 4]", "sizes[1]: 4 does not rise above 4"),
        ("sizes=[1]", "sizes[0]: must be 2 to 1024"),
        ("high_resistance=1 kOhm", "high_resistance: must be above low_resistance"),
        ("schemes=[\"V/2\", \"V/2\"]", "schemes[1]: is there twice"),
        ("nonlinearity_voltage=0.28 mV", "nonlinearity_voltage: must be at least read_voltage (0.2 V) / 300"),
        ("selector={\"current\": \"1 uA\", \"voltage\": \"0.1 mV\"}", "selector.voltage: must be at least"),
        ("threshold=3", "threshold: must be 0 to 1"),
    ] {
        let output = runs::program(folder.path(), &["run", &script, "--set", edit]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(said), "{edit}: {error}");
    }
}
