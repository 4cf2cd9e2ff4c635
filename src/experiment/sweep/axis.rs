//! The values of one swept field.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::experiment::script::{Scale, spaced};

/// Values written out, or `{ "linspace": { "from": …, "to": …, "count": … } }`, or `logspace`.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis(pub Vec<Value>);

#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Spaced {
    /// Equal differences.
    Linspace(Ends),
    /// Equal ratios.
    Logspace(Ends),
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Ends {
    /// First value: a number, or text with a unit.
    from: Value,
    /// Last value, in the unit of the first.
    to: Value,
    /// Number of values.
    count: usize,
}

/// Number and unit of a quantity's text.
pub(super) fn split_quantity(text: &str) -> Option<(f64, &str)> {
    let text = text.trim();
    let end =
        text.find(|c: char| !matches!(c, '0'..='9' | '+' | '-' | '.' | 'e' | 'E')).unwrap_or(text.len());
    // "1eV" and "2 eV": an `e` that begins a unit is no exponent.
    (0..=end).rev().filter(|n| text.is_char_boundary(*n)).find_map(|n| {
        let number: f64 = text[..n].parse().ok()?;
        number.is_finite().then(|| (number, text[n..].trim()))
    })
}

fn split(value: &Value) -> Result<(f64, Option<&str>), String> {
    match value {
        Value::Number(number) => Ok((number.as_f64().unwrap_or(f64::NAN), None)),
        Value::String(text) => split_quantity(text)
            .map(|(number, unit)| (number, Some(unit)))
            .ok_or_else(|| format!("\"{text}\" does not begin with a finite number; write e.g. \"0.5 V\"")),
        other => Err(format!("the ends of a range are numbers or quantities, not {other}")),
    }
}

impl Ends {
    fn values(&self, scale: Scale) -> Result<Vec<Value>, String> {
        let ((from, unit), (to, other)) = (split(&self.from)?, split(&self.to)?);
        if unit != other {
            return Err(format!("from is {} and to is {}; write both in the same unit", self.from, self.to));
        }
        let values = spaced(from, to, self.count, scale)?;
        Ok(values
            .into_iter()
            .map(|v| match unit {
                None => Value::from(v),
                Some(unit) => Value::from(format!("{v} {unit}").trim_end()),
            })
            .collect())
    }
}

struct AxisVisitor;

impl<'de> Visitor<'de> for AxisVisitor {
    type Value = Axis;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values, or {\"linspace\": {…}}, or {\"logspace\": {…}}")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Axis, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(Axis(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Axis, A::Error> {
        let values = match Spaced::deserialize(MapAccessDeserializer::new(map))? {
            Spaced::Linspace(ends) => ends.values(Scale::Linear),
            Spaced::Logspace(ends) => ends.values(Scale::Log),
        };
        values.map(Axis).map_err(A::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Axis {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AxisVisitor)
    }
}

impl JsonSchema for Axis {
    fn schema_name() -> Cow<'static, str> {
        "Axis".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let spaced = generator.subschema_for::<Spaced>();
        json_schema!({ "anyOf": [{ "type": "array", "minItems": 1 }, spaced] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn spaces_keep_the_unit() {
        let axis: Axis =
            from_value(json!({ "linspace": { "from": "1.30 eV", "to": "1.40 eV", "count": 5 } })).unwrap();
        assert_eq!(
            axis.0,
            [json!("1.3 eV"), json!("1.325 eV"), json!("1.35 eV"), json!("1.375 eV"), json!("1.4 eV")]
        );
        let axis: Axis = from_value(json!({ "logspace": { "from": 1, "to": 100, "count": 3 } })).unwrap();
        assert_eq!(axis.0, [json!(1.0), json!(10.0), json!(100.0)]);
        assert_eq!(split_quantity("2eV"), Some((2.0, "eV")));
        assert_eq!(split_quantity("eV"), None);
    }

    #[test]
    fn mixed_units_are_refused() {
        let mixed = json!({ "linspace": { "from": "1 V", "to": "100 mV", "count": 5 } });
        assert!(from_value::<Axis>(mixed).unwrap_err().to_string().contains("same unit"));
    }
}
