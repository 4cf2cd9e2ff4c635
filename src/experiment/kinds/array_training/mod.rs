//! `array_training`: a perceptron trained in arrays of cells, pulse by pulse, for several devices and
//! algorithms beside ideal arithmetic.
//!
//! Every entry is a card and a rule of updates; `ideal` is always run. Written: `/results/<entry>/accuracy_after_epoch`
//! (seeds × epochs + 1, the first before training), `/results/<entry>/accuracy` at the end, `/results/<entry>/weights`
//! (values of a histogram, layer by layer), and the activity of the hardware.
//!
//! Pinned by: `tests/array_training.rs`.

mod results;

use std::path::PathBuf;

use device_models::card::DeviceCard;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::cell::{self, Overrides};
use super::data_set::DataSource;
use crate::experiment::error::chain;
use crate::experiment::hardware::check_arrays;
use crate::experiment::script::{Folders, Kelvin};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::learning::LearningError;
use crate::learning::perceptron::{PerceptronConfig, Trained, train};
use crate::mapping::config::{PeripheryConfig, UpdateConfig, WeightCells};
use crate::mapping::suitability::{Purpose, check_learning_cells};
use crate::mapping::{AnalogConfig, AnalogHardware, Hardware, IdealHardware};
use crate::record::{Attribute, Record};

/// Training in arrays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ArrayTraining {
    /// Number of seeds; they count up from the script's `seed`.
    #[serde(default = "one")]
    seeds: u64,
    /// Network and training.
    #[serde(default)]
    learning: PerceptronConfig,
    /// What is learnt.
    #[serde(default)]
    data: DataSource,
    /// Temperature around the cells.
    #[serde(default = "cell::room_temperature")]
    ambient_temperature: Kelvin,
    /// Tiles, converters, noise, programming: the same for all entries.
    #[serde(default)]
    design: AnalogConfig,
    /// Devices and algorithms.
    entries: Vec<Entry>,
}

/// A device and an algorithm.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Name in the record: small letters, digits, underscores.
    name: String,
    /// Name of a shipped device card, or path of a card file ending in `.json`.
    card: String,
    /// Parameters of the card to replace: name → value with unit.
    #[serde(default)]
    parameters: Overrides,
    /// How learning changes weights, in place of the design's.
    #[serde(default)]
    update: Option<UpdateConfig>,
    /// The cells of a weight, in place of the design's.
    #[serde(default)]
    weight: Option<WeightCells>,
    /// Converters and sense amplifiers, in place of the design's.
    #[serde(default)]
    periphery: Option<PeripheryConfig>,
    /// Largest weight of the arrays, in place of the design's. Left away, single cells of
    /// conductance-step cards hold weights in the card's own units.
    #[serde(default)]
    weight_range: Option<f32>,
    /// Resistance in series with every cell while it is read, Ohm, in place of the design's.
    #[serde(default)]
    access_resistance: Option<f32>,
    /// Epochs, in place of those of `learning`.
    #[serde(default)]
    epochs: Option<usize>,
    /// Learning rates, in place of those of `learning`.
    #[serde(default)]
    learning_rates: Option<Vec<f32>>,
    /// What is added to every weight at the start, in place of that of `learning`.
    #[serde(default)]
    start_shift: Option<f32>,
    /// Published accuracy, for comparison.
    #[serde(default)]
    published: Option<f64>,
}

const MOST_SEEDS: u64 = 1024;

fn one() -> u64 {
    1
}

impl Kind for ArrayTraining {
    const NAME: &'static str = "array_training";
    const PURPOSE: &'static str = "a perceptron trained in arrays: devices and update algorithms compared";
}

impl Entry {
    fn card(&self, folders: &Folders) -> Result<DeviceCard, FieldError> {
        cell::card(folders, &self.card, &self.parameters)
    }

    fn design(&self, common: &AnalogConfig, card: &DeviceCard) -> AnalogConfig {
        let mut design = common.clone();
        if let Some(update) = &self.update {
            design.update = update.clone();
        }
        if let Some(periphery) = &self.periphery {
            design.periphery = periphery.clone();
        }
        if let Some(weight) = &self.weight {
            design.scheme.weight = weight.clone();
        }
        if let Some(resistance) = self.access_resistance {
            design.cells.access_resistance = resistance;
        }
        let single = matches!(
            design.scheme.weight,
            WeightCells::FixedReference | WeightCells::ReferenceColumn | WeightCells::Offset
        );
        let own = card.model.step_device(&[]).zip(card.writing).filter(|_| single);
        if let Some(range) = self.weight_range {
            design.weight_range = range;
        } else if let Some((device, writing)) = own {
            let half = 0.5 * (writing.window.1 - writing.window.0);
            design.weight_range = (half / device.conductance_per_weight) as f32;
        }
        design
    }

    fn learning(&self, common: &PerceptronConfig) -> PerceptronConfig {
        let mut learning = common.clone();
        if let Some(epochs) = self.epochs {
            learning.epochs = epochs;
        }
        if let Some(rates) = &self.learning_rates {
            learning.learning_rates.clone_from(rates);
        }
        if let Some(shift) = self.start_shift {
            learning.start_shift = shift;
        }
        learning
    }

