//! Conductance-step devices: what one write pulse does, without a filament behind it.
//!
//! The published models count weights w between b_min and b_max and know neither volts nor seconds.
//! Here a card adds what turns them into cells: the conductance at w = 0 and per unit of w, and the
//! pulse (magnitude and width) that counts as one. A segment at or above that magnitude is as many
//! pulses as its duration holds, SET above zero, RESET below; what is left over of a pulse moves the
//! weight by its share. Below the magnitude nothing moves.
//!
//! One pulse in direction d = ±1:
//! * w ← clip(w + d Δ_d y_d(w) + noise), Δ_d = Δw_min (1 + d β), y the shape of the model
//!   ([`linear`], [`exponential`], [`power`])
//! * noise: see each shape; drawn only with a stream
//! * write noise: the conductance read is that of w + σ_w Δw_min ξ, with ξ drawn anew at each pulse;
//!   w itself is not touched.
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | Δw_min, β | 1 | `step`, `step_asymmetry` |
//! | b_min, b_max | 1 | `weight_min`, `weight_max` |
//! | σ_c, σ_w | 1 | `cycle_noise`, `write_noise` |
//! | G(0), dG/dw | S | `conductance_at_zero`, `conductance_per_weight` |
//! | pulse | V, s | `pulse_voltage`, `pulse_width` |
//!
//! Validity: trains of identical pulses. There is no dependence on pulse height, width or temperature,
//! and no retention loss. The cell is ohmic.
//!
//! References: T. Gokmen, Y. Vlasov, Front. Neurosci. 10, 333 (2016), doi:10.3389/fnins.2016.00333;
//! M. J. Rasch et al., IEEE AICAS (2021), doi:10.1109/AICAS51828.2021.9458494 (shapes and presets of
//! the open toolkit aihwkit); N. Gong et al., Nat. Commun. 9, 2102 (2018),
//! doi:10.1038/s41467-018-04485-1 (exponential and soft-bounds fits of a ReRAM).
//! Pinned by: `tests/conductance_step.rs`, `tests/properties.rs`.

mod common;
pub mod exponential;
pub mod linear;
pub mod power;

use std::fmt::Debug;

use numerics::rng::Stream;

use self::common::Common;
use crate::error::DeviceError;
use crate::model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, Segment, StateVariable, Surroundings,
};
use crate::motion::{Stop, check, split_at_zero};

/// The shape of a step.
pub trait Step: Clone + Send + Sync + Debug {
    /// The model's name in cards.
    const NAME: &'static str;

    /// What all shapes share.
    fn common(&self) -> Common;

    /// Size of a step in units of Δ_d at weight w, at least 0.
    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64;

    /// Standard deviation of one step, in units of the weight, when its mean is `mean` ≥ 0.
    fn deviation(&self, common: &Common, _weight: f64, mean: f64) -> f64 {
        common.cycle_noise * mean
    }
}

/// A conductance-step device with the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct ConductanceStep<S> {
    step: S,
}

const VARIABLES: &[StateVariable] = &[
    StateVariable { name: "programmed_conductance", unit: "S", long_name: "conductance without write noise" },
    StateVariable { name: "write_noise", unit: "S", long_name: "write noise of the last pulse" },
];
const SPREAD: &[&str] = &["step", "conductance_per_weight"];

impl<S: Step> ConductanceStep<S> {
    /// The model with this shape.
    pub fn new(step: S) -> Self {
        Self { step }
    }

    fn cell(&self, spread: &[f64]) -> Common {
        let factor = |i: usize| spread.get(i).copied().unwrap_or(1.0);
        let common = self.step.common();
        Common {
            step: common.step * factor(0),
            conductance_per_weight: common.conductance_per_weight * factor(1),
            ..common
        }
    }

