//! `fit device`: a compact model's parameters from a measurement, written as a card.

use std::path::PathBuf;

use clap::Args;
use device_models::{CurrentLimit, Surroundings, units};

use super::super::output::{Output, warn};
use super::super::{CliError, models, run};
use super::write;
use crate::experiment::kinds::is_card_file;
use crate::fit::FitError;
use crate::fit::device::{self, Data, Fit, Fitted, Measurement, Settings};

/// Most searches of one fit.
const MOST_STARTS: i64 = 1000;

/// The options of `fit device`.
#[derive(Debug, Args)]
pub(in super::super) struct Options {
    /// The data: columns time, voltage, current; or voltage, current with --rate; or voltage, width and
    /// conductance or resistance of pulses. Units in the header, such as `current [uA]`
    data: PathBuf,
    /// The base card: a shipped one, or a file ending in .json
    #[arg(long)]
    card: String,
    /// Parameters to fit, separated by commas; initial_state is the state before
    #[arg(long, value_delimiter = ',', required = true)]
    free: Vec<String>,
    /// Range of a free parameter, instead of the documented one
    #[arg(long, value_name = "NAME=LO..HI")]
    range: Vec<String>,
    /// The card to write
    #[arg(long)]
    out: PathBuf,
    /// Ramp rate of data without time, such as "1 V/s"
    #[arg(long)]
    rate: Option<String>,
    /// State before the measurement: a state of the card or a quantity
    #[arg(long, default_value = "hrs")]
    initial_state: String,
    /// Temperature around the cell
    #[arg(long, default_value = "293 K")]
    ambient_temperature: String,
    /// Ideal limit of the current
    #[arg(long)]
    compliance_current: Option<String>,
    /// Resistor in series with the cell
    #[arg(long, conflicts_with = "compliance_current")]
    series_resistance: Option<String>,
    /// Voltage at which the conductances of pulses were read [default: the card's]
    #[arg(long, allow_hyphen_values = true)]
    read_voltage: Option<String>,
    /// Relative noise of the data, such as "5 %" [default: estimated from the residuals]
    #[arg(long)]
    noise: Option<String>,
    /// Noise near zero, such as "1 nA" [default: a millionth of the largest value]
    #[arg(long)]
    floor: Option<String>,
    /// Number of searches: the base card, and the best of random points
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=MOST_STARTS))]
    starts: u32,
    /// Seed of the random points
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Number of threads [default: one for each core]
    #[arg(long, value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Write a record and an HTML report beside the card, too
    #[arg(long)]
    report: bool,
}

/// Fits, prints the table, writes the card.
pub(super) fn run(options: &Options, output: &mut Output) -> Result<(), CliError> {
    if !is_card_file(&options.out.to_string_lossy()) {
        let message = format!("{} must end in .json, as card files do", options.out.display());
        return Err(FitError::Option { option: "--out", message }.into());
    }
    let threads = run::pool(options.threads)?;
    let base = models::load(&options.card)?;
    let rate = options.rate.as_deref().map(|text| positive("--rate", text, "V/s")).transpose()?;
    let data = Data::read(&options.data, rate)?;
    let settings = settings(options, &data)?;
    let fit = device::fit(&base, &data, &settings)?;
    let name = options.out.file_stem().unwrap_or(options.out.as_os_str()).to_string_lossy().into_owned();
    let card = device::card_text(&base, &data, &fit, &name)?;
    explain(&base.name, &data, &fit, output)?;
    write(&options.out, &card)?;
    if options.report {
        let record = options.out.with_extension("h5");
        let path = device::write_record(&record, &base, &data, &settings, threads, &fit, &card)?;
        run::report(&path, None, output)?;
        output.line(&format!("record: {}", path.display()))?;
    }
    Ok(output.line(&format!("card: {}", options.out.display()))?)
}

