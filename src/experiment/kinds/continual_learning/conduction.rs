//! What generated conduction traces conduct: the resistance that each compliance current leaves, and the
//! compliance law in it, beside those of the judged traces.
//!
//! Pinned by: `tests/conduction_traces.rs`.

use std::path::Path;

use numerics::statistics::Sorted;

use super::{Entry, Material};
use crate::experiment::kinds::conduction_traces::reading::Reading;
use crate::experiment::{ExperimentError, FieldError};
use crate::learning::continual::SeedResult;
use crate::record::{Attribute, Dataset, Record};

/// Writes `/data/conduction/…` and `<learner>/conduction/…` for every learner that makes traces of a class.
pub(super) fn write(
    record: &mut Record,
    (path, script): (&Path, &Path),
    material: &Material,
    learners: &[(&Entry<'_>, &[SeedResult])],
) -> Result<(), ExperimentError> {
    let reading = Reading::of(path).map_err(|text| ExperimentError::Field {
        path: script.to_owned(),
        error: FieldError::new("data.file", text),
    })?;
    let classes = reading.limits.len();
    let samples = &material.samples[0].test;
    let mut judged = vec![Vec::new(); classes];
    for (row, &label) in samples.inputs().iter_rows().zip(samples.labels()) {
        judged[usize::from(label)].push(reading.resistance(row));
    }
    write_one(record, "/data/conduction", &reading, &judged)?;
    for (entry, seeds) in learners {
        let mut made = vec![Vec::new(); classes];
        for seed in *seeds {
            let context = seed.generated.last().map_or(0, |sample| sample.context);
            for sample in seed.generated.iter().filter(|sample| sample.context == context) {
                if let Some(class) = sample.class {
                    made[class].push(reading.resistance(&sample.features));
                }
            }
        }
        if made.iter().any(|list| !list.is_empty()) {
            let group = format!("/results/{}/conduction", entry.config.label());
            write_one(record, &group, &reading, &made)?;
        }
    }
    Ok(())
}

fn write_one(
    record: &mut Record,
    group: &str,
    reading: &Reading,
    resistances: &[Vec<f64>],
) -> Result<(), ExperimentError> {
    let finite: Vec<Vec<f64>> =
        resistances.iter().map(|list| list.iter().copied().filter(|r| r.is_finite()).collect()).collect();
    let sorted: Vec<Sorted> = finite.iter().map(|list| Sorted::new(list.clone())).collect();
    let scale = format!("{group}/compliance_current");
    record.write(&Dataset::vector(&scale, reading.limits.clone(), "A", "compliance current of the class"))?;
    let quartile = |q: f64| -> Vec<f64> { sorted.iter().map(|list| list.quantile(q)).collect() };
    let medians = quartile(0.5);
    let law = reading.law(&finite, &medians);
    for (name, what, values) in [
        ("resistance_lower", "lower quartile", quartile(0.25)),
        ("resistance", "median", medians.clone()),
        ("resistance_upper", "upper quartile", quartile(0.75)),
    ] {
        let long_name = format!("resistance of the traces on the way back, {what}");
        let dataset = Dataset::vector(format!("{group}/{name}"), values, "Ohm", long_name);
        record.write(&dataset.scale(0, &scale))?;
    }
    record.attribute(group, "exponent", &Attribute::F64(law.exponent))?;
    record.attribute(group, "voltage", &Attribute::F64(law.voltage))?;
    let traces = finite.iter().map(Vec::len).sum::<usize>().cast_signed() as i64;
    record.attribute(group, "traces", &Attribute::I64(traces))?;
    Ok(())
}
