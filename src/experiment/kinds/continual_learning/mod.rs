//! `continual_learning`: a stream of contexts, learnt by several learners in ideal arithmetic and on arrays of
//! simulated cells.
//!
//! All learners share stream, network and budget. The references are `none` (one context after the other) and
//! `joint` (all data at once). A learner with `"on_arrays": true` has every weight matrix on tiles of cells of
//! a device card. Written: `/results/<learner>/…` as `docs/hdf5.md` says.

mod stream;
mod write;

use std::path::PathBuf;
use std::sync::Arc;

use device_models::card::DeviceCard;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use self::stream::{EvaluateOn, StreamConfig};
use super::arrays::Arrays;
use super::cell;
use super::data_set::DataSource;
use crate::data::Split;
use crate::experiment::error::chain;
use crate::experiment::hardware::check_arrays;
use crate::experiment::script::{Folders, Second};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::learning::LearningError;
use crate::learning::continual::{
    LearnerConfig, Method, Recipe, SeedResult, TrainingConfig, UpdateRule, run_learner,
};
use crate::learning::metrics::mean_sem;
use crate::mapping::suitability::{Purpose, check_learning_cells};
use crate::mapping::{AnalogHardware, Hardware, IdealHardware};
use crate::record::{Attribute, Record};

/// Continual learning.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ContinualLearning {
    /// Number of seeds; they count up from the script's `seed` (after 2⁶⁴ − 1 comes 0).
    #[serde(default = "one")]
    seeds: u64,
    /// The samples.
    #[serde(default)]
    data: DataSource,
    /// The contexts.
    #[serde(default)]
    stream: StreamConfig,
    /// Network, losses and training, the same for all learners.
    #[serde(default)]
    learning: TrainingConfig,
    /// The learners. Left away: `none`, `joint`, `bir`, and with `arrays` also `bir` on them.
    #[serde(default)]
    learners: Option<Vec<LearnerConfig>>,
    /// The arrays of the learners on arrays.
    #[serde(default)]
    arrays: Option<Arrays>,
    /// Time that passes after each context on arrays, before the network is judged and learns the next.
    #[serde(default)]
    rest: Option<Second>,
}

/// Most seeds: an attribute of the record lists them, and HDF5 attributes hold 64 kB.
const MOST_SEEDS: u64 = 4096;

fn one() -> u64 {
    1
}

impl Kind for ContinualLearning {
    const NAME: &'static str = "continual_learning";
    const PURPOSE: &'static str =
        "a stream of contexts learnt with and without replay, in ideal arithmetic and on arrays";
}

/// A learner of the study: what was asked for, what follows, on what.
struct Entry<'a> {
    config: LearnerConfig,
    recipe: Recipe,
    hardware: &'a dyn Hardware,
}

impl ContinualLearning {
    fn card(&self, folders: &Folders) -> Result<Option<(&Arrays, DeviceCard)>, FieldError> {
        let Some(arrays) = &self.arrays else { return Ok(None) };
        let card =
            cell::card(folders, &arrays.card, &arrays.parameters).map_err(|error| error.inside("arrays"))?;
        Ok(Some((arrays, card)))
    }

    fn learners(&self) -> Vec<LearnerConfig> {
        self.learners.clone().unwrap_or_else(|| {
            let mut usual: Vec<_> = [Method::None, Method::Joint, Method::Bir].map(LearnerConfig::of).into();
            if self.arrays.is_some() {
                usual.push(LearnerConfig { on_arrays: true, ..LearnerConfig::of(Method::Bir) });
            }
            usual
        })
    }

