//! [`Architecture`]: the layers of a network, as a description that people write and files keep.
//!
//! A sample is a row of channels × rows × columns numbers, the columns running fastest, as PyTorch lays
//! out one image. Dense layers see it flat. The last layer gives one number for each class; the class
//! with the largest is the decision, with or without a softmax behind.
//!
//! Pinned by: the tests below.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::NetworkError;
use crate::data::Samples;
use crate::mapping::{Convolution, ConvolutionShape};

/// Channels, rows, columns.
pub type Shape = [usize; 3];

/// Most numbers of one sample between two layers, and most weights of one layer.
pub(super) const MOST: usize = 1 << 26;

/// Numbers of a sample of some shape, where they are from 1 to [`MOST`].
pub(super) fn numbers(shape: Shape) -> Option<usize> {
    let size = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size))?;
    (1..=MOST).contains(&size).then_some(size)
}

/// A network: the shape of a sample and the layers it passes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Architecture {
    /// Channels, rows and columns of a sample.
    pub input: Shape,
    /// The layers in order.
    pub layers: Vec<LayerSpec>,
}

/// One layer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// Fully connected: y = W x + b.
    Dense {
        /// Number of outputs.
        outputs: usize,
        /// There is a b.
        #[serde(default = "yes")]
        bias: bool,
        /// Name of its parameters in files: `NAME.weight`, `NAME.bias`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    /// Two-dimensional convolution.
    Convolution(Kernels),
    /// max(x, 0).
    Relu,
    /// 1/(1 + e^−x).
    Sigmoid,
    /// tanh x.
    Tanh,
    /// Probabilities over all numbers of a sample.
    Softmax,
    /// Largest number under a window.
    MaxPool(Window),
    /// Mean of the numbers under a window.
    AveragePool(Window),
    /// Mean of each channel.
    GlobalAveragePool,
    /// Largest number of each channel.
    GlobalMaxPool,
    /// From here on a sample has one row and one column.
    Flatten,
    /// (x − mean)/deviation, channel by channel.
    Normalise {
        /// One number for each channel.
        mean: Vec<f32>,
        /// One number for each channel.
        deviation: Vec<f32>,
    },
}

/// Kernels of a convolution. Pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Kernels {
    /// Channels of the result.
    pub filters: usize,
    /// Size of the kernel.
    pub kernel: [usize; 2],
    /// Steps of the kernel over the image.
    #[serde(default = "ones")]
    pub stride: [usize; 2],
    /// Zeros added at each edge of the image.
    #[serde(default)]
    pub padding: [usize; 2],
    /// A filter sees the channels of its group alone.
    #[serde(default = "one")]
    pub groups: usize,
    /// Shifted copies of the kernel in the array: output positions that one product yields.
    #[serde(default = "ones")]
    pub copies: [usize; 2],
    /// There is a number added to each filter's results.
    #[serde(default = "yes")]
    pub bias: bool,
    /// Name of its parameters in files: `NAME.weight`, `NAME.bias`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

/// Window of a pooling layer. Pairs are `[vertical, horizontal]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// Rows and columns under the window.
    pub size: [usize; 2],
    /// Steps of the window; left away, its size.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stride: Option<[usize; 2]>,
    /// Rows and columns beyond each edge. They take no part in the largest number.
    #[serde(default)]
    pub padding: [usize; 2],
    /// Places beyond the edge count as zeros in a mean.
    #[serde(default)]
    pub count_padding: bool,
}

fn yes() -> bool {
    true
}

fn one() -> usize {
    1
}

fn ones() -> [usize; 2] {
    [1, 1]
}

impl Kernels {
    /// The convolution over images of a shape.
    pub(super) fn over(&self, index: usize, input: Shape) -> Result<Convolution, NetworkError> {
        let Self { filters, kernel, stride, padding, groups, copies, .. } = *self;
        let shape = ConvolutionShape {
            stride,
            padding,
            groups,
            copies,
            ..ConvolutionShape::new(input, filters, kernel)
        };
        Convolution::new(shape).map_err(|source| NetworkError::Convolution { index, source })
    }
}

