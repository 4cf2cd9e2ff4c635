//! The array seen from its terminals.
//!
//! Pinned by: `tests/crossbar_ports.rs`.

use faer::{Accum, MatMut, MatRef};
use rayon::iter::{IndexedParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;

use super::block::{EAST, NORTH, SOUTH, Sides, WEST, ports};
use super::front::{product, total};
use crate::crossbar::array::Array;
use crate::crossbar::bias::Bias;
use crate::crossbar::error::CrossbarError;

/// Rows and columns that are copied at once.
const TILE: usize = 16;

/// Currents of all lines, both ends of a line together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LineCurrents {
    /// Into each word line, A.
    pub word_lines: Vec<f64>,
    /// Out of each bit line, A.
    pub bit_lines: Vec<f64>,
}

/// Admittance between the lines of an array: currents are a product with the potentials.
///
/// Terminals are numbered word lines first, then bit lines. A floating line has a row and a column
/// of zeros.
#[derive(Debug, Clone, PartialEq)]
pub struct Transfer {
    rows: usize,
    columns: usize,
    admittance: Vec<f64>,
}

/// Terminal of each port of the whole array.
pub(crate) fn terminals(array: &Array, sides: Sides) -> Vec<usize> {
    let (rows, columns) = (array.rows, array.columns);
    [(WEST, 0, rows), (SOUTH, rows, columns), (NORTH, rows, columns), (EAST, 0, rows)]
        .into_iter()
        .filter(|(side, _, _)| sides[*side] > 0)
        .flat_map(|(_, first, count)| first..first + count)
        .collect()
}

impl Transfer {
    /// From the couplings of the last block.
    pub(crate) fn new(array: &Array, sides: Sides, block: &[f64]) -> Self {
        let (rows, columns) = (array.rows, array.columns);
        let n = rows + columns;
        let ports = ports(sides);
        let terminals = terminals(array, sides);
        // The ports of each terminal: none, or those of one end or of both.
        let mut of_terminal = vec![[None; 2]; n];
        for (port, terminal) in terminals.iter().enumerate() {
            let ends = &mut of_terminal[*terminal];
            ends[usize::from(ends[0].is_some())] = Some(port);
        }
        let coupling = |a: usize, b: usize| {
            // Always in the same order, so that the matrix is symmetric to the last bit.
            let (low, high) = (of_terminal[a.min(b)], of_terminal[a.max(b)]);
            let mut sum = 0.0;
            for p in high.into_iter().flatten() {
                for q in low.into_iter().flatten() {
                    sum += block[p.min(q) * ports + p.max(q)];
                }
            }
            sum
        };
        let mut admittance = vec![0.0; n * n];
        // Several rows at once share cache lines of the lower triangle.
        admittance.par_chunks_mut(TILE * n).enumerate().for_each(|(chunk, rows)| {
            for b in 0..n {
                for (a, row) in rows.chunks_exact_mut(n).enumerate() {
                    if chunk * TILE + a != b {
                        row[b] = 0.0 - coupling(chunk * TILE + a, b);
                    }
                }
            }
            for (a, row) in rows.chunks_exact_mut(n).enumerate() {
                row[chunk * TILE + a] = 0.0 - total(row);
            }
        });
        Self { rows, columns, admittance }
    }

    /// Adds the product of two matrices, terminals × k and k × terminals, that is symmetric.
    pub(crate) fn add_product(&mut self, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
        let n = self.rows + self.columns;
        let sum = MatMut::from_row_major_slice_mut(&mut self.admittance, n, n);
        product(sum, Accum::Add, a, b);
        self.complete();
    }

    /// Lower triangle and diagonal from the entries above the diagonal.
    fn complete(&mut self) {
        let n = self.rows + self.columns;
        for a in (0..n).step_by(TILE) {
            for b in (0..=a).step_by(TILE) {
                for i in a..(a + TILE).min(n) {
                    for j in b..(b + TILE).min(i) {
                        self.admittance[i * n + j] = self.admittance[j * n + i];
                    }
                }
            }
        }
        for i in 0..n {
            let row = &mut self.admittance[i * n..][..n];
            row[i] = 0.0;
            row[i] = 0.0 - total(row);
        }
    }

