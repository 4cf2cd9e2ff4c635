//! The RESET transition: which conductance belongs to the highest RESET voltage a cell has seen.
//!
//! Above V_RESET the current falls from what the cell carried there to what the HRS carries at U_max:
//! I(v) = a (U_max − v)^η + I_HRS(U_max), with a ≥ 0 from the beginning of the transition.

use numerics::roots::bracket;

use super::Statistical;
use crate::limit::CurrentLimit;

/// One transition; voltages as magnitudes.
pub(super) struct Transition<'a> {
    model: &'a Statistical,
    /// Sign of the RESET voltage.
    sign: f64,
    begin: f64,
    end: f64,
    hrs: f64,
    factor: f64,
    last_current: f64,
}

impl<'a> Transition<'a> {
    /// From conductance `start` at `begin` volts to `hrs` at the voltage of complete RESET.
    pub(super) fn new(model: &'a Statistical, begin: f64, start: f64, hrs: f64) -> Self {
        let sign = -model.polarity;
        let end = model.parameters.reset_end_voltage;
        let begin = begin.clamp(0.0, (1.0 - 1e-9) * end);
        let current = |g: f64, v: f64| model.mixture.at(g, sign * v).0.abs();
        let last_current = current(hrs, end);
        let height = (current(start, begin) - last_current).max(0.0);
        let factor = height / (end - begin).powf(model.parameters.reset_exponent);
        Self { model, sign, begin, end, hrs, factor, last_current }
    }

    /// Magnitude of the voltage at which it is complete.
    pub(super) fn end(&self) -> f64 {
        self.end
    }

    /// Magnitude of the current on the transition.
    fn current(&self, v: f64) -> f64 {
        let left = (self.end - v).max(0.0);
        self.factor * left.powf(self.model.parameters.reset_exponent) + self.last_current
    }

    /// The conductance of a cell that began at `g` once it has seen `v`, which is at least `begin`. Short
    /// of the end it only falls; a complete RESET ends in the HRS, be it lower or higher.
    pub(super) fn conductance(&self, g: f64, v: f64) -> f64 {
        if v >= self.end { self.hrs } else { self.arriving(g, v) }
    }

    /// As [`Self::conductance`], but not yet complete at the end.
    fn arriving(&self, g: f64, v: f64) -> f64 {
        let own = self.model.mixture.conductance(self.sign * self.current(v), self.sign * v);
        own.max(self.hrs).min(g)
    }

    /// Applied voltage at which a cell that began at `g` has come as far as `v`.
    pub(super) fn needed(&self, g: f64, v: f64, limit: &CurrentLimit) -> f64 {
        needed(v, self.model.mixture.at(self.arriving(g, v), self.sign * v).0.abs(), limit)
    }

    /// As [`Self::conductance`] for a cell that may have come further before: RESET below its threshold
    /// changes nothing.
    pub(super) fn after(&self, g: f64, v: f64) -> f64 {
        if v > self.begin { self.conductance(g, v) } else { g }
    }

    /// Magnitude of the voltage above which a cell of conductance `g` moves; `None` if it never does.
    /// `fresh`: in the low-resistance state, before any RESET.
    pub(super) fn threshold(&self, g: f64, fresh: bool) -> Option<f64> {
        let begin = self.begin.max(1e-12 * self.end);
        if fresh {
            return Some(begin);
        }
        if g.to_bits() == self.hrs.to_bits() {
            return None;
        }
        let excess = |v: f64| self.conductance(f64::INFINITY, v) - g;
        if g < self.hrs {
            Some(self.end)
        } else if excess(begin) <= 0.0 {
            Some(begin)
        } else {
            bracket(excess, begin, self.end, 1e-14 * self.end).ok().map(|(low, _)| low)
        }
    }

    /// Magnitude of the voltage that a cell that began at `g` has come to under an applied voltage of
    /// magnitude `applied`, at which it moves already; `from` is its threshold.
    pub(super) fn voltage(&self, g: f64, applied: f64, from: f64, limit: &CurrentLimit) -> f64 {
        // The instant of arrival is rounded.
        let hair = 1e-12 * applied;
        if *limit == CurrentLimit::None {
            return if applied >= self.end - hair { self.end } else { applied };
        }
        // V + drop(I(V)) is convex and begins below `applied`: it passes it once.
        let excess = |v: f64| self.needed(g, v, limit).min(1e6) - applied;
        if excess(self.end) <= hair {
            return self.end;
        }
        bracket(excess, from, self.end, 1e-14 * self.end).map_or(from, |(low, _)| low)
    }
}

/// Applied voltage at which the cell has `voltage` while it carries `current`; infinite if the limit
/// lets less through.
pub(super) fn needed(voltage: f64, current: f64, limit: &CurrentLimit) -> f64 {
    match limit.maximum() {
        Some(most) if current > most => f64::INFINITY,
        _ => voltage + limit.drop(current).0,
    }
}
