//! Pulses one by one, side by side over the cells: the reference, and the way of cells that may meet a
//! bound.
//!
//! s ← clip(s + m(s) + n(s) ξ), with ξ fresh for every pulse and cell.
//!
//! Pinned by: `tests/step_array.rs`.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use numerics::rng::Stream;

use super::functions::{exp_m1, power};
use super::lanes::{LANES, Lane, Lanes};
use super::{Family, Noise};
use crate::conductance_step::law::NODES;

/// All pulses of all lanes.
pub(super) fn pulse(
    lanes: &mut Lanes,
    order: &mut Order,
    family: &Family,
    noise: Noise,
    stream: &mut Stream,
) {
    order.sort(lanes);
    let mut first = 0;
    while order.active > 0 {
        // Lanes stand in falling order of their pulses, so that the active ones are the first.
        while order.active > 0 && lanes.count[order.active - 1] <= first as f32 {
            order.active -= 1;
        }
        let active = order.active;
        if noise.any {
            stream.fill_normal(&mut lanes.z[..active]);
        }
        pulp::Arch::new().dispatch(One { lanes, active, family, noise });
        first += 1;
    }
}

/// Sorts lanes by falling number of pulses.
#[derive(Debug)]
pub(super) struct Order {
    active: usize,
    by: Vec<u16>,
    spare: Box<Lane>,
}

impl Order {
    pub(super) fn new() -> Self {
        Self { active: 0, by: Vec::with_capacity(LANES), spare: Box::new([0.0; LANES]) }
    }

    fn sort(&mut self, lanes: &mut Lanes) {
        let n = lanes.len;
        self.active = n;
        let falling = lanes.count[..n].is_sorted_by(|a, b| a >= b);
        if falling {
            return;
        }
        self.by.clear();
        self.by.extend(0..n as u16);
        // Stable: the same order everywhere.
        self.by.sort_by(|a, b| lanes.count[usize::from(*b)].total_cmp(&lanes.count[usize::from(*a)]));
        let [p, q, r] = &mut lanes.law;
        for lane in [
            &mut lanes.count,
            &mut lanes.direction,
            &mut lanes.s,
            &mut lanes.low,
            &mut lanes.high,
            p,
            q,
            r,
            &mut lanes.fixed,
        ] {
            self.spare[..n].copy_from_slice(&lane[..n]);
            for (to, from) in lane.iter_mut().zip(&self.by) {
                *to = self.spare[usize::from(*from)];
            }
        }
        let place = lanes.place;
        for (to, from) in lanes.place.iter_mut().zip(&self.by) {
            *to = place[usize::from(*from)];
        }
    }
}

struct One<'a> {
    lanes: &'a mut Lanes,
    active: usize,
    family: &'a Family,
    noise: Noise,
}

impl pulp::WithSimd for One<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match self.family {
            Family::Affine => self.each(|s, _, _, [a, b, _]| (a - b * s).max(0.0)),
            Family::Exponential => self.each(|s, _, _, [size, amplitude, rate]| {
                let grown = amplitude + amplitude * exp_m1(rate * s);
                size * (1.0 - grown).max(0.0)
            }),
            Family::Power => self.each(|s, low, high, [size, exponent, _]| {
                size * power((high - s) / (high - low).max(1e-30), exponent)
            }),
            Family::Table(tables) => self.tables(tables),
        }
    }
}

impl One<'_> {
    #[inline(always)]
    fn each(self, mean: impl Fn(f32, f32, f32, [f32; 3]) -> f32) {
        let n = self.active;
        let lanes = self.lanes;
        let noise = self.noise;
        let (s, low, high) = (&mut lanes.s[..n], &lanes.low[..n], &lanes.high[..n]);
        let [p, q, r] = &lanes.law;
        let (p, q, r) = (&p[..n], &q[..n], &r[..n]);
        let (fixed, z) = (&lanes.fixed[..n], &lanes.z[..n]);
        for i in 0..n {
            let m = mean(s[i], low[i], high[i], [p[i], q[i], r[i]]);
            let moved = s[i] + m + noise.of_one(m, s[i], fixed[i]) * z[i];
            s[i] = moved.max(low[i]).min(high[i]);
        }
    }

    #[inline(always)]
    fn tables(self, tables: &[[f32; NODES]; 2]) {
        let n = self.active;
        let lanes = self.lanes;
        for i in 0..n {
            let (s, low, high) = (lanes.s[i], lanes.low[i], lanes.high[i]);
            let nodes = &tables[usize::from(lanes.direction[i] < 0.0)];
            let last = (NODES - 1) as f32;
            let position = (last * (s - low) / (high - low).max(1e-30)).clamp(0.0, last);
            let below = (position as usize).min(NODES - 2);
            let m = lanes.law[0][i]
                * (nodes[below] + (position - below as f32) * (nodes[below + 1] - nodes[below]));
            let moved = s + m + self.noise.of_one(m, s, lanes.fixed[i]) * lanes.z[i];
            lanes.s[i] = moved.max(low).min(high);
        }
    }
}
