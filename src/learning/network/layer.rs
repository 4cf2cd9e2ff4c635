//! One layer at work: forward, backward, and the gradients of its parameters.

use numerics::matrix::{Matrix, Op, product};

use super::architecture::{LayerSpec, Shape, Window};
use super::error::NetworkError;
use super::parameters::LayerParameters;
use super::pooling::{Pooling, Take};
use crate::learning::softmax::{sigmoid, softmax_of_all};
use crate::mapping::{
    Activity, AnalogMatrix, ConvolutionalSynapses, Hardware, Inputs, Programming, Synapses,
};

/// Where the weights of a layer live.
pub(super) enum Core {
    Dense(Box<dyn Synapses>),
    Convolution(ConvolutionalSynapses),
}

/// Weights in synapses, the bias in the periphery.
pub(super) struct Weighted {
    core: Core,
    bias: Option<Vec<f32>>,
    /// Inputs of the products of the last pass of a training, for its gradient.
    unrolled: Vec<Matrix>,
}

impl Weighted {
    fn forward(&mut self, x: &Matrix, training: bool) -> Matrix {
        let mut y = match &mut self.core {
            Core::Dense(synapses) => synapses.forward(Inputs::Dense(x)),
            Core::Convolution(synapses) if training => {
                self.unrolled = synapses.unroll(x);
                synapses.forward_unrolled(&self.unrolled)
            }
            Core::Convolution(synapses) => synapses.forward(x),
        };
        if let Some(bias) = &self.bias {
            // One number for each filter: all places of its map.
            let area = y.columns() / bias.len();
            for row in y.as_mut_slice().chunks_exact_mut(area * bias.len()) {
                for (map, b) in row.chunks_exact_mut(area).zip(bias) {
                    for y in map.iter_mut() {
                        *y += b;
                    }
                }
            }
        }
        y
    }

    /// Finds the ranges of the converters for these inputs.
    pub(super) fn calibrate(&mut self, x: &Matrix) {
        match &mut self.core {
            Core::Dense(synapses) => synapses.calibrate(x, false),
            Core::Convolution(synapses) => synapses.calibrate(x),
        }
    }

    /// After a pass of a training: sums over the batch, ∂L/∂W and ∂L/∂b, and the errors at the inputs if
    /// they are `wanted`.
    pub(super) fn backward(
        &mut self,
        x: &Matrix,
        e: &Matrix,
        wanted: bool,
    ) -> (LayerParameters, Option<Matrix>) {
        let (weight, errors) = match &mut self.core {
            Core::Dense(synapses) => {
                (product((e, Op::Transposed), (x, Op::Plain)), wanted.then(|| synapses.backward(e)))
            }
            Core::Convolution(synapses) => {
                let distributed = synapses.distribute(e);
                let weight = synapses.gradient(&self.unrolled, &distributed);
                (weight, wanted.then(|| synapses.backward_distributed(&distributed)))
            }
        };
        let bias = self.bias.as_ref().map(|bias| {
            let area = e.columns() / bias.len();
            let mut sums = vec![0.0; bias.len()];
            for row in e.iter_rows() {
                for (sum, map) in sums.iter_mut().zip(row.chunks_exact(area)) {
                    *sum += map.iter().sum::<f32>();
                }
            }
            sums
        });
        (LayerParameters { weight, bias }, errors)
    }

    pub(super) fn program(&mut self, parameters: &LayerParameters) -> Programming {
        self.bias.clone_from(&parameters.bias);
        match &mut self.core {
            Core::Dense(synapses) => synapses.program(&parameters.weight),
            Core::Convolution(synapses) => synapses.program(&parameters.weight),
        }
    }

    pub(super) fn weights(&mut self) -> Matrix {
        match &mut self.core {
            Core::Dense(synapses) => synapses.weights(),
            Core::Convolution(synapses) => synapses.weights(),
        }
    }

    pub(super) fn elapse(&mut self, seconds: f64) {
        match &mut self.core {
            Core::Dense(synapses) => synapses.elapse(seconds),
            Core::Convolution(synapses) => synapses.elapse(seconds),
        }
    }

    pub(super) fn activity(&self) -> Activity {
        match &self.core {
            Core::Dense(synapses) => synapses.activity(),
            Core::Convolution(synapses) => synapses.activity(),
        }
    }

    /// The arrays that hold the weights; none in ideal arithmetic.
    pub(super) fn arrays(&self) -> Vec<&AnalogMatrix> {
        match &self.core {
            Core::Dense(synapses) => synapses.arrays(),
            Core::Convolution(synapses) => {
                synapses.groups().iter().flat_map(|group| group.arrays()).collect()
            }
        }
    }

    /// Products that one sample takes.
    pub(super) fn products(&self) -> usize {
        match &self.core {
            Core::Dense(_) => 1,
            Core::Convolution(synapses) => {
                synapses.convolution().products_per_image() * synapses.groups().len()
            }
        }
    }
}

/// A layer.
pub(super) enum Layer {
    Weighted(Weighted),
    Relu,
    Sigmoid,
    Tanh,
    Softmax,
    Pooling(Pooling),
    Flatten,
    /// Factor and shift of each channel.
    Normalise(Vec<(f32, f32)>),
}

