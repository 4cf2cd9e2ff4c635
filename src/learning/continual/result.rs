//! [`SeedResult`]: everything one run of one learner leaves.

use super::wear::Wear;
use crate::learning::protocol::Followed;
use crate::mapping::{Activity, CostReport, Programming};

/// A point of the loss curve; every term is weighted as in the total.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LossPoint {
    /// Iteration over the whole run, from 0.
    pub iteration: u64,
    /// Context, from 0.
    pub context: usize,
    /// Cross-entropy of the current samples.
    pub prediction: f64,
    /// Distillation of the replayed samples.
    pub distillation: f64,
    /// Reconstruction, current and replayed.
    pub reconstruction: f64,
    /// Latent term, current and replayed.
    pub latent: f64,
}

/// A sample the network imagined after a context.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedSample {
    /// Context just learnt, from 0.
    pub context: usize,
    /// Class (output unit) it was asked for; `None` of a generator that knows no classes.
    pub class: Option<usize>,
    /// Its features.
    pub features: Vec<f32>,
}

/// How one matrix took its initial weights.
#[derive(Debug, Clone, PartialEq)]
pub struct MatrixProgramming {
    /// `encoder_0`, `classifier`, `latent_mean`, `latent_log_variance`, `decoder_0`, `output` …
    pub name: String,
    /// Rows of the weight matrix.
    pub outputs: usize,
    /// Columns of the weight matrix.
    pub inputs: usize,
    /// Statistics of the write.
    pub programming: Programming,
}

/// Numbers kept beside the weights, each of 32 bits, at their largest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Stored {
    /// Moments of the optimiser.
    pub optimiser: usize,
    /// Importance and old weights of a penalty.
    pub importance: usize,
    /// Stored samples and their labels.
    pub samples: usize,
    /// The frozen teacher and its generator.
    pub teacher: usize,
}

/// One learner, one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedResult {
    /// The seed.
    pub seed: u64,
    /// Accuracies and what follows from them.
    pub followed: Followed,
    /// The loss curve.
    pub losses: Vec<LossPoint>,
    /// Imagined samples after each context, of every class so far.
    pub generated: Vec<GeneratedSample>,
    /// How the initial weights were written.
    pub programming: Vec<MatrixProgramming>,
    /// What the hardware did, summed over all matrices: initial programming, training, and the
    /// passes over test samples and generated samples after each context. Work of a digital teacher
    /// is not in it; reading the weights out for it is.
    pub activity: Activity,
    /// What the second set of arrays did, when the teacher is on arrays.
    pub teacher_activity: Option<Activity>,
    /// What the arrays of a front end did, where the samples come through one.
    pub front_end_activity: Option<Activity>,
    /// What network and teacher cost, and the hardware; `None` in ideal arithmetic.
    pub cost: Option<CostReport>,
    /// Cells before and after, on arrays.
    pub wear: Option<Wear>,
    /// What is kept in digital memory beside the weights (a teacher on arrays is not).
    pub stored: Stored,
    /// Largest absolute weight at the end, as read out.
    pub largest_weight: f32,
    /// Trained parameters: weights, biases and prior.
    pub parameters: usize,
}

/// Activity summed over the seeds of a learner.
pub fn sum_activity(results: &[SeedResult]) -> Activity {
    let mut sum = Activity::default();
    for result in results {
        sum.add(&result.activity);
    }
    sum
}
