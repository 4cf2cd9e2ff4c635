//! [`Parameters`]: weights and biases of a network in digital memory.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::architecture::{Architecture, LayerSpec};
use super::error::NetworkError;

/// Parameters of one layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LayerParameters {
    /// Outputs × inputs; of a convolution filters × (channels of a group · kernel rows · kernel columns).
    pub weight: Matrix,
    /// One number for each output or filter, or none.
    pub bias: Option<Vec<f32>>,
}

/// Parameters of all layers with weights, in order.
pub type Parameters = Vec<LayerParameters>;

impl Architecture {
    /// For each layer with weights: rows and columns of its weights, and whether it has a bias.
    ///
    /// # Errors
    /// The first layer that does not fit to what stands before it.
    pub fn parameter_shapes(&self) -> Result<Vec<(usize, usize, bool)>, NetworkError> {
        let shapes = self.shapes()?;
        let mut out = Vec::new();
        for (index, (layer, input)) in self.layers.iter().zip(&shapes).enumerate() {
            match layer {
                LayerSpec::Dense { outputs, bias, .. } => out.push((*outputs, input.iter().product(), *bias)),
                LayerSpec::Convolution(kernels) => {
                    let (rows, columns) = kernels.over(index, *input)?.kernel_shape();
                    out.push((rows, columns, kernels.bias));
                }
                _ => {}
            }
        }
        Ok(out)
    }

    /// Parameters to begin with, uniform in ±1/√(inputs of an output), keyed by the seed.
    ///
    /// # Errors
    /// The first layer that does not fit to what stands before it.
    pub fn initial_parameters(&self, seed: u64) -> Result<Parameters, NetworkError> {
        let shapes = self.parameter_shapes()?;
        Ok(shapes
            .into_iter()
            .enumerate()
            .map(|(address, (rows, columns, bias))| {
                let mut stream = Stream::new(seed, Purpose::InitialWeights, address as u64, 0);
                let bound = 1.0 / (columns as f64).sqrt();
                let mut draw = || (bound * (2.0 * stream.uniform() - 1.0)) as f32;
                let weight = Matrix::from_fn(rows, columns, |_, _| draw());
                let bias = bias.then(|| (0..rows).map(|_| draw()).collect());
                LayerParameters { weight, bias }
            })
            .collect())
    }

    /// Checks that parameters are those of this network, and numbers.
    ///
    /// # Errors
    /// The first that has another shape, is missing, infinite or not a number.
    pub fn check_parameters(&self, parameters: &Parameters) -> Result<(), NetworkError> {
        let shapes = self.parameter_shapes()?;
        if shapes.len() != parameters.len() {
            let message =
                format!("has {} layers with weights, but parameters of {}", shapes.len(), parameters.len());
            return Err(NetworkError::Data { message });
        }
        for ((rows, columns, bias), ((_, name), own)) in
            shapes.into_iter().zip(self.weighted().zip(parameters))
        {
            let shape = |what: &str, found: Vec<usize>, expected: Vec<usize>| {
                Err(NetworkError::Shape { what: format!("{name}.{what}"), found, expected })
            };
            if (own.weight.rows(), own.weight.columns()) != (rows, columns) {
                return shape("weight", vec![own.weight.rows(), own.weight.columns()], vec![rows, columns]);
            }
            let found = own.bias.as_ref().map(Vec::len);
            let expected = bias.then_some(rows);
            if found != expected {
                return shape("bias", found.into_iter().collect(), expected.into_iter().collect());
            }
            for (what, values) in
                [("weight", own.weight.as_slice()), ("bias", own.bias.as_deref().unwrap_or_default())]
            {
                if let Some(value) = values.iter().find(|value| !value.is_finite()) {
                    let message =
                        format!("has a number {value} in \"{name}.{what}\", where finite ones are right");
                    return Err(NetworkError::Data { message });
                }
            }
        }
        Ok(())
    }
}
