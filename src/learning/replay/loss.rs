//! The loss of a batch and its gradients at the network's outputs.
//!
//! Per sample, with d pixels, target probabilities p, temperature T (1 for true labels), and sample
//! weight w (the 1/t weighting of contexts and the mean over the batch are both in w):
//!
//! | term | value | gradient |
//! |---|---|---|
//! | reconstruction | λ_rec (1/d) Σ BCE(x, x̂) | λ_rec w (x̂ − x)/d before the sigmoid |
//! | latent | λ_lat (1/d) [log q(z|x) − log p(z)] at one z = μ + e^{s/2} ε | see `prior`; −½ per log-variance |
//! | prediction | −λ_pred T² Σ p log softmax(a/T) | λ_pred w T (softmax(a/T) − p) |
//!
//! The softmax runs over the active output units. Total of context t (from 1):
//! L = (1/t) L_current + (1 − 1/t) L_replay.
//!
//! Pinned by: `gradient_tests`, against a second implementation in `f64`.

use numerics::matrix::Matrix;

use super::config::ReplayConfig;
use super::prior::{Prior, PriorGradient};
use super::trace::{OutputErrors, Trace};
use crate::learning::softmax::softmax;

/// Samples of one iteration: current ones first, replayed ones after.
pub(super) struct Batch {
    pub(super) inputs: Matrix,
    /// Target probabilities, batch × classes.
    pub(super) targets: Matrix,
    /// Rows that are current samples.
    pub(super) current: usize,
    /// Weight of all current samples together: 1/t.
    pub(super) current_share: f32,
}

impl Batch {
    fn weight(&self, row: usize) -> f32 {
        if row < self.current {
            self.current_share / self.current as f32
        } else {
            (1.0 - self.current_share) / (self.inputs.rows() - self.current) as f32
        }
    }
}

/// Loss terms, each weighted as in the total.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Losses {
    pub(super) prediction: f64,
    pub(super) distillation: f64,
    pub(super) reconstruction: f64,
    pub(super) latent: f64,
}

impl Losses {
    pub(super) fn total(&self) -> f64 {
        self.prediction + self.distillation + self.reconstruction + self.latent
    }
}

/// Loss and gradients of a batch after a forward pass.
pub(super) fn evaluate(
    config: &ReplayConfig,
    batch: &Batch,
    trace: &Trace,
    prior: &Prior,
    active: &[bool],
) -> (Losses, OutputErrors) {
    let (rows, pixels, latent) = (batch.inputs.rows(), batch.inputs.columns(), trace.z.columns());
    let mut losses = Losses::default();
    let mut errors = OutputErrors {
        logits: Matrix::zeros(rows, active.len()),
        output: Matrix::zeros(rows, pixels),
        z: Matrix::zeros(rows, latent),
        log_variance: Vec::with_capacity(rows),
        prior: PriorGradient::zeros(prior),
    };
    for i in 0..rows {
        let weight = batch.weight(i);
        let replayed = i >= batch.current;
        let temperature = if replayed { config.temperature as f32 } else { 1.0 };

        let error = errors.logits.row_mut(i);
        softmax(trace.logits.row(i), active, temperature, error);
        let scale = config.prediction_weight as f32 * weight * temperature;
        let mut entropy = 0.0_f64;
        for (error, &target) in error.iter_mut().zip(batch.targets.row(i)) {
            if target > 0.0 {
                entropy -= f64::from(target) * f64::from(error.max(1e-30)).ln();
            }
            *error = scale * (*error - target);
        }
        let entropy = entropy * f64::from(scale * temperature);
        *(if replayed { &mut losses.distillation } else { &mut losses.prediction }) += entropy;

        let scale = config.reconstruction_weight as f32 * weight / pixels as f32;
        let mut sum = 0.0_f32;
        let pairs = batch.inputs.row(i).iter().zip(trace.output.row(i)).zip(trace.image.row(i));
        for (error, ((x, a), image)) in errors.output.row_mut(i).iter_mut().zip(pairs) {
            // BCE from the logit a: max(a, 0) − a x + ln(1 + e^{−|a|}).
            sum += a.max(0.0) - a * x + (-a.abs()).exp().ln_1p();
            *error = scale * (image - x);
        }
        losses.reconstruction += f64::from(scale * sum);

        let scale = config.latent_weight as f32 * weight / pixels as f32;
        let surprise = prior.surprise(
            trace.z.row(i),
            batch.targets.row(i),
            scale,
            errors.z.row_mut(i),
            &mut errors.prior,
        );
        let parts = trace.log_variance.row(i).iter().zip(trace.noise.row(i));
        let log_q = -0.5 * parts.map(|(s, e)| s + e * e).sum::<f32>();
        losses.latent += f64::from(scale) * (f64::from(log_q) + surprise);
        errors.log_variance.push(-0.5 * scale);
    }
    (losses, errors)
}
