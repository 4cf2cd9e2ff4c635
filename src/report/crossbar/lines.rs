//! Currents of the lines: points for one input, maps for many.

use super::map;
use crate::report::figure::Figures;
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::Array;

/// Inputs drawn as points; more become a map.
const MOST_INPUTS: usize = 8;

/// Currents of one family of lines at the near and, where it is connected, the far end.
pub(super) fn line_currents(figures: &mut Figures, near: &Array, far: Option<&Array>, axis: &str) {
    let width = *near.shape.last().unwrap_or(&0);
    if near.shape.is_empty() || width == 0 {
        return;
    }
    let inputs = near.values.len() / width;
    if inputs > MOST_INPUTS {
        for array in [Some(near), far].into_iter().flatten() {
            let mut heat =
                map(&array.name_or("Current").replace("word line", &axis.to_lowercase()), array, "current");
            (heat.row_label, heat.column_label) = ("Input".into(), axis.into());
            figures.add(&heat.svg(), "");
        }
        return;
    }
    let x: Vec<f64> = (0..width).map(|i| i as f64).collect();
    let mut lines = Vec::new();
    for (array, end) in [(Some(near), "near end"), (far, "far end")] {
        for (i, y) in array.iter().flat_map(|a| a.values.chunks(width)).enumerate() {
            let label = match (inputs > 1, far.is_some()) {
                (false, false) => String::new(),
                (false, true) => end.to_owned(),
                (true, false) => format!("input {i}"),
                (true, true) => format!("input {i}, {end}"),
            };
            lines.push(Line::new(label, x.clone(), y.to_vec()).scatter());
        }
    }
    let chart = Chart {
        title: near.name_or("Current of the lines").replace("word line", &axis.to_lowercase()),
        x: Axis::new(axis, "").whole(),
        y: Axis::new("Current", &near.unit),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(&chart.svg(), "");
    }
}
