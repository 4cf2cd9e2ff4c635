//! The relaxation mechanism: sampled cells against closed forms, and what must hold exactly.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;

use device_models::DeviceCard;
use device_models::relaxation::{Cell, Level, Loss, Moments, Relaxation};
use numerics::rng::{Purpose, Stream};
use numerics::spectrum::welch;
use numerics::statistics::{Sorted, Summary, line};
use proptest::prelude::*;

const EV: f64 = 1.602_176_634e-19;
const ROOM: f64 = 298.0;

fn level() -> Level {
    Level {
        conductance: 50e-6,
        occupancy: 0.3,
        lowest_barrier: 0.55 * EV,
        rise_share: 0.35,
        amplitude: 0.4e-6,
        amplitude_spread: 0.8,
        read_noise: 0.1e-6,
        loss_barrier: 1.0 * EV,
    }
}

fn population() -> Relaxation {
    Relaxation {
        places: 64,
        attempt_frequency: 1e13,
        highest_barrier: 1.9 * EV,
        asymmetry: 0.2 * EV,
        loss: None,
        levels: vec![level()],
    }
}

fn shifts(relaxation: &Relaxation, cells: &[Cell]) -> Vec<f64> {
    cells.iter().map(|c| relaxation.conductance(c) - c.programmed()).collect()
}

#[test]
fn sampled_cells_have_the_closed_moments_at_any_division_of_the_time() {
    let relaxation = population();
    let moments = Moments::new(&relaxation, 50e-6);
    let mut whole = vec![Cell::new(50e-6); 40_000];
    let mut parts = whole.clone();
    let mut before = 0.0;
    println!("| time | moment | closed form | sampled | deviation |\n|---|---|---|---|---|");
    for time in [0.01, 1.0, 1e5] {
        for cell in &mut whole {
            *cell = Cell::new(50e-6);
        }
        relaxation.elapse(&mut whole, 0, 7, time, ROOM);
        // The other cells get here in unequal steps.
        let left = time - before;
        for share in [0.5, 1e-6, 0.5 - 1e-6] {
            relaxation.elapse(&mut parts, 1 << 40, 8, left * share, ROOM);
        }
        before = time;
        let [k1, k2, _, k4] = moments.cumulants(time, ROOM);
        for (name, cells) in [("one step", &whole), ("parts", &parts)] {
            let s = Summary::of(&shifts(&relaxation, cells)).unwrap();
            let error = (s.variance / s.count as f64).sqrt();
            println!(
                "| {time} s, {name} | mean | {k1:.4e} | {:.4e} | {:+.2} σ |",
                s.mean,
                (s.mean - k1) / error
            );
            assert!((s.mean - k1).abs() < 4.0 * error, "{time} {name}: mean {} {k1}", s.mean);
            let ratio = s.variance / k2;
            println!("| | variance | {k2:.4e} | {:.4e} | {:+.2} % |", s.variance, (ratio - 1.0) * 100.0);
            let kurtosis = k4 / (k2 * k2);
            let error = ((kurtosis + 2.0) / s.count as f64).sqrt();
            assert!((ratio - 1.0).abs() < 4.0 * error, "{time} {name}: variance {} {k2}", s.variance);
            println!("| | excess kurtosis | {kurtosis:.3} | {:.3} | |", s.kurtosis);
            assert!((s.kurtosis / kurtosis - 1.0).abs() < 0.4, "{time} {name}: {} {kurtosis}", s.kurtosis);
        }
    }
    // Many decades apart the variance grows by the same amount per decade.
    let variance = |t: f64| moments.cumulants(t, ROOM)[1];
    let decade = |t: f64| variance(10.0 * t) - variance(t);
    assert!((decade(1e-1) / decade(1e4) - 1.0).abs() < 0.01);
}

