//! The lattice: sites of a simple cubic grid between two electrodes.
//!
//! Every site is one oxygen position of the oxide with its interstitial space. z counts the layers
//! from the inert electrode (below layer 0) to the active electrode (above the last layer). The
//! side walls reflect.

/// What a site holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Site {
    /// Perfect oxide: the oxygen is in its place.
    Oxide,
    /// The oxygen is missing.
    Vacancy,
    /// Perfect oxide with a mobile oxygen ion in the interstitial space.
    Ion,
}

/// Directions to the neighbours: +x, −x, +y, −y, −z, +z.
pub(super) const DIRECTIONS: usize = 6;
/// Direction towards the active electrode.
pub(super) const UP: usize = 5;
/// Stands for a neighbour beyond a wall.
pub(super) const NOTHING: u32 = u32::MAX;

/// The direction back.
pub(super) fn opposite(direction: usize) -> usize {
    direction ^ 1
}

/// Extent of the lattice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Lattice {
    /// Sites along x, y and z.
    pub size: [usize; 3],
    /// Distance between neighbours, m.
    pub spacing: f64,
}

impl Lattice {
    /// A lattice that fills a box of the given edges (m) with sites `spacing` apart; at least one
    /// site along each edge.
    pub fn filling(edges: [f64; 3], spacing: f64) -> Self {
        Self { size: edges.map(|edge| ((edge / spacing).round() as usize).max(1)), spacing }
    }

    /// Number of sites.
    pub fn sites(&self) -> usize {
        self.size.iter().product()
    }

    /// Sites in one layer, which is also the distance of a site's index to the next layer's.
    pub fn layer(&self) -> usize {
        self.size[0] * self.size[1]
    }

    /// Index of a site.
    pub fn index(&self, x: usize, y: usize, z: usize) -> usize {
        (z * self.size[1] + y) * self.size[0] + x
    }

    /// Coordinates of a site.
    pub fn coordinates(&self, site: usize) -> [usize; 3] {
        [site % self.size[0], site / self.size[0] % self.size[1], site / self.layer()]
    }

    /// The neighbours of all sites.
    pub(super) fn neighbours(&self) -> Vec<[u32; DIRECTIONS]> {
        let strides = [1, self.size[0], self.layer()];
        (0..self.sites())
            .map(|site| {
                let at = self.coordinates(site);
                std::array::from_fn(|direction| {
                    let axis = direction / 2;
                    let rising = if axis == 2 { direction == UP } else { direction % 2 == 0 };
                    if rising && at[axis] + 1 < self.size[axis] {
                        (site + strides[axis]) as u32
                    } else if !rising && at[axis] > 0 {
                        (site - strides[axis]) as u32
                    } else {
                        NOTHING
                    }
                })
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_point_back() {
        let lattice = Lattice { size: [3, 4, 5], spacing: 0.25e-9 };
        let neighbours = lattice.neighbours();
        let mut links = 0;
        for (site, around) in neighbours.iter().enumerate() {
            for (direction, &other) in around.iter().enumerate().filter(|(_, other)| **other != NOTHING) {
                assert_eq!(neighbours[other as usize][opposite(direction)] as usize, site);
                links += 1;
            }
        }
        assert_eq!(links, 2 * (2 * 20 + 3 * 15 + 4 * 12));
        assert_eq!(neighbours[lattice.index(1, 1, 1)][UP] as usize, lattice.index(1, 1, 2));
        assert_eq!(neighbours[lattice.index(1, 1, 0)][4], NOTHING);
    }
}
