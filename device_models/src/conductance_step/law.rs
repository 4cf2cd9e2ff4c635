//! One conductance-step device as numbers: the form in which arrays hold it ([`super::array`]).
//!
//! Every direction is described in the coordinate s that rises with the pulses: s = w for steps up,
//! s = −w for steps down. With it a step of either direction is s ← s + m(s) + n(s) ξ, and the laws are
//! * affine: m = a − b s (constant steps b = 0, linear steps, soft bounds, saturating steps);
//!   n² = (σ m)² + σ_f²
//! * exponential: m = Δ max(0, 1 − A e^(c s)); n = σ m + σ_f + σ_s |s|
//! * power: m = Δ ((s_max − s)/(b_max − b_min))^γ; n = σ m
//! * table: m = Δ y((s − s_min)/(b_max − b_min)), straight lines between eleven nodes; n = σ m
//!
//! Pinned by: `tests/step_array.rs`.

/// Nodes of a table of steps.
pub const NODES: usize = 11;

/// What one pulse of one direction does, in the coordinate s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum StepLaw {
    /// m = a − b s.
    Affine {
        /// a, the mean step at weight zero.
        size: f64,
        /// b, its loss per unit of s.
        loss: f64,
    },
    /// m = Δ max(0, 1 − A e^(c s)).
    Exponential {
        /// Δ.
        size: f64,
        /// A.
        amplitude: f64,
        /// c.
        rate: f64,
    },
    /// m = Δ ((s_max − s)/(b_max − b_min))^γ.
    Power {
        /// Δ.
        size: f64,
        /// γ.
        exponent: f64,
    },
    /// m = Δ y, y read from a table over the range, in the direction of the pulses.
    Table {
        /// Δ.
        size: f64,
        /// y at equally spaced s.
        nodes: [f64; NODES],
    },
}

impl StepLaw {
    /// All steps times a factor.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        match self {
            Self::Affine { size, loss } => Self::Affine { size: factor * size, loss: factor * loss },
            Self::Exponential { size, amplitude, rate } => {
                Self::Exponential { size: factor * size, amplitude, rate }
            }
            Self::Power { size, exponent } => Self::Power { size: factor * size, exponent },
            Self::Table { size, nodes } => Self::Table { size: factor * size, nodes },
        }
    }
}

/// Standard deviation of one step.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct StepNoise {
    /// σ, share of the mean.
    pub relative: f64,
    /// σ_f, whatever the mean.
    pub fixed: f64,
    /// σ_s, per unit of |w|.
    pub slope: f64,
}

/// One device.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StepDevice {
    /// b_min.
    pub weight_min: f64,
    /// b_max.
    pub weight_max: f64,
    /// Steps up and down.
    pub laws: [StepLaw; 2],
    /// Their noise.
    pub noise: StepNoise,
    /// Standard deviation of what is read after a pulse, in units of the weight.
    pub write_noise: f64,
    /// Conductance at w = 0, S.
    pub conductance_at_zero: f64,
    /// Conductance per unit of w, S.
    pub conductance_per_weight: f64,
    /// What learning takes one pulse for, up and down, in units of the weight.
    pub nominal_steps: [f64; 2],
    /// Voltage from which on a pulse writes, V.
    pub pulse_voltage: f64,
    /// Width of one pulse, s.
    pub pulse_width: f64,
}

impl StepDevice {
    /// A device whose steps up and down are these factors times its own; noise that does not depend on the step is
    /// as much larger as their mean.
    #[must_use]
    pub fn scaled(self, [up, down]: [f64; 2]) -> Self {
        let mean = 0.5 * (up + down);
        let noise =
            StepNoise { fixed: mean * self.noise.fixed, slope: mean * self.noise.slope, ..self.noise };
        Self {
            laws: [self.laws[0].scaled(up), self.laws[1].scaled(down)],
            nominal_steps: [up * self.nominal_steps[0], down * self.nominal_steps[1]],
            noise,
            ..self
        }
    }
}
