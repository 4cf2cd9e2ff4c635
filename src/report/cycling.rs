//! Cycling, endurance and forming: distributions on probability paper, memory over cycles, courses.

use super::figure::Figures;
use super::page::{Section, escape, table};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};

/// Points of a drawn distribution.
const POINTS: usize = 300;
/// Deviations shown on probability paper, either side.
const MOST_DEVIATIONS: f64 = 3.0;
/// Probabilities at whole deviations, as they are written along the paper.
const PERCENT: [&str; 7] = ["0.13 %", "2.3 %", "16 %", "50 %", "84 %", "97.7 %", "99.87 %"];

/// The section on many devices over many cycles.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let mut figures = Figures::default();
    distributions(source, &mut figures, &["hrs", "lrs"], "Resistances", "Resistance", true);
    distributions(
        source,
        &mut figures,
        &["set_voltage", "reset_voltage"],
        "Switching voltages",
        "Voltage",
        false,
    );
    memory(source, &mut figures);
    courses(source, &mut figures);
    failures(source, &mut figures);
    forming(source, &mut figures);
    let mut body = figures.html();
    let threes = [
        ("_deviation", "Standard deviations", ["In all", "Device to device", "Within devices"]),
        ("_range", "Extremes", ["Smallest", "Median", "Largest"]),
    ];
    for (suffix, heading, columns) in threes {
        body += &numbers(source, suffix, heading, columns);
    }
    Section::of("Devices and cycles", body)
}

/// A table of results of three numbers each, whose names end in `suffix`.
fn numbers(source: &mut Source, suffix: &str, heading: &str, columns: [&str; 3]) -> String {
    let of_three = |(path, shape): (&String, &Vec<usize>)| {
        let name = path.strip_prefix("/results/")?.strip_suffix(suffix)?;
        (*shape == [3]).then(|| (path.clone(), name.to_owned()))
    };
    let found: Vec<(String, String)> = source.shapes.iter().filter_map(of_three).collect();
    let mut rows = Vec::new();
    for (path, name) in found {
        let Some(array) = source.take(&path) else { continue };
        let plain =
            name.strip_prefix("log_").map_or_else(|| title(&name), |own| format!("log10 {}", title(own)));
        let values = array.values.iter().map(|v| unit::quantity(*v, &array.unit));
        rows.push([plain].into_iter().chain(values).collect());
    }
    if rows.is_empty() {
        return String::new();
    }
    let head: Vec<String> = ["Feature"].into_iter().chain(columns).map(str::to_owned).collect();
    format!("<h3>{}</h3>\n{}", escape(heading), table(&head, &rows))
}

/// `lrs` → `LRS`, `set_voltage` → `SET voltage`.
fn title(name: &str) -> String {
    match name {
        "hrs" | "lrs" => name.to_uppercase(),
        _ => match name.split_once('_') {
            Some((first @ ("set" | "reset"), rest)) => format!("{} {rest}", first.to_uppercase()),
            _ => capital(&name.replace('_', " ")),
        },
    }
}

/// Normal score of a probability (P. J. Acklam's rational form, relative error 1.2e-9): only to place
/// marks on the paper.
fn score(p: f64) -> f64 {
    const A: [f64; 6] = [
        -3.969_683_028_665_376e1,
        2.209_460_984_245_205e2,
        -2.759_285_104_469_687e2,
        1.383_577_518_672_69e2,
        -3.066_479_806_614_716e1,
        2.506_628_277_459_239,
    ];
    const B: [f64; 5] = [
        -5.447_609_879_822_406e1,
        1.615_858_368_580_409e2,
        -1.556_989_798_598_866e2,
        6.680_131_188_771_972e1,
        -1.328_068_155_288_572e1,
    ];
    const C: [f64; 6] = [
        -7.784_894_002_430_293e-3,
        -3.223_964_580_411_365e-1,
        -2.400_758_277_161_838,
        -2.549_732_539_343_734,
        4.374_664_141_464_968,
        2.938_163_982_698_783,
    ];
    const D: [f64; 4] =
        [7.784_695_709_041_462e-3, 3.224_671_290_700_398e-1, 2.445_134_137_142_996, 3.754_408_661_907_416];
    let polynomial = |factors: &[f64], x: f64| factors.iter().fold(0.0, |sum, factor| sum * x + factor);
    if p < 0.024_25 {
        let q = (-2.0 * p.ln()).sqrt();
        polynomial(&C, q) / (polynomial(&D, q) * q + 1.0)
    } else if p > 1.0 - 0.024_25 {
        -score(1.0 - p)
    } else {
        let q = p - 0.5;
        let r = q * q;
        polynomial(&A, r) * q / (polynomial(&B, r) * r + 1.0)
    }
}

