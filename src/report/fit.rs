//! A fit: data and model over each other, what is left, the parameters.

use std::fmt::Write as _;

use super::figure::Figures;
use super::page::{Section, escape, table};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source};

/// Greatest over least value from which a positive quantity is drawn on a logarithmic axis.
const DECADES: f64 = 30.0;

/// The section on a fit.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let residual = source.take("/fit/residual")?;
    let sweep = source.peek("/fit/current").is_some();
    let name = if sweep { "current" } else { "conductance" };
    let data = source.take(&format!("/fit/{name}"))?;
    let fitted = source.take(&format!("/fit/{name}_fit"))?;
    let start = source.take(&format!("/fit/{name}_start"));
    let mut figures = Figures::default();
    let order = source.take(if sweep { "/fit/time" } else { "/fit/pulse" })?;
    let voltage = source.take("/fit/voltage")?;
    source.mark("/fit/width");
    let what = "Points: the data. Lines: the fitted model, and broken the base card.";
    if sweep {
        let chart = overlay("Current against voltage", &voltage, &data, &fitted, start.as_ref());
        figures.add(&chart.svg(), what);
    }
    let (title, caption) = if sweep {
        ("Current against time", "The same in the order of the measurement.")
    } else {
        ("Conductance after each pulse", what)
    };
    figures.add(&overlay(title, &order, &data, &fitted, start.as_ref()).svg(), caption);
    let against = [("Residuals", &order), ("Residuals against voltage", &voltage)];
    for (title, x) in against.into_iter().take(if sweep { 2 } else { 1 }) {
        let mut zero = Line::new("", ends(&x.values), vec![0.0, 0.0]);
        zero.dashed = true;
        let chart = Chart {
            title: title.into(),
            x: axis(x),
            y: Axis::new("(Data \u{2212} model) / noise", "1"),
            lines: vec![Line::new("", x.values.clone(), residual.values.clone()).scatter(), zero],
            legend: String::new(),
        };
        figures.add(
            &chart.svg(),
            "Points without structure, nearly all within \u{b1}2, are what a model that fits leaves.",
        );
    }
    let mut body = parameters(source);
    body += &summary(source);
    body += &figures.html();
    Section::of("Fit", body)
}

fn axis(array: &Array) -> Axis {
    Axis::new(&array.name_or("Value"), &array.unit)
}

/// Data as points, the models as lines; magnitudes where they span decades.
fn overlay(title: &str, x: &Array, data: &Array, fitted: &Array, start: Option<&Array>) -> Chart {
    let size = |v: &f64| v.abs();
    let mut sizes: Vec<f64> = data.values.iter().map(size).filter(|v| *v > 0.0).collect();
    sizes.sort_by(f64::total_cmp);
    // The few smallest values are noise around zero, and a model may go through zero itself.
    let low = sizes.get(sizes.len() / 50).copied().unwrap_or(1.0);
    let high = sizes.last().copied().unwrap_or(1.0);
    let log = high / low > DECADES;
    let shown = |array: &Array| -> Vec<f64> {
        if log { array.values.iter().map(size).collect() } else { array.values.clone() }
    };
    let mut points = Line::new("data", x.values.clone(), shown(data)).scatter();
    points.faint = true;
    let mut lines = vec![points, Line::new("fit", x.values.clone(), shown(fitted))];
    if let Some(start) = start.filter(|s| s.values.iter().any(|v| v.is_finite())) {
        let mut line = Line::new("base card", x.values.clone(), shown(start));
        line.dashed = true;
        lines.push(line);
    }
    let label = if data.unit == "A" { "Current" } else { "Conductance" };
    let y = Axis::new(&if log { format!("|{label}|") } else { label.to_owned() }, &data.unit);
    let y = if log { y.log().range(0.5 * low, 2.0 * high) } else { y };
    Chart { title: title.into(), x: axis(x), y, lines, legend: String::new() }
}

