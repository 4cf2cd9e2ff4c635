//! Arrays of non-linear cells: damped Newton iteration on the co-content.
//!
//! The node potentials of a network of resistors whose currents rise with the voltage minimise its co-content
//! Σ ½ g Δ² + Σ ∫ I dv, which is convex (W. Millar, Phil. Mag. 42, 1150 (1951)); its gradient is the violation of
//! Kirchhoff's current law. Each iteration solves the array with the cells' slopes as conductances,
//! to a tolerance that tightens with the violation (R. S. Dembo, S. C. Eisenstat, T. Steihaug, SIAM J. Numer. Anal.
//! 19, 400 (1982), doi:10.1137/0719025), and goes along the answer to where the derivative of the co-content
//! along it has fallen to half or changed its sign not too far: only currents are needed. From any start the
//! iteration converges, at the end quadratically.
//!
//! An answer is accepted when the largest violation at a node is [`NewtonOptions::tolerance`] of the largest
//! current of a cell or line, or below [`NewtonOptions::floor`], or as small as the rounding of the potentials allows.
//!
//! A cell whose current is held (saturated transistor, ideal limit) has no slope; in the linear problem alone it
//! gets a millionth of its chord, so that the iteration stays defined.
//!
//! Pinned by: `tests/crossbar_nonlinear.rs` (reference circuit, dense Newton iteration on random arrays, sequence
//! of violations, wires without resistance, floating lines, open rows, 10⁶ : 1, V/2 patterns).

mod linear;
mod wires;

use rayon::prelude::*;

use super::array::Array;
use super::bias::Bias;
use super::cells::CellLaws;
use super::error::CrossbarError;
use super::network::{Network, Node};
use super::solution::{Method, Solution};
use linear::{Linear, Nodes};
use wires::Wires;

/// When to stop.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct NewtonOptions {
    /// Violation of Kirchhoff's current law at any node over the largest current.
    pub tolerance: f64,
    /// Violation accepted in any case, A: what the currents of the cells are good to.
    pub floor: f64,
    /// Iterations after which to give up.
    pub most_iterations: usize,
}

impl Default for NewtonOptions {
    fn default() -> Self {
        Self { tolerance: 1e-10, floor: 0.0, most_iterations: 200 }
    }
}

/// Solves an array whose cells follow `laws`; its own conductances are ignored. `start` is a solution of a like
/// array from which to begin.
///
/// # Errors
/// When the array or bias is not valid, a law has no answer, or the iteration does not converge.
pub fn solve_nonlinear(
    array: &Array,
    laws: &dyn CellLaws,
    bias: &Bias,
    start: Option<&Solution>,
    options: &NewtonOptions,
) -> Result<Solution, CrossbarError> {
    Newton::new(array, *options)?.solve(laws, bias, start)
}

/// Potentials from which to begin.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Start<'a> {
    /// 0 V everywhere.
    Rest,
    /// Word nodes and bit nodes, V, row after row.
    Nodes(&'a [f64], &'a [f64]),
}

/// Currents and slopes of all cells at their voltages.
#[derive(Debug, Clone, Default)]
struct Cells {
    voltages: Vec<f64>,
    currents: Vec<f64>,
    slopes: Vec<f64>,
}

/// An array ready for any number of solutions, with the work space of the iteration.
#[derive(Debug)]
pub struct Newton {
    array: Array,
    options: NewtonOptions,
    wires: Wires,
    nodes: Nodes,
    linear: Linear,
    word: Vec<f64>,
    bit: Vec<f64>,
    cells: Cells,
    tried: Cells,
    /// Currents that arrive at the nodes and do not leave.
    excess: [Vec<f64>; 2],
    /// Potentials' change.
    step: [Vec<f64>; 2],
    residuals: Vec<f64>,
    /// Largest change of a potential in the last iteration, V.
    moved: f64,
    inner: usize,
}

