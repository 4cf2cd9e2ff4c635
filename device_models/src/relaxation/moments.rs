//! Moments, covariance and spectrum of the trap population in closed form.
//!
//! The places of a cell are n independent draws, so cumulants are n times those of one place's a x, zero
//! without a trap. ⟨·⟩ is the mean over traps; barriers, asymmetries and amplitudes are independent of each other:
//! * ⟨1 − exp(−k t)⟩ = k_B T/(E₂ − E₁) · \[Ein(k₁t) − Ein(k₂t)\], Ein(z) = ∫₀ᶻ (1 − e⁻ᵘ)/u du, k₁, k₂ the
//!   rates at E₁ and E₂: linear in log t while k₂t ≪ 1 ≪ k₁t;
//! * ⟨p⟩ = θ ln((1 + e^{1/θ})/2), ⟨p(1 − p)⟩ = θ (p(W) − ½), θ = k_B T/W;
//! * ⟨aʲ⟩ = Aʲ exp(j² s²/2) · (q + (−1)ʲ (1 − q));
//! * ⟨(a x)ʲ⟩ = c ⟨aʲ⟩⟨p⟩⟨1 − exp(−k t)⟩;
//! * spectrum in equilibrium, one-sided: S(f) = 4 n c ⟨a²⟩⟨p(1 − p)⟩ k_B T/(E₂ − E₁)
//!   · \[atan(k₁/2πf) − atan(k₂/2πf)\]/2πf, which is 1/f between the two rates.
//!
//! The loss needs ⟨exp(−X)⟩ over a log-normal X, one quadrature.
//!
//! Validity: cells that are not held at zero. References: [`super`]; Ein: NIST Digital Library of
//! Mathematical Functions, §6.2 and §6.6.
//! Pinned by: `tests/relaxation.rs` (against sampled cells) and the tests below.

use std::f64::consts::PI;

use super::{Level, Relaxation};
use crate::constants::BOLTZMANN;

const EULER: f64 = 0.577_215_664_901_532_9;

/// The moments of cells programmed to one conductance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments<'a> {
    relaxation: &'a Relaxation,
    level: Level,
}

impl<'a> Moments<'a> {
    /// Of cells programmed to `conductance` (S).
    pub fn new(relaxation: &'a Relaxation, conductance: f64) -> Self {
        Self { relaxation, level: relaxation.level(conductance) }
    }

    /// Of cells with these traps.
    pub fn of_level(relaxation: &'a Relaxation, level: Level) -> Self {
        Self { relaxation, level }
    }

    /// ⟨1 − exp(−k t)⟩.
    pub fn relaxed(&self, time: f64, temperature: f64) -> f64 {
        let r = self.relaxation;
        let width = r.highest_barrier - self.level.lowest_barrier;
        let progress = |barrier| r.log_progress(barrier, time, temperature).exp();
        let span = ein(progress(self.level.lowest_barrier)) - ein(progress(r.highest_barrier));
        BOLTZMANN * temperature / width * span
    }

    /// ⟨p⟩.
    pub fn displaced_share(&self, temperature: f64) -> f64 {
        let theta = self.theta(temperature);
        // ln((1 + e^y)/2) for large y = 1/θ without overflow.
        1.0 + theta * ((-1.0 / theta).exp().ln_1p() - std::f64::consts::LN_2)
    }

    /// ⟨p(1 − p)⟩.
    pub fn equilibrium_variance(&self, temperature: f64) -> f64 {
        let theta = self.theta(temperature);
        theta * (1.0 / (1.0 + (-1.0 / theta).exp()) - 0.5)
    }

    fn theta(&self, temperature: f64) -> f64 {
        BOLTZMANN * temperature / self.relaxation.asymmetry
    }

    /// ⟨aʲ⟩, Sʲ.
    pub fn amplitude(&self, power: i32) -> f64 {
        let l = &self.level;
        let j = f64::from(power);
        let sign = if power % 2 == 0 { 1.0 } else { 2.0 * l.rise_share - 1.0 };
        sign * (l.amplitude.ln() * j + 0.5 * (j * l.amplitude_spread).powi(2)).exp()
    }

    /// The first four cumulants of the traps' shift `time` seconds after the write, S to S⁴.
    pub fn cumulants(&self, time: f64, temperature: f64) -> [f64; 4] {
        let moved =
            self.level.occupancy * self.displaced_share(temperature) * self.relaxed(time, temperature);
        let m = |j| self.amplitude(j) * moved;
        let (m1, m2, m3, m4) = (m(1), m(2), m(3), m(4));
        let n = f64::from(self.relaxation.places);
        [
            n * m1,
            n * (m2 - m1 * m1),
            n * (m3 - 3.0 * m1 * m2 + 2.0 * m1.powi(3)),
            n * (m4 - 4.0 * m1 * m3 - 3.0 * m2 * m2 + 12.0 * m1 * m1 * m2 - 6.0 * m1.powi(4)),
        ]
    }

