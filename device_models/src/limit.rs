//! What stands in series with a cell and limits its current: the compliance.
//!
//! * an ideal limit: the current cannot exceed a value, whatever the voltage;
//! * a series resistor: V_R = R I;
//! * a transistor (1T1R) by the square law, I = K \[V_ov V_DS − V_DS²/2\] below
//!   V_DS = V_ov and I = K V_ov²/2 above, with the overdrive V_ov = V_GS − V_th referred to its
//!   source, which at negative cell voltage is the other terminal.
//!
//! Reference for the square law: S. M. Sze, K. K. Ng, Physics of Semiconductor Devices, 3rd ed.,
//! Wiley (2007), section 6.2.2.
//! Pinned by: the tests below and `tests/compliance.rs`.

use numerics::roots::newton_rising;

/// What limits the current of a cell.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum CurrentLimit {
    /// Nothing: the applied voltage is the cell's.
    #[default]
    None,
    /// An ideal limit of |I|, A.
    Ideal(f64),
    /// A resistor in series, Ω.
    Resistor(f64),
    /// A transistor in series.
    Transistor {
        /// K = µ C_ox W/L, A/V².
        transconductance: f64,
        /// V_GS − V_th, V.
        overdrive: f64,
    },
}

/// A cell behind its limit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Share {
    /// Magnitude of the voltage across the cell, V.
    pub voltage: f64,
    /// The current is held at the limit (ideal limit, saturated transistor).
    pub limited: bool,
}

impl CurrentLimit {
    /// Largest |I| that can flow, A.
    pub fn maximum(&self) -> Option<f64> {
        match *self {
            Self::None | Self::Resistor(_) => None,
            Self::Ideal(limit) => Some(limit),
            Self::Transistor { transconductance, overdrive } => {
                Some(0.5 * transconductance * overdrive * overdrive)
            }
        }
    }

    /// Voltage lost at a current |I|, V, and its derivative, Ω. Above [`CurrentLimit::maximum`] a
    /// transistor's is continued steeply, so that a search for the current stays monotone.
    pub fn drop(&self, current: f64) -> (f64, f64) {
        match *self {
            Self::None | Self::Ideal(_) => (0.0, 0.0),
            Self::Resistor(resistance) => (resistance * current, resistance),
            Self::Transistor { transconductance: k, overdrive } => {
                let left = overdrive * overdrive - 2.0 * current / k;
                let floor = 1e-12 * overdrive * overdrive;
                if left > floor {
                    let root = left.sqrt();
                    (overdrive - root, 1.0 / (k * root))
                } else {
                    let slope = 1.0 / (k * floor.sqrt());
                    let edge = 0.5 * k * (overdrive * overdrive - floor);
                    (overdrive - floor.sqrt() + slope * (current - edge), slope)
                }
            }
        }
    }

    /// The cell's share of an applied voltage of magnitude `applied`.
    ///
    /// `cell` gives magnitude and slope of the current at a magnitude of the cell's voltage and
    /// must rise with it.
    pub fn share(&self, applied: f64, mut cell: impl FnMut(f64) -> (f64, f64)) -> Share {
        if *self == Self::None || applied <= 0.0 {
            return Share { voltage: applied, limited: false };
        }
        if let Some(limit) = self.maximum() {
            // What the cell is left with when the limit flows.
            let left = applied - self.drop(limit).0;
            if left > 0.0 && cell(left).0 > limit {
                let excess = |v| {
                    let (current, slope) = cell(v);
                    ((current - limit) / limit, slope / limit)
                };
                let voltage = newton_rising(excess, 0.0, left, 0.5 * left, 1e-13 * left).unwrap_or(f64::NAN);
                return Share { voltage, limited: true };
            }
        }
        if matches!(self, Self::Ideal(_)) {
            return Share { voltage: applied, limited: false };
        }
        let excess = |v| {
            let (current, slope) = cell(v);
            let (lost, resistance) = self.drop(current);
            (v + lost - applied, 1.0 + resistance * slope)
        };
        let voltage = newton_rising(excess, 0.0, applied, 0.5 * applied, 1e-13 * applied).unwrap_or(f64::NAN);
        Share { voltage, limited: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(v: f64) -> (f64, f64) {
        (1e-4 * (v / 0.25).sinh(), 4e-4 * (v / 0.25).cosh())
    }

    const TRANSISTOR: CurrentLimit = CurrentLimit::Transistor { transconductance: 1e-3, overdrive: 0.6 };

    #[test]
    fn the_transistor_follows_the_square_law() {
        for v_ds in [0.01, 0.1, 0.3, 0.59] {
            let current = 1e-3 * (0.6 * v_ds - 0.5 * v_ds * v_ds);
            assert!((TRANSISTOR.drop(current).0 - v_ds).abs() < 1e-12);
            let h = 1e-9;
            let slope = (TRANSISTOR.drop(current + h).0 - TRANSISTOR.drop(current - h).0) / (2.0 * h);
            assert!((TRANSISTOR.drop(current).1 / slope - 1.0).abs() < 1e-3);
        }
        assert!(TRANSISTOR.maximum().is_some_and(|i| (i - 1.8e-4).abs() < 1e-15));
    }

    #[test]
    fn every_share_satisfies_the_circuit() {
        let limits = [CurrentLimit::None, CurrentLimit::Ideal(1e-4), CurrentLimit::Resistor(5e3), TRANSISTOR];
        for limit in limits {
            for applied in [0.0, 0.01, 0.2, 0.5, 1.0, 3.0] {
                let share = limit.share(applied, cell);
                let current = cell(share.voltage).0;
                if share.limited {
                    let most = limit.maximum().unwrap_or(f64::NAN);
                    assert!((current / most - 1.0).abs() < 1e-10, "{limit:?} {applied}: {current}");
                    assert!(share.voltage + limit.drop(most * (1.0 - 1e-9)).0 <= applied);
                } else {
                    let sum = share.voltage + limit.drop(current).0;
                    assert!((sum - applied).abs() < 1e-9, "{limit:?} {applied}: {sum}");
                    assert!(limit.maximum().is_none_or(|most| current <= most * (1.0 + 1e-9)));
                }
            }
        }
    }
}
