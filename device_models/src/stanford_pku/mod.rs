//! Stanford–PKU model: a filament that grows and shrinks, seen as the gap g between its tip and
//! the electrode. **SET above zero, RESET below**.
//!
//! Equations:
//! * dg/dt = −v₀ exp(−E_a/kT) sinh(γ a₀ e V/(t_ox kT)) where γ|V|/t_ox ≥ F_min, else 0
//! * γ = γ₀ − β (g/g₁)^α, each of γ₀ and β for SET and for RESET
//! * T = T₀ + |V I| R_th
//! * I = I₀ exp(−g/g₀) sinh(V/V₀)
//! * noise: dg = f dt + √(2D) dW, D = ½ δ₀² τ / \[1 + exp((T_crit − T)/T_smth)\]², where the field
//!   moves the gap at all
//!
//! Version 1.0.0 adds a random *velocity* of δ₀ per time step of τ = 1 ns, so that the spread
//! after a fixed time depends on the step. The diffusion here has the same spread at that step and
//! keeps it at every other. Hard bounds of the gap and the onset at F_min are located events.
//!
//! | symbol | version 1.0.0 | unit | here |
//! |---|---|---|---|
//! | I₀, g₀, V₀ | 1e-3, 0.25e-9, 0.25 | A, m, V | `reference_current`, `gap_scale`, `voltage_scale` |
//! | v₀, E_a, a₀ | 10, 0.6 eV, 0.25e-9 | m/s, J, m | `velocity`, `activation_energy`, `hopping_distance` |
//! | t_ox | 12e-9 | m | `oxide_thickness` |
//! | γ₀ (SET, RESET) | 16, 16 | 1 | `field_enhancement_set`, `field_enhancement_reset` |
//! | β (SET, RESET) | 0.8, 0 | 1 | `gap_sensitivity_set`, `gap_sensitivity_reset` |
//! | g₁, α | 1e-9, 3 | m, 1 | `gap_reference`, `gap_exponent` |
//! | gap | 0.2e-9 to 1.7e-9 | m | `minimum_gap`, `maximum_gap` |
//! | R_th | 2.1e3 | K/W | `thermal_resistance` |
//! | F_min | 1.4e9 | V/m | `minimum_field` |
//! | δ₀, τ | 0.02, 1e-9 | m/s, s | `noise_velocity`, `noise_time` |
//! | T_crit, T_smth | 450, 500 | K | `noise_temperature`, `noise_smoothing` |
//!
//! Validity: bipolar HfOx cells, nanoseconds to milliseconds. Beyond 1500 K the flag
//! `overheated` is set, nothing is clamped. There is no retention loss.
//!
//! References: X. Guan, S. Yu, H.-S. P. Wong, IEEE Electron Device Letters 33, 1405 (2012),
//! doi:10.1109/LED.2012.2210856; Z. Jiang et al., IEEE Trans. Electron Devices 63, 1884 (2016),
//! doi:10.1109/TED.2016.2545412.
//! Pinned by: `tests/stanford_published.rs`, `tests/properties.rs`.

mod parameters;

pub use self::parameters::{PARAMETERS, Parameters};

use crate::constants::{BOLTZMANN, CHARGE};
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::scalar::{Law, Noise, Scalar};

/// The model's name in cards.
pub const NAME: &str = "stanford_pku";

/// The Stanford–PKU model with the parameters of one card.
pub type StanfordPku = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] = &[StateVariable {
        name: "filament_gap",
        unit: "m",
        long_name: "gap between the filament's tip and the electrode",
    }];
    const SPREAD: &'static [&'static str] = &["reference_current", "velocity", "minimum_gap", "maximum_gap"];
    const SCALE: f64 = 1e-9;
    const NOISE: Noise = Noise::Diffusion;
    const OVERHEATED: f64 = 1500.0;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            reference_current: self.reference_current * factor(0),
            velocity: self.velocity * factor(1),
            minimum_gap: self.minimum_gap * factor(2),
            maximum_gap: self.maximum_gap * factor(3),
            ..*self
        }
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn bounds(&self) -> (f64, f64) {
        (self.minimum_gap, self.maximum_gap)
    }

    fn electrical(&self, gap: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let prefactor = self.reference_current * (-gap / self.gap_scale).exp();
        let share = surroundings.limit.share(voltage.abs(), |v| {
            let ratio = v / self.voltage_scale;
            (prefactor * ratio.sinh(), prefactor * ratio.cosh() / self.voltage_scale)
        });
        let cell_voltage = share.voltage.copysign(voltage);
        let ratio = cell_voltage / self.voltage_scale;
        let current = prefactor * ratio.sinh();
        OperatingPoint {
            voltage: cell_voltage,
            current,
            differential_conductance: prefactor * ratio.cosh() / self.voltage_scale,
            temperature: surroundings.ambient_temperature
                + (cell_voltage * current).abs() * self.thermal_resistance,
            limited: share.limited,
        }
    }

    fn velocity(&self, gap: f64, point: &OperatingPoint) -> f64 {
        if point.voltage == 0.0 {
            return 0.0;
        }
        let kt = BOLTZMANN * point.temperature;
        let lift = self.field(gap, point.voltage) * self.hopping_distance * CHARGE / kt;
        // exp(−E/kT) sinh(lift) as two exponentials: their product may overflow separately.
        let barrier = self.activation_energy / kt;
        let size = 0.5 * self.velocity * ((lift - barrier).exp() - (-lift - barrier).exp());
        -size.copysign(size * point.voltage)
    }

    fn drive_margin(&self, gap: f64, point: &OperatingPoint, positive: bool) -> f64 {
        // The polarity's enhancement also at exactly zero.
        let v = if positive { point.voltage.max(f64::MIN_POSITIVE) } else { point.voltage };
        (self.field(gap, v) - self.minimum_field) * Self::SCALE
    }

    fn is_noisy(&self) -> bool {
        self.noise_velocity > 0.0 && self.noise_time > 0.0
    }

    fn diffusion(&self, _gap: f64, point: &OperatingPoint) -> f64 {
        let onset = 1.0 + ((self.noise_temperature - point.temperature) / self.noise_smoothing).exp();
        0.5 * self.noise_velocity * self.noise_velocity * self.noise_time / (onset * onset)
    }
}
