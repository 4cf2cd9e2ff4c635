//! Arrays as ngspice netlists, and ngspice's answers.
//!
//! * [`netlist`] – any array and bias: linear cells as resistors, curved cells and selectors as behavioural
//!   current sources, broken wires left out, wires without resistance as one node, both ends, bridges.
//! * [`RawFile`] – the operating point that `ngspice -b -r NAME.raw NAME.cir` writes, binary or as text.
//! * [`compare`] – how far it is from a solution of ours.
//!
//! Nodes: `u<row>_<column>` on word lines, `w<row>_<column>` on bit lines, `wl<i>` and `bl<j>` at terminals; the
//! current into word line i is that out of the source `Vwl<i>`. Nodes without a path to a terminal
//! are left out, as ngspice cannot solve them; ours are at 0 V.
//!
//! Pinned by: `tests/spice.rs` (random arrays with faults, floating lines and bridges, linear and not, against ngspice)
//! and the tests below.

mod netlist;
mod raw;

pub use netlist::{SpiceCells, netlist};
pub use raw::{RawFile, RawFileError};

use super::array::Array;
use super::solution::Solution;
use netlist::Names;

/// Largest deviations of an ngspice answer from a solution.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Deviation {
    /// Of a node potential, over the largest one.
    pub potential: f64,
    /// Of the current of a line, over the largest one.
    pub current: f64,
}

/// Compares the operating point of an array's netlist with a solution of the same array, cells and bias.
///
/// # Errors
/// When the file holds the answer of another circuit.
pub fn compare(
    array: &Array,
    cells: &SpiceCells<'_>,
    solution: &Solution,
    raw: &RawFile,
) -> Result<Deviation, RawFileError> {
    let names = Names::of(array, cells);
    let mut potential = Largest::default();
    for (nodes, potentials) in [(&names.word, &solution.word_nodes), (&names.bit, &solution.bit_nodes)] {
        for (name, ours) in nodes.iter().zip(potentials) {
            potential.add(*ours, if name == "0" { 0.0 } else { raw.voltage(name)? });
        }
    }
    let mut current = Largest::default();
    let (word, bit) = (&array.word_lines, &array.bit_lines);
    for i in (0..array.word_line_count()).filter(|i| !word.floats(*i)) {
        let ours = solution.word_line_currents[i] + solution.word_line_far_currents[i];
        current.add(ours, -raw.current(&format!("vwl{i}"))?);
    }
    for j in (0..array.columns).filter(|j| !bit.floats(*j)) {
        let ours = solution.bit_line_currents[j] + solution.bit_line_far_currents[j];
        current.add(ours, raw.current(&format!("vbl{j}"))?);
    }
    Ok(Deviation { potential: potential.relative(), current: current.relative() })
}

/// The largest difference and the largest value.
#[derive(Default)]
struct Largest {
    difference: f64,
    value: f64,
}

impl Largest {
    fn add(&mut self, ours: f64, theirs: f64) {
        self.difference = self.difference.max((ours - theirs).abs());
        self.value = self.value.max(ours.abs()).max(theirs.abs());
    }

    fn relative(&self) -> f64 {
        if self.value > 0.0 { self.difference / self.value } else { 0.0 }
    }
}
