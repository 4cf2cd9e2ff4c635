//! The electronic conductance between filament tip and electrode: tunnelling, quantum point contact,
//! metal.
//!
//! The number of channels ν is the published tunnelling conductance over G₀ = 2e²/h while the gap x
//! exceeds the atomic radius r_at. Below, the published model stops; here each further ion widens the
//! neck between tip and electrode, so that its cross-section grows linearly with the metal deposited,
//! from the one that carries ν(r_at) at x = r_at to the filament's at x = x_min. A neck of cross-section
//! A carries ν = k_F² A/4π channels (Sharvin), with the Fermi wave number k_F = (3π² ρ_m/M_Me)^⅓ of a
//! metal with one free electron per atom. A channel beyond the first opens around ν = n − ½ with the
//! transmission of a saddle point, T_n = 1/\[1 + exp(−(ν − n + ½)/w)\], and the first follows the
//! tunnelling law up to T₁ = 1. The resistance of the filament stays in series, and dominates in the
//! end: a wire.
//!
//! References: Y. V. Sharvin, Sov. Phys. JETP 21, 655 (1965); B. J. van Wees et al., Phys. Rev. Lett. 60,
//! 848 (1988), doi:10.1103/PhysRevLett.60.848; M. Büttiker, Phys. Rev. B 41, 7906 (1990),
//! doi:10.1103/PhysRevB.41.7906; N. Agraït, A. Levy Yeyati, J. M. van Ruitenbeek, Phys. Rep. 377, 81
//! (2003), doi:10.1016/S0370-1573(02)00633-6.
//! Pinned by: `tests/ecm_contact.rs`.

use std::f64::consts::PI;

use super::Parameters;
use crate::constants::{CHARGE, PLANCK};

/// Conductance quantum 2e²/h, S.
pub const CONDUCTANCE_QUANTUM: f64 = 2.0 * CHARGE * CHARGE / PLANCK;

/// Sharpness with which the first channel saturates.
const SATURATION: f64 = 8.0;

impl Parameters {
    /// Number of channels at a gap, with fractions.
    pub fn channels(&self, gap: f64) -> f64 {
        let (k1, k2) = self.tunnelling();
        let tunnelling = |x: f64| k1 / x * (-k2 * x).exp() / CONDUCTANCE_QUANTUM;
        if gap >= self.atomic_radius {
            return tunnelling(gap);
        }
        let density = self.mass_density / self.atomic_mass;
        let fermi = (3.0 * PI * PI * density).cbrt();
        let first = tunnelling(self.atomic_radius);
        let last = (fermi * fermi * self.filament_area() / (4.0 * PI)).max(first);
        let share = (self.atomic_radius - gap) / (self.atomic_radius - self.minimum_gap);
        first + (last - first) * share
    }

    /// Conductance between tip and electrode, S.
    pub fn contact_conductance(&self, gap: f64) -> f64 {
        CONDUCTANCE_QUANTUM * staircase(self.channels(gap), self.channel_width)
    }
}

/// Sum of the transmissions of all channels.
fn staircase(channels: f64, width: f64) -> f64 {
    let first = channels * (1.0 + channels.powf(SATURATION)).powf(-1.0 / SATURATION);
    // Channels further away than this are open or closed to rounding.
    let reach = 36.0 * width;
    let open = (channels + 0.5 - reach).floor().max(1.0);
    let mut sum = open - 1.0;
    let mut n = open + 1.0;
    while n - 0.5 < channels + reach {
        sum += 1.0 / (1.0 + (-(channels - n + 0.5) / width).exp());
        n += 1.0;
    }
    first + sum
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staircase_has_plateaus_at_whole_numbers_and_starts_as_the_identity() {
        for n in 2..200 {
            let n = f64::from(n);
            for offset in [-0.2, 0.0, 0.2] {
                assert!((staircase(n + offset, 0.05) - n).abs() < 0.01, "{n} {offset}");
            }
            assert!((staircase(n + 0.5, 0.05) - n - 0.5).abs() < 0.01);
        }
        assert!((staircase(0.3, 0.05) / 0.3 - 1.0).abs() < 2e-5);
        let mut last = 0.0;
        for i in 1..30_000 {
            let s = staircase(f64::from(i) * 1e-3, 0.05);
            assert!(s >= last && s - last < 0.01);
            last = s;
        }
    }
}
