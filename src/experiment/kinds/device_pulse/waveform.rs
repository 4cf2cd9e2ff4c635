//! Voltage waveforms: a list of ramps, repeated. Long pulse trains take no memory.

use std::path::PathBuf;

use device_models::Segment;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::cell::{not_negative, positive};
use super::csv;
use crate::experiment::FieldError;
use crate::experiment::script::{Folders, List, Second, Volt, VoltPerSecond};

/// The applied voltage over time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Waveform {
    /// Constant voltages, one after the other.
    Steps(Vec<Step>),
    /// From 0 V to each peak in turn and back to 0 V, at a constant rate.
    Triangle(Triangle),
    /// Rectangular or trapezoidal pulses.
    PulseTrain(PulseTrain),
    /// Times and voltages from a CSV file, joined by straight lines.
    Samples(Samples),
}

/// A constant voltage for a time.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Voltage.
    voltage: Volt,
    /// Duration.
    duration: Second,
}

/// A triangular sweep.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Triangle {
    /// Turning points, e.g. `["-1.5 V", "1.5 V"]`.
    peaks: List<Volt>,
    /// Magnitude of dV/dt.
    rate: VoltPerSecond,
    /// Number of sweeps.
    #[serde(default = "one")]
    cycles: u64,
}

/// A train of equal pulses.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PulseTrain {
    /// Voltage of the pulse.
    amplitude: Volt,
    /// Voltage between pulses.
    #[serde(default = "zero_volt")]
    base: Volt,
    /// Time at full amplitude.
    width: Second,
    /// Duration of each edge.
    #[serde(default = "no_time")]
    edge: Second,
    /// From the beginning of a pulse to that of the next.
    period: Second,
    /// Number of pulses.
    #[serde(default = "one")]
    count: u64,
}

/// Samples from a file.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Samples {
    /// CSV file with two columns, time and voltage (s and V, or units in the header: `time [us],voltage [mV]`).
    file: String,
}

fn one() -> u64 {
    1
}

fn zero_volt() -> Volt {
    Volt(0.0)
}

fn no_time() -> Second {
    Second(0.0)
}

/// A waveform ready to run: `segments`, `repeats` times over.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Ramps {
    pub(super) segments: Vec<Segment>,
    pub(super) repeats: u64,
    pub(super) file: Option<PathBuf>,
}

impl Ramps {
    fn new(segments: Vec<Segment>, repeats: u64) -> Self {
        let segments = segments.into_iter().filter(|s| s.duration > 0.0).collect();
        Self { segments, repeats, file: None }
    }

    /// Duration of one repetition, s.
    pub(super) fn period(&self) -> f64 {
        self.segments.iter().map(|s| s.duration).sum()
    }

    /// Duration of all, s.
    pub(super) fn duration(&self) -> f64 {
        self.period() * self.repeats as f64
    }
}

impl Waveform {
    /// The ramps of the waveform.
    pub(super) fn ramps(&self, folders: &Folders) -> Result<Ramps, FieldError> {
        let ramps = match self {
            Self::Steps(steps) => {
                for (i, step) in steps.iter().enumerate() {
                    positive(&format!("waveform.steps[{i}].duration"), step.duration.0, "s")?;
                }
                Ramps::new(steps.iter().map(|s| Segment::constant(s.voltage.0, s.duration.0)).collect(), 1)
            }
            Self::Triangle(triangle) => triangle.ramps()?,
            Self::PulseTrain(train) => train.ramps()?,
            Self::Samples(samples) => {
                let field = "waveform.samples.file";
                let (path, text) = folders.read(field, &samples.file)?;
                let points = csv::waveform(&text)
                    .map_err(|fault| FieldError::new(field, format!("{}, {fault}", path.display())))?;
                let join = |pair: &[(f64, f64)]| match pair {
                    [(t0, v0), (t1, v1)] => {
                        Some(Segment { start_voltage: *v0, end_voltage: *v1, duration: t1 - t0 })
                    }
                    _ => None,
                };
                Ramps { file: Some(path), ..Ramps::new(points.windows(2).filter_map(join).collect(), 1) }
            }
        };
        if ramps.segments.is_empty() || ramps.repeats == 0 {
            return Err(FieldError::new("waveform", "the waveform is empty; it needs a duration"));
        }
        Ok(ramps)
    }
}

impl Triangle {
    fn ramps(&self) -> Result<Ramps, FieldError> {
        positive("waveform.triangle.rate", self.rate.0, "V/s")?;
        let mut turns = vec![0.0];
        turns.extend(self.peaks.values());
        turns.push(0.0);
        let ramp = |pair: &[f64]| match pair {
            [a, b] => {
                Some(Segment { start_voltage: *a, end_voltage: *b, duration: (b - a).abs() / self.rate.0 })
            }
            _ => None,
        };
        Ok(Ramps::new(turns.windows(2).filter_map(ramp).collect(), self.cycles))
    }
}

impl PulseTrain {
    fn ramps(&self) -> Result<Ramps, FieldError> {
        positive("waveform.pulse_train.width", self.width.0, "s")?;
        not_negative("waveform.pulse_train.edge", self.edge.0, "s")?;
        let rest = self.period.0 - self.width.0 - 2.0 * self.edge.0;
        if rest < -1e-12 * self.period.0 {
            return Err(FieldError::new(
                "waveform.pulse_train.period",
                format!(
                    "is {} s, shorter than the pulse of {} s with its edges",
                    self.period.0,
                    self.width.0 + 2.0 * self.edge.0
                ),
            ));
        }
        let (low, high) = (self.base.0, self.amplitude.0);
        Ok(Ramps::new(
            vec![
                Segment { start_voltage: low, end_voltage: high, duration: self.edge.0 },
                Segment::constant(high, self.width.0),
                Segment { start_voltage: high, end_voltage: low, duration: self.edge.0 },
                Segment::constant(low, rest.max(0.0)),
            ],
            self.count,
        ))
    }
}
