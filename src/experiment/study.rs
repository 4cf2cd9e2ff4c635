//! What a kind of study must be able to do.

use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use super::error::{ExperimentError, FieldError};
use super::script::Folders;
use crate::record::Record;

/// What a study reads besides its script; part of its provenance and of what identifies a sweep.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// Device cards: name and JSON text.
    pub cards: Vec<(String, String)>,
    /// Other files.
    pub files: Vec<PathBuf>,
    /// What the user should know, e.g. values outside their documented range.
    pub warnings: Vec<String>,
}

/// A study, read from a script.
pub trait Study: Send + Sync + Debug {
    /// Checks what the types alone cannot (ranges, files, cards) and says what will be read.
    ///
    /// # Errors
    /// When a field cannot be used.
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError>;

    /// Does the work and writes the record. Returns lines for the user.
    ///
    /// Results must depend on the script and the seed alone, not on the number of threads.
    ///
    /// # Errors
    /// When the physics fails or the record cannot be written.
    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError>;
}

/// A kind of study: its fields are those of the implementing type.
pub trait Kind: Study + DeserializeOwned + JsonSchema + 'static {
    /// Value of `kind` in scripts.
    const NAME: &'static str;
    /// One line for people.
    const PURPOSE: &'static str;
}

/// What a running study is given.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// Seed of all random streams.
    pub seed: u64,
    /// The script file.
    pub script: &'a Path,
    /// Where relative paths are looked up.
    pub folders: &'a Folders,
    /// Tells the user how far the work is.
    pub progress: &'a dyn Progress,
}

impl Context<'_> {
    /// Ends the work with [`ExperimentError::Interrupted`] when the user asked for it.
    ///
    /// # Errors
    /// When the user interrupted the run.
    pub fn proceed(&self) -> Result<(), ExperimentError> {
        if self.progress.cancelled() {
            Err(ExperimentError::Interrupted { kept: PathBuf::new() })
        } else {
            Ok(())
        }
    }
}

/// Tells the user how far the work is, and the work whether to stop.
pub trait Progress: Sync {
    /// A piece of work of `total` steps begins.
    fn start(&self, what: &str, total: u64);
    /// So many more steps are done.
    fn advance(&self, steps: u64);
    /// The user wants the work to end.
    fn cancelled(&self) -> bool;
}

/// Progress that nobody watches.
#[derive(Debug, Default)]
pub struct Silent<'a> {
    /// Set when the work is to end.
    pub cancel: Option<&'a AtomicBool>,
}

impl Progress for Silent<'_> {
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn cancelled(&self) -> bool {
        self.cancel.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }
}

/// Silent progress that passes on whether another one was cancelled.
pub(crate) struct Muted<'a>(pub(crate) &'a dyn Progress);

impl Progress for Muted<'_> {
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
