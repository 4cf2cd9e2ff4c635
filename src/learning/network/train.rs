//! [`Trainer`]: weights by gradient descent, held in digital memory.
//!
//! Every step takes the next batch of a fresh shuffle, cuts it into sub-batches of 32 samples, passes each
//! through a copy of the network on the given synapses, and adds the gradients in their order: the result
//! is the same bits for any number of threads.
//!
//! | quantity | equation |
//! |---|---|
//! | loss | mean over the batch of −ln softmax(a)_label |
//! | Adam | see `adam`; the rate is η_s |
//! | SGD | v ← μ v + g, Δ = −η_s v |
//! | weight decay | Δ ← Δ − η_s λ W (decoupled: I. Loshchilov, F. Hutter, ICLR 2019, arXiv:1711.05101) |
//! | rate of step s of S | constant η; linear η (1 − s/S); cosine η ½ (1 + cos(π s/S)) (I. Loshchilov, F. Hutter, ICLR 2017, arXiv:1608.03983) |
//! | clipping | W ← limit to ± α · (standard deviation of W), after each step |
//!
//! Pinned by: `gradient_tests`, and the tests below.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::architecture::Architecture;
use super::error::NetworkError;
use super::model::Network;
use super::parameters::{LayerParameters, Parameters};
use crate::data::Samples;
use crate::learning::adam::Adam;
use crate::learning::softmax::softmax;
use crate::mapping::{AnalogMatrix, Hardware};

/// Samples of a sub-batch.
const SUB_BATCH: usize = 32;

/// How gradients become changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OptimiserKind {
    /// Adam.
    #[default]
    Adam,
    /// Stochastic gradient descent with momentum.
    Sgd,
}

/// How the rate changes over the training.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Schedule {
    /// It does not.
    Constant,
    /// In a straight line to zero.
    Linear,
    /// Half a cosine to zero.
    #[default]
    Cosine,
}

/// How a network is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct TrainingConfig {
    /// Passes over the training samples.
    pub epochs: usize,
    /// Samples of a step.
    pub batch: usize,
    /// The optimiser.
    pub optimiser: OptimiserKind,
    /// Its step at the start.
    pub learning_rate: f64,
    /// How the step changes.
    pub schedule: Schedule,
    /// Share of the last change kept, for `sgd`.
    pub momentum: f64,
    /// Decay of weights (not of biases).
    pub weight_decay: f64,
}

impl Default for TrainingConfig {
    fn default() -> Self {
        Self {
            epochs: 10,
            batch: 64,
            optimiser: OptimiserKind::Adam,
            learning_rate: 1e-3,
            schedule: Schedule::Cosine,
            momentum: 0.9,
            weight_decay: 0.0,
        }
    }
}

impl TrainingConfig {
    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), NetworkError> {
        let fault = |field, value: String, rule: &str| {
            Err(NetworkError::Field { field, value, rule: rule.to_owned() })
        };
        if self.epochs > 10_000 {
            return fault("epochs", self.epochs.to_string(), "must be at most 10000");
        }
        if !(1..=65_536).contains(&self.batch) {
            return fault("batch", self.batch.to_string(), "must be from 1 to 65536");
        }
        if !(self.learning_rate > 0.0 && self.learning_rate.is_finite()) {
            return fault("learning_rate", self.learning_rate.to_string(), "must be above zero");
        }
        if !(0.0..1.0).contains(&self.momentum) {
            return fault("momentum", self.momentum.to_string(), "must be from 0 to below 1");
        }
        if !(0.0..=10.0).contains(&self.weight_decay) {
            return fault("weight_decay", self.weight_decay.to_string(), "must be from 0 to 10");
        }
        Ok(())
    }

    /// Rate of step `s` of `steps`.
    fn rate(&self, s: u64, steps: u64) -> f32 {
        let share = s as f64 / steps.max(1) as f64;
        let factor = match self.schedule {
            Schedule::Constant => 1.0,
            Schedule::Linear => 1.0 - share,
            Schedule::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * share).cos()),
        };
        (self.learning_rate * factor) as f32
    }
}

