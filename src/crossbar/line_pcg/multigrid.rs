//! The same iteration with a hierarchy of coarser arrays as preconditioner: for arrays so lossy, or so
//! large, that line solves alone carry an error only slowly through the array.
//!
//! One cycle on a residual R: x = A_w⁻¹ R (line solves smooth); what is left, D A_b⁻¹ D x, goes to an array
//! of half the size; its answer, interpolated linearly in both directions, is added to x; then
//! z = A_w⁻¹ (R + D A_b⁻¹ D x). The cycle is symmetric, and S z = R - D A_b⁻¹ D (z - x), so conjugate gradients
//! need no further product.
//!
//! A coarse array is again a crossbar, so the same solver serves every level: 2 × 2 conductances are
//! summed; two wires side by side and two segments in a row leave R as it is; a terminal is two
//! terminals in parallel, each with half a segment more. Lines of an odd number keep the last by
//! itself. Unequal, broken and ideal wires follow from the same rule.
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | R | residual, current into word nodes | A |
//! | x, z | potential before and after the second line solve | V |
//!
//! The general principle: W. L. Briggs, V. E. Henson, S. F. McCormick, A Multigrid Tutorial, 2nd ed.,
//! SIAM 2000, doi:10.1137/1.9780898719505.
//!
//! Pinned by: `tests/crossbar_properties.rs`.

use super::half::{Half, Row};
use super::spectrum::Spectrum;
use super::tile::{SIDE, Tile, sum};
use super::{Drive, SHARED, Solver, Sources, Tolerance};
use crate::crossbar::array::{Array, Lines, Segments};
use crate::crossbar::error::CrossbarError;

/// Rows or columns up to which an array is solved by line solves alone.
pub const COARSEST: usize = 16;
/// Relative error of the coarsest solution.
const COARSEST_ERROR: f64 = 1e-10;
/// Cycles between two starts.
const MOST_CYCLES: usize = 200;

/// The coarser array under a solver.
#[derive(Debug, Clone)]
pub struct Hierarchy {
    coarse: Box<Solver>,
    conductances: Vec<f64>,
    fine: Vec<f64>,
    residual: Vec<f64>,
    correction: Vec<f64>,
    zeros: [Vec<f64>; 3],
}

impl Hierarchy {
    /// Of a checked array; `None` where it is as small as the coarsest.
    ///
    /// # Errors
    /// As of [`Solver::new`].
    pub fn new(array: &Array) -> Result<Option<Self>, CrossbarError> {
        if array.rows.min(array.columns) <= COARSEST {
            return Ok(None);
        }
        let array = coarse_array(array);
        let mut coarse = Box::new(Solver::new(&array)?);
        coarse.hierarchy = Self::new(&array)?;
        Ok(Some(Self {
            coarse,
            conductances: Vec::new(),
            fine: Vec::new(),
            residual: Vec::new(),
            correction: Vec::new(),
            zeros: [vec![0.0; array.rows], vec![0.0; array.columns], vec![0.0; array.cells()]],
        }))
    }

    /// Sums conductances, level after level.
    pub fn set(&mut self, rows: usize, columns: usize, conductances: &[f64]) {
        let (m, n) = (self.coarse.rows, self.coarse.columns);
        self.fine.resize(rows * columns, 0.0);
        self.residual.resize(m * n, 0.0);
        self.correction.resize(m * n, 0.0);
        self.conductances.clear();
        self.conductances.resize(m * n, 0.0);
        for (i, row) in conductances.chunks(columns).enumerate() {
            let target = &mut self.conductances[i / 2 * n..][..n];
            for (sum, pair) in target.iter_mut().zip(row.chunks(2)) {
                *sum += pair.iter().sum::<f64>();
            }
        }
        self.coarse.set(&self.conductances);
    }

