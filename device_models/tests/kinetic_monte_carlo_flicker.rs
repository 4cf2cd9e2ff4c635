//! Round trips drawn at once give the statistics of events drawn one by one.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;

use device_models::kinetic_monte_carlo::{Control, KineticCard, KineticCell, Lattice, Site};
use device_models::{CurrentLimit, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

const RUNS: u64 = 500;

/// Occupations of three sites in a column after 0.2 µs at 0.1 V and 450 K, counted over many runs,
/// and the events simulated one by one. A vacancy comes and goes at the active electrode in 1e9
/// round trips a second; pairs are generated and separate far more rarely.
fn occupations(return_probability: f64, first: u64) -> (BTreeMap<Vec<u8>, f64>, u64, u64) {
    let changes = [
        ("generation_barrier", "0.65 eV"),
        ("interface_generation_barrier", "0.4 eV"),
        ("bond_dipole", "3e-30 C*m"),
    ];
    let changes = changes.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
    let card =
        KineticCard::shipped("kinetic_monte_carlo_hfo2", &changes.collect::<BTreeMap<_, _>>()).unwrap();
    let lattice = Lattice { size: [1, 1, 3], spacing: card.lattice_spacing };
    let around = Surroundings { ambient_temperature: 450.0, limit: CurrentLimit::None };
    let control = Control { return_probability, ..Control::default() };
    let (mut counts, mut single, mut trips) = (BTreeMap::new(), 0, 0);
    for run in first..first + RUNS {
        let stream = Stream::new(3, Purpose::KineticMonteCarlo, run, 0);
        let mut cell = KineticCell::new(lattice, card.parameters, around, control, stream, 0.0).unwrap();
        let segment = Segment::constant(0.1, 2e-7);
        cell.follow(&segment, 0.0, segment.duration).unwrap();
        let code = |site: &Site| match site {
            Site::Oxide => 0,
            Site::Vacancy => 1,
            Site::Ion => 2,
        };
        *counts.entry(cell.filament().sites().iter().map(code).collect()).or_default() += 1.0;
        single += cell.events().single;
        trips += cell.events().in_round_trips;
    }
    (counts, single, trips)
}

#[test]
fn a_flickering_cell_has_the_statistics_of_the_plain_way() {
    let (fast, single, trips) = occupations(0.5, 0);
    let (plain, all, none) = occupations(2.0, RUNS);
    println!("one by one {single} instead of {all}; {trips} in round trips");
    assert_eq!(none, 0);
    assert!(single < all / 10 && trips > all / 2);
    let runs = RUNS as f64;
    let mut seen = 0;
    for code in fast.keys().chain(plain.keys().filter(|code| !fast.contains_key(*code))) {
        let count = |counts: &BTreeMap<Vec<u8>, f64>| counts.get(code).copied().unwrap_or(0.0);
        let (a, b) = (count(&fast), count(&plain));
        // Binomial counts of the same probability.
        let share = (a + b) / (2.0 * runs);
        let error = (2.0 * runs * share * (1.0 - share)).sqrt();
        println!("{code:?}: {a} {b}, difference {:.1} standard errors", (a - b) / error);
        assert!((a - b).abs() <= 4.0 * error);
        seen += usize::from(a + b > 40.0);
    }
    assert!(seen >= 3, "the comparison needs several occupations");
}
