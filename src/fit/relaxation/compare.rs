//! The model beside the measurement: cells of the same programmed conductances, sampled at the same
//! times and temperatures.
//!
//! The variance of a level grows as C₁ log₁₀(t/1 s) + C₂; both follow from the line of least squares
//! through the level's variances.

use device_models::relaxation::{Cell, Relaxation};
use numerics::rng::{Purpose, Stream};
use numerics::statistics::line;
use rayon::prelude::*;

use super::measured::{Change, Condition, Measured};
use super::statistics::Cellular;

/// Cells that one task samples.
const PIECE: usize = 256;

/// Cells programmed as the measured ones, `copies` of each, with what the model makes of them.
#[must_use]
pub fn sample(relaxation: &Relaxation, measured: &Measured, copies: u64, seed: u64) -> Measured {
    let conditions = (measured.conditions.iter().enumerate())
        .map(|(number, condition)| {
            let changes = (condition.changes.par_chunks(PIECE).enumerate())
                .flat_map_iter(|(piece, changes)| {
                    let first = piece * PIECE;
                    changes.iter().enumerate().flat_map(move |(i, change)| {
                        (0..copies).map(move |copy| {
                            let device = (first + i) as u64 * copies + copy;
                            one(relaxation, condition, *change, (seed, number as u64), device)
                        })
                    })
                })
                .collect();
            Condition { changes, ..*condition }
        })
        .collect();
    Measured { conditions, series: Vec::new() }
}

fn one(
    relaxation: &Relaxation,
    condition: &Condition,
    change: Change,
    key: (u64, u64),
    device: u64,
) -> Change {
    let (seed, number) = key;
    // Each condition has devices of its own.
    let device = number << 40 | device;
    let mut cells = [Cell::new(change.programmed)];
    relaxation.elapse(&mut cells, device, seed, condition.time, condition.temperature);
    let mut noise = Stream::new(seed, Purpose::ReadNoise, device, 0);
    // The verifying read had its noise, too.
    let sigma = relaxation.level(change.programmed).read_noise;
    let before = sigma * noise.normal();
    Change { after: relaxation.read(&cells[0], &mut noise) - before, ..change }
}

/// C₁ and C₂ of a level at one temperature, S²; `None` where it was read less than three times.
pub fn variance_law(statistics: &[Cellular], level: usize) -> Option<(f64, f64)> {
    let points: Vec<(f64, f64)> = (statistics.iter())
        .filter(|s| s.level == level)
        .map(|s| (s.time.log10(), s.summary.variance))
        .collect();
    (points.len() >= 3).then(|| line(&points))
}
