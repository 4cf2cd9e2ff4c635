//! A threshold selector in series with an ohmic cell, smooth and without memory.
//!
//! The selector's conductance rises with its own voltage, G_s(v) = G_off + (G_on − G_off)/[1 + exp((V_th − |v|)/w)]:
//! I = G_s(v) v rises throughout, so the array stays well posed. The node between selector and cell is found by a
//! safeguarded Newton iteration.
//!
//! | symbol | meaning | common value |
//! |---|---|---|
//! | G_off, G_on | conductance far below and above the threshold, S | 1e-9, 1e-3 |
//! | V_th | threshold, V | |
//! | w | width of the transition, V | 0.05 |
//!
//! Validity: the steady characteristic at rising voltage. Left out: snapback – a hold voltage below the threshold
//! makes the current two-valued –, delay of turning on, drift of the threshold.
//! Pinned by: the tests below.

use numerics::roots::newton_rising;

use super::{CellLaws, of_row};
use crate::crossbar::error::CrossbarError;

/// Ohmic cells behind smooth threshold selectors.
#[derive(Debug, Clone, PartialEq)]
pub struct Threshold {
    /// Conductance of every cell, S, row after row.
    pub conductances: Vec<f64>,
    /// Selector conductance far below the threshold, S.
    pub off: f64,
    /// Selector conductance far above it, S.
    pub on: f64,
    /// Threshold of the selector's own voltage, V.
    pub threshold: f64,
    /// Width of the transition, V.
    pub width: f64,
}

impl Threshold {
    /// The current must rise with the voltage.
    fn check(&self) -> Result<(), CrossbarError> {
        for (field, value, allowed, expected) in [
            ("the selector's conductance below its threshold", self.off, self.off >= 0.0, "at least 0 S"),
            (
                "the selector's conductance above its threshold",
                self.on,
                self.on >= self.off,
                "at least the one below it",
            ),
            ("the width of the selector's transition", self.width, self.width > 0.0, "above 0 V"),
        ] {
            if !(allowed && value.is_finite()) {
                return Err(CrossbarError::Value { field: field.to_owned(), value, expected });
            }
        }
        Ok(())
    }

    /// Selector current and slope at its voltage ≥ 0.
    fn selector(&self, v: f64) -> (f64, f64) {
        let share = 1.0 / (1.0 + ((self.threshold - v) / self.width).exp());
        let conductance = self.off + (self.on - self.off) * share;
        (conductance * v, conductance + v * (self.on - self.off) * share * (1.0 - share) / self.width)
    }
}

impl CellLaws for Threshold {
    fn evaluate(
        &self,
        row: usize,
        voltages: &[f64],
        currents: &mut [f64],
        slopes: &mut [f64],
    ) -> Result<(), CrossbarError> {
        self.check()?;
        let conductances = of_row(&self.conductances, row, voltages)?;
        for (k, (&g, &v)) in conductances.iter().zip(voltages).enumerate() {
            if g <= 0.0 {
                (currents[k], slopes[k]) = (0.0, 0.0);
                continue;
            }
            let applied = v.abs();
            let excess = |x: f64| {
                let (current, slope) = self.selector(x);
                (current / g + x - applied, 1.0 + slope / g)
            };
            let own = newton_rising(excess, 0.0, applied, applied, 1e-12 * applied).unwrap_or(f64::NAN);
            let (current, slope) = self.selector(own);
            (currents[k], slopes[k]) = (current.copysign(v), slope * g / (slope + g));
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::crossbar::cells::tests::check_slopes;

    #[test]
    fn blocks_below_the_threshold_and_lets_through_above() {
        let n = 4;
        let laws =
            Threshold { conductances: vec![1e-4; n], off: 1e-9, on: 1e-3, threshold: 0.8, width: 0.05 };
        let voltages = [0.4, 0.7, 1.5, -1.5];
        check_slopes(&laws, &voltages);
        let (mut currents, mut slopes) = ([0.0; 4], [0.0; 4]);
        laws.evaluate(0, &voltages, &mut currents, &mut slopes).unwrap();
        // 0.4 V: 1e-3 exp(−8) S; 1.5 V: the selector holds about its threshold, the cell takes the rest.
        assert!(currents[0] < 2e-7 && (5e-5..9e-5).contains(&currents[2]), "{currents:?}");
        assert!((currents[2] + currents[3]).abs() < 1e-18);
    }

    #[test]
    fn a_selector_that_turns_off_or_has_no_width_is_refused() {
        let good = Threshold { conductances: vec![1e-4], off: 1e-9, on: 1e-3, threshold: 0.8, width: 0.05 };
        for (bad, said) in [
            (Threshold { on: 1e-10, ..good.clone() }, "at least the one below it"),
            (Threshold { off: -1e-9, ..good.clone() }, "at least 0 S"),
            (Threshold { width: 0.0, ..good.clone() }, "above 0 V"),
            (Threshold { width: f64::NAN, ..good.clone() }, "above 0 V"),
        ] {
            let error = bad.evaluate(0, &[0.5], &mut [0.0], &mut [0.0]).unwrap_err();
            assert!(error.to_string().contains(said), "{error}");
        }
    }
}
