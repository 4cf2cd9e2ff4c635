//! Linear ion drift: two resistors in series whose boundary moves with the charge. The state x = w/D
//! is the share of the doped, conducting part. **SET above zero, RESET below**.
//!
//! Equations:
//! * dx/dt = µ R_on/D² · I · f(x)
//! * I = V / \[R_on x + R_off (1 − x)\]
//! * f by the window ([`crate::window`])
//!
//! With Joglekar's window at p = 1, f = 4x(1 − x), x is a logistic function of the charge q:
//! x/(1 − x) = x₀/(1 − x₀) · exp(4 µ R_on q/D²).
//!
//! | symbol | published | unit | here |
//! |---|---|---|---|
//! | R_on, R_off | 100, 16e3 | Ω | `on_resistance`, `off_resistance` |
//! | D | 10e-9 | m | `thickness` |
//! | µ | 1e-14 | m²/(V s) | `mobility` |
//!
//! Validity: an idealisation; real devices have thresholds, and no device was shown to follow it
//! quantitatively. It has no threshold and no temperature. A hysteresis loop is pinched at the
//! origin. How windows treat the ends is documented in [`crate::window`].
//!
//! References: D. B. Strukov, G. S. Snider, D. R. Stewart, R. S. Williams, Nature 453, 80 (2008),
//! doi:10.1038/nature06932; Y. N. Joglekar, S. J. Wolf, European Journal of Physics 30, 661 (2009),
//! doi:10.1088/0143-0807/30/4/001.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use std::collections::BTreeMap;

use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};
use crate::window::{self, Kind, Window};

/// The model's name in cards, without its window.
pub const NAME: &str = "linear_ion_drift";

/// Motion and current in plain text; the window is a line of its own.
pub(crate) const EQUATIONS: [&str; 2] =
    ["dx/dt = µ R_on/D² · I · f(x), x = w/D", "I = V/[R_on x + R_off (1 − x)]"];

/// Where the model holds.
pub(crate) const VALIDITY: &str =
    "An idealisation: no device was shown to follow it quantitatively. No threshold, no temperature.";

parameters! {
    NAME;
    /// Resistance at x = 1, Ω.
    on_resistance, "R_on", "Ohm", None, Positive, "resistance of the fully doped film (x = 1)";
    /// Resistance at x = 0, Ω.
    off_resistance, "R_off", "Ohm", None, Positive, "resistance of the undoped film (x = 0)";
    /// Film thickness, m.
    thickness, "D", "m", None, Positive, "thickness of the film";
    /// Ion mobility, m²/(V s).
    mobility, "µ", "m^2/(V s)", None, Positive, "mobility of the dopants";
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

    /// dx/dq without a window, 1/C.
    pub fn drift_per_charge(&self) -> f64 {
        self.mobility * self.on_resistance / (self.thickness * self.thickness)
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

/// Linear ion drift with the parameters of one card.
pub type LinearIonDrift<W> = Scalar<Equations<W>>;

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
        Kind::Rectangular => "linear_ion_drift",
        Kind::Joglekar => "linear_ion_drift_joglekar",
        Kind::Biolek => "linear_ion_drift_biolek",
        Kind::Prodromakis => "linear_ion_drift_prodromakis",
        Kind::Kvatinsky => "linear_ion_drift_kvatinsky",
    };
    const VARIABLE: &'static [StateVariable] = &[StateVariable {
        name: "doped_share",
        unit: "1",
        long_name: "share of the film that is doped, 0 at R_off and 1 at R_on",
    }];
    const SPREAD: &'static [&'static str] = &["on_resistance", "off_resistance", "thickness", "mobility"];
    const SCALE: f64 = 0.1;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let p = self.parameters;
        let parameters = Parameters {
            on_resistance: p.on_resistance * factor(0),
            off_resistance: p.off_resistance * factor(1),
            thickness: p.thickness * factor(2),
            mobility: p.mobility * factor(3),
        };
        Self { parameters, ..*self }
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    window::state_between_0_and_1!(W);

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let p = &self.parameters;
        let conductance = 1.0 / (p.on_resistance * x + p.off_resistance * (1.0 - x));
        cold_point(voltage, surroundings, |v| (conductance * v, conductance))
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        self.parameters.drift_per_charge() * point.current * self.window.at(x, point.current > 0.0)
    }
}
