//! Writing target conductances into a plane of cells.
//!
//! [`write_verify`] reads all cells, leaves those within the tolerance, pulses the others towards their
//! targets, and begins again.
//!
//! Pinned by: `tests/mapping_analog.rs`.

use numerics::rng::Stream;

use super::cells::{CellSource, Direction, Plane, Shot, Writes};
use super::config::ProgrammingConfig;

/// What writing a plane took.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Written {
    /// Pulses and energies.
    pub writes: Writes,
    /// Verify reads.
    pub reads: u64,
    /// Cells that did not reach their targets.
    pub failed: u64,
}

impl Written {
    /// Adds another plane's.
    pub fn add(&mut self, other: &Self) {
        self.writes.add(&other.writes);
        self.reads += other.reads;
        self.failed += other.failed;
    }
}

/// Brings the cells of a plane to target conductances (S) by pulses with read-verify.
pub fn write_verify(
    plane: &mut Plane,
    targets: &[f32],
    config: &ProgrammingConfig,
    source: &dyn CellSource,
    noise: &mut Stream,
) -> Written {
    let (low, high) = source.window();
    let tolerance = config.tolerance * (high - low);
    let mut written = Written::default();
    let mut unfinished: Vec<u32> = (0..targets.len() as u32).collect();
    for round in 0..=config.pulse_budget {
        let reading = plane.read_cells(noise);
        written.reads += unfinished.len() as u64;
        unfinished.retain(|&cell| {
            let g = reading[cell as usize];
            written.writes.verify_energy += source.cell_read_energy(g);
            (g - targets[cell as usize]).abs() > tolerance
        });
        if unfinished.is_empty() || round == config.pulse_budget {
            break;
        }
        let shots: Vec<Shot> = unfinished
            .iter()
            .map(|&cell| {
                let up = reading[cell as usize] < targets[cell as usize];
                Shot { cell, direction: if up { Direction::Set } else { Direction::Reset }, strength: 0 }
            })
            .collect();
        let (cells, draw) = plane.operate();
        written.writes.add(&cells.shoot(&shots, draw));
    }
    written.failed = unfinished.len() as u64;
    written
}
