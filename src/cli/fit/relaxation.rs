//! `fit relaxation`: the relaxation block of a card from conductances measured after a write.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use device_models::relaxation::Relaxation;
use device_models::{DeviceCard, units};
use serde_json::{Value, json};

use super::write;
use crate::cli::CliError;
use crate::cli::output::Output;
use crate::fit::relaxation::FitError;
use crate::fit::relaxation::compare::{sample, variance_law};
use crate::fit::relaxation::estimate::{self, estimate};
use crate::fit::relaxation::measured::{Half, Measured};
use crate::fit::relaxation::noise;
use crate::fit::relaxation::statistics::{self, Cellular, Levels};

/// Cells sampled for each one held out.
const COPIES: u64 = 64;

#[derive(Debug, Args)]
pub(in crate::cli) struct Options {
    /// Series (7 columns), bakes (5 columns) or time series of single cells; TSV or CSV, also .gz
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// Upper end of the programmed range
    #[arg(long, value_name = "CONDUCTANCE", value_parser = siemens)]
    g_max: f64,
    /// Levels into which the range is divided
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    levels: u16,
    /// Temperature of series and time series
    #[arg(long, default_value = "298 K", value_parser = kelvin)]
    temperature: f64,
    /// Sampling rate of time series
    #[arg(long, default_value = "400 Hz", value_parser = hertz)]
    sample_rate: f64,
    /// Attempt frequency of the traps
    #[arg(long, default_value = "1e13 Hz", value_parser = hertz)]
    attempt_frequency: f64,
    /// Asymmetry of the traps, where no time series shows it
    #[arg(long, default_value = "0.057 eV", value_parser = joule)]
    asymmetry: f64,
    /// Name of the card [default: that of --out]
    #[arg(long)]
    name: Option<String>,
    /// Where the measurements come from, for the card
    #[arg(long, default_value = "own measurements")]
    source: String,
    /// Card to write
    #[arg(long, value_name = "CARD.json")]
    out: Option<PathBuf>,
    /// Table of the measured statistics to write
    #[arg(long, value_name = "FILE.csv")]
    statistics: Option<PathBuf>,
}

fn quantity(text: &str, unit: &str) -> Result<f64, String> {
    let value = units::parse(text, unit).map_err(|error| error.to_string())?;
    if value > 0.0 { Ok(value) } else { Err(format!("\"{text}\" must be above zero")) }
}

fn siemens(text: &str) -> Result<f64, String> {
    quantity(text, "S")
}

fn kelvin(text: &str) -> Result<f64, String> {
    quantity(text, "K")
}

fn hertz(text: &str) -> Result<f64, String> {
    quantity(text, "Hz")
}

fn joule(text: &str) -> Result<f64, String> {
    quantity(text, "J")
}

/// Refuses places that cannot be written, or that hold something else of this fit.
fn check_places(places: &[&Path], inputs: &[PathBuf]) -> Result<(), FitError> {
    for (index, place) in places.iter().enumerate() {
        let message = if inputs.iter().any(|input| input == place) {
            "is a measurement and would be overwritten; choose another path"
        } else if places[..index].contains(place) {
            "is given for the card and for the statistics; choose two paths"
        } else if place.parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir()) {
            "lies in a folder that does not exist; create it"
        } else {
            continue;
        };
        return Err(FitError::Data { message: format!("{} {message}", place.display()) });
    }
    Ok(())
}

