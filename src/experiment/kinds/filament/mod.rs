//! `filament`: cells of kinetic Monte Carlo driven through forming, RESET and SET.
//!
//! Every ramp goes from 0 V to its peak and back at one rate. Written, with bounded memory:
//! * `/traces/<trace>/{time, voltage, current, conductance, cell_voltage, temperature, vacancies, ions, gap,
//!   flags}` – time, or time × cells for several cells;
//! * `/filament/{time, voltage}` and, of every frame, `/filament/sites` (frames × cells × z × y × x,
//!   one byte: 0 oxide, 1 vacancy, 2 ion) with the coordinates `/filament/{x, y, z}` as scales, and
//!   `/filament/{potential, temperature}` (frames × cells × z × x) in the plane `/filament/plane`
//!   (frames × cells) through the hottest site;
//! * `/results/{conductance, gap}` after each ramp, `/results/switching_voltage` at which the current
//!   first met its limit, `/results/{events, round_trip_events}` – ramps × cells, named by
//!   `/results/ramp`.
//!
//! Cells run in parallel, each with its own random stream: the record does not depend on the number
//! of threads.

mod cells;
mod film;

use std::collections::BTreeMap;

use device_models::kinetic_monte_carlo::{Control, KineticCard, Lattice};
use device_models::{CardError, CurrentLimit, Surroundings};
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides, is_card_file, positive};
use super::limit::limit;
use crate::experiment::script::{Ampere, Folders, Kelvin, Metre, Ohm, Ratio, Volt, VoltPerSecond};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;

/// Most cells of one study.
const MOST_CELLS: usize = 10_000;
/// Most sites of one cell.
const MOST_SITES: f64 = 4e6;
/// Most frames or samples in one direction of a ramp.
const MOST_FRAMES: usize = 100_000;
/// Most sites of all cells together.
const MOST_SITES_AT_ONCE: usize = 40_000_000;
/// Most samples of all cells between two frames.
const MOST_SAMPLES_AT_ONCE: usize = 20_000_000;

/// Filaments from single vacancies and ions.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filament {
    /// Name of a shipped kinetic Monte Carlo card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Edge of the square electrodes.
    width: Metre,
    /// Thickness of the oxide.
    thickness: Metre,
    /// Distance of neighbouring sites, instead of the card's.
    #[serde(default)]
    lattice_spacing: Option<Metre>,
    /// Share of the sites that are vacancies as deposited.
    #[serde(default = "half_a_percent")]
    vacancy_share: Ratio,
    /// Number of cells.
    #[serde(default = "one")]
    cells: usize,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// Magnitude of dV/dt.
    rate: VoltPerSecond,
    /// Ramps from 0 V to a peak and back, one after the other.
    ramps: Vec<Ramp>,
    /// Frames of the film in each direction of a ramp.
    #[serde(default = "ten")]
    frames: usize,
    /// Samples of the trace from one frame to the next.
    #[serde(default = "five")]
    samples_per_frame: usize,
    /// Largest change of the exponent of any rate between two solutions of the fields.
    #[serde(default = "a_third")]
    exponent_tolerance: f64,
    /// Events of one cell, round trips drawn at once not counted, after which the study is given up.
    #[serde(default = "many_events")]
    most_events: u64,
    /// Name of the trace in the record.
    #[serde(default = "iv")]
    trace: String,
}

/// A ramp from 0 V to a peak and back.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Ramp {
    /// What it is for, e.g. `forming`, `RESET`, `SET`.
    name: String,
    /// Voltage at the turning point.
    peak: Volt,
    /// Ideal limit of the magnitude of the current.
    #[serde(default)]
    compliance_current: Option<Ampere>,
    /// Resistor in series with each cell, instead of `compliance_current`.
    #[serde(default)]
    series_resistance: Option<Ohm>,
}

fn half_a_percent() -> Ratio {
    Ratio(0.005)
}

fn one() -> usize {
    1
}

fn five() -> usize {
    5
}

fn ten() -> usize {
    10
}

fn a_third() -> f64 {
    Control::default().exponent_tolerance
}

fn many_events() -> u64 {
    Control::default().most_events
}

fn iv() -> String {
    "iv".to_owned()
}

impl Kind for Filament {
    const NAME: &'static str = "filament";
    const PURPOSE: &'static str = "filaments grown and broken vacancy by vacancy, by kinetic Monte Carlo";
}

impl Filament {
    fn card(&self, folders: &Folders) -> Result<KineticCard, FieldError> {
        let loaded = if is_card_file(&self.card) {
            let (path, text) = folders.read("card", &self.card)?;
            KineticCard::parse(&path.display().to_string(), &text, &self.parameters)
        } else {
            KineticCard::shipped(&self.card, &self.parameters)
        };
        loaded.map_err(|error| match &error {
            CardError::Field { origin, field, message }
                if field.strip_prefix("parameters.").is_some_and(|own| self.parameters.contains_key(own)) =>
            {
                FieldError::new(field.clone(), format!("{message} (card {origin})"))
            }
            other => FieldError::new("card", other.to_string()),
        })
    }

