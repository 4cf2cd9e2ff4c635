//! Fits of synthetic measurements give back the parameters, within the errors they state.
//!
//! The measurements are made here from the models alone: nothing of the fit takes part.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::PathBuf;

use neurofilament::device_models::card::SHIPPED;
use neurofilament::device_models::{CurrentLimit, DeviceCard, Segment, Surroundings};
use neurofilament::fit::device::{self, Data, Fit, INITIAL_STATE, Measurement, Pulse, Sample, Settings};
use neurofilament::numerics::rng::{Purpose, Stream};

const ROOM: Surroundings = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };

fn card(name: &str, changed: &[(&str, &str)]) -> DeviceCard {
    let changed: BTreeMap<String, String> =
        changed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    DeviceCard::shipped(name, &changed).unwrap()
}

fn data(measurement: Measurement) -> Data {
    Data { path: PathBuf::from("synthetic.csv"), sha256: "0".repeat(64), measurement, notes: Vec::new() }
}

fn settings(free: &[&str], relative: f64, floor: f64) -> Settings {
    Settings {
        free: free.iter().map(ToString::to_string).collect(),
        ranges: Vec::new(),
        initial_state: "hrs".into(),
        surroundings: ROOM,
        read_voltage: None,
        relative_noise: Some(relative),
        noise_floor: Some(floor),
        starts: 1,
        seed: 0,
    }
}

/// A sweep through these voltages, read at every step with noise.
fn sweep(card: &DeviceCard, turns: &[f64], step: f64, rate: f64, noise: (f64, f64), seed: u64) -> Data {
    sweep_behind(CurrentLimit::None, card, turns, (step, rate), noise, seed)
}

/// The same behind a current limit.
fn sweep_behind(
    limit: CurrentLimit,
    card: &DeviceCard,
    turns: &[f64],
    (step, rate): (f64, f64),
    noise: (f64, f64),
    seed: u64,
) -> Data {
    let room = Surroundings { limit, ..ROOM };
    let mut voltages = vec![turns[0]];
    for turn in turns.windows(2) {
        let count = ((turn[1] - turn[0]).abs() / step).round() as usize;
        voltages.extend((1..=count).map(|i| turn[0] + (turn[1] - turn[0]) * i as f64 / count as f64));
    }
    let mut stream = Stream::new(seed, Purpose::ReadNoise, 0, 0);
    // A state of the base card may lie outside the bounds of the changed one.
    let (low, high) = card.model.bounds(&[]);
    let mut state = card.model.rest(card.states["hrs"].clamp(low, high), &room);
    let (mut time, mut last) = (0.0, turns[0]);
    let samples = voltages
        .iter()
        .map(|&voltage| {
            let duration = (voltage - last).abs() / rate;
            if duration > 0.0 {
                let ramp = Segment { start_voltage: last, end_voltage: voltage, duration };
                card.model.advance(&[], &mut state, &ramp, &room, None, None).unwrap();
            }
            (time, last) = (time + duration, voltage);
            let current = card.model.operating_point(&[], &state, voltage, &room).unwrap().current;
            let current = current * (1.0 + noise.0 * stream.normal()) + noise.1 * stream.normal();
            Sample { time, voltage, current }
        })
        .collect();
    data(Measurement::Sweep(samples))
}

/// `count` pulses of the first voltage, then as many of the second, each read with noise.
fn train(
    card: &DeviceCard,
    before: f64,
    voltages: [f64; 2],
    width: f64,
    count: usize,
    noise: f64,
    seed: u64,
) -> Data {
    let mut stream = Stream::new(seed, Purpose::ReadNoise, 0, 0);
    let mut slow = before;
    let pulses = (0..2 * count)
        .map(|i| {
            let voltage = voltages[i / count];
            let mut state = card.model.rest(slow, &ROOM);
            card.model
                .advance(&[], &mut state, &Segment::constant(voltage, width), &ROOM, None, None)
                .unwrap();
            slow = state[0];
            let rest = card.model.rest(slow, &ROOM);
            let point = card.model.operating_point(&[], &rest, card.read_voltage, &ROOM).unwrap();
            let conductance = point.current / point.voltage * (1.0 + noise * stream.normal());
            Pulse { voltage, width, conductance }
        })
        .collect();
    data(Measurement::Pulses(pulses))
}

