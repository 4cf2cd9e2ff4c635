//! What cells of a matrix have gone through: write pulses and conductances plane by plane, for wear maps and
//! histograms.
//!
//! Nothing is read or drawn and nothing counts as activity: these are the cells as they are, not a measurement.
//!
//! Pinned by: `tests/mapping_endurance.rs`.

use device_models::failure::FailureCause;

use super::analog::AnalogMatrix;

/// One plane of a tile as it stands. Cell k · inputs + j is between word line j and bit line k.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PlaneWear<'a> {
    /// Number of the tile in its matrix.
    pub tile: usize,
    /// First output and first input of the matrix that the tile serves.
    pub first: (usize, usize),
    /// Number of the plane in its tile.
    pub plane: usize,
    /// Bit lines and word lines.
    pub shape: (usize, usize),
    /// Write pulses, SET and RESET, that each cell has received; writes where cells are placed and not pulsed.
    pub pulses: &'a [u32],
    /// Conductances, S.
    pub conductances: &'a [f32],
    /// Cells that nothing moves, rising, and why.
    pub stuck: &'a [(u32, FailureCause)],
}

/// How often values fall into bins of one width.
#[derive(Debug, Clone, PartialEq)]
pub struct Histogram {
    /// Lower end of the first bin, and upper end of the last.
    pub range: (f64, f64),
    /// Values in each.
    pub counts: Vec<u64>,
    /// Values below, and above, or not a number.
    pub outside: (u64, u64),
}

impl Histogram {
    /// Empty bins.
    pub fn new(range: (f64, f64), bins: usize) -> Self {
        Self { range, counts: vec![0; bins.max(1)], outside: (0, 0) }
    }

    /// Counts values.
    pub fn add(&mut self, values: impl Iterator<Item = f64>) {
        let (low, high) = self.range;
        let bins = self.counts.len();
        let scale = bins as f64 / (high - low);
        for value in values {
            if value < low {
                self.outside.0 += 1;
            } else if value <= high {
                self.counts[(((value - low) * scale) as usize).min(bins - 1)] += 1;
            } else {
                self.outside.1 += 1;
            }
        }
    }

    /// Middles of the bins.
    pub fn centres(&self) -> Vec<f64> {
        let width = (self.range.1 - self.range.0) / self.counts.len() as f64;
        (0..self.counts.len()).map(|bin| self.range.0 + (bin as f64 + 0.5) * width).collect()
    }
}

impl AnalogMatrix {
    /// The planes of all tiles as they stand, in the order of the tiles and of the scheme.
    pub fn wear(&self) -> impl Iterator<Item = PlaneWear<'_>> {
        self.tiles().enumerate().flat_map(|(number, (output, input, tile))| {
            tile.planes().iter().enumerate().map(move |(k, plane)| PlaneWear {
                tile: number,
                first: (output, input),
                plane: k,
                shape: (plane.outputs(), plane.inputs()),
                pulses: plane.cells().pulses(),
                conductances: plane.cells().conductances(),
                stuck: plane.cells().stuck(),
            })
        })
    }

    /// Histogram of the conductances of all cells over the window of weights, S.
    pub fn conductance_histogram(&self, bins: usize) -> Histogram {
        let (low, high) = self.window();
        let mut histogram = Histogram::new((f64::from(low), f64::from(high)), bins);
        self.wear().for_each(|plane| histogram.add(plane.conductances.iter().map(|g| f64::from(*g))));
        histogram
    }

    /// Histogram of the write pulses of all cells, from 0 to those of the cell that has received most.
    pub fn pulse_histogram(&self, bins: usize) -> Histogram {
        let most = self.wear().flat_map(|plane| plane.pulses).copied().max().unwrap_or(0).max(1);
        let mut histogram = Histogram::new((0.0, f64::from(most)), bins);
        self.wear().for_each(|plane| histogram.add(plane.pulses.iter().map(|n| f64::from(*n))));
        histogram
    }

    /// Write pulses that each weight's cells have received, all planes that have a cell for each weight together
    /// (outputs × inputs): the wear map of the matrix.
    pub fn wear_map(&self) -> Vec<u64> {
        let (outputs, inputs) = self.shape();
        let mut map = vec![0; outputs * inputs];
        for (first_output, first_input, tile) in self.tiles() {
            for plane in tile.planes().iter().filter(|plane| plane.outputs() >= tile.outputs()) {
                let pulses = plane.cells().pulses();
                for k in 0..tile.outputs() {
                    let line = &pulses[tile.scheme().bit_line_of(k) * tile.inputs()..][..tile.inputs()];
                    let row = &mut map[(first_output + k) * inputs + first_input..][..tile.inputs()];
                    row.iter_mut().zip(line).for_each(|(sum, pulses)| *sum += u64::from(*pulses));
                }
            }
        }
        map
    }
}
