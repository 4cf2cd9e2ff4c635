//! A card explained to programs: everything in SI, and the text of the card beside it.

use device_models::ParameterSpec;
use device_models::card::{DeviceCard, WritePulse, Writing};
use device_models::spread::Distribution;
use serde_json::{Value, json};

use super::{text, written};

/// The list of cards.
pub(super) fn list(cards: &[DeviceCard]) -> Vec<Value> {
    cards
        .iter()
        .map(|card| json!({ "name": card.name, "model": card.entry.name, "title": card.title }))
        .collect()
}

/// A parameter in SI; a list of numbers where it is one.
fn value(card: &DeviceCard, spec: &ParameterSpec) -> Value {
    if spec.list {
        (0..).map_while(|k: usize| card.parameters.get(&format!("{}[{k}]", spec.name))).copied().collect()
    } else {
        json!(card.parameters.get(spec.name))
    }
}

/// All that is known of a card.
pub(super) fn card(card: &DeviceCard) -> Value {
    let entry = card.entry;
    let written = written(card);
    let (low, high) = card.model.bounds(&[]);
    let varies = card.model.spread_parameters();
    let parameters: Vec<Value> = entry
        .parameters
        .iter()
        .map(|spec| {
            json!({
                "name": spec.name,
                "symbol": spec.symbol,
                "value": value(card, spec),
                "unit": spec.unit,
                "written": text(&written, &format!("/parameters/{}", spec.name)),
                "documented": spec.documented,
                "meaning": spec.meaning,
                "varies": varies.contains(&spec.name),
            })
        })
        .collect();
    let windows: Vec<Value> = card
        .windows
        .iter()
        .map(|window| {
            json!({
                "parameter": varies.get(window.index),
                "min": window.min,
                "mean": window.mean,
                "max": window.max,
                "standard_deviation": window.standard_deviation,
                "distribution": match window.distribution {
                    Distribution::Normal => "normal",
                    Distribution::LogNormal => "log_normal",
                },
                "largest_step": window.largest_step,
            })
        })
        .collect();
    let variables: Vec<Value> = card
        .model
        .state_variables()
        .iter()
        .map(|v| json!({ "name": v.name, "unit": v.unit, "meaning": v.long_name }))
        .collect();
    json!({
        "name": card.name,
        "title": card.title,
        "description": card.description,
        "source": {
            "citation": card.source.citation,
            "doi": card.source.doi,
            "location": card.source.location,
        },
        "reproduces": card.reproduces,
        "model": {
            "name": entry.name,
            "title": entry.title,
            "source": entry.source,
            "equations": entry.equations,
            "validity": entry.validity,
            "voltages": entry.voltages,
            "state_variables": variables,
            "slow_unit": entry.slow_unit,
            "bounds": [low, high],
            "set_polarity": card.model.set_polarity(),
        },
        "parameters": parameters,
        "warnings": card.warnings,
        "variability": {
            "source": text(&written, "/variability/source"),
            "cycling_source": text(&written, "/variability/cycling/source"),
            "windows": windows,
            "stuck": card.stuck.map(|stuck| json!({ "probability": stuck.probability, "range": stuck.range })),
        },
        "read_voltage": card.read_voltage,
        "states": card.states,
        "writing": card.writing.as_ref().map(writing),
        "card": written,
    })
}

fn writing(pulses: &Writing) -> Value {
    let pulse = |p: &WritePulse| json!({ "voltage": p.voltage, "width": p.width });
    json!({
        "forming": {
            "state": pulses.forming.state,
            "voltage": pulses.forming.pulse.voltage,
            "width": pulses.forming.pulse.width,
            "compliance_current": pulses.forming.compliance_current,
        },
        "set": pulse(&pulses.set),
        "reset": pulse(&pulses.reset),
        "window": pulses.window,
        "read_width": pulses.read_width,
    })
}
