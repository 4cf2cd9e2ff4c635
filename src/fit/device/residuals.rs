//! The distance between data and model in units of the noise.
//!
//! The noise of a value y (current or conductance) is taken as σ_y² = floor² + (relative · y)². In
//! z = asinh(y/s), s = floor/relative, it is the same everywhere: σ_z = relative. z goes with ln|y| far
//! above the floor and with y below it, knows the sign, and has no pole at zero. Residual:
//! \[z(data) − z(model)\]/relative; jumps of a sweep are compared by their time (`jumps`).
//!
//! | symbol | default | unit | here |
//! |---|---|---|---|
//! | relative | 5 % | 1 | [`Noise::relative`] |
//! | floor | 1e-6 of the largest value | A or S | [`Noise::floor`] |
//!
//! Validity: noise of neighbouring values is independent.
//!
//! Reference for the transformation: M. S. Bartlett, Biometrics 3, 39 (1947), doi:10.2307/3001536
//! (variance-stabilising transformations).
//! Pinned by: the tests below and `tests/fit_device.rs`.

use std::sync::atomic::{AtomicUsize, Ordering};

use device_models::{DeviceError, Surroundings};

use super::data::{Data, Measurement};
use super::jumps::{self, Jump};
use super::predict::{Prediction, predict};
use super::space::Space;

/// Residual of every value where the model cannot be evaluated: far worse than any fit.
const HOPELESS: f64 = 1e4;
/// Ratio of the squares of both sides' differences from which they count as different.
const LOPSIDED: f64 = 10.0;
/// Step of differences in ln p, and in p over its range.
const STEP: f64 = 2e-3;

/// The noise of the data.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Relative standard deviation.
    pub relative: f64,
    /// Standard deviation near zero, A or S.
    pub floor: f64,
}

impl Noise {
    fn transformed(&self, value: f64) -> f64 {
        (value * self.relative / self.floor).asinh()
    }

    /// The distance of two values in standard deviations.
    pub fn distance(&self, data: f64, model: f64) -> f64 {
        (self.transformed(data) - self.transformed(model)) / self.relative
    }
}

/// Data, model and noise: residuals as a function of the free parameters.
pub(super) struct Problem<'a> {
    pub(super) space: Space<'a>,
    pub(super) data: &'a Data,
    pub(super) noise: Noise,
    pub(super) surroundings: Surroundings,
    pub(super) read_voltage: f64,
    pub(super) jumps: Vec<Jump>,
    /// Evaluations of the model so far, and those that failed.
    pub(super) evaluations: AtomicUsize,
    pub(super) failures: AtomicUsize,
}

impl<'a> Problem<'a> {
    pub(super) fn new(
        space: Space<'a>,
        data: &'a Data,
        noise: Noise,
        surroundings: Surroundings,
        read_voltage: f64,
    ) -> Self {
        let jumps = match &data.measurement {
            Measurement::Sweep(samples) => jumps::find(samples, noise.floor),
            Measurement::Pulses(_) => Vec::new(),
        };
        let (evaluations, failures) = (AtomicUsize::new(0), AtomicUsize::new(0));
        Self { space, data, noise, surroundings, read_voltage, jumps, evaluations, failures }
    }

    /// The model's answer at q.
    pub(super) fn predict(&self, q: &[f64]) -> Result<Prediction, DeviceError> {
        let (model, initial) = self.space.model(q)?;
        let measurement = &self.data.measurement;
        predict(model.as_ref(), initial, measurement, &self.jumps, &self.surroundings, self.read_voltage)
    }

    /// Residuals of a prediction: one for each value times its weight, then one for each jump.
    pub(super) fn compare(&self, prediction: &Prediction) -> Vec<f64> {
        let values = self.data.values();
        let distances = values.iter().zip(&prediction.values).map(|(d, m)| self.noise.distance(*d, *m));
        let mut residuals: Vec<f64> =
            distances.zip(self.weights(prediction)).map(|(distance, weight)| distance * weight).collect();
        for (jump, transition) in self.jumps.iter().zip(&prediction.transitions) {
            let late = (transition.time - jump.time) / jump.deviation;
            residuals.push(late + transition.missing / self.noise.relative);
        }
        residuals
    }

