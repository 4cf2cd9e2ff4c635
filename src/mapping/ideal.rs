//! [`IdealSynapses`]: an `f32` matrix, the reference every hardware result is held against.

use numerics::matrix::{Matrix, Op, multiply, product};

use super::synapses::{Activity, Hardware, Inputs, Programming, Synapses};

/// Weights in ideal arithmetic.
#[derive(Debug, Clone)]
pub struct IdealSynapses {
    weights: Matrix,
    activity: Activity,
}

impl IdealSynapses {
    /// All weights zero.
    pub fn new(outputs: usize, inputs: usize) -> Self {
        let activity = Activity { weights: (outputs * inputs) as u64, ..Activity::default() };
        Self { weights: Matrix::zeros(outputs, inputs), activity }
    }
}

impl Synapses for IdealSynapses {
    fn outputs(&self) -> usize {
        self.weights.rows()
    }

    fn inputs(&self) -> usize {
        self.weights.columns()
    }

    fn forward(&mut self, x: Inputs<'_>) -> Matrix {
        self.activity.products += x.batch() as u64;
        match x {
            Inputs::Dense(x) => product((x, Op::Plain), (&self.weights, Op::Transposed)),
            Inputs::Events(samples) => Matrix::from_fn(samples.len(), self.outputs(), |i, k| {
                let row = self.weights.row(k);
                samples[i].iter().map(|&j| row[j as usize]).sum()
            }),
        }
    }

    fn backward(&mut self, e: &Matrix) -> Matrix {
        self.activity.products += e.rows() as u64;
        product((e, Op::Plain), (&self.weights, Op::Plain))
    }

    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32) {
        let x = x.to_dense(self.inputs());
        multiply(&mut self.weights, true, rate, (e, Op::Transposed), (&x, Op::Plain));
    }

    fn adjust(&mut self, delta: &Matrix) {
        assert_eq!((delta.rows(), delta.columns()), (self.outputs(), self.inputs()), "shape of the change");
        for (w, d) in self.weights.as_mut_slice().iter_mut().zip(delta.as_slice()) {
            *w += d;
        }
    }

    fn program(&mut self, weights: &Matrix) -> Programming {
        assert_eq!(
            (weights.rows(), weights.columns()),
            (self.outputs(), self.inputs()),
            "shape of the weights"
        );
        self.weights.clone_from(weights);
        Programming { cells: self.activity.weights, ..Programming::default() }
    }

    fn weights(&mut self) -> Matrix {
        self.weights.clone()
    }

    fn elapse(&mut self, seconds: f64) {
        self.activity.elapsed += seconds;
    }

    fn activity(&self) -> Activity {
        self.activity.clone()
    }
}

/// Makes [`IdealSynapses`].
#[derive(Debug, Clone, Copy, Default)]
pub struct IdealHardware;

impl Hardware for IdealHardware {
    fn label(&self) -> String {
        "ideal".to_owned()
    }

    fn synapses(&self, outputs: usize, inputs: usize, _seed: u64, _address: u64) -> Box<dyn Synapses> {
        Box::new(IdealSynapses::new(outputs, inputs))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_equal_their_dense_form_and_updates_are_outer_products() {
        let mut w = IdealSynapses::new(2, 3);
        let events = vec![vec![0, 2], vec![], vec![1, 1]];
        let e = Matrix::from_fn(3, 2, |i, k| (i + 2 * k) as f32 - 1.0);
        w.update(Inputs::Events(&events), &e, 0.5);
        // ΔW[k][j] = 0.5 Σ_i e[i][k] x[i][j], by hand.
        assert_eq!(w.weights().as_slice(), &[-0.5, 1.0, -0.5, 0.5, 3.0, 0.5]);
        let dense = Inputs::Events(&events).to_dense(3);
        assert_eq!(w.forward(Inputs::Events(&events)), w.forward(Inputs::Dense(&dense)));
        let back = w.backward(&e);
        assert_eq!(back.row(0), &[1.0, 2.0, 1.0]);
    }
}
