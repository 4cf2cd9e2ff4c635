//! Reduction of an array to its terminals by nested dissection: the transfer matrix.
//!
//! Once per state of the array; each bias is then a product of 2 (rows + columns)² floating-point
//! operations, each read with grounded bit lines one of 2 rows × columns, and many are one matrix product.
//!
//! Method. The element of cell (i, j) is its device, the word-line segment to its left and the
//! bit-line segment below it, with the ports left, bottom, top (the bit-line node) and right (the word-line
//! node). A rectangle of cells is known by the couplings w_pq between its ports. Two neighbours have one
//! side in common; its ports are eliminated (W couplings among them, P of the others with them, D the
//! sums of both over all partners):
//!
//! D − W = L Lᵀ, X = P L⁻ᵀ, w += X Xᵀ
//!
//! until the terminals are left. Source and sense resistances are the first segments of their lines;
//! open ends are eliminated as soon as a tile lies at the edge; far terminals are ports of their own
//! and fall together with the near ones at the end. Halves of the longer side are cut first, so the
//! common sides are short (A. George: nested dissection).
//!
//! Without subtraction. Parts of an array have no path to ground, so a diagonal entry of the nodal
//! matrix is the sum of the couplings of its row, and each pivot is computed as that sum of what is left
//! (Grassmann, Taksar and Heyman's elimination, blockwise). Nothing is ever subtracted: every
//! entry of the transfer matrix is right to rounding, however far conductances are apart, and zeros are exact. A
//! node without any coupling has the pivot zero and is passed over: open cells, broken wires, floating
//! lines and islands need no special care. A wire of no resistance is one of 1e40 times the
//! largest conductance, which drops out.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | w_pq | coupling of two ports, minus the entry of the nodal matrix | S |
//! | T | admittance between the terminals, currents = T · potentials | S |
//!
//! Cost: 35 N³ floating-point operations for N × N cells with open far ends, half of them in the two last
//! merges. Workspace 16 N² numbers on one thread, 24 N² on more; the result takes 4 N². Tiles of
//! 16 × 16 cells are reduced one per SIMD lane (`lanes`), larger parts by dense products. Factors, if
//! they are kept for edits, take about 40 N² numbers more.
//!
//! Validity: crossed lines, no bridges, no conductance above 1e60 S ([`Ports::applies`]); any other array
//! is declined. On one machine the result is the same, bit for bit, at any number of threads.
//!
//! References: A. George, SIAM J. Numer. Anal. 10, 345 (1973), doi:10.1137/0710032 (nested
//! dissection); W. K. Grassmann, M. I. Taksar, D. P. Heyman, Oper. Res. 33, 1107 (1985),
//! doi:10.1287/opre.33.5.1107 (elimination without subtraction).
//!
//! Pinned by: `tests/crossbar_ports.rs` (star-mesh elimination node by node to 1e-13 of every entry,
//! direct solution, edits, threads) and `tests/crossbar_ports_memory.rs`.

pub(crate) mod block;
pub(crate) mod edits;
pub(crate) mod front;
pub(crate) mod lanes;
pub mod transfer;
pub(crate) mod tree;
pub(crate) mod wires;

use std::collections::BTreeSet;

pub use transfer::{LineCurrents, Transfer};

use super::array::{Array, Topology};
use super::error::CrossbarError;
use edits::Change;
use tree::{Job, Node};
use wires::Wires;

/// How an edit was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edited {
    /// By a correction of the transfer matrix for the cells changed since the last reduction.
    Corrected,
    /// By a new reduction.
    Reduced,
}

/// Memory of a reduction, for the next one to use: without it a good part of the time is spent on
/// fresh memory, above all on several threads.
#[derive(Debug, Default)]
pub struct Workspace {
    numbers: Vec<f64>,
}

/// An array reduced to its terminals.
#[derive(Debug)]
pub struct Ports {
    array: Array,
    transfer: Transfer,
    kept: Option<Kept>,
}

/// What edits start from.
#[derive(Debug)]
struct Kept {
    tree: Node,
    /// Of the reduced array.
    wires: Wires,
    transfer: Transfer,
    conductances: Vec<f64>,
    /// Cells changed since.
    changed: BTreeSet<usize>,
}

/// More changed cells than rows + columns over this: a new reduction takes less time.
const MOST_CHANGED: usize = 8;
/// The largest conductance that many times larger or smaller: a new reduction.
const MOST_GROWN: f64 = 1e10;

impl Ports {
    /// True where the reduction can be used: crossed lines, no bridges, no conductance above 1e60 S.
    pub fn applies(array: &Array) -> bool {
        wires(array).is_some()
    }

