//! Digital-to-analog and analog-to-digital conversion: uniform, signed, mid-tread.

/// 1.5 · 2²³: adding and subtracting it rounds to a whole number.
const MAGIC: f32 = 12_582_912.0;
/// Codes beyond this are far outside every converter.
const LIMIT: f32 = 4_194_303.0;

/// Number of positive levels of a signed converter.
fn levels(bits: u32) -> f32 {
    ((1_u32 << (bits - 1)) - 1) as f32
}

/// Rounds values within ±`range` to the converter's levels and clips beyond; returns how many
/// were clipped. A range of zero leaves zeros.
pub fn quantise(values: &mut [f32], bits: u32, range: f32) -> u64 {
    if range <= 0.0 {
        return 0;
    }
    let levels = levels(bits);
    let (to, from) = (levels / range, range / levels);
    let mut clipped = 0;
    for value in values {
        // Nearest whole number, ties to even, by the rounding of the addition itself: plain
        // instructions where `round_ties_even` may call a library. Exact below 2²².
        let code = (*value * to).clamp(-LIMIT, LIMIT) + MAGIC - MAGIC;
        clipped += u64::from(code.abs() > levels);
        *value = code.clamp(-levels, levels) * from;
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn error_is_at_most_half_a_level_and_uniform() {
        let mut values: Vec<f32> = (0..=20_000).map(|i| (i as f32 / 10_000.0) - 1.0).collect();
        let exact = values.clone();
        assert_eq!(quantise(&mut values, 8, 1.0), 0);
        let errors: Vec<f64> = values.iter().zip(&exact).map(|(a, b)| f64::from(a - b)).collect();
        let half = 0.5 / 127.0;
        assert!(errors.iter().all(|e| e.abs() <= half + 1e-6));
        let variance = errors.iter().map(|e| e * e).sum::<f64>() / errors.len() as f64;
        assert!((variance / (half * half / 3.0) - 1.0).abs() < 0.02, "uniform within half a level");
    }

    #[test]
    fn clips_and_counts() {
        let mut values = [2.0, -3.0, 0.5, 0.0];
        assert_eq!(quantise(&mut values, 2, 1.0), 2);
        assert_eq!(values.map(f32::to_bits), [1.0_f32, -1.0, 0.0, 0.0].map(f32::to_bits));
    }
}
