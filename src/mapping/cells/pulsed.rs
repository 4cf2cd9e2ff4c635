//! [`PulsedCells`]: cells of any card with a `writing` block, on the pulse tables of a library;
//! [`PulsedSource`] makes them.
//!
//! A read deviates by a relative Gaussian that is fresh for every read.

use std::sync::Arc;

use device_models::pulse::{CycleNoise, PulseArray};
use numerics::rng::{Purpose, Stream};

use super::{CellSource, Cells, Direction, Draw, Shot, Writes};
use crate::mapping::config::CellConfig;
use crate::mapping::devices::DeviceLibrary;

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

    fn cells(&self, count: usize, draw: Draw) -> Box<dyn Cells> {
        Box::new(PulsedCells::new(count, Arc::clone(&self.library), &self.config, draw))
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
        Self { library, cells, cycle_noise, read_variance: config.read_noise * config.read_noise }
    }

    fn pulse(&mut self, cell: usize, direction: Direction, noise: &mut Stream, writes: &mut Writes) {
        let device = &self.library.devices[self.cells.device(cell)];
        let response = match direction {
            Direction::Set => &device.set,
            Direction::Reset => &device.reset,
        };
        writes.energy += f64::from(self.cells.pulse(cell, response, self.cycle_noise, noise));
        match direction {
            Direction::Set => writes.set += 1,
            Direction::Reset => writes.reset += 1,
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

    fn pulses(&self) -> &[u32] {
        self.cells.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        (1, 1)
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let mut noise = Stream::new(draw.seed, Purpose::Cycle, draw.address, draw.operation);
        let mut writes = Writes::default();
        for (cell, &count) in counts.iter().enumerate() {
            let direction = if count > 0 { Direction::Set } else { Direction::Reset };
            for _ in 0..count.unsigned_abs() {
                self.pulse(cell, direction, &mut noise, &mut writes);
            }
        }
        writes
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        let mut noise = Stream::new(draw.seed, Purpose::Cycle, draw.address, draw.operation);
        let mut writes = Writes::default();
        for shot in shots {
            self.pulse(shot.cell as usize, shot.direction, &mut noise, &mut writes);
        }
        writes
    }

    fn elapse(&mut self, _seconds: f64, _temperature: f64, _draw: Draw) {}

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.cells.settle(cell, conductance);
    }
}