/// Fits, prints how the block does on the cells it has not seen, writes the files asked for.
pub(super) fn run(options: &Options, output: &mut Output) -> Result<(), CliError> {
    let places: Vec<&Path> =
        [&options.out, &options.statistics].into_iter().flatten().map(PathBuf::as_path).collect();
    check_places(&places, &options.files)?;
    if let Some(path) = options.out.as_ref().filter(|path| path.extension().is_none_or(|e| e != "json")) {
        let message = format!("--out {}: a card's path must end in .json", path.display());
        return Err(FitError::Data { message }.into());
    }
    let measured = Measured::read(&options.files, options.temperature)?;
    let levels = Levels { greatest: options.g_max, count: usize::from(options.levels) };
    let known = estimate::Options {
        levels,
        attempt_frequency: options.attempt_frequency,
        highest_barrier: 1.9 * 1.602_176_634e-19,
        asymmetry: options.asymmetry,
        temperature: options.temperature,
        rate: options.sample_rate,
    };
    let fitted = measured.half(Half::Fitted);
    let held_out = measured.half(Half::HeldOut);
    let relaxation = estimate(&fitted, &known)?;
    let reference = statistics::of(&fitted, &levels);
    let ours = statistics::of(&sample(&relaxation, &held_out, COPIES, 1), &levels);
    let theirs = statistics::of(&held_out, &levels);
    variance_laws(levels, (&theirs, &reference, &ours), output)?;
    shapes((&theirs, &ours), output)?;
    noises(&relaxation, &measured, &known, output)?;
    if let Some(path) = &options.statistics {
        let text = format!(
            "{}\n{}{}",
            statistics::COLUMNS,
            statistics::csv("fitted", &reference),
            statistics::csv("held_out", &theirs)
        );
        write(path, &text)?;
        output.line(&format!("statistics: {}", path.display()))?;
    }
    if let Some(path) = &options.out {
        let stem = path.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        let name = options.name.clone().unwrap_or(stem);
        let text = format!("{:#}\n", card(&name, options, &relaxation));
        // What is written can be read.
        DeviceCard::parse(&name, &text, &BTreeMap::new())?;
        write(path, &text)?;
        output.line(&format!("card: {}", path.display()))?;
    }
    Ok(())
}

fn micro(siemens: f64) -> f64 {
    siemens * 1e6
}

fn percent(ours: f64, theirs: f64) -> f64 {
    (ours / theirs - 1.0) * 100.0
}

/// C₁ and C₂ of the levels: the cells held out, the model, and for comparison the fitted half.
fn variance_laws(
    levels: Levels,
    (theirs, reference, ours): (&[Cellular], &[Cellular], &[Cellular]),
    output: &mut Output,
) -> Result<(), CliError> {
    let temperatures =
        |s: &[Cellular]| s.windows(2).any(|p| (p[0].temperature - p[1].temperature).abs() > 1e-6);
    if temperatures(theirs) {
        return Ok(());
    }
    output.line("variance C1 log10(t/1 s) + C2, uS^2: held-out cells | model (deviation) | other half of the cells (deviation)")?;
    output.line(&format!(
        "{:>6} {:>6} {:>8} {:>8} | {:>8} {:>6} {:>8} {:>6} | {:>6} {:>6}",
        "G/uS", "cells", "C1", "C2", "C1", "%", "C2", "%", "C1 %", "C2 %"
    ))?;
    let (mut within, mut halves, mut total) = (0, 0, 0);
    for level in 0..levels.count {
        let laws = (variance_law(theirs, level), variance_law(ours, level), variance_law(reference, level));
        let (Some(t), Some(o), Some(r)) = laws else { continue };
        let Some(own) = theirs.iter().find(|s| s.level == level) else { continue };
        let (d1, d2) = (percent(o.0, t.0), percent(o.1, t.1));
        let (h1, h2) = (percent(r.0, t.0), percent(r.1, t.1));
        total += 1;
        within += usize::from(d1.abs() <= 20.0 && d2.abs() <= 20.0);
        halves += usize::from(h1.abs() <= 20.0 && h2.abs() <= 20.0);
        output.line(&format!(
            "{:>6.1} {:>6} {:>8.3} {:>8.3} | {:>8.3} {d1:>+6.0} {:>8.3} {d2:>+6.0} | {h1:>+6.0} {h2:>+6.0}",
            micro(own.conductance),
            own.summary.count,
            t.0 * 1e12,
            t.1 * 1e12,
            o.0 * 1e12,
            o.1 * 1e12
        ))?;
    }
    output.line(&format!(
        "both within 20 %: model {within} of {total} levels, the other half of the cells {halves} of {total}\n"
    ))?;
    Ok(())
}

