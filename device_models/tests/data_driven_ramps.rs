//! The data-driven model under ramps, where its state follows a limit that moves with the voltage.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::{DeviceCard, Segment};

/// The state after a ramp in `parts` segments.
fn after(parts: u32, (from, to): (f64, f64), duration: f64, start: f64) -> (f64, u32) {
    let card = DeviceCard::shipped("data_driven_taox", &BTreeMap::new()).unwrap();
    let mut state = card.model.rest(start, &ROOM);
    let mut steps = 0;
    for i in 0..parts {
        let at = |k: u32| from + (to - from) * f64::from(k) / f64::from(parts);
        let part =
            Segment { start_voltage: at(i), end_voltage: at(i + 1), duration: duration / f64::from(parts) };
        steps += card.model.advance(&[], &mut state, &part, &ROOM, None, None).unwrap().steps;
    }
    (state[0], steps)
}

/// Motion that begins in the last tenth of a ramp that ends where nothing moves.
#[test]
fn a_late_onset_is_not_missed() {
    let ramp = (-1.072_401_776_236_868, 0.0);
    let (whole, _) = after(1, ramp, 0.1, 805.289_441_266_532);
    let (fine, _) = after(1000, ramp, 0.1, 805.289_441_266_532);
    assert!((whole / fine - 1.0).abs() < 1e-5, "{whole} {fine}");
}

/// The limit falls, turns and rises: the state follows it down and stays, in few steps.
#[test]
fn a_state_on_its_limit_does_not_stall() {
    for (ramp, duration) in [((0.0, 1.5), 1.0), ((1.5, 0.0), 1.0), ((0.94, 1.01), 1.0), ((0.5, -1.5), 1e-2)] {
        for start in [210.0, 600.0, 990.0] {
            let (_, steps) = after(1, ramp, duration, start);
            assert!(steps < 2000, "{ramp:?} {start}: {steps} steps");
        }
    }
}
