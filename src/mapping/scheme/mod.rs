//! How a weight becomes conductances, and conductances what a conversion sees: [`Scheme`].
//!
//! A tile is planes of cells and a scheme. The scheme says which planes there are, turns weights into
//! target conductances for each of them, pulses of learning on weights into pulses on cells, and the
//! planes as they stand into [`Operator`]s: one for every time the lines are converted. It knows the
//! weights of its tile alone, in units in which the largest is `weight_range`, and keeps what scaling
//! it chose for them.
//!
//! [`build`] makes the scheme that a design asks for:
//!
//! * [`DifferentialPair`] – two cells a weight, subtracted before the converter.

mod differential;

use std::fmt::Debug;

use numerics::matrix::Matrix;

pub use self::differential::DifferentialPair;
use super::config::SchemeConfig;
use super::operator::Operator;

/// One plane as a read of the lines sees it: in place of conductances there may stand the
/// transconductances of a plane with wires, or the coefficients of a curved current.
#[derive(Debug, Clone, Copy)]
pub struct PlaneView<'a> {
    /// Output-major, S.
    pub conductances: &'a [f32],
    /// Variances of one read of each, S²; `None` without read noise.
    pub variances: Option<&'a [f32]>,
}

/// What a scheme is built for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileSpec {
    /// Outputs of the tile.
    pub outputs: usize,
    /// Inputs of the tile.
    pub inputs: usize,
    /// Lowest and highest conductance used for weights, S.
    pub window: (f32, f32),
    /// Largest weight.
    pub weight_range: f32,
}

/// A way to put weights on planes of cells.
pub trait Scheme: Send + Sync + Debug {
    /// A copy.
    fn boxed(&self) -> Box<dyn Scheme>;

    /// Bit lines and word lines of every plane. Word lines are the inputs of the tile; a plane with as
    /// many bit lines as the tile has outputs has one cell for each weight.
    fn planes(&self) -> Vec<(usize, usize)>;

    /// Target conductances of every plane for these weights (outputs × inputs), S, within the window.
    /// Scaling is chosen here and holds until the next call.
    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>>;

    /// Makes the operators of the planes as they stand into `operators`, whose matrices are reused where
    /// they fit. A matrix is a linear function of the conductances without a constant (a constant is the
    /// operator's `digital_offset`), and a variance one of the variances: other quantities of the
    /// planes go through the same function.
    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>);

    /// Digital factors of the outputs: weights are the operators' times these. Applied after
    /// conversion, and to the inputs of a transposed read before it. Empty where all are one.
    fn output_scales(&self) -> &[f32] {
        &[]
    }

    /// Change of a weight, before the digital factors, by one pulse of learning upwards, where a SET and
    /// a RESET pulse change a cell by `steps`, S. Zero where the scheme cannot learn in the array.
    fn weight_step(&self, steps: (f32, f32)) -> f32;

    /// Pulses on the cells of one plane, made into `pulses`, for `counts[i]` pulses of learning on each
    /// weight i, upwards where positive. Not called where [`Scheme::weight_step`] is zero.
    fn pulses(&self, plane: usize, counts: &[i32], pulses: &mut Vec<i32>);
}

impl Clone for Box<dyn Scheme> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// The scheme that a design asks for.
pub fn build(config: &SchemeConfig, tile: TileSpec) -> Box<dyn Scheme> {
    match config {
        SchemeConfig::DifferentialPair => Box::new(DifferentialPair::new(tile)),
    }
}
