//! One script to one record.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::script::{Folders, Header};
use super::sweep::{self, Selection};
use super::{Context, ExperimentError, Progress, Script, Study};
use crate::record::{Provenance, Record};

/// How a script is run.
pub struct Options<'a> {
    /// Folder of the record; made where it is missing.
    pub out: PathBuf,
    /// Number of threads, for the provenance.
    pub threads: usize,
    /// Which points of a sweep.
    pub selection: Selection,
    /// Who is told how far the work is.
    pub progress: &'a dyn Progress,
}

/// What a run left behind.
#[derive(Debug)]
pub struct Outcome {
    /// The record; the unfinished one, or the folder of points, after an interruption.
    pub record: PathBuf,
    /// Lines for the user.
    pub summary: Vec<String>,
    /// What went wrong although there is a record.
    pub failure: Option<ExperimentError>,
}

/// Runs a script, as a sweep if it has a sweep block.
///
/// # Errors
/// When the physics fails or a file cannot be written.
pub fn run(script: &Script, options: &Options<'_>) -> Result<Outcome, ExperimentError> {
    create_folder(&options.out)?;
    if script.header.sweep.is_some() {
        return sweep::run(script, options);
    }
    if options.selection != Selection::All {
        return Err(ExperimentError::NoSweep { path: script.path.clone() });
    }
    let study = script.study.as_ref();
    let origin = provenance(&script.path, &script.folders, &script.value, &script.header, study, options)?;
    let path = options.out.join(format!("{}.h5", script.stem()));
    let mut record = Record::create(&path, &origin)?;
    // First, so that nothing computed depends on it.
    if let Some(published) = &script.header.published {
        published.write(&mut record)?;
    }
    let context = Context {
        seed: script.header.seed,
        script: &script.path,
        folders: &script.folders,
        progress: options.progress,
    };
    match study.run(&context, &mut record) {
        Ok(summary) => Ok(Outcome { record: record.finish()?, summary, failure: None }),
        Err(ExperimentError::Interrupted { .. }) => {
            let kept = record.keep_partial()?;
            let failure = Some(ExperimentError::Interrupted { kept: kept.clone() });
            Ok(Outcome { record: kept, summary: Vec::new(), failure })
        }
        Err(error) => {
            // The first error is the one to report; what was written stays in the unfinished file.
            let _ = record.keep_partial();
            Err(error)
        }
    }
}

/// Makes a folder and those above it.
pub(super) fn create_folder(folder: &Path) -> Result<(), ExperimentError> {
    std::fs::create_dir_all(folder)
        .map_err(|source| ExperimentError::Unwritable { path: folder.to_owned(), source })
}

/// Provenance of a script.
pub(super) fn provenance(
    path: &Path,
    folders: &Folders,
    value: &Value,
    header: &Header,
    study: &dyn Study,
    options: &Options<'_>,
) -> Result<Provenance, ExperimentError> {
    let inputs =
        study.check(folders).map_err(|error| ExperimentError::Field { path: path.to_owned(), error })?;
    Ok(Provenance {
        script: value.to_string(),
        cards: inputs.cards,
        seed: header.seed,
        threads: options.threads,
        kind: header.kind.clone(),
        title: header.title.clone(),
    })
}
