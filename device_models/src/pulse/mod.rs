//! The pulse tier: what one write pulse does to a cell, tabulated from the full model of any card.
//!
//! For a given pulse, a cell that rests before and after is a map of one number: conductance before →
//! conductance after. [`PulseResponse::compile`] evaluates the full model on a grid that is refined where
//! straight lines between its points are not good enough, and keeps the largest deviation it found
//! ([`PulseResponse::max_error`]). Where the card has noise of its own – inside its model or from cycle
//! to cycle – mean and standard deviation of the conductance after a pulse are tabulated from draws of
//! the full model. Learning with millions of pulses runs on these tables; [`PulseArray`] holds many cells.
//!
//! What a table does not know: a history beyond the conductance. Cycle-to-cycle variation is that of a
//! pulse that begins a half cycle, drawn anew at every pulse; the full model keeps it until the polarity
//! changes. The distribution after a noisy pulse is taken as a Gaussian cut at the cell's range.
//!
//! Pinned by: `tests/pulse_tier.rs`, `tests/pulse_noise.rs`.

mod array;
mod compile;
mod reader;
mod response;

pub use self::array::{CycleNoise, PulseArray};
pub use self::reader::CellReader;
pub use self::response::{Outcome, PulseResponse};
