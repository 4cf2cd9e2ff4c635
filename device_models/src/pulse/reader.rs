//! One cell between its slow state and its conductance, and one pulse of the full model.

use numerics::rng::{Purpose, Stream};

use crate::card::{DeviceCard, WritePulse};
use crate::cycling::CyclingCell;
use crate::error::DeviceError;
use crate::limit::CurrentLimit;
use crate::model::{Segment, Surroundings};

/// One cell of a card: its spread and surroundings, and the two directions between its slow
/// state and its conductance at the read voltage.
#[derive(Debug, Clone)]
pub struct CellReader<'a> {
    card: &'a DeviceCard,
    spread: Vec<f64>,
    surroundings: Surroundings,
    /// Conductance at the lower and upper end of the slow state, S.
    ends: (f64, f64),
    bounds: (f64, f64),
}

impl<'a> CellReader<'a> {
    /// The cell with the given multipliers (empty: nominal) at an ambient temperature in K.
    ///
    /// # Errors
    /// When the model has no operating point at the read voltage, or a cell remembers more than its
    /// conductance.
    pub fn new(
        card: &'a DeviceCard,
        spread: Vec<f64>,
        ambient_temperature: f64,
    ) -> Result<Self, DeviceError> {
        if !card.model.conductance_is_memory() {
            return Err(DeviceError::NoPulseTable { model: card.model.name() });
        }
        let surroundings = Surroundings { ambient_temperature, limit: CurrentLimit::None };
        let bounds = card.model.bounds(&spread);
        let mut reader = Self { card, spread, surroundings, ends: (0.0, 0.0), bounds };
        reader.ends = (reader.conductance(bounds.0)?, reader.conductance(bounds.1)?);
        Ok(reader)
    }

    /// Lowest and highest conductance of the cell, S.
    pub fn range(&self) -> (f64, f64) {
        (self.ends.0.min(self.ends.1), self.ends.0.max(self.ends.1))
    }

    /// Conductance at the read voltage of the cell at rest with slow state `slow`, S.
    ///
    /// # Errors
    /// When the model has no operating point at the read voltage.
    pub fn conductance(&self, slow: f64) -> Result<f64, DeviceError> {
        let state = self.card.model.rest(slow, &self.surroundings);
        let voltage = self.card.read_voltage;
        Ok(self.card.model.operating_point(&self.spread, &state, voltage, &self.surroundings)?.current
            / voltage)
    }

    /// The slow state at which the cell at rest has this conductance (clamped to its range).
    ///
    /// # Errors
    /// When the model has no operating point at the read voltage.
    pub fn slow_state(&self, conductance: f64) -> Result<f64, DeviceError> {
        let rises = self.ends.1 > self.ends.0;
        let (low, high) = self.range();
        if conductance <= low {
            return Ok(if rises { self.bounds.0 } else { self.bounds.1 });
        }
        if conductance >= high {
            return Ok(if rises { self.bounds.1 } else { self.bounds.0 });
        }
        // Bisection; on the logarithm where the state spans decades.
        let decades = self.bounds.0 > 0.0 && self.bounds.1 > 100.0 * self.bounds.0;
        let (mut a, mut b) = if decades { (self.bounds.0.ln(), self.bounds.1.ln()) } else { self.bounds };
        let slow = |x: f64| if decades { x.exp() } else { x };
        for _ in 0..60 {
            let middle = 0.5 * (a + b);
            if (self.conductance(slow(middle))? < conductance) == rises {
                a = middle;
            } else {
                b = middle;
            }
        }
        Ok(slow(0.5 * (a + b)))
    }

    /// Conductance after a rectangular pulse that starts from rest at slow state `slow`, S, and
    /// the energy the cell dissipated, J.
    ///
    /// # Errors
    /// When the model cannot follow the pulse.
    pub fn after_pulse(
        &self,
        slow: f64,
        pulse: &WritePulse,
        compliance_current: Option<f64>,
    ) -> Result<(f64, f64), DeviceError> {
        let mut state = self.card.model.rest(slow, &self.surroundings);
        let segment = Segment::constant(pulse.voltage, pulse.width);
        let limit = compliance_current.map_or(CurrentLimit::None, CurrentLimit::Ideal);
        let surroundings = Surroundings { limit, ..self.surroundings };
        let motion =
            self.card.model.advance(&self.spread, &mut state, &segment, &surroundings, None, None)?;
        Ok((self.conductance(state[0])?, motion.energy))
    }

    /// Whether the card changes from cycle to cycle.
    fn cycles(&self) -> bool {
        self.card.windows.iter().any(|window| window.largest_step > 0.0)
    }

    /// As [`CellReader::after_pulse`] with the card's own noise: that of its model, and a change of the
    /// cell from the half cycle before, of the other polarity, to the one that the pulse begins. Draws
    /// are keyed by (`seed`, `device`, `sample`).
    ///
    /// # Errors
    /// When the model cannot follow the pulse.
    pub fn draw_pulse(
        &self,
        slow: f64,
        pulse: &WritePulse,
        (seed, device, sample): (u64, u64, u64),
    ) -> Result<(f64, f64), DeviceError> {
        let mut state = self.card.model.rest(slow, &self.surroundings);
        let segment = Segment::constant(pulse.voltage, pulse.width);
        let mut stream = Stream::new(seed, Purpose::StateNoise, device, sample);
        if !self.cycles() {
            let motion = self.card.model.advance(
                &self.spread,
                &mut state,
                &segment,
                &self.surroundings,
                None,
                Some(&mut stream),
            )?;
            return Ok((self.conductance(state[0])?, motion.energy));
        }
        let key = (device << 24) | (sample & 0xFF_FFFF);
        let mut cell = CyclingCell::new(self.card, &self.spread, seed, key).after_polarity(-pulse.voltage);
        let motion = cell.advance(&mut state, &segment, &self.surroundings, Some(&mut stream))?;
        let rest = self.card.model.rest(state[0], &self.surroundings);
        let (spread, voltage) = (cell.spread_at(state[0]), self.card.read_voltage);
        let point = self.card.model.operating_point(&spread, &rest, voltage, &self.surroundings)?;
        Ok((point.current / voltage, motion.energy))
    }

    /// Standard deviation, S, by which the conductance read after a noisy pulse differs from the one that
    /// the next pulse starts from.
    pub fn write_noise(&self) -> f64 {
        self.card.model.write_noise()
    }
}
