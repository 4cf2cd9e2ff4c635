//! [`Feedback`]: the way back from the encoder's last layer to an input – latent layer and decoder.
//!
//! μ = W_μ h + b, s = W_s h (no bias); z = μ + e^{s/2} ε; g_{k+1} = relu(m_k ⊙ (W g_k + b)), g₀ = z; the
//! reconstruction is sigmoid(W g + b) for cross-entropy, W g + b for the squared error.
//!
//! Deviation from the paper: s is limited to ±8 (zero gradient outside), so that an error of the hardware
//! cannot make e^s overflow.
//!
//! Pinned by: `gradient_tests`, against a second implementation in `f64`.

use numerics::matrix::Matrix;
use numerics::rng::Stream;

use super::config::Reconstruction;
use super::dense::{Dense, Rates, add, rectify};
use super::gates::Gates;
use super::prior::Prior;
use super::trace::{FeedbackErrors, FeedbackLayerErrors, FeedbackTrace};
use crate::learning::softmax;

const LOG_VARIANCE_LIMIT: f32 = 8.0;

/// Latent layer, prior and decoder.
pub(super) struct Feedback {
    pub(super) mean: Dense,
    pub(super) log_variance: Dense,
    pub(super) decoder: Vec<Dense>,
    pub(super) output: Dense,
    /// One Gaussian per class; `None` for a standard normal.
    pub(super) prior: Option<Prior>,
    /// `None` when no unit is ever silent.
    pub(super) gates: Option<Gates>,
    pub(super) reconstruction: Reconstruction,
}

impl Feedback {
    /// All layers, in the order of their addresses.
    pub(super) fn layers(&mut self) -> impl Iterator<Item = &mut Dense> {
        [&mut self.mean, &mut self.log_variance]
            .into_iter()
            .chain(&mut self.decoder)
            .chain([&mut self.output])
    }

    /// Forward from the encoder's last layer; `conditions` are those of the gates, samples × conditions,
    /// `noise` is ε, samples × latent units.
    pub(super) fn forward(&mut self, hidden: &Matrix, conditions: &Matrix, noise: Matrix) -> FeedbackTrace {
        let mean = self.mean.forward(hidden);
        let mut log_variance = self.log_variance.forward(hidden);
        for s in log_variance.as_mut_slice() {
            *s = s.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT);
        }
        let mut z = mean.clone();
        for ((z, s), e) in z.as_mut_slice().iter_mut().zip(log_variance.as_slice()).zip(noise.as_slice()) {
            *z += (0.5 * s).exp() * e;
        }
        let (decoded, gates, output) = self.decode(&z, conditions);
        let image = self.image(&output);
        FeedbackTrace { mean, log_variance, noise, z, decoded, gates, output, image }
    }

    /// Decoder activations, their gates, and the output layer.
    fn decode(&mut self, z: &Matrix, conditions: &Matrix) -> (Vec<Matrix>, Vec<Matrix>, Matrix) {
        let mut decoded: Vec<Matrix> = Vec::with_capacity(self.decoder.len());
        let mut gates = Vec::new();
        for (k, layer) in self.decoder.iter_mut().enumerate() {
            let mut g = layer.forward(decoded.last().unwrap_or(z));
            if let Some(own) = &self.gates {
                let gate = own.of(k, conditions);
                for (g, m) in g.as_mut_slice().iter_mut().zip(gate.as_slice()) {
                    *g *= m;
                }
                gates.push(gate);
            }
            rectify(&mut g);
            decoded.push(g);
        }
        let output = self.output.forward(decoded.last().unwrap_or(z));
        (decoded, gates, output)
    }

    fn image(&self, output: &Matrix) -> Matrix {
        let mut image = output.clone();
        if self.reconstruction == Reconstruction::CrossEntropy {
            softmax::sigmoids(image.as_mut_slice());
        }
        image
    }

    /// Samples of the classes (of the standard prior where there are none), decoded under `conditions`.
    pub(super) fn imagine(&mut self, classes: &[usize], conditions: &Matrix, stream: &mut Stream) -> Matrix {
        let mut z = Matrix::zeros(classes.len(), self.mean.synapses.outputs());
        for (i, &class) in classes.iter().enumerate() {
            match &self.prior {
                Some(prior) => prior.sample(class, stream, z.row_mut(i)),
                None => stream.fill_normal(z.row_mut(i)),
            }
        }
        let (_, _, output) = self.decode(&z, conditions);
        self.image(&output)
    }

    /// Errors at every layer, and the error at the encoder's last layer.
    pub(super) fn backward(
        &mut self,
        trace: &FeedbackTrace,
        errors: &FeedbackErrors,
    ) -> (FeedbackLayerErrors, Matrix) {
        let mut decoder = Vec::with_capacity(self.decoder.len());
        let mut e = self.output.backward(&errors.output);
        for (k, layer) in self.decoder.iter_mut().enumerate().rev() {
            for (e, g) in e.as_mut_slice().iter_mut().zip(trace.decoded[k].as_slice()) {
                *e = if *g > 0.0 { *e } else { 0.0 };
            }
            if let Some(gate) = trace.gates.get(k) {
                for (e, m) in e.as_mut_slice().iter_mut().zip(gate.as_slice()) {
                    *e *= m;
                }
            }
            let below = layer.backward(&e);
            decoder.push(std::mem::replace(&mut e, below));
        }
        decoder.reverse();

        // At z: from the decoder and from the prior. μ gets it as it is, s through e^{s/2} ε / 2.
        let mut mean = e;
        if let Some(prior) = &errors.z {
            add(&mut mean, prior);
        }
        let mut log_variance = Matrix::zeros(mean.rows(), mean.columns());
        let latent = mean.as_slice().iter().zip(trace.log_variance.as_slice()).zip(trace.noise.as_slice());
        let own = errors.log_variance.as_slice();
        for ((out, own), ((e, s), noise)) in log_variance.as_mut_slice().iter_mut().zip(own).zip(latent) {
            if s.abs() < LOG_VARIANCE_LIMIT {
                *out = own + 0.5 * e * (0.5 * s).exp() * noise;
            }
        }
        if let Some(own) = &errors.mean {
            add(&mut mean, own);
        }
        let mut below = self.mean.backward(&mean);
        add(&mut below, &self.log_variance.backward(&log_variance));
        (FeedbackLayerErrors { mean, log_variance, decoder }, below)
    }

    /// One optimisation step.
    pub(super) fn step(
        &mut self,
        hidden: &Matrix,
        trace: &FeedbackTrace,
        outputs: &mut FeedbackErrors,
        layers: &FeedbackLayerErrors,
        rates: Rates,
    ) {
        self.mean.step(hidden, &layers.mean, rates);
        self.log_variance.step(hidden, &layers.log_variance, rates);
        let inputs = std::iter::once(&trace.z).chain(&trace.decoded);
        for ((layer, x), e) in self.decoder.iter_mut().zip(inputs).zip(&layers.decoder) {
            layer.step(x, e, rates);
        }
        self.output.step(trace.decoded.last().unwrap_or(&trace.z), &outputs.output, rates);
        if let (Some(prior), Some(gradient)) = (&mut self.prior, &mut outputs.prior) {
            prior.step(gradient, rates.adam);
        }
    }
}
