//! The linear part of an array: currents of wires, terminals and bridges at given potentials.
//!
//! Pinned by: `tests/crossbar_nonlinear.rs`.

use crate::crossbar::array::{Array, Lines, Place, Topology};
use crate::crossbar::bias::Bias;

/// Conductances of wires and terminals, S; zero where there is no resistor: broken or without resistance.
#[derive(Debug, Clone)]
pub struct Wires {
    word: Family,
    bit: Family,
}

/// One family of lines.
#[derive(Debug, Clone)]
struct Family {
    /// From left to right; otherwise from bottom to top.
    along_rows: bool,
    segments: Vec<f64>,
    near: Vec<f64>,
    far: Vec<f64>,
}

fn conductance(resistance: f64) -> f64 {
    let conductance = 1.0 / resistance.abs();
    if conductance.is_finite() { conductance } else { 0.0 }
}

impl Family {
    fn new(array: &Array, lines: &Lines, along_rows: bool) -> Self {
        let (rows, columns) = (array.rows, array.columns);
        let count = if along_rows { rows * (columns - 1) } else { (rows - 1) * columns };
        let ends = |all: &[Option<f64>]| all.iter().map(|r| r.map_or(0.0, conductance)).collect();
        Self {
            along_rows,
            segments: (0..count).map(|k| conductance(lines.segments.at(k))).collect(),
            near: ends(&lines.near),
            far: ends(&lines.far),
        }
    }

    fn largest(&self) -> f64 {
        [&self.segments, &self.near, &self.far].into_iter().flatten().fold(0.0, |m, g| g.max(m))
    }

    /// Nodes at the near and far end of line `k`.
    fn ends(&self, rows: usize, columns: usize, k: usize) -> (usize, usize) {
        if self.along_rows { (k * columns, (k + 1) * columns - 1) } else { ((rows - 1) * columns + k, k) }
    }

    /// Adds the wires' and terminals' currents into the nodes to `out`.
    fn add(&self, array: &Array, terminals: &[f64], v: &[f64], out: &mut [f64]) {
        let (rows, columns) = (array.rows, array.columns);
        if self.along_rows {
            for (i, (v, out)) in v.chunks(columns).zip(out.chunks_mut(columns)).enumerate() {
                let segments = &self.segments[i * (columns - 1)..(i + 1) * (columns - 1)];
                // Into a node from the left, then out of it to the right, in one pass.
                let mut from_left = 0.0;
                for (j, g) in segments.iter().enumerate() {
                    let current = g * (v[j] - v[j + 1]);
                    out[j] += from_left - current;
                    from_left = current;
                }
                out[columns - 1] += from_left;
            }
        } else {
            for i in 0..rows - 1 {
                let at = i * columns..(i + 1) * columns;
                let (upper, lower) = v[at.start..at.start + 2 * columns].split_at(columns);
                let (above, below) = out[at.start..at.start + 2 * columns].split_at_mut(columns);
                let nodes = above.iter_mut().zip(below).zip(upper.iter().zip(lower));
                for (((above, below), (a, b)), g) in nodes.zip(&self.segments[at]) {
                    let current = g * (a - b);
                    *above -= current;
                    *below += current;
                }
            }
        }
        for (k, terminal) in terminals.iter().enumerate() {
            let (near, far) = self.ends(rows, columns, k);
            out[near] += self.near[k] * (terminal - v[near]);
            out[far] += self.far[k] * (terminal - v[far]);
        }
    }

    /// Σ g Δ², terminals at 0 V.
    fn energy(&self, array: &Array, v: &[f64]) -> f64 {
        let (rows, columns) = (array.rows, array.columns);
        let mut sum = 0.0;
        if self.along_rows {
            for (i, v) in v.chunks(columns).enumerate() {
                let segments = &self.segments[i * (columns - 1)..(i + 1) * (columns - 1)];
                sum += v.windows(2).zip(segments).map(|(v, g)| g * (v[0] - v[1]).powi(2)).sum::<f64>();
            }
        } else {
            let pairs = v.iter().zip(v.iter().skip(columns));
            sum += pairs.zip(&self.segments).map(|((a, b), g)| g * (a - b).powi(2)).sum::<f64>();
        }
        for k in 0..self.near.len() {
            let (near, far) = self.ends(rows, columns, k);
            sum += self.near[k] * v[near].powi(2) + self.far[k] * v[far].powi(2);
        }
        sum
    }
}

impl Wires {
    /// The wires of a checked array.
    pub fn new(array: &Array) -> Self {
        Self {
            word: Family::new(array, &array.word_lines, array.topology == Topology::Crossed),
            bit: Family::new(array, &array.bit_lines, false),
        }
    }

    /// Largest conductance of a wire or terminal, S.
    pub fn largest(&self) -> f64 {
        self.word.largest().max(self.bit.largest())
    }

    /// Currents that arrive at each word and bit node and do not leave.
    pub fn excess(
        &self,
        array: &Array,
        bias: &Bias,
        [u, w]: [&[f64]; 2],
        cells: &[f64],
        [word, bit]: &mut [Vec<f64>; 2],
    ) {
        for (out, current) in word.iter_mut().zip(cells) {
            *out = -current;
        }
        bit.copy_from_slice(cells);
        self.word.add(array, &bias.word_lines, u, word);
        self.bit.add(array, &bias.bit_lines, w, bit);
        for bridge in &array.bridges {
            let potential = |place| match place {
                Place::Word(i, j) => u[i * array.columns + j],
                Place::Bit(i, j) => w[i * array.columns + j],
            };
            let current = (potential(bridge.from) - potential(bridge.to)) / bridge.resistance;
            for (place, current) in [(bridge.from, -current), (bridge.to, current)] {
                match place {
                    Place::Word(i, j) => word[i * array.columns + j] += current,
                    Place::Bit(i, j) => bit[i * array.columns + j] += current,
                }
            }
        }
    }

    /// Σ g Δ² of the wires, terminals at 0 V.
    pub fn energy(&self, array: &Array, u: &[f64], w: &[f64]) -> f64 {
        let potential = |place| match place {
            Place::Word(i, j) => u[i * array.columns + j],
            Place::Bit(i, j) => w[i * array.columns + j],
        };
        let bridges = array.bridges.iter();
        self.word.energy(array, u)
            + self.bit.energy(array, w)
            + bridges.map(|b| (potential(b.from) - potential(b.to)).powi(2) / b.resistance).sum::<f64>()
    }
}
