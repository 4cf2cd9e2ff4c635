//! Conductance networks on a box of nodes with six neighbours each, and their solution.
//!
//! The operator is (A x)_i = Σ_j g_ij (x_i − x_j) + h_i x_i with links g_ij ≥ 0 to the neighbours
//! and h_i ≥ 0 to fixed potentials: charge, heat or mass conservation in a node. It is kept as three
//! arrays of links and one of grounds.
//!
//! The preconditioner is an incomplete Cholesky factorisation without fill, M = (D − L) D⁻¹
//! (D − Lᵀ), plus corrections by clusters: where links differ by powers of ten, groups of
//! well-connected nodes that float in a poor conductor move as one, which no local factorisation
//! sees. For a series of thresholds, each group joined by links above it gets the common
//! correction (sum of its residual) / (conductance that leaves it). All parts are symmetric and
//! positive, so their sum is a preconditioner.
//!
//! References: J. A. Meijerink, H. A. van der Vorst, Math. Comp. 31, 148 (1977),
//! doi:10.1090/S0025-5718-1977-0438681-4; J. H. Bramble, J. E. Pasciak, J. Xu, Math. Comp. 55, 1
//! (1990), doi:10.1090/S0025-5718-1990-1023042-6 (additive levels).
//! Pinned by: the tests below (series resistor, dense elimination, contrast of 1e10).

use crate::clusters::Clusters;
use crate::conjugate_gradients::{Convergence, Workspace, solve};

/// Smallest pivot as a share of the diagonal.
const LEAST_PIVOT: f64 = 0.05;

/// A network of links on a box.
#[derive(Debug, Clone)]
pub struct GridNetwork {
    /// Distance of the neighbours' indices along the three axes.
    strides: [usize; 3],
    /// `links[axis][i]`: conductance from node i to node i + stride; zero at the last one.
    pub links: [Vec<f64>; 3],
    /// Conductance of every node to fixed potentials.
    pub grounds: Vec<f64>,
    diagonal: Vec<f64>,
    inverse: Vec<f64>,
    clusters: Clusters,
    work: Workspace,
}

impl GridNetwork {
    /// A box of `size` nodes without links. Node (x, y, z) has the index (z n_y + y) n_x + x.
    pub fn new(size: [usize; 3]) -> Self {
        let n = size.iter().product();
        let zeros = || vec![0.0; n];
        Self {
            strides: [1, size[0], size[0] * size[1]],
            links: [zeros(), zeros(), zeros()],
            grounds: zeros(),
            diagonal: zeros(),
            inverse: zeros(),
            clusters: Clusters::default(),
            work: Workspace::default(),
        }
    }

    /// Distances of the neighbours' indices along the three axes.
    pub fn strides(&self) -> [usize; 3] {
        self.strides
    }

    /// Factorises after links or grounds changed. At least one ground must be positive in every
    /// connected part.
    pub fn factorise(&mut self) {
        for i in 0..self.grounds.len() {
            let mut sum = self.grounds[i];
            let mut eliminated = 0.0;
            for (links, stride) in self.links.iter().zip(self.strides) {
                sum += links[i];
                if i >= stride {
                    let g = links[i - stride];
                    sum += g;
                    eliminated += g * g * self.inverse[i - stride];
                }
            }
            let pivot = (sum - eliminated).max(LEAST_PIVOT * sum);
            self.diagonal[i] = sum;
            self.inverse[i] = if pivot > 0.0 { 1.0 / pivot } else { 0.0 };
        }
        self.clusters.find(&self.links, self.strides, &self.grounds);
    }

    /// Solves A x = b from the `x` given, to an estimated error of `tolerance`.
    pub fn solve(&mut self, b: &[f64], x: &mut [f64], tolerance: f64, most_iterations: usize) -> Convergence {
        let mut work = std::mem::take(&mut self.work);
        let apply = |x: &[f64], y: &mut [f64]| self.apply(x, y);
        let precondition = |r: &[f64], z: &mut [f64]| self.precondition(r, z);
        let ended = solve(apply, precondition, b, x, tolerance, most_iterations, &mut work);
        self.work = work;
        ended
    }

    fn apply(&self, x: &[f64], y: &mut [f64]) {
        for ((y, d), x) in y.iter_mut().zip(&self.diagonal).zip(x) {
            *y = d * x;
        }
        for (links, stride) in self.links.iter().zip(self.strides) {
            if stride < x.len() {
                for ((y, g), x) in y.iter_mut().zip(links).zip(&x[stride..]) {
                    *y -= g * x;
                }
                for ((y, g), x) in y[stride..].iter_mut().zip(links).zip(x) {
                    *y -= g * x;
                }
            }
        }
    }

