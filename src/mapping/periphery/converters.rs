//! [`Converters`]: the drivers and converters at one side of a tile, as built and as calibrated.
//!
//! Every driver and every converter has a gain 1 + g and an offset, drawn once from Gaussians, keyed by
//! the tile and the side. A converter's code is c = levels · (y (1 + g)/range + offset).

use numerics::rng::{Purpose, Stream};

use super::quantiser::levels;
use crate::mapping::config::{AdcCalibration, AnalogConfig, PeripheryConfig, RangeOf};

/// Gains and offsets of a row of drivers or converters.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Mismatch {
    /// Deviation of each gain from one.
    pub gains: Vec<f32>,
    /// Offsets as shares of the full scale.
    pub offsets: Vec<f32>,
}

impl Mismatch {
    fn draw(count: usize, (gain, offset): (f32, f32), stream: &mut Stream) -> Option<Self> {
        if gain == 0.0 && offset == 0.0 {
            return None;
        }
        let mut draw = |deviation: f32| {
            let mut values = vec![0.0; count];
            stream.fill_normal(&mut values);
            for v in &mut values {
                *v *= deviation;
            }
            values
        };
        Some(Self { gains: draw(gain), offsets: draw(offset) })
    }
}

/// Where a side of a tile stands: seed of the run, address of the tile, read transposed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SideKey {
    pub seed: u64,
    pub address: u64,
    pub transposed: bool,
}

/// Converters of one kind of conversion of the tile, ready for the kernel.
#[derive(Debug, Clone, Default)]
pub(crate) struct Adc {
    /// Full scale without calibration.
    pub fixed: f32,
    mismatch: Option<Mismatch>,
    /// Codes are the analog value times this plus `add`; one for each column.
    pub to: Vec<f32>,
    /// See `to`.
    pub add: Vec<f32>,
    /// Values are codes times this.
    pub from: Vec<f32>,
}

impl Adc {
    fn new(sensed: usize, range: f32, mismatch: Option<Mismatch>, config: &PeripheryConfig) -> Self {
        let mut adc = Self { fixed: range, mismatch, ..Self::default() };
        adc.set_ranges(&[range], sensed, config);
        adc
    }

    /// Takes over full scales: one for all columns, or one for each.
    pub fn set_ranges(&mut self, ranges: &[f32], sensed: usize, config: &PeripheryConfig) {
        // An ideal converter has codes too: shares of the full scale.
        let levels = if config.adc_bits == 0 { 1.0 } else { levels(config.adc_bits) };
        let range = |k: usize| ranges.get(k).or(ranges.first()).copied().unwrap_or(1.0);
        self.from = (0..sensed).map(|k| range(k) / levels).collect();
        self.to = (0..sensed).map(|k| levels / range(k)).collect();
        self.add = vec![0.0; sensed];
        if let Some(mismatch) = &self.mismatch {
            self.to.iter_mut().zip(&mismatch.gains).for_each(|(to, gain)| *to *= 1.0 + gain);
            self.add.iter_mut().zip(&mismatch.offsets).for_each(|(add, offset)| *add = levels * offset);
        }
    }
}

/// Drivers and converters at one side of a tile.
#[derive(Debug, Clone, Default)]
pub(crate) struct Converters {
    /// Of the drivers.
    pub drivers: Option<Mismatch>,
    /// One for every operator.
    pub adcs: Vec<Adc>,
    /// Running mean of the largest magnitudes of the inputs.
    pub average: Option<f32>,
    /// The full scales come from data.
    calibrated: bool,
}

impl Converters {
    /// Builds what is not there yet for `lines` driven and `sensed` converted lines.
    pub fn prepare(
        &mut self,
        operators: usize,
        (lines, sensed): (usize, usize),
        config: &AnalogConfig,
        key: SideKey,
    ) {
        if self.adcs.len() == operators {
            return;
        }
        let periphery = &config.periphery;
        let mut stream = Stream::new(key.seed, Purpose::Converter, key.address, u64::from(key.transposed));
        let spread = (periphery.dac_gain_mismatch, periphery.dac_offset_mismatch);
        self.drivers = Mismatch::draw(lines, spread, &mut stream);
        let lines = lines as f32;
        let span = match periphery.adc_calibration {
            AdcCalibration::AllLines => lines,
            AdcCalibration::OneLine => 1.0,
            _ => lines.sqrt(),
        };
        let range = periphery.adc_range * config.weight_range * span;
        let spread = (periphery.adc_gain_mismatch, periphery.adc_offset_mismatch);
        self.adcs = (0..operators)
            .map(|_| Adc::new(sensed, range, Mismatch::draw(sensed, spread, &mut stream), periphery))
            .collect();
        self.calibrated = false;
    }

    /// The full scales are to be found from data and were not.
    pub fn wait_for_data(&self, config: &PeripheryConfig) -> bool {
        !self.calibrated && config.calibrates()
    }

    /// The full scales have been found.
    pub fn found(&mut self) {
        self.calibrated = true;
    }

    /// Forgets full scales: the next batch calibrates.
    pub fn forget(&mut self) {
        self.calibrated = false;
    }
}

/// What has a range of its own.
pub(crate) fn range_of(calibration: &AdcCalibration) -> RangeOf {
    match calibration {
        AdcCalibration::Fixed | AdcCalibration::AllLines | AdcCalibration::OneLine => RangeOf::Tile,
        AdcCalibration::Percentile { range_of, .. } | AdcCalibration::LeastError { range_of } => *range_of,
    }
}
