//! The study `filament`, interrupted. In a file of its own: a program started beside it would inherit
//! the open record and hold its lock.

#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::atomic::{AtomicU64, Ordering};

use neurofilament::experiment::run::Options;
use neurofilament::experiment::sweep::Selection;
use neurofilament::experiment::{ExperimentError, Progress, Script, run};
use neurofilament::record::RecordFile;
use neurofilament::report;
use serde_json::json;

mod runs;

use runs::folder_with;

/// Asks for the end after some frames.
struct Impatient(AtomicU64);

impl Progress for Impatient {
    fn start(&self, _: &str, total: u64) {
        assert_eq!(total, 16);
    }
    fn advance(&self, steps: u64) {
        self.0.fetch_add(steps, Ordering::Relaxed);
    }
    fn cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed) >= 5
    }
}

#[test]
fn an_interrupted_film_is_kept_up_to_its_last_frame() {
    let folder = folder_with(&json!({
        "kind": "filament",
        "seed": 2,
        "card": "kinetic_monte_carlo_hfo2",
        "width": "3 nm",
        "thickness": "3 nm",
        "vacancy_share": "2 %",
        "cells": 2,
        "rate": "1e6 V/s",
        "ramps": [
            { "name": "forming", "peak": "2.4 V", "compliance_current": "10 uA" },
            { "name": "RESET", "peak": "-1.2 V" },
        ],
        "frames": 4,
        "samples_per_frame": 3,
    }));
    let script = Script::read(&folder.path().join("s.json"), &[], None).unwrap();
    let progress = Impatient(AtomicU64::new(0));
    let options =
        Options { out: folder.path().to_owned(), threads: 1, selection: Selection::All, progress: &progress };
    let outcome = run(&script, &options).unwrap();
    assert!(matches!(outcome.failure, Some(ExperimentError::Interrupted { .. })));
    let file = RecordFile::open(&outcome.record).unwrap();
    assert!(!file.is_complete());
    assert_eq!(file.shape("/filament/sites").unwrap(), [6, 2, 6, 6, 6]);
    assert_eq!(file.shape("/filament/time").unwrap(), [6]);
    assert!(report::html(&outcome.record).unwrap().contains("<h2>Filament</h2>"));
}
