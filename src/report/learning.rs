//! Learning: accuracy matrices, accuracy over contexts, final accuracy, samples, hardware activity.

use std::fmt::Write as _;

use super::figure::Figures;
use super::learning_maths::{Matrices, Mean, mean};
use super::page::{Section, escape, table};
use super::plot::bars::{self, Bar};
use super::plot::chart::{Chart, Line};
use super::plot::frame::{self, Area};
use super::plot::heat::{self, Heat};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};
use crate::record::Attribute;

/// What the record holds of one learner.
struct Learner {
    name: String,
    group: String,
    /// Which samples judged it, if the record says so.
    judged: Option<String>,
    matrices: Option<Matrices>,
    accuracy: Vec<f64>,
}

/// The section on learning.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let learners = learners(source);
    let mut figures = Figures::default();
    over_contexts(&mut figures, &learners);
    final_bars(&mut figures, &learners);
    figures.new_row();
    for learner in &learners {
        let Some(m) = learner.matrices.as_ref().filter(|m| m.after > 1) else { continue };
        let heat = Heat {
            title: learner.name.clone(),
            rows: m.after,
            columns: m.on,
            values: m.mean_matrix(),
            row_label: "After training context".into(),
            column_label: "Tested on context".into(),
            label: "Accuracy".into(),
            unit: "1".into(),
            range: Some((0.0, 1.0)),
            first: 1,
        };
        figures.add(&heat.svg(), &format!("Mean over {}.", seeds(m.seeds)));
    }
    figures.new_row();
    for learner in &learners {
        samples(source, &mut figures, learner);
    }
    let mut body = figures.html();
    body += &measures(&learners);
    body += &activity(source, &learners);
    Section::of("Learning", body)
}

fn seeds(n: usize) -> String {
    if n == 1 { "one seed".into() } else { format!("{n} seeds") }
}

fn learners(source: &mut Source) -> Vec<Learner> {
    let mut names = source.file.members("/results");
    // The order given by the writer, if it gave one.
    let attributes = source.file.attributes("/results").unwrap_or_default();
    if let Some((_, Attribute::Texts(order))) = attributes.into_iter().find(|(name, _)| name == "learners") {
        names.sort_by_key(|name| order.iter().position(|o| o == name).unwrap_or(usize::MAX));
    }
    let mut learners = Vec::new();
    for name in names {
        let group = format!("/results/{name}");
        let matrix = format!("{group}/accuracy_matrix");
        let short = source.shapes.get(&matrix).is_some_and(|shape| shape.len() <= 3);
        let matrices =
            if short { source.take(&matrix).and_then(|a| Matrices::new(&a.shape, a.values)) } else { None };
        let accuracy = format!("{group}/accuracy");
        let flat = source.shapes.get(&accuracy).is_some_and(|shape| shape.len() == 1);
        let accuracy =
            if flat { source.take(&accuracy).map(|a| a.values).unwrap_or_default() } else { Vec::new() };
        if matrices.is_none() && accuracy.is_empty() {
            continue;
        }
        let attributes = source.file.attributes(&group).unwrap_or_default();
        let text = |wanted: &str| {
            attributes.iter().find_map(|(name, value)| match value {
                Attribute::Text(text) if name == wanted => Some(text.clone()),
                _ => None,
            })
        };
        let (synapses, judged) = (text("synapses"), text("evaluated_on"));
        let plain = capital(&name.replace('_', " "));
        let name = synapses.map_or(plain.clone(), |synapses| format!("{plain} ({synapses})"));
        learners.push(Learner { name, group, judged, matrices, accuracy });
    }
    learners
}

impl Learner {
    /// References are drawn broken.
    fn is_reference(&self) -> bool {
        let name = self.group.to_lowercase();
        ["none", "no_replay", "joint", "lower", "upper", "reference", "finetune"]
            .iter()
            .any(|w| name.contains(w))
    }

    /// Final accuracy of each seed.
    fn last(&self) -> Vec<f64> {
        if self.accuracy.is_empty() {
            self.matrices.as_ref().map(Matrices::last).unwrap_or_default()
        } else {
            self.accuracy.clone()
        }
    }
}

