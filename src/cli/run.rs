//! The commands that compute: run, sweep, merge, report.

use std::path::{Path, PathBuf};

use super::CliError;
use super::arguments::RunOptions;
use super::output::{Output, warn};
use super::progress::{Bar, listen};
use crate::experiment::run::Options;
use crate::experiment::sweep::{Selection, merge as merge_points};
use crate::experiment::{Edit, ExperimentError, Script, run as run_script};

/// `run` and `sweep`.
pub(super) fn run(options: &RunOptions, must_sweep: bool, output: &mut Output) -> Result<(), CliError> {
    let edits = options.set.iter().map(|text| Edit::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let selection = match (&options.shard, &options.points) {
        (Some(text), _) => Selection::shard(text)?,
        (None, Some(text)) => Selection::range(text)?,
        (None, None) => Selection::All,
    };
    let script = Script::read(&options.script, &edits, options.seed)?;
    if must_sweep && script.header.sweep.is_none() {
        return Err(ExperimentError::NoSweep { path: options.script.clone() }.into());
    }
    let threads = pool(options.threads)?;
    listen().map_err(|error| CliError::Start { reason: error.to_string() })?;
    for warning in script.warnings() {
        warn("warning", &warning);
    }
    let bar = Bar::new(options.quiet);
    let outcome =
        run_script(&script, &Options { out: options.out.clone(), threads, selection, progress: &bar });
    bar.clear();
    let outcome = outcome?;
    if !options.quiet {
        for line in &outcome.summary {
            output.line(line)?;
        }
    }
    // The record is there even if its report fails, and its path is the last line either way.
    let reported = if options.report && outcome.failure.is_none() {
        report(&outcome.record, None, output)
    } else {
        Ok(())
    };
    output.line(&format!("record: {}", outcome.record.display()))?;
    reported?;
    outcome.failure.map_or(Ok(()), |error| Err(error.into()))
}

/// Sets up the threads; gives their number.
pub(super) fn pool(threads: Option<u16>) -> Result<usize, CliError> {
    let builder = rayon::ThreadPoolBuilder::new().num_threads(threads.map_or(0, usize::from));
    builder.build_global().map_err(|error| CliError::Start { reason: error.to_string() })?;
    Ok(rayon::current_num_threads())
}

/// `merge`.
pub(super) fn merge(path: &Path, inputs: &[PathBuf], output: &mut Output) -> Result<(), CliError> {
    let record = merge_points(path, inputs, rayon::current_num_threads())?;
    Ok(output.line(&format!("record: {}", record.display()))?)
}

/// `report`.
pub(super) fn report(record: &Path, out: Option<&Path>, output: &mut Output) -> Result<(), CliError> {
    let page = out.map_or_else(|| record.with_extension("html"), Path::to_owned);
    crate::report::write_html(record, &page)?;
    Ok(output.line(&format!("report: {}", page.display()))?)
}
