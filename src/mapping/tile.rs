//! One tile: planes of cells between word lines (inputs) and bit lines (outputs), and the scheme that
//! says what they mean.
//!
//! A read of a cell deviates by a Gaussian that is fresh for every read. The sum of a column is then
//! exactly Gaussian with the variance Σ x² σ² of its cells: a second product, not a redrawn matrix.
//!
//! Energies are those of the cells alone: converters, drivers and wires are not in them. A read
//! drives the lines with x · V_read for the card's `read_width` (or with V_read for a share of it), and a cell
//! is taken as the linear conductor it is at V_read; so it costs x² V_read² G t. A write pulse costs ∫ V I dt of the full
//! model, tabulated with the pulse.
//!
//! Pinned by: `tests/mapping_analog.rs`.

use numerics::matrix::Matrix;
use numerics::rng::Stream;

use super::cells::{CellSource, Plane, Target, Writes};
use super::config::AnalogConfig;
use super::currents::ReadCurrents;
use super::export::{PlaneExport, TileExport};
use super::operator::Operator;
use super::periphery::converters::{Converters, SideKey};
use super::programming::{self, Written};
use super::scheme::{PlaneView, Replaced, Scheme, TileSpec, build, weights_of};
use super::seen::SeenPlane;
use super::update::trains::{Train, TrainSequence};

/// Planes of one tile at most: addresses of planes are the tile's times this.
const MOST_PLANES: u64 = 64;

/// Pulses on fewer than one weight in so many are sent by lists.
const SPARSE: usize = 8;

/// One tile.
#[derive(Debug, Clone)]
pub struct Tile {
    outputs: usize,
    inputs: usize,
    planes: Vec<Plane>,
    scheme: Box<dyn Scheme>,
    /// The planes as the lines see them.
    seen: Vec<SeenPlane>,
    operators: Vec<Operator>,
    /// Sums of the conductances on every word line and on every bit line of all planes, S.
    loads: (Vec<f32>, Vec<f32>),
    /// The cells have changed since operators and loads were made.
    stale: bool,
    /// What the cells of every plane were last written to, S; empty before.
    targets: Vec<Vec<f32>>,
    /// Room for the pulses of every plane.
    pulses: Vec<Vec<i32>>,
    /// Room for the cells of every plane that are to be pulsed, with their counts.
    listed: Vec<Vec<(u32, i32)>>,
    /// Room for the cells of every plane that are to be written.
    cells: Vec<Vec<(u32, f32)>>,
    /// Drivers and converters, read forward and transposed.
    sides: [Converters; 2],
    seed: u64,
    address: u64,
}

