//! A monotone map through measured quantiles: cubic between the knots (F. N. Fritsch, R. E. Carlson,
//! SIAM J. Numer. Anal. 17, 238 (1980), doi:10.1137/0717021), straight beyond them.

/// y → Q(y), rising.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct QuantileMap {
    knots: Vec<f64>,
    values: Vec<f64>,
    slopes: Vec<f64>,
}

impl QuantileMap {
    /// The map through these points; `None` unless both rise strictly and there are two or more.
    pub(crate) fn new(knots: Vec<f64>, values: Vec<f64>) -> Option<Self> {
        let rises = |list: &[f64]| list.windows(2).all(|w| w[0] < w[1]);
        if knots.len() < 2 || knots.len() != values.len() || !rises(&knots) || !rises(&values) {
            return None;
        }
        let width: Vec<f64> = knots.windows(2).map(|w| w[1] - w[0]).collect();
        let secant: Vec<f64> = values.windows(2).zip(&width).map(|(w, h)| (w[1] - w[0]) / h).collect();
        // Inside: the weighted harmonic mean of the neighbours, which keeps the map monotone.
        let inside = secant.windows(2).zip(width.windows(2)).map(|(d, h)| {
            let (a, b) = (2.0 * h[1] + h[0], h[1] + 2.0 * h[0]);
            (a + b) / (a / d[0] + b / d[1])
        });
        let slopes =
            secant.first().copied().into_iter().chain(inside).chain(secant.last().copied()).collect();
        Some(Self { knots, values, slopes })
    }

    pub(crate) fn at(&self, y: f64) -> f64 {
        let last = self.knots.len() - 1;
        if y <= self.knots[0] {
            return self.values[0] + self.slopes[0] * (y - self.knots[0]);
        }
        if y >= self.knots[last] {
            return self.values[last] + self.slopes[last] * (y - self.knots[last]);
        }
        let k = self.knots.partition_point(|knot| *knot <= y) - 1;
        let h = self.knots[k + 1] - self.knots[k];
        let t = (y - self.knots[k]) / h;
        let (u, tt) = (1.0 - t, t * t);
        u * u * ((1.0 + 2.0 * t) * self.values[k] + t * h * self.slopes[k])
            + tt * ((3.0 - 2.0 * t) * self.values[k + 1] - u * h * self.slopes[k + 1])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_through_its_knots_and_never_falls() {
        let knots = vec![-3.0, -1.0, 0.0, 0.5, 2.0];
        let values = vec![1.0, 1.1, 5.0, 5.2, 40.0];
        let map = QuantileMap::new(knots.clone(), values.clone()).unwrap();
        for (k, v) in knots.iter().zip(&values) {
            assert!((map.at(*k) - v).abs() < 1e-12);
        }
        let mut before = map.at(-10.0);
        for i in -999..=1000 {
            let now = map.at(f64::from(i) * 0.01);
            assert!(now > before, "{i}: {before} {now}");
            before = now;
        }
        let line = QuantileMap::new(vec![0.0, 1.0], vec![0.0, 1.0]).unwrap();
        for y in [-7.0, 0.0, 0.3, 12.0] {
            assert!((line.at(y) - y).abs() < 1e-12);
        }
        assert!(QuantileMap::new(vec![0.0, 0.0], vec![0.0, 1.0]).is_none());
        assert!(QuantileMap::new(vec![0.0, 1.0], vec![1.0, 1.0]).is_none());
        assert!(QuantileMap::new(vec![0.0], vec![1.0]).is_none());
    }
}
