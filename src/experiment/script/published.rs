//! Published values that a script sets beside its results.

use std::collections::BTreeMap;

use device_models::units;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::experiment::{ExperimentError, FieldError};
use crate::record::{Attribute, Dataset, Record};

/// Values from a paper for results of the study. They do not enter the computation; the report prints
/// them beside ours with the deviation.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Published {
    /// Paper, and figure or table.
    pub source: String,
    /// Name of a result below `/results` → its published values with units, in the order of the record
    /// (of a sweep: point after point); `null` where there is none.
    pub values: BTreeMap<String, Vec<Option<String>>>,
}

/// The values of one result in SI, NaN where there is none.
struct Column<'a> {
    name: &'a str,
    values: Vec<f64>,
    unit: String,
}

impl Published {
    fn columns(&self) -> Result<Vec<Column<'_>>, FieldError> {
        let mut columns = Vec::new();
        for (name, texts) in &self.values {
            let parts: Vec<&str> = name.split('/').collect();
            if parts
                .iter()
                .any(|part| part.is_empty() || *part == "." || *part == ".." || part.contains('\0'))
            {
                let message = "is not the name of a result; write e.g. \"set_time\" or \"replay/accuracy\"";
                return Err(FieldError::new(format!("published.values.{name}"), message));
            }
            let mut common: Option<String> = None;
            let mut values = Vec::with_capacity(texts.len());
            for (i, text) in texts.iter().enumerate() {
                let fault = |message| FieldError::new(format!("published.values.{name}[{i}]"), message);
                let Some(text) = text else {
                    values.push(f64::NAN);
                    continue;
                };
                let (value, unit) = units::si(text).map_err(|error| fault(error.to_string()))?;
                let first = common.get_or_insert_with(|| unit.clone());
                if *first != unit {
                    return Err(fault(format!(
                        "\"{text}\" is in {unit}, but the values before it are in {first}"
                    )));
                }
                values.push(value);
            }
            let unit = common.ok_or_else(|| {
                FieldError::new(format!("published.values.{name}"), "holds no value; give at least one")
            })?;
            columns.push(Column { name, values, unit });
        }
        Ok(columns)
    }

    /// Every value has a known unit, and all values of a result the same dimension.
    pub(crate) fn check(&self) -> Result<(), FieldError> {
        if self.source.trim().is_empty() {
            let message = "is empty; name the paper and its figure or table";
            return Err(FieldError::new("published.source", message));
        }
        if self.values.is_empty() {
            return Err(FieldError::new("published.values", "is empty; name at least one result"));
        }
        self.columns().map(|_| ())
    }

    /// Writes `/published/<result>` with the attribute `source`.
    pub(crate) fn write(&self, record: &mut Record) -> Result<(), ExperimentError> {
        // Checked when the script was read.
        for Column { name, values, unit } in self.columns().unwrap_or_default() {
            let dataset =
                Dataset::vector(format!("/published/{name}"), values, &unit, format!("published {name}"));
            record.write(&dataset.attribute("source", Attribute::Text(self.source.clone())))?;
        }
        Ok(())
    }
}
