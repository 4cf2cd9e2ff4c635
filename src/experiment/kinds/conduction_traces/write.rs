//! The record of a set of traces.

use super::cells::Population;
use super::law::{Law, fit};
use super::scale::Scale;
use super::{ConductionTraces, Sample};
use crate::experiment::ExperimentError;
use crate::record::{Attribute, Dataset, Record, RecordError, Values};

const VOLTAGE: &str = "/traces/voltage";
const LEVEL: &str = "/results/compliance_current";

/// What is known of each card and level.
struct Table {
    /// Traces made, and those that did not switch.
    made: Vec<i64>,
    failed: Vec<i64>,
    /// Quartiles of the resistance on the way back, Ω; NaN where there is none.
    after: [Vec<f64>; 3],
    /// One for each card, and one for all together.
    laws: Vec<Law>,
}

/// Writes everything and says what there is.
pub(super) fn record(
    study: &ConductionTraces,
    record: &mut Record,
    populations: &[Population],
    samples: Vec<Sample>,
) -> Result<Vec<String>, ExperimentError> {
    let limits = study.levels.values();
    let table = tabulate(&limits, populations.len(), &samples);
    let kept: Vec<Sample> = samples.into_iter().filter(|s| study.keep_failures || s.trace.switched).collect();
    traces(study, record, populations, &limits, &kept)?;
    normalised(study, record, &kept)?;
    results(record, populations, &limits, &table)?;
    Ok(summary(study, populations, &table, &kept))
}

fn tabulate(limits: &[f64], cards: usize, samples: &[Sample]) -> Table {
    let count = cards * limits.len();
    let (mut made, mut failed) = (vec![0; count], vec![0; count]);
    let mut resistances = vec![Vec::new(); count];
    for s in samples {
        let place = s.card * limits.len() + s.level;
        made[place] += 1;
        if s.trace.switched {
            resistances[place].push(s.trace.after);
        } else {
            failed[place] += 1;
        }
    }
    for list in &mut resistances {
        list.sort_by(f64::total_cmp);
    }
    let quantile = |list: &Vec<f64>, q: f64| {
        let at = (q * list.len().saturating_sub(1) as f64).round() as usize;
        list.get(at).copied().unwrap_or(f64::NAN)
    };
    let after =
        [0.25, 0.5, 0.75].map(|q| resistances.iter().map(|list| quantile(list, q)).collect::<Vec<_>>());
    let points = |card: usize| -> Vec<(usize, f64, f64)> {
        let own = samples.iter().filter(|s| s.card == card && s.trace.switched);
        own.map(|s| (s.level, limits[s.level], s.trace.after)).collect()
    };
    let laws = (0..cards)
        .map(|card| fit(&points(card), &after[1][card * limits.len()..(card + 1) * limits.len()]))
        .collect();
    Table { made, failed, after, laws }
}

fn traces(
    study: &ConductionTraces,
    record: &mut Record,
    populations: &[Population],
    limits: &[f64],
    kept: &[Sample],
) -> Result<(), RecordError> {
    let sweep = study.setting().sweep;
    let count = kept.len();
    let per_sample = |name: &str, f: &dyn Fn(&Sample) -> f64, unit: &str, long_name: &str| {
        Dataset::vector(format!("/traces/{name}"), kept.iter().map(f).collect(), unit, long_name)
    };
    let integers = |name: &str, f: &dyn Fn(&Sample) -> i64, long_name: &str| {
        Dataset::integers(format!("/traces/{name}"), kept.iter().map(f).collect(), "1", long_name)
    };
    record.write(
        &Dataset::vector(VOLTAGE, sweep.voltage.clone(), "V", "applied voltage in the direction of SET")
            .attribute("read_point", Attribute::I64(sweep.read.cast_signed() as i64))
            .attribute("read_voltage", Attribute::F64(sweep.voltage[sweep.read]))
            .attribute("rate", Attribute::F64(study.rate.0)),
    )?;
    let current = kept.iter().flat_map(|s| s.trace.current.iter().copied()).collect();
    record.write(&Dataset::matrix(
        "/traces/current",
        count,
        study.points,
        current,
        "A",
        "current in the direction of SET",
    ))?;
    let switched = Values::U8(kept.iter().map(|s| u8::from(s.trace.switched)).collect());
    let long_name = "1 where the limit was reached and the resistance fell enough";
    record.write(&Dataset::new("/traces/switched", vec![count], switched, "1", long_name))?;
    let names = populations.iter().map(|p| p.card.name.clone()).collect();
    record.write(
        &integers("card", &|s| s.card.cast_signed() as i64, "position of the card in the attribute cards")
            .attribute("cards", Attribute::Texts(names)),
    )?;
    for dataset in [
        per_sample("compliance_current", &|s| limits[s.level], "A", "limit of the current"),
        per_sample(
            "resistance_before",
            &|s| s.trace.before,
            "Ohm",
            "resistance on the way up, at the read voltage",
        ),
        per_sample(
            "resistance_after",
            &|s| s.trace.after,
            "Ohm",
            "resistance on the way back, at the read voltage",
        ),
        integers("device", &|s| s.device.cast_signed(), "number of the device, unique in the set"),
        integers("cycle", &|s| s.cycle.cast_signed() as i64, "cycle of the device at this level"),
    ] {
        record.write(&dataset)?;
    }
    Ok(())
}

