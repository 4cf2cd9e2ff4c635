//! What a solved array leaves in the record.

use super::Problem;
use super::faults::codes;
use super::solver::{Solved, Terminals};
use crate::crossbar::lossiness::lossiness;
use crate::crossbar::{Array, Lines, Solution, Topology};
use crate::experiment::ExperimentError;
use crate::record::{Attribute, Dataset, Record, Values};

/// Writes the array and what its terminals carry under its biases, in their order; maps where there is one.
pub(super) fn write(
    record: &mut Record,
    problem: &Problem,
    solutions: &[Terminals],
    maps: Option<&Solution>,
) -> Result<(), ExperimentError> {
    let array = &problem.array;
    write_array(record, problem)?;
    if let Some(solution) = maps {
        write_maps(record, array, solution)?;
    }
    if problem.inputs {
        let inputs: Vec<f64> = problem.biases.iter().flat_map(|b| b.word_lines.clone()).collect();
        let shape = vec![solutions.len(), array.word_line_count()];
        let name = "voltages of the word lines, one row for each input";
        record.write(&Dataset::new("/results/input", shape, Values::F64(inputs), "V", name))?;
    }
    let mut lines = |name: &str, long: &str, of: fn(&Terminals) -> &Vec<f64>| {
        let values: Vec<f64> = solutions.iter().flat_map(|s| of(s).iter().copied()).collect();
        let path = format!("/results/{name}");
        record.write(&match solutions {
            [_] => Dataset::vector(path, values, "A", long),
            many => Dataset::matrix(path, many.len(), of(&many[0]).len(), values, "A", long),
        })
    };
    let both = |lines: &Lines| lines.far.iter().any(Option::is_some);
    lines("bit_line_current", "current out of each bit line", |s| &s.bit_line_currents)?;
    lines("word_line_current", "current into each word line", |s| &s.word_line_currents)?;
    if both(&array.bit_lines) {
        let name = "current out of each bit line at its top end";
        lines("bit_line_far_current", name, |s| &s.bit_line_far_currents)?;
    }
    if both(&array.word_lines) {
        let name = "current into each word line at its right end";
        lines("word_line_far_current", name, |s| &s.word_line_far_currents)?;
    }
    write_numbers(record, lossiness(array), solutions)
}

fn write_array(record: &mut Record, problem: &Problem) -> Result<(), ExperimentError> {
    let array = &problem.array;
    let (rows, columns) = (array.rows, array.columns);
    let name = "conductance of the cells";
    let values = array.conductances.clone();
    let topology = match array.topology {
        Topology::Crossed => "crossed",
        Topology::SourceLines => "source_lines",
    };
    record.write(
        &Dataset::matrix("/results/conductance", rows, columns, values, "S", name)
            .attribute("topology", Attribute::Text(topology.to_owned())),
    )?;
    if let Some(faults) = &problem.faults {
        let name = "faults of cells and lines, in bits";
        let bits = "1 open, 2 shorted, 4 stuck, 8 word line broken behind the cell, \
                    16 bit line broken behind the cell, 32 end of a bridge";
        let values = Values::U8(codes(array, faults));
        record.write(
            &Dataset::new("/results/fault", vec![rows, columns], values, "1", name)
                .attribute("values", Attribute::Text(bits.to_owned())),
        )?;
    }
    Ok(())
}

/// Maps of rows × columns.
fn write_maps(record: &mut Record, array: &Array, solution: &Solution) -> Result<(), ExperimentError> {
    for (name, values, unit, long) in [
        ("node_voltage_word", solution.word_nodes.clone(), "V", "voltage of the word line at each cell"),
        ("node_voltage_bit", solution.bit_nodes.clone(), "V", "voltage of the bit line at each cell"),
        ("cell_voltage", solution.cell_voltages(), "V", "voltage across each cell"),
        ("cell_current", solution.cell_currents.clone(), "A", "current through each cell"),
        ("cell_power", solution.cell_powers(), "W", "power dissipated in each cell"),
    ] {
        let path = format!("/results/{name}");
        record.write(&Dataset::matrix(path, array.rows, array.columns, values, unit, long))?;
    }
    Ok(())
}

/// One number for each solution.
fn write_numbers(
    record: &mut Record,
    lossiness: f64,
    solutions: &[Terminals],
) -> Result<(), ExperimentError> {
    let mut numbers = |name: &str, unit: &str, long: &str, values: Vec<f64>| {
        let path = format!("/results/{name}");
        record.write(&match values.as_slice() {
            [value] => Dataset::scalar(path, *value, unit, long),
            _ => Dataset::vector(path, values, unit, long),
        })
    };
    let delivered = solutions.iter().map(|s| s.delivered).collect();
    numbers("power_delivered", "W", "power delivered by all terminals", delivered)?;
    // The transfer matrix finds no potentials: nothing that needs them is written then.
    let solved: Option<Vec<Solved>> = solutions.iter().map(|s| s.solved).collect();
    if let Some(solved) = solved {
        let cells = solved.iter().map(|s| s.power.cells).collect();
        numbers("power_cells", "W", "power dissipated in the cells", cells)?;
        let wires = solved.iter().map(|s| s.power.wires).collect();
        numbers("power_wires", "W", "power dissipated in wires, terminals and bridges", wires)?;
        let residual = solved.iter().map(|s| s.residual).collect();
        numbers("residual", "1", "relative violation of Kirchhoff's current law", residual)?;
        let iterations = solved.iter().map(|s| s.iterations as f64).collect();
        numbers("iterations", "1", "iterations of the solver", iterations)?;
    }
    let pinned = solutions.first().map_or(0, |s| s.pinned_nodes) as f64;
    record.write(&Dataset::scalar(
        "/results/pinned_nodes",
        pinned,
        "1",
        "nodes without a path to any terminal, reported at 0 V",
    ))?;
    let name = "lossiness: weight of the wires, outputs lose about half at 1";
    record.write(&Dataset::scalar("/results/lossiness", lossiness, "1", name))?;
    let methods = solutions.iter().map(|s| s.method.name().to_owned()).collect();
    record.write(&Dataset::texts("/results/method", methods, "method of the solver"))?;
    Ok(())
}
