//! The network: encoder, classifier, latent layer, gated decoder; forward and backward by hand.
//!
//! h₀ = x, h_{k+1} = relu(W h_k + b); logits a = W_c h + b (read before z); μ = W_μ h + b,
//! s = W_s h (no bias); z = μ + e^{s/2} ε; g_{k+1} = relu(m_k ⊙ (W g_k + b)), g₀ = z;
//! x̂ = sigmoid(W g + b).
//!
//! Deviation from the paper: s is limited to ±8 (zero gradient outside), so that an
//! error of the hardware cannot make e^s overflow.
//!
//! Pinned by: `gradient_tests`, against a second implementation in `f64`.

use numerics::matrix::Matrix;

use super::config::ReplayConfig;
use super::dense::{Dense, Rates};
use super::gates::Gates;
use super::prior::Prior;
use super::result::MatrixProgramming;
use super::trace::{LayerErrors, OutputErrors, Trace};
use crate::learning::softmax;
use crate::mapping::{Activity, AnalogMatrix, CostReport, DesignError, Hardware, Synapses as _};

const LOG_VARIANCE_LIMIT: f32 = 8.0;

/// The network of one run.
pub(super) struct Network {
    pub(super) encoder: Vec<Dense>,
    pub(super) classifier: Dense,
    pub(super) mean: Dense,
    pub(super) log_variance: Dense,
    pub(super) decoder: Vec<Dense>,
    pub(super) output: Dense,
    pub(super) prior: Prior,
    pub(super) gates: Gates,
}

impl Network {
    /// Makes all layers and programs their initial weights.
    pub(super) fn new(
        config: &ReplayConfig,
        (pixels, classes): (usize, usize),
        hardware: &dyn Hardware,
        seed: u64,
    ) -> (Self, Vec<MatrixProgramming>) {
        let (units, latent, layers) = (config.hidden_units, config.latent_units, config.hidden_layers);
        let mut written = Vec::new();
        let mut layer = |name: String, shape: (usize, usize), bias: bool| {
            let (layer, programming) = Dense::new(hardware, shape, bias, (seed, written.len() as u64));
            written.push(MatrixProgramming { name, outputs: shape.0, inputs: shape.1, programming });
            layer
        };
        let inputs = |k: usize, first: usize| if k == 0 { first } else { units };
        let encoder =
            (0..layers).map(|k| layer(format!("encoder_{k}"), (units, inputs(k, pixels)), true)).collect();
        let classifier = layer("classifier".to_owned(), (classes, units), true);
        let mean = layer("latent_mean".to_owned(), (latent, units), true);
        let log_variance = layer("latent_log_variance".to_owned(), (latent, units), false);
        let decoder =
            (0..layers).map(|k| layer(format!("decoder_{k}"), (units, inputs(k, latent)), true)).collect();
        let output = layer("output".to_owned(), (pixels, units), true);
        let prior = Prior::new(classes, latent, seed);
        let gates = Gates::new(layers, classes, units, config.gate_fraction, seed);
        (Self { encoder, classifier, mean, log_variance, decoder, output, prior, gates }, written)
    }

    /// A copy in digital memory, its weights as read out now.
    pub(super) fn frozen(&mut self) -> Self {
        Self {
            encoder: self.encoder.iter_mut().map(Dense::frozen).collect(),
            classifier: self.classifier.frozen(),
            mean: self.mean.frozen(),
            log_variance: self.log_variance.frozen(),
            decoder: self.decoder.iter_mut().map(Dense::frozen).collect(),
            output: self.output.frozen(),
            prior: self.prior.clone(),
            gates: self.gates.clone(),
        }
    }

    /// Outputs of the encoder's layers, first to last.
    fn encode(&mut self, x: &Matrix) -> Vec<Matrix> {
        let mut hidden: Vec<Matrix> = Vec::with_capacity(self.encoder.len());
        for layer in &mut self.encoder {
            let mut h = layer.forward(hidden.last().unwrap_or(x));
            for h in h.as_mut_slice() {
                *h = h.max(0.0);
            }
            hidden.push(h);
        }
        hidden
    }

