//! A memristor of the behavioural kind for tests and benches of arrays.

use device_models::model::StateVariable;
use device_models::{Crossing, DeviceError, DeviceModel, Motion, OperatingPoint, Segment, Surroundings};
use numerics::hyperbolic::sinh_cosh;
use numerics::rng::Stream;

/// Memristor of the behavioural kind: I = [g₀ + (g₁ − g₀) x] V₀ sinh(V/V₀), dx/dt = k sinh(V/V_d) x (1 − x).
///
/// At a constant voltage ln(x/(1 − x)) grows linearly, along a ramp as the integral of sinh: exact.
#[derive(Debug)]
pub struct Behavioural;

/// Voltage of the curvature of the current, V.
pub const V0: f64 = 0.25;
/// Voltage of the curvature of the drift, V.
pub const VD: f64 = 0.1;
/// Rate of the drift, 1/s.
pub const RATE: f64 = 2000.0;

impl Behavioural {
    fn conductance(x: f64) -> f64 {
        1e-6 + 9.9e-5 * x
    }
}

impl DeviceModel for Behavioural {
    fn name(&self) -> &'static str {
        "behavioural"
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        &[StateVariable { name: "x", unit: "1", long_name: "state" }]
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        &[]
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn bounds(&self, _: &[f64]) -> (f64, f64) {
        (0.0, 1.0)
    }

    fn rest(&self, slow: f64, _: &Surroundings) -> Vec<f64> {
        vec![slow]
    }

    fn operating_point(
        &self,
        _: &[f64],
        state: &[f64],
        voltage: f64,
        around: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        let g = Self::conductance(state[0]);
        let current = |v: f64| {
            let (sinh, cosh) = sinh_cosh(v / V0);
            (g * V0 * sinh, g * cosh)
        };
        let share = around.limit.share(voltage.abs(), current);
        let v = share.voltage.copysign(voltage);
        let (current, differential_conductance) = current(v);
        Ok(OperatingPoint {
            voltage: v,
            current,
            differential_conductance,
            temperature: around.ambient_temperature,
            limited: share.limited,
        })
    }

    fn advance(
        &self,
        spread: &[f64],
        state: &mut [f64],
        segment: &Segment,
        around: &Surroundings,
        _: Option<Crossing>,
        _: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        let at = |state: &[f64], v| self.operating_point(spread, state, v, around);
        let (start, end) = (at(state, segment.start_voltage)?, at(state, segment.end_voltage)?);
        let (a, b) = (start.voltage, end.voltage);
        let mean = if (b - a).abs() > 1e-6 {
            VD * (sinh_cosh(b / VD).1 - sinh_cosh(a / VD).1) / (b - a)
        } else {
            sinh_cosh(0.5 * (a + b) / VD).0
        };
        let odds = state[0] / (1.0 - state[0]) * (RATE * mean * segment.duration).exp();
        state[0] = odds / (1.0 + odds);
        let after = at(state, segment.end_voltage)?;
        let (before, after) = (start.voltage * start.current, after.voltage * after.current);
        let energy = 0.5 * (before + after) * segment.duration;
        Ok(Motion { elapsed: segment.duration, energy, steps: 1, ..Motion::default() })
    }
}
