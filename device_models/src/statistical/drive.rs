//! A cell along one ramp of constant polarity. Voltages alone decide; times enter the energy and the
//! instant of a crossing of the current.

use numerics::rng::Stream;
use numerics::roots::bracket;

use super::reset::{Transition, needed};
use super::{CONDUCTANCE, Cell, LOW_RESISTANCE, Statistical};
use crate::limit::CurrentLimit;
use crate::model::{Flags, Motion, Segment, Surroundings};
use crate::motion::Stop;

/// Nodes and weights of Gauss–Legendre integration of order 8 on 0..1 (M. Abramowitz, I. A. Stegun,
/// Handbook of Mathematical Functions, NBS (1964), table 25.4).
const GAUSS: [(f64, f64); 8] = [
    (0.019_855_071_751_231_884, 0.050_614_268_145_188_13),
    (0.101_666_761_293_186_63, 0.111_190_517_226_687_24),
    (0.237_233_795_041_835_5, 0.156_853_322_938_943_64),
    (0.408_282_678_752_175_1, 0.181_341_891_689_181),
    (0.591_717_321_247_825, 0.181_341_891_689_181),
    (0.762_766_204_958_164_5, 0.156_853_322_938_943_64),
    (0.898_333_238_706_813_4, 0.111_190_517_226_687_24),
    (0.980_144_928_248_768_1, 0.050_614_268_145_188_13),
];

/// Pieces into which a stretch is cut for its energy behind a current limit, which bends the power.
const PIECES: u32 = 8;

/// One ramp.
pub(super) struct Drive<'a> {
    pub(super) model: &'a Statistical,
    pub(super) segment: &'a Segment,
    pub(super) surroundings: &'a Surroundings,
    pub(super) stop: &'a mut Stop,
    pub(super) motion: Motion,
}

