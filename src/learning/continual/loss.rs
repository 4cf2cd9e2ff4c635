//! The loss of a lesson and its gradients at the network's outputs.
//!
//! Per sample, with d features, target probabilities p, temperature T and weight λ_soft (both 1 for labels
//! and decisions), and sample weight w (the 1/t weighting of contexts and the mean over the batch are both in w):
//!
//! | term | value | gradient |
//! |---|---|---|
//! | reconstruction | λ_rec (1/d) Σ BCE(x, x̂) or λ_rec (1/d) Σ ½ (x − x̂)² | λ_rec w (x̂ − x)/d before the sigmoid |
//! | latent, prior of classes | λ_lat (1/d) [log q(z|x) − log p(z)] at one z = μ + e^{s/2} ε | see `prior`; −½ per log-variance |
//! | latent, standard prior | λ_lat (1/2d) Σ (μ² + e^s − s − 1) | μ; ½ (e^s − 1) |
//! | prediction | −λ_pred λ_soft Σ p log softmax(a/T) | λ_pred λ_soft (w/T) (softmax(a/T) − p) |
//!
//! The softmax runs over the active output units of each head; where several heads judge a sample, the mean
//! over them counts. Total of context t (from 1): L = (1/t) L_current + (1 − 1/t) L_replay, but for learning
//! without forgetting ([`Recipe::current_share`](super::recipe::Recipe::current_share)).
//!
//! Pinned by: `gradient_tests`, against a second implementation in `f64`.

use numerics::matrix::Matrix;

use super::config::{Reconstruction, TrainingConfig};
use super::lesson::{Lesson, Softening};
use super::network::Network;
use super::prior::{Prior, PriorGradient};
use super::trace::{FeedbackErrors, FeedbackTrace, OutputErrors, Trace};
use crate::learning::softmax::softmax;

/// Loss terms, each weighted as in the total.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Losses {
    pub(super) prediction: f64,
    pub(super) distillation: f64,
    pub(super) reconstruction: f64,
    pub(super) latent: f64,
}

impl Losses {
    /// Adds the terms of another network.
    pub(super) fn add(&mut self, other: &Self) {
        self.prediction += other.prediction;
        self.distillation += other.distillation;
        self.reconstruction += other.reconstruction;
        self.latent += other.latent;
    }

    pub(super) fn total(&self) -> f64 {
        self.prediction + self.distillation + self.reconstruction + self.latent
    }
}

/// Loss and gradients of a lesson after a forward pass. The value of the reconstruction loss, which no
/// gradient needs, is left at 0 unless `measured`.
pub(super) fn evaluate(
    config: &TrainingConfig,
    lesson: &Lesson,
    trace: &Trace,
    network: &Network,
    measured: bool,
) -> (Losses, OutputErrors) {
    let mut losses = Losses::default();
    let logits = trace.logits.as_ref().map(|logits| predict(config, lesson, logits, &mut losses));
    let feedback = trace.feedback.as_ref().map(|trace| {
        let prior = network.feedback.as_ref().and_then(|part| part.prior.as_ref());
        let mut errors = FeedbackErrors {
            output: Matrix::zeros(trace.output.rows(), trace.output.columns()),
            z: None,
            mean: None,
            log_variance: Matrix::zeros(trace.z.rows(), trace.z.columns()),
            prior: None,
        };
        reconstruct(config, lesson, trace, measured, &mut losses, &mut errors);
        match prior {
            Some(prior) => stay_near_classes(config, lesson, trace, prior, &mut losses, &mut errors),
            None => stay_near_normal(config, lesson, trace, &mut losses, &mut errors),
        }
        errors
    });
    (losses, OutputErrors { logits, feedback })
}

