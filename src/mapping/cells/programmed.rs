//! [`ProgrammedCells`]: cells of a card that knows only what a verified write leaves;
//! [`ProgrammedSource`] makes them.
//!
//! Such a card (model `programmed_conductance`) says what happens after a write and not how it was done.
//! A write puts every cell at its target plus an error:
//! * uniform within the tolerance: a verify loop stops at the first reading that it accepts, and where a
//!   pulse moves a cell by more than the window is wide, it stops anywhere in it (final resistances of
//!   such loops are spread evenly over their windows: B. Q. Le et al., IEEE TED 68 (2021),
//!   doi:10.1109/TED.2021.3097975, data of its repository). The default where the card has no `outcome`;
//! * a normal distribution cut at the tolerance: a loop of steps that are small against its window;
//! * the deviation that the card's `outcome` block gives, normal and not cut.
//!
//! Verify reads a noisy cell: what it accepted is the conductance plus the noise of that read, so the
//! conductance is what it accepted less a noise. A conductance is never below zero.
//!
//! Pinned by: `tests/mapping_cells.rs`.

use std::sync::Arc;

use device_models::DeviceCard;
use device_models::outcome::Outcome;
use device_models::relaxation::Relaxation;
use numerics::rng::{Purpose, Stream};
use rayon::prelude::*;

use super::{CellSource, Cells, Draw, Shot, Target, Writes};
use crate::mapping::config::{ASSUMED_READ_NOISE, AnalogConfig, OutcomeConfig};

/// Cells that one task works on.
const BLOCK: usize = 4096;
/// Duration of a read of cards that give none, s: an assumption.
const ASSUMED_READ_WIDTH: f64 = 100e-9;

/// How far from its target a write leaves a cell.
#[derive(Debug, Clone)]
enum Error {
    /// Anywhere within the tolerance.
    Uniform,
    /// Normal, cut at the tolerance; the deviation as a share of it.
    Cut(f32),
    /// Normal with the card's deviation.
    Card(Arc<Outcome>),
}

/// Noise of one read.
#[derive(Debug, Clone)]
enum ReadNoise {
    /// A share of the conductance.
    Relative(f32),
    /// That of the card's level.
    Levels(Arc<Relaxation>),
}

impl ReadNoise {
    fn deviation(&self, g: f32) -> f32 {
        match self {
            Self::Relative(share) => share * g,
            Self::Levels(relaxation) => relaxation.level(f64::from(g)).read_noise as f32,
        }
    }
}

/// Cells of one card.
#[derive(Debug, Clone)]
pub struct ProgrammedSource {
    card: String,
    window: (f32, f32),
    error: Error,
    noise: ReadNoise,
    ambient_temperature: f64,
    read_voltage: f64,
}

impl ProgrammedSource {
    /// Cells of a card of the model `programmed_conductance`.
    pub fn new(card: &DeviceCard, config: &AnalogConfig, ambient_temperature: f64) -> Self {
        let (low, high) = card.model.bounds(&[]);
        let error = match (config.programming.outcome, &card.outcome) {
            (OutcomeConfig::Card, Some(outcome)) => Error::Card(Arc::clone(outcome)),
            (OutcomeConfig::Card, None) | (OutcomeConfig::Uniform, _) => Error::Uniform,
            (OutcomeConfig::CutNormal { deviation }, _) => Error::Cut(deviation),
        };
        let noise = match (config.cells.read_noise, &card.relaxation) {
            (Some(share), _) => ReadNoise::Relative(share),
            (None, Some(relaxation)) => ReadNoise::Levels(Arc::clone(relaxation)),
            (None, None) if card.drift.is_some() => ReadNoise::Relative(0.0),
            (None, None) => ReadNoise::Relative(ASSUMED_READ_NOISE),
        };
        Self {
            card: card.name.clone(),
            window: (low as f32, high as f32),
            error,
            noise,
            ambient_temperature,
            read_voltage: card.read_voltage,
        }
    }
}

impl CellSource for ProgrammedSource {
    fn label(&self) -> String {
        self.card.clone()
    }

    fn summary(&self) -> String {
        let what = match &self.error {
            Error::Uniform => "anywhere within the tolerance".to_owned(),
            Error::Cut(share) => format!("normal, {share} of the tolerance, cut at it"),
            Error::Card(_) => "with the deviation of the card".to_owned(),
        };
        format!("cells of card {}: what verified writing leaves, {what}", self.card)
    }

