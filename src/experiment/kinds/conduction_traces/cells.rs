//! The cells of one card: which levels they serve, how they differ, how they change.

use std::collections::BTreeMap;

use device_models::DeviceCard;
use device_models::variability::{draw_spread, next_cycle};
use numerics::rng::{Purpose, Stream};
use schemars::JsonSchema;
use serde::Deserialize;

use super::sweep::{MOST_DEVIATIONS, Setting, Trace};
use crate::experiment::kinds::cell::{self, Overrides};
use crate::experiment::script::{Ampere, Folders, Ratio};
use crate::experiment::{ExperimentError, FieldError};

/// Largest assumed deviation of a logarithm.
const MOST_SPREAD: f64 = 3.0;
/// Where the streams of assumed changes from cycle to cycle begin: beyond those of the cards' own.
const ASSUMED_CYCLES: u64 = 1 << 40;

/// A card and the levels it serves.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cells {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Smallest compliance current of these cells.
    from: Ampere,
    /// Largest compliance current of these cells.
    to: Ampere,
    /// State before each sweep: a name from the card or a value of the slow state variable. Where it is
    /// a bound of the card, each device begins at its own bound.
    #[serde(default = "cell::high_resistance")]
    initial_state: String,
    /// Parameters that do not vary although the card gives windows for them.
    #[serde(default)]
    fixed: Vec<String>,
    /// Assumed spread of parameters that the card gives no windows for.
    #[serde(default)]
    spread: BTreeMap<String, Assumed>,
}

/// An assumed spread: log-normal about the card's value.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assumed {
    /// Standard deviation of the logarithm from device to device.
    #[serde(default = "none")]
    device: Ratio,
    /// Standard deviation of the logarithm from cycle to cycle.
    #[serde(default = "none")]
    cycle: Ratio,
}

fn none() -> Ratio {
    Ratio(0.0)
}

/// Whether a card serves a level; a hair of slack, as levels are rounded.
pub(super) fn serves(cells: &Cells, level: f64) -> bool {
    level >= cells.from.0 * (1.0 - 1e-9) && level <= cells.to.0 * (1.0 + 1e-9)
}

/// The devices of one card.
pub(super) struct Population {
    /// Without the windows of fixed parameters.
    pub(super) card: DeviceCard,
    /// Devices needed at each level: the first ones.
    pub(super) quotas: Vec<usize>,
    /// Number of the first device in the whole set.
    first: u64,
    slow: f64,
    /// Position among the spread parameters, deviations from device to device and from cycle to cycle.
    assumed: Vec<(usize, Assumed)>,
}

impl Cells {
    /// Refuses a range that is none.
    pub(super) fn check_range(&self) -> Result<(), FieldError> {
        cell::positive("from", self.from.0, "A")?;
        if self.to < self.from {
            let text = format!("is {} A, below from ({} A)", self.to.0, self.from.0);
            return Err(FieldError::new("to", text));
        }
        Ok(())
    }

    /// Reads the card and checks what is said about its cells.
    pub(super) fn population(
        &self,
        folders: &Folders,
        first: u64,
        quotas: Vec<usize>,
    ) -> Result<Population, FieldError> {
        let mut card = cell::card(folders, &self.card, &self.parameters)?;
        if quotas.iter().all(|n| *n == 0) {
            let text = format!(
                "is {} A and to is {} A: that range holds no level, or there are fewer devices than cells",
                self.from.0, self.to.0
            );
            return Err(FieldError::new("from", text));
        }
        let slow = cell::slow_state(&card, &self.initial_state)?;
        let known = card.model.spread_parameters();
        let names = known.join(", ");
        for (k, name) in self.fixed.iter().enumerate() {
            let before = card.windows.len();
            card.windows.retain(|window| known[window.index] != name);
            if card.windows.len() == before {
                let text = format!("\"{name}\" has no window in card {}", card.name);
                return Err(FieldError::new(format!("fixed[{k}]"), text));
            }
        }
        card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        let mut assumed = Vec::with_capacity(self.spread.len());
        for (name, spread) in &self.spread {
            let field = |part: &str| format!("spread.{name}{part}");
            let Some(index) = known.iter().position(|own| own == name) else {
                let text = format!("cannot vary from cell to cell; {names} can");
                return Err(FieldError::new(field(""), text));
            };
            if card.windows.iter().any(|window| window.index == index) {
                let text = format!("is not to be assumed: card {} gives a window for it", card.name);
                return Err(FieldError::new(field(""), text));
            }
            if card.parameters.get(name).is_none_or(|value| *value == 0.0) {
                let text = format!("is 0 in card {}; a log-normal spread needs another value", card.name);
                return Err(FieldError::new(field(""), text));
            }
            for (part, deviation) in [(".device", spread.device.0), (".cycle", spread.cycle.0)] {
                if !(0.0..=MOST_SPREAD).contains(&deviation) {
                    let text = format!("must be 0 to {MOST_SPREAD}, but is {deviation}");
                    return Err(FieldError::new(field(part), text));
                }
            }
            assumed.push((index, *spread));
        }
        if !card.has_spread() && assumed.iter().all(|(_, spread)| spread.device.0 == 0.0) {
            let text = format!(
                "card {} gives no device-to-device windows that are not fixed; assume a spread of some of {names}",
                card.name
            );
            return Err(FieldError::new("spread", text));
        }
        Ok(Population { card, quotas, first, slow, assumed })
    }
}

