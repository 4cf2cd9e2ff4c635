//! Hammered arrays: temperatures, bits that flip, and pulses against the parameters of a sweep.

use super::figure::Figures;
use super::page::{Section, escape};
use super::plot::chart::{Chart, Line};
use super::plot::heat::Heat;
use super::plot::ticks::Axis;
use super::plot::unit;
use super::source::{Array, Source, capital};

/// Cells drawn at most, one curve each.
const MOST_CELLS: usize = 400;

/// The section on hammered arrays, for the root or the first point of a sweep.
pub(crate) fn section(source: &mut Source) -> Option<Section> {
    let mut figures = Figures::default();
    if let Some(chart) = over_sweep(source) {
        source.mark("/results/first_flip");
        figures.add(&chart.svg(), "Pulses until the first bit flipped; points without a flip are not drawn.");
    }
    let runs = source.runs();
    let (prefix, label) =
        runs.iter().find(|(prefix, _)| is_map(source, &format!("{prefix}/results/pulses_to_flip")))?.clone();
    let start = format!("{prefix}/results");
    maps(source, &mut figures, &start);
    courses(source, &mut figures, &start);
    for name in ["is_hammered", "first_flip"] {
        source.mark(&format!("{start}/{name}"));
    }
    let body = figures.html();
    let note = if label.is_empty() {
        String::new()
    } else {
        format!("<p>Maps and courses are those of one point of the sweep: {}.</p>\n", escape(&label))
    };
    Section::of("Hammering", if body.is_empty() { body } else { note + &body })
}

fn is_map(source: &Source, path: &str) -> bool {
    source.shapes.get(path).is_some_and(|shape| matches!(shape.as_slice(), [r, c] if *r > 0 && *c > 0))
}

fn maps(source: &mut Source, figures: &mut Figures, start: &str) {
    let hammered = source.peek(&format!("{start}/is_hammered"));
    let of_others = |mut array: Array| {
        if let Some(hammered) = &hammered {
            for (value, mark) in array.values.iter_mut().zip(&hammered.values) {
                if *mark > 0.0 {
                    *value = f64::NAN;
                }
            }
        }
        array
    };
    for (name, title, caption, log, others) in [
        (
            "local_temperature_rise",
            "Warmth from other cells",
            "Rise of each cell's ambient temperature at the end of the first pulse, without what its own power causes.",
            false,
            false,
        ),
        (
            "filament_temperature",
            "Temperature of the filaments",
            "The hammered cells are left out.",
            false,
            true,
        ),
        ("cell_voltage", "Voltage across the cells", "The hammered cells are left out.", false, true),
        ("cell_current", "Current through the cells", "The hammered cells are left out.", false, true),
        ("pulses_to_flip", "Pulses until the bit flipped", "Grey: not flipped.", true, false),
        (
            "pulses_without_heat",
            "Pulses without heat of others",
            "The same from each cell's own voltage alone. Grey: it does not flip within the train.",
            true,
            false,
        ),
        (
            "crosstalk",
            "Crosstalk",
            "Rise that others cause over the rise of the hammered filament.",
            false,
            true,
        ),
        ("final_conductance", "Conductance at the end", "", true, false),
    ] {
        let Some(array) = source.take(&format!("{start}/{name}")) else { continue };
        let [rows, columns] = *array.shape.as_slice() else { continue };
        let mut array = if others { of_others(array) } else { array };
        if name == "crosstalk" {
            array.values.iter_mut().for_each(|value| *value *= 100.0);
            "%".clone_into(&mut array.unit);
        }
        let finite = array.values.iter().filter(|v| v.is_finite());
        if finite.clone().count() == 0 {
            continue;
        }
        let (low, high) = finite.fold((f64::INFINITY, 0.0_f64), |(a, b), v| (a.min(*v), b.max(*v)));
        let heat = Heat {
            title: title.to_owned(),
            rows,
            columns,
            label: capital(title),
            unit: array.unit.clone(),
            values: array.values,
            row_label: "Word line".into(),
            column_label: "Bit line".into(),
            range: None,
            first: 0,
            log: log && low > 0.0 && high / low > 30.0,
            ..Heat::default()
        };
        figures.add(&heat.svg(), caption);
    }
}

