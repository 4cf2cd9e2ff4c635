//! The sweeps over half an array, each one stream through memory.
//!
//! Pinned by: `tests/crossbar_properties.rs`.

use super::half::{Half, Row, Sums};
use super::ladder::{close, cross};
use super::tile::{Lanes, SIDE, Tile, largest, max_abs, mul, mul_add, sum};

impl Half {
    /// All segments of either family are alike.
    fn uniform(&self) -> bool {
        self.word_e.is_empty()
    }

    /// Computes the factors of all crossings; leaves the conductances that arrive in the middle in
    /// `edge`.
    pub fn factor(&mut self) {
        let arch = pulp::Arch::new();
        if self.uniform() {
            arch.dispatch(Factors::<true>(self));
        } else {
            arch.dispatch(Factors::<false>(self));
        }
    }

    #[inline(always)]
    fn factors<const UNIFORM: bool>(&mut self) {
        for band in 0..self.bands {
            let mut y = [0.0; SIDE];
            for block in (0..self.blocks).rev() {
                let t = band * self.blocks + block;
                let g = self.g[t].transposed();
                for k in (0..SIDE).rev() {
                    let column = block * SIDE + k;
                    if column + 1 == self.columns {
                        y = add(y, self.far[band]);
                    }
                    y = add(y, g.0[k]);
                    if column > 0 {
                        let r = if !UNIFORM {
                            self.word_e[t].0[k]
                        } else if column < self.columns {
                            [self.word_r; SIDE]
                        } else {
                            [f64::INFINITY; SIDE]
                        };
                        let (c, e, beyond) = cross_all(r, y);
                        self.word[t].0[k] = c;
                        if !UNIFORM {
                            self.word_e[t].0[k] = e;
                        }
                        y = beyond;
                    }
                }
            }
            self.word_end[band] = std::array::from_fn(|l| close(self.near[band][l], y[l]));
        }
        self.edge.fill([0.0; SIDE]);
        for band in 0..self.bands {
            for block in 0..self.blocks {
                let t = band * self.blocks + block;
                let mut y = self.edge[block];
                for l in 0..SIDE {
                    if band * SIDE + l == self.padding {
                        y = add(y, self.outer[block]);
                    }
                    y = add(y, self.g[t].0[l]);
                    let r = if UNIFORM { [self.bit_r[band][l]; SIDE] } else { self.bit_e[t].0[l] };
                    let (c, e, beyond) = cross_all(r, y);
                    self.bit[t].0[l] = c;
                    if !UNIFORM {
                        self.bit_e[t].0[l] = e;
                    }
                    y = beyond;
                }
                self.edge[block] = y;
            }
        }
    }

    /// Eliminates the bit lines inwards with the currents D x plus those in `s`; what arrives in the
    /// middle is left in `edge`.
    pub fn inwards_from_potentials(&mut self) {
        pulp::Arch::new().dispatch(Load(self));
    }

    #[inline(always)]
    fn load(&mut self) {
        self.edge.fill([0.0; SIDE]);
        for band in 0..self.bands {
            for block in 0..self.blocks {
                let t = band * self.blocks + block;
                let (g, x, s, c) = (&self.g[t], &self.x[t], &self.s[t], &self.bit[t]);
                let mut arriving = self.edge[block];
                for l in 0..SIDE {
                    let total = add(mul_add(g.0[l], x.0[l], s.0[l]), arriving);
                    self.j[t].0[l] = total;
                    arriving = mul(c.0[l], total);
                }
                self.edge[block] = arriving;
            }
        }
    }

    /// Eliminates the bit lines inwards with the currents D z and returns (D z)ᵀ A_b⁻¹ (D z) but for
    /// the middle.
    pub fn inwards(&mut self) -> f64 {
        let arch = pulp::Arch::new();
        if self.uniform() {
            arch.dispatch(Eliminate::<true>(self))
        } else {
            arch.dispatch(Eliminate::<false>(self))
        }
    }

