//! One tile: planes of cells between word lines (inputs) and bit lines (outputs), and the scheme that
//! says what they mean.
//!
//! A read of a cell deviates by a Gaussian that is fresh for every read. The sum of a column is then
//! exactly Gaussian with the variance Σ x² σ² of its cells: a second product, not a redrawn matrix.
//!
//! Energies are those of the cells alone: converters, drivers and wires are not in them. A read
//! drives the lines with x · V_read for the card's `read_width`, and a cell is taken as the linear
//! conductor it is at V_read; so it costs x² V_read² G t. A write pulse costs ∫ V I dt of the full
//! model, tabulated with the pulse.
//!
//! Pinned by: `tests/mapping_analog.rs`.

use numerics::matrix::Matrix;
use numerics::rng::Stream;

use super::cells::{CellSource, Plane, Writes};
use super::config::AnalogConfig;
use super::operator::Operator;
use super::programming::{self, Written};
use super::scheme::{PlaneView, Scheme, TileSpec, build};

/// Planes of one tile at most: addresses of planes are the tile's times this.
const MOST_PLANES: u64 = 64;

/// One tile.
#[derive(Debug, Clone)]
pub struct Tile {
    outputs: usize,
    inputs: usize,
    planes: Vec<Plane>,
    scheme: Box<dyn Scheme>,
    operators: Vec<Operator>,
    /// Sums of the conductances on every word line and on every bit line of all planes, S.
    loads: (Vec<f32>, Vec<f32>),
    /// The cells have changed since operators and loads were made.
    stale: bool,
    /// Room for the pulses of one plane.
    pulses: Vec<i32>,
}

impl Tile {
    /// A tile of freshly formed cells. `address` keys which devices it is made of.
    pub fn new(
        (outputs, inputs): (usize, usize),
        source: &dyn CellSource,
        config: &AnalogConfig,
        seed: u64,
        address: u64,
    ) -> Self {
        let spec = TileSpec { outputs, inputs, window: source.window(), weight_range: config.weight_range };
        let scheme = build(&config.scheme, spec);
        let plane = |(k, shape)| Plane::new(shape, source, seed, MOST_PLANES * address + k as u64);
        let planes = scheme.planes().into_iter().enumerate().map(plane).collect();
        Self {
            outputs,
            inputs,
            planes,
            scheme,
            operators: Vec::new(),
            loads: (vec![0.0; inputs], vec![0.0; outputs]),
            stale: true,
            pulses: Vec::new(),
        }
    }

    /// Number of outputs.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Number of inputs.
    pub fn inputs(&self) -> usize {
        self.inputs
    }

    /// The planes.
    pub fn planes(&self) -> &[Plane] {
        &self.planes
    }

    /// What the planes mean.
    pub fn scheme(&self) -> &dyn Scheme {
        &*self.scheme
    }

    /// Number of cells.
    pub fn cells(&self) -> u64 {
        self.planes.iter().map(|plane| plane.cells().len() as u64).sum()
    }

    /// The weights as the cells stand, without read noise.
    pub fn true_weights(&self) -> Matrix {
        let readings: Vec<&[f32]> = self.planes.iter().map(|plane| plane.cells().conductances()).collect();
        self.weights_of(&readings)
    }

    /// The weights that these conductances of the planes stand for.
    fn weights_of(&self, planes: &[&[f32]]) -> Matrix {
        let views: Vec<PlaneView<'_>> =
            planes.iter().map(|conductances| PlaneView { conductances, variances: None }).collect();
        let mut operators = Vec::new();
        self.scheme.operators(&views, &mut operators);
        let scales = self.scheme.output_scales();
        Matrix::from_fn(self.outputs, self.inputs, |k, j| {
            let element = |o: &Operator| o.coefficient * (o.matrix.row(k)[j] - o.digital_offset);
            operators.iter().map(element).sum::<f32>() * scales.get(k).copied().unwrap_or(1.0)
        })
    }

