//! Dense row-major `f32` matrices, the currency between learners and hardware.
//!
//! The product runs on faer's single-threaded kernel, so its bits do not depend on the number
//! of threads; parallelism lives above (seeds, learners, tiles).

use faer::{Accum, MatMut, MatRef, Par};

/// A dense row-major matrix of `f32`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Matrix {
    rows: usize,
    columns: usize,
    data: Vec<f32>,
}

impl Matrix {
    /// A matrix of zeros.
    pub fn zeros(rows: usize, columns: usize) -> Self {
        Self { rows, columns, data: vec![0.0; rows * columns] }
    }

    /// A matrix whose element (i, j) is `f(i, j)`.
    pub fn from_fn(rows: usize, columns: usize, mut f: impl FnMut(usize, usize) -> f32) -> Self {
        let mut data = Vec::with_capacity(rows * columns);
        for i in 0..rows {
            for j in 0..columns {
                data.push(f(i, j));
            }
        }
        Self { rows, columns, data }
    }

    /// Wraps row-major `data`; `None` when its length is not `rows × columns`.
    pub fn from_vec(rows: usize, columns: usize, data: Vec<f32>) -> Option<Self> {
        (data.len() == rows * columns).then_some(Self { rows, columns, data })
    }

    /// Gives the matrix another shape and keeps its memory; the elements are any that were there.
    pub fn reshape(&mut self, rows: usize, columns: usize) {
        self.data.resize(rows * columns, 0.0);
        (self.rows, self.columns) = (rows, columns);
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// All elements, row after row.
    pub fn as_slice(&self) -> &[f32] {
        &self.data
    }

    /// All elements, row after row.
    pub fn as_mut_slice(&mut self) -> &mut [f32] {
        &mut self.data
    }

    /// Row `i`.
    ///
    /// # Panics
    /// When `i` is not below the number of rows.
    pub fn row(&self, i: usize) -> &[f32] {
        &self.data[i * self.columns..(i + 1) * self.columns]
    }

    /// Row `i`.
    ///
    /// # Panics
    /// When `i` is not below the number of rows.
    pub fn row_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.data[i * self.columns..(i + 1) * self.columns]
    }

    /// The rows in order. A matrix without columns yields none.
    pub fn iter_rows(&self) -> std::slice::ChunksExact<'_, f32> {
        self.data.chunks_exact(self.columns.max(1))
    }

    fn view(&self, transposed: bool) -> MatRef<'_, f32> {
        let view = MatRef::from_row_major_slice(&self.data, self.rows, self.columns);
        if transposed { view.transpose() } else { view }
    }
}

/// How a factor enters a product.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Op {
    /// As it stands.
    Plain,
    /// Transposed.
    Transposed,
}

/// `out = a·b`, or `out += scale · a·b` when `accumulate`; factors optionally transposed.
///
/// # Panics
/// When the shapes do not fit.
pub fn multiply(
    out: &mut Matrix,
    accumulate: bool,
    scale: f32,
    (a, op_a): (&Matrix, Op),
    (b, op_b): (&Matrix, Op),
) {
    let (rows, columns) = (out.rows, out.columns);
    faer::linalg::matmul::matmul(
        MatMut::from_row_major_slice_mut(&mut out.data, rows, columns),
        if accumulate { Accum::Add } else { Accum::Replace },
        a.view(op_a == Op::Transposed),
        b.view(op_b == Op::Transposed),
        scale,
        Par::Seq,
    );
}

/// `a · b` with factors optionally transposed.
///
/// # Panics
/// When the shapes do not fit.
pub fn product((a, op_a): (&Matrix, Op), (b, op_b): (&Matrix, Op)) -> Matrix {
    let rows = if op_a == Op::Transposed { a.columns } else { a.rows };
    let columns = if op_b == Op::Transposed { b.rows } else { b.columns };
    let mut out = Matrix::zeros(rows, columns);
    multiply(&mut out, false, 1.0, (a, op_a), (b, op_b));
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn product_equals_the_triple_loop(
            (m, k, n) in (1_usize..12, 1_usize..12, 1_usize..12),
            ta in any::<bool>(),
            tb in any::<bool>(),
            seed in any::<u64>(),
        ) {
            let mut stream = crate::rng::Stream::new(seed, crate::rng::Purpose::Pattern, 0, 0);
            let mut draw = |r, c| Matrix::from_fn(r, c, |_, _| stream.normal() as f32);
            let a = if ta { draw(k, m) } else { draw(m, k) };
            let b = if tb { draw(n, k) } else { draw(k, n) };
            let op = |t| if t { Op::Transposed } else { Op::Plain };
            let c = product((&a, op(ta)), (&b, op(tb)));
            for i in 0..m {
                for j in 0..n {
                    let expected: f32 = (0..k)
                        .map(|l| {
                            let x = if ta { a.row(l)[i] } else { a.row(i)[l] };
                            let y = if tb { b.row(j)[l] } else { b.row(l)[j] };
                            x * y
                        })
                        .sum();
                    prop_assert!((c.row(i)[j] - expected).abs() <= 1e-4 * (1.0 + expected.abs()));
                }
            }
        }
    }
}
