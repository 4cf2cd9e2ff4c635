//! A cell known by the conductance that a verified write left in it: no bias moves it.
//!
//! Equation: I = G V.
//!
//! Measured arrays are often described this way: every cell was programmed to a level and verified,
//! and only what happens afterwards was measured. That is the card's `relaxation` block
//! ([`crate::relaxation`]); how the cell was switched is not known, so this model does not pretend to.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | G | S | the state |
//! | G_min, G_max | S | `minimum_conductance`, `maximum_conductance` |
//!
//! Validity: read voltages. Pulses do not move it, so it cannot be written in an array; a card of
//! this model has no `writing` block.
//!
//! Pinned by: the tests below.

use crate::error::DeviceError;
use crate::model::{OperatingPoint, StateVariable, Surroundings};
use crate::parameters::parameters;
use crate::scalar::{Law, Scalar, cold_point};

/// The model's name in cards.
pub const NAME: &str = "programmed_conductance";

parameters! {
    NAME;
    /// Lowest programmed conductance, S.
    minimum_conductance, "G_min", "S", None, NonNegative, "lowest conductance that is programmed";
    /// Highest programmed conductance, S.
    maximum_conductance, "G_max", "S", None, Positive, "highest conductance that is programmed";
}

impl Parameters {
    fn consistent(&self) -> Result<(), DeviceError> {
        if self.maximum_conductance > self.minimum_conductance {
            return Ok(());
        }
        Err(DeviceError::InvalidParameter {
            model: NAME,
            parameter: "maximum_conductance",
            value: self.maximum_conductance,
            demand: "it must exceed minimum_conductance",
        })
    }
}

/// The equation with its bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Equations {
    /// The card's parameters.
    pub parameters: Parameters,
}

/// A programmed cell with the parameters of one card.
pub type ProgrammedConductance = Scalar<Equations>;

impl Law for Equations {
    const NAME: &'static str = NAME;
    const VARIABLE: &'static [StateVariable] =
        &[StateVariable { name: "conductance", unit: "S", long_name: "programmed conductance" }];
    const SPREAD: &'static [&'static str] = &[];
    const SCALE: f64 = 1e-5;

    fn with_spread(&self, _spread: &[f64]) -> Self {
        *self
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn bounds(&self) -> (f64, f64) {
        (self.parameters.minimum_conductance, self.parameters.maximum_conductance)
    }

    fn electrical(&self, x: f64, voltage: f64, surroundings: &Surroundings) -> OperatingPoint {
        cold_point(voltage, surroundings, |v| (x * v, x))
    }

    fn velocity(&self, _x: f64, _point: &OperatingPoint) -> f64 {
        0.0
    }

    fn drive_margin(&self, _x: f64, _point: &OperatingPoint, _positive: bool) -> f64 {
        // Below any threshold, whatever the voltage.
        -1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limit::CurrentLimit;
    use crate::model::{DeviceModel, Segment};

    #[test]
    fn it_is_ohmic_and_no_bias_moves_it() {
        let parameters = Parameters { minimum_conductance: 0.0, maximum_conductance: 40e-6 };
        let cell = ProgrammedConductance::new(Equations { parameters });
        let room = Surroundings { ambient_temperature: 293.0, limit: CurrentLimit::None };
        let mut state = cell.rest(20e-6, &room);
        let segment = Segment { start_voltage: -2.0, end_voltage: 3.0, duration: 1.0 };
        let motion = cell.advance(&[], &mut state, &segment, &room, None, None).unwrap();
        assert_eq!(state[0].to_bits(), 20e-6_f64.to_bits());
        // ∫ G V² dt over the ramp: G (27 + 8)/(3 · 5).
        assert!((motion.energy / (20e-6 * 35.0 / 15.0) - 1.0).abs() < 1e-4, "{}", motion.energy);
        let point = cell.operating_point(&[], &state, 0.2, &room).unwrap();
        assert!((point.current - 4e-6).abs() < 1e-18);
        let swapped = Parameters { minimum_conductance: 2.0, maximum_conductance: 1.0 };
        assert!(swapped.consistent().unwrap_err().to_string().contains("maximum_conductance"));
    }
}
