//! Cuts a waveform at its corners and at the sampling instants, piece by piece.

use device_models::Segment;

use super::waveform::Ramps;

/// One thing to do with every cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Action {
    /// Follow a ramp.
    Move(Segment),
    /// Look at the cell at this time (s) under this voltage (V).
    Sample(f64, f64),
}

/// The actions of a waveform sampled `samples` times at `interval`, in order.
#[derive(Debug, Clone)]
pub(super) struct Plan<'a> {
    ramps: &'a Ramps,
    interval: f64,
    samples: u64,
    next_sample: u64,
    repeat: u64,
    segment: usize,
    /// Time since the beginning of the segment, s.
    inside: f64,
    /// Time of the segment's beginning since that of the repetition, s.
    before: f64,
    period: f64,
}

impl<'a> Plan<'a> {
    pub(super) fn new(ramps: &'a Ramps, interval: f64, samples: u64) -> Self {
        let period = ramps.period();
        Self {
            ramps,
            interval,
            samples,
            next_sample: 0,
            repeat: 0,
            segment: 0,
            inside: 0.0,
            before: 0.0,
            period,
        }
    }

    /// Time of the current segment's beginning, s; without accumulated rounding over repetitions.
    fn origin(&self) -> f64 {
        self.repeat as f64 * self.period + self.before
    }

    fn current(&self) -> Option<&'a Segment> {
        if self.repeat < self.ramps.repeats { self.ramps.segments.get(self.segment) } else { None }
    }

    fn next_segment(&mut self, duration: f64) {
        self.before += duration;
        self.inside = 0.0;
        self.segment += 1;
        if self.segment == self.ramps.segments.len() {
            (self.segment, self.before) = (0, 0.0);
            self.repeat += 1;
        }
    }
}

impl Iterator for Plan<'_> {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        let wanted = (self.next_sample < self.samples).then_some(self.next_sample as f64 * self.interval);
        let Some(segment) = self.current() else {
            // The last sample may lie a rounding error behind the end.
            let time = wanted?;
            self.next_sample += 1;
            let voltage = self.ramps.segments.last().map_or(0.0, |s| s.end_voltage);
            return Some(Action::Sample(time, voltage));
        };
        let slack = 1e-9 * self.interval.min(segment.duration);
        let offset = wanted.map(|time| time - self.origin());
        if let (Some(time), Some(offset)) = (wanted, offset) {
            let last = self.next_sample + 1 == self.samples;
            if offset <= self.inside + slack && !(last && self.inside > 0.0 && offset > self.inside) {
                self.next_sample += 1;
                return Some(Action::Sample(time, rounded(segment.voltage_at(self.inside))));
            }
        }
        let end = match offset {
            Some(offset) if offset < segment.duration - slack => offset,
            _ => segment.duration,
        };
        let part = Segment {
            start_voltage: segment.voltage_at(self.inside),
            end_voltage: segment.voltage_at(end),
            duration: end - self.inside,
        };
        if end >= segment.duration {
            self.next_segment(segment.duration);
        } else {
            self.inside = end;
        }
        Some(Action::Move(part))
    }
}

/// A voltage; where rounding left a trace of it, zero. A cell may conduct differently on either side.
fn rounded(voltage: f64) -> f64 {
    if voltage.abs() < 1e-12 { 0.0 } else { voltage }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ramps(segments: Vec<Segment>, repeats: u64) -> Ramps {
        Ramps { segments, repeats, file: None }
    }

    #[test]
    fn samples_lie_on_the_grid_and_moves_add_up() {
        let ramp = Segment { start_voltage: 0.0, end_voltage: 1.0, duration: 0.7 };
        let ramps = ramps(vec![ramp, Segment::constant(-0.5, 0.3)], 3);
        let actions: Vec<Action> = Plan::new(&ramps, 3.0 / 30.0, 31).collect();
        let mut time = 0.0;
        let mut samples = Vec::new();
        for action in actions {
            match action {
                Action::Move(part) => time += part.duration,
                Action::Sample(at, voltage) => {
                    assert!((at - time).abs() < 1e-9, "{at} {time}");
                    samples.push(voltage);
                }
            }
        }
        assert!((time - 3.0).abs() < 1e-12);
        assert_eq!(samples.len(), 31);
        assert!((samples[5] - 5.0 / 7.0).abs() < 1e-9);
        assert!((samples[8] + 0.5).abs() < 1e-12 && (samples[30] + 0.5).abs() < 1e-12);
    }

    #[test]
    fn a_ramp_through_zero_is_sampled_at_zero() {
        let ramps = ramps(vec![Segment { start_voltage: -1.3, end_voltage: 1.3, duration: 2.6 }], 3);
        let samples = Plan::new(&ramps, 0.1, 79).filter_map(|a| match a {
            Action::Sample(_, voltage) => Some(voltage),
            Action::Move(_) => None,
        });
        let near: Vec<f64> = samples.filter(|v| v.abs() < 1e-6).collect();
        assert!(near.len() == 3 && near.iter().all(|v| v.to_bits() == 0.0_f64.to_bits()), "{near:?}");
    }

    #[test]
    fn a_train_longer_than_memory_is_planned_lazily() {
        let ramps = ramps(vec![Segment::constant(1.0, 1e-9), Segment::constant(0.0, 1e-9)], u64::MAX / 4);
        let mut plan = Plan::new(&ramps, 1e-9, u64::MAX / 8);
        assert_eq!(plan.by_ref().take(1000).count(), 1000);
    }
}
