//! Yakopcic's generalised model: a conductance proportional to the state x, moved by an exponential
//! of the voltage beyond a threshold. **SET at the polarity of η, RESET at the other**.
//!
//! Equations (V in volts in the exponents):
//! * I = a₁ x sinh(bV) for V ≥ 0, a₂ x sinh(bV) for V < 0
//! * dx/dt = η g(V) f(x); g = A_p (e^V − e^V_p) for V > V_p, −A_n (e^−V − e^V_n) for V < −V_n, else 0
//! * rising: f = exp(−α_p (x − x_p)) · \[(x_p − x)/(1 − x_p) + 1\] for x ≥ x_p, else 1
//! * falling: f = exp(α_n (x + x_n − 1)) · x/(1 − x_n) for x ≤ 1 − x_n, else 1
//!
//! | symbol | Oblea's device | unit | here |
//! |---|---|---|---|
//! | a₁, a₂, b | 0.17, 0.17, 0.05 | A, A, 1/V | `current_factor_positive`, `current_factor_negative`, `current_slope` |
//! | A_p, A_n | 4000, 4000 | 1/s | `rate_positive`, `rate_negative` |
//! | V_p, V_n | 0.16, 0.15 | V | `threshold_positive`, `threshold_negative` |
//! | α_p, α_n | 1, 5 | 1 | `decay_rising`, `decay_falling` |
//! | x_p, x_n | 0.3, 0.5 | 1 | `onset_rising`, `onset_falling` |
//! | η | 1 | 1 | `direction` |
//!
//! Validity: a fit of I–V loops, no temperature, no motion below the thresholds. At x = 0 the
//! published current is zero at every voltage; `minimum_state`, which the papers do not have, is the
//! lower bound of x, and reaching it sets the flag of the bound.
//!
//! Reference: C. Yakopcic, T. M. Taha, G. Subramanyam, R. E. Pino, IEEE TCAD 32, 1201 (2013),
//! doi:10.1109/TCAD.2013.2252057.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

mod drift;
pub mod two_branches;

use self::drift::drift;
pub use self::two_branches::YakopcicTwoBranches;
use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "yakopcic";

parameters! {
    NAME;
    /// Current factor above 0 V, A.
    current_factor_positive, "a_1", "A", None, Positive, "current factor at positive voltage";
    /// Current factor below 0 V, A.
    current_factor_negative, "a_2", "A", None, Positive, "current factor at negative voltage";
    /// Slope of the current, 1/V.
    current_slope, "b", "1/V", None, Positive, "voltage slope of the current";
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
    /// Lower bound of the state, 1.
    minimum_state, "x_min", "1", None, Positive, "lower bound of the state";
}

drift!();

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let own = (self.minimum_state >= 1.0).then_some((
            "minimum_state",
            self.minimum_state,
            "it must be below 1",
        ));
        match self.drift().fault().or(own) {
            None => Ok(()),
            Some((parameter, value, demand)) => {
                Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
            }
        }
    }
}

/// Yakopcic's model with the parameters of one card.
pub type Yakopcic = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] = &[StateVariable {
        name: "on_share",
        unit: "1",
        long_name: "state variable, to which the conductance is proportional",
    }];
    const SPREAD: &'static [&'static str] =
        &["current_factor_positive", "current_factor_negative", "rate_positive", "rate_negative"];
    const SCALE: f64 = 0.1;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            current_factor_positive: self.current_factor_positive * factor(0),
            current_factor_negative: self.current_factor_negative * factor(1),
            rate_positive: self.rate_positive * factor(2),
            rate_negative: self.rate_negative * factor(3),
            ..*self
        }
    }

    fn set_polarity(&self) -> f64 {
        self.direction
    }

    fn bounds(&self) -> (f64, f64) {
        (self.minimum_state, 1.0)
    }

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let factor = if voltage >= 0.0 { self.current_factor_positive } else { self.current_factor_negative };
        cold_point(voltage, surroundings, |v| {
            let lift = self.current_slope * v;
            (factor * x * lift.sinh(), factor * x * self.current_slope * lift.cosh())
        })
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        self.drift().velocity(x, point.voltage)
    }

    fn drive_margin(&self, _x: f64, point: &OperatingPoint, positive: bool) -> f64 {
        self.drift().margin(point.voltage, positive)
    }
}
