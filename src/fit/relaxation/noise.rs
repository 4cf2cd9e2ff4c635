//! Read noise of single cells from their time series.
//!
//! Welch's spectrum of every series; slope and density at 1 Hz of the straight line through log S over
//! log f from 0.1 Hz to a quarter of the sampling rate; white floor from the median above three eighths.
//!
//! Pinned by: the tests below.

use device_models::relaxation::{Cell, Relaxation};
use numerics::spectrum::welch;
use numerics::statistics::Sorted;

/// Longest piece of a series that is transformed, samples.
const SEGMENT: usize = 32_768;
/// Lowest frequency of the line, Hz.
const LOWEST: f64 = 0.1;
/// Cells over which the model's noise is averaged, and their seed.
const CELLS: u64 = 400;
const SEED: u64 = 0x5eed;
/// W is sought in this range, J.
const ASYMMETRIES: (f64, f64) = (1.6e-21, 3.2e-19);

/// The spectrum of one cell in three numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CellNoise {
    /// Mean conductance, S.
    pub conductance: f64,
    /// Exponent of the frequency.
    pub slope: f64,
    /// Density at 1 Hz on the line, S²/Hz.
    pub at_one_hertz: f64,
    /// White floor, S²/Hz.
    pub floor: f64,
}

/// The noise of a series sampled `rate` times a second; `None` when it is too short or does not vary.
pub fn of(series: &[f64], rate: f64) -> Option<CellNoise> {
    let spectrum = welch(series, rate, SEGMENT)?;
    let (slope, at_one_hertz) = spectrum.power_law(LOWEST, 0.25 * rate);
    let high = (spectrum.frequency.iter().zip(&spectrum.density)).filter(|(f, _)| **f >= 0.375 * rate);
    let floor = Sorted::new(high.map(|(_, s)| *s).collect()).quantile(0.5);
    let conductance = series.iter().sum::<f64>() / series.len() as f64;
    let noise = CellNoise { conductance, slope, at_one_hertz, floor };
    (slope.is_finite() && noise.at_one_hertz > 0.0 && floor.is_finite()).then_some(noise)
}

/// Geometric mean over cells of the model's density at 1 Hz, white noise of reads included, S²/Hz.
pub fn typical(relaxation: &Relaxation, conductance: f64, temperature: f64, rate: f64) -> f64 {
    let cell = Cell::new(conductance);
    let sigma = relaxation.level(conductance).read_noise;
    let white = 2.0 * sigma * sigma / rate;
    let log = |device| (relaxation.cell_spectrum(&cell, device, SEED, 1.0, temperature) + white).ln();
    ((0..CELLS).map(log).sum::<f64>() / CELLS as f64).exp()
}

/// The asymmetry W (J) with which the model's cells are typically as noisy as the measured ones, in the
/// geometric mean over these: single cells differ by decades, and most noise of all cells is that of few.
/// `None` without cells.
pub fn asymmetry(relaxation: &Relaxation, cells: &[CellNoise], temperature: f64, rate: f64) -> Option<f64> {
    if cells.is_empty() {
        return None;
    }
    let excess = |asymmetry: f64| -> f64 {
        let trial = Relaxation { asymmetry, ..relaxation.clone() };
        let log = |cell: &CellNoise| {
            (typical(&trial, cell.conductance, temperature, rate) / cell.at_one_hertz).ln()
        };
        cells.iter().map(log).sum()
    };
    // Less asymmetric traps are noisier.
    let (mut low, mut high) = (ASYMMETRIES.0.ln(), ASYMMETRIES.1.ln());
    for _ in 0..24 {
        let middle = 0.5 * (low + high);
        if excess(middle.exp()) > 0.0 { low = middle } else { high = middle }
    }
    Some((0.5 * (low + high)).exp())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use numerics::rng::{Purpose, Stream};

    use super::*;

    #[test]
    fn a_random_walk_has_slope_minus_two_and_white_noise_zero() {
        let mut stream = Stream::new(3, Purpose::ReadNoise, 0, 0);
        let white: Vec<f64> = (0..100_000).map(|_| 1e-5 + 1e-7 * stream.normal()).collect();
        let noise = of(&white, 400.0).unwrap();
        assert!(noise.slope.abs() < 0.02, "{noise:?}");
        assert!((noise.floor / (2e-14 / 400.0) - 1.0).abs() < 0.15, "{noise:?}");
        assert!((noise.conductance / 1e-5 - 1.0).abs() < 1e-3);
        let mut sum = 0.0;
        let walk: Vec<f64> = white
            .iter()
            .map(|v| {
                sum += v - 1e-5;
                sum
            })
            .collect();
        assert!((of(&walk, 400.0).unwrap().slope + 2.0).abs() < 0.1);
        assert!(of(&[1e-5; 4], 400.0).is_none() && of(&[0.5; 100], 400.0).is_none());
    }
}
