//! Conjugate gradients on the word lines, preconditioned by exact line solves.
//!
//! With u the potentials on the word lines, w those on the bit lines and D the cell conductances,
//! Kirchhoff's current law reads A_w u = b_w + D w and A_b w = b_b + D u, where A_w and A_b are one
//! tridiagonal matrix for each line. The bit lines are eliminated,
//!
//! S u = b_w + D A_b⁻¹ b_b,  S = A_w - D A_b⁻¹ D,
//!
//! and S is solved by conjugate gradients with A_w as preconditioner. As A_w z = r, S z = r - D A_b⁻¹ D z
//! never needs A_w, and every line is solved as a [`ladder`] of resistances from 0 to ∞.
//!
//! One iteration is one pass: with z known, bit lines are eliminated from both ends towards the
//! middle, which yields zᵀ S z; on the way out again x, r, p, s = S p and the new z = A_w⁻¹ r of a row
//! follow at once (both sums of an iteration are known together: A. T. Chronopoulos, C. W. Gear, J.
//! Comput. Appl. Math. 25, 153 (1989), doi:10.1016/0377-0427(89)90045-9). The halves on either side
//! of the middle are one thread's each, and all sums have a fixed order, so the bits do not depend on
//! the number of threads.
//!
//! **Start and end.** From any u, u' = A_w⁻¹ (b_w + D A_b⁻¹ (b_b + D u)) is better, and the residual at u'
//! is D A_b⁻¹ D (u' - u). The iteration starts there, and ends there: u' - u at the end is the true
//! residual in volts, A_w⁻¹ (b - S u), whatever the recursion believed. If it is above the tolerance the
//! iteration starts anew from u'.
//!
//! **Stop test.** The error is below max |A_w⁻¹ (b - S u)| / λ, λ the smallest eigenvalue of A_w⁻¹ S as
//! estimated from the coefficients ([`spectrum`]); it is compared with the largest potential. Where λ is
//! tiny (lines that hardly anything ties to a terminal) rounding may keep this bound above the tolerance.
//! An answer whose residual is rounding is taken all the same: it is the exact one of an array whose
//! conductances differ in the last digit, and potentials of such networks depend on each conductance
//! by no more than its relative change (A. S. Alfa, J. Xue, Q. Ye, Math. Comput. 71, 217 (2002),
//! doi:10.1090/S0025-5718-01-01325-4).
//!
//! | symbol | meaning | unit |
//! |---|---|---|
//! | u (x), w | potentials of word-line and bit-line nodes | V |
//! | D (g) | cell conductances | S |
//! | b_w, b_b | currents from terminals and sources into nodes | A |
//! | r, s | residual, S p | A |
//! | z, p | A_w⁻¹ r, search direction | V |
//!
//! Valid for crossed lines without bridges. A node on an island without any terminal stays at 0 V
//! unless a source drives it, which only a caller with sources can do.
//!
//! Pinned by: `tests/crossbar_properties.rs`, `tests/crossbar_golden.rs`.

#![allow(clippy::inline_always, reason = "the sweeps must be inlined into the code built for wider vectors")]
#![allow(clippy::needless_range_loop, reason = "one index walks through many tiles")]

mod half;
pub mod ladder;
mod multigrid;
mod spectrum;
mod sweep;
mod tile;

use super::array::{Array, Segments, Topology};
use super::error::CrossbarError;
use super::solution::Method;
use half::{Half, Row, Sums};
use ladder::{Anchors, conductance};
use multigrid::{Hierarchy, Outer};
use spectrum::Spectrum;
use tile::{Lanes, SIDE, Tile, mul};

/// Cells from which two threads share one solution.
const SHARED: usize = 128 * 128;
/// Steps between two starts.
const MOST_STEPS: usize = 2000;
/// A change of this many parts of the largest potential is rounding.
const ROUNDING: f64 = 16.0 * f64::EPSILON;
/// Starts.
const MOST_STARTS: usize = 8;

/// What drives an array.
#[derive(Debug, Clone, Copy)]
pub struct Drive<'a> {
    /// Potential of each word line's terminals, V.
    pub word_lines: &'a [f64],
    /// Potential of each bit line's terminals, V.
    pub bit_lines: &'a [f64],
    /// Further current sources.
    pub sources: Sources<'a>,
}