/// What a read of a tile needs.
pub(crate) struct ReadParts<'a> {
    pub operators: &'a [Operator],
    pub converters: &'a mut Converters,
    /// Digital factors of the outputs, or empty.
    pub scales: &'a [f32],
    /// Conductances of all cells on each driven line, S.
    pub loads: &'a [f32],
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
        let spec = TileSpec {
            outputs,
            inputs,
            window: source.window(),
            zero: source.zero(),
            weight_range: config.weight_range,
        };
        let scheme = build(&config.scheme, spec);
        let plane = |(k, shape)| Plane::new(shape, source, seed, MOST_PLANES * address + k as u64);
        let planes = scheme.planes().into_iter().enumerate().map(plane).collect();
        Self {
            outputs,
            inputs,
            planes,
            scheme,
            seen: Vec::new(),
            operators: Vec::new(),
            loads: (vec![0.0; inputs], vec![0.0; outputs]),
            stale: true,
            targets: Vec::new(),
            pulses: Vec::new(),
            listed: Vec::new(),
            cells: Vec::new(),
            sides: Default::default(),
            seed,
            address,
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
        weights_of(&*self.scheme, &readings)
    }

    /// Makes operators and loads of the cells as they stand, if they have changed.
    fn refresh(&mut self, config: &AnalogConfig, currents: Option<&ReadCurrents>) {
        if !self.stale {
            return;
        }
        self.stale = false;
        self.seen.resize_with(self.planes.len(), SeenPlane::default);
        for (seen, plane) in self.seen.iter_mut().zip(&self.planes) {
            seen.look(plane, config, currents);
        }
        let pairs = || self.seen.iter().zip(&self.planes);
        let views: Vec<PlaneView<'_>> = pairs().map(|(seen, plane)| seen.linear(plane)).collect();
        self.scheme.operators(&views, &mut self.operators);
        self.operators.iter_mut().for_each(Operator::subtract_reference);
        let curved = self.seen.iter().any(SeenPlane::curved);
        for power in (1..=2).filter(|_| curved) {
            let views: Vec<PlaneView<'_>> = self.seen.iter().map(|seen| seen.power(power)).collect();
            let mut of_power = Vec::new();
            self.scheme.operators(&views, &mut of_power);
            for (operator, of_power) in self.operators.iter_mut().zip(of_power) {
                let place = if power == 1 { &mut operator.quadratic } else { &mut operator.cubic };
                *place = Some(of_power.matrix);
            }
        }
        let (word_lines, bit_lines) = &mut self.loads;
        word_lines.fill(0.0);
        bit_lines.fill(0.0);
        for (seen, plane) in self.seen.iter().zip(&self.planes) {
            add_loads(seen.full(plane), (plane.outputs(), plane.inputs()), word_lines, bit_lines);
        }
    }

    /// What a read needs, with everything made of the cells as they stand.
    pub(crate) fn read_parts(
        &mut self,
        transposed: bool,
        config: &AnalogConfig,
        currents: Option<&ReadCurrents>,
    ) -> ReadParts<'_> {
        self.refresh(config, currents);
        let loads = if transposed { &self.loads.1 } else { &self.loads.0 };
        let shape = if transposed { (self.outputs, self.inputs) } else { (self.inputs, self.outputs) };
        let converters = &mut self.sides[usize::from(transposed)];
        let key = SideKey { seed: self.seed, address: self.address, transposed };
        converters.prepare(self.operators.len(), shape, config, key);
        ReadParts { operators: &self.operators, converters, scales: self.scheme.output_scales(), loads }
    }

    /// Largest deviation of wires that are solved as ladders, over the largest transconductance, when they
    /// were last compared with the whole circuit.
    pub fn wire_error(&self) -> Option<f32> {
        self.seen.iter().filter_map(|seen| seen.wires.error()).reduce(f32::max)
    }

    /// Conductances below zero or not a number that wires took for open cells, so far.
    pub fn opened(&self) -> u64 {
        self.seen.iter().map(|seen| seen.opened).sum()
    }

    /// Reads every cell once: the weights, and the sum of the conductances read, S.
    pub fn read_out(&self, noise: &mut Stream) -> (Matrix, f32) {
        let readings: Vec<Vec<f32>> = self.planes.iter().map(|plane| plane.read_cells(noise)).collect();
        let slices: Vec<&[f32]> = readings.iter().map(Vec::as_slice).collect();
        (weights_of(&*self.scheme, &slices), slices.iter().copied().flatten().sum())
    }

    /// Changes every weight by so many pulses of learning, up or down by their sign.
    pub fn step(&mut self, counts: &[i32]) -> Writes {
        let mut writes = Writes::default();
        self.scheme.pulses(counts, &mut self.pulses);
        for (plane, pulses) in self.planes.iter_mut().zip(&self.pulses) {
            let (cells, draw) = plane.operate();
            writes.add(&cells.step(pulses, draw));
        }
        self.stale = true;
        writes
    }

    /// The same for a list of weights (output · inputs + input), rising; `false` where that is no shorter way.
    pub fn step_listed(&mut self, listed: &[(u32, i32)], writes: &mut Writes) -> bool {
        if SPARSE * listed.len() > self.outputs * self.inputs {
            return false;
        }
        self.listed.iter_mut().for_each(Vec::clear);
        if !self.scheme.pulses_listed(listed, &mut self.listed) {
            return false;
        }
        for (plane, listed) in self.planes.iter_mut().zip(&self.listed) {
            let (cells, draw) = plane.operate();
            if !listed.is_empty() {
                writes.add(&cells.step_listed(listed, draw));
                self.stale = true;
            }
        }
        true
    }

    /// Sends pulse trains one after the other; the tile's first output and input among those of the trains are
    /// given. `counts` is room.
    pub fn learn(
        &mut self,
        trains: &[Train],
        from: (usize, usize),
        counts: &mut Vec<i32>,
        stream: &mut Stream,
    ) -> Writes {
        if trains.is_empty() {
            return Writes::default();
        }
        if let Some(writes) = self.learn_at_once(trains, from) {
            return writes;
        }
        let mut writes = Writes::default();
        for train in trains {
            train.coincidences((from.0, self.outputs), (from.1, self.inputs), counts, stream);
            writes.add(&self.step(counts));
        }
        writes
    }

    /// The same for planes that take all trains, where there are such; all are made of the same kind of cells.
    fn learn_at_once(&mut self, trains: &[Train], from: (usize, usize)) -> Option<Writes> {
        let signs = self.scheme.pulse_signs()?;
        let shape = (self.outputs, self.inputs);
        let mut writes = Writes::default();
        for (plane, sign) in self.planes.iter_mut().zip(signs).filter(|(_, sign)| *sign != 0) {
            let sequence = TrainSequence::new(trains, from, shape, sign)?;
            let (cells, draw) = plane.operate_for(trains.len() as u64);
            writes.add(&cells.step_sequence(&sequence, draw)?);
        }
        self.stale = true;
        Some(writes)
    }

    /// Writes weights whose cells leave no room for further pulses of learning anew, where there are
    /// any; says how many cells that were.
    pub fn renew(
        &mut self,
        config: &AnalogConfig,
        source: &dyn CellSource,
        noise: &mut Stream,
    ) -> (Written, u64) {
        let views: Vec<PlaneView<'_>> = self
            .planes
            .iter()
            .map(|plane| PlaneView { conductances: plane.cells().conductances(), variances: None })
            .collect();
        let targets = self.scheme.refresh(&views);
        let mut sum = Written::default();
        let mut cells = 0;
        for (plane, targets) in self.planes.iter_mut().zip(&targets) {
            let targets = Target::of_plane(targets, programming::tolerance(config, source));
            sum.add(&programming::write(plane, &targets, config, source, noise));
            cells += targets.len() as u64;
        }
        for (kept, new) in self.targets.iter_mut().flatten().zip(targets.iter().flatten()) {
            if !new.is_nan() {
                *kept = *new;
            }
        }
        self.stale |= cells > 0;
        (sum, cells)
    }

    /// Chooses the bit lines of the outputs for weights that are to be written, where some are spare.
    pub fn place(&mut self, weights: &Matrix) -> Replaced {
        let stuck: Vec<Vec<f32>> = self
            .planes
            .iter()
            .map(|plane| {
                let cells = plane.cells();
                let mut stuck = vec![f32::NAN; cells.len()];
                for (cell, _) in cells.stuck() {
                    stuck[*cell as usize] = cells.conductances()[*cell as usize];
                }
                stuck
            })
            .collect();
        self.stale = true;
        self.scheme.place(weights, &stuck)
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
        self.stale = true;
        self.targets = self.scheme.targets(weights);
        for (plane, targets) in self.planes.iter_mut().zip(&self.targets) {
            if config.programming.exact {
                let (cells, _) = plane.operate();
                let told = targets.iter().enumerate().filter(|(_, g)| !g.is_nan());
                told.for_each(|(cell, g)| cells.settle(cell, *g));
                continue;
            }
            let targets = Target::of_plane(targets, programming::tolerance(config, source));
            sum.add(&programming::write(plane, &targets, config, source, noise));
        }
        sum
    }

    /// Writes single weights: their numbers (output · inputs + input), rising, with what [`Scheme::stored`] makes of
    /// them. Cells whose targets do not change are left alone, unless all are to be written `anew`.
    pub fn rewrite(
        &mut self,
        weights: &[(u32, f32)],
        anew: bool,
        (config, source): (&AnalogConfig, &dyn CellSource),
        noise: &mut Stream,
    ) -> Written {
        if weights.is_empty() {
            return Written::default();
        }
        self.stale = true;
        self.cells.iter_mut().for_each(Vec::clear);
        self.scheme.retarget(weights, &mut self.cells);
        self.targets.resize_with(self.planes.len(), Vec::new);
        let tolerance = programming::tolerance(config, source);
        let mut sum = Written::default();
        for ((plane, cells), kept) in self.planes.iter_mut().zip(&self.cells).zip(&mut self.targets) {
            kept.resize(plane.cells().len(), f32::NAN);
            let mut changed = Vec::with_capacity(cells.len());
            for (cell, conductance) in cells {
                let kept = &mut kept[*cell as usize];
                if anew || kept.to_bits() != conductance.to_bits() {
                    *kept = *conductance;
                    changed.push(Target { cell: *cell, conductance: *conductance, tolerance });
                }
            }
            sum.add(&programming::write(plane, &changed, config, source, noise));
        }
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

    /// The cells as they stand; the first output and input of the matrix that the tile serves are given.
    pub fn export(
        &self,
        (first_output, first_input): (usize, usize),
        window: (f32, f32),
        config: &AnalogConfig,
    ) -> TileExport {
        let plane = |(k, plane): (usize, &Plane)| {
            let cells = plane.cells();
            let mut stuck = vec![false; cells.len()];
            for (cell, _) in cells.stuck() {
                stuck[*cell as usize] = true;
            }
            PlaneExport {
                bit_lines: plane.outputs(),
                word_lines: plane.inputs(),
                conductances: cells.conductances().to_vec(),
                targets: self.targets.get(k).cloned().unwrap_or_else(|| vec![f32::NAN; cells.len()]),
                pulses: cells.pulses().to_vec(),
                stuck,
            }
        };
        let scales = self.scheme.output_scales();
        TileExport {
            outputs: (first_output, self.outputs),
            inputs: (first_input, self.inputs),
            window,
            weight_range: config.weight_range,
            scheme: serde_json::to_string(&config.scheme).unwrap_or_default(),
            scales: (0..self.outputs).map(|k| scales.get(k).copied().unwrap_or(1.0)).collect(),
            bit_line_of: (0..self.outputs).map(|k| self.scheme.bit_line_of(k)).collect(),
            weights: self.true_weights().as_slice().to_vec(),
            planes: self.planes.iter().enumerate().map(plane).collect(),
        }
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

/// Adds the conductances of a plane to those on the word lines and bit lines of its tile.
fn add_loads(cells: &[f32], (lines, inputs): (usize, usize), word_lines: &mut [f32], bit_lines: &mut [f32]) {
    let outputs = bit_lines.len();
    // A plane with fewer bit lines than outputs shares them: its load is spread over all.
    let share = lines as f32 / outputs as f32;
    for (k, row) in cells.chunks_exact(inputs).enumerate() {
        word_lines.iter_mut().zip(row).for_each(|(sum, g)| *sum += g);
        let sum = row.iter().sum::<f32>();
        if lines < outputs {
            for load in bit_lines.iter_mut() {
                *load += share * sum;
            }
        } else {
            bit_lines[k % outputs] += sum;
        }
    }
}
