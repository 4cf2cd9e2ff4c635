//! The dissection: how an array is cut and in what order its parts are put together.
//!
//! Pinned by: `tests/crossbar_ports.rs`.

use std::ops::Range;

use super::block::{EAST, Joint, NORTH, SOUTH, Sides, Target, WEST, ports, size};
use super::front;
use super::lanes::{self, MOST, Program, TILE};
use super::wires::Wires;
use crate::crossbar::array::Array;

/// Tiles of a part worth another thread.
const FORK: usize = 2 * MOST;

/// A rectangle of cells, or of tiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Region {
    /// Word lines.
    pub rows: Range<usize>,
    /// Bit lines.
    pub columns: Range<usize>,
}

impl Region {
    /// Number of its cells or tiles.
    pub(crate) fn count(&self) -> usize {
        self.rows.len() * self.columns.len()
    }

    /// Cut through the longer side, and whether the parts lie beside each other.
    pub(crate) fn halves(&self) -> (Self, Self, bool) {
        let (rows, columns) = (self.rows.clone(), self.columns.clone());
        if columns.len() >= rows.len() {
            let middle = columns.start + columns.len() / 2;
            let left = Self { rows: rows.clone(), columns: columns.start..middle };
            (left, Self { rows, columns: middle..columns.end }, true)
        } else {
            let middle = rows.start + rows.len() / 2;
            let upper = Self { rows: rows.start..middle, columns: columns.clone() };
            (upper, Self { rows: middle..rows.end, columns }, false)
        }
    }

    /// Its tiles one by one, in the order in which they are joined.
    fn tiles(&self) -> Vec<Self> {
        if self.count() == 1 {
            return vec![self.clone()];
        }
        let (first, second, _) = self.halves();
        let mut tiles = first.tiles();
        tiles.extend(second.tiles());
        tiles
    }
}

/// How the reduction went, kept for edits: one node for each part.
#[derive(Debug)]
pub(crate) struct Node {
    /// The part.
    pub cells: Region,
    /// Its ports.
    pub sides: Sides,
    /// The last elimination and its factor; `None` of a tile inside the array and of a cell.
    pub last: Option<(Joint, Vec<f64>)>,
    /// What it is made of.
    pub parts: Parts,
}

/// What a part is made of.
#[derive(Debug)]
pub(crate) enum Parts {
    /// Two halves.
    Halves(Box<[Node; 2]>),
    /// A tile, its inside not kept.
    Tile,
    /// One cell.
    Cell,
}

/// Between a port that is eliminated and one that remains, S.
type Coupling = (usize, usize, f64);

/// A reduction: all that its parts share.
#[derive(Debug)]
pub(crate) struct Job<'a> {
    /// The array.
    pub array: &'a Array,
    /// Its wires.
    pub wires: &'a Wires,
    /// Factors are kept.
    pub keep: bool,
}

/// The front of a joint with its result and scratch, in this order.
fn workspace(joint: &Joint) -> usize {
    size(joint.sides) + joint.front() + front::scratch(joint.shared, ports(joint.sides))
}

