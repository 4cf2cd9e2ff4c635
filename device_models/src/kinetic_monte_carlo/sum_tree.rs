//! Selection among many rates: a complete binary tree of partial sums.
//!
//! A leaf holds the rate of one site, every inner node the sum of its two children, the root the
//! total. Changing a leaf recomputes the sums above it from their children, so that nothing drifts
//! however many events pass; selection descends from the root. Both cost log₂ n.
//!
//! Reference: J. L. Blue, I. Beichl, F. Sullivan, Phys. Rev. E 51, R867 (1995),
//! doi:10.1103/PhysRevE.51.R867.
//! Pinned by: the tests below (comparison with linear search).

/// Partial sums over a fixed number of non-negative rates.
#[derive(Debug, Clone)]
pub struct SumTree {
    /// Node 1 is the root, node i has the children 2i and 2i + 1, leaves start at `leaves`.
    nodes: Vec<f64>,
    leaves: usize,
}

impl SumTree {
    /// A tree over `count` rates, all zero.
    pub fn new(count: usize) -> Self {
        let leaves = count.next_power_of_two();
        Self { nodes: vec![0.0; 2 * leaves], leaves }
    }

    /// Sum of all rates.
    pub fn total(&self) -> f64 {
        self.nodes[1]
    }

    /// The rate of one leaf.
    pub fn rate(&self, leaf: usize) -> f64 {
        self.nodes[self.leaves + leaf]
    }

    /// Sets one rate and the sums above it.
    #[inline]
    pub fn set(&mut self, leaf: usize, rate: f64) {
        let mut node = self.leaves + leaf;
        if self.nodes[node].to_bits() == rate.to_bits() {
            return;
        }
        self.nodes[node] = rate;
        while node > 1 {
            node /= 2;
            let sum = self.nodes[2 * node] + self.nodes[2 * node + 1];
            if self.nodes[node].to_bits() == sum.to_bits() {
                // Too small to be seen here, and therefore above.
                return;
            }
            self.nodes[node] = sum;
        }
    }

    /// Sets all rates; those beyond the iterator become zero.
    pub fn fill(&mut self, rates: impl Iterator<Item = f64>) {
        let mut rates = rates.fuse();
        for node in &mut self.nodes[self.leaves..] {
            *node = rates.next().unwrap_or(0.0);
        }
        for node in (1..self.leaves).rev() {
            self.nodes[node] = self.nodes[2 * node] + self.nodes[2 * node + 1];
        }
    }

    /// The leaf in whose share of the total `position` (0 ≤ position < total) lies, and how far
    /// into it. Never a leaf of rate zero while the total is positive.
    #[inline]
    pub fn select(&self, position: f64) -> (usize, f64) {
        let (mut node, mut left) = (1, position);
        while node < self.leaves {
            node *= 2;
            let first = self.nodes[node];
            if left >= first && self.nodes[node + 1] > 0.0 {
                left -= first;
                node += 1;
            }
        }
        (node - self.leaves, left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Rates are whole numbers, whose sums are exact, so both searches must agree exactly.
        #[test]
        fn selection_equals_linear_search(
            rates in prop::collection::vec(0_u32..50, 1..200),
            changes in prop::collection::vec((0_usize..200, 0_u32..50), 0..50),
            share in 0.0..1.0,
        ) {
            let mut rates: Vec<f64> = rates.into_iter().map(f64::from).collect();
            let mut tree = SumTree::new(rates.len());
            tree.fill(rates.iter().copied());
            for (leaf, rate) in changes {
                let leaf = leaf % rates.len();
                rates[leaf] = f64::from(rate);
                tree.set(leaf, rates[leaf]);
            }
            let total: f64 = rates.iter().sum();
            prop_assert_eq!(tree.total().to_bits(), total.to_bits());
            let position = share * total;
            if total > 0.0 {
                let mut left = position;
                let mut expected = 0;
                while left >= rates[expected] {
                    left -= rates[expected];
                    expected += 1;
                }
                prop_assert_eq!(tree.select(position).0, expected);
                prop_assert!(tree.rate(expected) > 0.0);
            }
        }
    }

    #[test]
    fn a_position_at_the_end_finds_a_leaf_with_a_rate() {
        let mut tree = SumTree::new(5);
        tree.set(1, 2.0);
        tree.set(3, 1.0);
        assert_eq!(tree.select(3.0).0, 3);
        assert_eq!(tree.select(0.0).0, 1);
    }
}
