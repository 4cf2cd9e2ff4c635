//! The wires of a plane: what its lines see of its cells.
//!
//! A plane is an array of its own (word lines driven at their left ends, bit lines sensed at virtual
//! ground at their bottom ends, next to the last word line), linear, and so a matrix of transconductances: the
//! current out of bit line k for 1 V on word line j. That matrix stands in the operators in place of
//! the conductances, and a read costs what it costs without wires. Read transposed it is the same
//! matrix (reciprocity; the terminals have the same resistances whichever side drives).
//!
//! * Exact: the transfer matrix of [`crate::crossbar::Ports`].
//! * `Ladders`: see `ladder`; between exact solutions each element is corrected by what exact minus
//!   ladders was at the last: what is left out are currents by way of other lines, which hardly depend on the
//!   cell itself. [`PlaneWires::error`] is how far off the corrected ladders were when the
//!   next exact solution came.
//!
//! Read noise of a cell takes the same way as its current: its deviation is scaled by transconductance
//! over conductance.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | G | conductance of a cell | S |
//! | T | transconductance between a word line and a bit line | S |
//!
//! Validity: linear cells; curved ones are scaled by T/G as a whole, see `tests/mapping_wires.rs` for the
//! error.
//!
//! Pinned by: `tests/mapping_wires.rs`.

mod ladder;

use crate::crossbar::ports::Workspace;
use crate::crossbar::{Array, Lines, Ports, Topology};

use self::ladder::Ladders;
use super::config::WireTier;
use super::config::WiresConfig;

/// Wires of one plane.
#[derive(Debug, Default)]
pub(crate) struct PlaneWires {
    ladders: Ladders,
    /// Exact minus ladders at the last exact solution, S.
    corrections: Vec<f32>,
    /// Changes since.
    age: u32,
    /// Largest deviation of the corrected ladders, over the largest transconductance.
    error: Option<f32>,
    workspace: Workspace,
}

impl Clone for PlaneWires {
    fn clone(&self) -> Self {
        Self {
            ladders: self.ladders.clone(),
            corrections: self.corrections.clone(),
            age: self.age,
            error: self.error,
            workspace: Workspace::default(),
        }
    }
}

impl PlaneWires {
    /// How far the corrected ladders were off at the last exact solution that followed another, over the
    /// largest transconductance.
    pub fn error(&self) -> Option<f32> {
        self.error
    }

    /// Transconductances of the plane (outputs × inputs) in the place of its conductances.
    pub fn transconductances(
        &mut self,
        cells: &mut [f32],
        (outputs, inputs): (usize, usize),
        wires: &WiresConfig,
    ) {
        let WireTier::Ladders { exact_every } = wires.tier else {
            self.exact(cells, (outputs, inputs), wires);
            return;
        };
        if exact_every == 0 {
            self.ladders.transconductances(cells, (outputs, inputs), wires);
            return;
        }
        let due = self.corrections.len() != cells.len() || self.age >= exact_every;
        if !due {
            self.age += 1;
            self.ladders.transconductances(cells, (outputs, inputs), wires);
            cells.iter_mut().zip(&self.corrections).for_each(|(t, correction)| *t += correction);
            return;
        }
        let mut estimate = cells.to_vec();
        self.ladders.transconductances(&mut estimate, (outputs, inputs), wires);
        self.exact(cells, (outputs, inputs), wires);
        if self.corrections.len() == cells.len() {
            let largest = cells.iter().fold(0.0_f32, |m, t| m.max(t.abs()));
            let parts = cells.iter().zip(estimate.iter().zip(&self.corrections));
            let worst = parts.map(|(t, (e, correction))| (t - e - correction).abs()).fold(0.0, f32::max);
            self.error = (largest > 0.0).then_some(worst / largest);
        }
        self.corrections.clear();
        self.corrections.extend(cells.iter().zip(&estimate).map(|(t, e)| t - e));
        self.age = 1;
    }

    fn exact(&mut self, cells: &mut [f32], (outputs, inputs): (usize, usize), wires: &WiresConfig) {
        // Arrays have their cells row after row, a row being a word line.
        let conductances = (0..inputs * outputs)
            .map(|cell| f64::from(cells[cell % outputs * inputs + cell / outputs]))
            .collect();
        let array = Array {
            rows: inputs,
            columns: outputs,
            topology: Topology::Crossed,
            conductances,
            word_lines: Lines::uniform(inputs, wires.word_line_segment, wires.word_line_terminal),
            bit_lines: Lines::uniform(outputs, wires.bit_line_segment, wires.bit_line_terminal),
            bridges: Vec::new(),
        };
        match Ports::new_in(array, &mut self.workspace) {
            Ok(ports) => {
                for (cell, t) in cells.iter_mut().enumerate() {
                    *t = ports.transfer().conductance(cell % inputs, cell / inputs) as f32;
                }
            }
            // Only where a conductance is no number; neither is the answer then.
            Err(_) => cells.fill(f32::NAN),
        }
    }
}
