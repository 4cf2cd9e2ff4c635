//! Simmons tunnel barrier: an ohmic channel in series with a tunnel barrier whose width w is the
//! state. **SET below zero, RESET above**.
//!
//! Equations:
//! * i > 0: dw/dt = c_off sinh(i/i_off) exp(−exp((w − a_off)/w_c − |i|/b) − w/w_c)
//! * i < 0: dw/dt = c_on sinh(i/i_on) exp(−exp(−(w − a_on)/w_c − |i|/b) − w/w_c)
//! * V = v + R_s i; with v the voltage across the barrier, energies in eV, Δ = w₂ − w₁:
//! * i = e² A/(2πh Δ²) \[φ exp(−B√φ) − (φ + v) exp(−B√(φ + v))\], B = 4πΔ √(2me)/h
//! * φ = φ₀ − v (w₁ + w₂)/(2w) − 1.15 λ (w/Δ) ln\[w₂(w − w₁)/(w₁(w − w₂))\]
//! * λ = e ln 2/(8π ε ε₀ w), w₁ = 1.2 λ w/φ₀, w₂ = w₁ + w \[1 − 9.2 λ/(3φ₀ + 4λ − 2v)\]
//!
//! | symbol | Pt/TiO₂/Pt | unit | here |
//! |---|---|---|---|
//! | c_off, c_on | 3.5e-6, 40e-6 | m/s | `off_velocity`, `on_velocity` |
//! | i_off, i_on | 115e-6, 8.9e-6 | A | `off_current`, `on_current` |
//! | a_off, a_on | 1.2e-9, 1.8e-9 | m | `off_width`, `on_width` |
//! | w_c, b | 107e-12, 500e-6 | m, A | `width_scale`, `current_scale` |
//! | φ₀, ε | 0.95 eV, 5 (not confirmed against the paper) | J, 1 | `barrier_height`, `permittivity` |
//! | A, R_s | 1e-14, 215 (not confirmed against the paper) | m², Ω | `area`, `series_resistance` |
//! | w | 1.1e-9 to 1.9e-9 (a choice) | m | `minimum_width`, `maximum_width` |
//!
//! Validity: one device. Simmons' expression for a barrier below its height holds for v < φ₀; from
//! 0.8 φ₀ on the current is continued along its tangent. Beyond [`LARGEST_LIFT`] times i_off or i_on
//! the current no longer raises sinh. Both set the flag `field_capped`. There is no temperature.
//!
//! References: M. D. Pickett et al., J. Appl. Phys. 106, 074508 (2009), doi:10.1063/1.3236506;
//! J. G. Simmons, J. Appl. Phys. 34, 1793 (1963), doi:10.1063/1.1702682; switching values as in
//! S. Kvatinsky et al., IEEE TCAS-I 60, 211 (2013), doi:10.1109/TCSI.2012.2215714, Fig. 8.
//! Pinned by: `tests/simmons_barrier.rs`, `tests/properties.rs`.

use numerics::roots::newton_rising;

use crate::constants::{CHARGE, PLANCK, VACUUM_PERMITTIVITY};
use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "simmons_barrier";

/// Largest |i|/i_off or |i|/i_on that enters the velocity.
pub const LARGEST_LIFT: f64 = 60.0;

/// Mass of the electron, kg.
const ELECTRON_MASS: f64 = 9.109_383_7e-31;

