//! [`PulsedCells`]: cells of any card with a `writing` block, on the pulse tables of a library;
//! [`PulsedSource`] makes them.
//!
//! A read deviates by a relative Gaussian that is fresh for every read.

use std::sync::Arc;

use device_models::pulse::{CycleNoise, PulseArray};
use numerics::rng::{Purpose, Stream};

use super::{CellSource, Cells, Direction, Draw, Shot, Writes};
use crate::mapping::config::{ASSUMED_READ_NOISE, CellConfig};
use crate::mapping::devices::{Device, DeviceLibrary};

/// A library of tabulated devices as a source of cells.
#[derive(Debug, Clone)]
pub struct PulsedSource {
    library: Arc<DeviceLibrary>,
    config: CellConfig,
}

impl PulsedSource {
    /// Cells that are devices of the library.
    pub fn new(library: Arc<DeviceLibrary>, config: &CellConfig) -> Self {
        Self { library, config: config.clone() }
    }
}

impl CellSource for PulsedSource {
    fn label(&self) -> String {
        self.library.card.clone()
    }

    fn summary(&self) -> String {
        format!(
            "pulse tables of {} devices of card {}: within {:.3} % of the conductance window of the full model",
            self.library.devices.len(),
            self.library.card,
            100.0 * self.library.table_error
        )
    }

    fn cells(&self, (bit_lines, word_lines): (usize, usize), draw: Draw) -> Box<dyn Cells> {
        Box::new(PulsedCells::new(bit_lines * word_lines, Arc::clone(&self.library), &self.config, draw))
    }

    fn window(&self) -> (f32, f32) {
        self.library.window
    }

    fn steps(&self) -> (f32, f32) {
        (self.library.set_step, self.library.reset_step)
    }

    fn read_voltage(&self) -> f64 {
        self.library.read_voltage
    }

    fn read_width(&self) -> f64 {
        self.library.read_width
    }

    fn write_pulses(&self) -> Option<[(f64, f64); 2]> {
        Some(self.library.write_pulses)
    }

    fn ambient_temperature(&self) -> f64 {
        self.library.ambient_temperature
    }
}

/// Cells on pulse tables.
#[derive(Debug, Clone)]
pub struct PulsedCells {
    library: Arc<DeviceLibrary>,
    cells: PulseArray,
    cycle_noise: CycleNoise,
    /// Variance of a read over the square of the conductance.
    read_variance: f32,
    /// What disturb has moved cells by and is too little yet for their numbers to hold, S.
    owed: Vec<f32>,
}

impl PulsedCells {
    /// Freshly formed cells, each one of the library's devices.
    pub fn new(count: usize, library: Arc<DeviceLibrary>, config: &CellConfig, draw: Draw) -> Self {
        let mut stream = Stream::new(draw.seed, Purpose::DeviceSpread, draw.address, 1);
        let kinds: Vec<u16> = (0..count).map(|_| stream.below(library.devices.len() as u32) as u16).collect();
        let cycle_noise = library.cycle_noise(config);
        let written = library.write_noise && cycle_noise == CycleNoise::Own;
        let formed = kinds.iter().map(|&k| library.devices[usize::from(k)].formed).collect();
        let cells = PulseArray::new(kinds, formed, written);
        let disturbed = library.devices.iter().any(|device| device.disturb.is_some());
        let read_noise = config.read_noise.unwrap_or(ASSUMED_READ_NOISE);
        Self {
            library,
            cells,
            cycle_noise,
            read_variance: read_noise * read_noise,
            owed: if disturbed { vec![0.0; count] } else { Vec::new() },
        }
    }
}

impl Cells for PulsedCells {
    fn boxed(&self) -> Box<dyn Cells> {
        Box::new(self.clone())
    }

    fn len(&self) -> usize {
        self.cells.len()
    }

    fn conductances(&self) -> &[f32] {
        self.cells.readings()
    }

    fn add_read_variances(&self, out: &mut [f32]) -> bool {
        if self.read_variance == 0.0 {
            return false;
        }
        for (variance, g) in out.iter_mut().zip(self.conductances()) {
            *variance += self.read_variance * g * g;
        }
        true
    }

