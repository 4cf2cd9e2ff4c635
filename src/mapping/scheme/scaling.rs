//! [`Scaled`]: weights in units of what the arrays can hold, and the digital factors that belong to them.
//!
//! A weight w of output k is stored as v = w/s_k, |v| ≤ w_max, and s_k is multiplied after conversion.
//! s is 1 (fixed), or the largest magnitude or a percentile of the magnitudes over w_max, for the whole tile or
//! for each output. What lies beyond is clipped and counted. Rounding follows:
//!
//! * levels: v to the nearest of n evenly spaced numbers from −w_max to w_max;
//! * ternary: v ∈ {−w_max, 0, w_max}, 0 below Δ = 0.7 ⟨|w|⟩, s·w_max the mean of |w| above Δ (F. Li, B. Liu, "Ternary
//!   weight networks", arXiv:1605.04711 (2016), eqs. 5 and 6);
//! * binary: v = ±w_max, s·w_max = ⟨|w|⟩ (M. Rastegari et al., "XNOR-Net", ECCV 2016,
//!   doi:10.1007/978-3-319-46493-0_32, eq. 6).
//!
//! Pinned by: the tests below; `scheme::tests` (scaling invariance).

use numerics::matrix::Matrix;

use crate::mapping::config::{Rounding, Scaling};

/// Share of the mean magnitude below which a ternary weight is zero.
const TERNARY_THRESHOLD: f32 = 0.7;

/// How weights of a tile are scaled and rounded, and what that gave.
#[derive(Debug, Clone)]
pub struct Scaled {
    scaling: Scaling,
    rounding: Rounding,
    range: f32,
    /// Digital factor of every output; empty where all are one.
    scales: Vec<f32>,
    clipped: u64,
}

impl Scaled {
    /// Factors are one until weights come.
    pub fn new(scaling: Scaling, rounding: Rounding, range: f32) -> Self {
        Self { scaling, rounding, range, scales: Vec::new(), clipped: 0 }
    }

    /// Digital factor of every output; empty where all are one.
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// Weights of the last call that were beyond what the arrays hold.
    pub fn clipped(&self) -> u64 {
        self.clipped
    }

    /// The factor for these weights, and the magnitude below which a ternary weight is zero.
    fn factor(&self, weights: &[f32], percentile: f32) -> (f32, f32) {
        let mut magnitudes: Vec<f32> = weights.iter().map(|w| w.abs()).filter(|w| !w.is_nan()).collect();
        let mean = |of: &[f32]| of.iter().sum::<f32>() / of.len().max(1) as f32;
        let threshold = TERNARY_THRESHOLD * mean(&magnitudes);
        let largest = match self.rounding {
            Rounding::Binary => mean(&magnitudes),
            Rounding::Ternary => {
                magnitudes.retain(|w| *w > threshold);
                mean(&magnitudes)
            }
            Rounding::None | Rounding::Levels { .. } => {
                let last = magnitudes.len().saturating_sub(1);
                let rank = (f64::from(percentile) / 100.0 * last as f64).ceil() as usize;
                if magnitudes.is_empty() {
                    0.0
                } else {
                    *magnitudes.select_nth_unstable_by(rank.min(last), f32::total_cmp).1
                }
            }
        };
        (if largest > 0.0 { largest / self.range } else { 1.0 }, threshold)
    }

    /// Scales, clips and rounds weights.
    pub fn apply(&mut self, weights: &Matrix) -> Matrix {
        let factors: Vec<(f32, f32)> = match self.scaling {
            Scaling::Fixed => Vec::new(),
            Scaling::PerTile { percentile } => {
                vec![self.factor(weights.as_slice(), percentile); weights.rows()]
            }
            Scaling::PerColumn { percentile } => {
                weights.iter_rows().map(|row| self.factor(row, percentile)).collect()
            }
        };
        self.scales = factors.iter().map(|(scale, _)| *scale).collect();
        self.clipped = 0;
        let mut stored = weights.clone();
        for k in 0..stored.rows() {
            let threshold = factors.get(k).map_or(0.0, |(_, threshold)| *threshold);
            for w in stored.row_mut(k) {
                self.clipped += u64::from(self.clips(k, *w));
                *w = self.store(k, *w, threshold);
            }
        }
        stored
    }

