//! How far the filament is from percolation: the gap.
//!
//! Of all paths along neighbouring sites between the electrodes, the one with the fewest sites that are
//! not vacancies; their number times the spacing is the gap. Zero means a chain of vacancies
//! from electrode to electrode.
//!
//! Found by a breadth-first search whose steps cost 0 or 1 (a queue with two ends).
//! Pinned by: the test below.

use std::collections::VecDeque;

use super::lattice::{Lattice, Site};

/// Fewest sites without a vacancy on any path from electrode to electrode.
pub(super) fn missing(lattice: &Lattice, neighbours: &[[u32; 6]], sites: &[Site]) -> usize {
    let cost = |site: usize| usize::from(sites[site] != Site::Vacancy);
    let mut best = vec![usize::MAX; sites.len()];
    let mut queue = VecDeque::new();
    for (site, best) in best.iter_mut().enumerate().take(lattice.layer()) {
        *best = cost(site);
        if *best == 0 { queue.push_front(site) } else { queue.push_back(site) }
    }
    while let Some(site) = queue.pop_front() {
        if site + lattice.layer() >= sites.len() {
            return best[site];
        }
        for other in neighbours[site].iter().map(|n| *n as usize).filter(|n| *n < sites.len()) {
            let step = cost(other);
            if best[site] + step < best[other] {
                best[other] = best[site] + step;
                if step == 0 { queue.push_front(other) } else { queue.push_back(other) }
            }
        }
    }
    lattice.size[2]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gap_of_known_filaments() {
        let lattice = Lattice { size: [4, 3, 6], spacing: 0.5e-9 };
        let neighbours = lattice.neighbours();
        let mut sites = vec![Site::Oxide; lattice.sites()];
        assert_eq!(missing(&lattice, &neighbours, &sites), 6);
        // A crooked chain with a hole, and an ion where the hole is.
        for [x, y, z] in [[0, 0, 0], [0, 0, 1], [1, 0, 1], [1, 0, 2], [1, 1, 2], [1, 1, 4], [1, 1, 5]] {
            sites[lattice.index(x, y, z)] = Site::Vacancy;
        }
        sites[lattice.index(1, 1, 3)] = Site::Ion;
        assert_eq!(missing(&lattice, &neighbours, &sites), 1);
        sites[lattice.index(1, 1, 3)] = Site::Vacancy;
        assert_eq!(missing(&lattice, &neighbours, &sites), 0);
    }
}
