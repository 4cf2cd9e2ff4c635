//! Exact properties of the kinetic Monte Carlo filament.

#![allow(clippy::unwrap_used, clippy::cast_possible_wrap)]

use std::collections::BTreeMap;

use device_models::kinetic_monte_carlo::{Event, Fields, Filament, KineticCard, Lattice, Parameters, Site};
use numerics::rng::{Purpose, Stream};

const CHARGE: f64 = 1.602_176_634e-19;
const BOLTZMANN: f64 = 1.380_649e-23;
const SPACING: f64 = 0.25e-9;

fn stream(device: u64) -> Stream {
    Stream::new(2026, Purpose::KineticMonteCarlo, device, 0)
}

fn hafnium_oxide() -> Parameters {
    KineticCard::shipped("kinetic_monte_carlo_hfo2", &BTreeMap::new()).unwrap().parameters
}

/// Hafnium oxide in which nothing is generated.
fn inert() -> Parameters {
    let mut parameters = hafnium_oxide();
    parameters.generation_barrier = 20.0 * CHARGE;
    parameters.interface_generation_barrier = 20.0 * CHARGE;
    parameters.bond_dipole = 0.0;
    parameters
}

/// Mean velocity of a lone particle against v = 2 a ν exp(−E/kT) sinh(q Z a F/2kT).
fn mobility(size: [usize; 3], what: Site, field: f64, temperature: f64, device: u64) {
    let parameters = inert();
    let lattice = Lattice { size, spacing: SPACING };
    let mut filament = Filament::new(lattice, parameters).unwrap();
    let start = lattice.index(size[0] / 2, size[1] / 2, size[2] / 2);
    filament.occupy(&[(start, what)], &[]);
    filament.set_fields(&Fields::uniform(&lattice, field, temperature));
    let mut stream = stream(device);
    let (barrier, sign) = match what {
        Site::Vacancy => (parameters.vacancy_hop_barrier, -1.0),
        _ => (parameters.ion_hop_barrier, 1.0),
    };
    let thermal = BOLTZMANN * temperature;
    let hop = parameters.attempt_frequency * (-barrier / thermal).exp();
    let argument = parameters.charge_number * CHARGE * SPACING * field / (2.0 * thermal);
    // A given time, with 20 000 hops along the field on average.
    let duration = 20_000.0 / (2.0 * hop * argument.cosh());
    let (mut time, mut layers) = (0.0, 0_i64);
    loop {
        time += filament.waiting_time(&mut stream);
        if time > duration {
            break;
        }
        let (Event::VacancyHop(from, to) | Event::IonHop(from, to)) = filament.fire(&mut stream).unwrap()
        else {
            panic!("only hops are possible");
        };
        layers += (to / lattice.layer()) as i64 - (from / lattice.layer()) as i64;
    }
    let expected = sign * 2.0 * hop * argument.sinh() * duration;
    // Hops up and down are Poisson numbers, so the variance of their difference is their sum.
    let error = 20_000_f64.sqrt();
    println!("{what:?} {size:?}: {layers} layers, expected {expected:.0} ± {error:.0}");
    assert!((layers as f64 - expected).abs() < 3.0 * error);
    assert!(expected.abs() > 20.0 * error);
}

#[test]
fn hopping_velocity_in_one_dimension() {
    mobility([1, 1, 40_000], Site::Vacancy, 3e7, 600.0, 1);
    mobility([1, 1, 40_000], Site::Ion, 5e7, 300.0, 2);
}

#[test]
fn hopping_velocity_in_three_dimensions() {
    mobility([5, 4, 40_000], Site::Vacancy, 3e7, 600.0, 3);
    mobility([3, 3, 40_000], Site::Ion, 5e7, 300.0, 4);
}

#[test]
fn waiting_times_are_exponential() {
    let lattice = Lattice { size: [3, 3, 3], spacing: SPACING };
    let mut filament = Filament::new(lattice, inert()).unwrap();
    filament.occupy(&[(13, Site::Vacancy)], &[]);
    filament.set_fields(&Fields::uniform(&lattice, 0.0, 600.0));
    let rate = filament.total_rate();
    let hop = inert().attempt_frequency * (-inert().vacancy_hop_barrier / (BOLTZMANN * 600.0)).exp();
    assert!((rate / (6.0 * hop) - 1.0).abs() < 1e-12);
    let mut stream = stream(5);
    let n = 100_000;
    let times: Vec<f64> = (0..n).map(|_| rate * filament.waiting_time(&mut stream)).collect();
    let mean = times.iter().sum::<f64>() / f64::from(n);
    let square = times.iter().map(|t| t * t).sum::<f64>() / f64::from(n);
    assert!((mean - 1.0).abs() < 4.0 / f64::from(n).sqrt());
    assert!((square - 2.0).abs() < 4.0 * (20.0 / f64::from(n)).sqrt());
}

