//! Everything around the cells in a read: drivers, converters, amplifiers, digital sums.
//!
//! 1. `drive` – inputs to driven lines: noise management, input converters, encoding.
//! 2. [`Operator`] – the products, one more for every kind of noise or curvature.
//! 3. `sense` – noise, integrator, output converter, digital accumulation, in passes over one row.
//! 4. Bound management: samples with a conversion out of range are read again with half the inputs
//!    (T. Gokmen, M. Onen, W. Haensch, Front. Neurosci. 11, 538 (2017), doi:10.3389/fnins.2017.00538).
//!
//! A tile has drivers and converters on either side (`converters`), so that a transposed read is the
//! same array with other converters. Their full scales are fixed or come from data ([`calibration`]).
//! All memory of a read is kept for the next.
//!
//! Pinned by: `tests/mapping_periphery.rs`.

pub mod calibration;
pub(crate) mod converters;
pub(crate) mod drive;
pub mod quantiser;
pub(crate) mod sense;
pub(crate) mod serial;

use numerics::matrix::Matrix;
use numerics::rng::Stream;

use self::calibration::{Calibration, full_scales};
use self::converters::{Converters, range_of};
use self::drive::{Drive, Source};
use self::quantiser::levels;
use self::sense::{RowNoise, accumulate, add_noise, subtract_converted, to_codes};
use self::serial::bit_plane;
use super::cells::CellSource;
use super::config::{AnalogConfig, Encoding, PeripheryConfig};
use super::currents::ReadCurrents;
use super::operator::{Operator, Sums};
use super::synapses::Activity;
use super::tile::Tile;

/// Normals that are drawn at once, at least.
const NORMALS: usize = 4096;

/// What all reads of a matrix have in common.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Design<'a> {
    /// The design.
    pub config: &'a AnalogConfig,
    /// The cells.
    pub source: &'a dyn CellSource,
    /// What cells conduct, where the design asks for more than their conductances.
    pub currents: Option<&'a ReadCurrents>,
}

/// One read of one tile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TileRead<'a> {
    /// Inputs of the whole matrix, batch × lines.
    pub x: &'a Matrix,
    /// First of them that the tile takes.
    pub from: usize,
    /// First output of the whole matrix that the tile gives.
    pub to: usize,
    /// Driven from the bit lines.
    pub transposed: bool,
}

/// Memory of reads.
#[derive(Debug, Clone, Default)]
pub(crate) struct Periphery {
    drive: Drive,
    /// Drive of the samples that are read again.
    again: Drive,
    rows: Vec<u32>,
    repeat: Vec<u32>,
    /// Drive of one bit.
    plane: Drive,
    sums: Sums,
    normals: Vec<f32>,
}

/// What all conversions of a tile have in common.
struct Side<'a> {
    config: &'a PeripheryConfig,
    converters: &'a mut Converters,
    /// Digital factors of the outputs, or empty.
    scales: &'a [f32],
    transposed: bool,
    /// First output.
    to: usize,
    /// Standard deviation of the noise of the amplifiers, weight units.
    amplifier: f32,
}

impl Periphery {
    /// Reads a tile and adds what it gives to `y`.
    pub fn read(
        &mut self,
        tile: &mut Tile,
        read: TileRead<'_>,
        design: Design<'_>,
        noise: &mut Stream,
        y: &mut Matrix,
        activity: &mut Activity,
    ) {
        let config = design.config;
        let rounds = config.periphery.bound_management_rounds;
        let (operators, mut side, inputs, energy) = self.begin(tile, read, design, activity);
        if side.converters.wait_for_data(side.config) {
            self.calibrate_side(operators, &mut side, config, noise);
        }
        for (n, operator) in operators.iter().enumerate() {
            let drive = std::mem::take(&mut self.drive);
            let all = std::mem::take(&mut self.rows);
            self.convert((n, operator), &drive, &all, &side, (rounds > 0, noise), y, activity);
            (self.drive, self.rows) = (drive, all);
            for halvings in 1..=rounds {
                if self.repeat.is_empty() {
                    break;
                }
                let rows = std::mem::take(&mut self.repeat);
                let mut drive = std::mem::take(&mut self.again);
                drive.load(inputs, &rows, halvings, side.config, side.converters);
                count_drive(&drive, side.config, energy, activity);
                self.convert((n, operator), &drive, &rows, &side, (halvings < rounds, noise), y, activity);
                self.again = drive;
            }
        }
    }

