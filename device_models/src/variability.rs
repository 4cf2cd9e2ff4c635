//! Device-to-device spread: truncated-Gaussian windows around a card's parameters.
//!
//! Each cell draws every spread parameter from a Gaussian of given mean and standard deviation,
//! cut at the window's ends (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020): JART VCM v1b var).
//! The draw depends on (seed, device) alone.

use numerics::rng::{Purpose, Stream};

use crate::card::DeviceCard;

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
}

/// The multipliers of one device: a draw from the card's windows, 1 where it has none.
pub fn draw_spread(card: &DeviceCard, seed: u64, device: u64) -> Vec<f64> {
    let mut spread = vec![1.0; card.model.spread_parameters().len()];
    let mut stream = Stream::new(seed, Purpose::DeviceSpread, device, 0);
    for window in &card.windows {
        let sigma = window.standard_deviation;
        let value = if sigma > 0.0 {
            let z = stream
                .truncated_normal((window.min - window.mean) / sigma, (window.max - window.mean) / sigma);
            window.mean + sigma * z
        } else {
            window.mean
        };
        spread[window.index] = value / window.nominal;
    }
    spread
}
