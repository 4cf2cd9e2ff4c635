//! Kinetic Monte Carlo of one filament: vacancies and oxygen ions on a lattice.
//!
//! * [`lattice`] – the sites between the inert electrode (0 V) and the active electrode.
//! * [`parameters`] – energies and conductances with units, defaults and sources.
//! * [`rates`] – the events and their field-accelerated Arrhenius rates.
//! * [`sum_tree`] – selection among the rates.
//! * [`filament`] – occupation, catalogue of events, the n-fold way.
//! * [`network`] – potential, current and temperature on the same lattice.
//! * [`waveform`] – a cell driven through voltage segments, with traces and snapshots.
//!
//! What holds: hop mobilities and detailed balance against their closed forms, replay from a seed to the
//! bit, forming of a small cell over three decades of conductance.
//!
//! What does not hold yet: **this is a laboratory, not a validated cell.** The default energies lie in
//! published ranges but were chosen so that a 4 × 4 × 3 nm cell forms in microseconds; a RESET closes the
//! filament by a third only, and beyond about −1 V generation outruns recombination and a run may take
//! minutes. Charges of ions and vacancies do not enter the potential; the refresh criterion looks at the
//! potential, not at the temperature; the bond dipole of generation breaks detailed balance in a field.
//! No result for a real cell should be drawn from it before its parameters are fitted to one.

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
