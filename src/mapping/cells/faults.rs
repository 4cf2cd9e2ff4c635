//! [`FaultyCells`]: cells of any kind, some of which nothing moves.
//!
//! * stuck in the low- or the high-resistance state: they read as the upper or the lower end of the
//!   window, without noise;
//! * not formed: they do not conduct;
//! * dead: a cell that has received more write pulses than its lifetime, log-normal over cells, stays in
//!   one of the two states from then on.
//!
//! Write pulses on such cells are applied and counted like all others: a program that does not know
//! of them spends its budget on them.
//!
//! Draws are addressed by (seed, cell), so that a larger share keeps the cells of a smaller one.
//! Pinned by: `tests/mapping_cells.rs`.

use device_models::failure::FailureCause;
use numerics::rng::{Purpose, Stream};

use super::{Cells, Direction, Draw, Shot, Writes};
use crate::mapping::config::{CellFault, FaultConfig, FaultKind};

/// Planes of a tile in the address of a plane, and tiles of a matrix in that of a tile.
const ADDRESS: (u64, u64) = (64, 1 << 20);

/// Cells of any kind with faults among them.
#[derive(Debug, Clone)]
pub struct FaultyCells {
    inner: Box<dyn Cells>,
    shown: Vec<f32>,
    /// Conductances of the low- and of the high-resistance state, S.
    states: (f32, f32),
    /// Rising.
    stuck: Vec<(u32, FailureCause)>,
    is_stuck: Vec<bool>,
    /// Write pulses that each cell endures, and whether it dies into the low-resistance state; empty
    /// where all endure everything.
    lifetimes: Vec<(u32, bool)>,
}

fn cause(kind: FaultKind) -> FailureCause {
    match kind {
        FaultKind::StuckLowResistance => FailureCause::StuckLow,
        FaultKind::StuckHighResistance => FailureCause::StuckHigh,
        FaultKind::NotFormed => FailureCause::NotFormed,
    }
}

fn is_here(fault: &CellFault, draw: Draw) -> bool {
    let (planes, tiles) = ADDRESS;
    let (plane, tile) = (draw.address % planes, draw.address / planes);
    fault.plane == plane && fault.tile == tile % tiles && fault.matrix == tile / tiles
}

impl FaultyCells {
    /// The cells with the faults that a design asks for; `window` (S) gives the two states.
    pub fn new(inner: Box<dyn Cells>, config: &FaultConfig, window: (f32, f32), draw: Draw) -> Self {
        let count = inner.len();
        let seed = Draw { seed: config.seed.unwrap_or(draw.seed), ..draw }.plane_seed();
        let mut causes = vec![None; count];
        let mut lifetimes = Vec::new();
        for (cell, found) in causes.iter_mut().enumerate() {
            let mut stream = Stream::new(seed, Purpose::Fault, cell as u64, 1);
            let (own, formed) = (stream.uniform() as f32, stream.uniform() as f32);
            // Low from below, high from above: either share may grow alone.
            if formed < config.not_formed {
                *found = Some(FailureCause::NotFormed);
            } else if own < config.stuck_low_resistance {
                *found = Some(FailureCause::StuckLow);
            } else if 1.0 - own < config.stuck_high_resistance {
                *found = Some(FailureCause::StuckHigh);
            }
            if let Some(endurance) = &config.endurance {
                let life = endurance.median_pulses * (endurance.spread * stream.normal()).exp();
                let low = stream.uniform() < endurance.low_resistance_share;
                lifetimes.push((life.min(f64::from(u32::MAX)) as u32, low));
            }
        }
        for fault in config.cells.iter().filter(|fault| is_here(fault, draw)) {
            if let Some(found) = causes.get_mut(fault.cell as usize) {
                *found = Some(cause(fault.fault));
            }
        }
        let named = causes.iter().enumerate();
        let stuck = named.filter_map(|(cell, cause)| cause.map(|cause| (cell as u32, cause))).collect();
        let mut all = Self {
            shown: inner.conductances().to_vec(),
            inner,
            states: (window.1, window.0),
            stuck,
            is_stuck: causes.iter().map(Option::is_some).collect(),
            lifetimes,
        };
        all.show_stuck();
        all
    }

    fn show_stuck(&mut self) {
        for (cell, cause) in &self.stuck {
            self.shown[*cell as usize] = match cause {
                FailureCause::StuckLow => self.states.0,
                FailureCause::NotFormed => 0.0,
                _ => self.states.1,
            };
        }
    }

    /// After pulses on these cells: what they conduct now, and which of them have died.
    fn after(&mut self, touched: impl Iterator<Item = usize>) {
        let mut died = false;
        for cell in touched {
            if self.is_stuck[cell] {
                continue;
            }
            self.shown[cell] = self.inner.conductances()[cell];
            let Some((life, low)) = self.lifetimes.get(cell) else { continue };
            if self.inner.pulses()[cell] > *life {
                let cause = if *low { FailureCause::StuckLow } else { FailureCause::StuckHigh };
                self.stuck.push((cell as u32, cause));
                self.is_stuck[cell] = true;
                died = true;
            }
        }
        if died {
            self.stuck.sort_unstable_by_key(|(cell, _)| *cell);
            self.show_stuck();
        }
    }

    /// After something that concerns all cells.
    fn show(&mut self) {
        self.shown.copy_from_slice(self.inner.conductances());
        self.show_stuck();
    }
}

impl Cells for FaultyCells {
    fn boxed(&self) -> Box<dyn Cells> {
        Box::new(self.clone())
    }

    fn len(&self) -> usize {
        self.shown.len()
    }

    fn conductances(&self) -> &[f32] {
        &self.shown
    }

    fn add_read_variances(&self, out: &mut [f32]) -> bool {
        let before: Vec<f32> = self.stuck.iter().map(|(cell, _)| out[*cell as usize]).collect();
        let noisy = self.inner.add_read_variances(out);
        for ((cell, _), old) in self.stuck.iter().zip(before) {
            out[*cell as usize] = old;
        }
        noisy
    }

    fn read_variance(&self, cell: usize) -> f32 {
        if self.is_stuck[cell] { 0.0 } else { self.inner.read_variance(cell) }
    }

    fn pulses(&self) -> &[u32] {
        self.inner.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        self.inner.strengths()
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let writes = self.inner.step(counts, draw);
        self.after(counts.iter().enumerate().filter(|(_, count)| **count != 0).map(|(cell, _)| cell));
        writes
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        let writes = self.inner.shoot(shots, draw);
        self.after(shots.iter().map(|shot| shot.cell as usize));
        writes
    }

    fn elapse(&mut self, seconds: f64, temperature: f64, draw: Draw) {
        self.inner.elapse(seconds, temperature, draw);
        self.show();
    }

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.inner.settle(cell, conductance);
        self.after(std::iter::once(cell));
    }

    fn place(&mut self, targets: &[f32], tolerances: &[f32], draw: Draw) -> Option<Writes> {
        let writes = self.inner.place(targets, tolerances, draw)?;
        self.after(0..targets.len());
        Some(writes)
    }

    fn mean_change(&self, direction: Direction, strength: u16, conductance: f32) -> Option<f32> {
        self.inner.mean_change(direction, strength, conductance)
    }

    fn disturb(&mut self, set: &[u32], reset: &[u32]) -> bool {
        let told = self.inner.disturb(set, reset);
        self.show();
        told
    }

    fn stuck(&self) -> &[(u32, FailureCause)] {
        &self.stuck
    }
}
