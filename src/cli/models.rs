//! `models`: the device cards there are, and what is on one.

use std::collections::BTreeMap;

use device_models::card::{DeviceCard, SHIPPED};

use super::CliError;
use super::output::Output;
use crate::experiment::kinds::is_card_file;

/// Lists the cards, or explains one.
pub(super) fn list(name: Option<&str>, output: &mut Output) -> Result<(), CliError> {
    if let Some(name) = name {
        return explain(&load(name)?, output);
    }
    for (name, _) in SHIPPED {
        let card = load(name)?;
        output.line(&format!("{name:<30} {:<22} {}", card.entry.name, card.title))?;
    }
    output.line("\nneurofilament models CARD explains one; a path ending in .json names your own.")?;
    Ok(())
}

fn load(name: &str) -> Result<DeviceCard, CliError> {
    if !is_card_file(name) {
        return Ok(DeviceCard::shipped(name, &BTreeMap::new())?);
    }
    let text = std::fs::read_to_string(name)
        .map_err(|source| CliError::Unreadable { path: name.to_owned(), source })?;
    Ok(DeviceCard::parse(name, &text, &BTreeMap::new())?)
}

fn explain(card: &DeviceCard, output: &mut Output) -> Result<(), CliError> {
    output.line(&format!("{}\n  {}\n\n{}\n", card.name, card.title, card.description))?;
    output.line(&format!("model         {} – {}", card.entry.name, card.entry.title))?;
    output.line(&format!(
        "source        {}, doi:{}, {}",
        card.source.citation, card.source.doi, card.source.location
    ))?;
    for figure in &card.reproduces {
        output.line(&format!("reproduces    {figure}"))?;
    }
    output.line(&format!("read voltage  {} V", card.read_voltage))?;
    for (name, value) in &card.states {
        output.line(&format!("state         {name} = {value:e} {}", card.entry.slow_unit))?;
    }
    output.line("\nparameters")?;
    // As the card writes them, in the units of the field.
    let written: serde_json::Value = serde_json::from_str(&card.text).unwrap_or_default();
    for spec in card.entry.parameters {
        let value = written.pointer(&format!("/parameters/{}", spec.name)).and_then(|v| v.as_str());
        let range = spec.documented.map_or_else(String::new, |(low, high)| {
            format!(" (documented {} to {} {})", short(low), short(high), spec.unit)
        });
        output.line(&format!("  {:<24} {:<18} {}{range}", spec.name, value.unwrap_or("?"), spec.meaning))?;
    }
    for warning in &card.warnings {
        output.line(&format!("warning: {warning}"))?;
    }
    Ok(())
}

/// A number of any size in few characters.
fn short(value: f64) -> String {
    if value == 0.0 || (1e-3..1e5).contains(&value.abs()) {
        value.to_string()
    } else {
        format!("{value:.4e}")
    }
}
