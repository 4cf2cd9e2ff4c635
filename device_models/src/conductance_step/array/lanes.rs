//! The cells of one block that take pulses, gathered side by side and turned so that all of them rise.

/// Cells of one block.
pub(super) const BLOCK: usize = 1024;

/// Numbers of a block, one for each lane.
pub(super) type Lane = [f32; BLOCK];

/// Gathered cells.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Cells gathered.
    pub len: usize,
    /// Place of each in the block.
    pub place: [u16; BLOCK],
    /// Pulses due.
    pub count: Lane,
    /// +1 for SET, −1 for RESET: s = direction · w.
    pub direction: Lane,
    /// s.
    pub s: Lane,
    /// Lower bound of s.
    pub low: Lane,
    /// Upper bound of s.
    pub high: Lane,
    /// Numbers of the law: a, b, ln(1 − b); or Δ, A, c; or Δ, γ; or Δ and the table.
    pub law: [Lane; 3],
    /// σ_f.
    pub fixed: Lane,
    /// Normals.
    pub z: Lane,
}

impl Lanes {
    pub(super) fn boxed() -> Box<Self> {
        let zero = [0.0; BLOCK];
        Box::new(Self {
            len: 0,
            place: [0; BLOCK],
            count: zero,
            direction: zero,
            s: zero,
            low: zero,
            high: zero,
            law: [zero; 3],
            fixed: zero,
            z: zero,
        })
    }

    /// Copies a lane of another block of lanes to the end.
    pub(super) fn push(&mut self, other: &Self, lane: usize) {
        let to = self.len;
        self.place[to] = lane as u16;
        self.count[to] = other.count[lane];
        self.s[to] = other.s[lane];
        self.low[to] = other.low[lane];
        self.high[to] = other.high[lane];
        for (mine, theirs) in self.law.iter_mut().zip(&other.law) {
            mine[to] = theirs[lane];
        }
        self.direction[to] = other.direction[lane];
        self.fixed[to] = other.fixed[lane];
        self.len += 1;
    }
}
