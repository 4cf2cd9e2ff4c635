//! Lists of quantities: written out, or as a range.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::quantity::Quantity;

/// Most values a range may have.
const MOST_VALUES: usize = 10_000_000;

/// A list of quantities: `["-0.5 V", "-0.6 V"]`, or
/// `{ "from": "-0.5 V", "to": "-1.1 V", "count": 13, "scale": "linear" }`.
#[derive(Debug, Clone, PartialEq)]
pub struct List<Q>(Vec<Q>);

impl<Q: Quantity> List<Q> {
    /// The values in SI units.
    pub fn values(&self) -> Vec<f64> {
        self.0.iter().map(|q| q.value()).collect()
    }

    /// The list of these values.
    pub(crate) fn of(values: Vec<Q>) -> Self {
        Self(values)
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// There are no values.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// How the values of a range are spaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Scale {
    /// Equal differences.
    #[default]
    Linear,
    /// Equal ratios.
    Log,
}

/// A range of quantities, both ends included.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Range<Q> {
    /// First value.
    from: Q,
    /// Last value.
    to: Q,
    /// Number of values, at least one.
    count: usize,
    /// Spacing of the values.
    #[serde(default)]
    scale: Scale,
}

/// `count` values from `from` to `to`; the ends are exact, what lies between is rounded to twelve
/// significant digits so that it reads (and hashes) like a number a person would write.
pub(crate) fn spaced(from: f64, to: f64, count: usize, scale: Scale) -> Result<Vec<f64>, String> {
    if count == 0 {
        return Err("count is 0; a range needs at least one value".to_owned());
    }
    if count > MOST_VALUES {
        return Err(format!("count is {count}; at most {MOST_VALUES} values are possible"));
    }
    if scale == Scale::Log && (from == 0.0 || to == 0.0 || from.is_sign_negative() != to.is_sign_negative()) {
        return Err(format!(
            "a logarithmic range needs two ends of one sign and not zero, but goes from {from} to {to}"
        ));
    }
    let last = count - 1;
    let values: Vec<f64> = (0..count)
        .map(|i| {
            if i == 0 {
                return from;
            }
            if i == last {
                return to;
            }
            let share = i as f64 / last as f64;
            rounded(match scale {
                Scale::Linear => from + (to - from) * share,
                Scale::Log => from * (to / from).powf(share),
            })
        })
        .collect();
    match values.iter().find(|v| !v.is_finite()) {
        None => Ok(values),
        Some(_) => Err(format!("the range from {from} to {to} is too wide for its values to be computed")),
    }
}

fn rounded(value: f64) -> f64 {
    format!("{value:.11e}").parse().unwrap_or(value)
}

struct ListVisitor<Q>(PhantomData<Q>);

impl<'de, Q: Quantity + Deserialize<'de>> Visitor<'de> for ListVisitor<Q> {
    type Value = List<Q>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "a list of quantities such as [\"{0}\"] or a range {{\"from\": \"{0}\", \"to\": …, \"count\": …}}",
            Q::EXAMPLE
        )
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<List<Q>, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = sequence.next_element()? {
            values.push(value);
        }
        Ok(List(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<List<Q>, A::Error> {
        let range: Range<Q> = Range::deserialize(MapAccessDeserializer::new(map))?;
        let values = spaced(range.from.value(), range.to.value(), range.count, range.scale);
        values.map(|v| List(v.into_iter().map(Q::new).collect())).map_err(A::Error::custom)
    }
}

impl<'de, Q: Quantity + Deserialize<'de>> Deserialize<'de> for List<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

impl<Q: JsonSchema> JsonSchema for List<Q> {
    fn schema_name() -> Cow<'static, str> {
        format!("List_of_{}", Q::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<Q>();
        let range = generator.subschema_for::<Range<Q>>();
        json_schema!({ "anyOf": [{ "type": "array", "items": item }, range] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::super::quantity::{Second, Volt};
    use super::*;

    #[test]
    #[allow(clippy::float_cmp)]
    fn lists_and_ranges() {
        let list: List<Volt> = from_value(json!(["0.1 V", "-200 mV"])).unwrap();
        assert_eq!(list.values(), [0.1, -0.2]);
        let range: List<Volt> = from_value(json!({ "from": "-0.5 V", "to": "-1.1 V", "count": 13 })).unwrap();
        assert_eq!(range.values()[..3], [-0.5, -0.55, -0.6]);
        assert_eq!(range.values()[12], -1.1);
        let log: List<Second> =
            from_value(json!({ "from": "1 ns", "to": "1 us", "count": 4, "scale": "log" })).unwrap();
        assert_eq!(log.values(), [1e-9, 1e-8, 1e-7, 1e-6]);
    }

    #[test]
    fn impossible_ranges_are_refused() {
        let refuse = |value| from_value::<List<Volt>>(value).unwrap_err().to_string();
        assert!(refuse(json!({ "from": "1 V", "to": "2 V", "count": 0 })).contains("at least one"));
        assert!(refuse(json!({ "from": "-1 V", "to": "2 V", "count": 3, "scale": "log" })).contains("sign"));
        assert!(refuse(json!("1 V")).contains("a list of quantities"));
        let wide = json!({ "from": "-1.5e308 V", "to": "1.5e308 V", "count": 3 });
        assert!(refuse(wide).contains("too wide"));
        assert!(refuse(json!({ "from": "1 V", "to": "2 V", "count": u64::MAX })).contains("at most"));
    }
}
