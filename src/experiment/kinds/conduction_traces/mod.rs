//! `conduction_traces`: a data set of currents while filaments grow, under different compliance currents.
//!
//! Every cell begins in its high-resistive state and is swept 0 → V → 0 in the direction of SET behind an
//! ideal current limit. The class of a trace is the level of the limit. Each card serves the levels
//! between its `from` and `to`; the devices of a level are shared out evenly among the cards that serve
//! it. A device (its number is unique in the set) is measured at every level that it is needed for, one
//! cycle after the other, and each cycle begins from a complete RESET. The limit, which in a 1T1R cell is a
//! transistor, may differ from device to device, too (`limit_spread`). Devices differ by the windows of
//! their card and change from cycle to cycle as it says; what cards do not give, `spread` may assume.
//!
//! A trace *switched* when the limit was reached and the resistance at the read voltage fell at least
//! `least_ratio` times between the two branches; others are counted and left out, or kept with
//! `keep_failures`. A nominal cell that would not switch at a level of its card is an error.
//!
//! Normalised: u = asinh(I/I_f)/asinh(I_t/I_f) (`scale`). Split by device: no device of a training
//! sample is in a test sample. Written: `/traces/…` (physical), `/samples/…` (for learners),
//! `/results/…` (per card and level, with the law R_LRS = a I_cc⁻ⁿ), see `docs/hdf5.md`.
//!
//! Pinned by: `tests/conduction_traces.rs`.

mod cells;
mod law;
pub(super) mod reading;
pub(super) mod samples;
mod scale;
mod sweep;
mod write;

use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use self::cells::{Cells, Population, serves};
use self::scale::Scale;
use self::sweep::{Setting, Sweep, Trace};
use super::cell::{self, positive};
use crate::experiment::script::{Ampere, Folders, Kelvin, List, Quantity, Ratio, Volt, VoltPerSecond};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;

/// Most numbers of all traces together.
const MOST_VALUES: usize = 200_000_000;
/// Fewest and most points of a trace.
const POINTS: std::ops::RangeInclusive<usize> = 16..=4096;

/// A data set of conduction traces.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConductionTraces {
    /// Compliance currents, rising: the classes.
    levels: List<Ampere>,
    /// The cards, each with the levels it serves.
    cells: Vec<Cells>,
    /// Magnitude of the largest applied voltage.
    #[serde(default = "peak")]
    peak_voltage: Volt,
    /// Magnitude of the rate of the sweep.
    #[serde(default = "rate")]
    rate: VoltPerSecond,
    /// Points of a trace, equally spaced in time.
    #[serde(default = "points")]
    points: usize,
    /// Devices of each level, of all its cards together.
    devices: usize,
    /// Cycles of each device at each level.
    #[serde(default = "one")]
    cycles: usize,
    /// Share of the devices whose traces are test samples.
    #[serde(default = "test_share")]
    test_share: Ratio,
    /// Magnitude of the voltage at which the resistance is read on both branches.
    #[serde(default = "read_voltage")]
    read_voltage: Volt,
    /// Standard deviation of the logarithm of the limit from device to device, cut at three of them: that of
    /// the transistors that make it.
    #[serde(default = "no_spread")]
    limit_spread: Ratio,
    /// Current below which normalised values are linear rather than logarithmic.
    #[serde(default = "floor")]
    floor_current: Ampere,
    /// Least ratio of the resistances before and after, for a trace that switched.
    #[serde(default = "ratio")]
    least_ratio: f64,
    /// Keeps traces that did not switch.
    #[serde(default)]
    keep_failures: bool,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
}

fn peak() -> Volt {
    Volt(1.5)
}

fn rate() -> VoltPerSecond {
    VoltPerSecond(1.0)
}

fn points() -> usize {
    128
}

fn one() -> usize {
    1
}

fn test_share() -> Ratio {
    Ratio(0.2)
}

fn no_spread() -> Ratio {
    Ratio(0.0)
}

fn read_voltage() -> Volt {
    Volt(0.1)
}

fn floor() -> Ampere {
    Ampere(1e-6)
}

fn ratio() -> f64 {
    2.0
}

impl Kind for ConductionTraces {
    const NAME: &'static str = "conduction_traces";
    const PURPOSE: &'static str =
        "a data set of currents of growing filaments at several compliance currents";
}

