//! Arrays written out in a script.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use device_models::units;
use numerics::rng::{Purpose, Stream};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor};

use super::array::{Array, SCRIPT_NAMES};
use crate::experiment::FieldError;
use crate::experiment::script::{Ohm, Quantity, Siemens, Volt};

/// Most cells of an array: the factorisation takes about 2.1 kB for each.
const MOST_CELLS: usize = 1 << 22;

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
    fn expand(&self, lines: usize) -> Vec<Option<f64>> {
        match self {
            Self::All(value) => vec![value.map(Q::value); lines],
            Self::Each(values) => values.iter().map(|v| v.map(Q::value)).collect(),
        }
    }
}

/// Conductances of the cells.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Conductances {
    /// All the same.
    Constant(Siemens),
    /// Drawn uniformly between two values.
    Uniform(Interval),
    /// Drawn so that the logarithm is uniform between two values.
    LogUniform(Interval),
    /// Written out, row by row.
    Matrix(Matrix),
}

/// An interval of conductances.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Interval {
    /// Lower end.
    min: Siemens,
    /// Upper end.
    max: Siemens,
}

/// A matrix of conductances in one unit.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Matrix {
    /// Unit of the values, e.g. `uS`.
    unit: String,
    /// One list for each row.
    values: Vec<Vec<f64>>,
}

/// An array: a `file`, or everything else.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ArrayFields {
    /// JSON file in the format of the golden circuits, instead of all other fields.
    #[serde(default)]
    pub(super) file: Option<String>,
    /// Number of word lines.
    #[serde(default)]
    rows: Option<usize>,
    /// Number of bit lines.
    #[serde(default)]
    columns: Option<usize>,
    /// Conductances of the cells.
    #[serde(default)]
    conductances: Option<Conductances>,
    /// Resistance of a word line between neighbouring cells.
    #[serde(default)]
    word_line_resistance: Option<Ohm>,
    /// Resistance of a bit line between neighbouring cells.
    #[serde(default)]
    bit_line_resistance: Option<Ohm>,
    /// Resistance of the drivers; `null` floats.
    #[serde(default, deserialize_with = "given")]
    source_resistance: Option<PerLine<Ohm>>,
    /// Resistance of the sense amplifiers; `null` floats.
    #[serde(default, deserialize_with = "given")]
    sense_resistance: Option<PerLine<Ohm>>,
    /// Voltages of the drivers.
    #[serde(default, deserialize_with = "given")]
    word_line_voltages: Option<PerLine<Volt>>,
    /// Potentials of the sense amplifiers; 0 V where left away.
    #[serde(default, deserialize_with = "given")]
    bit_line_voltages: Option<PerLine<Volt>>,
}

/// Keeps a `null` (every line floats) apart from a field left away.
fn given<'de, D: Deserializer<'de>, Q: Quantity + Deserialize<'de>>(
    deserializer: D,
) -> Result<Option<PerLine<Q>>, D::Error> {
    PerLine::deserialize(deserializer).map(Some)
}

impl ArrayFields {
    /// The array these fields describe.
    pub(super) fn build(&self, seed: u64) -> Result<Array, FieldError> {
        let conductances = need(self.conductances.as_ref(), "conductances")?;
        let (rows, columns) = self.shape(conductances)?;
        let sources = need(self.source_resistance.as_ref(), "source_resistance")?;
        let senses = need(self.sense_resistance.as_ref(), "sense_resistance")?;
        let drives = need(self.word_line_voltages.as_ref(), "word_line_voltages")?;
        let zero = PerLine::All(Some(Volt(0.0)));
        let potentials = self.bit_line_voltages.as_ref().unwrap_or(&zero);
        let volts = |line: &PerLine<Volt>, n| line.expand(n).into_iter().map(|v| v.unwrap_or(0.0)).collect();
        let array = Array {
            rows,
            columns,
            conductance: conductances.values(rows * columns, seed)?,
            word_segment: need(self.word_line_resistance, "word_line_resistance")?.0,
            bit_segment: need(self.bit_line_resistance, "bit_line_resistance")?.0,
            source: sources.expand(rows),
            sense: senses.expand(columns),
            word_voltage: volts(drives, rows),
            bit_voltage: volts(potentials, columns),
        };
        array.check(&SCRIPT_NAMES)?;
        Ok(array)
    }

