//! The record of read margins.

use super::{BACKGROUNDS, ReadMargin};
use crate::crossbar::read_margin::Margin;
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

const SCALE: &str = "/results/size";

/// Writes the margins, in the order scheme, background, size; returns lines for the user.
pub(super) fn write(
    study: &ReadMargin,
    record: &mut Record,
    margins: &[Margin],
) -> Result<Vec<String>, ExperimentError> {
    let sizes: Vec<f64> = study.sizes.iter().map(|n| *n as f64).collect();
    let count = sizes.len();
    let scale = Dataset::vector(SCALE, sizes, "1", "word lines and bit lines of the array").scale(0, SCALE);
    record.write(&scale)?;
    let mut names: Vec<String> = BACKGROUNDS.iter().map(|(_, name)| (*name).to_owned()).collect();
    names.push("fixed_reference".to_owned());
    let shape = vec![names.len()];
    let named =
        Dataset::new("/results/background", shape, Values::Text(names), "", "what the other cells store");
    record.write(&named)?;
    let mut summary = Vec::new();
    for (scheme, of_scheme) in study.schemes.iter().zip(margins.chunks(BACKGROUNDS.len() * count)) {
        let group = format!("/results/{}", scheme.group());
        let reader = study.reader(2, scheme.scheme());
        let currents = |f: &dyn Fn(&Margin) -> f64| of_scheme.iter().map(f).collect::<Vec<f64>>();
        // The least current of a conductive cell before any background, the largest of a resistive one.
        let extreme = |k: usize, f: &dyn Fn(&Margin) -> f64, pick: fn(f64, f64) -> f64, from: f64| {
            of_scheme.iter().skip(k).step_by(count).map(f).fold(from, pick)
        };
        let lows: Vec<f64> =
            (0..count).map(|k| extreme(k, &|m| m.low.sensed, f64::min, f64::INFINITY)).collect();
        let highs: Vec<f64> = (0..count).map(|k| extreme(k, &|m| m.high.sensed, f64::max, 0.0)).collect();
        let fixed = |f: &dyn Fn(f64, f64) -> f64| {
            lows.iter().zip(&highs).map(|(l, h)| f(*l, *h)).collect::<Vec<f64>>()
        };
        let mut margin = currents(&Margin::current);
        margin.extend(fixed(&|low, high| 1.0 - high / low));
        let mut voltage = currents(&|m| m.voltage(&reader));
        voltage.extend(fixed(&|low, high| reader.terminals[1] * (low - high) / reader.voltage));
        let largest: Vec<f64> = margin.chunks(count).map(|m| largest_size(study, m)).collect();
        let mut table = |name: &str, values: Vec<f64>, unit: &str, long_name: &str| {
            let rows = values.len() / count;
            let dataset = Dataset::matrix(format!("{group}/{name}"), rows, count, values, unit, long_name);
            record.write(&dataset.scale(1, SCALE))
        };
        table("lrs_current", currents(&|m| m.low.sensed), "A", "sensed current of a conductive cell")?;
        table("hrs_current", currents(&|m| m.high.sensed), "A", "sensed current of a resistive cell")?;
        table(
            "sneak_share",
            currents(&Margin::sneak_share),
            "1",
            "share of the current of a resistive cell that flowed elsewhere",
        )?;
        table(
            "voltage_margin",
            voltage,
            "1",
            "difference of the voltages at the sense resistance over the read voltage",
        )?;
        summary.push(format!(
            "{}: margin {:.3} at {} lines and {:.3} at {} before conductive cells",
            scheme.group(),
            margin.first().copied().unwrap_or(f64::NAN),
            study.sizes[0],
            margin.get(count - 1).copied().unwrap_or(f64::NAN),
            study.sizes[count - 1],
        ));
        table(
            "current_margin",
            margin,
            "1",
            "difference of the sensed currents over that of a conductive cell",
        )?;
        let name = "largest size up to which the current margin is enough";
        record.write(&Dataset::vector(format!("{group}/largest_size"), largest, "1", name))?;
    }
    Ok(summary)
}

/// The last size of an unbroken series of sufficient margins.
fn largest_size(study: &ReadMargin, margins: &[f64]) -> f64 {
    let enough = margins.iter().take_while(|margin| **margin >= study.threshold.0).count();
    if enough == 0 { f64::NAN } else { study.sizes[enough - 1] as f64 }
}