/// Classification and distillation.
fn predict(config: &TrainingConfig, lesson: &Lesson, logits: &Matrix, losses: &mut Losses) -> Matrix {
    let mut errors = Matrix::zeros(logits.rows(), logits.columns());
    let mut share = vec![0.0; logits.columns()];
    for i in 0..logits.rows() {
        let Softening { temperature, weight } = lesson.softening(i);
        let heads = lesson.heads(i);
        let weight = config.prediction_weight as f32 * lesson.weight(i) * weight / heads.len() as f32;
        let scale = weight / temperature;
        let target = lesson.goals.row(i);
        let mut entropy = 0.0_f64;
        for active in heads {
            softmax(logits.row(i), active, temperature, &mut share);
            let units = errors.row_mut(i).iter_mut().zip(&share).zip(target).zip(active);
            for (((error, share), &target), _) in units.filter(|(_, active)| **active) {
                if target > 0.0 {
                    entropy -= f64::from(target) * f64::from(share.max(1e-30)).ln();
                }
                *error += scale * (share - target);
            }
        }
        let entropy = entropy * f64::from(weight);
        let replayed = i >= lesson.current;
        *(if replayed { &mut losses.distillation } else { &mut losses.prediction }) += entropy;
    }
    errors
}

fn reconstruct(
    config: &TrainingConfig,
    lesson: &Lesson,
    trace: &FeedbackTrace,
    measured: bool,
    losses: &mut Losses,
    errors: &mut FeedbackErrors,
) {
    let features = lesson.inputs.columns() as f32;
    for i in 0..lesson.inputs.rows() {
        let scale = config.reconstruction_weight as f32 * lesson.weight(i) / features;
        let (inputs, image) = (lesson.inputs.row(i), trace.image.row(i));
        for (error, (x, image)) in errors.output.row_mut(i).iter_mut().zip(inputs.iter().zip(image)) {
            *error = scale * (image - x);
        }
        if measured {
            let outputs = trace.output.row(i);
            let sum: f32 = match config.reconstruction {
                // From the logit a: max(a, 0) − a x + ln(1 + e^{−|a|}).
                Reconstruction::CrossEntropy => inputs
                    .iter()
                    .zip(outputs)
                    .map(|(x, a)| a.max(0.0) - a * x + (-a.abs()).exp().ln_1p())
                    .sum(),
                Reconstruction::SquaredError => {
                    inputs.iter().zip(outputs).map(|(x, a)| 0.5 * (a - x) * (a - x)).sum()
                }
            };
            losses.reconstruction += f64::from(scale * sum);
        }
    }
}

fn stay_near_classes(
    config: &TrainingConfig,
    lesson: &Lesson,
    trace: &FeedbackTrace,
    prior: &Prior,
    losses: &mut Losses,
    errors: &mut FeedbackErrors,
) {
    let precision = prior.precision();
    let mut gradient = PriorGradient::zeros(prior);
    let mut at_z = Matrix::zeros(trace.z.rows(), trace.z.columns());
    for i in 0..trace.z.rows() {
        let scale = config.latent_weight as f32 * lesson.weight(i) / lesson.inputs.columns() as f32;
        let sample = (trace.z.row(i), lesson.goals.row(i));
        let surprise = prior.surprise(&precision, sample, scale, at_z.row_mut(i), &mut gradient);
        let parts = trace.log_variance.row(i).iter().zip(trace.noise.row(i));
        let log_q = -0.5 * parts.map(|(s, e)| s + e * e).sum::<f32>();
        losses.latent += f64::from(scale) * (f64::from(log_q) + surprise);
        errors.log_variance.row_mut(i).fill(-0.5 * scale);
    }
    errors.z = Some(at_z);
    errors.prior = Some(gradient);
}

fn stay_near_normal(
    config: &TrainingConfig,
    lesson: &Lesson,
    trace: &FeedbackTrace,
    losses: &mut Losses,
    errors: &mut FeedbackErrors,
) {
    let mut at_mean = trace.mean.clone();
    for i in 0..trace.z.rows() {
        let scale = config.latent_weight as f32 * lesson.weight(i) / lesson.inputs.columns() as f32;
        let mut sum = 0.0_f32;
        let parts = at_mean.row_mut(i).iter_mut().zip(trace.log_variance.row(i));
        for ((mean, s), out) in parts.zip(errors.log_variance.row_mut(i)) {
            let variance = s.exp();
            sum += *mean * *mean + variance - s - 1.0;
            *mean *= scale;
            *out = 0.5 * scale * (variance - 1.0);
        }
        losses.latent += f64::from(0.5 * scale * sum);
    }
    errors.mean = Some(at_mean);
}
