//! Brain-inspired replay: one network that recognises, imagines and rehearses.
//!
//! A variational auto-encoder whose encoder is also the trunk of the classifier. After every
//! context a frozen copy becomes generator and teacher: it samples a class seen before, a latent
//! vector from that class's Gaussian, decodes it with that class's gates, and labels the image with
//! its own softened outputs. No sample is ever stored.
//!
//! * [`ReplayConfig`] – every setting, with defaults. [`run_learner`] – one learner, one seed.
//! * `network`, `dense` – the layers on [`Synapses`](crate::mapping::Synapses), backward
//!   passes by hand, the digital optimiser (Adam).
//! * `loss`, `prior`, `gates` – what is minimised. `generate` – the frozen teacher.
//! * `train` – the loop over contexts.
//!
//! Equations: G. M. van de Ven, H. T. Siegelmann, A. S. Tolias, Nat. Commun. 11:4069 (2020),
//! doi:10.1038/s41467-020-17866-2.

mod config;
mod dense;
mod gates;
mod generate;
mod loss;
mod network;
mod prior;
mod result;
mod trace;
mod train;

#[cfg(test)]
mod gradient_tests;

pub use config::{EvaluateOn, Learner, ReplayConfig, UpdateRule};
pub use result::{GeneratedSample, LossPoint, MatrixProgramming, SeedResult, sum_activity};
pub use train::run_learner;
