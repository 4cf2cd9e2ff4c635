//! The class-conditional prior: p(z | c) = N(μ_c, diag exp s_c), learnt with everything else.
//!
//! For a class known as probabilities p_c the density is the mixture p(z) = Σ_c p_c N(z; μ_c, s_c).
//! With responsibilities r_c ∝ p_c N(z; μ_c, s_c) and u = z − μ_c:
//! ∂(−log p)/∂z = Σ r_c u e^{−s_c}, ∂/∂μ_c = −r_c u e^{−s_c}, ∂/∂s_c = ½ r_c (1 − u² e^{−s_c}).
//! Constants (log 2π) are dropped. Means and log-variances start as N(0, 1) and stay digital.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use crate::learning::adam::Adam;

/// Coordinate of the prior among the initial-weight streams, apart from the layers' addresses.
const STREAM: u64 = u64::MAX;

/// Means and log-variances, classes × latent units.
#[derive(Debug, Clone)]
pub(super) struct Prior {
    pub(super) mean: Matrix,
    pub(super) log_variance: Matrix,
    mean_adam: Adam,
    log_variance_adam: Adam,
}

/// Gradients with respect to the prior.
pub(super) struct PriorGradient {
    pub(super) mean: Matrix,
    pub(super) log_variance: Matrix,
}

impl PriorGradient {
    pub(super) fn zeros(prior: &Prior) -> Self {
        let zeros = || Matrix::zeros(prior.mean.rows(), prior.mean.columns());
        Self { mean: zeros(), log_variance: zeros() }
    }
}

impl Prior {
    pub(super) fn new(classes: usize, latent: usize, seed: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::InitialWeights, STREAM, 0);
        let mut draw = || Matrix::from_fn(classes, latent, |_, _| stream.normal() as f32);
        let (mean, log_variance) = (draw(), draw());
        Self { mean, log_variance, mean_adam: Adam::default(), log_variance_adam: Adam::default() }
    }

    /// A latent vector of `class`.
    pub(super) fn sample(&self, class: usize, stream: &mut Stream, z: &mut [f32]) {
        stream.fill_normal(z);
        for ((z, m), s) in z.iter_mut().zip(self.mean.row(class)).zip(self.log_variance.row(class)) {
            *z = m + (0.5 * s).exp() * *z;
        }
    }

    /// e^{−s} of every class, for [`Prior::surprise`].
    pub(super) fn precision(&self) -> Matrix {
        let mut precision = self.log_variance.clone();
        precision.as_mut_slice().iter_mut().for_each(|s| *s = (-*s).exp());
        precision
    }

    /// Numbers it is made of.
    pub(super) fn parameters(&self) -> usize {
        2 * self.mean.as_slice().len()
    }

    /// −log p(z) of one sample; adds `weight` times its gradients to `dz` and `gradient`.
    pub(super) fn surprise(
        &self,
        precision: &Matrix,
        (z, probabilities): (&[f32], &[f32]),
        weight: f32,
        dz: &mut [f32],
        gradient: &mut PriorGradient,
    ) -> f64 {
        let log_joint = |class: usize| -> f64 {
            let parameters =
                self.mean.row(class).iter().zip(self.log_variance.row(class)).zip(precision.row(class));
            let exponent: f32 =
                z.iter().zip(parameters).map(|(z, ((m, s), p))| s + (z - m) * (z - m) * p).sum();
            f64::from(probabilities[class]).ln() - 0.5 * f64::from(exponent)
        };
        let terms: Vec<(usize, f64)> = (0..probabilities.len())
            .filter(|&c| probabilities[c] > 1e-6)
            .map(|c| (c, log_joint(c)))
            .collect();
        let highest = terms.iter().map(|t| t.1).fold(f64::NEG_INFINITY, f64::max);
        let sum: f64 = terms.iter().map(|t| (t.1 - highest).exp()).sum();
        for &(class, term) in &terms {
            let share = weight * ((term - highest).exp() / sum) as f32;
            if share == 0.0 {
                continue;
            }
            let parameters = self.mean.row(class).iter().zip(precision.row(class));
            let dm = gradient.mean.row_mut(class).iter_mut();
            let ds = gradient.log_variance.row_mut(class).iter_mut();
            for ((((z, (m, p)), dz), dm), ds) in z.iter().zip(parameters).zip(dz.iter_mut()).zip(dm).zip(ds) {
                let u = z - m;
                let pull = share * u * p;
                *dz += pull;
                *dm -= pull;
                *ds += 0.5 * (share - pull * u);
            }
        }
        -(highest + sum.ln())
    }

    /// One Adam step; the gradients are used up.
    pub(super) fn step(&mut self, gradient: &mut PriorGradient, rate: f32) {
        self.mean_adam.apply(self.mean.as_mut_slice(), gradient.mean.as_mut_slice(), rate);
        let log_variance = self.log_variance.as_mut_slice();
        self.log_variance_adam.apply(log_variance, gradient.log_variance.as_mut_slice(), rate);
    }
}
