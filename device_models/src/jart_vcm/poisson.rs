//! Poisson numbers from a random stream.
//!
//! Small means: exponential waiting times are counted. Large means: transformed rejection with
//! squeeze (PTRS), exact for any mean.
//!
//! Reference: W. Hörmann, Insurance: Mathematics and Economics 12, 39 (1993),
//! doi:10.1016/0167-6687(93)90997-4.
//! Pinned by: the moments and probabilities below.

use numerics::rng::Stream;

/// Above this mean, rejection.
const REJECTION_FROM: f64 = 12.0;

/// A Poisson number of this mean (0 when it is not positive), as a whole `f64`.
pub(super) fn poisson(stream: &mut Stream, mean: f64) -> f64 {
    if mean.is_nan() || mean <= 0.0 {
        return 0.0;
    }
    if mean < REJECTION_FROM {
        let mut left = mean;
        let mut count = 0.0;
        loop {
            left += stream.uniform().ln();
            if left < 0.0 {
                return count;
            }
            count += 1.0;
        }
    }
    let b = 0.931 + 2.53 * mean.sqrt();
    let a = -0.059 + 0.02483 * b;
    let inverse_alpha = 1.1239 + 1.1328 / (b - 3.4);
    let sure = 0.9277 - 3.6224 / (b - 2.0);
    loop {
        let u = stream.uniform() - 0.5;
        let v = stream.uniform();
        let us = 0.5 - u.abs();
        let k = ((2.0 * a / us + b) * u + mean + 0.43).floor();
        if us >= 0.07 && v <= sure {
            return k;
        }
        if k < 0.0 || (us < 0.013 && v > us) {
            continue;
        }
        let density = k * mean.ln() - mean - ln_factorial(k);
        if v.ln() + inverse_alpha.ln() - (a / (us * us) + b).ln() <= density {
            return k;
        }
    }
}

/// ln k! by Stirling's series, after shifting small k upwards.
fn ln_factorial(k: f64) -> f64 {
    let mut x = k + 1.0;
    let mut product = 1.0;
    while x < 10.0 {
        product *= x;
        x += 1.0;
    }
    let r = 1.0 / (x * x);
    let series = (1.0 / 12.0 - r * (1.0 / 360.0 - r * (1.0 / 1260.0 - r / 1680.0))) / x;
    (x - 0.5) * x.ln() - x + 0.5 * std::f64::consts::TAU.ln() + series - product.ln()
}

#[cfg(test)]
mod tests {
    use super::*;
    use numerics::rng::Purpose;

    #[test]
    fn factorials() {
        let mut exact = 0.0;
        for k in 1..40 {
            exact += f64::from(k).ln();
            assert!((ln_factorial(f64::from(k)) - exact).abs() < 1e-11 * exact.max(1.0), "{k}");
        }
        assert!(ln_factorial(0.0).abs() < 1e-11);
    }

    #[test]
    fn moments_and_probabilities() {
        let n = 100_000;
        for (i, mean) in [0.3, 4.0, 11.9, 12.1, 60.0, 3000.0].into_iter().enumerate() {
            let mut stream = Stream::new(1, Purpose::StateNoise, i as u64, 0);
            let draws: Vec<f64> = (0..n).map(|_| poisson(&mut stream, mean)).collect();
            let average = draws.iter().sum::<f64>() / f64::from(n);
            let variance = draws.iter().map(|k| (k - mean).powi(2)).sum::<f64>() / f64::from(n);
            let third = draws.iter().map(|k| (k - mean).powi(3)).sum::<f64>() / f64::from(n);
            // Five standard errors; the central moments are m, m, m, m + 3m².
            let error = |spread: f64| 5.0 * (spread / f64::from(n)).sqrt();
            assert!((average - mean).abs() < error(mean), "{mean}: {average}");
            assert!((variance - mean).abs() < error(mean + 2.0 * mean * mean), "{mean}: {variance}");
            assert!((third - mean).abs() < error(mean + 24.0 * mean.powi(2) + 15.0 * mean.powi(3)));
            let mode = mean.floor();
            let share = draws.iter().filter(|k| (*k - mode).abs() < 0.5).count() as f64 / f64::from(n);
            let p = (mode * mean.ln() - mean - ln_factorial(mode)).exp();
            assert!((share - p).abs() < error(p), "{mean}: {share} {p}");
        }
        assert!(poisson(&mut Stream::new(1, Purpose::StateNoise, 0, 0), 0.0).abs() < 0.5);
    }
}