impl Job<'_> {
    /// The block of the whole array, at the start of the arena, which grows as needed; its tree where
    /// that is kept.
    pub(crate) fn reduce(&self, arena: &mut Vec<f64>) -> (Sides, Option<Node>) {
        let grid = |cells: usize| 0..cells.div_ceil(TILE);
        let all = Region { rows: grid(self.array.rows), columns: grid(self.array.columns) };
        let need = self.need(&all);
        if arena.len() < need {
            // Fresh zeros: memory is taken where it is first used, by the thread that uses it.
            *arena = Vec::new();
            *arena = vec![0.0; need];
        }
        let node = self.part(&all, &mut arena[..need]);
        (self.sides(&self.cells(&all)), node)
    }

    /// The cells of a rectangle of tiles; tiles of one direction differ by one cell at most.
    fn cells(&self, tiles: &Region) -> Region {
        let cut = |at: usize, cells: usize| at * cells / cells.div_ceil(TILE);
        let (rows, columns) = (self.array.rows, self.array.columns);
        Region {
            rows: cut(tiles.rows.start, rows)..cut(tiles.rows.end, rows),
            columns: cut(tiles.columns.start, columns)..cut(tiles.columns.end, columns),
        }
    }

    /// Conductances to the ports that take the place of the outermost nodes on each side; empty where
    /// these are eliminated without any. `None` where the side is not at the edge of the array, or
    /// at one with terminals that are ports already.
    fn ends(&self, cells: &Region) -> [Option<Vec<f64>>; 4] {
        let array = self.array;
        let connected = |ends: &[Option<f64>]| ends.iter().any(Option::is_some);
        let mut ends = [const { None }; 4];
        if cells.columns.start == 0 && !connected(&array.word_lines.near) {
            ends[WEST] = Some(Vec::new());
        }
        if cells.rows.end == array.rows && !connected(&array.bit_lines.near) {
            ends[SOUTH] = Some(Vec::new());
        }
        if cells.rows.start == 0 {
            let far = connected(&array.bit_lines.far);
            let columns = if far { cells.columns.clone() } else { 0..0 };
            ends[NORTH] = Some(columns.map(|j| self.wires.north(array, j)).collect());
        }
        if cells.columns.end == array.columns {
            let far = connected(&array.word_lines.far);
            let rows = if far { cells.rows.clone() } else { 0..0 };
            ends[EAST] = Some(rows.map(|i| self.wires.east(array, i)).collect());
        }
        ends
    }

    /// Ports of a rectangle of cells.
    fn sides(&self, cells: &Region) -> Sides {
        let (rows, columns) = (cells.rows.len(), cells.columns.len());
        let mut sides = [rows, columns, columns, rows];
        for (side, ends) in sides.iter_mut().zip(self.ends(cells)) {
            if ends.is_some_and(|ends| ends.is_empty()) {
                *side = 0;
            }
        }
        sides
    }

    /// Halves are computed side by side: those of the whole and those of small parts. In between that
    /// would take too much memory, and the products are large enough to be shared out themselves.
    fn forks(&self, tiles: &Region) -> bool {
        let all = self.array.rows.div_ceil(TILE) * self.array.columns.div_ceil(TILE);
        let worth = tiles.count() >= FORK && (tiles.count() == all || 16 * tiles.count() <= all);
        worth && rayon::current_num_threads() > 1
    }

    /// Numbers of workspace for a rectangle of tiles.
    fn need(&self, tiles: &Region) -> usize {
        if tiles.count() <= MOST {
            return self.need_joined(tiles) + MOST * lanes::LARGEST + lanes::scratch();
        }
        let (first, second, beside) = tiles.halves();
        let joint = self.joint(&first, &second, beside);
        let (a, b) = (size(joint.blocks[0].0), size(joint.blocks[1].0));
        let (first, second) = (self.need(&first), self.need(&second));
        let parts = if self.forks(tiles) { first + second } else { first.max(a + second) };
        parts.max(a + b + workspace(&joint))
    }

    /// The same for tiles that lie ready.
    fn need_joined(&self, tiles: &Region) -> usize {
        if tiles.count() == 1 {
            let (inside, joint) = self.seal(&self.cells(tiles));
            return size(inside) + joint.map_or(0, |(joint, _)| workspace(&joint));
        }
        let (first, second, beside) = tiles.halves();
        let joint = self.joint(&first, &second, beside);
        let (a, b) = (size(joint.blocks[0].0), size(joint.blocks[1].0));
        let parts = self.need_joined(&first).max(a + self.need_joined(&second));
        parts.max(a + b + workspace(&joint))
    }

    fn joint(&self, first: &Region, second: &Region, beside: bool) -> Joint {
        let (a, b) = (self.sides(&self.cells(first)), self.sides(&self.cells(second)));
        if beside { Joint::beside(a, b) } else { Joint::stacked(a, b) }
    }

    /// The block of a rectangle of tiles, at the start of the arena.
    fn part(&self, tiles: &Region, arena: &mut [f64]) -> Option<Node> {
        if tiles.count() <= MOST {
            let cells: Vec<Region> = tiles.tiles().iter().map(|tile| self.cells(tile)).collect();
            // At the end, which is the same for all parts of one thread and stays in its cache.
            let (arena, scratch) = arena.split_at_mut(arena.len() - lanes::scratch());
            let (arena, blocks) = arena.split_at_mut(arena.len() - MOST * lanes::LARGEST);
            Program::get().run(self, &cells, blocks, scratch);
            return self.joined(tiles, &mut &*blocks, arena);
        }
        let (first, second, beside) = tiles.halves();
        let joint = self.joint(&first, &second, beside);
        let a = size(joint.blocks[0].0);
        let parts = if self.forks(tiles) {
            let middle = self.need(&first);
            let (left, right) = arena.split_at_mut(middle);
            let parts = rayon::join(|| self.part(&first, left), || self.part(&second, right));
            arena.copy_within(middle..middle + size(joint.blocks[1].0), a);
            parts
        } else {
            (self.part(&first, arena), self.part(&second, &mut arena[a..]))
        };
        self.join(joint, parts, arena)
    }

    /// The same from blocks of tiles that lie one behind the other in `tiles`.
    fn joined(&self, region: &Region, blocks: &mut &[f64], arena: &mut [f64]) -> Option<Node> {
        if region.count() == 1 {
            let cells = self.cells(region);
            let (inside, joint) = self.seal(&cells);
            let (block, others) = blocks.split_at(size(inside));
            *blocks = others;
            arena[..block.len()].copy_from_slice(block);
            let (sides, last) = match joint {
                None => (inside, None),
                Some((joint, ends)) => {
                    let factor = self.eliminate(&joint, &ends, arena);
                    (joint.sides, factor.map(|factor| (joint, factor)))
                }
            };
            return self.keep.then_some(Node { cells, sides, last, parts: Parts::Tile });
        }
        let (first, second, beside) = region.halves();
        let joint = self.joint(&first, &second, beside);
        let a = size(joint.blocks[0].0);
        let parts = (self.joined(&first, blocks, arena), self.joined(&second, blocks, &mut arena[a..]));
        self.join(joint, parts, arena)
    }

    /// Joins two blocks at the start of the arena.
    fn join(&self, joint: Joint, parts: (Option<Node>, Option<Node>), arena: &mut [f64]) -> Option<Node> {
        let factor = self.eliminate(&joint, &[], arena)?;
        let (first, second) = (parts.0?, parts.1?);
        let cells = Region {
            rows: first.cells.rows.start..second.cells.rows.end,
            columns: first.cells.columns.start..second.cells.columns.end,
        };
        let parts = Parts::Halves(Box::new([first, second]));
        Some(Node { cells, sides: joint.sides, last: Some((joint, factor)), parts })
    }

    /// The tree of the inside of a tile, cell by cell.
    pub(crate) fn expand(&self, cells: &Region) -> Node {
        self.inside(cells).0
    }

    fn inside(&self, cells: &Region) -> (Node, Vec<f64>) {
        if cells.count() == 1 {
            let (i, j) = (cells.rows.start, cells.columns.start);
            let mut block = vec![0.0; 16];
            block[WEST * 4 + EAST] = self.wires.west(self.array, i, j);
            block[SOUTH * 4 + NORTH] = self.wires.south(self.array, i, j);
            block[NORTH * 4 + EAST] = self.array.conductances[i * self.array.columns + j];
            return (Node { cells: cells.clone(), sides: [1; 4], last: None, parts: Parts::Cell }, block);
        }
        let (first, second, beside) = cells.halves();
        let ((first, mut arena), (second, block)) = (self.inside(&first), self.inside(&second));
        let joint = if beside {
            Joint::beside(first.sides, second.sides)
        } else {
            Joint::stacked(first.sides, second.sides)
        };
        arena.extend_from_slice(&block);
        arena.resize(arena.len() + workspace(&joint), 0.0);
        let factor = Self::factor(&joint, &[], &mut arena).to_vec();
        arena.truncate(size(joint.sides));
        let parts = Parts::Halves(Box::new([first, second]));
        (Node { cells: cells.clone(), sides: joint.sides, last: Some((joint, factor)), parts }, arena)
    }

    /// The same as [`Self::factor`]; the factor where it is kept.
    fn eliminate(&self, joint: &Joint, more: &[Coupling], arena: &mut [f64]) -> Option<Vec<f64>> {
        let factor = Self::factor(joint, more, arena);
        self.keep.then(|| factor.to_vec())
    }

    /// Puts the blocks at the start of the arena together, with some more couplings in the front; the
    /// result takes their place, the factor is left behind.
    fn factor<'a>(joint: &Joint, more: &[Coupling], arena: &'a mut [f64]) -> &'a [f64] {
        let blocks: usize = joint.blocks.iter().map(|(sides, _)| size(*sides)).sum();
        let length = size(joint.sides);
        let (from, work) = arena.split_at_mut(blocks);
        let (to, work) = work.split_at_mut(length);
        let (front, work) = work.split_at_mut(joint.front());
        joint.assemble(from, to, front);
        let stride = joint.shared + ports(joint.sides);
        for &(shared, rest, g) in more {
            front[shared * stride + joint.shared + rest] = g;
        }
        front::eliminate(front, joint.shared, to, work);
        // What counts: below the diagonal.
        let rest = ports(joint.sides);
        for column in 0..rest {
            let at = column * rest + column;
            arena.copy_within(blocks + at..blocks + (column + 1) * rest, at);
        }
        &arena[blocks + length..][..joint.front()]
    }

    /// Ports of a rectangle of cells before its sides at the edge of the array are dealt with, and
    /// how that is done: open ends are eliminated, far terminals become the ports in place of the
    /// last nodes. With it the couplings (shared, rest, S) of these terminals.
    fn seal(&self, cells: &Region) -> (Sides, Option<(Joint, Vec<Coupling>)>) {
        let (rows, columns) = (cells.rows.len(), cells.columns.len());
        let inside = [rows, columns, columns, rows];
        let ends = self.ends(cells);
        if ends.iter().all(Option::is_none) {
            return (inside, None);
        }
        let sides = self.sides(cells);
        let mut targets = [Target::Rest(0); 4];
        let (mut shared, mut rest) = (0, 0);
        let mut more = Vec::new();
        for side in 0..4 {
            targets[side] = match &ends[side] {
                None => Target::Rest(rest),
                Some(ends) => {
                    more.extend(ends.iter().enumerate().map(|(k, g)| (shared + k, rest + k, *g)));
                    shared += inside[side];
                    Target::Shared(shared - inside[side])
                }
            };
            rest += sides[side];
        }
        (inside, Some((Joint { blocks: vec![(inside, targets)], shared, sides }, more)))
    }
}
