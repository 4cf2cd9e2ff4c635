//! Whole arrays of statistical devices under voltage pulses: the same features, thresholds and
//! transitions as [`super::Statistical`], in `f32`, cell beside cell.
//!
//! The devices are those of [`crate::variability::draw_spread`] under the same seed; their cycles are
//! drawn from (seed, device, cycle), whatever the order of pulses and the number of threads. The applied
//! voltage is the cell's.
//!
//! Pinned by: `tests/statistical_array.rs`.

use numerics::rng::{Purpose, Stream, fill_device_normals};
use rayon::prelude::*;

use super::device::{Device, wear};
use super::parameters::{DEVICE, FEATURES};
use super::reset::Transition;
use super::{DEEPEST, Statistical, wear_count};

/// Cells that one task works on.
const BLOCK: usize = 1024;
/// Cells worked on at once.
const LANES: usize = 8;
/// Normals of one cycle: slow and white ones.
const NORMALS: usize = 2 * FEATURES;

/// Eight numbers of one kind.
type Lanes = [f32; LANES];

/// Eight cells.
#[derive(Debug, Clone, PartialEq)]
struct Group {
    /// Means and deviations of the latents.
    latent: [Lanes; DEVICE],
    forming_voltage: Lanes,
    formed_conductance: Lanes,
    conductance: Lanes,
    /// Magnitudes of the voltages at which RESET of the last low-resistance state begins, and at which the
    /// present cycle SETs and will RESET.
    start_voltage: Lanes,
    set_voltage: Lanes,
    reset_voltage: Lanes,
    start_conductance: Lanes,
    hrs_conductance: Lanes,
    lrs_conductance: Lanes,
    slow: [Lanes; FEATURES],
    /// Cycles drawn so far.
    cycles: [u32; LANES],
    low_resistance: [bool; LANES],
}

/// An array of cells of one card.
#[derive(Debug, Clone)]
pub struct StatisticalArray {
    model: Statistical,
    seed: u64,
    cells: usize,
    blocks: Vec<Vec<Group>>,
}

impl StatisticalArray {
    /// So many cells, all in the state that `slow` (S) is to [`crate::DeviceModel::rest`].
    pub fn new(model: Statistical, seed: u64, cells: usize, slow: f64) -> Self {
        let groups = cells.div_ceil(LANES);
        let blocks = (0..groups.div_ceil(BLOCK / LANES))
            .into_par_iter()
            .map(|block| {
                let first = block * BLOCK / LANES;
                (first..groups.min(first + BLOCK / LANES))
                    .map(|group| Group::new(&model, seed, (group * LANES) as u64, slow))
                    .collect()
            })
            .collect();
        Self { model, seed, cells, blocks }
    }

    /// Number of cells.
    pub fn len(&self) -> usize {
        self.cells
    }

    /// There are no cells.
    pub fn is_empty(&self) -> bool {
        self.cells == 0
    }

    /// Applies one voltage pulse to every cell, V.
    pub fn pulse(&mut self, voltage: f32) {
        let (model, seed) = (&self.model, self.seed);
        self.blocks.par_iter_mut().enumerate().for_each(|(block, groups)| {
            for (k, group) in groups.iter_mut().enumerate() {
                group.pulse(model, seed, (block * BLOCK + k * LANES) as u64, &[voltage; LANES]);
            }
        });
    }

    /// Applies its own voltage pulse to each cell, V; cells without a voltage rest.
    pub fn pulse_each(&mut self, voltages: &[f32]) {
        let (model, seed) = (&self.model, self.seed);
        self.blocks.par_iter_mut().zip(voltages.par_chunks(BLOCK)).enumerate().for_each(
            |(block, (groups, voltages))| {
                for (k, (group, own)) in groups.iter_mut().zip(voltages.chunks(LANES)).enumerate() {
                    let mut lanes = [0.0; LANES];
                    lanes.iter_mut().zip(own).for_each(|(lane, voltage)| *lane = *voltage);
                    group.pulse(model, seed, (block * BLOCK + k * LANES) as u64, &lanes);
                }
            },
        );
    }

    /// The conductances at the reference voltage, S.
    pub fn conductances(&self) -> impl Iterator<Item = f32> {
        self.blocks.iter().flatten().flat_map(|group| group.conductance).take(self.cells)
    }
}

impl Group {
    fn new(model: &Statistical, seed: u64, first: u64, slow: f64) -> Self {
        let p = &model.parameters;
        let rest = super::Resting::new(model, slow);
        let mut group = Self {
            latent: [[0.0; LANES]; DEVICE],
            forming_voltage: [0.0; LANES],
            formed_conductance: [0.0; LANES],
            conductance: [slow as f32; LANES],
            start_voltage: [(-model.polarity * rest.start_voltage) as f32; LANES],
            set_voltage: [0.0; LANES],
            reset_voltage: [0.0; LANES],
            start_conductance: [rest.start_conductance as f32; LANES],
            hrs_conductance: [0.0; LANES],
            lrs_conductance: [0.0; LANES],
            slow: [[0.0; LANES]; FEATURES],
            cycles: [0; LANES],
            low_resistance: [rest.low_resistance; LANES],
        };
        for lane in 0..LANES {
            let mut stream = Stream::new(seed, Purpose::DeviceSpread, first + lane as u64, 0);
            let device = Device::draw(p, &mut stream);
            for (own, value) in group.latent.iter_mut().zip(device.latent()) {
                own[lane] = *value as f32;
            }
            group.forming_voltage[lane] = device.forming_voltage as f32;
            group.formed_conductance[lane] = model.conductance(device.formed_resistance).0 as f32;
        }
        group.draw(model, seed, first, [true; LANES], true);
        group
    }

