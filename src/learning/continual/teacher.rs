//! The frozen teacher: targets of replay, and with a generator the samples too.
//!
//! | scenario | class of a sample | gates of | judged by |
//! |---|---|---|---|
//! | class-incremental | uniform over the classes seen | the class | all active units |
//! | domain-incremental | uniform over all units | a context seen, uniform | all units |
//! | task-incremental | uniform in a context seen, these in turn | the class | the head of that context |
//!
//! A task-incremental generator that knows no classes makes samples for the heads of all contexts seen. The
//! latent vector comes from the prior of the class. The target is softmax(teacher's outputs/T) over the units
//! active in the teacher's last context, or its decision – not the sampled class.
//!
//! In digital memory the teacher's weights are read out once per context (one noisy, counted read of every
//! cell); its own passes are exact and not counted. On arrays it has a second set of them, which is
//! programmed at the end of every context; its passes are counted as its own.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::lesson::Lesson;
use super::network::Network;
use crate::learning::protocol::scenario::decide;
use crate::learning::protocol::{Outline, Scenario};
use crate::learning::softmax::softmax;

/// Frozen networks and what they know.
pub(super) struct Teacher {
    pub(super) network: Network,
    /// The generator, when it is not the feedback path of `network`.
    pub(super) generator: Option<Network>,
    pub(super) outline: Outline,
    /// The last context it was taught.
    pub(super) trained: usize,
    /// Targets are softened outputs at this temperature; `None` for decisions.
    pub(super) temperature: Option<f32>,
    /// Samples are made for a class or context.
    pub(super) conditioned: bool,
}

/// Which classes are asked for.
struct Wish {
    classes: Vec<usize>,
    contexts: Vec<std::ops::Range<usize>>,
}

impl Teacher {
    /// Its networks.
    pub(super) fn networks(&mut self) -> impl Iterator<Item = &mut Network> {
        std::iter::once(&mut self.network).chain(&mut self.generator)
    }

    /// Writes generated samples and their targets to the replayed rows.
    pub(super) fn replay(&mut self, seed: u64, iteration: u64, lesson: &mut Lesson) {
        let (first, count) = (lesson.current, lesson.inputs.rows() - lesson.current);
        let mut random = Stream::new(seed, Purpose::Latent, 1, iteration);
        let wish = self.wish(count, &mut random);
        let conditions = conditions(&self.outline, &wish.classes, &wish.contexts);
        let generator = self.generator.as_mut().unwrap_or(&mut self.network);
        let Some(feedback) = &mut generator.feedback else { return };
        let samples = feedback.imagine(&wish.classes, &conditions, &mut random);
        for (k, contexts) in wish.contexts.into_iter().enumerate() {
            lesson.inputs.row_mut(first + k).copy_from_slice(samples.row(k));
            lesson.judge(first + k, contexts);
        }
        self.teach(&samples, lesson);
    }

    /// Makes the current samples the replayed ones, with the teacher's targets.
    pub(super) fn replay_current(&mut self, lesson: &mut Lesson) {
        let (first, count) = (lesson.current, lesson.inputs.rows() - lesson.current);
        let mut samples = Matrix::zeros(count, lesson.inputs.columns());
        for k in 0..count {
            samples.row_mut(k).copy_from_slice(lesson.inputs.row(k % first));
            lesson.inputs.row_mut(first + k).copy_from_slice(samples.row(k));
            lesson.judge(first + k, 0..self.trained + 1);
        }
        self.teach(&samples, lesson);
    }

    fn wish(&self, count: usize, random: &mut Stream) -> Wish {
        let seen = self.trained + 1;
        let mut below = |n: usize| random.below(n as u32) as usize;
        let mut wish = Wish { classes: Vec::with_capacity(count), contexts: Vec::with_capacity(count) };
        let known = self.outline.seen(self.trained);
        for k in 0..count {
            let (class, contexts) = match self.outline.scenario {
                Scenario::Class => (known[below(known.len())], 0..1),
                Scenario::Domain => {
                    let context = below(seen);
                    (below(self.outline.units), context..context + 1)
                }
                Scenario::Task if self.conditioned => {
                    let context = k % seen;
                    let classes = &self.outline.contexts[context];
                    (classes[below(classes.len())], context..context + 1)
                }
                Scenario::Task => (0, 0..seen),
            };
            wish.classes.push(class);
            wish.contexts.push(contexts);
        }
        wish
    }

    /// Targets of the replayed rows.
    fn teach(&mut self, samples: &Matrix, lesson: &mut Lesson) {
        let logits = self.network.classify(samples);
        let mut share = vec![0.0; self.outline.units];
        for (k, logits) in logits.iter_rows().enumerate() {
            let row = lesson.current + k;
            let heads = if self.outline.scenario == Scenario::Task { lesson.range(row) } else { 0..1 };
            let goal = lesson.goals.row_mut(row);
            goal.fill(0.0);
            for of in heads {
                let active = self.outline.active(self.trained, of);
                if let Some(temperature) = self.temperature {
                    softmax(logits, &active, temperature, &mut share);
                    goal.iter_mut().zip(&share).for_each(|(goal, share)| *goal += share);
                } else {
                    goal[decide(logits, &active)] = 1.0;
                }
            }
        }
    }
}

/// Conditions of the gates: samples × contexts when domain-incremental, else samples × classes.
pub(super) fn conditions(
    outline: &Outline,
    classes: &[usize],
    contexts: &[std::ops::Range<usize>],
) -> Matrix {
    let by_context = outline.scenario == Scenario::Domain;
    let width = if by_context { outline.contexts.len() } else { outline.units };
    let mut one_hot = Matrix::zeros(classes.len(), width);
    for (k, (&class, contexts)) in classes.iter().zip(contexts).enumerate() {
        one_hot.row_mut(k)[if by_context { contexts.start } else { class }] = 1.0;
    }
    one_hot
}
