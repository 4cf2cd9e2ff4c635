//! Why a cell does not do what it is written for: five causes, each decided by a rule.
//!
//! | cause | rule |
//! |---|---|
//! | not formed | after the last pulse of forming the resistance is still above that of a formed cell |
//! | stuck low | after the pulses allowed for a RESET the resistance is still in the low window |
//! | stuck high | after the pulses allowed for a SET the resistance is still in the high window |
//! | budget exhausted | after the pulses allowed the resistance lies between the windows: the cell moves, but not far enough |
//! | drifted out | it was in the right window after its last pulse, and is not after the hold |
//!
//! A cell of an array whose write pulses have worn it out may stay where it was, in neither window: that is a cause
//! of its own, which no rule decides.
//!
//! The windows are R ≤ R_low and R ≥ R_high.
//!
//! Pinned by: the tests below.

/// The cause of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum FailureCause {
    /// The cell never conducted.
    NotFormed = 1,
    /// It stays in the low-resistance state.
    StuckLow = 2,
    /// It stays in the high-resistance state.
    StuckHigh = 3,
    /// It moves, but the pulses allowed do not bring it into the window.
    BudgetExhausted = 4,
    /// It left the window by itself.
    DriftedOut = 5,
    /// Its write pulses have worn it out, and it stays where it was.
    WornOut = 6,
}

impl FailureCause {
    /// The causes that a rule decides, in the order of their codes.
    pub const ALL: [Self; 5] =
        [Self::NotFormed, Self::StuckLow, Self::StuckHigh, Self::BudgetExhausted, Self::DriftedOut];

    /// The number in records; 0 there is a cell that did not fail.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotFormed => "not formed",
            Self::StuckLow => "stuck low",
            Self::StuckHigh => "stuck high",
            Self::BudgetExhausted => "budget exhausted",
            Self::DriftedOut => "drifted out",
            Self::WornOut => "worn out",
        }
    }
}

/// What a pulse was to reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// R ≤ R_low.
    Low,
    /// R ≥ R_high.
    High,
}

/// The resistances that count as low and as high, Ω.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Windows {
    /// Largest resistance of the low-resistance state.
    pub low: f64,
    /// Smallest resistance of the high-resistance state.
    pub high: f64,
}

impl Windows {
    /// Whether the resistance is where it should be.
    pub fn holds(&self, target: Target, resistance: f64) -> bool {
        match target {
            Target::Low => resistance <= self.low,
            Target::High => resistance >= self.high,
        }
    }

    /// The cause, if the resistance left by all pulses allowed is not where it should be.
    pub fn after_pulses(&self, target: Target, resistance: f64) -> Option<FailureCause> {
        if self.holds(target, resistance) {
            None
        } else if target == Target::High && resistance <= self.low {
            Some(FailureCause::StuckLow)
        } else if target == Target::Low && resistance >= self.high {
            Some(FailureCause::StuckHigh)
        } else {
            Some(FailureCause::BudgetExhausted)
        }
    }

    /// The cause, if a resistance that was where it should be is no longer.
    pub fn after_hold(&self, target: Target, resistance: f64) -> Option<FailureCause> {
        (!self.holds(target, resistance)).then_some(FailureCause::DriftedOut)
    }
}

/// The cause, if forming ended at this resistance although a formed cell lies below `formed_below`, Ω.
pub fn after_forming(formed_below: f64, resistance: f64) -> Option<FailureCause> {
    (resistance > formed_below || resistance.is_nan()).then_some(FailureCause::NotFormed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_its_rule() {
        let windows = Windows { low: 10e3, high: 30e3 };
        let pulses = |target, resistance| windows.after_pulses(target, resistance);
        assert_eq!(pulses(Target::High, 30e3), None);
        assert_eq!(pulses(Target::High, 10e3), Some(FailureCause::StuckLow));
        assert_eq!(pulses(Target::High, 20e3), Some(FailureCause::BudgetExhausted));
        assert_eq!(pulses(Target::Low, 10e3), None);
        assert_eq!(pulses(Target::Low, 20e3), Some(FailureCause::BudgetExhausted));
        assert_eq!(pulses(Target::Low, 30e3), Some(FailureCause::StuckHigh));
        assert_eq!(windows.after_hold(Target::Low, 10.1e3), Some(FailureCause::DriftedOut));
        assert_eq!(windows.after_hold(Target::High, 31e3), None);
        assert_eq!(after_forming(15e3, 1e9), Some(FailureCause::NotFormed));
        assert_eq!(after_forming(15e3, 7e3), None);
        for (k, cause) in FailureCause::ALL.iter().enumerate() {
            assert_eq!(usize::from(cause.code()), k + 1);
        }
    }
}
