//! [`Normalisation`]: features of a frozen stack, made fit for a reconstruction loss.
//!
//! Features behind a ReLU are not negative and have no upper bound; the loss that a generative model is
//! trained with expects numbers around one, or shares. The constants belong to a channel, not to a single
//! number: what is always dark at the edge of the images of one set may be bright in another, and a number
//! without spread must not be divided by its own. They are taken from training samples of the set the
//! stack was trained on, in ideal arithmetic, and never change.
//!
//! | name | feature f of channel c | reconstruction loss |
//! |---|---|---|
//! | `standard` | (f − μ_c)/σ_c | mean squared error |
//! | `unit` | (f − l_c)/(h_c − l_c), limited to 0 … 1 | binary cross-entropy, outputs behind a sigmoid |
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | μ_c, σ_c | mean and standard deviation over samples and places | of the feature |
//! | l_c, h_c | quantiles 0.001 and 0.999 over samples and places | of the feature |
//!
//! A σ_c or h_c − l_c below a hundredth of its root mean square over all channels is raised to that: a
//! channel that is silent in the one set would blow up the other. What `unit` limits is counted.
//!
//! Internal replay with squared errors on the features: G. M. van de Ven, H. T. Siegelmann, A. S. Tolias,
//! Nat. Commun. 11:4069 (2020), doi:10.1038/s41467-020-17866-2; there without constants, behind batch
//! normalisation.
//!
//! Pinned by: the tests below, `stack::tests`.

use numerics::matrix::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::learning::network::error::NetworkError;

/// Smallest spread of a channel over the root mean square of all.
const LEAST_SPREAD: f64 = 0.01;
/// Share of the numbers of a channel below l_c, and above h_c.
const TAIL: f64 = 0.001;

/// How features are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Normalisation {
    /// Mean 0 and standard deviation 1 in each channel: for the mean squared error.
    #[default]
    Standard,
    /// From 0 to 1 in each channel: for the binary cross-entropy.
    Unit,
}

impl Normalisation {
    /// The name used in scripts and records.
    pub fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Unit => "unit",
        }
    }
}

/// What is taken from the features of each channel, and what they are divided by.
#[derive(Debug, Clone, PartialEq)]
pub struct FeatureConstants {
    /// How they are used.
    pub normalisation: Normalisation,
    /// μ_c or l_c, channel after channel.
    pub shift: Vec<f32>,
    /// σ_c or h_c − l_c, channel after channel.
    pub spread: Vec<f32>,
}

impl FeatureConstants {
    /// The constants of samples × features with so many channels, each with equally many numbers in a row.
    ///
    /// # Errors
    /// When a feature is infinite or not a number, or all channels are constant.
    pub(super) fn of(
        normalisation: Normalisation,
        features: &Matrix,
        channels: usize,
    ) -> Result<Self, NetworkError> {
        let fault = |message: &str| NetworkError::Data { message: message.to_owned() };
        if features.as_slice().is_empty() || features.as_slice().iter().any(|f| !f.is_finite()) {
            return Err(fault("gives features that are infinite or not a number"));
        }
        let area = features.columns() / channels;
        let mut constants: Vec<(f64, f64)> = Vec::with_capacity(channels);
        let mut own = Vec::with_capacity(features.rows() * area);
        for c in 0..channels {
            own.clear();
            features.iter_rows().for_each(|row| own.extend_from_slice(&row[c * area..(c + 1) * area]));
            constants.push(match normalisation {
                Normalisation::Standard => moments(&own),
                Normalisation::Unit => window(&mut own),
            });
        }
        let square = constants.iter().map(|(_, spread)| spread * spread).sum::<f64>() / channels as f64;
        if square.sqrt() < 1e-12 {
            return Err(fault("gives the same features for all samples"));
        }
        let least = LEAST_SPREAD * square.sqrt();
        Ok(Self {
            normalisation,
            shift: constants.iter().map(|(shift, _)| *shift as f32).collect(),
            spread: constants.iter().map(|(_, spread)| spread.max(least) as f32).collect(),
        })
    }

