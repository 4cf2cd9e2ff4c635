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
    figures.new_row();
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
    let mut head = vec!["Scheme".to_owned()];
    let mut columns = Vec::new();
    for (name, title, share) in [
        ("mean", "Mean pulses", false),
        ("median", "Median", false),
        ("quantile_95", "95 %", false),
        ("quantile_99", "99 %", false),
        ("not_reached", "Not reached", true),
    ] {
        let Some(array) = source.take(&format!("/results/{name}")) else { continue };
        head.push(title.to_owned());
        columns.push((array.values, 1, 0, share));
    }
    for (path, title, share) in
        [("/results/level_mean", "mean", false), ("/results/level_not_reached", "not reached", true)]
    {
        let Some(array) = source.take(path) else { continue };
        for (k, level) in levels.iter().enumerate() {
            head.push(format!("{level}, {title}"));
            columns.push((array.values.clone(), levels.len(), k, share));
        }
    }
    for path in ["/results/scheme", "/results/level", "/results/range"] {
        source.mark(path);
    }
    let rows: Vec<Vec<String>> = schemes
        .iter()
        .enumerate()
        .map(|(k, name)| {
            let cell = |(values, stride, offset, share): &(Vec<f64>, usize, usize, bool)| {
                let value = values.get(k * stride + offset).copied().unwrap_or(f64::NAN);
                if *share { format!("{:.2} %", 100.0 * value) } else { format!("{value:.1}") }
            };
            std::iter::once(name.clone()).chain(columns.iter().map(cell)).collect()
        })
        .collect();
    table(&head, &rows)
}
