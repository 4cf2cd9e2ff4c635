//! Spread from device to device, truncated-Gaussian windows around a card's parameters, and from
//! cycle to cycle, a random walk inside them.
//!
//! Each cell draws every spread parameter from a Gaussian of given mean and standard deviation,
//! cut at the window's ends (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020): JART VCM v1b var).
//! The draw depends on (seed, device) alone.
//!
//! From one half cycle to the next every parameter ξ that the card lists under `cycling` walks:
//! ξ_k = ξ_{k−1} (1 ± Δξ_max P), P uniform in 0..1, either sign with probability ½, held in the
//! window of the device-to-device spread (same reference). The step depends on (seed, device, half
//! cycle) alone. While a half cycle switches, the cell goes over from ξ_{k−1} to ξ_k:
//! [`crate::Morph`].
//!
//! Pinned by: `tests/jart_cycling.rs`.

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
    /// Δξ_max, largest relative step from one half cycle to the next; 0 when the parameter is constant.
    pub largest_step: f64,
}

/// The multipliers of one device: a draw from the model's own distribution or from the card's windows,
/// 1 where there is neither.
pub fn draw_spread(card: &DeviceCard, seed: u64, device: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::DeviceSpread, device, 0);
    let own = card.model.draw_device(&mut stream);
    let mut spread = own.unwrap_or_else(|| vec![1.0; card.model.spread_parameters().len()]);
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

/// The multipliers of `device` after half cycle `half_cycle`, from those before it (as
/// [`draw_spread`] or the last call gave them).
pub fn next_cycle(card: &DeviceCard, spread: &[f64], seed: u64, device: u64, half_cycle: u64) -> Vec<f64> {
    let mut next = spread.to_vec();
    next.resize(card.model.spread_parameters().len(), 1.0);
    let mut stream = Stream::new(seed, Purpose::Cycle, device, half_cycle);
    for window in card.windows.iter().filter(|window| window.largest_step > 0.0) {
        // ± P with either sign equally likely is uniform in −1..1.
        let signed = 2.0 * stream.uniform() - 1.0;
        let value = next[window.index] * window.nominal * (1.0 + window.largest_step * signed);
        next[window.index] = value.clamp(window.min, window.max) / window.nominal;
    }
    next
}
