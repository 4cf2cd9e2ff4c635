//! A few changed cells without a new reduction.
//!
//! A change δ of the conductance between the two nodes of a cell changes the nodal matrix by δ a aᵀ,
//! a = ±1 at these nodes. With the factor of the reduction, y = L⁻¹ a of all changed cells (columns
//! of Y) and what a unit of current injected at each of them sends to the terminals (columns of B)
//! come from one forward substitution along the paths of these cells through the dissection. Then
//!
//! T' = T + B (I + Δ YᵀY)⁻¹ Δ Bᵀ, Δ = diag(δ)   (Woodbury)
//!
//! costs about 7 N² multiply-adds for each cell. The factors inside a tile are not kept but found
//! again, cell by cell, for tiles with changed cells.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | T, T' | admittance between the terminals before and after | S |
//! | δ | change of a cell's conductance | S |
//! | YᵀY | impedances between the changed cells, terminals at 0 V | Ohm |
//! | B | current at the terminals for a unit of current through a cell | 1 |
//!
//! Validity: I + Δ YᵀY is far from singular. It is not where cells are removed that were the only
//! way to their nodes; then, and where cells are connected whose nodes had no way at all, the answer
//! is `None` and the array is to be reduced anew.
//!
//! Reference: M. A. Woodbury, Inverting modified matrices, Princeton Statistical Research Group,
//! Memorandum Report 42 (1950).
//!
//! Pinned by: `tests/crossbar_ports.rs` (fifty edits against a new reduction; removed lines).

use faer::linalg::matmul::matmul;
use faer::prelude::Solve;
use faer::{Accum, Mat, MatMut, MatRef, Par};

use super::block::{Joint, Target, ports};
use super::transfer::{Transfer, terminals};
use super::tree::{Job, Node, Parts};

/// Least pivot of I + Δ YᵀY that is trusted.
const PIVOT: f64 = 1e-3;

/// A cell and the change of its conductance, S.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Change {
    /// Word line.
    pub row: usize,
    /// Bit line.
    pub column: usize,
    /// New minus old conductance, S.
    pub by: f64,
}

/// Currents that unit injections at some of the changed cells leave at the ports of a part.
struct Injection {
    /// Which of the changes.
    cells: Vec<usize>,
    /// Ports × cells, column after column.
    currents: Vec<f64>,
}

/// One forward substitution.
struct Probe<'a> {
    job: &'a Job<'a>,
    changes: &'a [Change],
    /// YᵀY.
    impedance: Mat<f64>,
}

/// The transfer matrix after the changes; `None` where that takes a new reduction.
pub(crate) fn corrected(
    job: &Job<'_>,
    tree: &Node,
    transfer: &Transfer,
    changes: &[Change],
) -> Option<Transfer> {
    let count = changes.len();
    let mut probe = Probe { job, changes, impedance: Mat::zeros(count, count) };
    let all: Vec<usize> = (0..count).collect();
    let injection = probe.part(tree, &all)?;
    let lines = transfer.rows() + transfer.columns();
    let of_port = terminals(job.array, tree.sides);
    let mut sent = Mat::<f64>::zeros(lines, count);
    for (column, cell) in injection.currents.chunks_exact(of_port.len().max(1)).zip(&injection.cells) {
        for (current, terminal) in column.iter().zip(&of_port) {
            sent[(*terminal, *cell)] += current;
        }
    }
    let mut system = Mat::<f64>::from_fn(count, count, |i, j| changes[i].by * probe.impedance[(i, j)]);
    for i in 0..count {
        system[(i, i)] += 1.0;
    }
    let factor = system.partial_piv_lu();
    let pivots = factor.U();
    if (0..count).any(|i| pivots[(i, i)].abs().partial_cmp(&PIVOT) != Some(std::cmp::Ordering::Greater)) {
        return None;
    }
    let scaled = Mat::<f64>::from_fn(count, lines, |i, j| changes[i].by * sent[(j, i)]);
    let weighted = factor.solve(scaled);
    let mut corrected = transfer.clone();
    corrected.add_product(sent.as_ref(), weighted.as_ref());
    Some(corrected)
}

