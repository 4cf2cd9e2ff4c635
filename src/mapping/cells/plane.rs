//! [`Plane`]: a population of cells at its place in a tile.

use numerics::rng::Stream;

use super::{CellSource, Cells, Draw};

/// A population of cells at its place in a tile, with its own random streams.
#[derive(Debug, Clone)]
pub struct Plane {
    outputs: usize,
    inputs: usize,
    cells: Box<dyn Cells>,
    seed: u64,
    address: u64,
    operations: u64,
}

impl Plane {
    /// Freshly formed cells on `outputs` bit lines and `inputs` word lines. `address` differs between
    /// all planes of a run.
    pub fn new((outputs, inputs): (usize, usize), source: &dyn CellSource, seed: u64, address: u64) -> Self {
        let cells = source.cells((outputs, inputs), Draw { seed, address, operation: 0 });
        Self { outputs, inputs, cells, seed, address, operations: 0 }
    }

    /// Bit lines.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Word lines.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The cells, output-major.
    pub fn cells(&self) -> &dyn Cells {
        &*self.cells
    }

    /// The cells and where the random numbers of the next operation on them come from.
    pub fn operate(&mut self) -> (&mut dyn Cells, Draw) {
        self.operate_for(1)
    }

    /// The cells and where the random numbers of the first of the next so many operations on them come from.
    pub fn operate_for(&mut self, operations: u64) -> (&mut dyn Cells, Draw) {
        let draw = Draw { seed: self.seed, address: self.address, operation: self.operations + 1 };
        self.operations += operations;
        (&mut *self.cells, draw)
    }

    /// One noisy read of every cell, S.
    pub fn read_cells(&self, noise: &mut Stream) -> Vec<f32> {
        let mut reading = self.cells.conductances().to_vec();
        let mut variance = vec![0.0; reading.len()];
        if self.cells.add_read_variances(&mut variance) {
            let mut normals = vec![0.0; reading.len()];
            noise.fill_normal(&mut normals);
            for ((g, v), z) in reading.iter_mut().zip(&variance).zip(&normals) {
                *g += v.sqrt() * z;
            }
        }
        reading
    }

    /// One noisy read of some cells, S.
    pub fn read_some(&self, cells: &[u32], noise: &mut Stream) -> Vec<f32> {
        let mut readings = vec![0.0; cells.len()];
        noise.fill_normal(&mut readings);
        let conductances = self.cells.conductances();
        for (reading, cell) in readings.iter_mut().zip(cells) {
            let cell = *cell as usize;
            *reading = conductances[cell] + self.cells.read_variance(cell).sqrt() * *reading;
        }
        readings
    }
}