/// What an epoch gave.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct EpochReport {
    /// Counted from 1.
    pub epoch: usize,
    /// Mean loss of its batches, before each step.
    pub loss: f64,
    /// Share of right decisions in its batches, before each step.
    pub accuracy: f64,
}

/// Trains the parameters of one architecture.
pub struct Trainer<'a> {
    /// The layers.
    pub architecture: &'a Architecture,
    /// How.
    pub config: &'a TrainingConfig,
    /// What the forward and backward products are made on.
    pub hardware: &'a dyn Hardware,
    /// Weights are limited to so many of their standard deviations after each step.
    pub clip: Option<f32>,
    /// Keys the shuffles and the noise.
    pub seed: u64,
}

/// Optimiser state of one group of parameters.
#[derive(Default)]
struct State {
    adam: Adam,
    velocity: Vec<f32>,
}

impl State {
    /// Turns gradients into changes, in place.
    fn step(&mut self, gradient: &mut [f32], config: &TrainingConfig, rate: f32) {
        match config.optimiser {
            OptimiserKind::Adam => self.adam.step(gradient, rate),
            OptimiserKind::Sgd => {
                self.velocity.resize(gradient.len(), 0.0);
                let momentum = config.momentum as f32;
                for (g, v) in gradient.iter_mut().zip(&mut self.velocity) {
                    *v = momentum * *v + *g;
                    *g = -rate * *v;
                }
            }
        }
    }
}

/// Gradients, loss and right decisions of a sub-batch.
struct Part {
    gradients: Parameters,
    loss: f64,
    right: usize,
}

impl Trainer<'_> {
    /// Checks that data and network belong together.
    ///
    /// # Errors
    /// What does not fit.
    pub fn check(&self, samples: &Samples) -> Result<(), NetworkError> {
        self.config.check()?;
        self.architecture.takes(samples)?;
        let classes = self.architecture.outputs()?;
        let fault = |message| Err(NetworkError::Data { message });
        if classes != samples.classes() {
            return fault(format!("has {classes} outputs, but the data {} classes", samples.classes()));
        }
        if samples.is_empty() {
            return fault("has no samples to learn from".to_owned());
        }
        Ok(())
    }

    /// Trains from the given parameters. `watch` is told every epoch and may stop the training.
    ///
    /// # Errors
    /// Data, parameters or faults of single cells that do not fit, a diverged loss, or a stop.
    pub fn train(
        &self,
        mut parameters: Parameters,
        samples: &Samples,
        watch: &mut dyn FnMut(&EpochReport) -> bool,
    ) -> Result<Parameters, NetworkError> {
        self.check(samples)?;
        self.architecture.check_parameters(&parameters)?;
        let config = self.config;
        let batch = config.batch.min(samples.len());
        let per_epoch = samples.len() / batch;
        let steps = (config.epochs * per_epoch) as u64;
        let mut replicas = (0..batch.div_ceil(SUB_BATCH) as u64)
            .map(|r| Network::new(self.architecture, self.hardware, self.seed, r << 32))
            .collect::<Result<Vec<_>, _>>()?;
        if let Some(first) = replicas.first() {
            AnalogMatrix::check_faults(&first.arrays())?;
        }
        let mut states: Vec<[State; 2]> = parameters.iter().map(|_| Default::default()).collect();
        let mut order: Vec<usize> = (0..samples.len()).collect();
        for epoch in 0..config.epochs {
            Stream::new(self.seed, Purpose::Shuffle, 0, epoch as u64).shuffle(&mut order);
            let (mut loss, mut right) = (0.0, 0);
            for step in 0..per_epoch {
                let chosen = &order[step * batch..(step + 1) * batch];
                let part = pass(&mut replicas, &parameters, samples, chosen);
                loss += part.loss;
                right += part.right;
                let rate = config.rate((epoch * per_epoch + step) as u64, steps);
                self.apply(&mut parameters, part.gradients, &mut states, rate);
            }
            if !loss.is_finite() {
                return Err(NetworkError::Diverged { epoch: epoch + 1 });
            }
            let seen = (per_epoch * batch) as f64;
            let report = EpochReport {
                epoch: epoch + 1,
                loss: loss / per_epoch as f64,
                accuracy: right as f64 / seen,
            };
            if !watch(&report) {
                return Err(NetworkError::Stopped);
            }
        }
        Ok(parameters)
    }

    fn apply(
        &self,
        parameters: &mut Parameters,
        gradients: Parameters,
        states: &mut [[State; 2]],
        rate: f32,
    ) {
        let decay = rate * self.config.weight_decay as f32;
        for ((own, mut gradient), [weights, biases]) in parameters.iter_mut().zip(gradients).zip(states) {
            weights.step(gradient.weight.as_mut_slice(), self.config, rate);
            for (w, d) in own.weight.as_mut_slice().iter_mut().zip(gradient.weight.as_slice()) {
                *w += d - decay * *w;
            }
            if let (Some(bias), Some(mut gradient)) = (&mut own.bias, gradient.bias) {
                biases.step(&mut gradient, self.config, rate);
                bias.iter_mut().zip(&gradient).for_each(|(b, d)| *b += d);
            }
            if let Some(clip) = self.clip {
                let limit = clip * deviation(&own.weight);
                own.weight.as_mut_slice().iter_mut().for_each(|w| *w = w.clamp(-limit, limit));
            }
        }
    }
}

