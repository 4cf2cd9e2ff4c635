//! In-array updates on conductance-step cells: pulse trains, rules, one cell a weight.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use neurofilament::mapping::config::{
    Scaling, SchemeConfig, TrainConfig, TrainKind, UpdateConfig, UpdateRule, WeightCells,
};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealSynapses, Inputs, Synapses};
use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

/// One cell a weight in the units of the card's weights, converters fine enough not to matter.
fn design(card: &DeviceCard, update: UpdateConfig) -> AnalogConfig {
    let window = card.writing.unwrap().window;
    let mut config = AnalogConfig {
        tile_rows: 512,
        tile_columns: 512,
        weight_range: (0.5 * (window.1 - window.0) / card.parameters["conductance_per_weight"]) as f32,
        scheme: SchemeConfig { weight: WeightCells::FixedReference, ..SchemeConfig::default() },
        update,
        ..AnalogConfig::default()
    };
    config.programming.exact = true;
    config
}

fn card(name: &str, overrides: &[(&str, &str)]) -> DeviceCard {
    let overrides: BTreeMap<String, String> =
        overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    DeviceCard::shipped(name, &overrides).unwrap()
}

fn synapses(card: &DeviceCard, config: &AnalogConfig, outputs: usize, inputs: usize) -> Box<dyn Synapses> {
    AnalogHardware::new(card, config, 293.0, 1).unwrap().synapses(outputs, inputs, 7, 0)
}

/// Weights as they stand: a card without read noise reads out what it holds.
fn held(synapses: &mut dyn Synapses) -> Vec<f64> {
    synapses.weights().as_slice().iter().map(|w| f64::from(*w)).collect()
}

fn silent(mut config: AnalogConfig) -> AnalogConfig {
    config.cells.read_noise = Some(0.0);
    config.cells.cycle_noise = Some(0.0);
    config
}

fn uniform(rows: usize, columns: usize, key: u64) -> Matrix {
    let mut stream = Stream::new(3, Purpose::Pattern, key, 0);
    Matrix::from_fn(rows, columns, |_, _| 2.0 * stream.uniform() as f32 - 1.0)
}

/// The mean change over many updates is rate · e xᵀ whatever the train, and so is the mean number of pulses:
/// rate |x| |e|/Δ each.
#[test]
fn updates_are_unbiased_and_coincidences_have_their_mean() {
    let card = card("step_gokmen_vlasov", &[]);
    for (kind, fixed, management) in [
        (TrainKind::Stochastic, false, true),
        (TrainKind::Stochastic, true, false),
        (TrainKind::MeanCount, true, true),
    ] {
        let trains = TrainConfig { kind, fixed, management, ..TrainConfig::default() };
        let update = UpdateConfig { trains, ..UpdateConfig::default() };
        let mut array = synapses(&card, &silent(design(&card, update)), 40, 50);
        let (x, e) = (uniform(1, 50, 1), uniform(1, 40, 2));
        let (rate, repeats) = (0.0016 * 8.0, 1000);
        let (mut along, mut asked) = (0.0, 0.0);
        let mut before = held(&mut *array);
        for i in 0..repeats {
            // Up and down in turn, so that no weight drifts to its bound.
            let rate = if i % 2 == 0 { rate } else { -rate };
            array.update(Inputs::Dense(&x), &e, rate);
            let after = held(&mut *array);
            for (cell, (after, before)) in after.iter().zip(&before).enumerate() {
                let wanted = f64::from(rate * e.row(0)[cell / 50] * x.row(0)[cell % 50]);
                along += wanted * (after - before);
                asked += wanted * wanted;
            }
            before = after;
        }
        let done = array.activity();
        let coincidences = (done.set_pulses + done.reset_pulses) as f64 / f64::from(repeats);
        let sum = |m: &Matrix| m.as_slice().iter().map(|v| f64::from(v.abs())).sum::<f64>();
        let expected = sum(&x) * sum(&e) * f64::from(rate) / 0.0016;
        println!("{kind:?}: pulses {:.4}, change {:.4}", coincidences / expected, along / asked);
        // Counts of one sample are correlated along a line: the relative error is near √(1/(8 · 1000)).
        assert!((coincidences / expected - 1.0).abs() < 0.015, "{kind:?}: {coincidences} {expected}");
        // Steps of 2000 devices differ by 30 %, and the largest changes count most.
        assert!((along / asked - 1.0).abs() < 0.025, "{kind:?}: {along} {asked}");
    }
}

