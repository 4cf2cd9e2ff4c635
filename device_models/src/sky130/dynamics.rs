//! The right-hand side of the SkyWater cell under one ramp.

use numerics::rosenbrock::{Linearisation, System};

use super::Parameters;
use crate::limit::Share;
use crate::model::{Flags, Surroundings};
use crate::motion::{Dynamics, Instant, Ramp};

/// Unit of the filament thickness in the integration, m.
pub(super) const SCALE: f64 = 1e-9;
/// A state this close to a bound, in that unit, is on it.
const HAIR: f64 = 1e-12;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mode {
    Moving,
    AtLower,
    AtUpper,
}

/// Integrated: [filament thickness/nm, T, energy].
pub(super) type Vector = [f64; 3];

/// One cell under one ramp of constant polarity.
pub(super) struct Driven<'a> {
    p: Parameters,
    ramp: Ramp,
    positive: bool,
    surroundings: &'a Surroundings,
    mode: Mode,
    evaluations: u32,
}

impl<'a> Driven<'a> {
    pub(super) fn new(
        p: Parameters,
        ramp: Ramp,
        positive: bool,
        y: &Vector,
        surroundings: &'a Surroundings,
    ) -> Self {
        let mut driven = Self { p, ramp, positive, surroundings, mode: Mode::Moving, evaluations: 0 };
        driven.rest_at_bound(0.0, y);
        driven
    }

    fn bounds(&self) -> (f64, f64) {
        (self.p.minimum_filament / SCALE, self.p.maximum_filament / SCALE)
    }

    fn voltage(&self, time: f64) -> f64 {
        let v = self.ramp.at(time);
        if self.positive { v.max(0.0) } else { v.min(0.0) }
    }

    fn speed(&self, time: f64, y: &Vector) -> f64 {
        let voltage = self.voltage(time);
        let share = share(&self.p, y[0] * SCALE, voltage, self.surroundings);
        self.p.speed(y[0] * SCALE, share.voltage.copysign(voltage), y[1])
    }

    /// Holds a state that lies on a bound and would leave it outwards.
    fn rest_at_bound(&mut self, time: f64, y: &Vector) {
        let (low, high) = self.bounds();
        let speed = self.speed(time, y);
        if speed < 0.0 && y[0] <= low {
            self.mode = Mode::AtLower;
        } else if speed > 0.0 && y[0] >= high {
            self.mode = Mode::AtUpper;
        }
    }

    fn right_hand_side(&mut self, voltage: f64, y: &Vector) -> (Vector, f64, bool) {
        self.evaluations += 1;
        if !(y[1] > 1.0 && y[1].is_finite()) {
            return ([f64::NAN; 3], f64::NAN, false);
        }
        let filament = y[0] * SCALE;
        let share = share(&self.p, filament, voltage, self.surroundings);
        let current = self.p.prefactor(filament) * (share.voltage / self.p.voltage_scale).sinh();
        let power = share.voltage * current;
        let speed = self.p.speed(filament, share.voltage.copysign(voltage), y[1]);
        let speed = if self.mode == Mode::Moving { speed / SCALE } else { 0.0 };
        let cooling = (y[1] - self.surroundings.ambient_temperature) / self.p.thermal_time;
        ([speed, power / self.p.thermal_capacitance - cooling, power], current, share.limited)
    }
}

/// The cell's share of an applied voltage.
pub(super) fn share(p: &Parameters, filament: f64, voltage: f64, surroundings: &Surroundings) -> Share {
    let prefactor = p.prefactor(filament);
    surroundings.limit.share(voltage.abs(), |v| {
        let ratio = v / p.voltage_scale;
        (prefactor * ratio.sinh(), prefactor * ratio.cosh() / p.voltage_scale)
    })
}

impl System<3> for Driven<'_> {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        let voltage = self.voltage(time);
        self.right_hand_side(voltage, y).0
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<3> {
        let mut result = Linearisation { jacobian: [[0.0; 3]; 3], time: [0.0; 3] };
        let voltage = self.voltage(time);
        for (j, step) in [(0, 1e-7), (1, 1e-7 * y[1])] {
            let mut shifted = *y;
            shifted[j] += step;
            let g = self.right_hand_side(voltage, &shifted).0;
            for i in 0..3 {
                result.jacobian[i][j] = (g[i] - f[i]) / (shifted[j] - y[j]);
            }
        }
        if self.ramp.slope != 0.0 {
            let step = if self.positive { 1e-7 } else { -1e-7 };
            let g = self.right_hand_side(voltage + step, y).0;
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
        let (f, current, limited) = self.right_hand_side(voltage, y);
        let flags = Flags {
            lower_bound: self.mode == Mode::AtLower,
            upper_bound: self.mode == Mode::AtUpper,
            compliance: limited,
            overheated: y[1] > super::OVERHEATED,
            field_capped: false,
        };
        let left_mode = self.margin(time, y) < 0.0;
        (f, Instant { current, left_mode, flags })
    }

    fn margin(&mut self, time: f64, y: &Vector) -> f64 {
        let (low, high) = self.bounds();
        match self.mode {
            Mode::Moving => (y[0] - low).min(high - y[0]) + HAIR,
            Mode::AtLower => -self.speed(time, y),
            Mode::AtUpper => self.speed(time, y),
        }
    }

    fn switch(&mut self, time: f64, y: &mut Vector) {
        let (low, high) = self.bounds();
        if self.mode == Mode::Moving {
            y[0] = if y[0] - low < high - y[0] { low } else { high };
        }
        self.mode = Mode::Moving;
        self.rest_at_bound(time, y);
    }

    fn evaluations(&self) -> u32 {
        self.evaluations
    }
}
