//! The arguments of the program.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use super::data::DataCommand;
use super::fit::FitCommand;

/// Resistive memory simulated from the filament up.
#[derive(Debug, Parser)]
#[command(
    name = "neurofilament",
    version,
    after_help = "Exit codes: 0 done, 1 failure while running, 2 bad input, 130 interrupted."
)]
pub(super) struct Arguments {
    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run an experiment script, as a sweep if it has a sweep block
    Run(RunOptions),
    /// Run a script that has a sweep block
    Sweep(RunOptions),
    /// Put the points of a sweep, from files of shards or folders, into one record
    Merge {
        /// The record to write
        output: PathBuf,
        /// Files of shards or points, or folders of them
        #[arg(required = true)]
        inputs: Vec<PathBuf>,
    },
    /// Make an HTML page with plots from a record
    Report {
        /// The record
        record: PathBuf,
        /// The page [default: the record with the extension .html]
        #[arg(long)]
        out: Option<PathBuf>,
    },
    /// Fit the parameters of a model to a measurement
    Fit {
        #[command(subcommand)]
        what: FitCommand,
    },
    /// List the device cards, or explain one
    Models {
        /// Name of a shipped card, or a card file
        card: Option<String>,
        /// As JSON, for programs
        #[arg(long)]
        json: bool,
    },
    /// List the public data sets and how to obtain them, or verify their files
    Data {
        #[command(subcommand)]
        what: Option<DataCommand>,
    },
    /// Print the JSON Schema of experiment scripts
    Schema,
    /// Print the completions of a shell
    Completions {
        /// Which shell
        shell: Shell,
    },
}

#[derive(Debug, Args)]
pub(super) struct RunOptions {
    /// The experiment script
    pub(super) script: PathBuf,
    /// Change a field of the script before it is read
    #[arg(long = "set", value_name = "PATH=VALUE")]
    pub(super) set: Vec<String>,
    /// Folder of the record
    #[arg(long, default_value = "results")]
    pub(super) out: PathBuf,
    /// Number of threads [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Seed, instead of the script's
    #[arg(long)]
    pub(super) seed: Option<u64>,
    /// No progress and no summary; only the path of the record
    #[arg(long)]
    pub(super) quiet: bool,
    /// Compute part I of N of a sweep
    #[arg(long, value_name = "I/N", conflicts_with = "points")]
    pub(super) shard: Option<String>,
    /// Compute the points A to B - 1 of a sweep
    #[arg(long, value_name = "A..B")]
    pub(super) points: Option<String>,
    /// Write the HTML report, too
    #[arg(long)]
    pub(super) report: bool,
}

/// Says in one line what is wrong with the arguments.
pub(super) fn complain(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    let end = ["\n\nUsage:", "\nUsage:", "\n\nFor more information"]
        .iter()
        .filter_map(|mark| text.find(mark))
        .min()
        .unwrap_or(text.len());
    let mut line = text[..end].split_whitespace().collect::<Vec<_>>().join(" ");
    if !line.starts_with("error") {
        // No arguments at all: clap gives the whole help.
        let _ = std::io::Write::write_all(&mut std::io::stderr(), text.as_bytes());
        return ExitCode::from(2);
    }
    line.push_str("; see neurofilament --help\n");
    let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    ExitCode::from(2)
}
