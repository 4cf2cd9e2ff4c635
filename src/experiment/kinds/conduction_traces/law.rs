//! The compliance law R_LRS = a I_cc⁻ⁿ of what was made.
//!
//! A straight line through the logarithms, by least squares, over the levels of a card whose median
//! resistance is more than a tenth above the card's smallest: at the others the resistance no longer
//! depends on the limit but on what stands in series, or the filament is complete.
//!
//! Published: n near 1 across oxides, R_LRS I_cc near 0.4 V (D. Ielmini, IEEE Trans. Electron Devices 58,
//! 4309 (2011), doi:10.1109/TED.2011.2167513; both numbers unverified).
//!
//! Pinned by: the test below, `tests/conduction_traces.rs`.

/// Share by which a median must lie above the smallest one.
const ABOVE: f64 = 1.1;

/// The law of one card; NaN where there is no line.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::experiment::kinds) struct Law {
    /// n.
    pub(in crate::experiment::kinds) exponent: f64,
    /// Geometric mean of the limits of the traces it was fitted to, A.
    pub(in crate::experiment::kinds) current: f64,
    /// R_LRS I_cc by the law at that limit, V.
    pub(in crate::experiment::kinds) voltage: f64,
    /// Levels over which it was fitted.
    pub(in crate::experiment::kinds) used: Vec<bool>,
}

/// Fits the law to (level, limit, resistance) of the traces of a card, whose medians are given per level.
pub(super) fn fit(samples: &[(usize, f64, f64)], medians: &[f64]) -> Law {
    let smallest = medians.iter().copied().filter(|m| m.is_finite()).fold(f64::INFINITY, f64::min);
    let used: Vec<bool> = medians.iter().map(|m| *m > ABOVE * smallest).collect();
    let points: Vec<(f64, f64)> = samples
        .iter()
        .filter(|(level, _, resistance)| used.get(*level) == Some(&true) && *resistance > 0.0)
        .map(|(_, limit, resistance)| (limit.ln(), resistance.ln()))
        .collect();
    let n = points.len() as f64;
    let mean = |f: fn(&(f64, f64)) -> f64| points.iter().map(f).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let square: f64 = points.iter().map(|p| (p.0 - x).powi(2)).sum();
    let product: f64 = points.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    // Of a single level there is no slope.
    let levels = used.iter().filter(|u| **u).count();
    let slope = if levels > 1 && square > 0.0 { product / square } else { f64::NAN };
    let there = |value: f64| if slope.is_nan() { f64::NAN } else { value };
    Law { exponent: -slope, current: there(x.exp()), voltage: there((y + x).exp()), used }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_law_is_found_again_and_its_floor_left_out() {
        let limits = [1e-5, 1e-4, 1e-3, 5e-3];
        let resistance = |i: f64| (0.4 * i.powf(-0.9)).max(200.0);
        let samples: Vec<(usize, f64, f64)> =
            limits.iter().enumerate().map(|(k, i)| (k, *i, resistance(*i))).collect();
        let medians: Vec<f64> = samples.iter().map(|s| s.2).collect();
        let law = fit(&samples, &medians);
        assert_eq!(law.used, [true, true, false, false]);
        assert!((law.exponent - 0.9).abs() < 1e-12);
        let centre = 10_f64.powf(-4.5);
        assert!((law.current / centre - 1.0).abs() < 1e-12);
        assert!((law.voltage / (0.4 * centre.powf(0.1)) - 1.0).abs() < 1e-12);
        assert!(fit(&samples[..1], &medians[..1]).exponent.is_nan());
    }
}
