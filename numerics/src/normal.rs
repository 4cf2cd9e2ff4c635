//! Standard normals in blocks: eight Philox counters side by side, then Box–Muller in `f32`.
//!
//! 8 counters' words give a block of 32 normals; long fills work on several blocks at once. Logarithm,
//! sine and cosine are short series good to the last bits of `f32`; products and sums are never fused,
//! so the bits are the same with AVX-512, AVX2 and without. Uniforms have 24 bits: |z| ≤ 5.9.
//!
//! Pinned by: moments, tails and the comparison with `f64` Box–Muller below.

#![expect(
    clippy::inline_always,
    clippy::needless_range_loop,
    reason = "kernels must be inlined into the entries that are compiled for AVX; lanes index several arrays"
)]

use crate::philox::{MULTIPLIER_0, MULTIPLIER_1, WEYL_0, WEYL_1};

/// Philox counters worked on at once.
const LANES: usize = 8;
/// Normals of one block.
pub(crate) const BLOCK: usize = 4 * LANES;
/// Lanes of the widest kernel: whole blocks side by side.
const WIDE: usize = 2 * LANES;

/// Fills `out` from the counters that start at `counter` (first word counts up); returns how
/// many counters were used.
pub(crate) fn fill(out: &mut [f32], counter: [u32; 4], key: [u32; 2]) -> u32 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512dq") {
        // SAFETY: the processor has AVX-512 F and DQ, just checked.
        #[expect(unsafe_code, reason = "the only way to call a kernel compiled for AVX-512")]
        return unsafe { fill_avx512(out, counter, key) };
    }
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, just checked.
        #[expect(unsafe_code, reason = "the only way to call a kernel compiled for AVX2")]
        return unsafe { fill_avx2(out, counter, key) };
    }
    fill_any::<LANES>(out, counter, key)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq")]
