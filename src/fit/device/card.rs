//! The card of a fit: the base card with the fitted values, and where they come from.
//!
//! Windows of the fitted parameters are left out: they belong to the population of the base card, not
//! to the measured cell. States that lie outside the new bounds are moved onto them.

use std::collections::BTreeMap;

use device_models::CardError;
use device_models::card::DeviceCard;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::data::{Data, Measurement};
use super::space::INITIAL_STATE;
use super::{Fit, Fitted};

/// A card in the order in which people read it.
#[derive(Serialize)]
struct Written<'a> {
    format: u32,
    name: &'a str,
    title: String,
    description: String,
    model: &'a str,
    source: Value,
    reproduces: Vec<String>,
    parameters: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    variability: Value,
    read_voltage: Value,
    states: Value,
    /// What else the base card has.
    #[serde(flatten)]
    rest: Map<String, Value>,
}

/// Fields of a base card that are written anew.
const OWN: [&str; 11] = [
    "format",
    "name",
    "title",
    "description",
    "model",
    "source",
    "reproduces",
    "parameters",
    "variability",
    "read_voltage",
    "states",
];

/// `value ± error unit` in the unit of the base card.
pub(super) fn with_error(fitted: &Fitted) -> String {
    let p = &fitted.parameter;
    let unit = if p.unit == "1" { String::new() } else { format!(" {}", p.unit) };
    format!("{}{unit}", plus_minus(fitted.value / p.per_unit, fitted.error.map(|e| e / p.per_unit)))
}

/// A value with two digits of its standard error: `1.3512 ± 0.0034`.
pub fn plus_minus(value: f64, error: Option<f64>) -> String {
    let Some(error) = error.filter(|e| *e > 0.0 && e.is_finite()) else {
        return format!("{value:.5e} (not determined)");
    };
    let size = value.abs().max(error);
    let power = size.log10().floor() as i32;
    let digits = |scale: f64| (1.0 - (error / scale).log10().floor()).clamp(0.0, 15.0) as usize;
    if (-3..5).contains(&power) {
        let digits = digits(1.0);
        format!("{value:.digits$} ± {error:.digits$}")
    } else {
        let scale = 10_f64.powi(power);
        let digits = digits(scale);
        format!("({:.digits$} ± {:.digits$})e{power}", value / scale, error / scale)
    }
}

/// A number of any size in few characters: six digits at most.
pub fn short(value: f64) -> String {
    let value = format!("{value:.5e}").parse().unwrap_or(value);
    if value == 0.0 || (1e-3..1e5).contains(&f64::abs(value)) {
        value.to_string()
    } else {
        format!("{value:e}")
    }
}

/// The card named `name`, as JSON text.
///
/// # Errors
/// When the result is no valid card.
pub fn card_text(base: &DeviceCard, data: &Data, fit: &Fit, name: &str) -> Result<String, CardError> {
    let written: Value = serde_json::from_str(&base.text)
        .map_err(|error| CardError::Json { origin: base.name.clone(), message: error.to_string() })?;
    let part = |pointer: &str| written.pointer(pointer).cloned().unwrap_or(Value::Null);
    let mut parameters = part("/parameters");
    let mut states = part("/states");
    let mut variability = part("/variability");
    let mut values = base.parameters.clone();
    for fitted in &fit.parameters {
        let p = &fitted.parameter;
        let unit = if p.unit == "1" { String::new() } else { format!(" {}", p.unit) };
        let text = format!("{:?}{unit}", fitted.value / p.per_unit);
        if p.name == INITIAL_STATE {
            set(&mut states, "initial", text);
        } else {
            set(&mut parameters, &p.name, text);
            values.insert(p.name.clone(), fitted.value);
            for list in ["/windows", "/cycling/largest_steps"] {
                if let Some(list) = variability.pointer_mut(list).and_then(Value::as_object_mut) {
                    list.remove(&p.name);
                }
            }
        }
    }
    let windowless = variability.pointer("/windows").and_then(Value::as_object).is_some_and(Map::is_empty);
    if windowless && variability.get("stuck").is_none_or(Value::is_null) {
        variability = Value::Null;
    }
    hold_states(base, &values, &mut states)?;
    let list = fit
        .parameters
        .iter()
        .map(|f| format!("{} = {}", f.parameter.name, with_error(f)))
        .collect::<Vec<_>>();
    let (file, rms) = (data.file_name(), 100.0 * fit.rms);
    let kind = match data.measurement {
        Measurement::Sweep(_) => "I-V data",
        Measurement::Pulses(_) => "pulse data",
    };
    let card = Written {
        format: 1,
        name,
        title: format!("{}, fitted to {file}", base.title),
        description: format!(
            "Parameters fitted to the {kind} of one cell; all others, and the states and pulses, are those of the card {}. {}",
            base.name, base.description
        ),
        model: base.entry.name,
        source: json!({
            "citation": format!("{kind} {file}, SHA-256 {}; base card {}: {}", data.sha256, base.name, base.source.citation),
            "doi": base.source.doi,
            "location": format!("fitted: {}; rms error {rms:.3} %; the rest: {}", list.join(", "), base.source.location),
        }),
        reproduces: vec![format!("{kind} {file}: {} rows, rms error {rms:.3} %", data.len())],
        parameters,
        variability,
        read_voltage: part("/read_voltage"),
        states,
        rest: written
            .as_object()
            .into_iter()
            .flatten()
            .filter(|(field, _)| !OWN.contains(&field.as_str()))
            .map(|(field, value)| (field.clone(), value.clone()))
            .collect(),
    };
    let text = serde_json::to_string_pretty(&card)
        .map_err(|error| CardError::Json { origin: name.to_owned(), message: error.to_string() })?;
    DeviceCard::parse(name, &text, &BTreeMap::new())?;
    Ok(text + "\n")
}

/// Moves states that the new bounds exclude onto them.
fn hold_states(
    base: &DeviceCard,
    values: &BTreeMap<String, f64>,
    states: &mut Value,
) -> Result<(), CardError> {
    let model = (base.entry.build)(values)
        .map_err(|source| CardError::Model { origin: base.name.clone(), source })?;
    let (low, high) = model.bounds(&[]);
    for (name, value) in &base.states {
        let held = value.clamp(low, high.max(low));
        if held.to_bits() != value.to_bits() {
            set(states, name, format!("{held:?} {}", base.entry.slow_unit));
        }
    }
    Ok(())
}

fn set(object: &mut Value, name: &str, text: String) {
    if let Some(map) = object.as_object_mut() {
        map.insert(name.to_owned(), Value::String(text));
    }
}

#[cfg(test)]
mod tests {
    use super::plus_minus;

    #[test]
    fn values_have_two_digits_of_their_error() {
        for (value, error, text) in [
            (1.351_23, 0.003_42, "1.3512 ± 0.0034"),
            (2.0e7, 1.2e5, "(2.000 ± 0.012)e7"),
            (650.0, 12.0, "650 ± 12"),
            (-3.0e-9, 5e-11, "(-3.000 ± 0.050)e-9"),
        ] {
            assert_eq!(plus_minus(value, Some(error)), text);
        }
        assert!(plus_minus(1.0, None).contains("not determined"));
    }
}