/// One trace with where it belongs.
#[derive(Clone)]
struct Sample {
    card: usize,
    /// Number among the devices of its card.
    own: usize,
    /// Number among all devices.
    device: u64,
    level: usize,
    /// Cycle of the device at this level, from 1.
    cycle: usize,
    trace: Trace,
}

impl ConductionTraces {
    fn setting(&self) -> Setting {
        Setting {
            sweep: Sweep::new(self.peak_voltage.0, self.rate.0, self.points, self.read_voltage.0),
            ambient_temperature: self.ambient_temperature.0,
            least_ratio: self.least_ratio,
            limit_spread: self.limit_spread.0,
        }
    }

    /// The scale of normalised values: up to the largest limit that any device can have.
    fn scale(&self) -> Scale {
        let largest = self.levels.values().into_iter().fold(0.0, f64::max);
        Scale { floor: self.floor_current.0, top: largest * self.setting().largest_factor() }
    }

    fn check_sizes(&self) -> Result<(), FieldError> {
        let levels = self.levels.values();
        if !(2..=256).contains(&levels.len()) {
            let text = format!("must be 2 to 256 compliance currents, but are {}", levels.len());
            return Err(FieldError::new("levels", text));
        }
        positive("levels[0]", levels[0], Ampere::UNIT)?;
        if let Some(k) = (1..levels.len()).find(|&k| levels[k] <= levels[k - 1]) {
            let text = format!("is {} A, but the levels must rise", levels[k]);
            return Err(FieldError::new(format!("levels[{k}]"), text));
        }
        positive("peak_voltage", self.peak_voltage.0, "V")?;
        positive("rate", self.rate.0, "V/s")?;
        positive("floor_current", self.floor_current.0, "A")?;
        positive("read_voltage", self.read_voltage.0, "V")?;
        if self.read_voltage.0 > 0.5 * self.peak_voltage.0 {
            let text = format!("is {} V, more than half the peak voltage", self.read_voltage.0);
            return Err(FieldError::new("read_voltage", text));
        }
        if !POINTS.contains(&self.points) {
            let text = format!("must be {} to {}, but is {}", POINTS.start(), POINTS.end(), self.points);
            return Err(FieldError::new("points", text));
        }
        let share = self.test_share.0;
        if !(share > 0.0 && share < 1.0) {
            return Err(FieldError::new("test_share", format!("{share} is not between 0 and 1")));
        }
        if !(self.least_ratio >= 1.0 && self.least_ratio.is_finite()) {
            let text = format!("must be at least 1, but is {}", self.least_ratio);
            return Err(FieldError::new("least_ratio", text));
        }
        if !(0.0..=0.5).contains(&self.limit_spread.0) {
            let text = format!("must be 0 to 0.5, but is {}", self.limit_spread.0);
            return Err(FieldError::new("limit_spread", text));
        }
        let most = MOST_VALUES / self.points / levels.len();
        for (field, count) in [("devices", self.devices), ("cycles", self.cycles)] {
            if !(1..=most).contains(&count) {
                return Err(FieldError::new(field, format!("must be 1 to {most}, but is {count}")));
            }
        }
        if self.devices.saturating_mul(self.cycles) > most {
            let text = format!("and devices make more than {MOST_VALUES} values; lower one of them");
            return Err(FieldError::new("cycles", text));
        }
        positive("ambient_temperature", self.ambient_temperature.0, "K")
    }

    /// Each card with its devices.
    fn populations(&self, folders: &Folders) -> Result<Vec<Population>, FieldError> {
        let levels = self.levels.values();
        if self.cells.is_empty() {
            return Err(FieldError::new("cells", "is empty, but must hold at least one card"));
        }
        for (k, cells) in self.cells.iter().enumerate() {
            cells.check_range().map_err(|error| error.inside(&format!("cells[{k}]")))?;
        }
        if let Some(k) = (0..levels.len()).find(|&k| !self.cells.iter().any(|c| serves(c, levels[k]))) {
            let text = format!("{} A lies outside the ranges of all cells", levels[k]);
            return Err(FieldError::new(format!("levels[{k}]"), text));
        }
        let mut first = 0;
        let mut populations = Vec::with_capacity(self.cells.len());
        for (k, cells) in self.cells.iter().enumerate() {
            let inside = |error: FieldError| error.inside(&format!("cells[{k}]"));
            let quotas: Vec<usize> =
                levels.iter().map(|level| quota(&self.cells, k, *level, self.devices)).collect();
            let population = cells.population(folders, first, quotas).map_err(inside)?;
            if population.devices() < 2 || population.test(self.test_share.0) == 0 {
                let text = format!(
                    "leaves {} devices to cells[{k}], of which {} are test devices; more are needed to have both",
                    population.devices(),
                    population.test(self.test_share.0)
                );
                return Err(FieldError::new("devices", text));
            }
            first += population.devices() as u64;
            populations.push(population);
        }
        Ok(populations)
    }

