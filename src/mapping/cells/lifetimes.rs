//! [`Lifetimes`]: how many write pulses each cell of a plane bears, and what becomes of it then.
//!
//! N = N₅₀ exp(σ z), z a standard normal number of the cell; the cell bears ⌊N⌋ pulses, and the next one ends it: in the
//! low-resistance state, in the high one, or where the last pulse that it bore has left it.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | N₅₀ | median, `median_pulses` | pulses |
//! | σ | `spread`: 2.3 is a decade | 1 |
//!
//! Validity: cells that work as ever until they end; wear that shows before is not in it.
//! References: see [`Endurance`].
//! Pinned by: `tests/mapping_endurance.rs`.

use device_models::failure::FailureCause;
use numerics::rng::Stream;

use crate::mapping::config::Endurance;

/// Lifetimes of the cells of a plane; none where all bear everything.
#[derive(Debug, Clone, Default)]
pub(super) struct Lifetimes {
    /// Pulses that each cell bears, and what becomes of it.
    cells: Vec<(u32, FailureCause)>,
    /// Some may stay where they are.
    stay: bool,
    /// No cell ends within so many further pulses on each.
    headroom: u32,
}

impl Lifetimes {
    /// Draws that of the next cell.
    pub fn draw(&mut self, endurance: &Endurance, stream: &mut Stream) {
        let life = endurance.median_pulses * (endurance.spread * stream.normal()).exp();
        let end = stream.uniform();
        // Low from below, as it is from above: either share may grow alone.
        let cause = if end < endurance.low_resistance_share {
            FailureCause::StuckLow
        } else if 1.0 - end < endurance.as_it_is_share {
            FailureCause::WornOut
        } else {
            FailureCause::StuckHigh
        };
        self.stay |= cause == FailureCause::WornOut;
        self.cells.push((life.min(f64::from(u32::MAX)) as u32, cause));
    }

    /// All bear everything.
    pub fn are_endless(&self) -> bool {
        self.cells.is_empty()
    }

    /// Some cells may end where they are.
    pub fn may_stay(&self) -> bool {
        self.stay
    }

    /// What has become of a cell that has received so many pulses, if it has ended.
    pub fn end(&self, cell: usize, pulses: u32) -> Option<FailureCause> {
        self.cells.get(cell).filter(|(life, _)| pulses > *life).map(|(_, cause)| *cause)
    }

    /// Pulses that a cell still bears.
    pub fn left(&self, cell: usize, pulses: u32) -> u32 {
        self.cells.get(cell).map_or(u32::MAX, |(life, _)| life.saturating_sub(pulses))
    }

    /// So many pulses at most have come to each cell without [`Lifetimes::bear`].
    pub fn pass(&mut self, most: u32) {
        self.headroom = self.headroom.saturating_sub(most);
    }

    /// No cell ends by so many further pulses on each. `pulses`: those received so far, `lives`: which can still end.
    /// Looks at all cells only when it has come near the first end.
    pub fn bear(&mut self, most: u32, pulses: &[u32], lives: impl Fn(usize) -> bool) -> bool {
        if self.are_endless() {
            return true;
        }
        if self.headroom < most {
            let left = |(cell, pulses): (usize, &u32)| self.left(cell, *pulses);
            self.headroom = pulses
                .iter()
                .enumerate()
                .filter(|(cell, _)| lives(*cell))
                .map(left)
                .min()
                .unwrap_or(u32::MAX);
        }
        let bear = self.headroom >= most;
        if bear {
            self.headroom -= most;
        }
        bear
    }
}
