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
//! * [`Pairs`] – two cells a weight, subtracted before the converter; or several such pairs;
//! * [`Single`] – one cell a weight, less a column of reference cells, a fixed reference or a digital offset;
//! * [`Sliced`] – several cells of few bits, converted one after the other;
//!
//! and around it [`Spares`] where a tile has spare bit lines. [`Scaled`] is what the weights are scaled
//! and rounded to before.

mod assignment;
mod pairs;
mod scaling;
mod single;
mod sliced;
mod spares;
#[cfg(test)]
mod tests;

use std::fmt::Debug;

use numerics::matrix::Matrix;

pub use self::pairs::Pairs;
pub use self::scaling::Scaled;
pub use self::single::{Single, Zero};
pub use self::sliced::Sliced;
pub use self::spares::{Replaced, Spares};
use super::config::{SchemeConfig, WeightCells};
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
    /// Conductance of weight zero where a single cell holds a weight, S.
    pub zero: f32,
    /// Largest weight.
    pub weight_range: f32,
}

impl TileSpec {
    /// Width of the window, S.
    fn width(&self) -> f32 {
        self.window.1 - self.window.0
    }
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

    /// What a single weight becomes when it is written under the scaling of the last [`Scheme::targets`]: within what
    /// the arrays hold, rounded where the design rounds.
    fn stored(&self, output: usize, weight: f32) -> f32;

    /// Adds to `cells`, for every plane, the cells of single weights and their target conductances, S. A weight is its
    /// number (output · inputs + input), rising, and what [`Scheme::stored`] makes of it.
    fn retarget(&self, weights: &[(u32, f32)], cells: &mut Vec<Vec<(u32, f32)>>);

    /// Weights of the last [`Scheme::targets`] that were beyond what the arrays can hold: larger than the largest, or
    /// on the side of zero where the window ends before it.
    fn clipped(&self) -> u64;

    /// Makes the operators of the planes as they stand into `operators`, whose matrices are reused where
    /// they fit. A matrix is a linear function of the conductances without a constant (a constant is the
    /// operator's `digital_offset` or `reference`), and a variance one of the variances: other quantities of the
    /// planes go through the same function.
    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>);

    /// How often the lines are converted for one read: the number of operators.
    fn conversions(&self) -> usize {
        1
    }

    /// Digital factors of the outputs: weights are the operators' times these. Applied after
    /// conversion, and to the inputs of a transposed read before it. Empty where all are one.
    fn output_scales(&self) -> &[f32];

    /// Digital factor of one output.
    fn scale(&self, output: usize) -> f32 {
        self.output_scales().get(output).copied().unwrap_or(1.0)
    }

    /// Change of a weight, before the digital factors, by one pulse of learning upwards, where a SET and
    /// a RESET pulse change a cell by `steps`, S. Zero where the scheme cannot learn in the array.
    fn weight_step(&self, steps: (f32, f32)) -> f32;

    /// Pulses on the cells of every plane, made into `pulses`, for `counts[i]` pulses of learning on each
    /// weight i, upwards where positive. Not called where [`Scheme::weight_step`] is zero.
    fn pulses(&mut self, counts: &[i32], pulses: &mut Vec<Vec<i32>>);

    /// The same for a list of weights, rising, with their counts: adds the cells with pulses to `cells`, for every
    /// plane. `false`, with nothing done, where pulses are made for all weights only.
    fn pulses_listed(&mut self, _listed: &[(u32, i32)], _cells: &mut Vec<Vec<(u32, i32)>>) -> bool {
        false
    }

    /// Where the pulses on a plane are those of learning times one number, cell for cell: the number of every
    /// plane, 1, −1 or 0.
    fn pulse_signs(&self) -> Option<Vec<i32>> {
        None
    }

    /// Target conductances that make room for further pulses without changing weights, for every plane;
    /// not a number for cells that stay as they are. Empty where nothing is due.
    fn refresh(&self, _planes: &[PlaneView<'_>]) -> Vec<Vec<f32>> {
        Vec::new()
    }

    /// The bit line that serves an output, in planes that have one for each.
    fn bit_line_of(&self, output: usize) -> usize {
        output
    }

    /// Chooses which bit lines serve which outputs for these weights, where `stuck[plane][cell]` is the
    /// conductance of a cell that cannot be written and not a number for all others.
    fn place(&mut self, _weights: &Matrix, _stuck: &[Vec<f32>]) -> Replaced {
        Replaced::default()
    }
}

impl Clone for Box<dyn Scheme> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}

/// The scheme that a design asks for.
pub fn build(config: &SchemeConfig, tile: TileSpec) -> Box<dyn Scheme> {
    let inner = TileSpec { outputs: tile.outputs + config.spare_columns, ..tile };
    let scaled = Scaled::new(config.scaling, config.rounding, tile.weight_range);
    let scheme: Box<dyn Scheme> = match &config.weight {
        WeightCells::DifferentialPair { placement, significance } => {
            Box::new(Pairs::new(inner, scaled, *placement, significance))
        }
        WeightCells::ReferenceColumn => Box::new(Single::new(inner, scaled, Zero::Column)),
        WeightCells::Offset => Box::new(Single::new(inner, scaled, Zero::Digital)),
        WeightCells::FixedReference => Box::new(Single::new(inner, scaled, Zero::Fixed)),
        WeightCells::BitSliced { bits_per_cell, slices, signs } => {
            Box::new(Sliced::new(inner, scaled, *bits_per_cell, *slices, *signs))
        }
    };
    if config.spare_columns == 0 { scheme } else { Box::new(Spares::new(scheme, tile, config.spare_columns)) }
}

/// The weights (outputs × inputs) that these conductances of the planes stand for.
pub fn weights_of(scheme: &dyn Scheme, conductances: &[&[f32]]) -> Matrix {
    let views: Vec<PlaneView<'_>> =
        conductances.iter().map(|conductances| PlaneView { conductances, variances: None }).collect();
    let mut operators = Vec::new();
    scheme.operators(&views, &mut operators);
    let (outputs, inputs) = operators.first().map_or((0, 0), |o| (o.matrix.rows(), o.matrix.columns()));
    let scales = scheme.output_scales();
    Matrix::from_fn(outputs, inputs, |k, j| {
        let element = |o: &Operator| o.coefficient * (o.matrix.row(k)[j] - o.reference - o.digital_offset);
        operators.iter().map(element).sum::<f32>() * scales.get(k).copied().unwrap_or(1.0)
    })
}
