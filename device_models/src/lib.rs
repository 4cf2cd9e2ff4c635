//! One resistive-memory cell: published compact models behind one interface.
//!
//! * [`model`] – the seam: [`DeviceModel`], its state, drive and answers.
//! * [`jart_vcm`] – the JART VCM family: oxygen vacancies below Schottky contacts.
//! * [`scalar`] – what models with one slow variable and a closed current share.
//! * [`stanford_pku`] – the Stanford–PKU gap model; [`stanford_pku_v2`] – with the filament's width.
//! * [`conductance_step`] – devices known by what one pulse does.
//! * [`ecm`] – electrochemical metallisation: a metal filament that nucleates, grows and dissolves.
//! * [`sky130`] – the ReRAM cell of the open SkyWater process.
//! * [`linear_ion_drift`], [`nonlinear_ion_drift`] – dopants that drift, under a [`window`].
//! * [`team`], [`vteam`] – threshold-adaptive models, by current and by voltage.
//! * [`simmons_barrier`] – a tunnel barrier whose width moves with the current.
//! * [`yakopcic`] – Yakopcic's generalised model.
//! * [`data_driven`], [`data_driven_quadratic`] – a resistance that approaches a limit set by the voltage.
//! * [`metastable_switch`] – a population of two-state switches with binomial noise.
//! * [`programmed_conductance`] – a cell that holds what a verified write left.
//! * [`relaxation`] – what conductances do afterwards: traps (relaxation, read noise) and activated loss.
//! * [`drift`], [`outcome`] – laws in time of written conductances, and what a verified write leaves.
//! * [`landing`] – where single pulses of a 1T1R cell end.
//! * [`statistical`] – a cell known by its measured distributions from cycle to cycle and device to device.
//! * [`window`] – window functions.
//! * [`registry`] – the models a card can name.
//! * [`card`] – device cards: parameters with units, windows, states, pulses, source.
//! * [`kinetic_monte_carlo`] – the filament from single vacancies and ions.
//! * [`limit`] – what stands in series and limits the current.
//! * [`pulse`] – the pulse tier: conductance before → after, tabulated from the full model.
//! * [`cycling`] – a cell that changes from one half cycle to the next.
//! * [`noisy_read`] – a cell whose reads show vacancies that come and go.
//! * [`spread`] – windows of parameters, and devices that cannot be written.
//! * [`variability`] – what a cell draws from them, and its walk from cycle to cycle.
//! * [`failure`] – why a cell fails, by five rules.
//! * [`white_noise`] – thermal and shot noise of a read.
//! * [`units`] – quantities with units, at the boundary.
//! * [`error`] – what can go wrong.

pub mod card;
pub mod conductance_step;
mod constants;
pub mod cycling;
pub mod data_driven;
pub mod data_driven_quadratic;
pub mod drift;
pub mod ecm;
pub mod error;
pub mod failure;
pub mod jart_vcm;
pub mod kinetic_monte_carlo;
pub mod landing;
pub mod limit;
pub mod linear_ion_drift;
pub mod metastable_switch;
pub mod model;
mod motion;
pub mod noisy_read;
pub mod nonlinear_ion_drift;
pub mod outcome;
mod parameters;
pub mod programmed_conductance;
pub mod pulse;
pub mod registry;
pub mod relaxation;
pub mod scalar;
mod shipped;
pub mod simmons_barrier;
pub mod sky130;
pub mod spread;
pub mod stanford_pku;
pub mod stanford_pku_v2;
pub mod statistical;
pub mod team;
pub mod units;
pub mod variability;
pub mod vteam;
pub mod white_noise;
pub mod window;
pub mod yakopcic;

pub use card::DeviceCard;
pub use ecm::Ecm;
pub use error::{CardError, DeviceError};
pub use jart_vcm::{JartVcmV1b, JartVcmV1bDiscrete, JartVcmV2};
pub use limit::CurrentLimit;
pub use model::{
    Crossing, DeviceModel, Flags, Morph, Motion, OperatingPoint, ParameterSpec, Segment, StateVariable,
    Surroundings,
};
pub use sky130::Sky130Reram;
pub use stanford_pku::StanfordPku;
pub use stanford_pku_v2::StanfordPkuV2;
