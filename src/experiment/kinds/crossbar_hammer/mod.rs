//! `crossbar_hammer`: one or several cells of an array pulsed again and again, and the bits that flip around them.
//!
//! Written (rows × columns unless said): `/results/{cell_voltage, cell_current, filament_temperature,
//! local_temperature_rise, crosstalk}` at the end of the first pulse, `/results/pulses_to_flip` (NaN = not
//! flipped), `/results/pulses_without_heat` (the same from the cell's own voltage alone),
//! `/results/final_conductance`, `/results/flags`, `/results/is_hammered`; `/results/pulses` with
//! `/results/{flipped_bits, cell_conductance}`; `/results/first_flip`, the pulses until the first flip.

mod thermal;
mod write;

use device_models::card::DeviceCard;
use device_models::variability::draw_spread;
use device_models::{CurrentLimit, Surroundings};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use crate::crossbar::disturb::{self, RestingCell, Stress};
use crate::crossbar::hammer::{Pulses, Setup};
use crate::crossbar::{Array, Bias, CrossbarError, Lines};
use crate::experiment::script::{Folders, Kelvin, Ohm, Ratio, Second, Siemens, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;
use thermal::{HeatFlow, Wires};

/// Most cells of one array.
const MOST_CELLS: usize = 16_384;
/// Most pulses of a train.
const MOST_PULSES: u64 = 1_000_000_000_000;

/// Cells of an array pulsed again and again, and the bits that flip around them.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossbarHammer {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Temperature of the heat sink.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// Number of word lines.
    rows: usize,
    /// Number of bit lines.
    columns: usize,
    /// Cells that are hammered, in turn: word line and bit line of each, counted from 0.
    hammered: Vec<[usize; 2]>,
    /// State of the hammered cells before: a name from the card or a value of the slow state variable.
    #[serde(default = "low_resistance")]
    hammered_state: String,
    /// State of all others.
    #[serde(default = "cell::high_resistance")]
    victim_state: String,
    /// Draw each cell from the card's device-to-device windows.
    #[serde(default)]
    spread: bool,
    /// Resistance of a word line from cell to cell.
    word_line_resistance: Ohm,
    /// Resistance of a bit line from cell to cell.
    bit_line_resistance: Ohm,
    /// Resistance between the driver and the first cell of a word line.
    source_resistance: Ohm,
    /// Resistance between the first cell of a bit line and its terminal.
    sense_resistance: Ohm,
    /// Voltage of a pulse.
    voltage: Volt,
    /// What the other cells see.
    #[serde(default)]
    scheme: Scheme,
    /// Width of a pulse.
    width: Second,
    /// From one pulse to the next; twice the width when left away.
    #[serde(default)]
    period: Option<Second>,
    /// Number of pulses, of all hammered cells together.
    pulses: u64,
    /// Heat that spreads between cells; every cell stays by itself when left away.
    #[serde(default)]
    thermal: Option<HeatFlow>,
    /// Conductance above which a bit has flipped; the geometric mean of the two states when left away.
    #[serde(default)]
    flip_conductance: Option<Siemens>,
    /// Voltage at which cells are read, instead of the card's.
    #[serde(default)]
    read_voltage: Option<Volt>,
    /// Largest relative change of any cell's conductance between two solutions of the circuit; 0 computes every pulse.
    #[serde(default = "five_per_cent")]
    tolerance: Ratio,
    /// Ends the train after so many flips of cells that are not hammered.
    #[serde(default)]
    stop_after: Option<usize>,
}

/// How the unselected lines are biased.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
enum Scheme {
    /// Half of the voltage on the lines of the selected cell, nothing elsewhere.
    #[default]
    #[serde(rename = "V/2", alias = "half")]
    Half,
    /// A third of the voltage on all other cells.
    #[serde(rename = "V/3", alias = "third")]
    Third,
}

fn low_resistance() -> String {
    "lrs".to_owned()
}

fn five_per_cent() -> Ratio {
    Ratio(0.05)
}

impl Kind for CrossbarHammer {
    const NAME: &'static str = "crossbar_hammer";
    const PURPOSE: &'static str = "bits that flip around cells of an array that are pulsed again and again";
}

/// What a run is made of.
struct Parts {
    card: DeviceCard,
    surroundings: Surroundings,
    array: Array,
    biases: Vec<Bias>,
    slow: [f64; 2],
    pulses: Pulses,
    thermal: Option<thermal::Built>,
    read_voltage: f64,
    flip_conductance: f64,
    warnings: Vec<String>,
}

