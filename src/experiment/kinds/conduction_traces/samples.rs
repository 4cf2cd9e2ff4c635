//! Reads a record of this kind as labelled samples.

use std::path::Path;

use numerics::matrix::Matrix;

use super::ConductionTraces;
use crate::data::{Samples, Split};
use crate::experiment::Kind;
use crate::experiment::error::chain;
use crate::record::{Attribute, Dataset, RecordError, RecordFile, Values};

/// Number of points of a trace and of classes.
///
/// # Errors
/// A sentence, when the file is not a finished record of this kind.
pub(in crate::experiment::kinds) fn shape(path: &Path) -> Result<(usize, usize), String> {
    let file = open(path)?;
    let label = file.describe("/samples/label").map_err(|error| chain(&error))?;
    let classes = classes(path, &label)?;
    match file.shape("/samples/values").map_err(|error| chain(&error))?.as_slice() {
        [_, points] if *points > 0 => Ok((*points, classes)),
        other => Err(wrong(path, &format!("/samples/values has the shape {other:?}"))),
    }
}

/// Names of the classes: their compliance currents.
///
/// # Errors
/// As [`shape`], and when the record does not list the currents of its classes.
pub(in crate::experiment::kinds) fn class_names(path: &Path) -> Result<Vec<String>, String> {
    let (_, classes) = shape(path)?;
    let limits = open(path)?.numbers("/results/compliance_current").map_err(|error| chain(&error))?;
    if limits.len() != classes {
        return Err(wrong(path, &format!("{} compliance currents for {classes} classes", limits.len())));
    }
    Ok(limits.into_iter().map(written).collect())
}

/// A current with three digits: `19.9 uA`, `1.26 mA`.
fn written(current: f64) -> String {
    let (factor, unit) = match current {
        small if small < 1e-6 => (1e9, "nA"),
        medium if medium < 1e-3 => (1e6, "uA"),
        _ => (1e3, "mA"),
    };
    let value = current * factor;
    let decimals = (2 - value.log10().floor() as i32).max(0) as usize;
    let text = format!("{value:.decimals$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

/// Training and test samples: images of 1 × 1 × points.
///
/// # Errors
/// A sentence, when the file is not a finished record of this kind or its parts do not fit together.
pub(in crate::experiment::kinds) fn read(path: &Path) -> Result<Split, String> {
    let (points, classes) = shape(path)?;
    let file = open(path)?;
    let values = |name: &str| -> Result<Values, String> {
        let read: Result<Dataset, RecordError> = file.read(name);
        read.map(|dataset| dataset.values).map_err(|error| chain(&error))
    };
    let (Values::F32(values), Values::U8(labels), Values::U8(tests)) =
        (values("/samples/values")?, values("/samples/label")?, values("/samples/test")?)
    else {
        return Err(wrong(path, "the datasets of /samples have other types"));
    };
    let count = labels.len();
    if values.len() != count * points || tests.len() != count {
        return Err(wrong(path, "the datasets of /samples differ in length"));
    }
    if let Some(k) = values.iter().position(|v| !(0.0..=1.0).contains(v)) {
        let text = format!("sample {} holds {}, outside 0 to 1", k / points, values[k]);
        return Err(wrong(path, &text));
    }
    let inputs = Matrix::from_fn(count, points, |i, j| values[i * points + j]);
    let samples = Samples::new(inputs, labels, classes, (1, points))
        .ok_or_else(|| wrong(path, &format!("a label is not below {classes}, the number of classes")))?;
    let side = |test: bool| {
        let indices: Vec<usize> = (0..count).filter(|&i| (tests[i] != 0) == test).collect();
        samples.select(&indices)
    };
    let split = Split { train: side(false), test: side(true) };
    for (what, samples) in [("training", &split.train), ("test", &split.test)] {
        if let Some(class) = (0..classes).find(|&class| samples.of_class(class as u8).is_empty()) {
            return Err(wrong(path, &format!("level {class} has no {what} sample")));
        }
    }
    Ok(split)
}

pub(super) fn open(path: &Path) -> Result<RecordFile, String> {
    let file = RecordFile::open(path).map_err(|error| chain(&error))?;
    let kind = file.provenance().map_err(|error| chain(&error))?.kind;
    if kind != ConductionTraces::NAME {
        let found = if kind.is_empty() { "not a record".to_owned() } else { format!("of the kind {kind}") };
        return Err(format!(
            "{} is {found}; give the record of a study of the kind {}",
            path.display(),
            ConductionTraces::NAME
        ));
    }
    if !file.is_complete() {
        return Err(format!("{} is unfinished; run its script to the end", path.display()));
    }
    Ok(file)
}

fn classes(path: &Path, label: &Dataset) -> Result<usize, String> {
    match label.attributes.iter().find(|(name, _)| name == "classes") {
        Some((_, Attribute::I64(n))) if (2..=256).contains(n) => Ok(n.unsigned_abs() as usize),
        _ => Err(wrong(path, "/samples/label does not say how many classes there are")),
    }
}

pub(super) fn wrong(path: &Path, what: &str) -> String {
    format!("{}: {what}; make the record again", path.display())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn currents_are_written_with_three_digits() {
        let texts = [1e-5, 1.994_736_6e-5, 1.583_2e-4, 1.256_6e-3, 5e-3, 2.5e-9].map(written);
        assert_eq!(texts, ["10 uA", "19.9 uA", "158 uA", "1.26 mA", "5 mA", "2.5 nA"]);
    }
}
