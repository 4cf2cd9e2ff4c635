//! The filament: what every site holds, the rates of all events, and the choice of the next one.
//!
//! The n-fold way: the waiting time is exponential with the total rate, the event is drawn in
//! proportion to its rate. Each site has one channel per direction and one for the release of an
//! ion from the electrode; a [`SumTree`] over the sites' sums finds the site, a scan its channel.
//! After an event only the channels of the changed sites and those of their neighbours that point
//! at them are computed again.
//!
//! References: A. B. Bortz, M. H. Kalos, J. L. Lebowitz, J. Comput. Phys. 17, 10 (1975),
//! doi:10.1016/0021-9991(75)90060-1; D. T. Gillespie, J. Phys. Chem. 81, 2340 (1977),
//! doi:10.1021/j100540a008.
//! Pinned by: `tests/kinetic_monte_carlo.rs`.

use numerics::rng::Stream;

use super::error::KineticError;
use super::gap;
use super::lattice::{DIRECTIONS, Lattice, NOTHING, Site, UP, opposite};
use super::parameters::Parameters;
use super::rates::{Event, Fields, Law, Pair};
use super::sum_tree::SumTree;
use crate::constants::BOLTZMANN;

/// Channel of the release from the active electrode.
const RELEASE: usize = DIRECTIONS;
/// Channels of a site, one of them unused so that a site fills a cache line.
const CHANNELS: usize = 8;

/// Vacancies and ions on a lattice in given fields.
#[derive(Debug, Clone)]
pub struct Filament {
    lattice: Lattice,
    law: Law,
    neighbours: Vec<[u32; DIRECTIONS]>,
    sites: Vec<Site>,
    /// Ions in the active electrode over each column.
    stored: Vec<u32>,
    vacancy_energy: Vec<f64>,
    ion_energy: Vec<f64>,
    fields: Fields,
    beta: Vec<f64>,
    rates: Vec<[f64; CHANNELS]>,
    tree: SumTree,
    capped: bool,
}

impl Filament {
    /// Perfect oxide without a field at 300 K.
    ///
    /// # Errors
    /// When a parameter has an impossible value or the lattice an impossible size.
    pub fn new(lattice: Lattice, parameters: Parameters) -> Result<Self, KineticError> {
        parameters.consistent()?;
        let n = lattice.sites();
        if n == 0 || n > 1 << 31 {
            return Err(KineticError::Size(n));
        }
        if !(lattice.spacing > 0.0 && lattice.spacing.is_finite()) {
            let (parameter, value, demand) = ("spacing", lattice.spacing, "must be positive");
            return Err(KineticError::Parameter { parameter, value, demand });
        }
        let mut filament = Self {
            lattice,
            law: Law::new(parameters, lattice.spacing),
            neighbours: lattice.neighbours(),
            sites: vec![Site::Oxide; n],
            stored: vec![0; lattice.layer()],
            vacancy_energy: vec![0.0; n],
            ion_energy: vec![0.0; n],
            fields: Fields::uniform(&lattice, 0.0, 300.0),
            beta: vec![1.0 / (BOLTZMANN * 300.0); n],
            rates: vec![[0.0; CHANNELS]; n],
            tree: SumTree::new(n),
            capped: false,
        };
        filament.refresh();
        Ok(filament)
    }

    /// The lattice.
    pub fn lattice(&self) -> &Lattice {
        &self.lattice
    }

    /// What every site holds.
    pub fn sites(&self) -> &[Site] {
        &self.sites
    }

    /// Ions in the active electrode over each column (x fastest).
    pub fn stored_ions(&self) -> &[u32] {
        &self.stored
    }

    /// Number of sites that hold this.
    pub fn count(&self, what: Site) -> usize {
        self.sites.iter().filter(|site| **site == what).count()
    }

    /// Length without vacancies on the way from electrode to electrode that has the least of it, m;
    /// 0 when a chain of vacancies joins them.
    pub fn gap(&self) -> f64 {
        gap::missing(&self.lattice, &self.neighbours, &self.sites) as f64 * self.lattice.spacing
    }

    /// A barrier was below zero since the fields were last set, and counted as zero.
    pub fn capped(&self) -> bool {
        self.capped
    }

    pub(super) fn law(&self) -> &Law {
        &self.law
    }

