//! What a conversion of a tile sees: an [`Operator`] in units of weights.
//!
//! A scheme makes one operator for every time the tile's lines are converted: one for a differential
//! pair whose currents are subtracted before the converter, one for every slice of a weight that is
//! sliced. Wires, non-linear cells and noise have entered it; converters have not. The digital result
//! is y = Σ coefficient · (convert((matrix − reference) · x) − digital_offset · Σ x).

use numerics::matrix::{Matrix, Op, multiply};
use numerics::rng::Stream;

use super::config::{Encoding, PeripheryConfig};
use super::periphery::drive::Drive;

/// One conversion of a tile.
#[derive(Debug, Clone, Default)]
pub struct Operator {
    /// Outputs × inputs: what a noiseless read of the lines gives, in units of weights.
    pub matrix: Matrix,
    /// Outputs × inputs: variance of one read of each element; `None` without read noise. The noise of a
    /// sum is exactly Gaussian with the variance Σ variance · x².
    pub variance: Option<Matrix>,
    /// Outputs × inputs: coefficient of the squared inputs, where currents are curved.
    pub quadratic: Option<Matrix>,
    /// Outputs × inputs: coefficient of the cubed inputs.
    pub cubic: Option<Matrix>,
    /// For each input the variance of what all outputs share (cells of a reference column), or empty.
    pub common_variance: Vec<f32>,
    /// Subtracted before the converter: what a line of this constant would give, one without wires, curve,
    /// temperature or noise. It is in the matrix once `Operator::subtract_reference` has been called.
    pub reference: f32,
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

    /// Takes the current of the ideal reference line off what the cells give.
    pub(crate) fn subtract_reference(&mut self) {
        if self.reference != 0.0 {
            self.matrix.as_mut_slice().iter_mut().for_each(|element| *element -= self.reference);
        }
    }

    /// Products of driven lines with this matrix (forward) or its transpose, before amplifiers and
    /// converters, and the variances of their noise.
    ///
    /// Read from the bit lines, the voltage over a cell has the other sign: the even part of its current
    /// changes sign.
    pub(crate) fn products(
        &self,
        drive: &Drive,
        config: &PeripheryConfig,
        transposed: bool,
        sums: &mut Sums,
        noise: &mut Stream,
    ) {
        let op = if transposed { Op::Plain } else { Op::Transposed };
        let x = &drive.x;
        let sensed = if transposed { self.matrix.columns() } else { self.matrix.rows() };
        sums.values.reshape(x.rows(), sensed);
        multiply(&mut sums.values, false, 1.0, (x, Op::Plain), (&self.matrix, op));
        sums.noisy = self.variance.is_some();
        if self.variance.is_some() || self.quadratic.is_some() || !self.common_variance.is_empty() {
            square(drive, config, &mut sums.squares);
        }
        if let Some(quadratic) = &self.quadratic {
            let sign = if transposed { -1.0 } else { 1.0 };
            multiply(&mut sums.values, true, sign, (&sums.squares, Op::Plain), (quadratic, op));
        }
        if let Some(cubic) = &self.cubic {
            sums.cubes.reshape(x.rows(), x.columns());
            for (cube, x) in sums.cubes.as_mut_slice().iter_mut().zip(x.as_slice()) {
                *cube = x * x * x;
            }
            multiply(&mut sums.values, true, 1.0, (&sums.cubes, Op::Plain), (cubic, op));
        }
        if let Some(variance) = &self.variance {
            sums.variances.reshape(x.rows(), sensed);
            multiply(&mut sums.variances, false, 1.0, (&sums.squares, Op::Plain), (variance, op));
        }
        if !self.common_variance.is_empty() {
            self.add_common_noise(x, sums, transposed, noise);
        }
    }

    /// Noise of the cells that all outputs share: one number for all outputs of a sample; read
    /// transposed, the shared line is driven with the sum of all inputs.
    fn add_common_noise(&self, x: &Matrix, sums: &mut Sums, transposed: bool, noise: &mut Stream) {
        let mut normals = vec![0.0; if transposed { sums.values.columns() } else { 1 }];
        for i in 0..x.rows() {
            let y = sums.values.row_mut(i);
            noise.fill_normal(&mut normals);
            if transposed {
                let drive: f32 = x.row(i).iter().sum();
                for ((y, v), z) in y.iter_mut().zip(&self.common_variance).zip(&normals) {
                    *y += drive * v.sqrt() * z;
                }
            } else {
                let squares = sums.squares.row(i).iter().zip(&self.common_variance);
                let deviation = squares.map(|(x, v)| v * x).sum::<f32>().sqrt() * normals[0];
                for y in y.iter_mut() {
                    *y += deviation;
                }
            }
        }
    }
}

/// Results and memory of products.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sums {
    /// Samples × outputs.
    pub values: Matrix,
    /// Variances of their noise, where there is some.
    pub variances: Matrix,
    /// There is some.
    pub noisy: bool,
    squares: Matrix,
    cubes: Matrix,
}

/// Squares of the drives; where the bits of an input are read one after the other, the sum of the
/// squares of all reads with their weights, as each read has its own noise.
fn square(drive: &Drive, config: &PeripheryConfig, out: &mut Matrix) {
    out.reshape(drive.x.rows(), drive.x.columns());
    if config.encoding == Encoding::BitSerialAnalog {
        out.as_mut_slice().copy_from_slice(drive.squares.as_slice());
    } else {
        for (square, x) in out.as_mut_slice().iter_mut().zip(drive.x.as_slice()) {
            *square = x * x;
        }
    }
}

#[cfg(test)]
mod tests {
    use numerics::rng::Purpose;

    use super::*;

    /// Shared noise is one number for each sample read forward, and one for each output read transposed.
    #[test]
    fn shared_noise_draws_what_it_uses() {
        let operator = Operator {
            matrix: Matrix::zeros(5, 3),
            common_variance: vec![0.25; 3],
            coefficient: 1.0,
            ..Operator::default()
        };
        let stream = || Stream::new(1, Purpose::ReadNoise, 0, 1);
        for (transposed, lines, sensed, drawn) in [(false, 3, 5, 1), (true, 5, 3, 3)] {
            let drive = Drive { x: Matrix::from_fn(2, lines, |_, _| 1.0), ..Drive::default() };
            let (mut sums, mut used, mut fresh) = (Sums::default(), stream(), stream());
            operator.products(&drive, &PeripheryConfig::default(), transposed, &mut sums, &mut used);
            for i in 0..2 {
                let mut normals = vec![0.0; drawn];
                fresh.fill_normal(&mut normals);
                for k in 0..sensed {
                    let expected = if transposed {
                        5.0 * 0.5 * normals[k]
                    } else {
                        (3.0_f32 * 0.25).sqrt() * normals[0]
                    };
                    assert!((sums.values.row(i)[k] - expected).abs() < 1e-5, "{transposed} {i} {k}");
                }
            }
            assert_eq!(used.next_u32(), fresh.next_u32(), "{transposed}");
        }
    }
}
