//! The SkyWater cell: resistances of the published defaults, thermal time constant, switching.
#![allow(clippy::unwrap_used)]

mod common;

use std::collections::BTreeMap;

use common::Table;
use device_models::{Crossing, CurrentLimit, DeviceCard, Motion, Segment, Surroundings};

const ROOM: Surroundings = Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::None };

fn card() -> DeviceCard {
    DeviceCard::shipped("sky130_reram", &BTreeMap::new()).unwrap()
}

fn current(card: &DeviceCard, filament: f64, voltage: f64) -> f64 {
    card.model.operating_point(&[], &[filament, 300.0], voltage, &ROOM).unwrap().current
}

fn switch(from: f64, to: f64, voltage: f64) -> (Motion, Vec<f64>) {
    let card = card();
    let mut state = card.model.rest(from, &ROOM);
    let target = current(&card, to, voltage).abs();
    let stop = if to > from { Crossing::Above(target) } else { Crossing::Below(target) };
    let pulse = Segment::constant(voltage, 1.0);
    let motion = card.model.advance(&[], &mut state, &pulse, &ROOM, Some(stop), None).unwrap();
    (motion, state)
}

#[test]
fn resistance_of_both_states() {
    let card = card();
    let mut table = Table::default();
    // I_k1 exp(−(T_ox − T_f)/0.2751 nm) sinh(0.1/0.43), by hand.
    for (filament, resistance) in [(4.9e-9, 9.983e3), (3.3e-9, 3.351e6)] {
        table.compare(&format!("{filament:e} m"), 0.1 / current(&card, filament, 0.1), resistance, 2e-3, 0.0);
    }
    table.finish("resistance at 0.1 V");
}

#[test]
fn the_filament_warms_with_its_time_constant() {
    // In the low-resistive state at a read voltage nothing moves but the heat.
    let card = card();
    let power = 0.3 * current(&card, 4.9e-9, 0.3);
    let steady = power * 0.23e-9 / 3.1825e-16;
    for time in [0.1e-9, 0.23e-9, 1e-9] {
        let mut state = card.model.rest(4.9e-9, &ROOM);
        card.model.advance(&[], &mut state, &Segment::constant(0.3, time), &ROOM, None, None).unwrap();
        let expected = steady * -f64::exp_m1(-time / 0.23e-9);
        assert!((state[1] - 300.0 - expected).abs() < 1e-3 * steady + 2e-3, "{state:?} {expected}");
    }
}

#[test]
fn sets_above_zero_resets_below_and_ends_on_its_bounds() {
    let card = card();
    let mut state = card.model.rest(3.3e-9, &ROOM);
    for (voltage, bound) in [(2.0, 4.9e-9), (-2.0, 3.3e-9), (2.0, 4.9e-9)] {
        let pulse = Segment::constant(voltage, 1e-3);
        let limited = Surroundings { limit: CurrentLimit::Ideal(2e-4), ..ROOM };
        let around = if voltage > 0.0 { &limited } else { &ROOM };
        let motion = card.model.advance(&[], &mut state, &pulse, around, None, None).unwrap();
        println!("{voltage} V: {state:?} {motion:?}");
        assert!(motion.steps < 2000);
        if voltage < 0.0 {
            assert!((state[0] / bound - 1.0).abs() < 1e-9 && motion.flags.lower_bound);
        } else {
            assert!(state[0] > 4.4e-9 && motion.flags.compliance);
        }
    }
}

/// Against the integral of dT_f/v with the temperature in equilibrium, by Simpson's rule in an
/// independent implementation: valid where switching takes much longer than the thermal time constant.
#[test]
fn switching_times() {
    let mut table = Table::default();
    for (voltage, from, to, time) in [
        (2.0, 3.3e-9, 4.8e-9, 6.0036e-6),
        (2.2, 3.3e-9, 4.8e-9, 8.3706e-8),
        (-1.2, 4.9e-9, 4.0e-9, 1.8074e-3),
        (-1.4, 4.9e-9, 4.0e-9, 3.2373e-6),
    ] {
        let (motion, _) = switch(from, to, voltage);
        assert!(motion.crossed && motion.steps < 300, "{voltage}: {motion:?}");
        table.compare(&format!("{voltage} V"), motion.elapsed, time, 5e-3, 0.0);
    }
    table.finish("switching time");
    // Near the time constant the filament is still hot from the low-resistive state while it dissolves:
    // faster than the 7.56 ns of the temperature in equilibrium.
    let (motion, state) = switch(4.9e-9, 4.0e-9, -1.6);
    assert!(motion.elapsed < 7.0e-9 && state[1] < 400.0, "{motion:?} {state:?}");
}
