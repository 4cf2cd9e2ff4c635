//! Hand-written gradients against central differences of a second implementation.
//!
//! [`Reference`] is the forward pass and the loss once more, in `f64`, one sample at a time, from
//! the equations in the heads of `network`, `loss` and `prior`. Both must give the same loss, and
//! each single gradient must equal the difference quotient of the reference. The lesson holds labels
//! and soft targets; three cases have the variants of prior, gates, heads and reconstruction. That the backward read of an array uses the cells of its forward read
//! is pinned by `tests/mapping_analog.rs`.
#![allow(clippy::unwrap_used)]

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

use super::config::{Reconstruction, TrainingConfig};
use super::dense::Origin;
use super::lesson::{Lesson, Softening};
use super::loss::{Losses, evaluate};
use super::network::{Network, Plan};
use super::recipe::Generator;
use crate::learning::protocol::{ActiveUnits, Batch, Outline, Scenario};
use crate::mapping::IdealHardware;

const STEP: f64 = 1e-6;
/// Of soft targets.
const WEIGHT: f64 = 3.0;
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
    config: TrainingConfig,
    lesson: Lesson,
    noise: Matrix,
    /// Layer → condition → unit; empty without gates.
    masks: Vec<Matrix>,
    conditional: bool,
}

impl Reference {
    fn loss(&self, p: &Groups) -> f64 {
        let (rows, current) = (self.lesson.inputs.rows(), self.lesson.current);
        let share = f64::from(self.lesson.current_share);
        let mean = |from: usize, to: usize| {
            (from..to).map(|i| self.sample(p, i, i >= current)).sum::<f64>() / (to - from) as f64
        };
        share * mean(0, current) + (1.0 - share) * mean(current, rows)
    }

    fn sample(&self, p: &Groups, i: usize, replayed: bool) -> f64 {
        let row = |m: &Matrix| exact(m.row(i));
        let (x, target, noise) = (row(&self.lesson.inputs), row(&self.lesson.goals), row(&self.noise));
        let condition = row(self.lesson.conditions());
        let layer = |k: usize, x: &[f64]| -> Vec<f64> {
            let rows = p[k].chunks_exact(x.len()).zip(&p[BIAS + k]);
            rows.map(|(w, b)| b + w.iter().zip(x).map(|(w, x)| w * x).sum::<f64>()).collect()
        };
        let relu = |v: Vec<f64>| v.into_iter().map(|v| v.max(0.0)).collect::<Vec<_>>();
        let h = relu(layer(1, &relu(layer(0, &x))));
        let (logits, mu, s) = (layer(2, &h), layer(3, &h), layer(4, &h));
        let z: Vec<f64> = (0..mu.len()).map(|j| mu[j] + (0.5 * s[j]).exp() * noise[j]).collect();
        let gated = |k: usize, x: &[f64]| -> Vec<f64> {
            let gate = |u: usize| {
                self.masks.get(k).map_or(1.0, |masks| {
                    condition.iter().enumerate().map(|(c, p)| p * f64::from(masks.row(c)[u])).sum::<f64>()
                })
            };
            relu(layer(5 + k, x).into_iter().enumerate().map(|(u, a)| gate(u) * a).collect())
        };
        let output = layer(7, &gated(1, &gated(0, &z)));

        let t = if replayed { self.config.temperature } else { 1.0 };
        let heads = self.lesson.heads(i);
        let of_head = |active: &Vec<bool>| {
            let sum: f64 = (0..4).filter(|&c| active[c]).map(|c| (logits[c] / t).exp()).sum();
            (0..4).filter(|&c| active[c]).map(|c| target[c] * (logits[c] / t - sum.ln())).sum::<f64>()
        };
        let weight = if replayed { WEIGHT } else { 1.0 };
        let prediction = -weight * heads.iter().map(of_head).sum::<f64>() / heads.len() as f64;
        let pairs = output.into_iter().zip(&x);
        let reconstruction: f64 = match self.config.reconstruction {
            Reconstruction::CrossEntropy => {
                let images = pairs.map(|(a, x)| (1.0 / (1.0 + (-a).exp()), x));
                images.map(|(y, x)| -x * y.ln() - (1.0 - x) * (1.0 - y).ln()).sum()
            }
            Reconstruction::SquaredError => pairs.map(|(a, x)| 0.5 * (a - x).powi(2)).sum(),
        };
        let log_normal = |mean: &[f64], log_variance: &[f64]| -> f64 {
            let terms = z.iter().zip(mean).zip(log_variance);
            -0.5 * terms.map(|((z, m), s)| s + (z - m).powi(2) / s.exp()).sum::<f64>()
        };
        let of_class = |group: usize, c: usize| &p[group][c * z.len()..(c + 1) * z.len()];
        let density = |c: usize| log_normal(of_class(PRIOR, c), of_class(PRIOR + 1, c)).exp();
        let latent = if self.conditional {
            log_normal(&mu, &s) - (0..4).map(|c| target[c] * density(c)).sum::<f64>().ln()
        } else {
            0.5 * mu.iter().zip(&s).map(|(m, s)| m * m + s.exp() - s - 1.0).sum::<f64>()
        };
        let c = &self.config;
        c.prediction_weight * prediction
            + (c.reconstruction_weight * reconstruction + c.latent_weight * latent) / x.len() as f64
    }
}

