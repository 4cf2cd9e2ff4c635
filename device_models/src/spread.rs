//! By how much a cell may differ from its card: windows of parameters, and devices that cannot be written.
//!
//! A window is a Gaussian of given mean and standard deviation (or the logarithm of it is one,
//! [`Distribution::LogNormal`]), cut at its ends (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020): JART
//! VCM v1b var).
//!
//! A model takes the draw as a multiplier of the card's value; where that is 0, the multiplier is 1 plus
//! the value drawn.
//!
//! With the probability that a card gives under `stuck`, a device has both its bounds at one value,
//! uniform between two ends, and cannot be written.
//!
//! Pinned by: `tests/jart_cycling.rs`, `tests/step_spread.rs`.

use numerics::rng::Stream;

/// The shape of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distribution {
    /// A Gaussian.
    #[default]
    Normal,
    /// The logarithm is a Gaussian: `mean` is the median, `standard_deviation` that of the logarithm.
    LogNormal,
}

/// The window of one spread parameter, in the parameter's unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// Position in the model's `spread_parameters`.
    pub index: usize,
    /// The card's value, to which multipliers refer.
    pub nominal: f64,
    /// Smallest value.
    pub min: f64,
    /// Mean of the untruncated Gaussian.
    pub mean: f64,
    /// Largest value.
    pub max: f64,
    /// Standard deviation of the untruncated Gaussian.
    pub standard_deviation: f64,
    /// Its shape.
    pub distribution: Distribution,
    /// Δξ_max, largest relative step from one half cycle to the next; 0 when the parameter is constant.
    pub largest_step: f64,
}

impl Window {
    /// The multiplier that stands for a value of the parameter.
    pub fn multiplier(&self, value: f64) -> f64 {
        multiplier(self.nominal, value)
    }

    pub(crate) fn draw(&self, stream: &mut Stream) -> f64 {
        let sigma = self.standard_deviation;
        if sigma <= 0.0 {
            return self.mean;
        }
        match self.distribution {
            Distribution::Normal => {
                let z =
                    stream.truncated_normal((self.min - self.mean) / sigma, (self.max - self.mean) / sigma);
                self.mean + sigma * z
            }
            Distribution::LogNormal => {
                let cut = |end: f64| (end / self.mean).ln() / sigma;
                self.mean * (sigma * stream.truncated_normal(cut(self.min), cut(self.max))).exp()
            }
        }
    }
}

fn multiplier(nominal: f64, value: f64) -> f64 {
    if nominal == 0.0 { 1.0 + value } else { value / nominal }
}

/// The value that a multiplier stands for.
pub(crate) fn spread_value(nominal: f64, multiplier: f64) -> f64 {
    if nominal == 0.0 { multiplier - 1.0 } else { nominal * multiplier }
}

/// Devices that cannot be written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stuck {
    /// Share of the devices.
    pub probability: f64,
    /// Position in the model's `spread_parameters` and the card's value of the lower bound.
    pub lower: (usize, f64),
    /// The same of the upper bound.
    pub upper: (usize, f64),
    /// Both bounds lie between these values, and within the bounds that the device would have had.
    pub range: (f64, f64),
}

impl Stuck {
    pub(crate) fn apply(&self, spread: &mut [f64], stream: &mut Stream) {
        if stream.uniform() >= self.probability {
            return;
        }
        let [low, high] = [self.lower, self.upper].map(|(i, nominal)| spread_value(nominal, spread[i]));
        let (from, to) = (self.range.0.max(low), self.range.1.min(high));
        let value = from + (to - from) * stream.uniform();
        for (index, nominal) in [self.lower, self.upper] {
            spread[index] = multiplier(nominal, value);
        }
    }
}
