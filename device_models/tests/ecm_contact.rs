//! What the ECM model adds to the published one: contact, conductance quantisation, RESET from it.
#![allow(clippy::unwrap_used)]

mod common;

use common::ecm;
use device_models::ecm::{CONDUCTANCE_QUANTUM, Parameters};
use device_models::{Crossing, CurrentLimit, DeviceModel, Ecm, Segment, Surroundings};

const ROOM: Surroundings = Surroundings { ambient_temperature: 298.0, limit: CurrentLimit::None };

fn low_series() -> Parameters {
    Parameters { series_resistance: 1e3, ..ecm() }
}

/// Share of a histogram of G/G₀ within a fifth of a whole number, along a steady motion of the gap.
fn near_steps(p: &Parameters, from: f64, to: f64) -> (f64, f64) {
    let (mut near, mut total, mut largest) = (0.0, 0.0, 0.0_f64);
    for i in 0..=20_000 {
        let gap = from + (to - from) * f64::from(i) / 20_000.0;
        let ratio = p.contact_conductance(gap) / CONDUCTANCE_QUANTUM;
        near += f64::from((ratio - ratio.round()).abs() < 0.2);
        total += 1.0;
        largest = largest.max(ratio);
    }
    (near / total, largest)
}

#[test]
fn conductance_dwells_near_multiples_of_the_quantum() {
    assert!((CONDUCTANCE_QUANTUM / 77.480_917e-6 - 1.0).abs() < 1e-8);
    let p = ecm();
    let (tunnel, highest) = near_steps(&p, 0.72e-9, 0.172e-9);
    let (contact, most) = near_steps(&p, 0.172e-9, 0.01e-9);
    println!("tunnelling to contact: {tunnel:.3} of the gaps within 0.2 G0 of a step, up to {highest:.1} G0");
    println!("contact: {contact:.3}, up to {most:.1} G0");
    // Without steps it would be 0.4.
    assert!(tunnel > 0.7 && contact > 0.7);
    // Sharvin: (r_fil k_F/2)² with k_F = 1.20e10 1/m of silver.
    assert!((most / 144.0 - 1.0).abs() < 0.01, "{most}");
}

/// G/G₀ read at equal times while a slow negative voltage dissolves the contact of one device.
fn dissolution(radius: f64) -> Vec<f64> {
    let model = Ecm::new(Parameters { series_resistance: 0.0, filament_radius: radius, ..ecm() });
    let read = |state: &[f64]| model.operating_point(&[], state, 1e-3, &ROOM).unwrap().current / 1e-3;
    let advance = |state: &mut [f64], duration: f64, stop| {
        model.advance(&[], state, &Segment::constant(-0.05, duration), &ROOM, stop, None).unwrap()
    };
    let mut state = model.rest(0.165e-9, &ROOM);
    let end = Some(Crossing::Below(0.05 * 0.3 * CONDUCTANCE_QUANTUM));
    let time = advance(&mut state.clone(), 1e5, end).elapsed;
    (0..2000)
        .map(|_| {
            advance(&mut state, time / 2000.0, None);
            read(&state) / CONDUCTANCE_QUANTUM
        })
        .collect()
}

/// A histogram of conductances, as of break junctions: peaks at the multiples of G₀, valleys between.
#[test]
fn a_histogram_of_conductances_in_time_has_peaks_at_multiples_of_the_quantum() {
    let traces: Vec<Vec<f64>> = [1.8e-9, 1.9e-9, 2.0e-9, 2.1e-9, 2.2e-9].map(dissolution).into();
    let count = |from: f64, to: f64| {
        traces.iter().flatten().filter(|ratio| (from..to).contains(*ratio)).count() as f64
    };
    for bin in 3..45 {
        let (from, to) = (0.1 * f64::from(bin), 0.1 * f64::from(bin + 1));
        println!("{from:.1} G0 {:5} {}", count(from, to), "#".repeat((count(from, to) / 25.0) as usize));
    }
    for n in 1..=4 {
        let n = f64::from(n);
        let (peak, valley) = (count(n - 0.15, n + 0.15), count(n + 0.35, n + 0.65));
        println!("| {n} G0 | {peak} | {valley} | {:.1} |", peak / valley);
        assert!(peak > 2.0 * valley, "{n} G0: {peak} readings at the step, {valley} between");
    }
}

