//! Writing target conductances into a plane of cells.
//!
//! * [`write()`] – targets with the tolerance of a design, as a tile asks for it;
//! * [`verify()`] – program-and-verify: read, leave what is in its range, pulse the rest, again;
//! * [`pulses`] – which pulse follows which reading;
//! * [`open_loop`] – no verify at all;
//! * [`disturb`] – what the pulses do to the cells they were not meant for.
//!
//! Cells that are not pulsed ([`Cells::place`](super::cells::Cells::place)) take their targets at once.
//!
//! Pinned by: `tests/mapping_analog.rs`, `tests/mapping_cells.rs`, `tests/programming_statistics.rs`.

pub mod disturb;
pub mod open_loop;
pub mod pulses;
pub mod verify;

use numerics::rng::Stream;

pub use self::verify::{Ranges, Verified, verify};
use super::cells::{CellSource, Plane, Target, Writes};
use super::config::{Algorithm, AnalogConfig};

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

/// How far from its target verify accepts a cell, S.
pub fn tolerance(config: &AnalogConfig, source: &dyn CellSource) -> f32 {
    let (low, high) = source.window();
    config.programming.tolerance * (high - low)
}

/// Brings cells of a plane, rising, to their targets in the way of a design.
pub fn write(
    plane: &mut Plane,
    targets: &[Target],
    config: &AnalogConfig,
    source: &dyn CellSource,
    noise: &mut Stream,
) -> Written {
    if targets.is_empty() {
        return Written::default();
    }
    let programming = &config.programming;
    let (cells, draw) = plane.operate();
    if let Some(writes) = cells.place(targets, draw) {
        return placed(plane, targets, writes, source);
    }
    if programming.algorithm == Algorithm::OpenLoop {
        return open_loop::write(plane, targets, programming.pulse_budget, source, noise);
    }
    let limits = (programming.pulse_budget, config.cells.disturb);
    verify(plane, &Ranges::around(targets), &programming.algorithm, limits, source, noise).written
}

/// Of cells that were placed, those that nothing moves and that are not where they should be.
fn placed(plane: &Plane, targets: &[Target], writes: Writes, source: &dyn CellSource) -> Written {
    let conductances = plane.cells().conductances();
    let at = |target: &Target| conductances[target.cell as usize];
    let verify_energy = source.cell_read_energy(targets.iter().map(at).sum());
    let stuck = plane.cells().stuck();
    let missed = |target: &&Target| {
        (at(target) - target.conductance).abs() > target.tolerance
            && stuck.binary_search_by_key(&target.cell, |(cell, _)| *cell).is_ok()
    };
    Written {
        writes: Writes { verify_energy, ..writes },
        reads: targets.len() as u64,
        failed: if stuck.is_empty() { 0 } else { targets.iter().filter(missed).count() as u64 },
    }
}
