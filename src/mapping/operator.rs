//! What a conversion of a tile sees: an [`Operator`] in units of weights.
//!
//! A scheme makes one operator for every time the tile's lines are converted: one for a differential
//! pair whose currents are subtracted before the converter, one for every slice of a weight that is
//! sliced. Wires, non-linear cells and noise have entered it; converters have not. The digital result
//! is y = Σ coefficient · (convert(matrix · x) − digital_offset · Σ x).

use numerics::matrix::Matrix;

/// One conversion of a tile.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    /// Outputs × inputs: what a noiseless read of the lines gives, in units of weights.
    pub matrix: Matrix,
    /// Outputs × inputs: variance of one read of each element; `None` without read noise. The noise of a
    /// sum is exactly Gaussian with the variance Σ variance · x².
    pub variance: Option<Matrix>,
    /// For each input the variance of what all outputs share (cells of a reference column), or empty.
    pub common_variance: Vec<f32>,
    /// Subtracted digitally: this times the sum of the inputs.
    pub digital_offset: f32,
    /// Factor of this conversion in the digital sum (shift and add).
    pub coefficient: f32,
}