    fn check_learners(&self) -> Result<(), FieldError> {
        let learners = self.learners();
        let at = |k: usize, field: &str| format!("learners[{k}].{field}");
        if learners.is_empty() {
            return Err(FieldError::new("learners", "the list is empty"));
        }
        for (k, learner) in learners.iter().enumerate() {
            let recipe = Recipe::new(learner, self.stream.scenario).map_err(|error| match error {
                LearningError::Field { field, value, rule } => {
                    FieldError::new(at(k, field), format!("is {value}: {rule}"))
                }
                other => FieldError::new(format!("learners[{k}]"), chain(&other)),
            })?;
            if learners[..k].iter().any(|earlier| earlier.label() == learner.label()) {
                let text = format!("{} is the name of two learners; give one a \"name\"", learner.label());
                return Err(FieldError::new(at(k, "name"), text));
            }
            if learner.on_arrays && self.arrays.is_none() {
                return Err(FieldError::new(at(k, "on_arrays"), "the script has no \"arrays\" block"));
            }
            if recipe.penalty.is_some() && self.learning.update_rule == UpdateRule::OuterProduct {
                let text = format!(
                    "{} needs gradients in the periphery; write \"update_rule\": \"adam\" in learning",
                    learner.method.name()
                );
                return Err(FieldError::new(at(k, "method"), text));
            }
        }
        if self.arrays.is_some() && !learners.iter().any(|learner| learner.on_arrays) {
            let text = "no learner has \"on_arrays\": true; give one or leave the arrays away";
            return Err(FieldError::new("arrays", text));
        }
        Ok(())
    }

    fn check_hardware(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        let mut inputs = Inputs::default();
        if self.rest.is_some() && self.arrays.is_none() {
            return Err(FieldError::new("rest", "only arrays feel time; give arrays or leave it away"));
        }
        let Some((arrays, card)) = self.card(folders)? else { return Ok(inputs) };
        cell::surroundings(arrays.ambient_temperature, device_models::CurrentLimit::None)
            .map_err(|error| error.inside("arrays"))?;
        let rest = self.rest.map_or(0.0, |rest| rest.0);
        if !(rest.is_finite() && rest >= 0.0) {
            return Err(FieldError::new("rest", format!("is {rest} s, but must not be below zero")));
        }
        let purpose = Purpose { learns: true, rests: rest > 0.0, costs: true };
        let idle = check_arrays(&card, &arrays.design, purpose).map_err(|error| error.inside("arrays"))?;
        card.check_windows().map_err(|error| FieldError::new("arrays.card", error.to_string()))?;
        check_learning_cells(&card, &arrays.design).map_err(|text| FieldError::new("arrays.card", text))?;
        if card.writing.is_none() {
            let message = format!("card {} has no \"writing\" block and cannot be used in arrays", card.name);
            return Err(FieldError::new("arrays.card", message));
        }
        inputs = cell::inputs(&card);
        inputs.warnings.extend(idle.into_iter().map(|idle| format!("arrays.{idle}")));
        if rest > 0.0
            && (!arrays.design.cells.relaxation || (card.relaxation.is_none() && card.drift.is_none()))
        {
            let why = "nothing tells what time does to the cells of this card";
            inputs.warnings.push(format!("rest has no effect: {why}"));
        }
        if card.read_noise.is_some() {
            inputs.warnings.push(format!(
                "card {}: arrays do not use its \"read_noise\" block; reads have arrays.design.cells.read_noise",
                card.name
            ));
        }
        Ok(inputs)
    }

    /// Accuracy of guessing among the units that take part after each context.
    fn chance(&self, split: &Split, seed: u64) -> Result<Vec<f64>, LearningError> {
        let stream = self.stream.stream(split, seed)?;
        let outline = stream.outline();
        let active = |i| outline.active(i, i).iter().filter(|a| **a).count();
        Ok((0..outline.contexts.len()).map(|i| 1.0 / active(i).max(1) as f64).collect())
    }
}

