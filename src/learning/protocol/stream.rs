//! [`ContextStream`]: a data set as contexts that come one after the other.
//!
//! | stream | context | class-incremental unit | domain-incremental unit |
//! |---|---|---|---|
//! | split | some of the classes | the class | place of the class in its context |
//! | permuted | all classes, pixels in an order of their own | class and context | the class |
//! | rotated | all classes, turned by an angle of their own | class and context | the class |
//!
//! Samples are not copied: a context lists the rows of the data it holds, and changes them as they are read.
//!
//! Permuted pixels: I. J. Goodfellow et al., arXiv:1312.6211. Rotated images: D. Lopez-Paz, M. Ranzato, NeurIPS
//! 2017, arXiv:1706.08840.
//!
//! Pinned by: the tests below.

use super::scenario::{ActiveUnits, Outline, Scenario};
use crate::data::{Permutation, Rotation, Samples, Split};
use crate::learning::LearningError;

/// A sample of a stream: its context and its row in the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) context: usize,
    pub(crate) row: usize,
}

/// What a context does to every sample.
#[derive(Debug, Clone)]
enum Change {
    Nothing,
    Permute(Permutation),
    Rotate(Rotation),
}

/// Most output units.
const MOST_UNITS: usize = 65_536;

/// The contexts of a data set.
#[derive(Debug, Clone)]
pub struct ContextStream<'a> {
    data: &'a Split,
    outline: Outline,
    /// Classes of each context, in the order of its output units.
    classes: Vec<Vec<u8>>,
    changes: Vec<Change>,
}

impl<'a> ContextStream<'a> {
    /// Contexts of some classes each.
    ///
    /// # Errors
    /// When a context is empty, a class is unknown, listed twice or without samples, or the contexts of
    /// domain-incremental learning have different numbers of classes.
    pub fn split(
        data: &'a Split,
        contexts: &[Vec<u8>],
        scenario: Scenario,
        active_units: ActiveUnits,
    ) -> Result<Self, LearningError> {
        let error = |rule: String| {
            Err(LearningError::Field { field: "contexts", value: format!("{contexts:?}"), rule })
        };
        let classes = data.train.classes();
        if contexts.is_empty() || contexts.iter().any(Vec::is_empty) {
            return error("write at least one context with at least one class each".to_owned());
        }
        let mut seen = vec![false; classes];
        for &class in contexts.iter().flatten() {
            match seen.get_mut(usize::from(class)) {
                None => {
                    return error(format!("class {class} is not in the data, which has {classes} classes"));
                }
                Some(true) => return error(format!("class {class} is listed twice")),
                Some(unseen) => *unseen = true,
            }
            if [&data.train, &data.test].iter().any(|part| part.of_class(class).is_empty()) {
                return Err(LearningError::NoSamples { class });
            }
        }
        let width = contexts[0].len();
        if scenario == Scenario::Domain && contexts.iter().any(|context| context.len() != width) {
            return error("domain-incremental contexts must have the same number of classes".to_owned());
        }
        let units = contexts.iter().map(|context| match scenario {
            Scenario::Domain => (0..width).collect(),
            Scenario::Task | Scenario::Class => context.iter().map(|&class| usize::from(class)).collect(),
        });
        let outline = Outline {
            scenario,
            active_units,
            inputs: data.train.inputs().columns(),
            units: if scenario == Scenario::Domain { width } else { classes },
            contexts: units.collect(),
        };
        let changes = vec![Change::Nothing; contexts.len()];
        Ok(Self { data, outline, classes: contexts.to_vec(), changes })
    }

    /// Contexts of all classes, the pixels of each in a random order of its own, keyed by `seed`.
    ///
    /// # Errors
    /// When there is no context, or there are more output units than can be.
    pub fn permuted(
        data: &'a Split,
        contexts: usize,
        seed: u64,
        scenario: Scenario,
        active_units: ActiveUnits,
    ) -> Result<Self, LearningError> {
        let (rows, columns) = data.train.shape();
        let change = |context| Change::Permute(Permutation::random(rows * columns, seed, context as u64));
        Self::changed(data, contexts, change, scenario, active_units)
    }

