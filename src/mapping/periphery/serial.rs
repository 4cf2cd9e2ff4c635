//! Bit-serial inputs: one read for every bit of the magnitudes.
//!
//! |x| levels = Σ_b 2^b bit_b, so y = Σ_b (2^b/levels) · read(sign(x) bit_b). Negative inputs drive in a
//! second phase whose result is subtracted: every driven line carries the read voltage.

use numerics::matrix::Matrix;

use super::converters::Converters;

/// The drive of one bit of all samples.
pub(crate) fn bit_plane(x: &Matrix, bit: u32, levels: f32, converters: &Converters, out: &mut Matrix) {
    out.reshape(x.rows(), x.columns());
    for i in 0..x.rows() {
        let out = out.row_mut(i);
        for (to, x) in out.iter_mut().zip(x.row(i)) {
            let code = (x.abs() * levels + 0.5) as u32;
            *to = if (code >> bit) & 1 == 1 { 1.0_f32.copysign(*x) } else { 0.0 };
        }
        if let Some(mismatch) = &converters.drivers {
            for ((x, gain), offset) in out.iter_mut().zip(&mismatch.gains).zip(&mismatch.offsets) {
                *x += *x * gain + offset;
            }
        }
    }
}
