//! Hammering an array of JART VCM v1b cells: blocks of pulses against every single pulse, limits that are known
//! otherwise, and the published trends.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod runs;

use std::collections::BTreeMap;

use device_models::card::DeviceCard;
use device_models::{CurrentLimit, Surroundings};
use neurofilament::crossbar::disturb::{self, RestingCell, Stress};
use neurofilament::crossbar::hammer::{Heat, Outcome, Pulses, Setup};
use neurofilament::crossbar::thermal::{Coefficients, Electrode, Geometry, ThermalNetwork, lattice};
use neurofilament::crossbar::{Array, Bias};
use neurofilament::record::RecordFile;
use serde_json::{Value, json};

const RESISTANCE: f64 = 15.72e6;
const SIZE: usize = 3;
const MIDDLE: usize = 4;

fn card() -> DeviceCard {
    DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap()
}

fn network(crosstalk: f64, time_constant: Option<f64>) -> ThermalNetwork {
    let regular = lattice::with_crosstalk(crosstalk, crosstalk, RESISTANCE).unwrap();
    let heat_capacity = time_constant.map(|tau| tau * regular.to_sink);
    ThermalNetwork::uniform(SIZE, SIZE, &Coefficients { heat_capacity, ..regular }).unwrap()
}

/// A conductive cell in the middle of resistive ones.
fn setup(card: &DeviceCard, wire: f64, width: f64, count: u64) -> Setup<'_> {
    let cells = SIZE * SIZE;
    let mut slow = vec![card.slow_state("hrs").unwrap(); cells];
    slow[MIDDLE] = card.slow_state("lrs").unwrap();
    Setup {
        model: &*card.model,
        spreads: vec![Vec::new(); cells],
        slow,
        surroundings: Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None },
        array: Array::uniform(SIZE, SIZE, vec![0.0; cells], wire, wire),
        hammered: vec![MIDDLE],
        biases: vec![Bias::half(SIZE, SIZE, (1, 1), -1.1)],
        pulses: Pulses { width, period: 2.0 * width, count },
        thermal: None,
        sources: vec![1, 3, 4, 5, 7],
        read_voltage: 0.2,
        flip_conductance: 1e-4,
        tolerance: 0.05,
        stop_after: Some(1),
    }
}

fn run(setup: &Setup) -> Outcome {
    setup.run(&mut |_| true).unwrap()
}

fn first(outcome: &Outcome) -> u64 {
    outcome.flips.iter().flatten().copied().min().unwrap()
}

/// The cells on the lines of the hammered one.
const HALF: [usize; 4] = [1, 3, 5, 7];

#[test]
fn blocks_of_pulses_agree_with_every_single_pulse() {
    let card = card();
    let hammer = |tolerance: f64| {
        let mut setup = setup(&card, 15.0, 50e-9, 400);
        setup.thermal = Some((network(0.1, Some(10e-9)), Heat::Filament(RESISTANCE)));
        setup.stop_after = Some(4);
        setup.tolerance = tolerance;
        run(&setup)
    };
    let (every, blocks) = (hammer(0.0), hammer(0.05));
    println!("every pulse {:?}", every.flips);
    println!("blocks      {:?}: {} single, {} blocks", blocks.flips, blocks.resolved, blocks.blocks);
    assert!(every.blocks == 0 && blocks.blocks > 5 && blocks.resolved * 2 < every.resolved);
    for k in 0..SIZE * SIZE {
        match (every.flips[k], blocks.flips[k]) {
            (Some(a), Some(b)) => assert!(HALF.contains(&k) && a.abs_diff(b) <= 1 + a / 100, "{k}: {a} {b}"),
            (a, b) => assert!(a.is_none() && b.is_none() && !HALF.contains(&k), "{k}: {a:?} {b:?}"),
        }
    }
    assert!(every.flips[3] < every.flips[1], "less voltage is lost on the word line");
}

