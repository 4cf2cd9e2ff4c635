//! Elimination of ports without subtraction.

use faer::linalg::matmul::matmul;
use faer::prelude::{IntoConst, Reborrow};
use faer::{Accum, MatMut, MatRef, Par};

use super::pool::Pool;

/// Columns eliminated at once by plain loops.
const PANEL: usize = 32;
/// Size of the triangles on the diagonal of a product that are computed as squares.
const TRIANGLE: usize = 64;
/// Largest block of a product that is computed at once.
const BLOCK: usize = 512;
/// Multiply-adds of a product worth another thread.
const FORK: usize = 1 << 22;

/// Couplings of the ports to be eliminated among themselves and with those that remain; after
/// [`Front::factor`] the columns of the factor.
#[derive(Debug, Clone)]
pub(crate) struct Front {
    /// Ports to be eliminated.
    pub shared: usize,
    /// Ports that remain.
    pub rest: usize,
    /// (shared + rest) × shared, column after column.
    pub couplings: Vec<f64>,
}

impl Front {
    /// An empty front.
    pub(crate) fn new(shared: usize, rest: usize, pool: &Pool) -> Self {
        Self { shared, rest, couplings: pool.take((shared + rest) * shared) }
    }

    /// Distance between columns.
    pub(crate) fn stride(&self) -> usize {
        self.shared + self.rest
    }

    /// Eliminates the shared ports.
    pub(crate) fn factor(&mut self, pool: &Pool) {
        let (rows, columns) = (self.stride(), self.shared);
        if columns > 0 {
            let mut work = pool.take(rows * PANEL.min(columns));
            factor(MatMut::from_column_major_slice_mut(&mut self.couplings, rows, columns), &mut work);
            pool.give(work);
        }
    }

    /// Adds what the eliminated ports leave between those that remain.
    pub(crate) fn update(&self, couplings: &mut [f64]) {
        let factor = MatRef::from_column_major_slice(&self.couplings, self.stride(), self.shared);
        let x = factor.get(self.shared.., ..);
        let sum = MatMut::from_column_major_slice_mut(couplings, self.rest, self.rest);
        outer(sum, x);
    }
}

/// Both, in parallel where that pays.
fn both(work: usize, a: impl FnOnce() + Send, b: impl FnOnce() + Send) {
    if work > FORK {
        rayon::join(a, b);
    } else {
        a();
        b();
    }
}

/// Lower triangle of `sum` += x xᵀ. Blocks are cut the same way at any number of threads.
fn outer(sum: MatMut<'_, f64>, x: MatRef<'_, f64>) {
    let n = sum.nrows();
    if n <= TRIANGLE {
        matmul(sum, Accum::Add, x, x.transpose(), 1.0, Par::Seq);
        return;
    }
    let half = (n / 2).next_multiple_of(8);
    let (upper, lower) = x.split_at_row(half);
    let (first, _, below, last) = sum.split_at_mut(half, half);
    both(
        n * n * x.ncols(),
        || product(below, Accum::Add, lower, upper.transpose()),
        || both(n * n * x.ncols() / 2, || outer(first, upper), || outer(last, lower)),
    );
}

/// `to` (+)= a b, cut into blocks of at most [`BLOCK`] in the same way at any number of threads.
fn product(to: MatMut<'_, f64>, mode: Accum, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    let (rows, columns) = to.shape();
    let work = rows * columns * a.ncols();
    if rows.max(columns) <= BLOCK {
        matmul(to, mode, a, b, 1.0, Par::Seq);
    } else if rows >= columns {
        let half = (rows / 2).next_multiple_of(8);
        let (upper, lower) = to.split_at_row_mut(half);
        let (a, a_lower) = a.split_at_row(half);
        both(work, || product(upper, mode, a, b), || product(lower, mode, a_lower, b));
    } else {
        let half = (columns / 2).next_multiple_of(8);
        let (left, right) = to.split_at_col_mut(half);
        let (b, b_right) = b.split_at_col(half);
        both(work, || product(left, mode, a, b), || product(right, mode, a, b_right));
    }
}

/// Factor of the columns of `front`, whose first rows are the ports to be eliminated.
fn factor(front: MatMut<'_, f64>, work: &mut [f64]) {
    let columns = front.ncols();
    if columns <= PANEL {
        panel(front, work);
        return;
    }
    let half = (columns / 2).next_multiple_of(PANEL);
    let (mut left, right) = front.split_at_col_mut(half);
    factor(left.as_mut(), work);
    let left = left.into_const();
    let mut right = right.split_at_row_mut(half).1;
    let below = left.get(half.., ..);
    product(right.as_mut(), Accum::Add, below, left.get(half..columns, ..).transpose());
    factor(right, work);
}

/// Sum of a column in eight strands.
fn total(column: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let chunks = column.chunks_exact(8);
    let tail: f64 = chunks.remainder().iter().sum();
    for chunk in chunks {
        for (s, w) in strands.iter_mut().zip(chunk) {
            *s += w;
        }
    }
    strands.iter().sum::<f64>() + tail
}

/// The same for few columns.
fn panel(front: MatMut<'_, f64>, work: &mut [f64]) {
    let columns = front.ncols();
    let (mut head, tail) = front.split_at_row_mut(columns);
    let rows = tail.nrows();
    // Everything outside the panel is one more port.
    let mut outside = [0.0; PANEL];
    for (k, sum) in outside[..columns].iter_mut().enumerate() {
        *sum = tail.rb().col(k).try_as_col_major().map_or(0.0, |c| total(c.as_slice()));
    }
    let mut inverse = [0.0; PANEL * PANEL];
    let mut scale = [0.0; PANEL];
    for j in 0..columns {
        let mut pivot = outside[j];
        for i in j + 1..columns {
            pivot += head[(i, j)];
        }
        // A port that nothing holds carries no current.
        scale[j] = if pivot > 0.0 { 1.0 / pivot.sqrt() } else { 0.0 };
        for i in j + 1..columns {
            head[(i, j)] *= scale[j];
        }
        outside[j] *= scale[j];
        for k in j + 1..columns {
            let l = head[(k, j)];
            for i in k + 1..columns {
                head[(i, k)] += head[(i, j)] * l;
            }
            outside[k] += outside[j] * l;
        }
        head[(j, j)] = scale[j];
    }
    // Upper triangle M of tail · M.
    for j in 0..columns {
        let (before, column) = inverse.split_at_mut(j * PANEL);
        for k in 0..j {
            let l = head[(j, k)];
            for (m, w) in column[..=k].iter_mut().zip(&before[k * PANEL..]) {
                *m += w * l;
            }
        }
        column[j] = 1.0;
        for m in &mut column[..=j] {
            *m *= scale[j];
        }
    }
    let mut copy = MatMut::from_column_major_slice_mut(&mut work[..rows * columns], rows, columns);
    copy.copy_from(tail.rb());
    let inverse = MatRef::from_column_major_slice_with_stride(&inverse, columns, columns, PANEL);
    let copy = copy.into_const();
    product(tail, Accum::Replace, copy, inverse);
}
