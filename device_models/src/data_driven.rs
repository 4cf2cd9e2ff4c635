//! Data-driven model: the resistance R itself is the state and approaches a limit that depends on the
//! voltage. η = +1 (A_p > 0): **RESET above zero, SET below**; η = −1 (A_p < 0): the reverse.
//!
//! Equations, p for V > 0 and n for V < 0:
//! * I = a (1/R) sinh(bV)
//! * dR/dt = s(V) f(R, V), s = A \[exp(t|V|) − 1\]
//! * V > 0: f = exp(η k_p (r_p − R)) − 1 where η (r_p − R) > 0, else 0
//! * V < 0: f = exp(η k_n (R − r_n)) − 1 where η (R − r_n) > 0, else 0
//! * r = r₀ + r₁ V + r₂ V²
//!
//! At constant voltage, with d = |R − r| and d₀ its first value:
//! 1 − exp(−k d) = \[1 − exp(−k d₀)\] exp(−k|s|t).
//! (The published condition η = −1 reads R < η r; it is meant, and used here, as above.)
//!
//! | symbol | `TiOx` (DUT 2) | unit | here |
//! |---|---|---|---|
//! | a_p, a_n | 0.24, 0.24 | V | `current_factor_positive`, `…_negative` |
//! | b_p, b_n | 2.81, 2.81 | 1/V | `current_slope_positive`, `…_negative` |
//! | A_p, A_n | 743.47, −6.80e4 | Ω/s | `rate_positive`, `…_negative` |
//! | t_p, t_n | 6.51, 0.31 | 1/V | `rate_slope_positive`, `…_negative` |
//! | k_p, k_n | 5.11e-4, 1.17e-3 | 1/Ω | `steepness_positive`, `…_negative` |
//! | r_p | 16.71e3, 0, 0 | Ω/Vⁱ | `limit_positive_0`, `limit_positive_1`, `limit_positive_2` |
//! | r_n | 29.30e3, 23.69e3, 0 | Ω/Vⁱ | `limit_negative_0`, `limit_negative_1`, `limit_negative_2` |
//! | R | 10e3 to 17e3 | Ω | `minimum_resistance`, `maximum_resistance` |
//!
//! Validity: the voltages and resistances of the fit; far from them the exponentials are extrapolated.
//! There is no threshold besides r(V) = R, and no temperature. The bounds are the fitted range,
//! not part of the equations; reaching one sets its flag.
//!
//! Reference: I. Messaris et al., IEEE TCAD 37, 3151 (2018), doi:10.1109/TCAD.2018.2791468.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "data_driven";

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
    /// Rate at positive voltage, Ω/s.
    rate_positive, "A_p", "Ohm/s", None, Any, "rate at positive voltage; positive when the resistance rises there";
    /// Rate at negative voltage, Ω/s.
    rate_negative, "A_n", "Ohm/s", None, Any, "rate at negative voltage; of the other sign";
    /// Slope of the rate above 0 V, 1/V.
    rate_slope_positive, "t_p", "1/V", None, Positive, "voltage slope of the rate at positive voltage";
    /// Slope of the rate below 0 V, 1/V.
    rate_slope_negative, "t_n", "1/V", None, Positive, "voltage slope of the rate at negative voltage";
    /// Steepness of the approach above 0 V, 1/Ω.
    steepness_positive, "k_p", "1/Ohm", None, Positive, "steepness of the approach at positive voltage";
    /// Steepness of the approach below 0 V, 1/Ω.
    steepness_negative, "k_n", "1/Ohm", None, Positive, "steepness of the approach at negative voltage";
    /// Limit above 0 V, constant part, Ω.
    limit_positive_0, "r_p0", "Ohm", None, Any, "resistance approached at positive voltage, constant part";
    /// Limit above 0 V, linear part, Ω/V.
    limit_positive_1, "r_p1", "Ohm/V", None, Any, "resistance approached at positive voltage, linear part";
    /// Limit above 0 V, quadratic part, Ω/V².
    limit_positive_2, "r_p2", "Ohm/V^2", None, Any, "resistance approached at positive voltage, quadratic part";
    /// Limit below 0 V, constant part, Ω.
    limit_negative_0, "r_n0", "Ohm", None, Any, "resistance approached at negative voltage, constant part";
    /// Limit below 0 V, linear part, Ω/V.
    limit_negative_1, "r_n1", "Ohm/V", None, Any, "resistance approached at negative voltage, linear part";
    /// Limit below 0 V, quadratic part, Ω/V².
    limit_negative_2, "r_n2", "Ohm/V^2", None, Any, "resistance approached at negative voltage, quadratic part";
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
        if self.rate_positive * self.rate_negative >= 0.0 {
            return refuse(
                "rate_negative",
                self.rate_negative,
                "its sign must be opposite to rate_positive's",
            );
        }
        if self.maximum_resistance <= self.minimum_resistance {
            return refuse(
                "maximum_resistance",
                self.maximum_resistance,
                "it must exceed minimum_resistance",
            );
        }
        Ok(())
    }

    /// What is left to the limit of this polarity, Ω, positive where the state moves.
    fn distance(&self, resistance: f64, voltage: f64, positive: bool) -> f64 {
        let [r0, r1, r2] = if positive {
            [self.limit_positive_0, self.limit_positive_1, self.limit_positive_2]
        } else {
            [self.limit_negative_0, self.limit_negative_1, self.limit_negative_2]
        };
        let left = r0 + (r1 + r2 * voltage) * voltage - resistance;
        if positive == (self.rate_positive > 0.0) { left } else { -left }
    }
}