    fn precondition(&self, r: &[f64], z: &mut [f64]) {
        let [east, north, up] = &self.links;
        let [_, s1, s2] = self.strides;
        let n = r.len();
        // The neighbours along x come last in the sums, since they were just computed.
        let mut last = 0.0;
        for i in 0..n {
            let mut sum = r[i];
            if i >= s2 {
                sum += up[i - s2] * z[i - s2];
            }
            if i >= s1 {
                sum += north[i - s1] * z[i - s1];
            }
            if i >= 1 {
                sum += east[i - 1] * last;
            }
            last = sum * self.inverse[i];
            z[i] = last;
        }
        for i in (0..n).rev() {
            let mut sum = 0.0;
            if i + s2 < n {
                sum += up[i] * z[i + s2];
            }
            if i + s1 < n {
                sum += north[i] * z[i + s1];
            }
            if i + 1 < n {
                sum += east[i] * z[i + 1];
            }
            z[i] += sum * self.inverse[i];
        }
        self.clusters.correct(r, z);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream};

    /// Random links from 10^(−decades) to 1, zero across the walls, grounds below and above.
    fn random(size: [usize; 3], decades: f64, seed: u64) -> GridNetwork {
        let mut network = GridNetwork::new(size);
        let mut stream = Stream::new(seed, Purpose::Pattern, 0, 0);
        let n = network.grounds.len();
        for i in 0..n {
            let at = [i % size[0], i / size[0] % size[1], i / (size[0] * size[1])];
            for axis in 0..3 {
                if at[axis] + 1 < size[axis] {
                    let poor = stream.uniform() < 0.7;
                    network.links[axis][i] = if poor { 10_f64.powf(-decades) } else { 1.0 };
                }
            }
            if at[2] == 0 || at[2] + 1 == size[2] {
                network.grounds[i] = 10_f64.powf(-decades);
            }
        }
        network.factorise();
        network
    }

    /// Gaussian elimination; keeps full accuracy for these matrices (no cancellation in sums of
    /// one sign is lost at moderate contrast).
    fn eliminate(network: &GridNetwork, b: &[f64]) -> Vec<f64> {
        let n = b.len();
        let mut rows: Vec<Vec<f64>> = (0..n)
            .map(|j| {
                let mut unit = vec![0.0; n];
                unit[j] = 1.0;
                let mut column = vec![0.0; n];
                network.apply(&unit, &mut column);
                column.push(b[j]);
                column
            })
            .collect();
        for k in 0..n {
            let pivot = rows[k].clone();
            for row in rows.iter_mut().skip(k + 1) {
                let factor = row[k] / pivot[k];
                row.iter_mut().zip(&pivot).skip(k).for_each(|(a, p)| *a -= factor * p);
            }
        }
        let mut x = vec![0.0; n];
        for k in (0..n).rev() {
            let sum: f64 = (k + 1..n).map(|j| rows[k][j] * x[j]).sum();
            x[k] = (rows[k][n] - sum) / rows[k][k];
        }
        x
    }

    #[test]
    fn agrees_with_dense_elimination() {
        for size in [[4, 3, 5], [1, 1, 20], [5, 1, 4], [1, 6, 2]] {
            let mut network = random(size, 4.0, 3);
            let n = network.grounds.len();
            let b: Vec<f64> = (0..n).map(|i| if i % 3 == 0 { 1e-4 } else { 0.0 }).collect();
            let exact = eliminate(&network, &b);
            let mut x = vec![0.0; n];
            let ended = network.solve(&b, &mut x, 1e-10, 500);
            assert!(ended.converged, "{size:?} {ended:?}");
            for (x, exact) in x.iter().zip(&exact) {
                assert!((x - exact).abs() < 1e-8 * exact.abs().max(1.0), "{size:?}: {x} {exact}");
            }
        }
    }

    #[test]
    fn a_chain_is_factorised_exactly() {
        let mut network = GridNetwork::new([1, 1, 9]);
        network.links[2][..8].fill(2.0);
        network.grounds[0] = 2.0;
        network.grounds[8] = 2.0;
        network.factorise();
        let mut b = vec![0.0; 9];
        b[8] = 2.0;
        let mut x = vec![0.0; 9];
        let ended = network.solve(&b, &mut x, 1e-12, 10);
        assert!(ended.iterations <= 1, "{ended:?}");
        for (i, x) in x.iter().enumerate() {
            assert!((x - (i as f64 + 1.0) / 10.0).abs() < 1e-12);
        }
    }

    #[test]
    fn floating_clusters_at_high_contrast_take_few_iterations() {
        let size = [16, 16, 12];
        let mut network = random(size, 10.0, 5);
        let n = network.grounds.len();
        let layer = size[0] * size[1];
        // One volt on top.
        let b: Vec<f64> = (0..n).map(|i| if i + layer >= n { network.grounds[i] } else { 0.0 }).collect();
        let mut x = vec![0.5; n];
        let ended = network.solve(&b, &mut x, 1e-8, 1000);
        println!("contrast 1e10: {ended:?}");
        assert!(ended.converged && ended.iterations < 200, "{ended:?}");
        assert!(x.iter().all(|x| (-1e-6..=1.0 + 1e-6).contains(x)));
        // Conservation: what enters above leaves below.
        let inflow: f64 = (n - layer..n).map(|i| network.grounds[i] * (1.0 - x[i])).sum();
        let outflow: f64 = (0..layer).map(|i| network.grounds[i] * x[i]).sum();
        assert!((inflow / outflow - 1.0).abs() < 1e-5, "{inflow} {outflow}");
    }
}
