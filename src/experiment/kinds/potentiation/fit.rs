//! Non-linearity of potentiation and depression curves.
//!
//! The label of a train is that of the curve c₀ + c₁ (1 − e^(−x/a))/(1 − e^(−1/a)), 0 ≤ x ≤ 1, with the
//! smallest sum of squared deviations from the train's conductances; c₀ and c₁ by linear least squares,
//! the label by golden-section search. Its sign is the published one: positive for a SET train that
//! saturates, negative for a RESET train that does. A train that moves less than it scatters has none (NaN).
//!
//! Reference: P.-Y. Chen, X. Peng, S. Yu, IEDM (2017), doi:10.1109/IEDM.2017.8268337.
//! Pinned by: the test below, `tests/potentiation.rs`.

use device_models::conductance_step::saturating::curvature;

use super::tiers::{Curves, Setup};

/// Largest magnitude of a label.
const LARGEST: f64 = 9.0;
/// Steps of the search: to 1e-3.
const STEPS: usize = 24;
/// Labels tried before the search.
const GRID: usize = 37;

/// Smallest sum of squares with this label.
fn misfit(curve: &[f64], label: f64) -> f64 {
    let a = curvature(label);
    let n = curve.len() as f64;
    let shape = |k: usize| {
        let x = k as f64 / (n - 1.0);
        if a.is_infinite() { x } else { (-x / a).exp_m1() / (-1.0 / a).exp_m1() }
    };
    let (mut sx, mut sy, mut sxx, mut sxy, mut syy) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for (k, y) in curve.iter().enumerate() {
        let x = shape(k);
        sx += x;
        sy += y;
        sxx += x * x;
        sxy += x * y;
        syy += y * y;
    }
    let (xx, xy, yy) = (sxx - sx * sx / n, sxy - sx * sy / n, syy - sy * sy / n);
    if xx > 0.0 { yy - xy * xy / xx } else { yy }
}

/// Whether the halves of a train differ by more than it scatters from one pulse to the next.
fn moves(curve: &[f64]) -> bool {
    let (first, second) = curve.split_at(curve.len() / 2);
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    let turns = curve.windows(3).map(|w| (w[0] - 2.0 * w[1] + w[2]).powi(2)).sum::<f64>();
    // Second differences of independent scatter have six times its variance.
    let scatter = (turns / 6.0 / (curve.len() - 2) as f64).sqrt();
    (mean(second) - mean(first)).abs() > 2.0 * scatter
}

/// The label of one train, positive where it saturates; NaN where nothing moves.
pub(super) fn label(curve: &[f64]) -> f64 {
    let scale = curve.iter().fold(0.0_f64, |m, g| m.max(g.abs()));
    let normal: Vec<f64> = curve.iter().map(|g| g / scale).collect();
    let (low, high) = normal.iter().fold((f64::INFINITY, 0.0_f64), |(l, h), g| (l.min(*g), h.max(*g)));
    if curve.len() < 3 || high - low <= 1e-9 || !moves(&normal) {
        return f64::NAN;
    }
    let spacing = 2.0 * LARGEST / (GRID - 1) as f64;
    let at = |i: usize| -LARGEST + spacing * i as f64;
    let best =
        (0..GRID).min_by(|a, b| misfit(&normal, at(*a)).total_cmp(&misfit(&normal, at(*b)))).map_or(0.0, at);
    let (mut a, mut b) = ((best - spacing).max(-LARGEST), (best + spacing).min(LARGEST));
    let ratio = 0.5 * (5.0_f64.sqrt() - 1.0);
    for _ in 0..STEPS {
        let (left, right) = (b - ratio * (b - a), a + ratio * (b - a));
        if misfit(&normal, left) < misfit(&normal, right) { b = right } else { a = left }
    }
    0.5 * (a + b)
}

/// The conductances of one cell in one train, from the pulse before it on.
fn train(setup: &Setup<'_>, curves: &Curves, cycle: u64, which: usize, cell: usize) -> Vec<f64> {
    let [set, reset] = setup.counts;
    let begin = cycle * (set + reset) + if which == 0 { 0 } else { set };
    let count = setup.counts[which];
    (begin..=begin + count).map(|row| curves.conductance[row as usize * setup.cells + cell]).collect()
}

/// Labels of SET and RESET trains, cycles × cells.
pub(super) fn labels(setup: &Setup<'_>, curves: &Curves) -> [Vec<f64>; 2] {
    [(0, 1.0), (1, -1.0)].map(|(which, sign)| {
        (0..setup.cycles)
            .flat_map(|cycle| (0..setup.cells).map(move |cell| (cycle, cell)))
            .map(|(cycle, cell)| sign * label(&train(setup, curves, cycle, which, cell)))
            .collect()
    })
}

/// Largest over smallest conductance, cycles × cells.
pub(super) fn ranges(setup: &Setup<'_>, curves: &Curves) -> Vec<f64> {
    (0..setup.cycles)
        .flat_map(|cycle| (0..setup.cells).map(move |cell| (cycle, cell)))
        .map(|(cycle, cell)| {
            let both = [0, 1].map(|which| train(setup, curves, cycle, which, cell));
            let all = || both.iter().flatten();
            all().fold(0.0_f64, |m, g| m.max(*g)) / all().fold(f64::INFINITY, |m, g| m.min(*g))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_of_exact_curves_are_found() {
        for published in [-6.76, -0.5, 0.0, 0.61, 2.4, 4.88, 8.0] {
            let a = curvature(published);
            let curve: Vec<f64> = (0..=97)
                .map(|k| {
                    let x = f64::from(k) / 97.0;
                    let f = if a.is_infinite() { x } else { (-x / a).exp_m1() / (-1.0 / a).exp_m1() };
                    3e-9 + 35e-9 * f
                })
                .collect();
            let found = label(&curve);
            assert!((found - published).abs() < 0.01, "{found} {published}");
            let down: Vec<f64> = curve.iter().map(|g| 50e-9 - g).collect();
            assert!((label(&down) - published).abs() < 0.01);
        }
        assert!(label(&[1e-6; 20]).is_nan() && label(&[1e-6, 2e-6]).is_nan());
    }
}
