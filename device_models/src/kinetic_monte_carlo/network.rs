//! Potential, current and temperature of the lattice: two linear networks solved for one volt.
//!
//! **Charge.** A site has the conductance t of its surroundings: G_f = a/ρ_f for a vacancy, and for oxide
//! in a gap of n sites between the nearest conductors (vacancies, electrodes) above and below it
//! in its column, G_f exp(−n a/λ) + σ_o a. The first term is tunnelling through the gap, so that
//! vacancies on the way are traps that assist it. The link between neighbours has the smaller t of
//! the two, a link to an electrode that of the site. The gap is looked for along the columns only;
//! conduction is linear in the voltage, so potentials scale with it and are solved for 1 V.
//!
//! **Heat.** Σ_j κ_ij a (T_i − T_j) = Joule heat of the half links at i, steady state, with κ the
//! mean of the two sites' heat conductivities; the electrodes are at ambient temperature, the side
//! walls are insulating. It scales with the square of the voltage. Heat set free in the electrodes'
//! halves of the contacts is lost in them.
//!
//! Both are solved by preconditioned conjugate gradients from the last solution
//! ([`numerics::grid`]). Their error is estimated as the largest entry of the preconditioned residual,
//! M⁻¹(b − A x). The preconditioner moves well-joined groups of vacancies as one, so the estimate sees
//! a floating piece of filament change its potential, which the imbalance of single nodes does not (there
//! it is off by factors of thirty). Nothing is solved while it is within the tolerance.
//!
//! References: X. Guan, S. Yu, H.-S. P. Wong, IEEE TED 59, 1172 (2012),
//! doi:10.1109/TED.2012.2184545 (trap-assisted tunnelling between vacancies); the gap law is that
//! of compact models, S. Yu et al., IEEE TED 59, 1183 (2012), doi:10.1109/TED.2012.2184544.
//! Pinned by: the tests below.

use numerics::grid::GridNetwork;

use super::error::KineticError;
use super::lattice::{Lattice, Site};
use super::parameters::Parameters;

/// Iterations after which a solution is given up.
const MOST_ITERATIONS: usize = 3000;
/// Error of a new solution over the error that calls for it.
const SHARE: f64 = 0.05;

/// Work done by the solver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SolverStatistics {
    /// Estimates of the errors of the fields.
    pub estimates: u64,
    /// Solutions of the potential or the temperature that they called for.
    pub solutions: u64,
    /// Conjugate-gradient iterations for the potential.
    pub potential_iterations: u64,
    /// Conjugate-gradient iterations for the temperature.
    pub heat_iterations: u64,
}

/// Potential and temperature rise of the sites at one volt.
#[derive(Debug, Clone)]
pub struct Network {
    lattice: Lattice,
    parameters: Parameters,
    /// t of every site, S.
    conductance: Vec<f64>,
    charge: GridNetwork,
    heat: GridNetwork,
    sources: Vec<f64>,
    /// Potential over the applied voltage.
    potential: Vec<f64>,
    /// Temperature rise over the square of the applied voltage, K/V².
    rise: Vec<f64>,
    /// Conductance of the cell, S.
    total: f64,
    statistics: SolverStatistics,
}

/// How far the fields at 1 V may be off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// Of a potential over the voltage, 1.
    pub potential: f64,
    /// Of a temperature rise over the square of the voltage, K/V².
    pub rise: f64,
}

/// Solves one network if the estimated error exceeds the tolerance. Returns the iterations done.
fn solve(
    network: &mut GridNetwork,
    sources: &[f64],
    x: &mut [f64],
    tolerance: f64,
    field: &'static str,
) -> Result<usize, KineticError> {
    network.factorise();
    if network.solve(sources, x, tolerance, 0).converged {
        return Ok(0);
    }
    let ended = network.solve(sources, x, SHARE * tolerance, MOST_ITERATIONS);
    if ended.converged {
        return Ok(ended.iterations);
    }
    Err(KineticError::NotConverged { field, iterations: ended.iterations, error: ended.error })
}

impl Network {
    /// The networks of perfect oxide, not yet solved.
    pub fn new(lattice: Lattice, parameters: Parameters) -> Self {
        let n = lattice.sites();
        let layers = lattice.size[2];
        Self {
            lattice,
            parameters,
            conductance: vec![0.0; n],
            charge: GridNetwork::new(lattice.size),
            heat: GridNetwork::new(lattice.size),
            sources: vec![0.0; n],
            potential: (0..n).map(|s| (s / lattice.layer() + 1) as f64 / (layers + 1) as f64).collect(),
            rise: vec![0.0; n],
            total: 0.0,
            statistics: SolverStatistics::default(),
        }
    }