    fn read_variance(&self, cell: usize) -> f32 {
        let g = self.cells.readings()[cell];
        self.read_variance * g * g
    }

    fn pulses(&self) -> &[u32] {
        self.cells.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        let device = self.library.devices.first();
        let count = |others: usize| others as u16 + 1;
        device.map_or((0, 0), |d| (count(d.stronger_sets.len()), count(d.stronger_resets.len())))
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let devices = &self.library.devices;
        let response = |device: usize, up: bool| devices[device].response(up, 0);
        let key = (draw.seed, draw.address, draw.operation);
        let energy = self.cells.pulse_by_counts(counts, response, self.cycle_noise, key);
        let mut writes = Writes { energy, ..Writes::default() };
        // Narrow sums of a few vectorise: at most 2²⁰ pulses go to a cell at once.
        for counts in counts.chunks(1024) {
            writes.set += u64::from(counts.iter().map(|count| count.max(&0).unsigned_abs()).sum::<u32>());
            writes.reset += u64::from(counts.iter().map(|count| count.min(&0).unsigned_abs()).sum::<u32>());
        }
        writes
    }

    fn step_listed(&mut self, listed: &[(u32, i32)], draw: Draw) -> Writes {
        let devices = &self.library.devices;
        let response = |device: usize, up: bool| devices[device].response(up, 0);
        let key = (draw.seed, draw.address, draw.operation);
        let energy = self.cells.pulse_listed(listed, response, self.cycle_noise, key);
        let mut writes = Writes { energy, ..Writes::default() };
        for (_, count) in listed {
            writes.set += u64::from(count.max(&0).unsigned_abs());
            writes.reset += u64::from(count.min(&0).unsigned_abs());
        }
        writes
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        // Bit 15 is the direction; a row of rising strengths stays at the strongest.
        let which = |shot: &Shot| {
            (shot.cell, shot.strength.min(0x7FFF) | u16::from(shot.direction == Direction::Set) << 15)
        };
        let pulses: Vec<(u32, u16)> = shots.iter().map(which).collect();
        let devices = &self.library.devices;
        let response = |device: usize, which: u16| devices[device].response(which >> 15 == 1, which & 0x7FFF);
        let key = (draw.seed, draw.address, draw.operation);
        let energy = self.cells.pulse_some(&pulses, response, self.cycle_noise, key);
        let set = shots.iter().filter(|shot| shot.direction == Direction::Set).count() as u64;
        Writes { set, reset: shots.len() as u64 - set, energy, verify_energy: 0.0 }
    }

    fn elapse(&mut self, _seconds: f64, _temperature: f64, _draw: Draw) {}

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.cells.settle(cell, conductance);
    }

    fn mean_change(&self, direction: Direction, strength: u16, conductance: f32) -> Option<f32> {
        let step = |d: &Device| d.response(direction == Direction::Set, strength).step(conductance);
        let devices = &self.library.devices;
        Some(devices.iter().map(step).sum::<f32>() / devices.len() as f32)
    }

    fn disturb(&mut self, set: &[u32], reset: &[u32]) -> bool {
        if self.owed.is_empty() {
            return false;
        }
        for (cell, (set, reset)) in set.iter().zip(reset).enumerate() {
            let device = &self.library.devices[self.cells.device(cell)];
            let Some(tables) = &device.disturb else { continue };
            for (table, count) in tables.iter().zip([*set, *reset]) {
                if count == 0 {
                    continue;
                }
                let g = self.cells.readings()[cell];
                // A change by many weak pulses in pieces, so that what they do follows where the cell is.
                let count = u64::from(count);
                let pieces = count.min(16);
                let mut now = g;
                for piece in 0..pieces {
                    let part = (count * (piece + 1) / pieces) - (count * piece / pieces);
                    self.owed[cell] += part as f32 * table.step(now);
                    if self.owed[cell].abs() > 16.0 * f32::EPSILON * now {
                        now = (now + self.owed[cell]).max(0.0);
                        self.owed[cell] = 0.0;
                    }
                }
                if now.to_bits() != g.to_bits() {
                    self.cells.settle(cell, now);
                }
            }
        }
        true
    }
}