    /// Contexts of all classes, each turned by `step` degrees more than the one before; the first is not.
    ///
    /// # Errors
    /// When there is no context, or there are more output units than can be.
    pub fn rotated(
        data: &'a Split,
        contexts: usize,
        step: f64,
        scenario: Scenario,
        active_units: ActiveUnits,
    ) -> Result<Self, LearningError> {
        let change =
            |context: usize| Change::Rotate(Rotation::new(data.train.shape(), context as f64 * step));
        Self::changed(data, contexts, change, scenario, active_units)
    }

    fn changed(
        data: &'a Split,
        contexts: usize,
        change: impl Fn(usize) -> Change,
        scenario: Scenario,
        active_units: ActiveUnits,
    ) -> Result<Self, LearningError> {
        let classes = data.train.classes();
        let units = if scenario == Scenario::Domain { classes } else { contexts.saturating_mul(classes) };
        if contexts == 0 || contexts > MOST_UNITS / classes {
            let rule =
                format!("with {classes} classes write a whole number from 1 to {}", MOST_UNITS / classes);
            return Err(LearningError::Field { field: "contexts", value: contexts.to_string(), rule });
        }
        let of_context = |context: usize| {
            let first = if scenario == Scenario::Domain { 0 } else { context * classes };
            (first..first + classes).collect()
        };
        let outline = Outline {
            scenario,
            active_units,
            inputs: data.train.inputs().columns(),
            units,
            contexts: (0..contexts).map(of_context).collect(),
        };
        let classes = vec![(0..classes).map(|class| class as u8).collect(); contexts];
        Ok(Self { data, outline, classes, changes: (0..contexts).map(change).collect() })
    }

    /// What a learner may know from the start.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// Classes of each context, in the order of its output units.
    pub fn classes(&self) -> &[Vec<u8>] {
        &self.classes
    }

    /// The output unit of `class` in `context`.
    fn unit(&self, context: usize, class: u8) -> Option<usize> {
        let place = self.classes[context].iter().position(|&c| c == class)?;
        Some(self.outline.contexts[context][place])
    }

    /// The training samples of some contexts, in the order of the data.
    pub(crate) fn training(&self, contexts: std::ops::Range<usize>) -> Vec<Place> {
        self.places(&self.data.train, contexts)
    }

    /// The test samples of all contexts, in the order of the data.
    pub(crate) fn test(&self) -> Vec<Place> {
        self.places(&self.data.test, 0..self.classes.len())
    }

    fn places(&self, samples: &Samples, contexts: std::ops::Range<usize>) -> Vec<Place> {
        let labels = samples.labels().iter().enumerate();
        labels
            .flat_map(|(row, &label)| {
                let held = contexts.clone().filter(move |&context| self.classes[context].contains(&label));
                held.map(move |context| Place { context, row })
            })
            .collect()
    }

    /// Writes a training sample; gives its output unit.
    pub(crate) fn training_sample(&self, place: Place, input: &mut [f32]) -> usize {
        self.sample(&self.data.train, place, input)
    }

    /// Writes a test sample; gives its output unit.
    pub(crate) fn test_sample(&self, place: Place, input: &mut [f32]) -> usize {
        self.sample(&self.data.test, place, input)
    }

