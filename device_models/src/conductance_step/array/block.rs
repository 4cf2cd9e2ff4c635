//! The pulses of one call on one block of cells.
//!
//! Pinned by: `tests/step_array.rs`.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use std::cell::RefCell;

use numerics::rng::{Purpose, Stream};

use super::lanes::{BLOCK, Devices, Lane, Lanes, Moved};
use super::one_by_one::Order;
use super::{Family, Method, Noise, StepDraw, Stepped, at_once, one_by_one};

/// Beyond one cell with pulses in so many, all cells of a block go through the lanes.
const CROWDED: usize = 3;
/// Sums are made of so many partial ones, whatever the width of registers.
const PARTS: usize = 16;

/// What all blocks of one call share.
#[derive(Clone, Copy)]
pub(super) struct Block<'a> {
    pub family: &'a Family,
    pub noise: Noise,
    pub method: Method,
    pub write_noise: f32,
    pub per_weight: f32,
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
        is_late: Box::new([0.0; BLOCK]),
        order: Order::new(),
    });
}

impl Block<'_> {
    pub(super) fn step(
        &self,
        block: u64,
        devices: Devices<'_>,
        mut cells: Moved<'_>,
        counts: &[i32],
        work: &mut Work,
    ) -> Stepped {
        let pulsed = counts.iter().filter(|count| **count != 0).count();
        if pulsed == 0 {
            return Stepped::default();
        }
        let Work { lanes, late, is_late, order } = work;
        let at_once = self.method == Method::AtOnce;
        let crowded = at_once && CROWDED * pulsed > counts.len();
        if crowded {
            lanes.take_all(cells.weight, counts, devices);
        } else {
            lanes.gather(cells.weight, counts, devices);
        }
        let n = lanes.len;
        let draw = self.draw;
        let mut stream = Stream::new(draw.seed, Purpose::Cycle, (draw.array << 24) + block, draw.operation);
        if at_once {
            if self.noise.any {
                stream.fill_normal(&mut lanes.z[..n]);
            }
            at_once::pulse(lanes, self.family, self.noise, is_late);
            late.len = 0;
            for lane in (0..n).filter(|lane| is_late[*lane] > 0.0) {
                late.push(lanes, lane);
            }
            one_by_one::pulse(late, order, self.family, self.noise, &mut stream);
            for lane in 0..late.len {
                lanes.s[usize::from(late.place[lane])] = late.s[lane];
            }
        } else {
            one_by_one::pulse(lanes, order, self.family, self.noise, &mut stream);
        }
        if self.write_noise > 0.0 {
            stream.fill_normal(&mut lanes.z[..n]);
        }
        let done = pulp::Arch::new().dispatch(Finish { lanes, block: *self });
        if crowded {
            lanes.put_all(counts, cells);
        } else {
            lanes.scatter(&mut cells);
        }
        done
    }
}

/// What is read after the pulses, and what they cost.
struct Finish<'a, 'b> {
    lanes: &'a mut Lanes,
    block: Block<'b>,
}

impl pulp::WithSimd for Finish<'_, '_> {
    type Output = Stepped;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> Stepped {
        let Self { lanes, block: Block { write_noise, per_weight, .. } } = self;
        let n = lanes.len;
        let (s, before, direction) = (&lanes.s[..n], &lanes.before[..n], &lanes.direction[..n]);
        let (count, at_zero, z) = (&lanes.count[..n], &lanes.at_zero[..n], &lanes.z[..n]);
        let (reading, load) = (&mut lanes.reading[..n], &mut lanes.load[..n]);
        for i in 0..n {
            let half = 0.5 * per_weight * direction[i];
            load[i] = (at_zero[i] + half * (before[i] + s[i])) * count[i];
        }
        for i in 0..n {
            let clean = at_zero[i] + per_weight * direction[i] * s[i];
            // Write noise may not turn a cell into a source.
            let noise = if write_noise > 0.0 { write_noise * z[i] } else { 0.0 };
            reading[i] = (clean + noise).max(1e-3 * clean);
        }
        let up = |direction: f32| if direction > 0.0 { 1.0 } else { 0.0 };
        let down = |direction: f32| 1.0 - up(direction);
        Stepped {
            up: sum(count, direction, up) as u64,
            down: sum(count, direction, down) as u64,
            load_up: sum(load, direction, up),
            load_down: sum(load, direction, down),
        }
    }
}

/// Sum of values times a factor of their direction.
#[inline(always)]
fn sum(values: &[f32], direction: &[f32], factor: impl Fn(f32) -> f32) -> f64 {
    let mut parts = [0.0_f64; PARTS];
    let (values, rest) = values.as_chunks::<PARTS>();
    let (directions, rest_directions) = direction.as_chunks::<PARTS>();
    for (values, directions) in values.iter().zip(directions) {
        for ((part, value), direction) in parts.iter_mut().zip(values).zip(directions) {
            *part += f64::from(value * factor(*direction));
        }
    }
    for ((part, value), direction) in parts.iter_mut().zip(rest).zip(rest_directions) {
        *part += f64::from(value * factor(*direction));
    }
    parts.iter().sum()
}
