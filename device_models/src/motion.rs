//! The driver shared by all models: one monotone ramp segment of constant polarity, integrated with
//! RODAS until its end or a crossing of the current.
//!
//! A model brings its right-hand side as [`Dynamics`]. Discrete modes (a branch of a multi-valued
//! current, a bound, a threshold) are frozen during a step; when a step ends outside its mode, the
//! instant of leaving is located on the dense output, the mode is switched there and the
//! integration restarts. The last variable of every system is the dissipated energy.
//!
//! Time inside a step counts from the step's beginning, so that picoseconds are resolved after
//! hundreds of seconds.
//!
//! Pinned by: `tests/jart_published.rs`, `tests/stanford_published.rs`, `tests/properties.rs`.

use numerics::roots::bracket;
use numerics::rosenbrock::{Rodas, Step, System, Tolerances};

use crate::error::DeviceError;
use crate::model::{Crossing, Flags, Motion, Segment};

/// What a right-hand side knows besides the derivative.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Instant {
    /// Magnitude of the current, A.
    pub current: f64,
    /// The frozen mode does not hold here.
    pub left_mode: bool,
    /// What is to be reported of this instant.
    pub flags: Flags,
}

/// A model under one drive.
pub(crate) trait Dynamics<const N: usize>: System<N> {
    /// Makes `elapsed` (s since the beginning of the segment) the zero of time.
    fn set_origin(&mut self, elapsed: f64);

    /// The derivative and the electrical state, remembered for continuation.
    fn evaluate(&mut self, time: f64, y: &[f64; N]) -> ([f64; N], Instant);

    /// Positive where the frozen mode holds, negative where it does not.
    fn margin(&mut self, time: f64, y: &[f64; N]) -> f64;

    /// Enters the mode that holds beyond a negative margin.
    fn switch(&mut self, time: f64, y: &mut [f64; N]);

    /// Number of right-hand sides computed so far.
    fn evaluations(&self) -> u32;
}

/// The integration stalled at this time since the beginning of the segment, s.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stall(pub f64);

/// More accepted steps than any meaningful segment takes.
const MOST_STEPS: u32 = 5_000_000;

/// The condition that ends a motion, with its memory.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stop {
    condition: Option<Crossing>,
    armed: bool,
}

impl Stop {
    pub(crate) fn new(condition: Option<Crossing>) -> Self {
        Self { condition, armed: matches!(condition, Some(Crossing::Above(_))) }
    }

    /// Whether there is a condition at all.
    pub(crate) fn looks(&self) -> bool {
        self.condition.is_some()
    }

    /// Whether the motion ends at this current.
    pub(crate) fn met(&mut self, current: f64) -> bool {
        match self.condition {
            Some(Crossing::Above(limit)) => current > limit,
            Some(Crossing::Below(limit)) => {
                self.armed |= current >= limit;
                self.armed && current < limit
            }
            None => false,
        }
    }

    /// What of this current is beyond the condition's value.
    pub(crate) fn excess(&self, current: f64) -> f64 {
        match self.condition {
            Some(Crossing::Above(limit) | Crossing::Below(limit)) => current - limit,
            None => 1.0,
        }
    }
}

/// Moves `y` along `duration` seconds, or until `stop`.
pub(crate) fn drive<const N: usize, D: Dynamics<N>>(
    dynamics: &mut D,
    y: &mut [f64; N],
    duration: f64,
    stop: &mut Stop,
    tolerances: &Tolerances<N>,
) -> Result<Motion, Stall> {
    let before = dynamics.evaluations();
    let energy_before = y[N - 1];
    let mut motion = Motion::default();
    dynamics.set_origin(0.0);
    let (mut f, mut instant) = dynamics.evaluate(0.0, y);
    if instant.left_mode {
        dynamics.switch(0.0, y);
        (f, instant) = dynamics.evaluate(0.0, y);
    }
    motion.flags = instant.flags;
    motion.crossed = stop.met(instant.current);
    let mut solver = Rodas::new(*tolerances);
    let mut length = first_step(&solver, y, f, duration);
    while motion.elapsed < duration && !motion.crossed {
        let remaining = duration - motion.elapsed;
        // Two halves rather than a long and a tiny last step.
        let attempt = if length >= remaining {
            remaining
        } else if 2.0 * length > remaining {
            0.5 * remaining
        } else {
            length
        };
        let step = solver.step(dynamics, 0.0, y, &f, attempt).map_err(|_| Stall(motion.elapsed))?;
        motion.steps += 1;
        if motion.steps > MOST_STEPS {
            return Err(Stall(motion.elapsed));
        }
        let (switched, passed);
        (switched, passed, f, instant) = settle(dynamics, y, &step, stop);
        motion.crossed = passed.crossed;
        motion.flags = motion.flags.union(instant.flags);
        motion.elapsed = if passed.offset >= remaining { duration } else { motion.elapsed + passed.offset };
        dynamics.set_origin(motion.elapsed);
        length =
            if switched { first_step(&solver, y, f, duration - motion.elapsed) } else { step.suggestion };
    }
    motion.energy = y[N - 1] - energy_before;
    motion.evaluations = dynamics.evaluations() - before;
    Ok(motion)
}

