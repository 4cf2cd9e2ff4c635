//! Conductance-step devices against their closed forms.
//!
//! Constant steps: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016); exponential and soft-bounds
//! steps: N. Gong et al., Nat. Commun. 9, 2102 (2018).
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::{Crossing, CurrentLimit, DeviceCard, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

const ROOM: Surroundings = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

/// Weight after `pulses` (negative: RESET) from weight `from`, as one long segment.
fn after(card: &DeviceCard, from: f64, pulses: i32, stream: Option<&mut Stream>) -> f64 {
    let p = &card.parameters;
    let (zero, unit) = (p["conductance_at_zero"], p["conductance_per_weight"]);
    let mut state = card.model.rest(zero + unit * from, &ROOM);
    let voltage = p["pulse_voltage"].copysign(f64::from(pulses));
    let segment = Segment::constant(voltage, p["pulse_width"] * f64::from(pulses.abs()));
    card.model.advance(&[], &mut state, &segment, &ROOM, None, stream).unwrap();
    (state[0] - zero) / unit
}

#[test]
fn constant_steps_count_pulses() {
    let card = card("step_gokmen_vlasov");
    for pulses in [1, 7, 600, -3, -600] {
        let expected = f64::from(pulses) * 0.0016;
        assert!((after(&card, 0.0, pulses, None) - expected).abs() < 1e-12, "{pulses}");
    }
    assert!((after(&card, 0.0, 100_000, None) - 1.0).abs() < 1e-12);
}

/// w_n = b − (b − w₀)(1 − Δ/|b|)ⁿ towards either bound.
#[test]
fn soft_bounds_are_approached_exponentially() {
    for name in ["step_reram_soft_bounds", "step_reram_array_om", "step_reram_array_hfo2"] {
        let card = card(name);
        let step = card.parameters["step"];
        for (bound, sign) in [(card.parameters["weight_max"], 1), (card.parameters["weight_min"], -1)] {
            for pulses in [1, 5, 400] {
                let expected = bound * (1.0 - (1.0 - step / bound.abs()).powi(pulses));
                let ours = after(&card, 0.0, sign * pulses, None);
                assert!((ours - expected).abs() < 1e-12, "{name} {pulses}: {ours} {expected}");
            }
        }
    }
}

#[test]
fn exponential_steps_follow_their_formula() {
    let card = card("step_reram_exponential");
    for weight in [-0.8, -0.2, 0.0, 0.5, 0.9] {
        let z = 2.0 * -0.5 * weight / 2.0 - 0.5;
        let up = 0.00135 * (1.0 + 1.18445 * f64::exp(5.0 * z)).max(0.0);
        let down = 0.00135 * 0.740_641 * (1.0 + 0.081_404 * f64::exp(-5.0 * z)).max(0.0);
        assert!((after(&card, weight, 1, None) - weight - up).abs() < 1e-12, "up at {weight}");
        assert!((weight - after(&card, weight, -1, None) - down).abs() < 1e-12, "down at {weight}");
    }
}

/// A train is the same in one segment and in many, and half a pulse is half a step.
#[test]
fn pulses_do_not_depend_on_how_a_train_is_cut() {
    let card = card("step_reram_array_om");
    let mut state = card.model.rest(50e-6, &ROOM);
    for _ in 0..9 {
        let pulse = Segment::constant(1.0, 100e-9);
        card.model.advance(&[], &mut state, &pulse, &ROOM, None, None).unwrap();
    }
    let one_by_one = (state[0] - 50e-6) / 20e-6;
    assert!((after(&card, 0.0, 9, None) - one_by_one).abs() < 1e-12);
    let half = Segment::constant(1.0, 50e-9);
    let mut state = card.model.rest(50e-6, &ROOM);
    card.model.advance(&[], &mut state, &half, &ROOM, None, None).unwrap();
    assert!(((state[0] - 50e-6) / 20e-6 - 0.5 * 0.0949).abs() < 1e-12);
    let below = Segment::constant(0.9, 1.0);
    let before = state.clone();
    card.model.advance(&[], &mut state, &below, &ROOM, None, None).unwrap();
    assert_eq!(state, before);
}

/// Mean and spread of noisy steps, within five standard errors.
#[test]
fn cycle_noise_has_the_published_size() {
    for (name, mean, deviation) in
        [("step_gokmen_vlasov", 0.0016, 0.3 * 0.0016), ("step_reram_soft_bounds", 0.002, 3.75 * 0.002)]
    {
        let card = card(name);
        let count = 20_000_u32;
        let moves: Vec<f64> = (0..count)
            .map(|i| {
                let mut stream = Stream::new(1, Purpose::Cycle, u64::from(i), 0);
                after(&card, 0.0, 1, Some(&mut stream))
            })
            .collect();
        let n = f64::from(count);
        let average = moves.iter().sum::<f64>() / n;
        let variance = moves.iter().map(|m| (m - average).powi(2)).sum::<f64>() / n;
        assert!((average - mean).abs() < 5.0 * deviation / n.sqrt(), "{name}: {average}");
        assert!((variance.sqrt() / deviation - 1.0).abs() < 5.0 / (2.0 * n).sqrt(), "{name}: {variance}");
    }
}

/// A noisy train is the same pulses whether it comes as one segment or pulse by pulse, and cutting pulses
/// in parts changes neither mean nor variance.
#[test]
fn noise_belongs_to_pulses_and_not_to_segments() {
    let card = card("step_capacitor");
    let run = |parts: u32, device: u64| {
        let mut stream = Stream::new(2, Purpose::Cycle, device, 0);
        let mut state = card.model.rest(50e-6, &ROOM);
        let duration = 9.0 * 100e-9 / f64::from(parts);
        for _ in 0..parts {
            let segment = Segment::constant(1.0, duration);
            card.model.advance(&[], &mut state, &segment, &ROOM, None, Some(&mut stream)).unwrap();
        }
        (state[0] - 50e-6) / 40e-6
    };
    for device in 0..50 {
        assert!((run(1, device) - run(9, device)).abs() < 1e-9);
    }
    let spread = |parts| {
        let n = 4000;
        let moves: Vec<f64> = (0..n).map(|device| run(parts, device)).collect();
        let mean = moves.iter().sum::<f64>() / n as f64;
        (mean, moves.iter().map(|m| (m - mean).powi(2)).sum::<f64>() / n as f64)
    };
    let (whole, cut) = (spread(9), spread(36));
    // Five standard errors of a variance of 4000 values are 11 %.
    assert!((cut.1 / whole.1 - 1.0).abs() < 0.15, "{whole:?} {cut:?}");
    assert!(
        (cut.0 - whole.0).abs() < 5.0 * (2.0 * whole.1 / 4000.0).sqrt() + 1e-3 * whole.0,
        "{whole:?} {cut:?}"
    );
}

/// A slow ramp writes above the pulse voltage only, is done at once below it, and can be stopped there.
#[test]
fn ramps_write_above_the_pulse_voltage_only() {
    let card = card("step_gokmen_vlasov");
    let mut state = card.model.rest(50e-6, &ROOM);
    let slow = Segment { start_voltage: 0.0, end_voltage: 0.9, duration: 1e6 };
    let motion = card.model.advance(&[], &mut state, &slow, &ROOM, None, None).unwrap();
    assert!((state[0] / 50e-6 - 1.0).abs() < 1e-12 && motion.steps < 10);
    // ∫ G V² dt of a ramp from 0: G V² T/3.
    assert!((motion.energy / (50e-6 * 0.81 * 1e6 / 3.0) - 1.0).abs() < 1e-9, "{motion:?}");
    let stop = Some(Crossing::Above(20e-6));
    let motion = card.model.advance(&[], &mut state, &slow, &ROOM, stop, None).unwrap();
    assert!(motion.crossed && (motion.elapsed / (0.4 / 0.9 * 1e6) - 1.0).abs() < 1e-9, "{motion:?}");
    // 0 to 2 V in 20 pulses: the upper half writes.
    let ramp = Segment { start_voltage: 0.0, end_voltage: 2.0, duration: 20.0 * 100e-9 };
    card.model.advance(&[], &mut state, &ramp, &ROOM, None, None).unwrap();
    assert!(((state[0] - 50e-6) / 25e-6 - 10.0 * 0.0016).abs() < 1e-9);
    let endless = Segment::constant(1.0, 1e6);
    assert!(card.model.advance(&[], &mut state, &endless, &ROOM, None, None).is_err());
}
