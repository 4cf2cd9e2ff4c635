//! Gates of the decoder: for each condition – a class, or a context when domain-incremental – and decoder
//! layer a fixed random binary mask.
//!
//! A unit is silent under a condition with probability g, drawn once per run (Bernoulli, stream
//! (seed, [`Purpose::Mask`], layer)). The gate multiplies the pre-activation, bias included. When a
//! condition is known only as probabilities p the gate is Σ_c p_c m_c.

use numerics::matrix::{Matrix, Op, product};
use numerics::rng::{Purpose, Stream};

/// The masks, conditions × units for every decoder layer.
#[derive(Debug, Clone)]
pub(super) struct Gates {
    masks: Vec<Matrix>,
}

impl Gates {
    pub(super) fn new(layers: usize, conditions: usize, units: usize, silent: f64, seed: u64) -> Self {
        let masks = (0..layers)
            .map(|layer| {
                let mut stream = Stream::new(seed, Purpose::Mask, layer as u64, 0);
                Matrix::from_fn(conditions, units, |_, _| f32::from(stream.uniform() >= silent))
            })
            .collect();
        Self { masks }
    }

    /// Batch × units for a batch × conditions of probabilities.
    pub(super) fn of(&self, layer: usize, probabilities: &Matrix) -> Matrix {
        product((probabilities, Op::Plain), (&self.masks[layer], Op::Plain))
    }
}
