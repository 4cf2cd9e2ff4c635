//! Kinetic Monte Carlo of one filament: vacancies and oxygen ions on a lattice.
//!
//! * [`lattice`] – the sites between the inert electrode (0 V) and the active electrode.
//! * [`parameters`] – energies and conductances with units, defaults and sources.
//! * [`rates`] – the events and their field-accelerated Arrhenius rates.
//! * [`sum_tree`] – selection among the rates.
//! * [`filament`] – occupation, catalogue of events, the n-fold way.

pub mod error;
pub mod filament;
pub mod lattice;
pub mod parameters;
pub mod rates;
pub mod sum_tree;

pub use error::KineticError;
pub use filament::Filament;
pub use lattice::{Lattice, Site};
pub use parameters::Parameters;
pub use rates::{Event, Fields};
pub use sum_tree::SumTree;
