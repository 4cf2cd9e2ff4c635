//! Gradients of a loss through the wires, by one more solution each.
//!
//! With A the symmetric nodal matrix of the array, terminals included, the change of a loss L is
//!
//! dL = v*ᵀ dA v,
//!
//! where v are the node potentials and v* those of the same array with the derivatives of L by the
//! terminal currents as terminal potentials and the negative derivatives by the node potentials as
//! currents into the nodes. So dL/dg = (u* - w*) (u - w) for every cell, and dL/dV of a terminal is the
//! current it delivers in the second solution (reciprocity makes the solver its own adjoint).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | u, w | potentials of a cell's word and bit node | V |
//! | g | conductance of a cell | S |
//! | u*, w* | adjoint potentials | L/A |
//!
//! Valid for every array with linear cells. The current of a line is that of both its ends together.
//! Nodes on islands without a terminal carry no current and stand at 0 V by convention, whatever the loss says
//! of their potential: derivatives of a loss by them are left out, and dL/dg of every cell with an end
//! on an island is zero. For a loss of currents and of the other potentials this is exact, even of an open cell
//! between a driven line and an island: closing it a little lets no current flow. By the potential of the
//! island itself there is no derivative there, as it jumps to that of the line.
//!
//! Reference: S. W. Director, R. A. Rohrer, IEEE Trans. Circuit Theory 16, 318 (1969),
//! doi:10.1109/TCT.1969.1082965.
//!
//! Pinned by: `tests/crossbar_gradient.rs`.

use rayon::prelude::*;

use super::bias::Bias;
use super::entry::Crossbar;
use super::error::CrossbarError;
use super::islands::{self, Pinned};
use super::kirchhoff;
use super::solution::Solution;

/// Inputs of a batch that one thread sums up.
const SHARE: usize = 8;

/// Derivatives of a loss by what a solution holds; an empty list stands for zeros.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LossDerivatives {
    /// By the current into each word line (both ends together), 1/A.
    pub word_line_currents: Vec<f64>,
    /// By the current out of each bit line (both ends together), 1/A.
    pub bit_line_currents: Vec<f64>,
    /// By the potential of every word node, row after row, 1/V.
    pub word_nodes: Vec<f64>,
    /// By the potential of every bit node, row after row, 1/V.
    pub bit_nodes: Vec<f64>,
}

/// Derivatives of a loss by what drives an array.
#[derive(Debug, Clone, PartialEq)]
pub struct Gradient {
    /// By the conductance of every cell, row after row, 1/S.
    pub conductances: Vec<f64>,
    /// By the terminal potential of each word line, 1/V.
    pub word_lines: Vec<f64>,
    /// By the terminal potential of each bit line, 1/V.
    pub bit_lines: Vec<f64>,
}

/// Derivatives of a loss that is a sum over inputs.
#[derive(Debug, Clone, PartialEq)]
pub struct BatchGradient {
    /// By the conductance of every cell, over all inputs, 1/S.
    pub conductances: Vec<f64>,
    /// By the terminal potential of each word line, input after input, 1/V.
    pub word_lines: Vec<Vec<f64>>,
    /// By the terminal potential of each bit line, input after input, 1/V.
    pub bit_lines: Vec<Vec<f64>>,
}

impl Crossbar {
    /// Gradient of a loss at a solution of this array.
    ///
    /// # Errors
    /// When a list has the wrong length or holds no finite number, or the method does not reach its
    /// tolerance.
    pub fn gradient(&self, solution: &Solution, loss: &LossDerivatives) -> Result<Gradient, CrossbarError> {
        self.gradient_beside(islands::pinned(self.array()).as_ref(), solution, loss)
    }

