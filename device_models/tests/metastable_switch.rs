//! Metastable switches: exact relaxation, and a noise that does not depend on the time step.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::{DeviceCard, Segment};
use numerics::rng::{Purpose, Stream};

fn card(switches: &str) -> DeviceCard {
    let overrides = [("switches".to_owned(), switches.to_owned())].into();
    DeviceCard::shipped("metastable_switch_ag_chalcogenide", &overrides).unwrap()
}

/// Rates to ON and OFF at a voltage, 293 K.
fn rates(v: f64) -> (f64, f64) {
    let thermal = 1.380_649e-23 * 293.0 / 1.602_176_634e-19;
    let share = |u: f64| 1.0 / (1.0 + (-u / thermal).exp());
    (share(v - 0.17) / 0.32e-3, share(-v - 0.22) / 0.32e-3)
}

#[test]
fn the_mean_relaxes_exponentially() {
    let card = DeviceCard::shipped("metastable_switch_ag_chalcogenide", &BTreeMap::new()).unwrap();
    for v in [0.1, 0.2, -0.25, 0.0] {
        let (on, off) = rates(v);
        let settled = on / (on + off);
        for t in [1e-6, 1e-4, 1e-3, 1e-1, 10.0] {
            let mut state = card.model.rest(0.4, &ROOM);
            card.model.advance(&[], &mut state, &Segment::constant(v, t), &ROOM, None, None).unwrap();
            let expected = settled + (0.4 - settled) * (-(on + off) * t).exp();
            assert!((state[0] - expected).abs() < 1e-5, "{v} V {t} s: {} {expected}", state[0]);
        }
    }
}

/// Mean and variance after a time, in one step or in many, against the exact binomials.
#[test]
fn noise_does_not_depend_on_the_time_step() {
    let card = card("1000");
    let (x0, v, duration, devices) = (0.3, 0.16, 1e-3, 3000_u64);
    let (on, off) = rates(v);
    let settled = on / (on + off);
    let decay = (-(on + off) * duration).exp();
    let (stay, gain) = (settled + (1.0 - settled) * decay, settled * (1.0 - decay));
    let mean = x0 * stay + (1.0 - x0) * gain;
    let variance = (x0 * stay * (1.0 - stay) + (1.0 - x0) * gain * (1.0 - gain)) / 1000.0;
    for step in [1e-3, 1e-4, 1e-5, 1e-6] {
        let parts = (duration / step).round() as usize;
        let devices = if parts > 100 { devices / 3 } else { devices };
        let shares: Vec<f64> = (0..devices)
            .map(|device| {
                let mut state = card.model.rest(x0, &ROOM);
                let mut stream = Stream::new(7, Purpose::StateNoise, device, 0);
                for _ in 0..parts {
                    let pulse = Segment::constant(v, step);
                    card.model.advance(&[], &mut state, &pulse, &ROOM, None, Some(&mut stream)).unwrap();
                }
                state[0]
            })
            .collect();
        let n = devices as f64;
        let m = shares.iter().sum::<f64>() / n;
        let s = shares.iter().map(|x| (x - m).powi(2)).sum::<f64>() / (n - 1.0);
        println!(
            "step {step:e} s: mean {:+.2} standard errors, variance {:+.2}",
            (m - mean) / (variance / n).sqrt(),
            (s / variance - 1.0) / (2.0 / n).sqrt()
        );
        assert!((m - mean).abs() < 4.5 * (variance / n).sqrt(), "{step:e}: mean {m} {mean}");
        assert!((s / variance - 1.0).abs() < 4.5 * (2.0 / n).sqrt(), "{step:e}: variance {s:e} {variance:e}");
    }
}

/// Under a ramp the steps are chosen by the model; a tenth of the ramp at a time gives the same mean.
#[test]
fn noise_under_a_ramp_keeps_the_mean() {
    let card = card("1000000");
    let ramp = |from: f64, to: f64, duration| Segment { start_voltage: from, end_voltage: to, duration };
    let mut mean = card.model.rest(0.2, &ROOM);
    card.model.advance(&[], &mut mean, &ramp(0.0, 0.3, 1e-3), &ROOM, None, None).unwrap();
    for parts in [1, 10] {
        let mut state = card.model.rest(0.2, &ROOM);
        let mut stream = Stream::new(9, Purpose::StateNoise, 4, 0);
        for i in 0..parts {
            let at = |k: u32| 0.3 * f64::from(k) / f64::from(parts);
            let part = ramp(at(i), at(i + 1), 1e-3 / f64::from(parts));
            card.model.advance(&[], &mut state, &part, &ROOM, None, Some(&mut stream)).unwrap();
        }
        // A million switches spread by less than 5e-4.
        assert!((state[0] - mean[0]).abs() < 2.5e-3, "{parts}: {} {}", state[0], mean[0]);
    }
}
