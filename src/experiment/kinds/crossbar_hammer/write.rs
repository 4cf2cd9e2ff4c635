//! The record of a hammered array.

use crate::crossbar::hammer::{Outcome, Setup};
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

/// What there is to write.
pub(super) struct Study<'a> {
    pub(super) setup: &'a Setup<'a>,
    pub(super) outcome: &'a Outcome,
    pub(super) hammered: &'a [usize],
    /// Pulses until each cell flips by its voltage alone.
    pub(super) cold: Vec<f64>,
}

pub(super) fn write(record: &mut Record, study: &Study) -> Result<(), ExperimentError> {
    let Study { setup, outcome, hammered, cold } = study;
    let (rows, columns) = (setup.array.rows, setup.array.columns);
    let cells = rows * columns;
    let first = &outcome.first;
    let map = |name: &str, values: Vec<f64>, unit: &str, long_name: &str| {
        Dataset::matrix(format!("/results/{name}"), rows, columns, values, unit, long_name)
    };
    record.write(&map(
        "cell_voltage",
        first.voltages.clone(),
        "V",
        "voltage across the cells in the first pulse",
    ))?;
    record.write(&map(
        "cell_current",
        first.currents.clone(),
        "A",
        "current through the cells in the first pulse",
    ))?;
    record.write(&map(
        "filament_temperature",
        first.temperatures.clone(),
        "K",
        "temperature of the filaments at the end of the first pulse",
    ))?;
    record.write(&map(
        "local_temperature_rise",
        first.rises.clone(),
        "K",
        "rise of each cell's ambient temperature that others cause, at the end of the first pulse",
    ))?;
    record.write(&map(
        "crosstalk",
        crosstalk(setup, outcome, hammered[0]),
        "1",
        "rise that others cause over the rise of the hammered filament",
    ))?;
    let flips = outcome.flips.iter().map(|f| f.map_or(f64::NAN, |n| n as f64)).collect();
    record.write(&map("pulses_to_flip", flips, "1", "pulses until the bit flipped; NaN where it did not"))?;
    let alone: Vec<f64> = (0..cells)
        .map(|k| if cold[k].is_finite() && !hammered.contains(&k) { cold[k] } else { f64::NAN })
        .collect();
    record.write(&map(
        "pulses_without_heat",
        alone,
        "1",
        "pulses until a cell at its voltage of the first pulse flips without heat of others; NaN where it does not",
    ))?;
    let last = outcome.conductances.len() - cells;
    record.write(&map(
        "final_conductance",
        outcome.conductances[last..].to_vec(),
        "S",
        "conductance of the cells at the end, read at rest",
    ))?;
    let bytes = |name: &str, values: Vec<u8>, long_name: &str| {
        Dataset::new(format!("/results/{name}"), vec![rows, columns], Values::U8(values), "1", long_name)
    };
    let flags = outcome.flags.iter().map(|f| f.bits()).collect();
    record.write(&bytes("flags", flags, super::super::cell::FLAGS_NAME))?;
    let marks = (0..cells).map(|k| u8::from(hammered.contains(&k))).collect();
    record.write(&bytes("is_hammered", marks, "1 where the cell is hammered"))?;
    let scale = "/results/pulses";
    let pulses: Vec<f64> = outcome.pulses.iter().map(|n| *n as f64).collect();
    let count = pulses.len();
    record.write(&Dataset::vector(scale, pulses, "1", "number of pulses").scale(0, scale))?;
    let flipped =
        outcome.pulses.iter().map(|n| outcome.flips.iter().flatten().filter(|f| *f <= n).count() as f64);
    record.write(
        &Dataset::vector("/results/flipped_bits", flipped.collect(), "1", "bits that have flipped")
            .scale(0, scale),
    )?;
    record.write(
        &Dataset::matrix(
            "/results/cell_conductance",
            count,
            cells,
            outcome.conductances.clone(),
            "S",
            "conductance of each cell, row after row, read at rest",
        )
        .scale(0, scale),
    )?;
    let earliest = outcome.flips.iter().flatten().min().map_or(f64::NAN, |n| *n as f64);
    record.write(&Dataset::scalar(
        "/results/first_flip",
        earliest,
        "1",
        "pulses until the first bit flipped",
    ))?;
    Ok(())
}

/// The rise of each cell over that of the first hammered filament.
fn crosstalk(setup: &Setup, outcome: &Outcome, hammered: usize) -> Vec<f64> {
    let first = &outcome.first;
    let local = setup.surroundings.ambient_temperature + first.rises[hammered];
    let own = first.temperatures[hammered] - local;
    first.rises.iter().map(|rise| if own > 0.0 { rise / own } else { f64::NAN }).collect()
}

pub(super) fn summary(study: &Study) -> Vec<String> {
    let Study { setup, outcome, hammered, cold } = study;
    let first = &outcome.first;
    let hottest = hammered.iter().map(|k| first.temperatures[*k]).fold(0.0, f64::max);
    let warmest = first.rises.iter().copied().fold(0.0, f64::max);
    let total = outcome.pulses.last().copied().unwrap_or(0);
    let flips: Vec<u64> = outcome.flips.iter().flatten().copied().collect();
    let flipped = match flips.iter().min() {
        Some(least) => {
            format!("{} of {} bits flipped, the first after {least} pulses", flips.len(), outcome.flips.len())
        }
        None => format!("no bit flipped in {total} pulses"),
    };
    let worst = cold.iter().zip(0..).filter(|(_, k)| !hammered.contains(k)).map(|(n, _)| *n);
    let worst = worst.fold(f64::INFINITY, f64::min);
    let alone = if worst.is_finite() {
        format!("by its voltage alone the first half-selected cell flips after {worst:.4e} pulses")
    } else {
        "by voltage alone no cell flips within the train".to_owned()
    };
    vec![
        format!(
            "{} × {} cells: hammered filament at {hottest:.0} K, neighbours up to {warmest:.1} K warmer",
            setup.array.rows, setup.array.columns
        ),
        flipped,
        alone,
        format!(
            "{} of {total} pulses computed one by one, the others in {} blocks",
            outcome.resolved, outcome.blocks
        ),
    ]
}
