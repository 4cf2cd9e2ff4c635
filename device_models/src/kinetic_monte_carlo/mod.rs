//! Kinetic Monte Carlo of one filament: vacancies and oxygen ions on a lattice.
//!
//! * [`lattice`] – the sites between the inert electrode (0 V) and the active electrode.
//! * [`parameters`] – energies and conductances with units, defaults and sources.
//! * [`rates`] – the events and their field-accelerated Arrhenius rates.
//! * [`sum_tree`] – selection among the rates.
//! * [`filament`] – occupation, catalogue of events, the n-fold way.
//! * [`network`] – potential, current and temperature on the same lattice.
//! * [`waveform`] – a cell driven through voltage segments, with traces and snapshots.

pub mod error;
pub mod filament;
pub mod lattice;
pub mod network;
pub mod parameters;
pub mod rates;
pub mod sum_tree;
pub mod waveform;

pub use error::KineticError;
pub use filament::Filament;
pub use lattice::{Lattice, Site};
pub use network::{Network, SolverStatistics};
pub use parameters::Parameters;
pub use rates::{Event, Fields};
pub use sum_tree::SumTree;
pub use waveform::{Control, KineticCell, Sample, Trace, picture};
