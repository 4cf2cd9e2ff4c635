//! Activated loss from bakes at three or more temperatures.
//!
//! A bake is hot when the cells of the upper half of the range lose more than 3 % of their conductance
//! beyond what the coldest bake shows. The share of its conductance that a cell keeps is exp(−X), relative
//! to the mean (median) of a bake two steps below the coldest hot one, where there is no loss yet.
//!
//! X is log-normal: its median at the hottest bake, X₅₀, is that of the measured cells, level by level.
//! Elsewhere ln X₅₀(T) = ln X₅₀ + ln(t/t_hot) − E_L (1/k_B T − 1/k_B T_hot). The two numbers that are
//! left, E_L (median of the levels) and σ_L, have the least sum of squares, over the upper half of the
//! range, of the mean and median kept in the hot bakes and the one before them, and of the 10 %
//! quantile in the hottest. ν_L follows from ln X₅₀ = ln(ν_L t) − E_L/k_B T, then E_L of each level.
//!
//! Pinned by: `tests/fit_relaxation.rs`.

use device_models::relaxation::Loss;
use numerics::statistics::Sorted;

use super::statistics::Cellular;
use super::{BOLTZMANN, CHARGE};

/// Loss of conductance from which a bake is hot.
const HOT: f64 = 0.03;
/// Distance of the 10 % quantile of a normal distribution from its median, in standard deviations.
const TENTH: f64 = 1.2816;
/// Barriers and their spreads that are tried, eV: lowest, step, number.
const BARRIERS: (f64, f64, u32) = (0.5, 0.01, 200);
const SPREADS: (f64, f64, u32) = (0.01, 0.0025, 60);
/// Places of the 10 % and the 50 % quantile.
const Q10: usize = 1;
const Q50: usize = 3;

/// The loss and what it needs per level.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The loss.
    pub loss: Loss,
    /// Temperature of the coldest hot bake, K.
    pub coldest: f64,
    /// Conductance (S) and barrier (J) of the levels, by conductance.
    barriers: Vec<(f64, f64)>,
}

impl Found {
    /// The barrier at a conductance: of the nearest level that shows one.
    pub fn barrier(&self, conductance: f64) -> f64 {
        (self.barriers.iter())
            .min_by(|a, b| (a.0 - conductance).abs().total_cmp(&(b.0 - conductance).abs()))
            .map_or(0.0, |b| b.1)
    }
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    Sorted::new(values.filter(|v| v.is_finite()).collect()).quantile(0.5)
}

/// The loss that the statistics show, if they do.
pub fn find(statistics: &[Cellular]) -> Option<Found> {
    let mut temperatures: Vec<f64> = statistics.iter().map(|s| s.temperature).collect();
    temperatures.sort_by(f64::total_cmp);
    temperatures.dedup();
    let greatest = statistics.iter().map(|s| s.conductance).fold(0.0, f64::max);
    let at = |temperature: f64, level: usize| {
        statistics.iter().find(|s| s.level == level && s.temperature.total_cmp(&temperature).is_eq())
    };
    let upper = |temperature: f64| {
        (statistics.iter())
            .filter(move |s| s.temperature.total_cmp(&temperature).is_eq() && s.conductance > 0.5 * greatest)
    };
    let lost = |temperature: f64| median(upper(temperature).map(|s| -s.quantiles[Q50] / s.conductance));
    let cold = lost(*temperatures.first()?);
    let first = temperatures.iter().position(|&t| lost(t) - cold > HOT).filter(|first| *first > 0)?;
    let [.., _, hottest] = temperatures[first..] else { return None };
    let reference = temperatures[first.saturating_sub(2)];
    let thermal = BOLTZMANN * hottest;
    // Kept median, mean and 10 % quantile of a level.
    let kept = |temperature: f64, level: usize| -> Option<[f64; 3]> {
        let (s, r) = (at(temperature, level)?, at(reference, level)?);
        let median = r.conductance + r.quantiles[Q50];
        Some([
            (s.conductance + s.quantiles[Q50]) / median,
            (s.conductance + s.summary.mean) / (r.conductance + r.summary.mean),
            (s.conductance + s.quantiles[Q10]) / median,
        ])
    };
    let time = |temperature: f64| median(upper(temperature).map(|s| s.time));
    let levels: Vec<(usize, f64)> = (upper(hottest))
        .filter_map(|s| Some((s.level, (-kept(hottest, s.level)?[0].ln()).ln())))
        .filter(|level| level.1.is_finite())
        .collect();
    let typical = median(levels.iter().map(|l| l.1));
    let mut rows = Vec::new();
    for &temperature in &temperatures[first - 1..] {
        for &(level, log_x) in &levels {
            rows.extend(kept(temperature, level).map(|kept| (temperature, time(temperature), log_x, kept)));
        }
    }
    let squares = |barrier: f64, spread: f64| -> f64 {
        (rows.iter())
            .map(|&(temperature, time_here, log_x, [half, mean, tenth])| {
                let own = BOLTZMANN * temperature;
                // The level's own barrier lies where its X₅₀ at the hottest bake puts it.
                let barrier = barrier - thermal * (log_x - typical);
                let here = log_x + (time_here / time(hottest)).ln() - barrier * (1.0 / own - 1.0 / thermal);
                let share = |z: f64| (-(here + z * spread / own).exp()).exp();
                let mut sum = (share(0.0) - half).powi(2) + (average(share) - mean).powi(2);
                if temperature.total_cmp(&hottest).is_eq() {
                    sum += (share(TENTH) - tenth).powi(2);
                }
                sum
            })
            .sum()
    };
    let grid =
        |(low, step, count): (f64, f64, u32)| (0..count).map(move |i| (low + step * f64::from(i)) * CHARGE);
    let (barrier, spread) = grid(BARRIERS)
        .flat_map(|barrier| grid(SPREADS).map(move |spread| (barrier, spread)))
        .min_by(|a, b| squares(a.0, a.1).total_cmp(&squares(b.0, b.1)))?;
    let log_frequency = typical - time(hottest).ln() + barrier / thermal;
    let mut barriers: Vec<(f64, f64)> = (statistics.iter())
        .filter(|s| s.temperature.total_cmp(&hottest).is_eq())
        .filter_map(|s| {
            let log_x = (-kept(hottest, s.level)?[0].ln()).ln();
            Some((s.conductance, barrier - thermal * (log_x - typical)))
        })
        .filter(|b| b.1.is_finite())
        .collect();
    barriers.sort_by(|a, b| a.0.total_cmp(&b.0));
    let loss = Loss { attempt_frequency: log_frequency.exp(), barrier_spread: spread };
    let sound = loss.attempt_frequency.is_finite() && loss.attempt_frequency > 0.0;
    (sound && !barriers.is_empty()).then_some(Found { loss, coldest: temperatures[first], barriers })
}

/// Mean over a standard normal.
fn average(f: impl Fn(f64) -> f64) -> f64 {
    let (mut sum, mut weights) = (0.0, 0.0);
    for i in -12..=12 {
        let z = f64::from(i) * 0.25;
        let weight = (-0.5 * z * z).exp();
        sum += weight * f(z);
        weights += weight;
    }
    sum / weights
}
