//! Quantities in scripts: text with a unit (`"0.2 V"`), checked for its dimension when read.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use device_models::units;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, Visitor};

/// A physical quantity that scripts write as text with a unit.
pub trait Quantity: Copy {
    /// The SI unit of the value.
    const UNIT: &'static str;
    /// A correct text, for messages and editors.
    const EXAMPLE: &'static str;
    /// The quantity of that value, in the SI unit.
    fn new(value: f64) -> Self;
    /// The value in the SI unit.
    fn value(self) -> f64;
}

struct QuantityVisitor<Q>(PhantomData<Q>);

impl<Q: Quantity> Visitor<'_> for QuantityVisitor<Q> {
    type Value = Q;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a quantity such as \"{}\"", Q::EXAMPLE)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Q, E> {
        units::parse(text, Q::UNIT).map(Q::new).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Q, E> {
        Err(E::custom(format_args!(
            "{value} is a bare number; write it as text with its unit, e.g. \"{value} {}\"",
            Q::UNIT
        )))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Q, E> {
        self.visit_f64(value as f64)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Q, E> {
        self.visit_f64(value as f64)
    }
}

/// Reads a quantity from its text.
pub(super) fn deserialize<'de, Q: Quantity, D: Deserializer<'de>>(deserializer: D) -> Result<Q, D::Error> {
    deserializer.deserialize_any(QuantityVisitor(PhantomData))
}

macro_rules! quantities {
    ($($(#[$doc:meta])* $name:ident($unit:literal, $example:literal);)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
        pub struct $name(pub f64);

        impl Quantity for $name {
            const UNIT: &'static str = $unit;
            const EXAMPLE: &'static str = $example;
            fn new(value: f64) -> Self {
                Self(value)
            }
            fn value(self) -> f64 {
                self.0
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserialize(deserializer)
            }
        }

        impl JsonSchema for $name {
            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }
            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "description": concat!("A quantity with its unit, e.g. \"", $example, "\"."),
                    "examples": [$example],
                    "pattern": "^\\s*[-+]?[0-9.]+([eE][-+]?[0-9]+)?\\s*[^0-9\\s].*$",
                })
            }
        }
    )*};
}

quantities! {
    /// Voltage, V.
    Volt("V", "0.2 V");
    /// Time, s.
    Second("s", "100 ns");
    /// Length, m.
    Metre("m", "10 nm");
    /// Resistance, Ω.
    Ohm("Ohm", "2.5 Ohm");
    /// Conductance, S.
    Siemens("S", "20 uS");
    /// Current, A.
    Ampere("A", "100 uA");
    /// Transconductance parameter of a transistor, A/V².
    AmperePerVoltSquared("A/V^2", "0.5 mA/V^2");
    /// Rate of change of a voltage, V/s.
    VoltPerSecond("V/s", "1 V/s");
    /// Frequency, Hz.
    Hertz("Hz", "100 MHz");
    /// Temperature, K.
    Kelvin("K", "293 K");
    /// Thermal resistance, K/W.
    KelvinPerWatt("K/W", "15.72e6 K/W");
    /// Thermal conductivity, W/(m K).
    WattPerMetreKelvin("W/(m K)", "1.4 W/(m K)");
    /// Heat capacity of a volume, J/(m³ K).
    JoulePerCubicMetreKelvin("J/(m^3 K)", "1.6e6 J/(m^3 K)");
}

/// A pure number that may also be written with a percent sign: `0.1` or `"10 %"`.
#[derive(Debug, Clone, Copy, PartialEq, PartialOrd)]
pub struct Ratio(pub f64);

struct RatioVisitor;

impl Visitor<'_> for RatioVisitor {
    type Value = Ratio;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number such as 0.1 or \"10 %\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Ratio, E> {
        units::parse(text, "1").map(Ratio).map_err(E::custom)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Ratio, E> {
        Ok(Ratio(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Ratio, E> {
        Ok(Ratio(value as f64))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Ratio, E> {
        Ok(Ratio(value as f64))
    }
}

impl<'de> Deserialize<'de> for Ratio {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RatioVisitor)
    }
}

impl JsonSchema for Ratio {
    fn schema_name() -> Cow<'static, str> {
        "Ratio".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["number", "string"], "description": "A pure number, e.g. 0.1 or \"10 %\"." })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{from_value, json};

    use super::*;

    #[test]
    fn quantities_are_text_with_a_unit() {
        assert_eq!(from_value::<Volt>(json!("-600 mV")).unwrap(), Volt(-0.6));
        assert_eq!(from_value::<Ratio>(json!("10 %")).unwrap(), Ratio(0.1));
        let bare = from_value::<Volt>(json!(0.2)).unwrap_err().to_string();
        assert_eq!(bare, "0.2 is a bare number; write it as text with its unit, e.g. \"0.2 V\"");
        assert!(from_value::<Second>(json!("2 V")).unwrap_err().to_string().contains("expected one in s"));
        assert!(from_value::<Ohm>(json!("NaN Ohm")).unwrap_err().to_string().contains("not a finite number"));
    }
}
