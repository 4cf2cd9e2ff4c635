//! The Stanford–PKU model against reference values of version 1.0.0.
//!
//! X. Guan, S. Yu, H.-S. P. Wong, IEEE EDL 33, 1405 (2012), doi:10.1109/LED.2012.2210856; Z. Jiang et
//! al., IEEE TED 63, 1884 (2016), doi:10.1109/TED.2016.2545412. The numbers come from an independent
//! implementation of the published equations; every value holds to 2 % or its last printed digit.
// Exact comparisons: what must not move must not move by a bit.
#![allow(clippy::unwrap_used, clippy::float_cmp)]

mod common;

use common::{Table, stanford};
use device_models::scalar::Law;
use device_models::stanford_pku::Parameters;
use device_models::{Crossing, CurrentLimit, DeviceModel, Flags, Motion, Segment, StanfordPku, Surroundings};
use numerics::rng::{Purpose, Stream};

const ROOM: Surroundings = Surroundings { ambient_temperature: 298.0, limit: CurrentLimit::None };

fn current(model: &StanfordPku, gap: f64, voltage: f64) -> f64 {
    model.operating_point(&[], &[gap], voltage, &ROOM).unwrap().current
}

fn switch(from: f64, to: f64, voltage: f64) -> (Motion, f64) {
    let model = StanfordPku::new(stanford());
    let mut state = model.rest(from, &ROOM);
    let target = current(&model, to, voltage).abs();
    let stop = if to < from { Crossing::Above(target) } else { Crossing::Below(target) };
    let motion =
        model.advance(&[], &mut state, &Segment::constant(voltage, 1.0), &ROOM, Some(stop), None).unwrap();
    (motion, state[0])
}

#[test]
fn resistance_against_the_gap() {
    let model = StanfordPku::new(stanford());
    let mut table = Table::default();
    for (gap, r) in [(0.2, 541.8), (0.5, 1.80e3), (1.0, 13.3e3), (1.7, 218.6e3)] {
        table.compare(&format!("{gap} nm"), 0.1 / current(&model, gap * 1e-9, 0.1), r, 0.005, 0.0);
    }
    table.finish("resistance");
}

#[test]
fn set_and_reset_times() {
    let mut table = Table::default();
    for (v, t) in [
        (1.4, 4.76e-7),
        (1.5, 1.63e-7),
        (1.6, 5.60e-8),
        (1.8, 6.78e-9),
        (2.0, 8.90e-10),
        (2.2, 1.77e-10),
        (-1.1, 1.03e-6),
        (-1.2, 2.54e-7),
        (-1.4, 1.57e-8),
        (-1.5, 4.09e-9),
        (-1.6, 1.16e-9),
        (-2.0, 6.9e-11),
    ] {
        let (from, to) = if v > 0.0 { (1.7e-9, 0.25e-9) } else { (0.2e-9, 1.0e-9) };
        let (motion, gap) = switch(from, to, v);
        assert!(motion.crossed && (gap / to - 1.0).abs() < 1e-6, "{v} V: {motion:?}");
        let last = if v < -1.9 { 0.1e-11 } else { 0.0 };
        table.compare(&format!("{v} V"), motion.elapsed, t, 0.02, last);
    }
    table.finish("switching time");
}

#[test]
fn temperature_at_the_start_of_reset() {
    let model = StanfordPku::new(stanford());
    let mut table = Table::default();
    for (v, t) in [
        (-1.0, 324.0),
        (-1.1, 340.0),
        (-1.2, 367.0),
        (-1.4, 477.0),
        (-1.5, 584.0),
        (-1.6, 752.0),
        (-2.0, 3110.0),
    ] {
        let point = model.operating_point(&[], &[0.2e-9], v, &ROOM).unwrap();
        table.compare(&format!("{v} V"), point.temperature, t, 0.005, 0.0);
    }
    table.finish("temperature");
}

#[test]
fn nothing_moves_below_the_threshold_field() {
    for (from, to, v) in [(1.7e-9, 0.25e-9, 1.2), (0.2e-9, 1.0e-9, -1.0)] {
        let (motion, gap) = switch(from, to, v);
        assert!(!motion.crossed && gap == from && motion.flags == Flags::default(), "{motion:?}");
    }
    // Thresholds: 1.39 V for SET from 1.7 nm, 1.05 V for RESET.
    let model = StanfordPku::new(stanford());
    for (gap, to, threshold) in [(1.7e-9, 2.0, 1.39), (0.2e-9, -2.0, 1.05)] {
        let moved = |v: f64| {
            let mut state = [gap];
            model.advance(&[], &mut state, &Segment::constant(v, 1e-9), &ROOM, None, None).unwrap();
            state[0] != gap
        };
        let sign = f64::signum(to);
        assert!(!moved(sign * (threshold - 0.006)) && moved(sign * (threshold + 0.006)));
    }
}

