//! Power spectral density of a sampled signal by Welch's method.
//!
//! Segments of a power of two overlap by half; each is freed of its mean, weighted by a Hann window and
//! transformed (radix-2 FFT); the squared magnitudes are averaged. The density is one-sided: its sum
//! times the frequency step is the variance.
//!
//! Reference: P. D. Welch, IEEE Trans. Audio Electroacoust. 15, 70 (1967), doi:10.1109/TAU.1967.1161901.
//! Pinned by: the tests below.

use std::f64::consts::PI;

use crate::statistics::line;

/// One-sided power spectral density.
#[derive(Debug, Clone, PartialEq)]
pub struct Spectrum {
    /// Frequencies, Hz, from the first above zero to half the sampling rate.
    pub frequency: Vec<f64>,
    /// Density, square of the signal's unit per Hz.
    pub density: Vec<f64>,
}

impl Spectrum {
    /// Exponent and density at 1 Hz of the power law through the densities between two frequencies: the
    /// line of least squares of log S over log f.
    pub fn power_law(&self, lowest: f64, highest: f64) -> (f64, f64) {
        let points: Vec<(f64, f64)> = (self.frequency.iter().zip(&self.density))
            .filter(|(f, s)| (lowest..=highest).contains(*f) && **s > 0.0)
            .map(|(f, s)| (f.log10(), s.log10()))
            .collect();
        let (slope, intercept) = line(&points);
        (slope, 10_f64.powf(intercept))
    }
}

/// The density of `signal` sampled `rate` times a second, in segments of `segment` samples (rounded down
/// to a power of two and to the signal's length). `None` when that leaves fewer than eight.
pub fn welch(signal: &[f64], rate: f64, segment: usize) -> Option<Spectrum> {
    let longest = segment.min(signal.len());
    if longest < 8 {
        return None;
    }
    let n = 1_usize << longest.ilog2();
    let window: Vec<f64> = (0..n).map(|i| 0.5 - 0.5 * (2.0 * PI * i as f64 / n as f64).cos()).collect();
    let power: f64 = window.iter().map(|w| w * w).sum();
    let mut density = vec![0.0; n / 2];
    let mut segments = 0;
    let mut start = 0;
    while start + n <= signal.len() {
        let piece = &signal[start..start + n];
        let mean = piece.iter().sum::<f64>() / n as f64;
        let mut re: Vec<f64> = piece.iter().zip(&window).map(|(v, w)| (v - mean) * w).collect();
        let mut im = vec![0.0; n];
        transform(&mut re, &mut im);
        for (k, sum) in density.iter_mut().enumerate() {
            let bin = k + 1;
            // The bin at half the rate has no mirror image.
            let sides = if bin == n / 2 { 1.0 } else { 2.0 };
            *sum += sides * (re[bin] * re[bin] + im[bin] * im[bin]) / (rate * power);
        }
        segments += 1;
        start += n / 2;
    }
    for value in &mut density {
        *value /= f64::from(segments);
    }
    let frequency = (1..=n / 2).map(|k| k as f64 * rate / n as f64).collect();
    Some(Spectrum { frequency, density })
}

/// Fourier transform in place; the length is a power of two.
fn transform(re: &mut [f64], im: &mut [f64]) {
    let n = re.len();
    let bits = n.ilog2();
    for i in 0..n {
        let j = i.reverse_bits() >> (usize::BITS - bits);
        if j > i {
            re.swap(i, j);
            im.swap(i, j);
        }
    }
    let turns: Vec<(f64, f64)> = (0..n / 2).map(|k| (-2.0 * PI * k as f64 / n as f64).sin_cos()).collect();
    let mut half = 1;
    while half < n {
        for block in (0..n).step_by(2 * half) {
            for k in 0..half {
                let (sin, cos) = turns[k * (n / (2 * half))];
                let (a, b) = (block + k, block + k + half);
                let (x, y) = (re[b] * cos - im[b] * sin, re[b] * sin + im[b] * cos);
                (re[b], im[b]) = (re[a] - x, im[a] - y);
                re[a] += x;
                im[a] += y;
            }
        }
        half *= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};

    #[test]
    fn the_transform_is_the_sum() {
        let mut stream = Stream::new(1, Purpose::Pattern, 0, 0);
        let signal: Vec<f64> = (0..16).map(|_| stream.normal()).collect();
        let (mut re, mut im) = (signal.clone(), vec![0.0; 16]);
        transform(&mut re, &mut im);
        for k in 0..16 {
            let (mut x, mut y) = (0.0, 0.0);
            for (i, v) in signal.iter().enumerate() {
                let angle = -2.0 * PI * (i * k) as f64 / 16.0;
                x += v * angle.cos();
                y += v * angle.sin();
            }
            assert!((x - re[k]).abs() < 1e-12 && (y - im[k]).abs() < 1e-12);
        }
    }

    #[test]
    fn white_noise_is_flat_and_keeps_its_variance() {
        let mut stream = Stream::new(2, Purpose::ReadNoise, 0, 0);
        let signal: Vec<f64> = (0..1 << 16).map(|_| 3.0 * stream.normal()).collect();
        let spectrum = welch(&signal, 100.0, 512).unwrap();
        assert_eq!(spectrum.frequency.len(), 256);
        assert!((spectrum.frequency[255] - 50.0).abs() < 1e-12);
        let total: f64 = spectrum.density.iter().sum::<f64>() * 100.0 / 512.0;
        assert!((total / 9.0 - 1.0).abs() < 0.03, "{total}");
        let low: f64 = spectrum.density[2..100].iter().sum::<f64>() / 98.0;
        assert!((low / 0.18 - 1.0).abs() < 0.05, "{low}");
        assert!(welch(&signal[..7], 1.0, 512).is_none());
        let (slope, at_one) = spectrum.power_law(1.0, 30.0);
        assert!(slope.abs() < 0.05 && (at_one / 0.18 - 1.0).abs() < 0.1, "{slope} {at_one}");
    }

    #[test]
    fn a_sine_appears_at_its_frequency() {
        let signal: Vec<f64> = (0..4096).map(|i| (2.0 * PI * 0.125 * f64::from(i)).sin()).collect();
        let spectrum = welch(&signal, 1.0, 1000).unwrap();
        let peak = (0..256).max_by(|&a, &b| spectrum.density[a].total_cmp(&spectrum.density[b])).unwrap();
        assert!((spectrum.frequency[peak] - 0.125).abs() < 1e-12);
        let total: f64 = spectrum.density.iter().sum::<f64>() / 512.0;
        assert!((total - 0.5).abs() < 1e-3, "{total}");
    }
}