    #[inline(always)]
    fn eliminate<const UNIFORM: bool>(&mut self) -> f64 {
        let mut back = [0.0; SIDE];
        self.edge.fill([0.0; SIDE]);
        for band in 0..self.bands {
            let r = self.bit_r[band];
            for block in 0..self.blocks {
                let t = band * self.blocks + block;
                let (g, z, c) = (&self.g[t], &self.z[t], &self.bit[t]);
                let mut arriving = self.edge[block];
                for l in 0..SIDE {
                    let total = mul_add(g.0[l], z.0[l], arriving);
                    self.j[t].0[l] = total;
                    arriving = mul(c.0[l], total);
                    let energy =
                        if UNIFORM { mul([r[l]; SIDE], arriving) } else { mul(self.bit_e[t].0[l], total) };
                    back = mul_add(energy, total, back);
                }
                self.edge[block] = arriving;
            }
        }
        sum(back)
    }

    /// Substitutes the bit lines outwards from the potentials in `edge`, does what `row` says and
    /// solves the word lines of every row: z = A_w⁻¹ (right-hand side).
    pub fn outwards(&mut self, row: Row) -> Sums {
        let arch = pulp::Arch::new();
        match (row, self.uniform()) {
            (Row::Potential, true) => arch.dispatch(Substitute::<true, POTENTIAL>(self, 0.0, 0.0)),
            (Row::Potential, false) => arch.dispatch(Substitute::<false, POTENTIAL>(self, 0.0, 0.0)),
            (Row::Residual, true) => arch.dispatch(Substitute::<true, RESIDUAL>(self, 0.0, 0.0)),
            (Row::Residual, false) => arch.dispatch(Substitute::<false, RESIDUAL>(self, 0.0, 0.0)),
            (Row::Step(alpha, beta), true) => arch.dispatch(Substitute::<true, STEP>(self, alpha, beta)),
            (Row::Step(alpha, beta), false) => arch.dispatch(Substitute::<false, STEP>(self, alpha, beta)),
        }
    }