fn over_contexts(figures: &mut Figures, learners: &[Learner]) {
    let contexts = learners.iter().filter_map(|l| l.matrices.as_ref()).map(|m| m.after).max().unwrap_or(0);
    if contexts < 2 {
        return;
    }
    let mut lines = Vec::new();
    for learner in learners {
        let points: Vec<Mean> = match &learner.matrices {
            Some(m) if m.after > 1 => (0..m.after).map(|i| mean(&m.so_far(i))).collect(),
            // Trained once on everything: a level line.
            _ => vec![mean(&learner.last()); contexts],
        };
        let x = (1..=points.len()).map(|i| i as f64).collect();
        let mut line = Line::new(&learner.name, x, points.iter().map(|p| p.mean).collect());
        line.points = !learner.is_reference();
        line.dashed = learner.is_reference();
        line.band = Some((
            points.iter().map(|p| p.mean - p.error).collect(),
            points.iter().map(|p| p.mean + p.error).collect(),
        ));
        lines.push(line);
    }
    let chart = Chart {
        title: "Accuracy on the contexts met so far".into(),
        x: Axis::new("Contexts trained", "").whole(),
        y: Axis::new("Accuracy", "").range(0.0, 1.0),
        lines,
    };
    if chart.has_data() {
        figures.add(
            &chart.svg(),
            "Mean over the seeds; bands are ± one standard error. References are broken lines.",
        );
    }
}

fn final_bars(figures: &mut Figures, learners: &[Learner]) {
    let bars: Vec<Bar> = learners
        .iter()
        .map(|learner| {
            let values = learner.last();
            let Mean { mean, error } = mean(&values);
            let note = if error > 0.0 { format!("{mean:.3} ± {error:.3}") } else { format!("{mean:.3}") };
            Bar { name: learner.name.clone(), mean, error, values, note }
        })
        .filter(|bar| bar.mean.is_finite())
        .collect();
    if !bars.is_empty() {
        let axis = Axis::new("Accuracy over all contexts at the end", "").range(0.0, 1.0);
        let caption = "Mean ± standard error; circles are single seeds.";
        figures.add(&bars::svg("Final accuracy", &axis, &bars), caption);
    }
}

/// Generated pictures: contexts × classes × samples × height × width.
fn samples(source: &mut Source, figures: &mut Figures, learner: &Learner) {
    const SHOWN: usize = 4;
    let Some(array) = source.take(&format!("{}/samples", learner.group)) else { return };
    let [contexts, classes, count, h, w] = *array.shape.as_slice() else { return };
    let count_shown = count.min(SHOWN);
    let low = array.values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = array.values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let (tile_h, tile_w, gap) = (h + 1, w + 1, 2);
    let (columns, rows) = (classes * (count_shown * tile_w + gap), contexts * tile_h);
    if columns * rows == 0 || columns * rows > 4_000_000 {
        return;
    }
    let mut pixels = vec![255_u8; columns * rows];
    for (k, value) in array.values.iter().enumerate() {
        let (x, y, sample) = (k % w, k / w % h, k / (w * h) % count);
        let (class, context) = (k / (w * h * count) % classes, k / (w * h * count * classes));
        if sample >= count_shown {
            continue;
        }
        let column = class * (count_shown * tile_w + gap) + sample * tile_w + x;
        let level = ((value - low) / (high - low).max(1e-300) * 254.0).clamp(0.0, 254.0);
        if let Some(pixel) = pixels.get_mut((context * tile_h + y) * columns + column) {
            *pixel = level as u8;
        }
    }
    let mut palette: Vec<[u8; 3]> = (0..255).map(|i| [255 - i as u8; 3]).collect();
    palette.push([255, 255, 255]);
    let zoom = (1000.0 / columns as f64).clamp(1.0, 3.0);
    let area = Area { left: 78.0, top: 44.0, width: columns as f64 * zoom, height: rows as f64 * zoom };
    let title = format!("{} – generated samples", learner.name);
    let width = (area.right() + 12.0).max(area.left + frame::text_width(&title) * 1.1);
    let mut svg = frame::open(width, area.bottom() + 10.0, &title, area);
    svg += &heat::picture(area, columns, rows, &pixels, &palette);
    for context in 0..contexts {
        let y = area.top + (context as f64 + 0.5) * tile_h as f64 * zoom + 4.0;
        let _ =
            writeln!(svg, "<text x=\"70\" y=\"{y:.1}\" text-anchor=\"end\">context {}</text>", context + 1);
    }
    for class in 0..classes {
        let x = area.left + (class as f64 + 0.5) * area.width / classes as f64;
        let _ = writeln!(
            svg,
            "<text x=\"{x:.1}\" y=\"38\" text-anchor=\"middle\" font-size=\"11\">{class}</text>"
        );
    }
    svg += "</svg>\n";
    figures.add_broad(&svg, "Columns are classes, rows the contexts after which the samples were drawn.");
}