#[test]
fn without_wires_and_heat_it_is_the_half_select_disturb() {
    let card = card();
    let mut setup = setup(&card, 0.0, 10e-9, 1_000_000);
    setup.surroundings.ambient_temperature = 353.0;
    setup.stop_after = None;
    let outcome = run(&setup);
    let cell = RestingCell { spread: Vec::new(), slow: setup.slow[0] };
    let stress = Stress { width: 10e-9, pulses: 1e6, threshold: 1e-4 };
    let alone = disturb::pulses_to_switch(&*card.model, &cell, -0.55, &setup.surroundings, &stress).unwrap();
    for k in 0..SIZE * SIZE {
        match outcome.flips[k] {
            Some(pulses) => {
                assert!(HALF.contains(&k) && (pulses as f64 / alone - 1.0).abs() < 0.01, "{pulses}");
            }
            None => assert!(!HALF.contains(&k), "{k}"),
        }
    }
    // 7.7e4 half-selects of 10 ns: see tests/crossbar_disturb.rs.
    assert!((first(&outcome) as f64 / 7.7e4 - 1.0).abs() < 0.1, "{}", first(&outcome));
    // V/3: no bit flips.
    setup.biases = vec![Bias::third(SIZE, SIZE, (1, 1), -1.1)];
    assert_eq!(run(&setup).flips, vec![None; 9]);
    setup.biases = vec![Bias::half(SIZE, SIZE, (1, 1), -1.1)];
    // Half-selects shared by two hammered cells of one word line: the others of that line get all of them.
    setup.slow[3] = setup.slow[MIDDLE];
    setup.hammered.push(3);
    setup.biases.push(Bias::half(SIZE, SIZE, (1, 0), -1.1));
    let both = run(&setup);
    let ratio = |k: usize| both.flips[k].unwrap() as f64 / alone;
    assert!((ratio(5) - 1.0).abs() < 0.01 && (ratio(0) - 2.0).abs() < 0.02, "{:?}", both.flips);
}

#[test]
fn neighbours_are_as_warm_as_the_network_says() {
    let card = card();
    let mut setup = setup(&card, 2.0, 50e-9, 1);
    let mut warm = network(0.08, None);
    let response = warm.response(MIDDLE).unwrap();
    let own: Vec<f64> = (0..9).map(|k| warm.response(k).unwrap()[k]).collect();
    setup.thermal = Some((warm.clone(), Heat::Filament(RESISTANCE)));
    let steady = run(&setup).first;
    let filament = steady.temperatures[MIDDLE] - 293.0 - steady.rises[MIDDLE];
    let all = warm.rises(&steady.heat).unwrap();
    for k in 0..9 {
        // All heat but one's own; nearly all of it comes from the middle.
        let expected = all[k] - own[k] * steady.heat[k];
        assert!((steady.rises[k] - expected).abs() < 0.05, "{k}: {} {expected}", steady.rises[k]);
        if k != MIDDLE {
            let of_middle = response[k] / RESISTANCE * filament;
            assert!(steady.rises[k] > of_middle && steady.rises[k] < 1.25 * of_middle + 6.0, "{k}");
        }
    }
    // R_th P = 15.72e6 K/W times the power of the filament; the hammered cell is hot, the others are not.
    assert!((1200.0..1700.0).contains(&filament), "{filament}");
    // In time: a pulse much longer than the time constant ends as warm, a short one less.
    let at_end = |time_constant: f64| {
        let mut setup = self::setup(&card, 2.0, 50e-9, 1);
        setup.thermal = Some((network(0.08, Some(time_constant)), Heat::Filament(RESISTANCE)));
        run(&setup).first.rises[1]
    };
    let (fast, slow) = (at_end(1e-9), at_end(200e-9));
    assert!((fast / steady.rises[1] - 1.0).abs() < 0.01, "{fast} {}", steady.rises[1]);
    assert!(slow < 0.8 * fast, "{slow} {fast}");
    // At the end, not the mean of the last section: the network alone under the power at the end, which is a
    // little more than before.
    for time_constant in [20e-9, 50e-9, 200e-9] {
        let mut network = network(0.08, Some(time_constant));
        let mut setup = self::setup(&card, 2.0, 50e-9, 1);
        setup.thermal = Some((network.clone(), Heat::Filament(RESISTANCE)));
        let end = run(&setup).first;
        let mut rises = vec![0.0; 9];
        let middle: Vec<f64> = (0..9).map(|k| if k == MIDDLE { end.heat[k] } else { 0.0 }).collect();
        for _ in 0..100 {
            network.step(&mut rises, &middle, 0.5e-9).unwrap();
        }
        println!(
            "{time_constant:e} s: {} K at the end, {} K of the middle cell alone",
            end.rises[1], rises[1]
        );
        assert!(end.rises[1] > 0.9 * rises[1] && end.rises[1] < 1.1 * rises[1] + 1.0);
    }
}

