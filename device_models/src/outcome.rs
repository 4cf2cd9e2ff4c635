//! What a verified write leaves behind: the deviation from the target, as a polynomial.
//!
//! Equation: σ(G) = (G_max/G_ref) · Σ c_k (G/G_max)^k. The polynomial was measured at the largest conductance
//! G_ref; cells that are used up to another one, G_max, have the same deviation over it at the same
//! share of it.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | G_ref | S | [`Outcome::reference`] |
//! | c_k | S | [`Outcome::coefficients`] |
//! | G_max | S | `maximum_conductance` of the card |
//!
//! Validity: 0 ≤ G ≤ G_max; a polynomial below zero counts as zero.
//! References: in the cards.
//! Pinned by: the tests below.

use serde::Deserialize;

use crate::error::CardError;
use crate::units;

/// A card's `outcome` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Outcome {
    /// Largest conductance of the measurement, S.
    pub reference: f64,
    /// Coefficients of the powers of G/G_max, S.
    pub coefficients: Vec<f64>,
}

impl Outcome {
    /// Standard deviation of what is left, S, for a target, S, of cells used up to `highest`, S.
    pub fn deviation(&self, target: f32, highest: f32) -> f32 {
        let (share, scale) = (f64::from(target / highest), f64::from(highest) / self.reference);
        let sum = self.coefficients.iter().rev().fold(0.0, |sum, c| sum * share + c);
        (scale * sum).max(0.0) as f32
    }
}

/// The block as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOutcome {
    #[serde(rename = "source")]
    _source: String,
    reference_conductance: String,
    deviation: String,
}

impl RawOutcome {
    pub(crate) fn read(&self, origin: &str) -> Result<Outcome, CardError> {
        let fault = |field: &str, message: String| CardError::Field {
            origin: origin.to_owned(),
            field: format!("outcome.{field}"),
            message,
        };
        let reference = units::parse(&self.reference_conductance, "S")
            .map_err(|error| fault("reference_conductance", error.to_string()))?;
        if reference <= 0.0 {
            let text = format!("is {}, but must be positive", self.reference_conductance);
            return Err(fault("reference_conductance", text));
        }
        let coefficients =
            units::parse_list(&self.deviation, "S").map_err(|error| fault("deviation", error.to_string()))?;
        Ok(Outcome { reference, coefficients })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deviation_scales_with_the_largest_conductance() {
        // W. Wan et al. as aihwkit fits it: 2.02 uS at half of 40 uS; at half of 25 uS the same share.
        let coefficients = [0.348, 16.030, -43.853, 45.393, -16.815].map(|c: f64| c * 1e-6).to_vec();
        let outcome = Outcome { reference: 40e-6, coefficients };
        let at_40 = outcome.deviation(20e-6, 40e-6);
        assert!((at_40 - 2.02e-6).abs() < 0.01e-6, "{at_40}");
        assert!((outcome.deviation(12.5e-6, 25e-6) / 25e-6 - at_40 / 40e-6).abs() < 1e-6);
    }
}
