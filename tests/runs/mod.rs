//! Runs of the real program and the bits of their records.
#![allow(dead_code, reason = "not every test needs all of it")]
#![allow(clippy::expect_used, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use neurofilament::record::{Dataset, RecordFile, Values};
use serde_json::Value;

/// The program under test.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_neurofilament");

/// Runs the program to its end.
pub fn program(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(PROGRAM).args(arguments).current_dir(folder).output().expect("the program starts")
}

/// Runs the program, which must succeed, and gives the path of its record.
pub fn succeed(folder: &Path, arguments: &[&str]) -> PathBuf {
    let output = program(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let last = stdout.lines().last().expect("a last line");
    folder.join(last.strip_prefix("record: ").expect("the path of the record"))
}

/// Every dataset with its bits, so that NaN equals NaN.
fn content(path: &Path) -> Vec<(Dataset, Vec<u64>)> {
    let file = RecordFile::open(path).expect("a record");
    assert!(file.is_complete());
    let read = |path: String| {
        let mut dataset = file.read(&path).expect("a dataset");
        let bits = match std::mem::replace(&mut dataset.values, Values::U8(Vec::new())) {
            Values::F64(values) => values.iter().map(|v| v.to_bits()).collect(),
            Values::F32(values) => values.iter().map(|v| u64::from(v.to_bits())).collect(),
            other => {
                dataset.values = other;
                Vec::new()
            }
        };
        (dataset, bits)
    };
    file.paths().expect("paths").into_iter().map(read).collect()
}

/// The bits of all real numbers of a record.
pub fn numbers(path: &Path) -> Vec<Vec<u64>> {
    content(path).into_iter().map(|(_, bits)| bits).collect()
}

/// The records hold the same datasets, bit for bit.
pub fn same(a: &Path, b: &Path) {
    let (left, right) = (content(a), content(b));
    assert!(!left.is_empty());
    let paths = |c: &[(Dataset, Vec<u64>)]| c.iter().map(|(d, _)| d.path.clone()).collect::<Vec<_>>();
    assert_eq!(paths(&left), paths(&right));
    for (one, other) in left.iter().zip(&right) {
        assert!(one == other, "{} differs", one.0.path);
    }
}

/// A folder with the script `s.json`.
pub fn folder_with(script: &Value) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("s.json"), script.to_string()).expect("written");
    folder
}
