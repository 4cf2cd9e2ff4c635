//! The kernel as a matrix of synapses: shifted copies, and their sum.

use numerics::matrix::Matrix;

use super::Convolution;

impl Convolution {
    /// Every element of the kernel and its copies in the matrix of a group: (row, column) of the kernel,
    /// (row, column) of the matrix.
    fn places(&self, group: usize) -> impl Iterator<Item = ((usize, usize), (usize, usize))> {
        let Self { shape, patch, .. } = *self;
        let filters = shape.filters / shape.groups;
        let (_, columns) = self.kernel_shape();
        let [_, width] = shape.kernel;
        let copies = shape.copies[0] * shape.copies[1];
        let area = shape.kernel[0] * width;
        (0..filters).flat_map(move |filter| {
            (0..copies).flat_map(move |copy| {
                let down = copy / shape.copies[1] * shape.stride[0];
                let right = copy % shape.copies[1] * shape.stride[1];
                (0..columns).map(move |column| {
                    let (channel, row, along) = (column / area, column % area / width, column % width);
                    let pixel = (channel * patch[0] + row + down) * patch[1] + along + right;
                    ((group * filters + filter, column), (filter * copies + copy, pixel))
                })
            })
        })
    }

    /// The matrix of a group for a kernel: its copies, and zeros.
    ///
    /// # Panics
    /// When the kernel is not of [`kernel_shape`](Self::kernel_shape).
    pub fn expand(&self, kernel: &Matrix, group: usize) -> Matrix {
        assert_eq!((kernel.rows(), kernel.columns()), self.kernel_shape(), "shape of the kernel");
        let (outputs, inputs) = self.matrix_shape();
        let mut matrix = Matrix::zeros(outputs, inputs);
        for ((row, column), (output, input)) in self.places(group) {
            matrix.row_mut(output)[input] = kernel.row(row)[column];
        }
        matrix
    }

    /// Adds the transposed of [`expand`](Self::expand): to each element of the kernel the sum of its copies.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn reduce(&self, matrix: &Matrix, group: usize, kernel: &mut Matrix) {
        assert_eq!((kernel.rows(), kernel.columns()), self.kernel_shape(), "shape of the kernel");
        assert_eq!((matrix.rows(), matrix.columns()), self.matrix_shape(), "shape of the matrix");
        for ((row, column), (output, input)) in self.places(group) {
            kernel.row_mut(row)[column] += matrix.row(output)[input];
        }
    }
}
