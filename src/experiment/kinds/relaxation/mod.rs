//! `relaxation`: what written conductances do over decades of time, and their read noise.
//!
//! For every temperature and programmed conductance many cells are written, verified by one read and read
//! again at each of the times ([`device_models::relaxation`]). Written, over temperature × conductance ×
//! time: `/results/mean`, `variance`, `median`, `robust_width` and `kurtosis` of the change since the
//! verifying read, `/results/quantiles`; over temperature × conductance: `/results/mean_shift` at the last
//! time, the variance's `/results/variance_slope` (C₁, per decade) and `/results/variance_at_one_second`
//! (C₂), `/results/zero_share` of the cells held at zero. With `noise`, one cell of each conductance is
//! left alone and then read at a fixed rate: `/results/noise`. With `measured`, the statistics of measured
//! cells that are nearest to the study's: `/measured`.

mod measured;
mod noise;
mod write;

use std::sync::Arc;

use device_models::relaxation::{Cell, Relaxation as Block};
use numerics::rng::{Purpose, Stream};
use numerics::statistics::{Sorted, Summary, line};
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use crate::experiment::script::{Folders, Hertz, Kelvin, List, Second, Siemens};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;

/// Shares at which quantiles are taken.
const SHARES: [f64; 7] = [0.01, 0.1, 0.25, 0.5, 0.75, 0.9, 0.99];
/// Cells whose conductances are written one by one.
const SHOWN: usize = 8;
/// Most cells of one conductance.
const MOST_CELLS: usize = 1_000_000;
/// Most combinations of conductance, temperature and time.
const MOST_CONDITIONS: usize = 1_000_000;
/// Most samples of a noise trace.
const MOST_SAMPLES: usize = 1 << 22;

/// Relaxation and read noise of written cells.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Relaxation {
    /// Name of a shipped device card with a relaxation block, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// Programmed conductances.
    conductances: List<Siemens>,
    /// Cells of each conductance.
    cells: usize,
    /// Times since the write, rising.
    times: List<Second>,
    /// Temperatures; each has cells of its own.
    #[serde(default = "room")]
    temperatures: List<Kelvin>,
    /// Read noise of single cells, at the first temperature.
    #[serde(default)]
    noise: Option<NoiseTrace>,
    /// Table of statistics of measured cells, as `neurofilament fit relaxation --statistics` writes it; the
    /// held-out half is set beside the results.
    #[serde(default)]
    measured: Option<String>,
}

/// A trace of reads at a fixed rate.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoiseTrace {
    /// Time between the write and the first read.
    rest: Second,
    /// Reads per second.
    sample_rate: Hertz,
    /// Number of reads.
    samples: usize,
}

fn room() -> List<Kelvin> {
    List::of(vec![Kelvin(298.0)])
}

impl Kind for Relaxation {
    const NAME: &'static str = "relaxation";
    const PURPOSE: &'static str = "relaxation, retention and read noise of written conductances";
}

/// One temperature and conductance.
struct Point {
    /// Statistics of the change at each time.
    summaries: Vec<Option<Summary>>,
    /// At each time and share, S.
    quantiles: Vec<f64>,
    /// Conductances of the first cells, time by time, S.
    shown: Vec<f64>,
    zero_share: f64,
    law: (f64, f64),
}

impl Relaxation {
    fn block(&self, folders: &Folders) -> Result<(Inputs, Arc<Block>), FieldError> {
        let card = cell::card(folders, &self.card, &self.parameters)?;
        let inputs = cell::inputs(&card);
        let block = card.relaxation.ok_or_else(|| {
            FieldError::new(
                "card",
                format!("\"{}\" has no relaxation block; `technology_c` is a card with one", self.card),
            )
        })?;
        Ok((inputs, block))
    }