#[test]
fn the_published_conductance_holds_below_half_a_quantum_and_on_average() {
    let p = ecm();
    let (k1, k2) = p.tunnelling();
    let published = |x: f64| k1 / x * (-k2 * x).exp();
    for gap in [0.9e-9, 1.0e-9, 1.5e-9, 3e-9] {
        assert!((p.contact_conductance(gap) / published(gap) - 1.0).abs() < 1e-3, "{gap:e}");
    }
    let steps = 20_000;
    let (mut ours, mut theirs) = (0.0, 0.0);
    for i in 0..steps {
        let gap = 0.172e-9 + 0.4e-9 * f64::from(i) / f64::from(steps);
        ours += p.contact_conductance(gap);
        theirs += published(gap);
    }
    assert!((ours / theirs - 1.0).abs() < 0.01, "{ours} {theirs}");
}

#[test]
fn the_contact_widens_without_a_jump_and_ends_as_a_wire() {
    let p = Parameters { series_resistance: 0.0, ..ecm() };
    let at = |gap| p.contact_conductance(gap);
    let edge = p.atomic_radius;
    assert!((at(edge * (1.0 - 1e-9)) / at(edge * (1.0 + 1e-9)) - 1.0).abs() < 1e-6);
    let model = Ecm::new(p);
    let point = model.operating_point(&[], &[p.minimum_gap], 1e-3, &ROOM).unwrap();
    // 41 Ω of filament and 1.4 Ω of electrodes in series with 144 channels.
    let wire = 1.7e-8 * 29.99e-9 / p.filament_area() + 1.431;
    let resistance = point.voltage / point.current;
    assert!((resistance - wire - 1.0 / at(p.minimum_gap)).abs() < 0.1, "{resistance}");
    assert!(resistance < 150.0);
}

#[test]
fn set_and_reset_close_the_loop() {
    let model = Ecm::new(low_series());
    let limited = |current| Surroundings { limit: CurrentLimit::Ideal(current), ..ROOM };
    let mut state = model.rest(29.99e-9, &ROOM);
    let read = |state: &[f64]| model.operating_point(&[], state, 0.01, &ROOM).unwrap().current / 0.01;
    for cycle in 0..3 {
        let off = read(&state);
        let set = Segment::constant(0.4, 1e-3);
        let around = limited(1e-4);
        let motion = model.advance(&[], &mut state, &set, &around, None, None).unwrap();
        let on = read(&state);
        assert!(motion.flags.compliance && motion.steps < 3000, "{motion:?}");
        let reset = Segment::constant(-0.4, 1e-3);
        let gap = state[0];
        let motion = model.advance(&[], &mut state, &reset, &ROOM, None, None).unwrap();
        println!("cycle {cycle}: {off:.3e} S, SET to {on:.3e} S at {gap:.3e} m, {} steps", motion.steps);
        assert!(on > 1e4 * off && motion.flags.upper_bound, "{motion:?}");
        assert!((state[0] / 29.99e-9 - 1.0).abs() < 1e-9, "{state:?}");
    }
}

#[test]
fn reset_from_the_metallic_contact() {
    let model = Ecm::new(low_series());
    // Without a limit the contact closes; a negative voltage opens it again.
    let mut state = model.rest(29.99e-9, &ROOM);
    let set = model.advance(&[], &mut state, &Segment::constant(0.5, 1.0), &ROOM, None, None).unwrap();
    assert!(state[0] < 0.172e-9 && set.steps < 5000, "{state:?} {set:?}");
    let contact = state[0];
    let reset = model.advance(&[], &mut state, &Segment::constant(-0.5, 1.0), &ROOM, None, None).unwrap();
    println!("contact at {contact:.3e} m, {} + {} steps", set.steps, reset.steps);
    assert!(state[0] > 29e-9 && reset.steps < 5000, "{state:?} {reset:?}");
    // Behind the published 1 MΩ the same takes much longer, but it closes.
    let model = Ecm::new(ecm());
    let mut state = [contact];
    let slow = model.advance(&[], &mut state, &Segment::constant(-1.0, 1e5), &ROOM, None, None).unwrap();
    assert!(state[0] > 29e-9 && slow.steps < 5000, "{state:?} {slow:?}");
}

/// A larger compliance leaves more open channels.
#[test]
fn compliance_chooses_the_number_of_channels() {
    let model = Ecm::new(Parameters { series_resistance: 0.0, ..ecm() });
    let mut last = 0.0;
    for current in [1e-6, 5e-6, 20e-6] {
        let around = Surroundings { limit: CurrentLimit::Ideal(current), ..ROOM };
        let mut state = model.rest(29.99e-9, &ROOM);
        model.advance(&[], &mut state, &Segment::constant(0.4, 1e-4), &around, None, None).unwrap();
        let conductance = model.operating_point(&[], &state, 1e-3, &ROOM).unwrap().current / 1e-3;
        println!("{current:.0e} A: {:.2} G0", conductance / CONDUCTANCE_QUANTUM);
        assert!(conductance > last);
        last = conductance;
    }
}
