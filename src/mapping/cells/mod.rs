//! What a plane of a tile is made of: [`Cells`], a population with one conductance each.
//!
//! A tile holds one plane for every role its scheme gives to cells (the two sides of a differential
//! pair, the slices of a weight, a reference column). A plane knows nothing of weights: it holds
//! conductances, takes write pulses, lets time pass and counts what it went through. The kinds:
//!
//! * [`PulsedCells`] – any card with a `writing` block, on its pulse tables.
//! * [`StepCells`] – conductance-step cards, every cell a device of its own.
//! * [`LandingCells`] – a card whose `landing` block says where single pulses end (1T1R, statistical).
//! * [`ProgrammedCells`] – a card that knows only what a verified write leaves.
//! * [`RelaxingCells`], [`DriftingCells`], [`FaultyCells`] – any of them, with what time does and with cells that fail.
//! * [`AccessCells`] – any of them, read through access transistors.
//!
//! [`CellSource`] makes them; [`Plane`] is a population at its place in a tile.

mod access;
mod drifting;
mod faults;
mod landing;
mod lifetimes;
mod plane;
mod programmed;
mod pulsed;
mod relaxing;
mod source;
mod step;

use std::fmt::Debug;

use device_models::conductance_step::array::PulseSequence;
use device_models::failure::FailureCause;

pub use self::access::AccessCells;
pub use self::drifting::DriftingCells;
pub use self::faults::FaultyCells;
pub use self::landing::{LADDER_STEP, LandingCells, LandingSource};
pub use self::plane::Plane;
pub use self::programmed::{ProgrammedCells, ProgrammedSource};
pub use self::pulsed::{PulsedCells, PulsedSource};
pub use self::relaxing::RelaxingCells;
pub use self::source::{CellSource, source};
pub use self::step::{StepCells, StepSource};

/// A write pulse's direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Raises the conductance.
    Set,
    /// Lowers the conductance.
    Reset,
}

/// One write pulse on one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shot {
    /// The cell.
    pub cell: u32,
    /// Which way.
    pub direction: Direction,
    /// Which of the prepared pulses of this direction, weakest first ([`Cells::strengths`]).
    pub strength: u16,
}

/// Where a cell is to be brought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The cell.
    pub cell: u32,
    /// Conductance, S.
    pub conductance: f32,
    /// How far from it verify accepts the cell, S.
    pub tolerance: f32,
}

impl Target {
    /// Those of a whole plane; cells whose conductance is not a number are left alone.
    pub fn of_plane(conductances: &[f32], tolerance: f32) -> Vec<Self> {
        let told = (0..).zip(conductances).filter(|(_, conductance)| !conductance.is_nan());
        told.map(|(cell, conductance)| Self { cell, conductance: *conductance, tolerance }).collect()
    }
}

/// Where the random numbers of an operation come from: (seed, address of the plane, operation).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Draw {
    /// Seed of the run.
    pub seed: u64,
    /// Address of the plane: differs between all planes of a run.
    pub address: u64,
    /// Number of the operation on this plane.
    pub operation: u64,
}

impl Draw {
    /// A seed of the plane's own, for what is numbered by cell.
    pub fn plane_seed(&self) -> u64 {
        // The golden ratio spreads neighbouring addresses.
        self.seed ^ (self.address.wrapping_add(1)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

/// Write pulses, and the energy of them and of the reads that verify them.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Writes {
    /// SET pulses.
    pub set: u64,
    /// RESET pulses.
    pub reset: u64,
    /// Energy dissipated in cells by the pulses, J.
    pub energy: f64,
    /// Energy dissipated in cells by verify reads, J.
    pub verify_energy: f64,
}

impl Writes {
    /// Adds another count.
    pub fn add(&mut self, other: &Self) {
        self.set += other.set;
        self.reset += other.reset;
        self.energy += other.energy;
        self.verify_energy += other.verify_energy;
    }
}

/// A population of cells. Cells are numbered output-major: cell k · inputs + j stands between word
/// line j and bit line k.
pub trait Cells: Send + Sync + Debug {
    /// A copy.
    fn boxed(&self) -> Box<dyn Cells>;

    /// Number of cells.
    fn len(&self) -> usize;

    /// There are no cells.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Conductances as they stand now, without the noise of a read, S.
    fn conductances(&self) -> &[f32];

    /// Adds to `out` the variance of one read of each cell, S²; `false` when reads have no noise.
    fn add_read_variances(&self, out: &mut [f32]) -> bool;

    /// Variance of one read of one cell, S².
    fn read_variance(&self, cell: usize) -> f32;

    /// Write pulses that each cell has received.
    fn pulses(&self) -> &[u32];

    /// How many SET and how many RESET pulses of different strength are prepared; those of learning are
    /// number 0 of each. (0, 0) for cells that cannot be pulsed.
    fn strengths(&self) -> (u16, u16);

    /// `counts[i]` pulses of learning on each cell i: SET where positive, RESET where negative.
    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes;

    /// The same for a list of cells, rising, with their counts: the same bits.
    fn step_listed(&mut self, listed: &[(u32, i32)], draw: Draw) -> Writes {
        let mut counts = vec![0; self.len()];
        for (cell, count) in listed {
            counts[*cell as usize] = *count;
        }
        self.step(&counts, draw)
    }

    /// The cells take [`Cells::step_sequence`].
    fn takes_sequences(&self) -> bool {
        false
    }

    /// Pulses of learning, one operation after the other; the draw is that of the first, and the numbers of the
    /// others follow. `None`, with nothing done, for cells that take one operation at a time.
    fn step_sequence(&mut self, _sequence: &dyn PulseSequence, _draw: Draw) -> Option<Writes> {
        None
    }

    /// Single pulses, at most one for each cell.
    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes;

    /// Lets time pass at a temperature (K): relaxation, drift, loss. Cells whose card says nothing of it
    /// stay as they are.
    fn elapse(&mut self, seconds: f64, temperature: f64, draw: Draw);

    /// Sets the conductance of a cell that something else than a pulse has moved, S.
    fn settle(&mut self, cell: usize, conductance: f32);

    /// Brings cells, rising, to their targets at once, each as a verified write leaves it. `None` for cells that are
    /// written by pulses.
    fn place(&mut self, _targets: &[Target], _draw: Draw) -> Option<Writes> {
        None
    }

    /// Mean change of the conductance of a typical device at `conductance` by one pulse, S; `None`
    /// where it is not known before the pulse.
    fn mean_change(&self, _direction: Direction, _strength: u16, _conductance: f32) -> Option<f32> {
        None
    }

    /// What pulses of writing do to cells that they were not meant for: `set[i]` and `reset[i]` of them
    /// have reached cell i at a part of their voltage. `false` for cells whose card does not tell.
    fn disturb(&mut self, _set: &[u32], _reset: &[u32]) -> bool {
        false
    }

    /// Cells that nothing moves, rising, and why.
    fn stuck(&self) -> &[(u32, FailureCause)] {
        &[]
    }

    /// How many of them have died of their write pulses.
    fn dead(&self) -> u64 {
        0
    }
}

impl Clone for Box<dyn Cells> {
    fn clone(&self) -> Self {
        self.boxed()
    }
}