fn ends(values: &[f64]) -> Vec<f64> {
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    vec![low, values.iter().copied().fold(f64::NEG_INFINITY, f64::max)]
}

/// The table of parameters, their correlations, the warnings.
fn parameters(source: &mut Source) -> String {
    let texts =
        |source: &Source, name: &str| source.texts(&format!("/fit/parameters/{name}")).unwrap_or_default();
    let (names, units) = (texts(source, "name"), texts(source, "unit"));
    let mut columns = Vec::new();
    for name in ["start", "value", "standard_error", "lowest", "highest"] {
        let values = source.take(&format!("/fit/parameters/{name}")).map(|a| a.values).unwrap_or_default();
        columns.push(values);
    }
    source.mark("/fit/parameters/name");
    source.mark("/fit/parameters/unit");
    let number = |column: usize, row: usize| {
        let value = columns.get(column).and_then(|c| c.get(row)).copied().unwrap_or(f64::NAN);
        if value.is_nan() { "not determined".to_owned() } else { unit::number(value) }
    };
    let rows: Vec<Vec<String>> = names
        .iter()
        .enumerate()
        .map(|(i, name)| {
            let unit = units.get(i).filter(|u| *u != "1").cloned().unwrap_or_default();
            let range = format!("{} to {}", number(3, i), number(4, i));
            vec![name.clone(), number(0, i), number(1, i), number(2, i), unit, range]
        })
        .collect();
    let head = ["Parameter", "Base card", "Fitted", "Standard error", "Unit", "Range"].map(str::to_owned);
    let mut body = table(&head, &rows);
    if let Some(correlation) = source.take("/fit/parameters/correlation").filter(|c| c.values.len() > 1) {
        let head: Vec<String> =
            std::iter::once("Parameter".to_owned()).chain(names.iter().cloned()).collect();
        let cell = |v: &f64| {
            if v.is_nan() { "\u{2013}".to_owned() } else { format!("{v:+.3}").replace('-', "\u{2212}") }
        };
        let rows: Vec<Vec<String>> = names
            .iter()
            .enumerate()
            .map(|(i, name)| {
                std::iter::once(name.clone()).chain(correlation.row(i).iter().map(cell)).collect()
            })
            .collect();
        body += "<h3>Correlations</h3>\n";
        body += &table(&head, &rows);
    }
    for warning in source.texts("/fit/warnings").unwrap_or_default() {
        let _ = writeln!(body, "<p><strong>Warning:</strong> {}</p>", escape(&warning));
    }
    source.mark("/fit/warnings");
    body
}

/// Single numbers, and the transitions.
fn summary(source: &mut Source) -> String {
    let mut scalar = |name: &str| {
        source.take(&format!("/fit/{name}")).and_then(|a| a.values.first().copied()).unwrap_or(f64::NAN)
    };
    let mut body = format!(
        "<p>rms error {:.3} %, reduced chi-square {:.4}; {} of {} searches found this minimum; {} evaluations, {} failed.</p>\n",
        100.0 * scalar("rms"),
        scalar("reduced_chi_square"),
        scalar("agreeing_starts"),
        scalar("starts"),
        scalar("evaluations"),
        scalar("failed_evaluations")
    );
    source.mark("/fit/flags");
    let mut column = |name: &str| source.take(&format!("/fit/jumps/{name}")).map(|a| a.values);
    if let (Some(data), Some(model), Some(deviation)) = (column("data"), column("model"), column("deviation"))
    {
        let rows: Vec<Vec<String>> = data
            .iter()
            .zip(&model)
            .zip(&deviation)
            .map(|((d, m), s)| [d, m, s].iter().map(|v| unit::quantity(**v, "s")).collect())
            .collect();
        let head = ["Transition in the data", "In the model", "Standard deviation"].map(str::to_owned);
        body += "<h3>Abrupt transitions</h3>\n";
        body += &table(&head, &rows);
    }
    body + "<h3>Data and model</h3>\n"
}
