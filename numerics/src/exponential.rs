//! The exponential function and the sigmoid in single precision, without branches or tables, so that a loop
//! over them becomes vector code.
//!
//! With x = n ln 2 + r, |r| ≤ ½ ln 2: eˣ = 2ⁿ eʳ, eʳ by its series to r⁷. Products and sums are never fused:
//! the bits are the same on any processor. x is held at ±87, where eˣ is 6e37 and 2e-38.
//!
//! Pinned by: the comparison with the standard library below.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into a loop compiled for the processor at hand"
)]

/// 1.5 · 2²³: added, it rounds to an integer that then stands in the lowest bits.
const ROUND: f32 = 12_582_912.0;
/// ln 2 in two parts, the first with room for the product with n.
const LN2_HIGH: f32 = 0.693_359_4;
const LN2_LOW: f32 = -2.121_944_4e-4;
/// Largest argument.
const LIMIT: f32 = 87.0;

/// eˣ to a few units of the last place.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // A comparison rather than `clamp`, which leaves NaN to branches.
    let x = if x > LIMIT { LIMIT } else { x };
    let x = if x < -LIMIT { -LIMIT } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let n = shifted - ROUND;
    let r = (x - n * LN2_HIGH) - n * LN2_LOW;
    let series = 1.0
        + r * (1.0
            + r * (1.0 / 2.0
                + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r * (1.0 / 720.0 + r / 5040.0))))));
    let integer = shifted.to_bits().wrapping_sub(ROUND.to_bits());
    series * f32::from_bits(integer.wrapping_add(127) << 23)
}

/// 1/(1 + e^(−a)) of every element, in place.
pub fn sigmoids(a: &mut [f32]) {
    pulp::Arch::new().dispatch(Sigmoids(a));
}

struct Sigmoids<'a>(&'a mut [f32]);

impl pulp::NullaryFnOnce for Sigmoids<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for a in self.0 {
            *a = 1.0 / (1.0 + exp(-*a));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_the_exponential_function() {
        let mut worst = 0.0_f64;
        for k in -87_000..=87_000 {
            let x = k as f32 / 1000.0;
            let exact = f64::from(x).exp();
            worst = worst.max((f64::from(exp(x)) / exact - 1.0).abs());
        }
        println!("largest relative error {worst:.1e}");
        assert!(worst < 4e-7, "{worst}");
        assert!(exp(f32::NAN).is_nan() && exp(1e9) > 6e37 && exp(-1e9) < 2e-38);
    }

    #[test]
    fn sigmoids_are_those_of_the_definition() {
        let mut values: Vec<f32> = (-300..300).map(|k| k as f32 / 10.0).collect();
        let exact: Vec<f64> = values.iter().map(|a| 1.0 / (1.0 + (-f64::from(*a)).exp())).collect();
        sigmoids(&mut values);
        assert!(values.iter().zip(exact).all(|(a, b)| (f64::from(*a) / b - 1.0).abs() < 1e-6));
    }
}
