//! Conductance-step devices: what one write pulse does, without a filament behind it.
//!
//! The published models count weights w between b_min and b_max and know neither volts nor seconds.
//! Here a card adds what turns them into cells: the conductance at w = 0 and per unit of w, and the
//! pulse (magnitude and width) that counts as one. A segment at or above that magnitude is as many
//! pulses as its duration holds, SET above zero, RESET below; what is left over of a pulse moves the
//! weight by its share. Below the magnitude nothing moves; a ramp writes on the part above it. A segment
//! of more than 1e9 pulses is refused.
//!
//! One pulse in direction d = ±1:
//! * w ← clip(w + d Δ_d y_d(w) + noise), Δ_d = Δw_min (g + d β) ≥ 0, y the shape of the model
//!   ([`linear`], [`exponential`], [`power`], [`piecewise`], [`saturating`]; [`pmax`] is linear)
//! * noise: see each shape; drawn only with a stream
//! * write noise: the conductance read is that of w + σ_w Δw_min ξ, with ξ drawn anew at each pulse;
//!   w itself is not touched.
//! * read: G = G(0) + (dG/dw) (w − r − w_s). w_s is 0, or with `subtract_symmetry_point` the weight at
//!   which Δ₊ y₊ = Δ₋ y₋ (a bound where there is none between). Soft bounds and power steps with a
//!   reference device are these shapes with r and w_s.
//!
//! From device to device differ g (1 in the mean), β, b_min, b_max and r, each under its card's window;
//! a device that cannot be written has b_min = b_max (`variability.stuck` of cards).
//!
//! | symbol | unit | here |
//! |---|---|---|
//! | Δw_min, β | 1 | `step`, `step_asymmetry` |
//! | b_min, b_max | 1 | `weight_min`, `weight_max` |
//! | r | 1 | `reference`, `subtract_symmetry_point` |
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

pub mod array;
mod common;
mod drive;
pub mod exponential;
pub mod law;
pub mod linear;
pub mod piecewise;
pub mod pmax;
pub mod power;
pub mod saturating;

use std::fmt::Debug;

use numerics::rng::Stream;

use self::common::Common;
use self::drive::Drive;
use self::law::{StepDevice, StepLaw, StepNoise};
use crate::error::DeviceError;
use crate::model::{
    Crossing, DeviceModel, Flags, Motion, OperatingPoint, Segment, StateVariable, Surroundings,
};
use crate::motion::{Stop, append, check, split_at_zero};
use crate::spread::spread_value;

/// The shape of a step.
pub trait Step: Clone + Send + Sync + Debug {
    /// The model's name in cards.
    const NAME: &'static str;

    /// What all shapes share.
    fn common(&self) -> Common;

    /// Size of a step in units of Δ_d at weight w, at least 0.
    fn shape(&self, common: &Common, weight: f64, up: bool) -> f64;

    /// The same steps as a law of arrays.
    fn law(&self, common: &Common, up: bool) -> StepLaw;

    /// What learning takes one pulse for, up and down: the step at weight zero.
    fn nominal_steps(&self, common: &Common) -> [f64; 2] {
        [true, false].map(|up| common.size(up) * self.shape(common, 0.0, up))
    }

    /// The noise of arrays.
    fn noise(&self, common: &Common) -> StepNoise {
        StepNoise { relative: common.cycle_noise, ..StepNoise::default() }
    }

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
const SPREAD: &[&str] = &["step", "step_asymmetry", "weight_min", "weight_max", "reference"];
/// Shares of a pulse below this are rounding.
const HAIR: f64 = 1e-6;
/// More pulses in one segment than any meaningful train has.
const MOST_PULSES: f64 = 1e9;

impl<S: Step> ConductanceStep<S> {
    /// The model with this shape.
    pub fn new(step: S) -> Self {
        Self { step }
    }

    fn cell(&self, spread: &[f64]) -> Common {
        let common = self.step.common();
        let value = |index: usize, nominal| spread.get(index).map_or(nominal, |m| spread_value(nominal, *m));
        let mut cell = Common {
            gain: value(0, common.gain),
            step_asymmetry: value(1, common.step_asymmetry),
            weight_min: value(2, common.weight_min),
            weight_max: value(3, common.weight_max),
            reference: value(4, common.reference),
            ..common
        };
        if cell.subtract_symmetry_point > 0.5 {
            cell.reference += self.symmetry_point(&cell);
        }
        cell
    }

