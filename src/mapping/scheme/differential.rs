//! [`DifferentialPair`]: w = (G⁺ − G⁻)/g₁ with g₁ = (G_max − G_min)/w_max, subtracted before the
//! converter.
//!
//! Both cells stand in the middle of the window at weight zero and move apart. A change of the weight
//! is push-pull: SET on one cell and RESET on the other, so that up and down steps are alike although
//! SET and RESET of a device differ.
//!
//! Pinned by: `tests/mapping_analog.rs`.

use numerics::matrix::Matrix;

use super::{PlaneView, Scheme, TileSpec};
use crate::mapping::operator::Operator;

/// Two cells a weight.
#[derive(Debug, Clone)]
pub struct DifferentialPair {
    tile: TileSpec,
    /// Conductance for a unit of weight, S.
    per_weight: f32,
}

impl DifferentialPair {
    /// Pairs for a tile.
    pub fn new(tile: TileSpec) -> Self {
        Self { tile, per_weight: (tile.window.1 - tile.window.0) / tile.weight_range }
    }
}

impl Scheme for DifferentialPair {
    fn boxed(&self) -> Box<dyn Scheme> {
        Box::new(self.clone())
    }

    fn planes(&self) -> Vec<(usize, usize)> {
        vec![(self.tile.outputs, self.tile.inputs); 2]
    }

    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>> {
        let (low, high) = self.tile.window;
        let side = |sign: f32| {
            let target = |w: &f32| (0.5 * (low + high + sign * self.per_weight * w)).clamp(low, high);
            weights.as_slice().iter().map(target).collect()
        };
        vec![side(1.0), side(-1.0)]
    }

    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>) {
        operators.resize_with(1, Operator::default);
        let (outputs, inputs) = (self.tile.outputs, self.tile.inputs);
        let scale = 1.0 / self.per_weight;
        if let ([operator], [plus, minus]) = (operators.as_mut_slice(), planes) {
            operator.coefficient = 1.0;
            let pairs = plus.conductances.iter().zip(minus.conductances);
            operator.fill(outputs, inputs, pairs.map(|(p, m)| (p - m) * scale));
            let variances = plus.variances.zip(minus.variances);
            operator.fill_variance(
                outputs,
                inputs,
                variances.map(|(p, m)| p.iter().zip(m).map(|(p, m)| (p + m) * scale * scale)),
            );
        }
    }

    fn weight_step(&self, (set, reset): (f32, f32)) -> f32 {
        (set - reset) / self.per_weight
    }

    fn pulses(&self, plane: usize, counts: &[i32], pulses: &mut Vec<i32>) {
        pulses.clear();
        let sign = if plane == 0 { 1 } else { -1 };
        pulses.extend(counts.iter().map(|count| sign * count));
    }
}
