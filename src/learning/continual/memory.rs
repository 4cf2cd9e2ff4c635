//! [`Memory`]: stored samples of earlier contexts, for experience replay.
//!
//! At the end of a context `budget` samples of each of its classes are chosen at random, stream
//! (seed, [`Purpose::Shuffle`], 2³² + context). Replay draws from all stored samples alike; task-incremental
//! replay takes the contexts in turn.
//!
//! Pinned by: the test below.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::lesson::Lesson;
use crate::learning::protocol::sampler::read;
use crate::learning::protocol::{Batch, ContextStream, Scenario};

/// Keys of the choice of stored samples, apart from those of the order of training.
const CHOICE: u64 = 1 << 32;

/// Stored samples, context after context.
pub(super) struct Memory {
    budget: usize,
    seed: u64,
    contexts: Vec<Batch>,
}

impl Memory {
    pub(super) fn new(budget: usize, seed: u64) -> Self {
        Self { budget, seed, contexts: Vec::new() }
    }

    /// Chooses samples of the context that ends.
    pub(super) fn store(&mut self, context: usize, stream: &ContextStream<'_>) {
        let mut places = stream.training(context..context + 1);
        Stream::new(self.seed, Purpose::Shuffle, CHOICE + context as u64, 0).shuffle(&mut places);
        let mut taken = vec![0; stream.outline().units];
        let mut input = vec![0.0; stream.outline().inputs];
        places.retain(|&place| {
            let count = &mut taken[stream.training_sample(place, &mut input)];
            *count += 1;
            *count <= self.budget
        });
        let mut kept = Batch::default();
        read(stream, places.into_iter(), &mut kept);
        self.contexts.push(kept);
    }

    /// Nothing is stored.
    pub(super) fn is_empty(&self) -> bool {
        self.contexts.is_empty()
    }

    /// Numbers stored.
    pub(super) fn stored(&self) -> usize {
        self.contexts.iter().map(|batch| batch.inputs.as_slice().len() + batch.len()).sum()
    }

    /// Writes stored samples and their labels to the replayed rows.
    pub(super) fn replay(&self, iteration: u64, scenario: Scenario, lesson: &mut Lesson) {
        let mut random = Stream::new(self.seed, Purpose::Latent, 1, iteration);
        let all: u32 = self.contexts.iter().map(|batch| batch.len() as u32).sum();
        for row in lesson.current..lesson.inputs.rows() {
            let (mut context, mut place);
            if scenario == Scenario::Task {
                context = (row - lesson.current) % self.contexts.len();
                place = random.below(self.contexts[context].len() as u32) as usize;
            } else {
                (context, place) = (0, random.below(all) as usize);
                while place >= self.contexts[context].len() {
                    place -= self.contexts[context].len();
                    context += 1;
                }
            }
            let from: (&Matrix, usize) = (&self.contexts[context].inputs, place);
            lesson.inputs.row_mut(row).copy_from_slice(from.0.row(from.1));
            lesson.label(row, self.contexts[context].units[place], context);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::data::{Samples, Split};
    use crate::learning::continual::lesson::Softening;
    use crate::learning::protocol::ActiveUnits;

    #[test]
    fn so_many_of_each_class_are_stored_and_replayed_with_their_labels() {
        let labels: Vec<u8> = (0..40).map(|i| i % 4).collect();
        let samples = Samples::new(Matrix::from_fn(40, 1, |i, _| i as f32), labels, 4, (1, 1)).unwrap();
        let data = Split { train: samples.clone(), test: samples };
        let contexts = [vec![0, 1], vec![2, 3]];
        for scenario in [Scenario::Task, Scenario::Class] {
            let stream = ContextStream::split(&data, &contexts, scenario, ActiveUnits::All).unwrap();
            let mut memory = Memory::new(3, 5);
            assert!(memory.is_empty());
            memory.store(0, &stream);
            memory.store(1, &stream);
            assert_eq!(memory.stored(), 2 * 6 * 2);
            let mut lesson = Lesson::new(stream.outline(), 1, (2, 64), 0.5, Softening::NONE);
            memory.replay(0, scenario, &mut lesson);
            let mut values = Vec::new();
            for row in 2..66 {
                let value = lesson.inputs.row(row)[0] as usize;
                assert!((lesson.goals.row(row)[value % 4] - 1.0).abs() < 1e-6);
                let active = &lesson.heads(row)[0];
                assert_eq!(
                    active.iter().filter(|a| **a).count(),
                    if scenario == Scenario::Task { 2 } else { 4 }
                );
                assert!(active[value % 4]);
                values.push(value);
            }
            values.sort_unstable();
            values.dedup();
            assert_eq!(values.len(), 12);
        }
    }
}
