//! What a cell of an array does at a voltage: [`CellLaws`] and the laws there are.
//!
//! * [`Linear`], [`Sinh`] – ohmic cells; I = G V₀ sinh(V/V₀).
//! * [`Series`] – a selector I = I₀ sinh(V/V₀) in series with either (1S1R).
//! * [`Threshold`] – a selector whose conductance rises steeply at a threshold, smooth and without memory.
//! * [`DeviceCells`] – any device model behind its current limit (1R, 1T1R).
//!
//! Currents must not fall with the voltage: [`solve_nonlinear`](super::newton::solve_nonlinear) relies on it.

mod device;
mod series;
mod sinh;
mod threshold;

pub use device::DeviceCells;
pub(crate) use device::conducts;
pub use series::{Series, SeriesCells, SinhSelector};
pub use sinh::Sinh;
pub use threshold::Threshold;

use super::error::CrossbarError;

/// Currents and slopes of the cells of an array, their states held.
pub trait CellLaws: Sync {
    /// Currents (A) and slopes dI/dV (S) of the cells of word line `row` at the given cell voltages (V).
    ///
    /// # Errors
    /// When there are too few cells, or one has no current at its voltage.
    fn evaluate(
        &self,
        row: usize,
        voltages: &[f64],
        currents: &mut [f64],
        slopes: &mut [f64],
    ) -> Result<(), CrossbarError>;

    /// An evaluation takes long enough to be shared among threads.
    fn costly(&self) -> bool {
        false
    }
}

/// Ohmic cells of these conductances, S, row after row.
#[derive(Debug, Clone, PartialEq)]
pub struct Linear(pub Vec<f64>);

impl CellLaws for Linear {
    fn evaluate(
        &self,
        row: usize,
        voltages: &[f64],
        currents: &mut [f64],
        slopes: &mut [f64],
    ) -> Result<(), CrossbarError> {
        let conductances = of_row(&self.0, row, voltages)?;
        slopes.copy_from_slice(conductances);
        for ((current, g), v) in currents.iter_mut().zip(conductances).zip(voltages) {
            *current = g * v;
        }
        Ok(())
    }
}

/// The values of one row of the array.
fn of_row<'a, T>(all: &'a [T], row: usize, voltages: &[f64]) -> Result<&'a [T], CrossbarError> {
    let end = (row + 1) * voltages.len();
    all.get(end - voltages.len()..end).ok_or(CrossbarError::Shape {
        field: "the list of conductances of the cells' law",
        found: all.len(),
        expected: end,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Slopes against central differences; currents odd and rising.
    pub(super) fn check_slopes(laws: &dyn CellLaws, voltages: &[f64]) {
        let n = voltages.len();
        let at = |shift: f64| {
            let v: Vec<f64> = voltages.iter().map(|v| v + shift * v.abs()).collect();
            let (mut currents, mut slopes) = (vec![0.0; n], vec![0.0; n]);
            laws.evaluate(0, &v, &mut currents, &mut slopes).unwrap();
            (v, currents, slopes)
        };
        let (a, m, b) = (at(-1e-5), at(0.0), at(1e-5));
        for (k, v) in voltages.iter().enumerate() {
            let slope = (b.1[k] - a.1[k]) / (b.0[k] - a.0[k]);
            assert!((m.2[k] / slope - 1.0).abs() < 1e-5, "at {v} V: {} against {slope}", m.2[k]);
            assert!(m.1[k] * v > 0.0);
        }
    }

    #[test]
    fn lists_that_are_too_short_are_refused() {
        let linear = Linear(vec![1e-5; 3]);
        let error = linear.evaluate(1, &[0.1; 2], &mut [0.0; 2], &mut [0.0; 2]).unwrap_err();
        assert_eq!(error.to_string(), "the list of conductances of the cells' law has 3 values, expected 4");
    }

    #[test]
    fn ohmic_cells_follow_their_conductance() {
        check_slopes(&Linear(vec![1e-5, 2e-3]), &[0.3, -2.0]);
    }
}
