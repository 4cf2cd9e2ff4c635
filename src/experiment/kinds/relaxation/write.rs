//! The results of a relaxation study as datasets.

use numerics::statistics::Summary;

use super::{Point, Relaxation, SHARES, SHOWN};
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

const TEMPERATURE: &str = "/results/temperature";
const CONDUCTANCE: &str = "/results/conductance";
const TIME: &str = "/results/time";
const SHARE: &str = "/results/share";
const CELL: &str = "/results/shown_cell";

/// Writes all but noise and measurement.
pub(super) fn results(
    study: &Relaxation,
    points: &[Point],
    record: &mut Record,
) -> Result<(), ExperimentError> {
    let (temperatures, conductances) = (study.temperatures.values(), study.conductances.values());
    let times = study.times.values();
    let shape = [temperatures.len(), conductances.len(), times.len()];
    let scale = |path: &str, values: Vec<f64>, unit: &str, name: &str| {
        Dataset::vector(path, values, unit, name).scale(0, path)
    };
    record.write(&scale(TEMPERATURE, temperatures, "K", "temperature"))?;
    record.write(&scale(CONDUCTANCE, conductances, "S", "programmed conductance"))?;
    record.write(&scale(TIME, times, "s", "time since the write"))?;
    record.write(&scale(SHARE, SHARES.to_vec(), "1", "share of the cells"))?;
    let shown: Vec<f64> = (0..study.cells.min(SHOWN)).map(|i| i as f64).collect();
    record.write(&scale(CELL, shown, "1", "number of the cell"))?;
    over_time(shape, points, record)?;
    per_level(shape, points, record)
}

/// Temperatures × conductances × times, and what each of them holds.
fn over_time(shape: [usize; 3], points: &[Point], record: &mut Record) -> Result<(), ExperimentError> {
    let over_time = |path: &str, f: fn(&Summary) -> f64, unit: &str, name: &str| {
        let values =
            points.iter().flat_map(|p| &p.summaries).map(|s| s.as_ref().map_or(f64::NAN, f)).collect();
        Dataset::new(path, shape.to_vec(), Values::F64(values), unit, name)
            .scale(0, TEMPERATURE)
            .scale(1, CONDUCTANCE)
            .scale(2, TIME)
    };
    for dataset in [
        over_time("/results/mean", |s| s.mean, "S", "mean change of the conductance"),
        over_time("/results/median", |s| s.median, "S", "median change of the conductance"),
        over_time("/results/variance", |s| s.variance, "S^2", "variance of the change of the conductance"),
        over_time(
            "/results/robust_width",
            |s| s.robust_width,
            "S",
            "1.4826 × median absolute deviation of the change of the conductance",
        ),
        over_time(
            "/results/kurtosis",
            |s| s.kurtosis,
            "1",
            "excess kurtosis of the change of the conductance",
        ),
    ] {
        record.write(&dataset)?;
    }
    let quantiles = points.iter().flat_map(|p| p.quantiles.iter().copied()).collect();
    let mut four = shape.to_vec();
    four.push(SHARES.len());
    record.write(
        &Dataset::new(
            "/results/quantiles",
            four.clone(),
            Values::F64(quantiles),
            "S",
            "change of the conductance that this share of the cells stays below",
        )
        .scale(0, TEMPERATURE)
        .scale(1, CONDUCTANCE)
        .scale(2, TIME)
        .scale(3, SHARE),
    )?;
    let values: Vec<f64> = points.iter().flat_map(|p| p.shown.iter().copied()).collect();
    four[3] = values.len() / shape.iter().product::<usize>().max(1);
    record.write(
        &Dataset::new(
            "/results/cells",
            four,
            Values::F64(values),
            "S",
            "conductance of single cells, as read",
        )
        .scale(0, TEMPERATURE)
        .scale(1, CONDUCTANCE)
        .scale(2, TIME)
        .scale(3, CELL),
    )?;
    Ok(())
}

/// Temperatures × conductances.
fn per_level(shape: [usize; 3], points: &[Point], record: &mut Record) -> Result<(), ExperimentError> {
    let per_level = |path: &str, f: &dyn Fn(&Point) -> f64, unit: &str, name: &str| {
        Dataset::new(path, shape[..2].to_vec(), Values::F64(points.iter().map(f).collect()), unit, name)
            .scale(0, TEMPERATURE)
            .scale(1, CONDUCTANCE)
    };
    let last =
        |p: &Point, f: fn(&Summary) -> f64| p.summaries.last().and_then(Option::as_ref).map_or(f64::NAN, f);
    for dataset in [
        per_level("/results/mean_shift", &|p| last(p, |s| s.mean), "S", "mean change at the last time"),
        per_level(
            "/results/deviation",
            &|p| last(p, |s| s.variance.sqrt()),
            "S",
            "standard deviation of the change at the last time",
        ),
        per_level(
            "/results/variance_slope",
            &|p| p.law.0,
            "S^2",
            "C1, growth of the variance with each decade of time",
        ),
        per_level(
            "/results/variance_at_one_second",
            &|p| p.law.1,
            "S^2",
            "C2, variance at 1 s on the line over log10 t",
        ),
        per_level(
            "/results/zero_share",
            &|p| p.zero_share,
            "1",
            "share of the cells held at zero conductance",
        ),
    ] {
        record.write(&dataset)?;
    }
    Ok(())
}
