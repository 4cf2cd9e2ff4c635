//! Numerical building blocks that know nothing of devices: counter-based random streams
//! ([`rng`]), dense single-precision matrices ([`matrix`]), conductance networks on a box ([`grid`])
//! solved by [`conjugate_gradients`], a stiff integrator for small systems ([`rosenbrock`]) and scalar
//! roots ([`roots`]), sample [`statistics`] and power spectra ([`spectrum`]).
//!
//! Everything here is deterministic: the same inputs give the same bits on any number of
//! threads.

mod clusters;
pub mod conjugate_gradients;
pub mod exponential;
pub mod grid;
pub mod hyperbolic;
pub mod matrix;
mod normal;
mod philox;
pub mod rng;
pub mod roots;
pub mod rosenbrock;
pub mod spectrum;
pub mod statistics;