/// Share of the derivative that may be left, of either sign, where the search along a step ends.
const CURVATURE: f64 = 0.5;
/// Slope of a cell with none, over its chord.
const CHORD: f64 = 1e-6;
/// Longest last step, over the largest potential.
const SETTLED: f64 = 1e-6;

impl Newton {
    /// Checks the array.
    ///
    /// # Errors
    /// When it is not valid.
    pub fn new(array: &Array, options: NewtonOptions) -> Result<Self, CrossbarError> {
        let cells = array.rows * array.columns;
        let mut array = array.clone();
        array.conductances = vec![1.0; cells];
        array.check()?;
        let zeros = || vec![0.0; cells];
        let all = Cells { voltages: zeros(), currents: zeros(), slopes: zeros() };
        Ok(Self {
            wires: Wires::new(&array),
            nodes: Nodes::new(&array),
            linear: Linear::new(&array),
            array,
            options,
            word: zeros(),
            bit: zeros(),
            tried: all.clone(),
            cells: all,
            excess: [zeros(), zeros()],
            step: [zeros(), zeros()],
            residuals: Vec::new(),
            moved: 0.0,
            inner: 0,
        })
    }

    /// Relative violation before each iteration of the last solution and after the last.
    pub fn residuals(&self) -> &[f64] {
        &self.residuals
    }

    /// Iterations of all linear solutions inside the last one; those by factorisation count none.
    pub fn inner_iterations(&self) -> usize {
        self.inner
    }

    /// Potentials and currents under a bias.
    ///
    /// # Errors
    /// As [`solve_nonlinear`].
    pub fn solve(
        &mut self,
        laws: &dyn CellLaws,
        bias: &Bias,
        start: Option<&Solution>,
    ) -> Result<Solution, CrossbarError> {
        let start = start.map_or(Start::Rest, |s| Start::Nodes(&s.word_nodes, &s.bit_nodes));
        self.solve_from(laws, bias, start)
    }

    /// As [`Newton::solve`], from given potentials.
    pub(crate) fn solve_from(
        &mut self,
        laws: &dyn CellLaws,
        bias: &Bias,
        start: Start<'_>,
    ) -> Result<Solution, CrossbarError> {
        bias.check(&self.array)?;
        self.begin(bias, start)?;
        self.evaluate_here(laws)?;
        self.residuals.clear();
        self.inner = 0;
        let mut previous = f64::INFINITY;
        for iteration in 0..=self.options.most_iterations {
            let (violation, scale) = self.violation(bias);
            let relative = if scale > 0.0 { violation / scale } else { violation };
            self.residuals.push(relative);
            if violation <= self.accepted(scale) && (iteration == 0 || self.settled()) {
                return self.finish(bias, iteration);
            }
            // No longer falling and within what the rounding of potentials makes of currents.
            if violation > 0.5 * previous && violation <= self.rounding() {
                return self.finish(bias, iteration);
            }
            previous = violation;
            if iteration == self.options.most_iterations || !self.advance(laws, relative)? {
                break;
            }
        }
        let (violation, scale) = self.violation(bias);
        if violation <= self.rounding().max(self.accepted(scale)) {
            return self.finish(bias, self.residuals.len() - 1);
        }
        Err(CrossbarError::NotConverged {
            method: "Newton iteration",
            reached: violation / scale,
            wanted: self.options.tolerance,
            iterations: self.residuals.len() - 1,
        })
    }

    /// Violation at which an answer is accepted, A.
    fn accepted(&self, scale: f64) -> f64 {
        (self.options.tolerance * scale).max(self.options.floor)
    }

    /// The last step was short: its square, the error it leaves, is far below the potentials themselves. A
    /// node that little current reaches (a floating line) may be far off while its violation is small.
    fn settled(&self) -> bool {
        let potential = self.word.iter().chain(&self.bit).fold(0.0_f64, |m, v| m.max(v.abs()));
        self.moved <= SETTLED * potential
    }

