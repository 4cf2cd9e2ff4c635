//! The current: a mixture of two measured I-V polynomials.

use super::parameters::Parameters;
use crate::error::DeviceError;

/// Share of its slope at 0 V below which the high bracket's polynomial is left.
const LEAST_SLOPE: f64 = 0.1;

/// Σ c_k U^k, k from 1, its two ends continued by straight lines.
#[derive(Debug, Clone, PartialEq)]
struct Bracket {
    factors: Vec<f64>,
    low: f64,
    high: f64,
}

impl Bracket {
    /// Current and slope of the polynomial itself.
    fn polynomial(&self, u: f64) -> (f64, f64) {
        let (mut value, mut slope) = (0.0, 0.0);
        for factor in self.factors.iter().rev() {
            slope = slope * u + value;
            value = value * u + factor;
        }
        (value * u, slope * u + value)
    }

    fn at(&self, u: f64) -> (f64, f64) {
        let inside = u.clamp(self.low, self.high);
        let (value, slope) = self.polynomial(inside);
        (value + slope * (u - inside), slope)
    }
}

/// I(U) = I_H(U) + (G − G_H)/(G_L − G_H) (I_L(U) − I_H(U)), so that the cell has the conductance G at
/// the reference voltage.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Mixture {
    low: Bracket,
    high: Bracket,
    /// Conductances of the brackets at the reference voltage.
    conductance: (f64, f64),
}

impl Mixture {
    pub(crate) fn new(p: &Parameters) -> Result<Self, DeviceError> {
        let open = |factors: &[f64]| Bracket {
            factors: factors.to_vec(),
            low: -2.0 * p.voltage_range,
            high: 2.0 * p.voltage_range,
        };
        let low = open(&p.low_current);
        let mut high = open(&p.high_current);
        let first = p.high_current.first().copied().unwrap_or(0.0);
        // The measured curve saturates; where the fit turns flat it is continued straight.
        let turns = |sign: f64| {
            let step = 1e-3 * p.voltage_range;
            let mut u = 0.0;
            while u < 2.0 * p.voltage_range && high.polynomial(sign * (u + step)).1 > LEAST_SLOPE * first {
                u += step;
            }
            sign * u
        };
        (high.low, high.high) = (turns(-1.0), turns(1.0));
        let at = |bracket: &Bracket| bracket.at(p.reference_voltage).0 / p.reference_voltage;
        let conductance = (at(&low), at(&high));
        if conductance.1 > conductance.0 && first > 0.0 {
            Ok(Self { low, high, conductance })
        } else {
            Err(DeviceError::InvalidParameter {
                model: super::NAME,
                parameter: "high_current",
                value: conductance.1,
                demand: "it must conduct more than low_current at the reference voltage",
            })
        }
    }

    /// Current and slope at a voltage of the cell.
    pub(crate) fn at(&self, conductance: f64, u: f64) -> (f64, f64) {
        let ((i_low, s_low), (i_high, s_high)) = (self.low.at(u), self.high.at(u));
        let share = (conductance - self.conductance.0) / (self.conductance.1 - self.conductance.0);
        (i_low + share * (i_high - i_low), s_low + share * (s_high - s_low))
    }

    /// The conductance of a cell that carries `current` at voltage `u`, which is not 0.
    pub(crate) fn conductance(&self, current: f64, u: f64) -> f64 {
        let (i_low, i_high) = (self.low.at(u).0, self.high.at(u).0);
        let share = (current - i_low) / (i_high - i_low);
        self.conductance.0 + share * (self.conductance.1 - self.conductance.0)
    }
}