/// (fitted − true) over the standard error of each parameter.
fn deviations(fit: &Fit, truth: &DeviceCard) -> Vec<f64> {
    let of = |f: &device::Fitted| (f.value - truth.parameters[&f.parameter.name]) / f.error.unwrap();
    fit.parameters.iter().map(of).collect()
}

/// Over several noises, about 68 % of the parameters lie within one standard error, none beyond four,
/// and χ² is what its degrees of freedom say.
fn covers(what: &str, truth: &DeviceCard, fits: &[Fit]) {
    let all: Vec<f64> = fits.iter().flat_map(|fit| deviations(fit, truth)).collect();
    let within = all.iter().filter(|z| z.abs() < 1.0).count() as f64 / all.len() as f64;
    let worst = all.iter().fold(0.0_f64, |most, z| most.max(z.abs()));
    let chi = fits.iter().map(|f| f.reduced_chi_square).sum::<f64>() / fits.len() as f64;
    println!("| {what} | {} | {:.0} % | {worst:.2} | {chi:.3} |", all.len(), 100.0 * within);
    // Three binomial standard deviations.
    let spread = 3.0 * (0.683 * 0.317 / all.len() as f64).sqrt();
    assert!((within - 0.683).abs() < spread, "{what}: {within} of {all:.2?}");
    assert!(worst < 4.0, "{what}: {all:.2?}");
    assert!((chi - 1.0).abs() < 0.15, "{what}: {chi}");
    for warning in fits.iter().flat_map(|fit| &fit.warnings) {
        assert!(warning.contains("strongly correlated"), "{what}: {warning}");
    }
}

#[test]
fn jart_loop() {
    let truth = card(
        "jart_vcm_v1b_iv",
        &[
            ("activation_energy", "1.37 eV"),
            ("thermal_resistance", "11e6 K/W"),
            ("oxide_resistance", "800 Ohm"),
        ],
    );
    let base = card("jart_vcm_v1b_iv", &[]);
    let free = ["activation_energy", "thermal_resistance", "oxide_resistance"];
    let fits: Vec<Fit> = (0..10)
        .map(|seed| {
            let loop_ = sweep(&truth, &[0.0, -1.0, 1.4, 0.0], 0.05, 1.0, (0.03, 2e-9), seed);
            device::fit(&base, &loop_, &settings(&free, 0.03, 2e-9)).unwrap()
        })
        .collect();
    assert!(fits.iter().all(|fit| !fit.jumps.is_empty()));
    covers("JART VCM v1b, I-V loop", &truth, &fits);
}

#[test]
fn stanford_loop() {
    let truth = card(
        "stanford_pku_v1",
        &[("voltage_scale", "0.27 V"), ("reference_current", "0.8 mA"), ("minimum_field", "1.45e9 V/m")],
    );
    let base = card("stanford_pku_v1", &[]);
    let free = ["voltage_scale", "reference_current", "minimum_field"];
    let fits: Vec<Fit> = (0..20)
        .map(|seed| {
            let loop_ = sweep(&truth, &[0.0, 1.6, -1.6, 0.0], 0.02, 1.0, (0.05, 1e-9), seed);
            device::fit(&base, &loop_, &settings(&free, 0.05, 1e-9)).unwrap()
        })
        .collect();
    assert!(fits.iter().all(|fit| fit.jumps.len() >= 2), "{:?}", fits[0].jumps);
    covers("Stanford-PKU, I-V loop", &truth, &fits);
}

#[test]
fn vteam_loop() {
    let truth = card(
        "vteam_tiox_1",
        &[
            ("on_resistance", "3 kOhm"),
            ("off_resistance", "9 kOhm"),
            ("on_rate", "-250 1/s"),
            ("off_rate", "5000 1/s"),
        ],
    );
    let base = card("vteam_tiox_1", &[]);
    let free = ["on_resistance", "off_resistance", "on_rate", "off_rate"];
    let fits: Vec<Fit> = (0..20)
        .map(|seed| {
            let loop_ = sweep(&truth, &[0.0, -1.5, 2.0, 0.0], 0.02, 10.0, (0.02, 1e-8), seed);
            device::fit(&base, &loop_, &settings(&free, 0.02, 1e-8)).unwrap()
        })
        .collect();
    covers("VTEAM, I-V loop", &truth, &fits);
}

