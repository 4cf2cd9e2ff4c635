//! Resistive memory simulated from the filament up.
//!
//! Layers, each using only those below it:
//! `cli → experiment → learning → mapping → crossbar → device_models → numerics`;
//! `fit`, `record`, `report` and `data` stand beside them. `ARCHITECTURE.md` says what each holds.

pub mod cli;
pub mod crossbar;
pub mod data;
pub mod experiment;
pub mod fit;
pub mod learning;
pub mod mapping;
pub mod record;
pub mod report;

pub use device_models;
pub use numerics;
