//! The record of an inference study.

use super::judge::{BINS, CELL_BINS, CELL_RANGE, LEVELS, Outcome, Spread, WIDEST};
use super::{Findings, Inference};
use crate::data::Split;
use crate::experiment::ExperimentError;
use crate::experiment::hardware::{cost_datasets, tile_datasets};
use crate::record::{Attribute, Dataset, Record, Values};

/// Times of judgement: zero, right after writing, first.
const TIMES: &str = "/inference/time";

/// Writes everything.
pub(super) fn record(
    study: &Inference,
    record: &mut Record,
    findings: &[Findings],
    split: &Split,
) -> Result<(), ExperimentError> {
    let times: Vec<f64> = std::iter::once(0.0).chain(study.instants()).collect();
    record.write(&Dataset::vector(TIMES, times, "s", "time after writing"))?;
    let names = findings.iter().map(|f| f.candidate.name.to_owned()).collect();
    let labels = findings.iter().map(|f| f.candidate.label.clone()).collect();
    for (name, value) in [
        ("networks", Attribute::Texts(names)),
        ("labels", Attribute::Texts(labels)),
        ("axes", Attribute::Texts(super::groups(&study.axes))),
        ("fields", Attribute::Texts(study.axes.iter().map(|axis| axis.field().to_owned()).collect())),
        ("variants", Attribute::Texts(study.axes.iter().map(|axis| axis.variant().to_owned()).collect())),
        ("data", Attribute::Text(study.data.name())),
        ("train_samples", Attribute::I64(split.train.len().cast_signed() as i64)),
        ("test_samples", Attribute::I64(split.test.len().cast_signed() as i64)),
    ] {
        record.attribute("/inference", name, &value)?;
    }
    let centre = |k: usize| WIDEST * ((2 * k + 1) as f64 / BINS as f64 - 1.0);
    record.write(&Dataset::vector(
        "/inference/error",
        (0..BINS).map(centre).collect(),
        "1",
        "error of a weight over the largest of its layer",
    ))?;
    let level = |k: usize| 2.0 * k as f64 / (LEVELS - 1) as f64 - 1.0;
    record.write(&Dataset::vector(
        "/inference/level",
        (0..LEVELS).map(level).collect(),
        "1",
        "target weight over the largest of its layer",
    ))?;
    let share = |k: usize| k as f64 / (LEVELS - 1) as f64;
    record.write(&Dataset::vector(
        "/inference/target",
        (0..LEVELS).map(share).collect(),
        "1",
        "target conductance, from the lower to the upper end of the window",
    ))?;
    let bin = |k: usize| CELL_RANGE.0 + (CELL_RANGE.1 - CELL_RANGE.0) * (k as f64 + 0.5) / CELL_BINS as f64;
    record.write(&Dataset::vector(
        "/inference/conductance",
        (0..CELL_BINS).map(bin).collect(),
        "1",
        "conductance, from the lower to the upper end of the window",
    ))?;
    for (axis, group) in study.axes.iter().zip(super::groups(&study.axes)) {
        let group = format!("/inference/axes/{group}");
        let path = format!("{group}/value");
        match axis.numbers() {
            Some(values) => record.write(&Dataset::vector(&path, values, "1", axis.label()))?,
            None => record.write(&Dataset::texts(&path, axis.texts(), axis.label()))?,
        }
    }
    for found in findings {
        network(study, record, found)?;
        if let Some(control) = super::control(findings, found) {
            let group = format!("/inference/{}", found.candidate.name);
            record.attribute(&group, "control", &Attribute::Text(control.candidate.name.to_owned()))?;
        }
        let group = format!("/inference/{}", found.candidate.name);
        record.attribute(&group, "inferences_per_second", &Attribute::F64(found.throughput()))?;
    }
    Ok(())
}

