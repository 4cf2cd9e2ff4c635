//! The `solver` block of a script.
//!
//! One bias is solved for all potentials. Of many inputs only what the terminals carry is kept: each is
//! solved and its potentials are dropped, or, where that is faster, the transfer matrix gives the
//! currents, and neither potentials nor a residual are ever computed. The matrix knows a line's current as
//! a whole, so it is not chosen where a line is connected at both ends.

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Problem;
use crate::crossbar::islands::pinned_nodes;
use crate::crossbar::{
    Array, Bias, Crossbar, CrossbarError, LineCurrents, Lines, Method, Newton, NewtonOptions, Options, Ports,
    Power, Solution, Topology,
};
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
    /// The transfer matrix: currents of many inputs, no potentials.
    Ports,
}

/// The smallest tolerance: below it stands the rounding of the potentials.
const LEAST_TOLERANCE: f64 = 1e-15;

impl From<MethodName> for Method {
    fn from(name: MethodName) -> Self {
        match name {
            MethodName::LinePcg => Self::LinePcg,
            MethodName::Multigrid => Self::Multigrid,
            MethodName::Direct => Self::Direct,
            MethodName::Ports => Self::Ports,
        }
    }
}

/// What the terminals carry under one bias.
pub(super) struct Terminals {
    pub(super) word_line_currents: Vec<f64>,
    pub(super) bit_line_currents: Vec<f64>,
    pub(super) word_line_far_currents: Vec<f64>,
    pub(super) bit_line_far_currents: Vec<f64>,
    pub(super) delivered: f64,
    /// What needs potentials.
    pub(super) solved: Option<Solved>,
    pub(super) pinned_nodes: usize,
    pub(super) method: Method,
}

/// Numbers of a bias whose potentials were found.
#[derive(Clone, Copy)]
pub(super) struct Solved {
    pub(super) power: Power,
    pub(super) residual: f64,
    pub(super) iterations: usize,
}

impl Terminals {
    /// Of a solution.
    pub(super) fn of(solution: &Solution, bias: &Bias) -> Self {
        let power = solution.power(bias);
        let (residual, iterations) = (solution.residual, solution.iterations);
        Self {
            word_line_currents: solution.word_line_currents.clone(),
            bit_line_currents: solution.bit_line_currents.clone(),
            word_line_far_currents: solution.word_line_far_currents.clone(),
            bit_line_far_currents: solution.bit_line_far_currents.clone(),
            delivered: power.delivered,
            solved: Some(Solved { power, residual, iterations }),
            pinned_nodes: solution.pinned_nodes,
            method: solution.method,
        }
    }

    /// Of lines connected at one end: it carries the whole current.
    fn of_lines(array: &Array, bias: &Bias, currents: &LineCurrents, pinned_nodes: usize) -> Self {
        let product = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let delivered =
            product(&currents.word_lines, &bias.word_lines) - product(&currents.bit_lines, &bias.bit_lines);
        let (word_line_currents, word_line_far_currents) = ends(&array.word_lines, &currents.word_lines);
        let (bit_line_currents, bit_line_far_currents) = ends(&array.bit_lines, &currents.bit_lines);
        Self {
            word_line_currents,
            bit_line_currents,
            word_line_far_currents,
            bit_line_far_currents,
            delivered,
            solved: None,
            pinned_nodes,
            method: Method::Ports,
        }
    }

    /// Current out of all bit lines, at both ends.
    pub(super) fn sensed(&self) -> f64 {
        self.bit_line_currents.iter().chain(&self.bit_line_far_currents).fold(0.0, |sum, i| sum + i)
    }
}

/// Currents at the near and the far ends of lines of which none has both.
fn ends(lines: &Lines, currents: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let at = |ends: &[Option<f64>]| {
        currents.iter().zip(ends).map(|(i, end)| if end.is_some() { *i } else { 0.0 }).collect()
    };
    (at(&lines.near), at(&lines.far))
}

