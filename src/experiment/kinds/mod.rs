//! The kinds of study a script can name.
//!
//! A new kind is one file here: a type with `Deserialize` (`deny_unknown_fields`) and
//! `JsonSchema` for its fields, its [`Study`] and [`Kind`] implementations, and one line in [`KINDS`].
//! Strict reading, `--set`, the JSON Schema, sweeps, and interruption then work for it.

pub mod array_training;
mod arrays;
mod cell;
pub mod conduction_traces;
pub mod continual_learning;
pub mod crossbar_hammer;
pub mod crossbar_solve;
pub mod crossbar_transient;
pub mod cycling;
mod data_set;
pub mod device_pulse;
pub mod filament;
pub mod front_end;
pub mod inference;
mod kinetics;
mod limit;
pub mod potentiation;
pub mod programming;
pub mod read_margin;
pub mod relaxation;
pub mod reset_kinetics;
pub mod set_kinetics;

pub(crate) use cell::is_card_file;
use schemars::{Schema, SchemaGenerator};
use serde_json::Value;

use super::error::FieldError;
use super::script::typed;
use super::study::{Kind, Study};

/// One kind of study.
#[derive(Debug, Clone, Copy)]
pub struct KindEntry {
    /// Value of `kind` in scripts.
    pub name: &'static str,
    /// One line for people.
    pub purpose: &'static str,
    /// Reads the study's fields.
    pub(crate) read: fn(Value) -> Result<Box<dyn Study>, FieldError>,
    /// The JSON Schema of the study's fields.
    pub(crate) schema: fn(&mut SchemaGenerator) -> Schema,
}

impl KindEntry {
    const fn of<K: Kind>() -> Self {
        Self {
            name: K::NAME,
            purpose: K::PURPOSE,
            read: |value| typed::<K>(value).map(|study| Box::new(study) as Box<dyn Study>),
            schema: K::json_schema,
        }
    }
}

/// All kinds.
pub const KINDS: &[KindEntry] = &[
    KindEntry::of::<array_training::ArrayTraining>(),
    KindEntry::of::<conduction_traces::ConductionTraces>(),
    KindEntry::of::<continual_learning::ContinualLearning>(),
    KindEntry::of::<crossbar_solve::CrossbarSolve>(),
    KindEntry::of::<crossbar_transient::CrossbarTransient>(),
    KindEntry::of::<crossbar_hammer::CrossbarHammer>(),
    KindEntry::of::<cycling::statistics::CyclingStatistics>(),
    KindEntry::of::<device_pulse::DevicePulse>(),
    KindEntry::of::<cycling::endurance::Endurance>(),
    KindEntry::of::<cycling::forming::Forming>(),
    KindEntry::of::<inference::Inference>(),
    KindEntry::of::<potentiation::Potentiation>(),
    KindEntry::of::<programming::Programming>(),
    KindEntry::of::<read_margin::ReadMargin>(),
    KindEntry::of::<filament::Filament>(),
    KindEntry::of::<relaxation::Relaxation>(),
    KindEntry::of::<reset_kinetics::ResetKinetics>(),
    KindEntry::of::<set_kinetics::SetKinetics>(),
];

/// The kind of that name.
pub fn find(name: &str) -> Option<&'static KindEntry> {
    KINDS.iter().find(|kind| kind.name == name)
}
