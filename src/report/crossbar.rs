//! Arrays: maps of voltages, currents and conductances, and the drop along the lines.

use super::figure::Figures;
use super::page::Section;
use super::plot::chart::{Chart, Line};
use super::plot::heat::Heat;
use super::plot::ticks::Axis;
use super::source::{Array, Source};

/// The section on arrays, for the root or the first point of a sweep.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let runs = source.runs();
    let (prefix, label) = runs
        .iter()
        .find(|(prefix, _)| is_map(source, &format!("{prefix}/results/node_voltage_word")))
        .or_else(|| runs.iter().find(|(prefix, _)| is_map(source, &format!("{prefix}/results/conductance"))))?
        .clone();
    let take = |source: &mut Source, name: &str| source.take(&format!("{prefix}/results/{name}"));
    let word = take(source, "node_voltage_word").filter(|a| a.shape.len() == 2);
    let bit = take(source, "node_voltage_bit").filter(|a| a.shape.len() == 2);
    let conductance = take(source, "conductance").filter(|a| a.shape.len() == 2);
    let mut current = take(source, "cell_current").filter(|a| a.shape.len() == 2);
    let across = match (&word, &bit) {
        (Some(word), Some(bit)) if word.shape == bit.shape => {
            Some(combine(word, bit, "V", "cell voltage", |a, b| a - b))
        }
        _ => None,
    };
    let computed = current.is_none();
    if let (None, Some(g), Some(v)) = (&current, &conductance, &across)
        && g.shape == v.shape
    {
        current = Some(combine(g, v, "A", "cell current", |g, v| g * v));
    }
    let mut figures = Figures::default();
    let maps = [
        (&conductance, "Conductance of the cells", ""),
        (&word, "Voltage of the word-line nodes", ""),
        (&bit, "Voltage of the bit-line nodes", ""),
        (&across, "Voltage across the cells", "Word-line node minus bit-line node."),
        (
            &current,
            "Current of the cells",
            if computed { "Conductance times voltage across the cell." } else { "" },
        ),
    ];
    for (array, title, caption) in maps {
        if let Some(array) = array {
            let first = array.long_name.clone();
            let mut heat = map(title, array, &first);
            heat.log = matches!(array.unit.as_str(), "S" | "A") && spans_decades(array);
            let averaged =
                if heat.is_averaged() { " Each colour is the mean over a block of cells." } else { "" };
            figures.add(&heat.svg(), format!("{caption}{averaged}").trim());
        }
    }
    if let (Some(word), Some(bit)) = (&word, &bit) {
        drop_along(&mut figures, word, bit);
    }
    for (name, axis) in [("word_line_current", "Word line"), ("bit_line_current", "Bit line")] {
        let Some(array) = take(source, name) else { continue };
        line_currents(&mut figures, &array, name, axis);
    }
    let body = figures.html();
    let body = if label.is_empty() || body.is_empty() {
        body
    } else {
        format!("<p>Shown for one point of the sweep: {}.</p>\n{body}", super::page::escape(&label))
    };
    Section::of("Array", body)
}

fn is_map(source: &Source, path: &str) -> bool {
    source.shapes.get(path).is_some_and(|shape| matches!(shape.as_slice(), [r, c] if *r > 0 && *c > 0))
}

fn combine(a: &Array, b: &Array, unit: &str, name: &str, f: impl Fn(f64, f64) -> f64) -> Array {
    let values = a.values.iter().zip(&b.values).map(|(x, y)| f(*x, *y)).collect();
    let (shape, scales) = (a.shape.clone(), Vec::new());
    Array { shape, values, unit: unit.into(), long_name: name.into(), scales }
}

/// A map of rows (word lines) and columns (bit lines).
fn map(title: &str, array: &Array, label: &str) -> Heat {
    let (rows, columns) = match array.shape.as_slice() {
        [r, c] => (*r, *c),
        _ => (0, 0),
    };
    Heat {
        title: title.to_owned(),
        rows,
        columns,
        values: array.values.clone(),
        row_label: "Word line".into(),
        column_label: "Bit line".into(),
        label: super::source::capital(label),
        unit: array.unit.clone(),
        range: None,
        first: 0,
        log: false,
    }
}

/// True for positive values of more than one decade and a half.
fn spans_decades(array: &Array) -> bool {
    let low = array.values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = array.values.iter().copied().fold(0.0, f64::max);
    low > 0.0 && high / low > 30.0
}

/// The voltage lost along each word line from its driven end, and along each bit line from its
/// sensed end.
fn drop_along(figures: &mut Figures, word: &Array, bit: &Array) {
    let [rows, columns] = *word.shape.as_slice() else { return };
    if word.shape != bit.shape {
        return;
    }
    let at = |a: &Array, r: usize, c: usize| a.values.get(r * columns + c).copied().unwrap_or(f64::NAN);
    let summary = |length: usize, lines: usize, get: &dyn Fn(usize, usize) -> f64, label: &str| {
        let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..length {
            let all: Vec<f64> = (0..lines).map(|j| get(i, j)).filter(|v| v.is_finite()).collect();
            mean.push(all.iter().sum::<f64>() / all.len() as f64);
            low.push(all.iter().copied().fold(f64::INFINITY, f64::min));
            high.push(all.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
        let mut line = Line::new(label, (0..length).map(|i| i as f64).collect(), mean);
        line.band = Some((low, high));
        line
    };
    let last = rows.saturating_sub(1);
    let along_word = |c: usize, r: usize| at(word, r, 0) - at(word, r, c);
    let along_bit = |k: usize, c: usize| at(bit, last.saturating_sub(k), c) - at(bit, last, c);
    let mut lines = vec![
        summary(columns, rows, &along_word, "word lines"),
        summary(rows, columns, &along_bit, "bit lines"),
    ];
    // The two may lie on top of each other.
    if let Some(bits) = lines.last_mut() {
        bits.dashed = true;
    }
    let chart = Chart {
        title: "Voltage lost along the wires".into(),
        x: Axis::new("Cells between the node and the terminal of its line", "").whole(),
        y: Axis::new("Difference from the node at the terminal", &word.unit),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(
            &chart.svg(),
            "Word lines from the driver, bit lines from the sense amplifier. Mean over the parallel lines; \
             the band reaches from the least to the greatest.",
        );
    }
}

fn line_currents(figures: &mut Figures, array: &Array, name: &str, axis: &str) {
    let width = *array.shape.last().unwrap_or(&0);
    if array.shape.is_empty() || width == 0 {
        return;
    }
    let x: Vec<f64> = (0..width).map(|i| i as f64).collect();
    let rows = array.values.len() / width;
    let lines = array.values.chunks(width).enumerate().take(12).map(|(i, y)| {
        let label = if rows > 1 { format!("input {i}") } else { String::new() };
        Line::new(label, x.clone(), y.to_vec()).scatter()
    });
    let chart = Chart {
        title: array.name_or(&name.replace('_', " ")),
        x: Axis::new(axis, "").whole(),
        y: Axis::new("Current", &array.unit),
        lines: lines.collect(),
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "");
    }
}
