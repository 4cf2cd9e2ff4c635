//! [`Dense`]: a layer y = W x + b. W lives in synapses, b and the optimisers in the periphery.
//!
//! Backward: d = Wᵀ e through the same synapses. Gradients of a batch: ∂L/∂W = eᵀ x, ∂L/∂b = Σ e.
//! Initial weights and biases are uniform in ±1/√inputs.

use numerics::matrix::{Matrix, Op, multiply};
use numerics::rng::{Purpose, Stream};

use super::config::UpdateRule;
use crate::learning::adam::Adam;
use crate::mapping::{Hardware, IdealSynapses, Inputs, Programming, Synapses};

/// Steps of one update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) rule: UpdateRule,
    pub(super) adam: f32,
    pub(super) outer_product: f32,
}

/// A fully connected layer.
pub(super) struct Dense {
    pub(super) synapses: Box<dyn Synapses>,
    pub(super) bias: Option<Vec<f32>>,
    /// Converters find their ranges from what the layer is given.
    pub(super) calibrating: bool,
    weight_adam: Adam,
    bias_adam: Adam,
    gradient: Matrix,
}

impl Dense {
    /// Makes and programs a layer; the initial weights are keyed by (`seed`, `address`).
    pub(super) fn new(
        hardware: &dyn Hardware,
        (outputs, inputs): (usize, usize),
        bias: bool,
        (seed, address): (u64, u64),
    ) -> (Self, Programming) {
        let mut stream = Stream::new(seed, Purpose::InitialWeights, address, 0);
        let bound = 1.0 / (inputs as f64).sqrt();
        let mut draw = || (bound * (2.0 * stream.uniform() - 1.0)) as f32;
        let weights = Matrix::from_fn(outputs, inputs, |_, _| draw());
        let bias = bias.then(|| (0..outputs).map(|_| draw()).collect());
        let mut synapses = hardware.synapses(outputs, inputs, seed, address);
        let programming = synapses.program(&weights);
        (Self::around(synapses, bias), programming)
    }

    fn around(synapses: Box<dyn Synapses>, bias: Option<Vec<f32>>) -> Self {
        Self {
            synapses,
            bias,
            calibrating: false,
            weight_adam: Adam::default(),
            bias_adam: Adam::default(),
            gradient: Matrix::default(),
        }
    }

    /// A copy in digital memory: weights as read out now.
    pub(super) fn frozen(&mut self) -> Self {
        let weights = self.synapses.weights();
        let mut copy = IdealSynapses::new(weights.rows(), weights.columns());
        copy.program(&weights);
        Self::around(Box::new(copy), self.bias.clone())
    }

    pub(super) fn forward(&mut self, x: &Matrix) -> Matrix {
        if self.calibrating {
            self.synapses.calibrate(x, false);
        }
        let mut y = self.synapses.forward(Inputs::Dense(x));
        if let Some(bias) = &self.bias {
            for row in y.as_mut_slice().chunks_exact_mut(bias.len()) {
                for (y, b) in row.iter_mut().zip(bias) {
                    *y += b;
                }
            }
        }
        y
    }

    pub(super) fn backward(&mut self, e: &Matrix) -> Matrix {
        if self.calibrating {
            self.synapses.calibrate(e, true);
        }
        self.synapses.backward(e)
    }

    /// One step against the gradient of the batch with inputs `x` and output errors `e`.
    pub(super) fn step(&mut self, x: &Matrix, e: &Matrix, rates: Rates) {
        match rates.rule {
            UpdateRule::Adam => {
                if self.gradient.rows() == 0 {
                    self.gradient = Matrix::zeros(self.synapses.outputs(), self.synapses.inputs());
                }
                multiply(&mut self.gradient, false, 1.0, (e, Op::Transposed), (x, Op::Plain));
                self.weight_adam.step(self.gradient.as_mut_slice(), rates.adam);
                self.synapses.adjust(&self.gradient);
            }
            UpdateRule::OuterProduct => self.synapses.update(Inputs::Dense(x), e, -rates.outer_product),
        }
        if let Some(bias) = &mut self.bias {
            let mut gradient = vec![0.0; bias.len()];
            for row in e.iter_rows() {
                for (g, e) in gradient.iter_mut().zip(row) {
                    *g += e;
                }
            }
            self.bias_adam.apply(bias, &mut gradient, rates.adam);
        }
    }
}
