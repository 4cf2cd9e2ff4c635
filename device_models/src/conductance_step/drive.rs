//! What a segment does to a cell besides moving it: time, energy, the stop.

use numerics::roots::bracket;

use super::common::Common;
use crate::model::{Motion, Segment, Surroundings};
use crate::motion::Stop;

/// One segment of one polarity on its way.
pub(super) struct Drive<'a> {
    pub(super) segment: &'a Segment,
    surroundings: &'a Surroundings,
    stop: &'a mut Stop,
    pub(super) motion: Motion,
}

impl<'a> Drive<'a> {
    pub(super) fn new(segment: &'a Segment, surroundings: &'a Surroundings, stop: &'a mut Stop) -> Self {
        Self { segment, surroundings, stop, motion: Motion::default() }
    }

    /// Magnitude of the current, and power, at a time.
    fn at(&self, state: &[f64], time: f64) -> (f64, f64) {
        let point = Common::point(state, self.segment.voltage_at(time), self.surroundings);
        (point.current.abs(), point.current * point.voltage)
    }

    /// Adds the energy of an interval in which the state is held (Simpson: exact for a free ohmic cell).
    pub(super) fn dissipate(&mut self, state: &[f64], from: f64, to: f64) {
        let power = |t| self.at(state, t).1;
        let energy = (to - from) / 6.0 * (power(from) + 4.0 * power(0.5 * (from + to)) + power(to));
        let voltage = self.segment.voltage_at(0.5 * (from + to));
        self.motion.energy += energy;
        self.motion.flags.compliance |= Common::point(state, voltage, self.surroundings).limited;
    }

    /// The time is `time`; the stop is looked at.
    pub(super) fn arrive(&mut self, state: &[f64], time: f64) {
        self.motion.elapsed = time;
        self.motion.steps = self.motion.steps.saturating_add(1);
        let current = self.at(state, time).0;
        self.motion.crossed = self.stop.met(current);
    }

    /// The state is held from one time to another, or until the stop.
    pub(super) fn hold(&mut self, state: &[f64], from: f64, to: f64) {
        if self.motion.crossed || to <= from {
            return;
        }
        let mut end = to;
        let mut probe = *self.stop;
        if probe.met(self.at(state, to).0) {
            let met = |time: f64| {
                let mut probe = *self.stop;
                if probe.met(self.at(state, time).0) { 1.0 } else { -1.0 }
            };
            end = bracket(met, from, to, 1e-12 * (to - from)).map_or(to, |(_, high)| high);
        }
        self.dissipate(state, from, end);
        self.arrive(state, end);
    }
}
