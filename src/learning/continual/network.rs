//! The network: an encoder, and on top of it a classifier, a feedback path, or both.
//!
//! h₀ = x, h_{k+1} = relu(W h_k + b); logits a = W_c h + b, read before the latent layer. With both parts it
//! is the network of brain-inspired replay; with the classifier alone an ordinary one; with the feedback path
//! alone a variational auto-encoder.
//!
//! Behind frozen layers (an eye) h₀ is what they make of x; the feedback path then reconstructs x itself. The
//! eye is on the learner's hardware, also for a teacher in digital memory.
//!
//! Pinned by: `gradient_tests`, against a second implementation in `f64`.

use std::cell::RefCell;
use std::rc::Rc;

use numerics::matrix::Matrix;

use super::config::TrainingConfig;
use super::dense::{Dense, Origin, Rates, add, rectify};
use super::feedback::Feedback;
use super::gates::Gates;
use super::prior::Prior;
use super::recipe::Generator;
use super::result::MatrixProgramming;
use super::trace::{LayerErrors, OutputErrors, Trace};
use crate::learning::network::FrontEnd;
use crate::mapping::{Activity, AnalogMatrix, CostReport, DesignError, Hardware, Synapses as _};

/// Frozen layers through which all networks of a learner see their inputs.
pub(super) type Eye = Rc<RefCell<FrontEnd>>;

/// The network of one run.
pub(super) struct Network {
    pub(super) eye: Option<Eye>,
    pub(super) encoder: Vec<Dense>,
    pub(super) classifier: Option<Dense>,
    pub(super) feedback: Option<Feedback>,
}

/// What a network is made of.
#[derive(Clone)]
pub(super) struct Plan {
    /// Frozen layers before the encoder.
    pub(super) eye: Option<Eye>,
    /// Features of an input.
    pub(super) inputs: usize,
    /// Output units of the classifier; `None` for no classifier.
    pub(super) classes: Option<usize>,
    /// The feedback path, with classes of its prior and conditions of its gates.
    pub(super) feedback: Option<(Generator, usize, usize)>,
    /// Seed and first address of the matrices.
    pub(super) origin: Origin,
}

impl Network {
    /// Makes all layers and programs their initial weights.
    pub(super) fn new(
        config: &TrainingConfig,
        plan: &Plan,
        hardware: &dyn Hardware,
    ) -> (Self, Vec<MatrixProgramming>) {
        let (units, latent, layers) = (config.hidden_units, config.latent_units, config.hidden_layers);
        let mut written = Vec::new();
        let mut layer = |name: String, shape: (usize, usize), bias: bool| {
            let origin = Origin { address: plan.origin.address + written.len() as u64, ..plan.origin };
            let (layer, programming) = Dense::new(hardware, shape, bias, origin);
            written.push(MatrixProgramming { name, outputs: shape.0, inputs: shape.1, programming });
            layer
        };
        let inputs = |k: usize, first: usize| if k == 0 { first } else { units };
        let seen = plan.eye.as_ref().map_or(plan.inputs, |eye| eye.borrow().feature_shape().iter().product());
        let encoder =
            (0..layers).map(|k| layer(format!("encoder_{k}"), (units, inputs(k, seen)), true)).collect();
        let classifier = plan.classes.map(|classes| layer("classifier".to_owned(), (classes, units), true));
        let feedback = plan.feedback.map(|(generator, classes, conditions)| Feedback {
            mean: layer("latent_mean".to_owned(), (latent, units), true),
            log_variance: layer("latent_log_variance".to_owned(), (latent, units), false),
            decoder: (0..layers)
                .map(|k| layer(format!("decoder_{k}"), (units, inputs(k, latent)), true))
                .collect(),
            output: layer("output".to_owned(), (plan.inputs, units), true),
            prior: generator.conditional_prior.then(|| Prior::new(classes, latent, plan.origin.seed)),
            gates: (generator.gate_fraction > 0.0)
                .then(|| Gates::new(layers, conditions, units, generator.gate_fraction, plan.origin.seed)),
            reconstruction: config.reconstruction,
        });
        (Self { eye: plan.eye.clone(), encoder, classifier, feedback }, written)
    }

    /// A copy on synapses of `hardware`, programmed to the weights as read out now.
    pub(super) fn copied(&mut self, hardware: &dyn Hardware, origin: Origin) -> Self {
        let mut address = origin.address;
        let mut copy = |layer: &mut Dense| {
            address += 1;
            layer.copied(hardware, Origin { address: address - 1, ..origin })
        };
        let encoder = self.encoder.iter_mut().map(&mut copy).collect();
        let classifier = self.classifier.as_mut().map(&mut copy);
        let feedback = self.feedback.as_mut().map(|f| Feedback {
            mean: copy(&mut f.mean),
            log_variance: copy(&mut f.log_variance),
            decoder: f.decoder.iter_mut().map(&mut copy).collect(),
            output: copy(&mut f.output),
            prior: f.prior.clone(),
            gates: f.gates.clone(),
            reconstruction: f.reconstruction,
        });
        Self { eye: self.eye.clone(), encoder, classifier, feedback }
    }

    /// Takes the weights of `source`, as read out now, into its own synapses, which are programmed.
    pub(super) fn take_over(&mut self, source: &mut Self) {
        for (own, other) in self.layers().zip(source.layers()) {
            own.take_over(other);
        }
        if let (Some(own), Some(other)) = (&mut self.feedback, &source.feedback) {
            own.prior.clone_from(&other.prior);
        }
    }

