//! Conduction traces: bundles of each level, the resistance they leave against the limit, sample counts.

use std::fmt::Write as _;

use super::figure::Figures;
use super::page::{Section, escape, table};
use super::plot::chart::{Chart, Line};
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source};
use crate::record::Attribute;

/// Resistance times limit of the published law, V (D. Ielmini, IEEE Trans. Electron Devices 58, 4309 (2011),
/// doi:10.1109/TED.2011.2167513; unverified).
const PUBLISHED: f64 = 0.4;

/// The set as it is needed here.
struct Set {
    voltage: Array,
    current: Array,
    limits: Vec<f64>,
    cards: Vec<String>,
    /// Of each sample.
    card: Vec<usize>,
    label: Vec<usize>,
    test: Vec<bool>,
}

/// The section on a set of traces.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let set = load(source)?;
    let mut figures = Figures::default();
    for card in 0..set.cards.len() {
        bundle(&set, card, &mut figures);
    }
    figures.new_row();
    law(source, &set, &mut figures);
    seen(source, &set, &mut figures);
    Section::of("Conduction traces", figures.html() + &counts(source, &set))
}

fn load(source: &mut Source) -> Option<Set> {
    let limits = source.peek("/results/compliance_current")?.values;
    let label = source.take("/samples/label")?.values;
    let test = source.take("/samples/test")?.values;
    let card = source.take("/traces/card")?.values;
    let (voltage, current) = (source.take("/traces/voltage")?, source.take("/traces/current")?);
    let cards = source.texts("/results/card")?;
    for path in ["/results/card", "/results/compliance_current", "/samples/values"] {
        source.mark(path);
    }
    for name in ["compliance_current", "device", "cycle", "resistance_before", "resistance_after", "switched"]
    {
        source.mark(&format!("/traces/{name}"));
    }
    let index = |list: Vec<f64>| list.into_iter().map(|v| v as usize).collect::<Vec<usize>>();
    let (card, label) = (index(card), index(label));
    let count = label.len();
    let fits = current.shape == [count, voltage.values.len()]
        && [card.len(), test.len()] == [count; 2]
        && card.iter().all(|c| *c < cards.len())
        && label.iter().all(|l| *l < limits.len());
    let test = test.into_iter().map(|t| t > 0.0).collect();
    fits.then_some(Set { voltage, current, limits, cards, card, label, test })
}

impl Set {
    /// The samples of a card at a level.
    fn of(&self, card: usize, level: usize) -> Vec<usize> {
        (0..self.label.len()).filter(|&i| self.card[i] == card && self.label[i] == level).collect()
    }

    fn name(&self, level: usize) -> String {
        unit::quantity(self.limits[level], "A")
    }
}

/// A quantile of the samples' currents at one point.
fn quantile(set: &Set, samples: &[usize], point: usize, q: f64) -> f64 {
    let mut values: Vec<f64> =
        samples.iter().filter_map(|i| set.current.row(*i).get(point)).copied().collect();
    values.sort_by(f64::total_cmp);
    let at = (q * values.len().saturating_sub(1) as f64).round() as usize;
    values.get(at).copied().unwrap_or(f64::NAN)
}

/// Current over voltage of one card: the median of each level and the middle 80 %.
fn bundle(set: &Set, card: usize, figures: &mut Figures) {
    let points = set.voltage.values.len();
    let mut lines = Vec::new();
    for level in 0..set.limits.len() {
        let samples = set.of(card, level);
        if samples.is_empty() {
            continue;
        }
        for (branch, range) in [0..points.div_ceil(2), points / 2..points].into_iter().enumerate() {
            let at = |q: f64| range.clone().map(|i| quantile(set, &samples, i, q)).collect::<Vec<f64>>();
            let x = set.voltage.values.get(range.clone()).unwrap_or_default().to_vec();
            let label = if branch == 0 { set.name(level) } else { String::new() };
            let mut line = Line::new(label, x, at(0.5));
            line.band = Some((at(0.1), at(0.9)));
            (line.family, line.dashed) = (Some(level), branch == 1);
            lines.push(line);
        }
    }
    // Without data: the levels have the same colours in every chart.
    lines.push(Line { family: set.limits.len().checked_sub(1), ..Line::default() });
    let chart = Chart {
        title: set.cards[card].clone(),
        x: Axis::new("Applied voltage", &set.voltage.unit),
        y: Axis::new("Current", &set.current.unit).log(),
        lines,
        legend: "Limit".into(),
    };
    if chart.has_data() {
        let caption = "Median of the traces of each level, on the way up (full) and back (broken); \
                       the bands hold the middle 80 %.";
        figures.add(&chart.svg(), caption);
    }
}

