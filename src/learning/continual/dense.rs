//! [`Dense`]: a layer y = W x + b. W lives in synapses, b and the optimisers in the periphery.
//!
//! Backward: d = Wᵀ e through the same synapses. Gradients of a batch: ∂L/∂W = eᵀ x, ∂L/∂b = Σ e.
//! Initial weights and biases are uniform in ±1/√inputs. A [`Guard`] adds the gradient of its penalty.

use numerics::matrix::{Matrix, Op, multiply};
use numerics::rng::{Purpose, Stream};

use super::config::UpdateRule;
use super::guard::Guard;
use super::recipe::Penalty;
use crate::learning::adam::Adam;
use crate::mapping::{Hardware, Inputs, Programming, Synapses};

/// Steps of one update.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    pub(super) rule: UpdateRule,
    pub(super) adam: f32,
    pub(super) outer_product: f32,
}

/// Key of the initial weights and of the hardware's random streams.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin {
    pub(super) seed: u64,
    pub(super) address: u64,
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
    guard: Option<Guard>,
}

impl Dense {
    /// Makes and programs a layer; the initial weights are keyed by `origin`.
    pub(super) fn new(
        hardware: &dyn Hardware,
        (outputs, inputs): (usize, usize),
        bias: bool,
        Origin { seed, address }: Origin,
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
            guard: None,
        }
    }

    /// A copy on synapses of `hardware`, programmed to the weights as read out now.
    pub(super) fn copied(&mut self, hardware: &dyn Hardware, Origin { seed, address }: Origin) -> Self {
        let weights = self.synapses.weights();
        let mut synapses = hardware.synapses(weights.rows(), weights.columns(), seed, address);
        synapses.program(&weights);
        Self::around(synapses, self.bias.clone())
    }

    /// Programs its synapses to the weights of another layer, as read out now.
    pub(super) fn take_over(&mut self, other: &mut Self) {
        self.synapses.program(&other.synapses.weights());
        self.bias.clone_from(&other.bias);
    }

    /// Weights and biases.
    pub(super) fn parameters(&self) -> usize {
        self.synapses.outputs() * self.synapses.inputs() + self.bias.as_ref().map_or(0, Vec::len)
    }

    /// Weights as read out now, then biases.
    pub(super) fn all_parameters(&mut self) -> Vec<f32> {
        let mut all = self.synapses.weights().as_slice().to_vec();
        all.extend(self.bias.iter().flatten());
        all
    }

    /// Holds the parameters with a penalty from now on.
    pub(super) fn hold(&mut self, penalty: Penalty) {
        self.guard = Some(Guard::new(penalty, &self.all_parameters()));
    }

    /// A context has ended; `fisher` is the Fisher information of the parameters, where it is needed.
    pub(super) fn consolidate(&mut self, fisher: &[f32]) {
        if let Some(mut guard) = self.guard.take() {
            guard.consolidate(&self.all_parameters(), fisher);
            self.guard = Some(guard);
        }
    }

    /// Numbers that the penalty keeps, and the optimiser.
    pub(super) fn kept(&self) -> (usize, usize) {
        let guard = self.guard.as_ref().map_or(0, Guard::stored);
        (guard, self.weight_adam.stored() + self.bias_adam.stored())
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
        let weights = self.synapses.outputs() * self.synapses.inputs();
        match rates.rule {
            UpdateRule::Adam => {
                if self.gradient.rows() == 0 {
                    self.gradient = Matrix::zeros(self.synapses.outputs(), self.synapses.inputs());
                }
                multiply(&mut self.gradient, false, 1.0, (e, Op::Transposed), (x, Op::Plain));
                if let Some(guard) = self.guard.as_ref().filter(|guard| guard.pulls()) {
                    let now = self.synapses.weights();
                    guard.pull(0, now.as_slice(), self.gradient.as_mut_slice());
                }
                let before =
                    self.guard.as_ref().filter(|guard| guard.follows()).map(|_| self.gradient.clone());
                self.weight_adam.step(self.gradient.as_mut_slice(), rates.adam);
                if let (Some(guard), Some(before)) = (&mut self.guard, before) {
                    guard.follow(0, before.as_slice(), self.gradient.as_slice());
                }
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
            if let Some(guard) = self.guard.as_ref().filter(|guard| guard.pulls()) {
                guard.pull(weights, bias, &mut gradient);
            }
            let before = gradient.clone();
            self.bias_adam.step(&mut gradient, rates.adam);
            if let Some(guard) = &mut self.guard {
                guard.follow(weights, &before, &gradient);
            }
            for (b, d) in bias.iter_mut().zip(&gradient) {
                *b += d;
            }
        }
    }
}

/// a += b.
pub(super) fn add(a: &mut Matrix, b: &Matrix) {
    for (a, b) in a.as_mut_slice().iter_mut().zip(b.as_slice()) {
        *a += b;
    }
}

/// Every element that is below zero becomes zero.
pub(super) fn rectify(a: &mut Matrix) {
    for a in a.as_mut_slice() {
        *a = a.max(0.0);
    }
}
