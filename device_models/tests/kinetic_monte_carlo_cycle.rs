//! A small cell goes through forming and RESET, and does so again from the same seed.

use device_models::kinetic_monte_carlo::{Control, KineticCell, Lattice, Parameters, Trace};
use device_models::{CurrentLimit, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

fn ramp(from: f64, to: f64) -> Segment {
    Segment { start_voltage: from, end_voltage: to, duration: 1e-6 * (to - from).abs() }
}

fn limit(current: f64) -> Surroundings {
    Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::Ideal(current) }
}

fn cell(seed: u64) -> KineticCell {
    let lattice = Lattice::filling([2.5e-9, 2.5e-9, 2.5e-9], 0.25e-9);
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
    let run = |seed| cell(seed).drive(&[ramp(0.0, 2.0), ramp(2.0, 0.0)]).unwrap();
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
