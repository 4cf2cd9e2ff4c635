//! The command line: arguments, progress bars, exit codes. Nothing is computed here.
//!
//! Exit codes: 0 done, 1 failure while running (files, physics), 2 bad input (arguments, scripts,
//! cards), 130 interrupted. Errors are one line on stderr. The last line on stdout of a run is
//! `record: PATH`.

mod arguments;
mod data;
mod fit;
mod models;
mod output;
mod progress;
mod run;

use std::error::Error;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::experiment::ExperimentError;
use arguments::{Arguments, Command};
use output::{Output, fail};

/// What ends a command early.
#[derive(Debug, thiserror::Error)]
enum CliError {
    /// The experiment layer.
    #[error(transparent)]
    Experiment(#[from] ExperimentError),
    /// The record layer.
    #[error(transparent)]
    Record(#[from] crate::record::RecordError),
    /// A report.
    #[error(transparent)]
    Report(#[from] crate::report::ReportError),
    /// A fit.
    #[error(transparent)]
    Fit(#[from] crate::fit::FitError),
    /// A device card.
    #[error(transparent)]
    Card(#[from] device_models::CardError),
    /// A card file cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A file cannot be written.
    #[error("cannot write {path}: {source}; choose another output path")]
    Unwritable {
        /// The file.
        path: String,
        /// Why.
        source: std::io::Error,
    },
    /// A fit to measurements of relaxation.
    #[error(transparent)]
    FitRelaxation(#[from] crate::fit::relaxation::FitError),
    /// A data set.
    #[error(transparent)]
    Data(#[from] crate::data::DataError),
    /// A folder without data.
    #[error("{folder} holds the files of no data set this program knows; `neurofilament data` lists them")]
    NoData {
        /// The folder.
        folder: String,
    },
    /// The thread pool or the signal handler.
    #[error("cannot start: {reason}")]
    Start {
        /// Why.
        reason: String,
    },
    /// The output cannot be written.
    #[error("cannot write to the standard output")]
    Stdout(#[from] std::io::Error),
}

impl CliError {
    fn code(&self) -> u8 {
        match self {
            Self::Experiment(ExperimentError::Interrupted { .. }) => 130,
            Self::Experiment(error) if error.is_bad_input() => 2,
            Self::Fit(error) if error.is_bad_input() => 2,
            Self::Data(_)
            | Self::NoData { .. }
            | Self::Card(_)
            | Self::Unreadable { .. }
            | Self::FitRelaxation(_) => 2,
            _ => 1,
        }
    }
}

/// Runs the command line; the whole of the program.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) if error.use_stderr() => return arguments::complain(&error),
        Err(error) => {
            let mut output = Output::new();
            let _ = output.raw(&error.render().to_string());
            return ExitCode::SUCCESS;
        }
    };
    match dispatch(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has had enough; that is not an error.
        Err(CliError::Stdout(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            fail(&error as &dyn Error);
            ExitCode::from(error.code())
        }
    }
}

fn dispatch(arguments: Arguments) -> Result<(), CliError> {
    let mut output = Output::new();
    match arguments.command {
        Command::Run(options) => run::run(&options, false, &mut output),
        Command::Sweep(options) => run::run(&options, true, &mut output),
        Command::Merge { output: path, inputs } => run::merge(&path, &inputs, &mut output),
        Command::Report { record, out } => run::report(&record, out.as_deref(), &mut output),
        Command::Fit { what } => fit::run(&what, &mut output),
        Command::Models { card, json } => models::list(card.as_deref(), json, &mut output),
        Command::Data { what } => data::run(what.as_ref(), &mut output),
        Command::Schema => {
            let schema = crate::experiment::schema::schema();
            Ok(output.line(&format!("{schema:#}"))?)
        }
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "neurofilament", &mut script);
            Ok(output.raw(&String::from_utf8_lossy(&script))?)
        }
    }
}
