//! [`Spares`]: a scheme on more bit lines than outputs, of which those serve whose stuck cells hurt least.
//!
//! For every output k and bit line c the error Σ_j (w_kj − ŵ_kj(c))² is that of its weights when they are written
//! on that line and its stuck cells stay as they are; everything else reaches its target. Outputs are then
//! assigned to lines so that the sum is least, which uses the spare lines and also changes places among
//! the others: a stuck cell hurts little where the weight wants its conductance (C. Liu et al., "Rescuing
//! memristor-based neuromorphic design with high defects", DAC 2017, doi:10.1145/3061639.3062310). Lines that serve
//! no output hold weight zero.
//!
//! Pinned by: `scheme::tests`.

use numerics::matrix::Matrix;
use rayon::prelude::*;

use super::assignment::assign;
use super::{PlaneView, Scheme, TileSpec, weights_of};
use crate::mapping::operator::Operator;

/// A scheme with spare bit lines.
#[derive(Debug, Clone)]
pub struct Spares {
    inner: Box<dyn Scheme>,
    tile: TileSpec,
    /// Bit lines.
    lines: usize,
    /// The bit line of every output.
    line_of: Vec<usize>,
    /// Digital factors of the outputs.
    scales: Vec<f32>,
}

/// What choosing bit lines gave.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Replaced {
    /// Outputs that are not on the bit line of their number.
    pub moved: u64,
    /// Sum of the squares of the errors of weights by stuck cells, all outputs on their own lines.
    pub before: f64,
    /// The same on the chosen lines.
    pub after: f64,
}

impl Replaced {
    /// Adds another tile's.
    pub fn add(&mut self, other: &Self) {
        self.moved += other.moved;
        self.before += other.before;
        self.after += other.after;
    }
}

impl Spares {
    /// `inner` is built for `spares` outputs more than the tile has.
    pub fn new(inner: Box<dyn Scheme>, tile: TileSpec, spares: usize) -> Self {
        let line_of = (0..tile.outputs).collect();
        Self { inner, tile, lines: tile.outputs + spares, line_of, scales: Vec::new() }
    }

    /// Rows of outputs to rows of lines.
    fn spread<T: Copy>(&self, values: &[T], line_of: &[usize], idle: T) -> Vec<T> {
        let inputs = self.tile.inputs;
        let mut spread = vec![idle; self.lines * inputs];
        for (row, line) in values.chunks_exact(inputs).zip(line_of) {
            spread[line * inputs..(line + 1) * inputs].copy_from_slice(row);
        }
        spread
    }

    fn lines_of_weights(&self, weights: &Matrix, line_of: &[usize]) -> Matrix {
        // Not a number: no weight of its own, zero.
        let spread = self.spread(weights.as_slice(), line_of, f32::NAN);
        Matrix::from_vec(self.lines, self.tile.inputs, spread).unwrap_or_default()
    }

    /// Error of every output on its line, for one choice of lines.
    fn errors(&self, weights: &Matrix, stuck: &[Vec<f32>], line_of: &[usize]) -> Vec<f64> {
        let mut inner = self.inner.clone();
        let mut planes = inner.targets(&self.lines_of_weights(weights, line_of));
        for (targets, stuck) in planes.iter_mut().zip(stuck) {
            for (target, stuck) in targets.iter_mut().zip(stuck) {
                if !stuck.is_nan() {
                    *target = *stuck;
                }
            }
        }
        let slices: Vec<&[f32]> = planes.iter().map(Vec::as_slice).collect();
        let reached = weights_of(&*inner, &slices);
        let error = |(row, line): (&[f32], &usize)| {
            row.iter().zip(reached.row(*line)).map(|(a, b)| f64::from(a - b).powi(2)).sum()
        };
        weights.iter_rows().zip(line_of).map(error).collect()
    }
}

