//! [`StepCells`]: the cells of a conductance-step card, every one a device of its own; [`StepSource`] makes
//! them.
//!
//! All pulses of one call are taken at once ([`device_models::conductance_step::array`]). A write pulse
//! costs V² G t, with the mean of the conductance before and after; a read deviates by a relative Gaussian
//! that is fresh for every read. Write noise is in what is read and not in what the next pulse starts from.
//!
//! Pinned by: `tests/update_rules.rs`.

use device_models::DeviceCard;
use device_models::card::{WritePulse, Writing};
use device_models::conductance_step::array::{
    Method, PulseSequence, StepArray, StepCycleNoise, StepDraw, StepOptions, Stepped,
};
use device_models::conductance_step::law::StepDevice;

use super::{CellSource, Cells, Direction, Draw, Shot, Writes};
use crate::mapping::config::{ASSUMED_READ_NOISE, CellConfig};

/// A conductance-step card as a source of cells.
#[derive(Debug, Clone)]
pub struct StepSource {
    card: DeviceCard,
    writing: Writing,
    nominal: StepDevice,
    config: CellConfig,
    ambient_temperature: f64,
}

impl StepSource {
    /// `None` for cards of other models, and where a write pulse of the card is not exactly one pulse of
    /// its model.
    pub fn new(card: &DeviceCard, config: &CellConfig, ambient_temperature: f64) -> Option<Self> {
        let nominal = card.model.step_device(&[])?;
        let writing = card.writing?;
        let whole = |pulse: &WritePulse, sign: f64| {
            pulse.voltage * sign >= nominal.pulse_voltage * (1.0 - 1e-9)
                && (pulse.width / nominal.pulse_width - 1.0).abs() < 1e-9
        };
        let rests = writing.forming.pulse.voltage.abs() < nominal.pulse_voltage;
        let usable = whole(&writing.set, 1.0) && whole(&writing.reset, -1.0) && rests;
        usable.then(|| Self {
            card: card.clone(),
            writing,
            nominal,
            config: config.clone(),
            ambient_temperature,
        })
    }
}

impl StepSource {
    /// What learning takes one pulse of the card for, up and down, S.
    fn own_steps(&self) -> (f32, f32) {
        let [up, down] = self.nominal.nominal_steps;
        let conductance = |step: f64| (step * self.nominal.conductance_per_weight) as f32;
        (conductance(up), -conductance(down))
    }

    fn factors(&self) -> [f32; 2] {
        let (low, high) = self.window();
        self.config.step_factors(self.own_steps(), high - low).unwrap_or([1.0; 2])
    }

    fn options(&self, cycle_noise: StepCycleNoise) -> StepOptions {
        StepOptions { cycle_noise, method: Method::AtOnce, scale: self.factors().map(f64::from) }
    }
}

impl CellSource for StepSource {
    fn label(&self) -> String {
        self.card.name.clone()
    }

    fn summary(&self) -> String {
        format!("devices of card {}, each cell one of its own", self.card.name)
    }

    fn cells(&self, shape: (usize, usize), draw: Draw) -> Box<dyn Cells> {
        let noise = self.config.cycle_noise.map_or(StepCycleNoise::Own, StepCycleNoise::Relative);
        let read_noise = self.config.read_noise.unwrap_or(ASSUMED_READ_NOISE);
        // Planes hold at most 2²⁴ cells.
        let first = draw.address << 24;
        let start = self.writing.forming.state;
        let card = (&self.card, &self.nominal);
        Box::new(StepCells {
            cells: StepArray::new(card, (draw.seed, first), shape, start, self.options(noise)),
            energies: [self.writing.set, self.writing.reset].map(|p| p.voltage * p.voltage * p.width),
            read_variance: read_noise * read_noise,
            counts: Vec::new(),
        })
    }

    fn window(&self) -> (f32, f32) {
        (self.writing.window.0 as f32, self.writing.window.1 as f32)
    }

    fn zero(&self) -> f32 {
        self.writing.forming.state as f32
    }

    fn steps(&self) -> (f32, f32) {
        let ((set, reset), [up, down]) = (self.own_steps(), self.factors());
        (up * set, down * reset)
    }

    fn read_voltage(&self) -> f64 {
        self.card.read_voltage
    }

    fn read_width(&self) -> f64 {
        self.writing.read_width
    }

    fn ambient_temperature(&self) -> f64 {
        self.ambient_temperature
    }
}

/// Conductance-step devices.
#[derive(Debug, Clone)]
pub struct StepCells {
    cells: StepArray,
    /// V² t of a SET and of a RESET pulse, V² s.
    energies: [f64; 2],
    /// Variance of a read over the square of the conductance.
    read_variance: f32,
    /// Room for the counts of single pulses.
    counts: Vec<i32>,
}

impl StepCells {
    fn writes(&self, done: &Stepped) -> Writes {
        Writes {
            set: done.up,
            reset: done.down,
            energy: self.energies[0] * done.load_up + self.energies[1] * done.load_down,
            verify_energy: 0.0,
        }
    }
}

fn address(draw: Draw) -> StepDraw {
    StepDraw { seed: draw.seed, array: draw.address, operation: draw.operation }
}

impl Cells for StepCells {
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
        let g = self.conductances()[cell];
        self.read_variance * g * g
    }

    fn pulses(&self) -> &[u32] {
        self.cells.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        (1, 1)
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let done = self.cells.step(counts, address(draw));
        self.writes(&done)
    }

    fn takes_sequences(&self) -> bool {
        true
    }

    fn step_sequence(&mut self, sequence: &dyn PulseSequence, draw: Draw) -> Option<Writes> {
        let done = self.cells.step_sequence(sequence, address(draw));
        Some(self.writes(&done))
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        self.counts.clear();
        self.counts.resize(self.cells.len(), 0);
        for shot in shots {
            self.counts[shot.cell as usize] = if shot.direction == Direction::Set { 1 } else { -1 };
        }
        let done = self.cells.step(&self.counts, address(draw));
        self.writes(&done)
    }

    fn elapse(&mut self, _seconds: f64, _temperature: f64, _draw: Draw) {}

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.cells.settle(cell, conductance);
    }
}