    /// The weight at which steps up and down are alike; the bound nearest to it where there is none.
    fn symmetry_point(&self, cell: &Common) -> f64 {
        let excess = |weight| {
            cell.size(true) * self.step.shape(cell, weight, true)
                - cell.size(false) * self.step.shape(cell, weight, false)
        };
        let (mut low, mut high) = (cell.weight_min, cell.weight_max);
        for _ in 0..60 {
            let middle = 0.5 * (low + high);
            if excess(middle) > 0.0 { low = middle } else { high = middle }
        }
        0.5 * (low + high)
    }

    /// One pulse, or the share of one: the mean scales with the share, the variance too, so that the
    /// parts of a pulse together are one pulse.
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
        let mean = cell.size(up) * self.step.shape(cell, weight, up);
        let mut moved = weight + direction * mean * share;
        if let Some(stream) = noise {
            moved += self.step.deviation(cell, weight, mean) * share.sqrt() * stream.normal();
            if cell.write_noise > 0.0 {
                state[1] = cell.reading_deviation() * stream.normal();
            }
        }
        state[0] = cell.conductance(moved.max(cell.weight_min).min(cell.weight_max));
        Flags {
            lower_bound: moved < cell.weight_min,
            upper_bound: moved > cell.weight_max,
            ..Flags::default()
        }
    }

    /// The pulses between two times of a segment, on which the voltage is high enough throughout.
    fn train(
        &self,
        cell: &Common,
        state: &mut [f64],
        drive: &mut Drive<'_>,
        (begin, end): (f64, f64),
        mut noise: Option<&mut Stream>,
    ) -> Result<(), f64> {
        let up = drive.segment.start_voltage + drive.segment.end_voltage > 0.0;
        let count = (end - begin) / cell.pulse_width;
        // A hair of slack: neither is the last pulse lost to rounding nor is there one more.
        let whole = (count + HAIR).floor();
        let rest = if count - whole > HAIR { count - whole } else { 0.0 };
        if whole > MOST_PULSES {
            return Err(begin);
        }
        for k in 0..=whole as u64 {
            let share = if (k as f64) < whole { 1.0 } else { rest };
            if share == 0.0 || drive.motion.crossed {
                break;
            }
            let from = begin + k as f64 * cell.pulse_width;
            let to = if k as f64 + 1.0 < whole + rest { from + cell.pulse_width } else { end };
            let before = state[0];
            drive.dissipate(state, from, to);
            let flags = self.pulse(cell, state, up, share, noise.as_deref_mut());
            drive.motion.flags = drive.motion.flags.union(flags);
            drive.motion.evaluations = drive.motion.evaluations.saturating_add(1);
            drive.arrive(state, to);
            if noise.is_none() && state[0].to_bits() == before.to_bits() && !drive.motion.crossed {
                // Nothing will move any more.
                drive.hold(state, to, end);
                break;
            }
        }
        Ok(())
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

    fn write_noise(&self) -> f64 {
        self.step.common().reading_deviation()
    }

    fn moves_at_random(&self) -> bool {
        let common = self.step.common();
        common.reading_deviation() > 0.0
            || self.step.deviation(&common, 0.5 * (common.weight_min + common.weight_max), common.step) > 0.0
    }

    fn step_device(&self, spread: &[f64]) -> Option<StepDevice> {
        let cell = self.cell(spread);
        Some(StepDevice {
            weight_min: cell.weight_min,
            weight_max: cell.weight_max,
            laws: [self.step.law(&cell, true), self.step.law(&cell, false)],
            noise: self.step.noise(&cell),
            write_noise: cell.write_noise * cell.step,
            conductance_at_zero: cell.conductance(0.0),
            conductance_per_weight: cell.conductance_per_weight,
            nominal_steps: self.step.nominal_steps(&cell),
            pulse_voltage: cell.pulse_voltage,
            pulse_width: cell.pulse_width,
        })
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
            let mut drive = Drive::new(part, surroundings, &mut stop);
            drive.arrive(state, 0.0);
            let (begin, end) = cell.writing_times(part);
            drive.hold(state, 0.0, begin);
            let stalled = self.train(&cell, state, &mut drive, (begin, end), noise.as_deref_mut());
            drive.hold(state, end.max(begin), part.duration);
            append(&mut total, &drive.motion);
            if let Err(time) = stalled {
                let voltage = part.voltage_at(time);
                return Err(DeviceError::Stalled { model: S::NAME, time, voltage, state: state.to_vec() });
            }
            if total.crossed {
                break;
            }
        }
        Ok(total)
    }
}
