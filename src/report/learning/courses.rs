//! Accuracy over the contexts, and at the end.

use super::learners::{Learner, Style, styles};
use crate::report::figure::Figures;
use crate::report::learning_maths::{Matrices, Mean, mean};
use crate::report::plot::bars::{self, Bar};
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::capital;

/// A line with a band of one standard error, in percent.
pub(super) fn line(name: &str, (style, methods): (Style, usize), x: Vec<f64>, points: &[Mean]) -> Line {
    let percent = |f: &dyn Fn(&Mean) -> f64| points.iter().map(|p| 100.0 * f(p)).collect::<Vec<f64>>();
    let mut line = Line::new(name, x, percent(&|p| p.mean));
    line.band = Some((percent(&|p| p.mean - p.error), percent(&|p| p.mean + p.error)));
    line.ink = Some(style.ink(methods));
    line.points = !matches!(style, Style::Reference(_));
    line.dashed = matches!(style, Style::Reference(_));
    line.dotted = matches!(style, Style::Arrays(_));
    line
}

/// Number of methods among styles.
pub(super) fn methods(styles: &[Style]) -> usize {
    let of = |style: &Style| match style {
        Style::Reference(_) => 0,
        Style::Ideal(k) | Style::Arrays(k) => k + 1,
    };
    styles.iter().map(of).max().unwrap_or(0)
}

/// What is learnt, and what the styles of lines mean, as far as they occur.
pub(super) fn legend(learners: &[&Learner], styles: &[Style]) -> String {
    let scenario = learners.iter().find_map(|l| l.text("scenario"));
    let mut text = scenario.map_or(String::new(), |s| format!("{}-incremental learning. ", capital(s)));
    text += "Mean over the seeds; bands are ± one standard error.";
    if styles.iter().any(|style| matches!(style, Style::Reference(_))) {
        text += " Broken lines are the lower reference (no replay) and the upper one (joint training).";
    }
    if styles.iter().any(|style| matches!(style, Style::Arrays(_))) {
        text += " On arrays: dotted, in the colour of the same learner in ideal arithmetic.";
    }
    text
}

/// Accuracy after each context: on all contexts met so far, and on the first.
pub(super) fn over_contexts(figures: &mut Figures, learners: &[Learner], chance: &[f64]) {
    let contexts = learners.iter().filter_map(|l| l.matrices.as_ref()).map(|m| m.after).max().unwrap_or(0);
    if contexts < 2 {
        return;
    }
    let styles = styles(learners);
    let chart = |title: &str, of: &dyn Fn(&Matrices, usize) -> Vec<f64>, chance: &[f64]| {
        let mut lines = Vec::new();
        for (learner, style) in learners.iter().zip(&styles) {
            let points: Vec<Mean> = match &learner.matrices {
                Some(m) if m.after > 1 => (0..m.after).map(|i| mean(&of(m, i))).collect(),
                // Trained once on everything: a level line.
                _ => vec![mean(&learner.last()); contexts],
            };
            let x = (1..=points.len()).map(|i| i as f64).collect();
            lines.push(line(&learner.name, (*style, methods(&styles)), x, &points));
        }
        if !chance.is_empty() {
            let x = (1..=chance.len()).map(|i| i as f64).collect();
            let mut line = Line::new("Chance", x, chance.iter().map(|v| 100.0 * v).collect());
            (line.faint, line.dashed) = (true, true);
            lines.push(line);
        }
        Chart {
            title: title.to_owned(),
            x: Axis::new("Contexts trained", "").whole(),
            y: Axis::new("Accuracy", "%").range(0.0, 100.0),
            lines,
            legend: String::new(),
        }
    };
    let met = chart("Accuracy on the contexts met so far", &Matrices::so_far, chance);
    if met.has_data() {
        figures.add(&met.svg(), &legend(&learners.iter().collect::<Vec<_>>(), &styles));
        let first = chart("Accuracy on the first context", &|m, i| m.on_context(i, 0), &[]);
        figures.add(&first.svg(), "What is left of the first context while the others are learnt.");
    }
}

/// Final accuracy of every learner.
pub(super) fn final_bars(figures: &mut Figures, learners: &[Learner]) {
    let styles = styles(learners);
    let methods = methods(&styles);
    let bars: Vec<Bar> = learners
        .iter()
        .zip(&styles)
        .map(|(learner, style)| {
            let values = learner.last();
            let Mean { mean, error } = mean(&values);
            let values: Vec<f64> = values.iter().map(|v| 100.0 * v).collect();
            let (mean, error) = (100.0 * mean, 100.0 * error);
            let note = if error > 0.0 { format!("{mean:.1} ± {error:.1}") } else { format!("{mean:.1}") };
            Bar { name: learner.name.clone(), mean, error, values, note, ink: Some(style.ink(methods)) }
        })
        .filter(|bar| bar.mean.is_finite())
        .collect();
    if !bars.is_empty() {
        let axis = Axis::new("Accuracy over all contexts at the end", "%").range(0.0, 100.0);
        let caption = "Mean ± standard error; circles are single seeds.";
        figures.add(&bars::svg("Final accuracy", &axis, &bars), caption);
    }
}
