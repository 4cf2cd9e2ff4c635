//! The pulse tier: what one write pulse does to a cell, tabulated from the full model.
//!
//! For a given pulse, a cell that rests before and after is a map of one number: conductance
//! before → conductance after. [`PulseResponse::compile`] evaluates the full model on a grid of
//! the conductance and interpolates linearly between; the largest deviation from the full model
//! at the quarters of all grid intervals is measured and kept as [`PulseResponse::max_error`]. Learning
//! with millions of pulses runs on these tables.
//!
//! Pinned by: `tests/pulse_tier.rs`.

use crate::card::{DeviceCard, WritePulse};
use crate::error::DeviceError;
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
    /// When the model has no operating point at the read voltage.
    pub fn new(
        card: &'a DeviceCard,
        spread: Vec<f64>,
        ambient_temperature: f64,
    ) -> Result<Self, DeviceError> {
        let surroundings = Surroundings { ambient_temperature, compliance_current: None };
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
        // Bisection on the logarithm: both models' conductances are monotone in a state that
        // spans decades.
        let (mut a, mut b) = (self.bounds.0.ln(), self.bounds.1.ln());
        for _ in 0..60 {
            let middle = 0.5 * (a + b);
            if (self.conductance(middle.exp())? < conductance) == rises {
                a = middle;
            } else {
                b = middle;
            }
        }
        Ok((0.5 * (a + b)).exp())
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
        let surroundings = Surroundings { compliance_current, ..self.surroundings };
        let motion =
            self.card.model.advance(&self.spread, &mut state, &segment, &surroundings, None, None)?;
        Ok((self.conductance(state[0])?, motion.energy))
    }
}

/// The response of one cell to one pulse.
#[derive(Debug, Clone)]
pub struct PulseResponse {
    low: f32,
    per_step: f32,
    /// (conductance after, energy) on the grid.
    grid: Vec<(f32, f32)>,
    /// Largest deviation of the table from the full model, S, measured at the quarters of the grid's intervals.
    pub max_error: f64,
}

impl PulseResponse {
    /// Tabulates `pulse` on `points` conductances over the cell's whole range.
    ///
    /// # Errors
    /// When the model cannot follow the pulse from some state.
    pub fn compile(cell: &CellReader<'_>, pulse: &WritePulse, points: usize) -> Result<Self, DeviceError> {
        let points = points.max(2);
        let (low, high) = cell.range();
        let step = (high - low) / (points - 1) as f64;
        let full = |g: f64| -> Result<(f64, f64), DeviceError> {
            cell.after_pulse(cell.slow_state(g)?, pulse, None)
        };
        let mut grid = Vec::with_capacity(points);
        for i in 0..points {
            let (after, energy) = full(low + step * i as f64)?;
            grid.push((after as f32, energy as f32));
        }
        let mut response = Self { low: low as f32, per_step: (1.0 / step) as f32, grid, max_error: 0.0 };
        for i in 0..points - 1 {
            for share in [0.25, 0.5, 0.75] {
                let g = low + step * (i as f64 + share);
                let error = (f64::from(response.apply(g as f32).0) - full(g)?.0).abs();
                response.max_error = response.max_error.max(error);
            }
        }
        Ok(response)
    }

    /// Conductance after the pulse, S, and energy, J, for a cell at conductance `g`.
    #[inline]
    pub fn apply(&self, g: f32) -> (f32, f32) {
        let position = ((g - self.low) * self.per_step).clamp(0.0, (self.grid.len() - 1) as f32);
        let index = (position as usize).min(self.grid.len() - 2);
        let share = position - index as f32;
        let ((g0, e0), (g1, e1)) = (self.grid[index], self.grid[index + 1]);
        (g0 + share * (g1 - g0), e0 + share * (e1 - e0))
    }
}
