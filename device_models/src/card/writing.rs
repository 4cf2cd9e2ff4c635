//! The block `writing` of a card: forming, SET and RESET pulses, the window of conductances.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::CardError;
use crate::units;

/// A rectangular write pulse.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct WritePulse {
    /// Applied voltage, V.
    pub voltage: f64,
    /// Width, s.
    pub width: f64,
}

/// The pulse that brings a fresh cell into its working range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forming {
    /// Slow state of the fresh cell, SI.
    pub state: f64,
    /// The pulse.
    pub pulse: WritePulse,
    /// Ideal current limit during the pulse, A.
    pub compliance_current: Option<f64>,
}

/// How arrays of this device are written by default.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Writing {
    /// Brings a fresh cell into the working range.
    pub forming: Forming,
    /// Pulse that raises the conductance.
    pub set: WritePulse,
    /// Pulse that lowers the conductance.
    pub reset: WritePulse,
    /// Lowest and highest conductance used for weights, S, at the read voltage.
    pub window: (f64, f64),
    /// Duration of a read, s.
    pub read_width: f64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawWriting {
    forming: RawForming,
    set: RawPulse,
    reset: RawPulse,
    window: [String; 2],
    read_width: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawForming {
    state: String,
    voltage: String,
    width: String,
    #[serde(default)]
    compliance_current: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPulse {
    voltage: String,
    width: String,
}

pub(super) fn read_writing(
    origin: &str,
    raw: &RawWriting,
    states: &BTreeMap<String, f64>,
) -> Result<Writing, CardError> {
    let field = |name: &str, message: String| CardError::Field {
        origin: origin.to_owned(),
        field: format!("writing.{name}"),
        message,
    };
    let quantity = |name: &str, text: &str, unit: &str| {
        units::parse(text, unit).map_err(|error| field(name, error.to_string()))
    };
    let positive = |name: &str, text: &str, unit: &str| {
        let value = quantity(name, text, unit)?;
        if value > 0.0 { Ok(value) } else { Err(field(name, format!("is {text}, but must be positive"))) }
    };
    let pulse = |name: &str, voltage: &str, width: &str| -> Result<WritePulse, CardError> {
        Ok(WritePulse {
            voltage: quantity(&format!("{name}.voltage"), voltage, "V")?,
            width: positive(&format!("{name}.width"), width, "s")?,
        })
    };
    let window = (positive("window[0]", &raw.window[0], "S")?, positive("window[1]", &raw.window[1], "S")?);
    if window.0 >= window.1 {
        return Err(field("window", "must be two conductances, the lower one first".into()));
    }
    let state = states.get(&raw.forming.state).copied().ok_or_else(|| {
        let known = states.keys().cloned().collect::<Vec<_>>().join(", ");
        field("forming.state", format!("is \"{}\", but the card's states are {known}", raw.forming.state))
    })?;
    let limit = raw.forming.compliance_current.as_ref();
    Ok(Writing {
        forming: Forming {
            state,
            pulse: pulse("forming", &raw.forming.voltage, &raw.forming.width)?,
            compliance_current: limit.map(|t| positive("forming.compliance_current", t, "A")).transpose()?,
        },
        set: pulse("set", &raw.set.voltage, &raw.set.width)?,
        reset: pulse("reset", &raw.reset.voltage, &raw.reset.width)?,
        window,
        read_width: positive("read_width", &raw.read_width, "s")?,
    })
}
