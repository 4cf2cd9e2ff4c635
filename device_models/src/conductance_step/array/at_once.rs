//! k pulses of one direction at once, one normal for each cell, as long as no bound is met.
//!
//! Affine law, m = a − b s, q = 1 − b, S = (1 − q^k)/b (k where b = 0):
//! * mean: s + (a − b s) S, exact
//! * variance with noise that does not depend on s: σ_f² (1 − q^2k)/(1 − q²), exact, and the sum is Gaussian:
//!   an autoregressive process of first order
//! * variance with noise in proportion to m: m² [(q² + b² σ²)^k − q^2k]/b² ≈ k m² σ² q^(2k−2); exact and
//!   Gaussian for constant steps (b = 0). Elsewhere the sum is a product of k factors with skewness near
//!   3 √k b σ; arrays in which that exceeds [`SKEW`] go pulse by pulse.
//!
//! Exponential law, with f = m and its derivatives f′, f″, n and n′ at s, J = k(k − 1)/2:
//! * mean: s + k f + J (f f′ + n² f″/2) + k(k−1)(k−2)/6 f f′² + k(k−1)(2k−1)/12 f² f″
//! * variance: k n² + J (2 n² f′ + 2 f n n′), and a quadratic term ½ n n′ √(2J) (ξ² − 1), which
//!   carries the third moment (as in the scheme of Milstein).
//!
//! These are expansions in k f′ and √k n′; cells beyond [`CURVED`] and [`NOISY`] go pulse by pulse.
//! Cells whose way comes within [`MARGIN`] standard deviations of a bound go pulse by pulse too, so that
//! clipping is exact up to that probability (7e-6).
//!
//! References: G. N. Milstein, Theory Probab. Appl. 19, 557 (1974), doi:10.1137/1119062 (the quadratic
//! term); the recursions above are elementary.
//! Pinned by: `tests/step_array.rs` (against pulses one by one).

#![expect(
    clippy::inline_always,
    clippy::needless_bitwise_bool,
    reason = "kernels must be inlined into the entry that is compiled for wide registers, and free of branches"
)]

use super::functions::exp_m1;
use super::lanes::{Lane, Lanes};
use super::{Family, Noise};

/// Largest skewness of 31 pulses for which a Gaussian of the same two moments stands.
pub(super) const SKEW: f64 = 0.02;
/// Largest k |f′|.
const CURVED: f32 = 0.1;
/// Largest √k |n′|.
const NOISY: f32 = 0.25;
/// Standard deviations kept from a bound.
const MARGIN: f32 = 4.5;

/// Moves the lanes whose pulses can be taken at once; `late` is 1 where they cannot.
pub(super) fn pulse(lanes: &mut Lanes, family: &Family, noise: Noise, late: &mut Lane) {
    pulp::Arch::new().dispatch(AtOnce { lanes, family, noise, late });
}

struct AtOnce<'a> {
    lanes: &'a mut Lanes,
    family: &'a Family,
    noise: Noise,
    late: &'a mut Lane,
}

impl pulp::WithSimd for AtOnce<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        match self.family {
            Family::Affine => affine(self.lanes, self.noise, self.late),
            Family::Exponential => exponential(self.lanes, self.noise, self.late),
            Family::Power | Family::Table(_) => self.late.fill(1.0),
        }
    }
}

#[inline(always)]
fn flag(condition: bool) -> f32 {
    if condition { 1.0 } else { 0.0 }
}

#[inline(always)]
fn affine(lanes: &mut Lanes, noise: Noise, late: &mut Lane) {
    let n = lanes.len;
    let (s, low, high) = (&mut lanes.s[..n], &lanes.low[..n], &lanes.high[..n]);
    let [size, loss, log_rest] = &lanes.law;
    let (size, loss, log_rest) = (&size[..n], &loss[..n], &log_rest[..n]);
    let (count, fixed, z) = (&lanes.count[..n], &lanes.fixed[..n], &lanes.z[..n]);
    let late = &mut late[..n];
    for i in 0..n {
        let (k, b) = (count[i], loss[i]);
        let constant = b.abs() < 1e-9;
        let safe = if constant { 1.0 } else { b };
        let done = -exp_m1(k * log_rest[i]);
        let sum = if constant { k } else { done / safe };
        let squares = if constant { k } else { done * (2.0 - done) / (safe * (2.0 - safe)) };
        let rest = if constant { 1.0 } else { (1.0 - done) / (1.0 - safe) };
        let m = size[i] - b * s[i];
        let relative = noise.relative * m * rest;
        let deviation = (k * relative * relative + squares * fixed[i] * fixed[i]).sqrt();
        let moved = s[i] + m * sum + deviation * z[i];
        let room = MARGIN * deviation;
        // One pulse needs no more than to be clipped.
        let met = (s[i] + m * sum + room > high[i]) | (s[i] - room < low[i]);
        late[i] = flag(met & (k > 1.0));
        let clipped = moved.max(low[i]).min(high[i]);
        s[i] = if late[i] > 0.0 { s[i] } else { clipped };
    }
}

#[inline(always)]
fn exponential(lanes: &mut Lanes, noise: Noise, late: &mut Lane) {
    let n = lanes.len;
    let (s, low, high) = (&mut lanes.s[..n], &lanes.low[..n], &lanes.high[..n]);
    let [size, amplitude, rate] = &lanes.law;
    let (size, amplitude, rate) = (&size[..n], &amplitude[..n], &rate[..n]);
    let (count, fixed, z) = (&lanes.count[..n], &lanes.fixed[..n], &lanes.z[..n]);
    let late = &mut late[..n];
    for i in 0..n {
        let (k, c) = (count[i], rate[i]);
        let grown = amplitude[i] + amplitude[i] * exp_m1(c * s[i]);
        let shape = 1.0 - grown;
        let f = size[i] * shape.max(0.0);
        let slope = -size[i] * c * grown;
        let curve = slope * c;
        let spread = noise.relative * f + fixed[i] + noise.slope * s[i].abs();
        let change = noise.relative * slope + noise.slope.copysign(s[i]);
        let pairs = 0.5 * k * (k - 1.0);
        let variance = spread * spread;
        let mean = k * f
            + pairs * (f * slope + 0.5 * variance * curve)
            + pairs * (k - 2.0) * (1.0 / 3.0) * f * slope * slope
            + pairs * (2.0 * k - 1.0) * (1.0 / 6.0) * f * f * curve;
        let total = k * variance + 2.0 * pairs * (variance * slope + f * spread * change);
        let deviation = total.max(0.0).sqrt();
        let bent = 0.5 * spread * change * (2.0 * pairs).sqrt();
        let moved = s[i] + mean + deviation * z[i] + bent * (z[i] * z[i] - 1.0);
        let room = MARGIN * deviation + (MARGIN * MARGIN) * bent.abs();
        let met = (s[i] + mean.max(0.0) + room > high[i]) | (s[i] + mean.min(0.0) - room < low[i]);
        let strong = (k * slope.abs() > CURVED) | (k * change * change > NOISY * NOISY) | (shape < 0.05);
        late[i] = flag((met | strong) & (k > 1.0));
        let clipped = moved.max(low[i]).min(high[i]);
        s[i] = if late[i] > 0.0 { s[i] } else { clipped };
    }
}