fn network(study: &Inference, record: &mut Record, found: &Findings) -> Result<(), ExperimentError> {
    let group = format!("/inference/{}", found.candidate.name);
    let scalar = |name: &str, value, long: &str| Dataset::scalar(format!("{group}/{name}"), value, "1", long);
    record.write(&scalar("float_accuracy", found.float, "accuracy in plain arithmetic"))?;
    record.write(&scalar(
        "ideal_cells_accuracy",
        found.ideal_cells,
        "accuracy with converters and ideal cells",
    ))?;
    let epochs = &found.candidate.epochs;
    if !epochs.is_empty() {
        let column = |f: fn(&crate::learning::network::EpochReport) -> f64| epochs.iter().map(f).collect();
        record.write(&Dataset::vector(
            format!("{group}/training/loss"),
            column(|e| e.loss),
            "1",
            "mean loss of an epoch",
        ))?;
        let name = "share of right decisions in the batches of an epoch";
        record.write(&Dataset::vector(
            format!("{group}/training/accuracy"),
            column(|e| e.accuracy),
            "1",
            name,
        ))?;
    }
    record.write(&accuracies(format!("{group}/accuracy"), &[&found.base]).scale(1, TIMES))?;
    for ((axis, own), points) in study.axes.iter().zip(super::groups(&study.axes)).zip(&found.axes) {
        let points: Vec<&[Outcome]> = points.iter().map(Vec::as_slice).collect();
        let values = format!("/inference/axes/{own}/value");
        let mut dataset = accuracies(format!("{group}/axes/{own}"), &points);
        if axis.numbers().is_some() {
            dataset = dataset.scale(0, values);
        }
        record.write(&dataset)?;
    }
    layers(record, &group, &found.base)?;
    wires(record, &group, &found.base)?;
    spreads(record, &group, &found.base)?;
    let costs: Vec<_> = found.base.iter().map(|outcome| outcome.cost.clone()).collect();
    for dataset in cost_datasets(&format!("{group}/cost"), &costs) {
        record.write(&dataset)?;
    }
    let kept = found.base.iter().filter(|_| study.keep_cells);
    for (matrix, tiles) in kept.flat_map(|outcome| outcome.cells.iter().enumerate()) {
        for dataset in tile_datasets(&format!("{group}/cells/matrix_{matrix}"), tiles) {
            record.write(&dataset)?;
        }
    }
    counters(record, &group, found)
}

/// Points × programmings × times; a single point without the first dimension.
fn accuracies(path: String, points: &[&[Outcome]]) -> Dataset {
    let programmings = points.first().map_or(0, |outcomes| outcomes.len());
    let times = points.first().and_then(|o| o.first()).map_or(0, |outcome| outcome.accuracy.len());
    let values: Vec<f64> =
        points.iter().flat_map(|o| o.iter()).flat_map(|o| o.accuracy.iter().copied()).collect();
    let mut shape = vec![points.len(), programmings, times];
    if points.len() == 1 && !path.contains("/axes/") {
        shape.remove(0);
    }
    Dataset::new(path, shape, Values::F64(values), "1", "share of right decisions on the test samples")
}

/// How the layers were written, and the errors of their weights.
fn layers(record: &mut Record, group: &str, base: &[Outcome]) -> Result<(), ExperimentError> {
    let Some(first) = base.first() else { return Ok(()) };
    let names = first.programming.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>();
    let count = names.len();
    let sizes: Vec<i64> = first
        .programming
        .iter()
        .flat_map(|l| [l.outputs, l.inputs, l.products].map(|n| n.cast_signed() as i64))
        .collect();
    record.write(&Dataset::texts(format!("{group}/layers/name"), names, "name of the layer"))?;
    record.write(&Dataset::new(
        format!("{group}/layers/size"),
        vec![count, 3],
        Values::I64(sizes),
        "1",
        "outputs, inputs, products of one sample",
    ))?;
    let mut column = |name: &str,
                      unit: &str,
                      long: &str,
                      f: &dyn Fn(&crate::learning::network::LayerProgramming) -> f64| {
        let values = base.iter().flat_map(|o| o.programming.iter().map(f)).collect();
        record.write(&Dataset::new(
            format!("{group}/layers/{name}"),
            vec![base.len(), count],
            Values::F64(values),
            unit,
            long,
        ))
    };
    column("pulses", "1", "write pulses of all cells", &|l| l.programming.pulses as f64)?;
    column("verify_reads", "1", "reads of cells during writing", &|l| l.programming.reads as f64)?;
    column("failed_cells", "1", "cells that did not reach their target", &|l| l.programming.failed as f64)?;
    column("cells", "1", "cells written", &|l| l.programming.cells as f64)?;
    column("clipped_weights", "1", "weights larger than the arrays can hold", &|l| {
        l.programming.clipped as f64
    })?;
    let times = first.errors.len();
    let values = base.iter().flat_map(|o| o.errors.iter().flatten().copied()).collect();
    let errors = Dataset::new(
        format!("{group}/layers/weight_error"),
        vec![base.len(), times, count],
        Values::F64(values),
        "1",
        "root-mean-square error of the weights, as read out, over the largest of the layer",
    );
    record.write(&errors.scale(1, TIMES))?;
    Ok(())
}

/// How far wires that are solved as ladders are off.
fn wires(record: &mut Record, group: &str, base: &[Outcome]) -> Result<(), ExperimentError> {
    let errors: Vec<f64> =
        base.iter().flat_map(|o| &o.wire_errors).map(|e| e.map_or(f64::NAN, f64::from)).collect();
    if errors.iter().all(|e| e.is_nan()) {
        return Ok(());
    }
    let matrices = base.first().map_or(0, |o| o.wire_errors.len());
    let name = "largest deviation of the wires from the whole circuit, over the largest transconductance";
    record.write(&Dataset::matrix(format!("{group}/wire_error"), base.len(), matrices, errors, "1", name))?;
    Ok(())
}

