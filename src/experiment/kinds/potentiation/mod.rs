//! `potentiation`: trains of SET pulses and of RESET pulses, and the conductance after each.
//!
//! Every cycle is `set_pulses` SET pulses and then `reset_pulses` RESET pulses, from the state that the
//! cycle before left. Written: `/results/pulse` (0 before the first), `/results/conductance_after_pulse` (pulses
//! × cells), `/results/polarity` of each pulse (+1 SET, −1 RESET, 0 before the first) and, for each cycle and
//! cell, the non-linearity labels `/results/nonlinearity_set` and `…_reset` of `fit.rs`, `/results/range`
//! (largest over smallest conductance of the cycle), and `/results/energy` of
//! the whole per cell (in the pulse tier the mean over cells).
//!
//! Tiers: `full` integrates the model of the card through every pulse, with its noise; `pulse` runs on
//! tables of the two pulses (mean, deviation by the card's own noise) as arrays do.

mod fit;
mod tiers;

use device_models::CurrentLimit;
use device_models::card::{DeviceCard, WritePulse};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use crate::experiment::script::{Folders, Kelvin, Second, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::{Dataset, Record, Values};
use tiers::{Curves, Setup};

/// Most values of the record: pulses times cells.
const MOST_VALUES: u64 = 100_000_000;
/// Most cells of the pulse tier that differ from each other: each has tables of its own.
const MOST_DEVICES: usize = 4096;

/// A rectangular pulse.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pulse {
    /// Voltage.
    voltage: Volt,
    /// Width.
    width: Second,
}

/// How the cells are simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Tier {
    /// The model of the card, integrated.
    #[default]
    Full,
    /// Tables of the two pulses.
    Pulse,
}

/// Potentiation and depression: conductance against pulse number.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Potentiation {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Number of cells.
    #[serde(default = "one")]
    cells: usize,
    /// Draw each cell from the card's device-to-device windows.
    #[serde(default)]
    spread: bool,
    /// Let each cell change from one half cycle to the next, as the card's `variability.cycling` says (full
    /// tier; the tables of the pulse tier hold it always).
    #[serde(default)]
    cycling: bool,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// State before: a name from the card (`hrs`, `lrs`) or a value of the slow state variable.
    #[serde(default = "cell::high_resistance")]
    initial_state: String,
    /// Pulse that raises the conductance; left away, the card's own.
    #[serde(default)]
    set: Option<Pulse>,
    /// Pulse that lowers the conductance; left away, the card's own.
    #[serde(default)]
    reset: Option<Pulse>,
    /// SET pulses of a cycle.
    #[serde(default = "fifty")]
    set_pulses: u64,
    /// RESET pulses of a cycle.
    #[serde(default = "fifty")]
    reset_pulses: u64,
    /// Cycles.
    #[serde(default = "one_cycle")]
    cycles: u64,
    /// Time at 0 V after each pulse before the conductance is read (full tier).
    #[serde(default)]
    pause: Option<Second>,
    /// Full model, or tables of the pulses.
    #[serde(default)]
    tier: Tier,
}

fn one() -> usize {
    1
}

fn one_cycle() -> u64 {
    1
}

fn fifty() -> u64 {
    50
}

fn pause() -> Second {
    Second(1e-6)
}

impl Kind for Potentiation {
    const NAME: &'static str = "potentiation";
    const PURPOSE: &'static str = "conductance of cells against the number of SET and RESET pulses";
}

impl Potentiation {
    /// SET and RESET pulse: the script's, else the card's.
    fn pulses(&self, card: &DeviceCard) -> Result<[WritePulse; 2], FieldError> {
        let choose = |name: &str, given: Option<Pulse>, own: Option<WritePulse>| match (given, own) {
            (Some(pulse), _) => {
                cell::positive(&format!("{name}.width"), pulse.width.0, "s")?;
                Ok(WritePulse { voltage: pulse.voltage.0, width: pulse.width.0 })
            }
            (None, Some(own)) => Ok(own),
            (None, None) => {
                let text = format!("card {} has no write pulses; give voltage and width", card.name);
                Err(FieldError::new(name, text))
            }
        };
        let own = card.writing;
        Ok([choose("set", self.set, own.map(|w| w.set))?, choose("reset", self.reset, own.map(|w| w.reset))?])
    }
}

