//! What a learner leaves in the record.

use super::{ContinualLearning, Entry, Material};
use crate::experiment::ExperimentError;
use crate::experiment::hardware::cost_datasets;
use crate::learning::continual::{LossPoint, SeedResult};
use crate::mapping::Activity;
use crate::record::{Attribute, Dataset, Record, Values};

/// One number of a result.
type Reading = fn(&SeedResult) -> f64;
/// One term of a loss.
type Term = fn(&LossPoint) -> f64;
/// One count of what hardware did.
type Count = fn(&Activity) -> f64;

/// Samples of each class kept beside the generated ones.
const REAL_SAMPLES: usize = 4;

/// Writes what the classes are called, and some judged samples of each, as ideal learners are given them.
pub(super) fn write_classes(
    record: &mut Record,
    material: &Material,
    names: Vec<String>,
) -> Result<(), ExperimentError> {
    record.attribute("/results", "class_names", &Attribute::Texts(names))?;
    let Some(samples) = material.ideal.first().map(|split| &split.test) else { return Ok(()) };
    let (channels, rows, columns) = samples.image();
    let size = channels * rows * columns;
    let mut values = vec![f32::NAN; samples.classes() * REAL_SAMPLES * size];
    for class in 0..samples.classes() {
        let first = samples.of_class(class as u8).into_iter().take(REAL_SAMPLES);
        for (k, i) in first.enumerate() {
            let start = (class * REAL_SAMPLES + k) * size;
            values[start..start + size].copy_from_slice(samples.inputs().row(i));
        }
    }
    record.write(&Dataset::new(
        "/data/samples",
        vec![samples.classes(), REAL_SAMPLES, channels * rows, columns],
        Values::F32(values),
        "1",
        "judged samples of each class",
    ))?;
    Ok(())
}

impl ContinualLearning {
    /// Writes the results of a learner.
    pub(super) fn write(
        &self,
        record: &mut Record,
        material: &Material,
        entry: &Entry<'_>,
        seeds: &[SeedResult],
    ) -> Result<(), ExperimentError> {
        let group = format!("/results/{}", entry.config.label());
        let n = seeds.len();
        let list = Attribute::I64s(seeds.iter().map(|s| s.seed.cast_signed()).collect());
        let contexts = seeds.first().map_or(0, |s| s.followed.accuracy.len());
        let matrices: Vec<f64> =
            seeds.iter().flat_map(|s| s.followed.accuracy.iter().flatten().copied()).collect();
        let mut matrix = Dataset::new(
            format!("{group}/accuracy_matrix"),
            vec![n, contexts, contexts],
            Values::F64(matrices),
            "1",
            "accuracy on context j after training context i",
        );
        let text = |text: &str| Attribute::Text(text.to_owned());
        let attributes = [
            ("scenario", text(self.stream.scenario.name())),
            ("evaluated_on", text(self.stream.evaluate_on.name())),
            ("seeds", list),
            ("synapses", Attribute::Text(entry.hardware.label())),
            ("method", text(entry.recipe.method.name())),
            ("title", text(entry.recipe.method.title())),
            ("settings", Attribute::Text(serde_json::to_string(&entry.recipe).unwrap_or_default())),
        ];
        for (name, value) in &attributes {
            matrix = matrix.attribute(*name, value.clone());
        }
        record.write(&matrix)?;
        for (name, value) in &attributes {
            record.attribute(&group, name, value)?;
        }
        if self.stream.images.is_none() {
            let classes: Vec<u8> =
                seeds.iter().flat_map(|s| self.stream.contexts(material.classes, s.seed).concat()).collect();
            record.write(&Dataset::new(
                format!("{group}/class_order"),
                vec![n, classes.len() / n.max(1)],
                Values::U8(classes),
                "1",
                "classes in the order they were learnt",
            ))?;
        }
        write_metrics(record, &group, seeds)?;
        write_confusion(record, &group, seeds)?;
        write_losses(record, &group, seeds)?;
        let shape = if entry.recipe.replays_images { material.image } else { material.shape };
        write_samples(record, (&group, shape), seeds, contexts)?;
        let activities: Vec<&Activity> = seeds.iter().map(|s| &s.activity).collect();
        write_activity(record, &format!("{group}/activity"), &activities)?;
        let teachers: Vec<&Activity> = seeds.iter().filter_map(|s| s.teacher_activity.as_ref()).collect();
        if !teachers.is_empty() {
            write_activity(record, &format!("{group}/teacher_activity"), &teachers)?;
        }
        let fronts: Vec<&Activity> = seeds.iter().filter_map(|s| s.front_end_activity.as_ref()).collect();
        if !fronts.is_empty() {
            write_activity(record, &format!("{group}/front_end_activity"), &fronts)?;
        }
        write_wear(record, &group, seeds)?;
        let costs: Vec<_> = seeds.iter().filter_map(|s| s.cost.clone()).collect();
        for dataset in cost_datasets(&format!("{group}/cost"), &costs) {
            record.write(&dataset)?;
        }
        Ok(())
    }
}

