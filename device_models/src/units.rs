//! Quantities with units, at the boundary only: cards and scripts carry the unit with the value
//! (`"45 nm"`, `"1.35 eV"`, `"15.72e6 K/W"`), kernels see plain SI numbers.
//!
//! A unit is a product of factors separated by `*`, `·` or a space, with `/` before each factor
//! that divides, or before a group in parentheses; a factor is an optional SI prefix (f p n u µ m c k M G T), a symbol (m g s A K
//! V Ohm Ω S Hz J W eV F C, min, h, %) and an optional power (`^-3`, `²`, `⁻³`). `1` stands for a
//! pure number. Temperatures may also be given in `°C` or `degC`.

use std::fmt;

/// Powers of metre, kilogram, second, ampere and kelvin.
type Dimension = [i8; 5];

/// Why a text is not the quantity that is wanted. Each is a sentence a user can act on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UnitError {
    /// The text does not begin with a number.
    #[error("\"{text}\" does not begin with a number; write the value and its unit, e.g. \"{example}\"")]
    NotANumber {
        /// The text as given.
        text: String,
        /// A correct one.
        example: String,
    },
    /// The number is infinite or not a number.
    #[error("\"{text}\" is not a finite number; write e.g. \"{example}\"")]
    NotFinite {
        /// The text as given.
        text: String,
        /// A correct one.
        example: String,
    },
    /// There is no unit.
    #[error("\"{text}\" has no unit; write e.g. \"{example}\"")]
    MissingUnit {
        /// The text as given.
        text: String,
        /// A correct one.
        example: String,
    },
    /// The unit is not known.
    #[error("\"{text}\": the unit \"{unit}\" is not known; write e.g. \"{example}\"")]
    UnknownUnit {
        /// The text as given.
        text: String,
        /// The part that is not known.
        unit: String,
        /// A correct one.
        example: String,
    },
    /// The unit measures something else.
    #[error("\"{text}\" is a quantity in {found}, expected one in {expected}; write e.g. \"{example}\"")]
    WrongDimension {
        /// The text as given.
        text: String,
        /// SI unit of the text.
        found: String,
        /// Unit wanted.
        expected: String,
        /// A correct one.
        example: String,
    },
}

/// Reads `text` as a quantity and returns its value in `unit`.
///
/// # Errors
/// When the text is no finite number with a known unit of the dimension of `unit`.
pub fn parse(text: &str, unit: &str) -> Result<f64, UnitError> {
    let example = if unit == "1" { "0.5".to_owned() } else { format!("0.5 {unit}") };
    let text = text.trim();
    let (number, rest) = split_number(text);
    let Some(value) = number else {
        let not_finite = matches!(
            text.to_ascii_lowercase().split_whitespace().next(),
            Some("nan" | "inf" | "-inf" | "+inf" | "infinity" | "-infinity")
        );
        return Err(if not_finite {
            UnitError::NotFinite { text: text.to_owned(), example }
        } else {
            UnitError::NotANumber { text: text.to_owned(), example }
        });
    };
    if !value.is_finite() {
        return Err(UnitError::NotFinite { text: text.to_owned(), example });
    }
    let target = unit_of(unit).map_err(|part| UnitError::UnknownUnit {
        text: unit.to_owned(),
        unit: part,
        example: example.clone(),
    })?;
    let given = rest.trim();
    if given.is_empty() && target.dimension != [0; 5] {
        return Err(UnitError::MissingUnit { text: text.to_owned(), example });
    }
    if matches!(given, "°C" | "degC") && target.dimension == [0, 0, 0, 0, 1] {
        return Ok((value + 273.15) / target.factor);
    }
    let found = unit_of(given).map_err(|part| UnitError::UnknownUnit {
        text: text.to_owned(),
        unit: part,
        example: example.clone(),
    })?;
    if found.dimension != target.dimension {
        return Err(UnitError::WrongDimension {
            text: text.to_owned(),
            found: found.to_string(),
            expected: unit.to_owned(),
            example,
        });
    }
    // One rounding where both units are the same: "0.2 V" must be exactly 0.2.
    let ratio = if given == unit { 1.0 } else { found.factor / target.factor };
    let scaled = scale_exactly(value, ratio);
    if scaled.is_finite() { Ok(scaled) } else { Err(UnitError::NotFinite { text: text.to_owned(), example }) }
}

