//! The right-hand side of the explicit tier: by the fit or in full, whichever holds.

use numerics::rosenbrock::{Linearisation, System};

use super::fit::{self, Current};
use super::{FASTEST, HYSTERESIS, SHORTEST};
use crate::jart_vcm::cell::{Cell, Circuit, Steady, exponential};
use crate::jart_vcm::dynamics::{Driven, Vector};
use crate::limit::CurrentLimit;
use crate::model::{Segment, Surroundings};
use crate::motion::{Dynamics, Instant};

/// One cell under one ramp of constant polarity. While the fit is used, the temperature of the
/// integrated vector rests; [`Tiered::hand_over`] sets it.
pub(crate) struct Tiered {
    pub driven: Driven,
    by_fit: bool,
    /// Ideal limit of the current, A.
    limit: f64,
    thermal_time: f64,
    /// The fit at the voltage last asked for.
    current: (f64, Current),
}

impl Tiered {
    /// `None` where the full model answers for the whole segment.
    pub(crate) fn new(
        cell: &Cell,
        segment: &Segment,
        surroundings: &Surroundings,
        state: [f64; 3],
    ) -> Option<Self> {
        let limit = match surroundings.limit {
            CurrentLimit::None => f64::INFINITY,
            CurrentLimit::Ideal(limit) => limit,
            CurrentLimit::Resistor(_) | CurrentLimit::Transistor { .. } => return None,
        };
        let circuit = Circuit::new(cell, segment, surroundings, state[2]);
        let thermal_time = cell.thermal_resistance(circuit.positive) * cell.parameters.thermal_capacitance;
        let usable = cell.is_rigid()
            && fit::describes(&cell.parameters)
            && (surroundings.ambient_temperature - fit::AMBIENT_TEMPERATURE).abs() < 0.01
            && segment.duration >= SHORTEST * thermal_time;
        if !usable {
            return None;
        }
        let current = (segment.start_voltage, Current::new(segment.start_voltage));
        let driven = Driven { circuit };
        let mut tiered = Self { driven, by_fit: false, limit, thermal_time, current };
        tiered.by_fit =
            tiered.inside(segment.start_voltage, Driven::to_vector(state[0], state[1])[0]).0 >= 0.0;
        Some(tiered)
    }

    /// Current and what follows from it at ln n.
    fn steady(&mut self, voltage: f64, ln_n: f64) -> (f64, Steady) {
        if self.current.0.to_bits() != voltage.to_bits() {
            self.current = (voltage, Current::new(voltage));
        }
        let current = self.current.1.at(ln_n);
        (current, self.driven.circuit.steady(voltage, exponential(ln_n), current))
    }

    /// Positive where the fit may be used; with the current and what follows from it, if it was
    /// needed for the answer.
    fn inside(&mut self, voltage: f64, ln_n: f64) -> (f64, Option<(f64, Steady)>) {
        let by_range = fit::inside(ln_n, voltage);
        if by_range.is_nan() || by_range < 0.0 {
            return (by_range, None);
        }
        let (current, steady) = self.steady(voltage, ln_n);
        let by_limit = 1.0 - current.abs() / self.limit;
        let lag = steady.speed.abs() * self.thermal_time;
        (by_range.min(by_limit).min(1.0 - lag / FASTEST), Some((current, steady)))
    }

    fn rates(&mut self, voltage: f64, y: &Vector) -> Vector {
        let (current, steady) = self.steady(voltage, y[0]);
        [steady.speed, 0.0, voltage * current]
    }

    /// Ends the use of the fit: temperature, contact voltage and branch become those of the cell.
    pub(crate) fn hand_over(&mut self, time: f64, y: &mut Vector) {
        if self.by_fit {
            let voltage = self.driven.circuit.voltage(time);
            let steady = self.steady(voltage, y[0]).1;
            y[1] = steady.temperature;
            // An error of the fit must not turn the sign of the contact's small share.
            let share = steady.schottky_voltage;
            self.driven.circuit.remember(if share * voltage > 0.0 { share } else { 0.0 });
            self.by_fit = false;
        }
    }
}

impl System<3> for Tiered {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        if self.by_fit {
            let voltage = self.driven.circuit.voltage(time);
            self.rates(voltage, y)
        } else {
            self.driven.derivative(time, y)
        }
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<3> {
        if !self.by_fit {
            return self.driven.linearise(time, y, f);
        }
        let mut result = Linearisation { jacobian: [[0.0; 3]; 3], time: [0.0; 3] };
        let voltage = self.driven.circuit.voltage(time);
        let step = 1e-7;
        let shifted = self.rates(voltage, &[y[0] + step, y[1], y[2]]);
        for i in 0..3 {
            result.jacobian[i][0] = (shifted[i] - f[i]) / step;
        }
        let slope = self.driven.circuit.ramp.slope;
        if slope != 0.0 {
            let step = self.driven.circuit.voltage_step();
            let shifted = self.rates(voltage + step, y);
            for i in 0..3 {
                result.time[i] = (shifted[i] - f[i]) / step * slope;
            }
        }
        result
    }
}

impl Dynamics<3> for Tiered {
    fn set_origin(&mut self, elapsed: f64) {
        self.driven.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &Vector) -> (Vector, Instant) {
        let voltage = self.driven.circuit.voltage(time);
        let (inside, known) = self.inside(voltage, y[0]);
        if !self.by_fit {
            let (f, instant) = self.driven.evaluate(time, y);
            let left_mode = instant.left_mode || inside > HYSTERESIS;
            return (f, Instant { left_mode, ..instant });
        }
        let (current, steady) = match known {
            Some(known) => known,
            None => self.steady(voltage, y[0]),
        };
        let (n, t) = (Driven::concentration(y), steady.temperature);
        let flags = self.driven.circuit.flags(false, steady.capped, n, t);
        let f = [steady.speed, 0.0, voltage * current];
        (f, Instant { current: current.abs(), left_mode: inside < 0.0, flags })
    }

    fn margin(&mut self, time: f64, y: &Vector) -> f64 {
        let voltage = self.driven.circuit.voltage(time);
        let inside = self.inside(voltage, y[0]).0;
        if self.by_fit {
            inside
        } else if self.driven.circuit.positive {
            self.driven.margin(time, y).min(HYSTERESIS - inside)
        } else {
            HYSTERESIS - inside
        }
    }

    fn switch(&mut self, time: f64, y: &mut Vector) {
        if self.by_fit {
            self.hand_over(time, y);
            return;
        }
        let voltage = self.driven.circuit.voltage(time);
        let until_fit = HYSTERESIS - self.inside(voltage, y[0]).0;
        if self.driven.circuit.positive && self.driven.margin(time, y) < until_fit.min(0.0) {
            self.driven.switch(time, y);
        } else {
            self.by_fit = true;
        }
    }

    fn evaluations(&self) -> u32 {
        self.driven.evaluations()
    }
}
