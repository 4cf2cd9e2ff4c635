//! Program-and-verify: rounds of one read of every unfinished cell and one pulse on each that is not
//! where it should be.
//!
//! Cells are programmed side by side and end on their own; a cell that has used its budget of pulses is left
//! as it is and counts as failed. The result is the same bits at any number of threads.

use numerics::rng::Stream;

use super::{Written, disturb, pulses};
use crate::mapping::cells::{CellSource, Direction, Plane, Shot, Target};
use crate::mapping::config::{Algorithm, Disturb};

/// Accepted conductances of the cells that are written, S.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranges {
    /// The cells, rising.
    pub cells: Vec<u32>,
    /// Lowest of each.
    pub low: Vec<f32>,
    /// Highest of each.
    pub high: Vec<f32>,
}

impl Ranges {
    /// Those of all cells of a plane.
    pub fn of_all(low: Vec<f32>, high: Vec<f32>) -> Self {
        Self { cells: (0..low.len() as u32).collect(), low, high }
    }

    /// Those around targets.
    pub fn around(targets: &[Target]) -> Self {
        Self {
            cells: targets.iter().map(|target| target.cell).collect(),
            low: targets.iter().map(|target| target.conductance - target.tolerance).collect(),
            high: targets.iter().map(|target| target.conductance + target.tolerance).collect(),
        }
    }
}

/// How programming went, cell by cell in the order of the ranges.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verified {
    /// Sums.
    pub written: Written,
    /// SET pulses on each cell.
    pub sets: Vec<u32>,
    /// RESET pulses on each cell.
    pub resets: Vec<u32>,
    /// Cells that used their budget and are not in their range.
    pub failed: Vec<u32>,
    /// Mean distance of the readings of all cells from their ranges after each round, S.
    pub errors: Vec<f64>,
}

impl Verified {
    /// One pulse on each of these cells, with their places in the ranges.
    fn shoot(&mut self, plane: &mut Plane, shots: &[Shot], places: &[u32], kind: Option<Disturb>) {
        let (cells, draw) = plane.operate();
        self.written.writes.add(&cells.shoot(shots, draw));
        for (shot, place) in shots.iter().zip(places) {
            let counts = match shot.direction {
                Direction::Set => &mut self.sets,
                Direction::Reset => &mut self.resets,
            };
            counts[*place as usize] += 1;
        }
        if let Some(kind) = kind {
            disturb::apply(plane, shots, kind);
        }
    }
}

/// Brings cells of a plane into their ranges. `limits`: pulses for each cell, and what other cells
/// see of them.
pub fn verify(
    plane: &mut Plane,
    ranges: &Ranges,
    algorithm: &Algorithm,
    (budget, kind): (u32, Option<Disturb>),
    source: &dyn CellSource,
    noise: &mut Stream,
) -> Verified {
    let count = ranges.low.len();
    let mut result = Verified { sets: vec![0; count], resets: vec![0; count], ..Verified::default() };
    let mut progress = vec![pulses::Progress::default(); count];
    let strongest = plane.cells().strengths().0.saturating_sub(1);
    // Places in the ranges.
    let mut unfinished: Vec<u32> = (0..count as u32).collect();
    let mut failed: Vec<u32> = Vec::new();
    if let Some(strength) = pulses::opening(algorithm) {
        let reset = |cell: &u32| Shot { cell: *cell, direction: Direction::Reset, strength };
        let shots: Vec<Shot> = ranges.cells.iter().map(reset).collect();
        result.shoot(plane, &shots, &unfinished, kind);
    }
    let mut cells = ranges.cells.clone();
    loop {
        let readings = plane.read_some(&cells, noise);
        result.written.reads += cells.len() as u64;
        let mut shots = Vec::new();
        let mut next = Vec::new();
        let (mut conductance, mut distance) = (0.0, 0.0);
        for place in &failed {
            let i = *place as usize;
            let g = plane.cells().conductances()[ranges.cells[i] as usize];
            distance += f64::from((ranges.low[i] - g).max(g - ranges.high[i]).max(0.0));
        }
        for (place, g) in unfinished.iter().zip(&readings) {
            let i = *place as usize;
            conductance += f64::from(*g);
            let (low, high) = (*g < ranges.low[i], *g > ranges.high[i]);
            if !low && !high {
                continue;
            }
            distance += f64::from(if low { ranges.low[i] - *g } else { *g - ranges.high[i] });
            if result.sets[i] + result.resets[i] >= budget {
                failed.push(*place);
                continue;
            }
            let (direction, strength) = pulses::next(algorithm, low, &mut progress[i], strongest);
            shots.push(Shot { cell: ranges.cells[i], direction, strength });
            next.push(*place);
        }
        result.written.writes.verify_energy += conductance * source.cell_read_energy(1.0);
        result.errors.push(distance / count.max(1) as f64);
        unfinished = next;
        if shots.is_empty() {
            break;
        }
        cells.clear();
        cells.extend(shots.iter().map(|shot| shot.cell));
        result.shoot(plane, &shots, &unfinished, kind);
    }
    failed.sort_unstable();
    result.failed = failed.iter().map(|place| ranges.cells[*place as usize]).collect();
    result.written.failed = result.failed.len() as u64;
    result
}
