//! Batches of training samples: reshuffled epochs, a last partial batch dropped.
//!
//! Random stream: (seed, [`Purpose::Shuffle`], context).
//!
//! Pinned by: the test below.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::stream::{ContextStream, Place};

/// Training samples with their output units and contexts.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Batch {
    /// Samples × features.
    pub inputs: Matrix,
    /// Output unit of every sample.
    pub units: Vec<usize>,
    /// Context of every sample.
    pub contexts: Vec<usize>,
}

impl Batch {
    /// Number of samples.
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there is no sample.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }
}

/// Draws batches of some contexts.
pub(crate) struct Sampler<'a> {
    stream: &'a ContextStream<'a>,
    places: Vec<Place>,
    position: usize,
    random: Stream,
}

impl<'a> Sampler<'a> {
    pub(crate) fn new(stream: &'a ContextStream<'a>, contexts: std::ops::Range<usize>, seed: u64) -> Self {
        let random = Stream::new(seed, Purpose::Shuffle, contexts.start as u64, 0);
        let places = stream.training(contexts);
        let position = places.len();
        Self { stream, places, position, random }
    }

    /// The next `count` samples.
    pub(crate) fn draw(&mut self, count: usize, batch: &mut Batch) {
        if self.position + count > self.places.len() {
            self.random.shuffle(&mut self.places);
            self.position = 0;
        }
        // A context smaller than a batch is repeated inside it.
        let places = (0..count).map(|k| self.places[(self.position + k) % self.places.len()]);
        read(self.stream, places, batch);
        self.position += count;
    }
}

/// Reads training samples.
pub(crate) fn read(
    stream: &ContextStream<'_>,
    places: impl ExactSizeIterator<Item = Place>,
    batch: &mut Batch,
) {
    batch.inputs.reshape(places.len(), stream.outline().inputs);
    batch.units.clear();
    batch.contexts.clear();
    for (k, place) in places.enumerate() {
        batch.units.push(stream.training_sample(place, batch.inputs.row_mut(k)));
        batch.contexts.push(place.context);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::scenario::{ActiveUnits, Scenario};
    use super::*;
    use crate::data::{Samples, Split};

    #[test]
    fn an_epoch_holds_every_sample_once() {
        let labels: Vec<u8> = (0..12).map(|i| i % 3).collect();
        let samples = Samples::new(Matrix::from_fn(12, 1, |i, _| i as f32), labels, 3, (1, 1)).unwrap();
        let data = Split { train: samples.clone(), test: samples };
        let contexts = [vec![0], vec![2, 1]];
        let stream = ContextStream::split(&data, &contexts, Scenario::Class, ActiveUnits::All).unwrap();
        let (mut sampler, mut batch) = (Sampler::new(&stream, 1..2, 4), Batch::default());
        let mut drawn = Vec::new();
        for _ in 0..4 {
            sampler.draw(2, &mut batch);
            assert!(batch.contexts == [1, 1] && batch.len() == 2 && !batch.is_empty());
            for (x, unit) in batch.inputs.as_slice().iter().zip(&batch.units) {
                assert_eq!(*x as usize % 3, *unit);
                drawn.push(*x as usize);
            }
        }
        drawn.sort_unstable();
        assert_eq!(drawn, [1, 2, 4, 5, 7, 8, 10, 11]);
        // More than there are: some twice.
        sampler.draw(11, &mut batch);
        assert_eq!(batch.len(), 11);
    }
}
