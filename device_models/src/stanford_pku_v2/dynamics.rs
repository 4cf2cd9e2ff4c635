//! The right-hand side of the Stanford–PKU model 2.0.0 Beta under one ramp.

use numerics::rosenbrock::{Linearisation, System};

use super::cell::{Point, Speed};
use super::{OVERHEATED, Parameters};
use crate::model::{Flags, Segment, Surroundings};
use crate::motion::{Dynamics, Instant, Ramp};

/// Unit of gap and width in the integration, m.
pub(super) const SCALE: f64 = 1e-9;
/// A state this close to a bound, in that unit, is on it.
const HAIR: f64 = 1e-12;

/// What moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// The gap closes or opens.
    Gap,
    /// The filament touches and grows in width.
    Width,
    /// Nothing: the filament is at its widest, or the gap.
    Held,
}

/// Integrated: [gap/nm, width/nm, energy].
pub(super) type Vector = [f64; 3];

/// One cell under one ramp of constant polarity.
pub(super) struct Driven<'a> {
    p: Parameters,
    surroundings: &'a Surroundings,
    ramp: Ramp,
    positive: bool,
    pub(super) mode: Mode,
    evaluations: u32,
}

impl<'a> Driven<'a> {
    pub(super) fn new(p: Parameters, segment: &Segment, surroundings: &'a Surroundings, y: &Vector) -> Self {
        let positive = segment.start_voltage + segment.end_voltage > 0.0;
        let mode = mode(&p, positive, y);
        Self { p, surroundings, ramp: Ramp::new(segment), positive, mode, evaluations: 0 }
    }

    /// The filament touches and the voltage SETs.
    fn closed(&self) -> bool {
        self.positive && self.mode != Mode::Gap
    }

    pub(super) fn at(&mut self, voltage: f64, y: &Vector) -> Option<(Point, Speed)> {
        self.evaluations += 1;
        let closed = self.closed();
        let state = [if closed { 0.0 } else { y[0] * SCALE }, y[1] * SCALE];
        let point = self.p.electrical(state, closed, voltage, self.surroundings)?;
        let speed = match self.mode {
            Mode::Held => Speed::default(),
            Mode::Gap | Mode::Width => self.p.speed(state, closed, &point),
        };
        Some((point, speed))
    }

    fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    fn rates(&mut self, voltage: f64, y: &Vector) -> Vector {
        self.at(voltage, y).map_or([f64::NAN; 3], |(at, speed)| rates(&at, &speed))
    }
}

fn rates(at: &Point, speed: &Speed) -> Vector {
    [speed.gap / SCALE, speed.width / SCALE, at.point.voltage * at.point.current]
}

/// What moves at a state.
fn mode(p: &Parameters, positive: bool, y: &Vector) -> Mode {
    if positive {
        if y[0] > 0.0 {
            Mode::Gap
        } else if y[1] < p.maximum_width / SCALE {
            Mode::Width
        } else {
            Mode::Held
        }
    } else if y[0] < p.layer_thickness / SCALE {
        Mode::Gap
    } else {
        Mode::Held
    }
}

impl System<3> for Driven<'_> {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        let voltage = self.voltage(time);
        self.rates(voltage, y)
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<3> {
        let mut result = Linearisation { jacobian: [[0.0; 3]; 3], time: [0.0; 3] };
        let voltage = self.voltage(time);
        // What rests needs no column; beyond the touch of the filament the current jumps.
        let moving = match self.mode {
            Mode::Gap => 0..1,
            Mode::Width => 1..2,
            Mode::Held => 0..0,
        };
        for j in moving {
            let mut shifted = *y;
            shifted[j] += 1e-7;
            let g = self.rates(voltage, &shifted);
            for i in 0..3 {
                result.jacobian[i][j] = (g[i] - f[i]) / (shifted[j] - y[j]);
            }
        }
        if self.ramp.slope != 0.0 {
            let step = if self.positive { 1e-7 } else { -1e-7 };
            let g = self.rates(voltage + step, y);
            for i in 0..3 {
                result.time[i] = (g[i] - f[i]) / step * self.ramp.slope;
            }
        }
        result
    }
}

impl Dynamics<3> for Driven<'_> {
    fn set_origin(&mut self, elapsed: f64) {
        self.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &Vector) -> (Vector, Instant) {
        let voltage = self.voltage(time);
        let Some((at, speed)) = self.at(voltage, y) else {
            return ([f64::NAN; 3], Instant { current: f64::NAN, ..Instant::default() });
        };
        let flags = Flags {
            lower_bound: y[0] <= 0.0,
            upper_bound: y[0] >= self.p.layer_thickness / SCALE,
            compliance: at.point.limited,
            overheated: at.point.temperature > OVERHEATED,
            field_capped: speed.capped,
        };
        let left_mode = self.margin(time, y) < 0.0;
        (rates(&at, &speed), Instant { current: at.point.current.abs(), left_mode, flags })
    }

    fn margin(&mut self, _time: f64, y: &Vector) -> f64 {
        match self.mode {
            Mode::Gap if self.positive => y[0] + HAIR,
            Mode::Gap => self.p.layer_thickness / SCALE - y[0] + HAIR,
            Mode::Width => self.p.maximum_width / SCALE - y[1] + HAIR,
            Mode::Held => 1.0,
        }
    }

    fn switch(&mut self, _time: f64, y: &mut Vector) {
        match self.mode {
            Mode::Gap if self.positive => y[0] = 0.0,
            Mode::Gap => y[0] = self.p.layer_thickness / SCALE,
            Mode::Width => y[1] = self.p.maximum_width / SCALE,
            Mode::Held => {}
        }
        self.mode = mode(&self.p, self.positive, y);
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}
