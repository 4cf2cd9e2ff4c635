//! Hand-written gradients against central differences of the loss.
//!
//! For every parameter group the derivative along a direction with a random part and a part along
//! the gradient is compared; the batch holds true labels and soft targets.
#![allow(clippy::unwrap_used)]

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

use super::config::ReplayConfig;
use super::loss::{Batch, evaluate};
use super::network::Network;
use crate::mapping::IdealHardware;

/// Small, because a rectifier that switches inside the step adds an error that grows with it (groups
/// without such a unit agree to 10⁻⁵ at a step of 10⁻²); rounding of `f32` forbids much less.
const STEP: f32 = 5e-4;
const ACTIVE: [bool; 4] = [true, true, true, false];

struct Case {
    config: ReplayConfig,
    network: Network,
    batch: Batch,
    noise: Matrix,
}

impl Case {
    fn new() -> Self {
        let config = ReplayConfig {
            hidden_units: 12,
            latent_units: 5,
            reconstruction_weight: 8.0,
            latent_weight: 4.0,
            ..ReplayConfig::default()
        };
        let (network, _) = Network::new(&config, (9, 4), &IdealHardware, 5);
        let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
        let inputs = Matrix::from_fn(6, 9, |_, _| stream.uniform() as f32);
        // Three true labels, three soft ones; class 3 is inactive.
        let soft = [0.2, 0.7, 0.1, 0.0];
        let targets = Matrix::from_fn(6, 4, |i, c| if i < 3 { f32::from(i == c) } else { soft[c] });
        let noise = Matrix::from_fn(6, 5, |_, _| stream.normal() as f32);
        let batch = Batch { inputs, targets, current: 3, current_share: 0.4 };
        Self { config, network, batch, noise }
    }

    fn loss(&mut self) -> f64 {
        let trace = self.network.forward(&self.batch.inputs, &self.batch.targets, self.noise.clone());
        evaluate(&self.config, &self.batch, &trace, &self.network.prior, &ACTIVE).0.total()
    }

    /// Weight gradients in address order, bias gradients likewise, then the prior's two.
    fn gradients(&mut self) -> (Vec<Matrix>, Vec<Matrix>, [Matrix; 2]) {
        let (network, batch) = (&mut self.network, &self.batch);
        let trace = network.forward(&batch.inputs, &batch.targets, self.noise.clone());
        let (_, out) = evaluate(&self.config, batch, &trace, &network.prior, &ACTIVE);
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
        let ones = Matrix::from_fn(6, 1, |_, _| 1.0);
        let outer = |e: &Matrix, x: &Matrix| product((e, Op::Transposed), (x, Op::Plain));
        let weights = pairs.iter().map(|(x, e)| outer(e, x)).collect();
        let biases = pairs.iter().map(|(_, e)| outer(e, &ones)).collect();
        (weights, biases, [out.prior.mean, out.prior.log_variance])
    }

    /// Compares along a direction; `shift` adds (sign · direction) to the group.
    fn check(&mut self, name: &str, gradient: &Matrix, salt: u64, shift: impl Fn(&mut Network, &[f32])) {
        let g = gradient.as_slice();
        let norm = |v: &[f32]| v.iter().map(|x| x * x).sum::<f32>().sqrt();
        let mut direction = vec![0.0; g.len()];
        Stream::new(9, Purpose::Pattern, salt, 1).fill_normal(&mut direction);
        let (size, random) = (norm(g), norm(&direction));
        assert!(size > 1e-4, "{name}: no gradient to check");
        for (d, g) in direction.iter_mut().zip(g) {
            *d = *d / random + g / size;
        }
        let analytic: f64 = g.iter().zip(&direction).map(|(g, d)| f64::from(g * d)).sum();
        let scaled = |s: f32| direction.iter().map(|d| s * d).collect::<Vec<_>>();
        shift(&mut self.network, &scaled(STEP));
        let above = self.loss();
        shift(&mut self.network, &scaled(-2.0 * STEP));
        let below = self.loss();
        shift(&mut self.network, &scaled(STEP));
        let numeric = (above - below) / (2.0 * f64::from(STEP));
        let error = (analytic - numeric).abs() / numeric.abs().max(analytic.abs());
        println!("{name}: {analytic:.6} {numeric:.6} relative error {error:.1e}");
        assert!(error < 1e-2, "{name}: {analytic} by hand, {numeric} by differences");
    }
}

fn add(to: &mut [f32], change: &[f32]) {
    for (t, c) in to.iter_mut().zip(change) {
        *t += c;
    }
}

#[test]
fn every_gradient_equals_central_differences() {
    let mut case = Case::new();
    let (weights, biases, prior) = case.gradients();
    for (layer, gradient) in weights.iter().enumerate() {
        let shape = (gradient.rows(), gradient.columns());
        case.check(&format!("weights {layer}"), gradient, layer as u64, |network, change| {
            let delta = Matrix::from_vec(shape.0, shape.1, change.to_vec()).unwrap();
            network.layers().nth(layer).unwrap().synapses.adjust(&delta);
        });
    }
    for (layer, gradient) in biases.iter().enumerate() {
        if case.network.layers().nth(layer).unwrap().bias.is_none() {
            continue;
        }
        case.check(&format!("bias {layer}"), gradient, 100 + layer as u64, |network, change| {
            add(network.layers().nth(layer).unwrap().bias.as_mut().unwrap(), change);
        });
    }
    case.check("prior mean", &prior[0], 200, |network, change| {
        add(network.prior.mean.as_mut_slice(), change);
    });
    case.check("prior log-variance", &prior[1], 201, |network, change| {
        add(network.prior.log_variance.as_mut_slice(), change);
    });
}
