//! Images changed the same way for a whole context: joined sets, borders, permuted pixels, rotations.
//!
//! Streams made of one set this way: permuted pixels (I. J. Goodfellow et al., arXiv:1312.6211), rotated
//! images (D. Lopez-Paz, M. Ranzato, NIPS 2017, arXiv:1706.08840). G. M. van de Ven, H. T. Siegelmann, A. S.
//! Tolias, Nat. Commun. 11:4069 (2020), doi:10.1038/s41467-020-17866-2, put a border of two zeros around the
//! images before they permute them, so that each of 1024 places can be dark or bright.
//!
//! | quantity | equation |
//! |---|---|
//! | permutation | y_j = x_π(j), the same π in every channel |
//! | rotation | y(r) = x(R_−φ (r − m) + m), m the middle of the image, counter-clockwise for φ > 0 |
//! | between pixels | weights (1 − u)(1 − v), (1 − u) v, u (1 − v), u v of the four around (bilinear) |
//! | beyond the edge | 0 |
//!
//! Pinned by: the tests below.

use numerics::matrix::Matrix;
use numerics::rng::{Purpose, Stream};

use super::{DataError, Samples, Split};

/// Most classes that labels can tell apart.
pub const MOST_CLASSES: usize = 256;

/// An order of the pixels of an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permutation(Vec<usize>);

impl Permutation {
    /// A random order of so many pixels, for one context of one seed.
    pub fn random(pixels: usize, seed: u64, context: u64) -> Self {
        let mut order: Vec<usize> = (0..pixels).collect();
        Stream::new(seed, Purpose::Permutation, context, 0).shuffle(&mut order);
        Self(order)
    }

    /// For each place the pixel that comes there.
    pub fn order(&self) -> &[usize] {
        &self.0
    }
}

impl Permutation {
    /// Writes an image with its pixels in this order, channel after channel.
    ///
    /// # Panics
    /// When the lengths are not the same multiple of the pixels.
    pub fn apply(&self, old: &[f32], new: &mut [f32]) {
        for (old, new) in old.chunks_exact(self.0.len()).zip(new.chunks_exact_mut(self.0.len())) {
            new.iter_mut().zip(&self.0).for_each(|(new, &from)| *new = old[from]);
        }
    }
}

/// A turn of images of one size about their middle.
#[derive(Debug, Clone, PartialEq)]
pub struct Rotation {
    /// The four pixels each place comes from, and their weights.
    taps: Vec<[(usize, f64); 4]>,
}

impl Rotation {
    /// Counter-clockwise, for images of so many rows and columns.
    pub fn new((rows, columns): (usize, usize), degrees: f64) -> Self {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        let middle = ((rows as f64 - 1.0) / 2.0, (columns as f64 - 1.0) / 2.0);
        let place = |j: usize| {
            // Rows count downwards: what comes here is found clockwise from here.
            let (dy, dx) = ((j / columns) as f64 - middle.0, (j % columns) as f64 - middle.1);
            let (from_y, from_x) = (middle.0 + cosine * dy + sine * dx, middle.1 - sine * dy + cosine * dx);
            let (from_y, from_x) = (whole(from_y), whole(from_x));
            let (top, left) = (from_y.floor(), from_x.floor());
            let (u, v) = (from_y - top, from_x - left);
            let tap = |y: f64, x: f64, weight: f64| {
                let inside = y >= 0.0 && x >= 0.0 && y < rows as f64 && x < columns as f64;
                if inside { (y as usize * columns + x as usize, weight) } else { (0, 0.0) }
            };
            [
                tap(top, left, (1.0 - u) * (1.0 - v)),
                tap(top, left + 1.0, (1.0 - u) * v),
                tap(top + 1.0, left, u * (1.0 - v)),
                tap(top + 1.0, left + 1.0, u * v),
            ]
        };
        Self { taps: (0..rows * columns).map(place).collect() }
    }

    /// Writes a turned image, channel after channel.
    ///
    /// # Panics
    /// When the images are smaller than those of this rotation.
    pub fn apply(&self, old: &[f32], new: &mut [f32]) {
        let area = self.taps.len();
        for (old, new) in old.chunks_exact(area).zip(new.chunks_exact_mut(area)) {
            for (new, taps) in new.iter_mut().zip(&self.taps) {
                *new = taps.iter().map(|&(from, weight)| weight * f64::from(old[from])).sum::<f64>() as f32;
            }
        }
    }
}

impl Samples {
    /// Each image made anew: `pixel` gives a number of the new one from a channel of the old one and the new
    /// row and column.
    fn redrawn(&self, (rows, columns): (usize, usize), pixel: impl Fn(&[f32], usize, usize) -> f32) -> Self {
        let (channels, old_rows, old_columns) = self.image();
        let (area, old_area) = (rows * columns, old_rows * old_columns);
        let inputs = Matrix::from_fn(self.len(), channels * area, |i, j| {
            let (channel, place) = (j / area, j % area);
            let old = &self.inputs().row(i)[channel * old_area..(channel + 1) * old_area];
            pixel(old, place / columns, place % columns)
        });
        self.with_images(inputs, (rows, columns))
    }