    /// Replaces the occupation, the ions stored in the electrode included.
    pub fn occupy(&mut self, sites: &[(usize, Site)], stored: &[(usize, u32)]) {
        for &(index, site) in sites {
            self.sites[index] = site;
        }
        for &(column, count) in stored {
            self.stored[column] = count;
        }
        self.refresh();
    }

    /// Replaces a share of the sites, drawn from the stream, by vacancies whose oxygen the active
    /// electrode stores: an oxygen-poor oxide as deposited.
    pub fn scatter(&mut self, share: f64, stream: &mut Stream) {
        for site in 0..self.sites.len() {
            if stream.uniform() < share && self.sites[site] == Site::Oxide {
                self.sites[site] = Site::Vacancy;
                self.stored[site % self.lattice.layer()] += 1;
            }
        }
        self.refresh();
    }

    /// Sets the energies of a vacancy and of an ion on every site (J): interfaces, grain
    /// boundaries.
    pub fn set_site_energies(&mut self, vacancy: &[f64], ion: &[f64]) {
        self.vacancy_energy.copy_from_slice(vacancy);
        self.ion_energy.copy_from_slice(ion);
        self.refresh();
    }

    /// Sets potential and temperature and computes all rates again.
    pub fn set_fields(&mut self, fields: &Fields) {
        self.fields.clone_from(fields);
        for (beta, temperature) in self.beta.iter_mut().zip(&fields.temperature) {
            *beta = 1.0 / (BOLTZMANN * temperature);
        }
        self.refresh();
    }

    /// Sum of the rates of all events, Hz.
    pub fn total_rate(&self) -> f64 {
        self.tree.total()
    }

    /// Draws the time to the next event, s; infinite when nothing can happen.
    #[inline]
    pub fn waiting_time(&self, stream: &mut Stream) -> f64 {
        -stream.uniform().ln() / self.tree.total()
    }

    /// Draws the next event and lets it happen; none when nothing can.
    #[inline]
    pub fn fire(&mut self, stream: &mut Stream) -> Option<Event> {
        let event = self.next(stream)?;
        self.apply(event);
        Some(event)
    }

    /// As [`Filament::fire`], given that the event is another one than `excluded`.
    pub(super) fn fire_another(&mut self, stream: &mut Stream, excluded: Event) -> Option<Event> {
        let next = match self.channel(excluded) {
            None => self.next(stream),
            Some((site, channel)) => {
                let rate = std::mem::take(&mut self.rates[site][channel]);
                self.tree.set(site, self.rates[site].iter().sum());
                let next = self.next(stream);
                self.rates[site][channel] = rate;
                self.tree.set(site, self.rates[site].iter().sum());
                next
            }
        };
        self.apply(next?);
        next
    }

    /// Draws the next event without letting it happen.
    #[inline]
    fn next(&self, stream: &mut Stream) -> Option<Event> {
        let total = self.tree.total();
        if total <= 0.0 {
            return None;
        }
        let (site, mut left) = self.tree.select(stream.uniform() * total);
        let mut chosen = None;
        for (channel, &rate) in self.rates[site].iter().enumerate().filter(|(_, rate)| **rate > 0.0) {
            chosen = Some(channel);
            if left < rate {
                break;
            }
            left -= rate;
        }
        chosen.map(|channel| self.event(site, channel))
    }

    /// Rate of one event, Hz.
    pub(super) fn rate_of(&self, event: Event) -> f64 {
        self.channel(event).map_or(0.0, |(site, channel)| self.rates[site][channel])
    }

    /// The site and channel of an event.
    fn channel(&self, event: Event) -> Option<(usize, usize)> {
        match event {
            Event::VacancyHop(site, other)
            | Event::IonHop(site, other)
            | Event::Generation(site, other)
            | Event::Recombination(site, other) => {
                let direction = self.neighbours[site].iter().position(|n| *n as usize == other)?;
                Some((site, direction))
            }
            Event::Release(site) => Some((site, RELEASE)),
            Event::Absorption(site)
            | Event::InterfaceGeneration(site)
            | Event::InterfaceRecombination(site) => Some((site, UP)),
        }
    }

