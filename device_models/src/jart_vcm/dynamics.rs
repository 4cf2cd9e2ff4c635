//! The right-hand side of JART VCM v1b for one cell under one drive.

use numerics::rosenbrock::{Linearisation, System};

use super::cell::{Circuit, Instance, exponential, logarithm};
use crate::motion::{Dynamics, Instant};

/// State as integrated: [ln(N/N_ref), T, energy].
pub(crate) type Vector = [f64; 3];

/// One cell under one ramp of constant polarity.
pub(crate) struct Driven {
    pub circuit: Circuit,
}

impl Driven {
    pub(crate) fn to_vector(concentration: f64, temperature: f64) -> Vector {
        [logarithm(concentration), temperature, 0.0]
    }

    pub(crate) fn concentration(y: &Vector) -> f64 {
        exponential(y[0])
    }

    fn right_hand_side(&mut self, voltage: f64, y: &Vector) -> (Vector, Option<Instance>) {
        let concentration = Self::concentration(y);
        let instance = self.circuit.solve(voltage, concentration, y[1]);
        let f = instance.map_or([f64::NAN; 3], |at| [at.hopping.net() / concentration, at.warming, at.power]);
        (f, instance)
    }
}

impl System<3> for Driven {
    fn derivative(&mut self, time: f64, y: &Vector) -> Vector {
        let voltage = self.circuit.voltage(time);
        self.right_hand_side(voltage, y).0
    }

    fn linearise(&mut self, time: f64, y: &Vector, f: &Vector) -> Linearisation<3> {
        let mut result = Linearisation { jacobian: [[0.0; 3]; 3], time: [0.0; 3] };
        let voltage = self.circuit.voltage(time);
        // Nothing depends on the energy spent.
        for (j, step) in [(0, 1e-7), (1, 1e-7 * y[1])] {
            let mut shifted = *y;
            shifted[j] += step;
            let g = self.right_hand_side(voltage, &shifted).0;
            for i in 0..3 {
                result.jacobian[i][j] = (g[i] - f[i]) / (shifted[j] - y[j]);
            }
        }
        if self.circuit.ramp.slope != 0.0 {
            let step = self.circuit.voltage_step();
            let g = self.right_hand_side(voltage + step, y).0;
            for i in 0..3 {
                result.time[i] = (g[i] - f[i]) / step * self.circuit.ramp.slope;
            }
        }
        result
    }
}

impl Dynamics<3> for Driven {
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
        let flags = self.circuit.flags(limited, capped, Self::concentration(y), y[1]);
        let current = instance.solution.current.abs();
        (f, Instant { current, left_mode: instance.solution.missing, flags })
    }

    fn margin(&mut self, time: f64, y: &Vector) -> f64 {
        self.circuit.margin(time, Self::concentration(y), y[1])
    }

    fn switch(&mut self, _time: f64, _y: &mut Vector) {
        self.circuit.branch = self.circuit.branch.other();
    }

    fn evaluations(&self) -> u32 {
        self.circuit.evaluations
    }
}
