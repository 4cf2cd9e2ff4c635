//! Forming, RESET and SET of a hafnium oxide filament from single vacancies, in text.
//!
//! `cargo run --release -p device_models --example filament_growth -- [width] [thickness] [seed]`
//! (nanometres; default 10 5 1).

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use device_models::kinetic_monte_carlo::{Control, KineticCard, KineticCell, Lattice, Site, picture};
use device_models::{CurrentLimit, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

const SAMPLES: usize = 10;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<f64> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let number = |i: usize, otherwise: f64| arguments.get(i).copied().unwrap_or(otherwise);
    let (width, thickness, seed) = (number(0, 10.0), number(1, 5.0), number(2, 1.0) as u64);
    let card = KineticCard::shipped("kinetic_monte_carlo_hfo2", &BTreeMap::new())?;
    let lattice = Lattice::filling([width * 1e-9, width * 1e-9, thickness * 1e-9], card.lattice_spacing);
    let limit = |current| Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::Ideal(current) };
    let stream = Stream::new(seed, Purpose::KineticMonteCarlo, 0, 0);
    let mut cell =
        KineticCell::new(lattice, card.parameters, limit(20e-6), Control::default(), stream, 0.005)?;
    let phases = [("forming", 0.8 * thickness, 20e-6), ("RESET", -1.5, 1e-3), ("SET", 2.5, 20e-6)];
    for (name, peak, current) in phases {
        let begin = Instant::now();
        cell.surround(limit(current));
        println!("{name}\n   applied/V  current/A   T/K  vacancies  gap/nm");
        for (start_voltage, end_voltage) in [(0.0, peak), (peak, 0.0)] {
            let segment = Segment { start_voltage, end_voltage, duration: 1e-6 * f64::abs(peak) };
            for k in 0..SAMPLES {
                let at = |k: usize| segment.duration * k as f64 / SAMPLES as f64;
                cell.follow(&segment, at(k), at(k + 1))?;
                let s = cell.sample(segment.voltage_at(at(k + 1)));
                println!(
                    "{:12.3} {:10.2e} {:5.0} {:10} {:7.1}",
                    s.applied,
                    s.current,
                    s.temperature,
                    s.vacancies,
                    1e9 * s.gap
                );
            }
        }
        println!("{:.1} s, {:?}, {:?}", begin.elapsed().as_secs_f64(), cell.events(), cell.statistics());
        let sites = cell.filament().sites();
        let in_row = |y: usize| {
            (0..lattice.sites())
                .filter(|s| sites[*s] == Site::Vacancy && lattice.coordinates(*s)[1] == y)
                .count()
        };
        let row = (0..lattice.size[1]).max_by_key(|y| in_row(*y)).unwrap_or(0);
        println!("slice y = {row}\n{}", picture(&lattice, sites, row));
    }
    Ok(())
}
