//! [`LandingCells`]: cells of a card whose `landing` block says where single pulses of a 1T1R cell end;
//! [`LandingSource`] makes them.
//!
//! Strengths are the voltages of a ladder: gate voltages of SETs at a fixed bit line, source-line
//! voltages of RESETs, the last of which is a complete RESET.
//!
//! Pinned by: `tests/programming_statistics.rs`.

use std::sync::Arc;

use device_models::DeviceCard;
use device_models::landing::{Landing, LandingArray, LandingPulse};
use device_models::statistical::Statistical;

use super::{CellSource, Cells, Direction, Draw, Shot, Writes};
use crate::mapping::config::CellConfig;
use crate::mapping::devices::LibraryError;

/// Step of the ladder of voltages, V.
pub const LADDER_STEP: f32 = 0.01;

/// Cells of one card.
#[derive(Debug, Clone)]
pub struct LandingSource {
    card: String,
    landing: Arc<Landing>,
    model: Arc<Statistical>,
    /// Conductances of the named states `hrs` and `lrs`, S.
    window: (f32, f32),
    ambient_temperature: f64,
    read_voltage: f64,
    read_noise: f32,
}

impl LandingSource {
    /// Cells of a card that has the block.
    ///
    /// # Errors
    /// When the card is not of the statistical model or names no two states.
    pub fn new(
        card: &DeviceCard,
        config: &CellConfig,
        ambient_temperature: f64,
    ) -> Result<Self, LibraryError> {
        let missing = || LibraryError::NoWriting { card: card.name.clone() };
        let device = |source| LibraryError::Device { card: card.name.clone(), source };
        let landing = card.landing.clone().ok_or_else(missing)?;
        let parameters =
            device_models::statistical::Parameters::from_values(&card.parameters).map_err(device)?;
        let state = |name: &str| card.state(name).ok_or_else(missing);
        Ok(Self {
            card: card.name.clone(),
            window: (state("hrs")? as f32, state("lrs")? as f32),
            ambient_temperature,
            read_voltage: card.read_voltage,
            read_noise: config.read_noise.unwrap_or(landing.read_deviation),
            model: Arc::new(Statistical::new(parameters).map_err(device)?),
            landing,
        })
    }

    /// Lowest and highest voltage of the pulses of a direction, V.
    pub fn voltages(&self, direction: Direction) -> (f32, f32) {
        ladder(&self.landing, direction)
    }

    /// The strength whose voltage is nearest to `voltage` (V).
    pub fn strength(&self, direction: Direction, voltage: f32) -> u16 {
        let (low, high) = ladder(&self.landing, direction);
        ((voltage.clamp(low, high) - low) / LADDER_STEP).round() as u16
    }
}

/// Lowest and highest voltage of the ladder of a direction, V.
fn ladder(landing: &Landing, direction: Direction) -> (f32, f32) {
    match direction {
        Direction::Set => landing.set.range(),
        Direction::Reset => (landing.reset.range().0, landing.complete_voltage),
    }
}

impl CellSource for LandingSource {
    fn label(&self) -> String {
        self.card.clone()
    }

    fn summary(&self) -> String {
        format!("cells of card {}: where single pulses land, with cycles of its distributions", self.card)
    }

    fn cells(&self, (bit_lines, word_lines): (usize, usize), draw: Draw) -> Box<dyn Cells> {
        let count = bit_lines * word_lines;
        let low = f64::from(self.window.1);
        let cells = LandingArray::new(Arc::clone(&self.landing), &self.model, low, count, draw.plane_seed());
        let conductances = (0..count).map(|cell| cells.conductance(cell)).collect();
        let landing = Arc::clone(&self.landing);
        let read_variance = self.read_noise * self.read_noise;
        Box::new(LandingCells { landing, cells, conductances, read_variance })
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
        f64::from(self.landing.width)
    }

    fn ambient_temperature(&self) -> f64 {
        self.ambient_temperature
    }
}

/// 1T1R cells under pulses of chosen voltage.
#[derive(Debug, Clone)]
pub struct LandingCells {
    landing: Arc<Landing>,
    cells: LandingArray,
    conductances: Vec<f32>,
    /// Variance of a read over the square of the conductance.
    read_variance: f32,
}

impl LandingCells {
    fn pulse(&mut self, pulses: &[LandingPulse], draw: Draw) -> Writes {
        let energy = self.cells.pulse(pulses, (draw.seed, draw.address, draw.operation));
        for pulse in pulses {
            self.conductances[pulse.cell as usize] = self.cells.conductance(pulse.cell as usize);
        }
        let set = pulses.iter().filter(|pulse| pulse.set).count() as u64;
        Writes { set, reset: pulses.len() as u64 - set, energy, verify_energy: 0.0 }
    }

    fn voltage(&self, direction: Direction, strength: u16) -> f32 {
        let (low, high) = ladder(&self.landing, direction);
        (low + LADDER_STEP * f32::from(strength)).min(high)
    }
}

impl Cells for LandingCells {
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
            *variance += self.read_variance * g * g;
        }
        self.read_variance > 0.0
    }

    fn read_variance(&self, cell: usize) -> f32 {
        self.read_variance * self.conductances[cell] * self.conductances[cell]
    }

    fn pulses(&self) -> &[u32] {
        self.cells.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        let count = |direction| {
            let (low, high) = ladder(&self.landing, direction);
            ((high - low) / LADDER_STEP).round() as u16 + 1
        };
        (count(Direction::Set), count(Direction::Reset))
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        // Learning knows one strength; steps() of the source is zero, so that it does not come here
        // unless it is made to: the weakest pulses, one after the other.
        let mut writes = Writes::default();
        let longest = counts.iter().map(|count| count.unsigned_abs()).max().unwrap_or(0);
        for round in 0..longest {
            let due = counts.iter().enumerate().filter(|(_, count)| count.unsigned_abs() > round);
            let pulses: Vec<LandingPulse> = due
                .map(|(cell, count)| {
                    let set = *count > 0;
                    let direction = if set { Direction::Set } else { Direction::Reset };
                    LandingPulse { cell: cell as u32, voltage: self.voltage(direction, 0), set }
                })
                .collect();
            let operation = (draw.operation << 20) | u64::from(round + 1);
            writes.add(&self.pulse(&pulses, Draw { operation, ..draw }));
        }
        writes
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        let pulse = |shot: &Shot| LandingPulse {
            cell: shot.cell,
            voltage: self.voltage(shot.direction, shot.strength),
            set: shot.direction == Direction::Set,
        };
        let pulses: Vec<LandingPulse> = shots.iter().map(pulse).collect();
        self.pulse(&pulses, draw)
    }

    fn elapse(&mut self, _seconds: f64, _temperature: f64, _draw: Draw) {}

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.cells.settle(cell, conductance);
        self.conductances[cell] = conductance;
    }

    fn mean_change(&self, direction: Direction, strength: u16, conductance: f32) -> Option<f32> {
        let log = -conductance.ln();
        let voltage = self.voltage(direction, strength);
        let after = match direction {
            Direction::Set => self.landing.after_set(log, voltage, 0.0),
            Direction::Reset => self.landing.after_reset(log, voltage, 0.0),
        };
        Some((-after).exp() - conductance)
    }
}
