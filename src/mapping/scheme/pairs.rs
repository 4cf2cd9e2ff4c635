//! [`Pairs`]: v = Σ γ_i (G⁺_i − G⁻_i)/g₁ with g₁ = (G_max − G_min)/w_max and Σ γ_i = 1, subtracted and
//! summed before the converter.
//!
//! *Balanced:* both cells of a pair stand in the middle of the window at weight zero and move apart. A change
//! of the weight is push-pull, SET on one cell and RESET on the other, so that up and down steps are
//! alike although SET and RESET of a device differ.
//!
//! *One-sided:* both stand at the low end and one is raised. A change of the weight is a SET pulse on
//! either; when one has come to the share `refresh_at` of the window while the other has left the low end too, the
//! pair is written anew with the same difference (M. Suri et al., IEDM 2011, doi:10.1109/IEDM.2011.6131488).
//!
//! *Several pairs* hold the same weight, so that their errors average. Pulses of learning go to one after the other
//! by a counter common to all weights (I. Boybat et al., Nat. Commun. 9, 2514 (2018),
//! doi:10.1038/s41467-018-04933-y).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | v | weight after scaling and rounding | 1 |
//! | γ | share of a pair | 1 |
//! | g₁ | conductance for a unit of weight | S |
//!
//! Pinned by: `tests/mapping_analog.rs`, `scheme::tests`.

use numerics::matrix::Matrix;

use super::{PlaneView, Scaled, Scheme, TileSpec};
use crate::mapping::config::Placement;
use crate::mapping::operator::Operator;

/// Pairs of cells. Planes 2i and 2i + 1 are the two sides of pair i.
#[derive(Debug, Clone)]
pub struct Pairs {
    tile: TileSpec,
    scaled: Scaled,
    placement: Placement,
    /// Share of each pair in the sum; they add up to one.
    shares: Vec<f32>,
    /// Conductance for a unit of weight, S.
    per_weight: f32,
    /// The pair that takes the next pulse.
    next: usize,
}

impl Pairs {
    /// Pairs for a tile.
    pub fn new(tile: TileSpec, scaled: Scaled, placement: Placement, significance: &[f32]) -> Self {
        let sum: f32 = significance.iter().sum();
        let shares = significance.iter().map(|share| share / sum).collect();
        Self { tile, scaled, placement, shares, per_weight: tile.width() / tile.weight_range, next: 0 }
    }

    /// Conductance of the cell of a side (1 or −1) for a stored weight, S.
    fn side(&self, sign: f32, v: f32) -> f32 {
        let (low, high) = self.tile.window;
        let g = match self.placement {
            Placement::Balanced => 0.5 * (low + high + sign * self.per_weight * v),
            Placement::OneSided { .. } => low + self.per_weight * (sign * v).max(0.0),
        };
        g.clamp(low, high)
    }

    /// Pulses of `count` that fall to a pair when they go round, beginning at `self.next`.
    fn portion(&self, count: i32, pair: usize) -> i32 {
        let pairs = self.shares.len();
        let turn = (pair + pairs - self.next) % pairs;
        let portion = (count.unsigned_abs() as usize + pairs - 1 - turn) / pairs;
        count.signum() * i32::try_from(portion).unwrap_or(i32::MAX)
    }
}

impl Scheme for Pairs {
    fn boxed(&self) -> Box<dyn Scheme> {
        Box::new(self.clone())
    }

    fn planes(&self) -> Vec<(usize, usize)> {
        vec![(self.tile.outputs, self.tile.inputs); 2 * self.shares.len()]
    }

    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>> {
        let stored = self.scaled.apply(weights);
        let side = |sign: f32| stored.as_slice().iter().map(|v| self.side(sign, *v)).collect();
        (0..2 * self.shares.len()).map(|plane| side(if plane % 2 == 0 { 1.0 } else { -1.0 })).collect()
    }

    fn stored(&self, output: usize, weight: f32) -> f32 {
        self.scaled.store_one(output, weight) * self.scaled.scale(output)
    }

    fn retarget(&self, weights: &[(u32, f32)], cells: &mut Vec<Vec<(u32, f32)>>) {
        cells.resize_with(2 * self.shares.len(), Vec::new);
        for (plane, cells) in cells.iter_mut().enumerate() {
            let sign = if plane % 2 == 0 { 1.0 } else { -1.0 };
            cells.extend(weights.iter().map(|(weight, value)| {
                let output = *weight as usize / self.tile.inputs;
                (*weight, self.side(sign, value / self.scaled.scale(output)))
            }));
        }
    }

