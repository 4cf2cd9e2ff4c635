//! The block `variability` of a card: windows from device to device, steps from cycle to cycle.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::CardError;
use crate::model::DeviceModel;
use crate::registry::ModelEntry;
use crate::units;
use crate::variability::Window;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariability {
    #[serde(rename = "source")]
    _source: String,
    windows: BTreeMap<String, RawWindow>,
    #[serde(default)]
    cycling: Option<RawCycling>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCycling {
    #[serde(rename = "source")]
    _source: String,
    largest_steps: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawWindow {
    min: String,
    mean: String,
    max: String,
    standard_deviation: String,
}

pub(super) fn read_windows(
    origin: &str,
    variability: Option<&RawVariability>,
    entry: &ModelEntry,
    parameters: &BTreeMap<String, f64>,
    model: &dyn DeviceModel,
) -> Result<Vec<Window>, CardError> {
    let mut windows = Vec::new();
    let Some(variability) = variability else { return Ok(windows) };
    for (name, window) in &variability.windows {
        let field = |part: &str, message: String| CardError::Field {
            origin: origin.to_owned(),
            field: format!("variability.windows.{name}{part}"),
            message,
        };
        let index = model.spread_parameters().iter().position(|known| known == name).ok_or_else(|| {
            field("", format!("cannot vary from cell to cell; {} can", model.spread_parameters().join(", ")))
        })?;
        let nominal = parameters.get(name).copied().unwrap_or(0.0);
        let unit = entry.parameters.iter().find(|p| p.name == name).map_or("1", |p| p.unit);
        let read = |part: &str, text: &str| -> Result<f64, CardError> {
            units::parse(text, unit).map_err(|error| field(part, error.to_string()))
        };
        let window = Window {
            index,
            nominal,
            min: read(".min", &window.min)?,
            mean: read(".mean", &window.mean)?,
            max: read(".max", &window.max)?,
            standard_deviation: read(".standard_deviation", &window.standard_deviation)?,
            largest_step: 0.0,
        };
        if !(nominal > 0.0
            && 0.0 < window.min
            && window.min <= window.mean
            && window.mean <= window.max
            && window.standard_deviation >= 0.0)
        {
            return Err(field(
                "",
                "needs 0 < min ≤ mean ≤ max and a standard deviation of at least 0".into(),
            ));
        }
        windows.push(window);
    }
    for (name, text) in variability.cycling.iter().flat_map(|c| &c.largest_steps) {
        let field = |message: String| CardError::Field {
            origin: origin.to_owned(),
            field: format!("variability.cycling.largest_steps.{name}"),
            message,
        };
        let known = model.spread_parameters().iter().position(|known| known == name);
        let window = windows.iter_mut().find(|window| Some(window.index) == known).ok_or_else(|| {
            field("has no window; what changes from cycle to cycle stays in variability.windows".into())
        })?;
        let step = units::parse(text, "1").map_err(|error| field(error.to_string()))?;
        if !(step > 0.0 && step < 1.0) {
            return Err(field(format!("is {text}, but must lie between 0 and 100 %")));
        }
        window.largest_step = step;
    }
    Ok(windows)
}