/// Some line is connected at both ends.
fn both_ends(array: &Array) -> bool {
    [&array.word_lines, &array.bit_lines]
        .iter()
        .any(|lines| lines.near.iter().zip(&lines.far).any(|(near, far)| near.is_some() && far.is_some()))
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
        if let Some(tolerance) = self.tolerance.filter(|t| *t < LEAST_TOLERANCE) {
            let text = format!(
                "is {tolerance:e}, below the rounding of the potentials; give at least {LEAST_TOLERANCE:e}"
            );
            return Err(FieldError::new("solver.tolerance", text));
        }
        if self.method.is_some() && problem.law.curved().is_some() {
            let text = "cells that are not linear have one method; leave it away";
            return Err(FieldError::new("solver.method", text));
        }
        match self.method {
            None | Some(MethodName::Direct) => Ok(()),
            Some(name) => applies(name, problem).map_err(|text| FieldError::new("solver.method", text)),
        }
    }

    /// What the terminals carry under all biases, in their order; with the potentials where there is
    /// one bias.
    pub(super) fn solve(
        self,
        problem: &Problem,
    ) -> Result<(Vec<Terminals>, Option<Solution>), CrossbarError> {
        let (array, biases) = (&problem.array, problem.biases.as_slice());
        let Some(law) = problem.law.curved() else {
            let standard = Options::default();
            let tolerance = self.tolerance.unwrap_or(standard.tolerance);
            let options = Options { method: self.method.map(Method::from), tolerance };
            let crossbar = Crossbar::new(array.clone(), options)?;
            if let [bias] = biases {
                let solution = crossbar.solve(bias)?;
                return Ok((vec![Terminals::of(&solution, bias)], Some(solution)));
            }
            if !both_ends(array) && crossbar.by_transfer(biases.len()) {
                let pinned = pinned_nodes(array);
                let currents = crossbar.currents(biases)?;
                let of =
                    |(bias, currents): (_, &LineCurrents)| Terminals::of_lines(array, bias, currents, pinned);
                return Ok((biases.iter().zip(&currents).map(of).collect(), None));
            }
            let solve = |bias| crossbar.solve(bias).map(|solution| Terminals::of(&solution, bias));
            return Ok((biases.par_iter().map(solve).collect::<Result<_, _>>()?, None));
        };
        let standard = NewtonOptions::default();
        let options = NewtonOptions { tolerance: self.tolerance.unwrap_or(standard.tolerance), ..standard };
        let mut newton = Newton::new(array, options)?;
        let mut terminals = Vec::with_capacity(biases.len());
        let mut last: Option<Solution> = None;
        for bias in biases {
            let mut solution = newton.solve(law, bias, last.as_ref())?;
            // Bridges carry the currents of these.
            for &k in &problem.ohmic {
                let across = solution.word_nodes[k] - solution.bit_nodes[k];
                solution.cell_currents[k] = array.conductances[k] * across;
            }
            terminals.push(Terminals::of(&solution, bias));
            last = Some(solution);
        }
        Ok((terminals, last.filter(|_| biases.len() == 1)))
    }
}

/// The method suits the array and what is asked of it; else why not.
fn applies(name: MethodName, problem: &Problem) -> Result<(), String> {
    let array = &problem.array;
    let method = Method::from(name).name();
    for (there, what) in
        [(array.topology == Topology::SourceLines, "source lines"), (!array.bridges.is_empty(), "bridges")]
    {
        if there {
            return Err(format!("{method} cannot solve an array with {what}; use direct or leave it away"));
        }
    }
    if method != Method::Ports.name() {
        return Ok(());
    }
    if problem.biases.len() < 2 {
        return Err("ports gives currents of lines, not the maps of one bias; give more than one of \
                    array.inputs, or leave it away"
            .to_owned());
    }
    if both_ends(array) {
        return Err("ports gives the current of a whole line, but a line is connected at both ends; use \
                    another method or leave it away"
            .to_owned());
    }
    if Ports::applies(array) {
        Ok(())
    } else {
        Err("ports cannot solve an array with conductances above 1e60 S; use direct".to_owned())
    }
}
