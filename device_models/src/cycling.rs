//! A cell that is not the same from one half cycle to the next.
//!
//! Whenever the voltage changes its sign, the multipliers walk ([`next_cycle`]) and the cell goes over
//! from what it is then to the new ones while it switches ([`Morph`]): v1b var of JART VCM
//! (C. Bengel et al., IEEE TCAS-I 67, 4618 (2020), doi:10.1109/TCSI.2020.3018502).
//!
//! Pinned by: `tests/jart_cycling.rs`.

use numerics::rng::Stream;

use crate::card::DeviceCard;
use crate::error::DeviceError;
use crate::model::{Morph, Motion, Segment, Surroundings};
use crate::motion::{append, split_at_zero};
use crate::variability::next_cycle;

/// One cell on its way through cycles.
#[derive(Debug, Clone)]
pub struct CyclingCell<'a> {
    card: &'a DeviceCard,
    seed: u64,
    device: u64,
    half_cycles: u64,
    /// Sign of the last voltage; 0 before the first.
    polarity: f64,
    morph: Morph,
}

impl<'a> CyclingCell<'a> {
    /// The cell with its own multipliers (all 1 when empty), before its first half cycle.
    pub fn new(card: &'a DeviceCard, spread: &[f64], seed: u64, device: u64) -> Self {
        let mut spread = spread.to_vec();
        spread.resize(card.model.spread_parameters().len(), 1.0);
        let morph = Morph { from: spread.clone(), to: spread, start: 0.0, end: 0.0 };
        Self { card, seed, device, half_cycles: 0, polarity: 0.0, morph }
    }

    /// The cell after a voltage of this sign: one of the other sign begins a half cycle.
    #[must_use]
    pub fn after_polarity(mut self, polarity: f64) -> Self {
        self.polarity = polarity.signum();
        self
    }

    /// Changes of sign so far.
    pub fn half_cycles(&self) -> u64 {
        self.half_cycles
    }

    /// The multipliers with the slow state at `slow`.
    pub fn spread_at(&self, slow: f64) -> Vec<f64> {
        self.morph.spread_at(slow)
    }

    /// Moves the state along a segment; a change of sign inside it begins a half cycle there.
    ///
    /// # Errors
    /// As [`crate::DeviceModel::advance`].
    pub fn advance(
        &mut self,
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        mut noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        let mut total = Motion::default();
        let (parts, count) = split_at_zero(segment);
        for part in parts.iter().take(count) {
            let sum = part.start_voltage + part.end_voltage;
            if sum != 0.0
                && let Some(&slow) = state.first()
            {
                self.enter(sum.signum(), slow);
            }
            let model = &self.card.model;
            let motion =
                model.advance_morphing(&self.morph, state, part, surroundings, None, noise.as_deref_mut())?;
            append(&mut total, &motion);
        }
        Ok(total)
    }

    /// The voltage has this sign from here on.
    fn enter(&mut self, polarity: f64, slow: f64) {
        let first = self.polarity == 0.0;
        if polarity * self.polarity > 0.0 {
            return;
        }
        self.polarity = polarity;
        if first {
            return;
        }
        self.half_cycles += 1;
        let to = next_cycle(self.card, &self.morph.to, self.seed, self.device, self.half_cycles);
        let model = &self.card.model;
        let (low, high) = model.bounds(&to);
        // Models that morph have a slow variable that rises with the conductance.
        let end = if polarity * model.set_polarity() > 0.0 { high } else { low };
        self.morph = Morph { from: self.morph.spread_at(slow), to, start: slow, end };
    }
}