#[test]
fn pulses_of_a_conductance_step_device() {
    let truth =
        card("step_reram_soft_bounds", &[("step", "0.008"), ("slope_up", "0.8"), ("slope_down", "1.1")]);
    let base = card("step_reram_soft_bounds", &[]);
    let free = ["step", "slope_up", "slope_down"];
    let fits: Vec<Fit> = (0..20)
        .map(|seed| {
            let pulses = train(&truth, truth.states["hrs"], [1.0, -1.0], 100e-9, 100, 0.01, seed);
            device::fit(&base, &pulses, &settings(&free, 0.01, 1e-9)).unwrap()
        })
        .collect();
    covers("conductance steps, pulses", &truth, &fits);
}

#[test]
fn a_current_limit_takes_part() {
    let truth = card("jart_vcm_v1b_iv", &[("activation_energy", "1.33 eV"), ("barrier_height", "0.185 V")]);
    let base = card("jart_vcm_v1b_iv", &[]);
    for limit in [CurrentLimit::Ideal(200e-6), CurrentLimit::Resistor(3e3)] {
        let loop_ = sweep_behind(limit, &truth, &[0.0, -1.4, 0.0, 0.5], (0.02, 1.0), (0.02, 1e-9), 4);
        let mut settings = settings(&["activation_energy", "barrier_height"], 0.02, 1e-9);
        settings.surroundings.limit = limit;
        let fit = device::fit(&base, &loop_, &settings).unwrap();
        for (z, f) in deviations(&fit, &truth).iter().zip(&fit.parameters) {
            assert!(z.abs() < 3.5, "{limit:?}: {z} standard errors of {f:?}");
        }
        assert!((fit.reduced_chi_square - 1.0).abs() < 0.4, "{limit:?}: {}", fit.reduced_chi_square);
        // Without it the same data cannot be met.
        settings.surroundings.limit = CurrentLimit::None;
        let without = device::fit(&base, &loop_, &settings).unwrap();
        assert!(without.warnings.iter().any(|w| w.contains("misses the data")), "{:?}", without.warnings);
    }
}

#[test]
fn pulses_of_a_filament_with_an_unknown_state_before() {
    let truth =
        card("jart_vcm_v1b_kinetics", &[("thermal_resistance", "17e6 K/W"), ("line_resistance", "600 Ohm")]);
    let base = card("jart_vcm_v1b_kinetics", &[]);
    // Low enough that the first pulses do not forget it.
    let before = 2e24;
    let pulses = train(&truth, before, [0.9, -0.5], 1e-4, 10, 0.01, 3);
    let mut settings = settings(&["thermal_resistance", "line_resistance", INITIAL_STATE], 0.01, 1e-9);
    settings.initial_state = "1.5e24 1/m^3".into();
    settings.starts = 1;
    let fit = device::fit(&base, &pulses, &settings).unwrap();
    let truths = [17e6, 600.0, before];
    for (fitted, truth) in fit.parameters.iter().zip(truths) {
        let z = (fitted.value - truth) / fitted.error.unwrap();
        assert!(
            z.abs() < 3.5,
            "{}: {} instead of {truth}, {z} standard errors",
            fitted.parameter.name,
            fitted.value
        );
        assert!(fitted.error.unwrap() < 0.2 * truth, "{fitted:?}");
    }
    assert!((fit.reduced_chi_square - 1.0).abs() < 0.6, "{}", fit.reduced_chi_square);
}