fn fill_avx512(out: &mut [f32], counter: [u32; 4], key: [u32; 2]) -> u32 {
    fill_any::<WIDE>(out, counter, key)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn fill_avx2(out: &mut [f32], counter: [u32; 4], key: [u32; 2]) -> u32 {
    fill_any::<LANES>(out, counter, key)
}

/// With `WIDTH` counters, whole blocks, at once.
#[inline(always)]
fn fill_any<const WIDTH: usize>(out: &mut [f32], mut counter: [u32; 4], key: [u32; 2]) -> u32 {
    let mut used = 0;
    let mut advance = |by: usize| {
        let start = counter;
        counter[0] = counter[0].wrapping_add(by as u32);
        used += by as u32;
        start
    };
    let mut chunks = out.chunks_exact_mut(4 * WIDTH);
    for chunk in &mut chunks {
        normals::<WIDTH>(chunk, advance(WIDTH), key);
    }
    let mut chunks = chunks.into_remainder().chunks_exact_mut(BLOCK);
    for chunk in &mut chunks {
        normals::<LANES>(chunk, advance(LANES), key);
    }
    let rest = chunks.into_remainder();
    if !rest.is_empty() {
        let mut block = [0.0; BLOCK];
        normals::<LANES>(&mut block, advance(LANES), key);
        rest.copy_from_slice(&block[..rest.len()]);
    }
    used
}

/// Normals for each device.
const FOR_EACH_DEVICE: usize = 8;

/// Eight normals for each of successive devices, from the counters (0 and 1, cycle, device).
pub(crate) fn fill_devices(key: [u32; 2], first_device: u64, cycles: &[u32], out: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has AVX2, just checked.
        #[expect(unsafe_code, reason = "the only way to call a kernel compiled for AVX2")]
        return unsafe { devices_avx2(key, first_device, cycles, out) };
    }
    devices_any(key, first_device, cycles, out);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn devices_avx2(key: [u32; 2], first_device: u64, cycles: &[u32], out: &mut [f32]) {
    devices_any(key, first_device, cycles, out);
}

#[inline(always)]
fn devices_any(key: [u32; 2], first_device: u64, cycles: &[u32], out: &mut [f32]) {
    let mut block = [0.0; BLOCK];
    let groups = cycles.chunks_exact(LANES).zip(out.chunks_exact_mut(FOR_EACH_DEVICE * LANES));
    for (group, (cycles, out)) in groups.enumerate() {
        let first = first_device + (group * LANES) as u64;
        for (index, half) in out.chunks_exact_mut(BLOCK).enumerate() {
            let mut words = [[index as u32; LANES]; 4];
            for lane in 0..LANES {
                let device = first + lane as u64;
                words[1][lane] = cycles[lane];
                words[2][lane] = device as u32;
                words[3][lane] = (device >> 32) as u32;
            }
            box_muller(&mut block, words, key);
            half.copy_from_slice(&block);
        }
    }
}

#[inline(always)]
fn normals<const WIDTH: usize>(out: &mut [f32], counter: [u32; 4], key: [u32; 2]) {
    let mut words = [[0_u32; WIDTH]; 4];
    for (word, start) in words.iter_mut().zip(counter) {
        *word = [start; WIDTH];
    }
    for (lane, word) in words[0].iter_mut().enumerate() {
        *word = word.wrapping_add(lane as u32);
    }
    box_muller(out, words, key);
}

/// Four normals for every counter, the blocks one after the other.
#[inline(always)]
fn box_muller<const WIDTH: usize>(out: &mut [f32], mut words: [[u32; WIDTH]; 4], mut key: [u32; 2]) {
    for round in 0..10 {
        if round > 0 {
            key = [key[0].wrapping_add(WEYL_0), key[1].wrapping_add(WEYL_1)];
        }
        for lane in 0..WIDTH {
            let p0 = u64::from(MULTIPLIER_0) * u64::from(words[0][lane]);
            let p1 = u64::from(MULTIPLIER_1) * u64::from(words[2][lane]);
            words[0][lane] = (p1 >> 32) as u32 ^ words[1][lane] ^ key[0];
            words[2][lane] = (p0 >> 32) as u32 ^ words[3][lane] ^ key[1];
            words[1][lane] = p1 as u32;
            words[3][lane] = p0 as u32;
        }
    }
    for pair in 0..2 {
        let mut values = [[0.0_f32; WIDTH]; 2];
        for lane in 0..WIDTH {
            let radius = (-2.0 * logarithm(uniform(words[2 * pair][lane]))).sqrt();
            let (sin, cos) = sin_cos_turns(uniform(words[2 * pair + 1][lane]));
            values[0][lane] = radius * cos;
            values[1][lane] = radius * sin;
        }
        for (block, out) in out.chunks_exact_mut(BLOCK).enumerate() {
            for (part, values) in values.iter().enumerate() {
                out[(2 * pair + part) * LANES..][..LANES].copy_from_slice(&values[block * LANES..][..LANES]);
            }
        }
    }
}

/// Uniform in (0, 1), 24 bits.
#[inline(always)]
fn uniform(word: u32) -> f32 {
    ((word >> 8) as f32 + 0.5) * (1.0 / 16_777_216.0)
}

/// ln x for normal x > 0: exponent apart, ln m = 2 artanh((m − 1)/(m + 1)) for m in [√½, √2).
#[inline(always)]
fn logarithm(x: f32) -> f32 {
    // Shifting by the bits of √½ puts the mantissa into [√½, √2).
    let shifted = x.to_bits().wrapping_sub(0x3f35_04f3);
    let exponent = shifted.cast_signed() >> 23;
    let m = f32::from_bits((shifted & 0x007f_ffff).wrapping_add(0x3f35_04f3));
    let s = (m - 1.0) / (m + 1.0);
    let t = s * s;
    let series = 1.0 + t * (1.0 / 3.0 + t * (0.2 + t * (1.0 / 7.0 + t * (1.0 / 9.0))));
    2.0 * s * series + exponent as f32 * std::f32::consts::LN_2
}

/// (sin 2πv, cos 2πv) for v in [0, 1): nearest quarter turn apart, then Taylor series.
#[inline(always)]
fn sin_cos_turns(v: f32) -> (f32, f32) {
    let quarters = v * 4.0;
    let nearest = (quarters + 0.5) as i32;
    let x = (quarters - nearest as f32) * std::f32::consts::FRAC_PI_2;
    let t = x * x;
    let sin = x * (1.0 + t * (-1.0 / 6.0 + t * (1.0 / 120.0 + t * (-1.0 / 5040.0 + t * (1.0 / 362_880.0)))));
    let cos = 1.0
        + t * (-0.5
            + t * (1.0 / 24.0 + t * (-1.0 / 720.0 + t * (1.0 / 40_320.0 + t * (-1.0 / 3_628_800.0)))));
    let (a, b) = if nearest & 1 == 0 { (sin, cos) } else { (cos, sin) };
    let sin = if nearest & 2 == 0 { a } else { -a };
    let cos = if (nearest + 1) & 2 == 0 { b } else { -b };
    (sin, cos)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Stream, philox4x32};

    #[test]
    fn equals_box_muller_in_double_precision() {
        let (counter, key) = ([5, 1, 2, 3], [77, 99]);
        let mut out = [0.0; 40];
        assert_eq!(fill(&mut out, counter, key), 16);
        for lane in 0..LANES {
            let words = philox4x32([5 + lane as u32, 1, 2, 3], key);
            for pair in 0..2 {
                let u = |w: u32| (f64::from(w >> 8) + 0.5) / 16_777_216.0;
                let radius = (-2.0 * u(words[2 * pair]).ln()).sqrt();
                let (sin, cos) = (std::f64::consts::TAU * u(words[2 * pair + 1])).sin_cos();
                let (c, s) = (out[2 * pair * LANES + lane], out[(2 * pair + 1) * LANES + lane]);
                assert!((f64::from(c) - radius * cos).abs() < 4e-6, "{c} {}", radius * cos);
                assert!((f64::from(s) - radius * sin).abs() < 4e-6, "{s} {}", radius * sin);
            }
        }
    }

    #[test]
    fn the_same_bits_with_and_without_vector_kernels() {
        for length in [100, 128, 300, 1000] {
            let [mut a, mut b, mut c] = [(); 3].map(|()| vec![0.0_f32; length]);
            let used = fill(&mut a, [u32::MAX - 9, 0, 1, 0], [1, 2]);
            assert_eq!(used, fill_any::<LANES>(&mut b, [u32::MAX - 9, 0, 1, 0], [1, 2]));
            assert_eq!(used, fill_any::<WIDE>(&mut c, [u32::MAX - 9, 0, 1, 0], [1, 2]));
            assert!(a.iter().zip(&b).all(|(a, b)| a.to_bits() == b.to_bits()), "{length}");
            assert!(a.iter().zip(&c).all(|(a, c)| a.to_bits() == c.to_bits()), "{length}");
        }
    }

    #[test]
    fn devices_have_their_own_streams() {
        let cycles: Vec<u32> = (0..16).map(|k| 3 * k).collect();
        let mut out = vec![0.0; 128];
        fill_devices([77, 99], (1 << 32) - 4, &cycles, &mut out);
        for (k, cycle) in cycles.iter().enumerate() {
            let device = (1 << 32) - 4 + k as u64;
            let key = [77, 99];
            for half in 0..2 {
                let words = philox4x32([half, *cycle, device as u32, (device >> 32) as u32], key);
                let u = |w: u32| (f64::from(w >> 8) + 0.5) / 16_777_216.0;
                for pair in 0..2 {
                    let radius = (-2.0 * u(words[2 * pair]).ln()).sqrt();
                    let cos = (std::f64::consts::TAU * u(words[2 * pair + 1])).cos();
                    let place = (4 * half as usize + 2 * pair) * LANES;
                    let ours = f64::from(out[k / LANES * 64 + place + k % LANES]);
                    assert!((ours - radius * cos).abs() < 4e-6, "{k} {half} {pair}");
                }
            }
        }
        let mut portable = vec![0.0; 128];
        devices_any([77, 99], (1 << 32) - 4, &cycles, &mut portable);
        assert!(out.iter().zip(&portable).all(|(a, b)| a.to_bits() == b.to_bits()));
    }

    #[test]
    fn moments_and_tails() {
        let n = 1_000_000;
        let mut out = vec![0.0; n];
        Stream::new(3, Purpose::ReadNoise, 0, 0).fill_normal(&mut out);
        let moment = |k: i32| out.iter().map(|z| f64::from(*z).powi(k)).sum::<f64>() / n as f64;
        let error = |variance: f64| 5.0 * (variance / n as f64).sqrt();
        assert!(moment(1).abs() < error(1.0));
        assert!((moment(2) - 1.0).abs() < error(2.0));
        assert!(moment(3).abs() < error(15.0));
        assert!((moment(4) - 3.0).abs() < error(96.0));
        let beyond = out.iter().filter(|z| z.abs() > 3.0).count() as f64 / n as f64;
        assert!((beyond - 0.002_699_8).abs() < error(0.0027), "{beyond}");
    }
}
