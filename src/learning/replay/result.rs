//! [`SeedResult`]: everything one run of one learner leaves.

use crate::learning::metrics::Metrics;
use crate::mapping::{Activity, CostReport, Programming};

use super::config::Learner;

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

/// An image the network imagined after a context.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratedSample {
    /// Context just learnt, from 0.
    pub context: usize,
    /// Class it was asked for.
    pub class: u8,
    /// Pixels in [0, 1], row by row.
    pub pixels: Vec<f32>,
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

/// One learner, one seed.
#[derive(Debug, Clone, PartialEq)]
pub struct SeedResult {
    /// The learner.
    pub learner: Learner,
    /// The seed.
    pub seed: u64,
    /// Accuracy per context before training, all units active.
    pub initial: Vec<f64>,
    /// `R[i][j]`; for joint training row i is taken after (i + 1) × `iterations` iterations.
    pub accuracy: Vec<Vec<f64>>,
    /// ACC, BWT, FWT, forgetting (transfer is meaningless for joint training).
    pub metrics: Metrics,
    /// Decisions on the held-out samples at the end: row = label, column = decision.
    pub confusion: Vec<Vec<u32>>,
    /// The loss curve.
    pub losses: Vec<LossPoint>,
    /// Imagined images after each context, of every class so far.
    pub generated: Vec<GeneratedSample>,
    /// How the initial weights were written.
    pub programming: Vec<MatrixProgramming>,
    /// What the hardware did, summed over all matrices: initial programming, training, and the
    /// passes over held-out samples and generated images after each context. Work of the teacher,
    /// which is digital, is not in it; reading the weights out for it is.
    pub activity: Activity,
    /// What that cost, and the hardware; `None` in ideal arithmetic.
    pub cost: Option<CostReport>,
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
