//! The pulses of a sequence on one block of groups: one operation after the other while the block is in
//! the cache.
//!
//! Pinned by: `tests/step_array.rs`.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use std::cell::RefCell;

use numerics::rng::{Purpose, Stream};

use super::lanes::{Devices, GROUPS, LANES, Lane, Lanes, Moved};
use super::one_by_one::Order;
use super::sequence::{PulseSequence, SIDE};
use super::{Family, Method, Noise, StepDraw, Stepped, at_once, one_by_one};

/// Groups of one block.
pub(super) const BLOCK: usize = 256;

/// What all blocks of one call share.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub family: &'a Family,
    pub noise: Noise,
    pub method: Method,
    pub per_weight: f32,
    /// Word lines of the array.
    pub inputs: usize,
    pub draw: StepDraw,
}

/// Room for one block.
pub(super) struct Work {
    lanes: Box<Lanes>,
    late: Box<Lanes>,
    is_late: Box<Lane>,
    order: Order,
}

thread_local! {
    /// Every thread has its own.
    pub(super) static WORK: RefCell<Work> = RefCell::new(Work {
        lanes: Lanes::boxed(),
        late: Lanes::boxed(),
        is_late: Box::new([0.0; LANES]),
        order: Order::new(),
    });
}

/// Those of rising lines that lie in a range.
fn within(lines: &[u32], from: usize, to: usize) -> &[u32] {
    let below = |end: usize| lines.partition_point(|line| (*line as usize) < end);
    &lines[below(from)..below(to)]
}

impl Block<'_> {
    /// All operations of a sequence.
    pub(super) fn step(
        &self,
        block: usize,
        sequence: &dyn PulseSequence,
        devices: Devices<'_>,
        mut cells: Moved<'_>,
        work: &mut Work,
    ) -> Stepped {
        let draw = self.draw;
        let first = block * BLOCK;
        let end = first + cells.weight.len();
        let mut done = Stepped::default();
        for operation in 0..sequence.operations() {
            let cycle = draw.operation + operation as u64;
            let mut stream = Stream::new(draw.seed, Purpose::Cycle, (draw.array << 24) + block as u64, cycle);
            let lines = sequence.lines(operation);
            let mut from = first;
            while from < end {
                let (side, line) = (from / self.inputs, from % self.inputs);
                let to = end.min((side + 1) * self.inputs);
                let mut lines = within(lines, line, line + to - from);
                while !lines.is_empty() {
                    let lanes = &mut work.lanes;
                    let (now, later) = lines.split_at(lines.len().min(GROUPS - lanes.groups));
                    let room = &mut lanes.signed[lanes.groups..][..now.len()];
                    sequence.counts(operation, side * SIDE, now, room);
                    lanes.keep(now.iter().map(|line| side * self.inputs + *line as usize - first));
                    if lanes.groups == GROUPS {
                        done.add(&self.pulse(devices, &mut cells, work, &mut stream));
                    }
                    lines = later;
                }
                from = to;
            }
            if work.lanes.groups > 0 {
                done.add(&self.pulse(devices, &mut cells, work, &mut stream));
            }
        }
        done
    }

    /// The pulses of the groups in the lanes, which are empty after it.
    fn pulse(
        &self,
        devices: Devices<'_>,
        cells: &mut Moved<'_>,
        work: &mut Work,
        stream: &mut Stream,
    ) -> Stepped {
        let Work { lanes, late, is_late, order } = work;
        lanes.load(cells.weight, devices);
        let n = lanes.len;
        if self.method == Method::AtOnce {
            if self.noise.any {
                stream.fill_normal(&mut lanes.z[..n]);
            }
            at_once::pulse(lanes, self.family, self.noise, is_late);
        } else {
            is_late[..n].copy_from_slice(&lanes.count[..n]);
        }
        late.len = 0;
        for (group, flags) in is_late[..n].as_chunks::<SIDE>().0.iter().enumerate() {
            // Flags are never below zero: any bit says that there is one.
            if flags.iter().fold(0, |any, flag| any | flag.to_bits()) != 0 {
                for lane in (0..SIDE).filter(|lane| flags[*lane] > 0.0) {
                    late.push(lanes, group * SIDE + lane);
                }
            }
        }
        one_by_one::pulse(late, order, self.family, self.noise, stream);
        for lane in 0..late.len {
            lanes.s[usize::from(late.place[lane])] = late.s[lane];
        }
        lanes.put(cells);
        let done = pulp::Arch::new().dispatch(Sum { lanes, per_weight: self.per_weight });
        lanes.groups = 0;
        done
    }
}

/// What the pulses in the lanes cost.
struct Sum<'a> {
    lanes: &'a Lanes,
    per_weight: f32,
}

impl pulp::WithSimd for Sum<'_> {
    type Output = Stepped;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Stepped {
        let Self { lanes, per_weight } = self;
        // Sums of so few numbers are good to the last bits of `f32`.
        let [mut load, mut signed_load] = [[0.0_f32; SIDE]; 2];
        let [mut up, mut down] = [[0_i32; SIDE]; 2];
        let (count, direction) = (lanes.count.as_chunks::<SIDE>().0, lanes.direction.as_chunks::<SIDE>().0);
        let (before, s) = (lanes.before.as_chunks::<SIDE>().0, lanes.s.as_chunks::<SIDE>().0);
        let at_zero = lanes.at_zero.as_chunks::<SIDE>().0;
        for (n, pulses) in lanes.signed.iter().take(lanes.groups).enumerate() {
            for lane in 0..SIDE {
                let half = 0.5 * per_weight * direction[n][lane];
                let under = (at_zero[n][lane] + half * (before[n][lane] + s[n][lane])) * count[n][lane];
                load[lane] += under;
                signed_load[lane] += direction[n][lane] * under;
                up[lane] += pulses[lane].max(0);
                down[lane] -= pulses[lane].min(0);
            }
        }
        let [up, down] =
            [up, down].map(|parts| parts.iter().map(|part| u64::from(part.unsigned_abs())).sum());
        let [load, signed_load] =
            [load, signed_load].map(|parts| parts.iter().map(|part| f64::from(*part)).sum::<f64>());
        Stepped { up, down, load_up: 0.5 * (load + signed_load), load_down: 0.5 * (load - signed_load) }
    }
}
