//! `continual_learning`: a stream of contexts, learnt by several learners in ideal arithmetic and on arrays of
//! simulated cells.
//!
//! All learners share stream, network and budget. The references are `none` (one context after the other) and
//! `joint` (all data at once). A learner with `"on_arrays": true` has every weight matrix on tiles of cells of
//! a device card. Written: `/results/<learner>/…` as `docs/hdf5.md` says.

mod conduction;
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
use super::front_end::{FrontEndSource, PretrainedFrontEnd};
use crate::data::Split;
use crate::experiment::error::chain;
use crate::experiment::hardware::check_arrays;
use crate::experiment::script::{Folders, Second};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::learning::LearningError;
use crate::learning::continual::{
    LearnerConfig, Method, Recipe, Reconstruction, SeedResult, TrainingConfig, UpdateRule, run_learner,
};
use crate::learning::metrics::mean_sem;
use crate::learning::network::{NetworkError, Normalisation};
use crate::learning::protocol::Scenario;
use crate::mapping::suitability::{Purpose, check_learning_cells};
use crate::mapping::{Activity, AnalogHardware, Hardware, IdealHardware};
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
    /// Frozen layers whose features are learnt and replayed instead of the samples (internal replay).
    #[serde(default)]
    front_end: Option<FrontEndSource>,
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

/// First address of the matrices of a front end, behind those of all learners.
const FRONT_END: u64 = 10_000;