    /// Number of word lines.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of bit lines.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Current into terminal i for 1 V at terminal j, S: (rows + columns)², row after row,
    /// symmetric, its rows adding up to zero.
    pub fn admittance(&self) -> &[f64] {
        &self.admittance
    }

    /// Current out of bit line `column` for 1 V on word line `row`, all else at 0 V, S.
    pub fn conductance(&self, row: usize, column: usize) -> f64 {
        -self.admittance[(self.rows + column) * (self.rows + self.columns) + row]
    }

    /// Currents of all lines under a bias.
    ///
    /// # Errors
    /// When the bias does not fit the array.
    pub fn apply(&self, bias: &Bias) -> Result<LineCurrents, CrossbarError> {
        let all = self.apply_many(std::slice::from_ref(bias))?;
        Ok(all.into_iter().next().unwrap_or_default())
    }

    /// Currents of all lines under many biases, in one product.
    ///
    /// # Errors
    /// When a bias does not fit the array.
    pub fn apply_many(&self, biases: &[Bias]) -> Result<Vec<LineCurrents>, CrossbarError> {
        let n = self.rows + self.columns;
        let mut potentials = Vec::with_capacity(biases.len() * n);
        for bias in biases {
            bias.check_lines(self.rows, self.columns)?;
            potentials.extend_from_slice(&bias.word_lines);
            potentials.extend_from_slice(&bias.bit_lines);
        }
        let mut currents = vec![0.0; potentials.len()];
        product(
            MatMut::from_row_major_slice_mut(&mut currents, biases.len(), n),
            Accum::Replace,
            MatRef::from_row_major_slice(&potentials, biases.len(), n),
            MatRef::from_row_major_slice(&self.admittance, n, n),
        );
        Ok(currents
            .chunks_exact(n)
            .map(|all| LineCurrents {
                word_lines: all[..self.rows].to_vec(),
                bit_lines: all[self.rows..].iter().map(|i| -i).collect(),
            })
            .collect())
    }

    /// Currents out of the bit lines, at 0 V, for rows of word-line voltages: `inputs` holds a
    /// vector of [`Self::rows`] values after the other, the answer one of [`Self::columns`] values
    /// for each.
    ///
    /// # Errors
    /// When the inputs are not whole vectors.
    pub fn forward(&self, inputs: &[f64]) -> Result<Vec<f64>, CrossbarError> {
        self.across(inputs, true)
    }

    /// The same in the other direction: currents out of the word lines, at 0 V, for rows of
    /// bit-line voltages.
    ///
    /// # Errors
    /// When the inputs are not whole vectors.
    pub fn backward(&self, inputs: &[f64]) -> Result<Vec<f64>, CrossbarError> {
        self.across(inputs, false)
    }

    fn across(&self, inputs: &[f64], forward: bool) -> Result<Vec<f64>, CrossbarError> {
        let (from, to) = if forward { (self.rows, self.columns) } else { (self.columns, self.rows) };
        let count = inputs.len() / from;
        if count * from != inputs.len() {
            let field = "the list of input voltages";
            return Err(CrossbarError::Shape { field, found: inputs.len(), expected: (count + 1) * from });
        }
        let n = self.rows + self.columns;
        let whole = MatRef::from_row_major_slice(&self.admittance, n, n);
        let block = if forward { whole.get(..from, from..) } else { whole.get(to.., ..to) };
        let mut currents = vec![0.0; count * to];
        let inputs = MatRef::from_row_major_slice(inputs, count, from);
        product(MatMut::from_row_major_slice_mut(&mut currents, count, to), Accum::Replace, inputs, block);
        for current in &mut currents {
            *current = -*current;
        }
        Ok(currents)
    }
}
