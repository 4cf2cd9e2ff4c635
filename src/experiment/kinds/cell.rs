//! What the device studies share: the card of a script, its initial state, its surroundings.

use std::collections::BTreeMap;
use std::path::Path;

use device_models::card::DeviceCard;
use device_models::error::CardError;
use device_models::{CurrentLimit, Surroundings, programmed_conductance};

use crate::experiment::script::{Folders, Kelvin};
use crate::experiment::{FieldError, Inputs};

/// Replaced parameters of a card: name → value with unit.
pub type Overrides = BTreeMap<String, String>;

/// A card is named by its file, not by its name among the shipped ones.
pub(crate) fn is_card_file(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}

/// The card a script names: a shipped one, or a file (a name ending in `.json`).
pub(super) fn card(folders: &Folders, name: &str, overrides: &Overrides) -> Result<DeviceCard, FieldError> {
    let loaded = if is_card_file(name) {
        let (path, text) = folders.read("card", name)?;
        DeviceCard::parse(&path.display().to_string(), &text, overrides)
    } else {
        DeviceCard::shipped(name, overrides)
    };
    loaded.map_err(|error| match &error {
        CardError::Field { origin, field, message }
            if field.strip_prefix("parameters.").is_some_and(|own| overrides.contains_key(own)) =>
        {
            FieldError::new(field.clone(), format!("{message} (card {origin})"))
        }
        other => FieldError::new("card", other.to_string()),
    })
}

/// Provenance of a study of one card.
pub(super) fn inputs(card: &DeviceCard) -> Inputs {
    Inputs {
        cards: vec![(card.name.clone(), card.text.clone())],
        files: Vec::new(),
        warnings: card.warnings.clone(),
    }
}

/// The slow state variable a script gives: a state the card names, or a quantity.
pub(super) fn slow_state(card: &DeviceCard, text: &str) -> Result<f64, FieldError> {
    card.slow_state(text).map_err(|error| match error {
        CardError::Field { field, message, .. } => FieldError::new(field, message),
        other => FieldError::new("initial_state", other.to_string()),
    })
}

/// The surroundings a script gives.
pub(super) fn surroundings(ambient: Kelvin, limit: CurrentLimit) -> Result<Surroundings, FieldError> {
    positive("ambient_temperature", ambient.0, "K")?;
    Ok(Surroundings { ambient_temperature: ambient.0, limit })
}

/// Refuses a value that is not above zero.
pub(super) fn positive(field: &str, value: f64, unit: &str) -> Result<(), FieldError> {
    if value > 0.0 {
        Ok(())
    } else {
        Err(FieldError::new(field, format!("must be above zero, but is {value} {unit}")))
    }
}

/// Refuses a value below zero.
pub(super) fn not_negative(field: &str, value: f64, unit: &str) -> Result<(), FieldError> {
    if value >= 0.0 {
        Ok(())
    } else {
        Err(FieldError::new(field, format!("must not be negative, but is {value} {unit}")))
    }
}

/// What the user should know of a card whose cells stand in an array that moves them.
pub(super) fn array_warnings(card: &DeviceCard) -> Vec<String> {
    let mut warnings = card.warnings.clone();
    let name = &card.name;
    if card.model.moves_at_random() {
        warnings.push(format!(
            "card {name}: its internal noise is not used; cells of arrays move along the deterministic law"
        ));
    }
    if card.model.name() == programmed_conductance::NAME {
        warnings
            .push(format!("card {name}: no bias moves cells of the model {}", programmed_conductance::NAME));
    }
    warnings
}

/// Default ambient temperature of device studies.
pub(super) fn room_temperature() -> Kelvin {
    Kelvin(293.0)
}

/// Default initial state.
pub(super) fn high_resistance() -> String {
    "hrs".to_owned()
}

/// Long name of datasets of flags; the bits are those of [`device_models::Flags::bits`].
pub(super) const FLAGS_NAME: &str = device_models::Flags::LEGEND;
