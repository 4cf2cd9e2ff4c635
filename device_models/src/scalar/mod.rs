//! What the models with one slow variable and a closed current have in common.
//!
//! A [`Law`] states a published model: the electrical answer at a state, the velocity of the
//! state, and where it is bounded. [`Scalar`] makes a [`DeviceModel`] of it: adaptive integration
//! with located bounds and thresholds, and, where the law has a diffusion, noise that does not
//! depend on a time step:
//! dx = f(x, V, T) dt + √(2 D(x, V, T)) dW, drift integrated exactly between kicks (splitting),
//! in sub-steps in which neither moves the state by more than [`Law::RESOLUTION`].
//!
//! Pinned by: `tests/stanford_published.rs`, `tests/properties.rs`.

mod driven;

use std::fmt::Debug;

use numerics::rng::Stream;

use self::driven::{Driven, tolerances};
use crate::error::DeviceError;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Dynamics, Stop, append, check, drive, split_at_zero};

/// A published model with one slow variable x.
pub trait Law: Clone + Send + Sync + Debug {
    /// The model's name in cards.
    const NAME: &'static str;
    /// The variable, alone in its list.
    const VARIABLE: &'static [StateVariable];
    /// Names of the parameters that may differ from cell to cell.
    const SPREAD: &'static [&'static str];
    /// Unit in which x is integrated: about a hundredth to a tenth of its range.
    const SCALE: f64;
    /// Temperature above which the model is not meaningful, K: flagged, nothing is clamped.
    const OVERHEATED: f64 = f64::INFINITY;
    /// Largest motion of x in one sub-step of noisy motion; 0.02 units of integration is common.
    const RESOLUTION: f64 = 0.02 * Self::SCALE;

    /// The law of a cell with these multipliers (empty: nominal).
    #[must_use]
    fn with_spread(&self, spread: &[f64]) -> Self;

    /// Sign of the voltage that raises the conductance.
    fn set_polarity(&self) -> f64;

    /// Smallest and largest x.
    fn bounds(&self) -> (f64, f64);

    /// Voltage, current, slope and temperature of the cell at an applied voltage.
    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint;

    /// dx/dt, per second. At zero voltage the sign of a zero decides nothing.
    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64;

    /// Positive where the drive is above the law's threshold, negative below, where x rests;
    /// continuous in x and voltage. `positive` is the polarity also at exactly 0 V.
    fn drive_margin(&self, _x: f64, _point: &OperatingPoint, _positive: bool) -> f64 {
        1.0
    }

    /// Diffusion coefficient of x where the drive is above the threshold, (unit of x)²/s.
    fn diffusion(&self, _x: f64, _point: &OperatingPoint) -> f64 {
        0.0
    }
}

/// A law as a device model.
#[derive(Debug, Clone, PartialEq)]
pub struct Scalar<L> {
    law: L,
    resolution: f64,
}

impl<L: Law> Scalar<L> {
    /// The model of this law.
    pub fn new(law: L) -> Self {
        Self { law, resolution: L::RESOLUTION }
    }

    /// The law with its parameters.
    pub fn law(&self) -> &L {
        &self.law
    }

    /// Sets the largest motion of x in one sub-step of noisy motion. Results do not depend on it
    /// beyond this resolution.
    #[must_use]
    pub fn with_resolution(mut self, resolution: f64) -> Self {
        self.resolution = resolution.max(1e-4 * L::RESOLUTION);
        self
    }

    /// Length of the next noisy sub-step, s, and the standard deviation of its kick.
    fn sub_step(&self, driven: &mut Driven<'_, L>, x: f64, remaining: f64, total: f64) -> (f64, f64) {
        let (f, _) = driven.evaluate(0.0, &[x / L::SCALE, 0.0]);
        let mut length = remaining;
        if driven.ramp.slope != 0.0 {
            length = length.min(total / 200.0);
        }
        let (point, margin) = driven.threshold(0.0, x);
        if margin < 0.0 {
            return (length, 0.0);
        }
        let diffusion = driven.law.diffusion(x, &point);
        if diffusion > 0.0 {
            length = length.min(0.5 * self.resolution * self.resolution / diffusion);
        }
        let speed = f[0].abs() * L::SCALE;
        if speed > 0.0 {
            length = length.min(self.resolution / speed);
        }
        (length, (2.0 * diffusion * length).sqrt())
    }

