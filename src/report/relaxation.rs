//! Relaxation: variance and mean of the change of conductance over time, quantiles, bakes, read noise;
//! lines are ours, points are measured.

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source};

/// Conductances, times or temperatures drawn at most.
const MOST: usize = 7;
/// Points of a noise trace that are drawn.
const MOST_READS: usize = 1500;

/// The axes of a study and what was measured beside it.
struct Axes {
    temperature: Array,
    conductance: Array,
    time: Array,
    measured: Option<Measured>,
}

struct Measured {
    level: Array,
    temperature: Array,
    time: Array,
    mean: Array,
    variance: Array,
    kurtosis: Array,
    quantiles: Array,
}

/// The section on relaxation.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let quantiles = source.peek("/results/quantiles").filter(|q| q.shape.len() == 4)?;
    let axes = Axes {
        temperature: source.take("/results/temperature")?,
        conductance: source.take("/results/conductance")?,
        time: source.take("/results/time")?,
        measured: measured(source),
    };
    source.mark("/results/quantiles");
    let mut figures = Figures::default();
    if axes.time.values.len() > 1 {
        over_time(source, &axes, &mut figures);
    }
    straight(source, &axes, &quantiles, &mut figures);
    if axes.temperature.values.len() > 1 {
        bakes(source, &axes, &mut figures);
    }
    noise(source, &axes, &mut figures);
    Section::of("Relaxation and read noise", figures.html())
}

fn measured(source: &mut Source) -> Option<Measured> {
    for name in ["conductance", "cells"] {
        source.mark(&format!("/measured/{name}"));
    }
    let mut take = |name: &str| source.take(&format!("/measured/{name}"));
    Some(Measured {
        level: take("level")?,
        temperature: take("temperature")?,
        time: take("time")?,
        mean: take("mean")?,
        variance: take("variance")?,
        kurtosis: take("kurtosis")?,
        quantiles: take("quantiles")?,
    })
}

/// At most [`MOST`] of `count` places, the ends among them.
fn some(count: usize) -> Vec<usize> {
    let shown = count.min(MOST);
    (0..shown).map(|k| if shown > 1 { k * (count - 1) / (shown - 1) } else { 0 }).collect()
}

fn value(array: &Array, index: usize) -> f64 {
    array.values.get(index).copied().unwrap_or(f64::NAN)
}

fn quantity(array: &Array, index: usize) -> String {
    unit::quantity(value(array, index), &array.unit)
}

/// Points beside the lines, in their colours.
fn points(x: Vec<f64>, y: Vec<f64>, family: usize) -> Line {
    let mut line = Line::new("", x, y).scatter();
    line.family = Some(family);
    line
}

impl Axes {
    fn label(&self, level: usize) -> String {
        quantity(&self.conductance, level)
    }

    /// The rows of the measurement beside one conductance at the first temperature.
    fn rows(&self, level: usize) -> Vec<usize> {
        let Some(m) = &self.measured else { return Vec::new() };
        let first = value(&self.temperature, 0);
        (0..m.level.values.len())
            .filter(|&i| {
                value(&m.level, i) as usize == level && (value(&m.temperature, i) - first).abs() < 1.0
            })
            .collect()
    }
}

fn over_time(source: &mut Source, axes: &Axes, figures: &mut Figures) {
    let beside = if axes.measured.is_some() {
        " Lines: ours; points: measured cells that the card has not seen."
    } else {
        ""
    };
    for (path, title, log) in [
        ("/results/variance", "Variance", true),
        ("/results/mean", "Mean change", false),
        ("/results/kurtosis", "Excess kurtosis", true),
    ] {
        let Some(array) = source.take(path) else { continue };
        let count = axes.time.values.len();
        let mut lines = Vec::new();
        for (family, level) in some(axes.conductance.values.len()).into_iter().enumerate() {
            let y = array.values.iter().skip(level * count).take(count).copied().collect();
            let mut line = Line::new(axes.label(level), axes.time.values.clone(), y);
            line.family = Some(family);
            lines.push(line);
            if let Some(m) = &axes.measured {
                let column = match title {
                    "Variance" => &m.variance,
                    "Mean change" => &m.mean,
                    _ => &m.kurtosis,
                };
                let rows = axes.rows(level);
                let pick = |a: &Array| rows.iter().map(|&i| value(a, i)).collect();
                lines.push(points(pick(&m.time), pick(column), family));
            }
        }
        let y = Axis::new(title, &array.unit);
        let chart = Chart {
            title: format!("{title} over time"),
            x: Axis::new("Time since the write", "s").log(),
            y: if log { y.log() } else { y },
            lines,
            legend: "Conductance".into(),
        };
        if chart.has_data() {
            figures.add(&chart.svg(), &format!("{}.{beside}", array.name_or(title)));
        }
    }
}

/// Standard normal quantiles of the shares that the study takes; NaN of others, which are not drawn.
fn normal(share: f64) -> f64 {
    let table = [(0.5, 0.0), (0.75, 0.6745), (0.9, 1.2816), (0.99, 2.3263)];
    let upper = share.max(1.0 - share);
    let z = table.iter().find(|(s, _)| (s - upper).abs() < 1e-6).map_or(f64::NAN, |t| t.1);
    if share < 0.5 { -z } else { z }
}

