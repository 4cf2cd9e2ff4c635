//! Many cells and their wires: the DC solution of a linear crossbar.
//!
//! * [`mod@array`] – the array: conductances, segment resistances, terminals, bias.
//! * [`network`] – its nodes and branches; zero-resistance wires collapse, floating islands are
//!   pinned.
//! * [`solve`] – sparse Cholesky factorisation with one refinement step; every answer carries its
//!   Kirchhoff residual.
//!
//! Word line i is driven at its left end through a source resistance, bit line j is sensed at
//! its bottom end through a sense resistance; the far ends are open. The circuit is the one of
//! badcrossbar (D. Joksas, A. Mehonic, SoftwareX 12, 100617 (2020),
//! doi:10.1016/j.softx.2020.100617) with separate terminal resistances.

pub mod array;
pub mod network;
pub mod solve;

pub use array::{Array, Bias, CrossbarError};
pub use solve::{Factorised, Solution};
