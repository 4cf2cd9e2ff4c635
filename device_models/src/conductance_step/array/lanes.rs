//! The cells of one block that take pulses, side by side and turned so that all of them rise.
//!
//! Cells come in groups: [`SIDE`] bit lines on one word line. A group in which a cell takes pulses goes through the
//! lanes as a whole, and cells of it without pulses come out as they went in.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use super::sequence::SIDE;

/// Groups in the lanes at once.
pub(super) const GROUPS: usize = 64;
/// Cells in the lanes at once.
pub(super) const LANES: usize = SIDE * GROUPS;

/// One number for each lane.
pub(super) type Lane = [f32; LANES];
/// One number for each cell of a group.
pub(super) type Group = [f32; SIDE];

/// What the devices of a block are, group by group.
#[derive(Debug, Clone, Copy)]
pub(super) struct Devices<'a> {
    pub low: &'a [Group],
    pub high: &'a [Group],
    /// Numbers of the laws, three up and three down.
    pub laws: [&'a [Group]; 6],
    pub fixed: &'a [Group],
    pub at_zero: &'a [Group],
}

/// What pulses change, group by group.
#[derive(Debug)]
pub(super) struct Moved<'a> {
    pub weight: &'a mut [Group],
    pub pulses: &'a mut [[u32; SIDE]],
}

/// Groups of cells with pulses.
#[derive(Debug)]
pub(super) struct Lanes {
    /// Groups in use.
    pub groups: usize,
    /// Which group of the block each is.
    pub of: [u32; GROUPS],
    /// Pulses due: SET where positive.
    pub signed: [[i32; SIDE]; GROUPS],
    /// Lanes in use.
    pub len: usize,
    /// Where each lane was taken from, in lanes picked from others.
    pub place: [u16; LANES],
    /// Number of pulses due.
    pub count: Lane,
    /// +1 for SET, −1 for RESET: s = direction · w.
    pub direction: Lane,
    /// s.
    pub s: Lane,
    /// s before the pulses.
    pub before: Lane,
    /// Lower bound of s.
    pub low: Lane,
    /// Upper bound of s.
    pub high: Lane,
    /// Numbers of the law: a, b, ln(1 − b); or Δ, A, c; or Δ, γ; or Δ and the table.
    pub law: [Lane; 3],
    /// σ_f.
    pub fixed: Lane,
    /// Conductance at w = 0, S.
    pub at_zero: Lane,
    /// Normals.
    pub z: Lane,
}

impl Lanes {
    pub(super) fn boxed() -> Box<Self> {
        let zero = [0.0; LANES];
        Box::new(Self {
            groups: 0,
            of: [0; GROUPS],
            signed: [[0; SIDE]; GROUPS],
            len: 0,
            place: [0; LANES],
            count: zero,
            direction: zero,
            s: zero,
            before: zero,
            low: zero,
            high: zero,
            law: [zero; 3],
            fixed: zero,
            at_zero: zero,
            z: zero,
        })
    }

    /// Takes those of the groups into use that were counted behind the last one and have pulses.
    pub(super) fn keep(&mut self, groups: impl Iterator<Item = usize>) {
        let first = self.groups;
        for (from, group) in (first..GROUPS).zip(groups) {
            let counts = self.signed[from];
            self.signed[self.groups] = counts;
            self.of[self.groups] = group as u32;
            let any = counts.iter().fold(0, |any, count| any | count);
            self.groups += usize::from(any != 0);
        }
    }

    /// Loads the lanes of the groups in use.
    pub(super) fn load(&mut self, weight: &[Group], devices: Devices<'_>) {
        self.len = SIDE * self.groups;
        pulp::Arch::new().dispatch(Load { lanes: self, weight, devices });
    }

    /// Puts cells with pulses back.
    pub(super) fn put(&self, cells: &mut Moved<'_>) {
        pulp::Arch::new().dispatch(Put { lanes: self, cells });
    }

    /// Copies a lane of other lanes to the end.
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

struct Load<'a> {
    lanes: &'a mut Lanes,
    weight: &'a [Group],
    devices: Devices<'a>,
}

impl pulp::WithSimd for Load<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { lanes, weight, devices } = self;
        let Lanes { count, direction, s, before, low, high, law, fixed, at_zero, .. } = lanes;
        let [p, q, r] = law;
        let to = |lane: &mut Lane, n: usize, values: Group| lane.as_chunks_mut().0[n] = values;
        for (n, (group, signed)) in lanes.of.iter().zip(&lanes.signed).take(lanes.groups).enumerate() {
            let g = *group as usize;
            let falls = signed.map(|pulses| (pulses >> 31).cast_unsigned());
            let choose = |up: &Group, down: &Group, turn: u32| choose(&falls, up, down, turn);
            let w = choose(&weight[g], &weight[g], SIGN);
            to(count, n, signed.map(|pulses| pulses.unsigned_abs().cast_signed() as f32));
            to(direction, n, choose(&[1.0; SIDE], &[1.0; SIDE], SIGN));
            to(s, n, w);
            to(before, n, w);
            to(low, n, choose(&devices.low[g], &devices.high[g], SIGN));
            to(high, n, choose(&devices.high[g], &devices.low[g], SIGN));
            to(p, n, choose(&devices.laws[0][g], &devices.laws[3][g], 0));
            to(q, n, choose(&devices.laws[1][g], &devices.laws[4][g], 0));
            to(r, n, choose(&devices.laws[2][g], &devices.laws[5][g], 0));
            to(fixed, n, devices.fixed[g]);
            to(at_zero, n, devices.at_zero[g]);
        }
    }
}

/// The sign of an `f32`.
const SIGN: u32 = 1 << 31;

/// `up` for cells that rise and `down` with its sign turned by `turn` for those that fall; made of bits, so
/// that there are no branches.
#[inline(always)]
fn choose(falls: &[u32; SIDE], up: &Group, down: &Group, turn: u32) -> Group {
    let mut chosen = [0.0; SIDE];
    for lane in 0..SIDE {
        let (up, down) = (up[lane].to_bits(), down[lane].to_bits() ^ turn);
        chosen[lane] = f32::from_bits(up ^ ((up ^ down) & falls[lane]));
    }
    chosen
}

struct Put<'a, 'b> {
    lanes: &'a Lanes,
    cells: &'a mut Moved<'b>,
}

impl pulp::WithSimd for Put<'_, '_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { lanes, cells } = self;
        let (s, direction) = (lanes.s.as_chunks::<SIDE>().0, lanes.direction.as_chunks::<SIDE>().0);
        for (n, (group, signed)) in lanes.of.iter().zip(&lanes.signed).take(lanes.groups).enumerate() {
            let (weight, pulses) = (&mut cells.weight[*group as usize], &mut cells.pulses[*group as usize]);
            for lane in 0..SIDE {
                let moved = direction[n][lane] * s[n][lane];
                weight[lane] = if signed[lane] == 0 { weight[lane] } else { moved };
                pulses[lane] = pulses[lane].saturating_add(signed[lane].unsigned_abs());
            }
        }
    }
}
