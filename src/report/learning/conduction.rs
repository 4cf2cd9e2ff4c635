//! Generated conduction traces: the resistance that each compliance current leaves, beside that of the judged
//! traces.

use super::learners::Learner;
use super::numbers;
use crate::report::figure::Figures;
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::Source;

/// Where those of the judged traces stand.
const JUDGED: &str = "/data/conduction";

/// A diagram of all learners that make traces.
pub(super) fn draw(source: &mut Source, figures: &mut Figures, learners: &[Learner]) {
    let Some(judged) = line(source, JUDGED, "Judged traces") else { return };
    let lines: Vec<Line> = learners
        .iter()
        .filter_map(|learner| line(source, &format!("{}/conduction", learner.group), &learner.name))
        .collect();
    if lines.is_empty() {
        return;
    }
    let mut all = vec![Line { dashed: true, ..judged }];
    all.extend(lines.into_iter().map(|line| Line { points: true, ..line }));
    let chart = Chart {
        title: "Resistance left by a compliance current".into(),
        x: Axis::new("Compliance current", "A").log(),
        y: Axis::new("Resistance on the way back", "Ohm").log(),
        lines: all,
        legend: String::new(),
    };
    let caption = "Medians and quartiles, generated traces of all seeds after the last context. n: exponent of R = a I⁻ⁿ, \
                   fitted over the currents whose median is more than a tenth above the smallest.";
    figures.add_broad(&chart.svg(), caption);
}

fn line(source: &mut Source, group: &str, name: &str) -> Option<Line> {
    let limits = source.take(&format!("{group}/compliance_current"))?;
    let mut quartile = |name: &str| source.take(&format!("{group}/{name}")).map(|array| array.values);
    let (lower, median, upper) =
        (quartile("resistance_lower")?, quartile("resistance")?, quartile("resistance_upper")?);
    let exponent = numbers(source, group, "exponent").first().copied().unwrap_or(f64::NAN);
    let label = if exponent.is_finite() { format!("{name}, n = {exponent:.2}") } else { name.to_owned() };
    Some(Line { band: Some((lower, upper)), ..Line::new(label, limits.values, median) })
}