impl Drive<'_> {
    /// Magnitude of the applied voltage at a time.
    fn applied(&self, time: f64) -> f64 {
        self.segment.voltage_at(time).abs()
    }

    /// The first time at which the magnitude of the applied voltage reaches `wanted`.
    fn reaches(&self, wanted: f64) -> Option<f64> {
        let (a, b) = (self.segment.start_voltage.abs(), self.segment.end_voltage.abs());
        if a >= wanted {
            Some(0.0)
        } else {
            (b >= wanted).then(|| ((wanted - a) / (b - a)).min(1.0) * self.segment.duration)
        }
    }

    /// Follows the whole segment.
    pub(super) fn run(&mut self, cell: &mut Cell<'_>, noise: Option<&mut Stream>) {
        let sum = self.segment.start_voltage + self.segment.end_voltage;
        if sum * self.model.polarity > 0.0 {
            self.set(cell, noise);
        } else {
            self.reset(cell);
        }
    }

    fn set(&mut self, cell: &mut Cell<'_>, noise: Option<&mut Stream>) {
        let duration = self.segment.duration;
        let event = cell.set_threshold().and_then(|threshold| {
            let current = self.model.mixture.at(cell.state[CONDUCTANCE], self.model.polarity * threshold).0;
            self.reaches(needed(threshold, current.abs(), &self.surroundings.limit))
        });
        let Some(event) = event else { return self.hold(cell, 0.0, duration) };
        self.hold(cell, 0.0, event);
        if self.motion.crossed {
            return;
        }
        let bounded = cell.set(noise);
        self.motion.flags = self.motion.flags.union(bounded);
        self.hold(cell, event, duration);
    }

    fn reset(&mut self, cell: &mut Cell<'_>) {
        let duration = self.segment.duration;
        if cell.is_pristine() {
            return self.hold(cell, 0.0, duration);
        }
        let transition = cell.transition();
        let limit = self.surroundings.limit;
        let sign = -self.model.polarity;
        let before = cell.state[CONDUCTANCE];
        let fresh = cell.state[LOW_RESISTANCE] != 0.0;
        let begin = transition.threshold(before, fresh).and_then(|threshold| {
            let current = self.model.mixture.at(before, sign * threshold).0.abs();
            self.reaches(needed(threshold, current, &limit)).map(|time| (time, threshold))
        });
        let Some((time, threshold)) = begin else { return self.hold(cell, 0.0, duration) };
        self.hold(cell, 0.0, time);
        // Where the RESET is complete, or the ramp turns out to be over.
        let mut until = duration;
        if self.applied(duration) <= self.applied(time) {
            until = time;
        } else if let Some(done) = self.reaches(transition.needed(before, transition.end(), &limit)) {
            until = done.max(time);
        }
        if !self.motion.crossed {
            self.follow(cell, &transition, threshold, (time, until));
        }
        if !self.motion.crossed {
            self.hold(cell, until, duration);
        }
    }

    /// Along the transition between two times.
    fn follow(
        &mut self,
        cell: &mut Cell<'_>,
        transition: &Transition<'_>,
        from: f64,
        (begin, end): (f64, f64),
    ) {
        let limit = self.surroundings.limit;
        let before = cell.state[CONDUCTANCE];
        let voltage = |drive: &Self, time: f64| transition.voltage(before, drive.applied(time), from, &limit);
        let current = |v: f64| {
            self.model.mixture.at(transition.conductance(before, v), -self.model.polarity * v).0.abs()
        };
        let mut last = end;
        self.motion.crossed = self.stop.met(current(voltage(self, begin)));
        if self.motion.crossed {
            last = begin;
        } else if self.stop.met(current(voltage(self, end))) {
            self.motion.crossed = true;
            let excess = |time: f64| self.stop.excess(current(voltage(self, time)));
            last = bracket(excess, begin, end, 1e-12 * (end - begin)).map_or(begin, |(_, high)| high);
        }
        let mut energy = 0.0;
        for piece in 0..PIECES {
            for (node, weight) in GAUSS {
                let share = (f64::from(piece) + node) / f64::from(PIECES);
                let v = voltage(self, begin + (last - begin) * share);
                energy += weight / f64::from(PIECES) * v * current(v);
            }
        }
        self.motion.energy += energy * (last - begin);
        cell.state[CONDUCTANCE] = transition.conductance(before, voltage(self, last));
        cell.state[LOW_RESISTANCE] = 0.0;
        self.motion.elapsed = last;
        self.motion.evaluations += 8 * PIECES;
    }

    /// The state rests between two times.
    fn hold(&mut self, cell: &Cell<'_>, begin: f64, end: f64) {
        let conductance = cell.state[CONDUCTANCE];
        let point =
            |time: f64| self.model.point(conductance, self.segment.voltage_at(time), self.surroundings);
        let (first, last) = (point(begin), point(end));
        let mut until = end;
        self.motion.crossed = self.stop.met(first.current.abs());
        if self.motion.crossed {
            until = begin;
        } else if end > begin && self.stop.met(last.current.abs()) {
            self.motion.crossed = true;
            let excess = |time: f64| self.stop.excess(point(time).current.abs());
            until = bracket(excess, begin, end, 1e-12 * (end - begin)).map_or(begin, |(_, high)| high);
        }
        let range = self.model.parameters.voltage_range;
        for at in [first, last] {
            let flags = Flags {
                compliance: at.limited,
                field_capped: at.voltage.abs() > range * (1.0 + 1e-9),
                ..Flags::default()
            };
            self.motion.flags = self.motion.flags.union(flags);
        }
        let power = |time: f64| {
            let at = point(time);
            at.voltage * at.current
        };
        let constant = self.segment.start_voltage.to_bits() == self.segment.end_voltage.to_bits();
        let energy = if constant {
            first.voltage * first.current
        } else {
            let pieces = if self.surroundings.limit == CurrentLimit::None { 1 } else { PIECES };
            let piece = |k: u32| {
                let at = |node: f64| (f64::from(k) + node) / f64::from(pieces);
                GAUSS
                    .iter()
                    .map(|(node, weight)| weight * power(begin + (until - begin) * at(*node)))
                    .sum::<f64>()
            };
            (0..pieces).map(piece).sum::<f64>() / f64::from(pieces)
        };
        self.motion.energy += energy * (until - begin);
        self.motion.elapsed = until;
        self.motion.steps += 1;
        self.motion.evaluations += 2;
    }
}
