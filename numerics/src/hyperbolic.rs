//! Hyperbolic sine and cosine, and a first guess of the inverse sine, without branches or tables, so that
//! a loop over them becomes vector code.
//!
//! With x = n ln 2 + r, |r| ≤ ½ ln 2, and the even and odd series C = cosh r, S = sinh r:
//! sinh x = s_n C + c_n S, cosh x = c_n C + s_n S, s_n = (2ⁿ − 2⁻ⁿ)/2, c_n = (2ⁿ + 2⁻ⁿ)/2.
//! For n = 0 this is the series itself: nothing cancels at small x.
//!
//! Products and sums are never fused: the bits are the same on any processor. |x| is held at 708,
//! where the functions are 1.5e307.
//!
//! Pinned by: the comparison with the standard library below.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into a loop compiled for the processor at hand"
)]

/// 1.5 · 2⁵²: added, it rounds to an integer that then stands in the lowest bits.
const ROUND: f64 = 6_755_399_441_055_744.0;
/// ln 2 in two parts, the first with room for the product with n.
const LN2_HIGH: f64 = 6.931_471_803_691_238e-1;
const LN2_LOW: f64 = 1.908_214_929_270_587_7e-10;
/// Largest argument.
const LIMIT: f64 = 708.0;

/// (sinh x, cosh x), each to a few units of the last place.
#[inline(always)]
pub fn sinh_cosh(x: f64) -> (f64, f64) {
    // A comparison rather than `clamp`, which leaves NaN to branches.
    let x = if x > LIMIT { LIMIT } else { x };
    let x = if x < -LIMIT { -LIMIT } else { x };
    let shifted = x * std::f64::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let z = r * r;
    let even = 1.0
        + z * (1.0 / 2.0
            + z * (1.0 / 24.0
                + z * (1.0 / 720.0
                    + z * (1.0 / 40_320.0 + z * (1.0 / 3_628_800.0 + z * (1.0 / 479_001_600.0))))));
    let odd = r
        * (1.0
            + z * (1.0 / 6.0
                + z * (1.0 / 120.0
                    + z * (1.0 / 5_040.0
                        + z * (1.0 / 362_880.0 + z * (1.0 / 39_916_800.0 + z * (1.0 / 6_227_020_800.0)))))));
    let integer = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    let up = f64::from_bits(integer.wrapping_add(1022) << 52);
    let down = f64::from_bits(1022_u64.wrapping_sub(integer) << 52);
    let (s, c) = (up - down, up + down);
    (s * even + c * odd, c * even + s * odd)
}

/// asinh x for x ≥ 0 to 0.02 where x > 1, and x itself below: a start for Newton's iteration.
#[inline(always)]
pub fn rough_asinh(x: f64) -> f64 {
    // ln(2x + 1): exponent and mantissa of the argument as one number are its logarithm to 6 %.
    let y = 2.0 * x + 1.0;
    let scaled = (y.to_bits() >> 20).cast_signed() - (1023_i64 << 32);
    let logarithm = scaled as f64 * (std::f64::consts::LN_2 / 4_294_967_296.0);
    if logarithm < x { logarithm } else { x }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_standard_library() {
        let mut worst = [0.0_f64; 2];
        for k in 0..200_000 {
            // Every scale from 1e-12 to 700, both signs.
            let t = f64::from(k) / 200_000.0;
            let x = 10_f64.powf(-12.0 + 14.845 * t) * if k % 2 == 0 { 1.0 } else { -1.0 };
            let (s, c) = sinh_cosh(x);
            worst[0] = worst[0].max((s / x.sinh() - 1.0).abs());
            worst[1] = worst[1].max((c / x.cosh() - 1.0).abs());
        }
        println!("sinh {:.1e}, cosh {:.1e}", worst[0], worst[1]);
        assert!(worst[0] < 1.2e-15 && worst[1] < 1.2e-15, "{worst:?}");
        assert_eq!(sinh_cosh(0.0), (0.0, 1.0));
        assert!(sinh_cosh(1e4).0.is_finite() && sinh_cosh(-1e4).0 < -1e307);
        assert!(sinh_cosh(f64::NAN).0.is_nan());
    }
}
