//! Potentiation and depression: conductance against pulse number, and how straight the trains are.

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::source::{Array, Source};

/// Cells drawn one by one; of more the median and the middle half are drawn.
const MOST_CELLS: usize = 8;
/// Trains overlaid at most.
const MOST_TRAINS: usize = 12;

/// The section on pulse trains.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let polarity = source.take("/results/polarity")?;
    let pulse = source.take("/results/pulse")?;
    let conductance = source.take("/results/conductance_after_pulse")?;
    let [rows, cells] = *conductance.shape.as_slice() else { return None };
    if polarity.values.len() != rows || pulse.values.len() != rows {
        return None;
    }
    let mut figures = Figures::default();
    let chart = Chart {
        title: "Conductance against pulse number".into(),
        x: Axis::new("Pulse", ""),
        y: Axis::new("Conductance", &conductance.unit),
        lines: curves(&conductance, &pulse.values, cells, 0, rows),
        legend: String::new(),
    };
    let name = if cells > MOST_CELLS {
        format!("Median of {cells} cells; the band holds the middle half.")
    } else {
        String::new()
    };
    figures.add(&chart.svg(), &name);
    let trains = trains(&polarity.values);
    for (sign, title) in [(1.0, "SET trains"), (-1.0, "RESET trains")] {
        let of: Vec<(usize, usize)> =
            trains.iter().filter(|(_, _, s)| *s * sign > 0.0).map(|(a, b, _)| (*a, *b)).collect();
        let shown = of.len().min(MOST_TRAINS);
        let mut lines = Vec::new();
        for k in 0..shown {
            let index = if shown > 1 { k * (of.len() - 1) / (shown - 1) } else { 0 };
            let Some((begin, end)) = of.get(index).copied() else { continue };
            let numbers: Vec<f64> = (0..end - begin).map(|k| k as f64).collect();
            // The median of many cells, or the first of few.
            let mut line = curves(&conductance, &numbers, cells, begin, end).into_iter().next();
            if let Some(line) = &mut line {
                line.label = format!("cycle {}", index + 1);
                line.band = None;
            }
            lines.extend(line);
        }
        let chart = Chart {
            title: title.into(),
            x: Axis::new("Pulse of the train", ""),
            y: Axis::new("Conductance", &conductance.unit),
            lines,
            legend: String::new(),
        };
        if chart.has_data() {
            let which = if cells > MOST_CELLS { "Median cell" } else { "First cell" };
            figures.add(&chart.svg(), &format!("{which}, trains laid over each other."));
        }
    }
    if let Some(chart) = labels(source) {
        let caption = "Of each train and cell: 0 is a straight line; above 0 for SET and below 0 for RESET the \
                       train saturates. Trains that move less than they scatter have none.";
        figures.add(&chart.svg(), caption);
    }
    Section::of("Potentiation and depression", figures.html())
}

/// Non-linearity: the distribution of many labels, or few against the cycle.
fn labels(source: &mut Source) -> Option<Chart> {
    let mut chart = Chart {
        title: "Non-linearity label".into(),
        x: Axis::new("Cycle", ""),
        y: Axis::new("Label", ""),
        ..Chart::default()
    };
    for (name, label) in [("nonlinearity_set", "SET"), ("nonlinearity_reset", "RESET")] {
        let Some(array) = source.take(&format!("/results/{name}")) else { continue };
        let cells = array.shape.get(1).copied().unwrap_or(1).max(1);
        if array.values.len() <= MOST_CELLS {
            let x = (0..array.values.len()).map(|k| (k / cells + 1) as f64).collect();
            chart.lines.push(Line::new(label, x, array.values).scatter());
            continue;
        }
        (chart.x, chart.y) = (Axis::new("Label", ""), Axis::new("Share of the trains below", "%"));
        let mut values: Vec<f64> = array.values.into_iter().filter(|v| v.is_finite()).collect();
        values.sort_by(f64::total_cmp);
        let share = (0..values.len()).map(|k| 100.0 * (k as f64 + 0.5) / values.len() as f64).collect();
        chart.lines.push(Line::new(label, values, share));
    }
    chart.has_data().then_some(chart)
}

/// Rows of each train, with the row before it, and its sign.
fn trains(polarity: &[f64]) -> Vec<(usize, usize, f64)> {
    let mut trains: Vec<(usize, usize, f64)> = Vec::new();
    for (row, sign) in polarity.iter().enumerate().skip(1) {
        match trains.last_mut() {
            Some((_, end, last)) if *last * sign > 0.0 => *end = row + 1,
            _ => trains.push((row - 1, row + 1, *sign)),
        }
    }
    trains
}

/// A line per cell, or the median and the middle half of many, of the rows `begin..end`.
fn curves(conductance: &Array, x: &[f64], cells: usize, begin: usize, end: usize) -> Vec<Line> {
    if cells <= MOST_CELLS {
        let cell = |c: usize| {
            let y = (begin..end).filter_map(|row| conductance.row(row).get(c).copied()).collect();
            Line::new(if cells > 1 { format!("cell {c}") } else { String::new() }, x.to_vec(), y)
        };
        return (0..cells).map(cell).collect();
    }
    let sorted: Vec<Vec<f64>> = (begin..end)
        .map(|row| {
            let mut row = conductance.row(row).to_vec();
            row.sort_by(f64::total_cmp);
            row
        })
        .collect();
    let at = |share: f64| -> Vec<f64> {
        let index = ((cells - 1) as f64 * share).round() as usize;
        sorted.iter().filter_map(|row| row.get(index).copied()).collect()
    };
    let mut line = Line::new("", x.to_vec(), at(0.5));
    line.band = Some((at(0.25), at(0.75)));
    vec![line]
}
