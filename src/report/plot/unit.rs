//! Numbers with SI prefixes.

const PREFIXES: [(i32, &str); 15] = [
    (-21, "z"),
    (-18, "a"),
    (-15, "f"),
    (-12, "p"),
    (-9, "n"),
    (-6, "µ"),
    (-3, "m"),
    (0, ""),
    (3, "k"),
    (6, "M"),
    (9, "G"),
    (12, "T"),
    (15, "P"),
    (18, "E"),
    (21, "Z"),
];

/// True for units that take a prefix (not `1`, `%`, `°C` or compound texts such as `1/m3`).
pub(crate) fn takes_prefix(unit: &str) -> bool {
    matches!(
        unit,
        "V" | "A"
            | "S"
            | "s"
            | "m"
            | "W"
            | "J"
            | "Ω"
            | "Ohm"
            | "ohm"
            | "Hz"
            | "F"
            | "C"
            | "eV"
            | "K/W"
            | "V/m"
            | "A/m2"
            | "A/m²"
            | "V/s"
    ) || square(unit).is_some()
}

/// What is squared in a unit such as `S^2`.
fn square(unit: &str) -> Option<&str> {
    unit.strip_suffix("^2").filter(|base| matches!(*base, "S" | "V" | "A"))
}

/// The factor and the written unit that bring numbers of this size near one: `(1e6, "µA")`.
pub(crate) fn scaled(size: f64, unit: &str) -> (f64, String) {
    let unit = if matches!(unit, "Ohm" | "ohm") { "Ω" } else { unit };
    if !takes_prefix(unit) || !size.is_finite() || size == 0.0 {
        return (1.0, if unit == "1" { String::new() } else { unit.to_owned() });
    }
    // 1 µS² is (1 µS)².
    let (base, exponent, mark) = square(unit).map_or((unit, 1, ""), |base| (base, 2, "²"));
    let size = size.abs().log10() / f64::from(exponent);
    let wanted = (size + 1e-9).div_euclid(3.0) as i32 * 3;
    let (power, prefix) = PREFIXES.iter().min_by_key(|(p, _)| (p - wanted).abs()).copied().unwrap_or((0, ""));
    (10f64.powi(-power * exponent), format!("{prefix}{base}{mark}"))
}

/// The unit as it is written in a paper.
pub(crate) fn plain(unit: &str) -> String {
    match unit {
        "1/m3" | "1/m^3" | "m-3" | "m^-3" => "m⁻³".to_owned(),
        "1/cm3" | "1/cm^3" => "cm⁻³".to_owned(),
        other => other.to_owned(),
    }
}

/// As [`scaled`], but units without prefixes get a power of ten if the numbers are far from one:
/// `(1e-26, "10²⁶ m⁻³")`.
pub(crate) fn scaled_axis(size: f64, unit: &str) -> (f64, String) {
    let (factor, written) = scaled(size, unit);
    let written = plain(&written);
    if (factor - 1.0).abs() > 0.0 || takes_prefix(unit) || !size.is_finite() || size == 0.0 {
        return (factor, written);
    }
    let power = size.abs().log10().floor() as i32;
    if (-2..5).contains(&power) || power.abs() > 290 {
        return (factor, written);
    }
    let space = if written.is_empty() { "" } else { " " };
    (10f64.powi(-power), format!("10{}{space}{written}", power_of_ten(power)))
}

/// A number for people: four significant digits, `×10` notation when far from one.
pub(crate) fn number(value: f64) -> String {
    if !value.is_finite() {
        return if value.is_nan() { "–".into() } else { format!("{value}") };
    }
    if value == 0.0 {
        return "0".into();
    }
    let power = value.abs().log10().floor() as i32;
    if !(-3..7).contains(&power) {
        return trimmed(&format!("{:.3}", value / 10f64.powi(power))) + "×10" + &power_of_ten(power);
    }
    trimmed(&format!("{value:.*}", usize::try_from(3 - power).unwrap_or(0)))
}

/// A number with its unit, prefixed.
pub(crate) fn quantity(value: f64, unit: &str) -> String {
    let (factor, written) = scaled(value, unit);
    let text = number(value * factor).replace('-', "\u{2212}");
    if written.is_empty() { text } else { format!("{text} {}", plain(&written)) }
}

