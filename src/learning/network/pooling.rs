//! Pooling: the largest number or the mean under a window, and the way back of errors.
//!
//! The error of a largest number goes to its place (the first of equals), that of a mean in equal parts to
//! all places that counted. Places of the window are visited one after the other, each for a whole line of
//! the output: its inputs lie a step apart.
//!
//! Pinned by: `gradient_tests`, and the test below.

use std::ops::Range;

use numerics::matrix::Matrix;

use super::architecture::{Shape, Window};

/// What is taken under the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Take {
    Largest,
    Mean,
}

/// One place of the window over one line of the output.
#[derive(Debug, Clone)]
struct Visit {
    /// Places of the output map for which it lies on the image.
    out: Range<usize>,
    /// Place of the input map that belongs to the first of them.
    first: usize,
}

/// A pooling layer.
#[derive(Debug, Clone)]
pub(super) struct Pooling {
    take: Take,
    input: Shape,
    output: Shape,
    visits: Vec<Visit>,
    /// From one place of the output to the next in a line.
    step: usize,
    /// One over the number that a mean is divided by, for every place of an output map.
    shares: Vec<f32>,
}

impl Pooling {
    pub(super) fn new(take: Take, window: &Window, input: Shape, output: Shape) -> Self {
        let (size, steps, padding) = (window.size, window.steps(), window.padding);
        // Outputs for which place `k` of the window is on the image.
        let valid = |axis: usize, k: usize| {
            let from = padding[axis].saturating_sub(k).div_ceil(steps[axis]);
            let below = (input[axis + 1] + padding[axis]).saturating_sub(k).div_ceil(steps[axis]);
            from..below.min(output[axis + 1])
        };
        let mut visits = Vec::new();
        let mut counts = vec![0_usize; output[1] * output[2]];
        for (k, l) in (0..size[0]).flat_map(|k| (0..size[1]).map(move |l| (k, l))) {
            let columns = valid(1, l);
            if columns.is_empty() {
                continue;
            }
            for a in valid(0, k) {
                let line = a * steps[0] + k - padding[0];
                let out = a * output[2] + columns.start..a * output[2] + columns.end;
                counts[out.clone()].iter_mut().for_each(|count| *count += 1);
                let first = line * input[2] + columns.start * steps[1] + l - padding[1];
                visits.push(Visit { out, first });
            }
        }
        let whole = size[0] * size[1];
        let share = |count: usize| 1.0 / if window.count_padding { whole } else { count.max(1) } as f32;
        let shares = counts.into_iter().map(share).collect();
        Self { take, input, output, visits, step: steps[1], shares }
    }

    /// Numbers of one channel: input, output.
    fn areas(&self) -> (usize, usize) {
        (self.input[1] * self.input[2], self.output[1] * self.output[2])
    }

    pub(super) fn forward(&self, x: &Matrix) -> Matrix {
        let (from, to) = self.areas();
        let mut y = Matrix::zeros(x.rows(), self.input[0] * to);
        for (map, out) in x.as_slice().chunks_exact(from).zip(y.as_mut_slice().chunks_exact_mut(to)) {
            if self.take == Take::Largest {
                out.fill(f32::NEG_INFINITY);
            }
            for visit in &self.visits {
                let seen = map[visit.first..].iter().step_by(self.step);
                let out = out[visit.out.clone()].iter_mut().zip(seen);
                match self.take {
                    Take::Largest => out.for_each(|(out, v)| *out = if *v > *out { *v } else { *out }),
                    Take::Mean => out.for_each(|(out, v)| *out += v),
                }
            }
            if self.take == Take::Mean {
                out.iter_mut().zip(&self.shares).for_each(|(out, share)| *out *= share);
            }
        }
        y
    }

    /// Errors at the input from those at the output; `x` and `y` are what the forward pass saw and gave.
    pub(super) fn backward(&self, (x, y): (&Matrix, &Matrix), mut e: Matrix) -> Matrix {
        let (from, to) = self.areas();
        let mut d = Matrix::zeros(x.rows(), x.columns());
        let inputs = x.as_slice().chunks_exact(from).zip(d.as_mut_slice().chunks_exact_mut(from));
        let outputs = y.as_slice().chunks_exact(to).zip(e.as_mut_slice().chunks_exact_mut(to));
        for ((map, d), (y, e)) in inputs.zip(outputs) {
            if self.take == Take::Mean {
                e.iter_mut().zip(&self.shares).for_each(|(e, share)| *e *= share);
            }
            for Visit { out, first } in &self.visits {
                let errors = e[out.clone()].iter_mut().zip(&y[out.clone()]);
                let places = d[*first..].iter_mut().zip(&map[*first..]).step_by(self.step);
                for ((e, y), (d, x)) in errors.zip(places) {
                    match self.take {
                        // What is given is gone, so that only the first of equals has it.
                        Take::Largest if *x >= *y => *d += std::mem::take(e),
                        Take::Largest => {}
                        Take::Mean => *d += *e,
                    }
                }
            }
        }
        d
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn windows_overlap_end_and_hang_over_the_edge() {
        // 3 × 3 image, windows of 2 × 2 one step apart with one row of padding: 4 × 4 results.
        let window = Window { size: [2, 2], stride: Some([1, 1]), padding: [1, 1], count_padding: false };
        let x = Matrix::from_vec(1, 9, vec![5.0, 1.0, 2.0, 0.0, 5.0, 3.0, -1.0, -2.0, -3.0]).unwrap();
        let largest = Pooling::new(Take::Largest, &window, [1, 3, 3], [1, 4, 4]);
        let y = largest.forward(&x);
        let expected = [5.0, 5.0, 2.0, 2.0, 5.0, 5.0, 5.0, 3.0, 0.0, 5.0, 5.0, 3.0, -1.0, -1.0, -2.0, -3.0];
        assert_eq!(y.as_slice(), expected);
        let ones = Matrix::from_fn(1, 16, |_, _| 1.0);
        // The window of the middle has two fives; the upper left one is the first.
        let d = largest.backward((&x, &y), ones.clone());
        assert_eq!(d.as_slice(), [4.0, 0.0, 2.0, 1.0, 3.0, 2.0, 2.0, 1.0, 1.0]);
        let mean = Pooling::new(Take::Mean, &window, [1, 3, 3], [1, 4, 4]);
        let y = mean.forward(&x);
        assert_eq!(y.as_slice()[..3], [5.0, 3.0, 1.5]);
        let d = mean.backward((&x, &y), ones);
        // A corner counts alone, in two pairs and in one window of four.
        assert_eq!(d.as_slice()[0].to_bits(), 2.25_f32.to_bits(), "1 + 1/2 + 1/2 + 1/4");
    }
}
