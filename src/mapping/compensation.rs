//! Digital compensation of drift: gains after the converters, from inputs whose outputs are known.
//!
//! After a matrix is programmed it multiplies a few random inputs x_i, and the outputs y_ik are kept. When time
//! has passed it multiplies them again, and outputs are multiplied from then on by
//! * global: one factor α = Σ |y_ik| / Σ |y'_ik|, which reads no single column and averages their noise;
//! * per column: α_k = Σ_i y_ik y'_ik / Σ_i y'_ik², the least-squares gain of each output.
//!
//! A column whose outputs have gone keeps the gain 1. The reads are counted like all others. Re-calibration
//! is a step of its own ([`Compensated::recalibrate`]); with `after_elapse` it follows every time that passes.
//!
//! Validity: a common factor. What single cells do to a column remains.
//!
//! References: V. Joshi et al., Nat. Commun. 11, 2473 (2020), doi:10.1038/s41467-020-16108-9 (global drift
//! compensation).
//! Pinned by: the tests below, `tests/mapping_cells.rs`.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::analog::AnalogMatrix;
use super::config::{CompensationConfig, CompensationKind};
use super::synapses::{Activity, Inputs, Programming, Synapses};

/// What a calibration found.
#[derive(Debug, Clone, PartialEq)]
pub struct Calibration {
    /// Gain of every output.
    pub gains: Vec<f32>,
    /// Products it took.
    pub products: u64,
    /// Root mean square of what was off before, over that of the reference outputs.
    pub error_before: f32,
    /// The same with the gains.
    pub error_after: f32,
}

/// A matrix with gains at its outputs.
#[derive(Debug)]
pub struct Compensated<S> {
    inner: S,
    config: CompensationConfig,
    inputs: Matrix,
    /// Outputs after programming.
    reference: Option<Matrix>,
    /// No time has passed since.
    fresh: bool,
    gains: Vec<f32>,
    last: Option<Calibration>,
}

impl<S: Synapses> Compensated<S> {
    /// A matrix that is programmed later. Inputs are drawn from (`seed`, `address`).
    pub fn new(inner: S, config: &CompensationConfig, seed: u64, address: u64) -> Self {
        let mut stream = Stream::new(seed, Purpose::Pattern, address, 0);
        let (count, lines) = (config.reference_inputs, inner.inputs());
        let inputs = Matrix::from_fn(count, lines, |_, _| (2.0 * stream.uniform() - 1.0) as f32);
        let gains = vec![1.0; inner.outputs()];
        Self { inner, config: config.clone(), inputs, reference: None, fresh: false, gains, last: None }
    }

    /// The matrix itself.
    pub fn inner(&self) -> &S {
        &self.inner
    }

    /// The last calibration.
    pub fn calibration(&self) -> Option<&Calibration> {
        self.last.as_ref()
    }

    /// Measures the outputs of the reference inputs and sets the gains; `None` before programming.
    pub fn recalibrate(&mut self) -> Option<&Calibration> {
        let reference = self.reference.as_ref()?;
        let now = self.inner.forward(Inputs::Dense(&self.inputs));
        self.gains = gains(self.config.kind, reference, &now);
        let off = |gains: Option<&[f32]>| {
            let (mut error, mut size) = (0.0, 0.0);
            for (then, now) in reference.iter_rows().zip(now.iter_rows()) {
                for (k, (then, now)) in then.iter().zip(now).enumerate() {
                    let gain = gains.map_or(1.0, |gains| gains[k]);
                    error += (gain * now - then).powi(2);
                    size += then * then;
                }
            }
            if size > 0.0 { (error / size).sqrt() } else { 0.0 }
        };
        let calibration = Calibration {
            products: self.inputs.rows() as u64,
            error_before: off(None),
            error_after: off(Some(&self.gains)),
            gains: self.gains.clone(),
        };
        self.last = Some(calibration);
        self.last.as_ref()
    }

    fn scaled(&self, mut rows: Matrix, invert: bool) -> Matrix {
        for i in 0..rows.rows() {
            for (value, gain) in rows.row_mut(i).iter_mut().zip(&self.gains) {
                *value *= if invert { 1.0 / gain } else { *gain };
            }
        }
        rows
    }
}

