//! Data-driven model in its quadratic form: the resistance approaches a limit set by the voltage at a
//! speed that goes with the square of the distance. **With s_p < 0 SET is above zero**, else below.
//!
//! Equations (R in Ω, V in volts):
//! * I = (a/R) sinh(bV), with one pair of numbers above 0 V and one below
//! * dR/dt = s(V) (R − r(V))², s = A \[exp(|V|/t) − 1\], r = r₀ + r₁ V, while R has not reached r: from
//!   above where s < 0, from below where s > 0
//!
//! At constant voltage the distance d = |R − r| follows 1/d = 1/d₀ + |s| t.
//!
//! | symbol | `TiOx` | unit | here |
//! |---|---|---|---|
//! | a_p, a_n | 0.32046, 0.32046 | V | `current_factor_positive`, `…_negative` |
//! | b_p, b_n | 2.7169, 2.7169 | 1/V | `current_slope_positive`, `…_negative` |
//! | A_p, A_n | 600.10, −34.599 | 1/(Ω s) | `rate_positive`, `…_negative` |
//! | t_p, t_n | −0.0212, −0.0534 | V | `rate_voltage_positive`, `…_negative` |
//! | r_p | 2699.2, −672.93 | Ω, Ω/V | `limit_positive_0`, `limit_positive_1` |
//! | r_n | 649.41, −1474.3 | Ω, Ω/V | `limit_negative_0`, `limit_negative_1` |
//! | R | 1600 to 3000 | Ω | `minimum_resistance`, `maximum_resistance` |
//!
//! With t < 0 the rate saturates at −A: the speed then depends on the voltage through r(V) alone.
//!
//! Validity: the voltages and resistances of the fit. The bounds are the fitted range, not part of the
//! equations; reaching one sets its flag. No temperature.
//!
//! Reference: arXiv:2012.02267 (2020), doi:10.48550/arXiv.2012.02267, as cited by MemTorch's model of 2021.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use crate::data_driven::resistance_towards_a_limit;
use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "data_driven_quadratic";

parameters! {
    NAME;
    /// Current factor above 0 V, V.
    current_factor_positive, "a_p", "V", None, Positive, "current factor at positive voltage";
    /// Current factor below 0 V, V.
    current_factor_negative, "a_n", "V", None, Positive, "current factor at negative voltage";
    /// Slope of the current above 0 V, 1/V.
    current_slope_positive, "b_p", "1/V", None, Positive, "voltage slope of the current at positive voltage";
    /// Slope of the current below 0 V, 1/V.
    current_slope_negative, "b_n", "1/V", None, Positive, "voltage slope of the current at negative voltage";
    /// Rate at positive voltage, 1/(Ω s).
    rate_positive, "A_p", "1/(Ohm s)", None, Any, "rate at positive voltage";
    /// Rate at negative voltage, 1/(Ω s).
    rate_negative, "A_n", "1/(Ohm s)", None, Any, "rate at negative voltage";
    /// Voltage of the rate above 0 V, V.
    rate_voltage_positive, "t_p", "V", None, Any, "voltage scale of the rate at positive voltage; negative where the rate saturates";
    /// Voltage of the rate below 0 V, V.
    rate_voltage_negative, "t_n", "V", None, Any, "voltage scale of the rate at negative voltage; negative where the rate saturates";
    /// Limit above 0 V, constant part, Ω.
    limit_positive_0, "r_p0", "Ohm", None, Any, "resistance approached at positive voltage, constant part";
    /// Limit above 0 V, linear part, Ω/V.
    limit_positive_1, "r_p1", "Ohm/V", None, Any, "resistance approached at positive voltage, linear part";
    /// Limit below 0 V, constant part, Ω.
    limit_negative_0, "r_n0", "Ohm", None, Any, "resistance approached at negative voltage, constant part";
    /// Limit below 0 V, linear part, Ω/V.
    limit_negative_1, "r_n1", "Ohm/V", None, Any, "resistance approached at negative voltage, linear part";
    /// Smallest resistance, Ω.
    minimum_resistance, "R_min", "Ohm", None, Positive, "lower end of the fitted range";
    /// Largest resistance, Ω.
    maximum_resistance, "R_max", "Ohm", None, Positive, "upper end of the fitted range";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let refuse = |parameter, value, demand| {
            Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
        };
        for (name, value) in [
            ("rate_voltage_positive", self.rate_voltage_positive),
            ("rate_voltage_negative", self.rate_voltage_negative),
        ] {
            if value == 0.0 {
                return refuse(name, value, "it must not be 0");
            }
        }
        if self.sign(true) * self.sign(false) >= 0.0 {
            let demand = "the resistance must rise at one polarity and fall at the other";
            return refuse("rate_negative", self.rate_negative, demand);
        }
        if self.maximum_resistance <= self.minimum_resistance {
            let demand = "it must exceed minimum_resistance";
            return refuse("maximum_resistance", self.maximum_resistance, demand);
        }
        Ok(())
    }

    /// Sign of s at a polarity.
    fn sign(&self, positive: bool) -> f64 {
        if positive {
            self.rate_positive.signum() * self.rate_voltage_positive.signum()
        } else {
            self.rate_negative.signum() * self.rate_voltage_negative.signum()
        }
    }

    /// What is left to the limit of this polarity, Ω, positive where the state moves.
    fn distance(&self, resistance: f64, voltage: f64, positive: bool) -> f64 {
        let limit = if positive {
            self.limit_positive_0 + self.limit_positive_1 * voltage
        } else {
            self.limit_negative_0 + self.limit_negative_1 * voltage
        };
        (limit - resistance) * self.sign(positive)
    }
}

/// The quadratic data-driven model with the parameters of one card.
pub type DataDrivenQuadratic = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    resistance_towards_a_limit!();

    fn set_polarity(&self) -> f64 {
        -self.sign(true)
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        let (v, positive) = (point.voltage, point.voltage > 0.0);
        let distance = self.distance(x, v, positive);
        if distance <= 0.0 || v == 0.0 {
            return 0.0;
        }
        let (rate, scale) = if positive {
            (self.rate_positive, self.rate_voltage_positive)
        } else {
            (self.rate_negative, self.rate_voltage_negative)
        };
        rate * (v.abs() / scale).exp_m1() * distance * distance
    }
}
