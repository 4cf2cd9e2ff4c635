//! The netlist beside the record, and ngspice's answer to it.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Stdio};

use schemars::JsonSchema;
use serde::Deserialize;

use super::Problem;
use crate::crossbar::Solution;
use crate::crossbar::spice::{self, Deviation, RawFile};
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record};

/// What to do with SPICE.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Spice {
    /// Write the array as an ngspice netlist beside the record.
    Write,
    /// Write it, let the installed ngspice solve it, and record the deviation.
    Compare,
}

/// Writes the netlist of the first bias beside the record; compares if asked for. Gives a line for the user.
pub(super) fn run(
    what: Spice,
    problem: &Problem,
    solution: &Solution,
    record: &mut Record,
) -> Result<String, ExperimentError> {
    let circuit = record.path().with_extension("cir");
    let title = circuit.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let bias = &problem.biases[0];
    let text = spice::netlist(&problem.array, &problem.law.spice(), bias, &title)?;
    std::fs::write(&circuit, text)
        .map_err(|source| ExperimentError::Unwritable { path: circuit.clone(), source })?;
    let line = format!("netlist: {}", circuit.display());
    if what == Spice::Write {
        return Ok(line);
    }
    let raw = simulate(&circuit)?;
    let wrong = |error: spice::RawFileError| ExperimentError::Spice(error.to_string());
    let Deviation { potential, current } =
        spice::compare(&problem.array, &problem.law.spice(), solution, &raw).map_err(wrong)?;
    for (name, value, long) in [
        (
            "spice_potential_deviation",
            potential,
            "largest deviation from ngspice of a node potential, over the largest",
        ),
        (
            "spice_current_deviation",
            current,
            "largest deviation from ngspice of a line's current, over the largest",
        ),
    ] {
        record.write(&Dataset::scalar(format!("/results/{name}"), value, "1", long))?;
    }
    Ok(format!("{line}; ngspice differs by {potential:.1e} (potentials) and {current:.1e} (currents)"))
}

/// The operating point that ngspice finds; its raw file stays beside the netlist.
fn simulate(circuit: &Path) -> Result<RawFile, ExperimentError> {
    let raw = circuit.with_extension("raw");
    // What an earlier run left is no answer.
    match std::fs::remove_file(&raw) {
        Err(source) if source.kind() != ErrorKind::NotFound => {
            return Err(ExperimentError::Unwritable { path: raw, source });
        }
        _ => {}
    }
    let started =
        Command::new("ngspice").arg("-b").arg("-r").arg(&raw).arg(circuit).stdin(Stdio::null()).output();
    let output = started.map_err(|error| {
        let text = format!(
            "cannot start ngspice: {error}; install it, or ask with spice: \"write\" for the netlist alone"
        );
        ExperimentError::Spice(text)
    })?;
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let complaint = told.lines().rfind(|line| line.contains("Error") || line.contains("doAnalyses"));
    let failed = |text: &str| {
        let reason = complaint.unwrap_or(text).trim();
        ExperimentError::Spice(format!("ngspice did not solve {}: {reason}", circuit.display()))
    };
    if !output.status.success() {
        return Err(failed(&output.status.to_string()));
    }
    let bytes = std::fs::read(&raw)
        .map_err(|error| failed(&format!("it wrote no answer {}: {error}", raw.display())))?;
    RawFile::read(&bytes).map_err(|error| failed(&error.to_string()))
}
