//! The dissection: how an array is cut and in what order its parts are put together.

use std::ops::Range;

use super::block::{Block, EAST, Joint, NORTH, SOUTH, Target, WEST};
use super::front::Front;
use super::pool::Pool;
use super::wires::Wires;
use crate::crossbar::array::Array;

/// What the reduction works on.
pub(crate) struct Job<'a> {
    /// The array.
    pub array: &'a Array,
    /// Its wires.
    pub wires: &'a Wires,
    /// Free memory.
    pub pool: &'a Pool,
}

/// A rectangle of cells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    /// Word lines.
    pub rows: Range<usize>,
    /// Bit lines.
    pub columns: Range<usize>,
}

impl Job<'_> {
    /// One cell with the segments to its left and below it.
    fn element(&self, i: usize, j: usize) -> Block {
        let mut couplings = self.pool.take(16);
        couplings.fill(0.0);
        couplings[WEST * 4 + EAST] = self.wires.west(self.array, i, j);
        couplings[SOUTH * 4 + NORTH] = self.wires.south(self.array, i, j);
        couplings[NORTH * 4 + EAST] = self.array.conductances[i * self.array.columns + j];
        Block { sides: [1; 4], couplings }
    }

    /// Puts blocks together.
    pub(crate) fn join(&self, joint: &Joint, blocks: Vec<Block>) -> (Block, Front) {
        let all: Vec<&Block> = blocks.iter().collect();
        let (mut result, mut front) = joint.assemble(&all, self.pool);
        for block in blocks {
            self.pool.give(block.couplings);
        }
        front.factor(self.pool);
        front.update(&mut result.couplings);
        (result, front)
    }

    /// What becomes of the sides of a region that lie on the edge of the array: `None` where
    /// nothing has to be done. Open ends are eliminated; far terminals become the ports in place of
    /// the last nodes.
    fn seal(&self, region: &Region, block: Block) -> (Block, Option<(Joint, Front)>) {
        let array = self.array;
        let connected = |ends: &[Option<f64>]| ends.iter().any(Option::is_some);
        // Sides to eliminate, and conductances to the ports that replace them.
        let mut gone = [false; 4];
        let mut far: [Option<Vec<f64>>; 4] = [const { None }; 4];
        gone[WEST] = region.columns.start == 0 && !connected(&array.word_lines.near);
        gone[SOUTH] = region.rows.end == array.rows && !connected(&array.bit_lines.near);
        if region.rows.start == 0 {
            gone[NORTH] = true;
            far[NORTH] = connected(&array.bit_lines.far)
                .then(|| region.columns.clone().map(|j| self.wires.north(array, j)).collect());
        }
        if region.columns.end == array.columns {
            gone[EAST] = true;
            far[EAST] = connected(&array.word_lines.far)
                .then(|| region.rows.clone().map(|i| self.wires.east(array, i)).collect());
        }
        if !gone.contains(&true) {
            return (block, None);
        }
        let mut targets = [Target::Rest(0); 4];
        let mut sides = [0; 4];
        let (mut shared, mut rest) = (0, 0);
        let mut ends = Vec::new();
        for side in 0..4 {
            if !gone[side] || far[side].is_some() {
                sides[side] = block.sides[side];
            }
            if gone[side] {
                targets[side] = Target::Shared(shared);
                if let Some(far) = &far[side] {
                    ends.extend(far.iter().enumerate().map(|(k, g)| (shared + k, rest + k, *g)));
                }
                shared += block.sides[side];
            } else {
                targets[side] = Target::Rest(rest);
            }
            rest += sides[side];
        }
        let joint = Joint { targets: vec![targets], shared, sides };
        let (mut result, mut front) = joint.assemble(&[&block], self.pool);
        self.pool.give(block.couplings);
        for (side, far) in far.iter().enumerate() {
            // Ports that are new have no couplings but one.
            if let (Some(_), Target::Shared(_)) = (far, targets[side]) {
                let first: usize = sides[..side].iter().sum();
                let stride = front.stride();
                for column in 0..shared {
                    front.couplings[column * stride + shared + first..][..sides[side]].fill(0.0);
                }
            }
        }
        for (from, to, g) in ends {
            let stride = front.stride();
            front.couplings[from * stride + shared + to] = g;
        }
        front.factor(self.pool);
        front.update(&mut result.couplings);
        (result, Some((joint, front)))
    }

    /// The block of a region.
    pub(crate) fn reduce(&self, region: &Region) -> Block {
        let block = self.inside(region);
        let (block, front) = self.seal(region, block);
        if let Some((_, front)) = front {
            self.pool.give(front.couplings);
        }
        block
    }

    fn inside(&self, region: &Region) -> Block {
        let (rows, columns) = (region.rows.len(), region.columns.len());
        if rows == 1 && columns == 1 {
            return self.element(region.rows.start, region.columns.start);
        }
        let (joint, blocks) = if columns >= rows {
            let middle = region.columns.start + columns / 2;
            let left = Region { rows: region.rows.clone(), columns: region.columns.start..middle };
            let right = Region { rows: region.rows.clone(), columns: middle..region.columns.end };
            let (a, b) = (self.inside(&left), self.inside(&right));
            (Joint::beside(a.sides, b.sides), vec![a, b])
        } else {
            let middle = region.rows.start + rows / 2;
            let upper = Region { rows: region.rows.start..middle, columns: region.columns.clone() };
            let lower = Region { rows: middle..region.rows.end, columns: region.columns.clone() };
            let (a, b) = (self.inside(&upper), self.inside(&lower));
            (Joint::stacked(a.sides, b.sides), vec![a, b])
        };
        let (block, front) = self.join(&joint, blocks);
        self.pool.give(front.couplings);
        block
    }
}
