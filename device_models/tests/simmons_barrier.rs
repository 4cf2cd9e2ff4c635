//! The Simmons tunnel barrier against its published equations.
//!
//! M. D. Pickett et al., J. Appl. Phys. 106, 074508 (2009), doi:10.1063/1.3236506; J. G. Simmons,
//! J. Appl. Phys. 34, 1793 (1963), doi:10.1063/1.1702682.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::ROOM;
use device_models::{CurrentLimit, DeviceCard, Motion, Segment, Surroundings};

fn card() -> DeviceCard {
    DeviceCard::shipped("simmons_barrier_tio2", &BTreeMap::new()).unwrap()
}

fn after(w: f64, voltage: f64, duration: f64, around: &Surroundings) -> (f64, Motion) {
    let card = card();
    let mut state = card.model.rest(w, around);
    let pulse = Segment::constant(voltage, duration);
    let motion = card.model.advance(&[], &mut state, &pulse, around, None, None).unwrap();
    (state[0], motion)
}

/// Pickett's velocity at a current held by an ideal limit.
#[test]
fn the_barrier_moves_with_the_current() {
    for (v, w, i) in [(3.0, 1.5e-9, 150e-6), (-3.0, 1.5e-9, 30e-6)] {
        let around = Surroundings { limit: CurrentLimit::Ideal(i), ..ROOM };
        let slowing = |from: f64| ((from / 107e-12 - i / 500e-6).exp() + w / 107e-12).exp();
        let speed = if v > 0.0 {
            3.5e-6 * f64::sinh(i / 115e-6) / slowing(w - 1.2e-9)
        } else {
            -40e-6 * f64::sinh(i / 8.9e-6) / slowing(1.8e-9 - w)
        };
        // A hundredth of a picometre: the velocity stays within 2e-3.
        let time = 1e-14 / speed.abs();
        let (end, motion) = after(w, v, time, &around);
        assert!(motion.flags.compliance, "{motion:?}");
        assert!(((end - w) / (speed * time) - 1.0).abs() < 2e-3, "{v} V: {end:e}");
    }
}

/// Simmons' current at 0.2 V across 1.5 nm, from an independent evaluation of the expressions.
#[test]
fn the_current_is_simmons() {
    let (card, barrier, current) = (card(), 0.2, 5.278_383_067e-6);
    let state = card.model.rest(1.5e-9, &ROOM);
    for sign in [1.0, -1.0] {
        let voltage = sign * (barrier + 215.0 * current);
        let point = card.model.operating_point(&[], &state, voltage, &ROOM).unwrap();
        assert!((point.current / (sign * current) - 1.0).abs() < 1e-6, "{point:?}");
        let at = |v| card.model.operating_point(&[], &state, v, &ROOM).unwrap().current;
        let slope = (at(voltage + 1e-4) - at(voltage - 1e-4)) / 2e-4;
        assert!((point.differential_conductance / slope - 1.0).abs() < 1e-5, "{point:?} {slope}");
    }
}

#[test]
fn leaving_the_range_of_the_equations_is_flagged() {
    assert!(after(1.8e-9, 2.0, 1e-9, &ROOM).1.flags.field_capped);
    assert!(!after(1.8e-9, 0.3, 1e-9, &ROOM).1.flags.field_capped);
}