    /// Potential of every site over the applied voltage, as last solved.
    pub fn potential(&self) -> &[f64] {
        &self.potential
    }

    /// Temperature rise of every site over the square of the voltage, K/V², as last solved.
    pub fn rise(&self) -> &[f64] {
        &self.rise
    }

    /// Conductance of the cell, S, as last solved.
    pub fn total(&self) -> f64 {
        self.total
    }

    /// Work done so far.
    pub fn statistics(&self) -> SolverStatistics {
        self.statistics
    }

    /// Largest difference of potential between neighbours, electrodes included, over the voltage.
    pub fn steepest(&self) -> f64 {
        let n = self.potential.len();
        let layer = self.lattice.layer();
        let mut most = 0.0_f64;
        for (links, stride) in self.charge.links.iter().zip(self.charge.strides()) {
            for ((a, b), g) in self.potential.iter().zip(self.potential.iter().skip(stride)).zip(links) {
                if *g > 0.0 {
                    most = most.max((a - b).abs());
                }
            }
        }
        let below = self.potential[..layer].iter().copied().fold(0.0, f64::max);
        let above = self.potential[n - layer..].iter().map(|u| 1.0 - u).fold(0.0, f64::max);
        most.max(below).max(above)
    }

    /// t of the sites of one column.
    fn update_column(&mut self, sites: &[Site], column: usize) {
        let Parameters { filament_resistivity, oxide_conductivity, tunnelling_length, .. } = self.parameters;
        let filament_conductance = self.lattice.spacing / filament_resistivity;
        let oxide_conductance = self.lattice.spacing * oxide_conductivity;
        let (layer, n) = (self.lattice.layer(), sites.len());
        let mut site = column;
        while site < n {
            if sites[site] == Site::Vacancy {
                self.conductance[site] = filament_conductance;
                site += layer;
                continue;
            }
            let mut end = site;
            while end < n && sites[end] != Site::Vacancy {
                end += layer;
            }
            let gap = ((end - site) / layer) as f64 * self.lattice.spacing;
            let t = filament_conductance * (-gap / tunnelling_length).exp() + oxide_conductance;
            while site < end {
                self.conductance[site] = t;
                site += layer;
            }
        }
    }

    /// Links and grounds of one site towards larger indices and the electrodes.
    fn update_links(&mut self, sites: &[Site], site: usize) {
        let at = self.lattice.coordinates(site);
        let a = self.lattice.spacing;
        let heat_of = |s: usize| {
            if sites[s] == Site::Vacancy {
                self.parameters.filament_heat_conductivity
            } else {
                self.parameters.oxide_heat_conductivity
            }
        };
        let strides = self.charge.strides();
        for axis in 0..3 {
            if at[axis] + 1 < self.lattice.size[axis] {
                let other = site + strides[axis];
                let g = self.conductance[site].min(self.conductance[other]);
                self.charge.links[axis][site] = g;
                self.heat.links[axis][site] = 0.5 * a * (heat_of(site) + heat_of(other));
            }
        }
        let contacts = f64::from(u8::from(at[2] == 0) + u8::from(at[2] + 1 == self.lattice.size[2]));
        self.charge.grounds[site] = contacts * self.conductance[site];
        self.heat.grounds[site] = contacts * a * heat_of(site);
    }

    /// The conductance of all sites and links.
    pub fn update(&mut self, sites: &[Site]) {
        for column in 0..self.lattice.layer() {
            self.update_column(sites, column);
        }
        for site in 0..sites.len() {
            self.update_links(sites, site);
        }
    }

    /// Follows a vacancy's coming or going at a site.
    pub fn change(&mut self, sites: &[Site], site: usize) {
        let column = site % self.lattice.layer();
        self.update_column(sites, column);
        for (x, y) in self.beside(column).into_iter().flatten() {
            for z in 0..self.lattice.size[2] {
                self.update_links(sites, self.lattice.index(x, y, z));
            }
        }
    }

