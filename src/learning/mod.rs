//! Learners on synapses of any make.
//!
//! * [`protocol`] – class-incremental learning: contexts, active outputs, the accuracy matrix.
//! * [`metrics`] – ACC, BWT, FWT and both definitions of forgetting; mean ± SEM over seeds.
//! * [`perceptron`] – back-propagation through the synapses of a small network, sample by sample.
//! * [`replay`] – brain-inspired replay (G. M. van de Ven, H. T. Siegelmann, A. S. Tolias, Nat.
//!   Commun. 11:4069 (2020), doi:10.1038/s41467-020-17866-2) and its references without replay and
//!   with all data at once.
//! * [`network`] – fully connected and convolutional networks: trained here or imported, placed on
//!   hardware and judged.
//!
//! A learner asks for its weight matrices from a [`Hardware`](crate::mapping::Hardware) and never
//! learns what they are made of.

mod adam;
mod error;
pub mod metrics;
pub mod network;
pub mod perceptron;
pub mod protocol;
pub mod replay;
mod softmax;

pub use error::LearningError;
