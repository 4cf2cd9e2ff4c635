//! Cells whose current is a hyperbolic sine of the voltage.
//!
//! I = G V₀ sinh(V/V₀), dI/dV = G cosh(V/V₀).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | G | conductance at 0 V | S |
//! | V₀ | voltage of the curvature | V |
//!
//! Validity: a common form for tunnelling and hopping at low field (J. J. Yang et al., Nature Nanotech. 3,
//! 429 (2008), doi:10.1038/nnano.2008.160); G and V₀ are fits. Beyond |V| = 708 V₀ the current is held.
//! Pinned by: `tests/crossbar_nonlinear.rs` (reference circuit), and the derivative below.

use numerics::hyperbolic::sinh_cosh;
use pulp::Arch;

use super::{CellLaws, of_row};
use crate::crossbar::error::CrossbarError;

/// Cells with I = G V₀ sinh(V/V₀).
#[derive(Debug, Clone, PartialEq)]
pub struct Sinh {
    /// Conductance of every cell at 0 V, S, row after row.
    pub conductances: Vec<f64>,
    /// V₀ of all cells, V.
    pub v0: f64,
}

impl CellLaws for Sinh {
    fn evaluate(
        &self,
        row: usize,
        voltages: &[f64],
        currents: &mut [f64],
        slopes: &mut [f64],
    ) -> Result<(), CrossbarError> {
        let conductances = of_row(&self.conductances, row, voltages)?;
        Arch::new().dispatch(|| kernel(self.v0, conductances, voltages, currents, slopes));
        Ok(())
    }
}

#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "must be inlined into the caller compiled for the processor at hand"
)]
fn kernel(v0: f64, conductances: &[f64], voltages: &[f64], currents: &mut [f64], slopes: &mut [f64]) {
    let inverse = 1.0 / v0;
    for (((g, v), current), slope) in conductances.iter().zip(voltages).zip(currents).zip(slopes) {
        let (s, c) = sinh_cosh(v * inverse);
        *current = g * v0 * s;
        *slope = g * c;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crossbar::cells::tests::check_slopes;

    #[test]
    fn the_slope_is_the_derivative() {
        let law = Sinh { conductances: vec![1e-5; 3], v0: 0.1 };
        check_slopes(&law, &[-0.9, 1e-6, 0.4]);
    }
}
