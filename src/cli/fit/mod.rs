//! `fit`: cards from measurements.

mod relaxation;

use clap::Subcommand;

use super::CliError;
use super::output::Output;

/// What to fit.
#[derive(Debug, Subcommand)]
pub(super) enum FitCommand {
    /// Fit the relaxation block of a card to conductances measured after a write
    Relaxation(relaxation::Options),
}

/// Fits.
pub(super) fn run(what: &FitCommand, output: &mut Output) -> Result<(), CliError> {
    match what {
        FitCommand::Relaxation(options) => relaxation::run(options, output),
    }
}
