//! [`Single`]: one cell a weight, v = (G − G_mid)/g₁ with g₁ = (G_max − G_min)/(2 w_max) and G_mid the middle
//! of the window, or where the card says that its devices begin
//! ([`CellSource::zero`](crate::mapping::CellSource::zero)).
//!
//! G_mid comes from one column of real cells that stands beside the outputs: its current is subtracted from
//! theirs, so its errors and its noise are common to all of them (`Operator::common_variance`). Or it is a
//! number: its multiple of the sum of the inputs is subtracted digitally (the way of NeuroSim: P.-Y. Chen, X. Peng,
//! S. Yu, IEEE Trans. CAD 37, 3067 (2018), doi:10.1109/TCAD.2018.2789723). Or it is a fixed conductance without
//! error or noise whose current is subtracted before the converter: the form in which update models and
//! algorithms of in-memory learning are compared (T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016),
//! doi:10.3389/fnins.2016.00333).
//!
//! A change of the weight is a SET pulse upwards and a RESET pulse downwards: where these differ, so do
//! the steps. Reference cells take none.
//!
//! Pinned by: `scheme::tests`.

use numerics::matrix::Matrix;

use super::{PlaneView, Scaled, Scheme, TileSpec};
use crate::mapping::operator::Operator;

/// What stands for weight zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zero {
    /// A column of cells beside the outputs.
    Column,
    /// A conductance without error or noise, subtracted before the converter.
    Fixed,
    /// Its multiple of the sum of the inputs, subtracted digitally.
    Digital,
}

/// One cell a weight. Plane 0 holds the weights, plane 1 the reference column where there is one.
#[derive(Debug, Clone)]
pub struct Single {
    tile: TileSpec,
    scaled: Scaled,
    zero: Zero,
    /// Conductance for a unit of weight, S.
    per_weight: f32,
    /// Weights of the last targets that scaling had left whole and the window cut.
    cut: u64,
}

impl Single {
    /// Single cells for a tile.
    pub fn new(tile: TileSpec, scaled: Scaled, zero: Zero) -> Self {
        Self { tile, scaled, zero, per_weight: 0.5 * tile.width() / tile.weight_range, cut: 0 }
    }

    fn middle(&self) -> f32 {
        self.tile.zero
    }
}

impl Scheme for Single {
    fn boxed(&self) -> Box<dyn Scheme> {
        Box::new(self.clone())
    }

    fn planes(&self) -> Vec<(usize, usize)> {
        let TileSpec { outputs, inputs, .. } = self.tile;
        if self.zero == Zero::Column { vec![(outputs, inputs), (1, inputs)] } else { vec![(outputs, inputs)] }
    }

    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>> {
        let stored = self.scaled.apply(weights);
        let (low, high) = self.tile.window;
        // Where zero is off the middle, the window ends before the largest weight on one side.
        let rounding = 1e-5 * self.tile.width();
        let mut cells = Vec::with_capacity(stored.as_slice().len());
        self.cut = 0;
        for (k, (row, weights)) in stored.iter_rows().zip(weights.iter_rows()).enumerate() {
            for (v, w) in row.iter().zip(weights) {
                let wanted = self.middle() + self.per_weight * v;
                let beyond = wanted < low - rounding || wanted > high + rounding;
                self.cut += u64::from(beyond && !self.scaled.clips(k, *w));
                cells.push(wanted.clamp(low, high));
            }
        }
        let mut targets = vec![cells];
        if self.zero == Zero::Column {
            targets.push(vec![self.middle(); self.tile.inputs]);
        }
        targets
    }

    fn stored(&self, output: usize, weight: f32) -> f32 {
        let v = self.scaled.store_one(output, weight);
        let ends = [self.tile.window.0, self.tile.window.1].map(|g| (g - self.middle()) / self.per_weight);
        v.clamp(ends[0], ends[1]) * self.scaled.scale(output)
    }

    fn retarget(&self, weights: &[(u32, f32)], cells: &mut Vec<Vec<(u32, f32)>>) {
        cells.resize_with(self.planes().len(), Vec::new);
        let (low, high) = self.tile.window;
        cells[0].extend(weights.iter().map(|(weight, value)| {
            let v = value / self.scaled.scale(*weight as usize / self.tile.inputs);
            (*weight, (self.middle() + self.per_weight * v).clamp(low, high))
        }));
    }

    fn clipped(&self) -> u64 {
        self.scaled.clipped() + self.cut
    }

    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>) {
        operators.resize_with(1, Operator::default);
        let operator = &mut operators[0];
        let (outputs, inputs) = (self.tile.outputs, self.tile.inputs);
        let scale = 1.0 / self.per_weight;
        operator.coefficient = 1.0;
        let cells = planes[0];
        let variances = cells.variances.map(|v| v.iter().map(|v| v * scale * scale));
        operator.fill_variance(outputs, inputs, variances);
        operator.common_variance.clear();
        (operator.reference, operator.digital_offset) = (0.0, 0.0);
        if self.zero == Zero::Column {
            let reference = planes[1];
            let values = cells.conductances.chunks_exact(inputs);
            let rows = values.flat_map(|row| row.iter().zip(reference.conductances));
            operator.fill(outputs, inputs, rows.map(|(g, r)| (g - r) * scale));
            let common = reference.variances.unwrap_or_default();
            operator.common_variance.extend(common.iter().map(|v| v * scale * scale));
        } else if self.zero == Zero::Fixed {
            operator.fill(outputs, inputs, cells.conductances.iter().map(|g| g * scale));
            operator.reference = self.middle() * scale;
        } else {
            operator.fill(outputs, inputs, cells.conductances.iter().map(|g| g * scale));
            operator.digital_offset = self.middle() * scale;
        }
    }

    fn output_scales(&self) -> &[f32] {
        self.scaled.scales()
    }

    fn weight_step(&self, (set, reset): (f32, f32)) -> f32 {
        0.5 * (set - reset) / self.per_weight
    }

    fn pulses_listed(&mut self, listed: &[(u32, i32)], cells: &mut Vec<Vec<(u32, i32)>>) -> bool {
        cells.resize_with(self.planes().len(), Vec::new);
        cells[0].extend_from_slice(listed);
        true
    }

    fn pulse_signs(&self) -> Option<Vec<i32>> {
        Some(if self.zero == Zero::Column { vec![1, 0] } else { vec![1] })
    }

    fn pulses(&mut self, counts: &[i32], pulses: &mut Vec<Vec<i32>>) {
        pulses.resize_with(self.planes().len(), Vec::new);
        pulses[0].clear();
        pulses[0].extend_from_slice(counts);
        if let Some(reference) = pulses.get_mut(1) {
            reference.clear();
            reference.resize(self.tile.inputs, 0);
        }
    }
}
