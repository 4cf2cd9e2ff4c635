//! A test double with the common defects of analog synapses: weights clipped to ±1, read noise of
//! 1 % of full scale per weight and product, writes in steps of 1 % with stochastic rounding,
//! outputs rounded to 8 bits over ±4.

use neurofilament::mapping::{Activity, Hardware, IdealSynapses, Inputs, Programming, Synapses};
use neurofilament::numerics::matrix::Matrix;
use neurofilament::numerics::rng::{Purpose, Stream};

const LIMIT: f32 = 1.0;
const NOISE: f32 = 0.01;
const STEP: f32 = 0.01;

struct Rough {
    inner: IdealSynapses,
    stream: Stream,
}

impl Rough {
    /// Adds what noisy weights would add to the products (exact in distribution) and rounds.
    fn read(&mut self, inputs: &Matrix, mut outputs: Matrix) -> Matrix {
        let columns = outputs.columns();
        for (x, y) in inputs.iter_rows().zip(outputs.as_mut_slice().chunks_exact_mut(columns)) {
            let norm = x.iter().map(|x| x * x).sum::<f32>().sqrt();
            for y in y.iter_mut() {
                *y += NOISE * norm * self.stream.normal() as f32;
            }
            // The converter's range follows the size of the input, as a programmable gain would.
            let step = 4.0 * norm.max(1e-20) / 128.0;
            for y in y {
                *y = (*y / step).round().clamp(-128.0, 127.0) * step;
            }
        }
        outputs
    }
}

impl Synapses for Rough {
    fn outputs(&self) -> usize {
        self.inner.outputs()
    }
    fn inputs(&self) -> usize {
        self.inner.inputs()
    }
    fn forward(&mut self, x: Inputs<'_>) -> Matrix {
        let dense = x.to_dense(self.inputs());
        let y = self.inner.forward(x);
        self.read(&dense, y)
    }
    fn backward(&mut self, e: &Matrix) -> Matrix {
        let d = self.inner.backward(e);
        self.read(e, d)
    }
    fn update(&mut self, x: Inputs<'_>, e: &Matrix, rate: f32) {
        let mut gradient = IdealSynapses::new(self.outputs(), self.inputs());
        gradient.update(x, e, rate);
        self.adjust(&gradient.weights());
    }
    fn adjust(&mut self, delta: &Matrix) {
        let mut weights = self.inner.weights();
        for (w, d) in weights.as_mut_slice().iter_mut().zip(delta.as_slice()) {
            let steps = (f64::from(d / STEP) + self.stream.uniform()).floor() as f32;
            *w = (*w + steps * STEP).clamp(-LIMIT, LIMIT);
        }
        self.inner.program(&weights);
    }
    fn program(&mut self, weights: &Matrix) -> Programming {
        let mut weights = weights.clone();
        for w in weights.as_mut_slice() {
            *w = ((*w / STEP).round() * STEP).clamp(-LIMIT, LIMIT);
        }
        self.inner.program(&weights)
    }
    fn weights(&mut self) -> Matrix {
        let mut weights = self.inner.weights();
        for w in weights.as_mut_slice() {
            *w += NOISE * self.stream.normal() as f32;
        }
        weights
    }
    fn elapse(&mut self, seconds: f64) {
        self.inner.elapse(seconds);
    }
    fn activity(&self) -> Activity {
        self.inner.activity()
    }
}

/// Makes rough synapses.
pub struct RoughHardware;

impl Hardware for RoughHardware {
    fn label(&self) -> String {
        "rough".to_owned()
    }
    fn synapses(&self, outputs: usize, inputs: usize, seed: u64, address: u64) -> Box<dyn Synapses> {
        let stream = Stream::new(seed, Purpose::ReadNoise, address, 0);
        Box::new(Rough { inner: IdealSynapses::new(outputs, inputs), stream })
    }
}
