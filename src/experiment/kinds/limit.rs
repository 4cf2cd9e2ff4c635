//! What a script puts in series with each cell to limit its current.

use device_models::CurrentLimit;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::positive;
use crate::experiment::FieldError;
use crate::experiment::script::{Ampere, AmperePerVoltSquared, Ohm, Volt};

/// The transistor of a 1T1R cell, by the square law.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Transistor {
    /// Mobility times gate capacitance times width over length.
    transconductance: AmperePerVoltSquared,
    /// Gate-source voltage above the threshold.
    overdrive: Volt,
}

/// The one limit a script gives, or none.
pub(super) fn limit(
    compliance_current: Option<Ampere>,
    series_resistance: Option<Ohm>,
    transistor: Option<Transistor>,
) -> Result<CurrentLimit, FieldError> {
    match (compliance_current, series_resistance, transistor) {
        (None, None, None) => Ok(CurrentLimit::None),
        (Some(limit), None, None) => {
            positive("compliance_current", limit.0, "A")?;
            Ok(CurrentLimit::Ideal(limit.0))
        }
        (None, Some(resistance), None) => {
            positive("series_resistance", resistance.0, "Ohm")?;
            Ok(CurrentLimit::Resistor(resistance.0))
        }
        (None, None, Some(transistor)) => {
            positive("transistor.transconductance", transistor.transconductance.0, "A/V^2")?;
            positive("transistor.overdrive", transistor.overdrive.0, "V")?;
            Ok(CurrentLimit::Transistor {
                transconductance: transistor.transconductance.0,
                overdrive: transistor.overdrive.0,
            })
        }
        (compliance, _, transistor) => {
            let field =
                if compliance.is_some() && transistor.is_none() { "series_resistance" } else { "transistor" };
            Err(FieldError::new(
                field,
                "is given beside another limit; give one of compliance_current, series_resistance and transistor",
            ))
        }
    }
}