#[test]
fn two_times_are_correlated_as_the_closed_form_says() {
    let relaxation = population();
    let moments = Moments::new(&relaxation, 50e-6);
    let mut cells = vec![Cell::new(50e-6); 40_000];
    relaxation.elapse(&mut cells, 0, 3, 0.1, ROOM);
    let first = shifts(&relaxation, &cells);
    relaxation.elapse(&mut cells, 0, 3, 99.9, ROOM);
    let second = shifts(&relaxation, &cells);
    let n = first.len() as f64;
    let mean = |v: &[f64]| v.iter().sum::<f64>() / n;
    let (a, b) = (mean(&first), mean(&second));
    let sampled = first.iter().zip(&second).map(|(x, y)| (x - a) * (y - b)).sum::<f64>() / n;
    let closed = moments.covariance(0.1, 100.0, ROOM);
    assert!((sampled / closed - 1.0).abs() < 0.06, "{sampled} {closed}");
    // A time with itself is the variance.
    let variance = moments.cumulants(10.0, ROOM)[1];
    assert!((moments.covariance(10.0, 10.0, ROOM) / variance - 1.0).abs() < 1e-12);
}

#[test]
fn loss_dissolves_the_filament_by_its_own_activation_energy() {
    let mut relaxation = population();
    relaxation.loss = Some(Loss { attempt_frequency: 2e5, barrier_spread: 0.05 * EV });
    let mut cells = vec![Cell::new(50e-6); 20_000];
    for (temperature, time) in [(400.0, 3600.0), (530.0, 3600.0)] {
        for cell in &mut cells {
            cell.program(50e-6);
        }
        relaxation.elapse(&mut cells, 0, 5, 0.25 * time, temperature);
        relaxation.elapse(&mut cells, 0, 5, 0.75 * time, temperature);
        let s = Summary::of(&shifts(&relaxation, &cells)).unwrap();
        let (mean, variance) = Moments::new(&relaxation, 50e-6).change(time, temperature);
        let white = 2.0 * level().read_noise * level().read_noise;
        assert!((s.mean - mean).abs() < 0.01 * 50e-6, "{temperature}: {} {mean}", s.mean);
        assert!((s.variance / (variance - white) - 1.0).abs() < 0.04, "{temperature}: {}", s.variance);
    }
    // Without spread every cell keeps exp(−ν_L t exp(−E_L/kT)).
    relaxation.loss = Some(Loss { attempt_frequency: 2e5, barrier_spread: 0.0 });
    relaxation.levels[0].occupancy = 0.0;
    let mut cell = [Cell::new(50e-6)];
    relaxation.elapse(&mut cell, 0, 1, 3600.0, 530.0);
    let kept = (-2e5 * 3600.0 * (-EV / (1.380_649e-23 * 530.0)).exp()).exp();
    assert!((relaxation.conductance(&cell[0]) / (50e-6 * kept) - 1.0).abs() < 1e-12);
}

