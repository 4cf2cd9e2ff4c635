//! Sweeps of learning: accuracy over the swept parameter, what arrays lose against their twins in ideal
//! arithmetic, and what getting there takes.
//!
//! The twin has learnt with the same seeds in the same point, so the drop is a difference of pairs: its error
//! is the standard error of the differences, not of the accuracies.

use super::courses::{legend, line, methods};
use super::learners::{self, Learner, Style, styles, twin};
use super::places::Places;
use crate::report::figure::Figures;
use crate::report::learning_maths::{Mean, mean};
use crate::report::page::{Section, table};
use crate::report::plot::bars::{self, Bar};
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::colour;
use crate::report::plot::ticks::Axis;
use crate::report::plot::unit;
use crate::report::source::{Array, Source};

/// Rows of the table at most.
const MOST_ROWS: usize = 200;

/// What is shown of a learner.
type Reading = fn(&Swept) -> Option<&Array>;

/// A learner of the points, and what they hold of it: points × seeds.
struct Swept {
    learner: Learner,
    style: Style,
    accuracy: Array,
    /// Accuracy of the twin minus its own, for learners on arrays.
    drop: Option<Array>,
    pulses: Option<Array>,
    energy: Option<Array>,
}

/// The section on a sweep of learners; nothing for single runs.
pub(super) fn section(source: &mut Source) -> Option<Section> {
    let first = source.file.members("/points").first().cloned()?;
    let learners = learners::read(source, &format!("/points/{first}"));
    let places = Places::new(source)?;
    let swept = read(source, learners, places.points());
    if swept.is_empty() {
        return None;
    }
    let count = methods(&swept.iter().map(|s| s.style).collect::<Vec<_>>());
    let mut figures = Figures::default();
    accuracies(&mut figures, &places, &swept, count);
    drops(&mut figures, &places, &swept, count);
    takes(&mut figures, &places, &swept, count, ("Write pulses", "1", |s| s.pulses.as_ref()));
    takes(&mut figures, &places, &swept, count, ("Energy of a training run", "J", |s| s.energy.as_ref()));
    let body = figures.html() + &points(&places, &swept);
    // The record holds much more of every point; the points have reports of their own.
    for path in source.left() {
        if swept.iter().any(|s| path.starts_with(&format!("/results/{}/", s.learner.label))) {
            source.mark(&path);
        }
    }
    Section::of("Learning over the sweep", body)
}

/// The learners that have an accuracy in every point.
fn read(source: &mut Source, learners: Vec<Learner>, points: usize) -> Vec<Swept> {
    let styles = styles(&learners);
    let mut stacked = |label: &str, name: &str| {
        source.take(&format!("/results/{label}/{name}")).filter(|a| a.shape.first() == Some(&points))
    };
    let finals: Vec<Option<Array>> =
        learners.iter().map(|l| stacked(&l.label, "accuracy").filter(|a| a.shape.len() == 2)).collect();
    let of = |label: &str| learners.iter().position(|l| l.label == label).and_then(|k| finals[k].as_ref());
    let drops: Vec<Option<Array>> = learners
        .iter()
        .zip(&finals)
        .map(|(learner, own)| {
            let (mut drop, own) = (of(&twin(learner, &learners)?.label)?.clone(), own.as_ref()?);
            drop.values.iter_mut().zip(&own.values).for_each(|(ideal, arrays)| *ideal -= arrays);
            (drop.shape == own.shape).then_some(drop)
        })
        .collect();
    let rest: Vec<(Option<Array>, Option<Array>)> = learners
        .iter()
        .map(|l| {
            let pulses =
                add(stacked(&l.label, "activity/set_pulses"), stacked(&l.label, "activity/reset_pulses"));
            let cells =
                add(stacked(&l.label, "activity/read_energy"), stacked(&l.label, "activity/write_energy"));
            (pulses, stacked(&l.label, "cost/energy").map(over_parts).or(cells))
        })
        .collect();
    let all = learners.into_iter().zip(styles).zip(finals).zip(drops).zip(rest);
    all.filter_map(|((((learner, style), accuracy), drop), (pulses, energy))| {
        Some(Swept { learner, style, accuracy: accuracy?, drop, pulses, energy })
    })
    .collect()
}

