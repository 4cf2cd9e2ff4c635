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
use super::cells::{CellSource, Plane, Writes};
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

/// Brings the cells of a plane to target conductances (S) in the way of a design. Cells whose target is not a
/// number are left alone.
pub fn write(
    plane: &mut Plane,
    targets: &[f32],
    config: &AnalogConfig,
    source: &dyn CellSource,
    noise: &mut Stream,
) -> Written {
    let programming = &config.programming;
    let (low, high) = source.window();
    let tolerance = programming.tolerance * (high - low);
    let (cells, draw) = plane.operate();
    if let Some(writes) = cells.place(targets, &vec![tolerance; targets.len()], draw) {
        return placed(plane, targets, tolerance, writes, source);
    }
    if programming.algorithm == Algorithm::OpenLoop {
        return open_loop::write(plane, targets, programming.pulse_budget, source, noise);
    }
    let ranges = Ranges {
        low: targets.iter().map(|target| target - tolerance).collect(),
        high: targets.iter().map(|target| target + tolerance).collect(),
    };
    let limits = (programming.pulse_budget, config.cells.disturb);
    verify(plane, &ranges, &programming.algorithm, limits, source, noise).written
}

/// Of cells that were placed, those that nothing moves and that are not where they should be.
fn placed(
    plane: &Plane,
    targets: &[f32],
    tolerance: f32,
    writes: Writes,
    source: &dyn CellSource,
) -> Written {
    let conductances = plane.cells().conductances();
    let missed = |cell: usize| (conductances[cell] - targets[cell]).abs() > tolerance;
    let verify_energy: f64 = source.cell_read_energy(conductances.iter().sum());
    Written {
        writes: Writes { verify_energy, ..writes },
        reads: targets.iter().filter(|target| !target.is_nan()).count() as u64,
        failed: plane.cells().stuck().iter().filter(|(cell, _)| missed(*cell as usize)).count() as u64,
    }
}
