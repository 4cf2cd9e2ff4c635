//! The columns of a sweep: which values its points have.

use device_models::units;
use serde_json::Value;

use super::Plan;
use super::axis::split_quantity;
use crate::experiment::ExperimentError;
use crate::record::{Dataset, Record, Values};

/// Units of columns; the first of a fitting dimension is taken. Energies stay in eV, as the field
/// quotes them.
const UNITS: [&str; 15] =
    ["V", "s", "Ohm", "K", "A", "S", "eV", "m", "Hz", "m^-3", "K/W", "J/K", "V/s", "m^2/V/s", "A/m^2/K^2"];

/// Writes `/sweep/point`, a column for each swept field, and `/sweep/seed` for repeats. Gives the
/// path of the scale of the points' axis.
pub(super) fn write(record: &mut Record, plan: &Plan, indices: &[usize]) -> Result<String, ExperimentError> {
    let own_scale = plan.names().len() == 1 && plan.repeats() == 1;
    let point = "/sweep/point";
    let numbers = indices.iter().map(|i| i64::try_from(*i).unwrap_or(i64::MAX)).collect();
    let scale = match plan.names() {
        [only] if own_scale => path(only),
        _ => point.to_owned(),
    };
    record.write(
        &Dataset::integers(point, numbers, "1", "index of the point in the sweep").scale(0, scale.as_str()),
    )?;
    for (position, name) in plan.names().iter().enumerate() {
        let values: Vec<&Value> =
            indices.iter().filter_map(|i| plan.values(*i).get(position).copied()).collect();
        let (values, unit) = column(&values);
        let dataset = Dataset::new(path(name), vec![values.len()], values, unit, name.replace('_', " "));
        record.write(&dataset.scale(0, scale.as_str()))?;
    }
    if plan.repeats() > 1 {
        let base = plan.script().get("seed").and_then(Value::as_u64).unwrap_or(0);
        let seeds = indices
            .iter()
            .map(|i| {
                let resolved = plan.resolve(*i).ok();
                resolved.and_then(|r| r.get("seed").and_then(Value::as_u64)).unwrap_or(base).cast_signed()
            })
            .collect();
        let name =
            if plan.names().iter().any(|n| n == "seed") { "/sweep/repeat_seed" } else { "/sweep/seed" };
        record.write(&Dataset::integers(name, seeds, "1", "seed of the point").scale(0, scale.as_str()))?;
    }
    Ok(scale)
}

fn path(name: &str) -> String {
    format!("/sweep/{}", name.replace('/', "_"))
}

/// Values and unit of a column: numbers where all are numbers or quantities of one dimension.
fn column(values: &[&Value]) -> (Values, String) {
    if let Some(numbers) = values.iter().map(|v| v.as_f64()).collect::<Option<Vec<f64>>>() {
        return (Values::F64(numbers), "1".to_owned());
    }
    if let Some(texts) = values.iter().map(|v| v.as_str()).collect::<Option<Vec<&str>>>() {
        for unit in UNITS {
            if let Ok(numbers) = texts.iter().map(|t| units::parse(t, unit)).collect::<Result<Vec<f64>, _>>()
            {
                return (Values::F64(numbers), unit.to_owned());
            }
        }
        let split: Option<Vec<(f64, &str)>> = texts.iter().map(|t| split_quantity(t)).collect();
        if let Some(pairs) = split
            && let Some((_, unit)) = pairs.first().copied()
            && pairs.iter().all(|(_, u)| *u == unit)
        {
            return (Values::F64(pairs.iter().map(|p| p.0).collect()), unit.to_owned());
        }
    }
    let texts = values.iter().map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).collect();
    (Values::Text(texts), String::new())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn quantities_become_numbers() {
        let values = [json!("1.30 eV"), json!("1.35 eV")];
        let refs: Vec<&Value> = values.iter().collect();
        assert_eq!(column(&refs), (Values::F64(vec![1.3, 1.35]), "eV".to_owned()));
        let values = [json!("100 mV"), json!("1 V")];
        let refs: Vec<&Value> = values.iter().collect();
        assert_eq!(column(&refs), (Values::F64(vec![0.1, 1.0]), "V".to_owned()));
        let values = [json!("jart"), json!("stanford")];
        let refs: Vec<&Value> = values.iter().collect();
        assert!(matches!(column(&refs).0, Values::Text(_)));
    }
}
