//! The linear problem of one Newton iteration: change of the potentials that takes up the currents left over.
//! Conjugate gradients on the word lines; sparse factorisation where lines run in parallel or bridges join them.
//!
//! Pinned by: `tests/crossbar_nonlinear.rs`.

use crate::crossbar::array::{Array, Lines};
use crate::crossbar::bias::Bias;
use crate::crossbar::direct::Direct;
use crate::crossbar::error::CrossbarError;
use crate::crossbar::line_pcg::{Drive, Solver, Sources, Tolerance};
use crate::crossbar::network::{Network, Node};

/// Which nodes are free.
#[derive(Debug)]
pub struct Nodes {
    /// Nodes with all cells conducting.
    network: Network,
    floating: bool,
}

fn any_floating(lines: &Lines) -> bool {
    (0..lines.near.len()).any(|k| lines.floats(k)) || lines.segments.any_open()
}

impl Nodes {
    /// For a checked array.
    pub fn new(array: &Array) -> Self {
        let floating = any_floating(&array.word_lines) || any_floating(&array.bit_lines);
        Self { network: Network::new(array), floating }
    }

    /// Some node may have no path to a terminal but through cells.
    pub fn any_floating(&self) -> bool {
        self.floating
    }

    /// Puts nodes at terminals to the bias and those without a path to one to 0 V.
    pub fn constrain(&self, words: usize, bias: &Bias, word: &mut [f64], bit: &mut [f64]) {
        for (nodes, potentials) in [(&self.network.word, word), (&self.network.bit, bit)] {
            for (node, potential) in nodes.iter().zip(potentials.iter_mut()) {
                match *node {
                    Node::Free(_) => {}
                    Node::Terminal(t) if t < words => *potential = bias.word_lines[t],
                    Node::Terminal(t) => *potential = bias.bit_lines[t - words],
                    Node::Pinned => *potential = 0.0,
                }
            }
        }
    }

    /// Largest of the currents left over at free nodes, A.
    pub fn largest(&self, [word, bit]: &[Vec<f64>; 2]) -> f64 {
        let mut sums = vec![0.0_f64; self.network.unknowns];
        for (nodes, excess) in [(&self.network.word, word), (&self.network.bit, bit)] {
            for (node, excess) in nodes.iter().zip(excess) {
                if let Node::Free(i) = *node {
                    sums[i] += excess;
                }
            }
        }
        // What is not a number stays.
        sums.into_iter().fold(0.0, |m: f64, i| if m.is_nan() || i.abs() <= m { m } else { i.abs() })
    }
}

/// The solver of the linear problems.
#[derive(Debug)]
pub struct Linear {
    /// `None` for arrays it does not know, which are factorised.
    line_pcg: Option<Box<Solver>>,
    word_ground: Vec<f64>,
    bit_ground: Vec<f64>,
}

impl Linear {
    /// For a checked array.
    pub fn new(array: &Array) -> Self {
        Self {
            line_pcg: Solver::new(array).ok().map(Box::new),
            word_ground: vec![0.0; array.word_line_count()],
            bit_ground: vec![0.0; array.columns],
        }
    }

    /// Changes of the potentials for the currents `excess` into the nodes of an array with the cells' slopes as
    /// conductances; returns the iterations it took.
    pub fn correct(
        &mut self,
        array: &Array,
        excess: &[Vec<f64>; 2],
        accuracy: f64,
        step: &mut [Vec<f64>; 2],
    ) -> Result<usize, CrossbarError> {
        let ([word, bit], [du, dw]) = (excess, step);
        if let Some(solver) = &mut self.line_pcg {
            solver.set(&array.conductances);
            let drive = Drive {
                word_lines: &self.word_ground,
                bit_lines: &self.bit_ground,
                sources: Sources::Nodes(word, bit),
            };
            // Where rounding has the better of it the factorisation takes over.
            if let Ok(convergence) = solver.solve(&drive, Tolerance::OfStart(accuracy)) {
                solver.write(du, dw);
                return Ok(convergence.iterations);
            }
        }
        Direct::new(array.clone())?.inject([word, bit], du, dw)?;
        Ok(0)
    }
}
