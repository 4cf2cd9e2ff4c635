//! [`CellSource`]: where the cells of an array come from, and what all of them have in common.
//!
//! A hardware has one source; every plane of every tile is one population from it.
//! [`source`] chooses the kind that a card and a design ask for.

use std::fmt::Debug;
use std::sync::Arc;

use device_models::drift::Drift;
use device_models::relaxation::Relaxation;
use device_models::{DeviceCard, programmed_conductance};

use super::access::AccessSource;
use super::{
    Cells, Draw, DriftingCells, FaultyCells, LandingSource, ProgrammedSource, PulsedSource, RelaxingCells,
    StepSource,
};
use crate::mapping::config::{AnalogConfig, CellConfig};
use crate::mapping::devices::{DeviceLibrary, LibraryError};
use crate::mapping::suitability::check_cells;

/// Makes planes of cells.
pub trait CellSource: Send + Sync + Debug {
    /// Name of the card.
    fn label(&self) -> String;

    /// What was prepared and how good it is, for the summary of a run.
    fn summary(&self) -> String;

    /// Freshly formed cells between so many bit lines and word lines.
    fn cells(&self, shape: (usize, usize), draw: Draw) -> Box<dyn Cells>;

    /// Lowest and highest conductance used for weights, S.
    fn window(&self) -> (f32, f32);

    /// Conductance that stands for weight zero where a single cell holds a weight, S: the middle of the
    /// window, unless the card says where its devices begin.
    fn zero(&self) -> f32 {
        0.5 * (self.window().0 + self.window().1)
    }

    /// Mean change of the conductance by one SET and by one RESET pulse of learning at the middle of the
    /// window, S. (0, 0) for cells that learning cannot pulse.
    fn steps(&self) -> (f32, f32);

    /// Read voltage, V.
    fn read_voltage(&self) -> f64;

    /// Duration of a read, s.
    fn read_width(&self) -> f64;

    /// Voltage and width of the SET and of the RESET pulse, V and s; `None` where they are not known.
    fn write_pulses(&self) -> Option<[(f64, f64); 2]> {
        None
    }

    /// Ambient temperature, K.
    fn ambient_temperature(&self) -> f64;

    /// Energy of one read of a cell at `conductance` (S) with the full read voltage: V² G t, J.
    fn cell_read_energy(&self, conductance: f32) -> f64 {
        f64::from(conductance) * self.read_voltage() * self.read_voltage() * self.read_width()
    }
}

/// The source for a card and a design:
///
/// * a card of the model `programmed_conductance`: what verified writing leaves;
/// * a card with a `landing` block: where single pulses end;
/// * a conductance-step card: every cell a device of its own;
/// * every other card: pulse tables of devices drawn from the card's windows;
///
/// each with what time does where the card tells, with the faults of the design, and behind its access
/// transistors.
///
/// # Errors
/// When the design or the card does not allow it.
pub fn source(
    card: &DeviceCard,
    config: &AnalogConfig,
    ambient_temperature: f64,
    seed: u64,
) -> Result<Arc<dyn CellSource>, LibraryError> {
    config.check()?;
    check_cells(card, config)?;
    let steps = StepSource::new(card, &config.cells, ambient_temperature);
    let inner: Arc<dyn CellSource> = if card.model.name() == programmed_conductance::NAME {
        Arc::new(ProgrammedSource::new(card, config, ambient_temperature))
    } else if let Some(steps) = steps {
        card.check_windows()?;
        Arc::new(steps)
    } else if card.landing.is_some() {
        Arc::new(LandingSource::new(card, &config.cells, ambient_temperature)?)
    } else {
        let library = DeviceLibrary::compile(card, config, ambient_temperature, seed)?;
        Arc::new(PulsedSource::new(Arc::new(library), &config.cells))
    };
    let strengths = inner.cells((1, 1), Draw { seed, address: 0, operation: 0 }).strengths();
    if strengths != (0, 0) {
        config.programming.algorithm.check_strengths(strengths)?;
    }
    let time = if config.cells.relaxation { Time::of(card) } else { Time::Rests };
    let bare: Arc<dyn CellSource> = if matches!(time, Time::Rests) && config.cells.faults.is_off() {
        inner
    } else {
        Arc::new(AgingSource { inner, time, config: config.cells.clone() })
    };
    let resistance = config.cells.access_resistance;
    Ok(if resistance == 0.0 { bare } else { Arc::new(AccessSource::new(bare, resistance)) })
}

/// What time does to cells.
#[derive(Debug, Clone)]
enum Time {
    Rests,
    Relaxes(Arc<Relaxation>),
    Drifts(Arc<Drift>),
}

impl Time {
    fn of(card: &DeviceCard) -> Self {
        match (&card.relaxation, &card.drift) {
            (Some(relaxation), _) => Self::Relaxes(Arc::clone(relaxation)),
            (None, Some(drift)) => Self::Drifts(Arc::clone(drift)),
            (None, None) => Self::Rests,
        }
    }
}

/// Cells of another source, with what time does to them and with faults.
#[derive(Debug, Clone)]
struct AgingSource {
    inner: Arc<dyn CellSource>,
    time: Time,
    config: CellConfig,
}

impl CellSource for AgingSource {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn summary(&self) -> String {
        self.inner.summary()
    }

    fn cells(&self, shape: (usize, usize), draw: Draw) -> Box<dyn Cells> {
        let mut cells = self.inner.cells(shape, draw);
        let (noise, window) = (self.config.read_noise, self.inner.window());
        match &self.time {
            Time::Rests => {}
            Time::Relaxes(relaxation) => {
                cells = Box::new(RelaxingCells::new(cells, Arc::clone(relaxation), noise, draw));
            }
            Time::Drifts(drift) => {
                cells = Box::new(DriftingCells::new(cells, Arc::clone(drift), window.1, noise, draw));
            }
        }
        if !self.config.faults.is_off() {
            cells = Box::new(FaultyCells::new(cells, &self.config.faults, (window, shape.1), draw));
        }
        cells
    }

    fn window(&self) -> (f32, f32) {
        self.inner.window()
    }

    fn zero(&self) -> f32 {
        self.inner.zero()
    }

    fn steps(&self) -> (f32, f32) {
        self.inner.steps()
    }

    fn read_voltage(&self) -> f64 {
        self.inner.read_voltage()
    }

    fn read_width(&self) -> f64 {
        self.inner.read_width()
    }

    fn write_pulses(&self) -> Option<[(f64, f64); 2]> {
        self.inner.write_pulses()
    }

    fn ambient_temperature(&self) -> f64 {
        self.inner.ambient_temperature()
    }
}
