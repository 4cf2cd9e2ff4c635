//! Rates of the events, and what the events are.
//!
//! Every rate is ν exp(−(E_A − ΔE)/kT) with T at the site of the event and, in ΔE, the drop of the
//! potential between the two sites. With the charge number Z, potentials φ and site energies ε:
//!
//! | event at site s towards n | E_A − ΔE |
//! |---|---|
//! | vacancy hop | E_V + (ε_n − ε_s)/2 − Z q (φ_s − φ_n)/2 |
//! | ion hop | E_O + (ε_n − ε_s)/2 − Z q (φ_n − φ_s)/2 |
//! | generation, vacancy at s and ion at n | E_G + (ε_s + ε_n)/2 − p (φ_n − φ_s)/a |
//! | recombination of the two | E_R − (ε_s + ε_n)/2 + Z q (φ_n − φ_s)/2 |
//! | absorption of an ion at s by the active electrode | E_O − ε_s/2 − Z q (φ_e − φ_s)/2 |
//! | release of an ion into s, for each stored below it | E_D + ε_s/2 − Z q (φ_s − φ_e)/2 |
//! | generation at the electrode, ion stored | E_I + ε_s/2 − p (φ_e − φ_s)/a |
//! | recombination with a stored ion, for each | E_I' − ε_s/2 + Z q (φ_e − φ_s)/2 |
//!
//! At 0 V and uniform temperature these rates obey detailed balance exactly. In a field the
//! generation rate carries the bond dipole p of the breakdown literature, which exceeds Z q a/2 by
//! the local-field factor, and the way back does not. A barrier below zero counts as zero and is
//! reported.
//!
//! References: J. McPherson et al., Appl. Phys. Lett. 82, 2121 (2003), doi:10.1063/1.1565180;
//! X. Guan, S. Yu, H.-S. P. Wong, IEEE TED 59, 1172 (2012), doi:10.1109/TED.2012.2184545.
//! Pinned by: `tests/kinetic_monte_carlo.rs` (mobility, detailed balance).

use super::lattice::{Lattice, Site};
use super::parameters::Parameters;
use crate::constants::{BOLTZMANN, CHARGE};

/// What happened, with the sites concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A vacancy moved.
    VacancyHop(usize, usize),
    /// An ion moved.
    IonHop(usize, usize),
    /// A vacancy appeared at the first site and an ion at the second.
    Generation(usize, usize),
    /// The vacancy at the first site and the ion at the second annihilated.
    Recombination(usize, usize),
    /// The active electrode absorbed the ion of the site.
    Absorption(usize),
    /// The active electrode released an ion into the site.
    Release(usize),
    /// A vacancy appeared at the site, its ion in the active electrode.
    InterfaceGeneration(usize),
    /// An ion of the active electrode filled the vacancy at the site.
    InterfaceRecombination(usize),
}

impl Event {
    /// The event that undoes this one.
    #[must_use]
    pub fn reverse(self) -> Self {
        match self {
            Self::VacancyHop(from, to) => Self::VacancyHop(to, from),
            Self::IonHop(from, to) => Self::IonHop(to, from),
            Self::Generation(vacancy, ion) => Self::Recombination(vacancy, ion),
            Self::Recombination(vacancy, ion) => Self::Generation(vacancy, ion),
            Self::Absorption(site) => Self::Release(site),
            Self::Release(site) => Self::Absorption(site),
            Self::InterfaceGeneration(site) => Self::InterfaceRecombination(site),
            Self::InterfaceRecombination(site) => Self::InterfaceGeneration(site),
        }
    }

    /// The sites where a vacancy appeared or disappeared.
    pub fn conduction_changes(self) -> [Option<usize>; 2] {
        match self {
            Self::VacancyHop(from, to) => [Some(from), Some(to)],
            Self::Generation(site, _)
            | Self::Recombination(site, _)
            | Self::InterfaceGeneration(site)
            | Self::InterfaceRecombination(site) => [Some(site), None],
            Self::IonHop(..) | Self::Absorption(_) | Self::Release(_) => [None, None],
        }
    }
}

/// Potential and temperature in which events happen.
#[derive(Debug, Clone, PartialEq)]
pub struct Fields {
    /// Potential of every site, V, the inert electrode at 0 V.
    pub potential: Vec<f64>,
    /// Potential of the active electrode, V.
    pub active_potential: f64,
    /// Temperature of every site, K.
    pub temperature: Vec<f64>,
}