impl Window {
    /// Steps of the window.
    pub fn steps(&self) -> [usize; 2] {
        self.stride.unwrap_or(self.size)
    }

    /// Shape of the result, or what is wrong.
    fn output(&self, [channels, rows, columns]: Shape) -> Result<Shape, String> {
        let (size, step, padding) = (self.size, self.steps(), self.padding);
        let image = [rows, columns];
        let mut out = [channels, 0, 0];
        for axis in 0..2 {
            if size[axis] == 0 || step[axis] == 0 {
                return Err("`size` and `stride` must be 1 or more".to_owned());
            }
            if size[axis] > MOST {
                return Err(format!("`size` {} must be at most {MOST}", size[axis]));
            }
            if padding[axis] > size[axis] / 2 {
                return Err(format!(
                    "`padding` {} must be at most half of `size` {}",
                    padding[axis], size[axis]
                ));
            }
            let padded = image[axis] + 2 * padding[axis];
            if size[axis] > padded {
                return Err(format!(
                    "`size` {} is larger than the {padded} rows or columns before it",
                    size[axis]
                ));
            }
            out[axis + 1] = (padded - size[axis]) / step[axis] + 1;
        }
        Ok(out)
    }
}

impl LayerSpec {
    /// Its kind, as files write it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Dense { .. } => "dense",
            Self::Convolution(_) => "convolution",
            Self::Relu => "relu",
            Self::Sigmoid => "sigmoid",
            Self::Tanh => "tanh",
            Self::Softmax => "softmax",
            Self::MaxPool(_) => "max_pool",
            Self::AveragePool(_) => "average_pool",
            Self::GlobalAveragePool => "global_average_pool",
            Self::GlobalMaxPool => "global_max_pool",
            Self::Flatten => "flatten",
            Self::Normalise { .. } => "normalise",
        }
    }

    /// Shape of the result.
    pub(super) fn output(&self, index: usize, input: Shape) -> Result<Shape, NetworkError> {
        let fault = |message: String| NetworkError::Layer { index, kind: self.kind(), message };
        match self {
            Self::Dense { outputs, .. } => {
                let weights = outputs.checked_mul(input.iter().product());
                match weights {
                    Some(1..=MOST) => Ok([*outputs, 1, 1]),
                    _ => Err(fault(format!("`outputs` is {outputs}; from 1 to {MOST} weights are possible"))),
                }
            }
            Self::Convolution(kernels) => Ok(kernels.over(index, input)?.output_shape()),
            Self::MaxPool(window) | Self::AveragePool(window) => window.output(input).map_err(fault),
            Self::GlobalAveragePool | Self::GlobalMaxPool => Ok([input[0], 1, 1]),
            Self::Flatten => Ok([input.iter().product(), 1, 1]),
            Self::Normalise { mean, deviation } => {
                if mean.len() != input[0] || deviation.len() != input[0] {
                    return Err(fault(format!(
                        "`mean` and `deviation` need one number for each of {} channels",
                        input[0]
                    )));
                }
                if !mean.iter().all(|v| v.is_finite()) || !deviation.iter().all(|v| *v > 0.0 && v.is_finite())
                {
                    return Err(fault(
                        "every `mean` must be finite and every `deviation` above zero".to_owned(),
                    ));
                }
                Ok(input)
            }
            Self::Relu | Self::Sigmoid | Self::Tanh | Self::Softmax => Ok(input),
        }
    }
}

impl Architecture {
    /// Shapes between the layers: the input's first, the output's last.
    ///
    /// # Errors
    /// The first layer that does not fit to what stands before it.
    pub fn shapes(&self) -> Result<Vec<Shape>, NetworkError> {
        let mut shapes = vec![self.input];
        let mut last = self.input;
        for (index, layer) in self.layers.iter().enumerate() {
            if numbers(last).is_none() {
                let message = format!("{last:?} numbers before it are not from 1 to {MOST}");
                return Err(NetworkError::Layer { index, kind: layer.kind(), message });
            }
            last = layer.output(index, last)?;
            shapes.push(last);
        }
        if self.weighted().next().is_none() {
            return Err(NetworkError::Data { message: "has no dense or convolution layer".to_owned() });
        }
        Ok(shapes)
    }

