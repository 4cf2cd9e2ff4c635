//! The cards of kinetic Monte Carlo filaments: listed and explained.

use std::collections::BTreeMap;

use device_models::CardError;
use device_models::kinetic_monte_carlo::KineticCard;
use device_models::kinetic_monte_carlo::card::SHIPPED;
use device_models::kinetic_monte_carlo::parameters::PARAMETERS;
use serde_json::{Value, json};

use super::text;
use crate::cli::CliError;
use crate::cli::output::Output;

/// Name of the model in lists.
const MODEL: &str = "kinetic_monte_carlo";

/// The shipped cards.
pub(super) fn cards() -> Result<Vec<KineticCard>, CardError> {
    SHIPPED.iter().map(|(name, _)| KineticCard::shipped(name, &BTreeMap::new())).collect()
}

/// One line of the list.
pub(super) fn line(card: &KineticCard) -> String {
    format!("{:<30} {MODEL:<22} {}", card.name, card.title)
}

/// One entry of the list as JSON.
pub(super) fn entry(card: &KineticCard) -> Value {
    json!({ "name": card.name, "model": MODEL, "title": card.title })
}

/// All that is known of a card.
pub(super) fn explain(card: &KineticCard, json: bool, output: &mut Output) -> Result<(), CliError> {
    let written: Value = serde_json::from_str(&card.text).unwrap_or_default();
    if json {
        return Ok(output.line(&format!("{written:#}"))?);
    }
    output.line(&format!("{}\n  {}\n\n{}\n", card.name, card.title, card.description))?;
    output.line(&format!(
        "model   {MODEL}: vacancies and ions on a lattice, for studies of the kind filament"
    ))?;
    output.line(&format!(
        "source  {}, doi:{}, {}",
        card.source.citation, card.source.doi, card.source.location
    ))?;
    output.line(&format!("lattice {}", text(&written, "/lattice_spacing").unwrap_or("?")))?;
    output.line("\nparameters (name, symbol, value)")?;
    for spec in PARAMETERS {
        let value = text(&written, &format!("/parameters/{}", spec.name)).unwrap_or("?");
        output.line(&format!("  {:<30} {:<8} {value:<18} {}", spec.name, spec.symbol, spec.meaning))?;
    }
    Ok(())
}
