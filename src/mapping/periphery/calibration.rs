//! Full scales of converters from data.
//!
//! * Percentile: the magnitude below which this share of the conversions lies.
//! * Least error: of `CANDIDATES` full scales, equally spaced on a logarithmic axis from the largest
//!   magnitude down to one `DEPTH`th of it, and the fixed one, that with the least mean square of
//!   rounding and clipping.
//!
//! Pinned by: `tests/mapping_periphery.rs`.

use super::quantiser::{levels, round};
use crate::mapping::config::{AdcCalibration, RangeOf};

/// Full scales tried.
const CANDIDATES: i32 = 64;
/// Largest over smallest full scale tried.
const DEPTH: f32 = 64.0;

/// What a calibration did.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Calibration {
    /// Conversions it looked at.
    pub conversions: u64,
    /// Sum of the squares of rounding and clipping with the fixed full scale, weight units.
    pub fixed_squares: f64,
    /// The same with the full scales found.
    pub squares: f64,
    /// Smallest full scale found, weight units.
    pub smallest_range: f32,
    /// Largest full scale found, weight units.
    pub largest_range: f32,
}

impl Calibration {
    /// Adds another part's.
    pub fn add(&mut self, other: &Self) {
        if other.conversions == 0 {
            return;
        }
        let first = self.conversions == 0;
        self.smallest_range =
            if first { other.smallest_range } else { self.smallest_range.min(other.smallest_range) };
        self.largest_range = self.largest_range.max(other.largest_range);
        self.conversions += other.conversions;
        self.fixed_squares += other.fixed_squares;
        self.squares += other.squares;
    }

    /// Root-mean-square error of rounding and clipping with the full scales found, weight units.
    pub fn rms_error(&self) -> f64 {
        (self.squares / self.conversions.max(1) as f64).sqrt()
    }

    /// The same with the fixed full scale.
    pub fn fixed_rms_error(&self) -> f64 {
        (self.fixed_squares / self.conversions.max(1) as f64).sqrt()
    }
}

/// Sum of the squares of rounding and clipping.
pub(crate) fn squared_error(values: &[f32], range: f32, bits: u32) -> f64 {
    let levels = levels(bits);
    let (to, from) = (levels / range, range / levels);
    let error = |y: &f32| round(y * to).clamp(-levels, levels) * from - y;
    // Short sums in single precision, their sum in double.
    values.chunks(256).map(|chunk| f64::from(chunk.iter().map(|y| error(y).powi(2)).sum::<f32>())).sum()
}

/// The full scale for some values; the fixed one where they are all zero.
fn full_scale(values: &mut [f32], fixed: f32, calibration: &AdcCalibration, bits: u32) -> f32 {
    let largest = values.iter().fold(0.0_f32, |m, y| m.max(y.abs()));
    if largest == 0.0 || !largest.is_finite() {
        return fixed;
    }
    match calibration {
        AdcCalibration::Fixed | AdcCalibration::AllLines | AdcCalibration::OneLine => fixed,
        AdcCalibration::Percentile { percentile, .. } => {
            let place = (percentile / 100.0 * (values.len() - 1) as f32).round() as usize;
            let place = place.min(values.len() - 1);
            let (_, value, _) = values.select_nth_unstable_by(place, |a, b| a.abs().total_cmp(&b.abs()));
            let value = value.abs();
            if value > 0.0 { value } else { largest }
        }
        AdcCalibration::LeastError { .. } => {
            let step = DEPTH.powf(-1.0 / (CANDIDATES - 1) as f32);
            let candidates = (0..CANDIDATES).map(|k| largest * step.powi(k));
            let mut best = (squared_error(values, fixed, bits), fixed);
            for range in candidates {
                let error = squared_error(values, range, bits);
                if error < best.0 {
                    best = (error, range);
                }
            }
            best.1
        }
    }
}

/// Full scales for conversions, sample after sample of `sensed` columns, and what they are worth.
pub(crate) fn full_scales(
    conversions: &[f32],
    sensed: usize,
    fixed: f32,
    (calibration, of, bits): (&AdcCalibration, RangeOf, u32),
) -> (Vec<f32>, Calibration) {
    let mut found = Calibration::default();
    let mut one = |values: &mut Vec<f32>| {
        let range = full_scale(values, fixed, calibration, bits);
        found.add(&Calibration {
            conversions: values.len() as u64,
            fixed_squares: squared_error(values, fixed, bits),
            squares: squared_error(values, range, bits),
            smallest_range: range,
            largest_range: range,
        });
        range
    };
    let ranges = match of {
        RangeOf::Tile => vec![one(&mut conversions.to_vec())],
        RangeOf::Column => (0..sensed)
            .map(|k| one(&mut conversions[k..].iter().step_by(sensed).copied().collect()))
            .collect(),
    };
    (ranges, found)
}
