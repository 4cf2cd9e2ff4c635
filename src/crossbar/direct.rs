//! DC solution of the nodal equations by sparse Cholesky factorisation.
//!
//! The nodal matrix of a passive network with at least one terminal per island is symmetric
//! positive definite. It is factorised once per state of the array (faer, AMD ordering) and each
//! bias costs two triangular solves and as much for each step of iterative refinement: two, and more where
//! the last one changed the potentials by more than the tolerance. A refinement that no longer falls is an error.
//!
//! Pinned by: `tests/crossbar_golden.rs` (independent reference circuits) and the dense
//! comparison and conservation properties in `tests/crossbar_properties.rs`.

use faer::prelude::Solve;
use faer::sparse::linalg::solvers::Llt;
use faer::sparse::{SparseColMat, Triplet};
use faer::{MatMut, Side};
use sprs::{CsMat, TriMat};

use super::array::Array;
use super::bias::Bias;
use super::error::CrossbarError;
use super::network::{Network, Node};
use super::solution::{Method, Solution, all_finite};

/// Least steps of refinement.
const REFINEMENTS: usize = 2;
/// Last correction over the largest potential at which an answer is taken.
const TOLERANCE: f64 = 1e-12;
/// A correction of this many parts of the largest potential is rounding.
const ROUNDING: f64 = 64.0 * f64::EPSILON;

/// An array with its nodal equations factorised; solves any number of biases.
#[derive(Debug)]
pub struct Direct {
    array: Array,
    network: Network,
    factor: Option<Llt<usize, f64>>,
}

impl Direct {
    /// Checks the array, assembles its nodal equations and factorises them.
    ///
    /// # Errors
    /// When the array is not valid or the factorisation breaks down.
    pub fn new(array: Array) -> Result<Self, CrossbarError> {
        array.check()?;
        let network = Network::new(&array);
        let n = network.unknowns;
        let mut triplets = TriMat::with_capacity((n, n), 4 * network.branches.len());
        for &(a, b, g) in &network.branches {
            if let Node::Free(i) = a {
                triplets.add_triplet(i, i, g);
            }
            if let Node::Free(j) = b {
                triplets.add_triplet(j, j, g);
            }
            if let (Node::Free(i), Node::Free(j)) = (a, b) {
                triplets.add_triplet(i, j, -g);
                triplets.add_triplet(j, i, -g);
            }
        }
        let matrix: CsMat<f64> = triplets.to_csr();
        let factor = if n == 0 { None } else { Some(factorise(&matrix)?) };
        Ok(Self { array, network, factor })
    }

    /// The array.
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// Nodes without a path to any terminal.
    pub fn pinned_nodes(&self) -> usize {
        self.network.pinned
    }

    /// Potentials and currents under a bias.
    ///
    /// # Errors
    /// When the bias does not fit the array, or the refinement does not converge.
    pub fn solve(&self, bias: &Bias) -> Result<Solution, CrossbarError> {
        bias.check(&self.array)?;
        let (word_nodes, bit_nodes) = self.potentials(bias, None, TOLERANCE)?;
        let across = word_nodes.iter().zip(&bit_nodes).map(|(u, w)| u - w);
        let currents = self.array.conductances.iter().zip(across).map(|(g, v)| g * v).collect();
        let mut solution =
            Solution::assemble(&self.array, bias, word_nodes, bit_nodes, currents, Method::Direct)?;
        solution.pinned_nodes = self.network.pinned;
        Ok(solution)
    }

