//! What learning did to the cells of arrays: conductances before and after, and write pulses by weight.

use std::fmt::Write as _;

use super::learners::Learner;
use crate::report::figure::Figures;
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::heat::Heat;
use crate::report::plot::ticks::Axis;
use crate::report::source::{Array, Source, capital};

/// `<group>/wear/…` of every learner on arrays.
pub(super) fn section(source: &mut Source, learners: &[Learner]) -> String {
    let mut html = String::new();
    for learner in learners {
        let group = format!("{}/wear", learner.group);
        let mut figures = Figures::default();
        conductances(source, &mut figures, &group, &learner.name);
        let mut maps = maps(source, &group);
        if !maps.is_empty() {
            let (name, busiest) = maps.remove(0);
            draw(&mut figures, &learner.name, &name, busiest);
        }
        if figures.count() == 0 {
            continue;
        }
        html += &figures.html();
        let mut folded = Figures::default();
        for (name, map) in maps {
            draw(&mut folded, &learner.name, &name, map);
        }
        if folded.count() > 0 {
            let maps = folded.html();
            let _ = writeln!(
                html,
                "<details><summary>Wear of the other matrices</summary>
{maps}</details>"
            );
        }
    }
    if html.is_empty() {
        return html;
    }
    let note = "Cells of the first seed. A weight is worn by the write pulses on all its cells.";
    format!("<h3>What learning did to the cells</h3>\n<p>{note}</p>\n{html}")
}

/// Histograms of conductances before and after the training.
fn conductances(source: &mut Source, figures: &mut Figures, group: &str, name: &str) {
    let Some(scale) = source.take(&format!("{group}/conductance")) else { return };
    let lines = ["before", "after"].into_iter().filter_map(|when| {
        let counts = source.take(&format!("{group}/{when}")).filter(|a| a.shape == scale.shape)?;
        let all: f64 = counts.values.iter().sum();
        let shares = counts.values.iter().map(|count| 100.0 * count / all).collect();
        let mut line = Line::new(format!("{} learning", capital(when)), scale.values.clone(), shares);
        line.dashed = when == "before";
        Some(line)
    });
    let lines: Vec<Line> = lines.collect();
    let chart = Chart {
        title: format!("{name}: conductances"),
        x: Axis::new("Conductance", &scale.unit),
        y: Axis::new("Share of the cells in a bin", "%"),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "All cells of all matrices, over the window of weights.");
    }
}

/// Write pulses of every matrix, that with the busiest weight first.
fn maps(source: &mut Source, group: &str) -> Vec<(String, Array)> {
    let group = format!("{group}/pulses");
    let mut maps: Vec<(String, Array)> = source
        .file
        .members(&group)
        .into_iter()
        .filter_map(|name| Some((name.clone(), source.take(&format!("{group}/{name}"))?)))
        .filter(|(_, map)| map.shape.len() == 2 && !map.values.is_empty())
        .collect();
    let most = |map: &Array| map.values.iter().copied().fold(0.0, f64::max);
    maps.sort_by(|a, b| most(&b.1).total_cmp(&most(&a.1)));
    maps
}

fn draw(figures: &mut Figures, learner: &str, name: &str, map: Array) {
    let [rows, columns] = *map.shape.as_slice() else { return };
    let heat = Heat {
        title: format!("{learner}: wear of {}", name.replace('_', " ")),
        rows,
        columns,
        row_label: "Output".into(),
        column_label: "Input".into(),
        label: "Write pulses".into(),
        unit: map.unit.clone(),
        log: map.values.iter().all(|pulses| *pulses > 0.0),
        values: map.values,
        ..Heat::default()
    };
    let caption = if heat.is_averaged() { "Each colour is the mean over a block." } else { "" };
    figures.add(&heat.svg(), caption);
}
