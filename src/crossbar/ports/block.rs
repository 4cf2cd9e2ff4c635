//! A part of the array seen from its ports, and how parts are put together.
//!
//! A block of cells is known by the couplings between its ports alone: w_pq ≥ 0, the negative of
//! the off-diagonal entries of its nodal matrix. Blocks have no path to ground, so a diagonal entry
//! is the sum of its row's couplings and is never stored. Blocks lie in slices: ports × ports, column
//! after column, of which the strictly lower triangle counts.

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
    /// lie one behind the other in `from`.
    pub(crate) fn assemble(&self, mut from: &[f64], to: &mut [f64], front: &mut [f64]) {
        let (shared, rest) = (self.shared, ports(self.sides));
        let stride = shared + rest;
        to.fill(0.0);
        front.fill(0.0);
        for (sides, targets) in &self.blocks {
            let count = ports(*sides);
            let (block, others) = from.split_at(count * count);
            from = others;
            let mut start = [0; 4];
            for side in 1..4 {
                start[side] = start[side - 1] + sides[side - 1];
            }
            for (side, other) in (0..4).flat_map(|side| (side..4).map(move |other| (side, other))) {
                if let (Target::Rest(q), Target::Shared(p)) = (targets[side], targets[other]) {
                    let from = &block[start[side] * count + start[other]..];
                    let to = &mut front[p * stride + shared + q..];
                    transpose([sides[side], sides[other]], from, count, to, stride);
                    continue;
                }
                for column in 0..sides[side] {
                    // Below the diagonal only.
                    let first = if other == side { column + 1 } else { 0 };
                    let at = (start[side] + column) * count + start[other];
                    let run = &block[at + first..at + sides[other]];
                    match (targets[side], targets[other]) {
                        (Target::Rest(q), Target::Rest(p)) => {
                            to[(q + column) * rest + p + first..][..run.len()].copy_from_slice(run);
                        }
                        (Target::Shared(q), Target::Rest(p)) => {
                            let at = (q + column) * stride + shared + p + first;
                            front[at..][..run.len()].copy_from_slice(run);
                        }
                        (Target::Shared(q), Target::Shared(p)) => {
                            let at = (q + column) * stride + p + first;
                            for (sum, w) in front[at..][..run.len()].iter_mut().zip(run) {
                                *sum += w;
                            }
                        }
                        (Target::Rest(_), Target::Shared(_)) => {}
                    }
                }
            }
        }
    }
}

/// `to`[row × stride + column] = `from`[column × count + row], a few cache lines at a time.
fn transpose([columns, rows]: [usize; 2], from: &[f64], count: usize, to: &mut [f64], stride: usize) {
    const BLOCK: usize = 16;
    for first in (0..columns).step_by(BLOCK) {
        let columns = first..(first + BLOCK).min(columns);
        for row in 0..rows {
            let to = &mut to[row * stride..];
            for column in columns.clone() {
                to[column] = from[column * count + row];
            }
        }
    }
}