/// Values on probability paper, with the published quantiles.
fn distributions(
    source: &mut Source,
    figures: &mut Figures,
    names: &[&str],
    heading: &str,
    axis: &str,
    log: bool,
) {
    let mut lines = Vec::new();
    let mut unit = String::new();
    let (mut count, mut published) = (0, false);
    let probability = source.peek("/results/probability");
    for (family, name) in names.iter().enumerate() {
        let path = format!("/results/{name}");
        let Some(array) = source.take(&path).filter(|array| array.shape.len() == 2) else { continue };
        let mut sorted: Vec<f64> = array.values.iter().copied().filter(|v| v.is_finite()).collect();
        sorted.sort_by(f64::total_cmp);
        if sorted.is_empty() {
            continue;
        }
        count = sorted.len();
        unit.clone_from(&array.unit);
        let edge = MOST_DEVIATIONS + 0.4;
        let (mut x, mut y) = (Vec::new(), Vec::new());
        for k in 0..=POINTS {
            let z = -edge + 2.0 * edge * k as f64 / POINTS as f64;
            let p = normal(z);
            let index = (p * count as f64) as usize;
            // Nothing is known beyond the first and the last value.
            if p * count as f64 >= 0.5 && (1.0 - p) * count as f64 >= 0.5 {
                x.push(sorted.get(index.min(count - 1)).copied().unwrap_or(f64::NAN));
                y.push(z + MOST_DEVIATIONS);
            }
        }
        let mut line = Line::new(title(name), x, y);
        line.family = Some(family);
        lines.push(line);
        source.mark(&format!("/results/{name}_quantile"));
        source.mark("/results/probability");
        let theirs = source.peek(&format!("/published/{name}_quantile"));
        if let (Some(theirs), Some(probability)) = (theirs, &probability) {
            let y = probability.values.iter().map(|p| score(*p) + MOST_DEVIATIONS).collect();
            let mut points = Line::new(format!("{}, published", title(name)), theirs.values, y).scatter();
            points.family = Some(family);
            lines.push(points);
            published = true;
        }
    }
    let x = Axis::new(axis, &unit);
    let y = Axis {
        names: PERCENT.map(str::to_owned).to_vec(),
        ..Axis::new("Probability", "").range(-0.5, 2.0 * MOST_DEVIATIONS + 0.5)
    };
    let x = if log { x.log() } else { x };
    let chart = Chart { title: heading.to_owned(), x, y, lines, legend: String::new() };
    if chart.has_data() {
        let points = if published { " Points: published quantiles." } else { "" };
        let caption = format!(
            "{count} values of each on normal probability paper, on which a normal distribution is a straight line.{points}"
        );
        figures.add(&chart.svg(), &caption);
    }
}

/// Probability below a normal score: by the series of the error function (M. Abramowitz, I. A. Stegun,
/// Handbook of Mathematical Functions, NBS (1964), 26.2.11), for the few deviations of the paper.
fn normal(z: f64) -> f64 {
    let (mut term, mut sum) = (z, z);
    for k in 1..80 {
        term *= z * z / f64::from(2 * k + 1);
        sum += term;
    }
    0.5 + sum * (-0.5 * z * z).exp() / std::f64::consts::TAU.sqrt()
}

/// Autocorrelations against the lag, with the published ones.
fn memory(source: &mut Source, figures: &mut Figures) {
    let Some(lag) = source.peek("/results/lag") else { return };
    let mut lines = Vec::new();
    for (family, name) in ["hrs", "lrs", "set_voltage", "reset_voltage"].iter().enumerate() {
        let result = format!("{name}_autocorrelation");
        let Some(array) = source.take(&format!("/results/{result}")) else { continue };
        let mut line = Line::new(title(name), lag.values.clone(), array.values).points();
        line.points = false;
        line.family = Some(family);
        lines.push(line);
        if let Some(theirs) = source.peek(&format!("/published/{result}")) {
            let label = format!("{}, published", title(name));
            let mut points = Line::new(label, lag.values.clone(), theirs.values).scatter();
            points.family = Some(family);
            lines.push(points);
        }
    }
    source.mark("/results/lag");
    let chart = Chart {
        title: "Memory from cycle to cycle".into(),
        x: Axis::new("Lag in cycles", "").log(),
        y: Axis::new("Autocorrelation", ""),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        let caption = "Correlation of a device's cycle with a later one, after its own mean was taken off; resistances by their logarithm. Points: published.";
        figures.add(&chart.svg(), caption);
    }
}

/// Medians over the devices against the cycle.
fn courses(source: &mut Source, figures: &mut Figures) {
    let Some(cycle) = source.peek("/results/cycle") else { return };
    let mut lines = Vec::new();
    let mut unit = String::new();
    for name in ["hrs", "lrs"] {
        let Some(array) = source.take(&format!("/results/{name}_course")) else { continue };
        unit.clone_from(&array.unit);
        let column = |k: usize| -> Vec<f64> {
            (0..cycle.values.len()).map(|row| array.row(row).get(k).copied().unwrap_or(f64::NAN)).collect()
        };
        let mut line = Line::new(title(name), cycle.values.clone(), column(1));
        line.band = Some((column(0), column(2)));
        lines.push(line);
    }
    source.mark("/results/cycle");
    let chart = Chart {
        title: "Course over the cycles".into(),
        x: Axis::new("Cycle", "").log(),
        y: Axis::new("Resistance", &unit).log(),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(
            &chart.svg(),
            "Median over the devices still cycled; the band holds the middle half of them.",
        );
    }
}