parameters! {
    NAME;
    /// Velocity of RESET, m/s.
    off_velocity, "c_off", "m/s", None, Positive, "velocity prefactor of RESET";
    /// Velocity of SET, m/s.
    on_velocity, "c_on", "m/s", None, Positive, "velocity prefactor of SET";
    /// Current scale of RESET, A.
    off_current, "i_off", "A", None, Positive, "current scale of RESET";
    /// Current scale of SET, A.
    on_current, "i_on", "A", None, Positive, "current scale of SET";
    /// Width at which RESET slows, m.
    off_width, "a_off", "m", None, Positive, "barrier width at which RESET slows";
    /// Width at which SET slows, m.
    on_width, "a_on", "m", None, Positive, "barrier width at which SET slows";
    /// Scale of the width, m.
    width_scale, "w_c", "m", None, Positive, "scale of the barrier width in the velocity";
    /// Scale of the current in the slowing, A.
    current_scale, "b", "A", None, Positive, "current scale of the slowing";
    /// Barrier height, J.
    barrier_height, "φ_0", "J", None, Positive, "height of the tunnel barrier";
    /// Relative permittivity, 1.
    permittivity, "ε", "1", None, Positive, "relative permittivity of the barrier";
    /// Area, m².
    area, "A", "m^2", None, Positive, "area of the tunnel barrier";
    /// Series resistance, Ω.
    series_resistance, "R_s", "Ohm", None, NonNegative, "resistance of the channel in series with the barrier";
    /// Smallest width, m.
    minimum_width, "w_min", "m", None, Positive, "smallest barrier width";
    /// Largest width, m.
    maximum_width, "w_max", "m", None, Positive, "largest barrier width";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let refuse = |parameter, value, demand| {
            Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
        };
        if self.maximum_width <= self.minimum_width {
            return refuse("maximum_width", self.maximum_width, "it must exceed minimum_width");
        }
        // A barrier is left at the largest voltage at which the expression is used.
        let edge = self.edge();
        let current = self.barrier_current(self.minimum_width, edge);
        if !(current.is_finite() && current > self.barrier_current(self.minimum_width, 0.99 * edge)) {
            return refuse("minimum_width", self.minimum_width, "it must leave a barrier to tunnel through");
        }
        Ok(())
    }

    /// Voltage across the barrier beyond which the current is continued along its tangent, V.
    fn edge(&self) -> f64 {
        0.8 * self.barrier_height / CHARGE
    }

    /// Simmons' current at a barrier voltage from 0 V to the edge, A.
    fn barrier_current(&self, w: f64, v: f64) -> f64 {
        use std::f64::consts::{LN_2, PI};
        let height = self.barrier_height / CHARGE;
        let image = CHARGE * LN_2 / (8.0 * PI * self.permittivity * VACUUM_PERMITTIVITY * w);
        let first = 1.2 * image * w / height;
        let span = w * (1.0 - 9.2 * image / (3.0 * height + 4.0 * image - 2.0 * v));
        let second = first + span;
        let log = (second * (w - first) / (first * (w - second))).ln();
        let mean = height - v * (first + second) / (2.0 * w) - 1.15 * image * w / span * log;
        let decay = 4.0 * PI * span * (2.0 * ELECTRON_MASS * CHARGE).sqrt() / PLANCK;
        let flux = |energy: f64| energy * (-decay * energy.sqrt()).exp();
        CHARGE * CHARGE * self.area / (2.0 * PI * PLANCK * span * span) * (flux(mean) - flux(mean + v))
    }

    /// Current and slope at a barrier voltage of at least 0 V.
    fn tunnel(&self, w: f64, v: f64) -> (f64, f64) {
        let edge = self.edge();
        let at = v.min(edge);
        // Central difference; the current is odd in the voltage.
        let step = 1e-5 * edge;
        let below = at - step;
        let low = self.barrier_current(w, below.abs()).copysign(below);
        let slope = (self.barrier_current(w, at + step) - low) / (2.0 * step);
        (self.barrier_current(w, at) + slope * (v - at), slope)
    }

    /// Current and slope of barrier and channel at a voltage of at least 0 V.
    fn cell(&self, w: f64, voltage: f64) -> (f64, f64) {
        let r = self.series_resistance;
        let excess = |v| {
            let (current, slope) = self.tunnel(w, v);
            (v + r * current - voltage, 1.0 + r * slope)
        };
        let v = if r == 0.0 {
            voltage
        } else {
            newton_rising(excess, 0.0, voltage, voltage.min(self.edge()), 1e-14 * voltage).unwrap_or(f64::NAN)
        };
        let (current, slope) = self.tunnel(w, v);
        (current, slope / (1.0 + r * slope))
    }
}

/// The tunnel-barrier model with the parameters of one card.
pub type SimmonsBarrier = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] =
        &[StateVariable { name: "barrier_width", unit: "m", long_name: "width of the tunnel barrier" }];
    const SPREAD: &'static [&'static str] = &["off_velocity", "on_velocity", "area", "series_resistance"];
    const SCALE: f64 = 1e-10;
    const RAMP_PIECES: u32 = 8;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            off_velocity: self.off_velocity * factor(0),
            on_velocity: self.on_velocity * factor(1),
            area: self.area * factor(2),
            series_resistance: self.series_resistance * factor(3),
            ..*self
        }
    }

    fn set_polarity(&self) -> f64 {
        -1.0
    }

    fn bounds(&self) -> (f64, f64) {
        (self.minimum_width, self.maximum_width)
    }

    fn electrical(&self, w: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        cold_point(voltage, surroundings, |v| {
            let (current, slope) = self.cell(w, v.abs());
            (current.copysign(v), slope)
        })
    }

    fn velocity(&self, w: f64, point: &OperatingPoint) -> f64 {
        let i = point.current;
        let size = i.abs();
        let (velocity, scale, approach) = if i > 0.0 {
            (self.off_velocity, self.off_current, w - self.off_width)
        } else {
            (-self.on_velocity, self.on_current, self.on_width - w)
        };
        let slowing = (approach / self.width_scale - size / self.current_scale).exp() + w / self.width_scale;
        velocity * (size / scale).min(LARGEST_LIFT).sinh() * (-slowing).exp()
    }

    fn outside(&self, _w: f64, point: &OperatingPoint) -> bool {
        let scale = if point.current > 0.0 { self.off_current } else { self.on_current };
        let size = point.current.abs();
        size > LARGEST_LIFT * scale || point.voltage.abs() - self.series_resistance * size > self.edge()
    }
}