    /// Scales features in place; how many were limited.
    pub(super) fn apply(&self, features: &mut Matrix) -> u64 {
        let (columns, channels) = (features.columns(), self.shift.len());
        let area = (columns / channels).max(1);
        let mut limited = 0;
        for row in features.as_mut_slice().chunks_exact_mut(columns.max(1)) {
            for (map, (shift, spread)) in row.chunks_exact_mut(area).zip(self.shift.iter().zip(&self.spread))
            {
                for f in map {
                    *f = (*f - shift) / spread;
                    if self.normalisation == Normalisation::Unit {
                        limited += u64::from(!(0.0..=1.0).contains(f));
                        *f = f.clamp(0.0, 1.0);
                    }
                }
            }
        }
        limited
    }
}

/// Mean and standard deviation.
fn moments(values: &[f32]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().map(|v| f64::from(*v)).sum::<f64>() / n;
    let variance = values.iter().map(|v| (f64::from(*v) - mean).powi(2)).sum::<f64>() / n;
    (mean, variance.sqrt())
}

/// Lower quantile and the distance to the upper one.
fn window(values: &mut [f32]) -> (f64, f64) {
    let last = values.len().saturating_sub(1);
    let mut at = |share: f64| {
        let place = (share * last as f64).round() as usize;
        f64::from(*values.select_nth_unstable_by(place, f32::total_cmp).1)
    };
    let (low, high) = (at(TAIL), at(1.0 - TAIL));
    (low, high - low)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Two channels of two places: the first from 0 to 9.99, the second constant.
    fn ramp() -> Matrix {
        Matrix::from_fn(500, 4, |i, j| if j < 2 { (2 * i + j) as f32 / 100.0 } else { 3.0 })
    }

    #[test]
    fn standard_features_have_mean_zero_and_deviation_one() {
        let mut features = ramp();
        let constants = FeatureConstants::of(Normalisation::Standard, &features, 2).unwrap();
        // Uniform over 1000 steps of 0.01: σ² = (1000² − 1)/12 · 1e-4.
        assert!((f64::from(constants.spread[0]) - (999_999.0 / 12.0 * 1e-4_f64).sqrt()).abs() < 1e-6);
        // The constant channel: a hundredth of the root mean square over both channels.
        assert!((constants.spread[1] - 0.01 * constants.spread[0] / 2.0_f32.sqrt()).abs() < 1e-7);
        assert_eq!(constants.apply(&mut features), 0);
        let first: Vec<f32> = features.iter_rows().flat_map(|row| row[..2].to_vec()).collect();
        let (mean, deviation) = moments(&first);
        assert!(mean.abs() < 1e-6 && (deviation - 1.0).abs() < 1e-6, "{mean} {deviation}");
        assert!(features.iter_rows().all(|row| row[2..] == [0.0, 0.0]));
    }

    #[test]
    fn unit_features_are_limited_beyond_the_quantiles_and_counted() {
        let mut features = ramp();
        let constants = FeatureConstants::of(Normalisation::Unit, &features, 2).unwrap();
        assert!((constants.shift[0] - 0.01).abs() < 1e-6, "{:?}", constants.shift);
        assert!((constants.spread[0] - 9.97).abs() < 1e-5, "{:?}", constants.spread);
        // 0.00 lies below, 9.99 above.
        assert_eq!(constants.apply(&mut features), 2);
        assert!(features.as_slice().iter().all(|f| (0.0..=1.0).contains(f)));
        let mut other = Matrix::from_fn(1, 4, |_, j| [5.0, 50.0, 3.0, 3.1][j]);
        assert_eq!(constants.apply(&mut other), 2);
        assert!((other.row(0)[0] - 4.99 / 9.97).abs() < 1e-6);
        assert_eq!(other.row(0)[1..], [1.0, 0.0, 1.0]);
    }

    #[test]
    fn features_that_say_nothing_are_refused() {
        let error = |features: &Matrix| {
            FeatureConstants::of(Normalisation::Standard, features, 2).unwrap_err().to_string()
        };
        assert!(
            error(&Matrix::from_fn(3, 4, |_, j| j as f32 / 2.0 - (j % 2) as f32 / 2.0))
                .contains("the same features")
        );
        assert!(error(&Matrix::from_fn(3, 4, |i, _| 1.0 / i as f32)).contains("infinite"));
        assert!(error(&Matrix::zeros(0, 4)).contains("not a number"));
    }
}
