//! [`Network`]: the layers of an architecture on one make of synapses.

use numerics::matrix::Matrix;

use super::architecture::Architecture;
use super::error::NetworkError;
use super::layer::{Layer, Weighted};
use super::parameters::{LayerParameters, Parameters};
use crate::data::Samples;
use crate::learning::protocol::decide;
use crate::mapping::{Activity, AnalogMatrix, Hardware, Programming};

/// Samples of one pass when a network is judged.
const PASS: usize = 250;

/// How one layer was written.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerProgramming {
    /// Name of the layer.
    pub name: String,
    /// Rows of its weight matrix.
    pub outputs: usize,
    /// Columns of its weight matrix.
    pub inputs: usize,
    /// Products that one sample takes.
    pub products: usize,
    /// Statistics of the write.
    pub programming: Programming,
}

/// Decisions on labelled samples.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judged {
    /// Right decisions.
    pub right: usize,
    /// Samples.
    pub samples: usize,
    /// The decision on each sample.
    pub decisions: Vec<u8>,
}

impl Judged {
    /// Share of right decisions.
    pub fn accuracy(&self) -> f64 {
        self.right as f64 / self.samples.max(1) as f64
    }
}

/// A network on synapses.
pub struct Network {
    layers: Vec<Layer>,
    names: Vec<String>,
    inputs: usize,
}

impl Network {
    /// Builds the layers; their weights are not programmed.
    ///
    /// # Errors
    /// The first layer that does not fit to what stands before it.
    pub fn new(
        architecture: &Architecture,
        hardware: &dyn Hardware,
        seed: u64,
        first_address: u64,
    ) -> Result<Self, NetworkError> {
        let shapes = architecture.shapes()?;
        let mut address = first_address;
        let mut layers = Vec::with_capacity(architecture.layers.len());
        for (index, spec) in architecture.layers.iter().enumerate() {
            let shape = (shapes[index], shapes[index + 1]);
            layers.push(Layer::new(index, spec, shape, hardware, (seed, &mut address))?);
        }
        let names = architecture.weighted().map(|(_, name)| name).collect();
        Ok(Self { layers, names, inputs: architecture.input.iter().product() })
    }

    fn weighted(&mut self) -> impl Iterator<Item = &mut Weighted> {
        self.layers.iter_mut().filter_map(|layer| match layer {
            Layer::Weighted(weighted) => Some(weighted),
            _ => None,
        })
    }

    /// Writes the parameters, layer by layer.
    pub fn program(&mut self, parameters: &Parameters) -> Vec<LayerProgramming> {
        let names = self.names.clone();
        self.weighted()
            .zip(parameters)
            .zip(names)
            .map(|((layer, parameters), name)| LayerProgramming {
                name,
                outputs: parameters.weight.rows(),
                inputs: parameters.weight.columns(),
                products: layer.products(),
                programming: layer.program(parameters),
            })
            .collect()
    }

    /// Reads the weights of each layer out.
    pub fn weights(&mut self) -> Vec<Matrix> {
        self.weighted().map(Weighted::weights).collect()
    }

    /// Lets simulated time pass.
    pub fn elapse(&mut self, seconds: f64) {
        self.weighted().for_each(|layer| layer.elapse(seconds));
    }

    /// What the synapses of each layer did so far.
    pub fn activities(&mut self) -> Vec<Activity> {
        self.weighted().map(|layer| layer.activity()).collect()
    }

    /// The arrays of all layers, first to last; none in ideal arithmetic.
    pub fn arrays(&self) -> Vec<&AnalogMatrix> {
        self.layers
            .iter()
            .flat_map(|layer| match layer {
                Layer::Weighted(weighted) => weighted.arrays(),
                _ => Vec::new(),
            })
            .collect()
    }

    /// Outputs for a batch of samples.
    ///
    /// # Panics
    /// When the samples have another size than the network's input.
    pub fn forward(&mut self, x: &Matrix) -> Matrix {
        assert_eq!(x.columns(), self.inputs, "numbers in a sample");
        let mut last = None;
        for layer in &mut self.layers {
            last = Some(layer.forward(last.as_ref().unwrap_or(x), false));
        }
        last.unwrap_or_default()
    }

    /// Finds the ranges of the converters for a batch of samples, layer after layer: each sees what the
    /// layers before it give with the ranges found.
    pub fn calibrate(&mut self, x: &Matrix) {
        let mut last = x.clone();
        for layer in &mut self.layers {
            if let Layer::Weighted(weighted) = layer {
                weighted.calibrate(&last);
            }
            last = layer.forward(&last, false);
        }
    }

    /// Inputs and outputs of every layer: the batch first, the outputs last. A softmax at the end is left
    /// out: losses are taken from what stands before it.
    pub(super) fn trace(&mut self, x: Matrix) -> Vec<Matrix> {
        let count = self.layers.len() - usize::from(matches!(self.layers.last(), Some(Layer::Softmax)));
        let mut trace = Vec::with_capacity(count + 1);
        trace.push(x);
        for layer in self.layers.iter_mut().take(count) {
            let y = layer.forward(&trace[trace.len() - 1], true);
            trace.push(y);
        }
        trace
    }

    /// Gradients of the parameters of every layer with weights, in order, from the errors at the outputs.
    pub(super) fn backward(&mut self, trace: &[Matrix], errors: Matrix) -> Parameters {
        let mut gradients: Vec<LayerParameters> = Vec::new();
        let mut e = errors;
        let lowest = self.layers.iter().position(|layer| matches!(layer, Layer::Weighted(_))).unwrap_or(0);
        for (index, layer) in self.layers.iter_mut().enumerate().take(trace.len() - 1).rev() {
            let seen = (&trace[index], &trace[index + 1]);
            let (gradient, errors) = layer.backward(seen, e, index > lowest);
            gradients.extend(gradient);
            let Some(errors) = errors.filter(|_| index > lowest) else { break };
            e = errors;
        }
        gradients.reverse();
        gradients
    }

    /// Decisions on samples, in passes of a fixed size.
    pub fn judge(&mut self, samples: &Samples) -> Judged {
        let mut judged = Judged::default();
        let width = samples.inputs().columns();
        let passes = samples.inputs().as_slice().chunks(PASS * width).zip(samples.labels().chunks(PASS));
        for (inputs, labels) in passes {
            let Some(x) = Matrix::from_vec(labels.len(), width, inputs.to_vec()) else { continue };
            let y = self.forward(&x);
            let active = vec![true; y.columns()];
            for (row, label) in y.iter_rows().zip(labels) {
                let decision = decide(row, &active) as u8;
                judged.right += usize::from(decision == *label);
                judged.decisions.push(decision);
            }
            judged.samples += labels.len();
        }
        judged
    }
}
