//! Weights on hardware: the [`Synapses`] seam and what stands behind it.
//!
//! * [`synapses`] – the seam itself: what a learner may ask of a weight matrix.
//! * [`ideal`] – the `f32` reference.
//! * [`analog`] – matrices on tiles of simulated cells: converters, read-verify, pulsed updates;
//!   [`hardware`] – a design and the cells it is made of.
//! * [`tile`] – one tile; [`cells`] – what its planes are made of; [`scheme`] – what the planes mean;
//!   [`programming`] – how they are written; [`operator`] – what a conversion sees;
//!   [`periphery`] – drivers, converters, amplifiers.
//! * [`update`] – in-array updates: pulse trains, mixed precision, transfer between two arrays.
//! * [`currents`] – cells at other voltages and temperatures; `wires` – the wires of a plane.
//! * [`convolution`] – convolutions as matrices; [`cost`] – energy, time and area by part; [`export`] –
//!   cells as numbers and netlists.
//! * [`wear`] – what cells have gone through, for wear maps and histograms.
//! * [`compensation`] – digital gains against drift.
//! * [`suitability`] – which fields of a design a card and a study can serve.
//! * [`devices`] – the library of devices a card yields; [`config`] – the design.

pub mod analog;
pub mod cells;
pub mod compensation;
pub mod config;
pub mod convolution;
pub mod cost;
pub mod currents;
pub mod devices;
pub mod export;
pub mod hardware;
pub mod ideal;
pub mod operator;
pub mod periphery;
pub mod programming;
pub mod scheme;
pub(crate) mod seen;
pub mod suitability;
pub mod synapses;
pub mod tile;
pub mod update;
pub mod wear;
pub(crate) mod wires;

pub use analog::AnalogMatrix;
pub use cells::{CellSource, Cells, Writes};
pub use compensation::{Calibration, Compensated};
pub use config::{AnalogConfig, DesignError};
pub use convolution::{Convolution, ConvolutionShape, ConvolutionalSynapses};
pub use cost::{CostCard, CostReport};
pub use devices::{DeviceLibrary, LibraryError};
pub use hardware::AnalogHardware;
pub use ideal::{IdealHardware, IdealSynapses};
pub use operator::Operator;
pub use synapses::{Activity, Hardware, Inputs, Programming, Synapses};
pub use wear::{Histogram, PlaneWear};
