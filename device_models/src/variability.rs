//! Spread from device to device and from cycle to cycle, a random walk inside the card's windows.
//!
//! Each cell draws every spread parameter from its window ([`crate::spread`]), or a model that knows better
//! draws them itself ([`crate::DeviceModel::draw_device`]). The draw depends on (seed, device) alone.
//!
//! From one half cycle to the next every parameter ξ that the card lists under `cycling` walks:
//! ξ_k = ξ_{k−1} (1 ± Δξ_max P), P uniform in 0..1, either sign with probability ½, held in the
//! window of the device-to-device spread (same reference). The step depends on (seed, device, half
//! cycle) alone. While a half cycle switches, the cell goes over from ξ_{k−1} to ξ_k:
//! [`crate::Morph`].
//!
//! Pinned by: `tests/jart_cycling.rs`, `tests/step_spread.rs`.

use numerics::rng::{Purpose, Stream};

use crate::card::DeviceCard;
use crate::spread::spread_value;

/// The multipliers of one device: a draw from the model's own distribution or from the card's windows,
/// 1 where there is neither.
pub fn draw_spread(card: &DeviceCard, seed: u64, device: u64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::DeviceSpread, device, 0);
    let own = card.model.draw_device(&mut stream);
    let mut spread = own.unwrap_or_else(|| vec![1.0; card.model.spread_parameters().len()]);
    for window in &card.windows {
        spread[window.index] = window.multiplier(window.draw(&mut stream));
    }
    if let Some(stuck) = &card.stuck {
        stuck.apply(&mut spread, &mut stream);
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
        let value = spread_value(window.nominal, next[window.index]) * (1.0 + window.largest_step * signed);
        next[window.index] = window.multiplier(value.clamp(window.min, window.max));
    }
    next
}
