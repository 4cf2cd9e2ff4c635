//! JART VCM v1b with a whole number of vacancies: `jart_vcm_v1b_discrete`.
//!
//! In the high-resistive state the disc holds about two vacancies, and each hop changes the
//! current. Here the number n = N A l of vacancies in the disc is an integer that jumps; mean
//! current, heat, contact and all parameters are those of the parent module.
//!
//! Equations (A l: volume of the disc; signs for SET, exchanged for RESET):
//! * n → n + 1 at rate c a ν₀ A F_lim exp(−ΔW_min/kT), n → n − 1 at rate c a ν₀ A F_lim exp(−ΔW_max/kT):
//!   the two terms of the published ion current over z e.
//! * The bounds are the whole numbers nearest N_min A l and N_max A l, at least 1; F_lim refers to
//!   them and vanishes there, and no hop leads beyond.
//! * Between hops n is constant and R_th C_th dT/dt = T₀ + P R_th − T is integrated together with
//!   the hazard Λ = ∫ (sum of both rates) dt. A hop happens when Λ reaches an exponential number of
//!   mean 1, located on the integrator's dense output: no time step enters.
//! * Where counts are large, hops are taken in leaps: n follows its mean along a leap in which it
//!   moves by at most ε n and by a quarter of its distance from a bound, and √(hops) does not
//!   exceed that either; at its end n is replaced by n₀ + Poisson(∫in) − Poisson(∫out). Leaps begin where
//!   one holds at least [`SMALLEST_LEAP`] net hops: for ε = 0.02 above 150 vacancies. Within a leap
//!   fluctuations do not act back; under a current limit of 200 µA, which contracts them, this widens the
//!   standard deviation of the count by 27 % at ε = 0.05, by 9 % at 0.025. In a SET from 254 to 2049
//!   vacancies at −0.6 V the mean over 100 runs differs from the deterministic one by 0.5 ± 0.2 % at ε = 0.02,
//!   by 0.1 ± 0.2 % with single hops.
//!
//! From two vacancies the mean SET time is five times the deterministic one (−0.75 V), for the first
//! hop waits at the rate of two whole vacancies; its coefficient of variation is 1.0.
//!
//! | symbol | default | unit | here |
//! |---|---|---|---|
//! | ε | 0.02 | 1 | [`JartVcmV1bDiscrete::with_leap`] |
//! | all others | parent module | | |
//!
//! Without a noise stream the model moves along the mean, exactly as `jart_vcm_v1b`. With one, a
//! state between whole numbers is first taken at the nearest. At exactly 0 V nothing hops, as in
//! the parent. As F_lim multiplies both directions, a bound that has been reached holds until the
//! polarity changes.
//!
//! References: equations as in the parent module; exact jump times with rates that change between
//! jumps: D. F. Anderson, J. Chem. Phys. 127, 214107 (2007), doi:10.1063/1.2799998; leaps:
//! D. T. Gillespie, J. Chem. Phys. 115, 1716 (2001), doi:10.1063/1.1378322.
//! Pinned by: `tests/jart_discrete.rs`.

mod jumps;

use numerics::rng::Stream;
use numerics::rosenbrock::Tolerances;

use self::jumps::Jumping;
use super::cell::{Cell, Circuit};
use super::{JartVcmV1b, Parameters};
use crate::error::DeviceError;
use crate::model::{Crossing, DeviceModel, Motion, OperatingPoint, Segment, StateVariable, Surroundings};
use crate::motion::{Stall, Stop, append, check, drive, split_at_zero};

/// The model's name in cards.
pub const NAME: &str = "jart_vcm_v1b_discrete";

/// Net hops below which single hops are followed instead of a leap.
pub const SMALLEST_LEAP: f64 = 3.0;

/// Accepted errors of [ln N, T, hops in, hops out, energy].
const TOLERANCES: Tolerances<5> =
    Tolerances { relative: [0.0, 3e-5, 1e-3, 1e-3, 1e-4], absolute: [1e-4, 1e-3, 1e-3, 1e-3, 1e-30] };

/// JART VCM v1b with single vacancies and the parameters of one card.
#[derive(Debug, Clone, PartialEq)]
pub struct JartVcmV1bDiscrete {
    mean: JartVcmV1b,
    leap: f64,
}

impl JartVcmV1bDiscrete {
    /// The model with these parameters.
    pub fn new(parameters: Parameters) -> Self {
        Self { mean: JartVcmV1b::named(parameters, NAME), leap: 0.02 }
    }