    /// Refuses levels at which a card's nominal cell does not switch.
    fn try_nominal(&self, populations: &[Population], setting: &Setting) -> Result<(), ExperimentError> {
        let levels = self.levels.values();
        let cases: Vec<(usize, usize)> = (0..populations.len())
            .flat_map(|k| (0..levels.len()).map(move |level| (k, level)))
            .filter(|&(k, level)| populations[k].quotas[level] > 0)
            .collect();
        let traces = cases
            .par_iter()
            .map(|&(k, level)| populations[k].nominal(setting, levels[level]))
            .collect::<Result<Vec<Trace>, _>>()?;
        for (&(k, level), trace) in cases.iter().zip(&traces) {
            if trace.switched {
                continue;
            }
            let (name, limit) = (&populations[k].card.name, levels[level]);
            let reason = if trace.reached {
                format!(
                    "the resistance does not fall {} times ({:.4e} Ohm before, {:.4e} Ohm after)",
                    self.least_ratio, trace.before, trace.after
                )
            } else {
                let largest = trace.current.iter().copied().fold(0.0, f64::max);
                format!("the current reaches {largest:.4e} A only")
            };
            let text = format!(
                "includes {limit:.4e} A, but a nominal cell of {name} does not switch at this level: {reason}; \
                 narrow the range"
            );
            let end = if trace.reached { "from" } else { "to" };
            return Err(ExperimentError::Field {
                path: std::path::PathBuf::new(),
                error: FieldError::new(format!("cells[{k}].{end}"), text),
            });
        }
        Ok(())
    }
}

/// Devices that a card gives to a level: an even share, the first cards one more where it does not divide.
fn quota(cells: &[Cells], own: usize, level: f64, devices: usize) -> usize {
    let serving: Vec<usize> = (0..cells.len()).filter(|&k| serves(&cells[k], level)).collect();
    match serving.iter().position(|&k| k == own) {
        Some(place) => devices / serving.len() + usize::from(place < devices % serving.len()),
        None => 0,
    }
}

impl Study for ConductionTraces {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        self.check_sizes()?;
        let mut inputs = Inputs::default();
        for population in self.populations(folders)? {
            let own = cell::inputs(&population.card);
            inputs.cards.extend(own.cards);
            inputs.warnings.extend(own.warnings);
        }
        Ok(inputs)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let populations = self.populations(context.folders).map_err(fault)?;
        let setting = self.setting();
        self.try_nominal(&populations, &setting).map_err(|error| match error {
            ExperimentError::Field { error, .. } => fault(error),
            other => other,
        })?;
        let jobs: Vec<(usize, usize)> = populations
            .iter()
            .enumerate()
            .flat_map(|(card, population)| (0..population.devices()).map(move |own| (card, own)))
            .collect();
        context.progress.start("devices", jobs.len() as u64);
        let mut samples = jobs
            .into_par_iter()
            .map(|(card, own)| {
                context.proceed()?;
                let made = self.measure(&populations[card], (card, own), context.seed, &setting)?;
                context.progress.advance(1);
                Ok(made)
            })
            .collect::<Result<Vec<_>, ExperimentError>>()?
            .concat();
        // The first samples of any number hold all levels.
        samples.sort_by_key(|s| (s.own, s.cycle, s.level, s.card));
        write::record(self, record, &populations, samples)
    }
}

impl ConductionTraces {
    /// All traces of one device: level after level, cycle after cycle.
    fn measure(
        &self,
        population: &Population,
        (card, own): (usize, usize),
        seed: u64,
        setting: &Setting,
    ) -> Result<Vec<Sample>, ExperimentError> {
        let mut device = population.device(seed, own);
        let mut samples = Vec::new();
        for (level, limit) in self.levels.values().into_iter().enumerate() {
            if own >= population.quotas[level] {
                continue;
            }
            for cycle in 1..=self.cycles {
                let trace = device.next(setting, limit)?;
                samples.push(Sample { card, own, device: device.number, level, cycle, trace });
            }
        }
        Ok(samples)
    }
}