/// The samples of a study.
struct Material {
    /// As they are, for each seed.
    samples: Vec<Arc<Split>>,
    /// What ideal learners are given: the same, or their features in ideal arithmetic.
    ideal: Vec<Arc<Split>>,
    front_end: Option<PretrainedFrontEnd>,
    classes: usize,
    /// Channels, rows and columns of a sample, and of what is learnt.
    image: [usize; 3],
    shape: [usize; 3],
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
            if learner.internal_replay.is_some() && self.front_end.is_none() {
                let text =
                    "asks for what is replayed behind a front end, but the script has no \"front_end\" block";
                return Err(FieldError::new(at(k, "internal_replay"), text));
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

    /// Checks the front end; gives the number of its features.
    fn check_front_end(&self, folders: &Folders, inputs: &mut Inputs) -> Result<Option<usize>, FieldError> {
        let Some(source) = &self.front_end else { return Ok(None) };
        if self.stream.images.is_some() {
            let text = "changes images, but a front end gives features; leave one of them away";
            return Err(FieldError::new("stream.images", text));
        }
        let (shape, files) = source.check(folders, self.data.image(folders)?)?;
        inputs.files.extend(files);
        let (wanted, name) = match source.normalisation() {
            Normalisation::Standard => (Reconstruction::SquaredError, "squared_error"),
            Normalisation::Unit => (Reconstruction::CrossEntropy, "cross_entropy"),
        };
        if self.learning.reconstruction != wanted {
            let text =
                format!("does not fit features that are {}; write \"{name}\"", source.normalisation().name());
            return Err(FieldError::new("learning.reconstruction", text));
        }
        Ok(Some(shape.iter().product()))
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
        let features = self.check_front_end(folders, &mut inputs)?;
        let splits = self.data.splits(folders, std::iter::once(0))?;
        let judged = self.stream.judged(&splits[0], 0).map_err(|e| StreamConfig::field_error(&e))?;
        let stream = self.stream.stream(&judged, 0).map_err(|e| StreamConfig::field_error(&e))?;
        let outline = stream.outline();
        self.learning.validate_for((features.unwrap_or(outline.inputs), outline.units)).map_err(|error| {
            match error {
                LearningError::Field { field, value, rule } => {
                    FieldError::new(format!("learning.{field}"), format!("is {value}: {rule}"))
                }
                other => FieldError::new("learning", chain(&other)),
            }
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
        let material = self.material(context)?;
        let chance = self
            .chance(&material.samples[0], context.seed)
            .map_err(|e| fault(StreamConfig::field_error(&e)))?;
        if let Some(front_end) = &material.front_end {
            front_end.write(record)?;
        }
        // What is done is written, whatever became of the rest.
        let (results, failure) = self.train(context, &entries, &material);
        let learners: Vec<(&Entry<'_>, &[SeedResult])> = entries
            .iter()
            .zip(&results)
            .filter(|(_, seeds)| !seeds.is_empty())
            .map(|(entry, seeds)| (entry, seeds.as_slice()))
            .collect();
        record.attribute(
            "/results",
            "learners",
            &Attribute::Texts(learners.iter().map(|(entry, _)| entry.config.label()).collect()),
        )?;
        record.attribute("/results", "chance", &Attribute::F64s(chance))?;
        write::write_classes(record, &material, self.data.class_names(context.folders).map_err(fault)?)?;
        // Only where a class is a compliance current and its samples are traces.
        if self.front_end.is_none()
            && self.stream.scenario != Scenario::Domain
            && let Some(path) = self.data.record(context.folders).map_err(fault)?
        {
            conduction::write(record, (&path, context.script), &material, &learners)?;
        }
        for (entry, seeds) in learners {
            self.write(record, &material, entry, seeds)?;
            summary.push(self.line(entry, seeds));
        }
        failure.map_or(Ok(summary), Err)
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

    /// Reads the samples and makes the front end.
    fn material(&self, context: &Context<'_>) -> Result<Material, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let folders = context.folders;
        let seeds: Vec<u64> = (0..self.seeds).map(|s| context.seed.wrapping_add(s)).collect();
        let samples = self.data.splits(folders, seeds.into_iter()).map_err(fault)?;
        let (classes, image) = (self.data.classes(folders), self.data.image(folders));
        let (classes, mut shape) = (classes.map_err(fault)?, image.map_err(fault)?);
        let border = self.stream.border();
        shape = [shape[0], shape[1] + 2 * border, shape[2] + 2 * border];
        let image = shape;
        let mut ideal = samples.clone();
        let front_end = self.front_end.as_ref().map(|source| source.make(context)).transpose()?;
        if let Some(front_end) = &front_end {
            shape = front_end.stack.feature_shape();
            for (s, split) in samples.iter().enumerate() {
                ideal[s] = match samples[..s].iter().position(|earlier| Arc::ptr_eq(earlier, split)) {
                    Some(earlier) => ideal[earlier].clone(),
                    None => Arc::new(
                        features(front_end, &IdealHardware, 0, split)
                            .map_err(|error| fault(FieldError::new("front_end", chain(&error))))?
                            .0,
                    ),
                };
            }
        }
        Ok(Material { samples, ideal, front_end, classes, image, shape })
    }

    /// One learner, one seed.
    fn one(
        &self,
        entry: &Entry<'_>,
        material: &Material,
        (s, seed): (usize, u64),
        step: &dyn Fn(u64) -> bool,
    ) -> Result<SeedResult, FieldError> {
        let of_learner = |error: &dyn std::error::Error| {
            FieldError::new("learning", format!("{}: {}", entry.config.label(), chain(error)))
        };
        let rest = if entry.config.on_arrays { self.rest.map_or(0.0, |rest| rest.0) } else { 0.0 };
        let mut learning = self.learning.clone();
        let mut eye = None;
        let (split, front_end_activity) = match &material.front_end {
            Some(front_end) if entry.recipe.replays_images => {
                // The front end gives features of either kind; images are between 0 and 1.
                learning.reconstruction = Reconstruction::CrossEntropy;
                let on = front_end.stack.on(entry.hardware, seed, FRONT_END);
                eye = Some(on.map_err(|error| FieldError::new("front_end", chain(&error)))?);
                (material.samples[s].clone(), None)
            }
            Some(front_end) if entry.config.on_arrays => {
                let (split, activity) = features(front_end, entry.hardware, seed, &material.samples[s])
                    .map_err(|error| FieldError::new("front_end", chain(&error)))?;
                (Arc::new(split), Some(activity))
            }
            _ => (material.ideal[s].clone(), None),
        };
        let data = self.stream.judged(&split, seed).map_err(|error| of_learner(&error))?;
        let stream = self.stream.stream(&data, seed).map_err(|error| of_learner(&error))?;
        let result = run_learner(&learning, &entry.recipe, entry.hardware, &stream, (seed, rest), eye, step);
        let with_eye = |result: SeedResult| SeedResult {
            front_end_activity: front_end_activity.or(result.front_end_activity.clone()),
            ..result
        };
        result.map(with_eye).map_err(|error| of_learner(&error))
    }

    /// One line of the summary.
    fn line(&self, entry: &Entry<'_>, seeds: &[SeedResult]) -> String {
        let acc: Vec<f64> = seeds.iter().map(|s| s.followed.metrics.acc).collect();
        let (mean, sem) = mean_sem(&acc);
        let samples = match self.stream.evaluate_on {
            EvaluateOn::Test => "",
            EvaluateOn::Validation => " (validation samples)",
        };
        format!(
            "{} ({} on {} synapses): {:.2} ± {:.2} %, {}-incremental{samples}",
            entry.config.label(),
            entry.recipe.method.title(),
            entry.hardware.label(),
            100.0 * mean,
            100.0 * sem,
            self.stream.scenario.name(),
        )
    }

    /// All (learner, seed) pairs side by side: the finished seeds of every learner in a fixed order, and the first
    /// failure. A learner that fails does not stop the others; an interruption stops all.
    fn train(
        &self,
        context: &Context<'_>,
        entries: &[Entry<'_>],
        material: &Material,
    ) -> (Vec<Vec<SeedResult>>, Option<ExperimentError>) {
        let contexts = self.stream.count(material.classes);
        let iterations = self.learning.iterations * contexts as u64;
        // The slow learners first, so that no core waits for them at the end.
        let mut jobs: Vec<(usize, u64)> =
            (0..entries.len()).flat_map(|e| (0..self.seeds).map(move |s| (e, s))).collect();
        jobs.reverse();
        context.progress.start("training iterations", iterations * jobs.len() as u64);
        let step = |_| {
            context.progress.advance(1);
            !context.progress.cancelled()
        };
        let mut done: Vec<_> = jobs
            .into_par_iter()
            .with_max_len(1)
            .map(|(e, s)| {
                let seed = context.seed.wrapping_add(s);
                let result = self.one(&entries[e], material, (s as usize, seed), &step).map_err(|error| {
                    if context.progress.cancelled() {
                        return ExperimentError::Interrupted { kept: PathBuf::new() };
                    }
                    ExperimentError::Field { path: context.script.to_owned(), error }
                });
                (e, result)
            })
            .collect();
        done.reverse();
        let mut results: Vec<Vec<SeedResult>> = entries.iter().map(|_| Vec::new()).collect();
        let mut failure = None;
        for (e, result) in done {
            match result {
                Ok(result) => results[e].push(result),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        (results, failure)
    }
}

/// The features of all samples through a front end on some hardware, and what that did.
fn features(
    front_end: &PretrainedFrontEnd,
    hardware: &dyn Hardware,
    seed: u64,
    split: &Split,
) -> Result<(Split, Activity), NetworkError> {
    let mut on = front_end.stack.on(hardware, seed, FRONT_END)?;
    let split = Split { train: on.features(&split.train)?, test: on.features(&split.test)? };
    let mut sum = Activity::default();
    on.activities().iter().for_each(|activity| sum.add(activity));
    Ok((split, sum))
}
