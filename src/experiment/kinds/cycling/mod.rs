//! Cells written up and down many times: what the studies of cycling, endurance and forming share.

pub mod endurance;
pub mod forming;
mod pulse;
pub mod statistics;
mod summary;

use std::borrow::Cow;

use device_models::cycling::CyclingCell;
use device_models::variability::draw_spread;
use device_models::{DeviceCard, DeviceError, Segment, Surroundings, white_noise};
use numerics::rng::{Purpose, Stream};

use crate::experiment::{ExperimentError, FieldError};

use self::pulse::Pulse;

/// Long name of datasets of causes of failure; the codes are those of
/// [`device_models::failure::FailureCause`].
const FAILURE_NAME: &str =
    "cause of failure: 0 none, 1 not formed, 2 stuck low, 3 stuck high, 4 budget exhausted, 5 drifted out";

/// Most numbers of one feature in one study.
const MOST_VALUES: usize = 20_000_000;

/// What all cells of a study have in common.
struct Setup<'a> {
    card: &'a DeviceCard,
    slow: f64,
    surroundings: Surroundings,
    /// Bandwidth of the reads, Hz; none: noiseless.
    bandwidth: Option<f64>,
    seed: u64,
}

/// One cell of a study: drawn from the card's distribution of devices, changing from cycle to cycle as
/// the card says.
struct Cell<'a> {
    setup: &'a Setup<'a>,
    device: u64,
    spread: Vec<f64>,
    cycling: Option<CyclingCell<'a>>,
    state: Vec<f64>,
    noise: Stream,
    reads: Stream,
}

impl<'a> Cell<'a> {
    fn new(setup: &'a Setup<'a>, device: u64) -> Self {
        let spread = draw_spread(setup.card, setup.seed, device);
        let walks = setup.card.windows.iter().any(|window| window.largest_step > 0.0);
        Self {
            setup,
            device,
            cycling: walks.then(|| CyclingCell::new(setup.card, &spread, setup.seed, device)),
            state: setup.card.model.rest(setup.slow, &setup.surroundings),
            noise: Stream::new(setup.seed, Purpose::StateNoise, device, 0),
            reads: Stream::new(setup.seed, Purpose::ReadNoise, device, 0),
            spread,
        }
    }

    /// The multipliers now.
    fn spread(&self) -> Cow<'_, [f64]> {
        match &self.cycling {
            Some(cycling) => cycling.spread_at(self.state.first().copied().unwrap_or(0.0)).into(),
            None => (&self.spread).into(),
        }
    }

    fn advance(&mut self, segment: &Segment) -> Result<(), DeviceError> {
        let surroundings = &self.setup.surroundings;
        match &mut self.cycling {
            Some(cell) => cell.advance(&mut self.state, segment, surroundings, Some(&mut self.noise)),
            None => self.setup.card.model.advance(
                &self.spread,
                &mut self.state,
                segment,
                surroundings,
                None,
                Some(&mut self.noise),
            ),
        }
        .map(|_| ())
    }

    /// Magnitude of the current under an applied voltage.
    fn current(&self, voltage: f64) -> Result<f64, DeviceError> {
        let model = &self.setup.card.model;
        let point = model.operating_point(&self.spread(), &self.state, voltage, &self.setup.surroundings)?;
        Ok(point.current.abs())
    }

    /// Applies a pulse; where it has a sampled edge, the voltages at which the current jumps up most and
    /// at which it is largest.
    fn apply(&mut self, pulse: &Pulse) -> Result<Option<pulse::Edge>, DeviceError> {
        pulse.apply(self)
    }

    /// The resistance at the card's read voltage, Ω.
    fn read(&mut self) -> Result<f64, DeviceError> {
        let setup = self.setup;
        let voltage = setup.card.read_voltage;
        let point =
            setup.card.model.operating_point(&self.spread(), &self.state, voltage, &setup.surroundings)?;
        let noise = setup
            .bandwidth
            .map_or(0.0, |bandwidth| white_noise::deviation(&point, bandwidth) * self.reads.normal());
        Ok(voltage / (point.current + noise))
    }

    /// The model's error with the cell it happened to.
    fn fault(&self, source: DeviceError) -> ExperimentError {
        let what = format!("cycling of device {} of card {}", self.device, self.setup.card.name);
        ExperimentError::Device { what, source }
    }
}

/// Refuses a number that is not between one and `most`.
fn counted(field: &str, value: usize, most: usize) -> Result<(), FieldError> {
    if (1..=most).contains(&value) {
        Ok(())
    } else {
        Err(FieldError::new(field, format!("must be 1 to {most}, but is {value}")))
    }
}
