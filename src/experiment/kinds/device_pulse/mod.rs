//! `device_pulse`: cells of a card under a voltage waveform.
//!
//! Written: `/traces/<trace>/{time, voltage, current, conductance, temperature, state_*, flags}`
//! (time, or time × cells for several cells), with `cell_voltage` where a current limit can make it
//! differ from the applied `voltage` and `read_noise` where the script asks for it; and per cell `/results/{energy, final_conductance, final_state, flags}`.
//! Traces are streamed in slabs of bounded size. Cells run in parallel, each with its own random
//! streams, so that the record does not depend on the number of threads.

mod csv;
mod plan;
mod trace;
mod waveform;

use device_models::Surroundings;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use super::limit::{Transistor, limit};
use crate::experiment::script::{Ampere, Folders, Kelvin, Ohm, Second, Volt};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;
use waveform::{Ramps, Waveform};

/// Most cells of one study.
const MOST_CELLS: usize = 1_000_000;
/// Samples when the script gives neither number nor interval.
const DEFAULT_SAMPLES: u64 = 1001;
/// Most samples of one study.
const MOST_SAMPLES: u64 = 1_000_000_000_000;

/// Cells under a voltage waveform.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DevicePulse {
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
    /// Let each cell change from one half cycle to the next, as the card's `variability.cycling` says.
    #[serde(default)]
    cycling: bool,
    /// Read the cells with the noise of the card's `read_noise`.
    #[serde(default)]
    read_noise: bool,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// Ideal limit of the magnitude of the current.
    #[serde(default)]
    compliance_current: Option<Ampere>,
    /// Resistor in series with each cell, instead of `compliance_current`.
    #[serde(default)]
    series_resistance: Option<Ohm>,
    /// Transistor in series with each cell, instead of `compliance_current`.
    #[serde(default)]
    transistor: Option<Transistor>,
    /// State before: a name from the card (`hrs`, `lrs`) or a value of the slow state variable.
    #[serde(default = "cell::high_resistance")]
    initial_state: String,
    /// Applied voltage.
    waveform: Waveform,
    /// Voltage at which the cells are read at the end, instead of the card's.
    #[serde(default)]
    read_voltage: Option<Volt>,
    /// Number of equally spaced samples, both ends included.
    #[serde(default)]
    samples: Option<u64>,
    /// Time between samples, instead of their number.
    #[serde(default)]
    sample_interval: Option<Second>,
    /// Name of the trace in the record.
    #[serde(default = "iv")]
    trace: String,
}

fn one() -> usize {
    1
}

fn iv() -> String {
    "iv".to_owned()
}

impl Kind for DevicePulse {
    const NAME: &'static str = "device_pulse";
    const PURPOSE: &'static str = "cells of a device card under a voltage waveform";
}

impl DevicePulse {
    fn surroundings(&self) -> Result<Surroundings, FieldError> {
        let limit = limit(self.compliance_current, self.series_resistance, self.transistor)?;
        cell::surroundings(self.ambient_temperature, limit)
    }

    /// Sampling interval (s) and number of samples.
    fn sampling(&self, ramps: &Ramps) -> Result<(f64, u64), FieldError> {
        let duration = ramps.duration();
        if !duration.is_finite() {
            return Err(FieldError::new(
                "waveform",
                "the waveform is too long for its duration to be computed",
            ));
        }
        match (self.samples, self.sample_interval) {
            (Some(_), Some(_)) => {
                Err(FieldError::new("sample_interval", "give either samples or sample_interval, not both"))
            }
            (Some(samples), None) if samples < 2 => {
                Err(FieldError::new("samples", format!("at least 2 samples are needed, but it is {samples}")))
            }
            (Some(samples), None) if samples > MOST_SAMPLES => {
                Err(FieldError::new("samples", format!("must be at most {MOST_SAMPLES}, but is {samples}")))
            }
            (None, Some(interval)) => {
                cell::positive("sample_interval", interval.0, "s")?;
                let samples = (duration / interval.0 * (1.0 + 1e-12)).floor() + 1.0;
                if samples > MOST_SAMPLES as f64 {
                    let text =
                        format!("{} s makes {samples:.0} samples, more than {MOST_SAMPLES}", interval.0);
                    return Err(FieldError::new("sample_interval", text));
                }
                Ok((interval.0, samples as u64))
            }
            (samples, None) => {
                let samples = samples.unwrap_or(DEFAULT_SAMPLES);
                Ok((duration / (samples - 1) as f64, samples))
            }
        }
    }
}

impl Study for DevicePulse {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        cell::slow_state(&card, &self.initial_state)?;
        self.surroundings()?;
        if let Some(read) = self.read_voltage
            && read.0 == 0.0
        {
            let text = "is 0 V, but a conductance is read at another voltage";
            return Err(FieldError::new("read_voltage", text));
        }
        if self.cells == 0 || self.cells > MOST_CELLS {
            let text = format!("must be 1 to {MOST_CELLS}, but is {}", self.cells);
            return Err(FieldError::new("cells", text));
        }
        if self.spread && !card.has_spread() {
            let text = format!("card {} gives no device-to-device windows; leave spread away", card.name);
            return Err(FieldError::new("spread", text));
        }
        if self.cycling && card.windows.iter().all(|window| window.largest_step == 0.0) {
            let text = format!("card {} gives no steps from cycle to cycle; leave cycling away", card.name);
            return Err(FieldError::new("cycling", text));
        }
        if self.read_noise && card.read_noise.is_none() {
            let text = format!("card {} gives no read noise; leave read_noise away", card.name);
            return Err(FieldError::new("read_noise", text));
        }
        if self.spread || self.cycling {
            card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        }
        if self.trace.is_empty() || self.trace.contains(['/', '\0']) || self.trace.starts_with('.') {
            let text = format!("\"{}\" is not a usable name; use letters, digits and _", self.trace);
            return Err(FieldError::new("trace", text));
        }
        let ramps = self.waveform.ramps(folders)?;
        self.sampling(&ramps)?;
        Ok(Inputs { files: ramps.file.into_iter().collect(), ..cell::inputs(&card) })
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let card = cell::card(context.folders, &self.card, &self.parameters).map_err(fault)?;
        let ramps = self.waveform.ramps(context.folders).map_err(fault)?;
        let (interval, samples) = self.sampling(&ramps).map_err(fault)?;
        let setup = trace::Setup {
            slow: cell::slow_state(&card, &self.initial_state).map_err(fault)?,
            surroundings: self.surroundings().map_err(fault)?,
            card: &card,
            cells: self.cells,
            spread: self.spread,
            cycling: self.cycling,
            read_noise: self.read_noise,
            read_voltage: self.read_voltage.map_or(card.read_voltage, |v| v.0),
            trace: &self.trace,
        };
        let plan = plan::Plan::new(&ramps, interval, samples);
        let peak = trace::run(&setup, plan, samples, context, record)?;
        Ok(vec![
            format!(
                "{} cell(s) of {}, {samples} samples over {:.6e} s",
                self.cells,
                card.name,
                ramps.duration()
            ),
            format!(
                "largest current {:.4e} A at {:.4} V, hottest filament {:.0} K",
                peak.current, peak.voltage, peak.temperature
            ),
        ])
    }
}
