//! A small cell goes through forming, RESET and SET, and does so again from the same seed.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::kinetic_monte_carlo::{Control, KineticCard, KineticCell, Lattice, Sample};
use device_models::{CurrentLimit, Flags, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

fn limit(current: f64) -> Surroundings {
    Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::Ideal(current) }
}

fn cell(seed: u64, edges: [f64; 3], changes: &[(&str, &str)]) -> KineticCell {
    let changes = changes.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let card =
        KineticCard::shipped("kinetic_monte_carlo_hfo2", &changes.collect::<BTreeMap<_, _>>()).unwrap();
    let lattice = Lattice::filling(edges, card.lattice_spacing);
    let stream = Stream::new(seed, Purpose::KineticMonteCarlo, 0, 0);
    let control = Control { most_events: 2_000_000, ..Control::default() };
    KineticCell::new(lattice, card.parameters, limit(20e-6), control, stream, 0.01).unwrap()
}

/// From 0 V to a peak and back at 1e6 V/s; samples in each direction.
fn ramp(cell: &mut KineticCell, peak: f64, samples: usize) -> Vec<Sample> {
    let duration = 1e-6 * peak.abs();
    let mut taken = Vec::new();
    for (start_voltage, end_voltage) in [(0.0, peak), (peak, 0.0)] {
        let segment = Segment { start_voltage, end_voltage, duration };
        for k in 0..samples {
            let at = |k: usize| duration * k as f64 / samples as f64;
            cell.follow(&segment, at(k), at(k + 1)).unwrap();
            taken.push(cell.sample(segment.voltage_at(at(k + 1))));
        }
    }
    taken
}

fn bits(samples: &[Sample]) -> Vec<[u64; 4]> {
    let of = |s: &Sample| [s.current, s.temperature, s.gap, s.vacancies as f64].map(f64::to_bits);
    samples.iter().map(of).collect()
}

#[test]
fn replay_from_a_seed_is_identical_bit_for_bit() {
    let run = |seed| {
        let mut cell = cell(seed, [2.5e-9, 2.5e-9, 3e-9], &[]);
        let samples = ramp(&mut cell, 2.5, 10);
        (bits(&samples), cell.filament().sites().to_vec(), cell.events())
    };
    let (first, second, other) = (run(1), run(1), run(2));
    assert_eq!(first, second);
    assert_ne!(first.0, other.0);
}

/// Conductances after forming, RESET, SET and RESET.
fn cycle(cell: &mut KineticCell) -> ([f64; 4], Flags) {
    let mut flags = Flags::default();
    let after = [(3.0, 20e-6), (-1.4, 1e-3), (2.2, 20e-6), (-1.4, 1e-3)].map(|(peak, current)| {
        cell.surround(limit(current));
        let last = ramp(cell, peak, 10).pop().unwrap();
        flags = flags.union(cell.take_flags());
        last.conductance
    });
    (after, flags)
}

#[test]
fn forming_reset_and_set_over_decades() {
    println!("seed | fresh, formed, RESET, SET, RESET in S");
    for seed in 1..=2 {
        let mut cell = cell(seed, [5e-9, 5e-9, 4e-9], &[]);
        let fresh = cell.sample(0.1);
        let ([formed, reset, set, again], flags) = cycle(&mut cell);
        println!("{seed} | {:.2e} {formed:.2e} {reset:.2e} {set:.2e} {again:.2e}", fresh.conductance);
        assert!(formed > 1000.0 * fresh.conductance, "forming");
        assert!(formed > 10.0 * reset && set > 10.0 * reset && set > 10.0 * again, "a decade");
        assert!(flags.compliance && fresh.gap > 2e-9);
    }
}

/// Where an ion passes a vacancy sooner than it fills it, ions collect in the oxide and RESET fails.
#[test]
fn reset_needs_recombination_to_be_easier_than_an_ion_s_hop() {
    let reversed =
        [("recombination_barrier", "0.7 eV"), ("ion_hop_barrier", "0.5 eV"), ("release_barrier", "0.6 eV")];
    for (name, changes) in [("as shipped", &[][..]), ("reversed", &reversed[..])] {
        let mut cell = cell(1, [5e-9, 5e-9, 4e-9], changes);
        ramp(&mut cell, 3.0, 10);
        let formed = cell.sample(0.1);
        cell.surround(limit(1e-3));
        ramp(&mut cell, -1.4, 10);
        let reset = cell.sample(0.1);
        println!(
            "{name}: {:.2e} S → {:.2e} S, {} ions left",
            formed.conductance, reset.conductance, reset.ions
        );
        let works = reset.conductance < 0.1 * formed.conductance && reset.ions < 10;
        let fails = reset.conductance > 0.1 * formed.conductance && reset.ions > 20;
        assert!(if changes.is_empty() { works } else { fails });
    }
}