/// A time as people say it: `50 ms`, `1 min`, `1 h`, `2 d`, `10⁵ s`.
pub(crate) fn time(seconds: f64) -> String {
    if !(60.0..1e290).contains(&seconds) {
        return quantity(seconds, "s");
    }
    for (length, most, name) in [(86_400.0, 1000.0, "d"), (3600.0, 48.0, "h"), (60.0, 120.0, "min")] {
        let count = seconds / length;
        if (1.0 - 1e-9..most).contains(&count) && (count - count.round()).abs() < 1e-9 * count {
            return format!("{} {name}", count.round());
        }
    }
    let power = (seconds.log10() + 1e-12).floor() as i32;
    if power < 4 {
        return format!("{} s", number(seconds));
    }
    let lead = number(seconds / 10f64.powi(power));
    let lead = if lead == "1" { String::new() } else { format!("{lead}×") };
    format!("{lead}10{} s", power_of_ten(power))
}

/// Mean ± error with a common prefix or power of ten, the error with two digits:
/// `426.8 ± 1.8 µJ`, `(1.3421 ± 0.0026)×10⁶`.
pub(crate) fn with_error(mean: f64, error: f64, unit: &str) -> String {
    let usable = error > 0.0 && error.is_finite() && mean.is_finite() && mean != 0.0;
    if !usable {
        return quantity(mean, unit);
    }
    let (mut factor, written) = scaled(mean, unit);
    let power = (mean * factor).abs().log10().floor() as i32;
    let far = !(-3..5).contains(&power);
    if far {
        factor *= 10f64.powi(-power);
    }
    let (mean, error) = (mean * factor, error * factor);
    let digits = usize::try_from(1 - error.log10().floor() as i32).unwrap_or(0).min(6);
    let text = format!("{mean:.digits$} ± {error:.digits$}").replace('-', "\u{2212}");
    let text = if far { format!("({text})×10{}", power_of_ten(power)) } else { text };
    if written.is_empty() { text } else { format!("{text} {written}") }
}

/// An exponent in superscript digits.
pub(crate) fn power_of_ten(power: i32) -> String {
    const DIGITS: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];
    let digit = |c: char| c.to_digit(10).and_then(|d| DIGITS.get(d as usize).copied()).unwrap_or('⁻');
    power.to_string().chars().map(digit).collect()
}

/// Without trailing zeros of the fraction.
pub(crate) fn trimmed(text: &str) -> String {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes() {
        assert_eq!(quantity(3.2e-6, "A"), "3.2 µA");
        assert_eq!(quantity(1e-9, "s"), "1 ns");
        assert_eq!(quantity(4700.0, "Ω"), "4.7 kΩ");
        assert_eq!(scaled_axis(2.1e26, "1/m3").1, "10²⁶ m⁻³");
        assert_eq!(quantity(0.875, "1"), "0.875");
        assert_eq!(quantity(4.2e-12, "S^2"), "4.2 µS²");
        assert_eq!(quantity(4.2e-10, "S^2"), "420 µS²");
        assert_eq!(quantity(-0.25, "V"), "\u{2212}250 mV");
        assert_eq!(quantity(12345678.0, "1"), "1.235×10⁷");
        assert_eq!(with_error(426.8e-6, 1.8e-6, "J"), "426.8 ± 1.8 µJ");
        assert_eq!(with_error(1342095.0, 2611.0, "1"), "(1.3421 ± 0.0026)×10⁶");
        assert_eq!(with_error(94.0, 1.0, "1"), "94.0 ± 1.0");
        assert_eq!(with_error(5.0, 0.0, "1"), "5");
    }

    #[test]
    fn times_are_those_of_people() {
        for (seconds, text) in [
            (0.05, "50 ms"),
            (1.0, "1 s"),
            (60.0, "1 min"),
            (3600.0, "1 h"),
            (86_400.0, "1 d"),
            (172_800.0, "2 d"),
            (1e4, "10⁴ s"),
            (1e5, "10⁵ s"),
            (3e5, "3×10⁵ s"),
            (1000.0, "1000 s"),
        ] {
            assert_eq!(time(seconds), text);
        }
    }
}
