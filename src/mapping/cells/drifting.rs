//! [`DriftingCells`]: cells whose conductances follow a law in time after a write, as the `drift` block of
//! the card says ([`device_models::drift`]): phase-change cells, and arrays known by such a law.
//!
//! The law is in the time since the cell's last write, so a time is the sum of its parts. A write pulse
//! starts from the conductance as it then is, and time begins again for that cell.
//!
//! Pinned by: `tests/mapping_cells.rs`.

use std::sync::Arc;

use device_models::drift::Drift;
use device_models::failure::FailureCause;
use numerics::rng::{Purpose, Stream};

use super::{Cells, Direction, Draw, Shot, Target, Writes};

/// Cells of any kind under a card's drift.
#[derive(Debug, Clone)]
pub struct DriftingCells {
    inner: Box<dyn Cells>,
    drift: Arc<Drift>,
    /// Upper end of the window, S.
    highest: f64,
    conductances: Vec<f32>,
    /// Seconds since the last write.
    ages: Vec<f64>,
    /// Normal number that the cell drew with its last write.
    draws: Vec<f32>,
    writes: Vec<u32>,
    /// Read noise that the design gives in place of the card's, over the conductance.
    read_noise: Option<f32>,
    seed: u64,
}

impl DriftingCells {
    /// Cells as they are, taken as just written.
    pub fn new(
        inner: Box<dyn Cells>,
        drift: Arc<Drift>,
        highest: f32,
        read_noise: Option<f32>,
        draw: Draw,
    ) -> Self {
        let count = inner.len();
        let mut all = Self {
            conductances: inner.conductances().to_vec(),
            inner,
            drift,
            highest: f64::from(highest),
            ages: vec![0.0; count],
            draws: vec![0.0; count],
            writes: vec![0; count],
            read_noise,
            seed: draw.plane_seed(),
        };
        (0..count).for_each(|cell| all.after(cell));
        all
    }

    fn before(&mut self, cell: usize) {
        let now = self.conductances[cell];
        if now.to_bits() != self.inner.conductances()[cell].to_bits() {
            self.inner.settle(cell, now);
        }
    }

    fn after(&mut self, cell: usize) {
        let cycle = u64::from(self.writes[cell]);
        self.draws[cell] = Stream::new(self.seed, Purpose::Trap, cell as u64, cycle).normal() as f32;
        self.writes[cell] = self.writes[cell].wrapping_add(1);
        self.ages[cell] = 0.0;
        self.conductances[cell] = self.inner.conductances()[cell];
    }

    fn show(&mut self, cell: usize) {
        let written = f64::from(self.inner.conductances()[cell]);
        let g = self.drift.conductance(written, self.highest, f64::from(self.draws[cell]), self.ages[cell]);
        self.conductances[cell] = g as f32;
    }
}

impl Cells for DriftingCells {
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
        for (cell, sum) in out.iter_mut().enumerate() {
            *sum += self.read_variance(cell);
        }
        self.read_noise != Some(0.0)
    }

    fn read_variance(&self, cell: usize) -> f32 {
        let g = self.conductances[cell];
        match self.read_noise {
            Some(share) => (share * g).powi(2),
            None => self.drift.read_noise(f64::from(g), self.highest, self.ages[cell]).powi(2) as f32,
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
        for cell in 0..self.ages.len() {
            self.ages[cell] += seconds.max(0.0);
            self.show(cell);
        }
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
        let told = self.inner.disturb(set, reset);
        (0..self.ages.len()).for_each(|cell| self.show(cell));
        told
    }

    fn stuck(&self) -> &[(u32, FailureCause)] {
        self.inner.stuck()
    }
}