    /// Approximate answer of the coarse array to the residual in `fine`; replaces it by the
    /// interpolated correction.
    fn correct(&mut self, rows: usize, columns: usize) {
        let (m, n) = (self.coarse.rows, self.coarse.columns);
        self.residual.fill(0.0);
        for i in 0..rows {
            for (row, a) in weights(i, m) {
                let target = &mut self.residual[row * n..(row + 1) * n];
                let source = &self.fine[i * columns..(i + 1) * columns];
                for (j, value) in source.iter().enumerate() {
                    for (column, b) in weights(j, n) {
                        target[column] += a * b * value;
                    }
                }
            }
        }
        self.coarse.answer(&self.residual, &self.zeros, &mut self.correction);
        self.fine.fill(0.0);
        for i in 0..rows {
            let target = &mut self.fine[i * columns..(i + 1) * columns];
            for (row, a) in weights(i, m) {
                let source = &self.correction[row * n..(row + 1) * n];
                for (j, value) in target.iter_mut().enumerate() {
                    for (column, b) in weights(j, n) {
                        *value += a * b * source[column];
                    }
                }
            }
        }
    }
}

/// The two coarse places around a fine one, with their weights.
fn weights(fine: usize, count: usize) -> [(usize, f64); 2] {
    let own = fine / 2;
    let other =
        if fine.is_multiple_of(2) { own.checked_sub(1) } else { Some(own + 1).filter(|o| *o < count) };
    [(own, 0.75), (other.unwrap_or(own), 0.25)]
}

fn coarse_array(array: &Array) -> Array {
    let (rows, columns) = (array.rows.div_ceil(2), array.columns.div_ceil(2));
    let word =
        lines(&array.word_lines, rows, array.rows, array.columns, &|line, k| array.word_segment(line, k));
    // Bit lines from the top; their segments are stored row after row.
    let up = |line: usize, k: usize| array.bit_segment(k, line);
    let swapped = Lines {
        near: array.bit_lines.far.clone(),
        far: array.bit_lines.near.clone(),
        ..array.bit_lines.clone()
    };
    let bit = lines(&swapped, columns, array.columns, array.rows, &up);
    let bit_segments = match bit.segments {
        Segments::Each(all) => Segments::Each(
            (0..rows - 1)
                .flat_map(|i| (0..columns).map(move |j| (i, j)))
                .map(|(i, j)| all[j * (rows - 1) + i])
                .collect(),
        ),
        alike @ Segments::Uniform(_) => alike,
    };
    Array {
        word_lines: word,
        bit_lines: Lines { segments: bit_segments, near: bit.far, far: bit.near },
        ..Array::uniform(rows, columns, vec![0.0; rows * columns], 0.0, 0.0)
    }
}

/// Lines of half the number and half the length; segments line after line.
fn lines(
    fine: &Lines,
    count: usize,
    fine_count: usize,
    length: usize,
    segment: &dyn Fn(usize, usize) -> f64,
) -> Lines {
    let pair = |line: usize| (2 * line)..(2 * line + 2).min(fine_count);
    let parallel = |line: usize, resistance: &dyn Fn(usize) -> f64| {
        1.0 / pair(line).map(|l| 1.0 / resistance(l).abs()).sum::<f64>()
    };
    let half = |line: usize, k: usize| if k + 1 < length { 0.5 * segment(line, k) } else { 0.0 };
    let steps = length.div_ceil(2) - 1;
    let segments = if let Segments::Uniform(r) = fine.segments {
        Segments::Uniform(r)
    } else {
        let between = |line: usize, k: usize| {
            parallel(line, &|l| half(l, 2 * k) + segment(l, 2 * k + 1) + half(l, 2 * k + 2))
        };
        Segments::Each(
            (0..count)
                .flat_map(|line| (0..steps).map(move |k| (line, k)))
                .map(|(l, k)| between(l, k))
                .collect(),
        )
    };
    let end = |terminals: &[Option<f64>], first: usize| {
        (0..count)
            .map(|line| {
                let r = parallel(line, &|l| terminals[l].map_or(f64::INFINITY, |r| r + half(l, first)));
                r.is_finite().then_some(r)
            })
            .collect()
    };
    // The last coarse cell of an odd line is the last fine one.
    let last = if length.is_multiple_of(2) { length - 2 } else { length - 1 };
    Lines { segments, near: end(&fine.near, 0), far: end(&fine.far, last) }
}

/// Vectors of the outer iteration, by half.
#[derive(Debug, Clone, Default)]
pub struct Outer {
    x: Vec<Tile>,
    r: Vec<Tile>,
    p: Vec<Tile>,
    s: Vec<Tile>,
}