/// A lone vacancy among sites of different energy spends its time as exp(−ε/kT).
#[test]
fn a_vacancy_at_zero_volts_is_distributed_as_boltzmann() {
    let lattice = Lattice { size: [2, 2, 4], spacing: SPACING };
    let mut filament = Filament::new(lattice, inert()).unwrap();
    let temperature = 500.0;
    let thermal = BOLTZMANN * temperature;
    // The layers at the electrodes bind a vacancy, and one column is a grain boundary.
    let energy: Vec<f64> = (0..lattice.sites())
        .map(|site| {
            let [x, y, z] = lattice.coordinates(site);
            let interface = if z == 0 || z == 3 { -0.06 } else { 0.0 };
            CHARGE * (interface - if x == 1 && y == 1 { 0.04 } else { 0.0 })
        })
        .collect();
    filament.set_site_energies(&energy, &vec![0.0; lattice.sites()]);
    filament.set_fields(&Fields::uniform(&lattice, 0.0, temperature));
    let weights: Vec<f64> = energy.iter().map(|e| (-e / thermal).exp()).collect();
    let sum: f64 = weights.iter().sum();
    let mut stream = stream(6);
    // Independent runs give the standard error.
    let runs = 20;
    let mut shares = vec![Vec::new(); lattice.sites()];
    let mut at = 0;
    filament.occupy(&[(at, Site::Vacancy)], &[]);
    for _ in 0..runs {
        let mut times = vec![0.0; lattice.sites()];
        for _ in 0..20_000 {
            times[at] += filament.waiting_time(&mut stream);
            let Some(Event::VacancyHop(_, to)) = filament.fire(&mut stream) else { panic!("only hops") };
            at = to;
        }
        let total: f64 = times.iter().sum();
        shares.iter_mut().zip(&times).for_each(|(shares, time)| shares.push(time / total));
    }
    for (site, (shares, weight)) in shares.iter().zip(&weights).enumerate() {
        let mean = shares.iter().sum::<f64>() / f64::from(runs);
        let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / f64::from(runs - 1);
        let error = (variance / f64::from(runs)).sqrt();
        let expected = weight / sum;
        assert!((mean - expected).abs() < 4.0 * error, "site {site}: {mean} {expected} ± {error}");
        assert!(error < 0.02 * expected);
    }
}

/// Generation, recombination, exchange with the electrode and hops on two sites: every state of
/// occupation has the Boltzmann weight of its vacancies, ions and stored ions.
#[test]
fn all_events_together_obey_detailed_balance() {
    let lattice = Lattice { size: [1, 1, 2], spacing: SPACING };
    let mut parameters = hafnium_oxide();
    parameters.vacancy_hop_barrier = 0.2 * CHARGE;
    parameters.ion_hop_barrier = 0.25 * CHARGE;
    parameters.generation_barrier = 0.3 * CHARGE;
    parameters.recombination_barrier = 0.2 * CHARGE;
    parameters.release_barrier = 0.35 * CHARGE;
    parameters.interface_generation_barrier = 0.3 * CHARGE;
    let mut filament = Filament::new(lattice, parameters).unwrap();
    let temperature = 600.0;
    let thermal = BOLTZMANN * temperature;
    let vacancy_energy = [0.03 * CHARGE, -0.02 * CHARGE];
    let ion_energy = [-0.01 * CHARGE, 0.02 * CHARGE];
    filament.set_site_energies(&vacancy_energy, &ion_energy);
    filament.set_fields(&Fields::uniform(&lattice, 0.0, temperature));
    let pair = parameters.generation_barrier - parameters.recombination_barrier;
    let stored_energy = -(parameters.release_barrier - parameters.ion_hop_barrier);
    let kinds = [Site::Oxide, Site::Vacancy, Site::Ion];
    let code = |sites: &[Site]| {
        let of = |s: Site| kinds.iter().position(|k| *k == s).unwrap();
        3 * of(sites[0]) + of(sites[1])
    };
    // Oxygen is conserved: stored ions = vacancies − ions ≥ 0. Stored ions leave independently
    // of each other, so n of them carry 1/n!.
    let mut weights = [0.0; 9];
    for below in kinds {
        for above in kinds {
            let sites = [below, above];
            let (mut energy, mut stored) = (0.0, 0_i32);
            for (i, site) in sites.iter().enumerate() {
                match site {
                    Site::Vacancy => {
                        energy += vacancy_energy[i] + pair;
                        stored += 1;
                    }
                    Site::Ion => {
                        energy += ion_energy[i];
                        stored -= 1;
                    }
                    Site::Oxide => {}
                }
            }
            if stored >= 0 {
                let same = if stored == 2 { 2.0 } else { 1.0 };
                energy += f64::from(stored) * stored_energy;
                weights[code(&sites)] = (-energy / thermal).exp() / same;
            }
        }
    }
    let sum: f64 = weights.iter().sum();
    let mut stream = stream(7);
    let runs = 20;
    let mut shares = vec![Vec::new(); 9];
    for _ in 0..runs {
        let mut times = [0.0; 9];
        for _ in 0..20_000 {
            times[code(filament.sites())] += filament.waiting_time(&mut stream);
            filament.fire(&mut stream).unwrap();
        }
        let total: f64 = times.iter().sum();
        shares.iter_mut().zip(&times).for_each(|(shares, time)| shares.push(time / total));
    }
    for (state, (shares, weight)) in shares.iter().zip(&weights).enumerate() {
        let mean = shares.iter().sum::<f64>() / f64::from(runs);
        let variance = shares.iter().map(|s| (s - mean).powi(2)).sum::<f64>() / f64::from(runs - 1);
        let error = (variance / f64::from(runs)).sqrt();
        let expected = weight / sum;
        println!("state {state}: {mean:.5}, expected {expected:.5} ± {error:.5}");
        assert!((mean - expected).abs() <= 4.0 * error, "state {state}: {mean} {expected} ± {error}");
    }
}
