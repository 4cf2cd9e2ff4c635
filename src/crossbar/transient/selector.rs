//! Volatile threshold selectors in series with the cells.
//!
//! A selector is off (resistance 1/G_off) until its own voltage exceeds V_th, and then on (1/G_on) until
//! its current falls below I_hold: a snapback that no curve of the current over the voltage can say, so the
//! branch is a state of each cell. It changes between steps; a step that would overshoot the threshold by more
//! than the voltage tolerance, or fall short of the hold current by more than 2 %, is shortened. A cell that cannot carry I_hold makes its selector go on and off
//! from step to step (the relaxation oscillation of the circuit, without its capacitances).
//!
//! | symbol | meaning | common value |
//! |---|---|---|
//! | G_off, G_on | conductance, S | 1e-9, 1e-3 |
//! | V_th | threshold of the selector's own voltage, V | |
//! | I_hold | hold current, A | |
//!
//! Left out: delay of turning on, drift and spread of the threshold, and the energy of the switch.
//! Pinned by: `tests/crossbar_transient.rs`.

use device_models::CurrentLimit;

use crate::crossbar::error::CrossbarError;

/// A threshold selector.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThresholdSelector {
    /// Conductance when off, S.
    pub off: f64,
    /// Conductance when on, S.
    pub on: f64,
    /// Voltage at which it turns on, V.
    pub threshold: f64,
    /// Current below which it turns off, A.
    pub hold_current: f64,
}

impl ThresholdSelector {
    /// What stands in series with a cell.
    pub(super) fn limit(&self, on: bool) -> CurrentLimit {
        CurrentLimit::Resistor(1.0 / if on { self.on } else { self.off })
    }

    /// How far the voltage of one that is off is above its threshold, V.
    pub(super) fn overshoot(&self, current: f64) -> f64 {
        current.abs() / self.off - self.threshold
    }

    /// What a current lacks of the hold current, relative to it.
    pub(super) fn lack(&self, current: f64) -> f64 {
        1.0 - current.abs() / self.hold_current
    }

    /// Whether it switches at a current of its cell.
    pub(super) fn switches(&self, on: bool, current: f64) -> bool {
        if on { current.abs() < self.hold_current } else { self.overshoot(current) > 0.0 }
    }

    /// Checks the values.
    pub(super) fn check(&self) -> Result<(), CrossbarError> {
        for (name, value) in [
            ("off", self.off),
            ("on", self.on),
            ("threshold", self.threshold),
            ("hold_current", self.hold_current),
        ] {
            if !(value > 0.0 && value.is_finite()) {
                let field = format!("the selector's {name}");
                return Err(CrossbarError::Value { field, value, expected: "a value above 0" });
            }
        }
        if self.off >= self.on {
            let field = "the selector's conductance when off".to_owned();
            let expected = "less than when it is on";
            return Err(CrossbarError::Value { field, value: self.off, expected });
        }
        Ok(())
    }
}
