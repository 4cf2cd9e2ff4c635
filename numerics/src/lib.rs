//! Numerical building blocks that know nothing of devices: counter-based random streams
//! ([`rng`]), dense single-precision matrices ([`matrix`]), a stiff integrator for small systems
//! ([`rosenbrock`]) and scalar roots ([`roots`]).
//!
//! Everything here is deterministic: the same inputs give the same bits on any number of
//! threads.

pub mod matrix;
mod normal;
pub mod rng;
pub mod roots;
pub mod rosenbrock;