fn add(a: Option<Array>, b: Option<Array>) -> Option<Array> {
    let (mut a, b) = (a?, b?);
    a.values.iter_mut().zip(&b.values).for_each(|(a, b)| *a += b);
    Some(a)
}

/// Points × seeds × parts, summed over the parts.
fn over_parts(costs: Array) -> Array {
    let parts = costs.shape.last().copied().unwrap_or(1).max(1);
    let values = costs.values.chunks(parts).map(|run| run.iter().sum()).collect();
    let shape = costs.shape[..costs.shape.len().saturating_sub(1)].to_vec();
    Array { shape, values, ..costs }
}

/// Final accuracy: of all learners in one diagram, or, where there are several curves, a diagram for each
/// learner that differs between them, with the others behind.
fn accuracies(figures: &mut Figures, places: &Places, swept: &[Swept], count: usize) {
    let title = "Final accuracy";
    if places.is_named() {
        return bar_diagram(figures, places, swept, count, (title, |s| Some(&s.accuracy)));
    }
    let axis = || Axis::new("Accuracy over all contexts", "%").range(0.0, 100.0);
    let same = |s: &&Swept| places.is_same(&s.accuracy);
    let common: Vec<Line> = swept
        .iter()
        .filter(same)
        .map(|s| {
            let (x, points) = places.means(0, &|p| s.accuracy.row(p).to_vec());
            line(&s.learner.name, (s.style, count), x, &points)
        })
        .collect();
    let shown: Vec<Style> = swept.iter().map(|s| s.style).collect();
    let all: Vec<&Learner> = swept.iter().map(|s| &s.learner).collect();
    if common.len() == swept.len() {
        let chart = places.chart(title, axis(), common);
        figures.add(&chart.svg(), &legend(&all, &shown));
        return;
    }
    for s in swept.iter().filter(|s| !same(s)) {
        let behind = common.iter().cloned().map(|mut line| {
            line.points = false;
            line
        });
        let lines = behind.chain(curves(places, &s.accuracy, s.style)).collect();
        let chart = places.chart(&format!("{title}: {}", s.learner.name), axis(), lines);
        figures.add(&chart.svg(), &legend(&all, &shown));
    }
}

/// One line for each curve, values as shares in percent.
fn curves(places: &Places, array: &Array, style: Style) -> Vec<Line> {
    let count = places.curves().len();
    let curve = |(k, label): (usize, &String)| {
        let (x, points) = places.means(k, &|p| array.row(p).to_vec());
        let mut line = line(label, (Style::Ideal(k), count), x, &points);
        line.dotted = matches!(style, Style::Arrays(_));
        line
    };
    places.curves().iter().enumerate().map(curve).collect()
}

/// What learners on arrays lose against their twins.
fn drops(figures: &mut Figures, places: &Places, swept: &[Swept], count: usize) {
    let title = "Drop against ideal arithmetic";
    if places.is_named() {
        return bar_diagram(figures, places, swept, count, (title, |s| s.drop.as_ref()));
    }
    let axis = || Axis::new("Ideal minus on arrays (points)", "");
    let caption = "Accuracy of the same learner in ideal arithmetic minus that on arrays, seed by seed; bands are \
                   ± one standard error of the differences.";
    let lossy: Vec<(&Swept, &Array)> = swept.iter().filter_map(|s| Some((s, s.drop.as_ref()?))).collect();
    if lossy.is_empty() {
        return;
    }
    if places.curves().len() == 1 {
        let lines = lossy.iter().map(|(s, drop)| {
            let (x, points) = places.means(0, &|p| drop.row(p).to_vec());
            let mut line = line(&s.learner.name, (s.style, count), x, &points);
            line.dotted = false;
            line
        });
        let chart = places.chart(title, axis(), lines.collect());
        figures.add(&chart.svg(), caption);
        return;
    }
    for (s, drop) in lossy {
        let lines = curves(places, drop, Style::Ideal(0));
        let chart = places.chart(&format!("{title}: {}", s.learner.name), axis(), lines);
        figures.add(&chart.svg(), caption);
    }
}

