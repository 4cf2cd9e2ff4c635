//! [`Guard`]: a penalty that holds the weights of a layer that mattered near their old values.
//!
//! Elastic weight consolidation, after every context k: (λ/2) Σ_k F_k (θ − θ_k)², one term per context
//! ended. Kept are Σ F_k and Σ F_k θ_k, which give the same gradient λ (θ Σ F_k − Σ F_k θ_k).
//! J. Kirkpatrick et al., PNAS 114:3521 (2017), doi:10.1073/pnas.1611835114; F from `fisher`.
//!
//! Synaptic intelligence: c Σ Ω (θ − θ*)². During a context ω ← ω − g Δθ; at its end
//! Ω ← Ω + ω/((θ − θ*)² + ξ), θ* ← θ. F. Zenke, B. Poole, S. Ganguli, ICML 2017, arXiv:1703.04200. As in the
//! code of the 2022 comparison g is the gradient of the whole loss, penalty included, and Ω may fall.
//!
//! θ is read out of the synapses; on arrays that is a measurement of every cell per iteration, noisy and
//! counted. Δθ is the change the optimiser asks for. Importance and old weights are digital.
//!
//! Pinned by: the tests below.

use super::recipe::Penalty;

/// The penalty on one layer: its weights, then its biases, as one list.
#[derive(Debug, Clone)]
pub(super) struct Guard {
    penalty: Penalty,
    /// Σ F_k, or Ω.
    importance: Vec<f32>,
    /// Σ F_k θ_k, or θ*.
    anchor: Vec<f32>,
    /// ω; empty for elastic weight consolidation.
    path: Vec<f32>,
    /// No context has ended: nothing is held yet.
    fresh: bool,
}

impl Guard {
    /// For a layer whose parameters are `now`.
    pub(super) fn new(penalty: Penalty, now: &[f32]) -> Self {
        let zeros = vec![0.0; now.len()];
        let (anchor, path) = match penalty {
            Penalty::Ewc { .. } => (zeros.clone(), Vec::new()),
            Penalty::Si { .. } => (now.to_vec(), zeros.clone()),
        };
        Self { penalty, importance: zeros, anchor, path, fresh: true }
    }

    /// Whether the gradient needs the parameters.
    pub(super) fn pulls(&self) -> bool {
        !self.fresh
    }

    /// Adds the gradient of the penalty for parameters `now` from position `first`.
    pub(super) fn pull(&self, first: usize, now: &[f32], gradient: &mut [f32]) {
        let range = first..first + now.len();
        let held = self.importance[range.clone()].iter().zip(&self.anchor[range]);
        let pairs = gradient.iter_mut().zip(now).zip(held);
        match self.penalty {
            Penalty::Ewc { strength, .. } => {
                let lambda = strength as f32;
                pairs.for_each(|((g, theta), (f, anchor))| *g += lambda * (f * theta - anchor));
            }
            Penalty::Si { strength, .. } => {
                let twice = 2.0 * strength as f32;
                pairs.for_each(|((g, theta), (omega, old))| *g += twice * omega * (theta - old));
            }
        }
    }

    /// Notes what a change along a gradient contributes.
    pub(super) fn follow(&mut self, first: usize, gradient: &[f32], change: &[f32]) {
        if let Some(path) = self.path.get_mut(first..first + change.len()) {
            for ((w, g), d) in path.iter_mut().zip(gradient).zip(change) {
                *w -= g * d;
            }
        }
    }

    /// Whether [`Guard::follow`] wants gradients.
    pub(super) fn follows(&self) -> bool {
        !self.path.is_empty()
    }

    /// A context has ended with the parameters `now`; `fisher` is their Fisher information, for elastic
    /// weight consolidation.
    pub(super) fn consolidate(&mut self, now: &[f32], fisher: &[f32]) {
        self.fresh = false;
        match self.penalty {
            Penalty::Ewc { .. } => {
                let held = self.importance.iter_mut().zip(&mut self.anchor);
                for ((importance, anchor), (f, theta)) in held.zip(fisher.iter().zip(now)) {
                    *importance += f;
                    *anchor += f * theta;
                }
            }
            Penalty::Si { damping, .. } => {
                let held = self.importance.iter_mut().zip(&mut self.anchor).zip(&mut self.path);
                for (((importance, anchor), path), theta) in held.zip(now) {
                    let moved = theta - *anchor;
                    *importance += *path / (moved * moved + damping as f32);
                    *anchor = *theta;
                    *path = 0.0;
                }
            }
        }
    }

    /// Numbers kept.
    pub(super) fn stored(&self) -> usize {
        self.importance.len() + self.anchor.len() + self.path.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: &[f32], b: &[f32]) -> bool {
        a.len() == b.len() && a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-5)
    }

    #[test]
    fn consolidation_sums_the_parabolas_of_all_contexts() {
        let mut guard = Guard::new(Penalty::Ewc { strength: 2.0, samples: Some(1) }, &[0.0; 2]);
        assert!(!guard.pulls() && !guard.follows());
        guard.consolidate(&[1.0, 2.0], &[0.5, 0.0]);
        guard.consolidate(&[3.0, 4.0], &[1.0, 2.0]);
        let mut gradient = [10.0, 0.0];
        guard.pull(0, &[2.0, 1.0], &mut gradient);
        // 2 [0.5 (2 − 1) + 1 (2 − 3)] = −1; 2 · 2 (1 − 4) = −12.
        assert!(guard.pulls() && close(&gradient, &[9.0, -12.0]), "{gradient:?}");
        let mut one = [0.0];
        guard.pull(1, &[1.0], &mut one);
        assert!(close(&one, &[-12.0]));
        assert_eq!(guard.stored(), 4);
    }

    #[test]
    fn intelligence_credits_what_lowered_the_loss() {
        let mut guard = Guard::new(Penalty::Si { strength: 3.0, damping: 0.25 }, &[1.0, 1.0]);
        assert!(guard.follows());
        guard.follow(0, &[-2.0, 4.0], &[0.5, 0.0]);
        guard.follow(1, &[1.0], &[-0.5]);
        // ω = (1, 0.5), moved by (0.5, 0): Ω = 1/(0.25 + 0.25), 0.5/0.25.
        guard.consolidate(&[1.5, 1.0], &[]);
        let mut gradient = [0.0, 0.0];
        guard.pull(0, &[2.0, 0.0], &mut gradient);
        assert!(close(&gradient, &[6.0 * 2.0 * 0.5, -6.0 * 2.0]), "{gradient:?}");
        assert_eq!(guard.stored(), 6);
    }
}
