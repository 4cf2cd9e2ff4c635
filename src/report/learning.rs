//! Learning: accuracy matrices, accuracy over contexts, final accuracy, samples, hardware activity.

use super::figure::Figures;
use super::learning_maths::{Matrices, Mean, mean};
use super::page::{Section, table};
use super::plot::bars::{self, Bar};
use super::plot::chart::{Chart, Line};
use super::plot::heat::Heat;
use super::plot::ticks::Axis;
use super::source::{Source, capital};
use super::{cost, hardware, samples};
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
    let chance = chance(source);
    over_contexts(&mut figures, &learners, &chance);
    final_bars(&mut figures, &learners);
    figures.new_row();
    for learner in &learners {
        let Some(m) = learner.matrices.as_ref().filter(|m| m.after > 1) else { continue };
        let heat = Heat {
            title: learner.name.clone(),
            rows: m.after,
            columns: m.on,
            values: m.mean_matrix().into_iter().map(|v| 100.0 * v).collect(),
            row_label: "After training context".into(),
            column_label: "Tested on context".into(),
            label: "Accuracy".into(),
            unit: "%".into(),
            range: Some((0.0, 100.0)),
            first: 1,
            log: false,
        };
        let note = if learner.is("joint") {
            " All classes from the start; a row is as much training as the others had by then."
        } else {
            ""
        };
        figures.add(&heat.svg(), &format!("Mean over {}.{note}", seeds(m.seeds)));
    }
    figures.new_row();
    for learner in &learners {
        samples::draw(source, &mut figures, &learner.group, &learner.name);
    }
    let mut body = figures.html();
    body += &measures(source, &learners);
    let named: Vec<(String, String)> = learners.into_iter().map(|l| (l.name, l.group)).collect();
    body += &hardware::section(source, &named);
    body += &cost::section(source, &named);
    Section::of("Learning", body)
}

fn seeds(n: usize) -> String {
    if n == 1 { "one seed".into() } else { format!("{n} seeds") }
}

/// Accuracy of guessing after each context, if the writer gave it.
fn chance(source: &Source) -> Vec<f64> {
    let attributes = source.file.attributes("/results").unwrap_or_default();
    attributes
        .into_iter()
        .find_map(|(name, value)| match value {
            Attribute::F64s(values) if name == "chance" => Some(values),
            _ => None,
        })
        .unwrap_or_default()
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
        let plain = match name.as_str() {
            "none" | "no_replay" => "No replay, lower reference".to_owned(),
            "joint" => "Joint training, upper reference".to_owned(),
            other => capital(&other.replace('_', " ")),
        };
        let name = synapses.map_or(plain.clone(), |synapses| format!("{plain} ({synapses})"));
        learners.push(Learner { name, group, judged, matrices, accuracy });
    }
    learners
}

impl Learner {
    fn is(&self, name: &str) -> bool {
        self.group.rsplit('/').next() == Some(name)
    }

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

fn over_contexts(figures: &mut Figures, learners: &[Learner], chance: &[f64]) {
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
        let mut line = Line::new(&learner.name, x, points.iter().map(|p| 100.0 * p.mean).collect());
        line.points = !learner.is_reference();
        line.dashed = learner.is_reference();
        line.band = Some((
            points.iter().map(|p| 100.0 * (p.mean - p.error)).collect(),
            points.iter().map(|p| 100.0 * (p.mean + p.error)).collect(),
        ));
        lines.push(line);
    }
    if !chance.is_empty() {
        let x = (1..=chance.len()).map(|i| i as f64).collect();
        let mut line = Line::new("Chance", x, chance.iter().map(|v| 100.0 * v).collect());
        (line.faint, line.dashed) = (true, true);
        lines.push(line);
    }
    let chart = Chart {
        title: "Accuracy on the contexts met so far".into(),
        x: Axis::new("Contexts trained", "").whole(),
        y: Axis::new("Accuracy", "%").range(0.0, 100.0),
        lines,
        legend: String::new(),
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
            let values: Vec<f64> = values.iter().map(|v| 100.0 * v).collect();
            let (mean, error) = (100.0 * mean, 100.0 * error);
            let note = if error > 0.0 { format!("{mean:.1} ± {error:.1}") } else { format!("{mean:.1}") };
            Bar { name: learner.name.clone(), mean, error, values, note }
        })
        .filter(|bar| bar.mean.is_finite())
        .collect();
    if !bars.is_empty() {
        let axis = Axis::new("Accuracy over all contexts at the end", "%").range(0.0, 100.0);
        let caption = "Mean ± standard error; circles are single seeds.";
        figures.add(&bars::svg("Final accuracy", &axis, &bars), caption);
    }
}

fn measures(source: &mut Source, learners: &[Learner]) -> String {
    if learners.is_empty() {
        return String::new();
    }
    let usable = |v: &Vec<f64>| v.iter().any(|x| x.is_finite());
    let show = |values: Option<Vec<f64>>| match values.filter(usable) {
        Some(values) => {
            let Mean { mean, error } = mean(&values);
            format!("{:.1} ± {:.1}", 100.0 * mean, 100.0 * error).replace('-', "\u{2212}")
        }
        None => "–".to_owned(),
    };
    let head = [
        "Learner",
        "Judged on",
        "Final accuracy",
        "Backward transfer",
        "Forward transfer",
        "Forgetting (from best)",
        "Forgetting (from first)",
        "Seeds",
    ]
    .map(str::to_owned);
    let mut rows = Vec::new();
    for l in learners {
        let m = l.matrices.as_ref();
        let seeds = m.map_or(l.accuracy.len(), |m| m.seeds).to_string();
        let mut recorded = |name: &str| source.take(&format!("{}/{name}", l.group)).map(|a| a.values);
        let transfer = recorded("backward_transfer").or_else(|| m.and_then(Matrices::backward_transfer));
        let forward = recorded("forward_transfer");
        let best = recorded("forgetting_from_best").or_else(|| m.and_then(Matrices::forgetting));
        let first = recorded("forgetting_from_first");
        let judged = l.judged.as_ref().map_or("–".to_owned(), |set| format!("{set} samples"));
        let mut row = vec![l.name.clone(), judged, show(Some(l.last()))];
        row.extend([transfer, forward, best, first].map(show));
        row.push(seeds);
        rows.push(row);
    }
    format!(
        "<h3>Measures in percent (mean ± standard error)</h3>\n{}<p>With R[i][j] the accuracy on context j \
         after training context i of T: backward transfer is the mean of R[T][j] − R[j][j], forward transfer \
         that of R[j−1][j] minus the accuracy before any training, forgetting from best that of the largest \
         R[i][j] minus R[T][j], forgetting from first that of R[j][j] − R[T][j].</p>\n",
        table(&head, &rows)
    )
}
