//! Switching kinetics: time to SET against the amplitude of the pulse.

use std::fmt::Write as _;

use super::figure::Figures;
use super::page::{Section, escape, table};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};

/// The section on switching times.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let voltage = source.peek("/results/voltage")?;
    let mut figures = Figures::default();
    let mut tables = String::new();
    let labels = source.short_labels();
    for name in ["set_time", "reset_time", "switching_time"] {
        let path = format!("/results/{name}");
        let Some(time) = source.take(&path) else { continue };
        source.mark("/results/voltage");
        let (lines, spread) = lines(&voltage, &time, &labels.1);
        let failed = time.values.iter().filter(|t| !t.is_finite()).count();
        let mut caption = format!("{} pulses", time.values.len());
        if failed > 0 {
            let _ = write!(caption, "; {failed} did not switch within the time limit and are not drawn");
        }
        caption += if spread { ". The band holds the middle half of the devices." } else { "." };
        let title = self::title(name);
        caption = format!("{}: {caption}", time.name_or(&title));
        let mut chart = Chart {
            x: Axis::new(&voltage.name_or("Voltage"), &voltage.unit),
            y: Axis::new(&title, &time.unit).log(),
            title,
            lines,
            legend: labels.0.clone(),
        };
        if !chart.has_data() {
            continue;
        }
        figures.add(&chart.svg(), &caption);
        if let Some(energy) = source.peek("/results/energy").filter(|e| e.shape == time.shape) {
            source.mark("/results/energy");
            chart.lines = self::lines(&voltage, &energy, &labels.1).0;
            let caption = format!("{}.", energy.name_or("Energy"));
            (chart.title, chart.y) = ("Energy of switching".into(), Axis::new("Energy", &energy.unit).log());
            if chart.has_data() {
                figures.add(&chart.svg(), &caption);
            }
        }
        if let Some(chart) = over_parameter(source, &voltage, &time, &self::title(name)) {
            figures.add(&chart.svg(), "");
        }
        tables += &activation_energies(source, &voltage, &time, &self::title(name)).unwrap_or_default();
    }
    Section::of("Switching kinetics", figures.html() + &tables)
}

/// Voltages drawn at most against a swept parameter.
const MOST_VOLTAGES: usize = 7;

/// `SET time` of `set_time`.
fn title(name: &str) -> String {
    match name.split_once('_') {
        Some((first @ ("set" | "reset"), rest)) => format!("{} {rest}", first.to_uppercase()),
        _ => capital(&name.replace('_', " ")),
    }
}

/// The time at each voltage against the one parameter of a sweep.
fn over_parameter(source: &Source, voltage: &Array, time: &Array, title: &str) -> Option<Chart> {
    let [(name, parameter)] = <[_; 1]>::try_from(source.sweep()).ok()?;
    let [points, count] = *time.shape.as_slice() else { return None };
    if parameter.values.len() != points || points < 3 || voltage.values.len() != count {
        return None;
    }
    let mut order: Vec<usize> = (0..points).collect();
    let at = |p: &usize| parameter.values.get(*p).copied().unwrap_or(f64::NAN);
    order.sort_by(|a, b| at(a).total_cmp(&at(b)));
    let shown = count.min(MOST_VOLTAGES);
    let lines = (0..shown).map(|k| {
        let column = if shown > 1 { k * (count - 1) / (shown - 1) } else { 0 };
        let value = voltage.values.get(column).copied().unwrap_or(f64::NAN);
        let label = format!("{} {}", unit::number(value).replace('-', "\u{2212}"), voltage.unit);
        let times = order.iter().filter_map(|p| time.row(*p).get(column).copied()).collect();
        Line::new(label, order.iter().map(at).collect(), times).points()
    });
    let chart = Chart {
        title: format!("{title} against {name}"),
        x: Axis::new(&capital(&name), &parameter.unit),
        y: Axis::new(title, &time.unit).log(),
        lines: lines.collect(),
        legend: voltage.name_or("Voltage"),
    };
    chart.has_data().then_some(chart)
}

/// Boltzmann's constant, eV/K.
const BOLTZMANN: f64 = 8.617_333_262e-5;