/// Current sources inside an array, row after row, A.
#[derive(Debug, Clone, Copy)]
pub enum Sources<'a> {
    /// None.
    None,
    /// Into every word node and every bit node.
    Nodes(&'a [f64], &'a [f64]),
}

/// When to stop.
#[derive(Debug, Clone, Copy)]
pub enum Tolerance {
    /// Error over the largest potential of any word-line node.
    OfSolution(f64),
    /// Error over the change of the first sweep from the start: for corrections in an outer
    /// iteration.
    OfStart(f64),
}

/// How a solution converged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Convergence {
    /// Steps of conjugate gradients.
    pub iterations: usize,
    /// Estimated error relative to what the tolerance refers to.
    pub error: f64,
}

/// Coefficients of one state of an array and the vectors of the iteration. Kept between calls: only
/// the first allocates.
///
/// ```text
/// let mut solver = Solver::new(&array)?;               // wires and terminals
/// solver.set(&conductances);                           // as often as they change
/// let drive = Drive { word_lines, bit_lines, sources: Sources::None };
/// solver.solve(&drive, Tolerance::OfSolution(1e-12))?;
/// solver.write(&mut word_nodes, &mut bit_nodes);
/// ```
#[derive(Debug, Clone)]
pub struct Solver {
    rows: usize,
    columns: usize,
    halves: [Half; 2],
    /// Segment resistances before the factors replace them, by half: word lines, bit lines; empty
    /// where all are alike.
    resistances: [(Vec<Tile>, Vec<Tile>); 2],
    word_anchors: Vec<Anchors>,
    bit_anchors: Vec<Anchors>,
    /// Conductance from the middle to the far terminal where the upper half has no rows.
    middle_far: Vec<f64>,
    /// Potential per current in the middle.
    middle: Vec<Lanes>,
    spectrum: Spectrum,
    /// Smallest eigenvalue met in this solution.
    smallest: f64,
    /// Coarser arrays, and vectors for the iteration with them.
    hierarchy: Option<Hierarchy>,
    outer: [Outer; 2],
}

impl Solver {
    /// A solver for the wires and terminals of a checked array; its cells come with [`Self::set`].
    ///
    /// # Errors
    /// Where lines run in parallel or bridges connect them.
    pub fn new(array: &Array) -> Result<Self, CrossbarError> {
        if array.topology != Topology::Crossed || !array.bridges.is_empty() {
            return Err(CrossbarError::Unsupported {
                method: "line_pcg",
                what: "bridges or parallel source lines",
            });
        }
        let (rows, columns) = (array.rows, array.columns);
        let bands = rows.div_ceil(SIDE);
        let upper = bands / 2;
        let split = upper * SIDE;
        let mut halves = [
            Half::new(upper, 0, columns),
            Half::new(bands - upper, (bands - upper) * SIDE - (rows - split), columns),
        ];
        let word_anchors = (0..rows)
            .map(|i| {
                let (near, far) = (array.word_lines.near[i], array.word_lines.far[i]);
                Anchors::new(near, far, columns, |k| array.word_segment(i, k))
            })
            .collect();
        // Bit lines are counted from the top.
        let bit_anchors = (0..columns)
            .map(|j| {
                let (near, far) = (array.bit_lines.near[j], array.bit_lines.far[j]);
                Anchors::new(far, near, rows, |k| array.bit_segment(k, j))
            })
            .collect();
        let [top, bottom] = &mut halves;
        for (j, (far, near)) in array.bit_lines.far.iter().zip(&array.bit_lines.near).enumerate() {
            top.outer[j / SIDE][j % SIDE] = conductance(*far);
            bottom.outer[j / SIDE][j % SIDE] = conductance(*near);
        }
        let middle_far = if upper == 0 {
            array.bit_lines.far.iter().map(|r| conductance(*r)).collect()
        } else {
            Vec::new()
        };
        let uniform = match (&array.word_lines.segments, &array.bit_lines.segments) {
            (&Segments::Uniform(a), &Segments::Uniform(b)) if a.max(b) < 1e100 => Some((a.abs(), b.abs())),
            _ => None,
        };
        let mut resistances = <[(Vec<Tile>, Vec<Tile>); 2]>::default();
        for (index, half) in halves.iter_mut().enumerate() {
            for local in 0..half.rows() {
                let i = global_row(index, local, rows);
                let (band, l) = ((local + half.padding) / SIDE, (local + half.padding) % SIDE);
                half.near[band][l] = array.word_lines.near[i].map(f64::abs);
                half.far[band][l] = conductance(array.word_lines.far[i]);
            }
            if let Some((word, bit)) = uniform {
                half.word_r = word;
                half.bit_r.fill([bit; SIDE]);
                if index == 1 {
                    // The middle is joined to the innermost lower row.
                    half.bit_r[half.bands - 1][SIDE - 1] = 0.0;
                }
                continue;
            }
            let open = Tile([[f64::INFINITY; SIDE]; SIDE]);
            let (mut word, mut bit) = (vec![open; half.g.len()], vec![open; half.g.len()]);
            for local in 0..half.rows() {
                let i = global_row(index, local, rows);
                for j in 0..columns {
                    let (t, l, k) = half.place(local, j);
                    if j > 0 {
                        word[t].0[k][l] = array.word_segment(i, j - 1).abs();
                    }
                    bit[t].0[l][k] = match index {
                        0 => array.bit_segment(i, j).abs(),
                        _ if local + 1 == half.rows() => 0.0,
                        _ => array.bit_segment(i - 1, j).abs(),
                    };
                }
            }
            resistances[index] = (word, bit);
        }
        let middle = vec![[0.0; SIDE]; columns.div_ceil(SIDE)];
        Ok(Self {
            rows,
            columns,
            halves,
            resistances,
            word_anchors,
            bit_anchors,
            middle_far,
            middle,
            spectrum: Spectrum::default(),
            smallest: 1.0,
            hierarchy: None,
            outer: <[Outer; 2]>::default(),
        })
    }

