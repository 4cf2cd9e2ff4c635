//! The explicit tier of JART VCM v1b against the full model, whose equations it approximates.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ROOM, Table, jart};
use device_models::{
    Crossing, CurrentLimit, DeviceModel, JartVcmV1b, Morph, Segment, Surroundings, jart_vcm,
};

const KINETICS: f64 = 15.72e6;

fn both() -> [JartVcmV1b; 2] {
    [JartVcmV1b::new(jart(KINETICS)), JartVcmV1b::explicit(jart(KINETICS))]
}

/// Time (s) to a crossing in the full model and in the explicit tier.
fn times(n: f64, voltage: f64, stop: Crossing) -> [f64; 2] {
    both().map(|model| {
        let mut state = model.rest(n * 1e26, &ROOM);
        let drive = Segment::constant(voltage, 1e3);
        let motion = model.advance(&[], &mut state, &drive, &ROOM, Some(stop), None).unwrap();
        assert!(motion.crossed && motion.elapsed > 0.0, "N = {n}, {voltage} V");
        motion.elapsed
    })
}

#[test]
fn switching_times_stay_within_the_stated_error() {
    let mut table = Table::default();
    // From the high-resistive state the full model decides; the fit sees the last moments only.
    for voltage in [-0.45, -0.6, -0.75, -0.9, -1.05, -1.2] {
        let [full, fit] = times(0.008, voltage, Crossing::Above(100e-6));
        table.compare(&format!("SET at {voltage} V from 0.008"), fit, full, 0.002, 0.0);
    }
    // Between 0.02 and 0.2 the fit would be up to 79 % off: an error of 3 % in its current.
    for (n, current, tolerance) in [(0.02, 100e-6, 0.02), (0.1, 120e-6, 0.05), (0.2, 160e-6, 0.15)] {
        for voltage in [-0.45, -0.5, -0.55, -0.6] {
            let [full, fit] = times(n, voltage, Crossing::Above(current));
            table.compare(&format!("SET at {voltage} V from {n}"), fit, full, tolerance, 0.0);
        }
    }
    for voltage in [0.8, 0.9, 1.0, 1.1, 1.2] {
        for n in [20.0, 7.5, 2.0] {
            let [full, fit] = times(n, voltage, Crossing::Below(300e-6));
            table.compare(&format!("RESET at {voltage} V from {n}"), fit, full, 0.15, 0.0);
        }
    }
    table.finish("explicit tier, switching time");
}

#[test]
fn conductance_after_pulses() {
    let mut table = Table::default();
    for (voltage, width) in
        [(-0.342, 400e-9), (-0.5, 100e-9), (-0.8, 1e-9), (0.7065, 256e-9), (0.9, 1e-6), (1.2, 1e-7)]
    {
        for n in [0.03, 0.1, 0.5, 2.0, 10.0] {
            let read = both().map(|model| {
                let mut state = model.rest(n * 1e26, &ROOM);
                model
                    .advance(&[], &mut state, &Segment::constant(voltage, width), &ROOM, None, None)
                    .unwrap();
                let state = model.rest(state[0], &ROOM);
                model.operating_point(&[], &state, 0.2, &ROOM).unwrap().current / 0.2
            });
            table.compare(&format!("{voltage} V, {width:e} s from {n}"), read[1], read[0], 0.04, 0.0);
        }
    }
    table.finish("explicit tier, conductance after a pulse");
}

#[test]
fn outside_the_fit_the_full_model_answers() {
    let warm = Surroundings { ambient_temperature: 300.0, ..ROOM };
    let resistor = Surroundings { limit: CurrentLimit::Resistor(1e3), ..ROOM };
    let wide = jart_vcm::Parameters { filament_radius: 46e-9, ..jart(KINETICS) };
    let iv = jart(10e6);
    let slow = Segment::constant(-0.5, 1e-6);
    let cases: [(jart_vcm::Parameters, &[f64], Segment, Surroundings); 7] = [
        (jart(KINETICS), &[], slow, warm),
        (jart(KINETICS), &[], slow, resistor),
        (jart(KINETICS), &[1.0, 1.01, 1.0, 1.0], slow, ROOM),
        (jart(KINETICS), &[], Segment::constant(-0.5, 0.9e-9), ROOM),
        (jart(KINETICS), &[], Segment::constant(1.3, 1e-6), ROOM),
        (wide, &[], slow, ROOM),
        (iv, &[], slow, ROOM),
    ];
    for (parameters, spread, segment, around) in cases {
        let states = [JartVcmV1b::new(parameters), JartVcmV1b::explicit(parameters)].map(|model| {
            let mut state = model.rest(0.3e26, &around);
            model.advance(spread, &mut state, &segment, &around, None, None).unwrap();
            state
        });
        assert_eq!(states[0], states[1], "{parameters:?} {spread:?} {segment:?} {around:?}");
    }
    // A cell that changes while it switches.
    let morph = Morph { from: vec![1.0; 4], to: vec![1.0, 1.05, 1.0, 1.0], start: 0.3e26, end: 20e26 };
    let states = both().map(|model| {
        let mut state = model.rest(0.3e26, &ROOM);
        model.advance_morphing(&morph, &mut state, &slow, &ROOM, None, None).unwrap();
        state
    });
    assert_eq!(states[0], states[1]);
    // And inside, the fit does answer.
    let states = both().map(|model| {
        let mut state = model.rest(7e26, &ROOM);
        model.advance(&[], &mut state, &Segment::constant(1.0, 1e-4), &ROOM, None, None).unwrap();
        state
    });
    assert!(states[0] != states[1] && (states[0][0] / states[1][0] - 1.0).abs() < 0.05, "{states:?}");
}

#[test]
fn ramps_and_limits_cross_the_boundary_without_a_jump() {
    // A triangle through both ends of both voltage ranges, and a limit that is reached on the way.
    for limit in [CurrentLimit::None, CurrentLimit::Ideal(200e-6)] {
        let around = Surroundings { limit, ..ROOM };
        let ends = both().map(|model| {
            let mut state = model.rest(0.03e26, &around);
            let mut reached = Vec::new();
            for (from, to) in [(0.0, -1.3), (-1.3, 0.0), (0.0, 1.3), (1.3, 0.0)] {
                let ramp = Segment { start_voltage: from, end_voltage: to, duration: 1e-3 };
                let motion = model.advance(&[], &mut state, &ramp, &around, None, None).unwrap();
                assert!((motion.elapsed - 1e-3).abs() < 1e-12 && motion.steps < 1500, "{motion:?}");
                assert!((state[1] - 293.0).abs() < 4500.0 && state[0].is_finite());
                reached.push((state[0], motion.energy));
            }
            reached
        });
        for (full, fit) in ends[0].iter().zip(&ends[1]) {
            println!("{limit:?}: N {:.4e} {:.4e}, energy {:.4e} {:.4e}", full.0, fit.0, full.1, fit.1);
            assert!((fit.0 / full.0 - 1.0).abs() < 0.05 && (fit.1 / full.1 - 1.0).abs() < 0.03);
        }
    }
    // Temperature and contact are handed over: at the end of a pulse they are those of the full model.
    let [full, fit] = both().map(|model| {
        let mut state = model.rest(7e26, &ROOM);
        model.advance(&[], &mut state, &Segment::constant(1.0, 1e-6), &ROOM, None, None).unwrap();
        state
    });
    assert!((fit[1] / full[1] - 1.0).abs() < 0.01 && (fit[2] - full[2]).abs() < 0.01, "{full:?} {fit:?}");
}
