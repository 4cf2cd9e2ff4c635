//! The study `continual_learning`, interrupted: finished seeds are kept. In a file of its own: a
//! program started beside it would inherit the open record and hold its lock.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicU64, Ordering};

use neurofilament::experiment::run::Options;
use neurofilament::experiment::sweep::Selection;
use neurofilament::experiment::{ExperimentError, Outcome, Progress, Script, run};
use neurofilament::record::{Attribute, RecordFile};
use neurofilament::report;
use serde_json::{Value, json};

mod runs;

use runs::folder_with;

/// Asks for the end after some iterations.
struct Impatient {
    done: AtomicU64,
    patience: u64,
}

impl Progress for Impatient {
    fn start(&self, _: &str, _: u64) {}
    fn advance(&self, steps: u64) {
        self.done.fetch_add(steps, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.patience
    }
}

fn script() -> Value {
    json!({
        "kind": "continual_learning",
        "seed": 3,
        "seeds": 2,
        "learning": { "hidden_units": 16, "latent_units": 8, "batch": 8, "replay_batch": 8, "iterations": 10 },
        "learners": [{ "method": "none" }, { "method": "bir" }],
    })
}

/// Runs on one thread until so many iterations are done.
fn run_until(folder: &tempfile::TempDir, patience: u64) -> Outcome {
    let script = Script::read(&folder.path().join("s.json"), &[], None).unwrap();
    let progress = Impatient { done: AtomicU64::new(0), patience };
    let options =
        Options { out: folder.path().to_owned(), threads: 1, selection: Selection::All, progress: &progress };
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    one.install(|| run(&script, &options)).unwrap()
}

fn attribute(file: &RecordFile, path: &str, name: &str) -> Option<Attribute> {
    file.attributes(path).unwrap().into_iter().find_map(|(n, value)| (n == name).then_some(value))
}

#[test]
fn finished_seeds_of_an_interrupted_study_are_kept() {
    let folder = folder_with(&script());
    // Five contexts of ten iterations for each of two seeds: the last learner comes first, the last seed too.
    let outcome = run_until(&folder, 60);
    assert!(matches!(outcome.failure, Some(ExperimentError::Interrupted { .. })));
    let file = RecordFile::open(&outcome.record).unwrap();
    assert!(!file.is_complete());
    assert_eq!(attribute(&file, "/results", "learners"), Some(Attribute::Texts(vec!["bir".into()])));
    assert_eq!(attribute(&file, "/results/bir", "seeds"), Some(Attribute::I64s(vec![4])));
    assert_eq!(file.shape("/results/bir/accuracy_matrix").unwrap(), [1, 5, 5]);
    assert!(report::html(&outcome.record).unwrap().contains("Accuracy"));
}
