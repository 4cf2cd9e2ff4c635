//! Hand-written gradients against central differences of a second implementation.
//!
//! [`Reference`] is the forward pass and the loss once more, in `f64`, one sample at a time, from
//! the equations in the heads of `network`, `loss` and `prior`. Both must give the same loss, and
//! each single gradient must equal the difference quotient of the reference. The batch holds true
//! labels and soft targets. That the backward read of an array uses the cells of its forward read
//! is pinned by `tests/mapping_analog.rs`.
#![allow(clippy::unwrap_used)]

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

use super::config::ReplayConfig;
use super::loss::{Batch, Losses, evaluate};
use super::network::Network;
use crate::mapping::IdealHardware;

const ACTIVE: [bool; 4] = [true, true, true, false];
const STEP: f64 = 1e-6;
/// Largest deviation over the largest gradient of the group: rounding of `f32`.
const TOLERANCE: f64 = 1e-6;
/// Parameter groups: eight weight matrices in address order, their biases, the prior's two.
const GROUPS: [&str; 9] = [
    "encoder 0",
    "encoder 1",
    "classifier",
    "latent mean",
    "latent log-variance",
    "decoder 0",
    "decoder 1",
    "output",
    "prior",
];
const BIAS: usize = 8;
const PRIOR: usize = 16;
const UNBIASED: usize = BIAS + 4;

type Groups = Vec<Vec<f64>>;

fn exact(values: &[f32]) -> Vec<f64> {
    values.iter().map(|v| f64::from(*v)).collect()
}

/// What the loss depends on besides the parameters.
struct Reference {
    config: ReplayConfig,
    batch: Batch,
    noise: Matrix,
    /// Layer → class → unit.
    masks: Vec<Matrix>,
}

impl Reference {
    fn loss(&self, p: &Groups) -> f64 {
        let (rows, current) = (self.batch.inputs.rows(), self.batch.current);
        let share = f64::from(self.batch.current_share);
        let mean = |from: usize, to: usize| {
            (from..to).map(|i| self.sample(p, i, i >= current)).sum::<f64>() / (to - from) as f64
        };
        share * mean(0, current) + (1.0 - share) * mean(current, rows)
    }

    fn sample(&self, p: &Groups, i: usize, replayed: bool) -> f64 {
        let row = |m: &Matrix| exact(m.row(i));
        let (x, target, noise) = (row(&self.batch.inputs), row(&self.batch.targets), row(&self.noise));
        let layer = |k: usize, x: &[f64]| -> Vec<f64> {
            let rows = p[k].chunks_exact(x.len()).zip(&p[BIAS + k]);
            rows.map(|(w, b)| b + w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()).collect()
        };
        let relu = |v: Vec<f64>| v.into_iter().map(|v| v.max(0.0)).collect::<Vec<_>>();
        let h = relu(layer(1, &relu(layer(0, &x))));
        let (logits, mu, s) = (layer(2, &h), layer(3, &h), layer(4, &h));
        let z: Vec<f64> = (0..mu.len()).map(|j| mu[j] + (0.5 * s[j]).exp() * noise[j]).collect();
        let gated = |k: usize, x: &[f64]| -> Vec<f64> {
            let gate = |u: usize| (0..4).map(|c| target[c] * f64::from(self.masks[k].row(c)[u])).sum::<f64>();
            relu(layer(5 + k, x).into_iter().enumerate().map(|(u, a)| gate(u) * a).collect())
        };
        let image = layer(7, &gated(1, &gated(0, &z))).into_iter().map(|a| 1.0 / (1.0 + (-a).exp()));

        let t = if replayed { self.config.temperature } else { 1.0 };
        let sum: f64 = (0..4).filter(|&c| ACTIVE[c]).map(|c| (logits[c] / t).exp()).sum();
        let log_softmax = |c: usize| logits[c] / t - sum.ln();
        let prediction =
            -t * t * (0..4).filter(|&c| ACTIVE[c]).map(|c| target[c] * log_softmax(c)).sum::<f64>();
        let reconstruction: f64 = image.zip(&x).map(|(y, x)| -x * y.ln() - (1.0 - x) * (1.0 - y).ln()).sum();
        let log_normal = |mean: &[f64], log_variance: &[f64]| -> f64 {
            let terms = z.iter().zip(mean).zip(log_variance);
            -0.5 * terms.map(|((z, m), s)| s + (z - m).powi(2) / s.exp()).sum::<f64>()
        };
        let of_class = |group: usize, c: usize| &p[group][c * z.len()..(c + 1) * z.len()];
        let density = |c: usize| log_normal(of_class(PRIOR, c), of_class(PRIOR + 1, c)).exp();
        let latent = log_normal(&mu, &s) - (0..4).map(|c| target[c] * density(c)).sum::<f64>().ln();
        let c = &self.config;
        c.prediction_weight * prediction
            + (c.reconstruction_weight * reconstruction + c.latent_weight * latent) / x.len() as f64
    }
}

