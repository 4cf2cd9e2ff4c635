//! `fit relaxation` finds the card from which its data were sampled.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use device_models::relaxation::{Level, Loss, Moments, Relaxation};
use neurofilament::fit::relaxation::compare::sample;
use neurofilament::fit::relaxation::estimate::{Options, estimate};
use neurofilament::fit::relaxation::measured::{Change, Condition, Half, Measured};
use neurofilament::fit::relaxation::statistics::Levels;

const EV: f64 = 1.602_176_634e-19;
const LEVELS: Levels = Levels { greatest: 100e-6, count: 4 };

fn truth(loss: bool) -> Relaxation {
    let level = |conductance: f64, amplitude: f64, rise_share: f64, loss_barrier: f64| Level {
        conductance,
        occupancy: 0.15,
        lowest_barrier: 0.55 * EV,
        rise_share,
        amplitude,
        amplitude_spread: 0.8,
        read_noise: 0.2e-6,
        loss_barrier,
    };
    Relaxation {
        places: 64,
        attempt_frequency: 1e13,
        highest_barrier: 1.9 * EV,
        asymmetry: 1.0 * EV,
        loss: loss.then_some(Loss { attempt_frequency: 1e7, barrier_spread: 0.05 * EV }),
        levels: vec![level(0.0, 1.2e-6, 0.6, 1.10 * EV), level(100e-6, 0.8e-6, 0.4, 1.16 * EV)],
    }
}

fn conditions(cells: u64, places: &[(f64, f64)]) -> Measured {
    let change = |address: u64| {
        let programmed = 100e-6 * (address as f64 + 0.5) / cells as f64;
        Change { address, programmed, after: programmed }
    };
    let condition = |&(time, temperature): &(f64, f64)| Condition {
        time,
        temperature,
        changes: (0..cells).map(change).collect(),
    };
    Measured { conditions: places.iter().map(condition).collect(), series: Vec::new() }
}

fn options() -> Options {
    Options {
        levels: LEVELS,
        attempt_frequency: 1e13,
        highest_barrier: 1.9 * EV,
        asymmetry: 1.0 * EV,
        temperature: 298.0,
        rate: 400.0,
    }
}

#[test]
fn a_series_gives_back_its_card() {
    let truth = truth(false);
    let times = [0.01, 0.1, 1.0, 100.0, 1e4].map(|t| (t, 298.0));
    let data = sample(&truth, &conditions(2000, &times), 1, 5);
    let found = estimate(&data.half(Half::Fitted), &options()).unwrap();
    assert_eq!(found.levels.len(), 4);
    for level in &found.levels[1..] {
        let (own, ours) = (Moments::new(&truth, level.conductance), Moments::of_level(&found, *level));
        for (time, temperature) in times {
            let (mean, variance) = own.change(time, temperature);
            let (m, v) = ours.change(time, temperature);
            println!(
                "{:.1} µS, {time} s: mean {:.3} {:.3} µS, variance {:.3} {:.3} µS²",
                level.conductance * 1e6,
                mean * 1e6,
                m * 1e6,
                variance * 1e12,
                v * 1e12
            );
            assert!((m - mean).abs() < 0.15 * variance.sqrt(), "{time}: {m} {mean}");
            assert!((v / variance - 1.0).abs() < 0.3, "{time}: {v} {variance}");
        }
        assert!((level.lowest_barrier / EV - 0.55).abs() < 0.06, "{}", level.lowest_barrier / EV);
        assert!((level.amplitude_spread - 0.8).abs() < 0.3, "{level:?}");
        assert!((level.occupancy / 0.15).ln().abs() < 0.8, "{level:?}");
        // White noise and the smallest jumps look alike in the first read.
        assert!((level.read_noise - 0.2e-6).abs() < 0.2e-6, "{level:?}");
    }
    assert!(found.loss.is_none());
}

#[test]
fn bakes_give_back_the_loss() {
    let truth = truth(true);
    let bakes = [373.0, 413.0, 453.0, 493.0, 533.0].map(|temperature| (5000.0, temperature));
    let data = sample(&truth, &conditions(2000, &bakes), 1, 6);
    let found = estimate(&data.half(Half::Fitted), &options()).unwrap();
    assert_eq!(found.levels.len(), 4);
    for level in &found.levels[1..] {
        let (own, ours) = (Moments::new(&truth, level.conductance), Moments::of_level(&found, *level));
        for (time, temperature) in bakes {
            let (mean, variance) = own.change(time, temperature);
            let (m, v) = ours.change(time, temperature);
            println!(
                "{:.1} µS, {temperature} K: mean {:.2} {:.2} µS, σ {:.2} {:.2} µS",
                level.conductance * 1e6,
                mean * 1e6,
                m * 1e6,
                variance.sqrt() * 1e6,
                v.sqrt() * 1e6
            );
            assert!((m - mean).abs() < 0.25 * variance.sqrt(), "{temperature}: {m} {mean}");
            assert!((v / variance).ln().abs() < 0.4, "{temperature}: {v} {variance}");
        }
    }
    let loss = found.loss.unwrap();
    println!("ν_L {:.2e} Hz, σ_L {:.3} eV", loss.attempt_frequency, loss.barrier_spread / EV);
    assert!((loss.barrier_spread / (0.05 * EV) - 1.0).abs() < 0.3, "{}", loss.barrier_spread / EV);
    let barrier = found.level(75e-6).loss_barrier / EV;
    assert!((barrier - 1.145).abs() < 0.12, "{barrier}");
}

#[test]
fn the_fit_does_not_depend_on_the_number_of_threads() {
    let data = sample(&truth(false), &conditions(600, &[(0.01, 298.0), (1.0, 298.0), (100.0, 298.0)]), 1, 5);
    let with = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| estimate(&data, &options()).unwrap())
    };
    assert_eq!(with(1), with(3));
}

#[test]
fn data_without_filled_levels_are_refused() {
    let mut data = conditions(600, &[(1.0, 298.0)]);
    data.conditions[0].changes.truncate(20);
    let error = estimate(&data, &options()).unwrap_err().to_string();
    assert!(error.contains("no level of the range has 30 cells"), "{error}");
}