#[test]
fn every_card_can_be_fitted() {
    for (name, _) in SHIPPED {
        let base = card(name, &[]);
        let writes = base.parameters.get("pulse_voltage").map_or(1.2, |pulse| 1.2 * pulse);
        let most = base.entry.voltages.map_or(writes, |(_, high)| high.min(writes));
        // The first parameter that a small loop determines comes back.
        let found = base.entry.parameters.iter().filter(|spec| !spec.list).any(|spec| {
            let unit = if spec.unit == "1" { "" } else { spec.unit };
            let value = format!("{:e} {unit}", 1.05 * base.parameters[spec.name]);
            let changed = BTreeMap::from([(spec.name.to_owned(), value)]);
            let Ok(truth) = DeviceCard::shipped(name, &changed) else { return false };
            if base.parameters[spec.name] == 0.0 {
                return false;
            }
            let loop_ = sweep(&truth, &[0.0, most, -most, 0.0], most / 8.0, 1.0, (0.01, 1e-12), 5);
            // Some parameters make a model that fails everywhere in their range.
            let Ok(fit) = device::fit(&base, &loop_, &settings(&[spec.name], 0.01, 1e-12)) else {
                return false;
            };
            assert!(fit.values.iter().all(|v| v.is_finite()), "{name}");
            let (true, Some(error)) = (fit.warnings.is_empty(), fit.parameters[0].error) else {
                return false;
            };
            let z = (fit.parameters[0].value - truth.parameters[spec.name]) / error;
            println!("{name}, {}: {z:.2} standard errors, χ² {:.2}", spec.name, fit.reduced_chi_square);
            // Nearer to the truth than to the start, 5 % away.
            let (from, to) = (base.parameters[spec.name], truth.parameters[spec.name]);
            let moved = (fit.parameters[0].value - to).abs() < 0.5 * (from - to).abs();
            moved && z.abs() < 4.0 && fit.reduced_chi_square < 2.0
        });
        // No bias moves a programmed conductance; what a statistical device's loop shows are lists, which
        // cannot be free.
        let exempt = ["programmed_conductance", "statistical"].contains(&base.entry.name);
        assert!(found || exempt, "{name}");
    }
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let base = card("vteam_tiox_1", &[]);
    let truth = card("vteam_tiox_1", &[("on_resistance", "3 kOhm"), ("on_rate", "-250 1/s")]);
    let loop_ = sweep(&truth, &[0.0, -1.5, 2.0, 0.0], 0.05, 10.0, (0.02, 1e-8), 1);
    let with = |threads: usize, seed: u64| {
        let mut settings = settings(&["on_resistance", "on_rate"], 0.02, 1e-8);
        (settings.starts, settings.seed) = (6, seed);
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| device::fit(&base, &loop_, &settings).unwrap())
    };
    let one = with(1, 7);
    // NaN marks what is left out, so the debug text compares.
    assert_eq!(format!("{one:?}"), format!("{:?}", with(3, 7)));
    assert_ne!(format!("{one:?}"), format!("{:?}", with(1, 8)));
    assert!(one.agreeing.0 >= 2, "{:?}", one.agreeing);
}

#[test]
fn random_starts_find_what_the_base_card_misses() {
    // With thresholds beyond the sweep nothing moves: the base card alone has no slope to follow.
    let base = card("vteam_tiox_1", &[("on_threshold", "-2 V"), ("off_threshold", "3 V")]);
    let truth = card("vteam_tiox_1", &[("on_resistance", "2 kOhm")]);
    let loop_ = sweep(&truth, &[0.0, -1.5, 2.0, 0.0], 0.05, 10.0, (0.02, 1e-8), 1);
    let mut settings = settings(&["on_resistance", "on_threshold", "off_threshold"], 0.02, 1e-8);
    settings.ranges = vec!["on_threshold=-2.2..-0.2 V".into(), "off_threshold=0.5..3.5 V".into()];
    let alone = device::fit(&base, &loop_, &settings).unwrap();
    settings.starts = 8;
    let many = device::fit(&base, &loop_, &settings).unwrap();
    assert!(alone.reduced_chi_square > 10.0, "{}", alone.reduced_chi_square);
    assert!((many.reduced_chi_square - 1.0).abs() < 0.3, "{}", many.reduced_chi_square);
}

#[test]
fn trials_that_the_model_refuses_are_counted_and_passed_over() {
    let base = card("vteam_tiox_1", &[]);
    let truth = card("vteam_tiox_1", &[("on_resistance", "3 kOhm")]);
    let loop_ = sweep(&truth, &[0.0, -1.5, 2.0, 0.0], 0.05, 10.0, (0.02, 1e-8), 1);
    let mut settings = settings(&["on_resistance", "off_resistance"], 0.02, 1e-8);
    // The model refuses an on_resistance above the off_resistance: half of this square.
    settings.ranges = vec!["on_resistance=1..20 kOhm".into(), "off_resistance=1..20 kOhm".into()];
    settings.starts = 6;
    let fit = device::fit(&base, &loop_, &settings).unwrap();
    assert!(fit.evaluations.1 > 5, "{:?}", fit.evaluations);
    assert!((fit.reduced_chi_square - 1.0).abs() < 0.3, "{}", fit.reduced_chi_square);
}

