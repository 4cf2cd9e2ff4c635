//! Computes the points of a sweep that are not there yet.

use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::merge::{Sources, write_merged};
use super::{IDENTITY, INDEX, Plan, SCRIPT};
use crate::experiment::run::{Options, Outcome, create_folder, provenance};
use crate::experiment::study::Muted;
use crate::experiment::{Context, ExperimentError, Progress, Script};
use crate::record::{Attribute, Record};

/// Runs the selected points of a sweep, continuing an earlier run of the same script, and merges
/// them into one record.
///
/// # Errors
/// When the sweep is not valid or a file cannot be written. Failing points are part of the outcome.
pub(crate) fn run(script: &Script, options: &Options<'_>) -> Result<Outcome, ExperimentError> {
    let fault = |error| ExperimentError::Field { path: script.path.clone(), error };
    let sweep = script.header.sweep.as_ref().ok_or(ExperimentError::NoSweep { path: script.path.clone() })?;
    let plan = Plan::new(&script.value, sweep).map_err(fault)?;
    let indices = options.selection.indices(plan.len())?;
    let identity = plan.identify(script)?;
    let folder = options.out.join(format!("{}.points-{identity}", script.stem()));
    create_folder(&folder)?;
    let job = Job { script, plan: &plan, identity: &identity, folder: &folder, options };
    let waiting: Vec<usize> = indices.iter().copied().filter(|i| !job.file(*i).is_file()).collect();
    let mut summary = Vec::new();
    if waiting.len() < indices.len() {
        summary.push(format!(
            "continued: {} of {} points were there already",
            indices.len() - waiting.len(),
            indices.len()
        ));
    }
    options.progress.start("points", waiting.len() as u64);
    let failures: Vec<(usize, ExperimentError)> = waiting
        .par_iter()
        .filter_map(|&index| {
            let result = job.compute(index);
            options.progress.advance(1);
            result.err().map(|error| (index, error))
        })
        .collect();
    if options.progress.cancelled() {
        let failure = Some(ExperimentError::Interrupted { kept: folder.clone() });
        return Ok(Outcome { record: folder, summary, failure });
    }
    let mut sources = Sources::default();
    for &index in indices.iter().filter(|i| job.file(**i).is_file()) {
        sources.add_point(index, job.file(index));
    }
    let record = options.out.join(format!("{}{}.h5", script.stem(), options.selection.suffix()));
    if sources.is_empty() && !indices.is_empty() {
        let (_, error) = failures.into_iter().next().ok_or(ExperimentError::NoSweep { path: record })?;
        return Err(error);
    }
    let record = write_merged(&record, &plan, &identity, &sources, options.threads)?;
    summary.push(format!("{} of {} points in the record", sources.len(), plan.len()));
    let total = indices.len();
    let failed = failures.len();
    let failure = failures.into_iter().next().map(|(index, source)| ExperimentError::PointsFailed {
        failed,
        total,
        index,
        parameters: plan.describe(index),
        source: Box::new(source),
    });
    if failure.is_none() {
        // The record holds everything now; other shards may still use the folder.
        for index in indices {
            let _ = std::fs::remove_file(job.file(index));
        }
        let _ = std::fs::remove_dir(&folder);
    }
    Ok(Outcome { record, summary, failure })
}

struct Job<'a> {
    script: &'a Script,
    plan: &'a Plan,
    identity: &'a str,
    folder: &'a Path,
    options: &'a Options<'a>,
}

impl Job<'_> {
    fn file(&self, index: usize) -> PathBuf {
        self.folder.join(format!("{index:06}.h5"))
    }

    fn compute(&self, index: usize) -> Result<(), ExperimentError> {
        if self.options.progress.cancelled() {
            return Ok(());
        }
        let (value, header, study) = self.plan.point(index).map_err(|error| ExperimentError::PointField {
            path: self.script.path.clone(),
            index,
            error,
        })?;
        let path = self.file(index);
        let origin = provenance(
            &self.script.path,
            &self.script.folders,
            &value,
            &header,
            study.as_ref(),
            self.options,
        )?;
        let mut record = Record::create(&path, &origin)?;
        let muted = Muted(self.options.progress);
        let context = Context {
            seed: header.seed,
            script: &self.script.path,
            folders: &self.script.folders,
            progress: &muted as &dyn Progress,
        };
        let done = study.run(&context, &mut record).and_then(|_| {
            record.attribute("/", INDEX, &Attribute::I64(i64::try_from(index).unwrap_or(i64::MAX)))?;
            record.attribute("/", IDENTITY, &Attribute::Text(self.identity.to_owned()))?;
            record.attribute("/", SCRIPT, &Attribute::Text(self.plan.script().to_string()))?;
            Ok(())
        });
        match done {
            Ok(()) => Ok(record.finish().map(|_| ())?),
            Err(error) => {
                drop(record);
                let mut part = path.into_os_string();
                part.push(".part");
                let _ = std::fs::remove_file(part);
                Err(error)
            }
        }
    }
}
