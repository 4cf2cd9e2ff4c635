//! A network on arrays: accuracy over time and along the axes of the study, errors of weights, cells, cost.

use super::cost;
use super::figure::Figures;
use super::learning_maths::{Mean, mean};
use super::page::{Section, escape, table};
use super::plot::bars::{self, Bar};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};
use crate::record::Attribute;

/// The networks of a study: name of the group, name for people.
type Names = Vec<(String, String)>;

/// The section on inference.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let time = source.take("/inference/time")?.values;
    let networks: Names = texts(source, "networks").into_iter().zip(texts(source, "labels")).collect();
    let mut figures = Figures::default();
    over_time(source, &mut figures, &networks, &time);
    let [axes, fields, variants] = ["axes", "fields", "variants"].map(|name| texts(source, name));
    let variants: Names = axes.into_iter().zip(variants).collect();
    let mut drawn: Vec<&String> = Vec::new();
    for field in &fields {
        if drawn.contains(&field) {
            continue;
        }
        drawn.push(field);
        let same: Names =
            fields.iter().zip(&variants).filter(|(f, _)| *f == field).map(|(_, axis)| axis.clone()).collect();
        along(source, &mut figures, &networks, &same, &time);
    }
    figures.new_row();
    for (name, words) in &networks {
        errors(source, &mut figures, (name, words), &time);
    }
    training(source, &mut figures, &networks);
    let mut body = stages(source, &networks, &time);
    body += &speed(source, &networks);
    body += &figures.html();
    body += &layers(source, &networks);
    body += &counters(source, &networks);
    let groups: Names =
        networks.iter().map(|(n, words)| (words.clone(), format!("/inference/{n}"))).collect();
    body += &cost::section(source, &groups);
    Section::of("Inference on arrays", body)
}

fn texts(source: &Source, wanted: &str) -> Vec<String> {
    let attributes = source.file.attributes("/inference").unwrap_or_default();
    attributes
        .into_iter()
        .find_map(|(name, value)| match value {
            Attribute::Texts(texts) if name == wanted => Some(texts),
            _ => None,
        })
        .unwrap_or_default()
}

/// Mean and error over the programmings, percent, from an array that ends in programmings × times.
fn point(array: &Array, index: usize, time: usize) -> Mean {
    let [.., programmings, times] = array.shape[..] else { return mean(&[]) };
    let value = |p: usize| array.values.get((index * programmings + p) * times + time).copied();
    let values: Vec<f64> = (0..programmings).filter_map(value).map(|v| 100.0 * v).collect();
    mean(&values)
}

/// A line with a band of one standard error.
fn banded(label: &str, x: Vec<f64>, points: &[Mean]) -> Line {
    let mut line = Line::new(label, x, points.iter().map(|m| m.mean).collect()).points();
    let edge = |sign: f64| points.iter().map(|m| m.mean + sign * m.error).collect();
    line.band = Some((edge(-1.0), edge(1.0)));
    line
}

fn over_time(source: &mut Source, figures: &mut Figures, networks: &Names, time: &[f64]) {
    if time.len() < 2 {
        return;
    }
    let (from, to) = (time[1], time[time.len() - 1]);
    let mut lines = Vec::new();
    for (k, (name, words)) in networks.iter().enumerate() {
        let Some(array) = source.peek(&format!("/inference/{name}/accuracy")) else { continue };
        let points: Vec<Mean> = (1..time.len()).map(|t| point(&array, 0, t)).collect();
        let mut line = banded(words, time[1..].to_vec(), &points);
        line.family = Some(k);
        lines.push(line);
        let float =
            source.peek(&format!("/inference/{name}/float_accuracy")).and_then(|a| a.values.first().copied());
        if let Some(value) = float.map(|v| 100.0 * v) {
            let mut line = Line::new(format!("{words}, plain arithmetic"), vec![from, to], vec![value; 2]);
            (line.dashed, line.family) = (true, Some(k));
            lines.push(line);
        }
    }
    let chart = Chart {
        title: "Accuracy over time".into(),
        x: Axis::new("Time after writing", "s").log(),
        y: Axis::new("Accuracy", "%"),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(
            &chart.svg(),
            "Mean over the programmings, each of other devices; bands are ± one standard error.",
        );
    }
}

