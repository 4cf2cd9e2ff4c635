//! One programming of a network: written, judged, left alone, judged again.

use std::time::Instant;

use crate::data::Samples;
use crate::learning::network::{LayerProgramming, Network, NetworkError, SavedNetwork};
use crate::mapping::export::TileExport;
use crate::mapping::{Activity, AnalogMatrix, CostReport, Hardware, Synapses as _};

/// Bins of the histogram of errors of weights, over ± [`WIDEST`] of the layer's largest weight.
pub(super) const BINS: usize = 101;
/// Largest error in the histogram.
pub(super) const WIDEST: f64 = 0.5;
/// Levels of weights, from −1 to 1 of the layer's largest.
pub(super) const LEVELS: usize = 9;

/// Bins of the histogram of conductances, and its range as shares of the window.
pub(super) const CELL_BINS: usize = 120;
pub(super) const CELL_RANGE: (f64, f64) = (-0.25, 1.25);

/// What is done with each programming.
pub(super) struct Plan<'a> {
    pub(super) network: &'a SavedNetwork,
    pub(super) samples: &'a Samples,
    /// What the converters find their ranges from.
    pub(super) calibration: &'a Samples,
    /// They find them anew at every time.
    pub(super) recalibrate: bool,
    /// Times after writing, s.
    pub(super) times: Vec<f64>,
    /// Weights are read out after every judgement.
    pub(super) detailed: bool,
    /// Seed of the programming whose cells are kept as they are after writing.
    pub(super) keep_cells: Option<u64>,
}

/// Errors of weights at one time, all layers together; every layer's weights over its largest.
#[derive(Debug, Clone)]
pub(super) struct Spread {
    /// Errors in each bin.
    pub(super) histogram: [u64; BINS],
    /// Errors beyond the histogram.
    pub(super) outside: u64,
    /// For each level: weights, sum of what was read, sum of its squares.
    pub(super) levels: [(u64, f64, f64); LEVELS],
    /// Cells in each bin of conductance, for each level of their targets.
    pub(super) cells: [[u64; CELL_BINS]; LEVELS],
    /// Cells beyond these bins.
    pub(super) cells_outside: u64,
}

impl Default for Spread {
    fn default() -> Self {
        Self {
            histogram: [0; BINS],
            outside: 0,
            levels: [(0, 0.0, 0.0); LEVELS],
            cells: [[0; CELL_BINS]; LEVELS],
            cells_outside: 0,
        }
    }
}

impl Spread {
    fn note(&mut self, target: f64, read: f64) {
        let bin = ((read - target) / WIDEST + 1.0) * 0.5 * BINS as f64;
        if (0.0..BINS as f64).contains(&bin) {
            self.histogram[bin as usize] += 1;
        } else {
            self.outside += 1;
        }
        let level = ((target + 1.0) * 0.5 * (LEVELS - 1) as f64).round() as usize;
        let (count, sum, squares) = &mut self.levels[level.min(LEVELS - 1)];
        *count += 1;
        *sum += read;
        *squares += read * read;
    }

    /// A cell whose target and conductance are these shares of the window; without a target it was not
    /// written.
    fn note_cell(&mut self, target: f64, conductance: f64) {
        if !target.is_finite() {
            return;
        }
        let level = (target * (LEVELS - 1) as f64).round().max(0.0) as usize;
        let bin = (conductance - CELL_RANGE.0) / (CELL_RANGE.1 - CELL_RANGE.0) * CELL_BINS as f64;
        if (0.0..CELL_BINS as f64).contains(&bin) {
            self.cells[level.min(LEVELS - 1)][bin as usize] += 1;
        } else {
            self.cells_outside += 1;
        }
    }

    /// Adds another programming's.
    pub(super) fn add(&mut self, other: &Self) {
        self.outside += other.outside;
        self.cells_outside += other.cells_outside;
        for (a, b) in self.cells.iter_mut().flatten().zip(other.cells.iter().flatten()) {
            *a += b;
        }
        for (a, b) in self.histogram.iter_mut().zip(other.histogram) {
            *a += b;
        }
        for (a, b) in self.levels.iter_mut().zip(other.levels) {
            *a = (a.0 + b.0, a.1 + b.1, a.2 + b.2);
        }
    }
}

/// What one programming gave.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Share of right decisions, right after writing and at each time.
    pub(super) accuracy: Vec<f64>,
    /// How each layer was written.
    pub(super) programming: Vec<LayerProgramming>,
    /// For each of these times and each layer the root-mean-square error of its weights over its largest.
    pub(super) errors: Vec<Vec<f64>>,
    /// Errors of weights at each of these times.
    pub(super) spread: Vec<Spread>,
    /// What the arrays did for all samples once, right after writing.
    pub(super) reading: Activity,
    /// What they did until then.
    pub(super) writing: Activity,
    /// What one sample cost, right after writing.
    pub(super) cost: CostReport,
    /// Largest deviation of the wires of each matrix from the whole circuit, where they are ladders.
    pub(super) wire_errors: Vec<Option<f32>>,
    /// Samples judged.
    pub(super) samples: usize,
    /// Seconds that the program took to judge all samples once, right after writing.
    pub(super) seconds: Option<f64>,
    /// The cells of each matrix, right after writing, where they are kept.
    pub(super) cells: Vec<Vec<TileExport>>,
}

