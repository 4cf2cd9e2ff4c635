//! Learners on synapses of any make.
//!
//! * [`protocol`] – continual learning: scenarios, streams of contexts, the accuracy matrix.
//! * [`metrics`] – ACC, BWT, FWT and both definitions of forgetting; mean ± SEM over seeds.
//! * [`perceptron`] – back-propagation through the synapses of a small network, sample by sample.
//! * [`continual`] – learners of a stream of contexts: without replay, elastic weight consolidation, synaptic
//!   intelligence, learning without forgetting, experience, generative and brain-inspired replay.
//! * [`network`] – fully connected and convolutional networks: trained here or imported, placed on
//!   hardware and judged.
//!
//! A learner asks for its weight matrices from a [`Hardware`](crate::mapping::Hardware) and never
//! learns what they are made of.

mod adam;
pub mod continual;
mod error;
pub mod metrics;
pub mod network;
pub mod perceptron;
pub mod protocol;
mod softmax;

pub use error::LearningError;
