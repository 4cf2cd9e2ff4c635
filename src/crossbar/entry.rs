//! The one entry: an array, solved by the method that suits it.
//!
//! | method | chosen for |
//! |---|---|
//! | [`Method::LinePcg`] | crossed lines without bridges |
//! | [`Method::Direct`] | bridges, parallel source lines; and where an iteration does not reach its tolerance |
//!
//! An answer above the tolerance is an error, never silent; the answer names the method that found it.
//!
//! Pinned by: `tests/crossbar_properties.rs`, `tests/crossbar_golden.rs`.

use std::sync::{Mutex, OnceLock, PoisonError};

use rayon::prelude::*;

use super::array::{Array, Topology};
use super::bias::Bias;
use super::direct::Direct;
use super::error::CrossbarError;
use super::islands::pinned_nodes;
use super::line_pcg::{Drive, Solver, Sources, Tolerance};
use super::lossiness::lossiness;
use super::solution::{Method, Solution};

/// How to solve.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Options {
    /// The method; `None` chooses.
    pub method: Option<Method>,
    /// Estimated error over the largest potential at which an iteration stops.
    pub tolerance: f64,
}

impl Default for Options {
    fn default() -> Self {
        Self { method: None, tolerance: 1e-12 }
    }
}

/// An array ready to be solved under any number of biases.
#[derive(Debug)]
pub struct Crossbar {
    array: Array,
    options: Options,
    pinned_nodes: OnceLock<usize>,
    /// Iterative solvers not in use.
    solvers: Mutex<Vec<Solver>>,
    direct: OnceLock<Result<Direct, CrossbarError>>,
}

impl Crossbar {
    /// Checks an array and the options.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn new(array: Array, options: Options) -> Result<Self, CrossbarError> {
        array.check()?;
        if !(options.tolerance > 0.0 && options.tolerance < 1.0) {
            let field = "the tolerance".to_string();
            return Err(CrossbarError::Value {
                field,
                value: options.tolerance,
                expected: "between 0 and 1",
            });
        }
        let crossbar = Self {
            array,
            options,
            pinned_nodes: OnceLock::new(),
            solvers: Mutex::new(Vec::new()),
            direct: OnceLock::new(),
        };
        Ok(crossbar)
    }

    /// The array.
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// Λ, the weight of the wires ([`mod@super::lossiness`]).
    pub fn lossiness(&self) -> f64 {
        lossiness(&self.array)
    }

    /// Potentials and currents under a bias.
    ///
    /// # Errors
    /// When the bias does not fit the array, or the method does not reach its tolerance.
    pub fn solve(&self, bias: &Bias) -> Result<Solution, CrossbarError> {
        bias.check(&self.array)?;
        match self.options.method {
            Some(Method::Direct) => self.solve_directly(bias),
            Some(Method::LinePcg) => self.iterate(bias),
            Some(method) => {
                Err(CrossbarError::Unsupported { method: method.name(), what: "node potentials asked for" })
            }
            None if self.array.topology != Topology::Crossed || !self.array.bridges.is_empty() => {
                self.solve_directly(bias)
            }
            None => match self.iterate(bias) {
                Err(CrossbarError::NotConverged { .. }) => self.solve_directly(bias),
                other => other,
            },
        }
    }

    /// The same under many biases, on all threads.
    ///
    /// # Errors
    /// As of [`Self::solve`].
    pub fn solve_many(&self, biases: &[Bias]) -> Result<Vec<Solution>, CrossbarError> {
        biases.par_iter().map(|bias| self.solve(bias)).collect()
    }

    fn solve_directly(&self, bias: &Bias) -> Result<Solution, CrossbarError> {
        self.direct
            .get_or_init(|| Direct::new(self.array.clone()))
            .as_ref()
            .map_err(Clone::clone)?
            .solve(bias)
    }

    fn iterate(&self, bias: &Bias) -> Result<Solution, CrossbarError> {
        let idle = self.solvers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut solver = if let Some(solver) = idle {
            solver
        } else {
            let mut solver = Solver::new(&self.array)?;
            solver.set(&self.array.conductances);
            solver
        };
        let drive =
            Drive { word_lines: &bias.word_lines, bit_lines: &bias.bit_lines, sources: Sources::None };
        let converged = solver.solve(&drive, None, Tolerance::OfSolution(self.options.tolerance));
        let cells = self.array.cells();
        let (mut word, mut bit) = (vec![0.0; cells], vec![0.0; cells]);
        solver.write(&mut word, &mut bit);
        self.solvers.lock().unwrap_or_else(PoisonError::into_inner).push(solver);
        let iterations = converged?.iterations;
        let across = word.iter().zip(&bit).map(|(u, w)| u - w);
        let currents = self.array.conductances.iter().zip(across).map(|(g, v)| g * v).collect();
        let mut solution = Solution::assemble(&self.array, bias, word, bit, currents, Method::LinePcg);
        solution.iterations = iterations;
        solution.pinned_nodes = *self.pinned_nodes.get_or_init(|| pinned_nodes(&self.array));
        Ok(solution)
    }
}
