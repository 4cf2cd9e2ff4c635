//! Kirchhoff's current law on given node voltages: terminal currents and what is left over at the
//! nodes. Works on any solution, whatever found it.
//!
//! Nodes joined by wires without resistance are one node, and one joined to its terminal without
//! resistance is the terminal, which takes any current. The current of a line's ends is taken from
//! the currents of its cells, never from the small voltage across a small resistance alone.
//!
//! Pinned by: `tests/crossbar_golden.rs`, `tests/crossbar_properties.rs` (terminal currents and residuals).

use rayon::prelude::*;

use super::array::{Array, Lines, Place, Segments, Topology};
use super::bias::Bias;

/// Cells from which all threads take part.
const SHARED: usize = 128 * 128;
/// Columns that advance together.
const STRIP: usize = 64;

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

    /// Potentials of its nodes, and what leaves them: the currents times `sign`.
    fn with(mut self, potentials: &[f64], currents: &[f64], sign: f64) -> Self {
        self.potential = self.nodes.iter().map(|k| potentials[*k]).collect();
        self.leaving = self.nodes.iter().map(|k| sign * currents[*k]).collect();
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
        // In the order of the cells, from the top where the near end is the bottom.
        let downwards = self.nodes[0] > self.nodes[n - 1];
        let total: f64 = if downwards { self.leaving.iter().rev().sum() } else { self.leaving.iter().sum() };
        let into = |r: Option<f64>, k: usize| into(r, self.terminal, self.potential[k]);
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
    let largest = |part: &[f64]| part.iter().fold(0.0, |m: f64, i| if i.abs() > m { i.abs() } else { m });
    let shares = currents.len().div_ceil(SHARED).max(1);
    let share = currents.len().div_ceil(shares).max(1);
    let scale = over(shares, currents.len(), |k| {
        largest(&currents[(k * share).min(currents.len())..((k + 1) * share).min(currents.len())])
    })
    .into_iter()
    .fold(0.0, f64::max);
    let mut out = if array.bridges.is_empty() {
        terminals(array, bias, [word, bit], [currents, currents])
    } else {
        let (mut from_word, mut into_bit) = (currents.to_vec(), currents.to_vec());
        add_bridges(array, [word, bit], [&mut from_word, &mut into_bit]);
        terminals(array, bias, [word, bit], [&from_word, &into_bit])
    };
    out.scale = scale;
    for all in [&out.word_near, &out.word_far, &out.bit_near, &out.bit_far] {
        out.scale = all.iter().fold(out.scale, |m, i| i.abs().max(m));
    }
    out
}

/// Adds the currents of bridges to those that leave word nodes and enter bit nodes.
pub fn add_bridges(array: &Array, [word, bit]: [&[f64]; 2], [from_word, into_bit]: [&mut [f64]; 2]) {
    for bridge in &array.bridges {
        let potential = |place| match place {
            Place::Word(i, j) => word[i * array.columns + j],
            Place::Bit(i, j) => bit[i * array.columns + j],
        };
        let current = (potential(bridge.from) - potential(bridge.to)) / bridge.resistance;
        for (place, current) in [(bridge.from, current), (bridge.to, -current)] {
            match place {
                Place::Word(i, j) => from_word[i * array.columns + j] += current,
                Place::Bit(i, j) => into_bit[i * array.columns + j] -= current,
            }
        }
    }
}