/// A change of a good set-up and what is said of it.
type Case<'a> = (&'a dyn Fn(&mut Setup), &'a str);

#[test]
fn setups_that_cannot_be_are_refused() {
    let card = card();
    let fault = |change: &dyn Fn(&mut Setup)| {
        let mut setup = setup(&card, 2.0, 50e-9, 4);
        change(&mut setup);
        setup.run(&mut |_| true).unwrap_err().to_string()
    };
    let cases: [Case; 9] = [
        (&|s| s.biases.clear(), "the number of biases is 0"),
        (&|s| s.pulses.count = 0, "the number of pulses is 0, expected at least one for each bias"),
        (&|s| s.pulses.width = f64::NAN, "the width of a pulse is NaN"),
        (&|s| s.pulses.period = 1e-9, "the period of the pulses"),
        (&|s| s.slow.truncate(8), "the list of states has 8 values, expected 9"),
        (&|s| s.spreads.truncate(4), "the list of spreads has 4 values, expected 9"),
        (&|s| s.hammered = vec![9], "the number of a hammered cell is 9"),
        (&|s| s.read_voltage = 0.0, "the read voltage is 0"),
        (
            &|s| {
                s.sources = vec![9];
                s.thermal = Some((network(0.1, None), Heat::Cell));
            },
            "the number of a source of heat is 9",
        ),
    ];
    for (change, said) in cases {
        let error = fault(change);
        assert!(error.contains(said), "{error}");
    }
    // No spreads are nominal ones.
    let mut nominal = setup(&card, 2.0, 50e-9, 2);
    let listed = run(&nominal);
    nominal.spreads.clear();
    assert_eq!(run(&nominal), listed);
}

/// Voltages that are only tried on the way to the operating point leave no flags: a cell that the wires spare does not
/// get those it would have met without wires.
#[test]
fn only_voltages_that_are_met_leave_flags() {
    let card = card();
    let flags = |wire: f64, voltage: f64| {
        let mut setup = setup(&card, wire, 50e-9, 1);
        setup.biases = vec![Bias::half(SIZE, SIZE, (1, 1), voltage)];
        let outcome = run(&setup);
        (outcome.flags[MIDDLE], outcome.first.voltages[MIDDLE])
    };
    let (ideal, applied) = flags(0.0, -3.0);
    let (spared, rest) = flags(2e4, -3.0);
    let (low, _) = flags(0.0, rest);
    println!("{applied} V: {ideal:?}\n{rest} V: {spared:?}\nwithout wires there {low:?}");
    assert!(ideal != low, "the case must tell");
    assert_eq!(spared, low);
}

#[test]
fn closer_and_hotter_takes_fewer_pulses() {
    let card = card();
    let pulses = |spacing: f64, temperature: f64| {
        let line = Electrode { width: 100e-9, thickness: 20e-9, conductivity: 10.0, to_sink: Some(50e-9) };
        let geometry = Geometry {
            word_lines: line,
            bit_lines: line,
            spacing,
            oxide_conductivity: 1.4,
            metal_heat_capacity: None,
            oxide_heat_capacity: 0.0,
        };
        let coefficients = geometry.coefficients().unwrap();
        let network = ThermalNetwork::uniform(SIZE, SIZE, &coefficients).unwrap();
        let mut setup = setup(&card, 5.0, 50e-9, 100_000_000);
        setup.surroundings.ambient_temperature = temperature;
        setup.thermal = Some((network, Heat::Cell));
        first(&run(&setup))
    };
    let spacings = [10e-9, 50e-9, 90e-9];
    let cool = spacings.map(|s| pulses(s, 293.0));
    let hot = spacings.map(|s| pulses(s, 353.0));
    println!("spacing 10, 50, 90 nm: {cool:?} pulses at 293 K, {hot:?} at 353 K");
    for k in 0..3 {
        assert!(hot[k] < cool[k], "{hot:?} {cool:?}");
    }
    assert!(cool[0] < cool[1] && cool[1] < cool[2] && hot[0] < hot[1] && hot[1] < hot[2]);
}

