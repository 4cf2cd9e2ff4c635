//! The devices an array is made of: a library drawn from a card's device-to-device windows,
//! each with its forming result and its responses to the card's two write pulses.

use device_models::DeviceCard;
use device_models::card::WritePulse;
use device_models::error::{CardError, DeviceError};
use device_models::pulse::{CellReader, CycleNoise, PulseResponse};
use device_models::variability::draw_spread;
use rayon::prelude::*;

use super::config::{AnalogConfig, CellConfig, DesignError, Disturb};

/// Standard deviation of the change made by one write pulse over its mean, for cards without noise of
/// their own: an assumption, not a measured value.
pub const ASSUMED_CYCLE_NOISE: f32 = 0.3;

/// One device of the library.
#[derive(Debug, Clone)]
pub struct Device {
    /// Conductance after forming, S.
    pub formed: f32,
    /// Response to the SET pulse.
    pub set: PulseResponse,
    /// Response to the RESET pulse.
    pub reset: PulseResponse,
    /// Responses to stronger SET pulses, as the design's ladder goes on.
    pub stronger_sets: Vec<PulseResponse>,
    /// Responses to stronger RESET pulses.
    pub stronger_resets: Vec<PulseResponse>,
    /// Responses of a cell that is not meant, to its share of a SET and of a RESET pulse; `None` where the
    /// design leaves such cells alone.
    pub disturb: Option<Box<[PulseResponse; 2]>>,
}

impl Device {
    /// Changes of all SETs and RESETs times these factors.
    fn scale(&mut self, [set, reset]: [f32; 2]) {
        for response in std::iter::once(&mut self.set).chain(&mut self.stronger_sets) {
            *response = response.scaled(set);
        }
        for response in std::iter::once(&mut self.reset).chain(&mut self.stronger_resets) {
            *response = response.scaled(reset);
        }
        if let Some(disturb) = &mut self.disturb {
            let [by_set, by_reset] = &mut **disturb;
            (*by_set, *by_reset) = (by_set.scaled(set), by_reset.scaled(reset));
        }
    }

    /// Response to a pulse of a direction and a strength; the strongest there is beyond the ladder.
    pub fn response(&self, set: bool, strength: u16) -> &PulseResponse {
        let (first, others) =
            if set { (&self.set, &self.stronger_sets) } else { (&self.reset, &self.stronger_resets) };
        match usize::from(strength).min(others.len()) {
            0 => first,
            k => &others[k - 1],
        }
    }
}

/// All devices an array draws from, and the conductance window of its weights.
#[derive(Debug, Clone)]
pub struct DeviceLibrary {
    /// The card's name.
    pub card: String,
    /// The devices.
    pub devices: Vec<Device>,
    /// Lowest and highest conductance used for weights, S.
    pub window: (f32, f32),
    /// Mean change of the conductance by one SET pulse at the middle of the window, S.
    pub set_step: f32,
    /// Mean change of the conductance by one RESET pulse at the middle of the window, S.
    pub reset_step: f32,
    /// Ambient temperature, K.
    pub ambient_temperature: f64,
    /// Read voltage, V.
    pub read_voltage: f64,
    /// Duration of a read, s.
    pub read_width: f64,
    /// Voltage and width of the SET and of the RESET pulse, V and s.
    pub write_pulses: [(f64, f64); 2],
    /// Largest deviation of any response table from the full model, as a share of the window.
    pub table_error: f64,
    /// The card has noise of its own from pulse to pulse.
    pub noisy: bool,
    /// Part of it is in what is read after a pulse and not in what the next pulse starts from.
    pub write_noise: bool,
}

