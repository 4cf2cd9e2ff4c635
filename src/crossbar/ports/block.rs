//! A part of the array seen from its ports, and how parts are put together.
//!
//! A block of cells is known by the couplings between its ports alone: w_pq ≥ 0, the negative of
//! the off-diagonal entries of its nodal matrix. Blocks have no path to ground, so a diagonal entry
//! is the sum of its row's couplings and is never stored.

use super::front::Front;
use super::pool::Pool;

/// Ports of a block in their order: left, bottom, top, right.
pub(crate) const WEST: usize = 0;
/// Bit-line ports at the bottom.
pub(crate) const SOUTH: usize = 1;
/// Bit-line ports at the top.
pub(crate) const NORTH: usize = 2;
/// Word-line ports at the right.
pub(crate) const EAST: usize = 3;

/// Couplings between the ports of a block.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Number of ports on each side.
    pub sides: [usize; 4],
    /// Strictly lower triangle of the couplings, S, column after column; the rest is arbitrary.
    pub couplings: Vec<f64>,
}

/// Where the ports of one side go when blocks are put together.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Target {
    /// They remain ports, from this one on.
    Rest(usize),
    /// They are eliminated, from this one on.
    Shared(usize),
}

impl Block {
    /// Number of ports.
    pub(crate) fn ports(&self) -> usize {
        self.sides.iter().sum()
    }

    /// First port of a side.
    pub(crate) fn offset(&self, side: usize) -> usize {
        self.sides[..side].iter().sum()
    }
}

/// Which blocks become one and what happens to their ports.
#[derive(Debug, Clone)]
pub(crate) struct Joint {
    /// For each block the target of each side.
    pub targets: Vec<[Target; 4]>,
    /// Ports that are eliminated.
    pub shared: usize,
    /// Sides of the result.
    pub sides: [usize; 4],
}

impl Joint {
    /// Left and right block: the right ports of one are the left ports of the other.
    pub(crate) fn beside(left: [usize; 4], right: [usize; 4]) -> Self {
        use Target::{Rest, Shared};
        let sides = [left[WEST], left[SOUTH] + right[SOUTH], left[NORTH] + right[NORTH], right[EAST]];
        let (south, north) = (sides[WEST], sides[WEST] + sides[SOUTH]);
        let targets = vec![
            [Rest(0), Rest(south), Rest(north), Shared(0)],
            [Shared(0), Rest(south + left[SOUTH]), Rest(north + left[NORTH]), Rest(north + sides[NORTH])],
        ];
        Self { targets, shared: left[EAST], sides }
    }

    /// Upper and lower block: the bottom ports of one are the top ports of the other.
    pub(crate) fn stacked(upper: [usize; 4], lower: [usize; 4]) -> Self {
        use Target::{Rest, Shared};
        let sides = [upper[WEST] + lower[WEST], lower[SOUTH], upper[NORTH], upper[EAST] + lower[EAST]];
        let south = sides[WEST];
        let north = south + sides[SOUTH];
        let east = north + sides[NORTH];
        let targets = vec![
            [Rest(0), Shared(0), Rest(north), Rest(east)],
            [Rest(upper[WEST]), Rest(south), Shared(0), Rest(east + upper[EAST])],
        ];
        Self { targets, shared: upper[SOUTH], sides }
    }

    /// The block that results and the front that leads to it, both before elimination.
    pub(crate) fn assemble(&self, blocks: &[&Block], pool: &Pool) -> (Block, Front) {
        let rest: usize = self.sides.iter().sum();
        let mut front = Front::new(self.shared, rest, pool);
        let mut result = Block { sides: self.sides, couplings: pool.take(rest * rest) };
        let stride = front.stride();
        for column in 0..self.shared {
            front.couplings[column * stride..][..self.shared].fill(0.0);
        }
        result.couplings.fill(0.0);
        for (block, targets) in blocks.iter().zip(&self.targets) {
            let ports = block.ports();
            for from in 0..4 {
                for column in 0..block.sides[from] {
                    let source = &block.couplings[(block.offset(from) + column) * ports..][..ports];
                    for to in from..4 {
                        // Below the diagonal only.
                        let first = if to == from { column + 1 } else { 0 };
                        let run = &source[block.offset(to)..][..block.sides[to]];
                        let run = &run[first.min(run.len())..];
                        match (targets[from], targets[to]) {
                            (Target::Rest(q), Target::Rest(p)) => {
                                result.couplings[(q + column) * rest + p + first..][..run.len()]
                                    .copy_from_slice(run);
                            }
                            (Target::Shared(q), Target::Rest(p)) => {
                                front.couplings[(q + column) * stride + self.shared + p..][..run.len()]
                                    .copy_from_slice(run);
                            }
                            (Target::Shared(q), Target::Shared(p)) => {
                                let at = (q + column) * stride + p + first;
                                for (sum, w) in front.couplings[at..][..run.len()].iter_mut().zip(run) {
                                    *sum += w;
                                }
                            }
                            (Target::Rest(q), Target::Shared(p)) => {
                                let row = self.shared + q + column;
                                for (k, w) in run.iter().enumerate() {
                                    front.couplings[(p + k) * stride + row] = *w;
                                }
                            }
                        }
                    }
                }
            }
        }
        (result, front)
    }
}