/// A bar for each learner and point, where the axis has names.
fn bar_diagram(
    figures: &mut Figures,
    places: &Places,
    swept: &[Swept],
    count: usize,
    (title, of): (&str, Reading),
) {
    let mut all = Vec::new();
    for s in swept {
        let Some(array) = of(s) else { continue };
        let mut labels: Vec<(String, Vec<f64>)> = Vec::new();
        for p in 0..places.points() {
            let name = places.label(p);
            let values = array.row(p).iter().map(|v| 100.0 * v);
            match labels.iter_mut().find(|(other, _)| *other == name) {
                Some((_, own)) => own.extend(values),
                None => labels.push((name, values.collect())),
            }
        }
        let same = places.is_same(array) && labels.windows(2).all(|pair| pair[0].1 == pair[1].1);
        labels.truncate(if same { 1 } else { labels.len() });
        for (label, values) in labels {
            let Mean { mean, error } = mean(&values);
            let note = if error > 0.0 { format!("{mean:.1} ± {error:.1}") } else { format!("{mean:.1}") };
            let short = s.learner.name.split(" (").next().unwrap_or_default();
            let name = if same { short.to_owned() } else { format!("{short} ({label})") };
            let ink = Some(s.style.ink(count));
            all.push(Bar { name, mean, error, values, note: note.replace('-', "\u{2212}"), ink });
        }
    }
    all.retain(|bar| bar.mean.is_finite());
    if !all.is_empty() {
        let caption = "Mean ± standard error over the seeds; circles are single seeds.";
        figures.add(&bars::svg(title, &Axis::new("Accuracy (points)", ""), &all), caption);
    }
}

/// What the learners on arrays take, over the parameter.
fn takes(
    figures: &mut Figures,
    places: &Places,
    swept: &[Swept],
    count: usize,
    (title, unit, of): (&str, &str, Reading),
) {
    if places.is_named() {
        return;
    }
    let mut lines = Vec::new();
    for s in swept.iter().filter(|s| s.learner.is_on_arrays()) {
        let Some(array) = of(s) else { continue };
        for (k, label) in places.curves().iter().enumerate() {
            let (x, means) = places.means(k, &|p| array.row(p).to_vec());
            let name = if label.is_empty() {
                s.learner.name.clone()
            } else {
                format!("{}, {label}", s.learner.name)
            };
            let mut line = Line::new(name, x, means.iter().map(|m| m.mean).collect()).points();
            let number = lines.len();
            line.ink =
                Some(if places.curves().len() > 1 { colour::line(number, 8) } else { s.style.ink(count) });
            lines.push(line);
        }
    }
    let (low, high) = lines
        .iter()
        .flat_map(|line| &line.y)
        .filter(|v| **v > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
    let y = Axis::new(title, unit);
    let chart: Chart = places.chart(title, if high / low > 30.0 { y.log() } else { y }, lines);
    if high > 0.0 && chart.has_data() {
        figures.add(&chart.svg(), "Mean over the seeds, for one training run.");
    }
}

/// Every point of the learners on arrays beside its twin.
fn points(places: &Places, swept: &[Swept]) -> String {
    let percent = |values: &[f64]| {
        let Mean { mean, error } = mean(values);
        format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * error).replace('-', "\u{2212}")
    };
    let mut rows = Vec::new();
    for s in swept {
        let Some(drop) = &s.drop else { continue };
        for p in 0..places.points() {
            let lost = drop.row(p);
            let ideal: Vec<f64> = s.accuracy.row(p).iter().zip(lost).map(|(own, lost)| own + lost).collect();
            let shown = |array: &Option<Array>, unit: &str| match array {
                Some(array) => {
                    let Mean { mean, error } = mean(array.row(p));
                    unit::with_error(mean, error, unit)
                }
                None => "–".to_owned(),
            };
            rows.push(vec![
                places.label(p),
                s.learner.name.clone(),
                percent(&ideal),
                percent(s.accuracy.row(p)),
                percent(lost),
                shown(&s.pulses, "1"),
                shown(&s.energy, "J"),
            ]);
        }
    }
    if rows.is_empty() || rows.len() > MOST_ROWS {
        return String::new();
    }
    let head = ["Point", "Learner", "Ideal (%)", "On arrays (%)", "Drop (points)", "Write pulses", "Energy"];
    format!("<h3>Points (mean ± standard error)</h3>\n{}", table(&head.map(str::to_owned), &rows))
}