    /// Potentials to begin with; nodes at terminals get the bias.
    fn begin(&mut self, bias: &Bias, start: Start<'_>) -> Result<(), CrossbarError> {
        if let Start::Nodes(word, bit) = start {
            for (field, from, to) in [
                ("the list of word nodes to begin with", word, &mut self.word),
                ("the list of bit nodes to begin with", bit, &mut self.bit),
            ] {
                if from.len() != to.len() {
                    return Err(CrossbarError::Shape { field, found: from.len(), expected: to.len() });
                }
                to.copy_from_slice(from);
            }
        } else {
            self.word.fill(0.0);
            self.bit.fill(0.0);
        }
        self.nodes.constrain(self.array.word_line_count(), bias, &mut self.word, &mut self.bit);
        Ok(())
    }

    fn evaluate_here(&mut self, laws: &dyn CellLaws) -> Result<(), CrossbarError> {
        for ((v, u), w) in self.cells.voltages.iter_mut().zip(&self.word).zip(&self.bit) {
            *v = u - w;
        }
        evaluate(laws, self.array.columns, &mut self.cells)
    }

    /// Largest violation of the current law and the largest current; leaves the violations in `excess`.
    fn violation(&mut self, bias: &Bias) -> (f64, f64) {
        let potentials = [self.word.as_slice(), self.bit.as_slice()];
        self.wires.excess(&self.array, bias, potentials, &self.cells.currents, &mut self.excess);
        let (rows, columns) = (self.array.rows, self.array.columns);
        let mut scale = 0.0_f64;
        let mut into = vec![0.0; columns];
        for row in self.cells.currents.chunks(columns).take(rows) {
            let mut out = 0.0;
            for (sum, i) in into.iter_mut().zip(row) {
                *sum += i;
                out += i;
                scale = scale.max(i.abs());
            }
            scale = scale.max(f64::abs(out));
        }
        scale = into.iter().fold(scale, |m, i| m.max(i.abs()));
        (self.nodes.largest(&self.excess), scale)
    }

    /// What rounding of the potentials may leave of a node's currents, A.
    fn rounding(&self) -> f64 {
        let potential = self.word.iter().chain(&self.bit).fold(0.0_f64, |m, v| m.max(v.abs()));
        let slope = self.cells.slopes.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        8.0 * f64::EPSILON * potential * (self.wires.largest() + slope)
    }

    /// One iteration; false where rounding leaves no way down.
    fn advance(&mut self, laws: &dyn CellLaws, relative: f64) -> Result<bool, CrossbarError> {
        for ((g, slope), (i, v)) in self
            .array
            .conductances
            .iter_mut()
            .zip(&self.cells.slopes)
            .zip(self.cells.currents.iter().zip(&self.cells.voltages))
        {
            let chord = if *v == 0.0 { 0.0 } else { i / v };
            *g = slope.max(CHORD * chord).max(0.0);
        }
        // Tighter than the violation it leaves, so that the convergence stays quadratic, and no tighter than needed.
        let early: f64 = if self.residuals.len() <= 2 { 1e-2 } else { 1e-4 };
        let accuracy = early.min(relative.max(0.1 * self.options.tolerance / relative));
        self.inner += self.linear.correct(&self.array, &self.excess, accuracy, &mut self.step)?;
        self.search(laws)
    }

