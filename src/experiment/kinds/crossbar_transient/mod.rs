//! `crossbar_transient`: pulses on the lines of an array whose cells evolve.
//!
//! Written: `/traces/array/{time, applied_voltage, word_line_current, bit_line_current, sneak_current}` and, of
//! the watched cells, `{crossing_voltage, current, temperature, state_*}`; `/results/{state, conductance}_{before, after}`,
//! `/results/{largest_voltage, energy_map, flags}` (rows × columns), `/results/{watched, watched_row, watched_column}`,
//! and what it took (`/results/{steps, rejected_steps, motions, postponed_motions, selector_switches}`).

mod cells;
mod drive;
mod outcome;
mod watch;

use device_models::card::DeviceCard;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides, positive};
use crate::crossbar::transient::{ArrayTransient, TransientOptions};
use crate::crossbar::{Array, Lines};
use crate::experiment::script::{Folders, Kelvin, Ohm, Ratio, Second, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;
use cells::{InSeries, Pattern};
use drive::{Order, Plan, Pulse, Scheme};
use outcome::Outcome;
use watch::Watch;

/// Most cells of an array.
const MOST_CELLS: usize = 1 << 20;

/// Pulses on the lines of an array whose cells evolve.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CrossbarTransient {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Number of word lines.
    rows: usize,
    /// Number of bit lines.
    columns: usize,
    /// Resistance of a word line between neighbouring cells.
    word_line_resistance: Ohm,
    /// Resistance of a bit line between neighbouring cells.
    bit_line_resistance: Ohm,
    /// Resistance of the drivers at the left ends of the word lines.
    source_resistance: Ohm,
    /// Resistance of the sense amplifiers at the bottom ends of the bit lines.
    sense_resistance: Ohm,
    /// What is in series with each cell; nothing where left away.
    #[serde(default)]
    in_series: InSeries,
    /// States before.
    #[serde(default)]
    pattern: Pattern,
    /// Draw each cell from the card's device-to-device windows.
    #[serde(default)]
    spread: bool,
    /// Temperature around the array.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// What the lines that are not selected are at.
    #[serde(default)]
    scheme: Scheme,
    /// Word line and bit line of the selected cell; it is the first of the watched ones.
    selected: [usize; 2],
    /// Which cells the pulses are for.
    #[serde(default)]
    order: Order,
    /// The pulses, one after the other; with `row_by_row` all of them for each row in turn.
    pulses: Vec<Pulse>,
    /// Largest difference between the voltage that moves a cell and that of the circuit.
    #[serde(default = "millivolt")]
    voltage_tolerance: Volt,
    /// Largest relative change of the current of a cell that is not moved in a step.
    #[serde(default = "thousandth")]
    current_tolerance: Ratio,
    /// Longest step; a fiftieth of the longest pulse where left away.
    #[serde(default)]
    longest_step: Option<Second>,
}

fn millivolt() -> Volt {
    Volt(1e-3)
}

fn thousandth() -> Ratio {
    Ratio(1e-3)
}

impl Kind for CrossbarTransient {
    const NAME: &'static str = "crossbar_transient";
    const PURPOSE: &'static str = "pulses on the lines of an array whose cells evolve";
}

impl CrossbarTransient {
    fn array(&self) -> Array {
        let mut array = Array::uniform(self.rows, self.columns, Vec::new(), 0.0, 0.0);
        array.word_lines = Lines::uniform(self.rows, self.word_line_resistance.0, self.source_resistance.0);
        array.bit_lines = Lines::uniform(self.columns, self.bit_line_resistance.0, self.sense_resistance.0);
        array
    }

    fn options(&self) -> TransientOptions {
        let longest = self.pulses.iter().map(|pulse| pulse.width.0).fold(0.0, f64::max);
        TransientOptions {
            voltage_tolerance: self.voltage_tolerance.0,
            current_tolerance: self.current_tolerance.0,
            longest_step: self.longest_step.map_or(0.02 * longest, |step| step.0),
            ..TransientOptions::default()
        }
    }

    /// Checks the fields; gives the card.
    fn checked(&self, folders: &Folders) -> Result<DeviceCard, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        for (field, count) in [("rows", self.rows), ("columns", self.columns)] {
            if count == 0 || count > MOST_CELLS {
                let text = format!("must be 1 to {MOST_CELLS}, but is {count}");
                return Err(FieldError::new(field, text));
            }
        }
        if self.rows * self.columns > MOST_CELLS {
            let text = format!("an array may have at most {MOST_CELLS} cells; make it smaller");
            return Err(FieldError::new("rows", text));
        }
        for (field, Ohm(value)) in [
            ("word_line_resistance", self.word_line_resistance),
            ("bit_line_resistance", self.bit_line_resistance),
            ("source_resistance", self.source_resistance),
            ("sense_resistance", self.sense_resistance),
        ] {
            cell::not_negative(field, value, "Ohm")?;
        }
        for (k, (line, count)) in self.selected.iter().zip([self.rows, self.columns]).enumerate() {
            if *line >= count {
                let text = format!("must be below {count}, but is {line}; lines are counted from 0");
                return Err(FieldError::new(format!("selected[{k}]"), text));
            }
        }
        positive("ambient_temperature", self.ambient_temperature.0, "K")?;
        positive("voltage_tolerance", self.voltage_tolerance.0, "V")?;
        positive("current_tolerance", self.current_tolerance.0, "1")?;
        if let Some(step) = self.longest_step {
            positive("longest_step", step.0, "s")?;
        }
        if self.spread {
            if !card.has_spread() {
                let text = format!("card {} gives no device-to-device windows; leave spread away", card.name);
                return Err(FieldError::new("spread", text));
            }
            card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        }
        self.in_series.check()?;
        self.pattern.check(&card)?;
        drive::check(&self.pulses)?;
        Ok(card)
    }
}

impl Study for CrossbarTransient {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = self.checked(folders)?;
        Ok(Inputs { warnings: cell::array_warnings(&card), ..cell::inputs(&card) })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let card = self.checked(context.folders).map_err(fault)?;
        let shape = (self.rows, self.columns);
        let [row, column] = self.selected;
        let population = cells::population(self, &card, context.seed).map_err(fault)?;
        let mut transient = ArrayTransient::new(&self.array(), population, self.options())?;
        let mut outcome = Outcome::new(&card, shape, &transient)?;
        let watch = Watch::new(&card, shape, (row, column));
        let stream = record.stream(&watch.specification())?;
        watch.describe(record)?;
        let plan = Plan {
            shape,
            selected: (row, column),
            scheme: self.scheme,
            order: self.order,
            pulses: &self.pulses,
            gates: self.in_series.gates(),
        };
        let stages = plan.stages();
        context.progress.start("stages", stages.len() as u64);
        for stage in stages {
            transient.run(stage, |now, _| {
                context.proceed()?;
                outcome.see(now);
                Ok::<_, ExperimentError>(watch.append(now, record, stream)?)
            })?;
            context.progress.advance(1);
        }
        outcome.write(&card, &transient, record)?;
        let counts = transient.counts();
        Ok(vec![
            format!(
                "{} x {} cells of {} over {:.4e} s: {} steps ({} rejected), {} motions of cells, {} left for later",
                self.rows,
                self.columns,
                card.name,
                transient.time(),
                counts.steps,
                counts.rejected,
                counts.motions,
                counts.postponed
            ),
            outcome.summary((self.order == Order::Cell).then_some(row * self.columns + column)),
        ])
    }
}