    fn cells(&self, (bit_lines, word_lines): (usize, usize), _draw: Draw) -> Box<dyn Cells> {
        let count = bit_lines * word_lines;
        Box::new(ProgrammedCells {
            conductances: vec![self.window.0; count],
            writes: vec![0; count],
            window: self.window,
            error: self.error.clone(),
            noise: self.noise.clone(),
        })
    }

    fn window(&self) -> (f32, f32) {
        self.window
    }

    fn steps(&self) -> (f32, f32) {
        (0.0, 0.0)
    }

    fn read_voltage(&self) -> f64 {
        self.read_voltage
    }

    fn read_width(&self) -> f64 {
        ASSUMED_READ_WIDTH
    }

    fn ambient_temperature(&self) -> f64 {
        self.ambient_temperature
    }
}

/// Cells known by what a verified write leaves.
#[derive(Debug, Clone)]
pub struct ProgrammedCells {
    conductances: Vec<f32>,
    /// Writes of each cell: in the place of pulses, whose number is not known.
    writes: Vec<u32>,
    window: (f32, f32),
    error: Error,
    noise: ReadNoise,
}

impl ProgrammedCells {
    fn fill_errors(&self, targets: &[Target], stream: &mut Stream, out: &mut [f32]) {
        let mut normals = [0.0_f32; BLOCK];
        let normals = &mut normals[..targets.len()];
        match &self.error {
            Error::Uniform => {
                for (error, target) in out.iter_mut().zip(targets) {
                    *error = target.tolerance * (2.0 * stream.uniform() - 1.0) as f32;
                }
            }
            Error::Cut(share) => {
                let cut = 1.0 / f64::from(share.max(f32::MIN_POSITIVE));
                for (error, target) in out.iter_mut().zip(targets) {
                    *error = target.tolerance * share * stream.truncated_normal(-cut, cut) as f32;
                }
            }
            Error::Card(outcome) => {
                stream.fill_normal(normals);
                for ((error, target), z) in out.iter_mut().zip(targets).zip(&*normals) {
                    *error = outcome.deviation(target.conductance, self.window.1) * z;
                }
                // The card's deviation is of what was measured later, its reads included.
                return;
            }
        }
        stream.fill_normal(normals);
        for ((error, target), z) in out.iter_mut().zip(targets).zip(&*normals) {
            *error -= self.noise.deviation(target.conductance) * z;
        }
    }
}

impl Cells for ProgrammedCells {
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
        for (variance, g) in out.iter_mut().zip(&self.conductances) {
            *variance += self.noise.deviation(*g).powi(2);
        }
        !matches!(self.noise, ReadNoise::Relative(0.0))
    }

    fn read_variance(&self, cell: usize) -> f32 {
        self.noise.deviation(self.conductances[cell]).powi(2)
    }

    fn pulses(&self) -> &[u32] {
        &self.writes
    }

    fn strengths(&self) -> (u16, u16) {
        (0, 0)
    }

    fn step(&mut self, _counts: &[i32], _draw: Draw) -> Writes {
        Writes::default()
    }

    fn shoot(&mut self, _shots: &[Shot], _draw: Draw) -> Writes {
        Writes::default()
    }

    fn elapse(&mut self, _seconds: f64, _temperature: f64, _draw: Draw) {}

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.conductances[cell] = conductance;
    }

    fn place(&mut self, targets: &[Target], draw: Draw) -> Option<Writes> {
        let mut errors = vec![0.0_f32; targets.len()];
        let own = &*self;
        let fill = |(block, (errors, targets)): (usize, (&mut [f32], &[Target]))| {
            let device = (draw.address << 16) | block as u64;
            let mut stream = Stream::new(draw.seed, Purpose::Cycle, device, draw.operation);
            own.fill_errors(targets, &mut stream, errors);
        };
        if targets.len() <= BLOCK {
            // Not worth another thread.
            fill((0, (&mut errors, targets)));
        } else {
            let blocks = errors.par_chunks_mut(BLOCK).zip(targets.par_chunks(BLOCK));
            blocks.enumerate().for_each(fill);
        }
        let mut writes = Writes::default();
        for (target, error) in targets.iter().zip(&errors) {
            let cell = target.cell as usize;
            let (g, count) = (&mut self.conductances[cell], &mut self.writes[cell]);
            let after = (target.conductance + error).max(0.0);
            if after >= *g {
                writes.set += 1;
            } else {
                writes.reset += 1;
            }
            *g = after;
            *count = count.saturating_add(1);
        }
        Some(writes)
    }
}