    /// Takes the cell conductances, S, row after row, and computes the factors of all lines.
    pub fn set(&mut self, conductances: &[f64]) {
        let rows = self.rows;
        if let Some(hierarchy) = &mut self.hierarchy {
            hierarchy.set(rows, self.columns, conductances);
        }
        for (index, (half, (word, bit))) in self.halves.iter_mut().zip(&self.resistances).enumerate() {
            half.word_e.clone_from(word);
            half.bit_e.clone_from(bit);
            let mut g = std::mem::take(&mut half.g);
            half.scatter_all(&mut g, index, rows, conductances);
            half.g = g;
        }
        self.both(Half::factor, Half::factor);
        let [top, bottom] = &self.halves;
        for (block, e) in self.middle.iter_mut().enumerate() {
            for (k, e) in e.iter_mut().enumerate() {
                let far = self.middle_far.get(block * SIDE + k).unwrap_or(&0.0);
                *e = ladder::close(None, top.edge[block][k] + bottom.edge[block][k] + far);
            }
        }
    }

    /// Solves for the node potentials. The answer does not depend on what was solved before.
    ///
    /// # Errors
    /// When the tolerance is not reached.
    pub fn solve(&mut self, drive: &Drive, tolerance: Tolerance) -> Result<Convergence, CrossbarError> {
        if self.rows * self.columns >= SHARED && rayon::current_thread_index().is_none() {
            // One entry into the pool instead of two for each iteration.
            return rayon::scope(|_| self.iterate(drive, tolerance));
        }
        self.iterate(drive, tolerance)
    }

    /// What the solver goes by: multigrid where it has coarser arrays.
    pub fn method(&self) -> Method {
        if self.hierarchy.is_some() { Method::Multigrid } else { Method::LinePcg }
    }

    /// Copies the potentials of the nodes, row after row.
    pub fn write(&self, word_nodes: &mut [f64], bit_nodes: &mut [f64]) {
        let [top, bottom] = &self.halves;
        let middle = top.rows() * self.columns;
        let (word_top, word_bottom) = word_nodes.split_at_mut(middle);
        let (bit_top, bit_bottom) = bit_nodes.split_at_mut(middle);
        let copy = |half: &Half, index: usize, word: &mut [f64], bit: &mut [f64]| {
            half.gather_all(&half.z, index, half.rows(), word);
            half.gather_all(&half.j, index, half.rows(), bit);
        };
        let mut up = || copy(top, 0, word_top, bit_top);
        let mut down = || copy(bottom, 1, word_bottom, bit_bottom);
        if self.rows * self.columns >= SHARED {
            rayon::join(up, down);
        } else {
            up();
            down();
        }
    }