    /// What the eye makes of the inputs.
    fn see(&self, x: &Matrix) -> Option<Matrix> {
        self.eye.as_ref().map(|eye| eye.borrow_mut().transform(x))
    }

    /// Outputs of the encoder's layers, first to last.
    fn encode(&mut self, x: &Matrix) -> Vec<Matrix> {
        let mut hidden: Vec<Matrix> = Vec::with_capacity(self.encoder.len());
        for layer in &mut self.encoder {
            let mut h = layer.forward(hidden.last().unwrap_or(x));
            rectify(&mut h);
            hidden.push(h);
        }
        hidden
    }

    /// The classifier's outputs; uses encoder and classifier only.
    pub(super) fn classify(&mut self, x: &Matrix) -> Matrix {
        self.decide(x).logits.unwrap_or_default()
    }

    /// A forward pass of encoder and classifier.
    pub(super) fn decide(&mut self, x: &Matrix) -> Trace {
        let seen = self.see(x);
        let x = seen.as_ref().unwrap_or(x);
        let hidden = self.encode(x);
        let logits = self.classifier.as_mut().map(|layer| layer.forward(hidden.last().unwrap_or(x)));
        Trace { seen, hidden, logits, feedback: None }
    }

    /// A whole forward pass; `conditions` are those of the gates, samples × conditions, `noise` is ε,
    /// samples × latent units.
    pub(super) fn forward(&mut self, x: &Matrix, conditions: &Matrix, noise: Matrix) -> Trace {
        let seen = self.see(x);
        let x = seen.as_ref().unwrap_or(x);
        let hidden = self.encode(x);
        let last = hidden.last().unwrap_or(x);
        let logits = self.classifier.as_mut().map(|layer| layer.forward(last));
        let feedback = self.feedback.as_mut().map(|part| part.forward(last, conditions, noise));
        Trace { seen, hidden, logits, feedback }
    }

    /// Errors at every layer from those at the outputs.
    pub(super) fn backward(&mut self, trace: &Trace, errors: &OutputErrors) -> LayerErrors {
        let mut at_last: Option<Matrix> = None;
        let mut feedback = None;
        if let (Some(part), Some(trace), Some(errors)) =
            (&mut self.feedback, &trace.feedback, &errors.feedback)
        {
            let (layers, below) = part.backward(trace, errors);
            (feedback, at_last) = (Some(layers), Some(below));
        }
        if let (Some(layer), Some(logits)) = (&mut self.classifier, &errors.logits) {
            let below = layer.backward(logits);
            match &mut at_last {
                Some(sum) => add(sum, &below),
                None => at_last = Some(below),
            }
        }
        let mut e = at_last.unwrap_or_default();
        let mut encoder = Vec::with_capacity(self.encoder.len());
        for (k, layer) in self.encoder.iter_mut().enumerate().rev() {
            for (e, h) in e.as_mut_slice().iter_mut().zip(trace.hidden[k].as_slice()) {
                *e = if *h > 0.0 { *e } else { 0.0 };
            }
            // Nothing lies below the first layer.
            let below = if k == 0 { Matrix::default() } else { layer.backward(&e) };
            encoder.push(std::mem::replace(&mut e, below));
        }
        encoder.reverse();
        LayerErrors { encoder, feedback }
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
        let x = trace.seen.as_ref().unwrap_or(x);
        let inputs = std::iter::once(x).chain(&trace.hidden);
        for ((layer, x), e) in self.encoder.iter_mut().zip(inputs).zip(&layers.encoder) {
            layer.step(x, e, rates);
        }
        let last = trace.hidden.last().unwrap_or(x);
        if let (Some(layer), Some(errors)) = (&mut self.classifier, &outputs.logits) {
            layer.step(last, errors, rates);
        }
        if let (Some(part), Some(trace), Some(errors), Some(layers)) =
            (&mut self.feedback, &trace.feedback, &mut outputs.feedback, &layers.feedback)
        {
            part.step(last, trace, errors, layers, rates);
        }
    }

    /// From now on converters whose ranges come from data find them from whatever they read, or keep them.
    pub(super) fn calibrate(&mut self, on: bool) {
        self.layers().for_each(|layer| layer.calibrating = on);
    }

    /// There are such converters.
    pub(super) fn calibrates(&mut self) -> bool {
        self.layers().any(|layer| layer.synapses.arrays().iter().any(|array| array.calibrates()))
    }

    /// The layers a decision needs: encoder and classifier.
    pub(super) fn deciding(&mut self) -> impl Iterator<Item = &mut Dense> {
        self.encoder.iter_mut().chain(&mut self.classifier)
    }

    /// All layers, in the order of their addresses.
    pub(super) fn layers(&mut self) -> impl Iterator<Item = &mut Dense> {
        let feedback = self.feedback.iter_mut().flat_map(Feedback::layers);
        self.encoder.iter_mut().chain(&mut self.classifier).chain(feedback)
    }

    /// Weights, biases and prior.
    pub(super) fn parameters(&mut self) -> usize {
        let prior = self.feedback.as_ref().and_then(|f| f.prior.as_ref()).map_or(0, Prior::parameters);
        self.layers().fold(prior, |sum, layer| sum + layer.parameters())
    }

    /// What the synapses of all layers did so far.
    pub(super) fn activity(&mut self) -> Activity {
        let mut sum = Activity::default();
        for layer in self.layers() {
            sum.add(&layer.synapses.activity());
        }
        sum
    }

    /// Time passes.
    pub(super) fn elapse(&mut self, seconds: f64) {
        self.layers().for_each(|layer| layer.synapses.elapse(seconds));
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