/// Why a card cannot be used for arrays.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum LibraryError {
    /// The card has no write pulses.
    #[error(
        "card {card} has no \"writing\" block; add the forming, SET and RESET pulses and the conductance window"
    )]
    NoWriting {
        /// Card name.
        card: String,
    },
    /// The pulses do not move the conductance both ways.
    #[error(
        "card {card}: in the middle of its conductance window ({middle:.3e} S) the SET pulse changes the conductance by {set:.3e} S and the RESET pulse by {reset:.3e} S; they must raise and lower it"
    )]
    NotWritable {
        /// Card name.
        card: String,
        /// Middle of the window, S.
        middle: f64,
        /// Mean change by SET, S.
        set: f64,
        /// Mean change by RESET, S.
        reset: f64,
    },
    /// The physics refused.
    #[error("card {card}: {source}")]
    Device {
        /// Card name.
        card: String,
        /// What the model says.
        source: DeviceError,
    },
    /// The card allows devices that cannot exist.
    #[error(transparent)]
    Card(#[from] CardError),
    /// The design is not valid.
    #[error(transparent)]
    Design(#[from] DesignError),
}

impl DeviceLibrary {
    /// Noise from pulse to pulse in arrays of a design: what it says; else the card's own; else
    /// [`ASSUMED_CYCLE_NOISE`].
    pub fn cycle_noise(&self, config: &CellConfig) -> CycleNoise {
        match config.cycle_noise {
            Some(share) => CycleNoise::Relative(share),
            None if self.noisy => CycleNoise::Own,
            None => CycleNoise::Relative(ASSUMED_CYCLE_NOISE),
        }
    }

    /// Draws and tabulates the devices of a design.
    ///
    /// # Errors
    /// When the design or the card does not allow it.
    pub fn compile(
        card: &DeviceCard,
        config: &AnalogConfig,
        ambient_temperature: f64,
        seed: u64,
    ) -> Result<Self, LibraryError> {
        config.check()?;
        card.check_windows()?;
        let writing = card.writing.ok_or_else(|| LibraryError::NoWriting { card: card.name.clone() })?;
        let build = |index: usize| -> Result<Device, DeviceError> {
            let cell = CellReader::new(card, draw_spread(card, seed, index as u64), ambient_temperature)?;
            let forming = writing.forming;
            let (low, high) = card.model.bounds(&draw_spread(card, seed, index as u64));
            let fresh = forming.state.clamp(low, high);
            // Numbers of draws: those of learning first, as if there were no others.
            let compile = |set: bool, share: f64, number: u64| {
                let pulse = if set { writing.set } else { writing.reset };
                let pulse = WritePulse { voltage: share * pulse.voltage, ..pulse };
                let key = (number << 32) | (2 * index as u64 + u64::from(!set));
                PulseResponse::compile(&cell, &pulse, config.cells.table_points, (seed, key))
            };
            let stronger = || config.cells.ladder.iter().enumerate().skip(1);
            let disturb = config.cells.disturb.map(Disturb::share);
            let own = 1 << 16;
            Ok(Device {
                formed: cell.after_pulse(fresh, &forming.pulse, forming.compliance_current)?.0 as f32,
                set: compile(true, 1.0, 0)?,
                reset: compile(false, 1.0, 0)?,
                stronger_sets: stronger()
                    .map(|(k, factor)| compile(true, f64::from(*factor), k as u64))
                    .collect::<Result<_, _>>()?,
                stronger_resets: stronger()
                    .map(|(k, factor)| compile(false, f64::from(*factor), k as u64))
                    .collect::<Result<_, _>>()?,
                disturb: disturb
                    .map(|share| Ok(Box::new([compile(true, share, own)?, compile(false, share, own)?])))
                    .transpose()?,
            })
        };
        let devices: Vec<Device> = (0..config.cells.device_variants)
            .into_par_iter()
            .map(build)
            .collect::<Result<_, _>>()
            .map_err(|source| LibraryError::Device { card: card.name.clone(), source })?;
        let mut devices = devices;
        let (low, high) = writing.window;
        let middle = 0.5 * (low + high) as f32;
        let steps = |devices: &[Device]| {
            let mean = |f: &dyn Fn(&Device) -> f32| devices.iter().map(f).sum::<f32>() / devices.len() as f32;
            (mean(&|d| d.set.step(middle)), mean(&|d| d.reset.step(middle)))
        };
        let (mut set_step, mut reset_step) = steps(&devices);
        if let Some(factors) = config.cells.step_factors((set_step, reset_step), (high - low) as f32) {
            for device in &mut devices {
                device.scale(factors);
            }
            (set_step, reset_step) = steps(&devices);
        }
        if !(set_step > 0.0 && reset_step < 0.0) {
            return Err(LibraryError::NotWritable {
                card: card.name.clone(),
                middle: f64::from(middle),
                set: f64::from(set_step),
                reset: f64::from(reset_step),
            });
        }
        let noisy = devices.iter().any(|d| d.set.noisy || d.reset.noisy);
        let write_noise = devices.iter().any(|d| d.set.write_noise > 0.0);
        let worst = devices.iter().map(|d| d.set.max_error.max(d.reset.max_error)).fold(0.0, f64::max);
        Ok(Self {
            card: card.name.clone(),
            devices,
            window: (low as f32, high as f32),
            set_step,
            reset_step,
            ambient_temperature,
            read_voltage: card.read_voltage,
            read_width: writing.read_width,
            write_pulses: [writing.set, writing.reset].map(|pulse| (pulse.voltage, pulse.width)),
            table_error: worst / (high - low),
            noisy,
            write_noise,
        })
    }
}
