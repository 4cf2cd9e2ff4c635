//! `models`: the device cards there are, and all that is known of one.

mod explain;
mod filament;
mod json;

use std::collections::BTreeMap;

use device_models::card::{DeviceCard, SHIPPED};

use super::CliError;
use super::output::Output;
use crate::experiment::kinds::is_card_file;

/// Lists the cards, or explains one; for people or as JSON.
pub(super) fn list(name: Option<&str>, json: bool, output: &mut Output) -> Result<(), CliError> {
    let filaments = filament::cards()?;
    if let Some(card) = filaments.iter().find(|card| Some(card.name.as_str()) == name) {
        return filament::explain(card, json, output);
    }
    if let Some(name) = name {
        let card = load(name)?;
        return if json {
            Ok(output.line(&format!("{:#}", json::card(&card)))?)
        } else {
            explain::card(&card, output)
        };
    }
    let cards = SHIPPED.iter().map(|(name, _)| load(name)).collect::<Result<Vec<_>, _>>()?;
    if json {
        let devices = json::list(&cards).into_iter();
        let all: serde_json::Value = devices.chain(filaments.iter().map(filament::entry)).collect();
        return Ok(output.line(&format!("{all:#}"))?);
    }
    for card in &cards {
        output.line(&format!("{:<30} {:<22} {}", card.name, card.entry.name, card.title))?;
    }
    for card in &filaments {
        output.line(&filament::line(card))?;
    }
    output.line("\nneurofilament models CARD explains one; a path ending in .json names your own.")?;
    Ok(())
}

/// The shipped card of that name, or that of a file.
pub(super) fn load(name: &str) -> Result<DeviceCard, CliError> {
    if !is_card_file(name) {
        return Ok(DeviceCard::shipped(name, &BTreeMap::new())?);
    }
    let text = std::fs::read_to_string(name)
        .map_err(|source| CliError::Unreadable { path: name.to_owned(), source })?;
    Ok(DeviceCard::parse(name, &text, &BTreeMap::new())?)
}

/// The card as it is written, in the units of the field.
fn written(card: &DeviceCard) -> serde_json::Value {
    serde_json::from_str(&card.text).unwrap_or_default()
}

/// A text of the written card.
fn text<'a>(written: &'a serde_json::Value, pointer: &str) -> Option<&'a str> {
    written.pointer(pointer).and_then(serde_json::Value::as_str)
}