    /// The classifier's outputs; uses encoder and classifier only.
    pub(super) fn classify(&mut self, x: &Matrix) -> Matrix {
        let hidden = self.encode(x);
        self.classifier.forward(hidden.last().unwrap_or(x))
    }

    /// Decoder activations, their gates, and the image before the sigmoid.
    pub(super) fn decode(&mut self, z: &Matrix, targets: &Matrix) -> (Vec<Matrix>, Vec<Matrix>, Matrix) {
        let mut decoded: Vec<Matrix> = Vec::with_capacity(self.decoder.len());
        let mut gates = Vec::with_capacity(self.decoder.len());
        for (k, layer) in self.decoder.iter_mut().enumerate() {
            let gate = self.gates.of(k, targets);
            let mut g = layer.forward(decoded.last().unwrap_or(z));
            for (g, m) in g.as_mut_slice().iter_mut().zip(gate.as_slice()) {
                *g = (*g * m).max(0.0);
            }
            decoded.push(g);
            gates.push(gate);
        }
        let output = self.output.forward(decoded.last().unwrap_or(z));
        (decoded, gates, output)
    }

    /// A whole forward pass; `noise` is ε, batch × latent.
    pub(super) fn forward(&mut self, x: &Matrix, targets: &Matrix, noise: Matrix) -> Trace {
        let hidden = self.encode(x);
        let last = hidden.last().unwrap_or(x);
        let logits = self.classifier.forward(last);
        let mut z = self.mean.forward(last);
        let mut log_variance = self.log_variance.forward(last);
        for s in log_variance.as_mut_slice() {
            *s = s.clamp(-LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT);
        }
        for ((z, s), e) in z.as_mut_slice().iter_mut().zip(log_variance.as_slice()).zip(noise.as_slice()) {
            *z += (0.5 * s).exp() * e;
        }
        let (decoded, gates, output) = self.decode(&z, targets);
        let image = sigmoid(&output);
        Trace { hidden, logits, log_variance, noise, z, decoded, gates, output, image }
    }

    /// Errors at every layer from those at the outputs.
    pub(super) fn backward(&mut self, trace: &Trace, errors: &OutputErrors) -> LayerErrors {
        let mut decoder = Vec::with_capacity(self.decoder.len());
        let mut e = self.output.backward(&errors.output);
        for (k, layer) in self.decoder.iter_mut().enumerate().rev() {
            let parts = trace.decoded[k].as_slice().iter().zip(trace.gates[k].as_slice());
            for (e, (g, m)) in e.as_mut_slice().iter_mut().zip(parts) {
                *e = if *g > 0.0 { *e * m } else { 0.0 };
            }
            let below = layer.backward(&e);
            decoder.push(std::mem::replace(&mut e, below));
        }
        decoder.reverse();

        // At z: from the decoder and from the prior. μ gets it as it is, s through e^{s/2} ε / 2.
        let mut mean = e;
        for (e, prior) in mean.as_mut_slice().iter_mut().zip(errors.z.as_slice()) {
            *e += prior;
        }
        let mut log_variance = Matrix::zeros(mean.rows(), mean.columns());
        for (i, own) in errors.log_variance.iter().enumerate() {
            let parts = mean.row(i).iter().zip(trace.log_variance.row(i)).zip(trace.noise.row(i));
            for (out, ((e, s), noise)) in log_variance.row_mut(i).iter_mut().zip(parts) {
                if s.abs() < LOG_VARIANCE_LIMIT {
                    *out = own + 0.5 * e * (0.5 * s).exp() * noise;
                }
            }
        }

        let mut e = self.mean.backward(&mean);
        for part in [self.log_variance.backward(&log_variance), self.classifier.backward(&errors.logits)] {
            for (e, p) in e.as_mut_slice().iter_mut().zip(part.as_slice()) {
                *e += p;
            }
        }
        let mut encoder = Vec::with_capacity(self.encoder.len());
        for (k, layer) in self.encoder.iter_mut().enumerate().rev() {
            for (e, h) in e.as_mut_slice().iter_mut().zip(trace.hidden[k].as_slice()) {
                if *h <= 0.0 {
                    *e = 0.0;
                }
            }
            // Nothing lies below the first layer.
            let below = if k == 0 { Matrix::default() } else { layer.backward(&e) };
            encoder.push(std::mem::replace(&mut e, below));
        }
        encoder.reverse();
        LayerErrors { encoder, mean, log_variance, decoder }
    }

