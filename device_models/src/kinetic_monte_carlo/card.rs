//! Cards of the kinetic Monte Carlo filament: lattice spacing and parameters with units and source.
//!
//! As strict as device cards ([`crate::card`]): an unknown or missing field, a wrong unit or an
//! impossible value is an error that names card and field; a value outside the documented range
//! is a warning.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::parameters::{NAME, PARAMETERS, Parameters};
use crate::card::Source;
use crate::error::CardError;
use crate::units;

/// The cards shipped with the program: name and text.
pub const SHIPPED: &[(&str, &str)] =
    &[("kinetic_monte_carlo_hfo2", include_str!("../../cards/kinetic_monte_carlo_hfo2.json"))];

/// A card, read and checked.
#[derive(Debug, Clone)]
pub struct KineticCard {
    /// Name.
    pub name: String,
    /// One line.
    pub title: String,
    /// A paragraph: what the parameters are for, and their limits.
    pub description: String,
    /// Where the numbers come from.
    pub source: Source,
    /// Distance of neighbouring sites to which the energies belong, m.
    pub lattice_spacing: f64,
    /// The parameters.
    pub parameters: Parameters,
    /// Values outside their documented range, one sentence each.
    pub warnings: Vec<String>,
    /// The card as JSON, overrides applied.
    pub text: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    format: u32,
    name: String,
    title: String,
    description: String,
    source: Source,
    lattice_spacing: String,
    parameters: BTreeMap<String, String>,
}

impl KineticCard {
    /// The shipped card of that name with some parameters replaced (`name → "value unit"`).
    ///
    /// # Errors
    /// When there is no such card, or an override is not valid.
    pub fn shipped(name: &str, overrides: &BTreeMap<String, String>) -> Result<Self, CardError> {
        let (_, text) =
            SHIPPED.iter().find(|(known, _)| *known == name).ok_or_else(|| CardError::UnknownCard {
                name: name.to_owned(),
                known: SHIPPED.iter().map(|(known, _)| *known).collect::<Vec<_>>().join(", "),
            })?;
        Self::parse(name, text, overrides)
    }

    /// Reads a card from JSON text; `origin` (a file or card name) is named in errors.
    ///
    /// # Errors
    /// When the text is not a valid card.
    pub fn parse(origin: &str, text: &str, overrides: &BTreeMap<String, String>) -> Result<Self, CardError> {
        let json = |error: serde_json::Error| CardError::Json {
            origin: origin.to_owned(),
            message: error.to_string(),
        };
        let field = |field: &str, message: String| CardError::Field {
            origin: origin.to_owned(),
            field: field.to_owned(),
            message,
        };
        let mut value: serde_json::Value = serde_json::from_str(text).map_err(json)?;
        if let Some(parameters) = value.get_mut("parameters").and_then(serde_json::Value::as_object_mut) {
            for (name, text) in overrides {
                parameters.insert(name.clone(), text.clone().into());
            }
        }
        let raw = Raw::deserialize(&value).map_err(json)?;
        if raw.format != 1 {
            return Err(field("format", format!("is {}, this program reads format 1", raw.format)));
        }
        if let Some(name) = raw.parameters.keys().find(|name| PARAMETERS.iter().all(|p| p.name != *name)) {
            let known = PARAMETERS.iter().map(|p| p.name).collect::<Vec<_>>().join(", ");
            let message = format!("is not a parameter of {NAME}; its parameters are {known}");
            return Err(field(&format!("parameters.{name}"), message));
        }
        let (mut values, mut warnings) = (BTreeMap::new(), Vec::new());
        for p in PARAMETERS {
            let path = format!("parameters.{}", p.name);
            let text = raw
                .parameters
                .get(p.name)
                .ok_or_else(|| field(&path, format!("is missing; give it in {}", p.unit)))?;
            let value = units::parse(text, p.unit).map_err(|error| field(&path, error.to_string()))?;
            if p.documented
                .is_some_and(|(low, high)| value < low * (1.0 - 1e-9) || value > high * (1.0 + 1e-9))
            {
                warnings.push(format!("{origin}: {} = {text} lies outside the range in use", p.name));
            }
            values.insert(p.name.to_owned(), value);
        }
        let parameters = Parameters::from_values(&values)
            .map_err(|source| CardError::Model { origin: origin.to_owned(), source })?;
        let lattice_spacing = units::parse(&raw.lattice_spacing, "m")
            .map_err(|error| field("lattice_spacing", error.to_string()))?;
        if !(0.1e-9..=1e-9).contains(&lattice_spacing) {
            let message = format!("is {}, but must be 0.1 to 1 nm", raw.lattice_spacing);
            return Err(field("lattice_spacing", message));
        }
        Ok(Self {
            name: raw.name,
            title: raw.title,
            description: raw.description,
            source: raw.source,
            lattice_spacing,
            parameters,
            warnings,
            text: value.to_string(),
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn shipped_cards_are_in_the_ranges_in_use_and_overrides_are_checked() {
        for (name, _) in SHIPPED {
            let card = KineticCard::shipped(name, &BTreeMap::new()).unwrap();
            assert_eq!((card.name.as_str(), card.warnings.len()), (*name, 0), "{:?}", card.warnings);
        }
        let with = |key: &str, text: &str| {
            KineticCard::shipped(SHIPPED[0].0, &BTreeMap::from([(key.to_owned(), text.to_owned())]))
        };
        assert_eq!(with("ion_hop_barrier", "0.9 eV").unwrap().warnings.len(), 1);
        assert!(with("ion_hop", "0.9 eV").unwrap_err().to_string().contains("parameters.ion_hop is not"));
        assert!(with("ion_hop_barrier", "0.9 V").unwrap_err().to_string().contains("expected one in J"));
        assert!(with("tunnelling_length", "0 nm").unwrap_err().to_string().contains("must be positive"));
        let refused = with("interface_generation_barrier", "2 eV").unwrap_err().to_string();
        assert!(refused.contains("barrier below zero"), "{refused}");
    }
}
