//! The `landing` block of a device card: text with units, checked.

use serde::Deserialize;

use super::{Landing, Response};
use crate::error::CardError;
use crate::units;

/// The block as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawLanding {
    #[serde(rename = "source")]
    _source: String,
    set_gate_voltage: String,
    set_resistance: String,
    reset_voltage: String,
    reset_resistance: String,
    near_deviation: String,
    far_deviation: String,
    far_limit: String,
    reset_deviation: String,
    set_device_deviation: String,
    reset_device_deviation: String,
    complete_voltage: String,
    bit_line_voltage: String,
    width: String,
    read_deviation: String,
    stuck_share: String,
}

impl RawLanding {
    /// Checks the block of the card `origin`.
    pub(crate) fn read(&self, origin: &str) -> Result<Landing, CardError> {
        let fault = |field: &str, message: String| CardError::Field {
            origin: origin.to_owned(),
            field: format!("landing.{field}"),
            message,
        };
        let number = |field: &str, text: &str, unit: &str| -> Result<f32, CardError> {
            let value = units::parse(text, unit).map_err(|error| fault(field, error.to_string()))?;
            if value < 0.0 {
                return Err(fault(field, format!("is {text}, but must not be negative")));
            }
            Ok(value as f32)
        };
        let list = |field: &str, text: &str, unit: &str| {
            units::parse_list(text, unit).map_err(|error| fault(field, error.to_string()))
        };
        let curve = |prefix: &str, volts: (&str, &str), ohms: (&str, &str), rises: bool| {
            let (voltages, resistances) = (list(volts.0, volts.1, "V")?, list(ohms.0, ohms.1, "Ohm")?);
            if voltages.len() < 2 || voltages.len() != resistances.len() {
                let text = format!("must hold as many values as {}, at least two", volts.0);
                return Err(fault(ohms.0, text));
            }
            if !voltages.windows(2).all(|pair| pair[0] < pair[1]) {
                return Err(fault(volts.0, "must rise from value to value".to_owned()));
            }
            let ordered = |pair: &[f64]| if rises { pair[0] < pair[1] } else { pair[0] > pair[1] };
            if resistances.iter().any(|r| *r <= 0.0) || !resistances.windows(2).all(ordered) {
                let way = if rises { "rise" } else { "fall" };
                return Err(fault(ohms.0, format!("must be positive and {way} with {prefix} voltage")));
            }
            Ok(Response {
                voltages: voltages.iter().map(|v| *v as f32).collect(),
                logarithms: resistances.iter().map(|r| r.ln() as f32).collect(),
            })
        };
        let stuck_share = number("stuck_share", &self.stuck_share, "1")?;
        if stuck_share > 1.0 {
            return Err(fault("stuck_share", "is a share and must not exceed 1".to_owned()));
        }
        Ok(Landing {
            set: curve(
                "the gate",
                ("set_gate_voltage", &self.set_gate_voltage),
                ("set_resistance", &self.set_resistance),
                false,
            )?,
            reset: curve(
                "the source-line",
                ("reset_voltage", &self.reset_voltage),
                ("reset_resistance", &self.reset_resistance),
                true,
            )?,
            near_deviation: number("near_deviation", &self.near_deviation, "V")?,
            far_deviation: number("far_deviation", &self.far_deviation, "V")?,
            far_limit: number("far_limit", &self.far_limit, "1")?,
            reset_deviation: number("reset_deviation", &self.reset_deviation, "V")?,
            set_device_deviation: number("set_device_deviation", &self.set_device_deviation, "V")?,
            reset_device_deviation: number("reset_device_deviation", &self.reset_device_deviation, "V")?,
            complete_voltage: number("complete_voltage", &self.complete_voltage, "V")?,
            bit_line_voltage: number("bit_line_voltage", &self.bit_line_voltage, "V")?,
            width: number("width", &self.width, "s")?,
            read_deviation: number("read_deviation", &self.read_deviation, "1")?,
            stuck_share,
        })
    }
}