    fn clipped(&self) -> u64 {
        self.scaled.clipped()
    }

    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>) {
        operators.resize_with(1, Operator::default);
        let operator = &mut operators[0];
        operator.coefficient = 1.0;
        let (outputs, inputs) = (self.tile.outputs, self.tile.inputs);
        let noisy = planes.iter().any(|plane| plane.variances.is_some());
        for (i, share) in self.shares.iter().enumerate() {
            let scale = share / self.per_weight;
            let [plus, minus] = [planes[2 * i], planes[2 * i + 1]];
            let values = plus.conductances.iter().zip(minus.conductances).map(|(p, m)| (p - m) * scale);
            if i == 0 {
                operator.fill(outputs, inputs, values);
                operator.fill_variance(outputs, inputs, noisy.then(|| std::iter::repeat(0.0)));
            } else {
                operator.matrix.as_mut_slice().iter_mut().zip(values).for_each(|(sum, v)| *sum += v);
            }
            if let Some(sum) = &mut operator.variance {
                for variances in [plus, minus].into_iter().filter_map(|plane| plane.variances) {
                    let each = sum.as_mut_slice().iter_mut().zip(variances);
                    each.for_each(|(sum, v)| *sum += v * scale * scale);
                }
            }
        }
    }

    fn output_scales(&self) -> &[f32] {
        self.scaled.scales()
    }

    fn weight_step(&self, (set, reset): (f32, f32)) -> f32 {
        if self.shares.iter().any(|share| share.to_bits() != self.shares[0].to_bits()) {
            return 0.0;
        }
        let step = match self.placement {
            Placement::Balanced => set - reset,
            Placement::OneSided { .. } => set,
        };
        self.shares[0] * step / self.per_weight
    }

    fn pulses(&mut self, counts: &[i32], pulses: &mut Vec<Vec<i32>>) {
        pulses.resize_with(2 * self.shares.len(), Vec::new);
        for (plane, pulses) in pulses.iter_mut().enumerate() {
            let sign = if plane % 2 == 0 { 1 } else { -1 };
            pulses.clear();
            let one_sided = matches!(self.placement, Placement::OneSided { .. });
            // Plain loops, and without the divisions of a portion where all pulses go to one pair.
            match (self.shares.len(), one_sided) {
                (1, false) => pulses.extend(counts.iter().map(|count| sign * count)),
                (1, true) => pulses.extend(counts.iter().map(|count| (sign * count).max(0))),
                _ => pulses.extend(counts.iter().map(|count| {
                    let signed = sign * self.portion(*count, plane / 2);
                    if one_sided { signed.max(0) } else { signed }
                })),
            }
        }
        self.next = (self.next + 1) % self.shares.len();
    }

    fn pulses_listed(&mut self, listed: &[(u32, i32)], cells: &mut Vec<Vec<(u32, i32)>>) -> bool {
        cells.resize_with(2 * self.shares.len(), Vec::new);
        let one_sided = matches!(self.placement, Placement::OneSided { .. });
        for (plane, cells) in cells.iter_mut().enumerate() {
            let sign = if plane % 2 == 0 { 1 } else { -1 };
            let pulses = listed.iter().map(|(weight, count)| {
                let signed = sign * self.portion(*count, plane / 2);
                (*weight, if one_sided { signed.max(0) } else { signed })
            });
            cells.extend(pulses.filter(|(_, count)| *count != 0));
        }
        self.next = (self.next + 1) % self.shares.len();
        true
    }

    fn pulse_signs(&self) -> Option<Vec<i32>> {
        (self.shares.len() == 1 && self.placement == Placement::Balanced).then(|| vec![1, -1])
    }

    fn refresh(&self, planes: &[PlaneView<'_>]) -> Vec<Vec<f32>> {
        let Placement::OneSided { refresh_at, refresh_other } = self.placement else { return Vec::new() };
        let (low, _) = self.tile.window;
        let full = low + refresh_at * self.tile.width();
        // A pair whose other cell is this close to the low end gains nothing.
        let other = refresh_other.unwrap_or(0.5 * (1.0 - refresh_at).max(0.05));
        let worth = low + other * self.tile.width();
        let mut targets = vec![vec![f32::NAN; self.tile.outputs * self.tile.inputs]; planes.len()];
        let mut due = false;
        for (sides, targets) in planes.chunks_exact(2).zip(targets.chunks_exact_mut(2)) {
            let pairs = sides[0].conductances.iter().zip(sides[1].conductances).enumerate();
            for (cell, (plus, minus)) in pairs {
                if plus.max(*minus) >= full && plus.min(*minus) > worth {
                    targets[0][cell] = low + (plus - minus).max(0.0);
                    targets[1][cell] = low + (minus - plus).max(0.0);
                    due = true;
                }
            }
        }
        if due { targets } else { Vec::new() }
    }
}
