//! Traces: current over voltage, and everything over time.

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};

/// Cells of one trace drawn one by one; more are drawn faint, with their median.
const MOST_CELLS: usize = 8;
/// Faint curves drawn at most.
const MOST_FAINT: usize = 40;
/// Branches of a loop that get a colour of their own.
const MOST_BRANCHES: usize = 8;
/// Greatest over least value from which a positive quantity is drawn on a logarithmic axis.
const DECADES: f64 = 100.0;

/// One trace of one run.
struct Trace {
    label: String,
    time: Array,
    columns: Vec<(String, Array)>,
}

/// The section on traces.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let runs = source.runs();
    let mut names: Vec<String> = Vec::new();
    for (prefix, _) in &runs {
        for name in source.file.members(&format!("{prefix}/traces")) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    let mut figures = Figures::default();
    let several = names.len() > 1;
    for name in names {
        let traces: Vec<Trace> =
            runs.iter().filter_map(|(prefix, label)| load(source, prefix, &name, label)).collect();
        let before =
            if several { format!("{} – ", capital(&name.replace('_', " "))) } else { String::new() };
        draw(&mut figures, &before, &traces);
    }
    Section::of("Traces", figures.html())
}

fn load(source: &mut Source, prefix: &str, name: &str, label: &str) -> Option<Trace> {
    let group = format!("{prefix}/traces/{name}");
    let members = source.file.members(&group);
    // Columns of a run that was killed may differ in length by one piece: the shortest counts.
    let rows =
        members.iter().filter_map(|m| source.shapes.get(&format!("{group}/{m}"))?.first().copied()).min()?;
    let width = |m: &String| source.shapes.get(&format!("{group}/{m}")).and_then(|s| s.get(1).copied());
    let widest = members.iter().filter_map(width).max().unwrap_or(1);
    let time = source.column(&format!("{group}/time"), rows, widest)?;
    let mut columns = Vec::new();
    for member in members.into_iter().filter(|m| m != "time") {
        if let Some(array) = source.column(&format!("{group}/{member}"), rows, widest) {
            columns.push((member, array));
        }
    }
    Some(Trace { label: label.to_owned(), time, columns })
}

impl Trace {
    fn get(&self, name: &str) -> Option<&Array> {
        self.columns.iter().find(|(n, _)| n == name).map(|(_, a)| a)
    }
}

/// The curves of a column: one, one per cell, or of many cells some faint ones and the median.
fn cells(array: &Array, log: bool) -> Vec<Line> {
    let width = array.shape.get(1).copied().unwrap_or(1).max(1);
    let cell = |index: usize| -> Vec<f64> {
        let values = array.values.iter().skip(index).step_by(width);
        if log { values.map(|v| v.abs()).collect() } else { values.copied().collect() }
    };
    if width <= MOST_CELLS {
        let label = |i| if width > 1 { format!("cell {i}") } else { String::new() };
        return (0..width).map(|i| Line::new(label(i), Vec::new(), cell(i))).collect();
    }
    let shown = width.min(MOST_FAINT);
    let mut lines: Vec<Line> = (0..shown)
        .map(|k| {
            let mut line = Line::new("", Vec::new(), cell(k * (width - 1) / (shown - 1)));
            line.faint = true;
            line
        })
        .collect();
    if let Some(first) = lines.first_mut() {
        first.label = if shown < width { format!("{shown} of the cells") } else { "each cell".into() };
    }
    let median = array
        .values
        .chunks_exact(width)
        .map(|row| {
            let mut row: Vec<f64> = row.iter().map(|v| if log { v.abs() } else { *v }).collect();
            let middle = width / 2;
            *row.select_nth_unstable_by(middle, f64::total_cmp).1
        })
        .collect();
    lines.push(Line::new(format!("median of {width} cells"), Vec::new(), median));
    lines
}

/// True when the voltage takes many values, as in a sweep, and not the few of a pulse.
fn sweeps(voltage: &Array) -> bool {
    let low = voltage.values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = voltage.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if !(high - low).is_finite() || high <= low {
        return false;
    }
    let mut seen = [0_u32; 64];
    for v in &voltage.values {
        let bin = ((v - low) / (high - low) * 63.0) as usize;
        if let Some(count) = seen.get_mut(bin) {
            *count += 1;
        }
    }
    seen.iter().filter(|count| **count > 0).count() > 12
}

/// Where the voltage turns or changes its sign: the ends of the branches of a loop.
fn branches(voltage: &[f64]) -> Vec<(usize, usize)> {
    let mut cuts = vec![0];
    let mut last: Option<(f64, f64)> = None;
    for (i, pair) in voltage.windows(2).enumerate() {
        let [a, b] = pair else { continue };
        let (way, side) = ((b - a).signum(), (a + b).signum());
        if a.to_bits() == b.to_bits() || !way.is_finite() {
            continue;
        }
        if last.is_some_and(|before| before != (way, side)) {
            cuts.push(i);
        }
        last = Some((way, side));
    }
    cuts.push(voltage.len().saturating_sub(1));
    cuts.windows(2).filter_map(|w| Some((*w.first()?, *w.last()?))).filter(|(a, b)| b > a).collect()
}

