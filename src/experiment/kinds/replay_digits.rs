//! `replay_digits`: class-incremental learning of handwritten digits, in ideal arithmetic and on
//! arrays of simulated cells.
//!
//! Four learners share network, data and budget: `none` (one context after the other, the lower
//! reference), `joint` (all data at once, the upper reference), `replay` (brain-inspired replay),
//! all on ideal synapses, and `replay_on_arrays` (the same replay with every weight matrix on
//! tiles of cells of a device card). Written: `/results/<learner>/…` as `docs/hdf5.md` says.

use std::path::PathBuf;

use device_models::card::DeviceCard;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use super::arrays::Arrays;
use super::cell;
use crate::data::{DataError, Digits, Samples};
use crate::experiment::error::chain;
use crate::experiment::hardware::{check_arrays, cost_datasets};
use crate::experiment::script::{Folders, Second};
use crate::experiment::{Context, ExperimentError, FieldError, Inputs, Kind, Study};
use crate::learning::LearningError;
use crate::learning::metrics::mean_sem;
use crate::learning::replay::{EvaluateOn, Learner, ReplayConfig, SeedResult, run_learner};
use crate::mapping::suitability::{Purpose, check_learning_cells};
use crate::mapping::{AnalogHardware, Hardware, IdealHardware};
use crate::record::{Attribute, Dataset, Record, Values};

/// Class-incremental learning of handwritten digits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ReplayDigits {
    /// Number of seeds; they count up from the script's `seed` (after 2⁶⁴ − 1 comes 0).
    #[serde(default = "one")]
    seeds: u64,
    /// Network, losses and training.
    #[serde(default)]
    learning: ReplayConfig,
    /// The arrays of `replay_on_arrays`; without this block only the ideal learners run.
    #[serde(default)]
    arrays: Option<Arrays>,
    /// Time that passes after each context on arrays, before the network is judged and learns the next.
    #[serde(default)]
    rest: Option<Second>,
    /// Your own digits instead of the shipped ones.
    #[serde(default)]
    data: Option<DataFile>,
}

/// A data file in the format of the shipped digits.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DataFile {
    /// Path of the CSV file: 64 pixels from 0 to 16 and the label in each line.
    file: String,
    /// SHA-256 the file must have.
    #[serde(default)]
    sha256: Option<String>,
}

/// Most seeds: an attribute of the record lists them, and HDF5 attributes hold 64 kB.
const MOST_SEEDS: u64 = 4096;

fn one() -> u64 {
    1
}

impl Kind for ReplayDigits {
    const NAME: &'static str = "replay_digits";
    const PURPOSE: &'static str = "class-incremental learning of digits with replay, ideal and on arrays";
}

/// One number of a result.
type Reading = fn(&SeedResult) -> f64;

/// A learner of the study: its name in the record, how it learns, on what.
struct Entry<'a> {
    name: &'static str,
    learner: Learner,
    hardware: &'a dyn Hardware,
}

impl ReplayDigits {
    fn samples(&self, folders: &Folders) -> Result<(Samples, Option<PathBuf>), FieldError> {
        let fault = |error: DataError| FieldError::new("data.file", chain(&error));
        match &self.data {
            None => Ok((Digits::embedded().map_err(fault)?.samples, None)),
            Some(data) => {
                let path = folders.find("data.file", &data.file)?;
                let digits = Digits::from_file(&path, data.sha256.as_deref()).map_err(fault)?;
                Ok((digits.samples, Some(path)))
            }
        }
    }

    fn card(&self, folders: &Folders) -> Result<Option<(&Arrays, DeviceCard)>, FieldError> {
        let Some(arrays) = &self.arrays else { return Ok(None) };
        let card =
            cell::card(folders, &arrays.card, &arrays.parameters).map_err(|error| error.inside("arrays"))?;
        Ok(Some((arrays, card)))
    }
}

