//! Traces: current over voltage, and everything over time.

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::source::{Array, Source, capital};

/// Cells of one trace drawn at most.
const MOST_CELLS: usize = 8;

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
    for name in names {
        let traces: Vec<Trace> =
            runs.iter().filter_map(|(prefix, label)| load(source, prefix, &name, label)).collect();
        draw(&mut figures, &name, &traces);
    }
    Section::of("Traces", figures.html())
}

fn load(source: &mut Source, prefix: &str, name: &str, label: &str) -> Option<Trace> {
    let group = format!("{prefix}/traces/{name}");
    let members = source.file.members(&group);
    // Columns of a run that was killed may differ in length by one piece: the shortest counts.
    let rows =
        members.iter().filter_map(|m| source.shapes.get(&format!("{group}/{m}"))?.first().copied()).min()?;
    let time = source.column(&format!("{group}/time"), rows)?;
    let mut columns = Vec::new();
    for member in members.into_iter().filter(|m| m != "time") {
        if let Some(array) = source.column(&format!("{group}/{member}"), rows) {
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

/// The curves of a column: one, or one per cell.
fn cells(array: &Array) -> Vec<(String, Vec<f64>)> {
    let width = array.shape.get(1).copied().unwrap_or(1).max(1);
    let picks = width.min(MOST_CELLS);
    (0..picks)
        .map(|k| {
            let cell = if picks > 1 { k * (width - 1) / (picks - 1) } else { 0 };
            let label = if width > 1 { format!("cell {cell}") } else { String::new() };
            (label, array.values.iter().skip(cell).step_by(width).copied().collect())
        })
        .collect()
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

fn draw(figures: &mut Figures, name: &str, traces: &[Trace]) {
    let plain = name.replace('_', " ");
    let title = |what: &str| format!("{} – {what}", capital(&plain));
    let join = |a: &str, b: &str| [a, b].into_iter().filter(|s| !s.is_empty()).collect::<Vec<_>>().join(", ");

    let mut loops = Chart {
        title: title("current against voltage"),
        x: Axis::new("Voltage", "V"),
        y: Axis::new("Magnitude of current", "A").log(),
        lines: Vec::new(),
    };
    for trace in traces {
        let (Some(voltage), Some(current)) = (trace.get("voltage"), trace.get("current")) else { continue };
        if !sweeps(voltage) {
            continue;
        }
        let voltages = cells(voltage);
        for (k, (cell, current)) in cells(current).into_iter().enumerate() {
            let Some(v) = voltages.get(k).or(voltages.first()) else { continue };
            let magnitude = current.iter().map(|i| i.abs()).collect();
            loops.lines.push(Line::new(join(&trace.label, &cell), v.1.clone(), magnitude));
        }
    }
    loops.y.range = current_range(&loops);
    if loops.has_data() {
        figures.add(&loops.svg(), "");
    }

    let mut names: Vec<&str> = vec!["voltage", "current", "conductance"];
    for (column, _) in traces.iter().flat_map(|t| &t.columns) {
        if !names.contains(&column.as_str()) {
            names.push(column);
        }
    }
    for column in names {
        let Some(first) = traces.iter().find_map(|t| t.get(column)) else { continue };
        let label = first.name_or(&column.replace('_', " "));
        let spans_decades = column == "current" || column == "conductance";
        let mut chart = Chart {
            title: title(&column.replace('_', " ")),
            x: Axis::new("Time", "s"),
            y: Axis::new(&label, &first.unit),
            lines: Vec::new(),
        };
        for trace in traces {
            let Some(array) = trace.get(column) else { continue };
            for (cell, values) in cells(array) {
                chart.lines.push(Line::new(join(&trace.label, &cell), trace.time.values.clone(), values));
            }
        }
        if spans_decades && ratio(&chart) > 300.0 {
            for value in chart.lines.iter_mut().flat_map(|l| l.y.iter_mut()) {
                *value = value.abs();
            }
            chart.y = Axis::new(&format!("Magnitude of {}", decapital(&label)), &first.unit).log();
        }
        if chart.has_data() {
            figures.add(&chart.svg(), "");
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

/// Greatest over median magnitude.
fn ratio(chart: &Chart) -> f64 {
    let values = chart.lines.iter().flat_map(|l| &l.y).map(|v| v.abs());
    let mut all: Vec<f64> = values.filter(|v| v.is_finite() && *v > 0.0).collect();
    all.sort_by(f64::total_cmp);
    match (all.get(all.len() / 4), all.last()) {
        (Some(low), Some(high)) => high / low,
        _ => 1.0,
    }
}
