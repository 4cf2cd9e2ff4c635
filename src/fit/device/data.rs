//! A measurement: a sweep of voltage with the current, or a train of pulses with what is read after
//! each.

use std::path::{Path, PathBuf};

use super::table::{Quantity, Table};
use crate::data::sha256;
use crate::fit::FitError;

/// One sample of a sweep.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Time, s.
    pub time: f64,
    /// Applied voltage, V.
    pub voltage: f64,
    /// Current, A.
    pub current: f64,
}

/// One write pulse and what is read after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pulse {
    /// Applied voltage, V.
    pub voltage: f64,
    /// Width, s.
    pub width: f64,
    /// Conductance after the pulse, S.
    pub conductance: f64,
}

/// What was measured.
#[derive(Debug, Clone, PartialEq)]
pub enum Measurement {
    /// Current against voltage and time; between samples the voltage is a ramp.
    Sweep(Vec<Sample>),
    /// A train of pulses, one after the other; the cell rests between them.
    Pulses(Vec<Pulse>),
}

/// A measurement with the file it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// The file.
    pub path: PathBuf,
    /// SHA-256 of the file.
    pub sha256: String,
    /// What was measured.
    pub measurement: Measurement,
    /// What was assumed about the file.
    pub notes: Vec<String>,
}

impl Data {
    /// Reads a CSV file. `rate` (V/s) gives the time of a sweep that has no column of time.
    ///
    /// # Errors
    /// When the file cannot be read or is no such measurement.
    pub fn read(path: &Path, rate: Option<f64>) -> Result<Self, FitError> {
        let bytes =
            std::fs::read(path).map_err(|source| FitError::Unreadable { path: path.to_owned(), source })?;
        let text = std::str::from_utf8(&bytes).map_err(|error| FitError::Data {
            path: path.to_owned(),
            message: format!(
                "is not text (byte {} is not UTF-8); expected comma-separated values",
                error.valid_up_to()
            ),
        })?;
        let table = Table::parse(path, text)?;
        let measurement = measurement(&table, rate)?;
        Ok(Self { path: path.to_owned(), sha256: sha256(&bytes), measurement, notes: table.notes })
    }

    /// Number of samples or pulses.
    pub fn len(&self) -> usize {
        match &self.measurement {
            Measurement::Sweep(samples) => samples.len(),
            Measurement::Pulses(pulses) => pulses.len(),
        }
    }

    /// Nothing was measured; never the case after [`Data::read`].
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The measured values that a model must meet: currents (A) or conductances (S).
    pub fn values(&self) -> Vec<f64> {
        match &self.measurement {
            Measurement::Sweep(samples) => samples.iter().map(|s| s.current).collect(),
            Measurement::Pulses(pulses) => pulses.iter().map(|p| p.conductance).collect(),
        }
    }

    /// SI unit of [`Data::values`].
    pub fn unit(&self) -> &'static str {
        match self.measurement {
            Measurement::Sweep(_) => "A",
            Measurement::Pulses(_) => "S",
        }
    }

    /// Name of the file without its folder.
    pub fn file_name(&self) -> String {
        self.path.file_name().unwrap_or(self.path.as_os_str()).to_string_lossy().into_owned()
    }
}

fn measurement(table: &Table, rate: Option<f64>) -> Result<Measurement, FitError> {
    let pulsed = [Quantity::Width, Quantity::Conductance, Quantity::Resistance]
        .iter()
        .any(|quantity| table.get(*quantity).is_some());
    let measurement = if pulsed { pulses(table, rate)? } else { sweep(table, rate)? };
    let values: Vec<f64> = match &measurement {
        Measurement::Sweep(samples) => samples.iter().map(|s| s.current).collect(),
        Measurement::Pulses(pulses) => pulses.iter().map(|p| p.conductance).collect(),
    };
    let largest = values.iter().fold(0.0, |most: f64, v| most.max(v.abs()));
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(*v), b.max(*v)));
    if values.len() < 3 {
        return Err(table.fault(&format!(
            "holds {} rows; a fit needs at least 3, and more than free parameters",
            values.len()
        )));
    }
    if high - low <= 1e-9 * largest {
        let what = if pulsed { "conductance" } else { "current" };
        return Err(table.fault(&format!("the {what} is the same in every row: there is nothing to fit")));
    }
    Ok(measurement)
}

fn sweep(table: &Table, rate: Option<f64>) -> Result<Measurement, FitError> {
    let voltages = table.need(Quantity::Voltage, "")?;
    let currents = table.need(Quantity::Current, ", conductance or resistance")?;
    let times = match (table.get(Quantity::Time), rate) {
        (Some(_), Some(_)) => {
            return Err(FitError::Option {
                option: "--rate",
                message: "the data have a column of time; leave the rate out".into(),
            });
        }
        (Some(times), None) => {
            if let Some(row) = times.windows(2).position(|pair| pair.first() > pair.last()) {
                return Err(
                    table.row_fault(row + 1, "the time goes back; rows must be in the order of time".into())
                );
            }
            times.to_vec()
        }
        (None, Some(rate)) => {
            let mut time = 0.0;
            let mut last = voltages.first().copied().unwrap_or(0.0);
            let at = |voltage: &f64| {
                time += (voltage - last).abs() / rate;
                last = *voltage;
                time
            };
            voltages.iter().map(at).collect()
        }
        (None, None) => {
            table.need(Quantity::Time, " and no --rate is given (such as --rate \"1 V/s\")")?;
            Vec::new()
        }
    };
    if times.first() == times.last() {
        return Err(table.fault("no time passes from the first row to the last"));
    }
    let sample = |((time, voltage), current): ((&f64, &f64), &f64)| Sample {
        time: *time,
        voltage: *voltage,
        current: *current,
    };
    Ok(Measurement::Sweep(times.iter().zip(voltages).zip(currents).map(sample).collect()))
}

fn pulses(table: &Table, rate: Option<f64>) -> Result<Measurement, FitError> {
    if rate.is_some() {
        return Err(FitError::Option {
            option: "--rate",
            message: "the data are pulses, which have no rate".into(),
        });
    }
    let voltages = table.need(Quantity::Voltage, "")?;
    let widths = table.need(Quantity::Width, "")?;
    if let Some(row) = widths.iter().position(|width| *width <= 0.0) {
        return Err(table.row_fault(row, "the width of a pulse must be above zero".into()));
    }
    let conductances: Vec<f64> = match (table.get(Quantity::Conductance), table.get(Quantity::Resistance)) {
        (Some(_), Some(_)) => return Err(table.fault("has conductance and resistance; keep one of them")),
        (Some(conductances), None) => conductances.to_vec(),
        (None, Some(resistances)) => {
            if let Some(row) = resistances.iter().position(|r| *r <= 0.0) {
                return Err(table.row_fault(row, "a resistance must be above zero".into()));
            }
            resistances.iter().map(|r| 1.0 / r).collect()
        }
        (None, None) => table.need(Quantity::Conductance, " or resistance")?.to_vec(),
    };
    let pulse = |((voltage, width), conductance): ((&f64, &f64), &f64)| Pulse {
        voltage: *voltage,
        width: *width,
        conductance: *conductance,
    };
    Ok(Measurement::Pulses(voltages.iter().zip(widths).zip(&conductances).map(pulse).collect()))
}
