//! Numerical building blocks that know nothing of devices: counter-based random streams
//! ([`rng`]) and dense single-precision matrices ([`matrix`]).
//!
//! Everything here is deterministic: the same inputs give the same bits on any number of
//! threads.

pub mod matrix;
pub mod rng;