/// Ever smaller steps without spread, noise and bounds: the update of ideal arithmetic.
#[test]
fn the_limit_of_small_steps_is_ideal_arithmetic() {
    let text = &card("step_idealized", &[("step", "1e-6"), ("cycle_noise", "0")]).text;
    let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
    json.as_object_mut().unwrap().remove("variability");
    let card = DeviceCard::parse("fine", &json.to_string(), &BTreeMap::new()).unwrap();
    let start = uniform(12, 20, 9);
    let (x, e) = (uniform(4, 20, 1), uniform(4, 12, 2));
    let mut ideal = IdealSynapses::new(12, 20);
    let scaled = Matrix::from_fn(12, 20, |k, j| 0.3 * start.row(k)[j]);
    ideal.program(&scaled);
    ideal.update(Inputs::Dense(&x), &e, 0.05);
    // Up to 5e4 coincidences of trains that share lines: five deviations are 1.5e-3.
    for (rule, tolerance) in [
        (UpdateRule::Pulsed, 1.5e-3),
        (UpdateRule::MixedPrecision { threshold: 1.0 }, 2e-6),
        (UpdateRule::Rounded, 2e-6),
    ] {
        let update = UpdateConfig { rule: rule.clone(), pulse_budget: 1_000_000, ..UpdateConfig::default() };
        let mut array = synapses(&card, &silent(design(&card, update)), 12, 20);
        array.program(&scaled);
        array.update(Inputs::Dense(&x), &e, 0.05);
        for (ours, exact) in held(&mut *array).iter().zip(ideal.weights().as_slice()) {
            assert!((ours - f64::from(*exact)).abs() < tolerance, "{rule:?}: {ours} {exact}");
        }
    }
}

/// Digital factors of outputs and tiles do not change what an update is: every rule makes the change it was asked for.
#[test]
fn updates_are_in_weights_for_any_factors_and_tiles() {
    let text = &card("step_idealized", &[("step", "1e-5"), ("cycle_noise", "0")]).text;
    let mut json: serde_json::Value = serde_json::from_str(text).unwrap();
    json.as_object_mut().unwrap().remove("variability");
    let card = DeviceCard::parse("fine", &json.to_string(), &BTreeMap::new()).unwrap();
    let start = uniform(12, 20, 9);
    let (x, e) = (uniform(4, 20, 1), uniform(4, 12, 2));
    let mut ideal = IdealSynapses::new(12, 20);
    // Factors from a quarter to seven tenths.
    let scaled = Matrix::from_fn(12, 20, |k, j| (0.2 + 0.03 * k as f32) * start.row(k)[j]);
    ideal.program(&scaled);
    ideal.update(Inputs::Dense(&x), &e, 0.008);
    for scaling in
        [Scaling::Fixed, Scaling::PerTile { percentile: 100.0 }, Scaling::PerColumn { percentile: 100.0 }]
    {
        for tile in [64, 7] {
            for (rule, tolerance) in [
                (UpdateRule::Pulsed, 2e-3),
                (UpdateRule::MixedPrecision { threshold: 1.0 }, 2e-5),
                (UpdateRule::Rounded, 2e-5),
            ] {
                let update =
                    UpdateConfig { rule: rule.clone(), pulse_budget: 1_000_000, ..UpdateConfig::default() };
                let mut config = silent(design(&card, update));
                config.scheme.scaling = scaling;
                (config.tile_rows, config.tile_columns) = (tile, tile);
                let mut array = synapses(&card, &config, 12, 20);
                array.program(&scaled);
                let before = held(&mut *array);
                array.update(Inputs::Dense(&x), &e, 0.008);
                let pairs = ideal.weights();
                for ((ours, exact), from) in
                    held(&mut *array).iter().zip(pairs.as_slice()).zip(before.iter().zip(scaled.as_slice()))
                {
                    let (change, asked) = (ours - from.0, f64::from(exact - from.1));
                    let what = format!("{scaling:?} {tile} {rule:?}: {change} {asked}");
                    assert!((change - asked).abs() < tolerance, "{what}");
                }
                assert_eq!(array.activity().update_clipped, 0);
            }
        }
    }
}

