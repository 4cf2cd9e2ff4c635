//! A write pulse with edges, and the thresholds seen on its rising edge.

use device_models::{DeviceError, DeviceModel, Segment};
use schemars::JsonSchema;
use serde::Deserialize;

use super::Cell;
use crate::experiment::FieldError;
use crate::experiment::kinds::cell::{not_negative, positive};
use crate::experiment::script::{Second, Volt};

/// Most samples of an edge.
const MOST_SAMPLES: u32 = 100_000;

/// A pulse: a linear edge up, a plateau, a linear edge down.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Pulse {
    /// Applied voltage of the plateau.
    voltage: Volt,
    /// Duration of the plateau.
    width: Second,
    /// Duration of each edge.
    #[serde(default = "none")]
    edge: Second,
    /// Number of points on the rising edge at which the current is looked at, to find the voltage of
    /// switching; 0: it is not looked for.
    #[serde(default)]
    samples: u32,
}

fn none() -> Second {
    Second(0.0)
}

/// What was seen on a rising edge.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Edge {
    /// Applied voltage at which |I| jumps up most, V.
    pub(super) jump: f64,
    /// Applied voltage at which |I| is largest, V.
    pub(super) peak: f64,
}

impl Pulse {
    /// Refuses pulses that cannot be applied or have the other polarity.
    pub(super) fn check(&self, field: &str, model: &dyn DeviceModel, sets: bool) -> Result<(), FieldError> {
        let inside = |name: &str| format!("{field}.{name}");
        not_negative(&inside("width"), self.width.0, "s")?;
        not_negative(&inside("edge"), self.edge.0, "s")?;
        positive(&inside("width and edge together"), self.width.0 + self.edge.0, "s")?;
        let polarity = model.set_polarity() * if sets { 1.0 } else { -1.0 };
        if self.voltage.0 * polarity <= 0.0 {
            let text = format!(
                "is {} V, but this card {} at {} voltages",
                self.voltage.0,
                if sets { "SETs" } else { "RESETs" },
                if polarity > 0.0 { "positive" } else { "negative" }
            );
            return Err(FieldError::new(inside("voltage"), text));
        }
        if self.samples > MOST_SAMPLES {
            let text = format!("must be at most {MOST_SAMPLES}, but is {}", self.samples);
            return Err(FieldError::new(inside("samples"), text));
        }
        if self.samples > 0 && self.edge.0 == 0.0 {
            return Err(FieldError::new(inside("samples"), "needs an edge that takes time; give edge too"));
        }
        Ok(())
    }

    /// Whether switching voltages are looked for.
    pub(super) fn is_sampled(&self) -> bool {
        self.samples > 0
    }

    /// A rectangular pulse.
    pub(super) fn rectangular(voltage: f64, width: f64) -> Self {
        Self { voltage: Volt(voltage), width: Second(width), edge: none(), samples: 0 }
    }

    pub(super) fn apply(&self, cell: &mut Cell<'_>) -> Result<Option<Edge>, DeviceError> {
        let (top, edge) = (self.voltage.0, self.edge.0);
        let mut seen = None;
        if edge > 0.0 {
            let steps = self.samples.max(1);
            let (mut before, mut largest_step, mut largest) = (0.0, f64::NEG_INFINITY, f64::NEG_INFINITY);
            let mut found = Edge { jump: f64::NAN, peak: f64::NAN };
            for step in 0..steps {
                let at = |k: u32| top * f64::from(k) / f64::from(steps);
                let (from, to) = (at(step), at(step + 1));
                let duration = edge / f64::from(steps);
                cell.advance(&Segment { start_voltage: from, end_voltage: to, duration })?;
                if self.samples == 0 {
                    continue;
                }
                let current = cell.current(to)?;
                if current - before > largest_step {
                    (largest_step, found.jump) = (current - before, 0.5 * (from + to));
                }
                if current > largest {
                    (largest, found.peak) = (current, to);
                }
                before = current;
            }
            seen = (self.samples > 0).then_some(found);
        }
        if self.width.0 > 0.0 {
            cell.advance(&Segment::constant(top, self.width.0))?;
        }
        if edge > 0.0 {
            cell.advance(&Segment { start_voltage: top, end_voltage: 0.0, duration: edge })?;
        }
        Ok(seen)
    }
}
