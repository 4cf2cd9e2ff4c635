//! Axes: ranges, ticks and their labels.

use super::unit;

/// What an axis is to show.
#[derive(Debug, Clone, Default)]
pub(crate) struct Axis {
    /// What is drawn along it.
    pub(crate) label: String,
    /// Unit of the values.
    pub(crate) unit: String,
    /// Logarithmic.
    pub(crate) log: bool,
    /// Fixed range; otherwise from the data.
    pub(crate) range: Option<(f64, f64)>,
    /// Ticks at whole numbers only.
    pub(crate) whole: bool,
    /// Names at 0, 1, 2 … instead of numbers.
    pub(crate) names: Vec<String>,
}

impl Axis {
    /// A linear axis.
    pub(crate) fn new(label: &str, unit: &str) -> Self {
        Self { label: label.to_owned(), unit: unit.to_owned(), ..Self::default() }
    }

    /// The same, logarithmic.
    pub(crate) fn log(mut self) -> Self {
        self.log = true;
        self
    }

    /// The same with a fixed range.
    pub(crate) fn range(mut self, low: f64, high: f64) -> Self {
        self.range = Some((low, high));
        self
    }

    /// The same with ticks at whole numbers.
    pub(crate) fn whole(mut self) -> Self {
        self.whole = true;
        self
    }
}

/// An axis with range, ticks and the map from values to the unit interval.
#[derive(Debug, Clone)]
pub(crate) struct Scale {
    /// Range in axis coordinates (decades if logarithmic).
    low: f64,
    high: f64,
    log: bool,
    /// Position in 0..1, label (empty for minor ticks).
    pub(crate) ticks: Vec<(f64, String)>,
    /// Label with unit.
    pub(crate) title: String,
}

/// Most decades a logarithmic axis shows.
const DECADES: f64 = 14.0;

impl Scale {
    /// The scale of an axis for these values.
    pub(crate) fn new(axis: &Axis, values: impl Iterator<Item = f64>) -> Self {
        // Beyond 1e290 the arithmetic of axes overflows.
        let usable = values.filter(|v| v.abs() < 1e290 && (!axis.log || *v > 1e-290));
        // Denormal numbers are zero for every reader.
        let usable = usable.map(|v| if v.abs() < 1e-290 { 0.0 } else { v });
        let (mut low, mut high) =
            usable.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| (a.min(v), b.max(v)));
        if low > high {
            (low, high) = if axis.log { (1.0, 10.0) } else { (0.0, 1.0) };
        }
        if let Some(range) = axis.range {
            (low, high) = range;
        }
        if axis.log { Self::logarithmic(axis, low, high) } else { Self::linear(axis, low, high) }
    }

    fn linear(axis: &Axis, mut low: f64, mut high: f64) -> Self {
        let size = low.abs().max(high.abs());
        if high - low <= 1e-12 * size || high <= low {
            let pad = if size == 0.0 { 1.0 } else { 0.05 * size };
            (low, high) = (low - pad, high + pad);
        }
        if axis.range.is_none() {
            let pad = 0.04 * (high - low);
            (low, high) = (low - pad, high + pad);
        }
        let (factor, written) = unit::scaled_axis(size * 1.05, &axis.unit);
        let position = |v: f64| (v - low) / (high - low);
        let ticks = if axis.names.is_empty() {
            let mut step = nice_step((high - low) * factor / 6.5);
            if axis.whole {
                step = step.max(1.0).round();
            }
            let digits = usize::try_from(-step.log10().floor() as i64).unwrap_or(0);
            let first = (low * factor / step - 1e-9).ceil();
            let count = ((high * factor / step + 1e-9).floor() - first).clamp(0.0, 20.0) as usize;
            (0..=count)
                .map(|i| {
                    let value = (first + i as f64) * step;
                    let value = if value.abs() < step * 1e-6 { 0.0 } else { value };
                    let label = format!("{value:.digits$}").replace('-', "\u{2212}");
                    (position(value / factor), label)
                })
                .collect()
        } else {
            axis.names.iter().enumerate().map(|(i, name)| (position(i as f64), name.clone())).collect()
        };
        Self { low, high, log: false, ticks, title: with_unit(&axis.label, &written) }
    }

    fn logarithmic(axis: &Axis, low: f64, high: f64) -> Self {
        let mut top = high.log10();
        let mut bottom = low.log10().max(top - DECADES);
        let pad = (0.03 * (top - bottom)).max(0.04);
        if axis.range.is_none() {
            (top, bottom) = (top + pad, bottom - pad);
        }
        if top - bottom < 1.0 {
            (bottom, top) = (bottom.floor(), top.ceil().max(bottom.floor() + 1.0));
        }
        let (first, last) = (bottom.ceil() as i32, top.floor() as i32);
        let every = ((last - first) / 11 + 1).max(1);
        let position = |decade: f64| (decade - bottom) / (top - bottom);
        let mut ticks = Vec::new();
        for decade in first - 1..=last {
            for digit in 1..10 {
                let at = f64::from(decade) + f64::from(digit).log10();
                if at < bottom - 1e-9 || at > top + 1e-9 || (digit > 1 && last - first > 10) {
                    continue;
                }
                let named = digit == 1 && (decade - first) % every == 0;
                let label = if named {
                    power_label(decade, &axis.unit)
                } else if top - bottom < 2.2 && matches!(digit, 2 | 5) {
                    if unit::takes_prefix(&axis.unit) {
                        unit::quantity(f64::from(digit) * 10f64.powi(decade), &axis.unit)
                    } else {
                        format!("{digit}×10{}", unit::power_of_ten(decade))
                    }
                } else {
                    String::new()
                };
                ticks.push((position(at), label));
            }
        }
        // The labels of the ticks carry units that take prefixes.
        let title = if axis.unit == "1" || unit::takes_prefix(&axis.unit) {
            axis.label.clone()
        } else {
            with_unit(&axis.label, &unit::plain(&axis.unit))
        };
        Self { low: bottom, high: top, log: true, ticks, title }
    }

    /// Where a value lies, 0..1 inside the axis; `None` if it cannot be drawn.
    pub(crate) fn position(&self, value: f64) -> Option<f64> {
        let value = if self.log {
            if value <= 0.0 {
                return None;
            }
            value.log10()
        } else {
            value
        };
        let at = (value - self.low) / (self.high - self.low);
        at.is_finite().then(|| at.clamp(-0.5, 1.5))
    }
}