/// Changes beyond what trains and budgets hold are counted.
#[test]
fn cut_updates_are_counted() {
    let card = card("step_gokmen_vlasov", &[]);
    let clipped = |rule: UpdateRule, repeat: bool, pulse_budget: u32, steps: f32| {
        let trains = TrainConfig { longest: 20, repeat, ..TrainConfig::default() };
        let update = UpdateConfig { trains, rule, pulse_budget, ..UpdateConfig::default() };
        let mut array = synapses(&card, &silent(design(&card, update)), 2, 4);
        let x = Matrix::from_vec(1, 4, vec![1.0, 0.5, -0.25, 0.0]).unwrap();
        let e = Matrix::from_vec(1, 2, vec![1.0, 0.1]).unwrap();
        let before = array.activity();
        array.update(Inputs::Dense(&x), &e, steps * 0.0016);
        array.activity().since(&before).update_clipped
    };
    // Trains of 20 pulses: 20 steps fit. At 40 steps the first input and the first output are cut: three changes
    // of the output, and one more of the input.
    assert_eq!(clipped(UpdateRule::Pulsed, false, 1000, 20.0), 0);
    assert_eq!(clipped(UpdateRule::Pulsed, false, 1000, 40.0), 4);
    assert_eq!(clipped(UpdateRule::Pulsed, true, 1000, 40.0), 0);
    assert_eq!(clipped(UpdateRule::Pulsed, true, 30, 40.0), 4);
    // 40, 20 and 10 steps of the first output, 4, 2 and 1 of the second.
    assert_eq!(clipped(UpdateRule::Rounded, true, 15, 40.0), 2);
    assert_eq!(clipped(UpdateRule::MixedPrecision { threshold: 1.0 }, true, 15, 40.0), 0);
}

/// A pulse is taken for the mean of the steps up and down at weight zero, or for what the design says.
#[test]
fn pulses_are_counted_in_the_step_at_weight_zero() {
    let exponential = card("step_reram_exponential", &[]);
    let up = 0.00135 * (1.0 + 1.18445 * f64::exp(-2.5));
    let down = 0.00135 * 0.740_641 * (1.0 + 0.081_404 * f64::exp(2.5));
    let pulses = |card: &DeviceCard, weight_step: Option<f32>, change: f64| {
        let update = UpdateConfig { rule: UpdateRule::Rounded, weight_step, ..UpdateConfig::default() };
        let mut array = synapses(card, &silent(design(card, update)), 1, 1);
        array.adjust(&Matrix::from_fn(1, 1, |_, _| change as f32));
        array.activity().set_pulses
    };
    let step = 0.5 * (up + down);
    assert_eq!(pulses(&exponential, None, 99.6 * step), 100);
    assert_eq!(pulses(&exponential, None, 99.4 * step), 99);
    assert_eq!(pulses(&exponential, Some(0.01), 0.136), 14);
    // The published program of NeuroSim's cells counts states of equal size.
    let states = card("step_neurosim_ag_si", &[]);
    assert_eq!(pulses(&states, None, 19.6 * states.parameters["step"]), 20);
    let error = UpdateConfig { weight_step: Some(0.0), ..UpdateConfig::default() }.check().unwrap_err();
    assert_eq!(error.field, "weight_step");
}