/// Quantiles over those of a normal distribution: a Gaussian is a straight line, heavy tails bend away.
fn straight(source: &mut Source, axes: &Axes, quantiles: &Array, figures: &mut Figures) {
    let Some(share) = source.take("/results/share") else { return };
    let z: Vec<f64> = share.values.iter().map(|s| normal(*s)).collect();
    let (levels, times, shares) = (axes.conductance.values.len(), axes.time.values.len(), z.len());
    let temperatures = axes.temperature.values.len();
    for level in some(levels).into_iter().skip(1).step_by(2).take(3) {
        let mut lines = Vec::new();
        // Over time at the first temperature, or over temperature at the last time.
        let bake = temperatures > 1;
        let shown = if bake { some(temperatures) } else { some(times) };
        for (family, &k) in shown.iter().enumerate() {
            let (temperature, time) = if bake { (k, times - 1) } else { (0, k) };
            let at = ((temperature * levels + level) * times + time) * shares;
            let y = quantiles.values.iter().skip(at).take(shares).copied().collect();
            let label = if bake { quantity(&axes.temperature, k) } else { quantity(&axes.time, k) };
            let mut line = Line::new(label, z.clone(), y);
            line.family = Some(family);
            lines.push(line);
            let Some(m) = &axes.measured else { continue };
            let near = |i: &usize| {
                let same = (value(&m.temperature, *i) - value(&axes.temperature, temperature)).abs() < 1.0;
                let ratio = (value(&m.time, *i) / value(&axes.time, time)).ln().abs();
                value(&m.level, *i) as usize == level && same && (bake || ratio < 0.2)
            };
            if let Some(row) = (0..m.level.values.len()).find(near) {
                let y = m.quantiles.values.iter().skip(row * shares).take(shares).copied().collect();
                lines.push(points(z.clone(), y, family));
            }
        }
        let chart = Chart {
            title: format!("Quantiles of the change, {}", axes.label(level)),
            x: Axis::new("Quantile of the standard normal distribution", "1"),
            y: Axis::new("Change of the conductance", &quantiles.unit),
            lines,
            legend: if bake { "Temperature".into() } else { "Time".into() },
        };
        if chart.has_data() {
            let beside = if axes.measured.is_some() { "; points: measured cells" } else { "" };
            figures.add(&chart.svg(), &format!("A normal distribution is a straight line{beside}."));
        }
    }
}

fn bakes(source: &mut Source, axes: &Axes, figures: &mut Figures) {
    for (path, title) in
        [("/results/mean_shift", "Mean change"), ("/results/deviation", "Standard deviation")]
    {
        let Some(array) = source.take(path) else { continue };
        let levels = axes.conductance.values.len();
        let mut lines = Vec::new();
        for (family, level) in some(levels).into_iter().enumerate() {
            let y = array.values.iter().skip(level).step_by(levels).copied().collect();
            let mut line = Line::new(axes.label(level), axes.temperature.values.clone(), y);
            line.family = Some(family);
            lines.push(line);
            let Some(m) = &axes.measured else { continue };
            let rows: Vec<usize> =
                (0..m.level.values.len()).filter(|&i| value(&m.level, i) as usize == level).collect();
            let y = rows.iter().map(|&i| {
                if title == "Mean change" { value(&m.mean, i) } else { value(&m.variance, i).sqrt() }
            });
            lines.push(points(rows.iter().map(|&i| value(&m.temperature, i)).collect(), y.collect(), family));
        }
        let chart = Chart {
            title: format!("{title} against temperature"),
            x: Axis::new("Temperature", "K"),
            y: Axis::new(title, &array.unit),
            lines,
            legend: "Conductance".into(),
        };
        if chart.has_data() {
            let beside = if axes.measured.is_some() { "; points: measured cells" } else { "" };
            figures.add(&chart.svg(), &format!("{}{beside}.", array.name_or(title)));
        }
    }
}

fn noise(source: &mut Source, axes: &Axes, figures: &mut Figures) {
    let shown = some(axes.conductance.values.len());
    for (x, y, log, title, caption) in [
        ("frequency", "density", true, "Spectra of read noise", "One cell of each conductance."),
        (
            "time",
            "reads",
            false,
            "Reads over time",
            "One cell of each conductance, relative to its mean; every trap is a step up and down.",
        ),
    ] {
        let Some(x) = source.take(&format!("/results/noise/{x}")) else { continue };
        let Some(y) = source.take(&format!("/results/noise/{y}")) else { continue };
        let step = if log { 1 } else { x.values.len().div_ceil(MOST_READS).max(1) };
        let lines = (shown.iter())
            .map(|&level| {
                let row = y.row(level);
                let mean = row.iter().sum::<f64>() / row.len().max(1) as f64;
                let value = |v: &f64| if log { *v } else { v / mean };
                let values = row.iter().step_by(step).map(value).collect();
                Line::new(axes.label(level), x.values.iter().step_by(step).copied().collect(), values)
            })
            .collect();
        let (mut across, mut up) =
            (Axis::new(&x.name_or("x"), &x.unit), Axis::new("Relative conductance", "1"));
        if log {
            across = across.log();
            up = Axis::new("Spectral density", &y.unit).log();
        }
        let chart = Chart { title: title.into(), x: across, y: up, lines, legend: "Conductance".into() };
        if chart.has_data() {
            figures.add(&chart.svg(), caption);
        }
    }
}