    /// Drift by the deterministic integrator, kicks in between.
    fn noisy(
        &self,
        law: &L,
        x: &mut f64,
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        stream: &mut Stream,
    ) -> Result<Motion, f64> {
        let (low, high) = law.bounds();
        let mut total = Motion::default();
        while total.elapsed < segment.duration && !total.crossed {
            let remaining = segment.duration - total.elapsed;
            let from = segment.voltage_at(total.elapsed);
            let here = Segment { start_voltage: from, end_voltage: segment.end_voltage, duration: remaining };
            let mut driven = Driven::new(law, &here, *x, surroundings);
            let (length, deviation) = self.sub_step(&mut driven, *x, remaining, segment.duration);
            if total.elapsed + length <= total.elapsed {
                return Err(total.elapsed);
            }
            let mut y = [*x / L::SCALE, 0.0];
            let motion = drive(&mut driven, &mut y, length, stop, &tolerances())
                .map_err(|stall| total.elapsed + stall.0)?;
            append(&mut total, &motion);
            if length >= remaining && !motion.crossed {
                total.elapsed = segment.duration;
            }
            let kicked =
                moved::<L>(*x, y[0]) + if motion.crossed { 0.0 } else { deviation * stream.normal() };
            *x = kicked.clamp(low, high);
            total.flags.lower_bound |= kicked < low;
            total.flags.upper_bound |= kicked > high;
            if !total.crossed {
                let point = law.electrical(*x, segment.voltage_at(total.elapsed), surroundings);
                total.crossed = stop.met(point.current.abs());
            }
        }
        Ok(total)
    }
}

impl<L: Law> DeviceModel for Scalar<L> {
    fn name(&self) -> &'static str {
        L::NAME
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        L::VARIABLE
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        L::SPREAD
    }

    fn set_polarity(&self) -> f64 {
        self.law.set_polarity()
    }

    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        self.law.with_spread(spread).bounds()
    }

    fn rest(&self, slow: f64, _surroundings: &Surroundings) -> Vec<f64> {
        vec![slow]
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(L::NAME, state, 1, &Segment::constant(voltage, 0.0))?;
        let point = self.law.with_spread(spread).electrical(state[0], voltage, surroundings);
        if point.current.is_finite() && point.differential_conductance.is_finite() {
            Ok(point)
        } else {
            Err(DeviceError::NoOperatingPoint { model: L::NAME, voltage, state: state.to_vec() })
        }
    }

    fn advance(
        &self,
        spread: &[f64],
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        mut noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        check(L::NAME, state, 1, segment)?;
        let law = self.law.with_spread(spread);
        let (low, high) = law.bounds();
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        let mut x = state[0].clamp(low, high);
        total.flags.lower_bound = state[0] < low;
        total.flags.upper_bound = state[0] > high;
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count) {
            let result = if let Some(stream) = noise.as_deref_mut() {
                self.noisy(&law, &mut x, part, (surroundings, &mut stop), stream)
            } else {
                let mut driven = Driven::new(&law, part, x, surroundings);
                let mut y = [x / L::SCALE, 0.0];
                let motion = drive(&mut driven, &mut y, part.duration, &mut stop, &tolerances());
                x = moved::<L>(x, y[0]).clamp(low, high);
                motion.map_err(|stall| stall.0)
            };
            match result {
                Ok(motion) => append(&mut total, &motion),
                Err(time) => {
                    let time = total.elapsed + time;
                    let voltage = segment.voltage_at(time);
                    outcome = Err(DeviceError::Stalled { model: L::NAME, time, voltage, state: vec![x] });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        state[0] = x;
        outcome.map(|()| total)
    }
}

/// The state after integration in units of its scale; one that did not move keeps its bits.
fn moved<L: Law>(x: f64, scaled: f64) -> f64 {
    if (x / L::SCALE).to_bits() == scaled.to_bits() { x } else { scaled * L::SCALE }
}
