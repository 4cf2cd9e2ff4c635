//! The models a card can name.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::error::DeviceError;
use crate::model::{DeviceModel, ParameterSpec};

/// One published model: its name in cards, what it is, its parameters, and how to build it.
#[derive(Debug, Clone, Copy)]
pub struct ModelEntry {
    /// Name in cards.
    pub name: &'static str,
    /// What it is, in one line.
    pub title: &'static str,
    /// Where the equations come from.
    pub source: &'static str,
    /// SI unit of the slow state variable.
    pub slow_unit: &'static str,
    /// The parameters a card must give.
    pub parameters: &'static [ParameterSpec],
    /// Builds the model from parameter values in the units of `parameters`.
    pub build: fn(&BTreeMap<String, f64>) -> Result<Arc<dyn DeviceModel>, DeviceError>,
}

/// All models, in the order in which they are listed to users.
pub const MODELS: &[ModelEntry] = &[];

/// The model of that name.
pub fn model(name: &str) -> Option<&'static ModelEntry> {
    MODELS.iter().find(|entry| entry.name == name)
}
