//! Spread of conductance-step devices as drawn from cards: shapes of windows, bounds, stuck devices,
//! write noise.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::card::SHIPPED;
use device_models::variability::draw_spread;
use device_models::{DeviceCard, Segment};
use numerics::rng::{Purpose, Stream};

const DEVICES: u64 = 20_000;

fn card(name: &str) -> DeviceCard {
    DeviceCard::shipped(name, &BTreeMap::new()).unwrap()
}

fn moments(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn drawn_devices_have_the_published_spread() {
    let card = card("step_reram_array_om");
    let draws: Vec<Vec<f64>> = (0..DEVICES).map(|d| draw_spread(&card, 1, d)).collect();
    let free =
        |s: &&Vec<f64>| s[3] * card.parameters["weight_max"] - s[2] * card.parameters["weight_min"] > 1e-9;
    let stuck = draws.iter().filter(|s| !free(s)).count() as f64 / DEVICES as f64;
    // Five standard errors of a share.
    assert!((stuck - 0.1348).abs() < 5.0 * (0.1348 * 0.8652 / DEVICES as f64).sqrt(), "{stuck}");
    let of =
        |i: usize, f: fn(f64) -> f64| -> Vec<f64> { draws.iter().filter(free).map(|s| f(s[i])).collect() };
    // A cut at three standard deviations takes 1.3 % of one.
    let (median, sigma) = moments(&of(0, f64::ln));
    assert!(median.abs() < 0.03 && (sigma / 0.7829 - 0.9866).abs() < 0.02, "{median} {sigma}");
    let (zero, beta) = moments(&of(1, |m| m - 1.0));
    assert!(zero.abs() < 1e-3 && (beta / 0.01 - 0.9866).abs() < 0.02, "{beta}");
    let (reference, sigma) = moments(&of(4, |m| m - 1.0));
    assert!(reference.abs() < 2e-3 && (sigma / 0.05 - 0.9866).abs() < 0.02, "{sigma}");
    // The bounds are cut closer: 87 and 98 % of their deviations are left.
    let (_, sigma) = moments(&of(2, |m| m));
    assert!((sigma / 0.5695 - 0.8705).abs() < 0.02, "{sigma}");
    let (_, sigma) = moments(&of(3, |m| m));
    assert!((sigma / 0.3499 - 0.9793).abs() < 0.02, "{sigma}");
}

#[test]
fn stuck_devices_do_not_move_and_lie_near_zero() {
    let card = card("step_reram_array_hfo2");
    let mut seen = 0;
    for device in 0..400 {
        let spread = draw_spread(&card, 2, device);
        let (low, high) = card.model.bounds(&spread);
        assert!(low > 0.0 && low <= high, "{device}: {low} {high}");
        if high - low > 1e-12 {
            continue;
        }
        seen += 1;
        let mut state = card.model.rest(low, &ROOM);
        for voltage in [1.0, 1.0, -1.0] {
            let pulse = Segment::constant(voltage, 100e-9);
            card.model.advance(&spread, &mut state, &pulse, &ROOM, None, None).unwrap();
            assert!((state[0] / low - 1.0).abs() < 1e-9, "{device}: {state:?}");
        }
    }
    assert!((20..=60).contains(&seen), "{seen} of 400 stuck, 39 expected");
}

/// What is read scatters by σ_w Δw_min; the hidden weight does not.
#[test]
fn write_noise_is_in_the_reading_and_not_in_the_weight() {
    let card = card("step_reram_soft_bounds");
    let quiet = [("additive_noise".to_owned(), "0".to_owned())].into();
    let card = DeviceCard::shipped(&card.name, &quiet).unwrap();
    let mut state = card.model.rest(50e-6, &ROOM);
    let mut stream = Stream::new(4, Purpose::Cycle, 0, 0);
    let (mut hidden, mut read) = (50e-6, Vec::new());
    for k in 0..4000 {
        let voltage = if k % 2 == 0 { 1.0 } else { -1.0 };
        let pulse = Segment::constant(voltage, 100e-9);
        card.model.advance(&[], &mut state, &pulse, &ROOM, None, Some(&mut stream)).unwrap();
        let mut silent = card.model.rest(hidden, &ROOM);
        card.model.advance(&[], &mut silent, &pulse, &ROOM, None, None).unwrap();
        hidden = silent[0];
        assert!((state[0] - hidden).abs() < 1e-15, "{k}");
        let point = card.model.operating_point(&[], &state, 0.1, &ROOM).unwrap();
        read.push(point.current / 0.1 - hidden);
    }
    let (mean, sigma) = moments(&read);
    let expected = 56.0 * 0.002 * 25e-6;
    assert!(
        mean.abs() < 5.0 * expected / 63.0 && (sigma / expected - 1.0).abs() < 0.06,
        "{sigma} {expected}"
    );
}

#[test]
fn faults_of_spread_are_named() {
    let text = |name: &str| SHIPPED.iter().find(|(known, _)| *known == name).unwrap().1;
    let om = text("step_reram_array_om");
    for (from, to, says) in [
        ("\"log_normal\"", "\"lognormal\"", "log_normal"),
        ("\"13.48 %\"", "\"134 %\"", "stuck.probability"),
        ("\"lower_bound\": \"weight_min\"", "\"lower_bound\": \"pulse_width\"", "stuck.lower_bound"),
        ("\"-0.01\"", "\"-7\"", "stuck.range"),
        ("\"max\": \"0.03\"", "\"max\": \"-0.03\"", "min ≤ mean ≤ max"),
    ] {
        assert!(om.contains(from), "{from}");
        let error = DeviceCard::parse("mine", &om.replace(from, to), &BTreeMap::new()).unwrap_err();
        assert!(error.to_string().contains(says), "{says}: {error}");
    }
    for (from, to, says) in [
        ("\"max\": \"-0.05\"", "\"max\": \"0.04\"", "'weight_min'"),
        ("\"max\": \"0.03\"", "\"max\": \"1.03\"", "'step_asymmetry'"),
    ] {
        assert!(om.contains(from), "{from}");
        let card = DeviceCard::parse("mine", &om.replace(from, to), &BTreeMap::new()).unwrap();
        let error = card.check_windows().unwrap_err().to_string();
        assert!(error.contains("variability.windows") && error.contains(says), "{says}: {error}");
    }
    let pmax = text("step_soft_bounds_pmax").replace(
        "\"read_voltage\"",
        "\"variability\": {\"source\": \"x\", \"windows\": {\"step\": {\"min\": \"1\", \"mean\": \"1\", \"max\": \"1\", \"standard_deviation\": \"0\"}}}, \"read_voltage\"",
    );
    let error = DeviceCard::parse("mine", &pmax, &BTreeMap::new()).unwrap_err();
    assert!(error.to_string().contains("not a parameter of soft_bounds_pmax"), "{error}");
}

/// Noise that does not depend on the weight grows with the device's own steps.
#[test]
fn fixed_noise_is_in_proportion_to_the_steps_of_the_device() {
    let card = card("step_reram_soft_bounds");
    let nominal = card.model.step_device(&[]).unwrap();
    assert!((nominal.noise.fixed - 3.75 * 0.002).abs() < 1e-12);
    let strong = card.model.step_device(&[1.5, 1.0, 1.0, 1.0, 1.0]).unwrap();
    assert!((strong.noise.fixed / nominal.noise.fixed - 1.5).abs() < 1e-12);
    assert!((strong.nominal_steps[0] / nominal.nominal_steps[0] - 1.5).abs() < 1e-12);
}
