//! The terms of the loss while a learner learns.

use super::learners::Learner;
use crate::report::figure::Figures;
use crate::report::learning_maths::mean;
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::{Source, capital};

/// `<group>/loss/<term>` over `<group>/loss/iteration`, folded away.
pub(super) fn section(source: &mut Source, learners: &[Learner]) -> String {
    let mut figures = Figures::default();
    for learner in learners {
        let group = format!("{}/loss", learner.group);
        let Some(scale) = source.take(&format!("{group}/iteration")) else { continue };
        let mut lines = Vec::new();
        for (family, term) in ["prediction", "distillation", "reconstruction", "latent"].iter().enumerate() {
            let Some(loss) = source.take(&format!("{group}/{term}")) else { continue };
            let points = scale.values.len();
            if loss.shape.last() != Some(&points) || loss.values.iter().all(|v| *v == 0.0) {
                continue;
            }
            let at = |k: usize| {
                let seeds: Vec<f64> = loss.values.iter().skip(k).step_by(points).copied().collect();
                mean(&seeds).mean
            };
            let mut line = Line::new(capital(term), scale.values.clone(), (0..points).map(at).collect());
            line.family = Some(family);
            lines.push(line);
        }
        let chart = Chart {
            title: learner.name.clone(),
            x: Axis::new("Training iteration", ""),
            y: Axis::new("Term of the loss", "").log(),
            lines,
            legend: String::new(),
        };
        if chart.has_data() {
            figures.add(&chart.svg(), "");
        }
    }
    if figures.count() == 0 {
        return String::new();
    }
    let note = "Each term as it is weighted in the total, mean over the seeds.";
    format!(
        "<details><summary>Losses while learning</summary>\n<p>{note}</p>\n{}</details>\n",
        figures.html()
    )
}