/// Reads numbers with commas and one unit at the end (`"0.1, 0.2 V"`) as values in `unit`.
///
/// # Errors
/// As [`parse`].
pub fn parse_list(text: &str, unit: &str) -> Result<Vec<f64>, UnitError> {
    let last = text.rsplit(',').next().unwrap_or(text).trim();
    let given = split_number(last).1.trim();
    let item = |part: &str| {
        let own = split_number(part.trim()).1.trim();
        if own.is_empty() { parse(&format!("{} {given}", part.trim()), unit) } else { parse(part, unit) }
    };
    text.split(',').map(item).collect()
}

/// Reads `text` as a quantity of any dimension: its value in SI and the SI unit.
///
/// # Errors
/// When the text is no finite number with a known unit.
pub fn si(text: &str) -> Result<(f64, String), UnitError> {
    let (_, rest) = split_number(text.trim());
    let given = rest.trim();
    let unit = match given {
        "" | "%" => "1".to_owned(),
        "°C" | "degC" => "K".to_owned(),
        known => unit_of(known)
            .map_err(|unit| UnitError::UnknownUnit {
                text: text.to_owned(),
                unit,
                example: "0.5 V".to_owned(),
            })?
            .to_string(),
    };
    let unit = if unit == "no unit" { "1".to_owned() } else { unit };
    Ok((parse(text, &unit)?, unit))
}

