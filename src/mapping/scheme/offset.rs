//! [`Offset`]: w = (G − G₀)/g₁ with one cell a weight, a fixed reference conductance G₀ subtracted before
//! the converter, and g₁ = (G_max − G_min)/(2 w_max).
//!
//! G₀ is the conductance that stands for weight zero: the middle of the window, or where a card says that
//! its devices begin ([`CellSource::zero`](crate::mapping::CellSource::zero)). It is the same for all
//! cells and has no noise of its own. Steps up and down of a weight are the SET and RESET pulses of the
//! device, with whatever asymmetry they have: the form in which update models and training algorithms of
//! in-memory learning are compared (T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016),
//! doi:10.3389/fnins.2016.00333).
//!
//! Pinned by: `tests/update_rules.rs`.

use numerics::matrix::Matrix;

use super::{PlaneView, Scheme, TileSpec};
use crate::mapping::operator::Operator;

/// One cell a weight against a fixed reference.
#[derive(Debug, Clone)]
pub struct Offset {
    tile: TileSpec,
    /// Conductance for a unit of weight, S.
    per_weight: f32,
}

impl Offset {
    /// Single cells for a tile.
    pub fn new(tile: TileSpec) -> Self {
        Self { tile, per_weight: 0.5 * (tile.window.1 - tile.window.0) / tile.weight_range }
    }
}

impl Scheme for Offset {
    fn boxed(&self) -> Box<dyn Scheme> {
        Box::new(self.clone())
    }

    fn planes(&self) -> Vec<(usize, usize)> {
        vec![(self.tile.outputs, self.tile.inputs)]
    }

    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>> {
        let (low, high) = self.tile.window;
        let target = |w: &f32| (self.tile.zero + self.per_weight * w).clamp(low, high);
        vec![weights.as_slice().iter().map(target).collect()]
    }

    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>) {
        operators.resize_with(1, Operator::default);
        let (outputs, inputs) = (self.tile.outputs, self.tile.inputs);
        let scale = 1.0 / self.per_weight;
        if let ([operator], [plane]) = (operators.as_mut_slice(), planes) {
            operator.coefficient = 1.0;
            operator.fill(outputs, inputs, plane.conductances.iter().map(|g| (g - self.tile.zero) * scale));
            let variances = plane.variances.map(|v| v.iter().map(|v| v * scale * scale));
            operator.fill_variance(outputs, inputs, variances);
        }
    }

    fn weight_step(&self, (set, reset): (f32, f32)) -> f32 {
        0.5 * (set - reset) / self.per_weight
    }

    fn pulses(&self, _plane: usize, counts: &[i32], pulses: &mut Vec<i32>) {
        pulses.clear();
        pulses.extend_from_slice(counts);
    }
}