/// What one axis gave.
struct Along {
    words: String,
    /// Values as numbers, if they are.
    numbers: Option<Vec<f64>>,
    names: Vec<String>,
    /// Name of network and variant, accuracies.
    found: Vec<(String, Array)>,
}

impl Along {
    fn take(source: &mut Source, networks: &Names, (axis, variant): (&str, &str)) -> Self {
        let path = format!("/inference/axes/{axis}/value");
        let words = capital(&source.file.unit_and_name(&path).map(|(_, name)| name).unwrap_or_default());
        let numbers = source.take(&path).map(|a| a.values);
        let names = match &numbers {
            Some(values) => values.iter().map(|v| unit::number(*v)).collect(),
            None => source.texts(&path).unwrap_or_default(),
        };
        source.mark(&path);
        let mut found = Vec::new();
        for (name, label) in networks {
            if let Some(array) = source.take(&format!("/inference/{name}/axes/{axis}")) {
                let label = if variant.is_empty() { label.clone() } else { format!("{label}, {variant}") };
                found.push((label, array));
            }
        }
        Self { words, numbers, names, found }
    }

    /// Lines over time, one for each value.
    fn over_time(&self, figures: &mut Figures, time: &[f64]) {
        for (label, array) in &self.found {
            let line = |k: usize| {
                let points: Vec<Mean> = (1..time.len()).map(|t| point(array, k, t)).collect();
                banded(&self.names[k], time[1..].to_vec(), &points)
            };
            let chart = Chart {
                title: "Accuracy over time".into(),
                x: Axis::new("Time after writing", "s").log(),
                y: Axis::new("Accuracy", "%"),
                lines: (0..self.names.len()).map(line).collect(),
                legend: self.words.clone(),
            };
            let caption = format!("{label}. Mean over the programmings; bands are ± one standard error.");
            figures.add(&chart.svg(), &caption);
        }
    }

    /// Bars for values that are no numbers.
    fn bars(&self, figures: &mut Figures) {
        for (label, array) in &self.found {
            let bar = |k: usize| {
                let Mean { mean, error } = point(array, k, 0);
                let note = format!("{mean:.1} ± {error:.1}");
                Bar { name: self.names[k].clone(), mean, error, values: Vec::new(), note, ink: None }
            };
            let bars: Vec<Bar> = (0..self.names.len()).map(bar).collect();
            let axis = Axis::new("Accuracy", "%").range(0.0, 100.0);
            let caption = format!("{label}. Mean ± standard error over the programmings.");
            figures.add(&bars::svg(&format!("Accuracy by {}", self.words), &axis, &bars), &caption);
        }
    }
}

/// The figures of the axes of one field.
fn along(source: &mut Source, figures: &mut Figures, networks: &Names, axes: &Names, time: &[f64]) {
    let mut lines = Vec::new();
    let (mut words, mut all) = (String::new(), Vec::new());
    for (dashed, (axis, variant)) in axes.iter().enumerate() {
        let along = Along::take(source, networks, (axis, variant));
        if along.found.first().is_some_and(|(_, array)| array.shape.last().is_some_and(|times| *times > 1)) {
            along.over_time(figures, time);
            continue;
        }
        let Some(values) = &along.numbers else {
            along.bars(figures);
            continue;
        };
        for (k, (label, array)) in along.found.iter().enumerate() {
            let points: Vec<Mean> = (0..values.len()).map(|k| point(array, k, 0)).collect();
            let mut line = banded(label, values.clone(), &points);
            (line.family, line.dashed) = (Some(k), dashed > 0);
            lines.push(line);
        }
        all.extend_from_slice(values);
        words = along.words;
    }
    let positive: Vec<f64> = all.iter().copied().filter(|v| *v > 0.0).collect();
    let (low, high) = positive.iter().fold((f64::MAX, 0.0_f64), |(l, h), v| (l.min(*v), h.max(*v)));
    let x = Axis::new(&words, "");
    let log = positive.len() == all.len() && high / low >= 30.0;
    let chart = Chart {
        title: format!("Accuracy against {}", uncapital(&words)),
        x: if log { x.log() } else { x },
        y: Axis::new("Accuracy", "%"),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "Mean over the programmings; bands are ± one standard error.");
    }
}

