//! `programming`: what program-and-verify of 1T1R cells to levels takes, scheme by scheme.
//!
//! Every scheme programs every level on an array of its own, cells drawn from the card's distributions.
//! Written: `/results/{scheme, level}` (names), `/results/range` (levels × 2, Ω), `/results/budget` (scale) with
//! `/results/success` and `/results/error` (schemes × levels × budgets), `/results/histogram` (schemes × bins over
//! `/results/pulse_bin`), `/results/{mean, median, quantile_95, quantile_99, not_reached}` (schemes, over the levels
//! that are `counted`), `/results/level_mean` and `/results/level_not_reached` (schemes × levels),
//! `/results/resistance_quantile` (schemes × levels × probabilities), `/results/energy` (schemes × levels).
//! Pulses are those after the RESET with which every program begins.

mod write;

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides, positive};
use crate::experiment::script::{Folders, Kelvin, Ohm, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::mapping::cells::{Direction, LandingSource, Plane, Shot, Writes};
use crate::mapping::config::{Algorithm, CellConfig};
use crate::mapping::programming::{Ranges, Verified, verify};
use crate::record::Record;

/// Most cells of one level.
const MOST_CELLS: usize = 1 << 20;
/// Word lines of an array.
const LINES: usize = 64;

/// Program-and-verify of 1T1R cells.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Programming {
    /// Name of a shipped device card with a `landing` block, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// Cells for each scheme and level.
    cells: usize,
    /// The levels, by rising resistance.
    levels: Vec<Level>,
    /// The ways of programming.
    schemes: Vec<Scheme>,
}

/// A range of resistance that counts as one level.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Level {
    /// Its name.
    name: String,
    /// Lowest resistance; left away, none.
    #[serde(default)]
    from: Option<Ohm>,
    /// Highest resistance; left away, none.
    #[serde(default)]
    to: Option<Ohm>,
    /// It is part of the sums over the levels.
    #[serde(default = "yes")]
    counted: bool,
}

fn yes() -> bool {
    true
}

/// One way of programming.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Scheme {
    /// Its name.
    name: String,
    /// Most pulses on a cell for every level, the first RESET among them.
    budgets: Vec<u32>,
    /// Source-line voltage of the RESETs that are not small ones.
    reset: Volt,
    /// Which pulse follows which reading.
    pulses: Pulses,
}

/// Which pulse follows which reading.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
enum Pulses {
    /// SETs of rising gate voltage; who goes too far is RESET and begins again (ISPP).
    IncrementalStep {
        /// Gate voltage of the first SET.
        gate: Volt,
        /// Increase from SET to SET.
        step: Volt,
    },
    /// The same SET and the same RESET again and again (FPPV).
    FixedPulse {
        /// Gate voltage of the SET for every level.
        gates: Vec<Volt>,
    },
    /// To the range of the level, and from there by small SETs and small RESETs (RADAR).
    RangeDependent {
        /// Gate voltage of the first SET for every level.
        gates: Vec<Volt>,
        /// Increase from SET to SET of a row.
        step: Volt,
        /// Source-line voltage of the first small RESET of a row.
        small_reset: Volt,
        /// Increase from RESET to RESET of a row.
        reset_step: Volt,
    },
}

impl Kind for Programming {
    const NAME: &'static str = "programming";
    const PURPOSE: &'static str = "pulses, success and final resistances of program-and-verify to levels";
}

/// What one scheme made of one level.
struct Outcome {
    verified: Verified,
    /// Resistances after the program, Ω.
    resistances: Vec<f64>,
}

