//! Heat that spreads from cell to cell of an array: thermal crosstalk.
//!
//! * [`geometry`] – from line widths, spacing and materials to the conductances of the network;
//! * [`lattice`] – the infinite regular network in closed form, and the conductances that give wanted
//!   crosstalk coefficients;
//! * [`network`] – temperatures of any array: one node per cell, sparse, steady or in time;
//! * [`crosstalk`] – what of it a cell sees as its ambient: the part that others cause.
//!
//! A filament's own model already holds its effective thermal resistance to the surroundings. The
//! network therefore never adds a cell's own share to its ambient temperature (see [`crosstalk`]).

pub mod crosstalk;
pub mod geometry;
pub mod lattice;
pub mod network;

pub use crosstalk::Crosstalk;
pub use geometry::{Electrode, Geometry};
pub use network::ThermalNetwork;

/// Conductances of a regular thermal network, of one cell each.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coefficients {
    /// Between neighbours on one word line, W/K.
    pub along_word_line: f64,
    /// Between neighbours on one bit line, W/K.
    pub along_bit_line: f64,
    /// To the heat sink, W/K.
    pub to_sink: f64,
    /// Heat capacity, J/K; `None` where the network answers at once.
    pub heat_capacity: Option<f64>,
}
