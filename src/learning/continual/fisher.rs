//! The Fisher information of the weights a decision needs.
//!
//! F = (1/n) Σ_x Σ_y p(y|x) (∂ log p(y|x)/∂θ)², exactly over the active labels y, for n training samples x of
//! the context that ends (all of them unless a number is given). Published values differ in this choice; it
//! is the first of the five kinds that G. M. van de Ven (ICLR blog post 2025, arXiv:2502.11756) tells apart,
//! and the default of the code of the 2022 comparison.
//!
//! Per label one backward pass: with errors e and inputs x of a layer, F_W = Σ p (e ∘ e)ᵀ (x ∘ x).
//!
//! Pinned by: the test below, against squared difference quotients.

use numerics::matrix::{Matrix, Op, multiply};

use super::network::Network;
use super::trace::OutputErrors;
use crate::learning::protocol::sampler::read;
use crate::learning::protocol::{Batch, ContextStream};
use crate::learning::softmax::softmax;

/// Samples worked on at once.
const AT_ONCE: usize = 512;

/// Weights, then biases, of every layer that a decision needs.
pub(super) fn fisher(
    network: &mut Network,
    stream: &ContextStream<'_>,
    context: usize,
    samples: Option<usize>,
) -> Vec<Vec<f32>> {
    let mut places = stream.training(context..context + 1);
    // Evenly from all of them, as the data may be sorted.
    let count = samples.unwrap_or(usize::MAX).min(places.len());
    places = (0..count).map(|k| places[k * places.len() / count]).collect();
    let active = stream.outline().active(context, context);
    let shapes = network.deciding().map(|l| (l.synapses.outputs(), l.synapses.inputs())).collect::<Vec<_>>();
    let zeros = |&(outputs, inputs): &(usize, usize)| (Matrix::zeros(outputs, inputs), vec![0.0; outputs]);
    let mut sums: Vec<(Matrix, Vec<f32>)> = shapes.iter().map(zeros).collect();
    let mut batch = Batch::default();
    for chunk in places.chunks(AT_ONCE) {
        read(stream, chunk.iter().copied(), &mut batch);
        add_samples(network, &batch.inputs, &active, &mut sums);
    }
    let has_bias: Vec<bool> = network.deciding().map(|layer| layer.bias.is_some()).collect();
    let join = |((weights, biases), has_bias): ((Matrix, Vec<f32>), bool)| {
        let mut all = weights.as_slice().to_vec();
        if has_bias {
            all.extend(biases);
        }
        for f in &mut all {
            *f /= count as f32;
        }
        all
    };
    sums.into_iter().zip(has_bias).map(join).collect()
}

fn add_samples(network: &mut Network, x: &Matrix, active: &[bool], sums: &mut [(Matrix, Vec<f32>)]) {
    let trace = network.decide(x);
    let Some(logits) = &trace.logits else { return };
    let x = trace.seen.as_ref().unwrap_or(x);
    let mut shares = Matrix::zeros(x.rows(), active.len());
    for (row, logits) in logits.iter_rows().enumerate() {
        softmax(logits, active, 1.0, shares.row_mut(row));
    }
    let squared = |m: &Matrix| Matrix::from_fn(m.rows(), m.columns(), |i, j| m.row(i)[j] * m.row(i)[j]);
    let inputs: Vec<Matrix> = std::iter::once(x).chain(&trace.hidden).map(squared).collect();
    for label in (0..active.len()).filter(|&label| active[label]) {
        // √p times the error of −log p(label): its square carries the weight p.
        let errors = Matrix::from_fn(x.rows(), active.len(), |i, k| {
            let p = shares.row(i);
            if active[k] { p[label].sqrt() * (p[k] - f32::from(k == label)) } else { 0.0 }
        });
        let outputs = OutputErrors { logits: Some(errors), feedback: None };
        let layers = network.backward(&trace, &outputs);
        let all = layers.encoder.iter().chain(&outputs.logits);
        for (((weights, biases), e), x) in sums.iter_mut().zip(all).zip(&inputs) {
            let e = squared(e);
            multiply(weights, true, 1.0, (&e, Op::Transposed), (x, Op::Plain));
            for row in e.iter_rows() {
                biases.iter_mut().zip(row).for_each(|(b, e)| *b += e);
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use numerics::rng::{Purpose, Stream};

    use super::super::config::TrainingConfig;
    use super::super::dense::Origin;
    use super::super::network::Plan;
    use super::*;
    use crate::data::{Samples, Split};
    use crate::learning::protocol::{ActiveUnits, Scenario};
    use crate::mapping::IdealHardware;

    #[test]
    fn it_is_the_mean_square_of_difference_quotients() {
        let mut random = Stream::new(3, Purpose::Pattern, 0, 0);
        let inputs = Matrix::from_fn(5, 4, |_, _| random.uniform() as f32);
        let samples = Samples::new(inputs, vec![0, 1, 0, 1, 0], 3, (2, 2)).unwrap();
        let data = Split { train: samples.clone(), test: samples };
        let contexts = [vec![0, 1]];
        let stream = ContextStream::split(&data, &contexts, Scenario::Class, ActiveUnits::SoFar).unwrap();
        let config = TrainingConfig { hidden_units: 6, ..TrainingConfig::default() };
        let plan = Plan {
            eye: None,
            inputs: 4,
            classes: Some(3),
            feedback: None,
            origin: Origin { seed: 2, address: 0 },
        };
        let (mut network, _) = Network::new(&config, &plan, &IdealHardware);
        let found = fisher(&mut network, &stream, 0, None);

        // −log p(y|x) in f64, from the equations.
        let layers: Vec<(Matrix, Vec<f32>)> =
            network.layers().map(|l| (l.synapses.weights(), l.bias.clone().unwrap())).collect();
        let log_p = |p: &[Vec<f64>], x: &[f32], label: usize| {
            let mut h: Vec<f64> = x.iter().map(|v| f64::from(*v)).collect();
            for (k, p) in p.iter().enumerate() {
                let outputs = layers[k].1.len();
                let (weights, biases) = p.split_at(outputs * h.len());
                h = weights
                    .chunks_exact(h.len())
                    .zip(biases)
                    .map(|(w, b)| b + w.iter().zip(&h).map(|(w, x)| w * x).sum::<f64>())
                    .map(|a| if k < 2 { a.max(0.0) } else { a })
                    .collect();
            }
            // Class 2 is not active.
            h[label] - (h[0].exp() + h[1].exp()).ln()
        };
        let mut p: Vec<Vec<f64>> = layers
            .iter()
            .map(|(w, b)| w.as_slice().iter().chain(b).map(|v| f64::from(*v)).collect())
            .collect();
        for k in 0..3 {
            let largest = found[k].iter().fold(0.0_f32, |m, f| m.max(*f));
            assert!(largest > 1e-6 && found[k].len() == p[k].len());
            for i in 0..p[k].len() {
                let mut expected = 0.0;
                for x in data.train.inputs().iter_rows() {
                    for label in 0..2 {
                        let probability = log_p(&p, x, label).exp();
                        let value = p[k][i];
                        let mut at = |shift: f64| {
                            p[k][i] = value + shift;
                            log_p(&p, x, label)
                        };
                        let slope = (at(1e-6) - at(-1e-6)) / 2e-6;
                        p[k][i] = value;
                        expected += probability * slope * slope / 5.0;
                    }
                }
                let error = (f64::from(found[k][i]) - expected).abs() / f64::from(largest);
                assert!(error < 1e-4, "layer {k}, parameter {i}: {} against {expected}", found[k][i]);
            }
        }
    }
}
