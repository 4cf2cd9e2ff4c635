//! `set_kinetics`: how long constant voltages take to SET a cell, |I| rising above a threshold.
//!
//! Fields and results are those of the module `kinetics`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::kinetics::{Event, Kinetics};
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;

/// SET time against voltage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct SetKinetics(Kinetics);

impl Kind for SetKinetics {
    const NAME: &'static str = "set_kinetics";
    const PURPOSE: &'static str = "time in which constant voltages SET a cell";
}

impl Study for SetKinetics {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        self.0.check(Event::Set, folders)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        self.0.run(Event::Set, context, record)
    }
}