#[test]
fn shipped_scripts_run_and_their_reports_show_it() {
    let folder = tempfile::tempdir().unwrap();
    let script = |name: &str| format!("{}/experiments/{name}.json", env!("CARGO_MANIFEST_DIR"));
    let path =
        runs::succeed(folder.path(), &["run", &script("hammer_jart"), "--report", "--set", "pulses=100000"]);
    let record = RecordFile::open(&path).unwrap();
    let flips = record.numbers("/results/pulses_to_flip").unwrap();
    let cold = record.numbers("/results/pulses_without_heat").unwrap();
    let rises = record.numbers("/results/local_temperature_rise").unwrap();
    let nearest = [7, 11, 13, 17];
    for k in nearest {
        assert!(flips[k] < 0.1 * cold[k] || cold[k].is_nan(), "{k}: {} {}", flips[k], cold[k]);
        assert!(rises[k] > 20.0 && rises[k] > 2.0 * rises[2], "{k}: {}", rises[k]);
    }
    let least = flips.iter().copied().filter(|f| f.is_finite()).fold(f64::INFINITY, f64::min);
    assert!(nearest.iter().any(|k| flips[*k].to_bits() == least.to_bits()), "{flips:?}");
    assert_eq!(record.numbers("/results/first_flip").unwrap(), [least]);
    let page = std::fs::read_to_string(path.with_extension("html")).unwrap();
    assert!(page.contains("Hammering") && page.contains("Warmth from other cells"));

    let arguments = [
        "run",
        &script("sweep_hammer_spacing_temperature"),
        "--report",
        "--set",
        "sweep.parameters={\"ambient_temperature\": [\"323 K\", \"353 K\"], \"thermal.geometry.spacing\": [\"30 nm\", \"70 nm\"]}",
    ];
    let path = runs::succeed(folder.path(), &arguments);
    let record = RecordFile::open(&path).unwrap();
    let flips = record.numbers("/results/first_flip").unwrap();
    assert!(
        flips[0] < flips[1] && flips[2] < flips[3] && flips[2] < flips[0] && flips[3] < flips[1],
        "{flips:?}"
    );
    let page = std::fs::read_to_string(path.with_extension("html")).unwrap();
    assert!(page.contains("Pulses until the first flip against spacing"));
}

#[test]
fn wrong_scripts_are_told_what_would_be_right() {
    let mut good: Value = serde_json::from_str(
        &std::fs::read_to_string(format!("{}/experiments/hammer_jart.json", env!("CARGO_MANIFEST_DIR")))
            .unwrap(),
    )
    .unwrap();
    good["thermal"]["geometry"]["oxide_above"] = Value::Null;
    for (pointer, value, said) in [
        ("/hammered", json!([]), "hammered: the list is empty"),
        ("/hammered", json!([[2, 5]]), "[2, 5] is no cell of 5 × 5"),
        ("/hammered", json!([[2, 2], [2, 2]]), "hammered[1]: [2, 2] is there twice"),
        ("/hammered", json!([2, 2]), "expected a list of two: [row, column]"),
        ("/flip_conductance", json!("1 nS"), "flip_conductance: must be above victim_state"),
        (
            "/victim_state",
            json!("lrs"),
            "victim_state: reads 6.1679e-4 S, but must read above zero and below",
        ),
        ("/period", json!("10 ns"), "shorter than the width"),
        ("/pulses", json!(0), "pulses: must be 1 to"),
        ("/tolerance", json!(2), "tolerance: must be 0 to 0.5"),
        ("/thermal/geometry/oxide_below", Value::Null, "neither word lines nor bit lines have a heat sink"),
        ("/thermal/geometry/spacing", json!("0 nm"), "the spacing of the lines is 0"),
        (
            "/thermal/crosstalk",
            json!({ "word_line": 0.1, "bit_line": 0.1 }),
            "give either geometry or crosstalk",
        ),
        ("/word_line_resistance", json!("-1 Ohm"), "word_line_resistance: must not be negative"),
    ] {
        let mut script = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        script.pointer_mut(parent).unwrap()[name] = value;
        let folder = runs::folder_with(&script);
        let output = runs::program(folder.path(), &["run", "s.json"]);
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(!output.status.success() && error.contains(said), "{pointer}: {error}");
    }
    // A geometry that warms more than the card says is worth a warning.
    let mut script = good;
    script["thermal"]["thermal_resistance"] = json!("1e4 K/W");
    script["pulses"] = json!(1);
    let folder = runs::folder_with(&script);
    let output = runs::program(folder.path(), &["run", "s.json"]);
    assert!(output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("the geometry contradicts the card"));
}