    /// A column and its neighbours.
    fn beside(&self, column: usize) -> [Option<(usize, usize)>; 5] {
        let [nx, ny, _] = self.lattice.size;
        let (x, y) = (column % nx, column / nx);
        [(x, y), (x.wrapping_sub(1), y), (x + 1, y), (x, y.wrapping_sub(1)), (x, y + 1)]
            .map(|at| (at.0 < nx && at.1 < ny).then_some(at))
    }

    /// Solves for potential and temperature from the last solution where their estimated errors
    /// exceed the tolerance, and then to a twentieth of it. Returns whether one was solved for.
    ///
    /// # Errors
    /// When one does not converge.
    pub fn refresh(&mut self, tolerance: Tolerance) -> Result<bool, KineticError> {
        let (layer, n) = (self.lattice.layer(), self.potential.len());
        self.sources[..n - layer].fill(0.0);
        self.sources[n - layer..].copy_from_slice(&self.conductance[n - layer..]);
        self.statistics.estimates += 1;
        let potential =
            solve(&mut self.charge, &self.sources, &mut self.potential, tolerance.potential, "potential")?;
        self.dissipate();
        let rise = solve(&mut self.heat, &self.sources, &mut self.rise, tolerance.rise, "temperature")?;
        self.statistics.solutions += u64::from(potential.max(rise) > 0);
        self.statistics.potential_iterations += potential as u64;
        self.statistics.heat_iterations += rise as u64;
        Ok(potential.max(rise) > 0)
    }

