//! The upper or the lower half of an array, and the sweeps over it.
//!
//! Rows are counted from the outside to the middle, so that both halves run the same code: the bit
//! lines are eliminated inwards, meet in the middle, and are substituted outwards. On the way out
//! each row is complete as soon as its bit-line potentials are known, and its word lines are solved
//! at once.
//!
//! Pinned by: `tests/crossbar_properties.rs`.

use super::tile::{Lanes, SIDE, Tile, largest, max_abs};
use crate::crossbar::solution::all_finite;

/// What a sweep outwards does between the bit lines and the word lines.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row {
    /// Right-hand side of the word lines from the potentials of the bit lines: z is the new
    /// potential of the word lines, j that of the bit lines.
    Potential,
    /// First residual.
    Residual,
    /// One step of conjugate gradients with these α and β.
    Step(f64, f64),
}

/// Sums and largest values over the half.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sums {
    /// rᵀ A_w⁻¹ r.
    pub gamma: f64,
    /// (D z)ᵀ A_b⁻¹ (D z).
    pub back: f64,
    /// Largest |z|, V.
    pub largest: f64,
    /// Largest |z - x|, V.
    pub change: f64,
}

/// Coefficients and vectors of half an array.
#[derive(Debug, Clone, Default)]
pub struct Half {
    pub bands: usize,
    pub blocks: usize,
    pub padding: usize,
    pub columns: usize,
    /// Cell conductances.
    pub g: Vec<Tile>,
    /// c of the word line between columns k - 1 and k, column after column in each tile.
    pub word: Vec<Tile>,
    /// e of the same, before `factor` the segment's resistance; empty where all segments are alike.
    pub word_e: Vec<Tile>,
    /// Terminals at the first column, by band.
    pub near: Vec<[Option<f64>; SIDE]>,
    /// Conductance from the last column to its terminal, by band.
    pub far: Vec<Lanes>,
    /// Conductance from the outermost row to the bit line's terminal.
    pub outer: Vec<Lanes>,
    /// e of the first column, by band.
    pub word_end: Vec<Lanes>,
    /// Segment resistance of all word lines where all are alike.
    pub word_r: f64,
    /// c of the bit line from a row towards the middle.
    pub bit: Vec<Tile>,
    /// e of the same, before `factor` the segment's resistance; empty where all segments are alike.
    pub bit_e: Vec<Tile>,
    /// Segment resistance towards the middle by row, where all of a row are alike.
    pub bit_r: Vec<Lanes>,
    /// Word-line potentials.
    pub x: Vec<Tile>,
    pub r: Vec<Tile>,
    /// Search direction; current into word nodes before a sweep of kind `Potential`.
    pub p: Vec<Tile>,
    /// S p; current into bit nodes before a sweep of kind `Potential`.
    pub s: Vec<Tile>,
    /// A_w⁻¹ r.
    pub z: Vec<Tile>,
    /// Bit-line currents of the elimination; bit-line potentials after a sweep of kind `Potential`.
    pub j: Vec<Tile>,
    /// At the inner end: currents after the sweep inwards, potentials before the sweep outwards.
    pub edge: Vec<Lanes>,
    pub scratch: Vec<Tile>,
}

impl Half {
    /// A half of `bands` × 8 rows, of which the outermost `padding` do not exist.
    pub fn new(bands: usize, padding: usize, columns: usize) -> Self {
        let blocks = columns.div_ceil(SIDE);
        let tiles = || vec![Tile::default(); bands * blocks];
        Self {
            bands,
            blocks,
            padding,
            columns,
            g: tiles(),
            word: tiles(),
            near: vec![[None; SIDE]; bands],
            far: vec![[0.0; SIDE]; bands],
            outer: vec![[0.0; SIDE]; blocks],
            word_end: vec![[0.0; SIDE]; bands],
            bit: tiles(),
            bit_r: vec![[0.0; SIDE]; bands],
            x: tiles(),
            r: tiles(),
            p: tiles(),
            s: tiles(),
            z: tiles(),
            j: tiles(),
            edge: vec![[0.0; SIDE]; blocks],
            scratch: vec![Tile::default(); blocks],
            ..Self::default()
        }
    }

