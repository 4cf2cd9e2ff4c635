//! A small cell goes through forming and RESET, and does so again from the same seed.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap)]

use device_models::kinetic_monte_carlo::{Control, KineticCell, Lattice, Parameters, Trace};
use device_models::{CurrentLimit, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

fn ramp(from: f64, to: f64) -> Segment {
    Segment { start_voltage: from, end_voltage: to, duration: 1e-6 * (to - from).abs() }
}

fn limit(current: f64) -> Surroundings {
    Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::Ideal(current) }
}

fn cell(seed: u64, edges: [f64; 3]) -> KineticCell {
    let lattice = Lattice::filling(edges, 0.25e-9);
    let stream = Stream::new(seed, Purpose::KineticMonteCarlo, 0, 0);
    let control = Control { samples: 20, most_events: 2_000_000, ..Control::default() };
    let parameters = Parameters::hafnium_oxide(0.25e-9);
    let mut cell = KineticCell::new(lattice, parameters, limit(10e-6), control, stream).unwrap();
    cell.scatter(0.005);
    cell
}

fn bits(trace: &Trace) -> Vec<[u64; 4]> {
    let of = |s: &device_models::kinetic_monte_carlo::Sample| {
        [s.current.to_bits(), s.temperature.to_bits(), s.vacancies as u64, s.events]
    };
    trace.samples.iter().map(of).collect()
}

#[test]
fn replay_from_a_seed_is_identical_bit_for_bit() {
    let run = |seed| cell(seed, [2.5e-9; 3]).drive(&[ramp(0.0, 2.0), ramp(2.0, 0.0)]).unwrap();
    let (first, second, other) = (run(1), run(1), run(2));
    assert_eq!(bits(&first), bits(&second));
    assert_eq!(first.snapshots, second.snapshots);
    assert_ne!(bits(&first), bits(&other));
}

/// Conductance near 0.1 V of the last ramp down.
fn read(trace: &Trace) -> f64 {
    let last = trace.samples.iter().rev().find(|s| s.voltage.abs() > 0.05).unwrap();
    last.current / last.voltage
}

/// Forming raises the conductance by orders of magnitude; a gentle RESET lowers it by a third.
#[test]
fn forming_and_reset() {
    let mut cell = cell(2, [4e-9, 4e-9, 3e-9]);
    cell.surround(limit(20e-6));
    let forming = cell.drive(&[ramp(0.0, 2.55), ramp(2.55, 0.0)]).unwrap();
    let early = forming.samples[4];
    let fresh = early.current / early.voltage;
    let formed = read(&forming);
    cell.surround(limit(1e-3));
    let reset = cell.drive(&[ramp(0.0, -0.9), ramp(-0.9, 0.0)]).unwrap();
    println!("fresh {fresh:.2e} S, formed {formed:.2e} S, after RESET {:.2e} S", read(&reset));
    assert!(formed > 100.0 * fresh);
    assert!(forming.flags.compliance);
    assert!(read(&reset) < 0.8 * formed);
    let last = |trace: &Trace| trace.samples.last().unwrap().vacancies;
    assert!(last(&forming) > forming.samples[0].vacancies);
    assert!(last(&reset) < last(&forming));
}