    fn shape(&self, conductances: &Conductances) -> Result<(usize, usize), FieldError> {
        let (rows, columns) = match conductances {
            Conductances::Matrix(matrix) => {
                let rows = matrix.values.len();
                let columns = matrix.values.first().map_or(0, Vec::len);
                if let Some((i, row)) = matrix.values.iter().enumerate().find(|(_, row)| row.len() != columns)
                {
                    let text = format!("has {} values, but the first row has {columns}", row.len());
                    return Err(FieldError::new(format!("array.conductances.matrix.values[{i}]"), text));
                }
                for (name, given, found) in [("rows", self.rows, rows), ("columns", self.columns, columns)] {
                    if let Some(given) = given.filter(|g| *g != found) {
                        let text = format!("is {given}, but the matrix has {found} {name}");
                        return Err(FieldError::new(format!("array.{name}"), text));
                    }
                }
                (rows, columns)
            }
            _ => (need(self.rows, "rows")?, need(self.columns, "columns")?),
        };
        for (name, count) in [("rows", rows), ("columns", columns)] {
            if count == 0 {
                return Err(FieldError::new(format!("array.{name}"), "is 0; the array has no cells"));
            }
        }
        if rows.checked_mul(columns).is_none_or(|cells| cells > MOST_CELLS) {
            let text = format!("{rows} × {columns} cells are more than the {MOST_CELLS} that fit");
            return Err(FieldError::new("array.rows", text));
        }
        Ok((rows, columns))
    }

    /// No field but `file` is given.
    pub(super) fn only_file(&self) -> Result<(), FieldError> {
        let others = [
            ("rows", self.rows.is_some()),
            ("columns", self.columns.is_some()),
            ("conductances", self.conductances.is_some()),
            ("word_line_resistance", self.word_line_resistance.is_some()),
            ("bit_line_resistance", self.bit_line_resistance.is_some()),
            ("source_resistance", self.source_resistance.is_some()),
            ("sense_resistance", self.sense_resistance.is_some()),
            ("word_line_voltages", self.word_line_voltages.is_some()),
            ("bit_line_voltages", self.bit_line_voltages.is_some()),
        ];
        match others.iter().find(|(_, given)| *given) {
            Some((name, _)) => Err(FieldError::new(
                format!("array.{name}"),
                "array.file gives this already; leave one of them away",
            )),
            None => Ok(()),
        }
    }
}

fn need<T>(value: Option<T>, name: &str) -> Result<T, FieldError> {
    value.ok_or_else(|| {
        FieldError::new(
            format!("array.{name}"),
            "this field is missing (or give the whole array as array.file)",
        )
    })
}

impl Conductances {
    fn values(&self, cells: usize, seed: u64) -> Result<Vec<f64>, FieldError> {
        Ok(match self {
            Self::Constant(value) => vec![value.0; cells],
            Self::Uniform(interval) => {
                let (min, max) = interval.ends("uniform", false)?;
                draw(cells, seed, |u| min + (max - min) * u)
            }
            Self::LogUniform(interval) => {
                let (min, max) = interval.ends("log_uniform", true)?;
                draw(cells, seed, |u| min * (max / min).powf(u))
            }
            Self::Matrix(matrix) => {
                let unit = units::parse(&format!("1 {}", matrix.unit), "S")
                    .map_err(|error| FieldError::new("array.conductances.matrix.unit", error.to_string()))?;
                matrix.values.iter().flatten().map(|g| g * unit).collect()
            }
        })
    }
}

impl Interval {
    fn ends(&self, name: &str, positive: bool) -> Result<(f64, f64), FieldError> {
        let field = format!("array.conductances.{name}");
        let (min, max) = (self.min.0, self.max.0);
        if min < 0.0 || (positive && min <= 0.0) {
            let bound = if positive { "above zero" } else { "not negative" };
            return Err(FieldError::new(format!("{field}.min"), format!("must be {bound}, but is {min} S")));
        }
        if max < min {
            return Err(FieldError::new(
                format!("{field}.max"),
                format!("is {max} S, below min, which is {min} S"),
            ));
        }
        Ok((min, max))
    }
}

fn draw(cells: usize, seed: u64, value: impl Fn(f64) -> f64) -> Vec<f64> {
    let mut stream = Stream::new(seed, Purpose::Pattern, 0, 0);
    (0..cells).map(|_| value(stream.uniform())).collect()
}
