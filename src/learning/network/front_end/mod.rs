//! A frozen, pre-trained front end: what stands before a learner that replays its features, not images.
//!
//! * [`FrozenStack`] – layers trained as the lower part of a classifier whose head is thrown away, with the
//!   constants of their features.
//! * [`FrontEnd`] – the same on one make of synapses, programmed once: maps images to features.
//! * [`Normalisation`] – how features become what a reconstruction loss expects.

mod features;
mod normalisation;
mod stack;

pub use features::FrontEnd;
pub use normalisation::{FeatureConstants, Normalisation};
pub use stack::FrozenStack;