fn normalised(study: &ConductionTraces, record: &mut Record, kept: &[Sample]) -> Result<(), RecordError> {
    let scale = study.scale();
    let count = kept.len();
    let values =
        kept.iter().flat_map(|s| s.trace.current.iter().map(|i| scale.normalised(*i) as f32)).collect();
    record.write(
        &Dataset::new(
            "/samples/values",
            vec![count, study.points],
            Values::F32(values),
            "1",
            "normalised current",
        )
        .attribute("formula", Attribute::Text(Scale::FORMULA.to_owned()))
        .attribute("floor_current", Attribute::F64(scale.floor))
        .attribute("top_current", Attribute::F64(scale.top)),
    )?;
    let labels = Values::U8(kept.iter().map(|s| s.level as u8).collect());
    record.write(
        &Dataset::new("/samples/label", vec![count], labels, "1", "level of the compliance current, from 0")
            .attribute("classes", Attribute::I64(study.levels.len().cast_signed() as i64)),
    )?;
    let share = study.test_share.0;
    let tests = Values::U8(kept.iter().map(|s| u8::from(Population::is_test(s.own, share))).collect());
    let long_name = "1 for test samples: no device is in training and test samples";
    record.write(&Dataset::new("/samples/test", vec![count], tests, "1", long_name))
}

fn results(
    record: &mut Record,
    populations: &[Population],
    limits: &[f64],
    table: &Table,
) -> Result<(), RecordError> {
    let (cards, levels) = (populations.len(), limits.len());
    let long_name = "compliance current of the level";
    record.write(&Dataset::vector(LEVEL, limits.to_vec(), "A", long_name).scale(0, LEVEL))?;
    let names = populations.iter().map(|p| p.card.name.clone()).collect();
    record.write(&Dataset::texts("/results/card", names, "cards"))?;
    let counts =
        [("traces", &table.made, "traces made"), ("failures", &table.failed, "traces that did not switch")];
    for (name, values, long_name) in counts {
        let path = format!("/results/{name}");
        let values = Values::I64(values.clone());
        record.write(&Dataset::new(path, vec![cards, levels], values, "1", long_name).scale(1, LEVEL))?;
    }
    let quartiles = ["lower quartile", "median", "upper quartile"];
    for ((name, values), what) in
        ["resistance_lower", "resistance", "resistance_upper"].iter().zip(&table.after).zip(quartiles)
    {
        let long_name = format!("resistance on the way back, {what} of the traces that switched");
        let path = format!("/results/{name}");
        record
            .write(&Dataset::matrix(path, cards, levels, values.clone(), "Ohm", long_name).scale(1, LEVEL))?;
    }
    let of = |f: fn(&Law) -> f64| table.laws.iter().map(f).collect::<Vec<f64>>();
    record.write(&Dataset::vector(
        "/results/law_exponent",
        of(|law| law.exponent),
        "1",
        "n of R = a I^-n, the resistance on the way back against the limit",
    ))?;
    record.write(&Dataset::vector(
        "/results/law_current",
        of(|law| law.current),
        "A",
        "geometric mean of the limits of the traces that the law was fitted to",
    ))?;
    record.write(&Dataset::vector(
        "/results/law_voltage",
        of(|law| law.voltage),
        "V",
        "resistance times limit by the law at that limit",
    ))?;
    let used = table.laws.iter().flat_map(|law| law.used.iter().map(|u| u8::from(*u))).collect();
    let long_name = "1 where the level was used for the law: its median is a tenth above the card's smallest";
    record.write(
        &Dataset::new("/results/law_used", vec![cards, levels], Values::U8(used), "1", long_name)
            .scale(1, LEVEL),
    )
}

fn summary(
    study: &ConductionTraces,
    populations: &[Population],
    table: &Table,
    kept: &[Sample],
) -> Vec<String> {
    let levels = study.levels.len();
    let tests = kept.iter().filter(|s| Population::is_test(s.own, study.test_share.0)).count();
    let mut lines = vec![format!(
        "{} training and {tests} test samples of {levels} levels, {} points each",
        kept.len() - tests,
        study.points
    )];
    for (card, (population, law)) in populations.iter().zip(&table.laws).enumerate() {
        let own = card * levels..(card + 1) * levels;
        let made: i64 = table.made[own.clone()].iter().sum();
        let failed: i64 = table.failed[own].iter().sum();
        lines.push(format!(
            "{}: {failed} of {made} traces did not switch; R_LRS ~ I^-{:.3}, R_LRS I = {:.3} V",
            population.card.name, law.exponent, law.voltage
        ));
    }
    lines
}
