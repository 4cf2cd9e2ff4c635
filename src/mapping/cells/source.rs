//! [`CellSource`]: where the cells of an array come from, and what all of them have in common.
//!
//! A hardware has one source; every plane of every tile is one population from it.
//! [`source`] chooses the kind that a card and a design ask for.

use std::fmt::Debug;
use std::sync::Arc;

use device_models::DeviceCard;

use super::{Cells, Draw, PulsedSource, StepSource};
use crate::mapping::config::AnalogConfig;
use crate::mapping::devices::{DeviceLibrary, LibraryError};

/// Makes planes of cells.
pub trait CellSource: Send + Sync + Debug {
    /// Name of the card.
    fn label(&self) -> String;

    /// What was prepared and how good it is, for the summary of a run.
    fn summary(&self) -> String;

    /// `count` freshly formed cells.
    fn cells(&self, count: usize, draw: Draw) -> Box<dyn Cells>;

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

/// The source for a card and a design: conductance-step devices, or pulse tables of devices drawn from the
/// card's windows.
///
/// # Errors
/// When the design or the card does not allow it.
pub fn source(
    card: &DeviceCard,
    config: &AnalogConfig,
    ambient_temperature: f64,
    seed: u64,
) -> Result<Arc<dyn CellSource>, LibraryError> {
    if let Some(steps) = StepSource::new(card, &config.cells, ambient_temperature) {
        config.check()?;
        card.check_windows()?;
        return Ok(Arc::new(steps));
    }
    let library = DeviceLibrary::compile(card, config, ambient_temperature, seed)?;
    Ok(Arc::new(PulsedSource::new(Arc::new(library), &config.cells)))
}
