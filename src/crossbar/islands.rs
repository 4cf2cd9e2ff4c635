//! Islands: nodes without a path to any terminal.
//!
//! Whole pieces of lines are followed, not nodes: a line is one piece unless it is broken. Where every
//! line is whole and has a terminal there is nothing to do.
//!
//! Pinned by: `tests/crossbar_properties.rs` (`pinned_nodes` of line-PCG and of the direct method).

use super::array::{Array, Lines, Topology};
use super::network::{Network, Node};

/// Number of nodes without a path to any terminal, of a checked array with crossed lines and without
/// bridges.
pub fn pinned_nodes(array: &Array) -> usize {
    debug_assert!(array.topology == Topology::Crossed && array.bridges.is_empty());
    let whole =
        |lines: &Lines, count: usize| !lines.segments.any_open() && (0..count).all(|k| !lines.floats(k));
    if whole(&array.word_lines, array.rows) && whole(&array.bit_lines, array.columns) {
        return 0;
    }
    let (rows, columns) = (array.rows, array.columns);
    let mut pieces = Pieces::default();
    let mut word = vec![0; array.cells()];
    for i in 0..rows {
        let first = i * columns;
        pieces.add_line(
            &mut word,
            &(first..first + columns).collect::<Vec<_>>(),
            |k| array.word_segment(i, k),
            [array.word_lines.near[i], array.word_lines.far[i]],
        );
    }
    let mut bit = vec![0; array.cells()];
    for j in 0..columns {
        pieces.add_line(
            &mut bit,
            &(0..rows).map(|i| i * columns + j).collect::<Vec<_>>(),
            |k| array.bit_segment(k, j),
            [array.bit_lines.far[j], array.bit_lines.near[j]],
        );
    }
    for (k, &g) in array.conductances.iter().enumerate() {
        if g > 0.0 {
            pieces.join(word[k], bit[k]);
        }
    }
    word.iter().chain(&bit).filter(|&&piece| !pieces.powered(piece)).count()
}

/// Which nodes have no path to any terminal.
#[derive(Debug, Clone)]
pub(crate) struct Pinned {
    /// Of the word nodes, row after row.
    pub word: Vec<bool>,
    /// Of the bit nodes.
    pub bit: Vec<bool>,
}

/// The nodes without a path to any terminal, of any checked array; `None` where there are none.
pub(crate) fn pinned(array: &Array) -> Option<Pinned> {
    let whole =
        |lines: &Lines, count: usize| !lines.segments.any_open() && (0..count).all(|k| !lines.floats(k));
    if whole(&array.word_lines, array.word_line_count()) && whole(&array.bit_lines, array.columns) {
        return None;
    }
    let network = Network::new(array);
    let marks = |nodes: &[Node]| nodes.iter().map(|node| *node == Node::Pinned).collect();
    (network.pinned > 0).then(|| Pinned { word: marks(&network.word), bit: marks(&network.bit) })
}

/// Union-find over pieces of lines.
#[derive(Default)]
struct Pieces {
    parent: Vec<usize>,
    terminal: Vec<bool>,
}

impl Pieces {
    fn add_line(
        &mut self,
        piece_of: &mut [usize],
        nodes: &[usize],
        segment: impl Fn(usize) -> f64,
        [first, last]: [Option<f64>; 2],
    ) {
        self.add(first.is_some());
        for (k, &node) in nodes.iter().enumerate() {
            if k > 0 && segment(k - 1).is_infinite() {
                self.add(false);
            }
            piece_of[node] = self.parent.len() - 1;
        }
        if let (true, Some(terminal)) = (last.is_some(), self.terminal.last_mut()) {
            *terminal = true;
        }
    }

    fn add(&mut self, terminal: bool) {
        self.parent.push(self.parent.len());
        self.terminal.push(terminal);
    }

    fn find(&mut self, mut piece: usize) -> usize {
        while self.parent[piece] != piece {
            self.parent[piece] = self.parent[self.parent[piece]];
            piece = self.parent[piece];
        }
        piece
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[b] = a;
        self.terminal[a] |= self.terminal[b];
    }

    fn powered(&mut self, piece: usize) -> bool {
        let root = self.find(piece);
        self.terminal[root]
    }
}
