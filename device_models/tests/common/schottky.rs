//! The Schottky contact of the JART VCM family written a second time, straight from the papers' equations and
//! solved by scanning and bisection: a reference that shares no code with the models.

use std::f64::consts::PI;

const E: f64 = 1.602_176_634e-19;
const K: f64 = 1.380_649e-23;
const H: f64 = 6.626_070_15e-34;
const EPS0: f64 = 8.854_187_812_8e-12;
const MASS: f64 = 9.10938e-31;
const RICHARDSON: f64 = 6.01e5;

/// A contact; z = 2, m* = m_e, A* = 6.01e5 A/(m² K²).
#[derive(Debug, Clone, Copy)]
pub struct Schottky {
    /// φ_Bn0 and φ_n, V.
    pub barrier: f64,
    pub fermi: f64,
    /// ε_s and ε_φB.
    pub permittivities: (f64, f64),
    /// m².
    pub area: f64,
}

impl Schottky {
    /// Current into the contact at a voltage across it, concentration (m⁻³) and temperature.
    pub fn current(&self, v: f64, n: f64, t: f64) -> f64 {
        let z = 2.0;
        let psi = (self.barrier - self.fermi - v).max(0.0);
        let epsilon = self.permittivities.1 * EPS0;
        let lowering = (E.powi(3) * z * n * psi / (8.0 * PI.powi(2) * epsilon.powi(3))).powf(0.25);
        let phi = (self.barrier - lowering).max(0.0);
        let kt = K * t;
        if v >= 0.0 {
            return self.area * RICHARDSON * t * t * (-phi * E / kt).exp() * ((E * v / kt).exp() - 1.0);
        }
        let w00 = E * H / (4.0 * PI) * (z * n / (MASS * self.permittivities.0 * EPS0)).sqrt();
        let w0 = w00 / (w00 / kt).tanh();
        let xi = w00 / (w00 / kt - (w00 / kt).tanh());
        let root = (PI * w00 * E * (v.abs() + phi / (w00 / kt).cosh().powi(2))).sqrt();
        -self.area * RICHARDSON * t / K * root * (-E * phi / w0).exp() * ((E * v.abs() / xi).exp() - 1.0)
    }
}

/// φ_n of a concentration at a temperature (v2), V.
pub fn fermi_depth(n: f64, t: f64) -> f64 {
    let kt = K * t;
    kt / E * (2.0 * (2.0 * PI * MASS * kt / (H * H)).powf(1.5) / (2.0 * n)).ln()
}

/// Resistance of a piece of filament, Ω.
pub fn ohmic(length: f64, n: f64, mobility: f64, area: f64) -> f64 {
    length / (E * 2.0 * n * mobility * area)
}

/// The first sign change of `f` between `a` and `b`, scanned in 200 steps and bisected.
pub fn first_root(f: impl Fn(f64) -> f64, a: f64, b: f64) -> f64 {
    let at = |i: u32| a + (b - a) * f64::from(i) / 200.0;
    let start = f(at(0)) > 0.0;
    let i = (1..=200).find(|i| (f(at(*i)) > 0.0) != start).expect("a root");
    let (mut low, mut high) = (at(i - 1), at(i));
    for _ in 0..40 {
        let middle = 0.5 * (low + high);
        if (f(middle) > 0.0) == start { low = middle } else { high = middle }
    }
    0.5 * (low + high)
}

/// The temperature at which a filament comes to rest that starts at `ambient`; `heating` is the rise (K) at
/// a temperature.
pub fn settled(ambient: f64, heating: impl Fn(f64) -> f64) -> f64 {
    let mut t = ambient;
    for _ in 0..400 {
        let next = t + 0.6 * (ambient + heating(t) - t);
        if (next - t).abs() < 1e-7 * t {
            return next;
        }
        t = next;
    }
    t
}

/// ∫ dx/speed(x) from `a` to `b` by Simpson's rule with `steps` (even) intervals: the time of an autonomous
/// motion.
pub fn duration(speed: impl Fn(f64) -> f64, a: f64, b: f64, steps: u32) -> f64 {
    let h = (b - a) / f64::from(steps);
    let weight = |i: u32| if i == 0 || i == steps { 1.0 } else { 2.0 + 2.0 * f64::from(i % 2) };
    (0..=steps).map(|i| weight(i) / speed(a + h * f64::from(i))).sum::<f64>() * h / 3.0
}