/// Gains that bring `now` to `then`.
fn gains(kind: CompensationKind, then: &Matrix, now: &Matrix) -> Vec<f32> {
    let ratio = |above: f32, below: f32| if below > 0.0 && above > 0.0 { above / below } else { 1.0 };
    match kind {
        CompensationKind::None => vec![1.0; then.columns()],
        CompensationKind::Global => {
            let sum = |m: &Matrix| m.as_slice().iter().map(|v| v.abs()).sum::<f32>();
            vec![ratio(sum(then), sum(now)); then.columns()]
        }
        CompensationKind::PerColumn => (0..then.columns())
            .map(|k| {
                let pairs = || then.iter_rows().zip(now.iter_rows()).map(|(then, now)| (then[k], now[k]));
                ratio(pairs().map(|(a, b)| a * b).sum(), pairs().map(|(_, b)| b * b).sum())
            })
            .collect(),
    }
}

impl<S: Synapses> Synapses for Compensated<S> {
    fn outputs(&self) -> usize {
        self.inner.outputs()
    }

    fn inputs(&self) -> usize {
        self.inner.inputs()
    }

    fn forward(&mut self, x: Inputs<'_>) -> Matrix {
        let y = self.inner.forward(x);
        self.scaled(y, false)
    }

    fn backward(&mut self, e: &Matrix) -> Matrix {
        let e = self.scaled(e.clone(), false);
        self.inner.backward(&e)
    }

    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32) {
        let e = self.scaled(e.clone(), true);
        self.inner.update(x, &e, rate);
    }

    fn adjust(&mut self, delta: &Matrix) {
        let mut delta = delta.clone();
        for (k, gain) in self.gains.iter().enumerate() {
            delta.row_mut(k).iter_mut().for_each(|d| *d /= gain);
        }
        self.inner.adjust(&delta);
    }

    fn program(&mut self, weights: &Matrix) -> Programming {
        let result = self.inner.program(weights);
        self.gains.fill(1.0);
        self.reference = Some(self.inner.forward(Inputs::Dense(&self.inputs)));
        self.fresh = true;
        result
    }

    /// The reference is then taken anew if no time has passed, so that it is rounded and clipped as later
    /// outputs are.
    fn weights(&mut self) -> Matrix {
        let mut weights = self.inner.weights();
        for (k, gain) in self.gains.iter().enumerate() {
            weights.row_mut(k).iter_mut().for_each(|w| *w *= gain);
        }
        weights
    }

    fn elapse(&mut self, seconds: f64) {
        self.inner.elapse(seconds);
        self.fresh = false;
        if self.config.after_elapse {
            self.recalibrate();
        }
    }

    fn calibrate(&mut self, x: &Matrix, transposed: bool) {
        if transposed {
            let e = self.scaled(x.clone(), false);
            self.inner.calibrate(&e, true);
        } else {
            self.inner.calibrate(x, false);
        }
    }

    fn activity(&self) -> Activity {
        self.inner.activity()
    }

    fn arrays(&self) -> Vec<&AnalogMatrix> {
        self.inner.arrays()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gains_undo_factors() {
        let then = Matrix::from_fn(8, 3, |i, k| ((i * 3 + k) as f32).sin());
        let factors = [0.5, 0.8, 0.9];
        let now = Matrix::from_fn(8, 3, |i, k| factors[k] * then.row(i)[k]);
        let per_column = gains(CompensationKind::PerColumn, &then, &now);
        for (gain, factor) in per_column.iter().zip(factors) {
            assert!((gain * factor - 1.0).abs() < 1e-6, "{gain}");
        }
        let halved = Matrix::from_fn(8, 3, |i, k| 0.5 * then.row(i)[k]);
        let global = gains(CompensationKind::Global, &then, &halved);
        assert!(global.iter().all(|gain| (gain - 2.0).abs() < 1e-6));
        let gone = gains(CompensationKind::PerColumn, &then, &Matrix::zeros(8, 3));
        assert_eq!(gone, [1.0; 3]);
        assert_eq!(gains(CompensationKind::None, &then, &halved), [1.0; 3]);
    }
}