    fn lattice(&self, card: &KineticCard) -> Result<Lattice, FieldError> {
        positive("width", self.width.0, "m")?;
        positive("thickness", self.thickness.0, "m")?;
        let spacing = self.lattice_spacing.map_or(card.lattice_spacing, |s| s.0);
        if !(0.1e-9..=1e-9).contains(&spacing) {
            let text = format!("must be 0.1 to 1 nm, but is {spacing:e} m");
            return Err(FieldError::new("lattice_spacing", text));
        }
        for (field, length) in [("width", self.width.0), ("thickness", self.thickness.0)] {
            if length < 1.5 * spacing {
                let text = format!("is {length:e} m, but must hold at least two sites {spacing:e} m apart");
                return Err(FieldError::new(field, text));
            }
        }
        let sites = (self.width.0 / spacing).powi(2) * self.thickness.0 / spacing;
        if sites > MOST_SITES {
            let text = format!("makes {sites:.0} sites with the thickness, more than {MOST_SITES:.0}");
            return Err(FieldError::new("width", text));
        }
        Ok(Lattice::filling([self.width.0, self.width.0, self.thickness.0], spacing))
    }

    /// Peak voltages with what stands in series.
    fn plan(&self) -> Result<Vec<(f64, Surroundings)>, FieldError> {
        positive("rate", self.rate.0, "V/s")?;
        if self.ramps.is_empty() {
            return Err(FieldError::new("ramps", "the list is empty; give at least one ramp"));
        }
        self.ramps
            .iter()
            .enumerate()
            .map(|(i, ramp)| {
                let inside = |error: FieldError| error.inside(&format!("ramps[{i}]"));
                if ramp.peak.0 == 0.0 {
                    return Err(inside(FieldError::new("peak", "is 0 V, but a ramp must go somewhere")));
                }
                let limit = limit(ramp.compliance_current, ramp.series_resistance, None).map_err(inside)?;
                Ok((ramp.peak.0, cell::surroundings(self.ambient_temperature, limit)?))
            })
            .collect()
    }

    fn control(&self) -> Control {
        Control {
            exponent_tolerance: self.exponent_tolerance,
            most_events: self.most_events,
            ..Control::default()
        }
    }
}

impl Study for Filament {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = self.card(folders)?;
        self.lattice(&card)?;
        self.plan()?;
        cell::surroundings(self.ambient_temperature, CurrentLimit::None)?;
        let within = |field: &str, value: usize, most: usize| {
            if (1..=most).contains(&value) {
                Ok(())
            } else {
                Err(FieldError::new(field, format!("must be 1 to {most}, but is {value}")))
            }
        };
        within("cells", self.cells, MOST_CELLS)?;
        within("frames", self.frames, MOST_FRAMES)?;
        within("samples_per_frame", self.samples_per_frame, MOST_FRAMES)?;
        let sites = self.lattice(&card)?.sites();
        within("cells", self.cells, (MOST_SITES_AT_ONCE / sites.max(1)).max(1))?;
        within("samples_per_frame", self.samples_per_frame, MOST_SAMPLES_AT_ONCE / self.cells)?;
        if !(0.0..=0.5).contains(&self.vacancy_share.0) {
            let text = format!("must be 0 to 50 %, but is {}", self.vacancy_share.0);
            return Err(FieldError::new("vacancy_share", text));
        }
        if !(self.exponent_tolerance > 0.0 && self.exponent_tolerance <= 2.0) {
            let text = format!("must be above 0 and at most 2, but is {}", self.exponent_tolerance);
            return Err(FieldError::new("exponent_tolerance", text));
        }
        if self.most_events == 0 {
            return Err(FieldError::new("most_events", "must be at least 1, but is 0"));
        }
        if self.trace.is_empty() || self.trace.contains(['/', '\0']) || self.trace.starts_with('.') {
            let text = format!("\"{}\" is not a usable name; use letters, digits and _", self.trace);
            return Err(FieldError::new("trace", text));
        }
        Ok(Inputs {
            cards: vec![(card.name.clone(), card.text.clone())],
            files: Vec::new(),
            warnings: card.warnings,
        })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let card = self.card(context.folders).map_err(fault)?;
        let setup = cells::Setup {
            lattice: self.lattice(&card).map_err(fault)?,
            plan: self.plan().map_err(fault)?,
            names: self.ramps.iter().map(|ramp| ramp.name.clone()).collect(),
            parameters: card.parameters,
            control: self.control(),
            vacancy_share: self.vacancy_share.0,
            ambient_temperature: self.ambient_temperature.0,
            cells: self.cells,
            rate: self.rate.0,
            frames: self.frames,
            samples: self.samples_per_frame,
            trace: &self.trace,
        };
        let ends = cells::run(&setup, context, record)?;
        let mut lines = vec![format!(
            "{} cell(s) of {}, {} sites each, {} ramps",
            self.cells,
            card.name,
            setup.lattice.sites(),
            self.ramps.len()
        )];
        let mut of: BTreeMap<usize, Vec<f64>> = BTreeMap::new();
        for (ramp, conductance) in ends {
            of.entry(ramp).or_default().push(conductance);
        }
        for (ramp, mut values) in of {
            values.sort_by(f64::total_cmp);
            let median = values.get(values.len() / 2).copied().unwrap_or(f64::NAN);
            let name = setup.names.get(ramp).map_or("", String::as_str);
            lines.push(format!("after {name}: {median:.3e} S (median)"));
        }
        Ok(lines)
    }
}
