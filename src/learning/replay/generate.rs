//! The frozen teacher: samples of earlier classes with soft labels.
//!
//! Class uniform over the classes seen, z from its prior, image decoded with its gates, label =
//! softmax(teacher's outputs / T) over the units active in the teacher's last context. The label,
//! not the sampled class, is the target.
//!
//! The teacher lives in digital memory on any hardware: its weights are read out once per context
//! (one noisy, counted read of every cell), and its own passes are ideal and not counted.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::network::{Network, sigmoid};
use crate::learning::softmax::softmax;

/// Images of the given classes.
pub(super) fn imagine(network: &mut Network, classes: &[u8], stream: &mut Stream) -> Matrix {
    let prior = &network.prior;
    let mut z = Matrix::zeros(classes.len(), prior.mean.columns());
    let mut one_hot = Matrix::zeros(classes.len(), prior.mean.rows());
    for (i, &class) in classes.iter().enumerate() {
        prior.sample(usize::from(class), stream, z.row_mut(i));
        one_hot.row_mut(i)[usize::from(class)] = 1.0;
    }
    let (_, _, output) = network.decode(&z, &one_hot);
    sigmoid(&output)
}

/// A frozen network and what it knows.
pub(super) struct Teacher {
    pub(super) network: Network,
    pub(super) classes: Vec<u8>,
    pub(super) active: Vec<bool>,
    pub(super) temperature: f32,
}

impl Teacher {
    /// Writes `count` replayed images and soft labels to `inputs` and `targets` from row `first`.
    pub(super) fn replay(
        &mut self,
        (seed, iteration): (u64, u64),
        (first, count): (usize, usize),
        inputs: &mut Matrix,
        targets: &mut Matrix,
    ) {
        let mut stream = Stream::new(seed, Purpose::Latent, 1, iteration);
        let bound = self.classes.len() as u32;
        let classes: Vec<u8> = (0..count).map(|_| self.classes[stream.below(bound) as usize]).collect();
        let images = imagine(&mut self.network, &classes, &mut stream);
        let logits = self.network.classify(&images);
        for i in 0..count {
            inputs.row_mut(first + i).copy_from_slice(images.row(i));
            softmax(logits.row(i), &self.active, self.temperature, targets.row_mut(first + i));
        }
    }
}