/// The resistance on the way back against the limit.
fn law(source: &mut Source, set: &Set, figures: &mut Figures) {
    let names = ["resistance_lower", "resistance", "resistance_upper", "law_used"];
    let found: Option<Vec<Array>> =
        names.into_iter().map(|name| source.take(&format!("/results/{name}"))).collect();
    let numbers = ["law_exponent", "law_current", "law_voltage"];
    let laws: Option<Vec<Array>> =
        numbers.into_iter().map(|name| source.take(&format!("/results/{name}"))).collect();
    let (Some([lower, median, upper, used]), Some(laws)) =
        (found.and_then(|list| <[Array; 4]>::try_from(list).ok()), laws)
    else {
        return;
    };
    let mut lines = Vec::new();
    let mut fits = Vec::new();
    for (card, name) in set.cards.iter().enumerate() {
        let mut line = Line::new(name, set.limits.clone(), median.row(card).to_vec()).scatter();
        line.band = Some((lower.row(card).to_vec(), upper.row(card).to_vec()));
        line.family = Some(card);
        lines.push(line);
        let at = |k: usize| laws[k].values.get(card).copied().unwrap_or(f64::NAN);
        let (n, centre, volts) = (at(0), at(1), at(2));
        let fitted: Vec<f64> = (set.limits.iter().zip(used.row(card)))
            .filter_map(|(limit, used)| (*used > 0.0).then_some(*limit))
            .collect();
        if !n.is_finite() {
            continue;
        }
        let resistances = fitted.iter().map(|limit| volts / centre * (limit / centre).powf(-n)).collect();
        fits.push(format!("{name}: n = {n:.2}, R I = {volts:.2} V over {} levels", fitted.len()));
        lines.push(Line { family: Some(card), ..Line::new("", fitted, resistances) });
    }
    let published = set.limits.iter().map(|limit| PUBLISHED / limit).collect();
    let mut line = Line::new(format!("{PUBLISHED} V over the limit"), set.limits.clone(), published);
    line.dashed = true;
    line.family = Some(set.cards.len());
    lines.push(line);
    let chart = Chart {
        title: "Resistance left by a limit".into(),
        x: Axis::new("Compliance current", "A").log(),
        y: Axis::new("Resistance on the way back", &median.unit).log(),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        let mut caption = String::from("Medians and middle halves of the traces that switched.");
        if !fits.is_empty() {
            let _ = write!(
                caption,
                " Lines: fit of R ∝ I⁻ⁿ where the resistance still depends on the limit: {}.",
                fits.join("; ")
            );
        }
        let _ = write!(caption, " Broken: the published {PUBLISHED} V over the limit.");
        figures.add(&chart.svg(), &caption);
    }
}

/// One test sample of each level as learners see it.
fn seen(source: &mut Source, set: &Set, figures: &mut Figures) {
    let Some(values) = source.take("/samples/values") else { return };
    let x: Vec<f64> = (0..set.voltage.values.len()).map(|i| i as f64).collect();
    let line = |level: usize| {
        let sample = (0..set.label.len()).find(|&i| set.label[i] == level && set.test[i])?;
        let mut line = Line::new(set.name(level), x.clone(), values.row(sample).to_vec());
        line.family = Some(level);
        Some(line)
    };
    let chart = Chart {
        title: "Samples".into(),
        x: Axis::new("Point", ""),
        y: Axis::new("Normalised current", "").range(0.0, 1.0),
        lines: (0..set.limits.len()).filter_map(line).collect(),
        legend: "Limit".into(),
    };
    if chart.has_data() {
        let text = |name: &str| {
            let list = source.file.attributes("/samples/values").ok()?;
            match list.into_iter().find(|(own, _)| own == name)?.1 {
                Attribute::F64(value) => Some(unit::quantity(value, "A")),
                _ => None,
            }
        };
        let scale = match (text("floor_current"), text("top_current")) {
            (Some(floor), Some(top)) => format!(" 1 is {top}; above {floor} the scale is logarithmic."),
            _ => String::new(),
        };
        figures.add(&chart.svg(), &format!("The first test sample of each level.{scale}"));
    }
}

/// Samples in each class.
fn counts(source: &mut Source, set: &Set) -> String {
    let (Some(made), Some(failed)) = (source.take("/results/traces"), source.take("/results/failures"))
    else {
        return String::new();
    };
    let rows: Vec<Vec<String>> = (0..set.limits.len())
        .map(|level| {
            let own = (0..set.label.len()).filter(|&i| set.label[i] == level);
            let (test, train): (Vec<usize>, Vec<usize>) = own.partition(|&i| set.test[i]);
            let of = |array: &Array, card: usize| array.row(card).get(level).copied().unwrap_or(0.0);
            let shares = (0..set.cards.len()).map(|card| match (of(&made, card), of(&failed, card)) {
                (made, _) if made <= 0.0 => "–".to_owned(),
                (made, failed) => format!("{failed} of {made}"),
            });
            let first = [set.name(level), train.len().to_string(), test.len().to_string()];
            first.into_iter().chain(shares).collect()
        })
        .collect();
    let head: Vec<String> = ["Limit", "Training samples", "Test samples"]
        .map(str::to_owned)
        .into_iter()
        .chain(set.cards.iter().map(|card| format!("{card}: did not switch")))
        .collect();
    format!("<h3>{}</h3>\n{}", escape("Samples"), table(&head, &rows))
}