    /// Goes along `step` as far as the co-content falls well.
    fn search(&mut self, laws: &dyn CellLaws) -> Result<bool, CrossbarError> {
        let columns = self.array.columns;
        let [du, dw] = &self.step;
        // Derivatives of the co-content along the step: of the wires (linear in the way gone) and all.
        let cells_here = along(&self.cells.currents, du, dw);
        let here = -dot(&self.excess[0], du) - dot(&self.excess[1], dw);
        if here >= 0.0 || here.is_nan() {
            return Ok(false);
        }
        let wires_here = here - cells_here;
        let wires_slope = self.wires.energy(&self.array, du, dw);
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let (mut at_low, mut at_high) = (here, f64::INFINITY);
        let mut way = 1.0;
        let mut refused = None;
        for trial in 0..60 {
            for (k, v) in self.tried.voltages.iter_mut().enumerate() {
                *v = self.cells.voltages[k] + way * (du[k] - dw[k]);
            }
            let derivative = match evaluate(laws, columns, &mut self.tried) {
                Ok(()) => wires_here + way * wires_slope + along(&self.tried.currents, du, dw),
                // Beyond what the law can say: too far.
                Err(error) => {
                    refused = Some(error);
                    f64::INFINITY
                }
            };
            let enough = if way < 1.0 { derivative >= CURVATURE * here } else { true };
            if enough && derivative <= -CURVATURE * here {
                self.moved = 0.0;
                for (value, change) in self.word.iter_mut().zip(du).chain(self.bit.iter_mut().zip(dw)) {
                    *value += way * change;
                    self.moved = self.moved.max((way * change).abs());
                }
                std::mem::swap(&mut self.cells, &mut self.tried);
                return Ok(true);
            }
            if derivative > 0.0 || derivative.is_nan() {
                (high, at_high) = (way, derivative);
            } else {
                (low, at_low) = (way, derivative);
            }
            let secant = low - at_low * (high - low) / (at_high - at_low);
            // Currents grow exponentially: far up the secant says too little.
            way = if trial % 2 == 0 || !secant.is_finite() || at_high > -20.0 * here {
                0.5 * (low + high)
            } else {
                secant
            };
            if way <= low || way >= high {
                break;
            }
        }
        refused.map_or(Ok(false), Err)
    }

    /// The solution at the present potentials.
    fn finish(&mut self, bias: &Bias, iterations: usize) -> Result<Solution, CrossbarError> {
        for ((g, slope), i) in
            self.array.conductances.iter_mut().zip(&self.cells.slopes).zip(&self.cells.currents)
        {
            *g = if *slope == 0.0 && *i == 0.0 { 0.0 } else { 1.0 };
        }
        let mut pinned = 0;
        if self.array.conductances.contains(&0.0) || self.nodes.any_floating() {
            let network = Network::new(&self.array);
            pinned = network.pinned;
            for (nodes, potentials) in [(&network.word, &mut self.word), (&network.bit, &mut self.bit)] {
                for (node, potential) in nodes.iter().zip(potentials.iter_mut()) {
                    if *node == Node::Pinned {
                        *potential = 0.0;
                    }
                }
            }
        }
        let mut solution = Solution::assemble(
            &self.array,
            bias,
            self.word.clone(),
            self.bit.clone(),
            self.cells.currents.clone(),
            Method::Newton,
        )?;
        solution.pinned_nodes = pinned;
        solution.iterations = iterations;
        Ok(solution)
    }
}

/// Currents and slopes at the voltages in `cells`.
fn evaluate(laws: &dyn CellLaws, columns: usize, cells: &mut Cells) -> Result<(), CrossbarError> {
    let Cells { voltages, currents, slopes } = cells;
    if laws.costly() {
        let rows = voltages.par_chunks(columns).zip(currents.par_chunks_mut(columns));
        // The first row's error, whichever thread met one first.
        let results: Vec<_> = rows
            .zip(slopes.par_chunks_mut(columns))
            .enumerate()
            .map(|(row, ((v, i), g))| laws.evaluate(row, v, i, g))
            .collect();
        results.into_iter().collect()
    } else {
        let rows = voltages.chunks(columns).zip(currents.chunks_mut(columns));
        rows.zip(slopes.chunks_mut(columns))
            .enumerate()
            .try_for_each(|(row, ((v, i), g))| laws.evaluate(row, v, i, g))
    }
}

/// Σ I (δu − δw).
fn along(currents: &[f64], du: &[f64], dw: &[f64]) -> f64 {
    currents.iter().zip(du.iter().zip(dw)).map(|(i, (u, w))| i * (u - w)).sum()
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
