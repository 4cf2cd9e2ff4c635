//! The search for the best parameters: Levenberg–Marquardt from several starts.
//!
//! Minimises ½ Σ r² over u (`space`) with the crate `levenberg-marquardt`, a port of MINPACK's
//! LMDER, and differences as Jacobian. The first start is the base card. The others are the best of
//! `SCREEN` random points each, drawn uniformly in q, half of them within a tenth of the range around
//! the base card: most ranges are far wider than a model is alive in. Point k comes from
//! the stream (seed, `FitStart`, k), starts run in parallel, and ties go to the lower number: the
//! result does not depend on the number of threads.
//!
//! A search runs in passes with wide and narrow differences until one gains nothing.
//!
//! A trial that the model cannot evaluate counts as hopelessly bad: the step is shortened.
//!
//! References: J. J. Moré, in Numerical Analysis, Lecture Notes in Mathematics 630, 105 (1978),
//! doi:10.1007/BFb0067700.
//! Pinned by: `tests/fit_device.rs`.

use levenberg_marquardt::{LeastSquaresProblem, LevenbergMarquardt};
use nalgebra::{DMatrix, DVector, Dyn, Owned};
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use super::residuals::{Problem, chi_square};

/// Random points for each start but the first.
const SCREEN: usize = 8;
/// Share of the range around the base card in which half of the points lie.
const NEAR: f64 = 0.1;
/// Relative change of the sum of squares, or of the parameters, at which a search ends.
const TOLERANCE: f64 = 1e-7;
/// The optimiser sees u + 3: its first step is a share of that, and u may be 0.
const OFFSET: f64 = 3.0;
/// That share: a step of some tenths, over which a sine is smooth.
const FIRST_STEP: f64 = 0.1;
/// Evaluations for each parameter and one more, at most.
const PATIENCE: usize = 40;
/// Widths of the differences, in turn.
const WIDTHS: [f64; 2] = [5.0, 1.0];
/// Passes of one search at most, and the gain in χ² below which the last one ends it.
const MOST_PASSES: usize = 6;
const GAIN: f64 = 0.1;
/// Starts whose χ² is within this of the best found the same minimum.
const SAME: f64 = 1.0;

/// Where the search ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Optimum {
    /// The parameters.
    pub(super) q: Vec<f64>,
    pub(super) residuals: Vec<f64>,
    /// Starts that ended in the same minimum.
    pub(super) agreeing: usize,
    /// The best search ended by its tolerances.
    pub(super) converged: bool,
}

/// The best of `starts` searches; `None` when the model fails at every start.
pub(super) fn search(problem: &Problem<'_>, starts: usize, seed: u64) -> Option<Optimum> {
    let points = starting_points(problem, starts, seed);
    let ends: Vec<End> = points.par_iter().map(|q| descend(problem, q)).collect();
    let best = ends
        .iter()
        .filter(|end| end.possible)
        .min_by(|a, b| chi_square(&a.residuals).total_cmp(&chi_square(&b.residuals)))?;
    let least = chi_square(&best.residuals);
    let agreeing = ends.iter().filter(|e| e.possible && chi_square(&e.residuals) <= least + SAME).count();
    Some(Optimum {
        q: best.q.clone(),
        residuals: best.residuals.clone(),
        agreeing,
        converged: best.converged,
    })
}

/// The base card and the best random points.
fn starting_points(problem: &Problem<'_>, starts: usize, seed: u64) -> Vec<Vec<f64>> {
    let base = problem.space.start();
    let count = SCREEN * starts.saturating_sub(1);
    let mut drawn: Vec<(Vec<f64>, Option<f64>)> = (0..count)
        .into_par_iter()
        .map(|k| {
            let mut stream = Stream::new(seed, Purpose::FitStart, k as u64, 0);
            let at = |(parameter, centre): (&super::Free, &f64)| {
                let (low, high) = parameter.ends();
                if k % 2 == 0 {
                    low + (high - low) * stream.uniform()
                } else {
                    (centre + NEAR * (high - low) * (2.0 * stream.uniform() - 1.0)).clamp(low, high)
                }
            };
            let q: Vec<f64> = problem.space.free.iter().zip(&base).map(at).collect();
            let chi = problem.residuals(&q).map(|r| chi_square(&r));
            (q, chi)
        })
        .collect();
    drawn.retain(|(_, chi)| chi.is_some());
    // Stable: points of equal χ² stay in the order of their numbers.
    drawn.sort_by(|a, b| a.1.unwrap_or(f64::INFINITY).total_cmp(&b.1.unwrap_or(f64::INFINITY)));
    let mut points = vec![base];
    points.extend(drawn.into_iter().map(|(q, _)| q).take(starts.saturating_sub(1)));
    points
}