/// Terminal currents and imbalance from the currents that leave every word node and enter every bit
/// node other than through its line, A.
pub fn terminals(
    array: &Array,
    bias: &Bias,
    [word, bit]: [&[f64]; 2],
    [from_word, into_bit]: [&[f64]; 2],
) -> Balance {
    let (rows, columns) = (array.rows, array.columns);
    let mut out = Balance::default();
    let along_rows = array.topology == Topology::Crossed;
    let word_r = alike(&array.word_lines);
    let word_lines = match (along_rows, word_r) {
        (true, Some(r)) => rows_alike(columns, r, &array.word_lines, &bias.word_lines, word, from_word),
        (false, Some(r)) => {
            columns_alike(columns, r, &array.word_lines, &bias.word_lines, word, from_word, 1.0)
        }
        (_, None) => over(array.word_line_count(), array.cells(), |i| {
            let line = if along_rows {
                Line::along_row(i, columns, |j| array.word_segment(i, j))
            } else {
                Line::up_column(i, rows, columns, |k| array.word_segment(k, i))
            };
            line.with(word, from_word, 1.0).between(&array.word_lines, i, bias.word_lines[i]).balance()
        }),
    };
    let bit_lines: Vec<_> = match alike(&array.bit_lines) {
        Some(r) => columns_alike(columns, r, &array.bit_lines, &bias.bit_lines, bit, into_bit, -1.0),
        None => over(columns, array.cells(), |j| {
            let line = Line::up_column(j, rows, columns, |i| array.bit_segment(i, j));
            line.with(bit, into_bit, -1.0).between(&array.bit_lines, j, bias.bit_lines[j]).balance()
        }),
    };
    for (near, far, worst) in word_lines {
        out.word_near.push(near);
        out.word_far.push(far);
        out.imbalance = out.imbalance.max(worst);
    }
    for (near, far, worst) in bit_lines {
        out.bit_near.push(-near);
        out.bit_far.push(-far);
        out.imbalance = out.imbalance.max(worst);
    }
    out
}

/// The segment resistance where all are alike, above zero and whole.
fn alike(lines: &Lines) -> Option<f64> {
    match lines.segments {
        Segments::Uniform(r) if r > 0.0 && r.is_finite() => Some(r),
        _ => None,
    }
}

/// Current from a terminal behind a resistance; none where it holds its node.
fn into(terminal: Option<f64>, potential: f64, node: f64) -> f64 {
    match terminal {
        Some(r) if r > 0.0 => (potential - node) / r,
        _ => 0.0,
    }
}

/// Currents into both ends of a line with equal segments `r`: `total` leaves it, `first` at its first
/// node; `edge` are potentials of its first two nodes and its last.
fn split(
    lines: &Lines,
    k: usize,
    potential: f64,
    r: f64,
    (total, first): (f64, f64),
    [u0, u1, last]: [f64; 3],
    nodes: usize,
) -> (f64, f64) {
    match (lines.near[k], lines.far[k]) {
        (Some(_), None) => (total, 0.0),
        (None, Some(_)) => (0.0, total),
        (None, None) => (0.0, 0.0),
        // The largest resistance on the way tells best how the current splits.
        (Some(near), Some(far)) => {
            let segment = if nodes > 1 { r } else { 0.0 };
            let at_near = if near == 0.0 && far == 0.0 && nodes == 1 {
                0.5 * total
            } else if far > near.max(segment) {
                total - into(lines.far[k], potential, last)
            } else if segment > near {
                (u0 - u1) / r + first
            } else {
                into(lines.near[k], potential, u0)
            };
            (at_near, total - at_near)
        }
    }
}