#[test]
fn the_same_traps_in_equilibrium_make_one_over_f_noise() {
    // Many equal traps close to balance: what is left to chance is which of them are there.
    let mut relaxation = population();
    relaxation.levels[0].occupancy = 1.0;
    relaxation.levels[0].amplitude_spread = 0.0;
    relaxation.asymmetry = 0.05 * EV;
    let moments = Moments::new(&relaxation, 50e-6);
    let mut total: Vec<f64> = Vec::new();
    let rate = 400.0;
    let cells = 160;
    for device in 0..cells {
        let mut cell = [Cell::new(50e-6)];
        relaxation.elapse(&mut cell, device, 11, 1e4, ROOM);
        let signal: Vec<f64> = (0..2048)
            .map(|_| {
                relaxation.elapse(&mut cell, device, 11, 1.0 / rate, ROOM);
                relaxation.conductance(&cell[0])
            })
            .collect();
        let spectrum = welch(&signal, rate, 1024).unwrap();
        total.resize(spectrum.density.len(), 0.0);
        for (sum, s) in total.iter_mut().zip(&spectrum.density) {
            *sum += s / cells as f64;
        }
    }
    let points: Vec<(f64, f64)> =
        (1..60).map(|k| ((f64::from(k) * rate / 1024.0).log10(), total[k as usize - 1].log10())).collect();
    let (slope, intercept) = line(&points);
    let closed = moments.spectrum(3.0, ROOM);
    let sampled = 10_f64.powf(intercept + slope * 3.0_f64.log10());
    println!("slope {slope:.2}; S(3 Hz): closed form {closed:.3e}, sampled {sampled:.3e} S²/Hz");
    assert!((slope + 1.0).abs() < 0.2, "{slope}");
    assert!((sampled / closed).ln().abs() < 0.4, "{sampled} {closed}");
    // A cell's own spectrum, in the mean over cells.
    let own: f64 = (0..4000)
        .map(|device| relaxation.cell_spectrum(&Cell::new(50e-6), device, 12, 3.0, ROOM) / 4000.0)
        .sum();
    assert!((own / closed - 1.0).abs() < 0.1, "{own} {closed}");
    let relaxation = population();
    let moments = Moments::new(&relaxation, 50e-6);
    let exponent = (moments.spectrum(10.0, ROOM) / moments.spectrum(0.1, ROOM)).log10() / 2.0;
    assert!((exponent + 1.0).abs() < 0.03, "{exponent}");
    // The noise per decade is weaker than the relaxation by about k_B T/2W.
    let noise = moments.spectrum(1.0, ROOM) * std::f64::consts::LN_10;
    let growth = moments.cumulants(1e3, ROOM)[1] - moments.cumulants(1e2, ROOM)[1];
    let expected = 1.380_649e-23 * ROOM / (2.0 * 0.2 * EV);
    assert!((noise / growth / expected - 1.0).abs() < 0.15, "{} {expected}", noise / growth);
}

#[test]
fn a_single_trap_switches_between_two_conductances() {
    let mut relaxation = population();
    relaxation.places = 1;
    relaxation.levels[0].occupancy = 1.0;
    relaxation.levels[0].rise_share = 1.0;
    relaxation.levels[0].lowest_barrier = 0.6 * EV;
    relaxation.highest_barrier = 0.6001 * EV;
    relaxation.asymmetry = 1e-4 * EV;
    let mut cell = [Cell::new(50e-6)];
    let rate = 1e13 * (-0.6 * EV / (1.380_649e-23 * ROOM)).exp();
    let mut seen: BTreeMap<u64, u32> = BTreeMap::new();
    let mut changes = 0;
    let mut last = 0;
    for _ in 0..20_000 {
        relaxation.elapse(&mut cell, 0, 2, 0.1 / rate, ROOM);
        // A step there and back may differ in the last bit.
        let now = (relaxation.conductance(&cell[0]) * 1e15).round() as u64;
        *seen.entry(now).or_default() += 1;
        changes += u32::from(last != 0 && now != last);
        last = now;
    }
    assert_eq!(seen.len(), 2, "{seen:?}");
    let share = f64::from(*seen.values().next().unwrap()) / 20_000.0;
    assert!((share - 0.5).abs() < 0.06, "{share}");
    // Probability of a change in 0.1/k: (1 − e^(−0.1))/2.
    let expected = 20_000.0 * 0.5 * (1.0 - (-0.1_f64).exp());
    assert!((f64::from(changes) / expected - 1.0).abs() < 0.12, "{changes} {expected}");
}

