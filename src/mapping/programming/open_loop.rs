//! Writing without verify: every cell is read once, and takes as many of the weakest pulses as a device with
//! the mean response needs from there to come nearest to its target.
//!
//! What the cell makes of them – its own response, noise from pulse to pulse – nobody looks at. A cell
//! counts as failed where the budget was not enough for the mean response, or where there is none.

use numerics::rng::Stream;

use super::Written;
use crate::mapping::cells::{CellSource, Cells, Direction, Plane, Target};

/// Pulses, SET where positive, from `start` to as near to `target` as they lead (S); `None` when the
/// budget is not enough.
fn pulses(cells: &dyn Cells, start: f32, target: f32, budget: u32) -> Option<i32> {
    let rise = target > start;
    let direction = if rise { Direction::Set } else { Direction::Reset };
    let mut g = start;
    for count in 0..budget {
        let after = g + cells.mean_change(direction, 0, g)?;
        let (left, then) = ((target - g).abs(), (target - after).abs());
        // No nearer: either passed by more than half a pulse, or the response has come to its end.
        if then >= left {
            let signed = count.cast_signed();
            let stopped = (after - g).abs() < 1e-3 * left;
            return (!stopped).then_some(if rise { signed } else { -signed });
        }
        g = after;
    }
    None
}

/// Writes targets into a plane without verify.
pub fn write(
    plane: &mut Plane,
    targets: &[Target],
    budget: u32,
    source: &dyn CellSource,
    noise: &mut Stream,
) -> Written {
    let cells: Vec<u32> = targets.iter().map(|target| target.cell).collect();
    let readings = plane.read_some(&cells, noise);
    let mut written = Written { reads: readings.len() as u64, ..Written::default() };
    written.writes.verify_energy = source.cell_read_energy(readings.iter().sum());
    let mut counts = vec![0; plane.cells().len()];
    for (start, target) in readings.iter().zip(targets) {
        match pulses(plane.cells(), *start, target.conductance, budget) {
            Some(pulses) => counts[target.cell as usize] = pulses,
            None => written.failed += 1,
        }
    }
    let (cells, draw) = plane.operate();
    written.writes.add(&cells.step(&counts, draw));
    written
}
