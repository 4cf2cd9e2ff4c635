//! Pooling: the largest number or the mean under a window, and the way back of errors.
//!
//! The error of a largest number goes to its place (the first of equals), that of a mean in equal parts to
//! all places that counted.
//!
//! Pinned by: `gradient_tests`.

use numerics::matrix::Matrix;

use super::architecture::{Shape, Window};

/// What is taken under the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Largest,
    Mean,
}

/// A pooling layer.
#[derive(Debug, Clone)]
pub(super) struct Pooling {
    take: Take,
    input: Shape,
    output: Shape,
    /// For every place of an output map the places of the input map under the window, and the divisor.
    windows: Vec<(Vec<usize>, f32)>,
}

impl Pooling {
    pub(super) fn new(take: Take, window: &Window, input: Shape, output: Shape) -> Self {
        let [_, rows, columns] = input;
        let (size, step, padding) = (window.size, window.steps(), window.padding);
        let span = |at: usize, axis: usize, most: usize| {
            let from = (at * step[axis]).saturating_sub(padding[axis]);
            let to = (at * step[axis] + size[axis]).saturating_sub(padding[axis]).min(most);
            from..to
        };
        let mut windows = Vec::with_capacity(output[1] * output[2]);
        for a in 0..output[1] {
            for b in 0..output[2] {
                let places: Vec<usize> = span(a, 0, rows)
                    .flat_map(|i| span(b, 1, columns).map(move |j| i * columns + j))
                    .collect();
                let count = if window.count_padding { size[0] * size[1] } else { places.len().max(1) };
                windows.push((places, count as f32));
            }
        }
        Self { take, input, output, windows }
    }

    /// Numbers of one channel: input, output.
    fn areas(&self) -> (usize, usize) {
        (self.input[1] * self.input[2], self.output[1] * self.output[2])
    }

    pub(super) fn forward(&self, x: &Matrix) -> Matrix {
        let (from, to) = self.areas();
        let mut y = Matrix::zeros(x.rows(), self.input[0] * to);
        for (map, out) in x.as_slice().chunks_exact(from).zip(y.as_mut_slice().chunks_exact_mut(to)) {
            for (out, (places, count)) in out.iter_mut().zip(&self.windows) {
                let values = places.iter().map(|place| map[*place]);
                *out = match self.take {
                    Take::Largest => values.fold(f32::NEG_INFINITY, f32::max),
                    Take::Mean => values.sum::<f32>() / count,
                };
            }
        }
        y
    }

    /// Errors at the input `x` from those at the output.
    pub(super) fn backward(&self, x: &Matrix, e: &Matrix) -> Matrix {
        let (from, to) = self.areas();
        let mut d = Matrix::zeros(x.rows(), x.columns());
        let maps = x.as_slice().chunks_exact(from).zip(d.as_mut_slice().chunks_exact_mut(from));
        for ((map, d), e) in maps.zip(e.as_slice().chunks_exact(to)) {
            for (e, (places, count)) in e.iter().zip(&self.windows) {
                match self.take {
                    Take::Largest => {
                        let mut best = None;
                        for &place in places {
                            if best.is_none_or(|best: usize| map[place] > map[best]) {
                                best = Some(place);
                            }
                        }
                        if let Some(best) = best {
                            d[best] += e;
                        }
                    }
                    Take::Mean => places.iter().for_each(|place| d[*place] += e / count),
                }
            }
        }
        d
    }
}