    #[inline(always)]
    fn substitute<const UNIFORM: bool, const ROW: u8>(&mut self, alpha: f64, beta: f64) -> Sums {
        let (mut gamma, mut most, mut change) = ([0.0; SIDE], [0.0; SIDE], [0.0; SIDE]);
        let (alphas, minus, betas) = ([alpha; SIDE], [-alpha; SIDE], [beta; SIDE]);
        let word_r = [self.word_r; SIDE];
        for band in (0..self.bands).rev() {
            let bit_r = self.bit_r[band];
            // Currents of the word lines, eliminated from the far end.
            let mut arriving = [0.0; SIDE];
            for block in (0..self.blocks).rev() {
                let t = band * self.blocks + block;
                let mut right = Tile::default();
                let (g, c) = (&self.g[t], &self.bit[t]);
                let mut w = self.edge[block];
                for l in (0..SIDE).rev() {
                    let j = self.j[t].0[l];
                    w = if UNIFORM {
                        mul(c.0[l], mul_add([bit_r[l]; SIDE], j, w))
                    } else {
                        mul_add(c.0[l], w, mul(self.bit_e[t].0[l], j))
                    };
                    match ROW {
                        POTENTIAL => {
                            self.j[t].0[l] = w;
                            right.0[l] = mul_add(g.0[l], w, self.p[t].0[l]);
                        }
                        RESIDUAL => {
                            let r = mul(g.0[l], w);
                            self.r[t].0[l] = r;
                            self.p[t].0[l] = [0.0; SIDE];
                            self.s[t].0[l] = [0.0; SIDE];
                            right.0[l] = r;
                        }
                        _ => {
                            let r = self.r[t].0[l];
                            let from_bits = mul(g.0[l], w);
                            let sz: Lanes = std::array::from_fn(|k| r[k] - from_bits[k]);
                            let p = mul_add(betas, self.p[t].0[l], self.z[t].0[l]);
                            let s = mul_add(betas, self.s[t].0[l], sz);
                            let r = mul_add(minus, s, r);
                            self.p[t].0[l] = p;
                            self.s[t].0[l] = s;
                            self.x[t].0[l] = mul_add(alphas, p, self.x[t].0[l]);
                            self.r[t].0[l] = r;
                            right.0[l] = r;
                        }
                    }
                }
                self.edge[block] = w;
                let right = right.transposed();
                for k in (0..SIDE).rev() {
                    let total = add(right.0[k], arriving);
                    self.scratch[block].0[k] = total;
                    if block + k > 0 {
                        arriving = mul(self.word[t].0[k], total);
                        if ROW != POTENTIAL {
                            let energy =
                                if UNIFORM { mul(word_r, arriving) } else { mul(self.word_e[t].0[k], total) };
                            gamma = mul_add(energy, total, gamma);
                        }
                    }
                }
            }
            let first = self.scratch[0].0[0];
            let mut u = mul(self.word_end[band], first);
            if ROW != POTENTIAL {
                gamma = mul_add(u, first, gamma);
            }
            for block in 0..self.blocks {
                let t = band * self.blocks + block;
                let mut potentials = Tile::default();
                for k in 0..SIDE {
                    if block + k > 0 {
                        let (c, total) = (self.word[t].0[k], self.scratch[block].0[k]);
                        u = if UNIFORM {
                            mul(c, mul_add(word_r, total, u))
                        } else {
                            mul_add(c, u, mul(self.word_e[t].0[k], total))
                        };
                    }
                    potentials.0[k] = u;
                    most = max_abs(most, u);
                }
                let z = potentials.transposed();
                if ROW == POTENTIAL {
                    for l in 0..SIDE {
                        let x = self.x[t].0[l];
                        change = max_abs(change, std::array::from_fn(|k| z.0[l][k] - x[k]));
                    }
                }
                self.z[t] = z;
            }
        }
        Sums { gamma: sum(gamma), back: 0.0, largest: largest(most), change: largest(change) }
    }
}

const POTENTIAL: u8 = 0;
const RESIDUAL: u8 = 1;
const STEP: u8 = 2;

#[inline(always)]
fn add(a: Lanes, b: Lanes) -> Lanes {
    std::array::from_fn(|k| a[k] + b[k])
}

#[inline(always)]
fn cross_all(r: Lanes, y: Lanes) -> (Lanes, Lanes, Lanes) {
    let (mut c, mut e, mut beyond) = ([0.0; SIDE], [0.0; SIDE], [0.0; SIDE]);
    for k in 0..SIDE {
        (c[k], e[k], beyond[k]) = cross(r[k], y[k]);
    }
    (c, e, beyond)
}

// One type for each sweep: a closure would not be inlined into the code built for wider vectors.
struct Factors<'a, const UNIFORM: bool>(&'a mut Half);
struct Load<'a>(&'a mut Half);
struct Eliminate<'a, const UNIFORM: bool>(&'a mut Half);
struct Substitute<'a, const UNIFORM: bool, const ROW: u8>(&'a mut Half, f64, f64);

impl<const UNIFORM: bool> pulp::WithSimd for Factors<'_, UNIFORM> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.0.factors::<UNIFORM>();
    }
}

impl pulp::WithSimd for Load<'_> {
    type Output = ();
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        self.0.load();
    }
}

impl<const UNIFORM: bool> pulp::WithSimd for Eliminate<'_, UNIFORM> {
    type Output = f64;
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> f64 {
        self.0.eliminate::<UNIFORM>()
    }
}

impl<const UNIFORM: bool, const ROW: u8> pulp::WithSimd for Substitute<'_, UNIFORM, ROW> {
    type Output = Sums;
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Sums {
        self.0.substitute::<UNIFORM, ROW>(self.1, self.2)
    }
}