    /// Checks the array and reduces it.
    ///
    /// # Errors
    /// When the array is not valid, or [`Self::applies`] is false.
    pub fn new(array: Array) -> Result<Self, CrossbarError> {
        Self::reduced(array, false, None)
    }

    /// The same in the memory of an earlier reduction.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn new_in(array: Array, workspace: &mut Workspace) -> Result<Self, CrossbarError> {
        Self::reduced(array, false, Some(workspace))
    }

    /// The same, and keeps the factors, so that [`Self::update`] is fast. They take about ten times the
    /// memory of the transfer matrix.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn editable(array: Array) -> Result<Self, CrossbarError> {
        Self::reduced(array, true, None)
    }

    fn reduced(array: Array, keep: bool, workspace: Option<&mut Workspace>) -> Result<Self, CrossbarError> {
        array.check()?;
        let wires = wires(&array).ok_or(CrossbarError::Ports)?;
        let job = Job { array: &array, wires: &wires, keep };
        let (transfer, tree) = if let Some(workspace) = workspace {
            let (sides, tree) = job.reduce(&mut workspace.numbers);
            (Transfer::new(&array, sides, &workspace.numbers), tree)
        } else {
            let mut numbers = Vec::new();
            let (sides, tree) = job.reduce(&mut numbers);
            // All but the last block makes room for the transfer matrix.
            numbers.truncate(block::size(sides));
            numbers.shrink_to_fit();
            (Transfer::new(&array, sides, &numbers), tree)
        };
        let kept = tree.map(|tree| Kept {
            tree,
            wires: wires.clone(),
            transfer: transfer.clone(),
            conductances: array.conductances.clone(),
            changed: BTreeSet::new(),
        });
        Ok(Self { array, transfer, kept })
    }

    /// The array.
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// The array seen from its terminals.
    pub fn transfer(&self) -> &Transfer {
        &self.transfer
    }

    /// Sets the conductances (row, column, S) of some cells. A few cells of an array that is
    /// [`Self::editable`] are a correction of rank one each, counted from the last reduction, right to
    /// about 1e-12 of the largest entry; otherwise the array is reduced anew.
    ///
    /// # Errors
    /// When a cell or its conductance is not valid; nothing is changed then.
    pub fn update(&mut self, edits: &[(usize, usize, f64)]) -> Result<Edited, CrossbarError> {
        let mut array = self.array.clone();
        let (rows, columns) = (array.rows, array.columns);
        for &(row, column, conductance) in edits {
            for (name, at, count) in [("row", row, rows), ("column", column, columns)] {
                if at >= count {
                    let field = format!("the {name} of an edited cell");
                    let expected = "a crossing of the array";
                    return Err(CrossbarError::Value { field, value: at as f64, expected });
                }
            }
            array.conductances[row * columns + column] = conductance;
        }
        array.check()?;
        let wires_now = wires(&array).ok_or(CrossbarError::Ports)?;
        if let Some(kept) = &mut self.kept {
            kept.changed.extend(edits.iter().map(|(row, column, _)| row * columns + column));
            let change = |&k: &usize| Change {
                row: k / columns,
                column: k % columns,
                by: array.conductances[k] - kept.conductances[k],
            };
            let changes: Vec<Change> = kept.changed.iter().map(change).filter(|c| c.by != 0.0).collect();
            // What counts as no resistance is measured by the largest conductance, and a correction by far more
            // than what is left of it loses its digits.
            let ratio = wires_now.short() / kept.wires.short();
            let comparable = ratio.max(1.0 / ratio) <= MOST_GROWN;
            if comparable && changes.len() * MOST_CHANGED <= rows + columns {
                // The factors belong to the conductances of the last reduction.
                let now = std::mem::replace(&mut array.conductances, std::mem::take(&mut kept.conductances));
                let job = Job { array: &array, wires: &kept.wires, keep: true };
                let corrected = edits::corrected(&job, &kept.tree, &kept.transfer, &changes);
                kept.conductances = std::mem::replace(&mut array.conductances, now);
                if let Some(transfer) = corrected {
                    (self.array, self.transfer) = (array, transfer);
                    return Ok(Edited::Corrected);
                }
            }
        }
        *self = Self::reduced(array, self.kept.is_some(), None)?;
        Ok(Edited::Reduced)
    }
}

/// The wires of an array that can be reduced.
fn wires(array: &Array) -> Option<Wires> {
    let plain = array.topology == Topology::Crossed && array.bridges.is_empty();
    Wires::new(array).filter(|_| plain)
}
