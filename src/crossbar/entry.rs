//! The one entry: an array, solved by the method that suits it.
//!
//! | method | chosen for |
//! |---|---|
//! | [`Method::LinePcg`] | crossed lines without bridges, Λ ≤ 100 |
//! | [`Method::Multigrid`] | the same, Λ > 100 (line-PCG where there are 16 lines or fewer, or islands without a terminal) |
//! | [`Method::Direct`] | bridges, parallel source lines; and where an iteration does not reach its tolerance |
//! | [`Method::Ports`] | terminal currents alone ([`Crossbar::currents`]) of so many inputs that the transfer matrix pays |
//!
//! Break-even: B inputs one by one take B t, with t the time of one, and the transfer matrix takes its
//! reduction, after which an input is next to free. The reduction takes as long as about 16 inputs at
//! 64 × 64 cells, 8 at 128 × 128, 11 at 256 × 256, 6 at 512 × 512 and 4 beyond, where one input is
//! bound by memory and takes more iterations (one core, cells of 1 to 100 µS and 2 Ω; docs/performance.md).
//!
//! The choice follows from the array, the options and the number of inputs alone, never from what was
//! solved before, so the same call gives the same bits whenever and on however many threads it is made.
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
use super::ports::{LineCurrents, Ports, Transfer};
use super::solution::{Method, Solution};

/// Cells from which threads share one solution.
const SHARED: usize = 128 * 128;
/// Λ from which coarser arrays pay.
const MULTIGRID_FROM: f64 = 100.0;

