//! Fully connected and convolutional networks on synapses of any make.
//!
//! * [`Architecture`] – the layers, as a JSON description.
//! * [`Network`] – the layers at work: every weight matrix in [`Synapses`](crate::mapping::Synapses), biases,
//!   activations and pooling digital; forward and backward by hand.
//! * [`Parameters`] – weights and biases in digital memory: what is trained, saved and imported.
//! * `train` – the trainer: Adam or SGD, cross-entropy, schedules; [`HardwareAware`] – noise, clipping and
//!   quantisation while it learns.
//! * [`FrozenStack`], [`FrontEnd`] – trained layers without their head: images in, features out.
//! * [`SavedNetwork`] – a network in two files: its description and its parameters (safetensors). [`import()`] –
//!   the same from PyTorch's safetensors and from ONNX files.

mod architecture;
mod aware;
mod error;
mod front_end;
mod import;
mod layer;
mod model;
mod parameters;
mod pooling;
mod saved;
mod train;

#[cfg(test)]
mod gradient_tests;

pub use architecture::{Architecture, Kernels, LayerSpec, Shape, Window};
pub use aware::{AwareHardware, HardwareAware};
pub use error::NetworkError;
pub use front_end::{FeatureConstants, FrontEnd, FrozenStack, Normalisation};
pub use import::import;
pub use model::{Judged, LayerProgramming, Network};
pub use parameters::{LayerParameters, Parameters};
pub use saved::SavedNetwork;
pub use train::{EpochReport, OptimiserKind, Schedule, Trainer, TrainingConfig};