fn settings(options: &Options, data: &Data) -> Result<Settings, FitError> {
    let option =
        |name, text: &Option<String>, unit| text.as_deref().map(|t| positive(name, t, unit)).transpose();
    let limit = match (&options.compliance_current, &options.series_resistance) {
        (Some(text), _) => CurrentLimit::Ideal(positive("--compliance-current", text, "A")?),
        (None, Some(text)) => CurrentLimit::Resistor(positive("--series-resistance", text, "Ohm")?),
        (None, None) => CurrentLimit::None,
    };
    let ambient_temperature = positive("--ambient-temperature", &options.ambient_temperature, "K")?;
    let read_voltage = options.read_voltage.as_deref().map(|text| read_voltage(text, data)).transpose()?;
    Ok(Settings {
        free: options.free.iter().map(|name| name.trim().to_owned()).collect(),
        ranges: options.range.clone(),
        initial_state: options.initial_state.clone(),
        surroundings: Surroundings { ambient_temperature, limit },
        read_voltage,
        relative_noise: option("--noise", &options.noise, "1")?,
        noise_floor: option("--floor", &options.floor, data.unit())?,
        starts: options.starts as usize,
        seed: options.seed,
    })
}

/// A quantity above zero.
fn positive(option: &'static str, text: &str, unit: &str) -> Result<f64, FitError> {
    let fault = |message: String| FitError::Option { option, message };
    let value = units::parse(text, unit).map_err(|error| fault(error.to_string()))?;
    if value > 0.0 { Ok(value) } else { Err(fault(format!("is {text}, but must be above zero"))) }
}

fn read_voltage(text: &str, data: &Data) -> Result<f64, FitError> {
    let fault = |message: String| FitError::Option { option: "--read-voltage", message };
    if matches!(data.measurement, Measurement::Sweep(_)) {
        return Err(fault("the data are a sweep, which reads at its own voltages".into()));
    }
    let value = units::parse(text, "V").map_err(|error| fault(error.to_string()))?;
    if value == 0.0 { Err(fault("is 0 V, where nothing can be read".into())) } else { Ok(value) }
}

/// The result for people.
fn explain(base: &str, data: &Data, fit: &Fit, output: &mut Output) -> Result<(), CliError> {
    for note in &fit.notes {
        output.line(&format!("note: {note}"))?;
    }
    let jumps = if fit.jumps.is_empty() {
        String::new()
    } else {
        format!(", of which {} abrupt transitions are compared by their time", fit.jumps.len())
    };
    let kind = match data.measurement {
        Measurement::Sweep(_) => "samples of a sweep",
        Measurement::Pulses(_) => "pulses",
    };
    output.line(&format!("{}: {} {kind}{jumps}; base card {base}\n", data.path.display(), data.len()))?;
    output
        .line(&format!("{:<28} {:>14}   {:<30} {:<10} range", "parameter", "start", "fitted ± σ", "unit"))?;
    for fitted in &fit.parameters {
        output.line(&row(fitted))?;
    }
    let noise = if fit.noise_given {
        format!("noise {:.3} % as given", 100.0 * fit.noise.relative)
    } else {
        format!(
            "for noise of {:.3} %; standard errors are scaled to the residuals",
            100.0 * fit.noise.relative
        )
    };
    output.line(&format!(
        "\nrms error {:.3} %, reduced chi-square {:.4} {noise}",
        100.0 * fit.rms,
        fit.reduced_chi_square
    ))?;
    for (i, jump) in fit.jumps.iter().enumerate() {
        output.line(&format!(
            "transition {}: at {:.6e} s in the data, at {:.6e} s in the model",
            i + 1,
            jump.data,
            jump.model
        ))?;
    }
    output.line(&format!(
        "{} of {} searches found this minimum; {} evaluations of the model, {} failed",
        fit.agreeing.0, fit.agreeing.1, fit.evaluations.0, fit.evaluations.1
    ))?;
    for warning in &fit.warnings {
        warn("warning", warning);
    }
    Ok(())
}

fn row(fitted: &Fitted) -> String {
    let p = &fitted.parameter;
    let unit = if p.unit == "1" { "–" } else { &p.unit };
    let shown = |value: f64| device::short(value / p.per_unit);
    format!(
        "{:<28} {:>14}   {:<30} {unit:<10} {} to {}",
        p.name,
        shown(p.start),
        device::plus_minus(fitted.value / p.per_unit, fitted.error.map(|e| e / p.per_unit)),
        shown(p.low),
        shown(p.high)
    )
}