    fn event(&self, site: usize, channel: usize) -> Event {
        if channel == RELEASE {
            return Event::Release(site);
        }
        let other = self.neighbours[site][channel];
        if other == NOTHING {
            return match self.sites[site] {
                Site::Ion => Event::Absorption(site),
                Site::Oxide => Event::InterfaceGeneration(site),
                Site::Vacancy => Event::InterfaceRecombination(site),
            };
        }
        let other = other as usize;
        match (self.sites[site], self.sites[other]) {
            (Site::Oxide, _) => Event::Generation(site, other),
            (Site::Vacancy, Site::Ion) => Event::Recombination(site, other),
            (Site::Vacancy, _) => Event::VacancyHop(site, other),
            (Site::Ion, _) => Event::IonHop(site, other),
        }
    }

    /// Lets an event happen.
    pub(super) fn apply(&mut self, event: Event) {
        match event {
            Event::VacancyHop(from, to) | Event::IonHop(from, to) => {
                self.sites.swap(from, to);
                self.changed(from);
                self.changed(to);
            }
            Event::Generation(vacancy, ion) => {
                self.sites[vacancy] = Site::Vacancy;
                self.sites[ion] = Site::Ion;
                self.changed(vacancy);
                self.changed(ion);
            }
            Event::Recombination(vacancy, ion) => {
                self.sites[vacancy] = Site::Oxide;
                self.sites[ion] = Site::Oxide;
                self.changed(vacancy);
                self.changed(ion);
            }
            Event::Absorption(site) => self.exchanged(site, Site::Oxide, 1),
            Event::Release(site) => self.exchanged(site, Site::Ion, -1),
            Event::InterfaceGeneration(site) => self.exchanged(site, Site::Vacancy, 1),
            Event::InterfaceRecombination(site) => self.exchanged(site, Site::Oxide, -1),
        }
    }

    fn exchanged(&mut self, site: usize, now: Site, stored: i32) {
        self.sites[site] = now;
        let column = &mut self.stored[site % self.lattice.layer()];
        *column = column.saturating_add_signed(stored);
        self.changed(site);
    }

    /// The channels of a changed site, and those of its neighbours that point at it.
    fn changed(&mut self, site: usize) {
        for channel in 0..=RELEASE {
            self.rates[site][channel] = self.rate(site, channel);
        }
        self.tree.set(site, self.rates[site].iter().sum());
        for direction in 0..DIRECTIONS {
            let other = self.neighbours[site][direction];
            if other != NOTHING {
                let (other, back) = (other as usize, opposite(direction));
                self.rates[other][back] = self.rate(other, back);
                self.tree.set(other, self.rates[other].iter().sum());
            }
        }
    }

    /// All channels of all sites.
    fn refresh(&mut self) {
        for site in 0..self.sites.len() {
            for channel in 0..=RELEASE {
                self.rates[site][channel] = self.rate(site, channel);
            }
        }
        let cap = self.law.cap();
        self.capped = self.rates.iter().flatten().any(|rate| *rate >= cap);
        self.tree.fill(self.rates.iter().map(|channels| channels.iter().sum()));
    }

    #[inline]
    fn rate(&self, site: usize, channel: usize) -> f64 {
        let other = if channel == RELEASE { NOTHING } else { self.neighbours[site][channel] };
        let here = self.fields.potential[site];
        let vacancy = self.vacancy_energy[site];
        let ion = self.ion_energy[site];
        if other != NOTHING {
            let other = other as usize;
            let pair = Pair {
                beta: self.beta[site],
                rise: self.fields.potential[other] - here,
                vacancy: [vacancy, self.vacancy_energy[other]],
                ion: [ion, self.ion_energy[other]],
            };
            return self.law.between(self.sites[site], self.sites[other], &pair);
        }
        // A wall, or the active electrode above the last layer.
        let layer = self.lattice.layer();
        if channel < UP || site + layer < self.sites.len() {
            return 0.0;
        }
        let rise = self.fields.active_potential - here;
        let pair = Pair { beta: self.beta[site], rise, vacancy: [vacancy; 2], ion: [ion; 2] };
        let stored = self.stored[site % layer];
        if channel == UP {
            self.law.exchange(self.sites[site], &pair, stored)
        } else {
            self.law.release(self.sites[site], &pair, stored)
        }
    }
}