impl Fields {
    /// A uniform field (V/m, potential rising towards the active electrode) at one temperature.
    pub fn uniform(lattice: &Lattice, field: f64, temperature: f64) -> Self {
        let layers = lattice.size[2];
        let step = field * lattice.spacing;
        let potential = (0..lattice.sites()).map(|s| step * (s / lattice.layer() + 1) as f64).collect();
        let active_potential = step * (layers + 1) as f64;
        Self { potential, active_potential, temperature: vec![temperature; lattice.sites()] }
    }
}

/// The law of the rates: parameters in the units it needs.
#[derive(Debug, Clone)]
pub(super) struct Law {
    parameters: Parameters,
    /// Z q / 2, C.
    half_charge: f64,
    /// p / a, C.
    dipole_charge: f64,
}

/// Two sites as the law sees them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Pair {
    /// 1/kT at the first site, 1/J.
    pub beta: f64,
    /// Potential of the second less that of the first, V.
    pub rise: f64,
    /// Energies of a vacancy at the first and second site, J.
    pub vacancy: [f64; 2],
    /// Energies of an ion at the first and second site, J.
    pub ion: [f64; 2],
}

impl Law {
    pub(super) fn new(parameters: Parameters, spacing: f64) -> Self {
        Self {
            parameters,
            half_charge: 0.5 * parameters.charge_number * CHARGE,
            dipole_charge: parameters.generation_dipole() / spacing,
        }
    }

    /// The largest change of any rate's exponent per volt between neighbours at a temperature, 1/V.
    pub(super) fn sensitivity(&self, temperature: f64) -> f64 {
        self.half_charge.max(self.dipole_charge) / (BOLTZMANN * temperature)
    }

    /// The highest barrier, J.
    pub(super) fn highest_barrier(&self) -> f64 {
        let p = &self.parameters;
        p.generation_barrier.max(p.interface_generation_barrier).max(p.vacancy_hop_barrier)
    }

    fn rate(&self, barrier: f64, beta: f64) -> f64 {
        self.parameters.attempt_frequency * (-barrier.max(0.0) * beta).exp()
    }

    /// Rate of the event between two sites, by what they hold.
    #[inline]
    pub(super) fn between(&self, first: Site, second: Site, pair: &Pair) -> f64 {
        let p = &self.parameters;
        let barrier = match (first, second) {
            (Site::Vacancy, Site::Oxide) => {
                p.vacancy_hop_barrier
                    + 0.5 * (pair.vacancy[1] - pair.vacancy[0])
                    + self.half_charge * pair.rise
            }
            (Site::Ion, Site::Oxide) => {
                p.ion_hop_barrier + 0.5 * (pair.ion[1] - pair.ion[0]) - self.half_charge * pair.rise
            }
            (Site::Oxide, Site::Oxide) => {
                p.generation_barrier + 0.5 * (pair.vacancy[0] + pair.ion[1]) - self.dipole_charge * pair.rise
            }
            (Site::Vacancy, Site::Ion) => {
                p.recombination_barrier - 0.5 * (pair.vacancy[0] + pair.ion[1]) + self.half_charge * pair.rise
            }
            _ => return 0.0,
        };
        self.rate(barrier, pair.beta)
    }

    /// Rate of the exchange of a site of the last layer with the active electrode, which stores
    /// `stored` ions over it; `rise` is the electrode's potential less the site's, V.
    pub(super) fn exchange(&self, site: Site, pair: &Pair, stored: u32) -> f64 {
        let p = &self.parameters;
        match site {
            Site::Ion => {
                let barrier = p.ion_hop_barrier - 0.5 * pair.ion[0] - self.half_charge * pair.rise;
                self.rate(barrier, pair.beta)
            }
            Site::Oxide => {
                let barrier = p.interface_generation_barrier + 0.5 * pair.vacancy[0];
                self.rate(barrier - self.dipole_charge * pair.rise, pair.beta)
            }
            Site::Vacancy => {
                let barrier = p.interface_recombination() - 0.5 * pair.vacancy[0];
                f64::from(stored) * self.rate(barrier + self.half_charge * pair.rise, pair.beta)
            }
        }
    }

    /// Rate of the release of one of `stored` ions into a site of the last layer.
    pub(super) fn release(&self, site: Site, pair: &Pair, stored: u32) -> f64 {
        if site != Site::Oxide || stored == 0 {
            return 0.0;
        }
        let barrier = self.parameters.release_barrier + 0.5 * pair.ion[0] + self.half_charge * pair.rise;
        f64::from(stored) * self.rate(barrier, pair.beta)
    }

    /// The rate that a barrier of zero gives, Hz: reached means capped.
    pub(super) fn cap(&self) -> f64 {
        self.parameters.attempt_frequency
    }
}
