//! Binomial draws, exact for any number of trials.
//!
//! The smaller of p and 1 − p is used. Below a mean of 10: inversion of the distribution function.
//! Above: transformed rejection with squeeze (W. Hörmann, J. Stat. Comput. Simul. 46, 101 (1993),
//! doi:10.1080/00949659308811496, algorithm BTRS).

use numerics::rng::Stream;

/// Successes in `trials` trials of probability `p`.
pub(super) fn binomial(trials: f64, p: f64, stream: &mut Stream) -> f64 {
    if trials <= 0.0 || p <= 0.0 {
        0.0
    } else if p >= 1.0 {
        trials
    } else if p > 0.5 {
        trials - below_half(trials, 1.0 - p, stream)
    } else {
        below_half(trials, p, stream)
    }
}

fn below_half(n: f64, p: f64, stream: &mut Stream) -> f64 {
    if n * p < 10.0 { inversion(n, p, stream) } else { rejection(n, p, stream) }
}

fn inversion(n: f64, p: f64, stream: &mut Stream) -> f64 {
    let odds = p / (1.0 - p);
    let mut term = (n * (-p).ln_1p()).exp();
    let mut left = stream.uniform();
    let mut k = 0.0;
    while left > term && k < n {
        left -= term;
        k += 1.0;
        term *= odds * (n - k + 1.0) / k;
        if term < 1e-300 {
            break;
        }
    }
    k
}

fn rejection(n: f64, p: f64, stream: &mut Stream) -> f64 {
    let deviation = (n * p * (1.0 - p)).sqrt();
    let b = 1.15 + 2.53 * deviation;
    let a = -0.0873 + 0.0248 * b + 0.01 * p;
    let c = n * p + 0.5;
    let v_r = 0.92 - 4.2 / b;
    let alpha = (2.83 + 5.1 / b) * deviation;
    let log_odds = (p / (1.0 - p)).ln();
    let mode = ((n + 1.0) * p).floor();
    let top = log_factorial(mode) + log_factorial(n - mode);
    loop {
        let u = stream.uniform() - 0.5;
        let v = stream.uniform();
        let u_s = 0.5 - u.abs();
        let k = ((2.0 * a / u_s + b) * u + c).floor();
        if k < 0.0 || k > n {
            continue;
        }
        if u_s >= 0.07 && v <= v_r {
            return k;
        }
        let height = (v * alpha / (a / (u_s * u_s) + b)).ln();
        if height <= top - log_factorial(k) - log_factorial(n - k) + (k - mode) * log_odds {
            return k;
        }
    }
}

/// ln k!; Stirling's series above 15 (error below 1e-12), the product below.
fn log_factorial(k: f64) -> f64 {
    if k < 16.0 {
        let mut product = 1.0;
        let mut i = 2.0;
        while i <= k {
            product *= i;
            i += 1.0;
        }
        return product.ln();
    }
    let inverse = 1.0 / k;
    let square = inverse * inverse;
    (k + 0.5) * k.ln() - k
        + 0.5 * std::f64::consts::TAU.ln()
        + inverse * (1.0 / 12.0 - square * (1.0 / 360.0 - square * (1.0 / 1260.0 - square / 1680.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use numerics::rng::Purpose;

    #[test]
    fn log_factorials_join() {
        let exact: f64 = (2..=16).map(|i| f64::from(i).ln()).sum();
        assert!((log_factorial(16.0) / exact - 1.0).abs() < 1e-13);
    }

    /// χ² of 40 000 draws against the exact probabilities, both algorithms.
    #[test]
    fn draws_follow_the_distribution() {
        for (n, p) in [(20.0, 0.2), (60.0, 0.4), (200.0, 0.3), (50.0, 0.9)] {
            let draws = 40_000;
            let mut counts = vec![0_u32; n as usize + 1];
            let mut stream = Stream::new(3, Purpose::StateNoise, 1, 0);
            for _ in 0..draws {
                counts[binomial(n, p, &mut stream) as usize] += 1;
            }
            let (mut chi, mut cells) = (0.0, 0.0);
            for (k, count) in counts.iter().enumerate() {
                let k = k as f64;
                let log = log_factorial(n) - log_factorial(k) - log_factorial(n - k)
                    + k * f64::ln(p)
                    + (n - k) * (-p).ln_1p();
                let expected = log.exp() * f64::from(draws);
                if expected > 5.0 {
                    chi += (f64::from(*count) - expected).powi(2) / expected;
                    cells += 1.0;
                }
            }
            // Mean `cells`, standard deviation √(2 cells).
            assert!(chi < cells + 4.0 * f64::sqrt(2.0 * cells), "{n} {p}: {chi} for {cells}");
        }
    }
}
