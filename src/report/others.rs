//! Everything else: results over the parameters of a sweep, any curve, any map, single numbers.

use super::figure::Figures;
use super::learning_maths::{Mean, mean};
use super::page::{Section, table};
use super::plot::chart::{Chart, Line};
use super::plot::heat::Heat;
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};

/// Figures of further results drawn at most.
const MOST_FIGURES: usize = 24;

/// The sections on sweeps, further results and single numbers.
pub(crate) fn sections(source: &mut Source) -> Vec<Section> {
    let mut list = Vec::new();
    list.extend(sweep(source));
    list.extend(further(source));
    list
}

/// Name of a dataset below `/results`.
fn short(path: &str) -> String {
    capital(&path.trim_start_matches("/results/").replace('/', " – ").replace('_', " "))
}

/// Stacked results (a leading dimension of points) against each varying parameter.
fn sweep(source: &mut Source) -> Option<Section> {
    let parameters = source.sweep();
    let points = parameters.first()?.1.values.len();
    let mut figures = Figures::default();
    let labels = source.short_labels();
    let of_array = ["/results/pulses_to_flip", "/results/bit_line_current", "/results/conductance_after"]
        .iter()
        .any(|path| source.shapes.contains_key(*path));
    for path in source.left() {
        let stacked = path.starts_with("/results/")
            && source
                .shapes
                .get(&path)
                .is_some_and(|shape| shape.first() == Some(&points) && shape.len() <= 4);
        if !stacked || figures_full(&figures) {
            continue;
        }
        let Some(array) = source.take(&path) else { continue };
        // The cells of an array are no repeats: their mean says little.
        if of_array && array.shape.len() > 2 {
            continue;
        }
        // A curve per point, if the second dimension has a scale of its own.
        let scale = array.scales.get(1).cloned().flatten().filter(|_| array.shape.len() == 2);
        if let Some(scale) = scale.and_then(|s| source.peek(&s)).filter(|s| s.shape.len() == 1) {
            let lines = (0..points).map(|p| {
                let label = labels.1.get(p).cloned().unwrap_or_default();
                Line::new(label, scale.values.clone(), array.row(p).to_vec())
            });
            let mut chart = chart(&path, &array, &scale.name_or("Scale"), &scale.unit, lines.collect());
            chart.legend.clone_from(&labels.0);
            add(&mut figures, &chart, "");
            continue;
        }
        for (name, values) in &parameters {
            let (line, spread) = against(&array, values, path.ends_with("/accuracy_matrix"));
            let caption = match (spread, of_array) {
                (false, _) => "",
                (true, false) => "Mean and standard error over the repeats.",
                (true, true) => {
                    "Mean and standard error over all entries of a point, such as lines of the array."
                }
            };
            add(&mut figures, &chart(&path, &array, &capital(name), &values.unit, vec![line]), caption);
        }
    }
    Section::of("Sweep", figures.html())
}

fn figures_full(figures: &Figures) -> bool {
    figures.count() >= MOST_FIGURES
}

/// The value at each point of the sweep; points with equal parameter are averaged.
fn against(array: &Array, parameter: &Array, last_row: bool) -> (Line, bool) {
    let mut order: Vec<usize> = (0..parameter.values.len()).collect();
    let at = |i: &usize| parameter.values.get(*i).copied().unwrap_or(f64::NAN);
    order.sort_by(|a, b| at(a).total_cmp(&at(b)));
    let (mut x, mut means) = (Vec::new(), Vec::<Mean>::new());
    for group in order.chunk_by(|a, b| at(a).total_cmp(&at(b)).is_eq()) {
        let values: Vec<f64> = group
            .iter()
            .flat_map(|p| {
                let row = array.row(*p);
                let width = *array.shape.last().unwrap_or(&1);
                if last_row && array.shape.len() == 4 {
                    // Accuracy matrices: of each seed the mean of the last row.
                    let size = width * array.shape.get(2).copied().unwrap_or(1);
                    let last = |m: &[f64]| mean(m.get(size - width..).unwrap_or_default()).mean;
                    row.chunks(size.max(1)).map(last).collect::<Vec<f64>>()
                } else {
                    row.to_vec()
                }
            })
            .collect();
        x.push(group.first().map_or(f64::NAN, at));
        means.push(mean(&values));
    }
    let spread = means.iter().any(|m| m.error > 0.0);
    let mut line = Line::new("", x, means.iter().map(|m| m.mean).collect()).points();
    if spread {
        let edge = |sign: f64| means.iter().map(|m| m.mean + sign * m.error).collect::<Vec<f64>>();
        line.band = Some((edge(-1.0), edge(1.0)));
    }
    (line, spread)
}