    /// The images with a border of so many zeros at each edge.
    #[must_use]
    pub fn padded(&self, border: usize) -> Self {
        let (_, rows, columns) = self.image();
        self.redrawn((rows + 2 * border, columns + 2 * border), |old, y, x| {
            match (y.checked_sub(border), x.checked_sub(border)) {
                (Some(y), Some(x)) if y < rows && x < columns => old[y * columns + x],
                _ => 0.0,
            }
        })
    }

    /// The images with their pixels in another order, the same in every channel.
    ///
    /// # Errors
    /// When the permutation is one of another number of pixels.
    pub fn permuted(&self, permutation: &Permutation) -> Result<Self, DataError> {
        let (_, rows, columns) = self.image();
        if permutation.0.len() != rows * columns {
            return Err(DataError::Pixels { found: permutation.0.len(), expected: rows * columns });
        }
        let mut inputs = Matrix::zeros(self.len(), self.inputs().columns());
        for (i, old) in self.inputs().iter_rows().enumerate() {
            permutation.apply(old, inputs.row_mut(i));
        }
        Ok(self.with_images(inputs, (rows, columns)))
    }

    /// The images turned about their middle, counter-clockwise, what comes from beyond the edge being 0.
    #[must_use]
    pub fn rotated(&self, degrees: f64) -> Self {
        let (_, rows, columns) = self.image();
        let rotation = Rotation::new((rows, columns), degrees);
        let mut inputs = Matrix::zeros(self.len(), self.inputs().columns());
        for (i, old) in self.inputs().iter_rows().enumerate() {
            rotation.apply(old, inputs.row_mut(i));
        }
        self.with_images(inputs, (rows, columns))
    }

    /// Sets behind one another, as one with the classes of all: labels of each set are counted from behind
    /// the classes of those before it.
    ///
    /// # Errors
    /// When there is none, the images differ in shape, or there are more than 256 classes.
    pub fn joined(sets: &[&Self]) -> Result<Self, DataError> {
        let Some(first) = sets.first() else { return Err(DataError::NothingToJoin) };
        let classes: usize = sets.iter().map(|set| set.classes()).sum();
        if classes > MOST_CLASSES {
            return Err(DataError::ManyClasses { found: classes });
        }
        let (mut inputs, mut labels, mut before) = (Vec::new(), Vec::new(), 0);
        for (index, set) in sets.iter().enumerate() {
            if set.image() != first.image() {
                return Err(DataError::Images { index, found: set.image(), expected: first.image() });
            }
            inputs.extend_from_slice(set.inputs().as_slice());
            labels.extend(set.labels().iter().map(|label| (before + usize::from(*label)) as u8));
            before += set.classes();
        }
        Matrix::from_vec(labels.len(), first.inputs().columns(), inputs)
            .and_then(|inputs| Self::of_images(inputs, labels, classes, first.image()))
            .ok_or(DataError::NothingToJoin)
    }
}

impl Split {
    /// [`Samples::joined`] of the training samples and of the test samples.
    ///
    /// # Errors
    /// Those of [`Samples::joined`].
    pub fn joined(splits: &[&Self]) -> Result<Self, DataError> {
        let part = |part: fn(&Self) -> &Samples| {
            Samples::joined(&splits.iter().map(|split| part(split)).collect::<Vec<_>>())
        };
        Ok(Self { train: part(|split| &split.train)?, test: part(|split| &split.test)? })
    }
}

