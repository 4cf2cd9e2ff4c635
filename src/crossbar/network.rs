//! From an array to the nodes and branches of its nodal equations.
//!
//! Every cell has a word node and a bit node. Nodes joined by wires of zero resistance are one
//! node; a node joined to its terminal by zero resistance is fixed at the terminal's potential;
//! an island of nodes without any path to a terminal carries no current and is pinned at 0 V.
//!
//! Pinned by: `tests/crossbar_golden.rs` and `tests/crossbar_properties.rs` (through the direct method).

use super::array::{Array, Place, Topology};

/// What is known of a node before the solution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// Unknown number `0`.
    Free(usize),
    /// At the potential of a line's terminals: word lines first, then bit lines.
    Terminal(usize),
    /// On an island without a terminal, at 0 V.
    Pinned,
}

/// Branches between nodes and from nodes to terminals.
#[derive(Debug, Clone)]
pub struct Network {
    /// Number of unknown potentials.
    pub unknowns: usize,
    /// Word node of every cell, row after row.
    pub word: Vec<Node>,
    /// Bit node of every cell, row after row.
    pub bit: Vec<Node>,
    /// Branches (node, node, conductance in S).
    pub branches: Vec<(Node, Node, f64)>,
    /// Nodes on islands without a terminal.
    pub pinned: usize,
}

/// Union-find with path halving.
struct Sets(Vec<usize>);

impl Sets {
    fn find(&mut self, mut i: usize) -> usize {
        while self.0[i] != i {
            self.0[i] = self.0[self.0[i]];
            i = self.0[i];
        }
        i
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.find(a), self.find(b));
        self.0[a.max(b)] = a.min(b);
    }
}

impl Network {
    /// The network of a checked array.
    pub fn new(array: &Array) -> Self {
        let (rows, columns) = (array.rows, array.columns);
        let cells = rows * columns;
        let terminals = 2 * cells;
        let words = array.word_line_count();
        let count = terminals + words + columns;
        let resistors = wires(array);

        // Electrical nodes, then connected islands.
        let mut nodes = Sets((0..count).collect());
        for &(a, b, r) in &resistors {
            if no_resistance(r) {
                nodes.join(a, b);
            }
        }
        let mut islands = Sets((0..count).collect());
        for &(a, b, _) in &resistors {
            islands.join(a, b);
        }
        for (k, &g) in array.conductances.iter().enumerate() {
            if g > 0.0 {
                islands.join(k, cells + k);
            }
        }
        // A terminal counts only where its line is connected to it.
        let mut powered = vec![false; count];
        let mut fixed = vec![None; count];
        for t in 0..words + columns {
            powered[islands.find(terminals + t)] = true;
            fixed[nodes.find(terminals + t)] = Some(t);
        }

        let mut number = vec![usize::MAX; count];
        let mut unknowns = 0;
        let mut pinned = 0;
        let mut classify = |k: usize| {
            let node = nodes.find(k);
            if let Some(terminal) = fixed[node] {
                return Node::Terminal(terminal);
            }
            if !powered[islands.find(k)] {
                pinned += 1;
                return Node::Pinned;
            }
            if number[node] == usize::MAX {
                number[node] = unknowns;
                unknowns += 1;
            }
            Node::Free(number[node])
        };
        // Word and bit node of a cell next to each other: a better start for the ordering.
        let mut all = vec![Node::Pinned; count];
        for k in 0..cells {
            all[k] = classify(k);
            all[cells + k] = classify(cells + k);
        }
        for t in 0..words + columns {
            all[terminals + t] = Node::Terminal(t);
        }
        let mut branches: Vec<_> = resistors
            .iter()
            .filter(|(_, _, r)| !no_resistance(*r))
            .map(|&(a, b, r)| (all[a], all[b], 1.0 / r))
            .collect();
        branches.extend(
            array
                .conductances
                .iter()
                .enumerate()
                .filter(|(_, g)| **g > 0.0)
                .map(|(k, &g)| (all[k], all[cells + k], g)),
        );
        branches.retain(|(a, b, _)| a != b && *a != Node::Pinned && *b != Node::Pinned);
        Self { unknowns, word: all[..cells].to_vec(), bit: all[cells..terminals].to_vec(), branches, pinned }
    }
}

/// So little that its conductance is infinite.
fn no_resistance(r: f64) -> bool {
    (1.0 / r).is_infinite()
}

/// Every resistor but the cells: wires that are whole, terminals, bridges.
fn wires(array: &Array) -> Vec<(usize, usize, f64)> {
    let (rows, columns) = (array.rows, array.columns);
    let (cells, words) = (rows * columns, array.word_line_count());
    let terminals = 2 * cells;
    let crossed = array.topology == Topology::Crossed;
    let mut resistors: Vec<(usize, usize, f64)> = Vec::with_capacity(3 * cells + words + columns);
    for i in 0..rows {
        for j in 0..columns {
            let k = i * columns + j;
            if crossed && j + 1 < columns {
                resistors.push((k, k + 1, array.word_segment(i, j)));
            }
            if !crossed && i + 1 < rows {
                resistors.push((k, k + columns, array.word_segment(i, j)));
            }
            if i + 1 < rows {
                resistors.push((cells + k, cells + k + columns, array.bit_segment(i, j)));
            }
        }
    }
    let ends = |r: &Option<f64>, node, terminal| r.map(|r| (node, terminal, r));
    for i in 0..words {
        let (first, last) =
            if crossed { (i * columns, (i + 1) * columns - 1) } else { ((rows - 1) * columns + i, i) };
        resistors.extend(ends(&array.word_lines.near[i], first, terminals + i));
        resistors.extend(ends(&array.word_lines.far[i], last, terminals + i));
    }
    for j in 0..columns {
        let bottom = cells + (rows - 1) * columns + j;
        resistors.extend(ends(&array.bit_lines.near[j], bottom, terminals + words + j));
        resistors.extend(ends(&array.bit_lines.far[j], cells + j, terminals + words + j));
    }
    let node = |place| match place {
        Place::Word(i, j) => i * columns + j,
        Place::Bit(i, j) => cells + i * columns + j,
    };
    resistors.extend(array.bridges.iter().map(|b| (node(b.from), node(b.to), b.resistance)));
    // Broken wires are not there.
    resistors.retain(|(_, _, r)| r.is_finite());
    resistors
}