    /// One optimisation step of everything.
    pub(super) fn step(
        &mut self,
        x: &Matrix,
        trace: &Trace,
        outputs: &mut OutputErrors,
        layers: &LayerErrors,
        rates: Rates,
    ) {
        let encoder_inputs = std::iter::once(x).chain(&trace.hidden);
        for ((layer, x), e) in self.encoder.iter_mut().zip(encoder_inputs).zip(&layers.encoder) {
            layer.step(x, e, rates);
        }
        let last = trace.hidden.last().unwrap_or(x);
        self.classifier.step(last, &outputs.logits, rates);
        self.mean.step(last, &layers.mean, rates);
        self.log_variance.step(last, &layers.log_variance, rates);
        let decoder_inputs = std::iter::once(&trace.z).chain(&trace.decoded);
        for ((layer, x), e) in self.decoder.iter_mut().zip(decoder_inputs).zip(&layers.decoder) {
            layer.step(x, e, rates);
        }
        self.output.step(trace.decoded.last().unwrap_or(&trace.z), &outputs.output, rates);
        self.prior.step(&mut outputs.prior, rates.adam);
    }

    /// From now on converters whose ranges come from data find them from whatever they read, or keep them.
    pub(super) fn calibrate(&mut self, on: bool) {
        self.layers().for_each(|layer| layer.calibrating = on);
    }

    /// There are such converters.
    pub(super) fn calibrates(&mut self) -> bool {
        self.layers().any(|layer| layer.synapses.arrays().iter().any(|array| array.calibrates()))
    }

    /// All layers, in the order of their addresses.
    pub(super) fn layers(&mut self) -> impl Iterator<Item = &mut Dense> {
        self.encoder
            .iter_mut()
            .chain([&mut self.classifier, &mut self.mean, &mut self.log_variance])
            .chain(&mut self.decoder)
            .chain([&mut self.output])
    }

    /// What the synapses of all layers did so far.
    pub(super) fn activity(&mut self) -> Activity {
        let mut sum = Activity::default();
        for layer in self.layers() {
            sum.add(&layer.synapses.activity());
        }
        sum
    }

    /// Refuses faults of cells that no layer has.
    pub(super) fn check_faults(&mut self) -> Result<(), DesignError> {
        let arrays: Vec<_> = self.layers().flat_map(|layer| layer.synapses.arrays()).collect();
        AnalogMatrix::check_faults(&arrays)
    }

    /// What that cost, all layers one after the other; `None` without arrays.
    pub(super) fn cost(&mut self) -> Result<Option<CostReport>, DesignError> {
        let mut sum: Option<CostReport> = None;
        for layer in self.layers() {
            for arrays in layer.synapses.arrays() {
                sum.get_or_insert_default().add(&arrays.cost(&arrays.activity())?);
            }
        }
        Ok(sum)
    }
}

/// The sigmoid of every element.
pub(super) fn sigmoid(a: &Matrix) -> Matrix {
    let mut image = a.clone();
    image.as_mut_slice().iter_mut().for_each(|a| *a = softmax::sigmoid(*a));
    image
}