/// Sum over the layers.
fn sum(layers: &[Activity]) -> Activity {
    let mut sum = Activity::default();
    for layer in layers {
        sum.add(layer);
    }
    sum
}

/// Writes the network into new arrays and judges it.
pub(super) fn judge(plan: &Plan<'_>, hardware: &dyn Hardware, seed: u64) -> Result<Outcome, NetworkError> {
    let SavedNetwork { architecture, parameters } = plan.network;
    let mut network = Network::new(architecture, hardware, seed, 0)?;
    AnalogMatrix::check_faults(&network.arrays())?;
    let mut outcome = Outcome {
        programming: network.program(parameters),
        samples: plan.samples.len(),
        ..Outcome::default()
    };
    outcome.writing = sum(&network.activities());
    if plan.keep_cells == Some(seed) {
        outcome.cells = network.arrays().iter().map(|matrix| matrix.tiles_as_they_stand()).collect();
    }
    if !plan.calibration.is_empty() {
        network.calibrate(plan.calibration.inputs());
    }
    let mut now = 0.0;
    for (step, time) in std::iter::once(&0.0).chain(&plan.times).enumerate() {
        if *time > now {
            network.elapse(time - now);
            now = *time;
            if plan.recalibrate {
                network.calibrate(plan.calibration.inputs());
            }
        }
        let before: Vec<Activity> = network.arrays().iter().map(|matrix| matrix.activity()).collect();
        let start = Instant::now();
        outcome.accuracy.push(network.judge(plan.samples).accuracy());
        outcome.seconds.get_or_insert(start.elapsed().as_secs_f64());
        if !plan.detailed {
            continue;
        }
        if step == 0 {
            for (matrix, before) in network.arrays().iter().zip(&before) {
                let done = matrix.activity().since(before);
                outcome.reading.add(&done);
                outcome.cost.add(&matrix.cost(&done)?);
            }
            outcome.cost = outcome.cost.per(plan.samples.len() as u64);
            outcome.wire_errors = network.arrays().iter().map(|matrix| matrix.wire_error()).collect();
        }
        let mut spread = Spread::default();
        for matrix in network.arrays() {
            for tile in matrix.tiles_as_they_stand() {
                let (low, high) = (f64::from(tile.window.0), f64::from(tile.window.1));
                for plane in &tile.planes {
                    for (g, target) in plane.conductances.iter().zip(&plane.targets) {
                        let share = |g: f32| (f64::from(g) - low) / (high - low);
                        spread.note_cell(share(*target), share(*g));
                    }
                }
            }
        }
        let mut errors = Vec::new();
        for (read, target) in network.weights().iter().zip(parameters) {
            let target = target.weight.as_slice();
            let largest =
                f64::from(target.iter().fold(0.0_f32, |m, w| m.max(w.abs()))).max(f64::MIN_POSITIVE);
            let mut squares = 0.0;
            for (read, target) in read.as_slice().iter().zip(target) {
                let (read, target) = (f64::from(*read) / largest, f64::from(*target) / largest);
                squares += (read - target).powi(2);
                spread.note(target, read);
            }
            errors.push((squares / target.len().max(1) as f64).sqrt());
        }
        outcome.errors.push(errors);
        outcome.spread.push(spread);
    }
    Ok(outcome)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_and_levels_fall_into_their_bins() {
        let mut spread = Spread::default();
        for (target, read) in [(0.0, 0.0), (-1.0, -0.9), (1.0, 1.6), (0.26, 0.25)] {
            spread.note(target, read);
        }
        assert_eq!(spread.outside, 1);
        assert_eq!(spread.histogram.iter().sum::<u64>(), 3);
        // 0.1 below ± 0.5 in 101 bins is the 61st; −0.01 the 50th.
        assert_eq!([49, 50, 60].map(|bin| spread.histogram[bin]), [1, 1, 1]);
        assert_eq!(spread.levels.map(|l| l.0), [1, 0, 0, 0, 1, 1, 0, 0, 1]);
        for (target, conductance) in [(0.0, 0.0), (1.0, 0.999), (0.5, 2.0), (f64::NAN, 0.5)] {
            spread.note_cell(target, conductance);
        }
        assert_eq!((spread.cells[0][20], spread.cells[8][99], spread.cells_outside), (1, 1, 1));
        let twice = {
            let mut sum = spread.clone();
            sum.add(&spread);
            sum
        };
        assert_eq!((twice.outside, twice.levels[8].0), (2, 2));
    }
}
