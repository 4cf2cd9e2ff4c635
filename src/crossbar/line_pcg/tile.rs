//! Eight by eight cells, contiguous in memory: eight rows advance along word lines together, eight
//! columns along bit lines, and every sweep is one stream through memory.

/// Rows and columns of a tile.
pub const SIDE: usize = 8;

/// One value for each row, or each column, of a tile.
pub type Lanes = [f64; SIDE];

/// Values of 8 × 8 cells, row after row unless said otherwise.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C, align(64))]
pub struct Tile(pub [Lanes; SIDE]);

impl Tile {
    /// Columns become rows.
    #[inline(always)]
    pub fn transposed(&self) -> Self {
        let mut out = Self::default();
        for (i, row) in out.0.iter_mut().enumerate() {
            for (j, value) in row.iter_mut().enumerate() {
                *value = self.0[j][i];
            }
        }
        out
    }
}

/// a · b + c.
#[inline(always)]
pub fn mul_add(a: Lanes, b: Lanes, c: Lanes) -> Lanes {
    std::array::from_fn(|k| a[k].mul_add(b[k], c[k]))
}

/// a · b.
#[inline(always)]
pub fn mul(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|k| a[k] * b[k])
}

/// Larger of `m` and |a|.
#[inline(always)]
pub fn max_abs(m: Lanes, a: Lanes) -> Lanes {
    std::array::from_fn(|k| if a[k].abs() > m[k] { a[k].abs() } else { m[k] })
}

/// Sum of the lanes in a fixed order.
pub fn sum(a: Lanes) -> f64 {
    ((a[0] + a[1]) + (a[2] + a[3])) + ((a[4] + a[5]) + (a[6] + a[7]))
}

/// Largest lane.
pub fn largest(a: Lanes) -> f64 {
    a.iter().fold(0.0, |m: f64, v| m.max(*v))
}
