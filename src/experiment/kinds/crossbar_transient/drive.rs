//! From pulses and a scheme to the potentials of all lines.

use device_models::CurrentLimit;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::cell::{not_negative, positive};
use crate::crossbar::Bias;
use crate::crossbar::transient::Stage;
use crate::experiment::FieldError;
use crate::experiment::script::{Second, Volt};

/// One pulse.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pulse {
    /// Voltage across the selected cells and their lines, word line minus bit line.
    pub(super) voltage: Volt,
    /// Time at full voltage.
    pub(super) width: Second,
    /// Duration of each edge; the lines jump where it is 0.
    #[serde(default = "no_time")]
    edge: Second,
    /// Time without voltage afterwards.
    #[serde(default = "no_time")]
    rest: Second,
}

fn no_time() -> Second {
    Second(0.0)
}

/// What the lines that are not selected are at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Scheme {
    /// Half of the voltage: the other cells of selected lines see half of it, all others nothing.
    #[default]
    #[serde(alias = "V/2")]
    Half,
    /// Word lines a third, bit lines two thirds: every other cell sees a third, of either sign.
    #[serde(alias = "V/3")]
    Third,
    /// 0 V, and the selected bit lines carry the voltage: all cells of these see it; for 1T1R, whose gates
    /// choose the row.
    #[serde(alias = "grounded")]
    Ground,
}

/// Which cells the pulses are for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// The selected one.
    #[default]
    Cell,
    /// All of the selected word line at once.
    Row,
    /// All, one word line after the other.
    RowByRow,
}

/// Refuses pulses that cannot be.
pub(super) fn check(pulses: &[Pulse]) -> Result<(), FieldError> {
    if pulses.is_empty() {
        return Err(FieldError::new("pulses", "the list is empty; give at least one pulse"));
    }
    for (k, pulse) in pulses.iter().enumerate() {
        positive(&format!("pulses[{k}].width"), pulse.width.0, "s")?;
        not_negative(&format!("pulses[{k}].edge"), pulse.edge.0, "s")?;
        not_negative(&format!("pulses[{k}].rest"), pulse.rest.0, "s")?;
    }
    Ok(())
}

/// All of the drive.
pub(super) struct Plan<'a> {
    pub(super) shape: (usize, usize),
    pub(super) selected: (usize, usize),
    pub(super) scheme: Scheme,
    pub(super) order: Order,
    pub(super) pulses: &'a [Pulse],
    /// The transistor of a row whose gate is on.
    pub(super) gates: Option<CurrentLimit>,
}

impl Plan<'_> {
    /// The stages in their order.
    pub(super) fn stages(&self) -> Vec<Stage> {
        let (rows, _) = self.shape;
        let chosen = match self.order {
            Order::Cell | Order::Row => self.selected.0..self.selected.0 + 1,
            Order::RowByRow => 0..rows,
        };
        chosen.flat_map(|row| self.pulses.iter().flat_map(move |pulse| self.pulse(row, pulse))).collect()
    }

    fn pulse(&self, row: usize, pulse: &Pulse) -> Vec<Stage> {
        let (rest, high) = (self.bias(row, 0.0), self.bias(row, pulse.voltage.0));
        let limits = self.gates.map(|on| {
            let off = match on {
                CurrentLimit::Transistor { transconductance, .. } => {
                    CurrentLimit::Transistor { transconductance, overdrive: 0.0 }
                }
                other => other,
            };
            (0..self.shape.0).map(|i| if i == row { on } else { off }).collect::<Vec<_>>()
        });
        let stages = [
            Stage::ramp(rest.clone(), high.clone(), pulse.edge.0),
            Stage::constant(high.clone(), pulse.width.0),
            Stage::ramp(high, rest.clone(), pulse.edge.0),
            Stage::constant(rest, pulse.rest.0),
        ];
        stages
            .into_iter()
            .filter(|stage| stage.duration > 0.0)
            .map(|stage| Stage { limits: limits.clone(), ..stage })
            .collect()
    }

    /// Potentials with `voltage` across the selected cells of a word line.
    fn bias(&self, row: usize, voltage: f64) -> Bias {
        let (rows, columns) = self.shape;
        let (word, bit, word_on, bit_on) = match self.scheme {
            Scheme::Half => (0.5, 0.5, 1.0, 0.0),
            Scheme::Third => (1.0 / 3.0, 2.0 / 3.0, 1.0, 0.0),
            Scheme::Ground => (0.0, 0.0, 0.0, -1.0),
        };
        let mut bias =
            Bias { word_lines: vec![word * voltage; rows], bit_lines: vec![bit * voltage; columns] };
        bias.word_lines[row] = word_on * voltage;
        for (j, potential) in bias.bit_lines.iter_mut().enumerate() {
            if self.order != Order::Cell || j == self.selected.1 {
                *potential = bit_on * voltage;
            }
        }
        bias
    }
}
