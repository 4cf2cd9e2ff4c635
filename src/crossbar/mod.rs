//! Many cells and their wires.
//!
//! * [`mod@array`], [`bias`] – cells, segment resistances, terminals, shorts; potentials.
//! * [`faults`] – open, shorted and stuck cells, broken lines, bridges, also at random.
//! * [`solution`], [`kirchhoff`] – potentials and currents, with the violation of Kirchhoff's
//!   current law of every answer.
//! * [`thermal`] – heat that spreads from cell to cell; [`disturb`] – half-selected cells.
//! * [`entry`] – the one entry, with the choice of method; `line_pcg` – the iteration for
//!   one input; [`gradient`] – of a loss, through the wires; [`islands`], [`mod@lossiness`] – nodes
//!   that nothing drives, the weight of the wires.
//! * [`network`], [`direct`] – nodes and branches of any array; sparse Cholesky factorisation.
//! * [`ports`] – reduction to the terminals: transfer matrix for many inputs, edits of a few cells.
//! * [`spice`] – netlists for ngspice, and the comparison with its answers.
//! * [`cells`], [`newton`] – non-linear cells (curved, behind selectors, any device model); their solution.
//! * [`transient`] – devices that evolve while the circuit is solved again and again.
//!
//! Word line i is driven at its left end through a source resistance, bit line j is sensed at
//! its bottom end through a sense resistance; the other ends may be connected too. The circuit is
//! the one of badcrossbar (D. Joksas, A. Mehonic, SoftwareX 12, 100617 (2020),
//! doi:10.1016/j.softx.2020.100617) with separate terminal resistances.

pub mod array;
pub mod bias;
pub mod cells;
pub mod direct;
pub mod disturb;
pub mod entry;
pub mod error;
pub mod faults;
pub mod gradient;
pub mod islands;
pub mod kirchhoff;
pub(crate) mod line_pcg;
pub mod lossiness;
pub mod network;
pub mod newton;
pub mod ports;
pub mod solution;
pub mod spice;
pub mod thermal;
pub mod transient;

pub use array::{Array, Bridge, Lines, Place, Segments, Topology};
pub use bias::Bias;
pub use cells::CellLaws;

pub use direct::Direct;
pub use entry::{Crossbar, Options};
pub use error::CrossbarError;
pub use faults::{Fault, FaultRates};
pub use gradient::{BatchGradient, Gradient, LossDerivatives};
pub use newton::{Newton, NewtonOptions, solve_nonlinear};
pub use ports::{Edited, LineCurrents, Ports, Transfer, Workspace};
pub use solution::{Method, Power, Solution};
pub use transient::{ArrayTransient, TransientOptions};
