//! Axes of an inference study: one field of the arrays takes several values.

use std::collections::BTreeMap;

use device_models::card::DeviceCard;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::super::arrays::Arrays;
use super::super::cell;
use crate::experiment::FieldError;
use crate::experiment::hardware::check_arrays;
use crate::experiment::script::{Edit, Folders, typed};
use crate::mapping::AnalogHardware;
use crate::mapping::config::{FaultConfig, WiresConfig};
use crate::mapping::suitability::Purpose;

/// Values of one field of the arrays.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Axis {
    /// The field: `card`, `ambient_temperature`, `design.periphery.adc_bits` …
    field: String,
    /// Further fields that take the same values at the same time.
    #[serde(default)]
    also: Vec<String>,
    /// Its values; all other fields stay as they are.
    values: Vec<Value>,
    /// Other fields that have these values along the whole axis: field → value.
    #[serde(default)]
    with: BTreeMap<String, Value>,
    /// What `with` makes of the design, for legends: `16 spare columns`.
    #[serde(default)]
    variant: Option<String>,
    /// Judge at all `times`, not only after writing.
    #[serde(default)]
    pub(super) over_time: bool,
    /// Name in plots; left away, the field's.
    #[serde(default)]
    name: Option<String>,
}

/// One design to be judged.
#[derive(Debug, Clone)]
pub(super) struct Point {
    pub(super) card: DeviceCard,
    arrays: Arrays,
    /// Fields of the design without effect, each as a sentence.
    pub(super) idle: Vec<String>,
}

impl Point {
    /// Reads and checks an `arrays` block of a study in which time passes or not.
    pub(super) fn new(arrays: &Value, rests: bool, folders: &Folders) -> Result<Self, FieldError> {
        let arrays: Arrays = typed(arrays.clone()).map_err(|error| error.inside("arrays"))?;
        let card =
            cell::card(folders, &arrays.card, &arrays.parameters).map_err(|error| error.inside("arrays"))?;
        cell::positive("arrays.ambient_temperature", arrays.ambient_temperature.0, "K")?;
        let purpose = Purpose { learns: false, rests, costs: true };
        let idle = check_arrays(&card, &arrays.design, purpose).map_err(|error| error.inside("arrays"))?;
        card.check_windows().map_err(|error| FieldError::new("arrays.card", error.to_string()))?;
        Ok(Self { card, arrays, idle })
    }

    /// Its converters find their ranges from data.
    pub(super) fn calibrates(&self) -> bool {
        self.arrays.design.periphery.calibrates()
    }

    /// Wires of its arrays.
    pub(super) fn wires(&self) -> &WiresConfig {
        &self.arrays.design.wires
    }

    /// Voltage at which they are read, V.
    pub(super) fn read_voltage(&self) -> f64 {
        self.arrays.design.periphery.read_voltage.unwrap_or(self.card.read_voltage)
    }

    /// The same design with wires without resistance and cells that take every weight as it is, are read
    /// without noise and do not fail: what converters, scaling and clipping of weights do alone.
    pub(super) fn with_ideal_cells(&self) -> Self {
        let mut point = self.clone();
        let design = &mut point.arrays.design;
        design.programming.exact = true;
        design.cells.read_noise = Some(0.0);
        design.cells.faults = FaultConfig::default();
        design.wires = WiresConfig::default();
        point
    }

    /// The hardware of this design.
    pub(super) fn hardware(&self, seed: u64) -> Result<AnalogHardware, FieldError> {
        AnalogHardware::new(&self.card, &self.arrays.design, self.arrays.ambient_temperature.0, seed)
            .map_err(|error| FieldError::new("arrays", error.to_string()))
    }
}

impl Axis {
    /// Name in plots and messages.
    pub(super) fn label(&self) -> String {
        let last = self.field.rsplit('.').next().unwrap_or(&self.field);
        self.name.clone().unwrap_or_else(|| last.replace('_', " "))
    }

    /// The field that is varied.
    pub(super) fn field(&self) -> &str {
        &self.field
    }

    /// What the design is along the axis; empty if it is that of the script.
    pub(super) fn variant(&self) -> &str {
        self.variant.as_deref().unwrap_or_default()
    }

    /// The values as numbers, if they are.
    pub(super) fn numbers(&self) -> Option<Vec<f64>> {
        self.values.iter().map(Value::as_f64).collect()
    }

    /// The values as text.
    pub(super) fn texts(&self) -> Vec<String> {
        let plain = |value: &Value| match value {
            Value::String(text) => text.clone(),
            Value::Object(fields) => match fields.get("kind").and_then(Value::as_str) {
                Some(kind) => kind.to_owned(),
                None => value.to_string(),
            },
            other => other.to_string(),
        };
        self.values.iter().map(plain).collect()
    }

    /// The designs of its values.
    pub(super) fn points(
        &self,
        number: usize,
        (arrays, rests): (&Value, bool),
        folders: &Folders,
    ) -> Result<Vec<Point>, FieldError> {
        if self.values.is_empty() || self.values.len() > 1000 {
            let text = format!("from 1 to 1000 values are possible, not {}", self.values.len());
            return Err(FieldError::new(format!("axes[{number}].values"), text));
        }
        let point = |value: &Value| {
            let mut changed = arrays.clone();
            for (path, value) in &self.with {
                Edit { path: path.clone(), value: value.clone() }.apply(&mut changed)?;
            }
            for field in std::iter::once(&self.field).chain(&self.also) {
                Edit { path: field.clone(), value: value.clone() }.apply(&mut changed)?;
            }
            Point::new(&changed, rests, folders)
        };
        let inside = |error: FieldError| {
            FieldError::new(format!("axes[{number}]"), format!("{}: {}", error.field, error.message))
        };
        self.values.iter().map(|value| point(value).map_err(inside)).collect()
    }
}
