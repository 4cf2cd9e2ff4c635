//! VTEAM: the voltage-controlled threshold-adaptive memristor model. The state x rises from 0 at
//! R_on to 1 at R_off. **The polarity of v_on SETs, that of v_off RESETs**.
//!
//! Equations:
//! * dx/dt = k_off (v/v_off − 1)^α_off f(x) where v is beyond v_off,
//!   k_on (v/v_on − 1)^α_on f(x) where v is beyond v_on, else 0; k_on < 0 < k_off
//! * I = V / \[R_on + (R_off − R_on) x\]
//! * x = (w − w_on)/(w_off − w_on): rates given in m/s are divided by w_off − w_on
//! * f by the window: none (`vteam`) or Kvatinsky's (`vteam_kvatinsky`)
//!
//! | symbol | MemTorch's default | unit | here |
//! |---|---|---|---|
//! | R_on, R_off | 50, 1000 | Ω | `on_resistance`, `off_resistance` |
//! | v_on, v_off | −0.2, 0.02 | V | `on_threshold`, `off_threshold` |
//! | k_on, k_off | −10, 5e-4 m/s over 3 nm | 1/s | `on_rate`, `off_rate` |
//! | α_on, α_off | 3, 1 | 1 | `on_exponent`, `off_exponent` |
//!
//! Validity: phenomenological; nothing moves between the thresholds, so there is no retention loss.
//! Thresholds and bounds are located events. Without a window the state rests on a bound until the
//! polarity changes. There is no temperature.
//!
//! References: S. Kvatinsky, M. Ramadan, E. G. Friedman, A. Kolodny, IEEE TCAS-II 62, 786 (2015),
//! doi:10.1109/TCSII.2015.2433536; I. Messaris et al., IEEE TCAD 37, 3151 (2018),
//! doi:10.1109/TCAD.2018.2791468 (fits).
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use std::collections::BTreeMap;

use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};
use crate::window::{self, Kind, Window};

/// The model's name in cards, without its window.
pub const NAME: &str = "vteam";

/// Motion and current in plain text; the window is a line of its own.
pub(crate) const EQUATIONS: [&str; 2] = [
    "dx/dt = k_off (v/v_off − 1)^α_off f(x) where v is beyond v_off, k_on (v/v_on − 1)^α_on f(x) where v is beyond v_on, else 0",
    "I = V/[R_on + (R_off − R_on) x]",
];

/// Where the model holds.
pub(crate) const VALIDITY: &str =
    "Phenomenological. Nothing moves between the thresholds: no retention loss. No temperature.";

parameters! {
    NAME;
    /// Resistance at x = 0, Ω.
    on_resistance, "R_on", "Ohm", None, Positive, "smallest resistance (x = 0)";
    /// Resistance at x = 1, Ω.
    off_resistance, "R_off", "Ohm", None, Positive, "largest resistance (x = 1)";
    /// Voltage beyond which x falls, V.
    on_threshold, "v_on", "V", None, Any, "voltage beyond which the resistance falls";
    /// Voltage beyond which x rises, V.
    off_threshold, "v_off", "V", None, Any, "voltage beyond which the resistance rises";
    /// Rate of SET, 1/s.
    on_rate, "k_on", "1/s", None, Negative, "rate of the state at twice the SET threshold";
    /// Rate of RESET, 1/s.
    off_rate, "k_off", "1/s", None, Positive, "rate of the state at twice the RESET threshold";
    /// Exponent of SET, 1.
    on_exponent, "α_on", "1", None, Positive, "exponent of the excess voltage for SET";
    /// Exponent of RESET, 1.
    off_exponent, "α_off", "1", None, Positive, "exponent of the excess voltage for RESET";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let refuse = |parameter, value, demand| {
            Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
        };
        if self.off_resistance <= self.on_resistance {
            return refuse("off_resistance", self.off_resistance, "it must exceed on_resistance");
        }
        if self.on_threshold * self.off_threshold >= 0.0 {
            return refuse("on_threshold", self.on_threshold, "its sign must be opposite to off_threshold's");
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

/// VTEAM with the parameters of one card.
pub type Vteam<W> = Scalar<Equations<W>>;

impl<W: Window> Equations<W> {
    /// The equations from a map of name → value in the SI unit.
    ///
    /// # Errors
    /// When a parameter is missing, or has a value no device can have.
    pub fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self { parameters: Parameters::from_values(values)?, window: W::from_values(values)? })
    }

    /// v over the threshold of its polarity, minus 1; whether x rises.
    fn excess(&self, voltage: f64, positive: bool) -> (f64, bool) {
        let rising = positive == (self.parameters.off_threshold > 0.0);
        let threshold = if rising { self.parameters.off_threshold } else { self.parameters.on_threshold };
        (voltage / threshold - 1.0, rising)
    }
}

impl<W: Window> Law for Equations<W> {
    const NAME: &'static str = match W::KIND {
        Kind::Rectangular => "vteam",
        Kind::Joglekar => "vteam_joglekar",
        Kind::Biolek => "vteam_biolek",
        Kind::Prodromakis => "vteam_prodromakis",
        Kind::Kvatinsky => "vteam_kvatinsky",
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
        self.parameters.on_threshold.signum()
    }

    window::state_between_0_and_1!(W);

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let p = &self.parameters;
        let conductance = 1.0 / (p.on_resistance + (p.off_resistance - p.on_resistance) * x);
        cold_point(voltage, surroundings, |v| (conductance * v, conductance))
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        let (excess, rising) = self.excess(point.voltage, point.voltage > 0.0);
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
        self.excess(point.voltage, positive).0
    }
}
