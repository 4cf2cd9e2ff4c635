//! Uniform, signed, mid-tread quantisation: 2^(bits−1) − 1 levels on either side of zero.
//!
//! Rounding to the nearest whole number, ties to even, by the rounding of an addition: plain
//! instructions on whole vectors, the same bits on every machine. Exact below 2²².
//!
//! Pinned by: the tests below.

#![expect(clippy::inline_always, reason = "kernels must be inlined to be compiled for wide vectors")]

/// 1.5 · 2²³: adding and subtracting it rounds to a whole number.
const MAGIC: f32 = 12_582_912.0;
/// Codes beyond this are far outside every converter.
pub(crate) const LIMIT: f32 = 4_194_303.0;

/// Number of positive levels of a signed converter; 0 for an ideal one.
pub fn levels(bits: u32) -> f32 {
    if bits == 0 { 0.0 } else { ((1_u32 << (bits - 1)) - 1) as f32 }
}

/// The nearest whole number of a code.
#[inline(always)]
pub(crate) fn round(code: f32) -> f32 {
    code.clamp(-LIMIT, LIMIT) + MAGIC - MAGIC
}

/// Rounds codes to whole numbers and clips beyond ±`levels`; returns how many were clipped.
#[inline(always)]
pub(crate) fn quantise_codes(codes: &mut [f32], levels: f32) -> u32 {
    let mut clipped = 0;
    for code in codes {
        let rounded = round(*code);
        clipped += u32::from(rounded.abs() > levels);
        *code = rounded.clamp(-levels, levels);
    }
    clipped
}

/// Rounds values within ±`range` to the levels of a converter and clips beyond; returns how many were
/// clipped. Bits or range of zero change nothing.
pub fn quantise(values: &mut [f32], bits: u32, range: f32) -> u64 {
    let levels = levels(bits);
    if levels == 0.0 || range <= 0.0 {
        return 0;
    }
    pulp::Arch::new().dispatch(|| {
        let (to, from) = (levels / range, range / levels);
        for value in values.iter_mut() {
            *value *= to;
        }
        let clipped = quantise_codes(values, levels);
        for value in values.iter_mut() {
            *value *= from;
        }
        u64::from(clipped)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_at_most_half_a_level_and_uniform() {
        let exact: Vec<f32> = (0..=20_000).map(|i| (i as f32 / 10_000.0) - 1.0).collect();
        let mut codes: Vec<f32> = exact.iter().map(|x| x * levels(8)).collect();
        assert_eq!(quantise_codes(&mut codes, levels(8)), 0);
        let errors: Vec<f64> = codes.iter().zip(&exact).map(|(c, x)| f64::from(c / 127.0 - x)).collect();
        let half = 0.5 / 127.0;
        assert!(errors.iter().all(|e| e.abs() <= half + 1e-6));
        let mean = errors.iter().sum::<f64>() / errors.len() as f64;
        let variance = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
        assert!(mean.abs() < 1e-6, "unbiased: {mean}");
        assert!((variance / (half * half / 3.0) - 1.0).abs() < 0.02, "uniform within half a level");
    }

    #[test]
    fn clips_and_counts() {
        let mut codes = [2.0, -3.0, 0.5, 1.5, 0.0, 1e30];
        assert_eq!(quantise_codes(&mut codes, levels(2)), 4);
        assert_eq!(codes.map(f32::to_bits), [1.0_f32, -1.0, 0.0, 1.0, 0.0, 1.0].map(f32::to_bits));
        assert!(levels(0).abs() < f32::EPSILON);
    }
}
