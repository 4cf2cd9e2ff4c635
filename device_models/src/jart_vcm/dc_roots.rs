//! The three solutions of the forward circuit of JART VCM v1b, counted on a grid and compared with what
//! continuation finds.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use super::cell::Cell;
use super::contact::{Branch, Contact, Series};
use super::{JartVcmV1b, Parameters};
use crate::{CurrentLimit, DeviceCard, DeviceModel, Segment, Surroundings};

const ROOM: Surroundings = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };

fn parameters() -> Parameters {
    let card = DeviceCard::shipped("jart_vcm_v1b_kinetics", &BTreeMap::new()).unwrap();
    Parameters::from_values(&card.parameters).unwrap()
}

fn circuit(concentration: f64, temperature: f64) -> (Contact, Series) {
    let cell = Cell::new(&parameters(), &[]);
    (cell.contact(concentration, temperature), cell.series(concentration, CurrentLimit::None))
}

/// Voltage of contact and series together at V_sch = `x`.
fn voltage(contact: &Contact, series: &Series, x: f64) -> f64 {
    let current = contact.forward(x).0;
    x + current * series.linear + current.powi(3) * series.cubic
}

/// All V_sch that solve the circuit at `v`, by sign changes on a grid of 1 µV.
fn roots((contact, series): &(Contact, Series), v: f64) -> Vec<f64> {
    let grid = |i: u32| f64::from(i) * 1e-6;
    let above = |i: u32| voltage(contact, series, grid(i)) > v;
    (0..400_000).filter(|i| above(*i) != above(i + 1)).map(|i| grid(i) + 0.5e-6).collect()
}

#[test]
fn three_roots_and_the_stable_two_are_the_branches() {
    let (contact, series) = circuit(20e26, 293.0);
    let found = roots(&(contact, series), 1.2);
    assert_eq!(found.len(), 3, "{found:?}");
    println!("V_sch at 1.2 V: {found:.5?}");
    // 0.0798 stands for 0.07989.
    for (x, published, last) in
        [(found[0], 0.029, 0.6e-3), (found[1], 0.0798, 1e-4), (found[2], 0.196, 0.6e-3)]
    {
        assert!((x - published).abs() <= last, "{x} {published}");
    }
    for (branch, x, current) in [(Branch::Low, found[0], 0.711e-3), (Branch::High, found[2], 0.617e-3)] {
        let solution = contact.solve(&series, 1.2, branch, 0.0).unwrap();
        assert!((solution.schottky_voltage - x).abs() < 1e-6, "{solution:?} {x}");
        assert!((solution.current / current - 1.0).abs() < 3e-3 && !solution.missing, "{solution:?}");
    }
    // The middle one is unstable: the voltage of the chain falls with V_sch there.
    assert!(voltage(&contact, &series, found[1] + 1e-6) < voltage(&contact, &series, found[1] - 1e-6));
}

#[test]
fn folds_end_the_branches() {
    let mut both = 0;
    for concentration in [0.1e26, 0.3e26, 1e26, 20e26] {
        for temperature in [293.0, 500.0, 800.0] {
            let (contact, series) = circuit(concentration, temperature);
            let lower = voltage(&contact, &series, contact.critical);
            let upper = voltage(&contact, &series, contact.fold(&series));
            println!(
                "{concentration:e} 1/m^3, {temperature} K: three solutions from {lower:.4} V to {upper:.4} V"
            );
            if upper < lower + 0.02 {
                continue;
            }
            let mut expected = vec![(lower - 2e-3, 1), (lower + 2e-3, 3)];
            if upper < 3.0 {
                both += 1;
                expected.extend([(upper - 2e-3, 3), (upper + 2e-3, 1)]);
            }
            for (v, count) in expected {
                assert_eq!(
                    roots(&(contact, series), v).len(),
                    count,
                    "{concentration:e} {temperature} K {v} V"
                );
            }
            for (v, branch, exists) in [
                (lower - 1e-6, Branch::High, false),
                (lower + 1e-6, Branch::High, true),
                (upper - 1e-6, Branch::Low, true),
                (upper + 1e-6, Branch::Low, false),
            ] {
                assert_eq!(contact.margin(&series, v, branch) > 0.0, exists, "{v} V {branch:?}");
            }
        }
    }
    assert!(both > 0);
}

#[test]
fn the_branch_is_kept_from_the_previous_state() {
    // Too short for heat and vacancies: only the branch remembers where the sweep came from.
    let model = JartVcmV1b::new(Parameters { thermal_capacitance: 1e-9, ..parameters() });
    let at = |state: &[f64]| model.operating_point(&[], state, 1.2, &ROOM).unwrap().current;
    let ramp = |state: &mut Vec<f64>, from: f64, to: f64| {
        let part = Segment { start_voltage: from, end_voltage: to, duration: 1e-12 };
        model.advance(&[], state, &part, &ROOM, None, None).unwrap();
    };
    let (low, high) = (0.711e-3, 0.617e-3);
    let mut state = model.rest(20e26, &ROOM);
    ramp(&mut state, 0.0, 1.2);
    assert!((at(&state) / low - 1.0).abs() < 3e-3, "{state:?}");
    // The high branch begins at 0.089 V: kept down to 0.3 V, lost below.
    state[2] = 0.196;
    ramp(&mut state, 1.2, 0.3);
    ramp(&mut state, 0.3, 1.2);
    assert!((at(&state) / high - 1.0).abs() < 3e-3, "{state:?}");
    ramp(&mut state, 1.2, 0.05);
    ramp(&mut state, 0.05, 1.2);
    assert!((at(&state) / low - 1.0).abs() < 3e-3, "{state:?}");
}