/// Apparent activation energy at each voltage of a sweep over temperature: the slope of ln t against 1/kT.
fn activation_energies(source: &Source, voltage: &Array, time: &Array, title: &str) -> Option<String> {
    let [(name, parameter)] = <[_; 1]>::try_from(source.sweep()).ok()?;
    let [points, count] = *time.shape.as_slice() else { return None };
    if parameter.unit != "K" || parameter.values.len() != points || voltage.values.len() != count {
        return None;
    }
    let mut rows = Vec::new();
    for (k, v) in voltage.values.iter().enumerate() {
        let pairs: Vec<(f64, f64)> = (0..points)
            .filter_map(|p| Some((1.0 / (BOLTZMANN * parameter.values.get(p)?), time.row(p).get(k)?.ln())))
            .filter(|(x, y)| x.is_finite() && y.is_finite())
            .collect();
        if let Some(energy) = slope(&pairs) {
            let number = |value: f64| unit::number(value).replace('-', "\u{2212}");
            let energy = format!("{energy:.3}").replace('-', "\u{2212}");
            rows.push(vec![format!("{} {}", number(*v), voltage.unit), energy, format!("{}", pairs.len())]);
        }
    }
    if rows.is_empty() {
        return None;
    }
    let head = ["Voltage", "Apparent activation energy (eV)", "Temperatures"].map(str::to_owned);
    let text = format!("Slope of the logarithm of the {title} against 1/kT; swept: {name}.");
    Some(format!("<h3>Activation</h3>\n<p>{}</p>\n{}", escape(&text), table(&head, &rows)))
}

/// Least-squares slope of three points or more with different abscissae.
fn slope(pairs: &[(f64, f64)]) -> Option<f64> {
    let n = pairs.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| pairs.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = pairs.iter().map(|p| (p.0 - x).powi(2)).sum();
    let product: f64 = pairs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    (pairs.len() >= 3 && spread > 0.0).then(|| product / spread)
}

/// The curves and whether a band shows the spread of devices.
fn lines(voltage: &Array, time: &Array, labels: &[String]) -> (Vec<Line>, bool) {
    let amplitudes = |row: usize| -> Vec<f64> {
        if voltage.shape.len() > 1 { voltage.row(row).to_vec() } else { voltage.values.clone() }
    };
    let count = *voltage.shape.last().unwrap_or(&0);
    match time.shape.as_slice() {
        [n] if *n == count => {
            (vec![Line::new("", voltage.values.clone(), time.values.clone()).points()], false)
        }
        // Stacked by a sweep: points × voltages.
        [rows, n] if *n == count => {
            let lines = (0..*rows).map(|row| {
                let label = labels.get(row).cloned().unwrap_or_else(|| format!("row {row}"));
                Line::new(label, amplitudes(row), time.row(row).to_vec()).points()
            });
            (lines.collect(), false)
        }
        // Voltages × devices: the median and the middle half.
        [n, _] if *n == count => {
            let quantile = |q: f64| (0..*n).map(|k| quantile(time.row(k), q)).collect::<Vec<f64>>();
            let mut line = Line::new("", voltage.values.clone(), quantile(0.5)).points();
            line.band = Some((quantile(0.25), quantile(0.75)));
            (vec![line], true)
        }
        _ => (Vec::new(), false),
    }
}

/// A quantile where a device that did not switch counts as slower than all others.
fn quantile(values: &[f64], q: f64) -> f64 {
    let mut sorted: Vec<f64> = values.iter().map(|v| if v.is_nan() { f64::INFINITY } else { *v }).collect();
    sorted.sort_by(f64::total_cmp);
    let index = (q * (sorted.len().saturating_sub(1)) as f64).round() as usize;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slope_of_an_arrhenius_law_is_its_energy() {
        let law = |t: f64| (1.0 / (BOLTZMANN * t), (1e-9_f64 * (0.53 / (BOLTZMANN * t)).exp()).ln());
        let pairs: Vec<(f64, f64)> = [273.0, 293.0, 333.0, 398.0].map(law).to_vec();
        assert!((slope(&pairs).unwrap_or(f64::NAN) - 0.53).abs() < 1e-9);
        assert!(slope(&pairs[..2]).is_none() && slope(&[(1.0, 1.0); 4]).is_none());
    }
}