#[test]
fn a_ramp_passes_threshold_and_bound() {
    let model = StanfordPku::new(stanford());
    let mut state = [1.7e-9];
    let ramp = Segment { start_voltage: 0.0, end_voltage: 2.0, duration: 1e-3 };
    let motion = model.advance(&[], &mut state, &ramp, &ROOM, None, None).unwrap();
    assert!(motion.flags.lower_bound && motion.flags.overheated && !motion.flags.upper_bound, "{motion:?}");
    assert!((state[0] - 0.2e-9).abs() < 1e-18, "{state:?}");
    let motion = model.advance(&[], &mut state, &Segment::constant(-1.6, 1e-3), &ROOM, None, None).unwrap();
    assert!(motion.flags.upper_bound && (state[0] - 1.7e-9).abs() < 1e-18, "{motion:?} {state:?}");
    // Only the heat of the constant current is left.
    assert!(motion.energy > 0.0 && motion.steps < 300, "{motion:?}");
}

#[test]
fn compliance_stops_the_set() {
    let model = StanfordPku::new(stanford());
    let limited = Surroundings { limit: CurrentLimit::Ideal(200e-6), ..ROOM };
    let mut state = [1.7e-9];
    let motion = model.advance(&[], &mut state, &Segment::constant(1.6, 1e-6), &limited, None, None).unwrap();
    assert!(motion.flags.compliance && !motion.flags.lower_bound, "{motion:?}");
    // It stops where the voltage left at 200 µA just gives the threshold field.
    let point = model.operating_point(&[], &state, 1.6, &limited).unwrap();
    let enhancement = 16.0 - 0.8 * (state[0] / 1e-9).powi(3);
    assert!(point.limited && (point.current / 200e-6 - 1.0).abs() < 1e-9);
    assert!((enhancement * point.voltage / 12e-9 / 1.4e9 - 1.0).abs() < 1e-3, "{state:?} {point:?}");
}

/// Mean and variance of the gap after `duration` at `voltage`, many devices.
fn spread_after(model: &StanfordPku, voltage: f64, duration: f64, devices: u64) -> (f64, f64) {
    let gaps: Vec<f64> = (0..devices)
        .map(|device| {
            let mut state = [1.0e-9];
            let mut stream = Stream::new(11, Purpose::StateNoise, device, 0);
            let pulse = Segment::constant(voltage, duration);
            model.advance(&[], &mut state, &pulse, &ROOM, None, Some(&mut stream)).unwrap();
            state[0]
        })
        .collect();
    let mean = gaps.iter().sum::<f64>() / devices as f64;
    (mean, gaps.iter().map(|g| (g - mean).powi(2)).sum::<f64>() / (devices - 1) as f64)
}

#[test]
fn the_noise_is_a_diffusion_at_any_sub_step() {
    let quiet = Parameters { velocity: 1e-6, ..stanford() };
    let model = StanfordPku::new(quiet);
    let (voltage, duration, devices) = (-1.2, 40e-9, 2000);
    let point = model.operating_point(&[], &[1.0e-9], voltage, &ROOM).unwrap();
    let temperature = point.temperature;
    let expected = 2.0 * model.law().diffusion(1.0e-9, &point) * duration;
    // The amplitude of the published 1 ns step.
    let onset = 1.0 + ((450.0 - temperature) / 500.0).exp();
    let published = (0.02_f64 * 1e-9 / onset).powi(2) * (duration / 1e-9);
    assert!((expected / published - 1.0).abs() < 1e-12);
    for displacement in [0.1e-9, 0.02e-9, 0.01e-9] {
        let noisy = model.clone().with_resolution(displacement);
        let (mean, variance) = spread_after(&noisy, voltage, duration, devices);
        // Five standard errors, and the little that T and with it D change along the way.
        let error = 5.0 * (2.0 / devices as f64).sqrt() + 0.02;
        assert!((variance / expected - 1.0).abs() < error, "{displacement:e}: {variance:e} {expected:e}");
        assert!((mean - 1.0e-9).abs() < 5.0 * (expected / devices as f64).sqrt(), "{mean:e}");
    }
}

#[test]
fn noise_is_reproducible_and_absent_without_motion() {
    let model = StanfordPku::new(stanford());
    let run = |voltage: f64| {
        let mut state = [1.0e-9];
        let mut stream = Stream::new(5, Purpose::StateNoise, 3, 7);
        let pulse = Segment::constant(voltage, 20e-9);
        model.advance(&[], &mut state, &pulse, &ROOM, None, Some(&mut stream)).unwrap();
        state[0].to_bits()
    };
    assert_eq!(run(-1.3), run(-1.3));
    assert_eq!(run(0.1), 1.0e-9_f64.to_bits());
}

#[test]
fn a_gap_within_rounding_of_its_bound_is_held_there() {
    // The bound and the gap differ by the rounding of the spread; the ramp passes the threshold there.
    let model = StanfordPku::new(stanford());
    let spread =
        [0.995_200_267_031_256_5, 0.929_824_384_716_525, 0.909_642_100_976_061_4, 0.949_445_090_668_699];
    let ramp = Segment {
        start_voltage: -1.125_404_824_211_327_7,
        end_voltage: 1.160_920_825_516_827,
        duration: 2.221_394_064_071_68e-11,
    };
    let mut state = [1.819_284_201_952_122_8e-10];
    let motion = model.advance(&spread, &mut state, &ramp, &ROOM, None, None).unwrap();
    assert!(motion.flags.lower_bound && motion.steps < 100, "{motion:?}");
    assert!((state[0] / model.bounds(&spread).0 - 1.0).abs() < 1e-12, "{state:?}");
}