    /// A weight of an output as it is stored, in units of the arrays; below `threshold` a ternary weight is zero.
    fn store(&self, output: usize, weight: f32, threshold: f32) -> f32 {
        match self.rounding {
            _ if weight.is_nan() => 0.0,
            Rounding::Binary => self.range.copysign(weight),
            Rounding::Ternary if weight.abs() > threshold => self.range.copysign(weight),
            Rounding::Ternary => 0.0,
            Rounding::None => self.clip(output, weight),
            Rounding::Levels { count } => {
                let steps = (count - 1) as f32 / (2.0 * self.range);
                ((self.clip(output, weight) + self.range) * steps).round() / steps - self.range
            }
        }
    }

    /// Digital factor of an output.
    pub fn scale(&self, output: usize) -> f32 {
        self.scales.get(output).copied().unwrap_or(1.0)
    }

    /// A single weight of an output as it is stored under the factors of the last call, in units of the arrays. Not
    /// for ternary and binary weights, which take their factors from all weights.
    pub fn store_one(&self, output: usize, weight: f32) -> f32 {
        self.store(output, weight, 0.0)
    }

    fn stored(&self, output: usize, weight: f32) -> f32 {
        weight / self.scale(output)
    }

    /// A weight of an output is beyond what the arrays hold.
    pub fn clips(&self, output: usize, weight: f32) -> bool {
        // One rounding beyond the end is no clipping.
        matches!(self.rounding, Rounding::None | Rounding::Levels { .. })
            && self.stored(output, weight).abs() > self.range * (1.0 + 4.0 * f32::EPSILON)
    }

    fn clip(&self, output: usize, weight: f32) -> f32 {
        self.stored(output, weight).clamp(-self.range, self.range)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(scaling: Scaling, rounding: Rounding, rows: &[[f32; 4]]) -> (Vec<f32>, Scaled) {
        let mut scaled = Scaled::new(scaling, rounding, 2.0);
        let weights = Matrix::from_fn(rows.len(), 4, |k, j| rows[k][j]);
        (scaled.apply(&weights).as_slice().to_vec(), scaled)
    }

    #[test]
    fn fixed_range_clips_and_counts() {
        let (stored, scaled) = applied(Scaling::Fixed, Rounding::None, &[[0.5, -3.0, 2.0, 2.5]]);
        assert_eq!(stored, [0.5, -2.0, 2.0, 2.0]);
        assert_eq!((scaled.clipped(), scaled.scales().len()), (2, 0));
    }

    #[test]
    fn columns_and_percentiles_have_their_own_factors() {
        let rows = [[1.0, -4.0, 2.0, 0.0], [0.0, 0.0, 0.0, 0.0]];
        let (stored, scaled) = applied(Scaling::PerColumn { percentile: 100.0 }, Rounding::None, &rows);
        assert_eq!(stored[..4], [0.5, -2.0, 1.0, 0.0]);
        assert_eq!(scaled.scales(), [2.0, 1.0]);
        // Two thirds of the way through 0, 1, 2, 4 is 2: the weight of 4 is clipped.
        let (stored, scaled) = applied(Scaling::PerColumn { percentile: 66.0 }, Rounding::None, &rows[..1]);
        assert_eq!(stored, [1.0, -2.0, 2.0, 0.0]);
        assert_eq!(scaled.clipped(), 1);
    }

    #[test]
    fn ternary_and_binary_follow_their_papers() {
        let rows = [[1.0, -3.0, 0.5, 1.5], [0.1, -0.1, 0.1, 0.1]];
        let scaling = Scaling::PerColumn { percentile: 100.0 };
        // Row 0: ⟨|w|⟩ = 1.5, Δ = 1.05: −3 and 1.5 remain, their mean is 2.25.
        let (stored, scaled) = applied(scaling, Rounding::Ternary, &rows);
        assert_eq!(stored, [0.0, -2.0, 0.0, 2.0, 2.0, -2.0, 2.0, 2.0]);
        assert_eq!(scaled.scales()[..1], [2.25 / 2.0]);
        let (stored, scaled) = applied(scaling, Rounding::Binary, &rows);
        assert_eq!(stored, [2.0, -2.0, 2.0, 2.0, 2.0, -2.0, 2.0, 2.0]);
        assert_eq!(scaled.scales()[..1], [0.75]);
    }

    #[test]
    fn levels_are_evenly_spaced_and_nearest() {
        let (stored, _) = applied(Scaling::Fixed, Rounding::Levels { count: 5 }, &[[0.4, -0.6, 1.6, -2.0]]);
        assert_eq!(stored, [0.0, -1.0, 2.0, -2.0]);
    }
}
