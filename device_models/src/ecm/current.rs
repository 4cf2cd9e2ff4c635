//! The implicit current of the ECM cell.
//!
//! Ions pass three resistances in series – two reactions and the hopping between – which electrons
//! bypass by tunnelling or through the contact; both share the ohmic resistance. With the ion current
//! as parameter the voltage is explicit and rises, so one search along s, I_ion = i_fil sinh s, solves
//! the circuit at any magnitude.

use numerics::roots::newton_rising;

use super::Parameters;
use crate::constants::{BOLTZMANN, CHARGE};

/// Magnitudes at one voltage.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Solution {
    /// Ion current, A.
    pub ions: f64,
    /// Ion and electron current, A.
    pub current: f64,
    /// Slope dI/dV of the cell, S.
    pub slope: f64,
    /// Voltage across the insulator's gap, V.
    pub gap_voltage: f64,
}

/// The circuit of one cell at one gap, temperature and polarity.
#[derive(Debug, Clone, Copy)]
pub(super) struct Circuit {
    /// Slopes of the two reactions, 1/V: cell's anode and cathode as seen from the polarity.
    active: f64,
    filament: f64,
    exchange: (f64, f64),
    hopping: f64,
    /// Voltage scale of hopping at this gap, V.
    hopping_voltage: f64,
    electrons: f64,
    resistance: f64,
}

impl Circuit {
    pub(super) fn new(p: &Parameters, gap: f64, temperature: f64, positive: bool) -> Self {
        let thermal_voltage = BOLTZMANN * temperature / CHARGE;
        let unit = p.charge_number / thermal_voltage;
        let (oxidation, reduction) = ((1.0 - p.transfer_coefficient) * unit, p.transfer_coefficient * unit);
        let (active, filament) = if positive { (oxidation, reduction) } else { (reduction, oxidation) };
        Self {
            active,
            filament,
            exchange: p.exchange_currents(temperature),
            hopping: p.hopping_current(temperature),
            hopping_voltage: 2.0 * gap / (p.hopping_distance * unit),
            electrons: p.contact_conductance(gap),
            resistance: p.resistance(gap),
        }
    }

    /// Ion current and gap voltage at s, each with its derivative.
    fn ions(&self, s: f64) -> ((f64, f64), (f64, f64)) {
        let (i_active, i_filament) = self.exchange;
        let (current, slope) = (i_filament * s.sinh(), i_filament * s.cosh());
        let voltage = (current / i_active).ln_1p() / self.active
            + (current / i_filament).ln_1p() / self.filament
            + self.hopping_voltage * (current / self.hopping).asinh();
        let resistance = 1.0 / (self.active * (i_active + current))
            + 1.0 / (self.filament * (i_filament + current))
            + self.hopping_voltage / self.hopping.hypot(current);
        ((current, slope), (voltage, resistance * slope))
    }

    /// Currents at a voltage of magnitude `voltage` across the cell.
    pub(super) fn solve(&self, voltage: f64) -> Solution {
        let excess = |s: f64| {
            let ((ions, ions_s), (v, v_s)) = self.ions(s);
            let total = ions + self.electrons * v;
            let total_s = ions_s + self.electrons * v_s;
            (v + self.resistance * total - voltage, v_s + self.resistance * total_s)
        };
        // The reaction at the filament alone takes the whole voltage here.
        let most = (self.filament * voltage).exp_m1().asinh();
        let most = if most.is_finite() { most } else { self.filament * voltage };
        let s = newton_rising(excess, 0.0, most, 0.5 * most, 1e-12).unwrap_or(f64::NAN);
        let ((ions, ions_s), (gap_voltage, v_s)) = self.ions(s);
        let total_s = ions_s + self.electrons * v_s;
        Solution {
            ions,
            current: ions + self.electrons * gap_voltage,
            slope: total_s / (v_s + self.resistance * total_s),
            gap_voltage,
        }
    }
}
