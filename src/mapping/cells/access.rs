//! [`AccessCells`]: cells of any kind, each read through the on-resistance of its access transistor.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | G | conductance of the cell alone | S |
//! | R | series resistance, `cells.access_resistance` | Ω |
//! | G′ | what is read, G′ = 1/(1/G + R) = G/(1 + G R) | S |
//!
//! Everything above sees G′: targets and tolerances of writing, readings of verify, products. Small changes and
//! the noise of a read go by the chain rule, dG′/dG = (1 + G R)⁻², its square for variances. Pulses are
//! the cell's own: as many as without R move G as far (cards state pulses at the cell).
//!
//! Weights are linear in G′ between the ends of the window, and what stands for weight zero keeps its place between
//! them; so does the nominal step of learning, so that a change of a weight takes as many pulses as without R. That
//! is how MLP NeuroSim reads cells in series with transistors (P.-Y. Chen, X. Peng, S. Yu, IEEE Trans. CAD 37,
//! 3067 (2018), doi:10.1109/TCAD.2018.2789723; release 3.0: currents between those of the largest and smallest
//! conductance, the dummy column at their mean, 15 kΩ as shipped).
//!
//! Validity: a transistor far in its linear region, for reads.
//! Pinned by: `tests/mapping_access.rs`.

use std::sync::Arc;

use device_models::conductance_step::array::PulseSequence;
use device_models::failure::FailureCause;

use super::{CellSource, Cells, Direction, Draw, Shot, Target, Writes};

/// A resistance in series with every cell, Ω.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Series(f32);

impl Series {
    /// What a cell of this conductance is read as, S.
    fn read(self, conductance: f32) -> f32 {
        conductance / (1.0 + conductance * self.0)
    }

    /// The cell that is read as this, S.
    fn cell(self, read: f32) -> f32 {
        read / (1.0 - read * self.0)
    }

    /// Change of what is read over a small change of the cell.
    fn slope(self, conductance: f32) -> f32 {
        (1.0 + conductance * self.0).powi(-2)
    }
}

/// Cells of another source behind access transistors.
#[derive(Debug, Clone)]
pub(super) struct AccessSource {
    inner: Arc<dyn CellSource>,
    series: Series,
}

impl AccessSource {
    /// Cells behind `resistance`, Ω.
    pub fn new(inner: Arc<dyn CellSource>, resistance: f32) -> Self {
        Self { inner, series: Series(resistance) }
    }

    /// Width of the window as it is read over that of the cells.
    fn narrowing(&self) -> f32 {
        let ((low, high), read) = (self.inner.window(), self.window());
        (read.1 - read.0) / (high - low)
    }
}

impl CellSource for AccessSource {
    fn label(&self) -> String {
        self.inner.label()
    }

    fn summary(&self) -> String {
        format!("{}; read through {} Ohm", self.inner.summary(), self.series.0)
    }

    fn cells(&self, shape: (usize, usize), draw: Draw) -> Box<dyn Cells> {
        Box::new(AccessCells::new(self.inner.cells(shape, draw), self.series))
    }

    fn window(&self) -> (f32, f32) {
        let (low, high) = self.inner.window();
        (self.series.read(low), self.series.read(high))
    }

    fn zero(&self) -> f32 {
        self.window().0 + self.narrowing() * (self.inner.zero() - self.inner.window().0)
    }

    fn steps(&self) -> (f32, f32) {
        let (set, reset) = self.inner.steps();
        (self.narrowing() * set, self.narrowing() * reset)
    }

    fn read_voltage(&self) -> f64 {
        self.inner.read_voltage()
    }

    fn read_width(&self) -> f64 {
        self.inner.read_width()
    }

    fn write_pulses(&self) -> Option<[(f64, f64); 2]> {
        self.inner.write_pulses()
    }

    fn ambient_temperature(&self) -> f64 {
        self.inner.ambient_temperature()
    }
}

/// Cells behind access transistors.
#[derive(Debug, Clone)]
pub struct AccessCells {
    inner: Box<dyn Cells>,
    series: Series,
    /// What is read of each cell, S.
    read: Vec<f32>,
}