/// Standard deviation of all elements.
fn deviation(weights: &Matrix) -> f32 {
    let values = weights.as_slice();
    let n = values.len() as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    variance.sqrt() as f32
}

/// The gradients of a batch, its sub-batches side by side.
fn pass(replicas: &mut [Network], parameters: &Parameters, samples: &Samples, chosen: &[usize]) -> Part {
    let weight = 1.0 / chosen.len() as f32;
    let parts: Vec<Part> = replicas
        .par_iter_mut()
        .zip(chosen.par_chunks(SUB_BATCH))
        .map(|(network, chosen)| {
            network.program(parameters);
            let mut x = Matrix::zeros(chosen.len(), samples.inputs().columns());
            for (row, &index) in chosen.iter().enumerate() {
                x.row_mut(row).copy_from_slice(samples.inputs().row(index));
            }
            let labels: Vec<u8> = chosen.iter().map(|&index| samples.labels()[index]).collect();
            gradients(network, x, &labels, weight)
        })
        .collect();
    let mut parts = parts.into_iter();
    let Some(mut sum) = parts.next() else {
        return Part { gradients: Vec::new(), loss: 0.0, right: 0 };
    };
    for part in parts {
        sum.loss += part.loss;
        sum.right += part.right;
        for (sum, own) in sum.gradients.iter_mut().zip(&part.gradients) {
            add(sum, own);
        }
    }
    sum
}

fn add(sum: &mut LayerParameters, own: &LayerParameters) {
    sum.weight.as_mut_slice().iter_mut().zip(own.weight.as_slice()).for_each(|(s, g)| *s += g);
    if let (Some(sum), Some(own)) = (&mut sum.bias, &own.bias) {
        sum.iter_mut().zip(own).for_each(|(s, g)| *s += g);
    }
}

/// Loss and gradients of some samples, each with the same weight.
fn gradients(network: &mut Network, x: Matrix, labels: &[u8], weight: f32) -> Part {
    let trace = network.trace(x);
    let logits = &trace[trace.len() - 1];
    let mut errors = Matrix::zeros(logits.rows(), logits.columns());
    let active = vec![true; logits.columns()];
    let (mut loss, mut right) = (0.0, 0);
    for (i, &label) in labels.iter().enumerate() {
        let row = errors.row_mut(i);
        softmax(logits.row(i), &active, 1.0, row);
        let own = row[usize::from(label)];
        right += usize::from(row.iter().all(|p| *p <= own));
        loss -= f64::from(weight) * f64::from(own.max(1e-30)).ln();
        row[usize::from(label)] -= 1.0;
        for e in row.iter_mut() {
            *e *= weight;
        }
    }
    // A loss that is no number must not look like a large one.
    if logits.as_slice().iter().any(|a| !a.is_finite()) {
        loss = f64::NAN;
    }
    Part { gradients: network.backward(&trace, errors), loss, right }
}

