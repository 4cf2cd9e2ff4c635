//! [`Samples`]: labelled inputs, and their stratified [`Split`].
//!
//! The split keeps the share of every class: of the n samples of a class, round(share · n) go to
//! the test set (at least one, at most n − 1), chosen by a shuffle keyed by
//! (seed, [`Purpose::Split`], class). Validation samples are taken out of the training samples in
//! the same way, by a shuffle of their own: settings chosen on them have seen no test sample.
//!
//! Pinned by: the tests below.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::DataError;

/// Labelled samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Samples {
    inputs: Matrix,
    labels: Vec<u8>,
    classes: usize,
    channels: usize,
    shape: (usize, usize),
}

impl Samples {
    /// Samples × features with one label below `classes` each; `shape` is rows × columns of an
    /// image. `None` when counts or labels do not fit together.
    pub fn new(inputs: Matrix, labels: Vec<u8>, classes: usize, shape: (usize, usize)) -> Option<Self> {
        Self::of_images(inputs, labels, classes, (1, shape.0, shape.1))
    }

    /// The same for images of several channels: channel after channel, row after row.
    pub fn of_images(
        inputs: Matrix,
        labels: Vec<u8>,
        classes: usize,
        (channels, rows, columns): (usize, usize, usize),
    ) -> Option<Self> {
        let fits = inputs.rows() == labels.len()
            && inputs.columns() == channels * rows * columns
            && labels.iter().all(|&l| usize::from(l) < classes);
        fits.then_some(Self { inputs, labels, classes, channels, shape: (rows, columns) })
    }

    /// Samples × features: pixels in [0, 1], or what a front end made of them.
    pub fn inputs(&self) -> &Matrix {
        &self.inputs
    }

    /// One label per sample.
    pub fn labels(&self) -> &[u8] {
        &self.labels
    }

    /// Number of classes.
    pub fn classes(&self) -> usize {
        self.classes
    }

    /// Rows and columns of an image.
    pub fn shape(&self) -> (usize, usize) {
        self.shape
    }

    /// Channels, rows and columns of an image.
    pub fn image(&self) -> (usize, usize, usize) {
        (self.channels, self.shape.0, self.shape.1)
    }

    /// Number of samples.
    pub fn len(&self) -> usize {
        self.labels.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty()
    }

    /// Indices of the samples of `class`.
    pub fn of_class(&self, class: u8) -> Vec<usize> {
        (0..self.len()).filter(|&i| self.labels[i] == class).collect()
    }

    /// The samples at `indices`, in that order.
    ///
    /// # Panics
    /// When an index is not below the number of samples.
    #[must_use]
    pub fn select(&self, indices: &[usize]) -> Self {
        let mut inputs = Matrix::zeros(indices.len(), self.inputs.columns());
        for (to, &from) in indices.iter().enumerate() {
            inputs.row_mut(to).copy_from_slice(self.inputs.row(from));
        }
        let labels = indices.iter().map(|&i| self.labels[i]).collect();
        Self { inputs, labels, ..*self }
    }

    /// The same samples with other images of as many channels; counts must fit.
    pub(super) fn with_images(&self, inputs: Matrix, shape: (usize, usize)) -> Self {
        Self { inputs, labels: self.labels.clone(), classes: self.classes, channels: self.channels, shape }
    }

    /// Training and test samples, the share of every class kept.
    ///
    /// # Errors
    /// When the share is not inside (0, 1) or a class that occurs has a single sample.
    pub fn split(&self, seed: u64, test_share: f64) -> Result<Split, DataError> {
        self.hold_out(test_share, |class| Stream::new(seed, Purpose::Split, class, 0))
    }

    fn hold_out(&self, share: f64, stream: impl Fn(u64) -> Stream) -> Result<Split, DataError> {
        if !(share > 0.0 && share < 1.0) {
            return Err(DataError::TestShare { value: share });
        }
        let (mut train, mut test) = (Vec::new(), Vec::new());
        for class in 0..self.classes {
            let mut members = self.of_class(class as u8);
            match members.len() {
                0 => {}
                1 => return Err(DataError::SmallClass { class, found: 1, needed: 2 }),
                n => {
                    stream(class as u64).shuffle(&mut members);
                    let held_out = ((share * n as f64).round() as usize).clamp(1, n - 1);
                    test.extend_from_slice(&members[..held_out]);
                    train.extend_from_slice(&members[held_out..]);
                }
            }
        }
        train.sort_unstable();
        test.sort_unstable();
        Ok(Split { train: self.select(&train), test: self.select(&test) })
    }
}

