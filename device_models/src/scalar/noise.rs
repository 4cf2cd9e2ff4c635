//! Motion with internal noise: kicks between stretches of exact drift, and draws from a known
//! transition probability.

use numerics::rng::Stream;

use super::driven::{Driven, tolerances};
use super::{Law, Scalar, moved};
use crate::limit::CurrentLimit;
use crate::model::{Motion, Segment, Surroundings};
use crate::motion::{Dynamics, Stop, append, drive};

impl<L: Law> Scalar<L> {
    /// Length of the next noisy sub-step, s, and the standard deviation of its kick.
    fn sub_step(&self, driven: &mut Driven<'_, L>, x: f64, remaining: f64, total: f64) -> (f64, f64) {
        let (f, _) = driven.evaluate(0.0, &[self.law.coordinate(x), 0.0]);
        let mut length = remaining;
        if driven.ramp.slope != 0.0 {
            length = length.min(total / 200.0);
        }
        let (point, margin) = driven.threshold(0.0, x);
        if margin < 0.0 {
            return (length, 0.0);
        }
        let diffusion = driven.law.diffusion(x, &point);
        if diffusion > 0.0 {
            length = length.min(0.5 * self.resolution * self.resolution / diffusion);
        }
        let speed = f[0].abs() * L::SCALE;
        if speed > 0.0 {
            length = length.min(self.resolution / speed);
        }
        (length, (2.0 * diffusion * length).sqrt())
    }

    /// Drift by the deterministic integrator, kicks in between.
    pub(super) fn noisy(
        &self,
        law: &L,
        x: &mut f64,
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        stream: &mut Stream,
    ) -> Result<Motion, f64> {
        let (low, high) = law.bounds();
        let mut total = Motion::default();
        while total.elapsed < segment.duration && !total.crossed {
            let remaining = segment.duration - total.elapsed;
            let from = segment.voltage_at(total.elapsed);
            let here = Segment { start_voltage: from, end_voltage: segment.end_voltage, duration: remaining };
            let mut driven = Driven::new(law, &here, *x, surroundings);
            let (length, deviation) = self.sub_step(&mut driven, *x, remaining, segment.duration);
            if total.elapsed + length <= total.elapsed {
                return Err(total.elapsed);
            }
            let mut y = [law.coordinate(*x), 0.0];
            let motion = drive(&mut driven, &mut y, length, stop, &tolerances())
                .map_err(|stall| total.elapsed + stall.0)?;
            append(&mut total, &motion);
            if length >= remaining && !motion.crossed {
                total.elapsed = segment.duration;
            }
            let kicked =
                moved(law, *x, y[0]) + if motion.crossed { 0.0 } else { deviation * stream.normal() };
            *x = kicked.clamp(low, high);
            total.flags.lower_bound |= kicked < low;
            total.flags.upper_bound |= kicked > high;
            if !total.crossed {
                let point = law.electrical(*x, segment.voltage_at(total.elapsed), surroundings);
                total.crossed = stop.met(point.current.abs());
            }
        }
        Ok(total)
    }

    /// Draws from the transition probability: at once where the cell's voltage is constant and no
    /// crossing is looked for, otherwise in steps in which the mean moves by the resolution at most.
    /// Energy is that of the mean motion within each step.
    pub(super) fn leaping(
        &self,
        law: &L,
        x: &mut f64,
        segment: &Segment,
        (surroundings, stop): (&Surroundings, &mut Stop),
        stream: &mut Stream,
    ) -> Result<Motion, f64> {
        let (low, high) = law.bounds();
        let ramp = (segment.end_voltage - segment.start_voltage).abs() > 0.0;
        let whole = !ramp && surroundings.limit == CurrentLimit::None && !stop.looks();
        let mut total = Motion::default();
        while total.elapsed < segment.duration && !total.crossed {
            let remaining = segment.duration - total.elapsed;
            let from = segment.voltage_at(total.elapsed);
            let mut length = remaining;
            if !whole {
                let speed = law.velocity(*x, &law.electrical(*x, from, surroundings)).abs();
                length = length.min(self.resolution / speed);
                if ramp {
                    length = length.min(segment.duration / 200.0);
                }
            }
            if total.elapsed + length <= total.elapsed {
                return Err(total.elapsed);
            }
            let here = Segment { start_voltage: from, end_voltage: segment.end_voltage, duration: remaining };
            let mut driven = Driven::new(law, &here, *x, surroundings);
            let mut y = [law.coordinate(*x), 0.0];
            let motion = drive(&mut driven, &mut y, length, stop, &tolerances())
                .map_err(|stall| total.elapsed + stall.0)?;
            let middle = law.electrical(*x, here.voltage_at(0.5 * motion.elapsed), surroundings);
            *x = law.leap(*x, &middle, motion.elapsed, stream).clamp(low, high);
            append(&mut total, &motion);
            if length >= remaining && !motion.crossed {
                total.elapsed = segment.duration;
            }
            if !total.crossed {
                let point = law.electrical(*x, segment.voltage_at(total.elapsed), surroundings);
                total.crossed = stop.met(point.current.abs());
            }
        }
        Ok(total)
    }
}
