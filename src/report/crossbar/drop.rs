//! The voltage lost along the lines.

use crate::report::figure::Figures;
use crate::report::plot::chart::{Chart, Line};
use crate::report::plot::ticks::Axis;
use crate::report::source::Array;

/// The voltage lost along each word line from its driven end, and along each bit line from its
/// sensed end.
pub(super) fn drop_along(figures: &mut Figures, word: &Array, bit: &Array) {
    let [rows, columns] = *word.shape.as_slice() else { return };
    if word.shape != bit.shape {
        return;
    }
    let at = |a: &Array, r: usize, c: usize| a.values.get(r * columns + c).copied().unwrap_or(f64::NAN);
    let summary = |length: usize, lines: usize, get: &dyn Fn(usize, usize) -> f64, label: &str| {
        let (mut mean, mut low, mut high) = (Vec::new(), Vec::new(), Vec::new());
        for i in 0..length {
            let all: Vec<f64> = (0..lines).map(|j| get(i, j)).filter(|v| v.is_finite()).collect();
            mean.push(all.iter().sum::<f64>() / all.len() as f64);
            low.push(all.iter().copied().fold(f64::INFINITY, f64::min));
            high.push(all.iter().copied().fold(f64::NEG_INFINITY, f64::max));
        }
        let mut line = Line::new(label, (0..length).map(|i| i as f64).collect(), mean);
        line.band = Some((low, high));
        line
    };
    let last = rows.saturating_sub(1);
    let along_word = |c: usize, r: usize| at(word, r, 0) - at(word, r, c);
    let along_bit = |k: usize, c: usize| at(bit, last.saturating_sub(k), c) - at(bit, last, c);
    let mut lines = vec![
        summary(columns, rows, &along_word, "word lines"),
        summary(rows, columns, &along_bit, "bit lines"),
    ];
    // The two may lie on top of each other.
    if let Some(bits) = lines.last_mut() {
        bits.dashed = true;
    }
    let chart = Chart {
        title: "Voltage lost along the wires".into(),
        x: Axis::new("Cells between the node and the terminal of its line", "").whole(),
        y: Axis::new("Difference from the node at the terminal", &word.unit),
        lines,
        legend: String::new(),
    };
    if chart.has_data() {
        figures.add(
            &chart.svg(),
            "Word lines from the driver, bit lines from the sense amplifier. Mean over the parallel lines; \
             the band reaches from the least to the greatest.",
        );
    }
}
