//! The jump process between and at the hops of single vacancies, for one ramp.
//!
//! Integrated: [ln(N/N_ref), T, mean hops in, mean hops out, energy]. N is constant between single
//! hops and follows the mean along a leap; see the parent module.

use numerics::rng::Stream;
use numerics::rosenbrock::{Linearisation, System};

use super::SMALLEST_LEAP;
use crate::jart_vcm::cell::{Circuit, Instance, exponential, logarithm};
use crate::jart_vcm::poisson::poisson;
use crate::motion::{Dynamics, Instant};

type Vector = [f64; 5];

/// What happens next.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    /// One hop, when the hazard reaches this number.
    Single(f64),
    /// A leap of at most this many net hops.
    Leap(f64),
}

/// One cell under one ramp of constant polarity.
pub(super) struct Jumping<'a> {
    circuit: Circuit,
    stream: &'a mut Stream,
    volume: f64,
    /// Lowest and highest number of vacancies.
    bounds: (f64, f64),
    /// Vacancies at the last hop or at the beginning of the leap.
    count: f64,
    mode: Mode,
    leap: f64,
}

impl<'a> Jumping<'a> {
    pub(super) fn new(
        circuit: Circuit,
        concentration: f64,
        temperature: f64,
        leap: f64,
        stream: &'a mut Stream,
    ) -> (Self, Vector) {
        let p = &circuit.cell.parameters;
        let volume = circuit.cell.volume();
        let bounds = ((p.minimum_concentration * volume).round(), (p.maximum_concentration * volume).round());
        let count = (concentration * volume).round().clamp(bounds.0, bounds.1);
        let mut jumping = Self { circuit, stream, volume, bounds, count, mode: Mode::Leap(0.0), leap };
        let mut y = [0.0, temperature, 0.0, 0.0, 0.0];
        jumping.begin(&mut y);
        (jumping, y)
    }

    /// The state after the last event, a leap under way completed.
    pub(super) fn finish(mut self, y: &Vector) -> [f64; 3] {
        if matches!(self.mode, Mode::Leap(_)) {
            self.land(y);
        }
        [self.count / self.volume, y[1], self.circuit.schottky_voltage]
    }

    /// Draws what happens next.
    fn begin(&mut self, y: &mut Vector) {
        let room = (self.count - self.bounds.0).min(self.bounds.1 - self.count);
        let net = (self.leap * self.count).min(0.25 * room);
        self.mode =
            if net >= SMALLEST_LEAP { Mode::Leap(net) } else { Mode::Single(-self.stream.uniform().ln()) };
        y[0] = logarithm(self.count / self.volume);
        y[2] = 0.0;
        y[3] = 0.0;
    }

    /// Ends a leap: the mean numbers of hops become whole ones.
    fn land(&mut self, y: &Vector) {
        let hops = poisson(self.stream, y[2]) - poisson(self.stream, y[3]);
        self.count = (self.count + hops).clamp(self.bounds.0, self.bounds.1);
    }

    /// Positive before the next event.
    fn until_event(&self, y: &Vector) -> f64 {
        match self.mode {
            Mode::Single(hazard) => hazard - (y[2] + y[3]),
            Mode::Leap(net) => (1.0 - (y[2] + y[3]) / (net * net)).min(1.0 - (y[2] - y[3]).abs() / net),
        }
    }

    fn concentration(&self, y: &Vector) -> f64 {
        match self.mode {
            Mode::Single(_) => self.count / self.volume,
            Mode::Leap(_) => exponential(y[0]),
        }
    }

