//! [`Sliced`]: a weight as a whole number of n digits of b bits, one cell (or pair) for each digit. Every slice
//! is converted on its own, and the results are shifted and added.
//!
//! v = Δ q, q = Σ_s 2^{bs} d_s, 0 ≤ d < 2^b, G = G_min + d (G_max − G_min)/(2^b − 1).
//!
//! * *Balanced:* q = ± Σ …: the digits of |q| stand in the cells of the weight's sign, those of the other
//!   side at G_min; Δ = w_max/(2^{bn} − 1).
//! * *Offset:* q + 2^{bn−1} is what the digits make, so −2^{bn−1} ≤ q < 2^{bn−1}, and Δ = w_max/(2^{bn−1} − 1); the
//!   lowest weight is not used. 2^{bn−1} and G_min of every slice, times the sum of the inputs, are subtracted
//!   digitally.
//!
//! The converter sees each slice in units in which the window is w_max, so that its range is that of any
//! other scheme. Weights are rounded to the nearest q.
//!
//! References: A. Shafiee et al., "ISAAC", ISCA 2016, doi:10.1109/ISCA.2016.12 (slices and offsets); T. P. Xiao et al.,
//! "On the accuracy of analog neural network inference accelerators", IEEE Circuits Syst. Mag. 22(4), 26 (2022),
//! doi:10.1109/MCAS.2022.3214409 (balanced slices against offsets).
//!
//! Pinned by: `scheme::tests` (whole numbers are reproduced exactly).

use numerics::matrix::Matrix;

use super::{PlaneView, Scaled, Scheme, TileSpec};
use crate::mapping::config::Signs;
use crate::mapping::operator::Operator;

/// Weights in slices, the least significant first. With balanced signs, planes 2s and 2s + 1 are the two
/// sides of slice s.
#[derive(Debug, Clone)]
pub struct Sliced {
    tile: TileSpec,
    scaled: Scaled,
    bits: u32,
    slices: usize,
    signs: Signs,
}

impl Sliced {
    /// Slices for a tile.
    pub fn new(tile: TileSpec, scaled: Scaled, bits: u32, slices: usize, signs: Signs) -> Self {
        Self { tile, scaled, bits, slices, signs }
    }

    /// Weight of the whole number one.
    pub fn unit(&self) -> f32 {
        let bits = self.bits * self.slices as u32;
        let largest = match self.signs {
            Signs::Balanced => (1_u32 << bits) - 1,
            Signs::Offset => (1_u32 << (bits - 1)).saturating_sub(1).max(1),
        };
        self.tile.weight_range / largest as f32
    }

    /// Largest digit.
    fn top(&self) -> u32 {
        (1 << self.bits) - 1
    }

    fn offset(&self) -> i64 {
        1 << (self.bits as usize * self.slices - 1)
    }

    /// The whole number of a weight in units of the arrays.
    fn whole(&self, v: f32) -> i64 {
        f64::from(v / self.unit()).round() as i64
    }

    /// What the digits of a plane are taken of.
    fn counted(&self, plane: usize, q: i64) -> i64 {
        match self.signs {
            Signs::Balanced if plane.is_multiple_of(2) => q.max(0),
            Signs::Balanced => (-q).max(0),
            Signs::Offset => q + self.offset(),
        }
    }

    /// Conductance of the cell of a plane for a whole number, S.
    fn cell(&self, plane: usize, q: i64) -> f32 {
        let slice = if self.signs == Signs::Balanced { plane / 2 } else { plane };
        let digit = (self.counted(plane, q) >> (slice * self.bits as usize)) & i64::from(self.top());
        let (low, high) = self.tile.window;
        let per_digit = self.tile.width() / self.top() as f32;
        (low + per_digit * digit as f32).min(high)
    }
}

impl Scheme for Sliced {
    fn boxed(&self) -> Box<dyn Scheme> {
        Box::new(self.clone())
    }

    fn planes(&self) -> Vec<(usize, usize)> {
        let sides = if self.signs == Signs::Balanced { 2 } else { 1 };
        vec![(self.tile.outputs, self.tile.inputs); sides * self.slices]
    }

    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>> {
        let stored = self.scaled.apply(weights);
        let whole: Vec<i64> = stored.as_slice().iter().map(|v| self.whole(*v)).collect();
        let plane = |plane: usize| whole.iter().map(|q| self.cell(plane, *q)).collect();
        (0..self.planes().len()).map(plane).collect()
    }

    fn stored(&self, output: usize, weight: f32) -> f32 {
        let whole = self.whole(self.scaled.store_one(output, weight));
        whole as f32 * self.unit() * self.scaled.scale(output)
    }

    fn retarget(&self, weights: &[(u32, f32)], cells: &mut Vec<Vec<(u32, f32)>>) {
        cells.resize_with(self.planes().len(), Vec::new);
        for (plane, cells) in cells.iter_mut().enumerate() {
            cells.extend(weights.iter().map(|(weight, value)| {
                let scale = self.scaled.scale(*weight as usize / self.tile.inputs);
                (*weight, self.cell(plane, self.whole(value / scale)))
            }));
        }
    }

    fn clipped(&self) -> u64 {
        self.scaled.clipped()
    }

    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>) {
        operators.resize_with(self.slices, Operator::default);
        let (outputs, inputs) = (self.tile.outputs, self.tile.inputs);
        let range = self.tile.weight_range;
        let scale = range / self.tile.width();
        for (slice, operator) in operators.iter_mut().enumerate() {
            let significance = (1_u64 << (slice * self.bits as usize)) as f32;
            operator.coefficient = self.unit() * significance * self.top() as f32 / range;
            match self.signs {
                Signs::Balanced => {
                    let [plus, minus] = [planes[2 * slice], planes[2 * slice + 1]];
                    let pairs = plus.conductances.iter().zip(minus.conductances);
                    operator.fill(outputs, inputs, pairs.map(|(p, m)| (p - m) * scale));
                    let pairs = plus.variances.zip(minus.variances);
                    let sums = pairs.map(|(p, m)| p.iter().zip(m).map(|(p, m)| (p + m) * scale * scale));
                    operator.fill_variance(outputs, inputs, sums);
                }
                Signs::Offset => {
                    let cells = planes[slice];
                    operator.fill(outputs, inputs, cells.conductances.iter().map(|g| g * scale));
                    let variances = cells.variances.map(|v| v.iter().map(|v| v * scale * scale));
                    operator.fill_variance(outputs, inputs, variances);
                    operator.digital_offset = self.tile.window.0 * scale;
                    if slice + 1 == self.slices {
                        // 2^{bn−1} in the digits of this slice is 2^{b−1}.
                        let half = (1_u32 << (self.bits - 1)) as f32;
                        operator.digital_offset += half * range / self.top() as f32;
                    }
                }
            }
        }
    }

    fn conversions(&self) -> usize {
        self.slices
    }

    fn output_scales(&self) -> &[f32] {
        self.scaled.scales()
    }

    fn weight_step(&self, _steps: (f32, f32)) -> f32 {
        0.0
    }

    fn pulses(&mut self, counts: &[i32], pulses: &mut Vec<Vec<i32>>) {
        pulses.clear();
        pulses.resize(self.planes().len(), vec![0; counts.len()]);
    }
}