fn measures(learners: &[Learner]) -> String {
    if learners.is_empty() {
        return String::new();
    }
    let usable = |v: &Vec<f64>| v.iter().any(|x| x.is_finite());
    let show = |values: Option<Vec<f64>>| match values.filter(usable) {
        Some(values) => {
            let Mean { mean, error } = mean(&values);
            format!("{mean:.3} ± {error:.3}").replace('-', "\u{2212}")
        }
        None => "–".to_owned(),
    };
    let head = ["Learner", "Judged on", "Final accuracy", "Backward transfer", "Forgetting", "Seeds"];
    let rows: Vec<Vec<String>> = learners
        .iter()
        .map(|l| {
            let m = l.matrices.as_ref();
            let seeds = m.map_or(l.accuracy.len(), |m| m.seeds).to_string();
            let transfer = show(m.and_then(Matrices::backward_transfer));
            let forgetting = show(m.and_then(Matrices::forgetting));
            let judged = l.judged.as_ref().map_or("–".to_owned(), |set| format!("{set} samples"));
            vec![l.name.clone(), judged, show(Some(l.last())), transfer, forgetting, seeds]
        })
        .collect();
    format!("<h3>Measures (mean ± standard error)</h3>\n{}", table(&head.map(str::to_owned), &rows))
}

/// What the hardware did: `/results/<learner>/activity/<counter>`, one column per learner.
fn activity(source: &mut Source, learners: &[Learner]) -> String {
    let mut counters: Vec<(String, Vec<String>)> = Vec::new();
    let mut columns = Vec::new();
    for learner in learners {
        let group = format!("{}/activity", learner.group);
        let members = source.file.members(&group);
        if members.is_empty() {
            continue;
        }
        for member in members {
            let Some(array) = source.take(&format!("{group}/{member}")) else { continue };
            let text = cell(&array);
            let name = array.name_or(&member.replace('_', " "));
            let position = counters.iter().position(|(n, _)| *n == name).unwrap_or_else(|| {
                counters.push((name, Vec::new()));
                counters.len() - 1
            });
            if let Some((_, cells)) = counters.get_mut(position) {
                cells.resize(columns.len(), "–".to_owned());
                cells.push(text);
            }
        }
        columns.push(learner.name.clone());
    }
    if columns.is_empty() {
        return String::new();
    }
    let rows: Vec<Vec<String>> = counters
        .into_iter()
        .map(|(name, mut cells)| {
            cells.resize(columns.len(), "–".to_owned());
            std::iter::once(name).chain(cells).collect()
        })
        .collect();
    let head: Vec<String> = std::iter::once("Counter".to_owned()).chain(columns).collect();
    format!("<h3>{}</h3>\n{}", escape("What the hardware did"), table(&head, &rows))
}

/// A single value, or mean ± standard error over the seeds.
fn cell(array: &Array) -> String {
    let Mean { mean, error } = mean(&array.values);
    if array.values.len() > 1 && error > 0.0 {
        format!("{} ± {}", unit::quantity(mean, &array.unit), unit::quantity(error, &array.unit))
    } else {
        unit::quantity(mean, &array.unit)
    }
}
