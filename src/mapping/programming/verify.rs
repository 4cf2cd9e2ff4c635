//! Program-and-verify: rounds of one read of every unfinished cell and one pulse on each that is not
//! where it should be.
//!
//! Cells are programmed side by side and end on their own; a cell that has used its budget of pulses is left
//! as it is and counts as failed. The result is the same bits at any number of threads.

use numerics::rng::Stream;

use super::{Written, disturb, pulses};
use crate::mapping::cells::{CellSource, Direction, Plane, Shot};
use crate::mapping::config::{Algorithm, Disturb};

/// Accepted conductances of every cell, S; not a number for cells that are left alone.
#[derive(Debug, Clone, PartialEq)]
pub struct Ranges {
    /// Lowest.
    pub low: Vec<f32>,
    /// Highest.
    pub high: Vec<f32>,
}

/// How programming went, cell by cell.
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
    fn shoot(&mut self, plane: &mut Plane, shots: &[Shot], kind: Option<Disturb>) {
        let (cells, draw) = plane.operate();
        self.written.writes.add(&cells.shoot(shots, draw));
        for shot in shots {
            let counts = match shot.direction {
                Direction::Set => &mut self.sets,
                Direction::Reset => &mut self.resets,
            };
            counts[shot.cell as usize] += 1;
        }
        if let Some(kind) = kind {
            disturb::apply(plane, shots, kind);
        }
    }
}

/// Brings the cells of a plane into their ranges. `limits`: pulses for each cell, and what other cells
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
    let asked = |cell: &u32| !ranges.low[*cell as usize].is_nan();
    let mut unfinished: Vec<u32> = (0..count as u32).filter(asked).collect();
    if let Some(strength) = pulses::opening(algorithm) {
        let reset = |cell: &u32| Shot { cell: *cell, direction: Direction::Reset, strength };
        let shots: Vec<Shot> = unfinished.iter().map(reset).collect();
        result.shoot(plane, &shots, kind);
    }
    loop {
        let readings = plane.read_some(&unfinished, noise);
        result.written.reads += unfinished.len() as u64;
        let mut shots = Vec::new();
        let mut next = Vec::new();
        let (mut conductance, mut distance) = (0.0, 0.0);
        for cell in &result.failed {
            let (i, g) = (*cell as usize, plane.cells().conductances()[*cell as usize]);
            distance += f64::from((ranges.low[i] - g).max(g - ranges.high[i]).max(0.0));
        }
        for (cell, g) in unfinished.iter().zip(&readings) {
            let i = *cell as usize;
            conductance += f64::from(*g);
            let (low, high) = (*g < ranges.low[i], *g > ranges.high[i]);
            if !low && !high {
                continue;
            }
            distance += f64::from(if low { ranges.low[i] - *g } else { *g - ranges.high[i] });
            if result.sets[i] + result.resets[i] >= budget {
                result.failed.push(*cell);
                continue;
            }
            let (direction, strength) = pulses::next(algorithm, low, &mut progress[i], strongest);
            shots.push(Shot { cell: *cell, direction, strength });
            next.push(*cell);
        }
        result.written.writes.verify_energy += conductance * source.cell_read_energy(1.0);
        result.errors.push(distance / count.max(1) as f64);
        unfinished = next;
        if shots.is_empty() {
            break;
        }
        result.shoot(plane, &shots, kind);
    }
    result.failed.sort_unstable();
    result.written.failed = result.failed.len() as u64;
    result
}