    /// Joule heat at 1 V into `sources`, and the conductance of the cell from its sum, which is
    /// stationary in the potentials.
    fn dissipate(&mut self) {
        let (layer, n) = (self.lattice.layer(), self.potential.len());
        let u = &self.potential;
        self.sources.fill(0.0);
        let mut total = 0.0;
        for (links, stride) in self.charge.links.iter().zip(self.charge.strides()) {
            for site in 0..n - stride.min(n) {
                let power = links[site] * (u[site + stride] - u[site]).powi(2);
                total += power;
                self.sources[site] += 0.5 * power;
                self.sources[site + stride] += 0.5 * power;
            }
        }
        for (site, u) in u.iter().enumerate().take(layer) {
            let power = self.conductance[site] * u.powi(2);
            total += power;
            self.sources[site] += 0.5 * power;
        }
        for (site, u) in u.iter().enumerate().skip(n - layer) {
            let power = self.conductance[site] * (1.0 - u).powi(2);
            total += power;
            self.sources[site] += 0.5 * power;
        }
        self.total = total;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use numerics::rng::{Purpose, Stream};

    use super::super::card::KineticCard;
    use super::*;

    const FINE: Tolerance = Tolerance { potential: 1e-9, rise: 1e-6 };

    fn parameters() -> Parameters {
        KineticCard::shipped("kinetic_monte_carlo_hfo2", &BTreeMap::new()).unwrap().parameters
    }

    /// Of links in the filament and in perfect oxide, S.
    fn conductances() -> (f64, f64) {
        (0.25e-9 / parameters().filament_resistivity, 0.25e-9 * parameters().oxide_conductivity)
    }

    fn network(size: [usize; 3], vacancies: &[[usize; 3]]) -> (Network, Vec<Site>) {
        let lattice = Lattice { size, spacing: 0.25e-9 };
        let mut network = Network::new(lattice, parameters());
        let mut sites = vec![Site::Oxide; lattice.sites()];
        for &[x, y, z] in vacancies {
            sites[lattice.index(x, y, z)] = Site::Vacancy;
        }
        network.update(&sites);
        network.refresh(FINE).unwrap();
        (network, sites)
    }

    #[test]
    fn perfect_oxide_is_a_resistor_with_a_uniform_field() {
        let (network, _) = network([3, 4, 9], &[]);
        let p = parameters();
        let (filament, oxide) = conductances();
        let t = filament * (-9.0 * 0.25e-9 / p.tunnelling_length).exp() + oxide;
        assert!((network.total() / (12.0 * t / 10.0) - 1.0).abs() < 1e-9);
        assert!((network.steepest() - 0.1).abs() < 1e-8);
        for (site, u) in network.potential().iter().enumerate() {
            assert!((u - (site / 12 + 1) as f64 / 10.0).abs() < 1e-8);
        }
    }

    /// One column, where current and heat are one-dimensional and known in closed form.
    #[test]
    fn a_filament_heats_as_a_rod_between_two_sinks() {
        let nz = 19;
        let chain: Vec<[usize; 3]> = (0..nz).map(|z| [0, 0, z]).collect();
        let (network, _) = network([1, 1, nz], &chain);
        let p = parameters();
        let (filament, _) = conductances();
        let links = (nz + 1) as f64;
        assert!((network.total() / (filament / links) - 1.0).abs() < 1e-9);
        // Power q per site against links of conductance κ a: T_i = q/(2 κ a) i (links − i).
        let power = filament / links.powi(2);
        for (i, rise) in network.rise().iter().enumerate() {
            let place = i as f64 + 1.0;
            let exact = power / (2.0 * p.filament_heat_conductivity * 0.25e-9) * place * (links - place);
            assert!((rise / exact - 1.0).abs() < 1e-6, "{i}: {rise} {exact}");
        }
    }

    #[test]
    fn a_gap_conducts_exponentially_less_the_longer_it_is() {
        // Resistance of the gap alone, in units of the filament's links.
        let (filament, _) = conductances();
        let broken = |gap: usize| {
            let chain: Vec<[usize; 3]> = (0..12 - gap).map(|z| [2, 2, z]).collect();
            filament / network([5, 5, 12], &chain).0.total() - (12 - gap) as f64
        };
        for gap in 1..4 {
            let ratio = broken(gap + 1) / broken(gap);
            let law = (0.25_f64 / 0.2).exp() * (gap as f64 + 2.0) / (gap as f64 + 1.0);
            assert!((ratio / law - 1.0).abs() < 0.3, "gap {gap}: {ratio} {law}");
        }
    }

    #[test]
    fn a_change_is_followed_as_by_a_new_network() {
        let chain: Vec<[usize; 3]> = (0..8).filter(|z| *z != 4).map(|z| [1, 1, z]).collect();
        let (mut network, mut sites) = network([3, 3, 8], &chain);
        let before = network.total();
        let site = network.lattice.index(1, 1, 4);
        sites[site] = Site::Vacancy;
        network.change(&sites, site);
        network.refresh(FINE).unwrap();
        let full: Vec<[usize; 3]> = (0..8).map(|z| [1, 1, z]).collect();
        let fresh = self::network([3, 3, 8], &full).0;
        assert!((network.total() / fresh.total() - 1.0).abs() < 1e-9);
        assert!(network.total() > 1.5 * before);
        for (a, b) in network.rise().iter().zip(fresh.rise()) {
            assert!((a / b - 1.0).abs() < 1e-5);
        }
    }

    /// The estimate against the true change, for single changes of random filaments.
    #[test]
    fn the_estimated_error_is_the_true_one_within_a_factor() {
        let lattice = Lattice { size: [5, 5, 8], spacing: 0.5e-9 };
        let mut stream = Stream::new(4, Purpose::KineticMonteCarlo, 0, 0);
        let mut ratios = Vec::new();
        for case in 0..200 {
            let share = 0.05 + 0.1 * f64::from(case % 4);
            let mut sites: Vec<Site> = (0..lattice.sites())
                .map(|_| if stream.uniform() < share { Site::Vacancy } else { Site::Oxide })
                .collect();
            let mut network = Network::new(lattice, parameters());
            network.update(&sites);
            network.refresh(FINE).unwrap();
            let before = network.potential().to_vec();
            let site = stream.below(200) as usize;
            sites[site] = if sites[site] == Site::Vacancy { Site::Oxide } else { Site::Vacancy };
            network.change(&sites, site);
            network.charge.factorise();
            network.sources.fill(0.0);
            network.sources[175..].copy_from_slice(&network.conductance[175..]);
            let estimate = network.charge.solve(&network.sources, &mut network.potential, 0.0, 0).error;
            network.refresh(FINE).unwrap();
            let moved =
                before.iter().zip(network.potential()).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
            if moved > 1e-4 {
                ratios.push(moved / estimate);
            }
        }
        ratios.sort_by(f64::total_cmp);
        let at = |share: f64| ratios[(share * (ratios.len() - 1) as f64) as usize];
        println!(
            "true over estimated, {}: median {:.2}, 95 % {:.2}, most {:.2}",
            ratios.len(),
            at(0.5),
            at(0.95),
            at(1.0)
        );
        assert!(ratios.len() > 100 && at(0.5) > 0.2 && at(0.5) < 2.0 && at(0.95) < 3.0);
    }
}
