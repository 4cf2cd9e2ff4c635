//! Non-linear ion drift: a tunnelling current in the ON state, a rectifier in the OFF state, and a
//! state w whose velocity is a power of the voltage. **SET above zero, RESET below**.
//!
//! Equations:
//! * I = wⁿ β sinh(αV) + χ \[exp(γV) − 1\]
//! * dw/dt = a f(w) |V/1 V|^m sgn V
//! * f by the window ([`crate::window`]); none is a hard bound at 0 and 1
//!
//! | symbol | published | unit | here |
//! |---|---|---|---|
//! | β, α | 0.9e-6, 2 | A, 1/V | `tunnel_current`, `tunnel_slope` |
//! | χ, γ | 1e-10, 4 | A, 1/V | `rectifier_current`, `rectifier_slope` |
//! | n | 2 | 1 | `state_exponent` |
//! | a, m | 1, 5 | 1/s, 1 | `rate`, `voltage_exponent` |
//!
//! Validity: phenomenological, no threshold, no temperature. The published m is an odd integer; the
//! form here is the same for those and keeps the sign for every other exponent.
//!
//! References: E. Lehtonen, M. Laiho, Proc. CNNA 2010, doi:10.1109/CNNA.2010.5430304; parameters as
//! in S. Kvatinsky et al., IEEE TCAS-I 60, 211 (2013), doi:10.1109/TCSI.2012.2215714, Fig. 6.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use std::collections::BTreeMap;

use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::{independent, parameters};
use crate::scalar::{Law, Scalar, cold_point};
use crate::window::{self, Kind, Window};

/// The model's name in cards, without its window.
pub const NAME: &str = "nonlinear_ion_drift";

/// Motion and current in plain text; the window is a line of its own.
pub(crate) const EQUATIONS: [&str; 2] =
    ["dw/dt = a f(w) |V/1 V|^m sgn V", "I = wⁿ β sinh(αV) + χ [exp(γV) − 1]"];

/// Where the model holds.
pub(crate) const VALIDITY: &str = "Phenomenological: no threshold, no temperature.";

parameters! {
    NAME;
    /// Tunnel current, A.
    tunnel_current, "β", "A", None, Positive, "prefactor of the current of the ON state";
    /// Slope of the tunnel current, 1/V.
    tunnel_slope, "α", "1/V", None, Positive, "voltage slope of the current of the ON state";
    /// Rectifier current, A.
    rectifier_current, "χ", "A", None, Positive, "prefactor of the current of the OFF state";
    /// Slope of the rectifier current, 1/V.
    rectifier_slope, "γ", "1/V", None, Positive, "voltage slope of the current of the OFF state";
    /// Exponent of the state in the current, 1.
    state_exponent, "n", "1", None, Positive, "exponent of the state in the current";
    /// Rate at 1 V, 1/s.
    rate, "a", "1/s", None, Positive, "velocity of the state at 1 V";
    /// Exponent of the voltage, 1.
    voltage_exponent, "m", "1", None, Positive, "exponent of the voltage in the velocity";
}

independent! {}

/// The equations with their parameters and window.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equations<W> {
    /// Everything but the window.
    pub parameters: Parameters,
    /// What slows the state near its ends.
    pub window: W,
}

/// Non-linear ion drift with the parameters of one card.
pub type NonlinearIonDrift<W> = Scalar<Equations<W>>;

impl<W: Window> Equations<W> {
    /// The equations from a map of name → value in the SI unit.
    ///
    /// # Errors
    /// When a parameter is missing, or has a value no device can have.
    pub fn from_values(values: &BTreeMap<String, f64>) -> Result<Self, DeviceError> {
        Ok(Self { parameters: Parameters::from_values(values)?, window: W::from_values(values)? })
    }
}

impl<W: Window> Law for Equations<W> {
    const NAME: &'static str = match W::KIND {
        Kind::Rectangular => "nonlinear_ion_drift",
        Kind::Joglekar => "nonlinear_ion_drift_joglekar",
        Kind::Biolek => "nonlinear_ion_drift_biolek",
        Kind::Prodromakis => "nonlinear_ion_drift_prodromakis",
        Kind::Kvatinsky => "nonlinear_ion_drift_kvatinsky",
    };
    const VARIABLE: &'static [StateVariable] = &[StateVariable {
        name: "doped_share",
        unit: "1",
        long_name: "state variable, 0 in the OFF state and 1 in the ON state",
    }];
    const SPREAD: &'static [&'static str] = &["tunnel_current", "rectifier_current", "rate"];
    const SCALE: f64 = 0.1;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let p = self.parameters;
        let parameters = Parameters {
            tunnel_current: p.tunnel_current * factor(0),
            rectifier_current: p.rectifier_current * factor(1),
            rate: p.rate * factor(2),
            ..p
        };
        Self { parameters, ..*self }
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    window::state_between_0_and_1!(W);

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let p = &self.parameters;
        let on = p.tunnel_current * x.max(0.0).powf(p.state_exponent);
        cold_point(voltage, surroundings, |v| {
            let (tunnel, rectifier) = (p.tunnel_slope * v, p.rectifier_slope * v);
            (
                on * tunnel.sinh() + p.rectifier_current * rectifier.exp_m1(),
                on * p.tunnel_slope * tunnel.cosh()
                    + p.rectifier_current * p.rectifier_slope * rectifier.exp(),
            )
        })
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        let p = &self.parameters;
        let speed = p.rate * point.voltage.abs().powf(p.voltage_exponent);
        if point.voltage == 0.0 {
            return 0.0;
        }
        speed.copysign(point.voltage) * self.window.at(x, point.voltage > 0.0)
    }
}