fn chart(path: &str, array: &Array, x: &str, x_unit: &str, lines: Vec<Line>) -> Chart {
    let positive = lines.iter().flat_map(|l| &l.y).copied().filter(|v| v.is_finite());
    let (low, high) = positive.fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    let y = Axis::new(&array.name_or(&short(path)), &array.unit);
    let y = if low > 0.0 && high / low > 300.0 { y.log() } else { y };
    let all_x = || lines.iter().flat_map(|l| &l.x).copied();
    let (least, most) = all_x().fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(v), b.max(v)));
    let x = Axis::new(x, x_unit);
    let x = if least > 0.0 && most / least > 300.0 { x.log() } else { x };
    Chart { title: short(path), x, y, lines, legend: String::new() }
}

/// Share of the values up to each value: how cells of one array, or seeds, differ.
fn distribution(path: &str, array: &Array) -> Chart {
    let mut sorted: Vec<f64> = array.values.iter().copied().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    let share = (0..sorted.len()).map(|i| 100.0 * (i as f64 + 0.5) / count).collect();
    let (low, high) = (sorted.first().copied().unwrap_or(0.0), sorted.last().copied().unwrap_or(0.0));
    let name = array.name_or(&short(path));
    let x = Axis::new(name.split(',').next().unwrap_or(&name), &array.unit);
    Chart {
        title: short(path),
        x: if low > 0.0 && high / low > 30.0 { x.log() } else { x },
        y: Axis::new("Cumulative share", "%").range(0.0, 100.0),
        lines: vec![Line::new("", sorted, share).scatter()],
        legend: String::new(),
    }
}

fn add(figures: &mut Figures, chart: &Chart, caption: &str) {
    if chart.has_data() {
        figures.add(&chart.svg(), caption);
    }
}

/// Curves and maps of the results that no other section has shown; then single numbers.
fn further(source: &mut Source) -> Option<Section> {
    let mut figures = Figures::default();
    let mut numbers = Vec::new();
    let left: Vec<String> = source.left().into_iter().filter(|p| p.starts_with("/results/")).collect();
    let scales: Vec<String> = left
        .iter()
        .filter_map(|p| source.file.read(p).ok())
        .filter(|d| d.scales.first() == Some(&Some(d.path.clone())))
        .map(|d| d.path)
        .collect();
    for path in left {
        let Some(array) = source.peek(&path) else { continue };
        if array.values.len() == 1 {
            let value = array.values.first().map(|v| unit::quantity(*v, &array.unit)).unwrap_or_default();
            numbers.push(vec![short(&path), array.long_name.clone(), value]);
            continue;
        }
        if figures_full(&figures) || scales.contains(&path) {
            continue;
        }
        match *array.shape.as_slice() {
            [n] if n > 1 => {
                let scale = array.scales.first().cloned().flatten().and_then(|s| source.peek(&s));
                let Some(scale) = scale.filter(|s| s.values.len() == n) else {
                    let caption = format!("Distribution over {n} values.");
                    add(&mut figures, &distribution(&path, &array), &caption);
                    continue;
                };
                let line = Line::new("", scale.values.clone(), array.values.clone());
                let chart = chart(&path, &array, &scale.name_or("Scale"), &scale.unit, vec![line]);
                add(&mut figures, &chart, "");
            }
            [rows, columns] if rows > 1 && columns > 1 => {
                let heat = Heat {
                    title: short(&path),
                    rows,
                    columns,
                    values: array.values.clone(),
                    row_label: "First index".into(),
                    column_label: "Second index".into(),
                    label: array.name_or("Value"),
                    unit: array.unit.clone(),
                    range: None,
                    first: 0,
                    ..Heat::default()
                };
                let caption = if heat.is_averaged() { "Each colour is the mean over a block." } else { "" };
                figures.add(&heat.svg(), caption);
            }
            _ => {}
        }
    }
    let mut body = figures.html();
    if !numbers.is_empty() {
        let head = ["Result", "Meaning", "Value"].map(str::to_owned);
        body += "<h3>Single numbers</h3>\n";
        body += &table(&head, &numbers);
    }
    Section::of("Further results", body)
}
