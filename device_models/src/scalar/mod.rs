//! What the models with one slow variable and a closed current have in common.
//!
//! A [`Law`] states a published model: the electrical answer at a state, the velocity of the
//! state, and where it is bounded. [`Scalar`] makes a [`DeviceModel`] of it: adaptive integration
//! with located bounds and thresholds, and, where the law has a diffusion, noise that does not
//! depend on a time step:
//! dx = f(x, V, T) dt + √(2 D(x, V, T)) dW, drift integrated exactly between kicks (splitting),
//! in sub-steps in which neither moves the state by more than [`Law::RESOLUTION`]. A law that knows
//! its transition probability at constant voltage gives it as [`Law::leap`], exact at any duration.
//!
//! Pinned by: `tests/stanford_published.rs`, `tests/generic_published.rs`, `tests/properties.rs`.

mod driven;
mod noise;

use std::fmt::Debug;

use numerics::rng::Stream;

use self::driven::{Driven, tolerances};
use crate::error::DeviceError;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Stop, append, check, drive, split_at_zero};

/// The internal noise of a law.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Noise {
    /// None: the motion is the deterministic one.
    None,
    /// A [`Law::diffusion`].
    Diffusion,
    /// A [`Law::leap`]: the transition probability at constant voltage is known for any duration.
    Leap,
}

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
    /// Margin below the threshold at which motion is taken to have ended, for laws whose velocity
    /// goes to zero continuously there: without it a state at its threshold ends and begins for ever.
    const HYSTERESIS: f64 = 0.0;
    /// Pieces into which a ramp is cut, for laws whose power varies by decades along a ramp while the
    /// state rests: the estimated error of the energy may vanish by chance over a long step.
    const RAMP_PIECES: u32 = 1;
    /// Its internal noise.
    const NOISE: Noise = Noise::None;
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

    /// The variable in which x is integrated with an absolute accuracy of 1e-5; rises with x.
    fn coordinate(&self, x: f64) -> f64 {
        x / Self::SCALE
    }

    /// The inverse of [`Law::coordinate`].
    fn at_coordinate(&self, coordinate: f64) -> f64 {
        coordinate * Self::SCALE
    }

    /// Speed of the coordinate at x that moves with `speed`.
    fn coordinate_speed(&self, _x: f64, speed: f64) -> f64 {
        speed / Self::SCALE
    }

    /// Voltage, current, slope and temperature of the cell at an applied voltage.
    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint;

    /// dx/dt, per second. At zero voltage the sign of a zero decides nothing.
    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64;

    /// Positive where the drive is above the law's threshold, negative below, where x rests;
    /// continuous in x and voltage. `positive` is the polarity also at exactly 0 V.
    fn drive_margin(&self, _x: f64, _point: &OperatingPoint, _positive: bool) -> f64 {
        1.0
    }

    /// The equations are continued here beyond the range in which they are defined: flagged as
    /// `field_capped`.
    fn outside(&self, _x: f64, _point: &OperatingPoint) -> bool {
        false
    }

    /// A draw of x after `duration` at a constant operating point.
    fn leap(&self, x: f64, _point: &OperatingPoint, _duration: f64, _stream: &mut Stream) -> f64 {
        x
    }

    /// Whether this card of the law has internal noise.
    fn is_noisy(&self) -> bool {
        Self::NOISE != Noise::None
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

    fn moves_at_random(&self) -> bool {
        self.law.is_noisy()
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
        for part in parts.iter().take(count).flat_map(|part| pieces(part, L::RAMP_PIECES)) {
            let part = &part;
            let noise = if L::NOISE == Noise::None { None } else { noise.as_deref_mut() };
            let result = if let Some(stream) = noise {
                if L::NOISE == Noise::Leap {
                    self.leaping(&law, &mut x, part, (surroundings, &mut stop), stream)
                } else {
                    self.noisy(&law, &mut x, part, (surroundings, &mut stop), stream)
                }
            } else {
                let mut driven = Driven::new(&law, part, x, surroundings);
                let mut y = [law.coordinate(x), 0.0];
                let motion = drive(&mut driven, &mut y, part.duration, &mut stop, &tolerances());
                x = moved(&law, x, y[0]).clamp(low, high);
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
fn moved<L: Law>(law: &L, x: f64, coordinate: f64) -> f64 {
    if law.coordinate(x).to_bits() == coordinate.to_bits() { x } else { law.at_coordinate(coordinate) }
}

/// A ramp in equal pieces; a constant voltage as it is.
pub(crate) fn pieces(part: &Segment, count: u32) -> impl Iterator<Item = Segment> {
    let part = *part;
    let ramp = (part.end_voltage - part.start_voltage).abs() > 0.0;
    let count = if ramp { count.max(1) } else { 1 };
    let at = move |i: u32| {
        part.start_voltage + (part.end_voltage - part.start_voltage) * (f64::from(i) / f64::from(count))
    };
    (0..count).map(move |i| Segment {
        start_voltage: at(i),
        end_voltage: if i + 1 == count { part.end_voltage } else { at(i + 1) },
        duration: part.duration / f64::from(count),
    })
}

/// The operating point at ambient temperature of a cell whose current and slope at a voltage of
/// the cell are `current`; the current must rise with the voltage through 0 A at 0 V.
pub(crate) fn cold_point(
    voltage: f64,
    surroundings: &Surroundings,
    current: impl Fn(f64) -> (f64, f64),
) -> OperatingPoint {
    let share = surroundings.limit.share(voltage.abs(), |v| {
        let (i, slope) = current(v.copysign(voltage));
        (i.abs(), slope)
    });
    let cell_voltage = share.voltage.copysign(voltage);
    let (current, differential_conductance) = current(cell_voltage);
    OperatingPoint {
        voltage: cell_voltage,
        current,
        differential_conductance,
        temperature: surroundings.ambient_temperature,
        limited: share.limited,
    }
}
