//! Many cells under pulses that each have a voltage of their own.
//!
//! What a pulse draws depends on (seed, address, block of cells, operation) alone: the same bits at any
//! number of threads.

use std::sync::Arc;

use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use super::Landing;
use crate::statistical::{Statistical, StatisticalArray};

/// Cells that one task works on.
const BLOCK: usize = 4096;

/// One pulse on one cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LandingPulse {
    /// The cell.
    pub cell: u32,
    /// Gate voltage of a SET, or source-line voltage of a RESET, V.
    pub voltage: f32,
    /// It is a SET.
    pub set: bool,
}

/// Cells of one card.
#[derive(Debug, Clone)]
pub struct LandingArray {
    landing: Arc<Landing>,
    /// Complete cycles: what the HRS after a complete RESET is.
    cycles: StatisticalArray,
    /// SET pulse that begins a new cycle and RESET pulse that completes it, V.
    cycle_voltages: (f32, f32),
    /// ln of the resistance in Ω.
    logarithms: Vec<f32>,
    set_shifts: Vec<f32>,
    reset_shifts: Vec<f32>,
    stuck: Vec<bool>,
    pulses: Vec<u32>,
}

impl LandingArray {
    /// Formed cells in the low-resistance state `low` (S).
    pub fn new(landing: Arc<Landing>, model: &Statistical, low: f64, cells: usize, seed: u64) -> Self {
        let (set, reset) = model.cycle_pulse();
        let mut array = Self {
            cycles: StatisticalArray::new(model.clone(), seed, cells, low),
            cycle_voltages: (set as f32, reset as f32),
            logarithms: vec![-(low as f32).ln(); cells],
            set_shifts: vec![0.0; cells],
            reset_shifts: vec![0.0; cells],
            stuck: vec![false; cells],
            pulses: vec![0; cells],
            landing,
        };
        let own = Arc::clone(&array.landing);
        let mut stream = Stream::new(seed, Purpose::DeviceSpread, u64::MAX, 0);
        stream.fill_normal(&mut array.set_shifts);
        stream.fill_normal(&mut array.reset_shifts);
        array.set_shifts.iter_mut().for_each(|shift| *shift *= own.set_device_deviation);
        array.reset_shifts.iter_mut().for_each(|shift| *shift *= own.reset_device_deviation);
        for stuck in &mut array.stuck {
            *stuck = stream.uniform() < f64::from(own.stuck_share);
        }
        array
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.logarithms.len()
    }

    /// There are no cells.
    pub fn is_empty(&self) -> bool {
        self.logarithms.is_empty()
    }

    /// Conductance of a cell, S.
    pub fn conductance(&self, cell: usize) -> f32 {
        (-self.logarithms[cell]).exp()
    }

    /// Sets the conductance (S) of a cell that something else than a pulse has moved.
    pub fn settle(&mut self, cell: usize, conductance: f32) {
        self.logarithms[cell] = -conductance.max(f32::MIN_POSITIVE).ln();
    }

    /// Pulses each cell has received.
    pub fn pulses(&self) -> &[u32] {
        &self.pulses
    }

    /// Whether the cell is one that never leaves the low-resistance state.
    pub fn is_stuck(&self, cell: usize) -> bool {
        self.stuck[cell]
    }

    /// One pulse on each of some cells, rising; their energy, J. `key`: seed, address and operation.
    pub fn pulse(&mut self, pulses: &[LandingPulse], key: (u64, u64, u64)) -> f64 {
        let complete = |pulse: &&LandingPulse| !pulse.set && pulse.voltage >= self.landing.complete_voltage;
        let reset: Vec<u32> = pulses.iter().filter(complete).map(|pulse| pulse.cell).collect();
        let deep = self.complete_cycles(&reset);
        let landing = &*self.landing;
        let work = |index: usize, cells: Block<'_>| -> f64 {
            let first = (index * BLOCK) as u32;
            let begin = pulses.partition_point(|pulse| pulse.cell < first);
            let length = pulses[begin..].partition_point(|pulse| pulse.cell < first + BLOCK as u32);
            if length == 0 {
                return 0.0;
            }
            let mut stream = Stream::new(key.0, Purpose::Cycle, (key.1 << 16) | index as u64, key.2);
            let mut normals = [0.0_f32; BLOCK];
            stream.fill_normal(&mut normals[..length]);
            let mut next = deep.partition_point(|(cell, _)| *cell < first);
            let mut energy = 0.0;
            for (pulse, z) in pulses[begin..begin + length].iter().zip(&normals) {
                let i = (pulse.cell - first) as usize;
                let before = cells.logarithms[i];
                let mut after = if pulse.set {
                    landing.after_set(before, pulse.voltage + cells.set_shifts[i], *z)
                } else {
                    landing.after_reset(before, pulse.voltage + cells.reset_shifts[i], *z)
                };
                if deep.get(next).is_some_and(|(cell, _)| *cell == pulse.cell) {
                    after = before.max(deep[next].1);
                    next += 1;
                }
                if cells.stuck[i] {
                    after = before;
                }
                cells.logarithms[i] = after;
                cells.pulses[i] = cells.pulses[i].saturating_add(1);
                let voltage = if pulse.set { landing.bit_line_voltage } else { pulse.voltage };
                energy += voltage * voltage * (-before.min(after)).exp() * landing.width;
            }
            f64::from(energy)
        };
        let blocks = (self.logarithms.chunks_mut(BLOCK))
            .zip(self.set_shifts.chunks(BLOCK))
            .zip(self.reset_shifts.chunks(BLOCK))
            .zip(self.stuck.chunks(BLOCK))
            .zip(self.pulses.chunks_mut(BLOCK))
            .map(|((((logarithms, set_shifts), reset_shifts), stuck), pulses)| Block {
                logarithms,
                set_shifts,
                reset_shifts,
                stuck,
                pulses,
            })
            .collect::<Vec<_>>();
        let energies: Vec<f64> = blocks.into_par_iter().enumerate().map(|(i, b)| work(i, b)).collect();
        energies.iter().sum()
    }

    /// ln of the HRS that complete RESETs bring some cells to, by cell.
    fn complete_cycles(&mut self, cells: &[u32]) -> Vec<(u32, f32)> {
        if cells.is_empty() {
            return Vec::new();
        }
        let mut voltages = vec![0.0; self.len()];
        for voltage in [self.cycle_voltages.0, self.cycle_voltages.1] {
            for cell in cells {
                voltages[*cell as usize] = voltage;
            }
            self.cycles.pulse_each(&voltages);
        }
        let conductances: Vec<f32> = self.cycles.conductances().collect();
        cells.iter().map(|cell| (*cell, -conductances[*cell as usize].ln())).collect()
    }
}

/// A part of an array.
struct Block<'a> {
    logarithms: &'a mut [f32],
    set_shifts: &'a [f32],
    reset_shifts: &'a [f32],
    stuck: &'a [bool],
    pulses: &'a mut [u32],
}
