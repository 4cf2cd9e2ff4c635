//! Quantities of lines and of the segments between their cells.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use device_models::units;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};

use crate::crossbar::Segments;
use crate::experiment::FieldError;
use crate::experiment::script::{Ohm, Quantity};
use crate::experiment::table::{Reading, Table};

/// A crossing: row and column, counted from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Crossing(pub(super) (usize, usize));

impl<'de> Deserialize<'de> for Crossing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CrossingVisitor).map(Self)
    }
}

struct CrossingVisitor;

impl<'de> Visitor<'de> for CrossingVisitor {
    type Value = (usize, usize);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("two numbers [row, column], counted from 0")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(usize, usize), A::Error> {
        let mut all: Vec<usize> = Vec::new();
        while let Some(value) = sequence.next_element()? {
            all.push(value);
        }
        match *all {
            [row, column] => Ok((row, column)),
            _ => Err(A::Error::custom(format!("expected two numbers [row, column], found {}", all.len()))),
        }
    }
}

impl JsonSchema for Crossing {
    fn schema_name() -> Cow<'static, str> {
        "Crossing".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        <(usize, usize)>::json_schema(generator)
    }
}

/// One value for all lines, or a list with one for each; `null` where a line floats.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum PerLine<Q> {
    All(Option<Q>),
    Each(Vec<Option<Q>>),
}

struct PerLineVisitor<Q>(PhantomData<Q>);

impl<'de, Q: Quantity + Deserialize<'de>> Visitor<'de> for PerLineVisitor<Q> {
    type Value = PerLine<Q>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a quantity such as \"{0}\" for all lines, or a list with one for each line", Q::EXAMPLE)
    }

    fn visit_unit<E: Error>(self) -> Result<PerLine<Q>, E> {
        Ok(PerLine::All(None))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<PerLine<Q>, E> {
        units::parse(text, Q::UNIT).map(|value| PerLine::All(Some(Q::new(value)))).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<PerLine<Q>, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<PerLine<Q>, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<PerLine<Q>, E> {
        self.visit_f64(value as f64)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<PerLine<Q>, A::Error> {
        let mut each = Vec::new();
        while let Some(value) = sequence.next_element()? {
            each.push(value);
        }
        Ok(PerLine::Each(each))
    }
}

impl<'de, Q: Quantity + Deserialize<'de>> Deserialize<'de> for PerLine<Q> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PerLineVisitor(PhantomData))
    }
}

impl<Q: JsonSchema> JsonSchema for PerLine<Q> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}_for_each_line", Q::schema_name()).into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let one = generator.subschema_for::<Option<Q>>();
        json_schema!({
            "description": "One value for all lines, or a list with one for each; null = floating.",
            "anyOf": [one, { "type": "array", "items": one }],
        })
    }
}

impl<Q: Quantity> PerLine<Q> {
    pub(super) fn expand(&self, lines: usize) -> Vec<Option<f64>> {
        match self {
            Self::All(value) => vec![value.map(Q::value); lines],
            Self::Each(values) => values.iter().map(|v| v.map(Q::value)).collect(),
        }
    }
}

/// Keeps a `null` (every line floats) apart from a field left away.
pub(super) fn given<'de, D: Deserializer<'de>, Q: Quantity + Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<PerLine<Q>>, D::Error> {
    PerLine::deserialize(deserializer).map(Some)
}

/// The resistance between neighbouring cells: one quantity for all segments, or a table with one
/// value for each segment.
#[derive(Debug, Clone)]
pub(super) enum Wires {
    Uniform(f64),
    Each(Table),
}

struct WiresVisitor;

impl<'de> Visitor<'de> for WiresVisitor {
    type Value = Wires;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a quantity such as \"{}\" for all segments, or a table", Ohm::EXAMPLE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Wires, E> {
        units::parse(text, Ohm::UNIT).map(Wires::Uniform).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Wires, E> {
        self.visit_str(&value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Wires, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Wires, E> {
        self.visit_f64(value as f64)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Wires, A::Error> {
        Table::deserialize(MapAccessDeserializer::new(map)).map(Wires::Each)
    }
}

impl<'de> Deserialize<'de> for Wires {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WiresVisitor)
    }
}

impl JsonSchema for Wires {
    fn schema_name() -> Cow<'static, str> {
        "Wires".into()
    }
    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let (one, table) = (generator.subschema_for::<Ohm>(), generator.subschema_for::<Table>());
        json_schema!({
            "description": "One resistance for all segments, or a table with one for each.",
            "anyOf": [one, table],
        })
    }
}

impl Wires {
    /// The segments of a family of lines whose table has this shape.
    pub(super) fn segments(
        &self,
        reading: Reading<'_>,
        (rows, columns): (usize, usize),
    ) -> Result<Segments, FieldError> {
        let table = match self {
            Self::Uniform(r) => return Ok(Segments::Uniform(*r)),
            Self::Each(table) => table,
        };
        let field = reading.field.clone();
        let fault = |text| FieldError::new(field.clone(), text);
        let block = table.read(reading)?;
        let file = block.file();
        let (m, n, values) = block.matrix(Some(rows), Some(columns)).map_err(fault)?;
        if let Some(k) = values.iter().position(|r| *r < 0.0) {
            let text = format!("a resistance must not be negative, but is {} Ohm{file}", values[k]);
            return Err(FieldError::new(format!("{field}[{}][{}]", k / n, k % n), text));
        }
        // A table of no columns has no rows when it is written out.
        if (m, n) == (rows, columns) || values.is_empty() && rows * columns == 0 {
            Ok(Segments::Each(values))
        } else {
            Err(fault(format!(
                "has {m} × {n} values, but the array has {rows} × {columns} segments between cells of these lines"
            )))
        }
    }
}
