//! The cells of one block that take pulses, side by side and turned so that all of them rise.
//!
//! Where few cells of a block take pulses they are gathered. Where many do, all cells go through the lanes as they
//! stand, and those without pulses come out as they went in.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

/// Cells of one block.
pub(super) const BLOCK: usize = 1024;

/// Numbers of a block, one for each lane.
pub(super) type Lane = [f32; BLOCK];

/// What the devices of a block are, cell by cell.
#[derive(Debug, Clone, Copy)]
pub(super) struct Devices<'a> {
    pub low: &'a Lane,
    pub high: &'a Lane,
    /// Numbers of the laws, three up and three down.
    pub laws: [&'a Lane; 6],
    pub fixed: &'a Lane,
    pub at_zero: &'a Lane,
}

/// What pulses change, cell by cell.
#[derive(Debug)]
pub(super) struct Moved<'a> {
    pub weight: &'a mut Lane,
    pub reading: &'a mut Lane,
    pub pulses: &'a mut [u32; BLOCK],
}

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
    /// What is read after the pulses, S.
    pub reading: Lane,
    /// Mean conductance under the pulses times their number, S.
    pub load: Lane,
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
            before: zero,
            low: zero,
            high: zero,
            law: [zero; 3],
            fixed: zero,
            at_zero: zero,
            z: zero,
            reading: zero,
            load: zero,
        })
    }

    /// Gathers the cells whose count is not zero.
    pub(super) fn gather(&mut self, weight: &Lane, counts: &[i32], devices: Devices<'_>) {
        let mut n = 0;
        for (i, count) in counts.iter().enumerate().take(BLOCK) {
            self.place[n] = i as u16;
            n += usize::from(*count != 0);
        }
        self.len = n;
        pulp::Arch::new().dispatch(Gather { lanes: self, weight, counts, devices });
    }

    /// Takes all cells, each at its place.
    pub(super) fn take_all(&mut self, weight: &Lane, counts: &[i32], devices: Devices<'_>) {
        self.len = counts.len().min(BLOCK);
        pulp::Arch::new().dispatch(TakeAll { lanes: self, weight, counts, devices });
    }

    /// Puts the gathered cells back.
    pub(super) fn scatter(&self, cells: &mut Moved<'_>) {
        for (lane, place) in self.place[..self.len].iter().enumerate() {
            let i = usize::from(*place) & (BLOCK - 1);
            cells.weight[i] = self.direction[lane] * self.s[lane];
            cells.reading[i] = self.reading[lane];
            cells.pulses[i] = cells.pulses[i].saturating_add(self.count[lane] as u32);
        }
    }

    /// Puts all cells back.
    pub(super) fn put_all(&self, counts: &[i32], cells: Moved<'_>) {
        pulp::Arch::new().dispatch(PutAll { lanes: self, counts, cells });
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

struct Gather<'a> {
    lanes: &'a mut Lanes,
    weight: &'a Lane,
    counts: &'a [i32],
    devices: Devices<'a>,
}

impl pulp::WithSimd for Gather<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { lanes, weight, counts, devices } = self;
        let n = lanes.len;
        let places = &lanes.place[..n];
        for ((place, count), direction) in places.iter().zip(&mut lanes.count).zip(&mut lanes.direction) {
            let pulses = counts[usize::from(*place)];
            *count = pulses.abs() as f32;
            *direction = if pulses > 0 { 1.0 } else { -1.0 };
        }
        let pick = |to: &mut Lane, up: &Lane, down: &Lane, turn: f32| {
            for ((to, place), direction) in to.iter_mut().zip(places).zip(&lanes.direction) {
                // Places are below BLOCK: the mask says so without a check.
                let i = usize::from(*place) & (BLOCK - 1);
                *to = if *direction > 0.0 { up[i] } else { turn * down[i] };
            }
        };
        pick(&mut lanes.s, weight, weight, -1.0);
        pick(&mut lanes.low, devices.low, devices.high, -1.0);
        pick(&mut lanes.high, devices.high, devices.low, -1.0);
        for (k, law) in lanes.law.iter_mut().enumerate() {
            pick(law, devices.laws[k], devices.laws[k + 3], 1.0);
        }
        pick(&mut lanes.fixed, devices.fixed, devices.fixed, 1.0);
        pick(&mut lanes.at_zero, devices.at_zero, devices.at_zero, 1.0);
        lanes.before[..n].copy_from_slice(&lanes.s[..n]);
    }
}

struct TakeAll<'a> {
    lanes: &'a mut Lanes,
    weight: &'a Lane,
    counts: &'a [i32],
    devices: Devices<'a>,
}

impl pulp::WithSimd for TakeAll<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { lanes, weight, counts, devices } = self;
        for ((count, direction), pulses) in lanes.count.iter_mut().zip(&mut lanes.direction).zip(counts) {
            *count = pulses.abs() as f32;
            // A cell without pulses keeps its sign, and so its bits.
            *direction = if *pulses >= 0 { 1.0 } else { -1.0 };
        }
        choose(&mut lanes.s, counts, weight, weight, -1.0);
        choose(&mut lanes.low, counts, devices.low, devices.high, -1.0);
        choose(&mut lanes.high, counts, devices.high, devices.low, -1.0);
        for (k, law) in lanes.law.iter_mut().enumerate() {
            choose(law, counts, devices.laws[k], devices.laws[k + 3], 1.0);
        }
        lanes.fixed.copy_from_slice(devices.fixed);
        lanes.at_zero.copy_from_slice(devices.at_zero);
        lanes.before.copy_from_slice(&lanes.s);
    }
}

struct PutAll<'a> {
    lanes: &'a Lanes,
    counts: &'a [i32],
    cells: Moved<'a>,
}

impl pulp::WithSimd for PutAll<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Self { lanes, counts, cells } = self;
        let n = lanes.len;
        for ((weight, s), direction) in cells.weight[..n].iter_mut().zip(&lanes.s).zip(&lanes.direction) {
            *weight = direction * s;
        }
        for ((reading, new), pulses) in cells.reading.iter_mut().zip(&lanes.reading).zip(counts) {
            *reading = if *pulses == 0 { *reading } else { *new };
        }
        for (sum, pulses) in cells.pulses.iter_mut().zip(counts) {
            *sum = sum.saturating_add(pulses.unsigned_abs());
        }
    }
}

/// `up` for cells that rise and `turn` · `down` for those that fall.
#[inline(always)]
fn choose(to: &mut Lane, counts: &[i32], up: &Lane, down: &Lane, turn: f32) {
    for (((to, pulses), up), down) in to.iter_mut().zip(counts).zip(up).zip(down) {
        *to = if *pulses >= 0 { *up } else { turn * *down };
    }
}
