//! Continual-learning measures from accuracy matrices R[s, i, j]: accuracy on context j after
//! training context i, seed s. (D. Lopez-Paz, M. Ranzato, NIPS 2017, arXiv:1706.08840; forgetting
//! after A. Chaudhry et al., ECCV 2018, doi:10.1007/978-3-030-01252-6_33.)

/// Accuracies of several seeds.
#[derive(Debug, Clone)]
pub(crate) struct Matrices {
    pub(crate) seeds: usize,
    /// Contexts trained.
    pub(crate) after: usize,
    /// Contexts tested.
    pub(crate) on: usize,
    pub(crate) values: Vec<f64>,
}

/// Mean and standard error of the mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Mean {
    pub(crate) mean: f64,
    pub(crate) error: f64,
}

/// Mean and standard error over finite values.
pub(crate) fn mean(values: &[f64]) -> Mean {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = finite.len() as f64;
    let mean = finite.iter().sum::<f64>() / n;
    let error = if finite.len() < 2 {
        0.0
    } else {
        (finite.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt()
    };
    Mean { mean, error }
}

impl Matrices {
    /// From a seeds × contexts × contexts array.
    pub(crate) fn new(shape: &[usize], values: Vec<f64>) -> Option<Self> {
        match *shape {
            [seeds, after, on] if seeds * after * on > 0 => Some(Self { seeds, after, on, values }),
            [after, on] if after * on > 0 => Some(Self { seeds: 1, after, on, values }),
            _ => None,
        }
    }

    fn at(&self, seed: usize, i: usize, j: usize) -> f64 {
        self.values.get((seed * self.after + i) * self.on + j).copied().unwrap_or(f64::NAN)
    }

    /// Mean over the seeds, row-major.
    pub(crate) fn mean_matrix(&self) -> Vec<f64> {
        let mut out = Vec::with_capacity(self.after * self.on);
        for i in 0..self.after {
            for j in 0..self.on {
                let all: Vec<f64> = (0..self.seeds).map(|s| self.at(s, i, j)).collect();
                out.push(mean(&all).mean);
            }
        }
        out
    }

    /// For each seed the mean accuracy on the contexts met so far, after training context i.
    pub(crate) fn so_far(&self, i: usize) -> Vec<f64> {
        // A matrix with fewer rows than columns (a joint reference) has been trained on everything.
        let met = if self.after < self.on { self.on } else { (i + 1).min(self.on) };
        self.each(|s| (0..met).map(|j| self.at(s, i, j)).sum::<f64>() / met as f64)
    }

    /// For each seed the accuracy on context j after training context i.
    pub(crate) fn on_context(&self, i: usize, j: usize) -> Vec<f64> {
        self.each(|s| self.at(s, i, j))
    }

    /// Final accuracy of each seed (ACC).
    pub(crate) fn last(&self) -> Vec<f64> {
        let i = self.after - 1;
        self.each(|s| (0..self.on).map(|j| self.at(s, i, j)).sum::<f64>() / self.on as f64)
    }

    /// Backward transfer of each seed, for square matrices of at least two contexts.
    pub(crate) fn backward_transfer(&self) -> Option<Vec<f64>> {
        let old = self.old()?;
        Some(self.each(|s| (0..old).map(|j| self.at(s, old, j) - self.at(s, j, j)).sum::<f64>() / old as f64))
    }

    /// Forgetting of each seed: best accuracy ever minus final accuracy, over all but the last context.
    pub(crate) fn forgetting(&self) -> Option<Vec<f64>> {
        let old = self.old()?;
        Some(self.each(|s| {
            let lost = |j: usize| {
                let best = (0..old).map(|i| self.at(s, i, j)).fold(f64::NEG_INFINITY, f64::max);
                best - self.at(s, old, j)
            };
            (0..old).map(lost).sum::<f64>() / old as f64
        }))
    }

    fn old(&self) -> Option<usize> {
        (self.after == self.on && self.on > 1).then(|| self.on - 1)
    }

    fn each(&self, f: impl Fn(usize) -> f64) -> Vec<f64> {
        (0..self.seeds).map(f).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_of_a_small_matrix() {
        let values = vec![1.0, 0.0, 0.5, 0.9, 0.8, 0.1, 0.8, 0.7];
        let Some(m) = Matrices::new(&[2, 2, 2], values) else { panic!("shape") };
        assert_eq!(m.last(), [0.7, 0.75]);
        assert_eq!(m.backward_transfer(), Some(vec![-0.5, 0.0]));
        assert_eq!(m.forgetting(), Some(vec![0.5, 0.0]));
        assert_eq!(m.so_far(0), [1.0, 0.8]);
        let Mean { mean, error } = mean(&[1.0, 3.0]);
        assert_eq!((mean, error), (2.0, 1.0));
    }
}