/// Small first letter, unless an abbreviation begins.
fn uncapital(words: &str) -> String {
    let mut letters = words.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => words.to_owned(),
    }
}

/// How a time is written in legends.
fn moment(time: f64) -> String {
    if time == 0.0 { "after writing".to_owned() } else { format!("after {}", unit::time(time)) }
}

/// Errors of weights and conductances of cells.
fn errors(source: &mut Source, figures: &mut Figures, (name, words): (&str, &str), time: &[f64]) {
    let group = format!("/inference/{name}");
    let chosen: Vec<usize> = if time.len() < 2 { vec![0] } else { vec![0, time.len() - 1] };
    if let (Some(errors), Some(bins)) =
        (source.take(&format!("{group}/weight_errors")), source.peek("/inference/error"))
    {
        let line = |t: &usize| {
            let shares = errors.row(*t).iter().map(|v| if *v > 0.0 { *v } else { f64::NAN }).collect();
            Line::new(moment(time[*t]), bins.values.clone(), shares)
        };
        let all: Vec<usize> = (0..time.len()).collect();
        let chart = Chart {
            title: format!("Errors of weights: {words}"),
            x: Axis::new("Error over the largest weight of the layer", ""),
            y: Axis::new("Share of the weights", "").log(),
            lines: all.iter().map(line).collect(),
            legend: String::new(),
        };
        figures.add(&chart.svg(), "All layers and programmings; weights as they are read out.");
    }
    source.mark("/inference/error");
    let means = source.take(&format!("{group}/level_mean"));
    let deviations = source.take(&format!("{group}/level_deviation"));
    if let (Some(means), Some(deviations), Some(levels)) =
        (means, deviations, source.peek("/inference/level"))
    {
        let line = |t: &usize| {
            let points: Vec<Mean> = means
                .row(*t)
                .iter()
                .zip(deviations.row(*t))
                .map(|(m, d)| Mean { mean: *m, error: *d })
                .collect();
            banded(&moment(time[*t]), levels.values.clone(), &points)
        };
        let chart = Chart {
            title: format!("Weights read out: {words}"),
            x: Axis::new("Target over the largest weight of the layer", ""),
            y: Axis::new("Weight read out over the largest", ""),
            lines: chosen.iter().map(line).collect(),
            legend: String::new(),
        };
        figures.add(
            &chart.svg(),
            "Mean of all weights with about this target; bands are ± one standard deviation.",
        );
    }
    source.mark("/inference/level");
    let cells = source.take(&format!("{group}/conductances"));
    if let (Some(cells), Some(bins), Some(targets)) =
        (cells, source.peek("/inference/conductance"), source.peek("/inference/target"))
    {
        for t in chosen {
            let line = |k: usize| {
                let shares = &cells.row(t)[k * bins.values.len()..(k + 1) * bins.values.len()];
                let shares = shares.iter().map(|v| if *v > 0.0 { *v } else { f64::NAN }).collect();
                Line::new(unit::number(targets.values[k]), bins.values.clone(), shares)
            };
            let chart = Chart {
                title: format!("Conductances by level {}", moment(time[t])),
                x: Axis::new("Conductance, share of the window", ""),
                y: Axis::new("Share of the cells", "").log(),
                lines: (0..targets.values.len()).map(line).collect(),
                legend: "Target".into(),
            };
            let caption = format!("{words}. Targets are rounded to the levels of the legend.");
            figures.add(&chart.svg(), &caption);
        }
    }
    source.mark("/inference/conductance");
    source.mark("/inference/target");
}

