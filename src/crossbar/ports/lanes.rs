//! Small blocks, as many at a time as a SIMD register has lanes.
//!
//! Every lane holds a tile of its own and all lanes do the same: elements of one cell are joined to
//! pairs, squares, double squares … up to the tile. A tile that is smaller (at the end of an array
//! that is no multiple of the tile) is filled up with cells that are not there: open, on lines that
//! lead nowhere, and with shorts through them where a line of the tile has to pass.
//!
//! Pinned by: `tests/crossbar_ports.rs` (tiles of every remainder, against the direct solution).

#![allow(clippy::inline_always, reason = "what runs inside a SIMD dispatch must be inlined into it")]
#![allow(clippy::needless_range_loop, reason = "indices of matrices read like the equations")]

use std::sync::LazyLock;

use pulp::{Arch, Simd, WithSimd};

use super::block::{EAST, Joint, NORTH, SOUTH, Sides, Target, WEST, ports, size};
use super::tree::{Job, Region};

/// Cells along the side of a tile.
pub(crate) const TILE: usize = 16;
/// Most tiles done at once.
pub(crate) const MOST: usize = 8;
/// Numbers in the largest block of a tile.
pub(crate) const LARGEST: usize = (4 * TILE) * (4 * TILE);
/// Ports of a tile.
const PORTS: usize = 4 * TILE;

/// Where the numbers of one merge come from: indices into two blocks one behind the other, of which
/// the last number plus one is a zero.
#[derive(Debug)]
struct Step {
    /// Ports eliminated and ports that remain.
    shared: usize,
    rest: usize,
    /// Numbers of one block before and after.
    before: usize,
    after: usize,
    /// For each remaining port its couplings with the eliminated ones.
    front: Vec<u16>,
    /// For each pair of eliminated ports (lower triangle, row after row) both couplings.
    head: Vec<[u16; 2]>,
    /// For each pair of remaining ports (packed, row after row) the coupling or the zero.
    kept: Vec<u16>,
}

/// Position of (i, j), i > j, in a strictly lower triangle packed row after row.
fn packed(i: usize, j: usize) -> usize {
    i * (i - 1) / 2 + j
}

impl Step {
    fn new(joint: &Joint) -> Self {
        let sides: Sides = joint.blocks[0].0;
        let before = packed(ports(sides), 0);
        let rest = ports(joint.sides);
        let zero = (2 * before) as u16;
        // Port of each block for every shared and every remaining port.
        let mut shared = vec![[0; 2]; joint.shared];
        let mut remaining = vec![(0, 0); rest];
        for (k, (_, targets)) in joint.blocks.iter().enumerate() {
            let mut port = 0;
            for (side, target) in targets.iter().enumerate() {
                for at in 0..sides[side] {
                    match target {
                        Target::Shared(first) => shared[first + at][k] = port,
                        Target::Rest(first) => remaining[first + at] = (k, port),
                    }
                    port += 1;
                }
            }
        }
        let index = |k: usize, p: usize, q: usize| (k * before + packed(p.max(q), p.min(q))) as u16;
        let front = remaining
            .iter()
            .flat_map(|&(k, port)| shared.iter().map(move |both| index(k, port, both[k])))
            .collect();
        let head = (0..joint.shared)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| [0, 1].map(|k| index(k, shared[i][k], shared[j][k])))
            .collect();
        let kept = (0..rest)
            .flat_map(|i| (0..i).map(move |j| (i, j)))
            .map(|(i, j)| {
                let (a, b) = (remaining[i], remaining[j]);
                if a.0 == b.0 { index(a.0, a.1, b.1) } else { zero }
            })
            .collect();
        Self { shared: joint.shared, rest, before, after: packed(rest, 0), front, head, kept }
    }
}

/// The merges from one cell to a tile.
#[derive(Debug)]
pub(crate) struct Program {
    steps: Vec<Step>,
}

impl Program {
    /// The one for tiles of [`TILE`] cells.
    pub(crate) fn get() -> &'static Self {
        static PROGRAM: LazyLock<Program> = LazyLock::new(Program::new);
        &PROGRAM
    }

    fn new() -> Self {
        let mut steps = Vec::new();
        let mut sides = [1; 4];
        while sides[EAST] < TILE || sides[NORTH] < TILE {
            let joint = if sides[NORTH] <= sides[EAST] {
                Joint::beside(sides, sides)
            } else {
                Joint::stacked(sides, sides)
            };
            steps.push(Step::new(&joint));
            sides = joint.sides;
        }
        Self { steps }
    }

    /// Blocks of up to [`MOST`] tiles, one behind the other.
    pub(crate) fn run(&self, job: &Job<'_>, tiles: &[Region], blocks: &mut [f64], scratch: &mut [f64]) {
        Arch::new().dispatch(Batch { steps: &self.steps, job, tiles, blocks, scratch });
    }

    /// Registers for two blocks of every size with a zero, and for the largest front.
    fn registers(&self) -> (usize, usize) {
        let blocks: usize = self.steps.iter().map(|step| 2 * step.before + 1).sum();
        (blocks + packed(PORTS, 0), self.steps.iter().map(|s| s.shared * s.rest).max().unwrap_or(0))
    }
}