/// Mixed precision keeps what is not due; rounding forgets it; signs send one pulse.
#[test]
fn rules_differ_in_what_they_do_with_fractions_of_a_step() {
    let card = card("step_gokmen_vlasov", &[]);
    let counts = |rule: UpdateRule| {
        let update = UpdateConfig { rule, ..UpdateConfig::default() };
        let mut array = synapses(&card, &silent(design(&card, update)), 1, 3);
        // Changes of 0.4, −0.6 and 2.6 steps, three times.
        let x = Matrix::from_vec(1, 3, vec![0.4, -0.6, 2.6]).unwrap();
        let e = Matrix::from_vec(1, 1, vec![1.0]).unwrap();
        for _ in 0..3 {
            array.update(Inputs::Dense(&x), &e, 0.0016);
        }
        let done = array.activity();
        (done.set_pulses, done.reset_pulses)
    };
    // 1.2 → 1, 1.8 → 1, 7.8 → 7.
    assert_eq!(counts(UpdateRule::MixedPrecision { threshold: 1.0 }), (1 + 7, 1));
    // To the nearest: 0.4 → 0, 0.8 → 1, 0.2 → 0; −1, 0, −1; 3, 2, 3.
    assert_eq!(counts(UpdateRule::MixedPrecision { threshold: 0.5 }), (1 + 8, 2));
    assert_eq!(counts(UpdateRule::Rounded), (3 * 3, 3));
    assert_eq!(counts(UpdateRule::Sign { threshold: 0.5 }), (3, 3));
    assert_eq!(counts(UpdateRule::Sign { threshold: 0.0 }), (6, 3));
}

/// Deterministic trains send the rounded product of two rounded numbers of pulses.
#[test]
fn implicit_trains_are_deterministic() {
    let card = card("step_gokmen_vlasov", &[]);
    let trains = TrainConfig {
        kind: TrainKind::DeterministicImplicit,
        longest: 20,
        fixed: true,
        management: true,
        repeat: false,
    };
    let update = UpdateConfig { trains, ..UpdateConfig::default() };
    let mut array = synapses(&card, &silent(design(&card, update)), 1, 4);
    let x = Matrix::from_vec(1, 4, vec![1.0, 0.5, -0.26, 0.02]).unwrap();
    let e = Matrix::from_vec(1, 1, vec![1.0]).unwrap();
    array.update(Inputs::Dense(&x), &e, 20.0 * 0.0016);
    // 20, 10, 5 and 0 pulses against 20 of the output.
    let done = array.activity();
    assert_eq!((done.set_pulses, done.reset_pulses), (30, 5));
}

/// The same bits for any number of threads.
#[test]
fn updates_do_not_depend_on_threads() {
    let card = card("step_reram_exponential", &[]);
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut config = design(&card, UpdateConfig::default());
            config.tile_rows = 100;
            let mut array = synapses(&card, &config, 200, 300);
            let (x, e) = (uniform(3, 300, 1), uniform(3, 200, 2));
            array.update(Inputs::Dense(&x), &e, 0.02);
            let y = array.forward(Inputs::Dense(&x));
            y.as_slice().iter().map(|v| v.to_bits()).collect::<Vec<_>>()
        })
    };
    assert_eq!(run(1), run(3));
}

/// One cell a weight against a reference: an exact start is read back, and bounds of devices hold.
#[test]
fn single_cells_hold_weights_within_their_own_bounds() {
    let card = card("step_reram_exponential", &[]);
    let config = silent(design(&card, UpdateConfig::default()));
    let mut array = synapses(&card, &config, 30, 40);
    let wanted = Matrix::from_fn(30, 40, |k, j| (k as f32 / 30.0 - 0.5) * if j % 2 == 0 { 0.2 } else { 1.6 });
    array.program(&wanted);
    let held = held(&mut *array);
    let mut bounded = 0;
    for (ours, wanted) in held.iter().zip(wanted.as_slice()) {
        let wanted = f64::from(*wanted);
        // Half of the bounds lie below 1, few below 0.1.
        if (ours - wanted).abs() > 1e-5 {
            assert!(ours.abs() < wanted.abs(), "{ours} {wanted}");
            bounded += 1;
        } else {
            assert!(wanted.abs() < 0.81);
        }
    }
    assert!((20..400).contains(&bounded), "{bounded} of 1200 at bounds");
}
