//! Elimination of ports without subtraction: the dense kernels of the reduction.
//!
//! A front holds the couplings of the ports to be eliminated, among themselves (K, its first rows) and
//! with those that remain (P). It is factored by halves of its columns down to panels of a few
//! columns, which plain loops factor with pivots that are sums of couplings; all else is products.
//! Products are cut into the same blocks at any number of threads, each computed by one of them.
//!
//! Pinned by: `tests/crossbar_ports.rs`.

#![allow(clippy::inline_always, reason = "what runs inside a SIMD dispatch must be inlined into it")]

use faer::linalg::matmul::matmul;
use faer::prelude::{IntoConst, Reborrow};
use faer::{Accum, MatMut, MatRef, Par};

/// Columns eliminated at once by plain loops.
const PANEL: usize = 16;
/// Size of the triangles on the diagonal of a product that are computed as squares.
const TRIANGLE: usize = 96;
/// Largest block of a product that is computed at once.
const BLOCK: usize = 480;
/// Rows that the kernel of a product takes at once.
const KERNEL: usize = 48;
/// Multiply-adds of a product worth another thread.
const FORK: usize = 1 << 18;

/// Numbers of scratch that [`eliminate`] needs.
pub(crate) fn scratch(shared: usize, rest: usize) -> usize {
    (shared + rest) * PANEL.min(shared)
}

/// Eliminates the first `shared` ports of a front and adds what they leave between the others to
/// `couplings`. The front holds the factor afterwards.
pub(crate) fn eliminate(front: &mut [f64], shared: usize, couplings: &mut [f64], scratch: &mut [f64]) {
    if shared == 0 {
        return;
    }
    let stride = front.len() / shared;
    let rest = stride - shared;
    factor(MatMut::from_column_major_slice_mut(front, stride, shared), scratch);
    let x = MatRef::from_column_major_slice(front, stride, shared).get(shared.., ..);
    outer(MatMut::from_column_major_slice_mut(couplings, rest, rest), x);
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
    let half = (n / 2).next_multiple_of(KERNEL);
    let (upper, lower) = x.split_at_row(half);
    let (first, _, below, last) = sum.split_at_mut(half, half);
    both(
        n * n * x.ncols(),
        || product(below, Accum::Add, lower, upper.transpose()),
        || both(n * n * x.ncols() / 2, || outer(first, upper), || outer(last, lower)),
    );
}

/// `to` (+)= a b, cut into blocks of at most [`BLOCK`] in the same way at any number of threads.
pub(crate) fn product(to: MatMut<'_, f64>, mode: Accum, a: MatRef<'_, f64>, b: MatRef<'_, f64>) {
    let (rows, columns) = to.shape();
    let work = rows * columns * a.ncols();
    if rows.max(columns) <= BLOCK {
        matmul(to, mode, a, b, 1.0, Par::Seq);
    } else if rows >= columns {
        let half = (rows / 2).next_multiple_of(KERNEL);
        let (upper, lower) = to.split_at_row_mut(half);
        let (a, a_lower) = a.split_at_row(half);
        both(work, || product(upper, mode, a, b), || product(lower, mode, a_lower, b));
    } else {
        let half = (columns / 2).next_multiple_of(KERNEL);
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

/// The same for few columns.
fn panel(front: MatMut<'_, f64>, work: &mut [f64]) {
    let columns = front.ncols();
    let (head, tail) = front.split_at_row_mut(columns);
    let rows = tail.nrows();
    let mut copy = MatMut::from_column_major_slice_mut(&mut work[..rows * columns], rows, columns);
    copy.copy_from(tail.rb());
    let mut inverse = [0.0; PANEL * PANEL];
    pulp::Arch::new().dispatch(Pivots { head, tail: &work[..rows * columns], inverse: &mut inverse });
    let copy = MatRef::from_column_major_slice(&work[..rows * columns], rows, columns);
    let inverse = MatRef::from_column_major_slice_with_stride(&inverse, columns, columns, PANEL);
    product(tail, Accum::Replace, copy, inverse);
}

/// Sum of a column in eight strands.
#[inline(always)]
pub(crate) fn total(column: &[f64]) -> f64 {
    let mut strands = [0.0; 8];
    let (chunks, tail) = column.as_chunks::<8>();
    for chunk in chunks {
        for (s, w) in strands.iter_mut().zip(chunk) {
            *s += w;
        }
    }
    strands.iter().sum::<f64>() + tail.iter().sum::<f64>()
}

/// The plain loops of a panel, built for what the processor has.
struct Pivots<'a> {
    head: MatMut<'a, f64>,
    tail: &'a [f64],
    inverse: &'a mut [f64; PANEL * PANEL],
}

impl pulp::NullaryFnOnce for Pivots<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        pivots(self.head, self.tail, self.inverse);
    }
}

/// Factor of the ports of a panel, whose couplings with all others are the columns of `tail`; the
/// matrix that `tail` is to be multiplied with.
#[inline(always)]
fn pivots(mut head: MatMut<'_, f64>, tail: &[f64], inverse: &mut [f64; PANEL * PANEL]) {
    let columns = head.ncols();
    let rows = tail.len() / columns;
    // Whole registers of the columns in use.
    let width = columns.next_multiple_of(8);
    // Everything outside the panel is one more port.
    let mut l = [[0.0; PANEL]; PANEL];
    let mut outside = [0.0; PANEL];
    for j in 0..columns {
        outside[j] = total(&tail[j * rows..][..rows]);
        for i in j + 1..columns {
            l[j][i] = head[(i, j)];
        }
    }
    let mut scale = [0.0; PANEL];
    for j in 0..columns {
        let used = j / 8 * 8..width;
        // What has fallen on and above the diagonal is not used.
        for (i, w) in l[j].iter_mut().enumerate() {
            *w = if i > j { *w } else { 0.0 };
        }
        let pivot = outside[j] + total(&l[j][used.clone()]);
        // A port that nothing holds carries no current.
        scale[j] = if pivot > 0.0 { 1.0 / pivot.sqrt() } else { 0.0 };
        for w in &mut l[j] {
            *w *= scale[j];
        }
        outside[j] *= scale[j];
        let column = l[j];
        for k in j + 1..columns {
            let factor = column[k];
            let (other, _) = l[k][used.clone()].as_chunks_mut::<8>();
            let (column, _) = column[used.clone()].as_chunks::<8>();
            for (other, column) in other.iter_mut().zip(column) {
                for (w, c) in other.iter_mut().zip(column) {
                    *w += c * factor;
                }
            }
            outside[k] += outside[j] * factor;
        }
    }
    for j in 0..columns {
        head[(j, j)] = scale[j];
        for i in j + 1..columns {
            head[(i, j)] = l[j][i];
        }
    }
    // Column j: (unit vector + Σ column k · l_jk) × scale.
    for j in 0..columns {
        let (before, column) = inverse.split_at_mut(j * PANEL);
        for (k, other) in before.chunks_exact(PANEL).enumerate() {
            let factor = l[k][j];
            let (other, _) = other[..(k + 1).next_multiple_of(8)].as_chunks::<8>();
            let (column, _) = column.as_chunks_mut::<8>();
            for (column, other) in column.iter_mut().zip(other) {
                for (m, w) in column.iter_mut().zip(other) {
                    *m += w * factor;
                }
            }
        }
        column[j] = 1.0;
        for m in &mut column[..width] {
            *m *= scale[j];
        }
    }
}
