//! Adam: the optimiser of the digital periphery.
//!
//! m ← β₁ m + (1 − β₁) g, v ← β₂ v + (1 − β₂) g²,
//! Δ = −η (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε), with β₁ = 0.9, β₂ = 0.999, ε = 10⁻⁸.
//!
//! D. P. Kingma, J. Ba, ICLR 2015, arXiv:1412.6980. State is kept over contexts, never reset.
//!
//! Pinned by: the test below (first step is η · sign(g)).

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

const BETA_1: f32 = 0.9;
const BETA_2: f32 = 0.999;
const EPSILON: f32 = 1e-8;

/// Moments of one group of parameters; allocated at the first step.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adam {
    first: Vec<f32>,
    second: Vec<f32>,
    steps: i32,
}

impl Adam {
    /// Turns gradients into changes, in place.
    pub(crate) fn step(&mut self, gradient: &mut [f32], rate: f32) {
        self.first.resize(gradient.len(), 0.0);
        self.second.resize(gradient.len(), 0.0);
        self.steps = self.steps.saturating_add(1);
        let corrections = [BETA_1, BETA_2].map(|beta| 1.0 / (1.0 - beta.powi(self.steps)));
        let moments = self.first.iter_mut().zip(&mut self.second);
        pulp::Arch::new().dispatch(|| changes(gradient, moments, corrections, rate));
    }

    /// Numbers kept.
    pub(crate) fn stored(&self) -> usize {
        self.first.len() + self.second.len()
    }

    /// Moves `parameters` by one step along `gradient`, which is used up.
    pub(crate) fn apply(&mut self, parameters: &mut [f32], gradient: &mut [f32], rate: f32) {
        self.step(gradient, rate);
        for (p, d) in parameters.iter_mut().zip(gradient) {
            *p += *d;
        }
    }
}

/// Moments and changes of all parameters; `corrections` are 1/(1 − βᵗ).
#[inline(always)]
fn changes<'a>(
    gradient: &mut [f32],
    moments: impl Iterator<Item = (&'a mut f32, &'a mut f32)>,
    [correction_1, correction_2]: [f32; 2],
    rate: f32,
) {
    for (g, (m, v)) in gradient.iter_mut().zip(moments) {
        *m = BETA_1 * *m + (1.0 - BETA_1) * *g;
        *v = BETA_2 * *v + (1.0 - BETA_2) * *g * *g;
        *g = -rate * (*m * correction_1) / ((*v * correction_2).sqrt() + EPSILON);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_step_has_the_size_of_the_rate() {
        let mut g = [3.0, -1e-3, 0.0];
        Adam::default().step(&mut g, 0.01);
        for (d, expected) in g.iter().zip([-0.01, 0.01, 0.0]) {
            assert!((d - expected).abs() < 1e-6, "{d}");
        }
    }
}
