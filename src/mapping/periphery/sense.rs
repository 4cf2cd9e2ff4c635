//! [`sense_row`]: from the sums of a read to digital numbers, one sample at a time.
//!
//! y += √(variance + σ²) z (device and amplifier noise are independent Gaussians, so one normal
//! number serves both), then the integrator, then the converter, then the digital factor. The passes go
//! over one row, which stays in the first-level cache.
//!
//! Pinned by: `tests/mapping_periphery.rs`.

#![expect(clippy::inline_always, reason = "kernels must be inlined to be compiled for wide vectors")]

use super::converters::Adc;
use super::quantiser::{levels, quantise_codes, round};
use crate::mapping::config::PeripheryConfig;

/// Noise of one row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct RowNoise<'a> {
    /// Variance of the device noise of each sum; empty without.
    pub variances: &'a [f32],
    /// Standard normals; empty without any noise.
    pub normals: &'a [f32],
    /// Standard deviation of the amplifiers.
    pub amplifier: f32,
}

#[inline(always)]
pub(crate) fn add_noise(sums: &mut [f32], noise: RowNoise<'_>) {
    if noise.normals.is_empty() {
        return;
    }
    if noise.variances.is_empty() {
        for (y, z) in sums.iter_mut().zip(noise.normals) {
            *y += noise.amplifier * z;
        }
        return;
    }
    let square = noise.amplifier * noise.amplifier;
    for ((y, v), z) in sums.iter_mut().zip(noise.variances).zip(noise.normals) {
        *y += (v + square).max(0.0).sqrt() * z;
    }
}

/// Integrator and converter: sums become codes; returns how many were out of range.
#[inline(always)]
pub(crate) fn to_codes(sums: &mut [f32], adc: &Adc, config: &PeripheryConfig) -> u32 {
    let scale = if config.adc_bits == 0 { 1.0 } else { levels(config.adc_bits) };
    let mut clipped = 0;
    if config.integrator_nonlinearity > 0.0 || config.integrator_saturation > 0.0 {
        let saturation = config.integrator_saturation;
        let limit = if saturation > 0.0 { saturation } else { f32::MAX };
        for ((y, from), to) in sums.iter_mut().zip(&adc.from).zip(&adc.to) {
            let share = *y / (from * scale);
            let bent = share / (1.0 + config.integrator_nonlinearity * share.abs());
            // Beyond the converter's range it counts there.
            clipped += u32::from(bent.abs() > limit && (limit <= 1.0 || config.adc_bits == 0));
            *y = bent.clamp(-limit, limit) * from * scale * to;
        }
        for (y, add) in sums.iter_mut().zip(&adc.add) {
            *y += add;
        }
    } else {
        for ((y, to), add) in sums.iter_mut().zip(&adc.to).zip(&adc.add) {
            *y = *y * to + add;
        }
    }
    if config.adc_bits > 0 {
        clipped += quantise_codes(sums, scale);
    }
    clipped
}

/// Takes the code of an offset from every code.
#[inline(always)]
pub(crate) fn subtract_converted(codes: &mut [f32], offset: f32, adc: &Adc) {
    for ((code, to), add) in codes.iter_mut().zip(&adc.to).zip(&adc.add) {
        *code -= round(offset * to + add);
    }
}

/// Adds codes to the digital result: y += factor · (code · from − offset) · scale.
#[inline(always)]
pub(crate) fn accumulate(
    y: &mut [f32],
    codes: &[f32],
    adc: &Adc,
    (factor, offset): (f32, f32),
    scales: &[f32],
) {
    if scales.is_empty() && offset == 0.0 {
        for ((y, code), from) in y.iter_mut().zip(codes).zip(&adc.from) {
            *y += factor * (code * from);
        }
    } else if scales.is_empty() {
        for ((y, code), from) in y.iter_mut().zip(codes).zip(&adc.from) {
            *y += factor * (code * from - offset);
        }
    } else {
        for (((y, code), from), scale) in y.iter_mut().zip(codes).zip(&adc.from).zip(scales) {
            *y += factor * (code * from - offset) * scale;
        }
    }
}
