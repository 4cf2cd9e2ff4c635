//! The noise of every noisy model is a diffusion: the spread of the state after a given time does not
//! depend on the pieces in which the time passes.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ROOM, stanford};
use device_models::stanford_pku::Parameters;
use device_models::{DeviceModel, Segment, StanfordPku};
use numerics::rng::{Purpose, Stream};

const DEVICES: u32 = 1500;

/// Variance of the slow state over devices after `duration`, which passes in pieces of `piece`.
fn variance(model: &dyn DeviceModel, start: f64, voltage: f64, duration: f64, piece: f64) -> f64 {
    let pieces = (duration / piece).round() as u32;
    let states: Vec<f64> = (0..DEVICES)
        .map(|device| {
            let mut state = model.rest(start, &ROOM);
            let mut stream = Stream::new(23, Purpose::StateNoise, u64::from(device), 0);
            let pulse = Segment::constant(voltage, piece);
            for _ in 0..pieces {
                model.advance(&[], &mut state, &pulse, &ROOM, None, Some(&mut stream)).unwrap();
            }
            state[0]
        })
        .collect();
    let mean = states.iter().sum::<f64>() / f64::from(DEVICES);
    states.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / f64::from(DEVICES - 1)
}

#[test]
fn the_variance_does_not_depend_on_the_time_step() {
    // Hardly any drift, so that the spread is the noise's alone.
    let model = StanfordPku::new(Parameters { velocity: 1e-6, ..stanford() });
    let (start, voltage, duration) = (1.0e-9, -1.2, 20e-9);
    let spread: Vec<f64> = [0.1e-9, 0.5e-9, 1e-9, 5e-9, 10e-9]
        .into_iter()
        .map(|piece| {
            let variance = variance(&model, start, voltage, duration, piece);
            println!("| {piece:.1e} s | {variance:.4e} m² |");
            variance
        })
        .collect();
    let mean = spread.iter().sum::<f64>() / 5.0;
    for value in spread {
        // Four standard errors of a variance.
        let error = 4.0 * (2.0 / f64::from(DEVICES)).sqrt();
        assert!((value / mean - 1.0).abs() < error, "{value:e} {mean:e}");
    }
}