impl Layer {
    /// Makes a layer; its synapses have the addresses from `address` on, which is moved behind them.
    pub(super) fn new(
        index: usize,
        spec: &LayerSpec,
        (input, output): (Shape, Shape),
        hardware: &dyn Hardware,
        (seed, address): (u64, &mut u64),
    ) -> Result<Self, NetworkError> {
        let whole =
            Window { size: [input[1], input[2]], stride: None, padding: [0, 0], count_padding: false };
        let pooling = |take, window: &Window| Self::Pooling(Pooling::new(take, window, input, output));
        Ok(match spec {
            LayerSpec::Dense { outputs, bias, .. } => {
                let synapses = hardware.synapses(*outputs, input.iter().product(), seed, *address);
                *address += 1;
                let bias = bias.then(|| vec![0.0; *outputs]);
                Self::Weighted(Weighted { core: Core::Dense(synapses), bias, unrolled: Vec::new() })
            }
            LayerSpec::Convolution(kernels) => {
                let synapses =
                    ConvolutionalSynapses::new(kernels.over(index, input)?, hardware, seed, *address);
                *address += synapses.groups().len() as u64;
                let bias = kernels.bias.then(|| vec![0.0; kernels.filters]);
                Self::Weighted(Weighted { core: Core::Convolution(synapses), bias, unrolled: Vec::new() })
            }
            LayerSpec::Relu => Self::Relu,
            LayerSpec::Sigmoid => Self::Sigmoid,
            LayerSpec::Tanh => Self::Tanh,
            LayerSpec::Softmax => Self::Softmax,
            LayerSpec::MaxPool(window) => pooling(Take::Largest, window),
            LayerSpec::AveragePool(window) => pooling(Take::Mean, window),
            LayerSpec::GlobalAveragePool => pooling(Take::Mean, &whole),
            LayerSpec::GlobalMaxPool => pooling(Take::Largest, &whole),
            LayerSpec::Flatten => Self::Flatten,
            LayerSpec::Normalise { mean, deviation } => {
                Self::Normalise(mean.iter().zip(deviation).map(|(m, d)| (1.0 / d, -m / d)).collect())
            }
        })
    }

    /// The outputs; what a `training` needs on its way back is kept.
    pub(super) fn forward(&mut self, x: &Matrix, training: bool) -> Matrix {
        let each = |f: fn(f32) -> f32| {
            let mut y = x.clone();
            y.as_mut_slice().iter_mut().for_each(|v| *v = f(*v));
            y
        };
        match self {
            Self::Weighted(weighted) => weighted.forward(x, training),
            Self::Relu => each(|v| v.max(0.0)),
            Self::Sigmoid => each(sigmoid),
            Self::Tanh => each(f32::tanh),
            Self::Softmax => {
                let mut y = x.clone();
                for row in y.as_mut_slice().chunks_exact_mut(x.columns()) {
                    softmax_of_all(row);
                }
                y
            }
            Self::Pooling(pooling) => pooling.forward(x),
            Self::Flatten => x.clone(),
            Self::Normalise(channels) => {
                let area = x.columns() / channels.len();
                let mut y = x.clone();
                for (i, map) in y.as_mut_slice().chunks_exact_mut(area).enumerate() {
                    let (factor, shift) = channels[i % channels.len()];
                    for v in map.iter_mut() {
                        *v = factor * *v + shift;
                    }
                }
                y
            }
        }
    }

    /// Errors at the input from those at the output, if they are `wanted`, and the gradients of what has
    /// parameters; `x` and `y` are what the forward pass saw and gave.
    pub(super) fn backward(
        &mut self,
        (x, y): (&Matrix, &Matrix),
        mut e: Matrix,
        wanted: bool,
    ) -> (Option<LayerParameters>, Option<Matrix>) {
        let mut each = |f: fn(f32) -> f32| {
            e.as_mut_slice().iter_mut().zip(y.as_slice()).for_each(|(e, y)| *e *= f(*y));
        };
        match self {
            Self::Weighted(weighted) => {
                let (gradient, errors) = weighted.backward(x, &e, wanted);
                return (Some(gradient), errors);
            }
            Self::Relu => each(|y| f32::from(y > 0.0)),
            Self::Sigmoid => each(|y| y * (1.0 - y)),
            Self::Tanh => each(|y| 1.0 - y * y),
            Self::Softmax => {
                let rows = e.as_mut_slice().chunks_exact_mut(y.columns()).zip(y.iter_rows());
                for (e, y) in rows {
                    let mean: f32 = e.iter().zip(y).map(|(e, y)| e * y).sum();
                    e.iter_mut().zip(y).for_each(|(e, y)| *e = y * (*e - mean));
                }
            }
            Self::Pooling(pooling) => e = pooling.backward((x, y), e),
            Self::Flatten => {}
            Self::Normalise(channels) => {
                let area = x.columns() / channels.len();
                for (i, map) in e.as_mut_slice().chunks_exact_mut(area).enumerate() {
                    let (factor, _) = channels[i % channels.len()];
                    for e in map.iter_mut() {
                        *e *= factor;
                    }
                }
            }
        }
        (None, Some(e))
    }
}