/// Failed devices by cause.
fn failures(source: &mut Source, figures: &mut Figures) {
    let Some(failed) = source.take("/results/failed_devices") else { return };
    let Some(cycle) = source.peek("/results/cycle") else { return };
    let names = failed.long_name.split_once(": ").map(|(_, names)| names.to_owned()).unwrap_or_default();
    source.mark("/results/failure");
    source.mark("/results/end_cycle");
    let devices = source.peek("/results/failure").map_or(1, |own| own.values.len()).max(1) as f64;
    let total = |k: usize| -> Vec<f64> {
        let share = |row| failed.row(row).get(k).copied().unwrap_or(f64::NAN) / devices * 100.0;
        (0..cycle.values.len()).map(share).collect()
    };
    let lines: Vec<Line> = names
        .split(", ")
        .enumerate()
        .map(|(k, name)| Line::new(capital(name), cycle.values.clone(), total(k)))
        .filter(|line| line.y.iter().any(|share| *share > 0.0))
        .collect();
    let chart = Chart {
        title: "Failed devices by cause".into(),
        x: Axis::new("Cycle", "").log(),
        y: Axis::new("Share of the devices", "%"),
        lines,
        legend: "Cause".into(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "Devices given up until this cycle, each counted under one cause.");
    }
    if let Some(pulses) = source.take("/results/pulses") {
        let chart = Chart {
            title: "Pulses of a cycle".into(),
            x: Axis::new("Cycle", "").log(),
            y: Axis::new("Mean number of pulses", ""),
            lines: vec![Line::new("", cycle.values, pulses.values)],
            legend: String::new(),
        };
        if chart.has_data() {
            figures.add(&chart.svg(), "Pulses needed for both states, mean over the devices still cycled.");
        }
    }
}

/// Forming voltages on Weibull paper.
fn forming(source: &mut Source, figures: &mut Figures) {
    let Some(voltage) = source.take("/results/forming_voltage") else { return };
    source.mark("/results/failure");
    let weibull = |p: f64| (-(1.0 - p).ln()).ln();
    let mut sorted: Vec<f64> = voltage.values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(|a, b| a.abs().total_cmp(&b.abs()));
    let count = sorted.len() as f64;
    // Pulses rise in steps: one point for each voltage.
    let (mut x, mut y) = (Vec::new(), Vec::new());
    let mut before = 0;
    for group in sorted.chunk_by(|a, b| a.to_bits() == b.to_bits()) {
        before += group.len();
        let p = (before as f64 - 0.3) / (count + 0.4);
        x.extend(group.first());
        y.push(weibull(p));
    }
    let mut lines = vec![Line::new("Ours", x, y).points()];
    source.mark("/results/forming_voltage_quantile");
    source.mark("/results/formed_resistance_quantile");
    let theirs = source.peek("/published/forming_voltage_quantile");
    if let (Some(theirs), Some(probability)) = (theirs, source.peek("/results/probability")) {
        let y = probability.values.iter().map(|p| weibull(*p)).collect();
        lines.push(Line::new("Published", theirs.values, y).scatter());
    }
    let chart = Chart {
        title: "Forming voltage".into(),
        x: Axis::new("Voltage", &voltage.unit),
        y: Axis::new("ln(\u{2212}ln(1 \u{2212} F))", ""),
        lines,
        legend: String::new(),
    };
    let failed = voltage.values.len() - sorted.len();
    if chart.has_data() {
        let caption = format!(
            "Weibull plot of the {} devices that formed; {failed} did not and are not drawn.",
            sorted.len()
        );
        figures.add(&chart.svg(), &caption);
    }
    resistance(source, figures);
}

/// The resistance after forming.
fn resistance(source: &mut Source, figures: &mut Figures) {
    let Some(Array { values, unit, .. }) = source.take("/results/formed_resistance") else { return };
    let mut sorted: Vec<f64> = values.into_iter().filter(|r| r.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len();
    let picks = (0..count.min(POINTS)).map(|k| k * count.saturating_sub(1) / count.clamp(1, POINTS));
    let (x, y) =
        picks.filter_map(|i| Some((*sorted.get(i)?, 100.0 * (i as f64 + 0.5) / count as f64))).unzip();
    let mut lines = vec![Line::new("Ours", x, y)];
    let theirs = source.peek("/published/formed_resistance_quantile");
    if let (Some(theirs), Some(probability)) = (theirs, source.peek("/results/probability")) {
        let y = probability.values.iter().map(|p| 100.0 * p).collect();
        lines.push(Line::new("Published", theirs.values, y).scatter());
    }
    let chart = Chart {
        title: "Resistance after forming".into(),
        x: Axis::new("Resistance", &unit).log(),
        y: Axis::new("Cumulative share", "%").range(0.0, 100.0),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_and_probability_are_inverse() {
        for z in [-3.4, -2.1, -1.0, 0.0, 0.3, 1.7, 3.4] {
            assert!((score(normal(z)) - z).abs() < 1e-6, "{z}: {}", score(normal(z)));
        }
        assert!((normal(1.0) - 0.841_344_746).abs() < 1e-9);
    }
}
