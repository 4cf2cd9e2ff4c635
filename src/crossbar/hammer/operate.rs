//! Voltages, currents and temperatures of the array at one instant, its slow states held.
//!
//! The circuit gives voltages; under them the fast variables of each cell (temperature, contact) come to rest
//! within [`SETTLING`] seconds or half the section, the slow one is put back; their heat warms the others, and
//! that changes their currents. The circle is repeated until neither voltages nor temperatures move.
//!
//! Pinned by: `tests/crossbar_hammer.rs` (warmth of the neighbours, state at the end of a pulse, flags).

use device_models::Surroundings;
use rayon::prelude::*;

use super::{Hammer, Heat};
use crate::crossbar::cells::DeviceCells;
use crate::crossbar::{Bias, CrossbarError, Solution};

/// Time in which the fast variables of a cell come to rest, s.
const SETTLING: f64 = 0.5e-9;
/// Voltages move by less than this share of the largest applied one.
const VOLTAGE_TOLERANCE: f64 = 1e-5;
/// Local temperatures move by less than this, K: some ten times what the error of the models' own integration makes.
const TEMPERATURE_TOLERANCE: f64 = 0.02;
/// More rounds than any array needs.
const MOST_ROUNDS: usize = 200;

/// The array at one instant.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Operation {
    /// Voltage of each cell and what limits it, V.
    pub voltages: Vec<f64>,
    /// Its current, A.
    pub currents: Vec<f64>,
    /// Temperature of its filament, K.
    pub temperatures: Vec<f64>,
    /// Rise of its ambient temperature that others cause, K: of a section the mean, of an instant the one then.
    pub rises: Vec<f64>,
    /// Heat that warms others, W.
    pub heat: Vec<f64>,
    /// Rounds until it agreed with itself.
    pub rounds: usize,
    /// The circuit, to start from.
    solution: Option<Solution>,
}

impl Hammer<'_> {
    /// What surrounds cell `k` when others warm it by `rise`.
    pub(super) fn around(&self, rise: f64) -> Surroundings {
        let surroundings = self.setup.surroundings;
        Surroundings { ambient_temperature: surroundings.ambient_temperature + rise, ..surroundings }
    }

    /// The array under a bias at this very instant; nothing moves.
    pub(super) fn glance(&mut self, bias: &Bias, start: &Operation) -> Result<Operation, CrossbarError> {
        let kept = (self.states.clone(), self.flags.clone(), self.crosstalk.clone());
        let now = self.operate(bias, 0.0, Some(start));
        (self.states, self.flags, self.crosstalk) = kept;
        now
    }

    /// The array under a bias during a section of so many seconds, zero for an instant; the thermal network is
    /// left at its end.
    pub(super) fn operate(
        &mut self,
        bias: &Bias,
        duration: f64,
        start: Option<&Operation>,
    ) -> Result<Operation, CrossbarError> {
        let before = self.rises();
        let mut now = Operation { rises: before.clone(), ..start.cloned().unwrap_or_default() };
        if now.voltages.is_empty() {
            now.voltages = ideal(bias, self.setup.array.columns);
        }
        let largest = ideal(bias, self.setup.array.columns).iter().fold(0.0_f64, |m, v| m.max(v.abs()));
        let longest = if duration > 0.0 { 0.5 * duration } else { SETTLING };
        let mut worst = f64::NAN;
        for round in 1..=MOST_ROUNDS {
            self.settle(&now, longest)?;
            let mut next = self.circuit(bias, &now)?;
            next.rounds = round;
            let mut after = self.crosstalk.clone();
            if let Some(crosstalk) = &mut after {
                crosstalk.pass(&next.heat, duration)?;
                next.rises = self.mean(&before, &crosstalk.rises());
            }
            let moved =
                |a: &[f64], b: &[f64]| a.iter().zip(b).fold(0.0_f64, |m, (a, b)| m.max((a - b).abs()));
            let (volts, kelvins) = (moved(&next.voltages, &now.voltages), moved(&next.rises, &now.rises));
            now = next;
            if volts <= VOLTAGE_TOLERANCE * largest && kelvins <= TEMPERATURE_TOLERANCE {
                self.crosstalk = after;
                return Ok(now);
            }
            worst = (volts / largest).max(kelvins / self.setup.surroundings.ambient_temperature);
        }
        Err(CrossbarError::NotConverged {
            method: "the operating point of the warmed array",
            reached: worst,
            wanted: VOLTAGE_TOLERANCE,
            iterations: MOST_ROUNDS,
        })
    }

    /// Lets the fast variables come to rest under the voltages, the slow ones held. Voltages on the way to agreement
    /// are none that a cell has met: they leave no flags.
    fn settle(&mut self, now: &Operation, longest: f64) -> Result<(), CrossbarError> {
        let held: Vec<f64> = self.states.iter().step_by(self.variables).copied().collect();
        let flags = self.flags.clone();
        self.stay(&now.voltages, &now.rises, SETTLING.min(longest))?;
        self.flags = flags;
        self.states.iter_mut().step_by(self.variables).zip(held).for_each(|(slow, held)| *slow = held);
        Ok(())
    }

    /// The circuit with the cells as they are.
    fn circuit(&mut self, bias: &Bias, now: &Operation) -> Result<Operation, CrossbarError> {
        let surroundings: Vec<Surroundings> = now.rises.iter().map(|rise| self.around(*rise)).collect();
        let setup = self.setup;
        let cells = DeviceCells {
            model: setup.model,
            spreads: &setup.spreads,
            states: &self.states,
            surroundings: &surroundings,
        };
        let solution = self.newton.solve(&cells, bias, now.solution.as_ref())?;
        let voltages = solution.cell_voltages();
        let points = (0..voltages.len()).into_par_iter().map(|k| {
            let state = &self.states[k * self.variables..(k + 1) * self.variables];
            setup
                .model
                .operating_point(setup.spread(k), state, voltages[k], &surroundings[k])
                .map_err(|source| setup.fault(k, source))
        });
        // In their order: which error is returned must not depend on the threads.
        let points = points.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, CrossbarError>>()?;
        let heat = points.iter().zip(&surroundings).map(|(point, around)| match setup.thermal {
            Some((_, Heat::Filament(resistance))) => {
                (point.temperature - around.ambient_temperature) / resistance
            }
            Some((_, Heat::Cell)) => point.voltage * point.current,
            None => 0.0,
        });
        Ok(Operation {
            heat: heat.collect(),
            temperatures: points.iter().map(|p| p.temperature).collect(),
            voltages,
            currents: solution.cell_currents.clone(),
            rises: now.rises.clone(),
            rounds: 0,
            solution: Some(solution),
        })
    }
}

/// Cell voltages without wires.
fn ideal(bias: &Bias, columns: usize) -> Vec<f64> {
    (0..bias.word_lines.len() * columns)
        .map(|k| bias.word_lines[k / columns] - bias.bit_lines[k % columns])
        .collect()
}