/// Takes the rounding of sine and cosine away, so that quarter turns move pixels as they are.
fn whole(place: f64) -> f64 {
    let nearest = place.round();
    if (place - nearest).abs() < 1e-9 { nearest } else { place }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// Images of two channels, numbered through.
    fn numbered(rows: usize, columns: usize) -> Samples {
        let inputs = Matrix::from_fn(3, 2 * rows * columns, |i, j| (100 * i + j) as f32);
        Samples::of_images(inputs, vec![0, 1, 1], 2, (2, rows, columns)).unwrap()
    }

    #[test]
    fn a_border_of_zeros_surrounds_every_channel() {
        let padded = numbered(2, 3).padded(1);
        assert_eq!(padded.image(), (2, 4, 5));
        let row = padded.inputs().row(1);
        assert_eq!(row[..10], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 100.0, 101.0, 102.0, 0.0]);
        assert_eq!(row[26..29], [106.0, 107.0, 108.0]);
        let sum = |samples: &Samples| samples.inputs().as_slice().iter().sum::<f32>();
        assert!((sum(&padded) - sum(&numbered(2, 3))).abs() < 1e-3);
        assert_eq!(numbered(2, 3).padded(0), numbered(2, 3));
    }

    #[test]
    fn permutations_are_keyed_by_seed_and_context_and_the_same_in_every_channel() {
        let samples = numbered(4, 4).padded(2);
        let permutation = Permutation::random(64, 7, 0);
        assert_eq!(permutation, Permutation::random(64, 7, 0));
        assert_ne!(permutation, Permutation::random(64, 7, 1));
        assert_ne!(permutation, Permutation::random(64, 8, 0));
        let mut sorted = permutation.order().to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..64).collect::<Vec<_>>());
        let permuted = samples.permuted(&permutation).unwrap();
        assert_eq!((permuted.labels(), permuted.image()), (samples.labels(), samples.image()));
        for (new, old) in permuted.inputs().iter_rows().zip(samples.inputs().iter_rows()) {
            for (place, &from) in permutation.order().iter().enumerate() {
                assert_eq!(new[place].to_bits(), old[from].to_bits());
                assert_eq!(new[64 + place].to_bits(), old[64 + from].to_bits());
            }
        }
        let error = numbered(4, 4).permuted(&permutation).unwrap_err().to_string();
        assert_eq!(error, "a permutation of 64 pixels does not fit images of 16 pixels");
    }

    #[test]
    fn quarter_turns_are_exact_and_counter_clockwise() {
        let samples = numbered(3, 3);
        let turned = samples.rotated(90.0);
        // 0 1 2 / 3 4 5 / 6 7 8 becomes 2 5 8 / 1 4 7 / 0 3 6.
        assert_eq!(turned.inputs().row(0)[..9], [2.0, 5.0, 8.0, 1.0, 4.0, 7.0, 0.0, 3.0, 6.0]);
        assert_eq!(turned.rotated(-90.0), samples);
        assert_eq!(samples.rotated(180.0).inputs().row(0)[..3], [8.0, 7.0, 6.0]);
        assert_eq!(samples.rotated(0.0), samples);
        assert_eq!(samples.rotated(360.0), samples);
    }

    #[test]
    fn other_angles_interpolate_between_four_pixels() {
        let one = |rows: usize, pixel: usize| {
            let inputs = Matrix::from_fn(1, rows * rows, |_, j| f32::from(j == pixel));
            Samples::new(inputs, vec![0], 1, (rows, rows)).unwrap()
        };
        // The middle of 3 × 3 after a turn by 45°: the place (0, 1) comes from 1/√2 up and right of the middle.
        let turned = one(3, 4).rotated(45.0);
        let share = (1.0 - std::f32::consts::FRAC_1_SQRT_2).powi(2);
        let row = turned.inputs().row(0);
        assert!((row[4] - 1.0).abs() < 1e-6);
        for place in [1, 3, 5, 7] {
            assert!((row[place] - share).abs() < 1e-6, "{row:?}");
        }
        assert!(row[0].abs() < 1e-6);
        // A straight ramp is its own interpolation: turned by 30° it is the ramp along the turned axis.
        let ramp = Matrix::from_fn(1, 81, |_, j| (j % 9) as f32);
        let ramp = Samples::new(ramp, vec![0], 1, (9, 9)).unwrap().rotated(30.0);
        for (y, x) in [(4, 4), (3, 5), (5, 2), (4, 6)] {
            let (dy, dx) = (f64::from(y) - 4.0, f64::from(x) - 4.0);
            let expected = 4.0 + 30.0_f64.to_radians().cos() * dx - 30.0_f64.to_radians().sin() * dy;
            let own = f64::from(ramp.inputs().row(0)[(y * 9 + x) as usize]);
            assert!((own - expected).abs() < 1e-5, "{own} against {expected}");
        }
    }

    #[test]
    fn joined_sets_have_the_classes_of_both() {
        let (first, second) = (numbered(2, 3), numbered(2, 3).select(&[1, 0]));
        let joined = Samples::joined(&[&first, &second]).unwrap();
        assert_eq!((joined.classes(), joined.labels()), (4, [0, 1, 1, 3, 2].as_slice()));
        assert_eq!(joined.inputs().row(4), first.inputs().row(0));
        assert_eq!(Samples::joined(&[&first]).unwrap(), first);
        let message = |sets: &[&Samples]| Samples::joined(sets).unwrap_err().to_string();
        let text = "set 2 of those to be joined has images of (2, 3, 2) (channels, rows, columns), but the first \
                    one images of (2, 2, 3): sets that are joined need images of one shape";
        assert_eq!(message(&[&first, &second, &numbered(3, 2)]), text);
        assert!(message(&[]).contains("at least one"));
        assert!(message(&vec![&first; 129]).starts_with("the joined sets have 258 classes"));
        let split = Split { train: first.clone(), test: second };
        let both = Split::joined(&[&split, &split]).unwrap();
        assert_eq!(both.test.labels(), [1, 0, 3, 2]);
        assert_eq!(both.train.len(), 6);
    }
}