    /// Memory of everything that grows with the number of cells, bytes: nine numbers for each cell where
    /// all segments of a family are alike, thirteen otherwise.
    pub fn bytes(&self) -> usize {
        let halves: usize = self.halves.iter().map(Half::bytes).sum();
        let tiles = |tiles: &[Tile]| size_of_val(tiles);
        let resistances: usize = self.resistances.iter().map(|(word, bit)| tiles(word) + tiles(bit)).sum();
        halves + resistances + self.coarser_bytes()
    }

    fn iterate(&mut self, drive: &Drive, tolerance: Tolerance) -> Result<Convergence, CrossbarError> {
        // Nothing is kept of earlier solutions, or the bits would depend on which solver of a pool came at hand.
        self.smallest = 1.0;
        self.both(|half| half.x.fill(Tile::default()), |half| half.x.fill(Tile::default()));
        let (wanted, of_start) = match tolerance {
            Tolerance::OfSolution(t) => (t, false),
            Tolerance::OfStart(t) => (t, true),
        };
        let mut iterations = 0;
        let mut reference = 0.0;
        let mut previous = f64::INFINITY;
        for round in 0..=MOST_STARTS {
            let sums = self.sweep_potentials(drive);
            if !of_start {
                reference = sums.largest;
            } else if round == 0 {
                reference = sums.change;
            }
            let error = if sums.change == 0.0 { 0.0 } else { sums.change / (self.smallest * reference) };
            // What a start is worth is known only once the eigenvalue is.
            let reached = error <= wanted && round > 0;
            if reached || sums.change <= ROUNDING * sums.largest {
                self.held(
                    |half, (t, l, k), i| half.z[t].0[l][k] = drive.word_lines[i],
                    |half, (t, l, k), j| half.j[t].0[l][k] = drive.bit_lines[j],
                );
                let [top, bottom] = self.both(|half| half.is_finite(), |half| half.is_finite());
                if !(top && bottom) {
                    return Err(CrossbarError::NotFinite { method: self.method().name() });
                }
                return Ok(Convergence { iterations, error });
            }
            if round == MOST_STARTS || !sums.change.is_finite() || sums.change > 0.5 * previous {
                return Err(CrossbarError::NotConverged {
                    method: self.method().name(),
                    reached: error,
                    wanted,
                    iterations,
                });
            }
            previous = sums.change;
            // x = u', z = u' - u.
            self.both(Half::split, Half::split);
            let target = 0.5 * wanted * reference;
            iterations +=
                if self.hierarchy.is_some() { self.descend_by_cycles(target) } else { self.descend(target) };
        }
        unreachable!("the last round returns")
    }

    /// u' in z and w in j from u in x.
    fn sweep_potentials(&mut self, drive: &Drive) -> Sums {
        self.load(drive);
        self.both(Half::inwards_from_potentials, Half::inwards_from_potentials);
        self.meet();
        let [top, bottom] =
            self.both(|half| half.outwards(Row::Potential), |half| half.outwards(Row::Potential));
        top.and(bottom)
    }

    /// Conjugate gradients from x with z = u' - u until z is small; number of steps.
    fn descend(&mut self, largest: f64) -> usize {
        self.spectrum.clear();
        self.both(Half::inwards, Half::inwards);
        self.meet();
        let mut row = Row::Residual;
        let mut last = (0.0, 0.0);
        for step in 0..=MOST_STEPS {
            let pass = |half: &mut Half| {
                let sums = half.outwards(row);
                Sums { back: half.inwards(), ..sums }
            };
            let [top, bottom] = self.both(pass, pass);
            let sums = top.and(bottom);
            let back = sums.back + self.meet();
            let gamma = sums.gamma;
            let (alpha, beta) = if step == 0 {
                (gamma / (gamma - back), 0.0)
            } else {
                let beta = gamma / last.0;
                (gamma / (gamma - back - beta * gamma / last.1), beta)
            };
            if sums.largest <= largest {
                self.smallest = self.smallest.min(self.spectrum.smallest());
            }
            // Without a positive α rounding has the better of the recursion: only a new start helps.
            let done = sums.largest <= largest * self.smallest;
            if done || step == MOST_STEPS || !(alpha.is_finite() && alpha > 0.0) {
                self.smallest = self.smallest.min(self.spectrum.smallest());
                return step;
            }
            self.spectrum.push(alpha, beta);
            last = (gamma, alpha);
            row = Row::Step(alpha, beta);
        }
        unreachable!("the last step returns")
    }

