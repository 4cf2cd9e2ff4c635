//! Metastable switches: N independent two-state switches, each OFF or ON. The state x is the share of
//! switches that are ON. Positive voltage turns switches ON: **SET above zero** where G_on > G_off.
//!
//! Equations:
//! * OFF → ON at the rate r₊ = (1/τ) / (1 + exp(−(V − V_on)/V_T))
//! * ON → OFF at the rate r₋ = (1/τ) / (1 + exp((V + V_off)/V_T)), V_T = kT/e at ambient temperature
//! * mean: dx/dt = r₊ (1 − x) − r₋ x
//! * I = φ G V + (1 − φ) \[α_f (e^(β_f V) − 1) − α_r (e^(−β_r V) − 1)\], G = G_off + (G_on − G_off) x
//!
//! Noise: at constant voltage a switch that was ON is ON after t with probability x_∞ + (1 − x_∞) e^(−kt),
//! one that was OFF with x_∞ (1 − e^(−kt)); k = r₊ + r₋, x_∞ = r₊/k. Both numbers are binomial, and
//! drawn so: the published step of probability dt/τ, right for dt ≪ τ only, is not used, and the
//! result does not depend on how a time is divided.
//!
//! The published I has α_f − α_r in place of the two "−1": a current at 0 V, which is left out here.
//!
//! | symbol | Ag chalcogenide | unit | here |
//! |---|---|---|---|
//! | τ | 0.32e-3 | s | `time_constant` |
//! | N | 1e6 | 1 | `switches` |
//! | G_off, G_on | 0.91e-3, 8.7e-3 | S | `off_conductance`, `on_conductance` |
//! | V_on, V_off | 0.17, 0.22 | V | `on_voltage`, `off_voltage` |
//! | φ | 1 | 1 | `switch_share` |
//! | α_f, β_f | 0, 0 | A, 1/V | `forward_current`, `forward_slope` |
//! | α_r, β_r | 0, 0 | A, 1/V | `reverse_current`, `reverse_slope` |
//!
//! Validity: phenomenological; rates saturate at 1/τ, so that switching gets no faster at high
//! voltage. States decay slowly at 0 V, as the equations say. Noise is off unless it is asked for.
//!
//! Reference: M. A. Nugent, T. W. Molter, PLoS ONE 9, e85175 (2014),
//! doi:10.1371/journal.pone.0085175.
//! Pinned by: `tests/generic_published.rs`, `tests/properties.rs`.

mod binomial;

use numerics::rng::Stream;

use self::binomial::binomial;
use crate::constants::{BOLTZMANN, CHARGE};
use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Noise, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "metastable_switch";

parameters! {
    NAME;
    /// Time constant, s.
    time_constant, "τ", "s", None, Positive, "inverse of the largest rate of a switch";
    /// Number of switches, 1.
    switches, "N", "1", None, Positive, "number of switches";
    /// Conductance with all switches OFF, S.
    off_conductance, "G_off", "S", None, Positive, "conductance with all switches off";
    /// Conductance with all switches ON, S.
    on_conductance, "G_on", "S", None, Positive, "conductance with all switches on";
    /// Voltage of half rate to ON, V.
    on_voltage, "V_on", "V", None, Positive, "voltage at which the rate to on is half its largest";
    /// Magnitude of the voltage of half rate to OFF, V.
    off_voltage, "V_off", "V", None, Positive, "magnitude of the negative voltage at which the rate to off is half its largest";
    /// Share of the current that flows through the switches, 1.
    switch_share, "φ", "1", None, Positive, "share of the current through the switches";
    /// Forward current of the barrier, A.
    forward_current, "α_f", "A", None, NonNegative, "prefactor of the barrier's forward current";
    /// Forward slope of the barrier, 1/V.
    forward_slope, "β_f", "1/V", None, NonNegative, "voltage slope of the barrier's forward current";
    /// Reverse current of the barrier, A.
    reverse_current, "α_r", "A", None, NonNegative, "prefactor of the barrier's reverse current";
    /// Reverse slope of the barrier, 1/V.
    reverse_slope, "β_r", "1/V", None, NonNegative, "voltage slope of the barrier's reverse current";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        let refuse = |parameter, value, demand| {
            Err(DeviceError::InvalidParameter { model: NAME, parameter, value, demand })
        };
        if self.switch_share > 1.0 {
            return refuse("switch_share", self.switch_share, "it must not exceed 1");
        }
        if self.switches < 1.0 || self.switches.fract() != 0.0 || self.switches > 1e12 {
            return refuse("switches", self.switches, "it must be a whole number up to 1e12");
        }
        Ok(())
    }

    /// Rates of a switch to ON and to OFF, 1/s.
    pub fn rates(&self, point: &OperatingPoint) -> (f64, f64) {
        let thermal = BOLTZMANN * point.temperature / CHARGE;
        let to_on = 1.0 / (1.0 + (-(point.voltage - self.on_voltage) / thermal).exp());
        let to_off = 1.0 / (1.0 + ((point.voltage + self.off_voltage) / thermal).exp());
        (to_on / self.time_constant, to_off / self.time_constant)
    }
}

/// The model of metastable switches with the parameters of one card.
pub type MetastableSwitch = Scalar<Parameters>;

impl Law for Parameters {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] =
        &[StateVariable { name: "on_share", unit: "1", long_name: "share of the switches that are on" }];
    const SPREAD: &'static [&'static str] =
        &["time_constant", "off_conductance", "on_conductance", "on_voltage", "off_voltage"];
    const SCALE: f64 = 0.1;
    const NOISE: Noise = Noise::Leap;

    fn with_spread(&self, spread: &[f64]) -> Self {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        Self {
            time_constant: self.time_constant * factor(0),
            off_conductance: self.off_conductance * factor(1),
            on_conductance: self.on_conductance * factor(2),
            on_voltage: self.on_voltage * factor(3),
            off_voltage: self.off_voltage * factor(4),
            ..*self
        }
    }

    fn set_polarity(&self) -> f64 {
        (self.on_conductance - self.off_conductance).signum()
    }

    fn bounds(&self) -> (f64, f64) {
        (0.0, 1.0)
    }

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        let g = self.switch_share * (self.off_conductance + (self.on_conductance - self.off_conductance) * x);
        let barrier = 1.0 - self.switch_share;
        let (forward, reverse) = (barrier * self.forward_current, barrier * self.reverse_current);
        cold_point(voltage, surroundings, |v| {
            let (f, r) = (self.forward_slope * v, -self.reverse_slope * v);
            (
                g * v + forward * f.exp_m1() - reverse * r.exp_m1(),
                g + forward * self.forward_slope * f.exp() + reverse * self.reverse_slope * r.exp(),
            )
        })
    }

    fn velocity(&self, x: f64, point: &OperatingPoint) -> f64 {
        let (to_on, to_off) = self.rates(point);
        to_on * (1.0 - x) - to_off * x
    }

    fn leap(&self, x: f64, point: &OperatingPoint, duration: f64, stream: &mut Stream) -> f64 {
        let (to_on, to_off) = self.rates(point);
        let rate = to_on + to_off;
        let settled = -(-rate * duration).exp_m1();
        // Switches that were OFF and are ON, and that were ON and are OFF.
        let gained = to_on / rate * settled;
        let lost = to_off / rate * settled;
        let on = (x * self.switches).round();
        let kept = on - binomial(on, lost, stream);
        (kept + binomial(self.switches - on, gained, stream)) / self.switches
    }
}
