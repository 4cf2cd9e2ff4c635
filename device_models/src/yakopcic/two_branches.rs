//! Yakopcic's model in its form of 2020: the on and the off state each have a current of their own.
//! **SET at the polarity of η, RESET at the other**.
//!
//! Equations:
//! * I = h₁(V) x + h₂(V) (1 − x); h₁ = g_max sinh(b_max V), h₂ = g_min sinh(b_min V), with one pair of
//!   numbers above 0 V and one below
//! * dx/dt: as in the parent module
//!
//! | symbol | Nb-doped `SrTiO₃` | unit | here |
//! |---|---|---|---|
//! | g_max,p, g_max,n | 9e-5, 1.7e-4 | A | `on_current_positive`, `on_current_negative` |
//! | b_max,p, b_max,n | 4.96, 3.23 | 1/V | `on_slope_positive`, `on_slope_negative` |
//! | g_min,p, g_min,n | 1.5e-5, 4.4e-7 | A | `off_current_positive`, `off_current_negative` |
//! | b_min,p, b_min,n | 6.91, 2.6 | 1/V | `off_slope_positive`, `off_slope_negative` |
//! | A, V, α, x, η | parent module | | parent module |
//!
//! Validity: as the parent. No lower bound of the state is needed, for the off state conducts. Where the
//! two currents cross (above 0.92 V with the set above) the off state conducts more than the on state.
//!
//! Reference: C. Yakopcic, T. M. Taha, D. J. Mountain, T. Salter, M. J. Marinella, M. McLean, IEEE TCAD 39,
//! 1084 (2020), doi:10.1109/TCAD.2019.2912946.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use super::drift::drift;
use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "yakopcic_two_branches";

parameters! {
    NAME;
    /// On current factor above 0 V, A.
    on_current_positive, "g_max,p", "A", None, Positive, "current factor of the on state at positive voltage";
    /// On current factor below 0 V, A.
    on_current_negative, "g_max,n", "A", None, Positive, "current factor of the on state at negative voltage";
    /// On slope above 0 V, 1/V.
    on_slope_positive, "b_max,p", "1/V", None, Positive, "voltage slope of the on state at positive voltage";
    /// On slope below 0 V, 1/V.
    on_slope_negative, "b_max,n", "1/V", None, Positive, "voltage slope of the on state at negative voltage";
    /// Off current factor above 0 V, A.
    off_current_positive, "g_min,p", "A", None, Positive, "current factor of the off state at positive voltage";
    /// Off current factor below 0 V, A.
    off_current_negative, "g_min,n", "A", None, Positive, "current factor of the off state at negative voltage";
    /// Off slope above 0 V, 1/V.
    off_slope_positive, "b_min,p", "1/V", None, Positive, "voltage slope of the off state at positive voltage";
    /// Off slope below 0 V, 1/V.
    off_slope_negative, "b_min,n", "1/V", None, Positive, "voltage slope of the off state at negative voltage";
    /// Rate at positive voltage, 1/s.
    rate_positive, "A_p", "1/s", None, Positive, "rate of the state at positive voltage";
    /// Rate at negative voltage, 1/s.
    rate_negative, "A_n", "1/s", None, Positive, "rate of the state at negative voltage";
    /// Positive threshold, V.
    threshold_positive, "V_p", "V", None, Positive, "positive voltage below which nothing moves";
    /// Magnitude of the negative threshold, V.
    threshold_negative, "V_n", "V", None, Positive, "magnitude of the negative voltage below which nothing moves";
    /// Decay of the rising motion, 1.
    decay_rising, "α_p", "1", None, NonNegative, "decay of the motion of a rising state beyond its onset";
    /// Decay of the falling motion, 1.
    decay_falling, "α_n", "1", None, NonNegative, "decay of the motion of a falling state beyond its onset";
    /// Onset of that decay for a rising state, 1.
    onset_rising, "x_p", "1", None, Positive, "state above which a rising state slows";
    /// Onset of that decay for a falling state, counted from 1, 1.
    onset_falling, "x_n", "1", None, Positive, "distance from 1 beyond which a falling state slows";
    /// +1: the state rises at positive voltage; −1: at negative voltage.
    direction, "η", "1", None, Any, "+1 when the state rises at positive voltage, -1 at negative";
}

drift!();

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        match self.drift().fault() {
            None => Ok(()),
            Some((parameter, value, demand)) => {
                Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
            }
        }
    }

    /// Current factor and slope of the on and of the off state at a polarity.
    fn branches(&self, positive: bool) -> [(f64, f64); 2] {
        if positive {
            [
                (self.on_current_positive, self.on_slope_positive),
                (self.off_current_positive, self.off_slope_positive),
            ]
        } else {
            [
                (self.on_current_negative, self.on_slope_negative),
                (self.off_current_negative, self.off_slope_negative),
            ]
        }
    }
}

/// Yakopcic's model of 2020 with the parameters of one card.
pub type YakopcicTwoBranches = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] =
        &[StateVariable { name: "on_share", unit: "1", long_name: "share of the on state in the current" }];
    const SPREAD: &'static [&'static str] = &[
        "on_current_positive",
        "on_current_negative",
        "off_current_positive",
        "off_current_negative",
        "rate_positive",
        "rate_negative",
    ];
    const SCALE: f64 = 0.1;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            on_current_positive: self.on_current_positive * factor(0),
            on_current_negative: self.on_current_negative * factor(1),
            off_current_positive: self.off_current_positive * factor(2),
            off_current_negative: self.off_current_negative * factor(3),
            rate_positive: self.rate_positive * factor(4),
            rate_negative: self.rate_negative * factor(5),
            ..*self
        }
    }

    fn set_polarity(&self) -> f64 {
        self.direction
    }

    fn bounds(&self) -> (f64, f64) {
        (0.0, 1.0)
    }

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let [(on, on_slope), (off, off_slope)] = self.branches(voltage >= 0.0);
        // Stages of a step may leave the bounds.
        let (x, rest) = (x.clamp(0.0, 1.0), 1.0 - x.clamp(0.0, 1.0));
        cold_point(voltage, surroundings, |v| {
            let (a, b) = (on_slope * v, off_slope * v);
            (
                on * x * a.sinh() + off * rest * b.sinh(),
                on * x * on_slope * a.cosh() + off * rest * off_slope * b.cosh(),
            )
        })
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        self.drift().velocity(x, point.voltage)
    }

    fn drive_margin(&self, _x: f64, point: &OperatingPoint, positive: bool) -> f64 {
        self.drift().margin(point.voltage, positive)
    }
}
