//! Statistics of measured cells, from the table that `neurofilament fit relaxation --statistics` writes.

use crate::experiment::{ExperimentError, FieldError};
use crate::fit::relaxation::statistics;
use crate::record::{Dataset, Record};

/// One level in one condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Row {
    temperature: f64,
    time: f64,
    conductance: f64,
    cells: f64,
    mean: f64,
    variance: f64,
    kurtosis: f64,
    quantiles: [f64; 7],
}

const COLUMNS: usize = 18;

/// The held-out rows of a table.
pub(super) fn read(text: &str) -> Result<Vec<Row>, FieldError> {
    let mut rows = Vec::new();
    let head = text.lines().next().unwrap_or_default();
    if head != statistics::COLUMNS {
        return Err(FieldError::new(
            "measured",
            format!("line 1: is `{head}`, a table of statistics begins with `{}`", statistics::COLUMNS),
        ));
    }
    for (number, line) in text.lines().enumerate().skip(1) {
        let fault = |message: String| FieldError::new("measured", format!("line {}: {message}", number + 1));
        let Some((half, numbers)) = line.split_once(',') else {
            return Err(fault(format!("has one column, a table of statistics has {COLUMNS}")));
        };
        let values: Vec<f64> = (numbers.split(','))
            .map(|text| text.trim().parse().map_err(|_| fault(format!("`{text}` is not a number"))))
            .collect::<Result<_, _>>()?;
        let [temperature, time, _, conductance, cells, mean, variance, _, kurtosis, _, ref quantiles @ ..] =
            values[..]
        else {
            return Err(fault(format!(
                "has {} columns, a table of statistics has {COLUMNS}",
                values.len() + 1
            )));
        };
        let quantiles = <[f64; 7]>::try_from(quantiles).map_err(|_| {
            fault(format!("has {} columns, a table of statistics has {COLUMNS}", values.len() + 1))
        })?;
        if !(time >= 0.0 && conductance > 0.0 && cells > 0.0 && variance >= 0.0 && mean.is_finite()) {
            let text = "needs a time of at least 0, conductance and cells above 0, a variance of at least 0 and a finite mean";
            return Err(fault(text.into()));
        }
        if half == "held_out" {
            rows.push(Row { temperature, time, conductance, cells, mean, variance, kurtosis, quantiles });
        }
    }
    if rows.is_empty() {
        return Err(FieldError::new("measured", "holds no row of the half `held_out`"));
    }
    Ok(rows)
}

/// The rows of the levels nearest to these conductances, in their order.
pub(super) fn nearest(rows: &[Row], conductances: &[f64]) -> Vec<(usize, Row)> {
    let mut found = Vec::new();
    for (index, &wanted) in conductances.iter().enumerate() {
        let mut conditions: Vec<(f64, f64)> = rows.iter().map(|r| (r.temperature, r.time)).collect();
        conditions.dedup();
        for (temperature, time) in conditions {
            let best = (rows.iter())
                .filter(|r| r.temperature.total_cmp(&temperature).is_eq() && r.time.total_cmp(&time).is_eq())
                .min_by(|a, b| (a.conductance - wanted).abs().total_cmp(&(b.conductance - wanted).abs()));
            found.extend(best.map(|row| (index, *row)));
        }
    }
    found
}

/// Writes `/measured`, one entry for each conductance and condition.
pub(super) fn write(rows: &[(usize, Row)], record: &mut Record) -> Result<(), ExperimentError> {
    let column = |name: &str, f: &dyn Fn(&(usize, Row)) -> f64, unit: &str, long_name: &str| {
        Dataset::vector(format!("/measured/{name}"), rows.iter().map(f).collect(), unit, long_name)
    };
    for dataset in [
        column("level", &|r| r.0 as f64, "1", "which of the study's conductances the row stands beside"),
        column("temperature", &|r| r.1.temperature, "K", "temperature of the measured cells"),
        column("time", &|r| r.1.time, "s", "time since the write of the measured cells"),
        column("conductance", &|r| r.1.conductance, "S", "mean programmed conductance of the measured cells"),
        column("cells", &|r| r.1.cells, "1", "number of measured cells"),
        column("mean", &|r| r.1.mean, "S", "mean change of the measured cells"),
        column("variance", &|r| r.1.variance, "S^2", "variance of the change of the measured cells"),
        column("kurtosis", &|r| r.1.kurtosis, "1", "excess kurtosis of the change of the measured cells"),
    ] {
        record.write(&dataset)?;
    }
    let quantiles = rows.iter().flat_map(|r| r.1.quantiles).collect();
    record.write(&Dataset::matrix(
        "/measured/quantiles",
        rows.len(),
        7,
        quantiles,
        "S",
        "quantiles at the study's shares of the change of the measured cells",
    ))?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_and_matched() {
        let text = include_str!("../../../../data/relaxation/technology_c.csv");
        let rows = read(text).unwrap();
        let near = nearest(&rows, &[20.6e-6, 1e-6]);
        assert_eq!(near.len(), 10);
        assert!(near[..5].iter().all(|(i, r)| *i == 0 && (r.conductance - 20.6e-6).abs() < 0.3e-6));
        let nonsense = format!("held_out,298,1,3,1e-5,-3,nan,1e-12,0,0,0{}\n", ",0".repeat(7));
        for (body, says) in [
            ("held_out,1,2\n", "line 2: has 3 columns"),
            ("held_out,x\n", "line 2: `x` is not a number"),
            ("", "no row of the half"),
            (nonsense.as_str(), "line 2: needs a time"),
        ] {
            let text = format!("{}\n{body}", statistics::COLUMNS);
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        assert!(read("held_out,x\n").unwrap_err().to_string().contains("line 1: is `held_out,x`"));
    }
}
