//! `crossbar_solve`: currents and node voltages of an array with its wires.
//!
//! One bias gives maps of rows × columns: `/results/{node_voltage_word, node_voltage_bit, cell_voltage,
//! cell_current, cell_power}`; many inputs give `/results/input` and currents of inputs × lines. Always
//! written: `/results/{bit_line_current, word_line_current}` (A), with `_far_current` where far ends are
//! connected, `/results/conductance`, the powers `/results/power_{delivered, cells, wires}` (W), the
//! relative violation of Kirchhoff's current law `/results/residual`, and how it was found
//! (`/results/{method, iterations, pinned_nodes}`).

mod conductances;
mod drive;
mod faults;
mod fields;
mod golden;
mod lines;
mod names;
mod results;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::crossbar::{Array, Bias, Direct, Fault};
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;
use fields::ArrayFields;

/// Currents and node voltages of an array.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossbarSolve {
    /// The array and what drives it.
    array: ArrayFields,
}

/// An array and what is to be solved.
struct Problem {
    array: Array,
    /// At least one.
    biases: Vec<Bias>,
    /// What is broken, where the script has such a block.
    faults: Option<Vec<Fault>>,
}

impl Kind for CrossbarSolve {
    const NAME: &'static str = "crossbar_solve";
    const PURPOSE: &'static str = "currents and node voltages of an array with its wires";
}

impl Study for CrossbarSolve {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let (_, files) = self.array.build(folders, 0)?;
        Ok(Inputs { files, ..Inputs::default() })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let (problem, _) = self.array.build(context.folders, context.seed).map_err(fault)?;
        let direct = Direct::new(problem.array.clone())?;
        let solutions = problem.biases.iter().map(|b| direct.solve(b)).collect::<Result<Vec<_>, _>>()?;
        results::write(record, &problem, &solutions)?;
        let (rows, columns) = (problem.array.rows, problem.array.columns);
        let residual = solutions.iter().map(|s| s.residual).fold(0.0, f64::max);
        let sensed: f64 = solutions.iter().flat_map(|s| &s.bit_line_currents).sum();
        let what = match solutions.len() {
            1 => format!("{sensed:.6e} A sensed in all"),
            n => format!("{n} inputs, {:.6e} A sensed in the mean", sensed / n as f64),
        };
        Ok(vec![format!("{rows} × {columns} array, {what}, residual {residual:.1e}")])
    }
}