    /// Makes operators and loads of the cells as they stand, if they have changed.
    pub fn refresh(&mut self) {
        if !self.stale {
            return;
        }
        self.stale = false;
        let noise: Vec<Option<Vec<f32>>> = self
            .planes
            .iter()
            .map(|plane| {
                let mut variances = vec![0.0; plane.cells().len()];
                plane.cells().add_read_variances(&mut variances).then_some(variances)
            })
            .collect();
        let views: Vec<PlaneView<'_>> = self
            .planes
            .iter()
            .zip(&noise)
            .map(|(plane, noise)| PlaneView {
                conductances: plane.cells().conductances(),
                variances: noise.as_deref(),
            })
            .collect();
        self.scheme.operators(&views, &mut self.operators);
        let (word_lines, bit_lines) = &mut self.loads;
        word_lines.fill(0.0);
        bit_lines.fill(0.0);
        for plane in &self.planes {
            // A plane with fewer bit lines than outputs shares them: its load is spread over all.
            let share = plane.outputs() as f32 / self.outputs as f32;
            for (k, row) in plane.cells().conductances().chunks_exact(self.inputs).enumerate() {
                word_lines.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
                let sum = row.iter().sum::<f32>();
                if plane.outputs() < self.outputs {
                    for load in bit_lines.iter_mut() {
                        *load += share * sum;
                    }
                } else {
                    bit_lines[k % self.outputs] += sum;
                }
            }
        }
    }

    /// What the conversions see, as of the last [`Self::refresh`].
    pub fn operators(&self) -> &[Operator] {
        &self.operators
    }

    /// Energy of reading a batch, J: Σ x² G V² t over the cells, inputs as shares of the read voltage.
    pub fn read_energy(&self, x: &Matrix, transposed: bool, source: &dyn CellSource) -> f64 {
        let loads = if transposed { &self.loads.1 } else { &self.loads.0 };
        let row = |x: &[f32]| f64::from(x.iter().zip(loads).map(|(x, g)| x * x * g).sum::<f32>());
        x.iter_rows().map(row).sum::<f64>() * source.cell_read_energy(1.0)
    }

    /// Reads every cell once: the weights, and the sum of the conductances read, S.
    pub fn read_out(&self, noise: &mut Stream) -> (Matrix, f32) {
        let readings: Vec<Vec<f32>> = self.planes.iter().map(|plane| plane.read_cells(noise)).collect();
        let slices: Vec<&[f32]> = readings.iter().map(Vec::as_slice).collect();
        (self.weights_of(&slices), slices.iter().copied().flatten().sum())
    }

    /// Changes every weight by so many pulses of learning, up or down by their sign.
    pub fn step(&mut self, counts: &[i32]) -> Writes {
        let mut writes = Writes::default();
        for (k, plane) in self.planes.iter_mut().enumerate() {
            self.scheme.pulses(k, counts, &mut self.pulses);
            let (cells, draw) = plane.operate();
            writes.add(&cells.step(&self.pulses, draw));
        }
        self.stale = true;
        writes
    }

    /// Writes weights.
    pub fn program(
        &mut self,
        weights: &Matrix,
        config: &AnalogConfig,
        source: &dyn CellSource,
        noise: &mut Stream,
    ) -> Written {
        let mut sum = Written::default();
        for (plane, targets) in self.planes.iter_mut().zip(self.scheme.targets(weights)) {
            sum.add(&programming::write(plane, &targets, config, source, noise));
        }
        self.stale = true;
        sum
    }

    /// Lets time pass at a temperature, K.
    pub fn elapse(&mut self, seconds: f64, temperature: f64) {
        for plane in &mut self.planes {
            let (cells, draw) = plane.operate();
            cells.elapse(seconds, temperature, draw);
        }
        self.stale = true;
    }

    /// Cells outside the conductance window.
    pub fn saturated(&self, window: (f32, f32)) -> u64 {
        let cells = self.planes.iter().flat_map(|plane| plane.cells().conductances());
        cells.filter(|g| **g < window.0 || **g > window.1).count() as u64
    }

    /// Largest number of write pulses on one cell.
    pub fn max_wear(&self) -> u64 {
        u64::from(self.planes.iter().flat_map(|plane| plane.cells().pulses()).copied().max().unwrap_or(0))
    }
}