    fn check(&self, study: &ArrayTraining, folders: &Folders, inputs: &mut Inputs) -> Result<(), FieldError> {
        let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if self.name.is_empty() || !self.name.chars().all(allowed) || self.name == "ideal" {
            let text = format!(
                "is \"{}\", but must be small letters, digits and underscores, and not \"ideal\"",
                self.name
            );
            return Err(FieldError::new("name", text));
        }
        let card = self.card(folders)?;
        card.check_windows().map_err(|error| FieldError::new("card", error.to_string()))?;
        let design = self.design(&study.design, &card);
        check_learning_cells(&card, &design).map_err(|text| FieldError::new("card", text))?;
        let idle = check_arrays(&card, &design, Purpose { learns: true, rests: false, costs: false })?;
        inputs.warnings.extend(idle.into_iter().map(|idle| format!("entry {}: {idle}", self.name)));
        validate(&self.learning(&study.learning))?;
        if let Some(published) = self.published.filter(|p| !(0.0..=100.0).contains(p)) {
            return Err(FieldError::new("published", format!("is {published}, but must be a percentage")));
        }
        let own = cell::inputs(&card);
        for card in own.cards {
            if !inputs.cards.contains(&card) {
                inputs.cards.push(card);
            }
        }
        inputs.warnings.extend(own.warnings);
        Ok(())
    }
}

fn validate(learning: &PerceptronConfig) -> Result<(), FieldError> {
    learning.validate().map_err(|error| match error {
        LearningError::Field { field, value, rule } => {
            FieldError::new(format!("learning.{field}"), format!("is {value}: {rule}"))
        }
        other => FieldError::new("learning", chain(&other)),
    })
}

impl Study for ArrayTraining {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            let text = format!("must be from 1 to {MOST_SEEDS}, but is {}", self.seeds);
            return Err(FieldError::new("seeds", text));
        }
        validate(&self.learning)?;
        cell::positive("ambient_temperature", self.ambient_temperature.0, "K")?;
        if self.entries.is_empty() {
            return Err(FieldError::new("entries", "is empty, but must hold at least one device"));
        }
        let mut inputs = Inputs::default();
        for (k, entry) in self.entries.iter().enumerate() {
            let inside = |error: FieldError| error.inside(&format!("entries[{k}]"));
            entry.check(self, folders, &mut inputs).map_err(inside)?;
            if self.entries[..k].iter().any(|other| other.name == entry.name) {
                let text = format!("\"{}\" is the name of two entries", entry.name);
                return Err(FieldError::new(format!("entries[{k}].name"), text));
            }
        }
        inputs.files.extend(self.data.files(folders)?);
        Ok(inputs)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let mut hardware: Vec<(Option<&Entry>, PerceptronConfig, Box<dyn Hardware>)> =
            vec![(None, self.learning.clone(), Box::new(IdealHardware))];
        for (k, entry) in self.entries.iter().enumerate() {
            let card = entry.card(context.folders).map_err(fault)?;
            let design = entry.design(&self.design, &card);
            let made = AnalogHardware::new(&card, &design, self.ambient_temperature.0, context.seed)
                .map_err(|error| fault(FieldError::new(format!("entries[{k}]"), error.to_string())))?;
            hardware.push((Some(entry), entry.learning(&self.learning), Box::new(made)));
        }
        let seeds = (0..self.seeds as usize).map(|s| context.seed.wrapping_add(s as u64));
        let splits = self.data.splits(context.folders, seeds).map_err(fault)?;
        let jobs: Vec<(usize, usize)> =
            (0..hardware.len()).flat_map(|h| (0..splits.len()).map(move |s| (h, s))).collect();
        let epochs: u64 = hardware.iter().map(|(_, learning, _)| learning.epochs as u64).sum();
        context.progress.start("training epochs", epochs * self.seeds);
        let results: Vec<Trained> = jobs
            .into_par_iter()
            .with_max_len(1)
            .map(|(h, s)| {
                let (_, learning, hardware) = &hardware[h];
                let seed = context.seed.wrapping_add(s as u64);
                let step = |_| {
                    context.progress.advance(1);
                    !context.progress.cancelled()
                };
                train(learning, &**hardware, &splits[s], seed, &step)
                    .map_err(|_| ExperimentError::Interrupted { kept: PathBuf::new() })
            })
            .collect::<Result<_, _>>()?;
        let names = hardware.iter().map(|(entry, ..)| entry.map_or("ideal", |e| &e.name).to_owned());
        record.attribute("/results", "learners", &Attribute::Texts(names.collect()))?;
        let mut summary = Vec::new();
        for ((entry, _, hardware), seeds) in hardware.iter().zip(results.chunks_exact(splits.len())) {
            let name = entry.map_or("ideal", |e| &e.name);
            let published = entry.and_then(|e| e.published);
            results::write(record, (name, &hardware.label()), published, context.seed, seeds)?;
            summary.push(results::line(name, &hardware.label(), published, seeds));
        }
        Ok(summary)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// What an entry says stands in place of what is common to all.
    #[test]
    fn entries_replace_parts_of_the_design() {
        let entry: Entry = serde_json::from_value(serde_json::json!({
            "name": "other",
            "card": "step_pcm",
            "periphery": { "adc_bits": 5, "output_noise": 0.25 },
            "update": { "weight_step": 0.03 },
            "weight_range": 1.7,
        }))
        .unwrap();
        let card = entry.card(&Folders::here()).unwrap();
        let mut common = AnalogConfig { tile_rows: 77, ..AnalogConfig::default() };
        common.periphery.dac_bits = 3;
        let design = entry.design(&common, &card);
        assert_eq!((design.tile_rows, design.periphery.adc_bits), (77, 5));
        // The whole block, not single fields of it.
        assert_eq!(design.periphery.dac_bits, PeripheryConfig::default().dac_bits);
        assert_eq!((design.update.weight_step, design.weight_range), (Some(0.03), 1.7));
    }
}
