//! The right-hand side of a [`Law`] for one cell under one drive.

use numerics::rosenbrock::{Linearisation, System, Tolerances};

use super::Law;
use crate::model::{Flags, OperatingPoint, Segment, Surroundings};
use crate::motion::{Dynamics, Instant, Ramp};

/// Accepted errors of [coordinate of x, energy].
pub(super) fn tolerances() -> Tolerances<2> {
    Tolerances { relative: [0.0, 1e-4], absolute: [1e-5, 1e-30] }
}

/// A state this close to a bound, in its coordinate, is on it.
const HAIR: f64 = 1e-12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Moving,
    BelowThreshold,
    AtLower,
    AtUpper,
}

/// One cell under one ramp of constant polarity; integrated: [coordinate of x, energy].
pub(super) struct Driven<'a, L> {
    pub(super) law: &'a L,
    pub(super) ramp: Ramp,
    surroundings: &'a Surroundings,
    positive: bool,
    mode: Mode,
    bounds: (f64, f64),
    evaluations: u32,
}

impl<'a, L: Law> Driven<'a, L> {
    pub(super) fn new(law: &'a L, segment: &Segment, x: f64, surroundings: &'a Surroundings) -> Self {
        let bounds = law.bounds();
        let mut driven = Self {
            law,
            ramp: Ramp::new(segment),
            surroundings,
            positive: segment.start_voltage + segment.end_voltage > 0.0,
            mode: Mode::Moving,
            bounds: (law.coordinate(bounds.0), law.coordinate(bounds.1)),
            evaluations: 0,
        };
        if driven.threshold(0.0, x).1 < 0.0 {
            driven.mode = Mode::BelowThreshold;
        } else {
            driven.rest_at_bound(0.0, law.coordinate(x));
        }
        driven
    }

    /// Holds a state that lies on a bound and would leave it outwards.
    fn rest_at_bound(&mut self, time: f64, scaled: f64) {
        let x = self.law.at_coordinate(scaled);
        let speed = self.law.velocity(x, &self.threshold(time, x).0);
        if speed < 0.0 && scaled <= self.bounds.0 {
            self.mode = Mode::AtLower;
        } else if speed > 0.0 && scaled >= self.bounds.1 {
            self.mode = Mode::AtUpper;
        }
    }

    fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    /// The operating point, and the drive above the threshold.
    pub(super) fn threshold(&self, time: f64, x: f64) -> (OperatingPoint, f64) {
        let point = self.law.electrical(x, self.voltage(time), self.surroundings);
        let margin = self.law.drive_margin(x, &point, self.positive);
        (point, margin)
    }

    /// Distance from the nearer bound, in the coordinate of x.
    fn room(&self, y: &[f64; 2]) -> f64 {
        (y[0] - self.bounds.0).min(self.bounds.1 - y[0]) + HAIR
    }

    fn right_hand_side(&mut self, voltage: f64, y: &[f64; 2]) -> ([f64; 2], OperatingPoint) {
        self.evaluations += 1;
        let x = self.law.at_coordinate(y[0]);
        let point = self.law.electrical(x, voltage, self.surroundings);
        let speed = if self.mode == Mode::Moving { self.law.velocity(x, &point) } else { 0.0 };
        ([self.law.coordinate_speed(x, speed), point.voltage * point.current], point)
    }
}

impl<L: Law> System<2> for Driven<'_, L> {
    fn derivative(&mut self, time: f64, y: &[f64; 2]) -> [f64; 2] {
        let voltage = self.voltage(time);
        self.right_hand_side(voltage, y).0
    }

    fn linearise(&mut self, time: f64, y: &[f64; 2], f: &[f64; 2]) -> Linearisation<2> {
        let mut result = Linearisation { jacobian: [[0.0; 2]; 2], time: [0.0; 2] };
        let voltage = self.voltage(time);
        let step = 1e-7;
        let g = self.right_hand_side(voltage, &[y[0] + step, y[1]]).0;
        for i in 0..2 {
            result.jacobian[i][0] = (g[i] - f[i]) / step;
        }
        if self.ramp.slope != 0.0 {
            let step = if self.positive { 1e-7 } else { -1e-7 };
            let g = self.right_hand_side(voltage + step, y).0;
            for i in 0..2 {
                result.time[i] = (g[i] - f[i]) / step * self.ramp.slope;
            }
        }
        result
    }
}

impl<L: Law> Dynamics<2> for Driven<'_, L> {
    fn set_origin(&mut self, elapsed: f64) {
        self.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &[f64; 2]) -> ([f64; 2], Instant) {
        let voltage = self.voltage(time);
        let (f, point) = self.right_hand_side(voltage, y);
        let flags = Flags {
            lower_bound: self.mode == Mode::AtLower,
            upper_bound: self.mode == Mode::AtUpper,
            compliance: point.limited,
            overheated: point.temperature > L::OVERHEATED,
            field_capped: self.law.outside(self.law.at_coordinate(y[0]), &point),
        };
        let left_mode = self.margin(time, y) < 0.0;
        (f, Instant { current: point.current.abs(), left_mode, flags })
    }

    fn margin(&mut self, time: f64, y: &[f64; 2]) -> f64 {
        let x = self.law.at_coordinate(y[0]);
        let (point, above) = self.threshold(time, x);
        match self.mode {
            Mode::Moving => self.room(y).min(above + L::HYSTERESIS),
            Mode::BelowThreshold => -above,
            Mode::AtLower => -self.law.velocity(x, &point),
            Mode::AtUpper => self.law.velocity(x, &point),
        }
    }

    fn switch(&mut self, time: f64, y: &mut [f64; 2]) {
        let above = self.threshold(time, self.law.at_coordinate(y[0])).1;
        self.mode = match self.mode {
            Mode::Moving if above + L::HYSTERESIS < self.room(y) => Mode::BelowThreshold,
            Mode::Moving if y[0] - self.bounds.0 < self.bounds.1 - y[0] => {
                y[0] = self.bounds.0;
                Mode::AtLower
            }
            Mode::Moving => {
                y[0] = self.bounds.1;
                Mode::AtUpper
            }
            Mode::BelowThreshold | Mode::AtLower | Mode::AtUpper => Mode::Moving,
        };
        if self.mode == Mode::Moving {
            self.rest_at_bound(time, y[0]);
        }
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}
