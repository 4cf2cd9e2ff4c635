//! Statistics of features of cycles of devices, as they are published: quantiles, deviations, memory.

/// One feature: cycles × devices, row-major; NaN where there is no value.
#[derive(Debug, Clone)]
pub(super) struct Feature {
    pub(super) devices: usize,
    pub(super) values: Vec<f64>,
}

impl Feature {
    /// From one list of cycles for each device.
    pub(super) fn of(columns: &[Vec<f64>]) -> Self {
        let cycles = columns.first().map_or(0, Vec::len);
        let at = |cycle: usize| columns.iter().map(move |own| own.get(cycle).copied().unwrap_or(f64::NAN));
        Self { devices: columns.len(), values: (0..cycles).flat_map(at).collect() }
    }

    pub(super) fn map(&self, f: impl Fn(f64) -> f64) -> Self {
        Self { devices: self.devices, values: self.values.iter().map(|x| f(*x)).collect() }
    }

    /// The values of each cycle.
    pub(super) fn cycles(&self) -> impl DoubleEndedIterator<Item = &[f64]> {
        self.values.chunks(self.devices.max(1))
    }

    /// Each device's mean over its cycles.
    fn means(&self) -> Vec<f64> {
        let mut sums = vec![(0.0, 0.0); self.devices];
        for cycle in self.cycles() {
            for ((sum, count), value) in sums.iter_mut().zip(cycle).filter(|(_, v)| v.is_finite()) {
                *sum += value;
                *count += 1.0;
            }
        }
        sums.into_iter().map(|(sum, count)| sum / count).collect()
    }

    /// The values less the mean of their device.
    pub(super) fn within(&self) -> Self {
        let means = self.means();
        let cycles = self.cycles().flat_map(|cycle| cycle.iter().zip(&means).map(|(x, m)| x - m));
        Self { devices: self.devices, values: cycles.collect() }
    }

    /// Standard deviations: in all, of the devices' means, within the devices.
    pub(super) fn deviations(&self) -> [f64; 3] {
        [deviation(&self.values), deviation(&self.means()), deviation(&self.within().values)]
    }

    /// Correlation of a value with that of the same device `lag` cycles later, for values that are
    /// [`Feature::within`] their devices.
    pub(super) fn memory(&self, lag: usize) -> f64 {
        let later = self.values.get(lag * self.devices..).unwrap_or_default();
        mean(self.values.iter().zip(later).map(|(x, y)| x * y)) / mean(self.values.iter().map(|x| x * x))
    }

    /// Correlation with another feature, both within their devices.
    pub(super) fn correlation(&self, other: &Self) -> f64 {
        let both = mean(self.values.iter().zip(&other.values).map(|(x, y)| x * y));
        let square = |own: &Self| mean(own.values.iter().map(|x| x * x));
        both / (square(self) * square(other)).sqrt()
    }
}

/// Mean of the finite values.
fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (sum, count) =
        values.filter(|x| x.is_finite()).fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    sum / count
}

fn deviation(values: &[f64]) -> f64 {
    let middle = mean(values.iter().copied());
    mean(values.iter().map(|x| (x - middle).powi(2))).sqrt()
}

/// Quantiles of the values that are not NaN, by linear interpolation; NaN if there is none.
pub(super) fn quantiles(values: &[f64], probabilities: &[f64]) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.iter().copied().filter(|x| !x.is_nan()).collect();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let one = |p: &f64| {
        let at = p * last as f64;
        let low = at.floor() as usize;
        match (sorted.get(low), sorted.get((low + 1).min(last))) {
            (Some(a), Some(b)) => a + at.fract() * (b - a),
            _ => f64::NAN,
        }
    };
    probabilities.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deviations_memory_and_quantiles_of_a_small_table() {
        // Two devices, four cycles: means 1 and 5.
        let feature = Feature::of(&[vec![0.0, 2.0, 0.0, 2.0], vec![4.0, 6.0, 6.0, 4.0]]);
        assert_eq!(feature.values, [0.0, 4.0, 2.0, 6.0, 0.0, 6.0, 2.0, 4.0]);
        let [all, device, cycle] = feature.deviations();
        assert!((device - 2.0).abs() < 1e-12 && (cycle - 1.0).abs() < 1e-12);
        assert!((all - 5.0_f64.sqrt()).abs() < 1e-12);
        let within = feature.within();
        // Lag 1: −1, −1, −1 and −1, 1, −1.
        assert!((within.memory(1) + 4.0 / 6.0).abs() < 1e-12);
        assert!((within.correlation(&within) - 1.0).abs() < 1e-12);
        assert!((within.correlation(&within.map(|x| -x)) + 1.0).abs() < 1e-12);
        assert_eq!(quantiles(&[3.0, f64::NAN, 1.0], &[0.0, 0.25, 1.0]), [1.0, 1.5, 3.0]);
        assert!(quantiles(&[], &[0.5])[0].is_nan());
    }
}
