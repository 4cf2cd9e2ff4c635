//! One resistive-memory cell: published compact models behind one interface.
//!
//! * [`model`] – the seam: [`DeviceModel`], its state, drive and answers.
//! * [`jart_vcm`] – JART VCM v1b: oxygen vacancies in a disc below a Schottky contact.
//! * [`scalar`] – what models with one slow variable and a closed current share.
//! * [`stanford_pku`] – the Stanford–PKU gap model.
//! * [`registry`] – the models a card can name.
//! * [`card`] – device cards: parameters with units, windows, states, pulses, source.
//! * [`limit`] – what stands in series and limits the current.
//! * [`pulse`] – the pulse tier: conductance before → after, tabulated from the full model.
//! * [`variability`] – device-to-device spread drawn from a card's windows.
//! * [`units`] – quantities with units, at the boundary.
//! * [`error`] – what can go wrong.

pub mod card;
mod constants;
pub mod error;
pub mod jart_vcm;
pub mod limit;
pub mod model;
mod motion;
mod parameters;
pub mod pulse;
pub mod registry;
pub mod scalar;
pub mod stanford_pku;
pub mod units;
pub mod variability;

pub use card::DeviceCard;
pub use error::{CardError, DeviceError};
pub use jart_vcm::{JartVcmV1b, JartVcmV1bDiscrete};
pub use limit::CurrentLimit;
pub use model::{
    Crossing, DeviceModel, Flags, Morph, Motion, OperatingPoint, ParameterSpec, Segment, StateVariable,
    Surroundings,
};
pub use stanford_pku::StanfordPku;
