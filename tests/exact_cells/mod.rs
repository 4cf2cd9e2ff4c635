//! Cells that change by exactly one step with every pulse, for tests of what stands around cells.

use std::sync::Arc;

use neurofilament::mapping::cells::{Direction, Draw, Shot, Writes};
use neurofilament::mapping::{AnalogConfig, AnalogHardware, AnalogMatrix, CellSource, Cells, Synapses};
use numerics::matrix::Matrix;

/// Change of the conductance by one pulse, S: weights of a pair on a window of 100 µS that stand for
/// −`RANGE` to `RANGE` change by one.
const STEP: f32 = 1e-4 / (2.0 * RANGE);
/// Weight that takes the whole window.
pub const RANGE: f32 = 100.0;

/// Exact cells, all in the middle of the window at first.
#[derive(Debug, Clone)]
pub struct ExactCells {
    steps: Vec<i32>,
    conductances: Vec<f32>,
    pulses: Vec<u32>,
    read_noise: f32,
}

impl ExactCells {
    fn change(&mut self, cell: usize, by: i32) {
        self.steps[cell] += by;
        self.pulses[cell] += by.unsigned_abs();
        self.conductances[cell] = 5e-5 + STEP * self.steps[cell] as f32;
    }
}

impl Cells for ExactCells {
    fn boxed(&self) -> Box<dyn Cells> {
        Box::new(self.clone())
    }

    fn len(&self) -> usize {
        self.steps.len()
    }

    fn conductances(&self) -> &[f32] {
        &self.conductances
    }

    fn add_read_variances(&self, out: &mut [f32]) -> bool {
        for (v, g) in out.iter_mut().zip(&self.conductances) {
            *v += (self.read_noise * g).powi(2);
        }
        self.read_noise > 0.0
    }

    fn read_variance(&self, cell: usize) -> f32 {
        (self.read_noise * self.conductances[cell]).powi(2)
    }

    fn settle(&mut self, cell: usize, conductance: f32) {
        self.conductances[cell] = conductance;
        self.steps[cell] = ((conductance - 5e-5) / STEP).round() as i32;
    }

    fn pulses(&self) -> &[u32] {
        &self.pulses
    }

    fn strengths(&self) -> (u16, u16) {
        (1, 1)
    }

    fn step(&mut self, counts: &[i32], _: Draw) -> Writes {
        for (cell, count) in counts.iter().enumerate() {
            self.change(cell, *count);
        }
        Writes::default()
    }

    fn shoot(&mut self, shots: &[Shot], _: Draw) -> Writes {
        for shot in shots {
            self.change(shot.cell as usize, if shot.direction == Direction::Set { 1 } else { -1 });
        }
        Writes::default()
    }

    fn elapse(&mut self, _: f64, _: f64, _: Draw) {}
}

/// Makes [`ExactCells`].
#[derive(Debug)]
pub struct ExactSource {
    /// Standard deviation of a read over the conductance.
    pub read_noise: f32,
}

impl CellSource for ExactSource {
    fn label(&self) -> String {
        "exact".to_owned()
    }

    fn summary(&self) -> String {
        String::new()
    }

    fn cells(&self, (bit_lines, word_lines): (usize, usize), _: Draw) -> Box<dyn Cells> {
        let count = bit_lines * word_lines;
        Box::new(ExactCells {
            steps: vec![0; count],
            conductances: vec![5e-5; count],
            pulses: vec![0; count],
            read_noise: self.read_noise,
        })
    }

    fn window(&self) -> (f32, f32) {
        (0.0, 1e-4)
    }

    fn steps(&self) -> (f32, f32) {
        (STEP, -STEP)
    }

    fn read_voltage(&self) -> f64 {
        0.2
    }

    fn read_width(&self) -> f64 {
        1e-8
    }

    fn ambient_temperature(&self) -> f64 {
        300.0
    }
}

/// A matrix of exact cells with these whole numbers as weights.
pub fn exact(weights: &Matrix, mut config: AnalogConfig, read_noise: f32) -> AnalogMatrix {
    config.weight_range = RANGE;
    let hardware = AnalogHardware::of(Arc::new(ExactSource { read_noise }), &config).unwrap();
    let mut matrix = AnalogMatrix::new(weights.rows(), weights.columns(), &hardware, 7, 3);
    // A hair more than the whole number, so that no pulse is lost to rounding.
    let pulses = Matrix::from_fn(weights.rows(), weights.columns(), |k, j| {
        weights.row(k)[j] * matrix.weight_step() * 1.0001
    });
    matrix.adjust(&pulses);
    matrix
}
