//! Any device model as the cell of an array, behind its own current limit (1R, 1T1R).
//!
//! The array sees the chain of cell and limit. With the slope g of the cell at its operating point and the
//! differential resistance r of the limit there, dI/dV = g/(1 + r g); where the current is held at the limit
//! dI/dV = 0. A transistor whose overdrive is not above 0 V conducts nothing: the cell is open.
//!
//! Validity: that of the model and of [`CurrentLimit`] (square law, no sub-threshold current). Models with
//! several currents at one voltage answer on the branch of their state, so that the slope may jump.
//! Pinned by: the tests below and `tests/crossbar_nonlinear.rs`.

use device_models::{CurrentLimit, DeviceModel, Surroundings};

use super::CellLaws;
use crate::crossbar::error::CrossbarError;

/// Cells of one device model at their states.
#[derive(Debug, Clone, Copy)]
pub struct DeviceCells<'a> {
    /// The model.
    pub model: &'a dyn DeviceModel,
    /// Multipliers of every cell, row after row; empty where all are nominal.
    pub spreads: &'a [Vec<f64>],
    /// State of every cell, one after the other, row after row.
    pub states: &'a [f64],
    /// Ambient temperature and current limit of every cell.
    pub surroundings: &'a [Surroundings],
}

/// Whether anything flows through this limit.
pub(crate) fn conducts(limit: &CurrentLimit) -> bool {
    match *limit {
        CurrentLimit::Transistor { overdrive, .. } => overdrive > 0.0,
        CurrentLimit::Ideal(most) => most > 0.0,
        CurrentLimit::None | CurrentLimit::Resistor(_) => true,
    }
}

impl DeviceCells<'_> {
    /// Multipliers of cell `k`.
    fn spread(&self, k: usize) -> &[f64] {
        self.spreads.get(k).map_or(&[], Vec::as_slice)
    }

    /// Current of cell `k` and slope of the chain at the voltage over both.
    fn chain(&self, k: usize, voltage: f64) -> Result<(f64, f64), device_models::DeviceError> {
        let surroundings = &self.surroundings[k];
        if !conducts(&surroundings.limit) {
            return Ok((0.0, 0.0));
        }
        let variables = self.model.state_variables().len();
        let state = &self.states[k * variables..(k + 1) * variables];
        let point = self.model.operating_point(self.spread(k), state, voltage, surroundings)?;
        let slope = if point.limited {
            0.0
        } else {
            let resistance = surroundings.limit.drop(point.current.abs()).1;
            point.differential_conductance / (1.0 + resistance * point.differential_conductance)
        };
        Ok((point.current, slope))
    }
}

impl CellLaws for DeviceCells<'_> {
    fn evaluate(
        &self,
        row: usize,
        voltages: &[f64],
        currents: &mut [f64],
        slopes: &mut [f64],
    ) -> Result<(), CrossbarError> {
        let end = (row + 1) * voltages.len();
        let variables = self.model.state_variables().len();
        let spreads = if self.spreads.is_empty() { end } else { self.spreads.len() };
        for (field, found, expected) in [
            ("the list of states of the cells", self.states.len(), end * variables),
            ("the list of surroundings of the cells", self.surroundings.len(), end),
            ("the list of spreads of the cells", spreads, end),
        ] {
            if found < expected {
                return Err(CrossbarError::Shape { field, found, expected });
            }
        }
        for (column, &v) in voltages.iter().enumerate() {
            (currents[column], slopes[column]) = self
                .chain(row * voltages.len() + column, v)
                .map_err(|source| CrossbarError::Device { row, column, source })?;
        }
        Ok(())
    }

    fn costly(&self) -> bool {
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::collections::BTreeMap;

    use device_models::DeviceCard;

    use super::*;

    #[test]
    fn lists_that_are_too_short_are_refused() {
        let card = DeviceCard::shipped("stanford_pku_v1", &BTreeMap::new()).unwrap();
        let surroundings = [Surroundings { ambient_temperature: 300.0, limit: CurrentLimit::None }; 2];
        let state = card.model.rest(card.model.bounds(&[]).0, &surroundings[0]);
        let cells = DeviceCells {
            model: card.model.as_ref(),
            spreads: &[],
            states: &state,
            surroundings: &surroundings,
        };
        let error = cells.evaluate(0, &[0.1; 2], &mut [0.0; 2], &mut [0.0; 2]).unwrap_err();
        assert!(error.to_string().contains("the list of states of the cells has"), "{error}");
        let states = [state.clone(), state.clone()].concat();
        for short in [
            DeviceCells { states: &states, surroundings: &surroundings[..1], ..cells },
            DeviceCells { states: &states, spreads: &[Vec::new()], ..cells },
        ] {
            let error = short.evaluate(0, &[0.1; 2], &mut [0.0; 2], &mut [0.0; 2]).unwrap_err();
            assert!(error.to_string().contains("has 1 values, expected 2"), "{error}");
        }
    }

    /// Slope of the chain against differences of its current, for every limit, unlimited and limited.
    #[test]
    fn the_slope_of_the_chain_is_the_derivative() {
        let limits = [
            CurrentLimit::None,
            CurrentLimit::Resistor(3e3),
            CurrentLimit::Ideal(5e-5),
            CurrentLimit::Transistor { transconductance: 1e-3, overdrive: 0.4 },
            CurrentLimit::Transistor { transconductance: 1e-3, overdrive: 0.0 },
        ];
        for (card, state) in [("jart_vcm_v1b_kinetics", 0.5), ("stanford_pku_v1", 0.5)] {
            let card = DeviceCard::shipped(card, &BTreeMap::new()).unwrap();
            let (low, high) = card.model.bounds(&[]);
            for limit in limits {
                let surroundings = Surroundings { ambient_temperature: 300.0, limit };
                let state = card.model.rest(low + state * (high - low), &surroundings);
                let cells = DeviceCells {
                    model: card.model.as_ref(),
                    spreads: &[],
                    states: &state,
                    surroundings: &[surroundings],
                };
                for v in [-1.0, -0.35, -0.1, 0.05, 0.1, 0.3, 0.7] {
                    let h = 1e-6;
                    let (a, b) = (cells.chain(0, v - h).unwrap(), cells.chain(0, v + h).unwrap());
                    let slope = cells.chain(0, v).unwrap().1;
                    let difference = (b.0 - a.0) / (2.0 * h);
                    assert!(
                        (slope - difference).abs() <= 2e-4 * difference.abs() + 1e-11,
                        "{limit:?} at {v} V: {slope:.6e} against {difference:.6e}"
                    );
                }
            }
        }
    }
}