impl Programming {
    fn source(&self, folders: &Folders) -> Result<LandingSource, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        if card.landing.is_none() {
            let text = format!(
                "card {} has no \"landing\" block and does not say where single pulses end; choose statistical_hfo2_1t1r",
                card.name
            );
            return Err(FieldError::new("card", text));
        }
        LandingSource::new(&card, &CellConfig::default(), self.ambient_temperature.0)
            .map_err(|error| FieldError::new("card", error.to_string()))
    }

    /// The program of a scheme for a level.
    fn algorithm(source: &LandingSource, scheme: &Scheme, level: usize) -> Algorithm {
        let set = |v: Volt| source.strength(Direction::Set, v.0 as f32);
        let reset = |v: Volt| source.strength(Direction::Reset, v.0 as f32);
        let complete = reset(scheme.reset);
        match &scheme.pulses {
            Pulses::IncrementalStep { gate, step } => {
                Algorithm::IncrementalStep { set: set(*gate), step: steps(*step), reset: complete }
            }
            Pulses::FixedPulse { gates } => Algorithm::FixedPulse { set: set(gates[level]), reset: complete },
            Pulses::RangeDependent { gates, step, small_reset, reset_step } => Algorithm::RangeDependent {
                complete_reset: complete,
                coarse_set: set(gates[level]),
                set: set(gates[level]),
                set_step: steps(*step),
                reset: reset(*small_reset),
                reset_step: steps(*reset_step),
            },
        }
    }

    /// Programs one level by one scheme; `address` tells the arrays of a run apart.
    fn program(
        &self,
        source: &LandingSource,
        (scheme, level): (&Scheme, usize),
        seed: u64,
        address: u64,
    ) -> Outcome {
        let algorithm = Self::algorithm(source, scheme, level);
        let mut plane = Plane::new((self.cells / LINES, LINES), source, seed, address);
        let count = plane.cells().len();
        let range = &self.levels[level];
        let conductance = |limit: Option<Ohm>, other: f32| limit.map_or(other, |r| (1.0 / r.0) as f32);
        let ranges = Ranges::of_all(
            vec![conductance(range.to, 0.0); count],
            vec![conductance(range.from, f32::INFINITY); count],
        );
        let mut noise = Stream::new(seed, Purpose::ReadNoise, address, 1);
        let mut opening = Writes::default();
        let mut budget = scheme.budgets[level];
        let fixed = matches!(algorithm, Algorithm::FixedPulse { .. });
        if let Algorithm::FixedPulse { reset, .. } = algorithm {
            // The other programs begin with a RESET by themselves and count it.
            let shot = |cell| Shot { cell, direction: Direction::Reset, strength: reset };
            let (cells, draw) = plane.operate();
            opening = cells.shoot(&(0..count as u32).map(shot).collect::<Vec<_>>(), draw);
            budget -= 1;
        }
        let mut verified = verify(&mut plane, &ranges, &algorithm, (budget, None), source, &mut noise);
        verified.written.writes.add(&opening);
        if !fixed {
            verified.resets.iter_mut().for_each(|resets| *resets -= 1);
        }
        let resistances = plane.cells().conductances().iter().map(|g| 1.0 / f64::from(*g)).collect();
        Outcome { verified, resistances }
    }

    /// Refuses a list that has not one value for each level.
    fn one_each(&self, field: &str, count: usize) -> Result<(), FieldError> {
        if count == self.levels.len() {
            return Ok(());
        }
        let text = format!("must be one for each of {} levels, but are {count}", self.levels.len());
        Err(FieldError::new(field, text))
    }

    fn check_scheme(&self, source: &LandingSource, scheme: &Scheme, field: &str) -> Result<(), FieldError> {
        self.one_each(&format!("{field}.budgets"), scheme.budgets.len())?;
        for (k, budget) in scheme.budgets.iter().enumerate() {
            if !(1..=1_000_000).contains(budget) {
                let text = format!("must be 1 to 1000000 pulses, but is {budget}");
                return Err(FieldError::new(format!("{field}.budgets[{k}]"), text));
            }
        }
        let within = |direction: Direction, name: &str, v: Volt| {
            let (low, high) = source.voltages(direction);
            // Voltages of the ladder are single precision.
            if (v.0 as f32) >= low - 1e-4 && (v.0 as f32) <= high + 1e-4 {
                return Ok(());
            }
            let text =
                format!("must be {low} to {high} V, the pulses that the card describes, but is {} V", v.0);
            Err(FieldError::new(format!("{field}.{name}"), text))
        };
        let gate = |name: &str, v: Volt| within(Direction::Set, name, v);
        within(Direction::Reset, "reset", scheme.reset)?;
        let gates = match &scheme.pulses {
            Pulses::IncrementalStep { gate: first, step } => {
                gate("pulses.gate", *first)?;
                return smallest(&format!("{field}.pulses.step"), *step);
            }
            Pulses::FixedPulse { gates } => gates,
            Pulses::RangeDependent { gates, step, small_reset, reset_step } => {
                within(Direction::Reset, "pulses.small_reset", *small_reset)?;
                smallest(&format!("{field}.pulses.step"), *step)?;
                smallest(&format!("{field}.pulses.reset_step"), *reset_step)?;
                gates
            }
        };
        self.one_each(&format!("{field}.pulses.gates"), gates.len())?;
        gates.iter().enumerate().try_for_each(|(k, v)| gate(&format!("pulses.gates[{k}]"), *v))
    }
}

/// Steps of the ladder of voltages.
fn steps(voltage: Volt) -> u16 {
    (voltage.0 / f64::from(crate::mapping::cells::LADDER_STEP)).round() as u16
}

/// Refuses an increase that is not one of the ladder.
fn smallest(field: &str, step: Volt) -> Result<(), FieldError> {
    let unit = f64::from(crate::mapping::cells::LADDER_STEP);
    let whole = step.0 / unit;
    if whole.round() >= 1.0 && (whole - whole.round()).abs() < 1e-3 && whole < 1e3 {
        return Ok(());
    }
    let unit = crate::mapping::cells::LADDER_STEP;
    Err(FieldError::new(field, format!("must be a multiple of {unit} V, but is {} V", step.0)))
}

