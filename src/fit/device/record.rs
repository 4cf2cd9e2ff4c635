//! The record of a fit: `/fit/…` with data, model and residuals.
//!
//! Sweeps: `/fit/{time, voltage, current, current_fit, current_start, residual}`; pulses:
//! `/fit/{pulse, voltage, width, conductance, conductance_fit, conductance_start, residual}`. Of the
//! parameters `/fit/parameters/{name, unit, start, value, standard_error, lowest, highest, correlation}`,
//! each number in the unit beside it. Jumps: `/fit/jumps/{data, model, deviation}`.

use std::path::{Path, PathBuf};

use device_models::card::DeviceCard;
use device_models::{CurrentLimit, Flags};
use serde_json::json;

use super::data::{Data, Measurement};
use super::{Fit, Settings};
use crate::fit::FitError;
use crate::record::{Dataset, Provenance, Record, Values};

/// Writes the record of a fit. `card` is the text of the fitted card.
///
/// # Errors
/// When the record cannot be written.
pub fn write_record(
    path: &Path,
    base: &DeviceCard,
    data: &Data,
    settings: &Settings,
    threads: usize,
    fit: &Fit,
    card: &str,
) -> Result<PathBuf, FitError> {
    let script = json!({
        "data": data.file_name(),
        "sha256": data.sha256,
        "card": base.name,
        "free": settings.free,
        "ranges": settings.ranges,
        "initial_state": settings.initial_state,
        "ambient_temperature": format!("{} K", settings.surroundings.ambient_temperature),
        "limit": limit(settings.surroundings.limit),
        "relative_noise": fit.noise.relative,
        "noise_floor": fit.noise.floor,
        "noise_given": fit.noise_given,
        "starts": settings.starts,
        "seed": settings.seed,
    });
    let provenance = Provenance {
        script: script.to_string(),
        cards: vec![(base.name.clone(), base.text.clone()), ("fitted".into(), card.to_owned())],
        seed: settings.seed,
        threads,
        kind: "fit_device".into(),
        title: format!("{} fitted to {}", base.name, data.file_name()),
    };
    let mut record = Record::create(path, &provenance)?;
    rows(&mut record, data, fit)?;
    parameters(&mut record, fit)?;
    summary(&mut record, fit)?;
    Ok(record.finish()?)
}

/// What limited the current, in words.
fn limit(limit: CurrentLimit) -> String {
    match limit {
        CurrentLimit::None => "none".into(),
        CurrentLimit::Ideal(current) => format!("ideal, {current:?} A"),
        CurrentLimit::Resistor(resistance) => format!("resistor, {resistance:?} Ohm"),
        CurrentLimit::Transistor { transconductance, overdrive } => {
            format!("transistor, {transconductance:?} A/V^2, overdrive {overdrive:?} V")
        }
    }
}