impl Probe<'_> {
    /// What injections at the given changed cells of a part leave at its ports.
    fn part(&mut self, node: &Node, cells: &[usize]) -> Option<Injection> {
        let inputs = match &node.parts {
            // Out of the bit-line node (top), into the word-line node (right).
            Parts::Cell => vec![Injection { cells: cells.to_vec(), currents: vec![0.0, 0.0, -1.0, 1.0] }],
            Parts::Tile => vec![self.part(&self.job.expand(&node.cells), cells)?],
            Parts::Halves(halves) => {
                let mut inputs = Vec::new();
                for half in halves.iter() {
                    let inside = |k: &usize| {
                        let change = &self.changes[*k];
                        half.cells.rows.contains(&change.row) && half.cells.columns.contains(&change.column)
                    };
                    let cells: Vec<usize> = cells.iter().copied().filter(inside).collect();
                    inputs.push(if cells.is_empty() {
                        Injection { cells, currents: Vec::new() }
                    } else {
                        self.part(half, &cells)?
                    });
                }
                inputs
            }
        };
        match &node.last {
            Some((joint, factor)) => self.eliminate(joint, factor, &inputs),
            None => inputs.into_iter().next(),
        }
    }

    /// Forward substitution with the factor of one elimination.
    fn eliminate(&mut self, joint: &Joint, factor: &[f64], inputs: &[Injection]) -> Option<Injection> {
        let (shared, rest) = (joint.shared, ports(joint.sides));
        let cells: Vec<usize> = inputs.iter().flat_map(|i| i.cells.iter().copied()).collect();
        let count = cells.len();
        let mut at_shared = vec![0.0; shared * count];
        let mut at_rest = vec![0.0; rest * count];
        let mut done = 0;
        for (input, (sides, targets)) in inputs.iter().zip(&joint.blocks) {
            let length = ports(*sides);
            for column in input.currents.chunks_exact(length.max(1)) {
                let mut port = 0;
                for (side, target) in sides.iter().zip(targets) {
                    for (k, current) in column[port..port + side].iter().enumerate() {
                        match target {
                            Target::Shared(first) => at_shared[done * shared + first + k] += current,
                            Target::Rest(first) => at_rest[done * rest + first + k] += current,
                        }
                    }
                    port += side;
                }
                done += 1;
            }
        }
        if shared > 0 {
            let stride = shared + rest;
            for column in at_shared.chunks_exact_mut(shared) {
                for j in 0..shared {
                    let l = &factor[j * stride + j..j * stride + shared];
                    if l[0] == 0.0 && column[j] != 0.0 {
                        // Into a node without any way out.
                        return None;
                    }
                    let y = column[j] * l[0];
                    column[j] = y;
                    for (next, w) in column[j + 1..].iter_mut().zip(&l[1..]) {
                        *next += w * y;
                    }
                }
            }
            let y = MatRef::from_column_major_slice(&at_shared, shared, count);
            let x = MatRef::from_column_major_slice(factor, stride, shared).get(shared.., ..);
            matmul(
                MatMut::from_column_major_slice_mut(&mut at_rest, rest, count),
                Accum::Add,
                x,
                y,
                1.0,
                Par::Seq,
            );
            let mut square = Mat::<f64>::zeros(count, count);
            matmul(square.as_mut(), Accum::Replace, y.transpose(), y, 1.0, Par::Seq);
            for (i, a) in cells.iter().enumerate() {
                for (j, b) in cells.iter().enumerate() {
                    self.impedance[(*a, *b)] += square[(i, j)];
                }
            }
        }
        Some(Injection { cells, currents: at_rest })
    }
}
