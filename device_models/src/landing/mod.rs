//! Where one pulse lands a 1T1R cell whose SET is limited by the gate of its transistor.
//!
//! The statistical model ([`crate::statistical`]) knows complete cycles. Multi-level programming uses
//! pulses that stop on the way; this is what they do, in the same spirit: no filament, but the response
//! that was measured, and its scatter.
//!
//! * SET at gate voltage V: R ← min(R, R_c(V + δ + σ z)), R_c the resistance at which the transistor's
//!   current no longer moves the cell; σ² = σ_n² + (σ_f · min(ln(R/R_c), d))²: a cell that comes from far
//!   lands less exactly than one that is near already. A gate below the first knot moves nothing.
//! * RESET at source-line voltage V: R ← max(R, R_r(V + δ' + σ_r z)). From `complete_voltage` on it is a
//!   complete RESET, and the resistance is the HRS of the cell's next cycle in the statistical model, with
//!   its spread, its memory and its wear.
//! * δ, δ' normal from device to device. A share of the devices is stuck: it never leaves the
//!   low-resistance state.
//!
//! R_c and R_r are straight in ln R between knots. Noise stands in the voltage, so that it is largest
//! where the response is steepest.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | R_c(V), R_r(V) | Ω, V | [`Landing::set`], [`Landing::reset`]: knots |
//! | σ_n, σ_f, d | V, V, 1 | [`Landing::near_deviation`], [`Landing::far_deviation`], [`Landing::far_limit`] |
//! | σ_r | V | [`Landing::reset_deviation`] |
//! | spread of δ, δ' | V | [`Landing::set_device_deviation`], [`Landing::reset_device_deviation`] |
//!
//! Validity: pulses of the measured width; no temperature, no pulse width. Energies are V² G t of the
//! whole path at the conductance after a SET and before a RESET: an upper bound for the cell.
//!
//! Reference: B. Q. Le et al., IEEE TED 68 (2021), doi:10.1109/TED.2021.3097975, and the sweeps of its
//! repository; which numbers are read from sweeps and which are fitted is said in the card.
//! Pinned by: the tests in `array.rs`, `tests/programming_statistics.rs` (whole program).

mod array;
mod card;

pub use self::array::{LandingArray, LandingPulse};
pub(crate) use self::card::RawLanding;

/// ln R against a voltage: straight between knots, constant beyond.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// Voltages, V, rising.
    voltages: Vec<f32>,
    /// Natural logarithms of resistances in Ω.
    logarithms: Vec<f32>,
}

impl Response {
    /// ln R at a voltage.
    pub fn at(&self, voltage: f32) -> f32 {
        let above = self.voltages.partition_point(|v| *v <= voltage);
        let last = self.voltages.len() - 1;
        if above == 0 || above > last {
            return self.logarithms[above.min(last)];
        }
        let (v0, v1) = (self.voltages[above - 1], self.voltages[above]);
        let (y0, y1) = (self.logarithms[above - 1], self.logarithms[above]);
        y0 + (y1 - y0) * (voltage - v0) / (v1 - v0)
    }

    /// Lowest and highest voltage of the knots, V.
    pub fn range(&self) -> (f32, f32) {
        (self.voltages[0], self.voltages[self.voltages.len() - 1])
    }
}

/// A card's `landing` block.
#[derive(Debug, Clone, PartialEq)]
pub struct Landing {
    /// R_c against the gate voltage, falling.
    pub set: Response,
    /// R_r against the source-line voltage, rising.
    pub reset: Response,
    /// σ_n, V.
    pub near_deviation: f32,
    /// σ_f per unit of ln R, V.
    pub far_deviation: f32,
    /// d: distance in ln R beyond which the scatter grows no more.
    pub far_limit: f32,
    /// σ_r, V.
    pub reset_deviation: f32,
    /// Standard deviation of δ, V.
    pub set_device_deviation: f32,
    /// Standard deviation of δ', V.
    pub reset_device_deviation: f32,
    /// Source-line voltage from which a RESET is complete, V.
    pub complete_voltage: f32,
    /// Bit-line voltage of a SET, V.
    pub bit_line_voltage: f32,
    /// Width of a pulse, s.
    pub width: f32,
    /// Standard deviation of a read over the conductance.
    pub read_deviation: f32,
    /// Share of devices that never leave the low-resistance state.
    pub stuck_share: f32,
}

impl Landing {
    /// ln R after a SET whose gate is at `gate` (V, the device's shift included) of a cell at `log`; `z`
    /// is a standard normal number.
    #[inline]
    pub fn after_set(&self, log: f32, gate: f32, z: f32) -> f32 {
        if gate < self.set.range().0 {
            return log;
        }
        let distance = (log - self.set.at(gate)).clamp(0.0, self.far_limit);
        let sigma = self.near_deviation.hypot(self.far_deviation * distance);
        let effective = gate + sigma * z;
        if effective < self.set.range().0 { log } else { log.min(self.set.at(effective)) }
    }

    /// ln R after an incomplete RESET at `voltage` (V, the device's shift included).
    #[inline]
    pub fn after_reset(&self, log: f32, voltage: f32, z: f32) -> f32 {
        let effective = voltage + self.reset_deviation * z;
        if effective < self.reset.range().0 { log } else { log.max(self.reset.at(effective)) }
    }
}
