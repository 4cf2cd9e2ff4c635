//! Cells that relax: 40 bytes of state each, traps drawn anew from the counter-based stream when needed.
//!
//! A trap's barrier, asymmetry and amplitude are addressed by (seed, [`Purpose::Trap`], device, number of
//! writes), its transitions by (seed, [`Purpose::TrapTransition`], device, writes and intervals). So a cell
//! stores one bit per trap, and results are the same bits for any order of work and number of threads:
//! share a slice of cells out in pieces and tell each piece the number of its first device.
//!
//! In an interval a trap forgets its state with the probability 1 − exp(−k dt) and is then drawn from its
//! equilibrium; that is the two-state chain of [`super`], exactly. Traps with k dt < 1e-12 are left out:
//! that changes 64 traps of a billion cells once in fifteen.
//!
//! Pinned by: `tests/relaxation.rs`.

use std::f64::consts::TAU;

use numerics::rng::{Purpose, Stream};

use super::{Level, Relaxation};
use crate::constants::BOLTZMANN;

/// −ln of the smallest k dt that counts.
const NEVER: f64 = 27.6;

/// The state of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cell {
    programmed: f64,
    /// Σ a x, S.
    shift: f64,
    /// X of the loss.
    loss: f64,
    /// One bit per place: its trap is in state 1.
    displaced: u64,
    writes: u32,
    intervals: u32,
}

impl Cell {
    /// A cell written to this conductance (S) for the first time.
    pub fn new(conductance: f64) -> Self {
        Self { programmed: conductance, ..Self::default() }
    }

    /// Writes the cell to another conductance (S): its traps are new ones and out of equilibrium.
    pub fn program(&mut self, conductance: f64) {
        *self = Self { programmed: conductance, writes: self.writes.wrapping_add(1), ..Self::default() };
    }

    /// Moves what the cell's traps stand on by so much (S), its traps and their states the same: a
    /// disturb that is too weak to be a write.
    pub fn displace(&mut self, by: f64) {
        self.programmed = (self.programmed + by).max(0.0);
    }

    /// The conductance after the last write, S.
    pub fn programmed(&self) -> f64 {
        self.programmed
    }
}

/// Four random words that make a place and its trap.
struct Trap([u32; 4]);

const WORD: f64 = 1.0 / 4_294_967_296.0;
const HALF_WORD: f64 = 1.0 / 65_536.0;

impl Trap {
    fn next(stream: &mut Stream) -> Self {
        Self(std::array::from_fn(|_| stream.next_u32()))
    }

    /// `None` where the place holds no trap.
    fn barrier(&self, level: &Level, highest: f64) -> Option<f64> {
        let draw = (f64::from(self.0[0]) + 0.5) * WORD;
        let width = highest - level.lowest_barrier;
        (draw < level.occupancy).then(|| level.lowest_barrier + width * draw / level.occupancy)
    }

    fn asymmetry(&self, greatest: f64) -> f64 {
        greatest * (f64::from(self.0[1] >> 16) + 0.5) * HALF_WORD
    }

    /// Standard normal by Box and Muller.
    fn normal(&self) -> f64 {
        let radius = (-2.0 * ((f64::from(self.0[2]) + 0.5) * WORD).ln()).sqrt();
        radius * (TAU * f64::from(self.0[3]) * WORD).cos()
    }

    fn amplitude(&self, level: &Level) -> f64 {
        let rises = (f64::from(self.0[1] & 0xFFFF) + 0.5) * HALF_WORD < level.rise_share;
        let size = level.amplitude * (level.amplitude_spread * self.normal()).exp();
        if rises { size } else { -size }
    }
}

impl Relaxation {
    /// Lets `time` seconds pass at a constant temperature (K) for cells whose devices are numbered from
    /// `first_device` on.
    pub fn elapse(&self, cells: &mut [Cell], first_device: u64, seed: u64, time: f64, temperature: f64) {
        for (device, cell) in (first_device..).zip(cells) {
            self.elapse_one(cell, device, seed, time, temperature);
        }
    }

    fn elapse_one(&self, cell: &mut Cell, device: u64, seed: u64, time: f64, temperature: f64) {
        if time.is_nan() || time <= 0.0 {
            return;
        }
        let level = self.level(cell.programmed);
        let thermal = BOLTZMANN * temperature;
        let mut properties = Stream::new(seed, Purpose::Trap, device, u64::from(cell.writes));
        let address = u64::from(cell.writes) << 32 | u64::from(cell.intervals);
        let mut draws = Stream::new(seed, Purpose::TrapTransition, device, address);
        cell.intervals = cell.intervals.wrapping_add(1);
        // The first words are the cell's own.
        let own = Trap::next(&mut properties);
        if let Some(loss) = self.loss {
            let barrier = level.loss_barrier + loss.barrier_spread * own.normal();
            cell.loss += loss.attempt_frequency * (-barrier / thermal).exp() * time;
        }
        for place in 0..self.places {
            let properties = Trap::next(&mut properties);
            let Some(barrier) = properties.barrier(&level, self.highest_barrier) else { continue };
            let log_progress = self.log_progress(barrier, time, temperature);
            if log_progress < -NEVER {
                continue;
            }
            let forgets = -(-log_progress.exp()).exp_m1();
            let draw = draws.uniform();
            if draw >= forgets {
                continue;
            }
            let equilibrium = 1.0 / (1.0 + (-properties.asymmetry(self.asymmetry) / thermal).exp());
            let displaced = draw < forgets * equilibrium;
            let bit = 1_u64 << place;
            if displaced != (cell.displaced & bit != 0) {
                let amplitude = properties.amplitude(&level);
                cell.displaced ^= bit;
                cell.shift += if displaced { amplitude } else { -amplitude };
            }
        }
    }

    /// One-sided spectral density of this cell's own traps in equilibrium, S²/Hz: a Lorentzian
    /// 4 a² p (1 − p) k/(k² + (2πf)²) for each.
    pub fn cell_spectrum(
        &self,
        cell: &Cell,
        device: u64,
        seed: u64,
        frequency: f64,
        temperature: f64,
    ) -> f64 {
        let level = self.level(cell.programmed);
        let thermal = BOLTZMANN * temperature;
        let omega = TAU * frequency;
        let mut properties = Stream::new(seed, Purpose::Trap, device, u64::from(cell.writes));
        let _own = Trap::next(&mut properties);
        let mut density = 0.0;
        for _ in 0..self.places {
            let trap = Trap::next(&mut properties);
            let Some(barrier) = trap.barrier(&level, self.highest_barrier) else { continue };
            let rate = self.log_progress(barrier, 1.0, temperature).exp();
            let share = 1.0 / (1.0 + (-trap.asymmetry(self.asymmetry) / thermal).exp());
            let amplitude = trap.amplitude(&level);
            density +=
                4.0 * amplitude * amplitude * share * (1.0 - share) * rate / (rate * rate + omega * omega);
        }
        density
    }

    /// The cell's conductance now, S.
    pub fn conductance(&self, cell: &Cell) -> f64 {
        (cell.programmed + cell.shift).max(0.0) * (-cell.loss).exp()
    }

    /// The cell's traps would take more than all of its conductance; it is held at zero.
    pub fn at_zero(&self, cell: &Cell) -> bool {
        cell.programmed + cell.shift < 0.0
    }

    /// One read of the cell, S: its conductance and the read's white noise.
    pub fn read(&self, cell: &Cell, noise: &mut Stream) -> f64 {
        self.conductance(cell) + self.level(cell.programmed).read_noise * noise.normal()
    }
}
