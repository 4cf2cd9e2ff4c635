//! JART VCM v1b with single vacancies: its mean is the deterministic model, its spread comes from the
//! number of vacancies alone.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ROOM, jart};
use device_models::jart_vcm::Parameters;
use device_models::{
    Crossing, CurrentLimit, DeviceModel, JartVcmV1b, JartVcmV1bDiscrete, Motion, Segment, Surroundings,
};
use numerics::rng::{Purpose, Stream};

fn kinetics() -> Parameters {
    jart(15.72e6)
}

/// Mean, standard deviation and standard error of the mean.
fn moments(values: &[f64]) -> (f64, f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let deviation = (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    (mean, deviation, deviation / n.sqrt())
}

fn noisy_set(model: &JartVcmV1bDiscrete, slow: f64, voltage: f64, cycle: u64) -> (Vec<f64>, Motion) {
    let mut stream = Stream::new(5, Purpose::StateNoise, 0, cycle);
    let mut state = model.rest(slow, &ROOM);
    let stop = Some(Crossing::Above(100e-6));
    let motion = model
        .advance(&[], &mut state, &Segment::constant(voltage, 1e3), &ROOM, stop, Some(&mut stream))
        .unwrap();
    assert!(motion.crossed);
    (state, motion)
}

#[test]
fn the_set_time_scatters_from_the_high_resistive_state() {
    let model = JartVcmV1bDiscrete::new(kinetics());
    let two = 2.0 / model.vacancies(&[], 1.0);
    assert!((model.vacancies(&[], 0.008e26) - 2.036).abs() < 1e-3);
    for voltage in [-0.75, -0.95] {
        let started = std::time::Instant::now();
        let runs: Vec<(f64, f64)> = (0..300)
            .map(|cycle| {
                let (state, motion) = noisy_set(&model, 0.008e26, voltage, cycle);
                let count = model.vacancies(&[], state[0]);
                assert!((count - count.round()).abs() < 1e-6, "{count}");
                (motion.elapsed, f64::from(motion.evaluations))
            })
            .collect();
        let cost = started.elapsed().as_secs_f64() / 300.0;
        let times: Vec<f64> = runs.iter().map(|r| r.0).collect();
        let evaluations = moments(&runs.iter().map(|r| r.1).collect::<Vec<_>>()).0;
        let (mean, deviation, error) = moments(&times);
        let mut state = model.rest(two, &ROOM);
        let stop = Some(Crossing::Above(100e-6));
        let smooth = model
            .advance(&[], &mut state, &Segment::constant(voltage, 1e3), &ROOM, stop, None)
            .unwrap()
            .elapsed;
        let variation = deviation / mean;
        println!(
            "{voltage} V: mean {mean:.3e} ± {error:.1e} s, deterministic {smooth:.3e} s, coefficient of variation {variation:.3}, {evaluations:.0} evaluations, {:.2} ms per event",
            1e3 * cost
        );
        // The first hop waits exponentially and takes most of the time.
        assert!((0.5..=1.1).contains(&variation), "{variation}");
        assert!(evaluations < 10_000.0, "{evaluations}");
    }
}

#[test]
fn the_first_hop_waits_exponentially_at_the_published_rate() {
    // With F_lim = 1 and no way back the waiting time at constant temperature is 1/(dn/dt) of the
    // deterministic model; the thermal transient of 16 ps is nothing against microseconds.
    let model = JartVcmV1bDiscrete::new(kinetics());
    let volume = model.vacancies(&[], 1.0);
    let smooth = JartVcmV1b::new(kinetics());
    let rate = |duration: f64| {
        let mut state = smooth.rest(3.0 / volume, &ROOM);
        smooth.advance(&[], &mut state, &Segment::constant(-0.7, duration), &ROOM, None, None).unwrap();
        state[0] * volume - 3.0
    };
    let (short, long) = (1e-9, 3e-9);
    let expected = (long - short) / (rate(long) - rate(short));
    let mut waits = Vec::new();
    for cycle in 0..2000 {
        let mut stream = Stream::new(8, Purpose::StateNoise, 1, cycle);
        let mut state = model.rest(3.0 / volume, &ROOM);
        let stop = {
            // The current between three and four vacancies.
            let at = |n: f64| {
                model.operating_point(&[], &model.rest(n / volume, &ROOM), -0.7, &ROOM).unwrap().current.abs()
            };
            Some(Crossing::Above(0.5 * (at(3.3) + at(3.9))))
        };
        let drive = Segment::constant(-0.7, 1.0);
        let motion = model.advance(&[], &mut state, &drive, &ROOM, stop, Some(&mut stream)).unwrap();
        assert!((state[0] * volume - 4.0).abs() < 1e-6, "{}", state[0] * volume);
        waits.push(motion.elapsed);
    }
    let (mean, deviation, error) = moments(&waits);
    println!(
        "first hop: {mean:.4e} ± {error:.1e} s, expected {expected:.4e} s, deviation/mean {}",
        deviation / mean
    );
    assert!((mean - expected).abs() < 4.0 * error, "{mean:e} {expected:e} {error:e}");
    // Kurtosis 9 of the exponential: the deviation is known to mean/√(n/2).
    assert!((deviation / mean - 1.0).abs() < 4.0 * (2.0_f64 / 2000.0).sqrt(), "{}", deviation / mean);
}

/// When the deterministic model reaches a concentration, to 5 %.
fn time_to(start: f64, target: f64, voltage: f64) -> f64 {
    let model = JartVcmV1b::new(kinetics());
    let mut duration = 1e-12;
    loop {
        let mut state = model.rest(start, &ROOM);
        model.advance(&[], &mut state, &Segment::constant(voltage, duration), &ROOM, None, None).unwrap();
        if (state[0] - target) * (target - start) >= 0.0 {
            return duration;
        }
        duration *= 1.05;
    }
}

#[test]
fn the_mean_of_many_vacancies_is_the_deterministic_model() {
    for (what, start, target, voltage, leap) in [
        ("SET, single hops", 0.5e26, 1.0e26, -0.5, 0.0),
        ("SET, leaps", 1e26, 8e26, -0.6, 0.02),
        ("RESET, single hops", 2e26, 1.5e26, 1.2, 0.0),
        ("RESET, leaps", 18e26, 6e26, 1.5, 0.02),
    ] {
        let model = JartVcmV1bDiscrete::new(kinetics()).with_leap(leap);
        let duration = time_to(start, target, voltage);
        let drive = Segment::constant(voltage, duration);
        let mut smooth =
            model.rest((start * model.vacancies(&[], 1.0)).round() / model.vacancies(&[], 1.0), &ROOM);
        let begin = model.vacancies(&[], smooth[0]);
        model.advance(&[], &mut smooth, &drive, &ROOM, None, None).unwrap();
        let expected = model.vacancies(&[], smooth[0]);
        let counts: Vec<f64> = (0..100)
            .map(|cycle| {
                let mut stream = Stream::new(11, Purpose::StateNoise, 0, cycle);
                let mut state = model.rest(start, &ROOM);
                model.advance(&[], &mut state, &drive, &ROOM, None, Some(&mut stream)).unwrap();
                model.vacancies(&[], state[0])
            })
            .collect();
        let (mean, deviation, error) = moments(&counts);
        println!(
            "{what}: {begin:.0} -> {mean:.1} ± {error:.1} vacancies (deviation {deviation:.1}), deterministic {expected:.1}"
        );
        // Curvature of the rate biases the mean of finitely many vacancies: a tenth of the deviation is allowed.
        assert!(
            (mean - expected).abs() < 4.0 * error + 0.1 * deviation + 0.002 * expected,
            "{what}: {mean} {expected}"
        );
        assert!((expected - begin).abs() > 10.0, "{what}: {begin} {expected}");
    }
}

#[test]
fn leaps_of_half_the_size_give_the_same_distribution() {
    let around = Surroundings { limit: CurrentLimit::Ideal(200e-6), ..ROOM };
    let run = |leap: f64| {
        let model = JartVcmV1bDiscrete::new(kinetics()).with_leap(leap);
        let counts: Vec<f64> = (0..200)
            .map(|cycle| {
                let mut stream = Stream::new(2, Purpose::StateNoise, (1e3 * leap) as u64, cycle);
                let mut state = model.rest(0.05e26, &around);
                let pulse = Segment::constant(-1.2, 1e-7);
                model.advance(&[], &mut state, &pulse, &around, None, Some(&mut stream)).unwrap();
                model.vacancies(&[], state[0])
            })
            .collect();
        moments(&counts)
    };
    let (coarse, fine, single) = (run(0.02), run(0.01), run(0.0));
    println!("vacancies after 0.1 µs at 200 µA: {coarse:.2?}, {fine:.2?}, single hops {single:.2?}");
    for other in [coarse, fine] {
        assert!((other.0 - single.0).abs() < 4.0 * other.2.hypot(single.2) + 0.01 * single.0);
        assert!((other.1 / single.1 - 1.0).abs() < 0.2, "{other:?} {single:?}");
    }
}

#[test]
fn runs_are_reproducible_and_whole_and_stay_in_bounds() {
    let model = JartVcmV1bDiscrete::new(kinetics());
    let run = |seed| {
        let mut stream = Stream::new(seed, Purpose::StateNoise, 3, 0);
        let mut state = model.rest(0.008e26, &ROOM);
        let mut trace = Vec::new();
        for (from, to) in [(0.0, -1.3), (-1.3, 0.0), (0.0, 0.0), (0.0, 1.5), (1.5, -0.3)] {
            let ramp = Segment { start_voltage: from, end_voltage: to, duration: 1e-3 };
            let motion = model.advance(&[], &mut state, &ramp, &ROOM, None, Some(&mut stream)).unwrap();
            let count = model.vacancies(&[], state[0]);
            assert!((count - count.round()).abs() < 1e-6 && (1.9..=5089.5).contains(&count), "{count}");
            assert!(motion.energy >= 0.0 && (motion.elapsed - 1e-3).abs() < 1e-15);
            println!(
                "{from} -> {to} V: {count:.0} vacancies, {} steps, {} evaluations",
                motion.steps, motion.evaluations
            );
            trace.push(state[0].to_bits());
        }
        trace
    };
    assert_eq!(run(1), run(1));
    assert_ne!(run(1), run(2));
}
