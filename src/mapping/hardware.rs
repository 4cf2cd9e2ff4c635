//! [`AnalogHardware`]: a design with cells that can serve it, and the matrices made of both.
//!
//! It is the only way to an [`AnalogMatrix`], so that a design never asks for what its cells cannot tell:
//! whether the design needs their currents is settled here.
//!
//! Pinned by: `tests/mapping_currents.rs`.

use std::fmt::Write;
use std::sync::Arc;

use device_models::DeviceCard;

use super::analog::AnalogMatrix;
use super::cells::{CellSource, source};
use super::compensation::Compensated;
use super::config::{AnalogConfig, CompensationKind, DesignError, UpdateConfig, UpdateRule};
use super::currents::ReadCurrents;
use super::devices::LibraryError;
use super::synapses::{Hardware, Synapses};
use super::update::TikiTaka;

/// Makes [`AnalogMatrix`] objects of one design from one source of cells.
#[derive(Debug, Clone)]
pub struct AnalogHardware {
    source: Arc<dyn CellSource>,
    currents: Option<Arc<ReadCurrents>>,
    config: AnalogConfig,
}

impl AnalogHardware {
    /// The hardware of a card and a design.
    ///
    /// # Errors
    /// When the design or the card does not allow it.
    pub fn new(
        card: &DeviceCard,
        config: &AnalogConfig,
        ambient_temperature: f64,
        seed: u64,
    ) -> Result<Self, LibraryError> {
        let source = source(card, config, ambient_temperature, seed)?;
        let periphery = &config.periphery;
        let currents = if periphery.needs_currents().is_some() {
            let voltage = periphery.read_voltage.unwrap_or(card.read_voltage);
            let temperature = periphery.read_temperature.unwrap_or(ambient_temperature);
            let access = f64::from(config.cells.access_resistance);
            let reads = (voltage, temperature);
            Some(Arc::new(ReadCurrents::compile(card, ambient_temperature, access, reads)?))
        } else {
            None
        };
        Ok(Self { source, currents, config: config.clone() })
    }

    /// The hardware of cells that are there already, whose conductances are all that is known of them.
    ///
    /// # Errors
    /// When the design is not valid, or asks for currents at other voltages or temperatures.
    pub fn of(source: Arc<dyn CellSource>, config: &AnalogConfig) -> Result<Self, DesignError> {
        config.check()?;
        if let Some(field) = config.periphery.needs_currents() {
            let text = "left away for cells without a card: only their conductances are known";
            return Err(DesignError::new(&format!("periphery.{field}"), &"given", text));
        }
        Ok(Self { source, currents: None, config: config.clone() })
    }

    /// The cells.
    pub fn source(&self) -> &Arc<dyn CellSource> {
        &self.source
    }

    /// What the cells conduct, where the design asks for more than their conductances.
    pub fn currents(&self) -> Option<&Arc<ReadCurrents>> {
        self.currents.as_ref()
    }

    /// The design.
    pub fn config(&self) -> &AnalogConfig {
        &self.config
    }

    /// What was prepared and how good it is, for the summary of a run.
    pub fn summary(&self) -> String {
        let mut summary = self.source.summary();
        if let Some(currents) = self.currents.as_ref().filter(|_| self.config.periphery.curved_cells) {
            let share = 100.0 * currents.max_error;
            let _ =
                write!(summary, "; currents up to {} V within {share:.3} % of the model", currents.voltage);
        }
        summary
    }
}

impl Hardware for AnalogHardware {
    fn label(&self) -> String {
        self.source.label()
    }

    fn synapses(&self, outputs: usize, inputs: usize, seed: u64, address: u64) -> Box<dyn Synapses> {
        let compensation = &self.config.compensation;
        let UpdateRule::TikiTaka(transfer) = &self.config.update.rule else {
            let matrix = AnalogMatrix::new(outputs, inputs, self, seed, address);
            return match compensation.kind {
                CompensationKind::None => Box::new(matrix),
                _ => Box::new(Compensated::new(matrix, compensation, seed, address)),
            };
        };
        let update = UpdateConfig { rule: UpdateRule::Pulsed, ..self.config.update.clone() };
        let both = Self { config: AnalogConfig { update, ..self.config.clone() }, ..self.clone() };
        let array = |address| AnalogMatrix::new(outputs, inputs, &both, seed, address);
        let (fast, slow) = (array(2 * address + 1), array(2 * address));
        let longest = self.config.update.trains.longest;
        Box::new(TikiTaka::new(fast, slow, transfer.clone(), longest, (seed, address)))
    }
}
