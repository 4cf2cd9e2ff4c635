//! The filament of JART VCM v1b as a thermal node, and the contact's branches inside an integration.
//!
//! R_th C_th dT/dt = T₀ + I (V_sch + V_disc + V_plug) R_th − T with C_th = 1e-18 J/K (version readvar of the
//! published model, doi:10.26165/JUELICH-DATA/LUA8QY): τ = 15.72 ps for SET and 4.24 ps for RESET.
#![allow(clippy::unwrap_used)]

mod common;

use common::{ROOM, jart};
use device_models::{DeviceModel, JartVcmV1b, Segment};

const KINETICS: f64 = 15.72e6;

#[test]
fn heat_leaves_with_the_thermal_time_constant() {
    // At a microvolt nothing heats: T decays towards ambient, exponentially.
    let model = JartVcmV1b::new(jart(KINETICS));
    for (voltage, tau) in [(-1e-6, 15.72e-12), (1e-6, 15.72e-12 * 0.27), (0.0, 15.72e-12)] {
        for multiple in [0.5, 1.0, 3.0] {
            let mut state = [0.5e26, 900.0, 0.0];
            let rest = Segment::constant(voltage, multiple * tau);
            model.advance(&[], &mut state, &rest, &ROOM, None, None).unwrap();
            let exact = 293.0 + 607.0 * f64::exp(-multiple);
            println!("{voltage} V, {multiple} tau: {:.3} K, exact {exact:.3} K", state[1]);
            assert!((state[1] - exact).abs() < 0.02, "{voltage} V, {multiple} tau: {} {exact}", state[1]);
        }
    }
}

#[test]
fn heat_comes_as_the_integral_of_the_power() {
    // Long before tau the filament keeps all heat: C_th ΔT = ∫ P dt.
    let model = JartVcmV1b::new(jart(KINETICS));
    for (voltage, n) in [(-0.8, 1e26), (1.2, 20e26)] {
        let mut state = model.rest(n, &ROOM);
        let point = model.operating_point(&[], &state, voltage, &ROOM).unwrap();
        // The line (650 Ω and 719 Ω, which heats by itself) is outside the filament.
        let line = 719.2437_f64;
        let outside = 650.0 + line * (1.0 + line * 3.92e-3 * 90471.47 * point.current * point.current);
        let power = point.current * (voltage - point.current * outside);
        let duration = 1e-15;
        model.advance(&[], &mut state, &Segment::constant(voltage, duration), &ROOM, None, None).unwrap();
        let rise = state[1] - 293.0;
        println!("{voltage} V: {rise:.4} K after 1 fs, P t / C_th {:.4} K", power * duration / 1e-18);
        assert!((rise / (power * duration / 1e-18) - 1.0).abs() < 2e-3, "{rise} {power:e}");
    }
    // And in the end the steady state, here against the power of the end itself.
    let mut state = model.rest(0.05e26, &ROOM);
    model.advance(&[], &mut state, &Segment::constant(-0.3, 5e-10), &ROOM, None, None).unwrap();
    let point = model.operating_point(&[], &state, -0.3, &ROOM).unwrap();
    let line = 719.2437 * (1.0 + 719.2437 * 3.92e-3 * 90471.47 * point.current * point.current);
    let power = point.current * (-0.3 - point.current * (650.0 + line));
    assert!((state[1] - (293.0 + power * KINETICS)).abs() < 0.05, "{state:?} {power:e}");
}

/// Temperature (K), V_sch (V) and current (A) at 1.2 V and N = 20e26 m⁻³, every 0.1 ps.
fn follow(schottky: f64) -> Vec<[f64; 3]> {
    let model = JartVcmV1b::new(jart(KINETICS));
    let mut state = [20e26, 293.0, schottky];
    let mut trace = Vec::new();
    for _ in 0..=600 {
        let point = model.operating_point(&[], &state, 1.2, &ROOM).unwrap();
        trace.push([state[1], state[2], point.current]);
        model.advance(&[], &mut state, &Segment::constant(1.2, 1e-13), &ROOM, None, None).unwrap();
    }
    trace
}

#[test]
fn a_branch_is_followed_while_the_filament_heats() {
    // The two stable solutions stay apart: each heats to a steady state of its own.
    for (schottky, current) in [(0.029, 0.711e-3), (0.196, 0.617e-3)] {
        let trace = follow(schottky);
        let last = trace.last().unwrap();
        println!(
            "from V_sch {schottky} V, {:.4e} A: {:.1} K, V_sch {:.4} V, {:.4e} A",
            trace[0][2], last[0], last[1], last[2]
        );
        assert!((trace[0][2] / current - 1.0).abs() < 5e-3, "{:?}", trace[0]);
        // φ_Bn0 − φ_n = 0.08 V divides them.
        assert!(trace.iter().all(|at| (at[1] < 0.08) == (schottky < 0.08)), "{last:?}");
        for pair in trace.windows(2) {
            assert!((pair[1][0] - pair[0][0]).abs() < 20.0, "the temperature jumps: {pair:?}");
        }
    }
}

#[test]
fn at_a_fold_the_current_jumps_and_the_state_does_not() {
    // From the high branch down to 0.05 V in 10 µs, until the contact has left it.
    let model = JartVcmV1b::new(jart(KINETICS));
    let voltage = |time: f64| 1.2 - 1.15e5 * time;
    let ramp = |state: &mut [f64], from: f64, duration: f64| {
        let (start_voltage, end_voltage) = (voltage(from), voltage(from + duration));
        let part = Segment { start_voltage, end_voltage, duration };
        model.advance(&[], state, &part, &ROOM, None, None).unwrap();
    };
    let (mut at, mut length) = (0.0, 1e-7);
    let mut state = vec![20e26, 293.0, 0.196];
    let over = |state: &[f64]| state[2] < 0.08;
    let mut after = state.clone();
    ramp(&mut after, at, length);
    while !over(&after) {
        at += length;
        assert!(at < 1e-5, "no fold on the way to 0.05 V: {state:?}");
        state = after.clone();
        ramp(&mut after, at, length);
    }
    while length > 1e-15 {
        length *= 0.5;
        let mut middle = state.clone();
        ramp(&mut middle, at, length);
        if over(&middle) {
            after = middle;
        } else {
            at += length;
            state = middle;
        }
    }
    println!("fold at {:.4} V: {state:?} to {after:?}", voltage(at));
    let current = |state: &[f64]| model.operating_point(&[], state, voltage(at), &ROOM).unwrap().current;
    assert!(state[2] - after[2] > 0.01, "{state:?} {after:?}");
    assert!(current(&after) > 1.01 * current(&state), "{state:?} {after:?}");
    assert!((after[0] / state[0] - 1.0).abs() < 1e-6 && (after[1] - state[1]).abs() < 1.0);
}
