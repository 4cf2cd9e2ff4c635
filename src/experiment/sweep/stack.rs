//! Stacks the results of the points along a leading axis.

use std::collections::{BTreeMap, BTreeSet};

use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

/// Results of the points seen so far, by path.
#[derive(Debug, Default)]
pub(super) struct Stacks(BTreeMap<String, Stack>);

#[derive(Debug)]
struct Stack {
    /// The first point's dataset, its values growing by those of the others.
    all: Dataset,
    /// Number of values of one point.
    single: usize,
    points: usize,
    /// Shapes and types agree so far.
    agree: bool,
    /// Values are the same in all points.
    same: bool,
}

impl Stacks {
    /// Adds a point's dataset if it is a result.
    pub(super) fn add(&mut self, path: &str, dataset: &Dataset) {
        if !path.starts_with("/results/") {
            return;
        }
        let Some(stack) = self.0.get_mut(path) else {
            let all = Dataset { path: path.to_owned(), ..dataset.clone() };
            let single = dataset.values.len();
            self.0.insert(path.to_owned(), Stack { all, single, points: 1, agree: true, same: true });
            return;
        };
        stack.points += 1;
        stack.agree &= stack.all.shape == dataset.shape && stack.all.unit == dataset.unit;
        if stack.agree {
            stack.same &= starts_with(&stack.all.values, &dataset.values);
            stack.agree &= extend(&mut stack.all.values, &dataset.values);
        } else {
            stack.all.values = Values::F64(Vec::new());
        }
    }

    /// Writes every result that all points have with one shape; `scale` is that of the points.
    pub(super) fn write(
        self,
        record: &mut Record,
        points: usize,
        scale: &str,
    ) -> Result<(), ExperimentError> {
        let usable: BTreeMap<String, Stack> =
            self.0.into_iter().filter(|(_, s)| s.agree && s.points == points).collect();
        // A scale that is the same everywhere stays a scale and is written once.
        let shared: BTreeSet<String> = usable
            .iter()
            .filter(|(path, s)| s.same && s.all.scales.iter().flatten().any(|scale| scale == *path))
            .map(|(path, _)| path.clone())
            .collect();
        for (path, stack) in usable {
            let mut dataset = stack.all;
            for scale in &mut dataset.scales {
                *scale = scale.take().filter(|s| shared.contains(s));
            }
            if shared.contains(&path) {
                truncate(&mut dataset.values, stack.single);
            } else {
                dataset.shape.insert(0, points);
                dataset.scales.insert(0, Some(scale.to_owned()));
            }
            record.write(&dataset)?;
        }
        Ok(())
    }
}

fn starts_with(all: &Values, one: &Values) -> bool {
    match (all, one) {
        (Values::F64(a), Values::F64(b)) => {
            a.len() >= b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits())
        }
        (Values::F32(a), Values::F32(b)) => {
            a.len() >= b.len() && a.iter().zip(b).all(|(x, y)| x.to_bits() == y.to_bits())
        }
        (Values::I64(a), Values::I64(b)) => a.starts_with(b),
        (Values::U8(a), Values::U8(b)) => a.starts_with(b),
        (Values::Text(a), Values::Text(b)) => a.starts_with(b),
        _ => false,
    }
}

fn extend(all: &mut Values, one: &Values) -> bool {
    match (all, one) {
        (Values::F64(a), Values::F64(b)) => a.extend_from_slice(b),
        (Values::F32(a), Values::F32(b)) => a.extend_from_slice(b),
        (Values::I64(a), Values::I64(b)) => a.extend_from_slice(b),
        (Values::U8(a), Values::U8(b)) => a.extend_from_slice(b),
        (Values::Text(a), Values::Text(b)) => a.extend_from_slice(b),
        _ => return false,
    }
    true
}

fn truncate(all: &mut Values, length: usize) {
    match all {
        Values::F64(a) => a.truncate(length),
        Values::F32(a) => a.truncate(length),
        Values::I64(a) => a.truncate(length),
        Values::U8(a) => a.truncate(length),
        Values::Text(a) => a.truncate(length),
    }
}
