//! The block `variability` of a card: windows from device to device, devices that are stuck, steps from
//! cycle to cycle.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::error::CardError;
use crate::model::DeviceModel;
use crate::registry::ModelEntry;
use crate::spread::{Distribution, Stuck, Window};
use crate::units;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawVariability {
    #[serde(rename = "source")]
    _source: String,
    windows: BTreeMap<String, RawWindow>,
    #[serde(default)]
    stuck: Option<RawStuck>,
    #[serde(default)]
    cycling: Option<RawCycling>,
}

impl RawVariability {
    pub(super) fn stuck(&self) -> Option<&RawStuck> {
        self.stuck.as_ref()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawStuck {
    #[serde(rename = "source")]
    _source: String,
    probability: String,
    lower_bound: String,
    upper_bound: String,
    range: [String; 2],
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
    #[serde(default)]
    distribution: Distribution,
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
        let Some(&nominal) = parameters.get(name) else {
            return Err(field("", format!("is not a parameter of {} cards", entry.name)));
        };
        let unit = entry.parameters.iter().find(|p| p.name == name).map_or("1", |p| p.unit);
        let read = |part: &str, text: &str, unit: &str| -> Result<f64, CardError> {
            units::parse(text, unit).map_err(|error| field(part, error.to_string()))
        };
        let logarithmic = window.distribution == Distribution::LogNormal;
        let window = Window {
            index,
            nominal,
            min: read(".min", &window.min, unit)?,
            mean: read(".mean", &window.mean, unit)?,
            max: read(".max", &window.max, unit)?,
            standard_deviation: read(
                ".standard_deviation",
                &window.standard_deviation,
                if logarithmic { "1" } else { unit },
            )?,
            distribution: window.distribution,
            largest_step: 0.0,
        };
        let ordered = window.min <= window.mean && window.mean <= window.max;
        if !(ordered && window.standard_deviation >= 0.0 && (!logarithmic || window.min > 0.0)) {
            let demand =
                "needs min ≤ mean ≤ max (above zero where log_normal) and a standard deviation of at least 0";
            return Err(field("", demand.into()));
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

pub(super) fn read_stuck(
    origin: &str,
    raw: &RawStuck,
    parameters: &BTreeMap<String, f64>,
    model: &dyn DeviceModel,
) -> Result<Stuck, CardError> {
    let field = |part: &str, message: String| CardError::Field {
        origin: origin.to_owned(),
        field: format!("variability.stuck.{part}"),
        message,
    };
    let bound = |part: &str, name: &str| {
        let index = model.spread_parameters().iter().position(|known| *known == name);
        index.zip(parameters.get(name).copied()).ok_or_else(|| {
            let known = model.spread_parameters().join(", ");
            field(part, format!("is \"{name}\", which cannot vary from cell to cell; {known} can"))
        })
    };
    let (lower, upper) = (bound("lower_bound", &raw.lower_bound)?, bound("upper_bound", &raw.upper_bound)?);
    let read =
        |part: &str, text: &str| units::parse(text, "1").map_err(|error| field(part, error.to_string()));
    let probability = read("probability", &raw.probability)?;
    if !(0.0..=1.0).contains(&probability) {
        return Err(field("probability", format!("is {}, but must lie between 0 and 1", raw.probability)));
    }
    let range = (read("range[0]", &raw.range[0])?, read("range[1]", &raw.range[1])?);
    if !(lower.1 <= range.0 && range.0 <= range.1 && range.1 <= upper.1) {
        let message = format!("must rise and lie within the card's bounds, {} to {}", lower.1, upper.1);
        return Err(field("range", message));
    }
    Ok(Stuck { probability, lower, upper, range })
}