/// Rows with equal segments: currents into both ends and the largest imbalance of each.
fn rows_alike(
    columns: usize,
    r: f64,
    lines: &Lines,
    terminals: &[f64],
    potentials: &[f64],
    leaving: &[f64],
) -> Vec<(f64, f64, f64)> {
    let last = columns - 1;
    over(terminals.len(), potentials.len(), |k| {
        let row = k * columns..(k + 1) * columns;
        let (u, i, v) = (&potentials[row.clone()], &leaving[row], terminals[k]);
        let through = |j: usize| (u[j] - u[j + 1]) / r;
        let mut worst = 0.0_f64;
        for (u, i) in u.windows(3).zip(&i[1..]) {
            let left_over = ((u[0] - u[1]) / r - (u[1] - u[2]) / r - i).abs();
            worst = if left_over > worst { left_over } else { worst };
        }
        let (near, far) = (into(lines.near[k], v, u[0]), into(lines.far[k], v, u[last]));
        let first = near - i[0] - if last > 0 { through(0) } else { -far };
        if lines.near[k] != Some(0.0) && (last > 0 || lines.far[k] != Some(0.0)) {
            worst = worst.max(first.abs());
        }
        if last > 0 && lines.far[k] != Some(0.0) {
            worst = worst.max((through(last - 1) - i[last] + far).abs());
        }
        let total = i.iter().sum();
        let (near, far) = split(lines, k, v, r, (total, i[0]), [u[0], u[last.min(1)], u[last]], columns);
        (near, far, worst)
    })
}

/// Columns with equal segments, near end at the bottom; `sign` turns the given currents into leaving
/// ones. Neighbouring columns advance together, row after row.
fn columns_alike(
    columns: usize,
    r: f64,
    lines: &Lines,
    terminals: &[f64],
    potentials: &[f64],
    currents: &[f64],
    sign: f64,
) -> Vec<(f64, f64, f64)> {
    let rows = potentials.len() / columns;
    let strips = over(columns.div_ceil(STRIP), potentials.len(), |strip| {
        let first = strip * STRIP;
        let width = STRIP.min(columns - first);
        let at = |i: usize| i * columns + first..i * columns + first + width;
        let mut worst = vec![0.0_f64; width];
        let mut total = vec![0.0_f64; width];
        for i in 0..rows {
            let current = &currents[at(i)];
            for (total, i) in total.iter_mut().zip(current) {
                *total += i;
            }
            if i == 0 || i + 1 == rows {
                continue;
            }
            let (above, here, below) = (&potentials[at(i - 1)], &potentials[at(i)], &potentials[at(i + 1)]);
            for j in 0..width {
                let left_over =
                    ((below[j] - here[j]) / r - (here[j] - above[j]) / r - sign * current[j]).abs();
                worst[j] = if left_over > worst[j] { left_over } else { worst[j] };
            }
        }
        let (top, bottom) = (&potentials[at(0)], &potentials[at(rows - 1)]);
        let next = rows.min(2) - 1;
        let (below_top, above_bottom) = (&potentials[at(next)], &potentials[at(rows - 1 - next)]);
        let (top_current, bottom_current) = (&currents[at(0)], &currents[at(rows - 1)]);
        let ends = |j: usize| {
            let k = first + j;
            let v = terminals[k];
            let (near, far) = (into(lines.near[k], v, bottom[j]), into(lines.far[k], v, top[j]));
            let mut worst = worst[j];
            let at_first = sign * bottom_current[j];
            let (near_held, far_held) = (lines.near[k] == Some(0.0), lines.far[k] == Some(0.0));
            if rows == 1 {
                if !near_held && !far_held {
                    worst = worst.max((near - at_first + far).abs());
                }
            } else {
                if !near_held {
                    worst = worst.max((near - at_first - (bottom[j] - above_bottom[j]) / r).abs());
                }
                if !far_held {
                    worst = worst.max(((below_top[j] - top[j]) / r - sign * top_current[j] + far).abs());
                }
            }
            let edge = [bottom[j], above_bottom[j], top[j]];
            let (near, far) = split(lines, k, v, r, (sign * total[j], at_first), edge, rows);
            (near, far, worst)
        };
        (0..width).map(ends).collect::<Vec<_>>()
    });
    strips.into_iter().flatten().collect()
}

/// `f` of all numbers below `count`, on all threads where an array of `cells` is large enough.
fn over<T: Send>(count: usize, cells: usize, f: impl Fn(usize) -> T + Sync + Send) -> Vec<T> {
    if cells < SHARED { (0..count).map(f).collect() } else { (0..count).into_par_iter().map(f).collect() }
}