/// The loss and the gradients of every group, by the program.
fn by_hand(network: &mut Network, reference: &Reference) -> (Losses, Groups) {
    let batch = &reference.batch;
    let trace = network.forward(&batch.inputs, &batch.targets, reference.noise.clone());
    let (losses, out) = evaluate(&reference.config, batch, &trace, &network.prior, &ACTIVE);
    let layers = network.backward(&trace, &out);
    let hidden = trace.hidden.last().unwrap();
    let pairs = [
        (&batch.inputs, &layers.encoder[0]),
        (&trace.hidden[0], &layers.encoder[1]),
        (hidden, &out.logits),
        (hidden, &layers.mean),
        (hidden, &layers.log_variance),
        (&trace.z, &layers.decoder[0]),
        (&trace.decoded[0], &layers.decoder[1]),
        (&trace.decoded[1], &out.output),
    ];
    let ones = Matrix::from_fn(batch.inputs.rows(), 1, |_, _| 1.0);
    let outer = |e: &Matrix, x: &Matrix| exact(product((e, Op::Transposed), (x, Op::Plain)).as_slice());
    let weights = pairs.iter().map(|(x, e)| outer(e, x));
    let biases = pairs.iter().map(|(_, e)| outer(e, &ones));
    let prior = [exact(out.prior.mean.as_slice()), exact(out.prior.log_variance.as_slice())];
    (losses, weights.chain(biases).chain(prior).collect())
}

/// The parameters as they stand in the network.
fn parameters(network: &mut Network) -> Groups {
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for layer in network.layers() {
        weights.push(exact(layer.synapses.weights().as_slice()));
        biases.push(layer.bias.as_ref().map_or(vec![0.0; layer.synapses.outputs()], |b| exact(b)));
    }
    let prior = [&network.prior.mean, &network.prior.log_variance].map(|m| exact(m.as_slice()));
    weights.into_iter().chain(biases).chain(prior).collect()
}

#[test]
fn every_gradient_equals_differences_of_a_second_implementation() {
    let config = ReplayConfig {
        hidden_units: 12,
        latent_units: 5,
        reconstruction_weight: 8.0,
        latent_weight: 4.0,
        ..ReplayConfig::default()
    };
    let (mut network, _) = Network::new(&config, (9, 4), &IdealHardware, 5);
    let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
    let inputs = Matrix::from_fn(6, 9, |_, _| stream.uniform() as f32);
    // Three true labels, three soft ones; class 3 is inactive.
    let soft = [0.2, 0.7, 0.1, 0.0];
    let targets = Matrix::from_fn(6, 4, |i, c| if i < 3 { f32::from(i == c) } else { soft[c] });
    let noise = Matrix::from_fn(6, 5, |_, _| stream.normal() as f32);
    let batch = Batch { inputs, targets, current: 3, current_share: 0.4 };
    let one_hot = Matrix::from_fn(4, 4, |i, c| f32::from(i == c));
    let masks = (0..2).map(|k| network.gates.of(k, &one_hot)).collect();
    let reference = Reference { config, batch, noise, masks };

    let mut p = parameters(&mut network);
    let (losses, gradients) = by_hand(&mut network, &reference);
    let (ours, theirs) = (losses.total(), reference.loss(&p));
    println!("loss {ours} {theirs}");
    assert!((ours / theirs - 1.0).abs() < 1e-6, "loss {ours}, reference {theirs}");
    for (group, gradient) in gradients.iter().enumerate().filter(|(group, _)| *group != UNBIASED) {
        assert_eq!(gradient.len(), p[group].len());
        let largest = gradient.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
        assert!(largest > 1e-4, "group {group}: no gradient to check");
        let mut worst = 0.0_f64;
        for (i, by_hand) in gradient.iter().enumerate() {
            let value = p[group][i];
            let mut at = |shift: f64| {
                p[group][i] = value + shift;
                reference.loss(&p)
            };
            let difference = (at(STEP) - at(-STEP)) / (2.0 * STEP);
            p[group][i] = value;
            worst = worst.max((by_hand - difference).abs() / largest);
        }
        let name = GROUPS[if group < PRIOR { group % BIAS } else { 8 }];
        println!("{name} (group {group}): {worst:.1e} of {largest:.3e}");
        assert!(worst < TOLERANCE, "{name} (group {group}): off by {worst:.1e} of the largest gradient");
    }
}