    /// Runs the halves, on two threads where that pays. The results do not depend on it.
    fn both<T: Send>(
        &mut self,
        top: impl FnOnce(&mut Half) -> T + Send,
        bottom: impl FnOnce(&mut Half) -> T + Send,
    ) -> [T; 2] {
        let [a, b] = &mut self.halves;
        if self.rows * self.columns >= SHARED {
            let (a, b) = rayon::join(|| top(a), || bottom(b));
            [a, b]
        } else {
            [top(a), bottom(b)]
        }
    }

    /// Potentials in the middle from the currents that arrive there; returns Σ e J².
    fn meet(&mut self) -> f64 {
        let [top, bottom] = &mut self.halves;
        let mut energy = 0.0;
        for ((a, b), e) in top.edge.iter_mut().zip(&mut bottom.edge).zip(&self.middle) {
            let total: Lanes = std::array::from_fn(|k| a[k] + b[k]);
            let potential = mul(*e, total);
            energy += tile::sum(mul(potential, total));
            (*a, *b) = (potential, potential);
        }
        energy
    }

    /// Half and row in it of a row.
    fn local(&self, i: usize) -> (usize, usize) {
        let split = self.halves[0].rows();
        if i < split { (0, i) } else { (1, self.rows - 1 - i) }
    }

    /// Currents into the nodes: of word lines in p, of bit lines in s.
    fn load(&mut self, drive: &Drive) {
        let (rows, columns) = (self.rows, self.columns);
        let fill = |half: &mut Half, index: usize| {
            let (mut p, mut s) = (std::mem::take(&mut half.p), std::mem::take(&mut half.s));
            match drive.sources {
                Sources::None => {
                    p.fill(Tile::default());
                    s.fill(Tile::default());
                }
                Sources::Nodes(word, bit) => {
                    half.scatter_all(&mut p, index, rows, word);
                    half.scatter_all(&mut s, index, rows, bit);
                }
            }
            (half.p, half.s) = (p, s);
        };
        self.both(|half| fill(half, 0), |half| fill(half, 1));
        for i in 0..rows {
            let (index, local) = self.local(i);
            let half = &mut self.halves[index];
            for &(j, g) in &self.word_anchors[i].feeds {
                let (t, l, k) = half.place(local, j);
                half.p[t].0[l][k] += g * drive.word_lines[i];
            }
        }
        // A held node counts as 0 V in the sweeps; what it feeds through its cell is added here.
        self.held(
            |half, (t, l, k), i| half.s[t].0[l][k] += half.g[t].0[l][k] * drive.word_lines[i],
            |half, (t, l, k), j| half.p[t].0[l][k] += half.g[t].0[l][k] * drive.bit_lines[j],
        );
        for j in 0..columns {
            let v = drive.bit_lines[j];
            for &(i, g) in &self.bit_anchors[j].feeds {
                let (index, local) = self.local(i);
                let (t, l, k) = self.halves[index].place(local, j);
                self.halves[index].s[t].0[l][k] += g * v;
            }
        }
    }

    /// Visits the nodes that terminals hold, with the number of their line.
    fn held(
        &mut self,
        word: impl Fn(&mut Half, (usize, usize, usize), usize),
        bit: impl Fn(&mut Half, (usize, usize, usize), usize),
    ) {
        for i in 0..self.rows {
            let (index, local) = self.local(i);
            for &j in &self.word_anchors[i].held {
                let place = self.halves[index].place(local, j);
                word(&mut self.halves[index], place, i);
            }
        }
        for j in 0..self.columns {
            for &i in &self.bit_anchors[j].held {
                let (index, local) = self.local(i);
                let place = self.halves[index].place(local, j);
                bit(&mut self.halves[index], place, j);
            }
        }
    }
}

/// Row of the array of a half's row, counted from its outermost one.
fn global_row(half: usize, local: usize, rows: usize) -> usize {
    if half == 0 { local } else { rows - 1 - local }
}
