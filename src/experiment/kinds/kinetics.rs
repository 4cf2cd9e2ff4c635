//! How long a constant voltage takes to switch a cell: what `set_kinetics` and `reset_kinetics` share.
//!
//! For every voltage the cell starts from the same state at rest; the switching time is that at
//! which |I| passes the threshold, located by the integrator's event detection. Written:
//! `/results/voltage`, `/results/set_time` or `/results/reset_time` (NaN where the cell does not switch
//! within the limit), `/results/energy`, `/results/flags`.

use device_models::{Crossing, CurrentLimit, Segment};
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use crate::experiment::script::{Ampere, Folders, Kelvin, List, Second, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs};
use crate::record::{Dataset, Record, Values};

/// Switching time against voltage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub(super) struct Kinetics {
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Temperature around the cell.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// Applied voltages.
    voltages: List<Volt>,
    /// Magnitude of the current that counts as switched.
    threshold_current: Ampere,
    /// Longest time to wait.
    #[serde(default = "ten_seconds")]
    time_limit: Second,
    /// State before: a name from the card (`hrs` before a SET, `lrs` before a RESET when left away) or a value
    /// of the slow state variable.
    #[serde(default)]
    initial_state: Option<String>,
}

fn ten_seconds() -> Second {
    Second(10.0)
}

/// One direction of switching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Event {
    /// The current rises above the threshold.
    Set,
    /// The current falls below it.
    Reset,
}

impl Event {
    fn state(self) -> &'static str {
        match self {
            Self::Set => "hrs",
            Self::Reset => "lrs",
        }
    }

    fn crossing(self, threshold: f64) -> Crossing {
        match self {
            Self::Set => Crossing::Above(threshold),
            Self::Reset => Crossing::Below(threshold),
        }
    }

    /// Name of the result and what the current does at its end.
    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Set => ("set_time", "exceeds the threshold"),
            Self::Reset => ("reset_time", "falls below the threshold"),
        }
    }
}

struct Point {
    time: f64,
    energy: f64,
    flags: u8,
}

impl Kinetics {
    fn initial_state(&self, event: Event) -> &str {
        self.initial_state.as_deref().unwrap_or(event.state())
    }

    pub(super) fn check(&self, event: Event, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        cell::slow_state(&card, self.initial_state(event))?;
        cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        cell::positive("threshold_current", self.threshold_current.0, "A")?;
        cell::positive("time_limit", self.time_limit.0, "s")?;
        if self.voltages.is_empty() {
            return Err(FieldError::new("voltages", "the list is empty; give at least one voltage"));
        }
        Ok(cell::inputs(&card))
    }

    pub(super) fn run(
        &self,
        event: Event,
        context: &Context<'_>,
        record: &mut Record,
    ) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let card = cell::card(context.folders, &self.card, &self.parameters).map_err(fault)?;
        let slow = cell::slow_state(&card, self.initial_state(event)).map_err(fault)?;
        let surroundings = cell::surroundings(self.ambient_temperature, CurrentLimit::None).map_err(fault)?;
        let voltages = self.voltages.values();
        context.progress.start("voltages", voltages.len() as u64);
        let points = voltages
            .par_iter()
            .enumerate()
            .map(|(i, &voltage)| {
                context.proceed()?;
                let mut state = card.model.rest(slow, &surroundings);
                let mut noise = Stream::new(context.seed, Purpose::StateNoise, i as u64, 0);
                let motion = card
                    .model
                    .advance(
                        &[],
                        &mut state,
                        &Segment::constant(voltage, self.time_limit.0),
                        &surroundings,
                        Some(event.crossing(self.threshold_current.0)),
                        Some(&mut noise),
                    )
                    .map_err(|source| ExperimentError::Device {
                        what: format!("switching of card {} at {voltage} V", card.name),
                        source,
                    })?;
                context.progress.advance(1);
                let time = if motion.crossed { motion.elapsed } else { f64::NAN };
                Ok(Point { time, energy: motion.energy, flags: motion.flags.bits() })
            })
            .collect::<Result<Vec<_>, ExperimentError>>()?;
        write(event, record, voltages, &points)?;
        let switched: Vec<f64> = points.iter().map(|p| p.time).filter(|t| t.is_finite()).collect();
        let shortest = switched.iter().copied().fold(f64::INFINITY, f64::min);
        let longest = switched.iter().copied().fold(0.0, f64::max);
        let mut summary =
            vec![format!("{} of {} voltages switched {}", switched.len(), points.len(), card.name)];
        if !switched.is_empty() {
            summary.push(format!("switching times from {shortest:.3e} s to {longest:.3e} s"));
        }
        Ok(summary)
    }
}

fn write(
    event: Event,
    record: &mut Record,
    voltages: Vec<f64>,
    points: &[Point],
) -> Result<(), ExperimentError> {
    let (name, ends) = event.words();
    let scale = "/results/voltage";
    record.write(&Dataset::vector(scale, voltages, "V", "applied voltage").scale(0, scale))?;
    let column = |f: fn(&Point) -> f64| points.iter().map(f).collect::<Vec<f64>>();
    record.write(
        &Dataset::vector(
            format!("/results/{name}"),
            column(|p| p.time),
            "s",
            format!("time until the current {ends}"),
        )
        .scale(0, scale),
    )?;
    record.write(
        &Dataset::vector(
            "/results/energy",
            column(|p| p.energy),
            "J",
            format!("energy dissipated until the current {ends}"),
        )
        .scale(0, scale),
    )?;
    let flags = Values::U8(points.iter().map(|p| p.flags).collect());
    record.write(
        &Dataset::new("/results/flags", vec![points.len()], flags, "1", super::cell::FLAGS_NAME)
            .scale(0, scale),
    )?;
    Ok(())
}
