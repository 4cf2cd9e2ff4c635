//! TEAM: the current-controlled threshold-adaptive memristor model. The state x rises from 0 at
//! R_on to 1 at R_off. **SET below zero, RESET above**.
//!
//! Equations:
//! * dx/dt = k_off (i/i_off − 1)^α_off f(x) where i > i_off, k_on (−i/i_on − 1)^α_on f(x) where
//!   i < −i_on, else 0; k_on < 0 < k_off
//! * I = V / \[R_on + (R_off − R_on) x\]
//! * x = (w − w_on)/(w_off − w_on): rates given in m/s are divided by w_off − w_on
//! * f by the window: none (`team`) or Kvatinsky's (`team_kvatinsky`)
//!
//! | symbol | fit to Pickett's device | unit | here |
//! |---|---|---|---|
//! | R_on, R_off | 50, 1000 | Ω | `on_resistance`, `off_resistance` |
//! | i_on, i_off | 8.9e-6, 115e-6 | A | `on_threshold`, `off_threshold` |
//! | k_on, k_off | −4.68e-13, 1.46e-9 nm/s over 0.6 nm | 1/s | `on_rate`, `off_rate` |
//! | α_on, α_off | 10, 10 | 1 | `on_exponent`, `off_exponent` |
//!
//! Validity: phenomenological, a fit of the Simmons-barrier dynamics over a limited range of current;
//! nothing moves below the threshold currents. A RESET at constant voltage ends where the falling
//! current meets i_off. Thresholds and bounds are located events. There is no temperature.
//!
//! Reference: S. Kvatinsky, E. G. Friedman, A. Kolodny, U. C. Weiser, IEEE TCAS-I 60, 211 (2013),
//! doi:10.1109/TCSI.2012.2215714.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use std::collections::BTreeMap;

use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};
use crate::window::{self, Kind, Window};

/// The model's name in cards, without its window.
pub const NAME: &str = "team";

/// Motion and current in plain text; the window is a line of its own.
pub(crate) const EQUATIONS: [&str; 2] = [
    "dx/dt = k_off (i/i_off − 1)^α_off f(x) where i > i_off, k_on (−i/i_on − 1)^α_on f(x) where i < −i_on, else 0",
    "I = V/[R_on + (R_off − R_on) x]",
];

/// Where the model holds.
pub(crate) const VALIDITY: &str = "Phenomenological: a fit of the Simmons-barrier dynamics over a limited range of current. Nothing moves below the threshold currents; no temperature.";

parameters! {
    NAME;
    /// Resistance at x = 0, Ω.
    on_resistance, "R_on", "Ohm", None, Positive, "smallest resistance (x = 0)";
    /// Resistance at x = 1, Ω.
    off_resistance, "R_off", "Ohm", None, Positive, "largest resistance (x = 1)";
    /// Magnitude of the negative current beyond which x falls, A.
    on_threshold, "i_on", "A", None, Positive, "magnitude of the negative current beyond which the resistance falls";
    /// Positive current beyond which x rises, A.
    off_threshold, "i_off", "A", None, Positive, "positive current beyond which the resistance rises";
    /// Rate of SET, 1/s.
    on_rate, "k_on", "1/s", None, Negative, "rate of the state at twice the SET threshold";
    /// Rate of RESET, 1/s.
    off_rate, "k_off", "1/s", None, Positive, "rate of the state at twice the RESET threshold";
    /// Exponent of SET, 1.
    on_exponent, "α_on", "1", None, Positive, "exponent of the excess current for SET";
    /// Exponent of RESET, 1.
    off_exponent, "α_off", "1", None, Positive, "exponent of the excess current for RESET";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.off_resistance <= self.on_resistance {
            return Err(DeviceError::InvalidParameter {
                model: NAME,
                parameter: "off_resistance",
                value: self.off_resistance,
                demand: "it must exceed on_resistance",
            });
        }
        Ok(())
    }
}

/// The equations with their parameters and window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equations<W> {
    /// Everything but the window.
    pub parameters: Parameters,
    /// What slows the state near its ends.
    pub window: W,
}

/// TEAM with the parameters of one card.
pub type Team<W> = Scalar<Equations<W>>;

impl<W: Window> Equations<W> {
    /// The equations from a map of name → value in the SI unit.
    ///
    /// # Errors
    /// When a parameter is missing, or has a value no device can have.
    pub fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self { parameters: Parameters::from_values(values)?, window: W::from_values(values)? })
    }

    /// |i| over the threshold of its polarity, minus 1.
    fn excess(&self, current: f64, positive: bool) -> f64 {
        let p = &self.parameters;
        current.abs() / if positive { p.off_threshold } else { p.on_threshold } - 1.0
    }
}

impl<W: Window> Law for Equations<W> {
    const NAME: &'static str = match W::KIND {
        Kind::Rectangular => "team",
        Kind::Joglekar => "team_joglekar",
        Kind::Biolek => "team_biolek",
        Kind::Prodromakis => "team_prodromakis",
        Kind::Kvatinsky => "team_kvatinsky",
    };
    const VARIABLE: &'static [StateVariable] = &[StateVariable {
        name: "off_share",
        unit: "1",
        long_name: "share of the high-resistive state, 0 at R_on and 1 at R_off",
    }];
    const SPREAD: &'static [&'static str] =
        &["on_resistance", "off_resistance", "on_threshold", "off_threshold", "on_rate", "off_rate"];
    const SCALE: f64 = 0.1;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let p = self.parameters;
        let parameters = Parameters {
            on_resistance: p.on_resistance * factor(0),
            off_resistance: p.off_resistance * factor(1),
            on_threshold: p.on_threshold * factor(2),
            off_threshold: p.off_threshold * factor(3),
            on_rate: p.on_rate * factor(4),
            off_rate: p.off_rate * factor(5),
            ..p
        };
        Self { parameters, ..*self }
    }

    fn set_polarity(&self) -> f64 {
        -1.0
    }

    window::state_between_0_and_1!(W);

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let p = &self.parameters;
        let conductance = 1.0 / (p.on_resistance + (p.off_resistance - p.on_resistance) * x);
        cold_point(voltage, surroundings, |v| (conductance * v, conductance))
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        let rising = point.voltage > 0.0;
        let excess = self.excess(point.current, rising);
        if excess <= 0.0 {
            return 0.0;
        }
        let p = &self.parameters;
        let speed = if rising {
            p.off_rate * excess.powf(p.off_exponent)
        } else {
            p.on_rate * excess.powf(p.on_exponent)
        };
        speed * self.window.at(x, rising)
    }

    fn drive_margin(&self, _x: f64, point: &OperatingPoint, positive: bool) -> f64 {
        self.excess(point.current, positive)
    }
}