/// Numbers of scratch that the program needs; one register is lost to alignment.
pub(crate) fn scratch() -> usize {
    let (blocks, front) = Program::get().registers();
    (blocks + front + 1) * MOST
}

struct Batch<'a> {
    steps: &'a [Step],
    job: &'a Job<'a>,
    tiles: &'a [Region],
    blocks: &'a mut [f64],
    scratch: &'a mut [f64],
}

impl WithSimd for Batch<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { steps, job, tiles, mut blocks, scratch } = self;
        let (_, mut registers, _) = pulp::bytemuck::pod_align_to_mut::<f64, S::f64s>(scratch);
        let mut work: Vec<&mut [S::f64s]> = Vec::with_capacity(steps.len() + 2);
        for length in steps.iter().map(|step| 2 * step.before + 1).chain([packed(PORTS, 0)]) {
            let (level, others) = registers.split_at_mut(length);
            registers = others;
            level[length - 1] = simd.splat_f64s(0.0);
            work.push(level);
        }
        let front = registers;
        for tiles in tiles.chunks(S::F64_LANES) {
            for cell in 0..TILE * TILE {
                // Cells in the order in which blocks of equal size become complete.
                let (mut i, mut j) = (0, 0);
                for bit in 0..TILE.trailing_zeros() {
                    j |= (cell >> (2 * bit) & 1) << bit;
                    i |= (cell >> (2 * bit + 1) & 1) << bit;
                }
                load::<S>(job, tiles, i, j, &mut work[0][(cell & 1) * 6..][..6]);
                for (level, step) in steps.iter().enumerate() {
                    if cell >> level & 1 == 0 {
                        break;
                    }
                    let (from, to) = work.split_at_mut(level + 1);
                    // The first or second of the next larger size.
                    let half = if level + 1 < steps.len() { cell >> (level + 1) & 1 } else { 0 };
                    let to = &mut to[0][half * step.after..][..step.after];
                    simd.vectorize(Merge { simd, step, from: &*from[level], to, front: &mut *front });
                }
            }
            let values: &[f64] = pulp::bytemuck::cast_slice(&*work[steps.len()]);
            for (lane, tile) in tiles.iter().enumerate() {
                let (rows, columns) = (tile.rows.len(), tile.columns.len());
                let sides = [rows, columns, columns, rows];
                let (block, others) = blocks.split_at_mut(size(sides));
                blocks = others;
                unload(sides, &values[lane..], S::F64_LANES, block);
            }
        }
    }
}

/// Cell (i, j) of every tile: couplings packed row after row.
#[inline(always)]
fn load<S: Simd>(job: &Job<'_>, tiles: &[Region], i: usize, j: usize, element: &mut [S::f64s]) {
    let values: &mut [f64] = pulp::bytemuck::cast_slice_mut(element);
    values.fill(0.0);
    for (lane, tile) in tiles.iter().enumerate() {
        let (row, column) = (i < tile.rows.len(), j < tile.columns.len());
        let (r, c) = (tile.rows.start + i, tile.columns.start + j);
        let mut set = |p, q, g| values[packed(p, q) * S::F64_LANES + lane] = g;
        match (row, column) {
            (true, true) => {
                set(EAST, WEST, job.wires.west(job.array, r, c));
                set(NORTH, SOUTH, job.wires.south(job.array, r, c));
                set(EAST, NORTH, job.array.conductances[r * job.array.columns + c]);
            }
            (true, false) => set(EAST, WEST, job.wires.short()),
            (false, true) => set(NORTH, SOUTH, job.wires.short()),
            (false, false) => {}
        }
    }
}

/// The block of one lane, without the ports of cells that are not there.
fn unload(sides: Sides, values: &[f64], lanes: usize, block: &mut [f64]) {
    let count = ports(sides);
    let mut column = 0;
    for from in 0..4 {
        for q in from * TILE..from * TILE + sides[from] {
            let mut out = column * count + column + 1;
            for (to, side) in sides.iter().enumerate().skip(from) {
                let first = if to == from { q + 1 } else { to * TILE };
                for p in first..to * TILE + side {
                    block[out] = values[packed(p, q) * lanes];
                    out += 1;
                }
            }
            column += 1;
        }
    }
}

struct Merge<'a, S: Simd> {
    simd: S,
    step: &'a Step,
    from: &'a [S::f64s],
    to: &'a mut [S::f64s],
    front: &'a mut [S::f64s],
}