/// Cells up to which that many inputs take as long one by one as by the transfer matrix.
const BREAK_EVEN: [(usize, usize); 4] = [(64 * 64, 16), (128 * 128, 8), (256 * 256, 11), (512 * 512, 6)];
const LARGE_BREAK_EVEN: usize = 4;

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
    ports: OnceLock<Result<Ports, CrossbarError>>,
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
            ports: OnceLock::new(),
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

    /// Memory of the array's conductances and of the iterative solvers at hand, bytes; one solver for each
    /// thread that has solved at the same time.
    pub fn bytes(&self) -> usize {
        let solvers = self.solvers.lock().unwrap_or_else(PoisonError::into_inner);
        size_of_val(&self.array.conductances[..]) + solvers.iter().map(Solver::bytes).sum::<usize>()
    }

    /// Potentials and currents under a bias.
    ///
    /// # Errors
    /// When the bias does not fit the array, or the method does not reach its tolerance.
    pub fn solve(&self, bias: &Bias) -> Result<Solution, CrossbarError> {
        bias.check(&self.array)?;
        if self.array.cells() >= SHARED && rayon::current_thread_index().is_none() {
            // One entry into the pool for all that threads share.
            return rayon::scope(|_| self.solve_here(bias));
        }
        self.solve_here(bias)
    }

    fn solve_here(&self, bias: &Bias) -> Result<Solution, CrossbarError> {
        let nodes = self.nodes(bias, None)?;
        let mut currents = vec![0.0; self.array.cells()];
        currents.par_chunks_mut(SHARED).enumerate().for_each(|(chunk, currents)| {
            let first = chunk * SHARED;
            let cells = first..first + currents.len();
            let g = &self.array.conductances[cells.clone()];
            let (u, w) = (&nodes.word[cells.clone()], &nodes.bit[cells]);
            for (k, current) in currents.iter_mut().enumerate() {
                *current = g[k] * (u[k] - w[k]);
            }
        });
        let mut solution =
            Solution::assemble(&self.array, bias, nodes.word, nodes.bit, currents, nodes.method)?;
        solution.iterations = nodes.iterations;
        solution.pinned_nodes = nodes.pinned;
        Ok(solution)
    }

    /// The same under many biases, on all threads.
    ///
    /// # Errors
    /// As of [`Self::solve`].
    pub fn solve_many(&self, biases: &[Bias]) -> Result<Vec<Solution>, CrossbarError> {
        biases.par_iter().map(|bias| self.solve(bias)).collect()
    }

    /// Terminal currents alone under many biases: by the transfer matrix where there are enough of them.
    ///
    /// # Errors
    /// As of [`Self::solve`].
    pub fn currents(&self, biases: &[Bias]) -> Result<Vec<LineCurrents>, CrossbarError> {
        if self.by_transfer(biases.len()) {
            return self.transfer()?.apply_many(biases);
        }
        let sum = |near: &[f64], far: &[f64]| near.iter().zip(far).map(|(a, b)| a + b).collect();
        let of = |solution: Solution| LineCurrents {
            word_lines: sum(&solution.word_line_currents, &solution.word_line_far_currents),
            bit_lines: sum(&solution.bit_line_currents, &solution.bit_line_far_currents),
        };
        biases.par_iter().map(|bias| self.solve(bias).map(of)).collect()
    }

    /// True where [`Self::currents`] of so many inputs takes the transfer matrix.
    pub fn by_transfer(&self, inputs: usize) -> bool {
        match self.options.method {
            Some(method) => method == Method::Ports,
            None => inputs >= self.break_even() && Ports::applies(&self.array),
        }
    }

    /// The array seen from its terminals, computed once.
    ///
    /// # Errors
    /// Where lines run in parallel or bridges connect them.
    pub fn transfer(&self) -> Result<&Transfer, CrossbarError> {
        let ports = prepared(&self.ports, || Ports::new(self.array.clone()));
        ports.as_ref().map(Ports::transfer).map_err(Clone::clone)
    }

    /// Number of inputs from which the transfer matrix is the faster way.
    fn break_even(&self) -> usize {
        let cells = self.array.cells();
        BREAK_EVEN.iter().find(|(most, _)| cells <= *most).map_or(LARGE_BREAK_EVEN, |(_, inputs)| *inputs)
    }

    /// Node potentials under a checked bias and, where given, currents into word and bit nodes.
    pub(super) fn nodes(&self, bias: &Bias, sources: Option<[&[f64]; 2]>) -> Result<Nodes, CrossbarError> {
        let crossed = self.array.topology == Topology::Crossed && self.array.bridges.is_empty();
        match self.options.method {
            Some(Method::Direct) => self.directly(bias, sources),
            Some(Method::LinePcg | Method::Multigrid) => self.iterate(bias, sources),
            Some(method @ (Method::Ports | Method::Newton)) => {
                let what = if method == Method::Ports { "node potentials asked for" } else { "linear cells" };
                Err(CrossbarError::Unsupported { method: method.name(), what })
            }
            None if !crossed => self.directly(bias, sources),
            None => match self.iterate(bias, sources) {
                Err(CrossbarError::NotConverged { .. } | CrossbarError::NotFinite { .. }) => {
                    self.directly(bias, sources)
                }
                other => other,
            },
        }
    }

    fn directly(&self, bias: &Bias, sources: Option<[&[f64]; 2]>) -> Result<Nodes, CrossbarError> {
        let direct =
            prepared(&self.direct, || Direct::new(self.array.clone())).as_ref().map_err(Clone::clone)?;
        let (word, bit) = direct.potentials(bias, sources, self.options.tolerance)?;
        Ok(Nodes { word, bit, method: Method::Direct, iterations: 0, pinned: direct.pinned_nodes() })
    }

    fn iterate(&self, bias: &Bias, sources: Option<[&[f64]; 2]>) -> Result<Nodes, CrossbarError> {
        let idle = self.solvers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let mut solver = if let Some(solver) = idle { solver } else { self.solver()? };
        let drive = Drive {
            word_lines: &bias.word_lines,
            bit_lines: &bias.bit_lines,
            sources: sources.map_or(Sources::None, |[word, bit]| Sources::Nodes(word, bit)),
        };
        let converged = solver.solve(&drive, Tolerance::OfSolution(self.options.tolerance));
        let cells = self.array.cells();
        let (mut word, mut bit) = (vec![0.0; cells], vec![0.0; cells]);
        solver.write(&mut word, &mut bit);
        let method = solver.method();
        self.solvers.lock().unwrap_or_else(PoisonError::into_inner).push(solver);
        Ok(Nodes { word, bit, method, iterations: converged?.iterations, pinned: self.pinned() })
    }

    /// Nodes on islands; only for arrays that iterations can solve.
    fn pinned(&self) -> usize {
        *self.pinned_nodes.get_or_init(|| pinned_nodes(&self.array))
    }

    fn solver(&self) -> Result<Solver, CrossbarError> {
        let solver = Solver::new(&self.array)?;
        let coarser = match self.options.method {
            Some(method) => method == Method::Multigrid,
            None => self.lossiness() > MULTIGRID_FROM,
        };
        // The interpolation would move islands.
        let mut solver =
            if coarser && self.pinned() == 0 { solver.with_hierarchy(&self.array)? } else { solver };
        solver.set(&self.array.conductances);
        Ok(solver)
    }
}

/// What a cell holds, computed where it is empty. Never inside the cell's initialiser: a thread of the pool that
/// waits there for its share of the work could take up another task that asks for the same cell. Two threads
/// may compute it at the same time, with the same result.
fn prepared<T>(cell: &OnceLock<T>, compute: impl FnOnce() -> T) -> &T {
    if let Some(value) = cell.get() {
        return value;
    }
    let value = compute();
    cell.get_or_init(|| value)
}

/// Potentials of all nodes and how they were found.
pub(super) struct Nodes {
    pub word: Vec<f64>,
    pub bit: Vec<f64>,
    pub method: Method,
    pub iterations: usize,
    pub pinned: usize,
}