/// A first step; the energy starts at zero and must not hold it back.
fn first_step<const N: usize>(solver: &Rodas<N>, y: &[f64; N], mut f: [f64; N], longest: f64) -> f64 {
    f[N - 1] = 0.0;
    solver.initial_step(y, &f, longest)
}

/// How much of a step was used, and why.
struct Passed {
    offset: f64,
    crossed: bool,
}

/// Takes over an accepted step up to its end, the end of its mode or the stop, whichever is first.
fn settle<const N: usize, D: Dynamics<N>>(
    dynamics: &mut D,
    y: &mut [f64; N],
    step: &Step<N>,
    stop: &mut Stop,
) -> (bool, Passed, [f64; N], Instant) {
    let width = 1e-12 * step.length;
    let mut end = step.length;
    let mut end_state = step.end_state;
    let (mut f, mut instant) = dynamics.evaluate(end, &end_state);
    // Decided here: at the located instant itself rounding may say either.
    let switched = instant.left_mode;
    if switched {
        // Without a sign change the mode was left within rounding of the beginning.
        end = bracket(|offset| dynamics.margin(offset, &step.at(offset)), 0.0, end, width)
            .map_or(width, |(_, high)| high);
        end_state = step.at(end);
        (f, instant) = dynamics.evaluate(end, &end_state);
    }
    let mut crossed = false;
    if stop.met(instant.current) {
        let located = bracket(
            |offset| stop.excess(dynamics.evaluate(offset, &step.at(offset)).1.current),
            0.0,
            end,
            width,
        );
        if let Ok((_, high)) = located {
            end = high;
            end_state = if high >= step.length { step.end_state } else { step.at(high) };
            (f, instant) = dynamics.evaluate(end, &end_state);
            crossed = true;
        } else {
            crossed = true;
            end = 0.0;
            end_state = step.at(0.0);
        }
    } else if switched {
        dynamics.switch(end, &mut end_state);
        (f, instant) = dynamics.evaluate(end, &end_state);
        crossed = stop.met(instant.current);
    }
    *y = end_state;
    (switched, Passed { offset: end, crossed }, f, instant)
}

/// The parts of a segment on which the voltage keeps its sign, in order.
pub(crate) fn split_at_zero(segment: &Segment) -> ([Segment; 2], usize) {
    let Segment { start_voltage: a, end_voltage: b, duration } = *segment;
    if a * b < 0.0 && duration > 0.0 {
        let first = duration * (a / (a - b));
        (
            [
                Segment { start_voltage: a, end_voltage: 0.0, duration: first },
                Segment { start_voltage: 0.0, end_voltage: b, duration: duration - first },
            ],
            2,
        )
    } else {
        ([*segment, *segment], 1)
    }
}

/// Adds the next part's motion to what happened so far.
pub(crate) fn append(total: &mut Motion, part: &Motion) {
    total.elapsed += part.elapsed;
    total.crossed = part.crossed;
    total.energy += part.energy;
    total.flags = total.flags.union(part.flags);
    total.steps += part.steps;
    total.evaluations += part.evaluations;
}

/// The drive during one step: a ramp with a movable zero of time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ramp {
    start: f64,
    /// V/s.
    pub slope: f64,
    origin: f64,
}

impl Ramp {
    pub(crate) fn new(segment: &Segment) -> Self {
        let slope = if segment.duration > 0.0 {
            (segment.end_voltage - segment.start_voltage) / segment.duration
        } else {
            0.0
        };
        Self { start: segment.start_voltage, slope, origin: segment.start_voltage }
    }

    pub(crate) fn set_origin(&mut self, elapsed: f64) {
        self.origin = self.start + self.slope * elapsed;
    }

    pub(crate) fn at(&self, time: f64) -> f64 {
        self.origin + self.slope * time
    }
}

/// Checks that a segment and a state can be integrated at all.
pub(crate) fn check(
    model: &'static str,
    state: &[f64],
    variables: usize,
    segment: &Segment,
) -> Result<(), DeviceError> {
    let sane = state.len() == variables
        && state.iter().all(|x| x.is_finite())
        && segment.start_voltage.is_finite()
        && segment.end_voltage.is_finite()
        && segment.duration.is_finite()
        && segment.duration >= 0.0;
    if sane {
        Ok(())
    } else {
        Err(DeviceError::NoOperatingPoint { model, voltage: segment.start_voltage, state: state.to_vec() })
    }
}