    /// Potentials of word and bit nodes under a checked bias and, where given, currents into them. The last
    /// correction is below `tolerance` times the largest potential.
    pub(crate) fn potentials(
        &self,
        bias: &Bias,
        sources: Option<[&[f64]; 2]>,
        tolerance: f64,
    ) -> Result<(Vec<f64>, Vec<f64>), CrossbarError> {
        let terminal = |t: usize| {
            let words = self.array.word_line_count();
            if t < words { bias.word_lines[t] } else { bias.bit_lines[t - words] }
        };
        let mut from_sources = vec![0.0; self.network.unknowns];
        for (nodes, currents) in
            [&self.network.word, &self.network.bit].into_iter().zip(sources.into_iter().flatten())
        {
            for (node, current) in nodes.iter().zip(currents) {
                if let Node::Free(i) = node {
                    from_sources[*i] += current;
                }
            }
        }
        let mut potentials = from_sources.clone();
        for &(a, b, g) in &self.network.branches {
            match (a, b) {
                (Node::Free(i), Node::Terminal(t)) | (Node::Terminal(t), Node::Free(i)) => {
                    potentials[i] += g * terminal(t);
                }
                _ => {}
            }
        }
        self.back_solve(&mut potentials);
        let largest = |values: &[f64]| values.iter().fold(0.0, |m: f64, v| m.max(v.abs()));
        let applied = largest(&bias.word_lines).max(largest(&bias.bit_lines));
        let mut previous = f64::INFINITY;
        for step in 1.. {
            let mut residual = self.residual(&potentials, &terminal, &from_sources);
            self.back_solve(&mut residual);
            for (v, correction) in potentials.iter_mut().zip(&residual) {
                *v += correction;
            }
            if !(all_finite(&residual) && all_finite(&potentials)) {
                return Err(CrossbarError::NotFinite { method: Method::Direct.name() });
            }
            let change = largest(&residual);
            let reached = change <= tolerance.max(ROUNDING) * applied.max(largest(&potentials));
            if reached && step >= REFINEMENTS {
                break;
            }
            if !reached && change > 0.5 * previous {
                return Err(CrossbarError::Singular);
            }
            previous = change;
        }
        let value = |node: &Node| match *node {
            Node::Free(i) => potentials[i],
            Node::Terminal(t) => terminal(t),
            Node::Pinned => 0.0,
        };
        Ok((self.network.word.iter().map(value).collect(), self.network.bit.iter().map(value).collect()))
    }

    /// Potentials with all terminals at 0 V and these currents into the word and bit node of every cell.
    pub(crate) fn inject(
        &self,
        [word, bit]: [&[f64]; 2],
        u: &mut [f64],
        w: &mut [f64],
    ) -> Result<(), CrossbarError> {
        let mut potentials = vec![0.0; self.network.unknowns];
        for (nodes, currents) in [(&self.network.word, word), (&self.network.bit, bit)] {
            for (node, current) in nodes.iter().zip(currents) {
                if let Node::Free(i) = *node {
                    potentials[i] += current;
                }
            }
        }
        self.back_solve(&mut potentials);
        if !all_finite(&potentials) {
            return Err(CrossbarError::NotFinite { method: Method::Direct.name() });
        }
        for (nodes, out) in [(&self.network.word, u), (&self.network.bit, w)] {
            for (node, out) in nodes.iter().zip(out) {
                *out = if let Node::Free(i) = *node { potentials[i] } else { 0.0 };
            }
        }
        Ok(())
    }

    fn back_solve(&self, values: &mut [f64]) {
        if let Some(factor) = &self.factor {
            let n = values.len();
            factor.solve_in_place(MatMut::from_column_major_slice_mut(values, n, 1));
        }
    }

    /// Current into every unknown node, A. Branch by branch: the difference of two potentials is
    /// exact to a rounding of itself, while products with the diagonal of the matrix would cancel.
    fn residual(&self, potentials: &[f64], terminal: &dyn Fn(usize) -> f64, sources: &[f64]) -> Vec<f64> {
        let mut out = sources.to_vec();
        let potential = |node| match node {
            Node::Free(i) => potentials[i],
            Node::Terminal(t) => terminal(t),
            Node::Pinned => 0.0,
        };
        for &(a, b, g) in &self.network.branches {
            let current = g * (potential(a) - potential(b));
            if let Node::Free(i) = a {
                out[i] -= current;
            }
            if let Node::Free(j) = b {
                out[j] += current;
            }
        }
        out
    }
}

fn factorise(matrix: &CsMat<f64>) -> Result<Llt<usize, f64>, CrossbarError> {
    let n = matrix.rows();
    let lower: Vec<_> = matrix
        .iter()
        .filter(|(_, (i, j))| i >= j)
        .map(|(&value, (row, col))| Triplet { row, col, val: value })
        .collect();
    SparseColMat::<usize, f64>::try_new_from_triplets(n, n, &lower)
        .map_err(|_| CrossbarError::Singular)?
        .sp_cholesky(Side::Lower)
        .map_err(|_| CrossbarError::Singular)
}
