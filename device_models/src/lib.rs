//! One resistive-memory cell: published compact models behind one interface.
//!
//! * [`model`] – the seam: [`DeviceModel`], its state, drive and answers.
//! * [`registry`] – the models a card can name.
//! * [`card`] – device cards: parameters with units, windows, states, pulses, source.
//! * [`variability`] – device-to-device spread drawn from a card's windows.
//! * [`units`] – quantities with units, at the boundary.
//! * [`error`] – what can go wrong.

pub mod error;
pub mod model;
pub mod registry;
pub mod units;
pub mod variability;

pub use error::{CardError, DeviceError};
pub use model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, ParameterSpec, Segment, StateVariable, Surroundings,
};
