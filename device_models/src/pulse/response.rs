//! The response of one cell to one pulse as a table.
//!
//! The axis is the bit pattern of the conductance as `f32`, which rises with it and is straight within
//! each octave: cells that span decades and cells that span a factor of two are both resolved, and no
//! logarithm is taken. Equal intervals of the axis hold 2^k points each, with k from the refinement.

/// What a pulse does to a cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Outcome {
    /// Mean change of the conductance, S.
    pub change: f32,
    /// Standard deviation of it by the card's own noise, S.
    pub deviation: f32,
    /// Energy dissipated in the cell, J.
    pub energy: f32,
}

impl Outcome {
    pub(super) fn between(self, other: Self, share: f32) -> Self {
        let at = |a: f32, b: f32| a + share * (b - a);
        Self {
            change: at(self.change, other.change),
            deviation: at(self.deviation, other.deviation),
            energy: at(self.energy, other.energy),
        }
    }
}

/// The axis: conductances in equal intervals of their bit pattern.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Axis {
    low: f32,
    high: f32,
    per_bit: f64,
    intervals: usize,
}

impl Axis {
    /// Axis from `low` to `high` (S, positive).
    pub(super) fn new(low: f64, high: f64, intervals: usize) -> Self {
        let (low, high) = ((low as f32).max(f32::MIN_POSITIVE), (high as f32).max(f32::MIN_POSITIVE));
        let span = high.to_bits().saturating_sub(low.to_bits());
        let per_bit = if span == 0 { 0.0 } else { intervals as f64 / f64::from(span) };
        Self { low, high, per_bit, intervals }
    }

    /// Position on the axis, 0 to the number of intervals.
    #[inline]
    pub(super) fn position(&self, g: f32) -> f64 {
        let g = g.max(self.low).min(self.high);
        f64::from(g.to_bits() - self.low.to_bits()) * self.per_bit
    }

    /// Conductance at a position, S.
    pub(super) fn conductance(&self, position: f64) -> f64 {
        if self.per_bit == 0.0 {
            return f64::from(self.low);
        }
        let bits = (position / self.per_bit).round().min(f64::from(self.high.to_bits() - self.low.to_bits()));
        f64::from(f32::from_bits(self.low.to_bits() + bits as u32))
    }

    pub(super) fn intervals(&self) -> usize {
        self.intervals
    }
}

/// The response of one cell to one pulse.
#[derive(Debug, Clone)]
pub struct PulseResponse {
    pub(super) axis: Axis,
    /// First point and number of parts of each interval of the axis.
    pub(super) intervals: Vec<(u32, u32)>,
    pub(super) points: Vec<Outcome>,
    /// Between which conductances noisy pulses end, S: the device's range, or beyond it where that changes
    /// from cycle to cycle.
    pub(super) limits: (f32, f32),
    /// The card has noise of its own, and the table holds it.
    pub noisy: bool,
    /// Standard deviation, S, that a noisy pulse adds to what is read after it.
    pub write_noise: f32,
    /// Largest deviation of the mean from the full model, S, measured between the points of the table.
    pub max_error: f64,
    /// Width of all start conductances, S, on edges too steep for the table, for which that error does not
    /// hold.
    pub unresolved: f64,
    /// Largest standard error of the tabulated mean of noisy pulses, S.
    pub sampling_error: f64,
}

impl PulseResponse {
    /// What the pulse does to a cell at conductance `g`, S.
    #[inline]
    pub fn outcome(&self, g: f32) -> Outcome {
        let position = self.axis.position(g);
        let interval = (position as usize).min(self.intervals.len() - 1);
        let (first, parts) = self.intervals[interval];
        let inside = (position - interval as f64) * f64::from(parts);
        let part = (inside as u32).min(parts - 1);
        let at = (first + part) as usize;
        self.points[at].between(self.points[at + 1], (inside - f64::from(part)) as f32)
    }

    /// Mean conductance after the pulse, S, and energy, J, for a cell at conductance `g`.
    #[inline]
    pub fn apply(&self, g: f32) -> (f32, f32) {
        let outcome = self.outcome(g);
        (self.inside(g) + outcome.change, outcome.energy)
    }

    /// Conductance after one pulse with the card's own noise, S, and energy, J; `z` is a standard normal
    /// number.
    #[inline]
    pub fn draw(&self, g: f32, z: f32) -> (f32, f32) {
        let outcome = self.outcome(g);
        let after = self.inside(g) + outcome.change + outcome.deviation * z;
        (after.max(self.limits.0).min(self.limits.1), outcome.energy)
    }

    /// The conductance, or the end of this device's range beyond which it lies, S.
    #[inline]
    fn inside(&self, g: f32) -> f32 {
        g.max(self.axis.low).min(self.axis.high)
    }

    /// Mean change of the conductance, S, of a cell at `g` or, where this device cannot be there, at the
    /// end of its range.
    pub fn step(&self, g: f32) -> f32 {
        self.outcome(g).change
    }

    /// The response of a cell whose changes and their noise are `factor` times these, within its range; energies stay.
    #[must_use]
    pub fn scaled(&self, factor: f32) -> Self {
        let mut scaled = self.clone();
        for (interval, (first, parts)) in self.intervals.iter().enumerate() {
            for part in 0..=*parts {
                let at = (first + part) as usize;
                let position = interval as f64 + f64::from(part) / f64::from(*parts);
                let g = self.axis.conductance(position) as f32;
                let Outcome { change, deviation, energy } = self.points[at];
                let (low, high) = ((self.axis.low - g).min(change), (self.axis.high - g).max(change));
                let change = (factor * change).clamp(low, high);
                scaled.points[at] = Outcome { change, deviation: factor * deviation, energy };
            }
        }
        scaled.max_error *= f64::from(factor);
        scaled.sampling_error *= f64::from(factor);
        scaled
    }

    /// Points of the table.
    pub fn size(&self) -> usize {
        self.points.len()
    }
}
