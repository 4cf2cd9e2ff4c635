//! Shape of a convolution.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::mapping::config::DesignError;

/// A two-dimensional convolution: images of `channels` × `height` × `width` to maps of `filters` ×
/// output height × output width. Pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ConvolutionShape {
    /// Channels of an image.
    pub channels: usize,
    /// Rows of an image.
    pub height: usize,
    /// Columns of an image.
    pub width: usize,
    /// Filters: channels of the result.
    pub filters: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Steps of the kernel over the image.
    #[serde(default = "ones")]
    pub stride: [usize; 2],
    /// Zeros added at each edge of the image.
    #[serde(default)]
    pub padding: [usize; 2],
    /// Channels and filters fall into so many groups; a filter sees the channels of its group alone.
    #[serde(default = "one")]
    pub groups: usize,
    /// Output positions that one product yields, by as many shifted copies of the kernel in the array.
    /// `[1, 1]` is the unrolled mapping: one copy, a product for every position.
    #[serde(default = "ones")]
    pub copies: [usize; 2],
}

fn one() -> usize {
    1
}

fn ones() -> [usize; 2] {
    [1, 1]
}

impl ConvolutionShape {
    /// A kernel over images, one step at a time, without padding, in one group and one copy.
    pub fn new([channels, height, width]: [usize; 3], filters: usize, kernel: [usize; 2]) -> Self {
        Self {
            channels,
            height,
            width,
            filters,
            kernel,
            stride: [1, 1],
            padding: [0, 0],
            groups: 1,
            copies: [1, 1],
        }
    }

    /// Checks every field.
    ///
    /// # Errors
    /// The first field that is out of range.
    pub fn check(&self) -> Result<(), DesignError> {
        const MOST: usize = 1 << 16;
        DesignError::count("channels", self.channels, 1, MOST)?;
        DesignError::count("filters", self.filters, 1, MOST)?;
        let size = [self.height, self.width];
        for (axis, name) in ["height", "width"].into_iter().enumerate() {
            DesignError::count(name, size[axis], 1, MOST)?;
            DesignError::count("stride", self.stride[axis], 1, MOST)?;
            DesignError::count("padding", self.padding[axis], 0, MOST)?;
            DesignError::count("kernel", self.kernel[axis], 1, size[axis] + 2 * self.padding[axis])?;
            DesignError::count("copies", self.copies[axis], 1, self.output(axis))?;
        }
        if self.groups == 0
            || !self.channels.is_multiple_of(self.groups)
            || !self.filters.is_multiple_of(self.groups)
        {
            let expected = format!(
                "a divisor of both {} channels and {} filters, 1 or more",
                self.channels, self.filters
            );
            return Err(DesignError::new("groups", &self.groups, &expected));
        }
        Ok(())
    }

    /// Output positions along one axis.
    pub(super) fn output(&self, axis: usize) -> usize {
        let size = [self.height, self.width][axis];
        (size + 2 * self.padding[axis] - self.kernel[axis]) / self.stride[axis] + 1
    }
}