/// The part of a [`Law`] that data-driven models share: the state is the resistance, and it approaches a
/// limit at `Parameters::distance`.
macro_rules! resistance_towards_a_limit {
    () => {
        const VARIABLE: &'static [StateVariable] =
            &[StateVariable { name: "resistance", unit: "Ohm", long_name: "resistive state" }];
        const SPREAD: &'static [&'static str] =
            &["rate_positive", "rate_negative", "minimum_resistance", "maximum_resistance"];
        const SCALE: f64 = 1.0;
        // The state follows a moving limit at a distance close to zero.
        const HYSTERESIS: f64 = 1e-3;

        fn with_spread(&self, spread: &[f64]) -> Self {
            let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
            Self {
                rate_positive: self.rate_positive * factor(0),
                rate_negative: self.rate_negative * factor(1),
                minimum_resistance: self.minimum_resistance * factor(2),
                maximum_resistance: self.maximum_resistance * factor(3),
                ..*self
            }
        }

        fn bounds(&self) -> (f64, f64) {
            (self.minimum_resistance, self.maximum_resistance)
        }

        fn coordinate(&self, x: f64) -> f64 {
            10.0 * x / self.maximum_resistance
        }

        fn at_coordinate(&self, coordinate: f64) -> f64 {
            0.1 * coordinate * self.maximum_resistance
        }

        fn coordinate_speed(&self, _x: f64, speed: f64) -> f64 {
            10.0 * speed / self.maximum_resistance
        }

        fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
            let (factor, slope) = if voltage >= 0.0 {
                (self.current_factor_positive, self.current_slope_positive)
            } else {
                (self.current_factor_negative, self.current_slope_negative)
            };
            cold_point(voltage, surroundings, |v| {
                (factor / x * (slope * v).sinh(), factor / x * slope * (slope * v).cosh())
            })
        }

        fn drive_margin(&self, x: f64, point: &OperatingPoint, positive: bool) -> f64 {
            self.coordinate(self.distance(x, point.voltage, positive))
        }
    };
}
pub(crate) use resistance_towards_a_limit;

/// The data-driven model with the parameters of one card.
pub type DataDriven = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    resistance_towards_a_limit!();

    fn set_polarity(&self) -> f64 {
        -self.rate_positive.signum()
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        let (v, positive) = (point.voltage, point.voltage > 0.0);
        let distance = self.distance(x, v, positive);
        if distance <= 0.0 || v == 0.0 {
            return 0.0;
        }
        let (rate, slope, steepness) = if positive {
            (self.rate_positive, self.rate_slope_positive, self.steepness_positive)
        } else {
            (self.rate_negative, self.rate_slope_negative, self.steepness_negative)
        };
        rate * (slope * v.abs()).exp_m1() * (steepness * distance).exp_m1()
    }
}