impl CrossbarHammer {
    fn parts(&self, folders: &Folders) -> Result<Parts, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        let surroundings = cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        let array = self.array()?;
        let biases = self.hammered.iter().map(|at| self.bias(*at)).collect::<Result<Vec<_>, _>>()?;
        if biases.is_empty() {
            return Err(FieldError::new(
                "hammered",
                "the list is empty; give at least one cell, such as [2, 2]",
            ));
        }
        for (k, at) in self.hammered.iter().enumerate() {
            if self.hammered[..k].contains(at) {
                let text = format!("[{}, {}] is there twice", at[0], at[1]);
                return Err(FieldError::new(format!("hammered[{k}]"), text));
            }
        }
        let state = |field: &str, text: &str| {
            cell::slow_state(&card, text).map_err(|error| FieldError::new(field, error.message))
        };
        let slow =
            [state("victim_state", &self.victim_state)?, state("hammered_state", &self.hammered_state)?];
        let read_voltage = self.read_voltage.map_or(card.read_voltage, |v| v.0);
        for (field, voltage) in [("read_voltage", read_voltage), ("voltage", self.voltage.0)] {
            if voltage == 0.0 {
                return Err(FieldError::new(field, "is 0 V; give another voltage"));
            }
        }
        let flip_conductance = self.flip(&card, slow, read_voltage, &surroundings)?;
        let pulses = self.train()?;
        let tolerance = self.tolerance.0;
        if !(0.0..=0.5).contains(&tolerance) {
            return Err(FieldError::new("tolerance", format!("must be 0 to 0.5, but is {tolerance}")));
        }
        if self.stop_after == Some(0) {
            return Err(FieldError::new("stop_after", "is 0; give a number of flips, or leave it away"));
        }
        if self.spread {
            if !card.has_spread() {
                let text = format!("card {} gives no device-to-device windows; leave spread away", card.name);
                return Err(FieldError::new("spread", text));
            }
            card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        }
        let segments = [self.word_line_resistance.0, self.bit_line_resistance.0];
        let wires = Wires { rows: self.rows, columns: self.columns, segments };
        let thermal = self.thermal.as_ref().map(|t| t.build(&wires, &surroundings)).transpose()?;
        let mut warnings = cell::array_warnings(&card);
        warnings.extend(thermal.iter().flat_map(|built| built.warnings.clone()));
        let parts = Parts {
            card,
            surroundings,
            array,
            biases,
            slow,
            pulses,
            thermal,
            read_voltage,
            flip_conductance,
            warnings,
        };
        Ok(parts)
    }

    fn array(&self) -> Result<Array, FieldError> {
        for (field, count) in [("rows", self.rows), ("columns", self.columns)] {
            if count == 0 || count > MOST_CELLS {
                return Err(FieldError::new(field, format!("must be 1 to {MOST_CELLS}, but is {count}")));
            }
        }
        if self.rows * self.columns > MOST_CELLS {
            let text = format!("{} × {} cells are more than {MOST_CELLS}", self.rows, self.columns);
            return Err(FieldError::new("rows", text));
        }
        for (field, resistance) in [
            ("word_line_resistance", self.word_line_resistance),
            ("bit_line_resistance", self.bit_line_resistance),
            ("source_resistance", self.source_resistance),
            ("sense_resistance", self.sense_resistance),
        ] {
            cell::not_negative(field, resistance.0, "Ohm")?;
        }
        let mut array =
            Array::uniform(self.rows, self.columns, vec![0.0; self.rows * self.columns], 0.0, 0.0);
        array.word_lines = Lines::uniform(self.rows, self.word_line_resistance.0, self.source_resistance.0);
        array.bit_lines = Lines::uniform(self.columns, self.bit_line_resistance.0, self.sense_resistance.0);
        Ok(array)
    }

    fn bias(&self, [row, column]: [usize; 2]) -> Result<Bias, FieldError> {
        if row >= self.rows || column >= self.columns {
            let text = format!(
                "[{row}, {column}] is no cell of {} × {}; word and bit lines are counted from 0",
                self.rows, self.columns
            );
            return Err(FieldError::new("hammered", text));
        }
        let make = match self.scheme {
            Scheme::Half => Bias::half,
            Scheme::Third => Bias::third,
        };
        Ok(make(self.rows, self.columns, (row, column), self.voltage.0))
    }

    /// The conductance past which a bit has flipped: between those of the two states.
    fn flip(
        &self,
        card: &DeviceCard,
        [victim, hammered]: [f64; 2],
        read_voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<f64, FieldError> {
        let of = |slow| conductance(card, slow, read_voltage, surroundings);
        let (victim, hammered) = (of(victim)?, of(hammered)?);
        let Some(Siemens(flip)) = self.flip_conductance else {
            if victim > 0.0 && hammered > victim {
                return Ok((victim * hammered).sqrt());
            }
            let text = format!(
                "reads {victim:.4e} S, but must read above zero and below hammered_state ({hammered:.4e} S) so that \
                 bits can flip; give other states, or flip_conductance"
            );
            return Err(FieldError::new("victim_state", text));
        };
        let most = card.state("lrs").map_or(Ok(hammered), of)?.max(hammered);
        if flip > victim && flip < most {
            return Ok(flip);
        }
        let text = format!(
            "must be above victim_state ({victim:.4e} S) and below the conductive state ({most:.4e} S), but is {flip:.4e} S"
        );
        Err(FieldError::new("flip_conductance", text))
    }

    fn train(&self) -> Result<Pulses, FieldError> {
        cell::positive("width", self.width.0, "s")?;
        let period = self.period.map_or(2.0 * self.width.0, |p| p.0);
        if period < self.width.0 {
            let text = format!("is {period} s, shorter than the width of {} s", self.width.0);
            return Err(FieldError::new("period", text));
        }
        if self.pulses < self.hammered.len() as u64 || self.pulses > MOST_PULSES {
            let text = format!("must be {} to {MOST_PULSES}, but is {}", self.hammered.len(), self.pulses);
            return Err(FieldError::new("pulses", text));
        }
        Ok(Pulses { width: self.width.0, period, count: self.pulses })
    }

    /// Index of each hammered cell.
    fn hammered(&self) -> Vec<usize> {
        self.hammered.iter().map(|[row, column]| row * self.columns + column).collect()
    }

    /// Cells that are selected or stand on a line of one that is.
    fn stressed(&self) -> Vec<usize> {
        let on_a_line = |k: &usize| {
            self.hammered.iter().any(|[row, column]| k / self.columns == *row || k % self.columns == *column)
        };
        (0..self.rows * self.columns).filter(on_a_line).collect()
    }
}

