//! The study `continual_learning` behind a frozen front end: features or images replayed.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use neurofilament::record::{RecordFile, Values};
use serde_json::{Value, json};

mod runs;

use runs::{folder_with, program, succeed};

fn script() -> Value {
    json!({
        "kind": "continual_learning",
        "seed": 2,
        "front_end": {
            "data": {},
            "layers": [
                { "kind": "convolution", "filters": 4, "kernel": [3, 3], "stride": [2, 2] }, { "kind": "relu" }
            ],
            "training": { "epochs": 2 },
            "normalisation": "standard"
        },
        "learning": {
            "reconstruction": "squared_error",
            "hidden_units": 64, "latent_units": 16, "batch": 32, "replay_batch": 32, "iterations": 80
        },
        "learners": [
            { "method": "none" },
            { "method": "bir", "gate_fraction": 0.5 },
            { "method": "bir", "name": "images", "gate_fraction": 0.5, "internal_replay": false }
        ]
    })
}

fn accuracy(file: &RecordFile, learner: &str) -> f64 {
    match file.read(&format!("/results/{learner}/accuracy")).unwrap().values {
        Values::F64(values) => values[0],
        other => panic!("{other:?}"),
    }
}

#[test]
fn features_or_images_are_replayed() {
    let folder = folder_with(&script());
    let record = succeed(folder.path(), &["run", "s.json", "--quiet"]);
    let file = RecordFile::open(&record).unwrap();
    // Contexts, classes, samples, rows, columns: four channels of 3 x 3 features below each other, or images.
    assert_eq!(file.shape("/results/bir/samples").unwrap(), [5, 10, 4, 12, 3]);
    assert_eq!(file.shape("/results/images/samples").unwrap(), [5, 10, 4, 8, 8]);
    let Values::F32(images) = file.read("/results/images/samples").unwrap().values else { panic!() };
    assert!(images.iter().filter(|pixel| !pixel.is_nan()).all(|pixel| (0.0..=1.0).contains(pixel)));
    let none = accuracy(&file, "none");
    for learner in ["bir", "images"] {
        let own = accuracy(&file, learner);
        assert!(own > none + 0.2, "{learner}: {own} beside {none}");
    }
}

#[test]
fn without_a_front_end_there_is_no_such_choice() {
    let mut script = script();
    script.as_object_mut().unwrap().remove("front_end");
    let folder = folder_with(&script);
    let output = program(folder.path(), &["run", "s.json"]);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{text}");
    assert!(text.contains("learners[2].internal_replay") && text.contains("front_end"), "{text}");
}