impl Study for Programming {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        cell::surroundings(self.ambient_temperature, device_models::CurrentLimit::None)?;
        let source = self.source(folders)?;
        if !(LINES..=MOST_CELLS).contains(&self.cells) || !self.cells.is_multiple_of(LINES) {
            let text = format!("must be a multiple of {LINES} up to {MOST_CELLS}, but is {}", self.cells);
            return Err(FieldError::new("cells", text));
        }
        if self.levels.is_empty() || self.schemes.is_empty() {
            let field = if self.levels.is_empty() { "levels" } else { "schemes" };
            return Err(FieldError::new(field, "the list is empty; give at least one"));
        }
        if !self.levels.iter().any(|level| level.counted) {
            return Err(FieldError::new("levels", "at least one must be counted"));
        }
        for (k, level) in self.levels.iter().enumerate() {
            let field = format!("levels[{k}]");
            for (name, limit) in [("from", level.from), ("to", level.to)] {
                if let Some(limit) = limit {
                    positive(&format!("{field}.{name}"), limit.0, "Ohm")?;
                }
            }
            if let (Some(from), Some(to)) = (level.from, level.to)
                && from.0 >= to.0
            {
                let text = format!("must be above from ({} Ohm), but is {} Ohm", from.0, to.0);
                return Err(FieldError::new(format!("{field}.to"), text));
            }
        }
        for (k, scheme) in self.schemes.iter().enumerate() {
            if let Some(first) = self.schemes[..k].iter().position(|other| other.name == scheme.name) {
                let text =
                    format!("must be another than that of schemes[{first}], but is \"{}\" too", scheme.name);
                return Err(FieldError::new(format!("schemes[{k}].name"), text));
            }
            self.check_scheme(&source, scheme, &format!("schemes[{k}]"))?;
        }
        Ok(cell::inputs(&cell::card(folders, &self.card, &self.parameters)?))
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let source = self.source(context.folders).map_err(fault)?;
        let levels = self.levels.len();
        let jobs: Vec<(usize, usize)> =
            (0..self.schemes.len()).flat_map(|s| (0..levels).map(move |l| (s, l))).collect();
        context.progress.start("arrays", jobs.len() as u64);
        let outcomes = jobs
            .into_par_iter()
            .with_max_len(1)
            .map(|(s, l)| {
                context.proceed()?;
                // Every scheme is given the same cells.
                let outcome = self.program(&source, (&self.schemes[s], l), context.seed, l as u64);
                context.progress.advance(1);
                Ok(outcome)
            })
            .collect::<Result<Vec<Outcome>, ExperimentError>>()?;
        write::write(self, record, &outcomes)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may panic")]

    use serde_json::{Value, json};

    use super::*;

    fn script(schemes: &Value) -> Programming {
        serde_json::from_value(json!({
            "card": "statistical_hfo2_1t1r",
            "cells": 64,
            "levels": [{ "name": "low", "to": "5 kOhm" }],
            "schemes": schemes,
        }))
        .unwrap()
    }

    fn fixed(budget: u32) -> Value {
        json!({ "name": "FPPV", "budgets": [budget], "reset": "2.5 V",
            "pulses": { "kind": "fixed_pulse", "gates": ["2.4 V"] } })
    }

    /// The first RESET of a fixed-pulse program is one of its pulses: it costs energy, and a budget of one is spent.
    #[test]
    fn the_first_reset_of_fixed_pulses_counts() {
        let run = |budget| {
            let study = script(&json!([fixed(budget)]));
            let source = study.source(&Folders::here()).unwrap();
            study.program(&source, (&study.schemes[0], 0), 1, 0).verified
        };
        let (one, two) = (run(1), run(2));
        assert_eq!(one.sets.iter().chain(&one.resets).sum::<u32>(), 0);
        assert_eq!((one.written.writes.set, one.written.writes.reset), (0, 64));
        assert!(one.written.writes.energy > 0.0);
        assert!(two.sets.iter().zip(&two.resets).all(|(s, r)| s + r <= 1) && two.sets.contains(&1));
        assert!(two.written.writes.energy > one.written.writes.energy);
    }

    #[test]
    fn voltages_off_the_ladder_and_names_given_twice_are_refused() {
        let scheme = |gate: &str, step: &str, reset: &str| {
            json!([{ "name": "ISPP", "budgets": [10], "reset": reset,
                "pulses": { "kind": "incremental_step", "gate": gate, "step": step } }])
        };
        let refusal =
            |schemes: Value| script(&schemes).check(&Folders::here()).err().map(|error| error.to_string());
        assert_eq!(refusal(scheme("1.95 V", "50 mV", "2.5 V")), None);
        for (schemes, fragments) in [
            (scheme("9 V", "50 mV", "2.5 V"), ["schemes[0].pulses.gate", "but is 9 V"]),
            (scheme("1.95 V", "50 mV", "25 V"), ["schemes[0].reset", "to 2.5 V"]),
            (scheme("1.95 V", "15.5 mV", "2.5 V"), ["schemes[0].pulses.step", "a multiple of 0.01 V"]),
            (json!([fixed(3), fixed(4)]), ["schemes[1].name", "\"FPPV\" too"]),
        ] {
            let text = refusal(schemes).unwrap();
            assert!(fragments.iter().all(|fragment| text.contains(fragment)), "{text}");
        }
    }
}