impl Study for ReplayDigits {
    fn check(&self, folders: &Folders) -> Result<Inputs, FieldError> {
        if !(1..=MOST_SEEDS).contains(&self.seeds) {
            let text = format!("must be from 1 to {MOST_SEEDS}, but is {}", self.seeds);
            return Err(FieldError::new("seeds", text));
        }
        let (samples, file) = self.samples(folders)?;
        self.learning.validate_for(&samples).map_err(|error| match error {
            LearningError::Field { field, value, rule } => {
                FieldError::new(format!("learning.{field}"), format!("is {value}: {rule}"))
            }
            other => FieldError::new("learning", chain(&other)),
        })?;
        samples
            .split(0, self.learning.test_share)
            .map_err(|error| FieldError::new("data.file", chain(&error)))?;
        let mut inputs = Inputs::default();
        if self.rest.is_some() && self.arrays.is_none() {
            return Err(FieldError::new("rest", "only arrays feel time; give arrays or leave it away"));
        }
        if let Some((arrays, card)) = self.card(folders)? {
            cell::surroundings(arrays.ambient_temperature, device_models::CurrentLimit::None)
                .map_err(|error| error.inside("arrays"))?;
            let rest = self.rest.map_or(0.0, |rest| rest.0);
            if !(rest.is_finite() && rest >= 0.0) {
                return Err(FieldError::new("rest", format!("is {rest} s, but must not be below zero")));
            }
            let purpose = Purpose { learns: true, rests: rest > 0.0, costs: true };
            let idle =
                check_arrays(&card, &arrays.design, purpose).map_err(|error| error.inside("arrays"))?;
            card.check_windows().map_err(|error| FieldError::new("arrays.card", error.to_string()))?;
            check_learning_cells(&card, &arrays.design)
                .map_err(|text| FieldError::new("arrays.card", text))?;
            if card.writing.is_none() {
                let message =
                    format!("card {} has no \"writing\" block and cannot be used in arrays", card.name);
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
        }
        inputs.files.extend(file);
        Ok(inputs)
    }

    fn run(&self, context: &Context<'_>, record: &mut Record) -> Result<Vec<String>, ExperimentError> {
        let fault = |error| ExperimentError::Field { path: context.script.to_owned(), error };
        let (samples, _) = self.samples(context.folders).map_err(fault)?;
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
        let mut entries: Vec<Entry<'_>> = [Learner::None, Learner::Joint, Learner::Replay]
            .map(|learner| Entry { name: learner.name(), learner, hardware: &IdealHardware })
            .into();
        if let Some(analog) = &analog {
            entries.push(Entry { name: "replay_on_arrays", learner: Learner::Replay, hardware: analog });
        }
        let results = self.train(context, &entries, &samples)?;
        record.attribute(
            "/results",
            "learners",
            &Attribute::Texts(entries.iter().map(|entry| entry.name.to_owned()).collect()),
        )?;
        record.attribute("/results", "chance", &Attribute::F64s(self.chance(samples.classes())))?;
        let per_learner = results.chunks_exact(self.seeds as usize);
        for (entry, seeds) in entries.iter().zip(per_learner) {
            write(record, entry, self.learning.evaluate_on, seeds)?;
            let (mean, sem) = mean_sem(&seeds.iter().map(|s| s.metrics.acc).collect::<Vec<_>>());
            let on = if entry.learner == Learner::Replay {
                format!(" on {} synapses", entry.hardware.label())
            } else {
                String::new()
            };
            let what = match entry.learner {
                Learner::None => "no replay",
                Learner::Joint => "joint training",
                Learner::Replay => "replay",
            };
            let samples = match self.learning.evaluate_on {
                EvaluateOn::Test => "",
                EvaluateOn::Validation => " (validation samples)",
            };
            summary.push(format!(
                "{what}{on}: {:.1} ± {:.1} % of all digits{samples}",
                100.0 * mean,
                100.0 * sem
            ));
        }
        Ok(summary)
    }
}

impl ReplayDigits {
    /// Accuracy of guessing among the units that take part after each context.
    fn chance(&self, classes: usize) -> Vec<f64> {
        let contexts = &self.learning.contexts;
        let active = |i| self.learning.active_units.mask(contexts, i, classes).iter().filter(|a| **a).count();
        (0..contexts.len()).map(|i| 1.0 / active(i).max(1) as f64).collect()
    }

    /// All (learner, seed) pairs side by side; the order of the results is fixed.
    fn train(
        &self,
        context: &Context<'_>,
        entries: &[Entry<'_>],
        samples: &Samples,
    ) -> Result<Vec<SeedResult>, ExperimentError> {
        let iterations = self.learning.iterations * self.learning.contexts.len() as u64;
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
                run_learner(&self.learning, entry.learner, entry.hardware, samples, (seed, rest), &step)
                    .map_err(|error| match error {
                        LearningError::Stopped { .. } => {
                            ExperimentError::Interrupted { kept: PathBuf::new() }
                        }
                        other => ExperimentError::Field {
                            path: context.script.to_owned(),
                            error: FieldError::new("learning", format!("{}: {}", entry.name, chain(&other))),
                        },
                    })
            })
            .collect::<Result<Vec<_>, _>>()?;
        results.reverse();
        Ok(results)
    }
}