impl Study for Potentiation {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        cell::slow_state(&card, &self.initial_state)?;
        cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        if let Some(pause) = self.pause {
            cell::not_negative("pause", pause.0, "s")?;
            if self.tier == Tier::Pulse {
                let text = "belongs to the full tier; cells of the pulse tier rest between pulses";
                return Err(FieldError::new("pause", text));
            }
        }
        self.pulses(&card)?;
        for (name, count) in
            [("set_pulses", self.set_pulses), ("reset_pulses", self.reset_pulses), ("cycles", self.cycles)]
        {
            if count == 0 {
                return Err(FieldError::new(name, "must be at least 1, but is 0"));
            }
        }
        if self.cells == 0 {
            return Err(FieldError::new("cells", "must be at least 1, but is 0"));
        }
        let pulses = self.set_pulses.saturating_add(self.reset_pulses).saturating_mul(self.cycles);
        if pulses.saturating_mul(self.cells as u64) > MOST_VALUES {
            let text = format!("{pulses} pulses on {} cells are more than {MOST_VALUES}", self.cells);
            return Err(FieldError::new("cycles", text));
        }
        if self.spread && !card.has_spread() {
            let text = format!("card {} gives no device-to-device windows; leave spread away", card.name);
            return Err(FieldError::new("spread", text));
        }
        if self.spread && self.tier == Tier::Pulse && self.cells > MOST_DEVICES {
            let text = format!(
                "must be at most {MOST_DEVICES} in the pulse tier with spread, where each has its own tables, but is {}",
                self.cells
            );
            return Err(FieldError::new("cells", text));
        }
        if self.cycling && self.tier == Tier::Pulse {
            let text =
                "belongs to the full tier; the tables of the pulse tier hold the card's cycling always";
            return Err(FieldError::new("cycling", text));
        }
        if self.cycling && card.windows.iter().all(|window| window.largest_step == 0.0) {
            let text = format!("card {} gives no steps from cycle to cycle; leave cycling away", card.name);
            return Err(FieldError::new("cycling", text));
        }
        if self.spread || self.cycling {
            card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        }
        Ok(cell::inputs(&card))
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let card = cell::card(context.folders, &self.card, &self.parameters).map_err(fault)?;
        let setup = Setup {
            slow: cell::slow_state(&card, &self.initial_state).map_err(fault)?,
            pulses: self.pulses(&card).map_err(fault)?,
            surroundings: cell::surroundings(self.ambient_temperature, CurrentLimit::None).map_err(fault)?,
            counts: [self.set_pulses, self.reset_pulses],
            cycles: self.cycles,
            cells: self.cells,
            spread: self.spread,
            cycling: self.cycling,
            pause: self.pause.unwrap_or_else(pause).0,
            card: &card,
        };
        let curves = match self.tier {
            Tier::Full => tiers::full(&setup, context)?,
            Tier::Pulse => tiers::pulse(&setup, context)?,
        };
        let labels = fit::labels(&setup, &curves);
        write(record, &setup, &curves, &labels)?;
        let mut summary = vec![format!(
            "{} cell(s) of {}, {} cycles of {} SET and {} RESET pulses",
            self.cells, card.name, self.cycles, self.set_pulses, self.reset_pulses
        )];
        for (name, values) in [("SET", &labels[0]), ("RESET", &labels[1])] {
            let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
            let mean = finite.iter().sum::<f64>() / finite.len().max(1) as f64;
            if !finite.is_empty() {
                summary.push(format!("non-linearity label of {name}: {mean:+.2} (mean)"));
            }
        }
        Ok(summary)
    }
}

fn write(
    record: &mut Record,
    setup: &Setup<'_>,
    curves: &Curves,
    labels: &[Vec<f64>; 2],
) -> Result<(), ExperimentError> {
    let rows = curves.polarity.len();
    let scale = "/results/pulse";
    let number = (0..rows).map(|k| k as f64).collect();
    record.write(&Dataset::vector(scale, number, "1", "number of the pulse").scale(0, scale))?;
    let polarity = curves.polarity.iter().map(|p| f64::from(*p)).collect();
    record.write(
        &Dataset::vector("/results/polarity", polarity, "1", "+1 after SET, -1 after RESET").scale(0, scale),
    )?;
    let values = Values::F64(curves.conductance.clone());
    record.write(
        &Dataset::new(
            "/results/conductance_after_pulse",
            vec![rows, setup.cells],
            values,
            "S",
            "conductance at the read voltage",
        )
        .scale(0, scale),
    )?;
    let shape = vec![setup.cycles as usize, setup.cells];
    for (name, values, meaning) in [
        ("nonlinearity_set", &labels[0], "non-linearity label of the SET train"),
        ("nonlinearity_reset", &labels[1], "non-linearity label of the RESET train"),
        ("range", &fit::ranges(setup, curves), "largest over smallest conductance of the cycle"),
    ] {
        let path = format!("/results/{name}");
        record.write(&Dataset::new(path, shape.clone(), Values::F64(values.clone()), "1", meaning))?;
    }
    let energy = curves.energy.clone();
    record.write(&Dataset::vector("/results/energy", energy, "J", "energy dissipated in the cell"))?;
    Ok(())
}
