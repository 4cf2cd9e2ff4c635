//! Sample statistics: moments, quantiles, and the straight line through points.
//!
//! * variance: mean square deviation from the mean (divided by n, as for the moments above it);
//! * excess kurtosis: m₄/m₂² − 3, zero for a normal distribution; skewness: m₃/m₂^(3/2);
//! * quantiles: linear between the order statistics, the first at 0 and the last at 1;
//! * robust width: 1.4826 × median absolute deviation, the standard deviation of a normal distribution.
//!
//! Pinned by: the tests below.

/// Moments and robust measures of a sample.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of values.
    pub count: usize,
    /// Mean.
    pub mean: f64,
    /// Variance.
    pub variance: f64,
    /// Skewness.
    pub skewness: f64,
    /// Excess kurtosis.
    pub kurtosis: f64,
    /// Median.
    pub median: f64,
    /// 1.4826 × median absolute deviation.
    pub robust_width: f64,
}

impl Summary {
    /// Of at least two values; `None` of fewer, or when they are all the same.
    pub fn of(values: &[f64]) -> Option<Self> {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let moment = |power: i32| values.iter().map(|v| (v - mean).powi(power)).sum::<f64>() / n;
        let variance = moment(2);
        if values.len() < 2 || variance.is_nan() || variance <= 0.0 {
            return None;
        }
        let median = Sorted::new(values.to_vec()).quantile(0.5);
        let deviations = values.iter().map(|v| (v - median).abs()).collect();
        Some(Self {
            count: values.len(),
            mean,
            variance,
            skewness: moment(3) / variance.powf(1.5),
            kurtosis: moment(4) / (variance * variance) - 3.0,
            median,
            robust_width: 1.4826 * Sorted::new(deviations).quantile(0.5),
        })
    }

    /// Standard error of the variance relative to it, from the kurtosis: √((κ + 2)/n).
    pub fn variance_error(&self) -> f64 {
        ((self.kurtosis + 2.0).max(0.0) / self.count as f64).sqrt()
    }
}

/// A sample in rising order.
#[derive(Debug, Clone, PartialEq)]
pub struct Sorted(Vec<f64>);

impl Sorted {
    /// Sorts the values.
    pub fn new(mut values: Vec<f64>) -> Self {
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// The value below which this share of the sample lies; NaN of an empty sample.
    pub fn quantile(&self, share: f64) -> f64 {
        let Some(last) = self.0.len().checked_sub(1) else { return f64::NAN };
        let place = share.clamp(0.0, 1.0) * last as f64;
        let below = place.floor() as usize;
        let (a, b) = (self.0[below], self.0[(below + 1).min(last)]);
        a + (b - a) * (place - below as f64)
    }
}

/// Slope and intercept of the line of least squares through (x, y); NaN through fewer than two places.
pub fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = points.iter().map(|p| (p.0 - x) * (p.0 - x)).sum();
    let slope = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum::<f64>() / spread;
    (slope, y - slope * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_sample_by_hand() {
        let s = Summary::of(&[1.0, 2.0, 3.0, 10.0]).unwrap();
        assert!((s.mean - 4.0).abs() < 1e-15 && (s.variance - 12.5).abs() < 1e-14);
        // m₃ = (−27 − 8 − 1 + 216)/4 = 45; m₄ = (81 + 16 + 1 + 1296)/4 = 348.5.
        assert!((s.skewness - 45.0 / 12.5_f64.powf(1.5)).abs() < 1e-14);
        assert!((s.kurtosis - (348.5 / 156.25 - 3.0)).abs() < 1e-14);
        assert!((s.median - 2.5).abs() < 1e-15);
        // Deviations from 2.5: 0.5, 0.5, 1.5, 7.5.
        assert!((s.robust_width - 1.4826).abs() < 1e-12);
        assert!((s.variance_error() - ((s.kurtosis + 2.0) / 4.0).sqrt()).abs() < 1e-15);
        assert!(Summary::of(&[]).is_none() && Summary::of(&[2.0, 2.0]).is_none());
    }

    #[test]
    fn quantiles_and_lines() {
        let sorted = Sorted::new(vec![3.0, 1.0, 2.0]);
        for (share, value) in [(0.0, 1.0), (0.25, 1.5), (0.5, 2.0), (0.9, 2.8), (1.0, 3.0)] {
            assert!((sorted.quantile(share) - value).abs() < 1e-14);
        }
        assert!(Sorted::new(Vec::new()).quantile(0.5).is_nan());
        let (slope, intercept) = line(&[(0.0, 1.0), (1.0, 3.1), (2.0, 4.9)]);
        assert!((slope - 1.95).abs() < 1e-14 && (intercept - 1.05).abs() < 1e-14);
    }
}