/// The loss and the gradients of every group, by the program.
fn by_hand(network: &mut Network, reference: &Reference) -> (Losses, Groups) {
    let lesson = &reference.lesson;
    let trace = network.forward(&lesson.inputs, lesson.conditions(), reference.noise.clone());
    let (losses, out) = evaluate(&reference.config, lesson, &trace, network, true);
    let layers = network.backward(&trace, &out);
    let hidden = trace.hidden.last().unwrap();
    let (back, at_layers) = (trace.feedback.as_ref().unwrap(), layers.feedback.as_ref().unwrap());
    let at_outputs = out.feedback.as_ref().unwrap();
    let pairs = [
        (&lesson.inputs, &layers.encoder[0]),
        (&trace.hidden[0], &layers.encoder[1]),
        (hidden, out.logits.as_ref().unwrap()),
        (hidden, &at_layers.mean),
        (hidden, &at_layers.log_variance),
        (&back.z, &at_layers.decoder[0]),
        (&back.decoded[0], &at_layers.decoder[1]),
        (&back.decoded[1], &at_outputs.output),
    ];
    let ones = Matrix::from_fn(lesson.inputs.rows(), 1, |_, _| 1.0);
    let outer = |e: &Matrix, x: &Matrix| exact(product((e, Op::Transposed), (x, Op::Plain)).as_slice());
    let weights = pairs.iter().map(|(x, e)| outer(e, x));
    let biases = pairs.iter().map(|(_, e)| outer(e, &ones));
    let of_prior =
        |prior: &super::prior::PriorGradient| [&prior.mean, &prior.log_variance].map(|m| exact(m.as_slice()));
    let prior = at_outputs.prior.as_ref().map(of_prior);
    (losses, weights.chain(biases).chain(prior.into_iter().flatten()).collect())
}

/// The parameters as they stand in the network.
fn parameters(network: &mut Network) -> Groups {
    let (mut weights, mut biases) = (Vec::new(), Vec::new());
    for layer in network.layers() {
        weights.push(exact(layer.synapses.weights().as_slice()));
        biases.push(layer.bias.as_ref().map_or(vec![0.0; layer.synapses.outputs()], |b| exact(b)));
    }
    let prior = network.feedback.as_ref().and_then(|f| f.prior.as_ref());
    let prior = prior.map(|prior| [&prior.mean, &prior.log_variance].map(|m| exact(m.as_slice())));
    weights.into_iter().chain(biases).chain(prior.into_iter().flatten()).collect()
}

/// Every gradient of a network with this generator equals the differences of the reference.
fn check(generator: Generator, scenario: Scenario, reconstruction: Reconstruction) {
    let config = TrainingConfig {
        hidden_units: 12,
        latent_units: 5,
        reconstruction,
        reconstruction_weight: 8.0,
        latent_weight: 4.0,
        ..TrainingConfig::default()
    };
    let contexts = match scenario {
        Scenario::Domain => vec![(0..4).collect(); 3],
        _ => vec![vec![0, 1], vec![2], vec![3]],
    };
    let outline = Outline { scenario, active_units: ActiveUnits::SoFar, inputs: 9, units: 4, contexts };
    let conditions = if scenario == Scenario::Domain { 3 } else { 4 };
    let plan = Plan {
        eye: None,
        inputs: 9,
        classes: Some(4),
        feedback: Some((generator, 4, conditions)),
        origin: Origin { seed: 5, address: 0 },
    };
    let (mut network, _) = Network::new(&config, &plan, &IdealHardware);
    let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
    let softening = Softening { temperature: config.temperature as f32, weight: WEIGHT as f32 };
    let mut lesson = Lesson::new(&outline, 1, (3, 3), 0.4, softening);
    let inputs = Matrix::from_fn(3, 9, |_, _| stream.uniform() as f32);
    lesson.take(&Batch { inputs, units: vec![0, 1, 2], contexts: vec![0, 0, 1] });
    // Three soft targets, judged by both heads where there are several; class 3 is not active.
    for i in 3..6 {
        lesson.inputs.row_mut(i).iter_mut().for_each(|x| *x = stream.uniform() as f32);
        lesson.judge(i, 0..2);
        let soft = if scenario == Scenario::Task { [0.2, 0.8, 1.0, 0.0] } else { [0.2, 0.7, 0.1, 0.0] };
        lesson.goals.row_mut(i).copy_from_slice(&soft);
    }
    let noise = Matrix::from_fn(6, 5, |_, _| stream.normal() as f32);
    let one_hot = Matrix::from_fn(conditions, conditions, |i, c| f32::from(i == c));
    let gates = network.feedback.as_ref().and_then(|f| f.gates.as_ref());
    let masks = gates.map_or(Vec::new(), |gates| (0..2).map(|k| gates.of(k, &one_hot)).collect());
    assert_eq!(masks.is_empty(), generator.gate_fraction == 0.0);
    let conditional = generator.conditional_prior;
    let reference = Reference { config, lesson, noise, masks, conditional };

    let mut p = parameters(&mut network);
    let (losses, gradients) = by_hand(&mut network, &reference);
    let (ours, theirs) = (losses.total(), reference.loss(&p));
    println!("loss {ours} {theirs}");
    assert!((ours / theirs - 1.0).abs() < 1e-6, "loss {ours}, reference {theirs}");
    assert_eq!(gradients.len(), if conditional { PRIOR + 2 } else { PRIOR });
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

#[test]
fn brain_inspired_replay_by_class() {
    let generator = Generator { feedback: true, conditional_prior: true, gate_fraction: 0.5 };
    check(generator, Scenario::Class, Reconstruction::CrossEntropy);
}

#[test]
fn gates_by_context_and_a_prior_of_classes() {
    let generator = Generator { feedback: true, conditional_prior: true, gate_fraction: 0.3 };
    check(generator, Scenario::Domain, Reconstruction::SquaredError);
}

#[test]
fn several_heads_and_a_standard_prior() {
    let generator = Generator { feedback: true, conditional_prior: false, gate_fraction: 0.0 };
    check(generator, Scenario::Task, Reconstruction::CrossEntropy);
}