fn training(source: &mut Source, figures: &mut Figures, networks: &Names) {
    let mut lines = Vec::new();
    for (name, words) in networks {
        let group = format!("/inference/{name}/training");
        source.mark(&format!("{group}/accuracy"));
        let Some(loss) = source.take(&format!("{group}/loss")) else { continue };
        let x = (1..=loss.values.len()).map(|e| e as f64).collect();
        lines.push(Line::new(words, x, loss.values));
    }
    let chart = Chart {
        title: "Training".into(),
        x: Axis::new("Epoch", "").whole(),
        y: Axis::new("Mean loss", "").log(),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "Cross-entropy before each step; with noise where the training has noise.");
    }
}

/// The stations between plain arithmetic and old cells.
fn stages(source: &mut Source, networks: &Names, time: &[f64]) -> String {
    let mut head =
        vec!["Network".to_owned(), "Plain arithmetic".to_owned(), "Converters, ideal cells".to_owned()];
    head.extend(time.iter().map(|t| capital(&moment(*t))));
    let mut rows = Vec::new();
    for (name, words) in networks {
        let group = format!("/inference/{name}");
        let mut single = |what: &str| {
            let value = source.take(&format!("{group}/{what}")).and_then(|a| a.values.first().copied());
            value.map_or("–".to_owned(), |v| format!("{:.2}", 100.0 * v))
        };
        let mut row = vec![words.clone(), single("float_accuracy"), single("ideal_cells_accuracy")];
        if let Some(array) = source.take(&format!("{group}/accuracy")) {
            row.extend((0..time.len()).map(|t| {
                let Mean { mean, error } = point(&array, 0, t);
                format!("{mean:.2} ± {error:.2}")
            }));
        }
        rows.push(row);
        rows.extend(gain(source, (name, words), networks, time));
    }
    format!("<h3>Accuracy in percent</h3>\n{}", table(&head, &rows))
}

/// What noise in the training gained over a network trained for as many epochs without: mean of the differences of
/// the programmings, which have the same devices.
fn gain(source: &Source, (name, words): (&str, &str), networks: &Names, time: &[f64]) -> Option<Vec<String>> {
    let attributes = source.file.attributes(&format!("/inference/{name}")).ok()?;
    let control = attributes.into_iter().find_map(|(attribute, value)| match value {
        Attribute::Text(control) if attribute == "control" => Some(control),
        _ => None,
    })?;
    let of = |name: &str| source.peek(&format!("/inference/{name}/accuracy"));
    let (own, other) = (of(name)?, of(&control)?);
    let values = own.values.iter().zip(&other.values).map(|(a, b)| a - b).collect();
    let difference = Array { values, ..own };
    let against = networks.iter().find(|(name, _)| *name == control).map_or(&*control, |(_, words)| words);
    let mut row = vec![format!("{words}, over: {against}"), String::new(), String::new()];
    row.extend((0..time.len()).map(|t| {
        let Mean { mean, error } = point(&difference, 0, t);
        format!("{mean:+.2} ± {error:.2}").replace('-', "\u{2212}")
    }));
    Some(row)
}

