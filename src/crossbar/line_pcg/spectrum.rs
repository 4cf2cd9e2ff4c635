//! Smallest eigenvalue that conjugate gradients have met, from their own coefficients.
//!
//! The coefficients α and β are the Cholesky factor of the tridiagonal Lanczos matrix, whose extreme
//! eigenvalues approach those of the preconditioned operator from inside: the same that decide on the
//! error left (G. Meurant, The Lanczos and Conjugate Gradient Algorithms, SIAM 2006, chapter 2,
//! doi:10.1137/1.9780898718140).
//!
//! Pinned by: `finds_the_smallest_eigenvalue_of_a_small_matrix` here, `tests/crossbar_properties.rs`.

/// Coefficients of the steps since the last start.
#[derive(Debug, Clone, Default)]
pub struct Spectrum {
    steps: Vec<(f64, f64)>,
}

impl Spectrum {
    /// Forgets all steps.
    pub fn clear(&mut self) {
        self.steps.clear();
    }

    /// Adds a step with its α and β (0 in the first).
    pub fn push(&mut self, alpha: f64, beta: f64) {
        self.steps.push((alpha, beta));
    }

    /// Smallest eigenvalue of the Lanczos matrix within 10 %; 1 before the first step. The
    /// preconditioned operator has none above 1.
    pub fn smallest(&self) -> f64 {
        let (mut low, mut high) = (1e-18_f64, 1.0_f64);
        if self.steps.is_empty() {
            return high;
        }
        while high > 1.1 * low {
            let middle = (low * high).sqrt();
            if self.any_below(middle) {
                high = middle;
            } else {
                low = middle;
            }
        }
        low
    }

    /// Some eigenvalue is below `shift` (Sturm sequence).
    fn any_below(&self, shift: f64) -> bool {
        let mut pivot = 1.0;
        let mut previous = 1.0;
        for (k, &(alpha, beta)) in self.steps.iter().enumerate() {
            let coupling = if k == 0 { 0.0 } else { beta / previous };
            let off_squared = if k == 0 { 0.0 } else { beta / (previous * previous) };
            pivot = 1.0 / alpha + coupling - shift - off_squared / pivot;
            if pivot < 0.0 {
                return true;
            }
            previous = alpha;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Conjugate gradients on diag(0.1, 0.5, 1) with equal weights meet all three eigenvalues in
    /// three steps.
    #[test]
    fn finds_the_smallest_eigenvalue_of_a_small_matrix() {
        let a = [0.1, 0.5, 1.0];
        let mut spectrum = Spectrum::default();
        let (mut r, mut p) = ([1.0; 3], [0.0; 3]);
        let (mut gamma_old, mut alpha) = (1.0, 0.0);
        for k in 0..3 {
            let gamma: f64 = r.iter().map(|r| r * r).sum();
            let beta = if k == 0 { 0.0 } else { gamma / gamma_old };
            p = std::array::from_fn(|i| r[i] + beta * p[i]);
            alpha = gamma / (0..3).map(|i| a[i] * p[i] * p[i]).sum::<f64>();
            r = std::array::from_fn(|i| r[i] - alpha * a[i] * p[i]);
            gamma_old = gamma;
            spectrum.push(alpha, beta);
        }
        assert!(alpha > 0.0);
        let smallest = spectrum.smallest();
        assert!((0.09..=0.1001).contains(&smallest), "{smallest}");
    }
}