    fn point(
        &self,
        block: &Block,
        context: &Context<'_>,
        number: u64,
        at: (f64, f64),
    ) -> Result<Point, ExperimentError> {
        let seed = context.seed;
        let (temperature, conductance) = at;
        let times = self.times.values();
        // Each point has devices of its own.
        let first = number << 32;
        let mut cells = vec![Cell::new(conductance); self.cells];
        let mut noise = Stream::new(seed, Purpose::ReadNoise, first, 0);
        let verified: Vec<f64> = cells.iter().map(|cell| block.read(cell, &mut noise)).collect();
        let (mut summaries, mut quantiles, mut shown, mut law) =
            (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut before = 0.0;
        for &time in &times {
            context.proceed()?;
            block.elapse(&mut cells, first, seed, time - before, temperature);
            before = time;
            let reads: Vec<f64> = cells.iter().map(|cell| block.read(cell, &mut noise)).collect();
            shown.extend(reads.iter().take(SHOWN));
            let changes: Vec<f64> = reads.iter().zip(&verified).map(|(a, b)| a - b).collect();
            let summary = Summary::of(&changes);
            law.extend(summary.map(|s| (time.log10(), s.variance)));
            summaries.push(summary);
            let sorted = Sorted::new(changes);
            quantiles.extend(SHARES.map(|share| sorted.quantile(share)));
        }
        let zero = cells.iter().filter(|cell| block.at_zero(cell)).count();
        let zero_share = zero as f64 / self.cells as f64;
        Ok(Point { summaries, quantiles, shown, zero_share, law: line(&law) })
    }
}

impl Study for Relaxation {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let (mut inputs, block) = self.block(folders)?;
        let conductances = self.conductances.values();
        filled("conductances", &conductances, "S")?;
        let (low, high) = block.described();
        let micro = |g: f64| (1e9 * g).round() / 1e3;
        inputs.warnings.extend((conductances.iter().filter(|g| !(low..=high).contains(*g))).map(|g| {
            format!(
                "conductances: {} µS lies outside {} to {} µS, which the relaxation block of card \"{}\" describes; the nearest level is used",
                micro(*g), micro(low), micro(high), self.card
            )
        }));
        filled("temperatures", &self.temperatures.values(), "K")?;
        let times = self.times.values();
        filled("times", &times, "s")?;
        if let Some(i) = (1..times.len()).find(|&i| times[i] <= times[i - 1]) {
            return Err(FieldError::new(format!("times[{i}]"), "must come after the time before it"));
        }
        if !(2..=MOST_CELLS).contains(&self.cells) {
            let message = format!("is {}, but must be 2 to {MOST_CELLS}", self.cells);
            return Err(FieldError::new("cells", message));
        }
        let conditions =
            conductances.len().saturating_mul(self.temperatures.len()).saturating_mul(times.len());
        if conditions > MOST_CONDITIONS {
            let text = format!(
                "{conditions} conductances × temperatures × times are more than {MOST_CONDITIONS}; give fewer"
            );
            return Err(FieldError::new("times", text));
        }
        if let Some(noise) = self.noise {
            cell::positive("noise.rest", noise.rest.0, "s")?;
            cell::positive("noise.sample_rate", noise.sample_rate.0, "Hz")?;
            if !(128..=MOST_SAMPLES).contains(&noise.samples) {
                let message = format!("is {}, but must be 128 to {MOST_SAMPLES}", noise.samples);
                return Err(FieldError::new("noise.samples", message));
            }
        }
        if let Some(name) = &self.measured {
            let (path, text) = folders.read("measured", name)?;
            measured::read(&text)?;
            inputs.files.push(path);
        }
        Ok(inputs)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let (_, block) = self.block(context.folders).map_err(fault)?;
        let conductances = self.conductances.values();
        let at: Vec<(f64, f64)> = (self.temperatures.values().into_iter())
            .flat_map(|t| conductances.iter().map(move |g| (t, *g)))
            .collect();
        context.progress.start("levels", at.len() as u64);
        let points = (at.par_iter().enumerate())
            .map(|(number, &at)| {
                let point = self.point(&block, context, number as u64, at)?;
                context.progress.advance(1);
                Ok(point)
            })
            .collect::<Result<Vec<Point>, ExperimentError>>()?;
        write::results(self, &points, record)?;
        let mut summary = vec![format!(
            "{} cells at {} conductances and {} temperatures, {} times",
            self.cells * at.len(),
            conductances.len(),
            self.temperatures.len(),
            self.times.len()
        )];
        let held: f64 = points.iter().map(|p| p.zero_share).sum::<f64>() / points.len() as f64;
        if held > 0.0 {
            summary.push(format!("{:.2} % of the cells ended at zero conductance", 100.0 * held));
        }
        if let Some(trace) = &self.noise {
            summary.extend(noise::run(self, trace, &block, context, record)?);
        }
        if let Some(name) = &self.measured {
            let (_, text) = context.folders.read("measured", name).map_err(fault)?;
            let rows = measured::read(&text).map_err(fault)?;
            measured::write(&measured::nearest(&rows, &conductances), record)?;
        }
        Ok(summary)
    }
}

/// Refuses an empty list, and values that are not above zero.
fn filled(field: &str, values: &[f64], unit: &str) -> Result<(), FieldError> {
    if values.is_empty() {
        return Err(FieldError::new(field, "the list is empty; give at least one value"));
    }
    values.iter().enumerate().try_for_each(|(i, v)| cell::positive(&format!("{field}[{i}]"), *v, unit))
}