/// Conductance of a cell in a state at rest.
fn conductance(
    card: &DeviceCard,
    slow: f64,
    read_voltage: f64,
    surroundings: &Surroundings,
) -> Result<f64, FieldError> {
    let state = card.model.rest(slow, surroundings);
    let point = card.model.operating_point(&[], &state, read_voltage, surroundings);
    let point = point.map_err(|error| FieldError::new("read_voltage", error.to_string()))?;
    Ok(point.current / read_voltage)
}

impl Study for CrossbarHammer {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let parts = self.parts(folders)?;
        Ok(Inputs { warnings: parts.warnings, ..cell::inputs(&parts.card) })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let parts = self.parts(context.folders).map_err(fault)?;
        let model = parts.card.model.clone();
        let cells = self.rows * self.columns;
        let hammered = self.hammered();
        let spreads: Vec<Vec<f64>> = (0..cells as u64)
            .map(|k| if self.spread { draw_spread(&parts.card, context.seed, k) } else { Vec::new() })
            .collect();
        let slow: Vec<f64> = (0..cells)
            .map(|k| {
                let (low, high) = model.bounds(&spreads[k]);
                parts.slow[usize::from(hammered.contains(&k))].clamp(low.min(high), high.max(low))
            })
            .collect();
        let setup = Setup {
            model: &*model,
            spreads,
            slow,
            surroundings: parts.surroundings,
            array: parts.array,
            biases: parts.biases,
            pulses: parts.pulses,
            thermal: parts.thermal.map(|built| (built.network, built.heat)),
            sources: self.stressed(),
            hammered: hammered.clone(),
            read_voltage: parts.read_voltage,
            flip_conductance: parts.flip_conductance,
            tolerance: self.tolerance.0,
            stop_after: self.stop_after,
        };
        context.progress.start("pulses", setup.pulses.count);
        let mut before = 0;
        let mut interrupted = Ok(());
        let outcome = setup.run(&mut |now| {
            context.progress.advance(now.pulses - before);
            before = now.pulses;
            interrupted = context.proceed();
            interrupted.is_ok()
        });
        let outcome = match (outcome, &self.thermal) {
            (Err(CrossbarError::NotConverged { reached, .. }), Some(heat)) => {
                let text = format!(
                    "the warmed array finds no operating point (relative error {reached:.1e}); give weaker coupling or \
                     a smaller voltage"
                );
                return Err(fault(FieldError::new(heat.field(), text)));
            }
            (outcome, _) => outcome?,
        };
        interrupted?;
        // The same cells at the same voltages, each at the temperature of the sink.
        let resting = setup.spreads.iter().zip(&setup.slow);
        let resting: Vec<RestingCell> =
            resting.map(|(spread, slow)| RestingCell { spread: spread.clone(), slow: *slow }).collect();
        let stress = Stress {
            width: setup.pulses.width,
            pulses: setup.pulses.count as f64,
            threshold: setup.flip_conductance,
        };
        let cold =
            disturb::of_array(&*model, &resting, &outcome.first.voltages, &setup.surroundings, &stress)
                .map_err(|(k, source)| CrossbarError::Device {
                    row: k / self.columns,
                    column: k % self.columns,
                    source,
                })?;
        let study = write::Study { setup: &setup, outcome: &outcome, hammered: &hammered, cold };
        write::write(record, &study)?;
        Ok(write::summary(&study))
    }
}