/// Magnitude of the current over the voltage. A single loop is cut into branches, numbered in their
/// order; of several loops the first shows the direction.
fn loops(traces: &[Trace]) -> Chart {
    let mut lines: Vec<Line> = Vec::new();
    let many = traces.len() > 1;
    let mut family = 0;
    for trace in traces {
        let (Some(voltage), Some(current)) = (trace.get("voltage"), trace.get("current")) else { continue };
        if !sweeps(voltage) || voltage.shape.len() > 1 && voltage.shape != current.shape {
            continue;
        }
        let curves = cells(current, true);
        let single = !many && curves.len() == 1;
        let step = voltage.shape.get(1).copied().unwrap_or(1).max(1);
        let v: Vec<f64> = voltage.values.iter().step_by(step).copied().collect();
        let mut parts = branches(&v);
        if parts.len() > 2 * MOST_BRANCHES {
            parts = vec![(0, v.len().saturating_sub(1))];
        }
        for mut line in curves {
            if line.faint {
                line.x.clone_from(&v);
                lines.push(line);
                continue;
            }
            let coloured = single && (2..=MOST_BRANCHES).contains(&parts.len());
            for (k, (from, to)) in parts.iter().enumerate() {
                let part = |all: &[f64]| all.get(*from..=*to).unwrap_or_default().to_vec();
                let mut branch = Line::new("", part(&v), part(&line.y));
                branch.arrow = (family == 0 || coloured) && k < 4 && parts.len() > 1;
                if coloured {
                    let end = |i: usize| unit::quantity(v.get(i).map_or(0.0, |v| rounded(*v)), "V");
                    branch.label = format!("{}: {} → {}", k + 1, end(*from), end(*to));
                } else {
                    branch.family = Some(family);
                    branch.label = if k == 0 { join(&trace.label, &line.label) } else { String::new() };
                }
                lines.push(branch);
            }
            family += 1;
        }
    }
    let mut chart = Chart {
        title: "Current against voltage".into(),
        x: Axis::new("Voltage", "V"),
        y: Axis::new("Magnitude of current", "A").log(),
        lines,
        legend: String::new(),
    };
    chart.y.range = current_range(&chart);
    chart
}

/// To a millivolt.
fn rounded(volts: f64) -> f64 {
    (volts * 1e3).round() / 1e3
}

fn join(a: &str, b: &str) -> String {
    [a, b].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ")
}

fn draw(figures: &mut Figures, before: &str, traces: &[Trace]) {
    let mut chart = loops(traces);
    chart.title = format!("{before}{}", chart.title);
    if chart.has_data() {
        figures.add(&chart.svg(), "Arrows show the direction of the sweep.");
    }
    let mut names: Vec<&str> = vec!["voltage", "cell_voltage", "current", "conductance"];
    for (column, _) in traces.iter().flat_map(|t| &t.columns) {
        if !names.contains(&column.as_str()) && column != "flags" {
            names.push(column);
        }
    }
    for column in names {
        let Some(first) = traces.iter().find_map(|t| t.get(column)) else { continue };
        let long = first.name_or(&column.replace('_', " "));
        // What stands in brackets goes below the figure.
        let label = long.split(" (").next().unwrap_or_default();
        let signed = column.contains("voltage");
        let arrays = || traces.iter().filter_map(|t| t.get(column));
        let log = !signed && column != "temperature" && spans_decades(arrays(), column);
        let mut y = Axis::new(label, &first.unit);
        if log {
            if arrays().flat_map(|a| &a.values).any(|v| *v < 0.0) {
                y.label = format!("Magnitude of {}", decapital(label));
            }
            y = y.log();
        }
        let title = capital(&column.trim_start_matches("state_").replace('_', " "));
        let mut lines = Vec::new();
        for trace in traces {
            let Some(array) = trace.get(column) else { continue };
            for mut line in cells(array, log) {
                line.x.clone_from(&trace.time.values);
                line.label = join(&trace.label, &line.label);
                lines.push(line);
            }
        }
        let title = format!("{before}{title}");
        let mut chart = Chart { title, x: Axis::new("Time", "s"), y, lines, legend: String::new() };
        if log && column == "current" {
            chart.y.range = current_range(&chart);
        }
        if chart.has_data() {
            let caption = if label.len() < long.len() { format!("{long}.") } else { String::new() };
            figures.add(&chart.svg(), &caption);
        }
    }
    for trace in traces.iter().take(MOST_CELLS) {
        if let Some(flags) = trace.get("flags") {
            let title = format!("{before}{}", join("Limits reached", &trace.label));
            super::flags::strips(figures, &title, &trace.time, flags);
        }
    }
}

/// The range of a current axis: the dips where the sweep passes zero volts do not count.
fn current_range(chart: &Chart) -> Option<(f64, f64)> {
    let mut all: Vec<f64> = chart.lines.iter().flat_map(|l| &l.y).copied().filter(|v| *v > 0.0).collect();
    all.sort_by(f64::total_cmp);
    let (low, high) = (all.get(all.len() / 50)?, all.last()?);
    (high.is_finite() && high / low > 2.0 && *low > 1e-290).then(|| (low / 2.0, high * 1.6))
}

fn decapital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_lowercase().collect::<String>() + chars.as_str())
}

/// True when the magnitudes differ by decades. For currents the fifth percentile counts, because
/// the current vanishes at zero volts; anything else must be positive throughout.
fn spans_decades<'a>(arrays: impl Iterator<Item = &'a Array>, column: &str) -> bool {
    let mut all: Vec<f64> = arrays.flat_map(|a| a.values.iter().copied()).filter(|v| v.is_finite()).collect();
    if column == "current" {
        for v in &mut all {
            *v = v.abs();
        }
        all.retain(|v| *v > 0.0);
    }
    all.sort_by(f64::total_cmp);
    let low = if column == "current" { all.get(all.len() / 20) } else { all.first() };
    match (low, all.last()) {
        (Some(low), Some(high)) => *low > 0.0 && high / low > DECADES,
        _ => false,
    }
}