    /// Finds the full scales of a tile for these inputs.
    pub fn calibrate(
        &mut self,
        tile: &mut Tile,
        read: TileRead<'_>,
        design: Design<'_>,
        noise: &mut Stream,
        activity: &mut Activity,
    ) -> Calibration {
        let (operators, mut side, _, _) = self.begin(tile, read, design, activity);
        side.converters.forget();
        if side.converters.wait_for_data(side.config) {
            return self.calibrate_side(operators, &mut side, design.config, noise);
        }
        Calibration::default()
    }

    /// Drives the lines.
    fn begin<'a>(
        &mut self,
        tile: &'a mut Tile,
        read: TileRead<'a>,
        design: Design<'a>,
        activity: &mut Activity,
    ) -> (&'a [Operator], Side<'a>, Source<'a>, LineEnergy<'a>) {
        let Design { config, source, currents } = design;
        let parts = tile.read_parts(read.transposed, config, currents);
        let scales = parts.scales;
        let (before, after) = if read.transposed { (scales, &[][..]) } else { (&[][..], scales) };
        let inputs = Source { x: read.x, from: read.from, count: parts.loads.len(), scales: before };
        let side = Side {
            config: &config.periphery,
            converters: parts.converters,
            scales: after,
            transposed: read.transposed,
            to: read.to,
            amplifier: config.periphery.output_noise * config.weight_range,
        };
        self.rows.clear();
        self.rows.extend(0..read.x.rows() as u32);
        self.drive.load(inputs, &self.rows, 0, side.config, side.converters);
        let voltage = currents.map_or(1.0, |currents| currents.voltage / source.read_voltage());
        let for_siemens = source.cell_read_energy(1.0) * voltage * voltage;
        let energy = LineEnergy { loads: parts.loads, for_siemens };
        count_drive(&self.drive, side.config, energy, activity);
        (parts.operators, side, inputs, energy)
    }

    /// Converts the samples of a drive, or puts those out of range on the list of repeats.
    #[expect(
        clippy::too_many_arguments,
        reason = "the parts of a conversion are borrowed from different owners"
    )]
    fn convert(
        &mut self,
        (n, operator): (usize, &Operator),
        drive: &Drive,
        rows: &[u32],
        side: &Side<'_>,
        (may_repeat, noise): (bool, &mut Stream),
        y: &mut Matrix,
        activity: &mut Activity,
    ) {
        self.repeat.clear();
        let levels = levels(side.config.dac_bits);
        if side.config.encoding != Encoding::BitSerial {
            operator.products(drive, side.config, side.transposed, &mut self.sums, noise);
            self.sense((n, operator), (drive, rows), side, (may_repeat, noise), y, activity);
            return;
        }
        // Shift and add. No sample is read again: bits always drive in full.
        let bits = side.config.dac_bits - 1;
        let mut plane = std::mem::take(&mut self.plane);
        for bit in 0..bits {
            let weight = (1_u32 << bit) as f32 / levels;
            bit_plane(&drive.x, bit, levels, side.converters, &mut plane.x);
            plane.factors.clear();
            plane.factors.extend(drive.factors.iter().map(|factor| factor * weight));
            // The digital offset belongs to the whole input: with the last bit.
            let share = if bit + 1 == bits { weight.recip() } else { 0.0 };
            plane.totals.clear();
            plane.totals.extend(drive.totals.iter().map(|total| total * share));
            operator.products(&plane, side.config, side.transposed, &mut self.sums, noise);
            self.sense((n, operator), (&plane, rows), side, (false, noise), y, activity);
        }
        self.plane = plane;
    }

    /// From sums to the digital result.
    fn sense(
        &mut self,
        (n, operator): (usize, &Operator),
        (drive, rows): (&Drive, &[u32]),
        side: &Side<'_>,
        (may_repeat, noise): (bool, &mut Stream),
        y: &mut Matrix,
        activity: &mut Activity,
    ) {
        let sensed = self.sums.values.columns();
        let adc = &side.converters.adcs[n];
        let amplifier = side.amplifier;
        let noisy = amplifier > 0.0 || self.sums.noisy;
        let at_once = NORMALS.div_ceil(sensed.max(1)).max(1);
        let (values, variances) = (&mut self.sums.values, &self.sums.variances);
        let repeat = &mut self.repeat;
        let arch = pulp::Arch::new();
        for first in (0..rows.len()).step_by(at_once) {
            let block = first..(first + at_once).min(rows.len());
            if noisy {
                self.normals.resize(block.len() * sensed, 0.0);
                noise.fill_normal(&mut self.normals);
            }
            let normals = &self.normals;
            arch.dispatch(|| {
                for i in block {
                    let values = values.row_mut(i);
                    let normals = if noisy { &normals[(i - first) * sensed..][..sensed] } else { &[][..] };
                    let variances = if self.sums.noisy { variances.row(i) } else { &[][..] };
                    add_noise(values, RowNoise { variances, normals, amplifier });
                    let clipped = to_codes(values, adc, side.config);
                    if clipped > 0 && may_repeat {
                        repeat.push(rows[i]);
                        continue;
                    }
                    activity.adc_clipped += u64::from(clipped);
                    let factor = operator.coefficient * drive.factors[i];
                    let mut offset = operator.digital_offset * drive.totals[i];
                    if side.config.offset_converted {
                        subtract_converted(values, offset, adc);
                        offset = 0.0;
                    }
                    let y = &mut y.row_mut(rows[i] as usize)[side.to..side.to + sensed];
                    accumulate(y, values, adc, (factor, offset), side.scales);
                }
            });
        }
        activity.adc_conversions += (rows.len() * sensed) as u64;
    }

    /// Full scales of one side from the driven samples.
    fn calibrate_side(
        &mut self,
        operators: &[Operator],
        side: &mut Side<'_>,
        config: &AnalogConfig,
        noise: &mut Stream,
    ) -> Calibration {
        let periphery = &config.periphery;
        let of = range_of(&periphery.adc_calibration);
        let mut found = Calibration::default();
        for (n, operator) in operators.iter().enumerate() {
            let mut conversions = Vec::new();
            let bits = if periphery.encoding == Encoding::BitSerial { periphery.dac_bits - 1 } else { 1 };
            for bit in 0..bits {
                let mut plane = Drive::default();
                let drive = if periphery.encoding == Encoding::BitSerial {
                    let levels = levels(periphery.dac_bits);
                    bit_plane(&self.drive.x, bit, levels, side.converters, &mut plane.x);
                    &plane
                } else {
                    &self.drive
                };
                operator.products(drive, periphery, side.transposed, &mut self.sums, noise);
                let sensed = self.sums.values.columns();
                let mut normals = vec![0.0; sensed];
                for i in 0..self.sums.values.rows() {
                    noise.fill_normal(&mut normals);
                    let variances = if self.sums.noisy { self.sums.variances.row(i) } else { &[][..] };
                    let amplifier = side.amplifier;
                    let values = self.sums.values.row_mut(i);
                    add_noise(values, RowNoise { variances, normals: &normals, amplifier });
                }
                conversions.extend_from_slice(self.sums.values.as_slice());
            }
            let sensed = self.sums.values.columns();
            let adc = &mut side.converters.adcs[n];
            let fixed = adc.fixed;
            let how = (&periphery.adc_calibration, of, periphery.adc_bits);
            let (ranges, part) = full_scales(&conversions, sensed, fixed, how);
            adc.set_ranges(&ranges, sensed, periphery);
            found.add(&part);
        }
        side.converters.found();
        found
    }
}

/// What the driven lines of a tile dissipate.
#[derive(Debug, Clone, Copy)]
struct LineEnergy<'a> {
    /// Conductance of the cells on each line, S.
    loads: &'a [f32],
    /// Energy of a full read for each siemens, J/S.
    for_siemens: f64,
}

/// Counts a drive of the lines.
fn count_drive(drive: &Drive, config: &PeripheryConfig, energy: LineEnergy<'_>, activity: &mut Activity) {
    let reads = if config.encoding.is_serial() { config.dac_bits - 1 } else { 1 };
    activity.dac_conversions += drive.x.as_slice().len() as u64 * u64::from(reads);
    activity.dac_clipped += drive.clipped;
    activity.tile_reads += drive.x.rows() as u64 * u64::from(config.reads_per_input());
    let sum: f64 = drive.power.iter().zip(energy.loads).map(|(x, g)| f64::from(x * g)).sum();
    activity.read_energy += sum * energy.for_siemens;
}