impl Study for ContinualLearning {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            let text = format!("must be from 1 to {MOST_SEEDS}, but is {}", self.seeds);
            return Err(FieldError::new("seeds", text));
        }
        self.stream.check(self.data.classes(folders)?)?;
        self.check_learners()?;
        let mut inputs = self.check_hardware(folders)?;
        inputs.files.extend(self.data.files(folders)?);
        let splits = self.data.splits(folders, std::iter::once(0))?;
        let judged = self.stream.judged(&splits[0], 0).map_err(|e| StreamConfig::field_error(&e))?;
        let stream = self.stream.stream(&judged, 0).map_err(|e| StreamConfig::field_error(&e))?;
        let outline = stream.outline();
        self.learning.validate_for((outline.inputs, outline.units)).map_err(|error| match error {
            LearningError::Field { field, value, rule } => {
                FieldError::new(format!("learning.{field}"), format!("is {value}: {rule}"))
            }
            other => FieldError::new("learning", chain(&other)),
        })?;
        Ok(inputs)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let mut summary = Vec::new();
        let analog = match self.card(context.folders).map_err(fault)? {
            None => None,
            Some((arrays, card)) => {
                let hardware =
                    AnalogHardware::new(&card, &arrays.design, arrays.ambient_temperature.0, context.seed)
                        .map_err(|error| fault(FieldError::new("arrays", error.to_string())))?;
                summary.push(hardware.summary());
                Some(hardware)
            }
        };
        let entries = self.entries(analog.as_ref()).map_err(fault)?;
        let seeds = (0..self.seeds).map(|s| context.seed.wrapping_add(s));
        let splits =
            self.data.splits(context.folders, seeds.collect::<Vec<_>>().into_iter()).map_err(fault)?;
        let chance =
            self.chance(&splits[0], context.seed).map_err(|e| fault(StreamConfig::field_error(&e)))?;
        let results = self.train(context, &entries, &splits)?;
        record.attribute(
            "/results",
            "learners",
            &Attribute::Texts(entries.iter().map(|entry| entry.config.label()).collect()),
        )?;
        record.attribute("/results", "chance", &Attribute::F64s(chance))?;
        let per_learner = results.chunks_exact(self.seeds as usize);
        for (entry, seeds) in entries.iter().zip(per_learner) {
            self.write(record, entry, seeds, &splits[0].test)?;
            let acc: Vec<f64> = seeds.iter().map(|s| s.followed.metrics.acc).collect();
            let (mean, sem) = mean_sem(&acc);
            let samples = match self.stream.evaluate_on {
                EvaluateOn::Test => "",
                EvaluateOn::Validation => " (validation samples)",
            };
            summary.push(format!(
                "{} ({} on {} synapses): {:.2} ± {:.2} %, {}-incremental{samples}",
                entry.config.label(),
                entry.recipe.method.title(),
                entry.hardware.label(),
                100.0 * mean,
                100.0 * sem,
                self.stream.scenario.name(),
            ));
        }
        Ok(summary)
    }
}

impl ContinualLearning {
    fn entries<'a>(&self, analog: Option<&'a AnalogHardware>) -> Result<Vec<Entry<'a>>, FieldError> {
        let entry = |(k, config): (usize, LearnerConfig)| {
            let recipe = Recipe::new(&config, self.stream.scenario)
                .map_err(|error| FieldError::new(format!("learners[{k}]"), chain(&error)))?;
            let hardware: &dyn Hardware = match analog {
                Some(analog) if config.on_arrays => analog,
                _ => &IdealHardware,
            };
            Ok(Entry { config, recipe, hardware })
        };
        self.learners().into_iter().enumerate().map(entry).collect()
    }

    /// All (learner, seed) pairs side by side; the order of the results is fixed.
    fn train(
        &self,
        context: &Context<'_>,
        entries: &[Entry<'_>],
        splits: &[Arc<Split>],
    ) -> Result<Vec<SeedResult>, ExperimentError> {
        let contexts = self.stream.count(splits[0].test.classes());
        let iterations = self.learning.iterations * contexts as u64;
        // The slow learners first, so that no core waits for them at the end.
        let mut jobs: Vec<(usize, u64)> =
            (0..entries.len()).flat_map(|e| (0..self.seeds).map(move |s| (e, s))).collect();
        jobs.reverse();
        let rest = self.rest.map_or(0.0, |rest| rest.0);
        context.progress.start("training iterations", iterations * jobs.len() as u64);
        let mut results = jobs
            .into_par_iter()
            .with_max_len(1)
            .map(|(e, s)| {
                let entry = &entries[e];
                let step = |_| {
                    context.progress.advance(1);
                    !context.progress.cancelled()
                };
                let seed = context.seed.wrapping_add(s);
                let rest = if entry.config.on_arrays { rest } else { 0.0 };
                self.stream
                    .judged(&splits[s as usize], seed)
                    .and_then(|data| {
                        let stream = self.stream.stream(&data, seed)?;
                        let on = entry.hardware;
                        run_learner(&self.learning, &entry.recipe, on, &stream, (seed, rest), &step)
                    })
                    .map_err(|error| match error {
                        LearningError::Stopped { .. } => {
                            ExperimentError::Interrupted { kept: PathBuf::new() }
                        }
                        other => ExperimentError::Field {
                            path: context.script.to_owned(),
                            error: FieldError::new(
                                "learning",
                                format!("{}: {}", entry.config.label(), chain(&other)),
                            ),
                        },
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        results.reverse();
        Ok(results)
    }
}
