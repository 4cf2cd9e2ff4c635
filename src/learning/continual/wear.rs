//! [`Wear`]: what learning did to the cells of a network's arrays.
//!
//! The cells as they are, not as a measurement would find them; nothing of it counts as activity.

use super::network::Network;
use super::result::MatrixProgramming;

/// Bins of the histograms of conductances.
const BINS: usize = 64;

/// Cells before and after learning.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Wear {
    /// Middles of the bins of the histograms, S.
    pub conductance: Vec<f64>,
    /// Cells of all matrices in each bin after the first programming.
    pub before: Vec<u64>,
    /// The same at the end.
    pub after: Vec<u64>,
    /// Write pulses on the cells of every weight, matrix by matrix.
    pub pulses: Vec<WearMap>,
}

/// The wear map of a matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct WearMap {
    /// Name of the matrix; arrays beside the first have `_2`, `_3` … behind it.
    pub matrix: String,
    /// Outputs and inputs.
    pub shape: (usize, usize),
    /// Outputs × inputs.
    pub pulses: Vec<u64>,
}

/// Middles and counts of the conductances of all cells; `None` in ideal arithmetic.
pub(super) fn histogram<'a>(networks: impl Iterator<Item = &'a mut Network>) -> Option<(Vec<f64>, Vec<u64>)> {
    let mut sum: Option<(Vec<f64>, Vec<u64>)> = None;
    for network in networks {
        for layer in network.layers() {
            for array in layer.synapses.arrays() {
                let part = array.conductance_histogram(BINS);
                match &mut sum {
                    None => sum = Some((part.centres(), part.counts)),
                    Some((_, counts)) => {
                        counts.iter_mut().zip(&part.counts).for_each(|(sum, count)| *sum += count);
                    }
                }
            }
        }
    }
    sum
}

/// The wear maps of all matrices, which have the names they were programmed under.
pub(super) fn maps<'a>(
    networks: impl Iterator<Item = &'a mut Network>,
    written: &[MatrixProgramming],
) -> Vec<WearMap> {
    let mut names = written.iter().map(|matrix| &matrix.name);
    let mut maps = Vec::new();
    for network in networks {
        for (layer, name) in network.layers().zip(&mut names) {
            let shape = (layer.synapses.outputs(), layer.synapses.inputs());
            for (k, array) in layer.synapses.arrays().into_iter().enumerate() {
                let matrix = if k == 0 { name.clone() } else { format!("{name}_{}", k + 1) };
                maps.push(WearMap { matrix, shape, pulses: array.wear_map() });
            }
        }
    }
    maps
}