#[test]
fn what_the_data_do_not_determine_is_said() {
    let base = card("vteam_tiox_1", &[]);
    // Never beyond a threshold: the rates do nothing.
    let reads = sweep(&base, &[0.0, 0.3, -0.3, 0.0], 0.02, 1.0, (0.02, 1e-9), 1);
    let fit = device::fit(&base, &reads, &settings(&["off_resistance", "on_rate"], 0.02, 1e-9)).unwrap();
    assert!(fit.warnings.iter().any(|w| w.starts_with("on_rate is not determined")), "{:?}", fit.warnings);
    assert_eq!(fit.parameters[1].error, None);
    assert!(fit.parameters[0].error.unwrap() < 100.0);
}

#[test]
fn the_written_card_answers_as_the_fit_did() {
    let base = card("jart_vcm_v1b_var_iv", &[]);
    let truth = card("jart_vcm_v1b_var_iv", &[("filament_radius", "41 nm")]);
    let loop_ = sweep(&truth, &[0.0, -1.0, 0.0], 0.05, 1.0, (0.03, 2e-9), 2);
    let settings = settings(&["filament_radius"], 0.03, 2e-9);
    let fit = device::fit(&base, &loop_, &settings).unwrap();
    let text = device::card_text(&base, &loop_, &fit, "mine").unwrap();
    let written = DeviceCard::parse("mine.json", &text, &BTreeMap::new()).unwrap();
    let value = fit.parameters[0].value;
    assert!((written.parameters["filament_radius"] / value - 1.0).abs() < 1e-14);
    for say in ["synthetic.csv", &loop_.sha256, "base card jart_vcm_v1b_var_iv"] {
        assert!(written.source.citation.contains(say), "{}", written.source.citation);
    }
    for say in ["filament_radius = ", " ± ", " nm", "rms error"] {
        assert!(written.source.location.contains(say), "{}", written.source.location);
    }
    // The window of the fitted parameter is gone, those of the others stay.
    let names = written.model.spread_parameters();
    let windows: Vec<&str> = written.windows.iter().map(|w| names[w.index]).collect();
    assert!(!windows.contains(&"filament_radius") && windows.len() == base.windows.len() - 1, "{windows:?}");
    let again = device::fit(&written, &loop_, &settings).unwrap();
    assert!((again.parameters[0].value / value - 1.0).abs() < 1e-4);
}

#[test]
fn the_written_card_keeps_every_field_of_the_base_card() {
    for (name, text) in SHIPPED {
        let base = card(name, &[]);
        let numbers = || base.entry.parameters.iter().filter(|p| !p.list);
        let spec = numbers().find(|p| base.parameters[p.name] != 0.0).unwrap();
        let loop_ = sweep(&base, &[0.0, 0.1, 0.0], 0.02, 1.0, (0.01, 1e-12), 1);
        let fit = device::fit(&base, &loop_, &settings(&[spec.name], 0.01, 1e-12)).unwrap();
        let written = device::card_text(&base, &loop_, &fit, "mine").unwrap();
        let [old, new] =
            [*text, &written].map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
        for (field, value) in old.as_object().unwrap() {
            let own = [
                "name",
                "title",
                "description",
                "source",
                "reproduces",
                "parameters",
                "variability",
                "states",
            ];
            if !own.contains(&field.as_str()) {
                assert_eq!(&new[field], value, "{name}: {field}");
            }
            assert!(!new[field].is_null() || field == "variability", "{name} lost {field}");
        }
    }
}

#[test]
fn lists_cannot_be_free() {
    let base = card("statistical_synaptogen", &[]);
    let reads = sweep(&base, &[0.0, 0.3, 0.0], 0.02, 1.0, (0.02, 1e-9), 1);
    let error = device::fit(&base, &reads, &settings(&["high_current"], 0.02, 1e-9)).unwrap_err().to_string();
    assert!(error.contains("\"high_current\" is a list of numbers"), "{error}");
}
