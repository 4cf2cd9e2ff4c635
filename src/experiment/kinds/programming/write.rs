//! The record of programs.

use super::{Outcome, Programming};
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

/// Bins of the histogram, pulses: the last holds all that took more.
const BINS: usize = 60;
/// Probabilities of the quantiles of final resistances.
const PROBABILITIES: [f64; 7] = [0.001, 0.023, 0.159, 0.5, 0.841, 0.977, 0.999];
const BUDGET: &str = "/results/budget";
const BIN: &str = "/results/pulse_bin";
const PROBABILITY: &str = "/results/probability";

/// Value at a probability of sorted values.
fn quantile(sorted: &[f64], p: f64) -> f64 {
    let at = (p * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(at).copied().unwrap_or(f64::NAN)
}

fn sorted(mut values: Vec<f64>) -> Vec<f64> {
    values.sort_by(f64::total_cmp);
    values
}

/// Pulses of every cell, and whether its level was reached.
fn pulses(outcome: &Outcome) -> impl Iterator<Item = (f64, bool)> {
    let v = &outcome.verified;
    let mut missed = vec![false; v.sets.len()];
    for cell in &v.failed {
        missed[*cell as usize] = true;
    }
    v.sets.iter().zip(&v.resets).zip(missed).map(|((s, r), missed)| (f64::from(s + r), !missed))
}

/// About three numbers of pulses for each octave.
fn budgets(most: u32) -> Vec<f64> {
    let mut list: Vec<f64> = (0..64)
        .map(|k| 2.0_f64.powf(f64::from(k) / 3.0).round())
        .filter(|budget| *budget < f64::from(most))
        .collect();
    list.push(f64::from(most));
    list.dedup();
    list
}

/// Writes what all schemes made of all levels, scheme after scheme.
pub(super) fn write(
    study: &Programming,
    record: &mut Record,
    outcomes: &[Outcome],
) -> Result<Vec<String>, ExperimentError> {
    let (schemes, levels) = (study.schemes.len(), study.levels.len());
    let texts = |path: &str, names: Vec<String>, long_name: &str| {
        Dataset::new(path.to_owned(), vec![names.len()], Values::Text(names), "", long_name.to_owned())
    };
    let names = study.schemes.iter().map(|scheme| scheme.name.clone()).collect();
    record.write(&texts("/results/scheme", names, "ways of programming"))?;
    let names = study.levels.iter().map(|level| level.name.clone()).collect();
    record.write(&texts("/results/level", names, "levels"))?;
    let end = |limit: Option<crate::experiment::script::Ohm>, other: f64| limit.map_or(other, |r| r.0);
    let ranges: Vec<f64> =
        study.levels.iter().flat_map(|l| [end(l.from, 0.0), end(l.to, f64::INFINITY)]).collect();
    record.write(&Dataset::matrix(
        "/results/range",
        levels,
        2,
        ranges,
        "Ohm",
        "lowest and highest resistance",
    ))?;

    let most = study.schemes.iter().flat_map(|scheme| &scheme.budgets).copied().max().unwrap_or(1);
    let budgets = budgets(most);
    record.write(&Dataset::vector(BUDGET, budgets.clone(), "1", "pulses allowed").scale(0, BUDGET))?;
    let mut success = Vec::new();
    for outcome in outcomes {
        let cells: Vec<(f64, bool)> = pulses(outcome).collect();
        let share = |budget: &f64| {
            cells.iter().filter(|(count, reached)| *reached && count <= budget).count() as f64
                / cells.len() as f64
        };
        success.extend(budgets.iter().map(share));
    }
    let cube = |path: &str, last: usize, values: Vec<f64>, unit: &str, long_name: &str| {
        Dataset::new(
            path.to_owned(),
            vec![schemes, levels, last],
            Values::F64(values),
            unit,
            long_name.to_owned(),
        )
    };
    let dataset =
        cube("/results/success", budgets.len(), success, "1", "share of the cells in their range by then");
    record.write(&dataset.scale(2, BUDGET))?;
    let errors: Vec<f64> = outcomes
        .iter()
        .flat_map(|outcome| {
            let errors = &outcome.verified.errors;
            let at = |budget: &f64| errors.get(*budget as usize).or(errors.last()).copied().unwrap_or(0.0);
            budgets.iter().map(at).collect::<Vec<f64>>()
        })
        .collect();
    let dataset = cube(
        "/results/error",
        budgets.len(),
        errors,
        "S",
        "mean distance of the conductances from their ranges after so many rounds",
    );
    record.write(&dataset.scale(2, BUDGET))?;

    record.write(
        &Dataset::vector(PROBABILITY, PROBABILITIES.to_vec(), "1", "probability of a smaller value")
            .scale(0, PROBABILITY),
    )?;
    let finals: Vec<f64> = outcomes
        .iter()
        .flat_map(|outcome| {
            let sorted = sorted(outcome.resistances.clone());
            PROBABILITIES.map(|p| quantile(&sorted, p))
        })
        .collect();
    let dataset = cube(
        "/results/resistance_quantile",
        PROBABILITIES.len(),
        finals,
        "Ohm",
        "final resistance, quantile",
    );
    record.write(&dataset.scale(2, PROBABILITY))?;

    let table = |path: &str, f: &dyn Fn(&Outcome) -> f64, unit: &str, long_name: &str| {
        Dataset::matrix(path, schemes, levels, outcomes.iter().map(f).collect(), unit, long_name)
    };
    let count = |outcome: &Outcome| outcome.resistances.len() as f64;
    let mean = |o: &Outcome| pulses(o).map(|(n, _)| n).sum::<f64>() / count(o);
    let missed = |o: &Outcome| o.verified.failed.len() as f64 / count(o);
    record.write(&table("/results/level_mean", &mean, "1", "mean number of pulses"))?;
    record.write(&table(
        "/results/level_not_reached",
        &missed,
        "1",
        "share of the cells that did not arrive",
    ))?;
    let energy =
        |o: &Outcome| (o.verified.written.writes.energy + o.verified.written.writes.verify_energy) / count(o);
    record.write(&table(
        "/results/energy",
        &energy,
        "J",
        "mean energy of pulses and verify reads of a cell",
    ))?;
    sums(study, record, outcomes)
}

/// Over the levels that are counted.
fn sums(
    study: &Programming,
    record: &mut Record,
    outcomes: &[Outcome],
) -> Result<Vec<String>, ExperimentError> {
    let bins: Vec<f64> = (0..BINS).map(|k| k as f64).collect();
    record.write(
        &Dataset::vector(BIN, bins, "1", "pulses; the last value stands for all above").scale(0, BIN),
    )?;
    let (mut histogram, mut columns, mut lines) = (Vec::new(), [(); 5].map(|()| Vec::new()), Vec::new());
    for (scheme, own) in study.schemes.iter().zip(outcomes.chunks(study.levels.len())) {
        let counted = || own.iter().zip(&study.levels).filter(|(_, level)| level.counted).map(|(o, _)| o);
        let cells: Vec<(f64, bool)> = counted().flat_map(pulses).collect();
        let total = cells.len() as f64;
        let mut shares = vec![0.0; BINS];
        for (count, _) in &cells {
            shares[(*count as usize).min(BINS - 1)] += 1.0 / total;
        }
        histogram.extend(shares);
        let counts = sorted(cells.iter().map(|(count, _)| *count).collect());
        let mean = counts.iter().sum::<f64>() / total;
        let missed = cells.iter().filter(|(_, reached)| !reached).count() as f64 / total;
        let values = [mean, quantile(&counts, 0.5), quantile(&counts, 0.95), quantile(&counts, 0.99), missed];
        for (column, value) in columns.iter_mut().zip(values) {
            column.push(value);
        }
        lines.push(format!(
            "{}: {mean:.1} pulses in the mean, {} in the median, {} at 99 %; {:.2} % of the cells not reached",
            scheme.name,
            values[1],
            values[3],
            100.0 * missed
        ));
    }
    let schemes = study.schemes.len();
    let dataset = Dataset::matrix("/results/histogram", schemes, BINS, histogram, "1", "share of the cells");
    record.write(&dataset.scale(1, BIN))?;
    let names = [
        ("mean", "mean number of pulses"),
        ("median", "median number of pulses"),
        ("quantile_95", "number of pulses that 95 % of the cells do not exceed"),
        ("quantile_99", "number of pulses that 99 % of the cells do not exceed"),
        ("not_reached", "share of the cells that did not arrive"),
    ];
    for ((name, long_name), values) in names.into_iter().zip(columns) {
        record.write(&Dataset::vector(format!("/results/{name}"), values, "1", long_name))?;
    }
    Ok(lines)
}