/// How fast this program was.
fn speed(source: &Source, networks: &Names) -> String {
    let of = |(name, words): &(String, String)| {
        let attributes = source.file.attributes(&format!("/inference/{name}")).ok()?;
        attributes.into_iter().find_map(|(attribute, value)| match value {
            Attribute::F64(rate) if attribute == "inferences_per_second" => {
                // Timings are no better than two digits.
                let unit = 10f64.powf(rate.max(1.0).log10().floor() - 1.0);
                Some(format!("{} ({words})", unit::number((rate / unit).round() * unit)))
            }
            _ => None,
        })
    };
    let rates: Vec<String> = networks.iter().filter_map(of).collect();
    if rates.is_empty() {
        return String::new();
    }
    let text = format!("Inferences simulated per second and thread: {}.", rates.join(", "));
    format!("<p>{}</p>\n", escape(&text))
}

fn layers(source: &mut Source, networks: &Names) -> String {
    let mut rows = Vec::new();
    for (name, words) in networks {
        let group = format!("/inference/{name}/layers");
        let Some(names) = source.texts(&format!("{group}/name")) else { continue };
        source.mark(&format!("{group}/name"));
        let Some(size) = source.take(&format!("{group}/size")) else { continue };
        let count = names.len();
        let mut of = |what: &str| source.take(&format!("{group}/{what}"));
        let columns =
            [of("cells"), of("pulses"), of("verify_reads"), of("failed_cells"), of("clipped_weights")];
        let errors = of("weight_error");
        for (l, layer) in names.iter().enumerate() {
            let average = |array: &Option<Array>| {
                let values = array
                    .as_ref()
                    .map(|a| a.values.iter().skip(l).step_by(count).copied().collect::<Vec<_>>());
                mean(&values.unwrap_or_default()).mean
            };
            let [cells, pulses, reads, failed, clipped] = [0, 1, 2, 3, 4].map(|k| average(&columns[k]));
            let per_cell = |v: f64| unit::number(v / cells);
            let error = |t: usize| {
                let Some(array) = errors.as_ref() else { return "–".to_owned() };
                let [programmings, times, _] = array.shape[..] else { return "–".to_owned() };
                let values: Vec<f64> = (0..programmings)
                    .map(|p| 100.0 * array.values[(p * times + t.min(times - 1)) * count + l])
                    .collect();
                format!("{:.2} %", mean(&values).mean)
            };
            let shape = size.row(l);
            rows.push(vec![
                words.clone(),
                layer.clone(),
                format!("{} × {}", shape[0], shape[1]),
                format!("{}", shape[2]),
                unit::number(cells),
                per_cell(pulses),
                per_cell(reads),
                format!("{:.3} %", 100.0 * failed / cells),
                unit::number(clipped),
                error(0),
                error(usize::MAX),
            ]);
        }
    }
    if rows.is_empty() {
        return String::new();
    }
    let head = [
        "Network",
        "Layer",
        "Weights",
        "Products for a sample",
        "Cells",
        "Pulses for a cell",
        "Verify reads for a cell",
        "Cells not reached",
        "Weights clipped",
        "Error after writing",
        "Error at the last time",
    ]
    .map(str::to_owned);
    format!(
        "<h3>Layers</h3>\n{}<p>Errors are root-mean-square, as read out, over the largest weight of the layer; means over the programmings.</p>\n",
        table(&head, &rows)
    )
}

fn counters(source: &mut Source, networks: &Names) -> String {
    let mut head = vec!["Counter".to_owned()];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (name, words) in networks {
        head.push(words.clone());
        let group = format!("/inference/{name}/activity");
        for member in source.file.members(&group) {
            let Some(array) = source.take(&format!("{group}/{member}")) else { continue };
            let Mean { mean, error } = mean(&array.values);
            let text = unit::with_error(mean, error, &array.unit);
            let title = array.name_or(&member);
            match rows.iter_mut().find(|row| row[0] == title) {
                Some(row) => row.push(text),
                None => rows.push(vec![title, text]),
            }
        }
        let outside = format!("/inference/{name}/errors_outside");
        source.mark(&outside);
    }
    if rows.is_empty() {
        String::new()
    } else {
        format!("<h3>What the arrays did</h3>\n{}", table(&head, &rows))
    }
}
