//! Experiments: scripts, the studies they describe, and sweeps over their fields.
//!
//! * [`script`] – reading a script: edits, header, strict typing, quantities with units.
//! * [`study`] – the seam behind which every kind of study stands.
//! * [`kinds`] – the kinds themselves, one file each.
//! * [`mod@run`] – one script to one record.
//! * [`sweep`] – one script to many points: plan, run, continue, merge.
//! * [`hardware`] – cells and costs of arrays as datasets.
//! * `table` – tables of numbers from scripts, CSV, NumPy and HDF5 files.
//! * [`schema`] – the JSON Schema of scripts, from the same types.

pub mod error;
pub mod hardware;
pub mod kinds;
pub mod run;
pub mod schema;
pub mod script;
pub mod study;
pub mod sweep;
mod table;

pub use error::{ExperimentError, FieldError};
pub use run::{Outcome, run};
pub use script::{Edit, Folders, Script};
pub use study::{Context, Inputs, Kind, Progress, Silent, Study};
