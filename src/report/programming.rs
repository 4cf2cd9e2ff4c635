//! Program-and-verify: pulses, success and final resistances, scheme by scheme.

use super::figure::Figures;
use super::page::{Section, table};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::source::{Array, Source};

/// The section on programming.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let histogram = source.peek("/results/histogram").filter(|array| array.shape.len() == 2)?;
    let schemes = source.texts("/results/scheme")?;
    let levels = source.texts("/results/level")?;
    let bins = source.take("/results/pulse_bin")?;
    source.take("/results/histogram");
    let mut figures = Figures::default();
    let lines = schemes
        .iter()
        .enumerate()
        .map(|(k, name)| Line::new(name.clone(), bins.values.clone(), histogram.row(k).to_vec()));
    let chart = Chart {
        title: "Pulses to the target".into(),
        x: Axis::new("Pulses after the first RESET", ""),
        y: Axis::new("Share of the cells", "").log(),
        lines: lines.collect(),
        legend: String::new(),
    };
    figures.add(&chart.svg(), "Over the levels that are counted. The last bin holds all that took more.");
    against_budget(source, &mut figures, &schemes, &levels);
    resistances(source, &mut figures, &schemes, &levels);
    let mut body = figures.html();
    body += &summary(source, &schemes, &levels);
    Section::of("Programming", body)
}

/// Means over the levels of one scheme of a dataset of schemes × levels × something.
fn over_levels(array: &Array, scheme: usize, levels: usize) -> Vec<f64> {
    let last = array.shape.last().copied().unwrap_or(0);
    (0..last)
        .map(|k| {
            let at = |level: usize| array.values[(scheme * levels + level) * last + k];
            (0..levels).map(at).sum::<f64>() / levels as f64
        })
        .collect()
}

fn against_budget(source: &mut Source, figures: &mut Figures, schemes: &[String], levels: &[String]) {
    let Some(budget) = source.take("/results/budget") else { return };
    for (path, title, label, unit, caption) in [
        (
            "/results/success",
            "Success against budget",
            "Share of the cells in their range",
            "",
            "Mean over all levels.",
        ),
        (
            "/results/error",
            "Error against pulses",
            "Mean distance from the range",
            "S",
            "Mean over all cells and levels; cells in their range count as zero.",
        ),
    ] {
        let Some(array) = source.take(path).filter(|array| array.shape.len() == 3) else { continue };
        let lines = schemes.iter().enumerate().map(|(k, name)| {
            let y = over_levels(&array, k, levels.len());
            let y = y.into_iter().map(|v| if unit.is_empty() || v > 0.0 { v } else { f64::NAN }).collect();
            Line::new(name.clone(), budget.values.clone(), y)
        });
        let y = Axis::new(label, unit);
        let chart = Chart {
            title: title.into(),
            x: Axis::new("Pulses", "").log(),
            y: if unit.is_empty() { y } else { y.log() },
            lines: lines.collect(),
            legend: String::new(),
        };
        if chart.has_data() {
            figures.add(&chart.svg(), caption);
        }
    }
}

fn resistances(source: &mut Source, figures: &mut Figures, schemes: &[String], levels: &[String]) {
    let Some(probability) = source.take("/results/probability") else { return };
    let Some(array) = source.take("/results/resistance_quantile").filter(|a| a.shape.len() == 3) else {
        return;
    };
    let last = probability.values.len();
    let mut lines = Vec::new();
    for (k, name) in schemes.iter().enumerate() {
        for level in 0..levels.len() {
            let first = (k * levels.len() + level) * last;
            let label = if level == 0 { name.clone() } else { String::new() };
            let mut line =
                Line::new(label, array.values[first..first + last].to_vec(), probability.values.clone())
                    .points();
            line.family = Some(k);
            lines.push(line);
        }
    }
    let chart = Chart {
        title: "Resistances after programming".into(),
        x: Axis::new("Resistance", "Ohm").log(),
        y: Axis::new("Share of the cells below", ""),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(
            &chart.svg(),
            "One curve for every level; the true resistances, without the noise of a read.",
        );
    }
}

fn summary(source: &mut Source, schemes: &[String], levels: &[String]) -> String {
    let percent = |value: f64| format!("{:.2} %", 100.0 * value);
    let mut head = vec!["Counted levels".to_owned()];
    let mut rows: Vec<Vec<String>> = schemes.iter().map(|name| vec![name.clone()]).collect();
    for (name, title) in [
        ("mean", "Mean pulses"),
        ("median", "Median"),
        ("quantile_95", "95 %"),
        ("quantile_99", "99 %"),
        ("not_reached", "Not reached"),
    ] {
        let Some(array) = source.take(&format!("/results/{name}")) else { continue };
        head.push(title.to_owned());
        for (row, value) in rows.iter_mut().zip(&array.values) {
            row.push(match name {
                "not_reached" => percent(*value),
                "mean" => format!("{value:.1}"),
                _ => format!("{value:.0}"),
            });
        }
    }
    let mut text = table(&head, &rows);
    for path in ["/results/scheme", "/results/level", "/results/range"] {
        source.mark(path);
    }
    for (path, title, share) in
        [("/results/level_mean", "Mean pulses", false), ("/results/level_not_reached", "Not reached", true)]
    {
        let Some(array) = source.take(path).filter(|array| array.shape.len() == 2) else { continue };
        let mut head = vec![title.to_owned()];
        head.extend(levels.iter().cloned());
        let row = |(k, name): (usize, &String)| {
            let cell = |value: &f64| if share { percent(*value) } else { format!("{value:.1}") };
            std::iter::once(name.clone()).chain(array.row(k).iter().map(cell)).collect()
        };
        text += &table(&head, &schemes.iter().enumerate().map(row).collect::<Vec<_>>());
    }
    text
}