fn write(
    record: &mut Record,
    entry: &Entry<'_>,
    judged: EvaluateOn,
    seeds: &[SeedResult],
) -> Result<(), ExperimentError> {
    let group = format!("/results/{}", entry.name);
    let n = seeds.len();
    let list = Attribute::I64s(seeds.iter().map(|s| s.seed.cast_signed()).collect());
    let contexts = seeds.first().map_or(0, |s| s.accuracy.len());
    let matrices: Vec<f64> = seeds.iter().flat_map(|s| s.accuracy.iter().flatten().copied()).collect();
    let mut matrix = Dataset::new(
        format!("{group}/accuracy_matrix"),
        vec![n, contexts, contexts],
        Values::F64(matrices),
        "1",
        "accuracy on context j after training context i",
    );
    let attributes = [
        ("scenario", Attribute::Text("class".into())),
        ("evaluated_on", Attribute::Text(judged.name().into())),
        ("seeds", list),
        ("synapses", Attribute::Text(entry.hardware.label())),
    ];
    for (name, value) in &attributes {
        matrix = matrix.attribute(*name, value.clone());
    }
    record.write(&matrix)?;
    for (name, value) in &attributes {
        record.attribute(&group, name, value)?;
    }
    let mut per_seed = |name: &str, long_name: &str, f: fn(&SeedResult) -> f64| {
        let values = seeds.iter().map(f).collect();
        record.write(&Dataset::vector(format!("{group}/{name}"), values, "1", long_name))
    };
    per_seed("accuracy", "mean accuracy over contexts after the last one", |s| s.metrics.acc)?;
    per_seed("backward_transfer", "mean of R[T][j] - R[j][j]", |s| s.metrics.bwt)?;
    per_seed("forward_transfer", "mean of R[j-1][j] - accuracy before training", |s| s.metrics.fwt)?;
    per_seed("forgetting_from_first", "mean of R[j][j] - R[T][j]", |s| s.metrics.forgetting_from_first)?;
    per_seed("forgetting_from_best", "mean of the best R[i][j] minus R[T][j]", |s| {
        s.metrics.forgetting_from_best
    })?;
    write_samples(record, &group, seeds, contexts)?;
    let counters: [(&str, &str, &str, Reading); 14] = [
        ("products", "1", "matrix-vector products, forward and backward, one per sample", |s| {
            s.activity.products as f64
        }),
        ("dac_conversions", "1", "digital-to-analog conversions of inputs and errors", |s| {
            s.activity.dac_conversions as f64
        }),
        ("adc_conversions", "1", "analog-to-digital conversions of line currents", |s| {
            s.activity.adc_conversions as f64
        }),
        ("adc_clipped", "1", "analog-to-digital conversions beyond the range of the converter", |s| {
            s.activity.adc_clipped as f64
        }),
        ("dac_clipped", "1", "inputs beyond the range of the digital-to-analog converters", |s| {
            s.activity.dac_clipped as f64
        }),
        ("cell_reads", "1", "reads of single cells (verify, read-out of weights)", |s| {
            s.activity.cell_reads as f64
        }),
        ("set_pulses", "1", "SET pulses on all cells", |s| s.activity.set_pulses as f64),
        ("reset_pulses", "1", "RESET pulses on all cells", |s| s.activity.reset_pulses as f64),
        ("update_clipped", "1", "changes of weights cut by trains or the pulse budget", |s| {
            s.activity.update_clipped as f64
        }),
        ("max_cell_pulses", "1", "write pulses on the cell that received most", |s| {
            s.activity.max_cell_pulses as f64
        }),
        ("saturated_cells", "1", "cells at the edge of their conductance window at their last write", |s| {
            s.activity.saturated_cells as f64
        }),
        ("opened_cells", "1", "conductances below zero that reads through wires took for open cells", |s| {
            s.activity.opened_cells as f64
        }),
        ("read_energy", "J", "energy dissipated in cells during products and reads", |s| {
            s.activity.read_energy
        }),
        ("write_energy", "J", "energy dissipated in cells during write pulses", |s| s.activity.write_energy),
    ];
    for (name, unit, long_name, f) in counters {
        let values = seeds.iter().map(f).collect();
        record.write(&Dataset::vector(format!("{group}/activity/{name}"), values, unit, long_name))?;
    }
    let costs: Vec<_> = seeds.iter().filter_map(|s| s.cost.clone()).collect();
    for dataset in cost_datasets(&format!("{group}/cost"), &costs) {
        record.write(&dataset)?;
    }
    Ok(())
}

/// Generated images of the first seed: contexts × classes × samples × height × width, NaN where a
/// class was not yet learnt.
fn write_samples(
    record: &mut Record,
    group: &str,
    seeds: &[SeedResult],
    contexts: usize,
) -> Result<(), ExperimentError> {
    let Some(first) = seeds.first().filter(|s| !s.generated.is_empty()) else { return Ok(()) };
    let classes = first.generated.iter().map(|g| usize::from(g.class)).max().unwrap_or(0) + 1;
    let mut count = vec![0_usize; contexts * classes];
    for sample in &first.generated {
        count[sample.context * classes + usize::from(sample.class)] += 1;
    }
    let samples = count.iter().copied().max().unwrap_or(0);
    let pixels = first.generated[0].pixels.len();
    let side = pixels.isqrt();
    let mut values = vec![f32::NAN; contexts * classes * samples * pixels];
    count.fill(0);
    for sample in &first.generated {
        let slot = sample.context * classes + usize::from(sample.class);
        let start = (slot * samples + count[slot]) * pixels;
        values[start..start + pixels].copy_from_slice(&sample.pixels);
        count[slot] += 1;
    }
    record.write(&Dataset::new(
        format!("{group}/samples"),
        vec![contexts, classes, samples, side, pixels / side.max(1)],
        Values::F32(values),
        "1",
        "images generated after each context",
    ))?;
    Ok(())
}
