//! The right-hand side of the Stanford–PKU model for one cell under one drive.

use numerics::rosenbrock::{Linearisation, System, Tolerances};

use super::OVERHEATED;
use super::parameters::Parameters;
use crate::constants::{BOLTZMANN, CHARGE};
use crate::model::{Flags, OperatingPoint, Segment, Surroundings};
use crate::motion::{Dynamics, Instant, Ramp};

/// Gaps are integrated in nm.
pub(super) const NANO: f64 = 1e-9;
pub(super) const TOLERANCES: Tolerances<2> = Tolerances { relative: [0.0, 1e-4], absolute: [1e-5, 1e-30] };

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Moving,
    BelowThreshold,
    AtBound,
}

/// One cell under one ramp of constant polarity; integrated: [gap in nm, energy].
pub(super) struct Driven<'a> {
    pub(super) parameters: &'a Parameters,
    pub(super) surroundings: &'a Surroundings,
    pub(super) ramp: Ramp,
    positive: bool,
    mode: Mode,
    evaluations: u32,
}

impl<'a> Driven<'a> {
    pub(super) fn new(
        parameters: &'a Parameters,
        segment: &Segment,
        gap: f64,
        surroundings: &'a Surroundings,
    ) -> Self {
        let positive = segment.start_voltage + segment.end_voltage > 0.0;
        let mut driven = Self {
            parameters,
            surroundings,
            ramp: Ramp::new(segment),
            positive,
            mode: Mode::Moving,
            evaluations: 0,
        };
        let at_bound = if positive { gap <= parameters.minimum_gap } else { gap >= parameters.maximum_gap };
        if at_bound {
            driven.mode = Mode::AtBound;
        } else if driven.field_margin(0.0, gap) < 0.0 {
            driven.mode = Mode::BelowThreshold;
        }
        driven
    }

    pub(super) fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    /// Distance from the bound ahead, nm.
    fn room(&self, y: &[f64; 2]) -> f64 {
        let p = self.parameters;
        if self.positive { y[0] - p.minimum_gap / NANO } else { p.maximum_gap / NANO - y[0] }
    }

    /// Field above the threshold, V/nm.
    pub(super) fn field_margin(&self, time: f64, gap: f64) -> f64 {
        let point = self.parameters.electrical(gap, self.voltage(time), self.surroundings);
        // The polarity's enhancement also at exactly zero.
        let v = if self.positive { point.voltage.max(f64::MIN_POSITIVE) } else { point.voltage };
        (self.parameters.field(gap, v) - self.parameters.minimum_field) * NANO
    }

    fn right_hand_side(&mut self, voltage: f64, y: &[f64; 2]) -> ([f64; 2], OperatingPoint) {
        self.evaluations += 1;
        let p = self.parameters;
        let gap = y[0] * NANO;
        let point = p.electrical(gap, voltage, self.surroundings);
        let speed = if self.mode == Mode::Moving && point.voltage != 0.0 {
            let kt = BOLTZMANN * point.temperature;
            let lift = p.field(gap, point.voltage) * p.hopping_distance * CHARGE / kt;
            // exp(−E/kT) sinh(lift) as two exponentials: their product may overflow separately.
            let barrier = p.activation_energy / kt;
            let size = 0.5 * p.velocity * ((lift - barrier).exp() - (-lift - barrier).exp());
            -size.copysign(size * point.voltage)
        } else {
            0.0
        };
        ([speed / NANO, point.voltage * point.current], point)
    }
}

impl System<2> for Driven<'_> {
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

impl Dynamics<2> for Driven<'_> {
    fn set_origin(&mut self, elapsed: f64) {
        self.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &[f64; 2]) -> ([f64; 2], Instant) {
        let voltage = self.voltage(time);
        let (f, point) = self.right_hand_side(voltage, y);
        let at_bound = self.mode == Mode::AtBound;
        let flags = Flags {
            lower_bound: at_bound && self.positive,
            upper_bound: at_bound && !self.positive,
            compliance: point.limited,
            overheated: point.temperature > OVERHEATED,
            field_capped: false,
        };
        let left_mode = self.margin(time, y) < 0.0;
        (f, Instant { current: point.current.abs(), left_mode, flags })
    }

    fn margin(&mut self, time: f64, y: &[f64; 2]) -> f64 {
        match self.mode {
            Mode::AtBound => 1.0,
            Mode::BelowThreshold => -self.field_margin(time, y[0] * NANO),
            Mode::Moving => self.room(y).min(self.field_margin(time, y[0] * NANO)),
        }
    }

    fn switch(&mut self, time: f64, y: &mut [f64; 2]) {
        let p = self.parameters;
        self.mode = match self.mode {
            Mode::Moving if self.field_margin(time, y[0] * NANO) < self.room(y) => Mode::BelowThreshold,
            Mode::Moving => {
                y[0] = if self.positive { p.minimum_gap } else { p.maximum_gap } / NANO;
                Mode::AtBound
            }
            Mode::BelowThreshold | Mode::AtBound => Mode::Moving,
        };
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}
