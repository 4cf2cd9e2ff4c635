//! `fit`: cards and parameters from measurements. One file for each thing that can be fitted.

mod device;
mod relaxation;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::CliError;
use super::output::Output;

/// What is fitted.
#[derive(Debug, Subcommand)]
pub(super) enum FitCommand {
    /// A compact model's parameters to an I-V sweep or a train of pulses (CSV)
    Device(device::Options),
    /// The relaxation block of a card to conductances measured after a write (TSV, CSV, also .gz)
    Relaxation(relaxation::Options),
}

/// Runs a fit.
pub(super) fn run(what: &FitCommand, output: &mut Output) -> Result<(), CliError> {
    match what {
        FitCommand::Device(options) => device::run(options, output),
        FitCommand::Relaxation(options) => relaxation::run(options, output),
    }
}

/// Writes a text beside its place and renames it: never half a file.
fn write(path: &Path, text: &str) -> Result<(), CliError> {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    std::fs::write(&part, text)
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|source| CliError::Unwritable { path: path.display().to_string(), source })
}