impl<S: Simd> pulp::NullaryFnOnce for Merge<'_, S> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        match std::hint::black_box(self.step.shared) {
            1 => self.eliminate::<1, 2>(),
            2 => self.eliminate::<2, 4>(),
            4 => self.eliminate::<4, 4>(),
            8 => self.eliminate::<8, 4>(),
            _ => self.eliminate::<16, 4>(),
        }
    }
}

impl<S: Simd> Merge<'_, S> {
    /// Eliminates `K` ports; what they leave is computed in squares of `T` × `T`.
    #[inline(always)]
    fn eliminate<const K: usize, const T: usize>(self) {
        let Self { simd, step, from, to, front } = self;
        let zero = simd.splat_f64s(0.0);
        let front = &mut front[..step.rest * K];
        // Couplings with the eliminated ports and their sums: all the rest is one more port.
        let mut outside = [zero; K];
        for (row, index) in front.chunks_exact_mut(K).zip(step.front.chunks_exact(K)) {
            for k in 0..K {
                row[k] = from[index[k] as usize];
                outside[k] = simd.add_f64s(outside[k], row[k]);
            }
        }
        let mut head = [[zero; K]; K];
        let mut at = 0;
        for i in 0..K {
            for j in 0..i {
                let [a, b] = step.head[at];
                head[i][j] = simd.add_f64s(from[a as usize], from[b as usize]);
                at += 1;
            }
        }
        let mut scale = [zero; K];
        for j in 0..K {
            let mut pivot = outside[j];
            for row in &head[j + 1..] {
                pivot = simd.add_f64s(pivot, row[j]);
            }
            scale[j] = inverse_root(simd, pivot);
            for i in j + 1..K {
                head[i][j] = simd.mul_f64s(head[i][j], scale[j]);
            }
            outside[j] = simd.mul_f64s(outside[j], scale[j]);
            for k in j + 1..K {
                let l = head[k][j];
                for i in k + 1..K {
                    head[i][k] = simd.mul_add_f64s(head[i][j], l, head[i][k]);
                }
                outside[k] = simd.mul_add_f64s(outside[j], l, outside[k]);
            }
        }
        // Rows of a square one beside the other, so that products read them in order.
        for square in front.chunks_exact_mut(K * T) {
            let mut rows = [[zero; K]; T];
            for (row, x) in square.chunks_exact(K).zip(&mut rows) {
                x.copy_from_slice(row);
                for j in 0..K {
                    x[j] = simd.mul_f64s(x[j], scale[j]);
                    for k in j + 1..K {
                        x[k] = simd.mul_add_f64s(x[j], head[k][j], x[k]);
                    }
                }
            }
            for (k, column) in square.chunks_exact_mut(T).enumerate() {
                for p in 0..T {
                    column[p] = rows[p][k];
                }
            }
        }
        // A length that the compiler does not know keeps it from unrolling the products, for which it
        // has too few registers.
        let length = step.shared * T;
        for (i, a) in front.chunks_exact(length).enumerate() {
            for (j, b) in front.chunks_exact(length).enumerate().take(i) {
                let mut sum = [[zero; T]; T];
                for p in 0..T {
                    let index = &step.kept[packed(i * T + p, j * T)..][..T];
                    for q in 0..T {
                        sum[p][q] = from[index[q] as usize];
                    }
                }
                let sum = multiply(simd, sum, a, b);
                for p in 0..T {
                    to[packed(i * T + p, j * T)..][..T].copy_from_slice(&sum[p]);
                }
            }
            // On the diagonal the lower half counts.
            let mut sum = [[zero; T]; T];
            for p in 1..T {
                let index = &step.kept[packed(i * T + p, i * T)..][..p];
                for q in 0..p {
                    sum[p][q] = from[index[q] as usize];
                }
            }
            let sum = multiply(simd, sum, a, a);
            for p in 1..T {
                to[packed(i * T + p, i * T)..][..p].copy_from_slice(&sum[p][..p]);
            }
        }
    }
}

/// `sum` + a bᵀ of two squares of rows.
#[inline(always)]
fn multiply<S: Simd, const T: usize>(
    simd: S,
    mut sum: [[S::f64s; T]; T],
    a: &[S::f64s],
    b: &[S::f64s],
) -> [[S::f64s; T]; T] {
    let ((a, _), (b, _)) = (a.as_chunks::<T>(), b.as_chunks::<T>());
    for (a, b) in a.iter().zip(b) {
        for p in 0..T {
            for q in 0..T {
                sum[p][q] = simd.mul_add_f64s(a[p], b[q], sum[p][q]);
            }
        }
    }
    sum
}

/// 1/√x, and 0 of 0: a port that nothing holds carries no current.
#[inline(always)]
fn inverse_root<S: Simd>(simd: S, x: S::f64s) -> S::f64s {
    let zero = simd.splat_f64s(0.0);
    let root = simd.div_f64s(simd.splat_f64s(1.0), simd.sqrt_f64s(x));
    let held = simd.greater_than_f64s(x, zero);
    simd.select_f64s(held, root, zero)
}