    /// The weight of each value: 0 between a jump of the data and the model's and within that of the
    /// data, rising to 1 over half a sampling interval outside, so that residuals are continuous.
    pub(super) fn weights(&self, prediction: &Prediction) -> Vec<f64> {
        let mut weights = vec![1.0; self.data.len()];
        let Measurement::Sweep(samples) = &self.data.measurement else { return weights };
        for (jump, transition) in self.jumps.iter().zip(&prediction.transitions) {
            let (from, to) = (transition.time.min(jump.time), transition.time.max(jump.time));
            // Half of the interval in which the data jump.
            let ramp = 3_f64.sqrt() * jump.deviation;
            for (i, sample) in samples.iter().enumerate().take(jump.end + 1).skip(jump.begin) {
                let outside = (from - sample.time).max(sample.time - to).max(0.0);
                let inside = i > jump.before && i < jump.after;
                let weight = if inside { 0.0 } else { (outside / ramp).min(1.0) };
                if let Some(slot) = weights.get_mut(i) {
                    *slot = weight.min(*slot);
                }
            }
        }
        weights
    }

    /// Residuals at q; `None` where the model cannot be evaluated. Counts.
    pub(super) fn residuals(&self, q: &[f64]) -> Option<Vec<f64>> {
        let residuals = self.predict(q).ok().map(|prediction| self.compare(&prediction));
        let residuals = residuals.filter(|list| list.iter().all(|r| r.is_finite()));
        self.evaluations.fetch_add(1, Ordering::Relaxed);
        self.failures.fetch_add(usize::from(residuals.is_none()), Ordering::Relaxed);
        residuals
    }

    /// Residuals of a trial that failed.
    pub(super) fn hopeless(&self) -> Vec<f64> {
        vec![HOPELESS; self.data.len() + self.jumps.len()]
    }

    /// ∂(residuals)/∂q of one parameter by differences of `width` steps, at residuals `here`.
    pub(super) fn column(&self, q: &[f64], here: &[f64], index: usize, width: f64) -> Vec<f64> {
        let [left, right] = self.sides(q, here, index, width);
        match (left, right) {
            (Some(left), Some(right)) => left.iter().zip(&right).map(|(l, r)| 0.5 * (l + r)).collect(),
            (Some(side), None) | (None, Some(side)) => side,
            (None, None) => vec![0.0; here.len()],
        }
    }

    /// The same for standard errors: where a parameter acts on one side only, as one that has just
    /// reached a bound of the state does, the side on which it acts less counts.
    pub(super) fn cautious_column(&self, q: &[f64], here: &[f64], index: usize) -> Vec<f64> {
        if let [Some(left), Some(right)] = self.sides(q, here, index, 1.0) {
            let sizes = (chi_square(&left), chi_square(&right));
            if sizes.0.min(sizes.1) * LOPSIDED < sizes.0.max(sizes.1) {
                return if sizes.0 < sizes.1 { left } else { right };
            }
        }
        self.column(q, here, index, 1.0)
    }

    /// Differences to the left and to the right; none where the range ends or the model fails.
    fn sides(&self, q: &[f64], here: &[f64], index: usize, width: f64) -> [Option<Vec<f64>>; 2] {
        let Some((parameter, centre)) = self.space.free.get(index).zip(q.get(index).copied()) else {
            return [None, None];
        };
        let (low, high) = parameter.ends();
        let unit = if parameter.logarithmic() { STEP.min(0.05 * (high - low)) } else { STEP * (high - low) };
        let step = width * unit;
        [-step, step].map(|by| {
            let mut q = q.to_vec();
            let slot = q.get_mut(index)?;
            *slot = (centre + by).clamp(low, high);
            let moved = *slot - centre;
            if moved.abs() < 0.1 * step {
                return None;
            }
            let there = self.residuals(&q)?;
            Some(there.iter().zip(here).map(|(t, h)| (t - h) / moved).collect())
        })
    }
}

/// χ²: the sum of squares.
pub(super) fn chi_square(residuals: &[f64]) -> f64 {
    residuals.iter().map(|r| r * r).sum()
}

#[cfg(test)]
mod tests {
    use super::Noise;

    #[test]
    fn distances_are_relative_above_the_floor_and_absolute_below() {
        let noise = Noise { relative: 0.05, floor: 1e-9 };
        assert!((noise.distance(1.05e-3, 1e-3) - 1.05_f64.ln() / 0.05).abs() < 1e-6);
        assert!((noise.distance(-1.05e-3, -1e-3) + 1.05_f64.ln() / 0.05).abs() < 1e-6);
        assert!((noise.distance(1e-10, -1e-10) - 0.2).abs() < 1e-3);
        assert!(noise.distance(1e-3, -1e-3) > 100.0);
    }
}