/// Generated samples of the first seed: contexts × classes × samples × rows × columns, NaN where a class
/// was not yet learnt. A generator that knows no classes has one.
fn write_samples(
    record: &mut Record,
    (group, [channels, rows, columns]): (&str, [usize; 3]),
    seeds: &[SeedResult],
    contexts: usize,
) -> Result<(), ExperimentError> {
    let Some(first) = seeds.first().filter(|s| !s.generated.is_empty()) else { return Ok(()) };
    let class = |sample: &crate::learning::continual::GeneratedSample| sample.class.unwrap_or(0);
    let classes = first.generated.iter().map(class).max().unwrap_or(0) + 1;
    let mut count = vec![0_usize; contexts * classes];
    for sample in &first.generated {
        count[sample.context * classes + class(sample)] += 1;
    }
    let samples = count.iter().copied().max().unwrap_or(0);
    let features = first.generated[0].features.len();
    let mut values = vec![f32::NAN; contexts * classes * samples * features];
    count.fill(0);
    for sample in &first.generated {
        let slot = sample.context * classes + class(sample);
        let start = (slot * samples + count[slot]) * features;
        values[start..start + features].copy_from_slice(&sample.features);
        count[slot] += 1;
    }
    record.write(&Dataset::new(
        format!("{group}/samples"),
        vec![contexts, classes, samples, channels * rows, columns],
        Values::F32(values),
        "1",
        "samples generated after each context",
    ))?;
    Ok(())
}

fn write_metrics(record: &mut Record, group: &str, seeds: &[SeedResult]) -> Result<(), ExperimentError> {
    let counters: [(&str, &str, Reading); 10] = [
        ("accuracy", "mean accuracy over contexts after the last one", |s| s.followed.metrics.acc),
        ("backward_transfer", "mean of R[T][j] - R[j][j]", |s| s.followed.metrics.bwt),
        ("forward_transfer", "mean of R[j-1][j] - accuracy before training", |s| s.followed.metrics.fwt),
        ("forgetting_from_first", "mean of R[j][j] - R[T][j]", |s| s.followed.metrics.forgetting_from_first),
        ("forgetting_from_best", "mean of the best R[i][j] minus R[T][j]", |s| {
            s.followed.metrics.forgetting_from_best
        }),
        ("stored/parameters", "weights, biases and prior that are trained", |s| s.parameters as f64),
        ("stored/optimiser", "moments of the optimiser, in digital memory", |s| s.stored.optimiser as f64),
        ("stored/importance", "importance and old weights of the penalty, in digital memory", |s| {
            s.stored.importance as f64
        }),
        ("stored/samples", "features and labels of stored samples, in digital memory", |s| {
            s.stored.samples as f64
        }),
        ("stored/teacher", "teacher and generator, in digital memory", |s| s.stored.teacher as f64),
    ];
    for (name, long_name, f) in counters {
        let values = seeds.iter().map(f).collect();
        record.write(&Dataset::vector(format!("{group}/{name}"), values, "1", long_name))?;
    }
    Ok(())
}

/// Cells of the first seed.
fn write_wear(record: &mut Record, group: &str, seeds: &[SeedResult]) -> Result<(), ExperimentError> {
    let Some(wear) = seeds.first().and_then(|s| s.wear.as_ref()) else { return Ok(()) };
    let group = format!("{group}/wear");
    let bins = "middle of the bins of conductance";
    record.write(&Dataset::vector(format!("{group}/conductance"), wear.conductance.clone(), "S", bins))?;
    for (name, counts) in [("before", &wear.before), ("after", &wear.after)] {
        record.write(&Dataset::new(
            format!("{group}/{name}"),
            vec![counts.len()],
            Values::I64(counts.iter().map(|n| n.cast_signed()).collect()),
            "1",
            format!("cells of all matrices in each bin {name} learning"),
        ))?;
    }
    for map in &wear.pulses {
        record.write(&Dataset::new(
            format!("{group}/pulses/{}", map.matrix),
            vec![map.shape.0, map.shape.1],
            Values::I64(map.pulses.iter().map(|n| n.cast_signed()).collect()),
            "1",
            "write pulses on the cells of each weight",
        ))?;
    }
    Ok(())
}

