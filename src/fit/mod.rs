//! Fits: parameters of a model from a user's measurement.
//!
//! * [`device`] – a compact model's parameters from an I-V sweep or a train of pulses.
//! * [`relaxation`] – the `relaxation` block of a card from what conductances did after they were written.
//! * [`FitError`] – what can be wrong, each variant a sentence to act on.

pub mod device;
mod error;
pub mod relaxation;

pub use error::FitError;