#[test]
fn reads_add_their_white_noise_and_levels_interpolate() {
    let mut relaxation = population();
    relaxation.levels.push(Level { conductance: 100e-6, amplitude: 0.8e-6, read_noise: 0.3e-6, ..level() });
    assert!((relaxation.level(75e-6).amplitude - 0.6e-6).abs() < 1e-18);
    assert!((relaxation.level(10e-6).amplitude - 0.4e-6).abs() < 1e-18);
    assert!((relaxation.level(500e-6).amplitude - 0.8e-6).abs() < 1e-18);
    assert!((relaxation.level(500e-6).conductance - 500e-6).abs() < 1e-18);
    let cell = Cell::new(75e-6);
    let mut noise = Stream::new(1, Purpose::ReadNoise, 0, 0);
    let reads: Vec<f64> = (0..20_000).map(|_| relaxation.read(&cell, &mut noise)).collect();
    let s = Summary::of(&reads).unwrap();
    assert!((s.mean - 75e-6).abs() < 1e-8 && (s.variance.sqrt() / 0.2e-6 - 1.0).abs() < 0.03);
    assert!(!relaxation.at_zero(&cell));
}

#[test]
fn a_new_write_brings_new_traps() {
    let relaxation = population();
    let mut cells = vec![Cell::new(50e-6); 2000];
    relaxation.elapse(&mut cells, 0, 1, 1e4, ROOM);
    let first = shifts(&relaxation, &cells);
    for cell in &mut cells {
        cell.program(50e-6);
    }
    assert!(shifts(&relaxation, &cells).iter().all(|s| s.abs() < 1e-18));
    relaxation.elapse(&mut cells, 0, 1, 1e4, ROOM);
    let second = shifts(&relaxation, &cells);
    let same = first.iter().zip(&second).filter(|(a, b)| (*a - *b).abs() < 1e-15).count();
    assert!(same < 20, "{same}");
    let wide = |v: &[f64]| Sorted::new(v.to_vec()).quantile(0.9);
    assert!((wide(&first) / wide(&second) - 1.0).abs() < 0.3);
}

#[test]
fn bad_blocks_are_refused_by_name() {
    let text = device_models::card::SHIPPED.iter().find(|(name, _)| *name == "technology_a").unwrap().1;
    for (from, to, says) in [
        ("\"places\": 64", "\"places\": 65", "relaxation.places is 65, but must be 1 to 64"),
        ("\"1e13 Hz\"", "\"1e13 s\"", "relaxation.attempt_frequency"),
        ("\"1e13 Hz\"", "\"-1e13 Hz\"", "must not be negative"),
        ("\"1.9000 eV\"", "\"0.5 eV\"", "relaxation.levels[0].lowest_barrier must lie below highest_barrier"),
        ("\"conductance\": \"11.31 uS\"", "\"conductance\": \"1 uS\"", "levels[1].conductance must exceed"),
        ("\"rise_share\": \"0.7", "\"rise_share\": \"1.7", "is a probability"),
        ("\"loss_barrier\"", "\"los_barrier\"", "unknown field `los_barrier`"),
    ] {
        assert!(text.contains(from), "{from}");
        let error = DeviceCard::parse("mine", &text.replacen(from, to, 1), &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains(says), "{error}");
    }
    let card = DeviceCard::parse("mine", text, &BTreeMap::new()).unwrap();
    let block = card.relaxation.unwrap();
    assert_eq!(block.to_json("a")["levels"][3]["conductance"], "26.32 uS");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn results_do_not_depend_on_how_cells_are_shared_out(seed in 0_u64..1000, cut in 1_usize..99, time in 1e-3_f64..1e6) {
        let relaxation = population();
        let mut whole = vec![Cell::new(50e-6); 100];
        let mut parts = whole.clone();
        let (left, right) = parts.split_at_mut(cut);
        relaxation.elapse(right, cut as u64, seed, time, 350.0);
        relaxation.elapse(left, 0, seed, time, 350.0);
        relaxation.elapse(&mut whole, 0, seed, time, 350.0);
        prop_assert_eq!(&whole, &parts);
        prop_assert!(whole.iter().all(|c| relaxation.conductance(c) >= 0.0));
        let before = whole.clone();
        relaxation.elapse(&mut whole, 0, seed, 0.0, 350.0);
        prop_assert_eq!(whole, before);
    }
}
