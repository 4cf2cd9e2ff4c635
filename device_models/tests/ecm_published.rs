//! The ECM model against the constants and times that follow from the published set.
//!
//! S. Menzel et al., Phys. Chem. Chem. Phys. 15, 6945 (2013), doi:10.1039/C3CP50738F; defaults of the
//! Verilog-A file JART ECM v1, 298 K. The numbers come from an independent implementation of the
//! published equations; every value holds to 2 % or better.
#![allow(clippy::unwrap_used)]

mod common;

use common::{Table, ecm};
use device_models::{Crossing, CurrentLimit, DeviceModel, Ecm, Motion, Segment, Surroundings};

const ROOM: Surroundings = Surroundings { ambient_temperature: 298.0, limit: CurrentLimit::None };

/// Grows from one gap to another at a constant voltage.
fn grow(from: f64, to: f64, voltage: f64) -> (Motion, f64) {
    let model = Ecm::new(ecm());
    let mut state = model.rest(from, &ROOM);
    let target = model.operating_point(&[], &[to], voltage, &ROOM).unwrap().current;
    let pulse = Segment::constant(voltage, 1e5);
    let stop = Some(Crossing::Above(target));
    let motion = model.advance(&[], &mut state, &pulse, &ROOM, stop, None).unwrap();
    (motion, state[0])
}

#[test]
fn derived_constants() {
    let p = ecm();
    let mut table = Table::default();
    let (active, filament) = p.exchange_currents(298.0);
    let (k1, k2) = p.tunnelling();
    for (what, value, reference) in [
        ("j_0,et (A/m²)", p.exchange_density(298.0), 3.195e5),
        ("i_ac (A)", active, 0.257e-9),
        ("i_fil (A)", filament, 4.01e-12),
        ("I_0,hop (A)", p.hopping_current(298.0), 1.374e-6),
        ("K1 (A m/V)", k1, 4.63e-13),
        ("K2 (1/m)", k2, 2.948e9),
        ("growth (m/C)", p.growth(), 8.475e6),
    ] {
        table.compare(what, value, reference, 0.02, 0.0);
    }
    table.finish("derived constants");
}

#[test]
fn nucleation_times() {
    let p = ecm();
    let mut table = Table::default();
    for (v, t) in [(0.05, 1.10e3), (0.10, 1.78), (0.15, 2.88e-3), (0.20, 4.66e-6), (0.40, 3e-17)] {
        let digit = if v > 0.3 { 1e-17 } else { 0.0 };
        table.compare(&format!("{v} V"), p.time_to_nucleate(v, 298.0), t, 0.02, digit);
    }
    // The time the model takes for the length between its start and one hopping distance.
    for (v, t) in [(0.05, 1.10e3), (0.10, 1.78), (0.15, 2.88e-3)] {
        let (low, high) = (29.75e-9, 29.99e-9);
        let (motion, gap) = grow(high, 29.75e-9 - 0.001e-9, v);
        let growth = grow(low, 29.75e-9 - 0.001e-9, v).0.elapsed;
        assert!((gap - 29.749e-9).abs() < 1e-13 && motion.steps < 500, "{motion:?} {gap:e}");
        table.compare(&format!("{v} V, integrated"), (motion.elapsed - growth) / 0.96, t, 0.02, 0.0);
    }
    table.finish("nucleation time");
}

#[test]
fn growth_times() {
    let mut table = Table::default();
    for (v, t) in [
        (0.05, 1.40e-3),
        (0.10, 5.50e-4),
        (0.15, 2.89e-4),
        (0.20, 1.73e-4),
        (0.40, 4.54e-5),
        (0.60, 2.20e-5),
        (1.00, 9.61e-6),
    ] {
        // A hair past the nucleus.
        let (motion, gap) = grow(29.7499e-9, 1.0e-9, v);
        assert!(motion.crossed && (gap / 1e-9 - 1.0).abs() < 1e-3, "{v} V: {motion:?} {gap:e}");
        table.compare(&format!("{v} V"), motion.elapsed, t, 0.02, 0.0);
    }
    table.finish("growth time");
}

#[test]
fn the_circuit_is_solved_at_any_gap_and_voltage() {
    let p = ecm();
    let model = Ecm::new(p);
    for gap in [0.01e-9, 0.1e-9, 0.172e-9, 0.6e-9, 2e-9, 10e-9, 29.99e-9] {
        let mut last = f64::NEG_INFINITY;
        for i in -200..=200 {
            let voltage = f64::from(i) * 0.025;
            let point = model.operating_point(&[], &[gap], voltage, &ROOM).unwrap();
            assert!(point.current > last && point.differential_conductance > 0.0, "{gap:e} {voltage}");
            last = point.current;
            if i != 0 && i % 20 == 0 {
                let h = 1e-6;
                let near = |v| model.operating_point(&[], &[gap], v, &ROOM).unwrap().current;
                let slope = (near(voltage + h) - near(voltage - h)) / (2.0 * h);
                assert!((point.differential_conductance / slope - 1.0).abs() < 1e-4, "{gap:e} {voltage}");
            }
        }
        assert!(last <= 5.0 / p.series_resistance * (1.0 + 1e-9));
    }
}