/// Where one search ended.
struct End {
    q: Vec<f64>,
    residuals: Vec<f64>,
    possible: bool,
    converged: bool,
}

/// Descends in passes, with wide and narrow differences in turn, until a pass gains nothing: the sum of
/// squares has small kinks near transitions, and each width sees other ones.
fn descend(problem: &Problem<'_>, start: &[f64]) -> End {
    let mut end = pass(problem, start, WIDTHS[0]);
    for width in WIDTHS.iter().cycle().skip(1).take(MOST_PASSES - 1) {
        let next = pass(problem, &end.q, *width);
        let gain = chi_square(&end.residuals) - chi_square(&next.residuals);
        if gain > 0.0 {
            end = next;
        }
        if gain < GAIN {
            break;
        }
    }
    end
}

/// One run of the optimiser.
fn pass(problem: &Problem<'_>, start: &[f64], width: f64) -> End {
    let u: Vec<f64> = problem.space.free.iter().zip(start).map(|(p, q)| p.unbounded(*q)).collect();
    let mut trial = Trial { problem, width, u, q: Vec::new(), residuals: Vec::new(), possible: true };
    trial.evaluate();
    let method = LevenbergMarquardt::new()
        .with_ftol(TOLERANCE)
        .with_xtol(TOLERANCE)
        .with_stepbound(FIRST_STEP)
        .with_patience(PATIENCE);
    let (trial, report) = method.minimize(trial);
    End {
        q: trial.q,
        residuals: trial.residuals,
        possible: trial.possible,
        converged: report.termination.was_successful(),
    }
}

/// The problem at one trial of the optimiser.
struct Trial<'a> {
    problem: &'a Problem<'a>,
    /// Width of differences over the standard one.
    width: f64,
    u: Vec<f64>,
    q: Vec<f64>,
    residuals: Vec<f64>,
    possible: bool,
}

impl Trial<'_> {
    fn evaluate(&mut self) {
        self.q = self.problem.space.free.iter().zip(&self.u).map(|(p, u)| p.bounded(*u)).collect();
        let residuals = self.problem.residuals(&self.q);
        self.possible = residuals.is_some();
        self.residuals = residuals.unwrap_or_else(|| self.problem.hopeless());
    }
}

impl LeastSquaresProblem<f64, Dyn, Dyn> for Trial<'_> {
    type ResidualStorage = Owned<f64, Dyn>;
    type JacobianStorage = Owned<f64, Dyn, Dyn>;
    type ParameterStorage = Owned<f64, Dyn>;

    fn set_params(&mut self, u: &DVector<f64>) {
        self.u = u.iter().map(|u| u - OFFSET).collect();
        self.evaluate();
    }

    fn params(&self) -> DVector<f64> {
        DVector::from_iterator(self.u.len(), self.u.iter().map(|u| u + OFFSET))
    }

    fn residuals(&self) -> Option<DVector<f64>> {
        Some(DVector::from_column_slice(&self.residuals))
    }

    fn jacobian(&self) -> Option<DMatrix<f64>> {
        let column = |j: usize| self.problem.column(&self.q, &self.residuals, j, self.width);
        let mut jacobian = columns(self.q.len(), column);
        for (j, (parameter, u)) in self.problem.space.free.iter().zip(&self.u).enumerate() {
            jacobian.column_mut(j).scale_mut(parameter.stretch(*u));
        }
        Some(jacobian)
    }
}

/// A matrix of `count` columns, found in parallel.
pub(super) fn columns(count: usize, column: impl Fn(usize) -> Vec<f64> + Sync) -> DMatrix<f64> {
    let columns: Vec<DVector<f64>> =
        (0..count).into_par_iter().map(|j| DVector::from_vec(column(j))).collect();
    DMatrix::from_columns(&columns)
}
