//! Groups of grid nodes joined by links above a threshold, for a falling series of thresholds:
//! the coarse part of the preconditioner in [`crate::grid`].
//!
//! Pinned by: the tests of [`crate::grid`].

/// Ratio of successive thresholds.
const RATIO: f64 = 30.0;

/// The groups of all thresholds.
#[derive(Debug, Clone, Default)]
pub(crate) struct Clusters {
    /// Nodes of the groups, one group after the other.
    nodes: Vec<u32>,
    /// End of each group in `nodes` and one over the conductance that leaves it.
    groups: Vec<(u32, f64)>,
    parent: Vec<u32>,
    start: Vec<u32>,
}

impl Clusters {
    /// Finds the groups of two and more nodes. A threshold below which nothing new is joined, or
    /// at which everything is one group, adds none.
    pub(crate) fn find(&mut self, links: &[Vec<f64>; 3], strides: [usize; 3], grounds: &[f64]) {
        self.nodes.clear();
        self.groups.clear();
        let n = grounds.len();
        let positive = || links.iter().flatten().copied().filter(|g| *g > 0.0);
        let most = positive().fold(0.0, f64::max);
        let least = positive().fold(f64::INFINITY, f64::min);
        self.parent.clear();
        self.parent.extend(0..n as u32);
        let (mut threshold, mut above) = (most / RATIO, f64::INFINITY);
        // Links within one ratio of the poorest belong to the background.
        while threshold > least * RATIO.sqrt() {
            let mut joined = false;
            for (links, stride) in links.iter().zip(strides) {
                for (i, &g) in links.iter().enumerate() {
                    if g > threshold && g <= above {
                        joined |= self.join(i as u32, (i + stride) as u32);
                    }
                }
            }
            if joined {
                self.collect(links, strides, grounds);
            }
            above = threshold;
            threshold /= RATIO;
        }
    }

    fn root(&mut self, mut i: u32) -> u32 {
        while self.parent[i as usize] != i {
            self.parent[i as usize] = self.parent[self.parent[i as usize] as usize];
            i = self.parent[i as usize];
        }
        i
    }

    fn join(&mut self, a: u32, b: u32) -> bool {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b) as usize] = a.min(b);
        a != b
    }

    /// Appends the groups as they are now.
    fn collect(&mut self, links: &[Vec<f64>; 3], strides: [usize; 3], grounds: &[f64]) {
        let n = grounds.len();
        // Sizes, then places: nodes of a group side by side, in the order of their indices.
        self.start.clear();
        self.start.resize(n, 0);
        for i in 0..n as u32 {
            let root = self.root(i) as usize;
            self.parent[i as usize] = root as u32;
            self.start[root] += 1;
        }
        let mut next = self.nodes.len() as u32;
        let first_group = self.groups.len();
        for start in &mut self.start {
            let size = *start;
            if size > 1 {
                *start = next;
                next += size;
                self.groups.push((next, 0.0));
            } else {
                *start = u32::MAX;
            }
        }
        self.nodes.resize(next as usize, 0);
        for i in 0..n {
            let place = &mut self.start[self.parent[i] as usize];
            if *place != u32::MAX {
                self.nodes[*place as usize] = i as u32;
                *place += 1;
            }
        }
        let mut begin = if first_group > 0 { self.groups[first_group - 1].0 } else { 0 };
        for group in first_group..self.groups.len() {
            let end = self.groups[group].0;
            let mut leaving = 0.0;
            for &node in &self.nodes[begin as usize..end as usize] {
                let node = node as usize;
                leaving += grounds[node];
                for (links, stride) in links.iter().zip(strides) {
                    if links[node] > 0.0 && self.parent[node + stride] != self.parent[node] {
                        leaving += links[node];
                    }
                    if node >= stride && self.parent[node - stride] != self.parent[node] {
                        leaving += links[node - stride];
                    }
                }
            }
            self.groups[group].1 = if leaving > 0.0 { 1.0 / leaving } else { 0.0 };
            begin = end;
        }
    }

    /// Adds the corrections of the residual r to z.
    pub(crate) fn correct(&self, r: &[f64], z: &mut [f64]) {
        let mut begin = 0;
        for &(end, inverse) in &self.groups {
            let nodes = &self.nodes[begin as usize..end as usize];
            let shift = inverse * nodes.iter().map(|&i| r[i as usize]).sum::<f64>();
            for &i in nodes {
                z[i as usize] += shift;
            }
            begin = end;
        }
    }
}
