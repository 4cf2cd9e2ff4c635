//! Kirchhoff's current law on given node voltages: terminal currents and what is left over at the
//! nodes. Works on any solution, whatever found it.
//!
//! Nodes joined by wires without resistance are one node, and one joined to its terminal without
//! resistance is the terminal, which takes any current. The current of a line's ends is taken from
//! the currents of its cells, never from the small voltage across a small resistance alone.

use super::array::{Array, Lines, Place, Topology};
use super::bias::Bias;

/// Currents at the terminals and the largest violation of the current law.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Balance {
    /// Into each word line at its near end, A.
    pub word_near: Vec<f64>,
    /// Into each word line at its far end, A.
    pub word_far: Vec<f64>,
    /// Out of each bit line at its near end, A.
    pub bit_near: Vec<f64>,
    /// Out of each bit line at its far end, A.
    pub bit_far: Vec<f64>,
    /// Largest violation at any node, A.
    pub imbalance: f64,
    /// Largest current of any cell or terminal, A.
    pub scale: f64,
}

/// One line from its near end on: node potentials, currents that leave it, segment resistances.
#[derive(Default)]
struct Line {
    nodes: Vec<usize>,
    potential: Vec<f64>,
    leaving: Vec<f64>,
    segment: Vec<f64>,
    near: Option<f64>,
    far: Option<f64>,
    terminal: f64,
}

impl Line {
    /// The nodes of row `i` from left to right.
    fn along_row(i: usize, columns: usize, segment: impl Fn(usize) -> f64) -> Self {
        let nodes = (i * columns..(i + 1) * columns).collect();
        Self { nodes, segment: (0..columns - 1).map(segment).collect(), ..Self::default() }
    }

    /// The nodes of column `j` from bottom to top.
    fn up_column(j: usize, rows: usize, columns: usize, segment: impl Fn(usize) -> f64) -> Self {
        let nodes = (0..rows).rev().map(|i| i * columns + j).collect();
        Self { nodes, segment: (0..rows - 1).rev().map(segment).collect(), ..Self::default() }
    }

    /// Potentials and leaving currents of its nodes.
    fn with(mut self, potentials: &[f64], leaving: &[f64]) -> Self {
        self.potential = self.nodes.iter().map(|k| potentials[*k]).collect();
        self.leaving = self.nodes.iter().map(|k| leaving[*k]).collect();
        self
    }

    /// Its terminals: those of line `k`, at potential `terminal`.
    fn between(mut self, lines: &Lines, k: usize, terminal: f64) -> Self {
        (self.near, self.far, self.terminal) = (lines.near[k], lines.far[k], terminal);
        self
    }

    /// Currents into the near and far end, and the largest imbalance of its nodes.
    fn balance(&self) -> (f64, f64, f64) {
        let n = self.potential.len();
        let total: f64 = self.leaving.iter().sum();
        let into = |r: Option<f64>, k: usize| match r {
            Some(r) if r > 0.0 => (self.terminal - self.potential[k]) / r,
            _ => 0.0,
        };
        let through = |k: usize| {
            if self.segment[k] > 0.0 {
                (self.potential[k] - self.potential[k + 1]) / self.segment[k]
            } else {
                0.0
            }
        };
        let mut worst = 0.0_f64;
        let mut group = into(self.near, 0);
        let mut fixed = self.near == Some(0.0);
        for k in 0..n {
            group -= self.leaving[k];
            if k + 1 == n {
                group += into(self.far, k);
                fixed |= self.far == Some(0.0);
            } else if self.segment[k] == 0.0 {
                continue;
            } else {
                group -= through(k);
            }
            if !fixed {
                worst = worst.max(group.abs());
            }
            if k + 1 < n {
                group = through(k);
                fixed = false;
            }
        }
        let (near, far) = match (self.near, self.far) {
            (Some(_), None) => (total, 0.0),
            (None, Some(_)) => (0.0, total),
            (None, None) => (0.0, 0.0),
            (Some(first), Some(last)) => {
                // The largest resistance on the way tells best how the current splits.
                let mut at = (first, 0);
                for (k, r) in self.segment.iter().copied().chain([last]).enumerate() {
                    if r > at.0 {
                        at = (r, k + 1);
                    }
                }
                let before: f64 = self.leaving[..at.1].iter().sum();
                let near = if at.0 == 0.0 {
                    0.5 * total
                } else if at.1 == 0 {
                    into(self.near, 0)
                } else if at.1 == n {
                    total - into(self.far, n - 1)
                } else {
                    through(at.1 - 1) + before
                };
                (near, total - near)
            }
        };
        (near, far, worst)
    }
}

/// Terminal currents and imbalance of an array whose cells carry `currents` (word to bit line, A).
pub fn balance(array: &Array, bias: &Bias, word: &[f64], bit: &[f64], currents: &[f64]) -> Balance {
    let (rows, columns) = (array.rows, array.columns);
    let mut from_word = currents.to_vec();
    let mut from_bit: Vec<f64> = currents.iter().map(|i| -i).collect();
    for bridge in &array.bridges {
        let potential = |place| match place {
            Place::Word(i, j) => word[i * columns + j],
            Place::Bit(i, j) => bit[i * columns + j],
        };
        let current = (potential(bridge.from) - potential(bridge.to)) / bridge.resistance;
        for (place, current) in [(bridge.from, current), (bridge.to, -current)] {
            match place {
                Place::Word(i, j) => from_word[i * columns + j] += current,
                Place::Bit(i, j) => from_bit[i * columns + j] += current,
            }
        }
    }
    let mut out = Balance { scale: currents.iter().fold(0.0, |m, i| i.abs().max(m)), ..Balance::default() };
    let along_rows = array.topology == Topology::Crossed;
    for i in 0..array.word_line_count() {
        let cells = if along_rows {
            Line::along_row(i, columns, |j| array.word_segment(i, j))
        } else {
            Line::up_column(i, rows, columns, |k| array.word_segment(k, i))
        };
        let line = cells.with(word, &from_word).between(&array.word_lines, i, bias.word_lines[i]);
        let (near, far, worst) = line.balance();
        out.word_near.push(near);
        out.word_far.push(far);
        out.imbalance = out.imbalance.max(worst);
    }
    for j in 0..columns {
        let cells = Line::up_column(j, rows, columns, |i| array.bit_segment(i, j));
        let line = cells.with(bit, &from_bit).between(&array.bit_lines, j, bias.bit_lines[j]);
        let (near, far, worst) = line.balance();
        out.bit_near.push(-near);
        out.bit_far.push(-far);
        out.imbalance = out.imbalance.max(worst);
    }
    for all in [&out.word_near, &out.word_far, &out.bit_near, &out.bit_far] {
        out.scale = all.iter().fold(out.scale, |m, i| i.abs().max(m));
    }
    out
}