    /// The next cycle of the cells that are `drawn`; of a stationary process if it is the `first`.
    fn draw(&mut self, model: &Statistical, seed: u64, device: u64, drawn: [bool; LANES], first: bool) {
        let p = &model.parameters;
        let mut normals = [0.0; NORMALS * LANES];
        fill_device_normals(seed, Purpose::Cycle, device, &self.cycles, &mut normals);
        let (kicks, white) = normals.split_at(FEATURES * LANES);
        for ((slow, kick), memory) in self.slow.iter_mut().zip(kicks.chunks_exact(LANES)).zip(&p.memory) {
            let memory = if first { 0.0 } else { *memory };
            let (memory, fresh) = (memory as f32, (1.0 - memory * memory).sqrt() as f32);
            for lane in 0..LANES {
                let next = memory * slow[lane] + fresh * kick[lane];
                slow[lane] = if drawn[lane] { next } else { slow[lane] };
            }
        }
        let mut values = [[0.0_f32; LANES]; FEATURES];
        for (f, value) in values.iter_mut().enumerate() {
            let mut score = [0.0_f32; LANES];
            for j in 0..=f {
                let (c, d) = (p.slow[f][j] as f32, p.white[f][j] as f32);
                for lane in 0..LANES {
                    score[lane] += c * self.slow[j][lane] + d * white[j * LANES + lane];
                }
            }
            let mut sum = [0.0_f32; LANES];
            for factor in p.cycle[f].iter().rev() {
                for lane in 0..LANES {
                    sum[lane] = sum[lane] * score[lane] + *factor as f32;
                }
            }
            for lane in 0..LANES {
                let latent = self.latent[f][lane] + self.latent[FEATURES + f][lane] * sum[lane];
                value[lane] = p.maps[f].at(f64::from(latent)) as f32;
            }
        }
        let (low, high) = ((DEEPEST * p.minimum_conductance) as f32, p.maximum_conductance as f32);
        let wears = p.hrs_wear > 0.0 || p.lrs_wear > 0.0;
        for lane in (0..LANES).filter(|lane| drawn[*lane]) {
            self.cycles[lane] += 1;
            let worn = if wears { wear(p, wear_count(f64::from(self.cycles[lane]))) as f32 } else { 0.0 };
            let hrs = (values[0][lane] - p.hrs_wear as f32 * worn) * -std::f32::consts::LOG2_10;
            self.hrs_conductance[lane] = hrs.exp2().clamp(low, high);
            let lrs = values[2][lane] - p.lrs_wear as f32 * worn;
            self.lrs_conductance[lane] = if lrs > 0.0 { (1.0 / lrs).clamp(low, high) } else { high };
            self.set_voltage[lane] = (model.polarity as f32 * values[1][lane]).max(0.0);
            self.reset_voltage[lane] = -model.polarity as f32 * values[3][lane];
        }
    }

    fn pulse(&mut self, model: &Statistical, seed: u64, device: u64, voltages: &Lanes) {
        let p = &model.parameters;
        let pristine_below =
            if p.forming_voltage > 0.0 { p.minimum_conductance as f32 * 1.000_01 } else { f32::NEG_INFINITY };
        let (set, end) = (model.polarity as f32, p.reset_end_voltage as f32);
        let mut sets = [false; LANES];
        for lane in 0..LANES {
            let up = set * voltages[lane];
            let pristine = self.conductance[lane] <= pristine_below;
            let threshold = if pristine { self.forming_voltage[lane] } else { self.set_voltage[lane] };
            sets[lane] = up > 0.0 && up >= threshold && !self.low_resistance[lane];
            let down = -up;
            if pristine || down <= 0.0 {
                continue;
            }
            if down >= end {
                self.conductance[lane] = self.hrs_conductance[lane];
                self.low_resistance[lane] = false;
            } else if down > self.start_voltage[lane] {
                self.partial_reset(model, lane, down);
            }
        }
        if sets.contains(&true) {
            for lane in (0..LANES).filter(|lane| sets[*lane]) {
                let pristine = self.conductance[lane] <= pristine_below;
                let g = if pristine { self.formed_conductance[lane] } else { self.lrs_conductance[lane] };
                self.conductance[lane] = g;
                self.start_conductance[lane] = g;
                self.start_voltage[lane] = self.reset_voltage[lane];
                self.low_resistance[lane] = true;
            }
            self.draw(model, seed, device, sets, false);
        }
    }

    fn partial_reset(&mut self, model: &Statistical, lane: usize, voltage: f32) {
        let start = f64::from(self.start_conductance[lane]);
        let hrs = f64::from(self.hrs_conductance[lane]);
        let transition = Transition::new(model, f64::from(self.start_voltage[lane]), start, hrs);
        let before = f64::from(self.conductance[lane]);
        self.conductance[lane] = transition.after(before, f64::from(voltage)) as f32;
        self.low_resistance[lane] = false;
    }
}