    /// Sets ε, the largest relative change of the number of vacancies in one leap; at 0 every hop
    /// is followed.
    #[must_use]
    pub fn with_leap(mut self, leap: f64) -> Self {
        self.leap = leap.clamp(0.0, 0.2);
        self
    }

    /// Number of vacancies in the disc of a cell at a concentration, not rounded.
    pub fn vacancies(&self, spread: &[f64], concentration: f64) -> f64 {
        concentration * Cell::new(self.mean.parameters(), spread).volume()
    }

    /// The cell with whole numbers as bounds.
    fn cell(&self, spread: &[f64]) -> Cell {
        let mut cell = Cell::new(self.mean.parameters(), spread);
        let volume = cell.volume();
        let p = &mut cell.parameters;
        let low = (p.minimum_concentration * volume).round().max(1.0);
        let high = (p.maximum_concentration * volume).round().max(low + 1.0);
        p.minimum_concentration = low / volume;
        p.maximum_concentration = high / volume;
        cell
    }

    fn part(
        &self,
        cell: &Cell,
        state: &mut [f64; 3],
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        stream: &mut Stream,
    ) -> Result<Motion, Stall> {
        if segment.start_voltage == 0.0 && segment.end_voltage == 0.0 {
            *state = cell.cool(*state, segment.duration, surroundings.ambient_temperature);
            let crossed = stop.met(0.0);
            let elapsed = if crossed { 0.0 } else { segment.duration };
            return Ok(Motion { elapsed, crossed, ..Motion::default() });
        }
        let circuit = Circuit::new(cell, segment, surroundings, state[2]);
        let (mut jumping, mut y) = Jumping::new(circuit, state[0], state[1], self.leap, stream);
        let result = drive(&mut jumping, &mut y, segment.duration, stop, &TOLERANCES);
        *state = jumping.finish(&y);
        result
    }
}

impl DeviceModel for JartVcmV1bDiscrete {
    fn name(&self) -> &'static str {
        NAME
    }

    fn state_variables(&self) -> &'static [StateVariable] {
        self.mean.state_variables()
    }

    fn spread_parameters(&self) -> &'static [&'static str] {
        self.mean.spread_parameters()
    }

    fn moves_at_random(&self) -> bool {
        true
    }

    fn set_polarity(&self) -> f64 {
        self.mean.set_polarity()
    }

    fn single_vacancy(&self, spread: &[f64]) -> Option<f64> {
        self.mean.single_vacancy(spread)
    }

    /// The bounds of the mean and of the whole numbers together.
    fn bounds(&self, spread: &[f64]) -> (f64, f64) {
        let (low, high) = self.mean.bounds(spread);
        let whole = self.cell(spread).parameters;
        (low.min(whole.minimum_concentration), high.max(whole.maximum_concentration))
    }

    fn rest(&self, slow: f64, surroundings: &Surroundings) -> Vec<f64> {
        self.mean.rest(slow, surroundings)
    }

    fn operating_point(
        &self,
        spread: &[f64],
        state: &[f64],
        voltage: f64,
        surroundings: &Surroundings,
    ) -> Result<OperatingPoint, DeviceError> {
        self.mean.operating_point(spread, state, voltage, surroundings)
    }

    fn advance(
        &self,
        spread: &[f64],
        state: &mut [f64],
        segment: &Segment,
        surroundings: &Surroundings,
        stop: Option<Crossing>,
        noise: Option<&mut Stream>,
    ) -> Result<Motion, DeviceError> {
        let Some(stream) = noise else {
            return self.mean.advance(spread, state, segment, surroundings, stop, None);
        };
        check(NAME, state, 3, segment)?;
        let cell = self.cell(spread);
        let mut held = [state[0], state[1], state[2]];
        let mut stop = Stop::new(stop);
        let mut total = Motion::default();
        let (parts, count) = split_at_zero(segment);
        let mut outcome = Ok(());
        for part in parts.iter().take(count) {
            match self.part(&cell, &mut held, part, (surroundings, &mut stop), stream) {
                Ok(motion) => append(&mut total, &motion),
                Err(Stall(time)) => {
                    let time = total.elapsed + time;
                    let voltage = segment.voltage_at(time);
                    outcome = Err(DeviceError::Stalled { model: NAME, time, voltage, state: held.to_vec() });
                }
            }
            if outcome.is_err() || total.crossed {
                break;
            }
        }
        state.copy_from_slice(&held);
        outcome.map(|()| total)
    }
}
