//! [`SeenPlane`]: what the lines of a tile see of one plane of its cells.
//!
//! Cells → currents at the voltage and temperature of reads ([`super::currents`]) → wires
//! ([`super::wires`]). With curved currents and wires the coefficients of the curve are scaled by what the
//! wires leave of the current at full drive.
//!
//! Pinned by: `tests/mapping_wires.rs`, `tests/mapping_currents.rs`.

use super::cells::Plane;
use super::config::{AnalogConfig, Encoding};
use super::currents::ReadCurrents;
use super::scheme::PlaneView;
use super::wires::PlaneWires;

/// One plane as seen.
#[derive(Debug, Clone, Default)]
pub(crate) struct SeenPlane {
    /// At full drive, S; empty where it is the conductances.
    full: Vec<f32>,
    /// Coefficients of x, x², x³, S; empty where currents are straight.
    curve: [Vec<f32>; 3],
    variances: Vec<f32>,
    noisy: bool,
    /// Conductances below zero or not a number, looked at through wires so far.
    pub opened: u64,
    pub wires: PlaneWires,
}

impl SeenPlane {
    /// Looks at the cells as they stand.
    pub fn look(&mut self, plane: &Plane, config: &AnalogConfig, currents: Option<&ReadCurrents>) {
        let conductances = plane.cells().conductances();
        self.variances.clear();
        self.variances.resize(conductances.len(), 0.0);
        self.noisy = plane.cells().add_read_variances(&mut self.variances);
        self.full.clear();
        for part in &mut self.curve {
            part.clear();
        }
        if let Some(currents) = currents {
            let curved = config.periphery.curved_cells && config.periphery.encoding == Encoding::Amplitude;
            for (g, variance) in conductances.iter().zip(&mut self.variances) {
                let of = currents.at(*g);
                self.full.push(g * of.full);
                *variance *= of.full * of.full;
                if curved {
                    for (part, a) in self.curve.iter_mut().zip([of.linear, of.quadratic, of.cubic]) {
                        part.push(g * a);
                    }
                }
            }
        }
        if config.wires.present() {
            if self.full.is_empty() {
                self.full.extend_from_slice(conductances);
            }
            // A line cannot be solved with what is no conductance: it stands for an open cell, and is counted.
            for g in self.full.iter_mut().filter(|g| g.is_nan() || **g < 0.0) {
                *g = 0.0;
                self.opened += 1;
            }
            let before = self.full.clone();
            self.wires.transconductances(&mut self.full, (plane.outputs(), plane.inputs()), &config.wires);
            for (cell, (after, before)) in self.full.iter().zip(&before).enumerate() {
                let share = if *before > 0.0 { after / before } else { 1.0 };
                self.variances[cell] *= share * share;
                for part in self.curve.iter_mut().filter(|part| !part.is_empty()) {
                    part[cell] *= share;
                }
            }
        }
    }

    /// Currents at full drive, S.
    pub fn full<'a>(&'a self, plane: &'a Plane) -> &'a [f32] {
        if self.full.is_empty() { plane.cells().conductances() } else { &self.full }
    }

    /// Currents are curved.
    pub fn curved(&self) -> bool {
        !self.curve[0].is_empty()
    }

    /// What multiplies x.
    pub fn linear<'a>(&'a self, plane: &'a Plane) -> PlaneView<'a> {
        let conductances = if self.curved() { &self.curve[0] } else { self.full(plane) };
        PlaneView { conductances, variances: self.noisy.then_some(&self.variances) }
    }

    /// What multiplies the powers of x: 1 for x², 2 for x³.
    pub fn power(&self, index: usize) -> PlaneView<'_> {
        PlaneView { conductances: &self.curve[index], variances: None }
    }
}
