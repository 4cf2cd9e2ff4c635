//! What the two forms of Yakopcic's model share: the motion of the state (its equations are in the
//! parent module).

/// The parameters of the motion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Drift {
    pub(super) rate_positive: f64,
    pub(super) rate_negative: f64,
    pub(super) threshold_positive: f64,
    pub(super) threshold_negative: f64,
    pub(super) decay_rising: f64,
    pub(super) decay_falling: f64,
    pub(super) onset_rising: f64,
    pub(super) onset_falling: f64,
    pub(super) direction: f64,
}

impl Drift {
    /// dx/dt at a voltage of the cell.
    pub(super) fn velocity(&self, x: f64, v: f64) -> f64 {
        let push = if v > self.threshold_positive {
            self.rate_positive * (v.exp() - self.threshold_positive.exp())
        } else if v < -self.threshold_negative {
            -self.rate_negative * ((-v).exp() - self.threshold_negative.exp())
        } else {
            return 0.0;
        };
        let speed = self.direction * push;
        let window = if speed > 0.0 {
            let beyond = x - self.onset_rising;
            if beyond < 0.0 {
                1.0
            } else {
                (-self.decay_rising * beyond).exp() * (1.0 - beyond / (1.0 - self.onset_rising))
            }
        } else {
            let beyond = 1.0 - self.onset_falling - x;
            if beyond < 0.0 {
                1.0
            } else {
                (-self.decay_falling * beyond).exp() * x / (1.0 - self.onset_falling)
            }
        };
        speed * window
    }

    /// How far the voltage is beyond the threshold of its polarity, V.
    pub(super) fn margin(&self, v: f64, positive: bool) -> f64 {
        if positive { v - self.threshold_positive } else { -v - self.threshold_negative }
    }

    /// The first parameter that no device can have, with its value and what would be right.
    pub(super) fn fault(&self) -> Option<(&'static str, f64, &'static str)> {
        if (self.direction.abs() - 1.0).abs() > 0.0 {
            return Some(("direction", self.direction, "it must be 1 or -1"));
        }
        [("onset_rising", self.onset_rising), ("onset_falling", self.onset_falling)]
            .into_iter()
            .find(|(_, value)| *value >= 1.0)
            .map(|(name, value)| (name, value, "it must be below 1"))
    }
}

/// `Parameters::drift` from the fields of the same names.
macro_rules! drift {
    () => {
        impl Parameters {
            fn drift(&self) -> $crate::yakopcic::drift::Drift {
                $crate::yakopcic::drift::Drift {
                    rate_positive: self.rate_positive,
                    rate_negative: self.rate_negative,
                    threshold_positive: self.threshold_positive,
                    threshold_negative: self.threshold_negative,
                    decay_rising: self.decay_rising,
                    decay_falling: self.decay_falling,
                    onset_rising: self.onset_rising,
                    onset_falling: self.onset_falling,
                    direction: self.direction,
                }
            }
        }
    };
}
pub(super) use drift;
