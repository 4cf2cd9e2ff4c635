//! [`RelaxingCells`]: cells whose conductances move by themselves after a write.
//!
//! What time does is the `relaxation` block of the card ([`device_models::relaxation`]): every cell has its
//! own traps and its own loss, so that a time is the sum of its parts, temperatures may change between
//! them, and relaxation and 1/f noise are one thing. A write pulse starts from the conductance as it then
//! is, and leaves new traps out of equilibrium: time begins again for that cell.
//!
//! Reads have the white noise that the block gives for the level, unless the design gives another.
//!
//! Pinned by: `tests/mapping_cells.rs`.

use std::sync::Arc;

use device_models::failure::FailureCause;
use device_models::relaxation::{Cell, Relaxation};
use rayon::prelude::*;

use super::{Cells, Direction, Draw, Shot, Target, Writes};

/// Cells that one task works on.
const BLOCK: usize = 1024;

/// Cells of any kind under a card's relaxation.
#[derive(Debug, Clone)]
pub struct RelaxingCells {
    inner: Box<dyn Cells>,
    relaxation: Arc<Relaxation>,
    cells: Vec<Cell>,
    conductances: Vec<f32>,
    /// Read noise that the design gives in place of the card's, over the conductance.
    read_noise: Option<f32>,
    /// Variances of the card's read noise, S²; empty when the design replaces it.
    variances: Vec<f32>,
    seed: u64,
}

impl RelaxingCells {
    /// Cells as they are, taken as just written. Reads have the card's noise, or `read_noise` times the
    /// conductance.
    pub fn new(
        inner: Box<dyn Cells>,
        relaxation: Arc<Relaxation>,
        read_noise: Option<f32>,
        draw: Draw,
    ) -> Self {
        let conductances = inner.conductances().to_vec();
        let cells = conductances.iter().map(|g| Cell::new(f64::from(*g))).collect();
        let variances = if read_noise.is_none() { vec![0.0; conductances.len()] } else { Vec::new() };
        let seed = draw.plane_seed();
        let mut all = Self { inner, relaxation, cells, conductances, read_noise, variances, seed };
        for cell in 0..all.cells.len() {
            all.note_noise(cell);
        }
        all
    }

    fn note_noise(&mut self, cell: usize) {
        if let Some(variance) = self.variances.get_mut(cell) {
            let level = self.relaxation.level(self.cells[cell].programmed());
            *variance = (level.read_noise * level.read_noise) as f32;
        }
    }

    /// A write begins at the conductance as it is.
    fn before(&mut self, cell: usize) {
        let now = self.conductances[cell];
        if now.to_bits() != self.inner.conductances()[cell].to_bits() {
            self.inner.settle(cell, now);
        }
    }

    /// A write has left this.
    fn after(&mut self, cell: usize) {
        let written = self.inner.conductances()[cell];
        self.cells[cell].program(f64::from(written));
        self.conductances[cell] = written;
        self.note_noise(cell);
    }
}

impl Cells for RelaxingCells {
    fn boxed(&self) -> Box<dyn Cells> {
        Box::new(self.clone())
    }

    fn len(&self) -> usize {
        self.conductances.len()
    }

    fn conductances(&self) -> &[f32] {
        &self.conductances
    }

    fn add_read_variances(&self, out: &mut [f32]) -> bool {
        if let Some(share) = self.read_noise {
            for (sum, g) in out.iter_mut().zip(&self.conductances) {
                *sum += (share * g).powi(2);
            }
            return share > 0.0;
        }
        for (sum, variance) in out.iter_mut().zip(&self.variances) {
            *sum += variance;
        }
        self.variances.iter().any(|variance| *variance > 0.0)
    }

    fn read_variance(&self, cell: usize) -> f32 {
        match self.read_noise {
            Some(share) => (share * self.conductances[cell]).powi(2),
            None => self.variances[cell],
        }
    }

    fn pulses(&self) -> &[u32] {
        self.inner.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        self.inner.strengths()
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let touched: Vec<usize> =
            counts.iter().enumerate().filter(|(_, count)| **count != 0).map(|(cell, _)| cell).collect();
        for cell in &touched {
            self.before(*cell);
        }
        let writes = self.inner.step(counts, draw);
        for cell in &touched {
            self.after(*cell);
        }
        writes
    }

    fn step_listed(&mut self, listed: &[(u32, i32)], draw: Draw) -> Writes {
        for (cell, _) in listed {
            self.before(*cell as usize);
        }
        let writes = self.inner.step_listed(listed, draw);
        for (cell, _) in listed {
            self.after(*cell as usize);
        }
        writes
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        for shot in shots {
            self.before(shot.cell as usize);
        }
        let writes = self.inner.shoot(shots, draw);
        for shot in shots {
            self.after(shot.cell as usize);
        }
        writes
    }

    fn elapse(&mut self, seconds: f64, temperature: f64, draw: Draw) {
        self.inner.elapse(seconds, temperature, draw);
        let (relaxation, seed) = (&*self.relaxation, self.seed);
        let blocks = self.cells.par_chunks_mut(BLOCK).zip(self.conductances.par_chunks_mut(BLOCK));
        blocks.enumerate().for_each(|(block, (cells, conductances))| {
            relaxation.elapse(cells, (block * BLOCK) as u64, seed, seconds, temperature);
            for (g, cell) in conductances.iter_mut().zip(cells.iter()) {
                *g = relaxation.conductance(cell) as f32;
            }
        });
    }

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.inner.settle(cell, conductance);
        self.after(cell);
    }

    fn place(&mut self, targets: &[Target], draw: Draw) -> Option<Writes> {
        let writes = self.inner.place(targets, draw)?;
        for target in targets {
            self.after(target.cell as usize);
        }
        Some(writes)
    }

    fn mean_change(&self, direction: Direction, strength: u16, conductance: f32) -> Option<f32> {
        self.inner.mean_change(direction, strength, conductance)
    }

    fn disturb(&mut self, set: &[u32], reset: &[u32]) -> bool {
        let before = self.inner.conductances().to_vec();
        let told = self.inner.disturb(set, reset);
        for (cell, old) in before.iter().enumerate() {
            let change = self.inner.conductances()[cell] - old;
            if change != 0.0 {
                self.cells[cell].displace(f64::from(change));
                self.conductances[cell] = self.relaxation.conductance(&self.cells[cell]) as f32;
            }
        }
        told
    }

    fn stuck(&self) -> &[(u32, FailureCause)] {
        self.inner.stuck()
    }
}
