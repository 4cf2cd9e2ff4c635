//! What a conversion of a tile sees: an [`Operator`] in units of weights.
//!
//! A scheme makes one operator for every time the tile's lines are converted: one for a differential
//! pair whose currents are subtracted before the converter, one for every slice of a weight that is
//! sliced. Wires, non-linear cells and noise have entered it; converters have not. The digital result
//! is y = Σ coefficient · (convert(matrix · x) − digital_offset · Σ x).

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::Stream;

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

/// Writes values into a matrix of this shape, which is kept where it has it already.
fn fill(matrix: &mut Matrix, outputs: usize, inputs: usize, values: impl Iterator<Item = f32>) {
    if (matrix.rows(), matrix.columns()) != (outputs, inputs) {
        *matrix = Matrix::zeros(outputs, inputs);
    }
    for (to, value) in matrix.as_mut_slice().iter_mut().zip(values) {
        *to = value;
    }
}

impl Operator {
    /// Makes the matrix from its elements, row after row.
    pub fn fill(&mut self, outputs: usize, inputs: usize, values: impl Iterator<Item = f32>) {
        fill(&mut self.matrix, outputs, inputs, values);
    }

    /// Makes the variance from its elements, or leaves none.
    pub fn fill_variance(
        &mut self,
        outputs: usize,
        inputs: usize,
        values: Option<impl Iterator<Item = f32>>,
    ) {
        match values {
            Some(values) => fill(self.variance.get_or_insert_default(), outputs, inputs, values),
            None => self.variance = None,
        }
    }

    /// Noisy products of a batch with this matrix (forward) or its transpose, before the converters.
    pub fn product(&self, x: &Matrix, transposed: bool, noise: &mut Stream) -> Matrix {
        let op = if transposed { Op::Plain } else { Op::Transposed };
        let mut y = product((x, Op::Plain), (&self.matrix, op));
        if let Some(variance) = &self.variance {
            let mut squares = x.clone();
            for value in squares.as_mut_slice() {
                *value *= *value;
            }
            let variance = product((&squares, Op::Plain), (variance, op));
            let mut normals = vec![0.0; variance.as_slice().len()];
            noise.fill_normal(&mut normals);
            for ((y, v), z) in y.as_mut_slice().iter_mut().zip(variance.as_slice()).zip(&normals) {
                *y += v.max(0.0).sqrt() * z;
            }
        }
        if !self.common_variance.is_empty() {
            self.add_common_noise(x, &mut y, transposed, noise);
        }
        y
    }

    /// Noise of the cells that all outputs share: one number for all outputs of a sample; read
    /// transposed, the shared line is driven with the sum of all inputs.
    fn add_common_noise(&self, x: &Matrix, y: &mut Matrix, transposed: bool, noise: &mut Stream) {
        for i in 0..x.rows() {
            let (x, y) = (x.row(i), y.row_mut(i));
            if transposed {
                let drive: f32 = x.iter().sum();
                let mut normals = vec![0.0; y.len()];
                noise.fill_normal(&mut normals);
                for ((y, v), z) in y.iter_mut().zip(&self.common_variance).zip(&normals) {
                    *y += drive * v.sqrt() * z;
                }
            } else {
                let variance: f32 = x.iter().zip(&self.common_variance).map(|(x, v)| v * x * x).sum();
                let deviation = variance.sqrt() * noise.normal() as f32;
                for y in y.iter_mut() {
                    *y += deviation;
                }
            }
        }
    }
}
