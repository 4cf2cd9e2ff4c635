//! The cells of a matrix as plain numbers, for records, and as netlists.
//!
//! [`AnalogMatrix::tiles_as_they_stand`](super::AnalogMatrix::tiles_as_they_stand) gives a [`TileExport`] for every
//! tile: which part of the weights it serves, its digital factors, and each plane's conductances, targets, pulses
//! and stuck cells. [`PlaneExport::netlist`] is one plane with its wires as an ngspice netlist.
//!
//! Pinned by: `tests/mapping_export.rs` (currents of ngspice against the products; records read back).

use super::config::WiresConfig;
use crate::crossbar::spice::{SpiceCells, netlist};
use crate::crossbar::{Array, Bias, CrossbarError, Lines};

/// One tile.
#[derive(Debug, Clone, PartialEq)]
pub struct TileExport {
    /// First output of the matrix that it serves, and how many.
    pub outputs: (usize, usize),
    /// First input of the matrix that it serves, and how many.
    pub inputs: (usize, usize),
    /// Lowest and highest conductance used for weights, S.
    pub window: (f32, f32),
    /// Largest weight, before the digital factors.
    pub weight_range: f32,
    /// How a weight becomes conductances, as in a script.
    pub scheme: String,
    /// Digital factor of every output.
    pub scales: Vec<f32>,
    /// Bit line of every output.
    pub bit_line_of: Vec<usize>,
    /// Weights as the cells stand, outputs × inputs.
    pub weights: Vec<f32>,
    /// The planes of the scheme in its order.
    pub planes: Vec<PlaneExport>,
}

/// One plane of cells, bit line after bit line: cell k · word_lines + j is between word line j and bit line k.
#[derive(Debug, Clone, PartialEq)]
pub struct PlaneExport {
    /// Bit lines.
    pub bit_lines: usize,
    /// Word lines.
    pub word_lines: usize,
    /// Conductances as they stand, S.
    pub conductances: Vec<f32>,
    /// What they were last written to, S; not a number where they were not.
    pub targets: Vec<f32>,
    /// Write pulses each has received.
    pub pulses: Vec<u32>,
    /// Cells that nothing moves.
    pub stuck: Vec<bool>,
}

impl PlaneExport {
    /// The plane as an array of the circuit simulation: word lines are its rows, driven at one end, bit lines its
    /// columns, sensed at the end of the last word line.
    pub fn array(&self, wires: &WiresConfig) -> Array {
        let at = |i: usize| (i % self.bit_lines) * self.word_lines + i / self.bit_lines;
        let cells = (0..self.conductances.len()).map(|i| f64::from(self.conductances[at(i)])).collect();
        let mut array = Array::uniform(self.word_lines, self.bit_lines, cells, 0.0, 0.0);
        let line = Lines::uniform;
        array.word_lines = line(self.word_lines, wires.word_line_segment, wires.word_line_terminal);
        array.bit_lines = line(self.bit_lines, wires.bit_line_segment, wires.bit_line_terminal);
        array
    }

    /// The plane as an ngspice netlist, its word lines at these voltages (V) and its bit lines at virtual ground.
    ///
    /// # Errors
    /// When there are not as many voltages as word lines, or a resistance cannot be.
    pub fn netlist(
        &self,
        title: &str,
        wires: &WiresConfig,
        voltages: &[f64],
    ) -> Result<String, CrossbarError> {
        let bias = Bias::read(voltages.to_vec(), self.bit_lines);
        netlist(&self.array(wires), &SpiceCells::Linear, &bias, title)
    }
}
