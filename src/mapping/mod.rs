//! Weights on hardware: the [`Synapses`] seam and what stands behind it.
//!
//! * [`synapses`] – the seam itself: what a learner may ask of a weight matrix.
//! * [`ideal`] – the `f32` reference.

pub mod ideal;
pub mod synapses;

pub use ideal::{IdealHardware, IdealSynapses};
pub use synapses::{Activity, Hardware, Inputs, Programming, Synapses};
