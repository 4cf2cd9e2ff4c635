//! Convolutions as matrices: [`Convolution`] maps a kernel on a matrix of synapses and an image on the
//! inputs of its products.
//!
//! y[f, a, b] = Σ_{c,i,j} K[f, c, i, j] · x[c, a·s_v + i − p_v, b·s_h + j − p_h], c over the channels of
//! f's group, x zero outside the image.
//!
//! * **Unrolled** (`copies = [1, 1]`): every filter is one output of the matrix, the pixels under the
//!   kernel are its inputs, and an image takes one product for each output position.
//! * **Shifted kernels** (`copies = [m, n]`): the matrix holds m · n copies of every filter, each moved by
//!   one step, over one patch of (k_v + (m − 1) s_v) × (k_h + (n − 1) s_h) pixels, with zeros elsewhere (a
//!   block of the Toeplitz matrix of the convolution). One product yields m · n positions: fewer products and
//!   conversions of inputs for more cells. Unrolling is its smallest case, so both are the same code.
//!
//! Each group of channels is a matrix of its own.
//!
//! | symbol | meaning | field |
//! |---|---|---|
//! | K | kernel, filters × (channels of a group · k_v · k_h) | |
//! | k, s, p | kernel size, stride, padding (vertical, horizontal) | `kernel`, `stride`, `padding` |
//! | m, n | copies (vertical, horizontal) | `copies` |
//!
//! Images are rows of a matrix: batch × (channels · height · width), the width running fastest; results
//! likewise, batch × (filters · output height · output width).
//!
//! References: K. Chellapilla, S. Puri, P. Simard, "High performance convolutional neural networks for
//! document processing", 10th Int. Workshop on Frontiers in Handwriting Recognition (2006) (unrolling);
//! Y. Zhang, G. He, G. Wang, Y. Li, "Efficient and robust RRAM-based convolutional weight mapping with shifted
//! and duplicated kernel", IEEE Trans. CAD 40, 287 (2021) (shifted kernels; copies that drift apart are averaged).
//!
//! Pinned by: the tests of this module (both mappings against the sum above, products counted, gradients).

mod kernel;
mod patches;
mod shape;
mod synapses;
#[cfg(test)]
mod tests;

pub use self::shape::ConvolutionShape;
pub use self::synapses::ConvolutionalSynapses;
use super::config::DesignError;

/// The mapping of one convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    shape: ConvolutionShape,
    /// Output positions, vertical and horizontal.
    output: [usize; 2],
    /// Blocks of output positions that one product yields.
    blocks: [usize; 2],
    /// Pixels of one channel that a product sees.
    patch: [usize; 2],
}

impl Convolution {
    /// The mapping of a shape.
    ///
    /// # Errors
    /// The first field of the shape that is out of range.
    pub fn new(shape: ConvolutionShape) -> Result<Self, DesignError> {
        shape.check()?;
        let axes = [0, 1];
        let output = axes.map(|axis| shape.output(axis));
        Ok(Self {
            output,
            blocks: axes.map(|axis| output[axis].div_ceil(shape.copies[axis])),
            patch: axes.map(|axis| shape.kernel[axis] + (shape.copies[axis] - 1) * shape.stride[axis]),
            shape,
        })
    }

    /// The shape.
    pub fn shape(&self) -> &ConvolutionShape {
        &self.shape
    }

    /// Shape of a result: filters, rows, columns.
    pub fn output_shape(&self) -> [usize; 3] {
        [self.shape.filters, self.output[0], self.output[1]]
    }

    /// Numbers in one image.
    pub fn image_len(&self) -> usize {
        self.shape.channels * self.shape.height * self.shape.width
    }

    /// Numbers in one result.
    pub fn output_len(&self) -> usize {
        self.shape.filters * self.output[0] * self.output[1]
    }

    /// Shape of the kernel as a matrix: filters × (channels of a group · kernel height · kernel width).
    pub fn kernel_shape(&self) -> (usize, usize) {
        let [height, width] = self.shape.kernel;
        (self.shape.filters, self.shape.channels / self.shape.groups * height * width)
    }

    /// Outputs and inputs of the matrix of synapses of each group.
    pub fn matrix_shape(&self) -> (usize, usize) {
        let ConvolutionShape { channels, filters, groups, copies, .. } = self.shape;
        (filters / groups * copies[0] * copies[1], channels / groups * self.patch[0] * self.patch[1])
    }

    /// Products of each group's matrix for one image.
    pub fn products_per_image(&self) -> usize {
        self.blocks[0] * self.blocks[1]
    }
}
