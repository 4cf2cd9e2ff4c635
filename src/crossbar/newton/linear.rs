//! The linear problem of one Newton iteration: change of the potentials that takes up the currents left over.

use crate::crossbar::array::{Array, Lines};
use crate::crossbar::bias::Bias;
use crate::crossbar::direct::Direct;
use crate::crossbar::error::CrossbarError;
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
        sums.into_iter().fold(0.0, |m: f64, i| if i.is_nan() { i } else { m.max(i.abs()) })
    }
}

/// Changes of the potentials for the currents `excess` into the nodes of an array with the cells' slopes as
/// conductances.
pub fn correct(array: &Array, excess: [&[f64]; 2], step: &mut [Vec<f64>; 2]) -> Result<(), CrossbarError> {
    let direct = Direct::new(array.clone())?;
    let [du, dw] = step;
    direct.inject(excess, du, dw);
    Ok(())
}