    /// The same, the nodes on islands being known.
    fn gradient_beside(
        &self,
        pinned: Option<&Pinned>,
        solution: &Solution,
        loss: &LossDerivatives,
    ) -> Result<Gradient, CrossbarError> {
        let array = self.array();
        let (cells, words) = (array.cells(), array.word_line_count());
        check("the list of derivatives by word-line currents", &loss.word_line_currents, words)?;
        check("the list of derivatives by bit-line currents", &loss.bit_line_currents, array.columns)?;
        check("the list of derivatives by word-node potentials", &loss.word_nodes, cells)?;
        check("the list of derivatives by bit-node potentials", &loss.bit_nodes, cells)?;
        check("the list of word-node potentials of the solution", &solution.word_nodes, cells)?;
        check("the list of bit-node potentials of the solution", &solution.bit_nodes, cells)?;
        let or_zeros = |list: &[f64], count: usize, sign: f64| {
            if list.is_empty() { vec![0.0; count] } else { list.iter().map(|d| sign * d).collect() }
        };
        // Bit-line currents count outwards, those of the network's terminals inwards.
        let bias = Bias {
            word_lines: or_zeros(&loss.word_line_currents, words, 1.0),
            bit_lines: or_zeros(&loss.bit_line_currents, array.columns, -1.0),
        };
        let by_nodes = !(loss.word_nodes.is_empty() && loss.bit_nodes.is_empty());
        let mut sources = by_nodes
            .then(|| [or_zeros(&loss.word_nodes, cells, -1.0), or_zeros(&loss.bit_nodes, cells, -1.0)]);
        if let (Some([word, bit]), Some(pinned)) = (&mut sources, pinned) {
            clear(word, &pinned.word);
            clear(bit, &pinned.bit);
        }
        let adjoint = self.nodes(&bias, sources.as_ref().map(|[word, bit]| [&word[..], &bit[..]]))?;

        let across = adjoint.word.iter().zip(&adjoint.bit).map(|(u, w)| u - w);
        let voltages = solution.word_nodes.iter().zip(&solution.bit_nodes).map(|(u, w)| u - w);
        let mut conductances: Vec<f64> = across.clone().zip(voltages).map(|(a, v)| a * v).collect();
        if let Some(pinned) = pinned {
            clear(&mut conductances, &pinned.word);
            clear(&mut conductances, &pinned.bit);
        }
        let mut from_word: Vec<f64> = array.conductances.iter().zip(across).map(|(g, v)| g * v).collect();
        let mut into_bit = from_word.clone();
        kirchhoff::add_bridges(array, [&adjoint.word, &adjoint.bit], [&mut from_word, &mut into_bit]);
        if let Some([word, bit]) = &sources {
            for (leaving, source) in from_word.iter_mut().zip(word) {
                *leaving -= source;
            }
            for (entering, source) in into_bit.iter_mut().zip(bit) {
                *entering += source;
            }
        }
        let terminals =
            kirchhoff::terminals(array, &bias, [&adjoint.word, &adjoint.bit], [&from_word, &into_bit]);
        let sum = |near: &[f64], far: &[f64], sign: f64| {
            near.iter().zip(far).map(|(a, b)| sign * (a + b)).collect()
        };
        Ok(Gradient {
            conductances,
            word_lines: sum(&terminals.word_near, &terminals.word_far, 1.0),
            bit_lines: sum(&terminals.bit_near, &terminals.bit_far, -1.0),
        })
    }

    /// Gradient of a loss that is a sum over inputs, on all threads; no bit depends on their number.
    ///
    /// # Errors
    /// As of [`Self::gradient`].
    pub fn gradient_many(
        &self,
        batch: &[(Solution, LossDerivatives)],
    ) -> Result<BatchGradient, CrossbarError> {
        let pinned = islands::pinned(self.array());
        let shares: Vec<Result<BatchGradient, CrossbarError>> = batch
            .par_chunks(SHARE)
            .map(|share| {
                let mut out = self.no_gradient();
                for (solution, loss) in share {
                    let gradient = self.gradient_beside(pinned.as_ref(), solution, loss)?;
                    add(&mut out.conductances, &gradient.conductances);
                    out.word_lines.push(gradient.word_lines);
                    out.bit_lines.push(gradient.bit_lines);
                }
                Ok(out)
            })
            .collect();
        let mut out = self.no_gradient();
        for share in shares {
            let share = share?;
            add(&mut out.conductances, &share.conductances);
            out.word_lines.extend(share.word_lines);
            out.bit_lines.extend(share.bit_lines);
        }
        Ok(out)
    }

    fn no_gradient(&self) -> BatchGradient {
        let conductances = vec![0.0; self.array().cells()];
        BatchGradient { conductances, word_lines: Vec::new(), bit_lines: Vec::new() }
    }
}

/// Zeros where there is a mark.
fn clear(values: &mut [f64], marks: &[bool]) {
    for (value, mark) in values.iter_mut().zip(marks) {
        if *mark {
            *value = 0.0;
        }
    }
}

fn add(sum: &mut [f64], term: &[f64]) {
    for (sum, term) in sum.iter_mut().zip(term) {
        *sum += term;
    }
}

fn check(field: &'static str, values: &[f64], expected: usize) -> Result<(), CrossbarError> {
    if !values.is_empty() && values.len() != expected {
        return Err(CrossbarError::Shape { field, found: values.len(), expected });
    }
    match values.iter().enumerate().find(|(_, d)| !d.is_finite()) {
        Some((k, &value)) => Err(CrossbarError::Value {
            field: format!("number {k} of {field}"),
            value,
            expected: "a finite number",
        }),
        None => Ok(()),
    }
}