    /// Covariance of the traps' shifts `first` and `second` seconds after the write, S².
    pub fn covariance(&self, first: f64, second: f64, temperature: f64) -> f64 {
        let (early, late) = (first.min(second), first.max(second));
        let relaxed = |time| self.relaxed(time, temperature);
        let noise = self.equilibrium_variance(temperature);
        let mean = self.displaced_share(temperature);
        // ⟨p²⟩⟨1 − e^(−k t₁)⟩ + ⟨p(1 − p)⟩⟨(1 − e^(−k t₁)) e^(−k (t₂ − t₁))⟩.
        let both = (mean - noise) * relaxed(early) + noise * (relaxed(late) - relaxed(late - early));
        let product = mean * mean * relaxed(first) * relaxed(second);
        let c = self.level.occupancy;
        let squares = c * self.amplitude(2) * both - (c * self.amplitude(1)).powi(2) * product;
        f64::from(self.relaxation.places) * squares
    }

    /// One-sided spectral density of the traps in equilibrium, S²/Hz.
    pub fn spectrum(&self, frequency: f64, temperature: f64) -> f64 {
        let r = self.relaxation;
        let thermal = BOLTZMANN * temperature;
        let omega = 2.0 * PI * frequency;
        let corner = |barrier: f64| (r.attempt_frequency * (-barrier / thermal).exp() / omega).atan();
        let width = r.highest_barrier - self.level.lowest_barrier;
        let span = corner(self.level.lowest_barrier) - corner(r.highest_barrier);
        let strength = self.amplitude(2) * self.equilibrium_variance(temperature);
        4.0 * f64::from(r.places) * self.level.occupancy * strength * thermal / width * span / omega
    }

    /// ⟨exp(−j X)⟩ of the loss.
    fn kept(&self, power: f64, time: f64, temperature: f64) -> f64 {
        let Some(loss) = self.relaxation.loss else { return 1.0 };
        let thermal = BOLTZMANN * temperature;
        let at = |z: f64| {
            let barrier = self.level.loss_barrier + loss.barrier_spread * z;
            (-power * loss.attempt_frequency * time * (-barrier / thermal).exp()).exp()
        };
        // Trapezoids of a bell curve converge faster than any power of their width.
        let (mut sum, mut weights) = (0.0, 0.0);
        for i in -64..=64 {
            let z = f64::from(i) * 0.1;
            let weight = (-0.5 * z * z).exp();
            sum += weight * at(z);
            weights += weight;
        }
        sum / weights
    }

    /// Mean and variance of the change between the read that verified the write and one `time` seconds
    /// later, S and S²: traps, loss and the white noise of both reads.
    pub fn change(&self, time: f64, temperature: f64) -> (f64, f64) {
        let [mean, variance, ..] = self.cumulants(time, temperature);
        let expected = self.level.conductance + mean;
        let kept = self.kept(1.0, time, temperature);
        let square = self.kept(2.0, time, temperature) * (variance + expected * expected);
        let after = kept * expected;
        let reads = 2.0 * self.level.read_noise * self.level.read_noise;
        (after - self.level.conductance, square - after * after + reads)
    }
}

/// Ein(z) = ∫₀ᶻ (1 − e⁻ᵘ)/u du for z ≥ 0: its series, beyond 2 by the continued fraction of E₁.
fn ein(z: f64) -> f64 {
    if z <= 2.0 {
        let (mut sum, mut term) = (0.0, -1.0);
        for n in 1..40 {
            let n = f64::from(n);
            term *= -z / n;
            sum += term / n;
        }
        return sum;
    }
    // E₁(z) = e^(−z)/(z + 1 − 1/(z + 3 − 4/(z + 5 − 9/(…)))), from the far end.
    let mut fraction = z + 161.0;
    for n in (1..=80).rev() {
        let n = f64::from(n);
        fraction = z + 2.0 * n - 1.0 - n * n / fraction;
    }
    z.ln() + EULER + (-z).exp() / fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ein_is_the_integral() {
        // Ein(1) and Ein(10) from E₁ (DLMF, table 6.2): E₁(1) = 0.219383934, E₁(10) = 4.15696893e-6.
        assert!((ein(1.0) - (EULER + 0.219_383_934_395_520_3)).abs() < 1e-14);
        assert!((ein(10.0) - (10.0_f64.ln() + EULER + 4.156_968_929_685_324e-6)).abs() < 1e-14);
        assert!((ein(2.0 - 1e-12) - ein(2.0 + 1e-12)).abs() < 1e-11);
        assert!((ein(1e-9) - 1e-9).abs() < 1e-18);
        assert!((ein(1e30) - (1e30_f64.ln() + EULER)).abs() < 1e-12);
        assert_eq!(ein(0.0).to_bits(), 0.0_f64.to_bits());
    }
}
