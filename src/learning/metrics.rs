//! Numbers drawn from an accuracy matrix R (T × T) and the accuracies b before any training.
//!
//! | metric | definition |
//! |---|---|
//! | ACC | (1/T) Σ_j `R[T−1][j]`, contexts weighted equally |
//! | BWT | (1/(T−1)) Σ_{j<T−1} (`R[T−1][j]` − `R[j][j]`) |
//! | FWT | (1/(T−1)) Σ_{j≥1} (`R[j−1][j]` − `b[j]`) |
//! | forgetting, from first | (1/(T−1)) Σ_{j<T−1} (`R[j][j]` − `R[T−1][j]`) = −BWT |
//! | forgetting, from best | (1/(T−1)) Σ_{j<T−1} (max_{j≤i<T−1} `R[i][j]` − `R[T−1][j]`) |
//!
//! ACC, BWT, FWT: D. Lopez-Paz, M. Ranzato, NeurIPS 2017, arXiv:1706.08840. Forgetting from best:
//! A. Chaudhry et al., ECCV 2018, doi:10.1007/978-3-030-01252-6_33. Forgetting from first is what
//! the library Avalanche reports. With one context BWT, FWT and forgetting are 0.
//!
//! Pinned by: hand-made matrices below.

use serde::Serialize;

/// The metrics of one accuracy matrix.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Metrics {
    /// Average accuracy at the end.
    pub acc: f64,
    /// Backward transfer.
    pub bwt: f64,
    /// Forward transfer.
    pub fwt: f64,
    /// Forgetting: accuracy right after learning a context minus accuracy at the end.
    pub forgetting_from_first: f64,
    /// Forgetting: best earlier accuracy minus accuracy at the end.
    pub forgetting_from_best: f64,
}

impl Metrics {
    /// From a square matrix and one initial accuracy per context; `None` for other shapes.
    pub fn new(r: &[Vec<f64>], initial: &[f64]) -> Option<Self> {
        let t = r.len();
        let last = r.last()?;
        if initial.len() != t || r.iter().any(|row| row.len() != t) {
            return None;
        }
        let acc = last.iter().sum::<f64>() / t as f64;
        if t == 1 {
            return Some(Self { acc, ..Self::default() });
        }
        let earlier = (t - 1) as f64;
        let bwt = (0..t - 1).map(|j| last[j] - r[j][j]).sum::<f64>() / earlier;
        let fwt = (1..t).map(|j| r[j - 1][j] - initial[j]).sum::<f64>() / earlier;
        let best = |j: usize| r[j..t - 1].iter().map(|row| row[j]).fold(f64::NEG_INFINITY, f64::max);
        let from_best = (0..t - 1).map(|j| best(j) - last[j]).sum::<f64>() / earlier;
        Some(Self { acc, bwt, fwt, forgetting_from_first: -bwt, forgetting_from_best: from_best })
    }
}

/// Mean and standard error of the mean (sample standard deviation / √n; 0 for fewer than two).
pub fn mean_sem(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    if values.is_empty() {
        return (0.0, 0.0);
    }
    let mean = values.iter().sum::<f64>() / n;
    if values.len() < 2 {
        return (mean, 0.0);
    }
    let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn metrics_of_a_matrix_by_hand() {
        let r = vec![vec![0.9, 0.3, 0.1], vec![0.95, 0.8, 0.2], vec![0.5, 0.6, 0.7]];
        let m = Metrics::new(&r, &[0.0, 0.1, 0.15]).unwrap_or_default();
        assert!(close(m.acc, 0.6));
        assert!(close(m.bwt, (-0.4 - 0.2) / 2.0));
        assert!(close(m.fwt, 0.125));
        assert!(close(m.forgetting_from_first, 0.3));
        assert!(close(m.forgetting_from_best, 0.325));
    }

    #[test]
    fn shapes_are_checked_and_one_context_transfers_nothing() {
        assert_eq!(Metrics::new(&[vec![0.8]], &[0.5]), Some(Metrics { acc: 0.8, ..Metrics::default() }));
        assert_eq!(Metrics::new(&[], &[]), None);
        assert_eq!(Metrics::new(&[vec![0.8, 0.1]], &[0.5]), None);
        assert_eq!(mean_sem(&[]), (0.0, 0.0));
        let (mean, sem) = mean_sem(&[1.0, 2.0, 3.0]);
        assert!(close(mean, 2.0) && close(sem, (1.0_f64 / 3.0).sqrt()));
    }
}
