//! The `solver` block of a script.

use schemars::JsonSchema;
use serde::Deserialize;

use super::Problem;
use crate::crossbar::{Crossbar, CrossbarError, Method, Newton, NewtonOptions, Options, Solution};
use crate::experiment::FieldError;

/// How the node equations are solved.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SolverFields {
    /// The method; chosen by the array where left away. Linear cells only.
    #[serde(default)]
    method: Option<MethodName>,
    /// Where an iteration stops: of linear cells the error over the largest potential (1e-12), of others
    /// the violation of Kirchhoff's law over the largest current (1e-10).
    #[serde(default)]
    tolerance: Option<f64>,
}

/// A method.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum MethodName {
    /// Conjugate gradients with exact line solves.
    LinePcg,
    /// The same, preconditioned by multigrid; without it where there are 16 lines or fewer or islands without a
    /// terminal.
    Multigrid,
    /// Sparse Cholesky factorisation.
    Direct,
}

impl SolverFields {
    /// The values are possible and fit the array.
    pub(super) fn check(self, problem: &Problem) -> Result<(), FieldError> {
        if let Some(tolerance) = self.tolerance
            && !(tolerance > 0.0 && tolerance < 1.0)
        {
            let text = format!("is {tolerance}, expected a number between 0 and 1, e.g. 1e-10");
            return Err(FieldError::new("solver.tolerance", text));
        }
        if self.method.is_some() && problem.law.curved().is_some() {
            let text = "cells that are not linear have one method; leave it away";
            return Err(FieldError::new("solver.method", text));
        }
        Ok(())
    }

    /// The solutions under all biases, in their order.
    pub(super) fn solve(self, problem: &Problem) -> Result<Vec<Solution>, CrossbarError> {
        let Some(law) = problem.law.curved() else {
            let method = self.method.map(|name| match name {
                MethodName::LinePcg => Method::LinePcg,
                MethodName::Multigrid => Method::Multigrid,
                MethodName::Direct => Method::Direct,
            });
            let standard = Options::default();
            let options = Options { method, tolerance: self.tolerance.unwrap_or(standard.tolerance) };
            return Crossbar::new(problem.array.clone(), options)?.solve_many(&problem.biases);
        };
        let standard = NewtonOptions::default();
        let options = NewtonOptions { tolerance: self.tolerance.unwrap_or(standard.tolerance), ..standard };
        let mut newton = Newton::new(&problem.array, options)?;
        let mut solutions: Vec<Solution> = Vec::with_capacity(problem.biases.len());
        for bias in &problem.biases {
            let mut solution = newton.solve(law, bias, solutions.last())?;
            // Bridges carry the currents of these.
            for &k in &problem.ohmic {
                let across = solution.word_nodes[k] - solution.bit_nodes[k];
                solution.cell_currents[k] = problem.array.conductances[k] * across;
            }
            solutions.push(solution);
        }
        Ok(solutions)
    }
}