/// Mean, width and tails in every condition.
fn shapes((theirs, ours): (&[Cellular], &[Cellular]), output: &mut Output) -> Result<(), CliError> {
    output.line("changes of conductance, uS: held-out cells | model")?;
    output.line(&format!(
        "{:>8} {:>6} {:>6} | {:>7} {:>7} {:>7} {:>7} | {:>7} {:>7} {:>7} {:>7}",
        "t/s", "T/K", "G/uS", "mean", "sigma", "MAD", "kurt", "mean", "sigma", "MAD", "kurt"
    ))?;
    for (t, o) in pairs(theirs, ours) {
        let (a, b) = (&t.summary, &o.summary);
        output.line(&format!(
            "{:>8.1e} {:>6.1} {:>6.1} | {:>7.2} {:>7.2} {:>7.2} {:>7.1} | {:>7.2} {:>7.2} {:>7.2} {:>7.1}",
            t.time,
            t.temperature,
            micro(t.conductance),
            micro(a.mean),
            micro(a.variance.sqrt()),
            micro(a.robust_width),
            a.kurtosis,
            micro(b.mean),
            micro(b.variance.sqrt()),
            micro(b.robust_width),
            b.kurtosis
        ))?;
    }
    Ok(())
}

fn pairs<'a>(theirs: &'a [Cellular], ours: &'a [Cellular]) -> Vec<(&'a Cellular, &'a Cellular)> {
    let same = |a: &Cellular, b: &Cellular| {
        a.level == b.level
            && a.time.total_cmp(&b.time).is_eq()
            && a.temperature.total_cmp(&b.temperature).is_eq()
    };
    theirs.iter().filter_map(|t| Some((t, ours.iter().find(|o| same(t, o))?))).collect()
}

/// Spectra of single cells beside the model's mean.
fn noises(
    relaxation: &Relaxation,
    measured: &Measured,
    known: &estimate::Options,
    output: &mut Output,
) -> Result<(), CliError> {
    let cells: Vec<noise::CellNoise> =
        measured.series.iter().filter_map(|s| noise::of(s, known.rate)).collect();
    if cells.is_empty() {
        return Ok(());
    }
    output.line("\nread noise: single cells | model, geometric mean over cells")?;
    output.line(&format!("{:>6} {:>6} {:>9} | {:>9}", "G/uS", "slope", "S/G^2@1Hz", "S/G^2@1Hz"))?;
    for cell in cells {
        let square = cell.conductance * cell.conductance;
        let model = noise::typical(relaxation, cell.conductance, known.temperature, known.rate);
        output.line(&format!(
            "{:>6.1} {:>6.2} {:>9.2e} | {:>9.2e}",
            micro(cell.conductance),
            cell.slope,
            cell.at_one_hertz / square,
            model / square
        ))?;
    }
    Ok(())
}

/// A complete card of programmed cells with this block.
fn card(name: &str, options: &Options, relaxation: &Relaxation) -> Value {
    let greatest = format!("{} uS", micro(options.g_max));
    json!({
        "format": 1,
        "name": name,
        "title": "Programmed conductances with measured relaxation",
        "description": "Made by `neurofilament fit relaxation` from half of the cells; the other half is its test. How the cells are switched is not known: no bias moves them.",
        "model": "programmed_conductance",
        "source": { "citation": options.source, "doi": "none", "location": "the files given to the fit" },
        "reproduces": ["variance, mean and tails of the change of conductance after a write"],
        "parameters": { "minimum_conductance": "0 S", "maximum_conductance": greatest },
        "read_voltage": "0.1 V",
        "states": { "hrs": "0 S", "lrs": greatest },
        "relaxation": relaxation.to_json(&options.source),
    })
}