fn write_confusion(record: &mut Record, group: &str, seeds: &[SeedResult]) -> Result<(), ExperimentError> {
    let units = seeds.first().map_or(0, |s| s.followed.confusion.len());
    let counts = seeds.iter().flat_map(|s| s.followed.confusion.iter().flatten().map(|c| i64::from(*c)));
    record.write(&Dataset::new(
        format!("{group}/confusion"),
        vec![seeds.len(), units, units],
        Values::I64(counts.collect()),
        "1",
        "judged samples at the end by output unit of the label (row) and of the decision (column)",
    ))?;
    Ok(())
}

fn write_losses(record: &mut Record, group: &str, seeds: &[SeedResult]) -> Result<(), ExperimentError> {
    let Some(first) = seeds.first() else { return Ok(()) };
    let iterations = first.losses.iter().map(|point| point.iteration as f64).collect();
    let scale = format!("{group}/loss/iteration");
    record.write(&Dataset::vector(scale, iterations, "1", "training iteration"))?;
    let terms: [(&str, Term); 4] = [
        ("prediction", |p| p.prediction),
        ("distillation", |p| p.distillation),
        ("reconstruction", |p| p.reconstruction),
        ("latent", |p| p.latent),
    ];
    for (name, f) in terms {
        let values: Vec<f64> = seeds.iter().flat_map(|s| s.losses.iter().map(f)).collect();
        record.write(&Dataset::new(
            format!("{group}/loss/{name}"),
            vec![seeds.len(), first.losses.len()],
            Values::F64(values),
            "1",
            "term of the loss, weighted as in the total",
        ))?;
    }
    Ok(())
}

fn write_activity(record: &mut Record, group: &str, activities: &[&Activity]) -> Result<(), ExperimentError> {
    let counters: [(&str, &str, &str, Count); 16] = [
        ("products", "1", "matrix-vector products, forward and backward, one per sample", |a| {
            a.products as f64
        }),
        ("dac_conversions", "1", "digital-to-analog conversions of inputs and errors", |a| {
            a.dac_conversions as f64
        }),
        ("adc_conversions", "1", "analog-to-digital conversions of line currents", |a| {
            a.adc_conversions as f64
        }),
        ("adc_clipped", "1", "analog-to-digital conversions beyond the range of the converter", |a| {
            a.adc_clipped as f64
        }),
        ("dac_clipped", "1", "inputs beyond the range of the digital-to-analog converters", |a| {
            a.dac_clipped as f64
        }),
        ("cell_reads", "1", "reads of single cells (verify, read-out of weights)", |a| a.cell_reads as f64),
        ("set_pulses", "1", "SET pulses on all cells", |a| a.set_pulses as f64),
        ("reset_pulses", "1", "RESET pulses on all cells", |a| a.reset_pulses as f64),
        ("update_clipped", "1", "changes of weights cut by trains or the pulse budget", |a| {
            a.update_clipped as f64
        }),
        (
            "failed_writes",
            "1",
            "cells that did not reach their targets when weights were written anew",
            |a| a.failed_writes as f64,
        ),
        ("max_cell_pulses", "1", "write pulses on the cell that received most", |a| a.max_cell_pulses as f64),
        ("dead_cells", "1", "cells that have died of their write pulses", |a| a.dead_cells as f64),
        ("saturated_cells", "1", "cells at the edge of their conductance window at their last write", |a| {
            a.saturated_cells as f64
        }),
        ("opened_cells", "1", "conductances below zero that reads through wires took for open cells", |a| {
            a.opened_cells as f64
        }),
        ("read_energy", "J", "energy dissipated in cells during products and reads", |a| a.read_energy),
        ("write_energy", "J", "energy dissipated in cells during write pulses", |a| a.write_energy),
    ];
    for (name, unit, long_name, f) in counters {
        let values = activities.iter().map(|a| f(a)).collect();
        record.write(&Dataset::vector(format!("{group}/{name}"), values, unit, long_name))?;
    }
    Ok(())
}