/// Errors of weights and what was read for each level, over all programmings.
fn spreads(record: &mut Record, group: &str, base: &[Outcome]) -> Result<(), ExperimentError> {
    let times = base.first().map_or(0, |outcome| outcome.spread.len());
    let sums: Vec<Spread> = (0..times)
        .map(|t| {
            let mut sum = Spread::default();
            for outcome in base {
                sum.add(&outcome.spread[t]);
            }
            sum
        })
        .collect();
    let mut write = |name: &str, width: usize, values: Vec<f64>, long: &str, scale: &str| {
        let path = format!("{group}/{name}");
        let dataset = Dataset::new(path, vec![times, width], Values::F64(values), "1", long);
        record.write(&dataset.scale(0, TIMES).scale(1, scale))
    };
    let shares = sums.iter().flat_map(|sum| {
        let all = sum.histogram.iter().sum::<u64>() + sum.outside;
        sum.histogram.iter().map(move |n| *n as f64 / all.max(1) as f64)
    });
    write(
        "weight_errors",
        BINS,
        shares.collect(),
        "share of the weights with this error",
        "/inference/error",
    )?;
    let statistics = |f: fn(f64, f64, f64) -> f64| {
        sums.iter()
            .flat_map(|s| s.levels.map(|(n, sum, squares)| f(n as f64, sum, squares)))
            .collect::<Vec<f64>>()
    };
    let mean = statistics(|n, sum, _| if n > 0.0 { sum / n } else { f64::NAN });
    write("level_mean", LEVELS, mean, "mean of the weights read out for a target", "/inference/level")?;
    let deviation =
        statistics(
            |n, sum, squares| {
                if n > 1.0 { ((squares - sum * sum / n).max(0.0) / (n - 1.0)).sqrt() } else { f64::NAN }
            },
        );
    write(
        "level_deviation",
        LEVELS,
        deviation,
        "standard deviation of the weights read out for a target",
        "/inference/level",
    )?;
    let cells: Vec<f64> = sums
        .iter()
        .flat_map(|sum| {
            let all = sum.cells.iter().flatten().sum::<u64>() + sum.cells_outside;
            sum.cells.iter().flatten().map(move |n| *n as f64 / all.max(1) as f64)
        })
        .collect();
    let dataset = Dataset::new(
        format!("{group}/conductances"),
        vec![times, LEVELS, CELL_BINS],
        Values::F64(cells),
        "1",
        "share of the cells with this conductance, for each level of their targets",
    );
    record
        .write(&dataset.scale(0, TIMES).scale(1, "/inference/target").scale(2, "/inference/conductance"))?;
    let outside: Vec<f64> = sums.iter().map(|s| s.outside as f64).collect();
    let dataset = Dataset::vector(
        format!("{group}/errors_outside"),
        outside,
        "1",
        "weights whose error is beyond the histogram, all programmings",
    );
    record.write(&dataset.scale(0, TIMES))?;
    Ok(())
}

/// What the arrays did, for each programming.
fn counters(record: &mut Record, group: &str, found: &Findings) -> Result<(), ExperimentError> {
    type Reading = fn(&Outcome) -> f64;
    let list: [(&str, &str, &str, Reading); 10] = [
        ("products", "1", "matrix-vector products for all test samples", |o| o.reading.products as f64),
        ("dac_conversions", "1", "digital-to-analog conversions for all test samples", |o| {
            o.reading.dac_conversions as f64
        }),
        ("adc_conversions", "1", "analog-to-digital conversions for all test samples", |o| {
            o.reading.adc_conversions as f64
        }),
        ("adc_clipped", "1", "of these, beyond the range of the converter", |o| o.reading.adc_clipped as f64),
        ("opened_cells", "1", "conductances below zero that reads through wires took for open cells", |o| {
            o.reading.opened_cells as f64
        }),
        ("read_energy", "J", "energy of the cells for all test samples", |o| o.reading.read_energy),
        ("set_pulses", "1", "SET pulses of writing", |o| o.writing.set_pulses as f64),
        ("reset_pulses", "1", "RESET pulses of writing", |o| o.writing.reset_pulses as f64),
        ("write_energy", "J", "energy of the cells during write pulses", |o| o.writing.write_energy),
        ("saturated_cells", "1", "cells outside the conductance window after writing", |o| {
            o.writing.saturated_cells as f64
        }),
    ];
    for (name, unit, long, f) in list {
        let values: Vec<f64> = found.base.iter().map(f).collect();
        record.write(&Dataset::vector(format!("{group}/activity/{name}"), values, unit, long))?;
    }
    Ok(())
}