fn rows(record: &mut Record, data: &Data, fit: &Fit) -> Result<(), FitError> {
    let (scale, value, unit) = match &data.measurement {
        Measurement::Sweep(samples) => {
            let time = samples.iter().map(|s| s.time).collect();
            let voltage = samples.iter().map(|s| s.voltage).collect();
            record.write(&Dataset::vector("/fit/time", time, "s", "time").scale(0, "/fit/time"))?;
            let voltage = Dataset::vector("/fit/voltage", voltage, "V", "applied voltage");
            record.write(&voltage.scale(0, "/fit/time"))?;
            ("/fit/time", "current", "A")
        }
        Measurement::Pulses(pulses) => {
            let number = (1..=pulses.len()).map(|i| i as f64).collect();
            let column = |f: fn(&super::Pulse) -> f64| pulses.iter().map(f).collect::<Vec<f64>>();
            let (voltage, width) = (column(|p| p.voltage), column(|p| p.width));
            record.write(
                &Dataset::vector("/fit/pulse", number, "1", "number of the pulse").scale(0, "/fit/pulse"),
            )?;
            let voltage = Dataset::vector("/fit/voltage", voltage, "V", "voltage of the pulse");
            record.write(&voltage.scale(0, "/fit/pulse"))?;
            let width = Dataset::vector("/fit/width", width, "s", "width of the pulse");
            record.write(&width.scale(0, "/fit/pulse"))?;
            ("/fit/pulse", "conductance", "S")
        }
    };
    let nothing = || vec![f64::NAN; data.len()];
    let start = fit.start_values.clone().unwrap_or_else(nothing);
    let residual = fit.residuals.clone();
    for (suffix, values, name) in [
        ("", data.values(), "measured"),
        ("_fit", fit.values.clone(), "of the fitted model"),
        ("_start", start, "of the base card"),
    ] {
        let long_name = format!("{value} {name}");
        record.write(
            &Dataset::vector(format!("/fit/{value}{suffix}"), values, unit, long_name).scale(0, scale),
        )?;
    }
    let name = "data minus model over the noise; NaN: left out at a jump";
    record.write(&Dataset::vector("/fit/residual", residual, "1", name).scale(0, scale))?;
    if !fit.jumps.is_empty() {
        let column = |f: fn(&super::JumpTimes) -> f64| fit.jumps.iter().map(f).collect::<Vec<f64>>();
        for (name, values, long_name) in [
            ("data", column(|j| j.data), "when the data jump"),
            ("model", column(|j| j.model), "when the model jumps"),
            ("deviation", column(|j| j.deviation), "standard deviation of the data's time"),
        ] {
            record.write(&Dataset::vector(format!("/fit/jumps/{name}"), values, "s", long_name))?;
        }
    }
    Ok(())
}

fn parameters(record: &mut Record, fit: &Fit) -> Result<(), FitError> {
    let count = fit.parameters.len();
    let texts = |f: fn(&super::Fitted) -> String| Values::Text(fit.parameters.iter().map(f).collect());
    let group = "/fit/parameters";
    for (name, values, long_name) in [
        ("name", texts(|f| f.parameter.name.clone()), "name of the parameter"),
        ("unit", texts(|f| f.parameter.unit.clone()), "unit of its numbers"),
    ] {
        record.write(&Dataset::new(format!("{group}/{name}"), vec![count], values, "", long_name))?;
    }
    let column = |f: fn(&super::Fitted) -> f64| {
        fit.parameters.iter().map(|p| f(p) / p.parameter.per_unit).collect::<Vec<f64>>()
    };
    for (name, values, long_name) in [
        ("start", column(|f| f.parameter.start), "value of the base card"),
        ("value", column(|f| f.value), "fitted value"),
        ("standard_error", column(|f| f.error.unwrap_or(f64::NAN)), "standard error; NaN: not determined"),
        ("lowest", column(|f| f.parameter.low), "lower end of the range"),
        ("highest", column(|f| f.parameter.high), "upper end of the range"),
    ] {
        record.write(&Dataset::vector(format!("{group}/{name}"), values, "1", long_name))?;
    }
    let correlation = Values::F64(fit.correlations.concat());
    let name = "correlation of the parameters, in their order";
    record.write(&Dataset::new(
        format!("{group}/correlation"),
        vec![count, count],
        correlation,
        "1",
        name,
    ))?;
    Ok(())
}

fn summary(record: &mut Record, fit: &Fit) -> Result<(), FitError> {
    let warnings = Values::Text(fit.warnings.clone());
    record.write(&Dataset::new(
        "/fit/warnings",
        vec![fit.warnings.len()],
        warnings,
        "",
        "what to know before use",
    ))?;
    for (name, value, long_name) in [
        ("reduced_chi_square", fit.reduced_chi_square, "chi-square over the degrees of freedom"),
        ("rms", fit.rms, "root mean square of the relative deviation"),
        ("agreeing_starts", fit.agreeing.0 as f64, "starts that found this minimum"),
        ("starts", fit.agreeing.1 as f64, "searches"),
        ("evaluations", fit.evaluations.0 as f64, "evaluations of the model"),
        ("failed_evaluations", fit.evaluations.1 as f64, "evaluations that failed"),
        ("flags", f64::from(fit.flags.bits()), Flags::LEGEND),
    ] {
        record.write(&Dataset::scalar(format!("/fit/{name}"), value, "1", long_name))?;
    }
    Ok(())
}
