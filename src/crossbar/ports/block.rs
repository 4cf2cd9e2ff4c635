//! A part of the array seen from its ports, and how parts are put together.
//!
//! A block of cells is known by the couplings between its ports alone: w_pq ≥ 0, the negative of
//! the off-diagonal entries of its nodal matrix. Blocks have no path to ground, so a diagonal entry
//! is the sum of its row's couplings and is never stored. Blocks lie in slices: ports × ports, column
//! after column, of which the strictly lower triangle counts.
//!
//! Pinned by: `tests/crossbar_ports.rs`.

use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

/// Sides of a block in the order of its ports: left, bottom, top, right.
pub(crate) const WEST: usize = 0;
/// Bit-line ports at the bottom.
pub(crate) const SOUTH: usize = 1;
/// Bit-line ports at the top.
pub(crate) const NORTH: usize = 2;
/// Word-line ports at the right.
pub(crate) const EAST: usize = 3;

/// Number of ports on each side.
pub(crate) type Sides = [usize; 4];

/// Number of ports.
pub(crate) fn ports(sides: Sides) -> usize {
    sides.iter().sum()
}

/// Length of the slice of a block.
pub(crate) fn size(sides: Sides) -> usize {
    ports(sides).pow(2)
}

/// Where the ports of one side go when blocks are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    /// They remain ports, from this one on.
    Rest(usize),
    /// They are eliminated, from this one on.
    Shared(usize),
}

/// Which blocks become one and what happens to their ports.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Joint {
    /// Each block's sides and their targets.
    pub blocks: Vec<(Sides, [Target; 4])>,
    /// Ports that are eliminated.
    pub shared: usize,
    /// Sides of the result.
    pub sides: Sides,
}

impl Joint {
    /// Left and right block: the right ports of one are the left ports of the other.
    pub(crate) fn beside(left: Sides, right: Sides) -> Self {
        use Target::{Rest, Shared};
        let sides = [left[WEST], left[SOUTH] + right[SOUTH], left[NORTH] + right[NORTH], right[EAST]];
        let south = sides[WEST];
        let north = south + sides[SOUTH];
        let east = north + sides[NORTH];
        let blocks = vec![
            (left, [Rest(0), Rest(south), Rest(north), Shared(0)]),
            (right, [Shared(0), Rest(south + left[SOUTH]), Rest(north + left[NORTH]), Rest(east)]),
        ];
        Self { blocks, shared: left[EAST], sides }
    }

    /// Upper and lower block: the bottom ports of one are the top ports of the other.
    pub(crate) fn stacked(upper: Sides, lower: Sides) -> Self {
        use Target::{Rest, Shared};
        let sides = [upper[WEST] + lower[WEST], lower[SOUTH], upper[NORTH], upper[EAST] + lower[EAST]];
        let south = sides[WEST];
        let north = south + sides[SOUTH];
        let east = north + sides[NORTH];
        let blocks = vec![
            (upper, [Rest(0), Shared(0), Rest(north), Rest(east)]),
            (lower, [Rest(upper[WEST]), Rest(south), Shared(0), Rest(east + upper[EAST])]),
        ];
        Self { blocks, shared: upper[SOUTH], sides }
    }

    /// Numbers in the front: (shared + rest) × shared.
    pub(crate) fn front(&self) -> usize {
        (self.shared + ports(self.sides)) * self.shared
    }

