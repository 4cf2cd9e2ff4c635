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
//! Pinned by: the tests below; whole programs by the package's test `programming_statistics`.

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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::card::DeviceCard;
    use crate::statistical::{Parameters, Statistical};

    fn card() -> DeviceCard {
        DeviceCard::shipped("statistical_hfo2_1t1r", &BTreeMap::new()).unwrap()
    }

    #[test]
    fn pulses_move_one_way_and_only_beyond_their_threshold() {
        let landing = card().landing.unwrap();
        let ln = f32::ln;
        // At the knots, without noise: the compliance-limited resistance from above, nothing from below.
        assert!((landing.after_set(ln(9e4), 2.2, 0.0) - ln(5870.0)).abs() < 1e-5);
        assert!((landing.after_set(ln(9e4), 2.225, 0.0) - 0.5 * (ln(5870.0) + ln(5320.0))).abs() < 1e-4);
        for z in [-3.0, 0.0, 3.0] {
            assert!(landing.after_set(ln(5000.0), 2.2, z) <= ln(5000.0));
            assert!(landing.after_reset(ln(2e4), 1.2, z) >= ln(2e4));
            assert_eq!(landing.after_set(ln(9e4), 1.89, z).to_bits(), ln(9e4).to_bits());
        }
        assert!((landing.after_reset(ln(5e3), 1.3, 0.0) - ln(30e3)).abs() < 1e-5);
        assert_eq!(landing.after_reset(ln(5e3), 0.5, 0.0).to_bits(), ln(5e3).to_bits());
        // A cell from near scatters by 10 mV, one from far by √(10² + (60 · 2.5)²) mV.
        let width = |from: f32| landing.after_set(from, 2.4, -1.0) - landing.after_set(from, 2.4, 0.0);
        assert!(width(ln(1e5)) > 5.0 * width(ln(4.9e3)), "{} {}", width(ln(1e5)), width(ln(4.9e3)));
    }

    #[test]
    fn a_complete_reset_is_a_cycle_of_the_statistical_model_at_any_number_of_threads() {
        let card = card();
        let model = Statistical::new(Parameters::from_values(&card.parameters).unwrap()).unwrap();
        let run = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| {
                let mut array = LandingArray::new(card.landing.clone().unwrap(), &model, 2e-4, 10_000, 3);
                let reset = |cell| LandingPulse { cell, voltage: 2.5, set: false };
                array.pulse(&(0..10_000).map(reset).collect::<Vec<_>>(), (3, 0, 1));
                let set = |cell| LandingPulse { cell, voltage: 2.1, set: true };
                let mut logs: Vec<f32> = (0..10_000).map(|cell| -array.conductance(cell).ln()).collect();
                let before = logs.clone();
                array.pulse(&(0..5_000).map(set).collect::<Vec<_>>(), (3, 0, 2));
                let after: Vec<u32> = (0..10_000).map(|cell| array.conductance(cell).to_bits()).collect();
                let stuck = (0..10_000).filter(|cell| array.is_stuck(*cell)).count();
                logs.sort_by(f32::total_cmp);
                (logs[5000], before, after, stuck, array.pulses().to_vec())
            })
        };
        let (median, before, after, stuck, pulses) = run(1);
        // The card's median HRS of a first cycle: 122 kOhm before the wear of the measured cycles.
        assert!((median.exp() / 122e3 - 1.0).abs() < 0.1, "{}", median.exp());
        // 0.12 % of 10 000, four standard deviations.
        assert!((stuck as f64 - 12.0).abs() < 14.0, "{stuck}");
        assert_eq!((pulses[0], pulses[9999]), (2, 1));
        assert_eq!(after[9999], (-before[9999]).exp().to_bits());
        assert_eq!(run(3).2, after);
    }
}
