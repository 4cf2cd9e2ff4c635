//! Preconditioned conjugate gradients for symmetric positive definite operators that exist only as
//! functions.
//!
//! The iteration ends when the largest entry of the preconditioned residual z = M⁻¹(b − A x) is at
//! most the tolerance. With M ≈ A that is an estimate of the error of x in the units of x, which
//! the residual itself is not when the entries of A differ by many powers of ten.
//!
//! Reference: Y. Saad, Iterative Methods for Sparse Linear Systems, 2nd ed., SIAM (2003),
//! algorithm 9.1, doi:10.1137/1.9780898718003.
//! Pinned by: the tests below and those of [`crate::grid`].

/// How an iteration ended.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Iterations done.
    pub iterations: usize,
    /// Largest entry of the preconditioned residual.
    pub error: f64,
    /// The error is within the tolerance.
    pub converged: bool,
}

/// Work space, kept between solutions of one size.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    residual: Vec<f64>,
    preconditioned: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
}

/// Solves A x = b from the `x` given, which is a warm start.
///
/// `apply(x, y)` writes A x to y; `precondition(r, z)` writes M⁻¹ r to z with M symmetric positive
/// definite.
pub fn solve(
    mut apply: impl FnMut(&[f64], &mut [f64]),
    mut precondition: impl FnMut(&[f64], &mut [f64]),
    b: &[f64],
    x: &mut [f64],
    tolerance: f64,
    most_iterations: usize,
    work: &mut Workspace,
) -> Convergence {
    let Workspace { residual, preconditioned, direction, image } = work;
    for vector in [&mut *residual, preconditioned, direction, image] {
        vector.clear();
        vector.resize(b.len(), 0.0);
    }
    apply(x, residual);
    for (r, b) in residual.iter_mut().zip(b) {
        *r = b - *r;
    }
    let mut product = 0.0;
    for iterations in 0..=most_iterations {
        precondition(residual, preconditioned);
        let error =
            preconditioned.iter().fold(0.0_f64, |most, z| if z.abs() <= most { most } else { z.abs() });
        if error <= tolerance || iterations == most_iterations || error.is_nan() {
            return Convergence { iterations, error, converged: error <= tolerance };
        }
        let next = dot(residual, preconditioned);
        let share = if iterations == 0 { 0.0 } else { next / product };
        product = next;
        for (p, z) in direction.iter_mut().zip(&*preconditioned) {
            *p = z + share * *p;
        }
        apply(direction, image);
        let step = product / dot(direction, image);
        for (x, p) in x.iter_mut().zip(&*direction) {
            *x += step * p;
        }
        for (r, q) in residual.iter_mut().zip(&*image) {
            *r -= step * q;
        }
    }
    Convergence { iterations: most_iterations, error: f64::NAN, converged: false }
}

/// Scalar product in a fixed order, four sums side by side.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (left, right) = (a.chunks_exact(4), b.chunks_exact(4));
    let rest: f64 = left.remainder().iter().zip(right.remainder()).map(|(a, b)| a * b).sum();
    for (a, b) in left.zip(right) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// −x'' = 1 on n points with x = 0 at both ends.
    fn second_difference(x: &[f64], y: &mut [f64]) {
        for i in 0..x.len() {
            let left = if i > 0 { x[i - 1] } else { 0.0 };
            y[i] = 2.0 * x[i] - left - x.get(i + 1).copied().unwrap_or(0.0);
        }
    }

    #[test]
    fn a_parabola_is_found_and_found_again_at_once() {
        let n = 51;
        let b = vec![1.0; n];
        let mut x = vec![0.0; n];
        let mut work = Workspace::default();
        let jacobi = |r: &[f64], z: &mut [f64]| z.iter_mut().zip(r).for_each(|(z, r)| *z = 0.5 * r);
        let cold = solve(second_difference, jacobi, &b, &mut x, 1e-12, 200, &mut work);
        assert!(cold.converged && cold.iterations <= n, "{cold:?}");
        for (i, x) in x.iter().enumerate() {
            let exact = 0.5 * (i as f64 + 1.0) * (n as f64 - i as f64);
            assert!((x - exact).abs() < 1e-9 * exact, "{i}: {x} {exact}");
        }
        let warm = solve(second_difference, jacobi, &b, &mut x, 1e-12, 200, &mut work);
        assert!(warm.converged && warm.iterations <= 1, "{warm:?}");
    }

    #[test]
    fn what_does_not_converge_says_so() {
        let mut x = vec![0.0; 50];
        let copy = |r: &[f64], z: &mut [f64]| z.copy_from_slice(r);
        let ended = solve(second_difference, copy, &[1.0; 50], &mut x, 1e-12, 3, &mut Workspace::default());
        assert!(!ended.converged && ended.iterations == 3);
        let ended =
            solve(second_difference, copy, &[f64::NAN; 50], &mut x, 1e-12, 3, &mut Workspace::default());
        assert!(!ended.converged && ended.error.is_nan());
    }
}