    /// The block that results and the front that leads to it, both before elimination. The blocks
    /// lie one behind the other in `from`. Ports that come from no block have no couplings.
    pub(crate) fn assemble(&self, mut from: &[f64], to: &mut [f64], front: &mut [f64]) {
        let rest = ports(self.sides);
        let mut sources = Vec::with_capacity(self.blocks.len());
        // Block, side and column of every remaining port.
        let mut origin = vec![None; rest];
        for (k, (sides, targets)) in self.blocks.iter().enumerate() {
            let (couplings, others) = from.split_at(size(*sides));
            from = others;
            sources.push(Source { couplings, count: ports(*sides), sides: *sides, targets: *targets });
            for side in 0..4 {
                if let Target::Rest(first) = targets[side] {
                    (0..sides[side]).for_each(|column| origin[first + column] = Some((k, side, column)));
                }
            }
        }
        let remaining = |port: usize, to: &mut [f64]| {
            to[port..].fill(0.0);
            if let Some((k, side, column)) = origin[port] {
                sources[k].remaining(side, column, to);
            }
        };
        let eliminated = |chunk: usize, front: &mut [f64]| {
            front.fill(0.0);
            for source in &sources {
                source.eliminated(chunk * CHUNK, self.shared, self.shared + rest, front);
            }
        };
        let stride = (CHUNK * (self.shared + rest)).max(1);
        if rest >= PARALLEL {
            let columns = || to.par_chunks_mut(rest).enumerate().for_each(|(port, to)| remaining(port, to));
            let chunks =
                || front.par_chunks_mut(stride).enumerate().for_each(|(k, front)| eliminated(k, front));
            rayon::join(columns, chunks);
        } else {
            to.chunks_mut(rest.max(1)).enumerate().for_each(|(port, to)| remaining(port, to));
            front.chunks_mut(stride).enumerate().for_each(|(k, front)| eliminated(k, front));
        }
    }
}

/// Columns of a front that are filled at once: a few cache lines of each source column.
const CHUNK: usize = 16;
/// Remaining ports for which another thread pays.
const PARALLEL: usize = 256;

/// A block to be put together with others.
struct Source<'a> {
    couplings: &'a [f64],
    count: usize,
    sides: Sides,
    targets: [Target; 4],
}

impl Source<'_> {
    fn start(&self, side: usize) -> usize {
        self.sides[..side].iter().sum()
    }

    /// Couplings of one port below the diagonal with those of a side: where they go in a column, and
    /// they.
    fn runs(&self, side: usize, column: usize) -> impl Iterator<Item = (Target, &[f64])> {
        let source = &self.couplings[(self.start(side) + column) * self.count..][..self.count];
        (side..4).map(move |other| {
            let first = if other == side { column + 1 } else { 0 };
            let start = self.start(other);
            let target = match self.targets[other] {
                Target::Rest(p) => Target::Rest(p + first),
                Target::Shared(p) => Target::Shared(p + first),
            };
            (target, &source[start + first..start + self.sides[other]])
        })
    }

    /// A column of the result.
    fn remaining(&self, side: usize, column: usize, to: &mut [f64]) {
        for (target, run) in self.runs(side, column) {
            if let Target::Rest(p) = target {
                to[p..][..run.len()].copy_from_slice(run);
            }
        }
    }

    /// What falls into some columns of a front, from column `first` on.
    fn eliminated(&self, first: usize, shared: usize, stride: usize, front: &mut [f64]) {
        let last = first + front.len() / stride;
        for side in 0..4 {
            let Target::Shared(q) = self.targets[side] else { continue };
            let columns = first.max(q)..last.min(q + self.sides[side]);
            if columns.is_empty() {
                continue;
            }
            for column in columns.clone() {
                let front = &mut front[(column - first) * stride..][..stride];
                for (target, run) in self.runs(side, column - q) {
                    match target {
                        Target::Rest(p) => front[shared + p..][..run.len()].copy_from_slice(run),
                        Target::Shared(p) => {
                            front[p..][..run.len()].iter_mut().zip(run).for_each(|(sum, w)| *sum += w);
                        }
                    }
                }
            }
            // Ports before these: their couplings stand in their own columns.
            for before in 0..side {
                let Target::Rest(r) = self.targets[before] else { continue };
                for port in 0..self.sides[before] {
                    let at = (self.start(before) + port) * self.count + self.start(side);
                    let source = &self.couplings[at + columns.start - q..at + columns.end - q];
                    for (column, w) in columns.clone().zip(source) {
                        front[(column - first) * stride + shared + r + port] = *w;
                    }
                }
            }
        }
    }
}
