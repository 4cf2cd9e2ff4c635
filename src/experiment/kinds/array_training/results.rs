//! What the record holds of one entry, and its line in the summary.

use crate::experiment::ExperimentError;
use crate::learning::metrics::mean_sem;
use crate::learning::perceptron::Trained;
use crate::mapping::Activity;
use crate::record::{Attribute, Dataset, Record, Values};

/// Bins of a histogram of weights.
const BINS: usize = 81;

fn last(seed: &Trained) -> f64 {
    seed.accuracy.last().copied().unwrap_or(f64::NAN)
}

/// One line for the user.
pub(super) fn line(name: &str, on: &str, published: Option<f64>, seeds: &[Trained]) -> String {
    let (mean, sem) = mean_sem(&seeds.iter().map(last).collect::<Vec<_>>());
    let beside = published.map_or_else(String::new, |p| format!(", published {p} %"));
    let of = if name == "ideal" { String::new() } else { format!(" on {on}") };
    format!("{name}{of}: {:.1} ± {:.1} %{beside}", 100.0 * mean, 100.0 * sem)
}

fn sum(seed: &Trained) -> Activity {
    let mut sum = Activity::default();
    seed.activity.iter().for_each(|layer| sum.add(layer));
    sum
}

/// One number of the activity.
type Reading = fn(&Activity) -> f64;

/// Writes the results of one entry.
pub(super) fn write(
    record: &mut Record,
    (name, on): (&str, &str),
    published: Option<f64>,
    first_seed: u64,
    seeds: &[Trained],
) -> Result<(), ExperimentError> {
    let group = format!("/results/{name}");
    let epochs = seeds.first().map_or(0, |seed| seed.accuracy.len());
    let all = seeds.iter().flat_map(|seed| seed.accuracy.iter().copied()).collect();
    record.write(&Dataset::new(
        format!("{group}/accuracy_after_epoch"),
        vec![seeds.len(), epochs],
        Values::F64(all),
        "1",
        "accuracy on test samples, before training and after each epoch",
    ))?;
    let ends = seeds.iter().map(last).collect();
    record.write(&Dataset::vector(format!("{group}/accuracy"), ends, "1", "accuracy on test samples"))?;
    let numbers = (0..seeds.len() as u64).map(|s| first_seed.wrapping_add(s).cast_signed()).collect();
    record.attribute(&group, "seeds", &Attribute::I64s(numbers))?;
    record.attribute(&group, "synapses", &Attribute::Text(on.to_owned()))?;
    if let Some(percent) = published {
        record.attribute(&group, "published_accuracy", &Attribute::F64(percent / 100.0))?;
    }
    let counters: [(&str, &str, &str, Reading); 11] = [
        ("products", "1", "matrix-vector products, forward and backward, one per sample", |a| {
            a.products as f64
        }),
        ("adc_conversions", "1", "analog-to-digital conversions", |a| a.adc_conversions as f64),
        ("adc_clipped", "1", "conversions beyond the range of the converter", |a| a.adc_clipped as f64),
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
        ("read_energy", "J", "energy dissipated in cells during products and reads", |a| a.read_energy),
        ("write_energy", "J", "energy dissipated in cells during write pulses", |a| a.write_energy),
    ];
    for (counter, unit, long_name, f) in counters {
        let values = seeds.iter().map(|seed| f(&sum(seed))).collect();
        record.write(&Dataset::vector(format!("{group}/activity/{counter}"), values, unit, long_name))?;
    }
    let per_cell = seeds
        .iter()
        .map(|seed| {
            let sum = sum(seed);
            (sum.set_pulses + sum.reset_pulses) as f64 / sum.cells.max(1) as f64
        })
        .collect();
    let path = format!("{group}/activity/pulses_per_cell");
    record.write(&Dataset::vector(path, per_cell, "1", "write pulses per cell, mean over cells"))?;
    histograms(record, &group, seeds)
}

/// Histograms of the weights of every layer at the end, over all seeds.
fn histograms(record: &mut Record, group: &str, seeds: &[Trained]) -> Result<(), ExperimentError> {
    let layers = seeds.first().map_or(0, |seed| seed.weights.len());
    let values = |layer: usize| seeds.iter().flat_map(move |seed| seed.weights[layer].as_slice());
    let widest = (0..layers).flat_map(values).fold(0.0_f32, |m, w| m.max(w.abs()));
    let widest = f64::from(widest).max(1e-12);
    let step = 2.0 * widest / BINS as f64;
    let centres = (0..BINS).map(|b| (b as f64 + 0.5) * step - widest).collect();
    let path = format!("{group}/weight");
    record.write(&Dataset::vector(path.clone(), centres, "1", "weight"))?;
    let mut shares = vec![0.0; layers * BINS];
    for layer in 0..layers {
        let count = values(layer).count().max(1) as f64;
        for w in values(layer) {
            let bin = ((f64::from(*w) + widest) / step) as usize;
            shares[layer * BINS + bin.min(BINS - 1)] += 1.0 / count;
        }
    }
    let set = Dataset::new(
        format!("{group}/weight_histogram"),
        vec![layers, BINS],
        Values::F64(shares),
        "1",
        "share of the weights of each layer at the end",
    );
    record.write(&set)?;
    Ok(())
}
