//! One resistive-memory cell: published compact models behind one interface.
//!
//! * [`model`] – the seam: [`DeviceModel`], its state, drive and answers.
//! * [`jart_vcm`] – JART VCM v1b: oxygen vacancies in a disc below a Schottky contact.
//! * [`stanford_pku`] – the Stanford–PKU gap model.
//! * [`error`] – what can go wrong.

mod constants;
pub mod error;
pub mod jart_vcm;
pub mod model;
mod motion;
mod parameters;
pub mod stanford_pku;

pub use error::DeviceError;
pub use jart_vcm::JartVcmV1b;
pub use model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, ParameterSpec, Segment, StateVariable, Surroundings,
};
pub use stanford_pku::StanfordPku;
