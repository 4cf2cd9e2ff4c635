//! The normal scores of the cycles: x_n = C s_n + D ε_n with s_n = φ s_{n−1} + √(1 − φ²) η_n, a vector
//! autoregression of order one behind white noise.

use numerics::rng::Stream;

use super::parameters::{FEATURES, Parameters};

/// Slow components and normal scores of the present cycle.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Latent {
    pub(crate) slow: [f64; FEATURES],
    pub(crate) scores: [f64; FEATURES],
}

impl Latent {
    /// A cycle of the stationary process.
    pub(crate) fn first(p: &Parameters, stream: &mut Stream) -> Self {
        let slow = normals(Some(&mut *stream));
        Self::with(p, slow, &normals(Some(stream)))
    }

    /// The next cycle; without a stream its most probable value.
    pub(crate) fn next(&self, p: &Parameters, mut stream: Option<&mut Stream>) -> Self {
        let kick = normals(stream.as_deref_mut());
        let mut slow = self.slow;
        for ((own, memory), kick) in slow.iter_mut().zip(&p.memory).zip(&kick) {
            *own = memory * *own + (1.0 - memory * memory).sqrt() * kick;
        }
        Self::with(p, slow, &normals(stream))
    }

    fn with(p: &Parameters, slow: [f64; FEATURES], white: &[f64; FEATURES]) -> Self {
        let mut scores = [0.0; FEATURES];
        for (i, score) in scores.iter_mut().enumerate() {
            *score = (0..=i).map(|j| p.slow[i][j] * slow[j] + p.white[i][j] * white[j]).sum();
        }
        Self { slow, scores }
    }
}

fn normals(stream: Option<&mut Stream>) -> [f64; FEATURES] {
    let mut z = [0.0; FEATURES];
    if let Some(stream) = stream {
        z.fill_with(|| stream.normal());
    }
    z
}
