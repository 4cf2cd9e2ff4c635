//! `crossbar_solve`: currents and node voltages of an array with its wires.
//!
//! One bias gives maps of rows × columns: `/results/{node_voltage_word, node_voltage_bit, cell_voltage,
//! cell_current, cell_power}`; many inputs give currents of inputs × lines and no maps. Inputs are written as
//! `/results/input`. Always written: `/results/{bit_line_current, word_line_current}` (A), with
//! `_far_current` where far ends are connected, `/results/conductance`, `/results/power_delivered` (W), and
//! how it was found (`/results/{method, pinned_nodes}`), with the weight of the wires, `/results/lossiness`.
//! Where potentials were found, also for many inputs: `/results/power_{cells, wires}` (W), the relative
//! violation of Kirchhoff's current law `/results/residual`, and `/results/iterations`. The transfer matrix
//! (method `ports`) finds none.

mod cell;
mod conductances;
mod drive;
mod faults;
mod fields;
mod golden;
mod lines;
mod names;
mod results;
mod solver;
mod spice;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::crossbar::{Array, Bias, Fault};
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;
use cell::Law;
use fields::ArrayFields;
use solver::SolverFields;
use spice::Spice;

/// Currents and node voltages of an array.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossbarSolve {
    /// The array and what drives it.
    array: ArrayFields,
    /// Method and tolerance.
    #[serde(default)]
    solver: SolverFields,
    /// `write`: an ngspice netlist beside the record; `compare`: and the deviation of ngspice's answer.
    #[serde(default)]
    spice: Option<Spice>,
}

/// An array and what is to be solved.
struct Problem {
    array: Array,
    /// At least one.
    biases: Vec<Bias>,
    /// They come from a table of inputs.
    inputs: bool,
    /// What is broken, where the script has such a block.
    faults: Option<Vec<Fault>>,
    /// Ohmic cells of an array whose other cells are not.
    ohmic: Vec<usize>,
    law: Law,
}

impl Kind for CrossbarSolve {
    const NAME: &'static str = "crossbar_solve";
    const PURPOSE: &'static str = "currents and node voltages of an array with its wires";
}

impl Study for CrossbarSolve {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let (problem, files) = self.array.build(folders, 0)?;
        self.solver.check(&problem)?;
        if self.spice.is_some() && problem.biases.len() > 1 {
            let text = "a netlist has one bias; give word_line_voltages instead of array.inputs";
            return Err(FieldError::new("spice", text));
        }
        Ok(Inputs { files, ..Inputs::default() })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let (problem, _) = self.array.build(context.folders, context.seed).map_err(fault)?;
        let (terminals, solution) = self.solver.solve(&problem)?;
        results::write(record, &problem, &terminals, solution.as_ref())?;
        let (rows, columns) = (problem.array.rows, problem.array.columns);
        let sensed = terminals.iter().fold(0.0, |sum, t| sum + t.sensed());
        let what = match terminals.len() {
            1 => format!("{sensed:.6e} A sensed in all"),
            n => format!("{n} inputs, {:.6e} A sensed in the mean", sensed / n as f64),
        };
        let residual = terminals.iter().filter_map(|t| t.solved).map(|s| s.residual).reduce(f64::max);
        let how = residual.map_or("by the transfer matrix".to_owned(), |r| format!("residual {r:.1e}"));
        let mut lines = vec![format!("{rows} × {columns} array, {what}, {how}")];
        if let (Some(spice), Some(solution)) = (self.spice, &solution) {
            lines.push(spice::run(spice, &problem, solution, record)?);
        }
        Ok(lines)
    }
}