/// `10 nA` for a decade with a unit, `10⁵ s` for long times, `10⁻³` without.
fn power_label(decade: i32, unit: &str) -> String {
    let value = 10f64.powi(decade);
    if unit == "s" && decade >= 3 {
        return format!("10{} s", unit::power_of_ten(decade));
    }
    let (factor, written) = unit::scaled(value, unit);
    if written.is_empty()
        || factor.mul_add(value, -1.0).abs() > 1e4
        || (factor - 1.0).abs() < f64::EPSILON && !(0..3).contains(&decade)
    {
        return format!("10{}", unit::power_of_ten(decade));
    }
    format!("{} {written}", (value * factor).round())
}

fn with_unit(label: &str, unit: &str) -> String {
    if unit.is_empty() { label.to_owned() } else { format!("{label} ({unit})") }
}

/// The next of 1, 2, 2.5 and 5 times a power of ten.
fn nice_step(rough: f64) -> f64 {
    let power = 10f64.powf(rough.max(1e-300).log10().floor());
    let lead = rough / power;
    let nice = [1.0, 2.0, 5.0].into_iter().find(|n| lead <= n * 1.0001).unwrap_or(10.0);
    nice * power
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_prefixed() {
        let scale = Scale::new(&Axis::new("Current", "A"), [0.0, 3.1e-6].into_iter());
        assert_eq!(scale.title, "Current (µA)");
        let labels: Vec<&str> = scale.ticks.iter().map(|t| t.1.as_str()).collect();
        assert_eq!(labels, ["0", "1", "2", "3"]);
        let scale = Scale::new(&Axis::new("t", "s").log(), [1e-9, 1e-6].into_iter());
        assert!(scale.ticks.iter().any(|t| t.1 == "100 ns"), "{:?}", scale.ticks);
    }

    #[test]
    fn hopeless_data_still_gives_an_axis() {
        for log in [false, true] {
            for data in [
                vec![],
                vec![f64::NAN],
                vec![0.0],
                vec![-1.0],
                vec![f64::INFINITY],
                vec![5e-324],
                vec![1e308, -1e308],
            ] {
                let axis = Axis { log, ..Axis::new("x", "V") };
                let scale = Scale::new(&axis, data.into_iter());
                assert!(scale.ticks.iter().all(|t| t.0.is_finite()), "{scale:?}");
            }
        }
    }
}
