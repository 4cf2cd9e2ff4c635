//! Kinetic Monte Carlo of one filament: vacancies and oxygen ions on a lattice.
//!
//! * [`lattice`] – the sites between the inert electrode (0 V) and the active electrode.
//! * [`parameters`], [`card`] – energies and conductances with units and sources; cards.
//! * [`rates`] – the events and their field-accelerated Arrhenius rates.
//! * [`sum_tree`] – selection among the rates.
//! * [`filament`] – occupation, catalogue of events, the n-fold way.
//! * `superbasin` – round trips between two states, drawn at once.
//! * `gap` – how far the filament is from percolation.
//! * [`network`] – potential, current and temperature on the same lattice.
//! * [`waveform`] – a cell driven along voltage ramps.
//!
//! What holds: hop mobilities and detailed balance against their closed forms, replay from a seed to
//! the bit, round trips drawn at once against the plain way, and forming – RESET – SET – RESET of
//! cells of 10 × 10 × 5 nm with RESET over a decade.
//!
//! What does not: no parameter was fitted to a measured cell. Charges of ions and vacancies do not
//! enter the potential; heat is in steady state, so that the moment of forming is hotter than a cell
//! with a heat capacity; vacancies do not attract each other; the bond dipole of generation
//! breaks detailed balance in a field. Energies belong to a lattice spacing.

pub mod card;
pub mod error;
pub mod filament;
mod gap;
pub mod lattice;
pub mod network;
pub mod parameters;
pub mod rates;
pub mod sum_tree;
mod superbasin;
pub mod waveform;

pub use card::KineticCard;
pub use error::KineticError;
pub use filament::Filament;
pub use lattice::{Lattice, Site};
pub use network::{Network, SolverStatistics, Tolerance};
pub use parameters::Parameters;
pub use rates::{Event, Fields};
pub use sum_tree::SumTree;
pub use waveform::{Control, Events, KineticCell, Sample, picture};
