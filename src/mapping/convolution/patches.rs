//! Images to the inputs of products, and their outputs to images; and both ways back.

use numerics::matrix::Matrix;

use super::Convolution;

/// Numbers that lie side by side in an image and in a row of a product's inputs or outputs.
#[derive(Debug, Clone, Copy)]
struct Run {
    /// Product of the image.
    block: usize,
    /// First column of the product's inputs or outputs.
    column: usize,
    /// First number of the image.
    pixel: usize,
    length: usize,
}

/// Rows of products (images × blocks) from images.
fn gather(images: &Matrix, runs: &[Run], blocks: usize, columns: usize) -> Matrix {
    let mut out = Matrix::zeros(images.rows() * blocks, columns);
    for (i, image) in images.iter_rows().enumerate() {
        let rows = &mut out.as_mut_slice()[i * blocks * columns..(i + 1) * blocks * columns];
        for run in runs {
            let start = run.block * columns + run.column;
            let (to, from) = (&mut rows[start..start + run.length], &image[run.pixel..]);
            // Lengths known to the compiler: small kernels would spend their time on calls.
            match run.length {
                1 => to[0] = from[0],
                2 => to[..2].copy_from_slice(&from[..2]),
                3 => to[..3].copy_from_slice(&from[..3]),
                length => to.copy_from_slice(&from[..length]),
            }
        }
    }
    out
}

/// Adds rows of products to images.
fn scatter(products: &Matrix, runs: &[Run], blocks: usize, images: &mut Matrix) {
    let columns = products.columns();
    for i in 0..images.rows() {
        let rows = &products.as_slice()[i * blocks * columns..(i + 1) * blocks * columns];
        let image = images.row_mut(i);
        for run in runs {
            let start = run.block * columns + run.column;
            let (to, from) =
                (&mut image[run.pixel..run.pixel + run.length], &rows[start..start + run.length]);
            match run.length {
                1 => to[0] += from[0],
                3 => add::<3>(to, from),
                _ => to.iter_mut().zip(from).for_each(|(to, from)| *to += from),
            }
        }
    }
}

/// Adds N numbers.
fn add<const N: usize>(to: &mut [f32], from: &[f32]) {
    to[..N].iter_mut().zip(&from[..N]).for_each(|(to, from)| *to += from);
}

impl Convolution {
    /// Where the pixels of a group's channels go among the inputs of the products.
    fn input_runs(&self, group: usize) -> Vec<Run> {
        let shape = &self.shape;
        let channels = shape.channels / shape.groups;
        let mut runs = Vec::new();
        for block in 0..self.products_per_image() {
            let at = [block / self.blocks[1], block % self.blocks[1]];
            // First row and column of the patch in the padded image.
            let [top, left] = [0, 1].map(|axis| at[axis] * shape.copies[axis] * shape.stride[axis]);
            let first = left.max(shape.padding[1]);
            let last = (left + self.patch[1]).min(shape.width + shape.padding[1]);
            for channel in 0..channels {
                for row in 0..self.patch[0] {
                    let y = top + row;
                    if first >= last || y < shape.padding[0] || y >= shape.height + shape.padding[0] {
                        continue;
                    }
                    let line = (group * channels + channel) * shape.height + y - shape.padding[0];
                    runs.push(Run {
                        block,
                        column: (channel * self.patch[0] + row) * self.patch[1] + first - left,
                        pixel: line * shape.width + first - shape.padding[1],
                        length: last - first,
                    });
                }
            }
        }
        runs
    }

    /// Where the outputs of a group's products go in the result. Copies beyond its edge have no place.
    fn output_runs(&self, group: usize) -> Vec<Run> {
        let shape = &self.shape;
        let filters = shape.filters / shape.groups;
        let mut runs = Vec::new();
        for block in 0..self.products_per_image() {
            let top = block / self.blocks[1] * shape.copies[0];
            let left = block % self.blocks[1] * shape.copies[1];
            for filter in 0..filters {
                for copy in 0..shape.copies[0].min(self.output[0] - top) {
                    let line = (group * filters + filter) * self.output[0] + top + copy;
                    runs.push(Run {
                        block,
                        column: (filter * shape.copies[0] + copy) * shape.copies[1],
                        pixel: line * self.output[1] + left,
                        length: shape.copies[1].min(self.output[1] - left),
                    });
                }
            }
        }
        runs
    }

    /// Inputs of a group's products: batch × image to (batch · products per image) × inputs.
    ///
    /// # Panics
    /// When the rows of `images` are not images of this shape.
    pub fn unroll(&self, images: &Matrix, group: usize) -> Matrix {
        assert_eq!(images.columns(), self.image_len(), "numbers in an image");
        gather(images, &self.input_runs(group), self.products_per_image(), self.matrix_shape().1)
    }

    /// Adds the transposed of [`unroll`](Self::unroll): inputs of products back on the pixels they came from.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn fold(&self, products: &Matrix, group: usize, images: &mut Matrix) {
        assert_eq!(images.columns(), self.image_len(), "numbers in an image");
        assert_eq!(products.rows(), images.rows() * self.products_per_image(), "products of a batch");
        assert_eq!(products.columns(), self.matrix_shape().1, "inputs of a product");
        scatter(products, &self.input_runs(group), self.products_per_image(), images);
    }

    /// Adds outputs of a group's products at their places in the results.
    ///
    /// # Panics
    /// When shapes do not fit.
    pub fn collect(&self, products: &Matrix, group: usize, results: &mut Matrix) {
        assert_eq!(results.columns(), self.output_len(), "numbers in a result");
        assert_eq!(products.rows(), results.rows() * self.products_per_image(), "products of a batch");
        assert_eq!(products.columns(), self.matrix_shape().0, "outputs of a product");
        scatter(products, &self.output_runs(group), self.products_per_image(), results);
    }

    /// The transposed of [`collect`](Self::collect): errors of results to errors of each product's outputs;
    /// those without a place in the result are zero.
    ///
    /// # Panics
    /// When the rows of `results` are not results of this shape.
    pub fn distribute(&self, results: &Matrix, group: usize) -> Matrix {
        assert_eq!(results.columns(), self.output_len(), "numbers in a result");
        gather(results, &self.output_runs(group), self.products_per_image(), self.matrix_shape().0)
    }
}