/// `value · ratio`, dividing instead where the ratio is the inverse of a whole number, so that
/// `"100 uA"` is the double nearest 1e-4.
fn scale_exactly(value: f64, ratio: f64) -> f64 {
    let inverse = 1.0 / ratio;
    if ratio < 1.0 && (inverse - inverse.round()).abs() <= 1e-9 * inverse {
        value / inverse.round()
    } else {
        value * ratio
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Unit {
    factor: f64,
    dimension: Dimension,
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.dimension == [0; 5] {
            return f.write_str("no unit");
        }
        for symbol in ["m", "s", "A", "K", "V", "Ohm", "S", "Hz", "J", "W", "F", "C", "K/W", "V/m", "S^2"] {
            if unit_of(symbol).is_ok_and(|known| known.dimension == self.dimension) {
                return f.write_str(symbol);
            }
        }
        let mut first = true;
        for (symbol, power) in ["m", "kg", "s", "A", "K"].iter().zip(self.dimension) {
            if power != 0 {
                if !first {
                    f.write_str(" ")?;
                }
                first = false;
                write!(f, "{symbol}")?;
                if power != 1 {
                    write!(f, "^{power}")?;
                }
            }
        }
        Ok(())
    }
}

/// The longest leading number and what follows it.
pub fn split_number(text: &str) -> (Option<f64>, &str) {
    let mut end = 0;
    let bytes = text.as_bytes();
    let mut best = (None, text);
    while end < bytes.len() && matches!(bytes[end], b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E') {
        end += 1;
        if let Ok(value) = text[..end].parse::<f64>() {
            best = (Some(value), &text[end..]);
        }
    }
    best
}

/// Reads a unit expression; the error is the factor that is not known.
fn unit_of(expression: &str) -> Result<Unit, String> {
    let mut total = Unit { factor: 1.0, dimension: [0; 5] };
    let mut divides = false;
    let mut grouped = false;
    let mut factor = String::new();
    let apply = |factor: &mut String, divides: bool, total: &mut Unit| -> Result<(), String> {
        if factor.is_empty() {
            return Ok(());
        }
        let (unit, power) = single(factor).ok_or_else(|| factor.clone())?;
        let power = if divides { -power } else { power };
        total.factor *= unit.factor.powi(i32::from(power));
        for (sum, own) in total.dimension.iter_mut().zip(unit.dimension) {
            *sum =
                own.checked_mul(power).and_then(|own| sum.checked_add(own)).ok_or_else(|| factor.clone())?;
        }
        factor.clear();
        Ok(())
    };
    for c in expression.chars() {
        match c {
            '/' => {
                apply(&mut factor, divides, &mut total)?;
                divides = true;
            }
            '*' | '·' | ' ' => {
                let ended = !factor.is_empty();
                apply(&mut factor, divides, &mut total)?;
                if ended && !grouped {
                    divides = false;
                }
            }
            '(' if factor.is_empty() && !grouped => grouped = true,
            ')' if grouped => {
                apply(&mut factor, divides, &mut total)?;
                grouped = false;
                divides = false;
            }
            _ => factor.push(c),
        }
    }
    apply(&mut factor, divides, &mut total)?;
    Ok(total)
}

/// One factor: prefix, symbol, power.
fn single(text: &str) -> Option<(Unit, i8)> {
    let plain: String = text
        .chars()
        .filter_map(|c| match c {
            '⁻' => Some('-'),
            '⁰' => Some('0'),
            '¹' => Some('1'),
            '²' => Some('2'),
            '³' => Some('3'),
            '⁴' => Some('4'),
            '^' => None,
            other => Some(other),
        })
        .collect();
    if plain == "1" {
        return Some((Unit { factor: 1.0, dimension: [0; 5] }, 1));
    }
    let split = plain.find(|c: char| c.is_ascii_digit() || c == '-').unwrap_or(plain.len());
    let (symbol, power) = plain.split_at(split);
    let power: i8 = if power.is_empty() { 1 } else { power.parse().ok()? };
    if !(-9..=9).contains(&power) {
        return None;
    }
    Some((prefixed(symbol)?, power))
}

fn prefixed(symbol: &str) -> Option<Unit> {
    if let Some(unit) = base(symbol) {
        return Some(unit);
    }
    let mut rest = symbol.chars();
    let prefix = match rest.next()? {
        'f' => 1e-15,
        'p' => 1e-12,
        'n' => 1e-9,
        'u' | 'µ' | 'μ' => 1e-6,
        'm' => 1e-3,
        'c' => 1e-2,
        'k' => 1e3,
        'M' => 1e6,
        'G' => 1e9,
        'T' => 1e12,
        _ => return None,
    };
    let rest = rest.as_str();
    if matches!(rest, "%" | "min" | "h" | "") {
        return None;
    }
    base(rest).map(|unit| Unit { factor: prefix * unit.factor, ..unit })
}

fn base(symbol: &str) -> Option<Unit> {
    let (factor, dimension) = match symbol {
        "%" => (1e-2, [0, 0, 0, 0, 0]),
        "m" => (1.0, [1, 0, 0, 0, 0]),
        "g" => (1e-3, [0, 1, 0, 0, 0]),
        "s" => (1.0, [0, 0, 1, 0, 0]),
        "min" => (60.0, [0, 0, 1, 0, 0]),
        "h" => (3600.0, [0, 0, 1, 0, 0]),
        "A" => (1.0, [0, 0, 0, 1, 0]),
        "K" => (1.0, [0, 0, 0, 0, 1]),
        "Hz" => (1.0, [0, 0, -1, 0, 0]),
        "C" => (1.0, [0, 0, 1, 1, 0]),
        "J" => (1.0, [2, 1, -2, 0, 0]),
        // CODATA 2018, exact.
        "eV" => (1.602_176_634e-19, [2, 1, -2, 0, 0]),
        "W" => (1.0, [2, 1, -3, 0, 0]),
        "V" => (1.0, [2, 1, -3, -1, 0]),
        "Ohm" | "ohm" | "\u{3a9}" | "\u{2126}" => (1.0, [2, 1, -3, -2, 0]),
        "S" => (1.0, [-2, -1, 3, 2, 0]),
        "F" => (1.0, [-2, -1, 4, 2, 0]),
        _ => return None,
    };
    Some(Unit { factor, dimension })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_quantity_comes_with_its_si_unit() {
        for (text, value, unit) in
            [("18 ms", 0.018, "s"), ("4.2 kOhm", 4200.0, "Ohm"), ("89 %", 0.89, "1"), ("0.5", 0.5, "1")]
        {
            let (v, u) = si(text).unwrap();
            assert!((v - value).abs() <= 1e-12 * value && u == unit, "{text}: {v} {u}");
        }
        assert!(si("3 blorg").is_err() && si("fast").is_err());
    }

    #[test]
    fn reads_the_units_of_the_field() {
        for (text, unit, expected) in [
            ("0.2 V", "V", 0.2),
            ("-600mV", "V", -0.6),
            ("45 nm", "m", 45e-9),
            ("1.35 eV", "eV", 1.35),
            ("1.35 eV", "J", 1.35 * 1.602_176_634e-19),
            ("15.72e6 K/W", "K/W", 15.72e6),
            ("0.008e26 m^-3", "m^-3", 8e23),
            ("8e17 cm^-3", "m^-3", 8e23),
            ("4e-6 m²/V/s", "m^2/(V s)", 4e-6),
            ("4e-6 m^2/(V s)", "m^2/V/s", 4e-6),
            ("6.01e5 A/m^2/K^2", "A m⁻² K⁻²", 6.01e5),
            ("100 uA", "A", 1e-4),
            ("100 µA", "A", 1e-4),
            ("2 kΩ", "Ohm", 2e3),
            ("25 °C", "K", 298.15),
            ("10 %", "1", 0.1),
            ("0.5", "1", 0.5),
            ("2 h", "s", 7200.0),
            ("1e-18 J/K", "J/K", 1e-18),
            ("20 THz", "Hz", 2e13),
        ] {
            let value = parse(text, unit).unwrap();
            assert!((value - expected).abs() <= 1e-12 * f64::abs(expected), "{text}: {value}");
        }
        assert_eq!(parse("100 uA", "A").unwrap().to_bits(), 1e-4_f64.to_bits());
        assert_eq!(parse("45 nm", "m").unwrap().to_bits(), 45e-9_f64.to_bits());
    }

    #[test]
    fn lists_have_one_unit_at_the_end() {
        assert_eq!(parse_list("1, -2.5e1,3 mV", "V").unwrap(), [0.001, -0.025, 0.003]);
        assert_eq!(parse_list("1, 2 V, 3 mV", "V").unwrap(), [0.001, 2.0, 0.003]);
        assert_eq!(parse_list("0.5", "1").unwrap(), [0.5]);
        for wrong in ["1, 2", "1,, 2 V", "1, 2 A", "", "1, x V"] {
            assert!(parse_list(wrong, "V").is_err(), "{wrong}");
        }
    }

    #[test]
    fn says_what_is_wrong() {
        let sentence = |text, unit| parse(text, unit).unwrap_err().to_string();
        assert!(sentence("0.2 A", "V").contains("is a quantity in A, expected one in V"));
        assert!(sentence("0.2", "V").contains("has no unit"));
        assert!(sentence("0.2 Volts", "V").contains("\"Volts\" is not known"));
        assert!(sentence("about 2 V", "V").contains("does not begin with a number"));
        assert!(sentence("NaN V", "V").contains("not a finite number"));
        assert!(sentence("1e400 V", "V").contains("not a finite number"));
        assert!(sentence("5 mmin", "s").contains("not known"));
        assert!(sentence("5 m^99", "m").contains("not known"));
        assert!(sentence("5 V^9 V^9 V^9 V^9 V^9", "V").contains("not known"));
        assert!(sentence("1e300 TV", "V").contains("not a finite number"));
        assert!(sentence("1 TV^9 TV^9 TV^9/V^9/V^9/V^8", "V").contains("not a finite number"));
        assert!(sentence("3 kg m", "V").contains("m kg"));
    }
}