    /// One pulse, or the share of one.
    fn pulse(
        &self,
        cell: &Common,
        state: &mut [f64],
        up: bool,
        share: f64,
        noise: Option<&mut Stream>,
    ) -> Flags {
        let direction = if up { 1.0 } else { -1.0 };
        let weight = cell.weight(state[0]);
        let size = cell.step * (1.0 + direction * cell.step_asymmetry) * share;
        let mean = size * self.step.shape(cell, weight, up);
        let mut moved = weight + direction * mean;
        if let Some(stream) = noise {
            moved += self.step.deviation(cell, weight, mean) * stream.normal();
            if cell.write_noise > 0.0 {
                state[1] = cell.write_noise * cell.step * cell.conductance_per_weight * stream.normal();
            }
        }
        state[0] = cell.conductance(moved.clamp(cell.weight_min, cell.weight_max));
        Flags {
            lower_bound: moved < cell.weight_min,
            upper_bound: moved > cell.weight_max,
            ..Flags::default()
        }
    }

    /// The pulses of a segment of one polarity.
    fn train(
        &self,
        cell: &Common,
        state: &mut [f64],
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        mut noise: Option<&mut Stream>,
    ) -> Motion {
        let mut motion = Motion::default();
        while motion.elapsed < segment.duration && !motion.crossed {
            let from = segment.voltage_at(motion.elapsed);
            let left = segment.duration - motion.elapsed;
            let width = left.min(cell.pulse_width);
            let last = width >= left;
            let to = segment.voltage_at(if last { segment.duration } else { motion.elapsed + width });
            // A hair of slack: the last pulse of a train must not be lost to rounding.
            let high = cell.share_above(from, to) * (width / cell.pulse_width);
            if high == 0.0 && from.to_bits() == to.to_bits() {
                // Nothing moves for the rest of a constant segment.
                let point = Common::point(state, from, surroundings);
                motion.crossed = stop.met(point.current.abs());
                motion.energy += point.current * point.voltage * left;
                motion.elapsed = if motion.crossed { motion.elapsed } else { segment.duration };
                return motion;
            }
            let point = Common::point(state, 0.5 * (from + to), surroundings);
            motion.energy += point.current * point.voltage * width;
            if high > 0.0 {
                let share = if high > 1.0 - 1e-9 { 1.0 } else { high };
                let flags = self.pulse(cell, state, from + to > 0.0, share, noise.as_deref_mut());
                motion.flags = motion.flags.union(flags);
            }
            motion.flags.compliance |= point.limited;
            motion.elapsed = if last { segment.duration } else { motion.elapsed + width };
            motion.steps += 1;
            motion.evaluations += 1;
            motion.crossed = stop.met(Common::point(state, to, surroundings).current.abs());
        }
        motion
    }
}

impl<S: Step> DeviceModel for ConductanceStep<S> {
    fn name(&self) -> &'static str {
        S::NAME
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        VARIABLES
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        SPREAD
    }

    fn set_polarity(&self) -> f64 {
        1.0
    }

    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        let cell = self.cell(spread);
        (cell.conductance(cell.weight_min), cell.conductance(cell.weight_max))
    }

    fn rest(&self, slow: f64, _surroundings: &Surroundings) -> Vec<f64> {
        vec![slow, 0.0]
    }

    fn operating_point(
        &self,
        _spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        check(S::NAME, state, VARIABLES.len(), &Segment::constant(voltage, 0.0))?;
        Ok(Common::point(state, voltage, surroundings))
    }

    fn advance(
        &self,
        spread: &[f64],
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        mut noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        check(S::NAME, state, VARIABLES.len(), segment)?;
        let cell = self.cell(spread);
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        let (parts, count) = split_at_zero(segment);
        for part in parts.iter().take(count) {
            let motion = self.train(&cell, state, part, (surroundings, &mut stop), noise.as_deref_mut());
            crate::motion::append(&mut total, &motion);
            if total.crossed {
                break;
            }
        }
        Ok(total)
    }
}
