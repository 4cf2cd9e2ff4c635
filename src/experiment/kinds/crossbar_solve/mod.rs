//! `crossbar_solve`: currents and node voltages of an array with its wires.
//!
//! Written: `/results/{bit_line_current, word_line_current}` (A, one per line),
//! `/results/{node_voltage_word, node_voltage_bit}` (V, rows × columns), `/results/conductance`,
//! and `/results/residual`, the relative violation of Kirchhoff's current law.

mod array;
mod golden;
mod inline;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::crossbar::{self, Bias, Direct, Lines, Segments, Solution, Topology};
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::{Dataset, Record};
use array::Array;
use inline::ArrayFields;

/// Currents and node voltages of an array.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossbarSolve {
    /// The array and what drives it.
    array: ArrayFields,
}

impl Kind for CrossbarSolve {
    const NAME: &'static str = "crossbar_solve";
    const PURPOSE: &'static str = "currents and node voltages of an array with its wires";
}

impl CrossbarSolve {
    fn build(&self, folders: &Folders, seed: u64) -> Result<(Array, Option<PathBuf>), FieldError> {
        let Some(file) = &self.array.file else {
            return self.array.build(seed).map(|array| (array, None));
        };
        self.array.only_file()?;
        let (path, text) = folders.read("array.file", file)?;
        let array = golden::read(&text)
            .map_err(|fault| FieldError::new("array.file", format!("{}, {fault}", path.display())))?;
        Ok((array, Some(path)))
    }
}

impl Study for CrossbarSolve {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let (_, file) = self.build(folders, 0)?;
        Ok(Inputs { files: file.into_iter().collect(), ..Inputs::default() })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let (array, _) = self.build(context.folders, context.seed).map_err(fault)?;
        let (rows, columns) = (array.rows, array.columns);
        let solution = solve(&array)?;
        record.write(&Dataset::matrix(
            "/results/conductance",
            rows,
            columns,
            array.conductance.clone(),
            "S",
            "conductance of the cells",
        ))?;
        record.write(&Dataset::matrix(
            "/results/node_voltage_word",
            rows,
            columns,
            solution.word_nodes,
            "V",
            "voltage of the word line at each cell",
        ))?;
        record.write(&Dataset::matrix(
            "/results/node_voltage_bit",
            rows,
            columns,
            solution.bit_nodes,
            "V",
            "voltage of the bit line at each cell",
        ))?;
        let sum: f64 = solution.bit_line_currents.iter().sum();
        let (residual, name) = (solution.residual, "relative violation of Kirchhoff's current law");
        record.write(&Dataset::vector(
            "/results/bit_line_current",
            solution.bit_line_currents,
            "A",
            "current out of each bit line",
        ))?;
        record.write(&Dataset::vector(
            "/results/word_line_current",
            solution.word_line_currents,
            "A",
            "current into each word line",
        ))?;
        record.write(&Dataset::scalar("/results/residual", residual, "1", name))?;
        Ok(vec![format!("{rows} × {columns} array, {sum:.6e} A sensed in all, residual {residual:.1e}")])
    }
}

/// The DC solution of the array.
fn solve(array: &Array) -> Result<Solution, ExperimentError> {
    let bias = Bias { word_lines: array.word_voltage.clone(), bit_lines: array.bit_voltage.clone() };
    let lines = |segment, near: &Vec<Option<f64>>| Lines {
        segments: Segments::Uniform(segment),
        near: near.clone(),
        far: vec![None; near.len()],
    };
    let wired = crossbar::Array {
        rows: array.rows,
        columns: array.columns,
        topology: Topology::Crossed,
        conductances: array.conductance.clone(),
        word_lines: lines(array.word_segment, &array.source),
        bit_lines: lines(array.bit_segment, &array.sense),
        bridges: Vec::new(),
    };
    Ok(Direct::new(wired)?.solve(&bias)?)
}
