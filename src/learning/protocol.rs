//! Class-incremental learning: classes arrive in contexts, and every class seen so far must be told
//! from every other at test time, without being told the context.
//!
//! `R[i][j]` is the accuracy on the test samples of context j after training on contexts 0 … i. The
//! matrix is kept whole: entries right of the diagonal give forward transfer.
//!
//! G. M. van de Ven, T. Tuytelaars, A. S. Tolias, Nat. Mach. Intell. 4:1185 (2022),
//! doi:10.1038/s42256-022-00568-3. Published class-incremental numbers differ in which output units
//! take part in the softmax, so the choice is a type: [`ActiveUnits`].
//!
//! Pinned by: the tests below.

use numerics::matrix::Matrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which output units take part in softmax and decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ActiveUnits {
    /// The units of all classes, from the start (the default of the 2022 comparison).
    #[default]
    All,
    /// The units of the classes of the contexts so far (the 2020 paper).
    SoFar,
}

impl ActiveUnits {
    /// The mask over `classes` units in context `context` (counted from 0).
    pub fn mask(self, contexts: &[Vec<u8>], context: usize, classes: usize) -> Vec<bool> {
        match self {
            Self::All => vec![true; classes],
            Self::SoFar => {
                let mut mask = vec![false; classes];
                for &class in contexts.iter().take(context + 1).flatten() {
                    if let Some(unit) = mask.get_mut(usize::from(class)) {
                        *unit = true;
                    }
                }
                mask
            }
        }
    }
}

/// Index of the largest active output; 0 when none is active.
pub fn decide(outputs: &[f32], active: &[bool]) -> usize {
    let mut best = (0, f32::NEG_INFINITY);
    for (unit, (&output, &active)) in outputs.iter().zip(active).enumerate() {
        if active && output > best.1 {
            best = (unit, output);
        }
    }
    best.0
}

/// One row of the accuracy matrix: the share of right decisions on the samples of each context.
/// A context without samples scores 0.
pub fn accuracies(outputs: &Matrix, labels: &[u8], contexts: &[Vec<u8>], active: &[bool]) -> Vec<f64> {
    let decisions: Vec<usize> = outputs.iter_rows().map(|row| decide(row, active)).collect();
    contexts
        .iter()
        .map(|classes| {
            let (mut right, mut all) = (0_u32, 0_u32);
            for (&label, &decision) in labels.iter().zip(&decisions) {
                if classes.contains(&label) {
                    all += 1;
                    right += u32::from(decision == usize::from(label));
                }
            }
            f64::from(right) / f64::from(all.max(1))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accuracies_count_per_context_among_active_units() {
        let contexts = vec![vec![0, 1], vec![2]];
        let outputs = Matrix::from_fn(4, 3, |i, c| if c == [0, 2, 2, 0][i] { 1.0 } else { 0.1 * c as f32 });
        let labels = [0, 1, 2, 2];
        assert_eq!(accuracies(&outputs, &labels, &contexts, &[true; 3]), [0.5, 0.5]);
        let so_far = ActiveUnits::SoFar.mask(&contexts, 0, 3);
        assert_eq!(so_far, [true, true, false]);
        // Without unit 2 the second sample falls to unit 1, which is right.
        assert_eq!(accuracies(&outputs, &labels, &contexts, &so_far), [1.0, 0.0]);
        assert_eq!(ActiveUnits::All.mask(&contexts, 0, 3), [true; 3]);
    }
}