impl Outer {
    /// rᵀ z and zᵀ S z; z is in x of the half, D A_b⁻¹ D (z - x) in its r.
    fn products(&self, half: &Half) -> (f64, f64) {
        let (mut gamma, mut delta) = ([0.0; SIDE], [0.0; SIDE]);
        for ((z, r), back) in half.x.iter().zip(&self.r).zip(&half.r) {
            for ((z, r), back) in z.0.iter().zip(&r.0).zip(&back.0) {
                for k in 0..SIDE {
                    gamma[k] += r[k] * z[k];
                    delta[k] += z[k] * (r[k] - back[k]);
                }
            }
        }
        (sum(gamma), sum(delta))
    }

    /// One step of conjugate gradients.
    fn step(&mut self, half: &Half, alpha: f64, beta: f64) {
        for t in 0..self.x.len() {
            let (z, back) = (&half.x[t].0, &half.r[t].0);
            for l in 0..SIDE {
                for k in 0..SIDE {
                    let p = z[l][k] + beta * self.p[t].0[l][k];
                    let s = self.r[t].0[l][k] - back[l][k] + beta * self.s[t].0[l][k];
                    self.p[t].0[l][k] = p;
                    self.s[t].0[l][k] = s;
                    self.x[t].0[l][k] += alpha * p;
                    self.r[t].0[l][k] -= alpha * s;
                }
            }
        }
    }
}

impl Solver {
    /// Runs over the halves with their outer vectors, on two threads where that pays.
    fn with_outer<T: Send>(&mut self, run: impl Fn(&mut Half, &mut Outer) -> T + Sync) -> [T; 2] {
        let ([a, b], [p, q]) = (&mut self.halves, &mut self.outer);
        if self.rows * self.columns >= SHARED {
            let (a, b) = rayon::join(|| run(a, p), || run(b, q));
            [a, b]
        } else {
            [run(a, p), run(b, q)]
        }
    }

    /// Answer to currents into the word nodes: one cycle, or on the coarsest level all of it.
    fn answer(&mut self, currents: &[f64], [word, bit, none]: &[Vec<f64>; 3], potentials: &mut [f64]) {
        if self.hierarchy.is_some() {
            for index in 0..2 {
                let mut r = std::mem::take(&mut self.outer[index].r);
                self.halves[index].scatter_all(&mut r, index, self.rows, currents);
                self.outer[index].r = r;
            }
            self.cycle();
        } else {
            let drive = Drive { word_lines: word, bit_lines: bit, sources: Sources::Nodes(currents, none) };
            // Rounding may keep the error above what is asked; as a preconditioner it serves.
            let _ = self.solve(&drive, Tolerance::OfSolution(COARSEST_ERROR));
        }
        for (index, half) in self.halves.iter().enumerate() {
            half.gather_all(&half.z, index, self.rows, potentials);
        }
    }

    /// One cycle on the residual in `outer`: z, with x as it was before the last line solve. Returns the
    /// largest A_w⁻¹ R.
    fn cycle(&mut self) -> f64 {
        self.load_residual();
        for half in &mut self.halves {
            half.j.fill(Tile::default());
            half.edge.fill([0.0; SIDE]);
        }
        let [top, bottom] = self.both(|h| h.outwards(Row::Potential), |h| h.outwards(Row::Potential));
        for half in &mut self.halves {
            half.x.copy_from_slice(&half.z);
        }
        self.both(Half::inwards, Half::inwards);
        self.meet();
        self.both(|h| h.outwards(Row::Residual), |h| h.outwards(Row::Residual));
        // Held nodes take no part.
        self.held(|half, (t, l, k), _| half.r[t].0[l][k] = 0.0, |_, _, _| {});
        if let Some(mut hierarchy) = self.hierarchy.take() {
            for (index, half) in self.halves.iter().enumerate() {
                half.gather_all(&half.r, index, self.rows, &mut hierarchy.fine);
            }
            hierarchy.correct(self.rows, self.columns);
            for (index, half) in self.halves.iter_mut().enumerate() {
                let mut r = std::mem::take(&mut half.r);
                half.scatter_all(&mut r, index, self.rows, &hierarchy.fine);
                for (x, e) in half.x.iter_mut().zip(&r) {
                    each(x, e, |x, e| x + e);
                }
                half.r = r;
            }
            self.hierarchy = Some(hierarchy);
        }
        self.held(|half, (t, l, k), _| half.x[t].0[l][k] = 0.0, |_, _, _| {});
        self.load_residual();
        self.both(Half::inwards_from_potentials, Half::inwards_from_potentials);
        self.meet();
        self.both(|h| h.outwards(Row::Potential), |h| h.outwards(Row::Potential));
        top.and(bottom).largest
    }

