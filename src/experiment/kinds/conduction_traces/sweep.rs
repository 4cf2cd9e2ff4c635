//! One trace: a triangular sweep behind an ideal limit, and what it shows.

use device_models::card::DeviceCard;
use device_models::{CurrentLimit, DeviceError, Segment, Surroundings};
use numerics::rng::Stream;

/// The voltage of a trace: magnitudes, in the direction of SET.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sweep {
    /// Applied voltage at each point, V: up and, mirrored, back.
    pub(super) voltage: Vec<f64>,
    /// Time between two points, s.
    interval: f64,
    /// Rate, V/s.
    rate: f64,
    /// Highest voltage, V.
    peak: f64,
    /// Point of the return branch next to the read voltage.
    pub(super) read: usize,
}

/// What all traces of a set have in common.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) sweep: Sweep,
    /// K.
    pub(super) ambient_temperature: f64,
    /// Least fall of the resistance of a trace that switched.
    pub(super) least_ratio: f64,
    /// Standard deviation of the logarithm of the limit from device to device.
    pub(super) limit_spread: f64,
}

/// Deviations at which the spread of the limit is cut.
pub(super) const MOST_DEVIATIONS: f64 = 3.0;

/// What was measured.
#[derive(Debug, Clone)]
pub(super) struct Trace {
    /// Current in the direction of SET at each point, A.
    pub(super) current: Vec<f64>,
    /// Resistance at the read voltage on the way up, Ω.
    pub(super) before: f64,
    /// The same on the way back, Ω; NaN where the limit still holds the current there.
    pub(super) after: f64,
    /// The limit held the current at some point.
    pub(super) reached: bool,
    /// The limit was reached and the resistance fell enough.
    pub(super) switched: bool,
}

impl Sweep {
    pub(super) fn new(peak: f64, rate: f64, points: usize, read_voltage: f64) -> Self {
        let share = |i: usize| i.min(points - 1 - i) as f64 / (0.5 * (points - 1) as f64);
        let voltage: Vec<f64> = (0..points).map(|i| peak * share(i)).collect();
        let off = |i: &usize| (voltage[*i] - read_voltage).abs();
        // Not the last point, where there is no voltage.
        let read = (points / 2..points - 1).min_by(|a, b| off(a).total_cmp(&off(b))).unwrap_or(points / 2);
        Self { interval: 2.0 * peak / rate / (points - 1) as f64, voltage, rate, peak, read }
    }

    /// The motions that lead from a point to the next; the one over the peak has a corner.
    fn step(&self, to: usize) -> Vec<Segment> {
        let (from, end) = (self.voltage[to - 1], self.voltage[to]);
        if 2 * to != self.voltage.len() {
            return vec![Segment { start_voltage: from, end_voltage: end, duration: self.interval }];
        }
        [(from, self.peak), (self.peak, end)]
            .map(|(a, b)| Segment { start_voltage: a, end_voltage: b, duration: (b - a).abs() / self.rate })
            .to_vec()
    }
}

impl Setting {
    /// Largest limit of a device over the nominal one.
    pub(super) fn largest_factor(&self) -> f64 {
        (MOST_DEVIATIONS * self.limit_spread).exp()
    }

    /// Sweeps a cell that rests at the slow state `slow`.
    pub(super) fn trace(
        &self,
        card: &DeviceCard,
        spread: &[f64],
        slow: f64,
        limit: f64,
        mut noise: Option<&mut Stream>,
    ) -> Result<Trace, DeviceError> {
        let model = card.model.as_ref();
        let sign = model.set_polarity();
        let around =
            Surroundings { ambient_temperature: self.ambient_temperature, limit: CurrentLimit::Ideal(limit) };
        let mut state = model.rest(slow, &around);
        let Sweep { voltage, read, .. } = &self.sweep;
        let (mut current, mut reached, mut held) = (Vec::with_capacity(voltage.len()), false, false);
        for (i, v) in voltage.iter().enumerate() {
            if i > 0 {
                for Segment { start_voltage, end_voltage, duration } in self.sweep.step(i) {
                    let part = Segment {
                        start_voltage: sign * start_voltage,
                        end_voltage: sign * end_voltage,
                        duration,
                    };
                    let motion =
                        model.advance(spread, &mut state, &part, &around, None, noise.as_deref_mut())?;
                    reached |= motion.flags.compliance;
                }
            }
            let point = model.operating_point(spread, &state, sign * v, &around)?;
            reached |= point.limited;
            held |= i == *read && point.limited;
            current.push(sign * point.current);
        }
        let resistance = |i: usize| voltage[i] / current[i];
        let before = resistance(voltage.len() - 1 - read);
        let after = if held { f64::NAN } else { resistance(*read) };
        let switched = reached && before / after >= self.least_ratio;
        Ok(Trace { current, before, after, reached, switched })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_mirror_each_other_and_steps_add_up() {
        for points in [16, 17, 128] {
            let sweep = Sweep::new(1.5, 2.0, points, 0.1);
            assert!((0..points).all(|i| (sweep.voltage[i] - sweep.voltage[points - 1 - i]).abs() < 1e-12));
            let (mut time, mut at, mut highest) = (0.0, 0.0, 0.0_f64);
            for i in 1..points {
                for part in sweep.step(i) {
                    assert!((part.start_voltage - at).abs() < 1e-12, "{points} {i}");
                    let rate = (part.end_voltage - part.start_voltage).abs() / part.duration;
                    assert!(part.duration < 1e-12 || (rate - 2.0).abs() < 1e-6, "{rate}");
                    (time, at) = (time + part.duration, part.end_voltage);
                    highest = highest.max(at);
                }
                assert!((at - sweep.voltage[i]).abs() < 1e-12);
            }
            assert!((time - 1.5).abs() < 1e-9 && (highest - 1.5).abs() < 1e-12, "{points} {time} {highest}");
            assert!(sweep.read >= points / 2 && sweep.voltage[sweep.read] > 0.0);
        }
        let near = Sweep::new(1.5, 1.0, 128, 0.1);
        assert!((near.voltage[near.read] - 0.1).abs() < 1.5 / 127.0);
    }
}
