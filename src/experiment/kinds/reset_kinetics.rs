//! `reset_kinetics`: how long constant voltages take to RESET a cell, |I| falling below a threshold it was above.
//!
//! Fields and results are those of the module `kinetics`.

use schemars::JsonSchema;
use serde::Deserialize;

use super::kinetics::{Event, Kinetics};
use crate::experiment::script::Folders;
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::record::Record;

/// RESET time against voltage.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct ResetKinetics(Kinetics);

impl Kind for ResetKinetics {
    const NAME: &'static str = "reset_kinetics";
    const PURPOSE: &'static str = "time in which constant voltages RESET a cell";
}

impl Study for ResetKinetics {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        self.0.check(Event::Reset, folders)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        self.0.run(Event::Reset, context, record)
    }
}