impl AccessCells {
    fn new(inner: Box<dyn Cells>, series: Series) -> Self {
        let read = inner.conductances().iter().map(|g| series.read(*g)).collect();
        Self { inner, series, read }
    }

    fn see(&mut self, cell: usize) {
        self.read[cell] = self.series.read(self.inner.conductances()[cell]);
    }

    fn see_all(&mut self) {
        for (read, g) in self.read.iter_mut().zip(self.inner.conductances()) {
            *read = self.series.read(*g);
        }
    }
}

impl Cells for AccessCells {
    fn boxed(&self) -> Box<dyn Cells> {
        Box::new(self.clone())
    }

    fn len(&self) -> usize {
        self.read.len()
    }

    fn conductances(&self) -> &[f32] {
        &self.read
    }

    fn add_read_variances(&self, out: &mut [f32]) -> bool {
        let mut own = vec![0.0; self.len()];
        let noisy = self.inner.add_read_variances(&mut own);
        for ((sum, own), g) in out.iter_mut().zip(own).zip(self.inner.conductances()) {
            *sum += own * self.series.slope(*g).powi(2);
        }
        noisy
    }

    fn read_variance(&self, cell: usize) -> f32 {
        let slope = self.series.slope(self.inner.conductances()[cell]);
        self.inner.read_variance(cell) * slope * slope
    }

    fn pulses(&self) -> &[u32] {
        self.inner.pulses()
    }

    fn strengths(&self) -> (u16, u16) {
        self.inner.strengths()
    }

    fn step(&mut self, counts: &[i32], draw: Draw) -> Writes {
        let writes = self.inner.step(counts, draw);
        for (cell, _) in counts.iter().enumerate().filter(|(_, count)| **count != 0) {
            self.see(cell);
        }
        writes
    }

    fn step_listed(&mut self, listed: &[(u32, i32)], draw: Draw) -> Writes {
        let writes = self.inner.step_listed(listed, draw);
        for (cell, _) in listed {
            self.see(*cell as usize);
        }
        writes
    }

    fn takes_sequences(&self) -> bool {
        self.inner.takes_sequences()
    }

    fn step_sequence(&mut self, sequence: &dyn PulseSequence, draw: Draw) -> Option<Writes> {
        let writes = self.inner.step_sequence(sequence, draw)?;
        self.see_all();
        Some(writes)
    }

    fn shoot(&mut self, shots: &[Shot], draw: Draw) -> Writes {
        let writes = self.inner.shoot(shots, draw);
        for shot in shots {
            self.see(shot.cell as usize);
        }
        writes
    }

    fn elapse(&mut self, seconds: f64, temperature: f64, draw: Draw) {
        self.inner.elapse(seconds, temperature, draw);
        self.see_all();
    }

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.inner.settle(cell, self.series.cell(conductance));
        self.see(cell);
    }

    fn place(&mut self, targets: &[Target], draw: Draw) -> Option<Writes> {
        let own = |target: &Target| {
            let conductance = self.series.cell(target.conductance);
            let tolerance = target.tolerance / self.series.slope(conductance);
            Target { conductance, tolerance, ..*target }
        };
        let own: Vec<Target> = targets.iter().map(own).collect();
        let writes = self.inner.place(&own, draw)?;
        for target in targets {
            self.see(target.cell as usize);
        }
        Some(writes)
    }

    fn mean_change(&self, direction: Direction, strength: u16, conductance: f32) -> Option<f32> {
        let before = self.series.cell(conductance);
        let change = self.inner.mean_change(direction, strength, before)?;
        Some(self.series.read(before + change) - conductance)
    }

    fn disturb(&mut self, set: &[u32], reset: &[u32]) -> bool {
        let told = self.inner.disturb(set, reset);
        self.see_all();
        told
    }

    fn stuck(&self) -> &[(u32, FailureCause)] {
        self.inner.stuck()
    }

    fn dead(&self) -> u64 {
        self.inner.dead()
    }
}