    /// Rows of the array in this half.
    pub fn rows(&self) -> usize {
        self.bands * SIDE - self.padding
    }

    /// Tile and place in it of a cell; `row` counts from the outermost existing row.
    pub fn place(&self, row: usize, column: usize) -> (usize, usize, usize) {
        let row = row + self.padding;
        ((row / SIDE) * self.blocks + column / SIDE, row % SIDE, column % SIDE)
    }

    /// Copies a row of an array into tiles.
    pub fn scatter(&self, tiles: &mut [Tile], row: usize, values: &[f64]) {
        let (first, l, _) = self.place(row, 0);
        let (whole, rest) = values.as_chunks::<SIDE>();
        for (tile, chunk) in tiles[first..].iter_mut().zip(whole) {
            tile.0[l] = *chunk;
        }
        if !rest.is_empty() {
            tiles[first + whole.len()].0[l][..rest.len()].copy_from_slice(rest);
        }
    }

    /// Copies a row of tiles into an array.
    pub fn gather(&self, tiles: &[Tile], row: usize, values: &mut [f64]) {
        let (first, l, _) = self.place(row, 0);
        let (whole, rest) = values.as_chunks_mut::<SIDE>();
        for (tile, chunk) in tiles[first..].iter().zip(whole.iter_mut()) {
            *chunk = tile.0[l];
        }
        if !rest.is_empty() {
            rest.copy_from_slice(&tiles[first + whole.len()].0[l][..rest.len()]);
        }
    }
}

impl Half {
    /// Copies all rows of an array of `rows` rows into tiles; `index` says which half this is.
    pub fn scatter_all(&self, tiles: &mut [Tile], index: usize, rows: usize, values: &[f64]) {
        for local in 0..self.rows() {
            let i = if index == 0 { local } else { rows - 1 - local };
            self.scatter(tiles, local, &values[i * self.columns..(i + 1) * self.columns]);
        }
    }

    /// Copies all rows of tiles into an array of `rows` rows.
    pub fn gather_all(&self, tiles: &[Tile], index: usize, rows: usize, values: &mut [f64]) {
        for local in 0..self.rows() {
            let i = if index == 0 { local } else { rows - 1 - local };
            self.gather(tiles, local, &mut values[i * self.columns..(i + 1) * self.columns]);
        }
    }
}

impl Half {
    /// z to x, z - x to z; returns the largest z.
    pub fn split(&mut self) -> f64 {
        let mut most = [0.0; SIDE];
        for (x, z) in self.x.iter_mut().zip(&mut self.z) {
            for (x, z) in x.0.iter_mut().zip(&mut z.0) {
                most = max_abs(most, *z);
                for (x, z) in x.iter_mut().zip(z) {
                    (*x, *z) = (*z, *z - *x);
                }
            }
        }
        largest(most)
    }

    /// No potential is infinite or not a number.
    pub fn is_finite(&self) -> bool {
        self.z.iter().chain(&self.j).all(|tile| all_finite(tile.0.as_flattened()))
    }

    /// Memory of coefficients and vectors, bytes.
    pub fn bytes(&self) -> usize {
        let tiles = [&self.g, &self.word, &self.word_e, &self.bit, &self.bit_e].into_iter().chain([
            &self.x,
            &self.r,
            &self.p,
            &self.s,
            &self.z,
            &self.j,
            &self.scratch,
        ]);
        tiles.map(|tiles| size_of_val(&tiles[..])).sum()
    }
}

impl Sums {
    /// Over both halves.
    pub fn and(self, other: Self) -> Self {
        Self {
            gamma: self.gamma + other.gamma,
            back: self.back + other.back,
            largest: self.largest.max(other.largest),
            change: self.change.max(other.change),
        }
    }
}