/// Rows of an operator's matrix at the lines of the outputs.
fn pick(matrix: &Matrix, line_of: &[usize]) -> Matrix {
    Matrix::from_fn(line_of.len(), matrix.columns(), |k, j| matrix.row(line_of[k])[j])
}

impl Scheme for Spares {
    fn boxed(&self) -> Box<dyn Scheme> {
        Box::new(self.clone())
    }

    fn planes(&self) -> Vec<(usize, usize)> {
        self.inner.planes()
    }

    fn targets(&mut self, weights: &Matrix) -> Vec<Vec<f32>> {
        let targets = self.inner.targets(&self.lines_of_weights(weights, &self.line_of));
        let scales = self.inner.output_scales();
        self.scales = self.line_of.iter().filter_map(|line| scales.get(*line).copied()).collect();
        targets
    }

    fn stored(&self, output: usize, weight: f32) -> f32 {
        self.inner.stored(self.line_of[output], weight)
    }

    fn retarget(&self, weights: &[(u32, f32)], cells: &mut Vec<Vec<(u32, f32)>>) {
        let inputs = self.tile.inputs as u32;
        let line = |(weight, value): &(u32, f32)| {
            let line = self.line_of[(weight / inputs) as usize] as u32;
            (line * inputs + weight % inputs, *value)
        };
        let mut on_lines: Vec<(u32, f32)> = weights.iter().map(line).collect();
        on_lines.sort_unstable_by_key(|(weight, _)| *weight);
        self.inner.retarget(&on_lines, cells);
    }

    fn clipped(&self) -> u64 {
        self.inner.clipped()
    }

    fn operators(&self, planes: &[PlaneView<'_>], operators: &mut Vec<Operator>) {
        self.inner.operators(planes, operators);
        for operator in operators {
            operator.matrix = pick(&operator.matrix, &self.line_of);
            operator.variance = operator.variance.as_ref().map(|variance| pick(variance, &self.line_of));
        }
    }

    fn conversions(&self) -> usize {
        self.inner.conversions()
    }

    fn output_scales(&self) -> &[f32] {
        &self.scales
    }

    fn weight_step(&self, steps: (f32, f32)) -> f32 {
        self.inner.weight_step(steps)
    }

    fn pulses(&mut self, counts: &[i32], pulses: &mut Vec<Vec<i32>>) {
        let counts = self.spread(counts, &self.line_of, 0);
        self.inner.pulses(&counts, pulses);
    }

    fn refresh(&self, planes: &[PlaneView<'_>]) -> Vec<Vec<f32>> {
        self.inner.refresh(planes)
    }

    fn bit_line_of(&self, output: usize) -> usize {
        self.line_of[output]
    }

    fn place(&mut self, weights: &Matrix, stuck: &[Vec<f32>]) -> Replaced {
        let own: Vec<usize> = (0..self.tile.outputs).collect();
        if stuck.iter().flatten().all(|g| g.is_nan()) {
            self.line_of = own;
            return Replaced::default();
        }
        // Every output on every line: all at once, moved on by one line after the other.
        let turned = |turn: usize| -> Vec<usize> { own.iter().map(|k| (k + turn) % self.lines).collect() };
        let errors: Vec<Vec<f64>> =
            (0..self.lines).into_par_iter().map(|turn| self.errors(weights, stuck, &turned(turn))).collect();
        let error = |k: usize, line: usize| errors[(line + self.lines - k) % self.lines][k];
        let before: f64 = own.iter().map(|k| error(*k, *k)).sum();
        // Of equally good lines an output keeps its own.
        let prefer = 1e-9 * before / self.tile.outputs as f64;
        let chosen = assign(self.tile.outputs, self.lines, |k, line| {
            error(k, line) + if line == k { 0.0 } else { prefer }
        });
        let after = chosen.iter().enumerate().map(|(k, line)| error(k, *line)).sum();
        let moved = chosen.iter().enumerate().filter(|(k, line)| k != *line).count() as u64;
        self.line_of = chosen;
        Replaced { moved, before, after }
    }
}