    fn right_hand_side(&mut self, voltage: f64, y: &Vector) -> (Vector, Option<Instance>) {
        let concentration = self.concentration(y);
        let Some(at) = self.circuit.solve(voltage, concentration, y[1]) else {
            return ([f64::NAN; 5], None);
        };
        let (inwards, outwards) = at.hopping.in_and_out();
        // At a bound the limiting function is zero but for rounding.
        let free = |bound: f64, rate: f64| {
            let stuck = matches!(self.mode, Mode::Single(_)) && (self.count - bound).abs() < 0.5;
            if stuck { 0.0 } else { (rate * self.volume).max(0.0) }
        };
        let (mut into, mut out) = (free(self.bounds.1, inwards), free(self.bounds.0, outwards));
        let held = if self.circuit.positive { self.bounds.0 } else { self.bounds.1 };
        if matches!(self.mode, Mode::Single(_)) && (self.count - held).abs() < 0.5 {
            (into, out) = (0.0, 0.0);
        }
        let drift = match self.mode {
            Mode::Single(_) => 0.0,
            Mode::Leap(_) => at.hopping.net() / concentration,
        };
        ([drift, at.warming, into, out, at.power], Some(at))
    }
}

impl System<5> for Jumping<'_> {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        let voltage = self.circuit.voltage(time);
        self.right_hand_side(voltage, y).0
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<5> {
        let mut result = Linearisation { jacobian: [[0.0; 5]; 5], time: [0.0; 5] };
        let voltage = self.circuit.voltage(time);
        // Nothing depends on the hops and the energy; between single hops nothing on y[0].
        let first = usize::from(matches!(self.mode, Mode::Single(_)));
        for (j, step) in [(0, 1e-7), (1, 1e-7 * y[1])].into_iter().skip(first) {
            let mut shifted = *y;
            shifted[j] += step;
            let g = self.right_hand_side(voltage, &shifted).0;
            for i in 0..5 {
                result.jacobian[i][j] = (g[i] - f[i]) / (shifted[j] - y[j]);
            }
        }
        if self.circuit.ramp.slope != 0.0 {
            let step = self.circuit.voltage_step();
            let g = self.right_hand_side(voltage + step, y).0;
            for i in 0..5 {
                result.time[i] = (g[i] - f[i]) / step * self.circuit.ramp.slope;
            }
        }
        result
    }
}

impl Dynamics<5> for Jumping<'_> {
    fn set_origin(&mut self, elapsed: f64) {
        self.circuit.ramp.set_origin(elapsed);
    }

    fn evaluate(&mut self, time: f64, y: &Vector) -> (Vector, Instant) {
        let voltage = self.circuit.voltage(time);
        let (f, instance) = self.right_hand_side(voltage, y);
        let Some(instance) = instance else {
            return (f, Instant { current: f64::NAN, ..Instant::default() });
        };
        let (limited, capped) = (instance.solution.limited, instance.hopping.capped);
        let flags = self.circuit.flags(limited, capped, self.concentration(y), y[1]);
        let left_mode = instance.solution.missing || self.until_event(y) < 0.0;
        (f, Instant { current: instance.solution.current.abs(), left_mode, flags })
    }

    fn margin(&mut self, time: f64, y: &Vector) -> f64 {
        let event = self.until_event(y);
        if self.circuit.positive {
            event.min(self.circuit.margin(time, self.concentration(y), y[1]))
        } else {
            event
        }
    }

    fn switch(&mut self, time: f64, y: &mut Vector) {
        let concentration = self.concentration(y);
        let event = self.until_event(y);
        if self.circuit.positive && self.circuit.margin(time, concentration, y[1]) < event.min(0.0) {
            self.circuit.branch = self.circuit.branch.other();
            return;
        }
        match self.mode {
            Mode::Single(_) => {
                let voltage = self.circuit.voltage(time);
                let rates = self.right_hand_side(voltage, y).0;
                let into = self.stream.uniform() * (rates[2] + rates[3]) < rates[2];
                self.count += if into { 1.0 } else { -1.0 };
                self.count = self.count.clamp(self.bounds.0, self.bounds.1);
            }
            Mode::Leap(_) => self.land(y),
        }
        self.begin(y);
    }

    fn evaluations(&self) -> u32 {
        self.circuit.evaluations
    }
}