    /// Numbers in the output: classes.
    ///
    /// # Errors
    /// The first layer that does not fit to what stands before it.
    pub fn outputs(&self) -> Result<usize, NetworkError> {
        Ok(self.shapes()?.last().map_or(0, |shape| shape.iter().product()))
    }

    /// Checks that samples are what the first layer takes.
    pub(super) fn takes(&self, samples: &Samples) -> Result<(), NetworkError> {
        let (channels, rows, columns) = samples.image();
        if self.input == [channels, rows, columns] {
            return Ok(());
        }
        let message = format!(
            "takes samples of {:?}, but those of the data are {:?}",
            self.input,
            [channels, rows, columns]
        );
        Err(NetworkError::Data { message })
    }

    /// The layers with weights: position, name of the parameters in files.
    pub fn weighted(&self) -> impl Iterator<Item = (usize, String)> {
        self.layers.iter().enumerate().filter_map(|(index, layer)| match layer {
            LayerSpec::Dense { name, .. } | LayerSpec::Convolution(Kernels { name, .. }) => {
                Some((index, name.clone().unwrap_or_else(|| index.to_string())))
            }
            _ => None,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Architecture, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn shapes_follow_the_layers() {
        let text = r#"{ "input": [1, 28, 28], "layers": [
            { "kind": "convolution", "filters": 8, "kernel": [5, 5], "padding": [2, 2] }, { "kind": "relu" },
            { "kind": "max_pool", "size": [2, 2] }, { "kind": "average_pool", "size": [3, 3], "stride": [2, 2], "padding": [1, 1] },
            { "kind": "flatten" }, { "kind": "dense", "outputs": 10, "bias": false, "name": "out" } ] }"#;
        let network = read(text).unwrap();
        let shapes = network.shapes().unwrap();
        assert_eq!(shapes[1..], [[8, 28, 28], [8, 28, 28], [8, 14, 14], [8, 7, 7], [392, 1, 1], [10, 1, 1]]);
        let named: Vec<_> = network.weighted().collect();
        assert_eq!(named, [(0, "0".to_owned()), (5, "out".to_owned())]);
        let again = serde_json::to_string(&network).unwrap();
        assert_eq!(read(&again).unwrap(), network);
    }

    #[test]
    fn layers_that_do_not_fit_are_named() {
        let message = |layers: &str| {
            let network = read(&format!(r#"{{ "input": [2, 4, 4], "layers": [{layers}] }}"#))?;
            network.shapes().map(drop).map_err(|error| error.to_string())
        };
        let dense = r#"{ "kind": "dense", "outputs": 3 }"#;
        assert_eq!(message(dense), Ok(()));
        let says = |layers: &str, words: &str| {
            let error = message(layers).unwrap_err();
            assert!(error.contains(words), "{error}");
        };
        says(r#"{ "kind": "convolution", "filters": 8, "kernel": [5, 3] }"#, "`kernel` is 5");
        says(r#"{ "kind": "convolution", "filters": 3, "kernel": [1, 1], "groups": 2 }"#, "`groups`");
        says(r#"{ "kind": "max_pool", "size": [5, 5] }"#, "layer 0 (max_pool)");
        says(r#"{ "kind": "max_pool", "size": [2, 2], "stride": [0, 1] }"#, "1 or more");
        says(r#"{ "kind": "dense", "outputs": 0 }"#, "`outputs` is 0");
        says(r#"{ "kind": "normalise", "mean": [0], "deviation": [1] }"#, "2 channels");
        says(r#"{ "kind": "relu" }"#, "no dense or convolution");
        says(r#"{ "kind": "dropout" }"#, "unknown variant `dropout`");
    }
}