/// Flipped bits and conductances against the number of pulses.
fn courses(source: &mut Source, figures: &mut Figures, start: &str) {
    let Some(pulses) = source.take(&format!("{start}/pulses")) else { return };
    let axis = || Axis::new("Pulses", "").log();
    if let Some(bits) = source.take(&format!("{start}/flipped_bits")) {
        let (x, y) = stairs(&pulses.values, &bits.values);
        let chart = Chart {
            title: "Flipped bits".into(),
            x: axis(),
            y: Axis::new("Bits that have flipped", "").whole(),
            lines: vec![Line::new("", x, y)],
            legend: String::new(),
        };
        if chart.has_data() {
            figures.add(&chart.svg(), "");
        }
    }
    let Some(conductance) = source.take(&format!("{start}/cell_conductance")) else { return };
    let [_, cells] = *conductance.shape.as_slice() else { return };
    let flips = source.peek(&format!("{start}/pulses_to_flip"));
    let hammered = source.peek(&format!("{start}/is_hammered"));
    let mut groups: [Vec<Line>; 3] = Default::default();
    for cell in 0..cells.min(MOST_CELLS) {
        let values = conductance.values.iter().skip(cell).step_by(cells).copied().collect();
        let at = |array: &Option<Array>| array.as_ref().and_then(|a| a.values.get(cell).copied());
        let group = if at(&hammered).unwrap_or(0.0) > 0.0 {
            0
        } else if at(&flips).is_some_and(f64::is_finite) {
            1
        } else {
            2
        };
        let name = ["hammered", "flipped", "not flipped"][group];
        let label = if groups[group].is_empty() { name.to_owned() } else { String::new() };
        let mut line = Line::new(label, pulses.values.clone(), values);
        line.family = Some(group);
        groups[group].push(line);
    }
    let [hammered, flipped, others] = groups;
    let chart = Chart {
        title: "Conductance of the cells".into(),
        x: axis(),
        y: Axis::new("Conductance, read at rest", &conductance.unit).log(),
        lines: others.into_iter().chain(flipped).chain(hammered).collect(),
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "One curve for each cell; pulse 0 is left of the axis.");
    }
}

/// A number that stays until the next entry.
fn stairs(x: &[f64], y: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let mut out = (Vec::new(), Vec::new());
    let mut last: Option<f64> = None;
    for (x, y) in x.iter().zip(y) {
        if let Some(last) = last.filter(|last| last.to_bits() != y.to_bits()) {
            out.0.push(*x);
            out.1.push(last);
        }
        out.0.push(*x);
        out.1.push(*y);
        last = Some(*y);
    }
    out
}

/// Pulses until the first flip against one swept parameter, a curve for each value of the other.
fn over_sweep(source: &Source) -> Option<Chart> {
    let flips = source.peek("/results/first_flip")?;
    let mut parameters = source.sweep();
    if parameters.is_empty() || parameters.len() > 2 || flips.shape.len() != 1 {
        return None;
    }
    // Lengths make the better axis.
    parameters.sort_by_key(|(_, values)| values.unit != "m");
    let (name, x) = parameters.first()?;
    let other = parameters.get(1);
    let mut values: Vec<f64> = other.map_or_else(|| vec![0.0], |(_, values)| values.values.clone());
    values.sort_by(f64::total_cmp);
    values.dedup();
    let lines = values.iter().map(|value| {
        let mut points: Vec<(f64, f64)> = (0..flips.values.len())
            .filter(|p| other.is_none_or(|(_, all)| all.values.get(*p) == Some(value)))
            .filter_map(|p| Some((*x.values.get(p)?, *flips.values.get(p)?)))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let label = other.map_or_else(String::new, |(_, all)| unit::quantity(*value, &all.unit));
        let (x, y) = points.into_iter().unzip();
        Line::new(label, x, y).points()
    });
    let chart = Chart {
        title: format!("Pulses until the first flip against {name}"),
        x: Axis::new(&capital(name), &x.unit),
        y: Axis::new("Pulses until the first flip", "").log(),
        lines: lines.collect(),
        legend: other.map_or_else(String::new, |(name, _)| capital(name)),
    };
    chart.has_data().then_some(chart)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_drawn_as_steps() {
        let (x, y) = stairs(&[1.0, 5.0, 9.0], &[0.0, 0.0, 2.0]);
        assert_eq!(x, [1.0, 5.0, 9.0, 9.0]);
        assert_eq!(y, [0.0, 0.0, 0.0, 2.0]);
    }
}
