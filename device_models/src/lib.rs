//! One resistive-memory cell: published compact models behind one interface.
//!
//! * [`model`] – the seam: [`DeviceModel`], its state, drive and answers.
//! * [`error`] – what can go wrong.

pub mod error;
pub mod model;

pub use error::DeviceError;
pub use model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, ParameterSpec, Segment, StateVariable, Surroundings,
};