impl Population {
    /// Number of devices.
    pub(super) fn devices(&self) -> usize {
        self.quotas.iter().copied().max().unwrap_or(0)
    }

    /// Test devices among the first so many.
    fn tests_before(devices: usize, share: f64) -> usize {
        (devices as f64 * share * (1.0 + 1e-12)).floor() as usize
    }

    /// Number of test devices.
    pub(super) fn test(&self, share: f64) -> usize {
        Self::tests_before(self.devices(), share)
    }

    /// Whether a device is a test device: spread evenly, so that every level has its share of them.
    /// Devices are independent draws, a regular choice is as good as a random one.
    pub(super) fn is_test(own: usize, share: f64) -> bool {
        Self::tests_before(own + 1, share) > Self::tests_before(own, share)
    }

    fn fault(&self, number: Option<u64>, source: device_models::DeviceError) -> ExperimentError {
        let who = number.map_or_else(|| "the nominal cell".to_owned(), |number| format!("device {number}"));
        ExperimentError::Device { what: format!("a trace of {who} of card {}", self.card.name), source }
    }

    /// The trace of a cell with the card's own parameters, without noise.
    pub(super) fn nominal(&self, setting: &Setting, limit: f64) -> Result<Trace, ExperimentError> {
        let spread = vec![1.0; self.card.model.spread_parameters().len()];
        let slow = self.start(&spread);
        setting.trace(&self.card, &spread, slow, limit, None).map_err(|source| self.fault(None, source))
    }

    /// The state before a sweep of a device with this spread.
    fn start(&self, spread: &[f64]) -> f64 {
        let model = &self.card.model;
        let (low, high) = model.bounds(&vec![1.0; spread.len()]);
        let (own_low, own_high) = model.bounds(spread);
        let is = |bound: f64| (self.slow - bound).abs() <= 1e-9 * (high - low).abs();
        if is(low) {
            own_low
        } else if is(high) {
            own_high
        } else {
            self.slow.clamp(own_low, own_high)
        }
    }

    /// A device, drawn.
    pub(super) fn device(&self, seed: u64, own: usize) -> Device<'_> {
        let number = self.first + own as u64;
        let mut spread = draw_spread(&self.card, seed, number);
        // Beside the stream of the card's own windows, which is that of cycle 0.
        let mut stream = Stream::new(seed, Purpose::DeviceSpread, number, 1);
        for (index, assumed) in &self.assumed {
            spread[*index] *= (assumed.device.0 * stream.normal()).exp();
        }
        let limit = stream.truncated_normal(-MOST_DEVIATIONS, MOST_DEVIATIONS);
        Device { population: self, number, seed, spread, limit, cycles: 0 }
    }
}

/// One device on its way through its cycles.
pub(super) struct Device<'a> {
    population: &'a Population,
    /// Number in the whole set.
    pub(super) number: u64,
    seed: u64,
    spread: Vec<f64>,
    /// Deviations of the logarithm of its limit.
    limit: f64,
    cycles: u64,
}

impl Device<'_> {
    /// The next cycle: the device as it is then, swept from its high-resistive state.
    pub(super) fn next(&mut self, setting: &Setting, limit: f64) -> Result<Trace, ExperimentError> {
        let Self { population, number, seed, .. } = *self;
        if self.cycles > 0 {
            // A RESET and a SET: two half cycles.
            for half in [2 * self.cycles - 1, 2 * self.cycles] {
                self.spread = next_cycle(&population.card, &self.spread, seed, number, half);
            }
        }
        let mut spread = self.spread.clone();
        let mut stream = Stream::new(seed, Purpose::Cycle, number, ASSUMED_CYCLES + self.cycles);
        for (index, assumed) in &population.assumed {
            spread[*index] *= (assumed.cycle.0 * stream.normal()).exp();
        }
        let mut noise = Stream::new(seed, Purpose::StateNoise, number, self.cycles);
        self.cycles += 1;
        let slow = population.start(&spread);
        let limit = limit * (setting.limit_spread * self.limit).exp();
        setting
            .trace(&population.card, &spread, slow, limit, Some(&mut noise))
            .map_err(|source| population.fault(Some(number), source))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_prefix_of_the_devices_has_its_share_of_test_devices() {
        let tests: Vec<bool> = (0..250).map(|own| Population::is_test(own, 0.2)).collect();
        for n in [5, 10, 84, 125, 250] {
            let found = tests[..n].iter().filter(|t| **t).count();
            assert_eq!(found, n / 5, "{n}");
        }
    }
}