/// Loss and gradients of a batch in one piece, for tests of gradients.
#[cfg(test)]
pub(super) fn loss_and_gradients(network: &mut Network, x: Matrix, labels: &[u8]) -> (f64, Parameters) {
    let weight = 1.0 / labels.len() as f32;
    let part = gradients(network, x, labels, weight);
    (part.loss, part.gradients)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use device_models::DeviceCard;

    use super::*;
    use crate::learning::network::{AwareHardware, HardwareAware};
    use crate::mapping::{AnalogConfig, AnalogHardware, IdealHardware};

    /// Three classes of 1 × 4 × 4 images: a bright row each, with noise.
    fn bars(count: usize) -> Samples {
        let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
        let labels: Vec<u8> = (0..count).map(|i| (i % 3) as u8).collect();
        let inputs =
            Matrix::from_fn(count, 16, |i, j| f32::from(j / 4 == i % 3) + 0.3 * stream.normal() as f32);
        Samples::new(inputs, labels, 3, (4, 4)).unwrap()
    }

    fn network(text: &str) -> Architecture {
        serde_json::from_str(&format!(r#"{{ "input": [1, 4, 4], "layers": [{text}] }}"#)).unwrap()
    }

    const SMALL: &str = r#"{ "kind": "convolution", "filters": 4, "kernel": [3, 3], "padding": [1, 1] }, { "kind": "relu" },
        { "kind": "max_pool", "size": [2, 2] }, { "kind": "flatten" }, { "kind": "dense", "outputs": 3 }, { "kind": "softmax" }"#;

    fn trained(
        config: &TrainingConfig,
        hardware: &dyn Hardware,
        clip: Option<f32>,
    ) -> (Parameters, Vec<EpochReport>) {
        let architecture = network(SMALL);
        let trainer = Trainer { architecture: &architecture, config, hardware, clip, seed: 3 };
        let mut reports = Vec::new();
        let start = architecture.initial_parameters(3).unwrap();
        let end = trainer.train(start, &bars(300), &mut |report| {
            reports.push(*report);
            true
        });
        (end.unwrap(), reports)
    }

    #[test]
    fn both_optimisers_learn_the_same_bits_on_any_number_of_threads() {
        let adam = TrainingConfig { epochs: 20, batch: 40, learning_rate: 1e-2, ..TrainingConfig::default() };
        let sgd = TrainingConfig { optimiser: OptimiserKind::Sgd, learning_rate: 0.1, ..adam.clone() };
        for config in [adam, sgd] {
            let (parameters, reports) = trained(&config, &IdealHardware, None);
            assert!(reports[19].accuracy > 0.95 && reports[19].loss < 0.5 * reports[0].loss, "{reports:?}");
            let single = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            assert_eq!(single.install(|| trained(&config, &IdealHardware, None)).0, parameters);
            let mut network = Network::new(&network(SMALL), &IdealHardware, 0, 0).unwrap();
            network.program(&parameters);
            assert!(network.judge(&bars(90)).accuracy() > 0.95);
        }
    }

    #[test]
    fn faults_of_cells_that_are_in_no_layer_are_refused() {
        let card = DeviceCard::shipped("technology_c", &BTreeMap::new()).unwrap();
        let design = r#"{ "cells": { "faults": { "cells": [
            { "matrix": 2, "tile": 0, "plane": 0, "cell": 0, "fault": "not_formed" } ] } } }"#;
        let design: AnalogConfig = serde_json::from_str(design).unwrap();
        let hardware = AnalogHardware::new(&card, &design, 293.0, 1).unwrap();
        let (architecture, config) = (network(SMALL), TrainingConfig::default());
        let trainer = Trainer {
            architecture: &architecture,
            config: &config,
            hardware: &hardware,
            clip: None,
            seed: 3,
        };
        let start = architecture.initial_parameters(3).unwrap();
        let error = trainer.train(start, &bars(30), &mut |_| true).unwrap_err().to_string();
        let text = "cells.faults.cells[0].matrix` is 2, but must be below 2, the number of matrices";
        assert!(error.contains(text), "{error}");
    }

    #[test]
    fn noise_in_training_makes_weights_that_bear_noise() {
        let config =
            TrainingConfig { epochs: 20, batch: 40, learning_rate: 1e-2, ..TrainingConfig::default() };
        let aware = HardwareAware { weight_noise: 0.4, ..HardwareAware::default() };
        let hardware = AwareHardware { config: aware };
        let accuracy = |parameters: &Parameters| {
            let runs = (0..20).map(|seed| {
                let mut network = Network::new(&network(SMALL), &hardware, 100 + seed, 0).unwrap();
                network.program(parameters);
                network.judge(&bars(90)).accuracy()
            });
            runs.sum::<f64>() / 20.0
        };
        let plain = accuracy(&trained(&config, &IdealHardware, None).0);
        let hardened = accuracy(&trained(&config, &hardware, Some(2.0)).0);
        assert!(hardened > plain + 0.01, "{hardened} against {plain}");
    }

    #[test]
    fn clipping_and_decay_bound_the_weights() {
        let config = TrainingConfig { epochs: 2, weight_decay: 0.0, ..TrainingConfig::default() };
        let (clipped, _) = trained(&config, &IdealHardware, Some(1.0));
        for layer in &clipped {
            let most = layer.weight.as_slice().iter().fold(0.0_f32, |m, w| m.max(w.abs()));
            // Cutting narrows the distribution, so the largest is at most the deviation before it.
            assert!(most <= 1.6 * deviation(&layer.weight), "{most}");
        }
        let size = |parameters: &Parameters| deviation(&parameters[1].weight);
        let decayed = TrainingConfig { weight_decay: 5.0, ..config.clone() };
        let (free, _) = trained(&config, &IdealHardware, None);
        assert!(size(&trained(&decayed, &IdealHardware, None).0) < 0.98 * size(&free));
    }

    #[test]
    fn schedules_end_at_zero_and_fields_are_checked() {
        let of = |schedule| TrainingConfig { schedule, ..TrainingConfig::default() };
        assert!((of(Schedule::Cosine).rate(50, 100) - 5e-4).abs() < 1e-9);
        assert!((of(Schedule::Linear).rate(75, 100) - 2.5e-4).abs() < 1e-9);
        assert!((of(Schedule::Constant).rate(99, 100) - 1e-3).abs() < 1e-9);
        let good = TrainingConfig::default();
        for bad in [
            TrainingConfig { batch: 0, ..good.clone() },
            TrainingConfig { learning_rate: -1.0, ..good.clone() },
            TrainingConfig { momentum: 1.0, ..good.clone() },
            TrainingConfig { weight_decay: f64::NAN, ..good.clone() },
        ] {
            assert!(matches!(bad.check(), Err(NetworkError::Field { .. })));
        }
        let architecture = network(r#"{ "kind": "dense", "outputs": 4 }"#);
        let trainer = Trainer {
            architecture: &architecture,
            config: &good,
            hardware: &IdealHardware,
            clip: None,
            seed: 0,
        };
        let error = trainer.check(&bars(9)).unwrap_err().to_string();
        assert_eq!(error, "the network has 4 outputs, but the data 3 classes");
        let wild = TrainingConfig { optimiser: OptimiserKind::Sgd, learning_rate: 3e38, ..good };
        let three = network(r#"{ "kind": "dense", "outputs": 3 }"#);
        let trainer = Trainer { architecture: &three, config: &wild, ..trainer };
        let end = trainer.train(three.initial_parameters(0).unwrap(), &bars(90), &mut |_| true);
        assert!(matches!(end, Err(NetworkError::Diverged { epoch: 1 | 2 })), "{end:?}");
    }
}
