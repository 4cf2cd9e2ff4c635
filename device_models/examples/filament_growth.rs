//! Forming, RESET and SET of a hafnium oxide filament from single vacancies, in text.
//!
//! `cargo run --release -p device_models --example filament_growth -- [width] [thickness] [seed]`
//! (nanometres; default 4 3 1).

use std::error::Error;
use std::time::Instant;

use device_models::kinetic_monte_carlo::{Control, KineticCell, Lattice, Parameters, Site, picture};
use device_models::{CurrentLimit, Segment, Surroundings};
use numerics::rng::{Purpose, Stream};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<f64> = std::env::args().skip(1).map(|a| a.parse()).collect::<Result<_, _>>()?;
    let number = |i: usize, otherwise: f64| arguments.get(i).copied().unwrap_or(otherwise);
    let (width, thickness, seed) = (number(0, 4.0), number(1, 3.0), number(2, 1.0) as u64);
    let spacing = 0.25e-9;
    let lattice = Lattice::filling([width * 1e-9, width * 1e-9, thickness * 1e-9], spacing);
    let limit = |current| Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::Ideal(current) };
    let stream = Stream::new(seed, Purpose::KineticMonteCarlo, 0, 0);
    let control = Control { samples: 20, ..Control::default() };
    let mut cell =
        KineticCell::new(lattice, Parameters::hafnium_oxide(spacing), limit(20e-6), control, stream)?;
    cell.scatter(0.005);
    // 1e6 V/s: forming at up to 0.85 V/nm.
    let ramp = |from: f64, to: f64| Segment {
        start_voltage: from,
        end_voltage: to,
        duration: 1e-6 * (to - from).abs(),
    };
    let forming = 0.85 * thickness;
    let phases = [("forming", forming, 20e-6), ("RESET", -0.9, 1e-3), ("SET", 1.5, 20e-6)];
    for (name, top, current) in phases {
        let begin = Instant::now();
        cell.surround(limit(current));
        let trace = cell.drive(&[ramp(0.0, top), ramp(top, 0.0)])?;
        println!(
            "{name}: {:.1} s\n   applied/V  current/A   T/K  vacancies  events",
            begin.elapsed().as_secs_f64()
        );
        for s in &trace.samples {
            println!(
                "{:12.3} {:10.2e} {:5.0} {:10} {:7}",
                s.applied, s.current, s.temperature, s.vacancies, s.events
            );
        }
        println!("{:?}\n{:?}", trace.flags, cell.statistics());
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