/// Samples to learn from and samples to be judged by.
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// Training samples.
    pub train: Samples,
    /// Samples to be judged by.
    pub test: Samples,
}

impl Split {
    /// The training samples split once more: fewer to learn from, and validation samples to be
    /// judged by. The test samples of this split are in neither.
    ///
    /// # Errors
    /// When the share is not inside (0, 1) or a class has a single training sample.
    pub fn validation(&self, seed: u64, share: f64) -> Result<Self, DataError> {
        self.train.hold_out(share, |class| Stream::new(seed, Purpose::Split, class, 1)).map_err(|error| {
            match error {
                DataError::SmallClass { class, found, .. } => {
                    let found = found + self.test.of_class(class as u8).len();
                    DataError::SmallClass { class, found, needed: 3 }
                }
                other => other,
            }
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn samples() -> Samples {
        let labels: Vec<u8> = (0..50).map(|i| u8::from(i >= 20)).collect();
        Samples::new(Matrix::from_fn(50, 1, |i, _| i as f32), labels, 2, (1, 1)).unwrap()
    }

    #[test]
    fn split_keeps_class_shares_and_covers_every_sample_once() {
        let split = samples().split(3, 0.2).unwrap();
        assert_eq!(split.test.of_class(0).len(), 4);
        assert_eq!(split.test.of_class(1).len(), 6);
        let mut all: Vec<f32> = split.train.inputs().as_slice().to_vec();
        all.extend_from_slice(split.test.inputs().as_slice());
        all.sort_by(f32::total_cmp);
        assert_eq!(all, (0..50).map(|i| i as f32).collect::<Vec<_>>());
        assert_eq!(samples().split(3, 0.2).unwrap(), split);
        assert_ne!(samples().split(4, 0.2).unwrap(), split);
    }

    #[test]
    fn validation_samples_come_from_the_training_part_alone() {
        let split = samples().split(3, 0.2).unwrap();
        let validation = split.validation(3, 0.25).unwrap();
        let sizes = |s: &Samples| [s.of_class(0).len(), s.of_class(1).len()];
        assert_eq!(sizes(&split.test), [4, 6]);
        assert_eq!(sizes(&validation.test), [4, 6]);
        assert_eq!(sizes(&validation.train), [12, 18]);
        // Every sample is in exactly one of the three sets.
        let mut all: Vec<f32> = validation.train.inputs().as_slice().to_vec();
        all.extend_from_slice(validation.test.inputs().as_slice());
        all.extend_from_slice(split.test.inputs().as_slice());
        all.sort_by(f32::total_cmp);
        assert_eq!(all, (0..50).map(|i| i as f32).collect::<Vec<_>>());
        assert_eq!(split.validation(3, 0.25).unwrap(), validation);
        assert_ne!(split.validation(4, 0.25).unwrap(), validation);
    }

    #[test]
    fn impossible_splits_are_errors() {
        for share in [0.0, 1.0, -0.5, f64::NAN] {
            assert!(matches!(samples().split(0, share), Err(DataError::TestShare { .. })));
            let split = samples().split(0, 0.2).unwrap();
            assert!(matches!(split.validation(0, share), Err(DataError::TestShare { .. })));
        }
        let two = samples().select(&[0, 1, 30, 31, 32]).split(0, 0.5).unwrap();
        let error = two.validation(0, 0.5).unwrap_err();
        assert_eq!(error.to_string(), "class 0 has 2 samples: at least 3 are needed, one for each set");
        let lonely = samples().select(&[0, 30, 31]);
        assert!(matches!(lonely.split(0, 0.5), Err(DataError::SmallClass { class: 0, found: 1, .. })));
        assert!(Samples::new(Matrix::zeros(1, 4), vec![2], 2, (2, 2)).is_none());
    }
}