    fn sample(&self, samples: &Samples, place: Place, input: &mut [f32]) -> usize {
        let old = samples.inputs().row(place.row);
        match &self.changes[place.context] {
            Change::Nothing => input.copy_from_slice(old),
            Change::Permute(permutation) => permutation.apply(old, input),
            Change::Rotate(rotation) => rotation.apply(old, input),
        }
        // Only samples of the context's classes are listed.
        self.unit(place.context, samples.labels()[place.row]).unwrap_or(0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use numerics::matrix::Matrix;

    use super::*;

    fn data() -> Split {
        let samples = |n: usize| {
            let labels = (0..n).map(|i| (i % 4) as u8).collect();
            Samples::new(Matrix::from_fn(n, 2, |i, j| (10 * i + j) as f32), labels, 4, (1, 2)).unwrap()
        };
        Split { train: samples(9), test: samples(4) }
    }

    #[test]
    fn a_split_lists_the_samples_of_each_context() {
        let data = data();
        let contexts = vec![vec![3, 1], vec![0, 2]];
        let stream = ContextStream::split(&data, &contexts, Scenario::Class, ActiveUnits::All).unwrap();
        let rows = |places: Vec<Place>| places.iter().map(|p| (p.context, p.row)).collect::<Vec<_>>();
        assert_eq!(rows(stream.training(0..1)), [(0, 1), (0, 3), (0, 5), (0, 7)]);
        assert_eq!(rows(stream.test()), [(1, 0), (0, 1), (1, 2), (0, 3)]);
        let mut input = [0.0; 2];
        assert_eq!(stream.training_sample(Place { context: 0, row: 5 }, &mut input), 1);
        assert_eq!(input.map(|v| v as u32), [50, 51]);
        let domain = ContextStream::split(&data, &contexts, Scenario::Domain, ActiveUnits::All).unwrap();
        assert_eq!(
            (domain.outline().units, domain.test_sample(Place { context: 0, row: 3 }, &mut input)),
            (2, 0)
        );
    }

    #[test]
    fn changed_contexts_hold_every_sample_in_their_own_way() {
        let inputs = Matrix::from_fn(6, 9, |i, j| (10 * i + j) as f32);
        let samples = Samples::new(inputs, vec![0, 1, 2, 0, 1, 2], 3, (3, 3)).unwrap();
        let data = Split { train: samples.clone(), test: samples };
        let mut input = [0.0; 9];
        let rotated = ContextStream::rotated(&data, 3, 90.0, Scenario::Class, ActiveUnits::All).unwrap();
        assert_eq!((rotated.outline().units, rotated.training(0..3).len()), (9, 18));
        assert_eq!(rotated.training_sample(Place { context: 1, row: 2 }, &mut input), 5);
        // 0 1 2 / 3 4 5 / 6 7 8 turned by a quarter begins with 2 5 8.
        assert_eq!([input[0], input[1], input[2]].map(|v| v as u32), [22, 25, 28]);
        let permuted = ContextStream::permuted(&data, 2, 7, Scenario::Domain, ActiveUnits::All).unwrap();
        assert_eq!((permuted.outline().units, permuted.outline().contexts[1].clone()), (3, vec![0, 1, 2]));
        let mut read = |context| {
            assert_eq!(permuted.test_sample(Place { context, row: 4 }, &mut input), 1);
            input.map(|v| v as u32)
        };
        let (first, second) = (read(0), read(1));
        assert_ne!(first, second);
        for mut image in [first, second] {
            image.sort_unstable();
            assert_eq!(image, [40, 41, 42, 43, 44, 45, 46, 47, 48]);
        }
        assert!(ContextStream::rotated(&data, 0, 1.0, Scenario::Class, ActiveUnits::All).is_err());
    }

    #[test]
    fn what_is_no_stream_is_refused() {
        let data = data();
        let message = |contexts: &[&[u8]], scenario| {
            let contexts: Vec<Vec<u8>> = contexts.iter().map(|c| c.to_vec()).collect();
            ContextStream::split(&data, &contexts, scenario, ActiveUnits::All).unwrap_err().to_string()
        };
        assert!(message(&[], Scenario::Class).contains("at least one context"));
        assert!(message(&[&[0], &[4]], Scenario::Class).contains("class 4 is not in the data"));
        assert!(message(&[&[0], &[0]], Scenario::Task).contains("class 0 is listed twice"));
        assert!(message(&[&[0, 1], &[2]], Scenario::Domain).contains("same number of classes"));
    }
}
