//! What a solver answers: potentials, currents, residual, and quantities derived from them.

use super::array::Array;
use super::bias::Bias;
use super::error::CrossbarError;
use super::kirchhoff;

/// How a solution was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Conjugate gradients on the word lines, preconditioned by exact line solves.
    LinePcg,
    /// The same, preconditioned by multigrid.
    Multigrid,
    /// Transfer matrix by nested dissection.
    Ports,
    /// Sparse Cholesky factorisation.
    Direct,
    /// Newton iteration, for non-linear cells.
    Newton,
}

impl Method {
    /// Name in scripts and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::LinePcg => "line_pcg",
            Self::Multigrid => "multigrid",
            Self::Ports => "ports",
            Self::Direct => "direct",
            Self::Newton => "newton",
        }
    }
}

/// Potentials and currents of an array under one bias.
#[derive(Debug, Clone, PartialEq)]
pub struct Solution {
    /// Potential of every cell's word-line node, V, row after row.
    pub word_nodes: Vec<f64>,
    /// Potential of every cell's bit-line node, V, row after row.
    pub bit_nodes: Vec<f64>,
    /// Current from word to bit line through every cell, A, row after row.
    pub cell_currents: Vec<f64>,
    /// Current into each word line at its near end, A.
    pub word_line_currents: Vec<f64>,
    /// Current out of each bit line at its near end, A.
    pub bit_line_currents: Vec<f64>,
    /// Current into each word line at its far end, A; zero where that is open.
    pub word_line_far_currents: Vec<f64>,
    /// Current out of each bit line at its far end, A; zero where that is open.
    pub bit_line_far_currents: Vec<f64>,
    /// Largest violation of Kirchhoff's current law at any node, A.
    pub imbalance: f64,
    /// The same over the largest current of any cell or terminal.
    pub residual: f64,
    /// Nodes without a path to any terminal, reported at 0 V.
    pub pinned_nodes: usize,
    /// How it was found.
    pub method: Method,
    /// Iterations, zero for a direct method.
    pub iterations: usize,
}

/// No value is infinite or not a number. All are looked at, so that the loop has no branch.
pub(super) fn all_finite<'a>(values: impl IntoIterator<Item = &'a f64>) -> bool {
    values.into_iter().fold(true, |all, value| all & value.is_finite())
}

/// Power in the parts of an array, W.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Power {
    /// Dissipated in the cells.
    pub cells: f64,
    /// Dissipated in wires, terminals and bridges.
    pub wires: f64,
    /// Delivered by all terminals.
    pub delivered: f64,
}

impl Solution {
    /// Completes node potentials and cell currents to a solution.
    ///
    /// # Errors
    /// Where any of them, or a current that follows, is no finite number.
    pub(crate) fn assemble(
        array: &Array,
        bias: &Bias,
        word_nodes: Vec<f64>,
        bit_nodes: Vec<f64>,
        cell_currents: Vec<f64>,
        method: Method,
    ) -> Result<Self, CrossbarError> {
        let balance = kirchhoff::balance(array, bias, &word_nodes, &bit_nodes, &cell_currents);
        let finite = [
            &word_nodes,
            &bit_nodes,
            &cell_currents,
            &balance.word_near,
            &balance.word_far,
            &balance.bit_near,
            &balance.bit_far,
        ]
        .into_iter()
        .all(all_finite);
        if !(finite && balance.imbalance.is_finite()) {
            return Err(CrossbarError::NotFinite { method: method.name() });
        }
        Ok(Self {
            word_nodes,
            bit_nodes,
            cell_currents,
            residual: if balance.scale > 0.0 { balance.imbalance / balance.scale } else { balance.imbalance },
            imbalance: balance.imbalance,
            word_line_currents: balance.word_near,
            bit_line_currents: balance.bit_near,
            word_line_far_currents: balance.word_far,
            bit_line_far_currents: balance.bit_far,
            pinned_nodes: 0,
            method,
            iterations: 0,
        })
    }

    /// Voltage across every cell, word line minus bit line, V, row after row.
    pub fn cell_voltages(&self) -> Vec<f64> {
        self.word_nodes.iter().zip(&self.bit_nodes).map(|(u, w)| u - w).collect()
    }

    /// Power dissipated in every cell, W, row after row.
    pub fn cell_powers(&self) -> Vec<f64> {
        let voltages = self.word_nodes.iter().zip(&self.bit_nodes).map(|(u, w)| u - w);
        self.cell_currents.iter().zip(voltages).map(|(i, v)| i * v).collect()
    }

    /// Power in the parts of the array. What is delivered and not dissipated in the cells is lost in
    /// wires and terminals (Tellegen).
    pub fn power(&self, bias: &Bias) -> Power {
        let cells = self.cell_powers().iter().sum();
        let sum = |currents: &[f64], potentials: &[f64]| -> f64 {
            currents.iter().zip(potentials).map(|(i, v)| i * v).sum()
        };
        let delivered = sum(&self.word_line_currents, &bias.word_lines)
            + sum(&self.word_line_far_currents, &bias.word_lines)
            - sum(&self.bit_line_currents, &bias.bit_lines)
            - sum(&self.bit_line_far_currents, &bias.bit_lines);
        Power { cells, wires: delivered - cells, delivered }
    }
}
