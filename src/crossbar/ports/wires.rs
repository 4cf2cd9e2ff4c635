//! Conductances of the wires around each cell.
//!
//! Pinned by: `tests/crossbar_ports.rs`.

use crate::crossbar::array::Array;

/// Zero resistance is this many times the largest conductance of the array. Elimination adds and
/// multiplies only, so the large numbers cost no accuracy: they drop out.
const SHORT: f64 = 1e40;
/// Conductances above this would overflow, S.
pub(crate) const LARGEST: f64 = 1e60;

/// The wires of an array.
#[derive(Debug, Clone)]
pub(crate) struct Wires {
    short: f64,
}

impl Wires {
    /// The scale of the array's conductances; `None` where they are too large.
    pub(crate) fn new(array: &Array) -> Option<Self> {
        let wires = |lines: &crate::crossbar::Lines| {
            let segments = match &lines.segments {
                crate::crossbar::Segments::Uniform(r) => std::slice::from_ref(r),
                crate::crossbar::Segments::Each(all) => all,
            };
            let ends = lines.near.iter().chain(&lines.far).copied().flatten();
            segments.iter().copied().chain(ends).filter(|r| *r > 0.0).fold(0.0, |m: f64, r| m.max(1.0 / r))
        };
        let cells = array.conductances.iter().fold(0.0, |m: f64, g| m.max(*g));
        let largest = cells.max(wires(&array.word_lines)).max(wires(&array.bit_lines));
        let short = if largest > 0.0 { SHORT * largest } else { 1.0 };
        (largest <= LARGEST).then_some(Self { short })
    }

    /// Conductance of no resistance, S.
    pub(crate) fn short(&self) -> f64 {
        self.short
    }

    fn conductance(&self, resistance: f64) -> f64 {
        if resistance > 0.0 { 1.0 / resistance } else { self.short }
    }

    fn end(&self, resistance: Option<f64>) -> f64 {
        resistance.map_or(0.0, |r| self.conductance(r))
    }

    /// Of the word line to the left of a cell, S.
    pub(crate) fn west(&self, array: &Array, i: usize, j: usize) -> f64 {
        if j == 0 {
            self.end(array.word_lines.near[i])
        } else {
            self.conductance(array.word_segment(i, j - 1))
        }
    }

    /// Of the bit line below a cell, S.
    pub(crate) fn south(&self, array: &Array, i: usize, j: usize) -> f64 {
        if i + 1 == array.rows {
            self.end(array.bit_lines.near[j])
        } else {
            self.conductance(array.bit_segment(i, j))
        }
    }

    /// Between the last cell of a word line and its far terminal, S.
    pub(crate) fn east(&self, array: &Array, i: usize) -> f64 {
        self.end(array.word_lines.far[i])
    }

    /// Between the uppermost cell of a bit line and its far terminal, S.
    pub(crate) fn north(&self, array: &Array, j: usize) -> f64 {
        self.end(array.bit_lines.far[j])
    }
}