    fn load_residual(&mut self) {
        for (half, outer) in self.halves.iter_mut().zip(&self.outer) {
            half.p.copy_from_slice(&outer.r);
            half.s.fill(Tile::default());
        }
    }

    /// Conjugate gradients from x with z = u' - u until the error is small; number of cycles.
    pub fn descend_by_cycles(&mut self, wanted: f64) -> usize {
        self.both(Half::inwards, Half::inwards);
        self.meet();
        self.both(|h| h.outwards(Row::Residual), |h| h.outwards(Row::Residual));
        self.held(|half, (t, l, k), _| half.r[t].0[l][k] = 0.0, |_, _, _| {});
        for (half, outer) in self.halves.iter().zip(&mut self.outer) {
            outer.x.copy_from_slice(&half.x);
            outer.r.copy_from_slice(&half.r);
            outer.p.fill(Tile::default());
            outer.s.fill(Tile::default());
        }
        let mut spectrum = Spectrum::default();
        let mut last = (0.0, 0.0);
        let mut cycles = 0;
        loop {
            let preconditioned = self.cycle();
            let [top, bottom] = self.both(Half::split, Half::split);
            let largest_z = top.max(bottom);
            let eigenvalue = spectrum.smallest();
            if largest_z > 0.0 {
                self.smallest = self.smallest.min(eigenvalue * preconditioned / largest_z);
            }
            if largest_z <= wanted * eigenvalue || cycles == MOST_CYCLES {
                break;
            }
            self.both(Half::inwards, Half::inwards);
            self.meet();
            self.both(|h| h.outwards(Row::Residual), |h| h.outwards(Row::Residual));
            self.held(|half, (t, l, k), _| half.r[t].0[l][k] = 0.0, |_, _, _| {});
            let [top, bottom] = self.with_outer(|half, outer| outer.products(half));
            let (gamma, delta) = (top.0 + bottom.0, top.1 + bottom.1);
            let beta = if cycles == 0 { 0.0 } else { gamma / last.0 };
            let alpha = gamma / (delta - if cycles == 0 { 0.0 } else { beta * gamma / last.1 });
            if !(alpha.is_finite() && alpha > 0.0) {
                break;
            }
            self.with_outer(|half, outer| outer.step(half, alpha, beta));
            spectrum.push(alpha, beta);
            last = (gamma, alpha);
            cycles += 1;
        }
        for (half, outer) in self.halves.iter_mut().zip(&self.outer) {
            half.x.copy_from_slice(&outer.x);
        }
        cycles
    }

    /// Memory of the outer iteration and the coarser arrays, bytes.
    pub fn coarser_bytes(&self) -> usize {
        let outer: usize = self.outer.iter().map(|o| 4 * size_of_val(&o.x[..])).sum();
        let hierarchy = self.hierarchy.as_ref().map_or(0, |h| {
            let lists = h.zeros.iter().chain([&h.conductances, &h.fine, &h.residual, &h.correction]);
            lists.map(|list| size_of_val(&list[..])).sum::<usize>() + h.coarse.bytes()
        });
        outer + hierarchy
    }

    /// Makes room for the outer iteration.
    pub fn with_hierarchy(mut self, array: &Array) -> Result<Self, CrossbarError> {
        self.hierarchy = Hierarchy::new(array)?;
        self.make_outer();
        Ok(self)
    }

    fn make_outer(&mut self) {
        let Some(hierarchy) = &mut self.hierarchy else { return };
        hierarchy.coarse.make_outer();
        for (half, outer) in self.halves.iter().zip(&mut self.outer) {
            let tiles = || vec![Tile::default(); half.g.len()];
            *outer = Outer { x: tiles(), r: tiles(), p: tiles(), s: tiles() };
        }
    }
}

#[inline(always)]
fn each(a: &mut Tile, b: &Tile, f: impl Fn(f64, f64) -> f64) {
    for (a, b) in a.0.as_flattened_mut().iter_mut().zip(b.0.as_flattened()) {
        *a = f(*a, *b);
    }
}
