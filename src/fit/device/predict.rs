//! What a model says to a measurement.

use device_models::{Crossing, DeviceError, DeviceModel, Flags, Segment, Surroundings};

use super::data::{Measurement, Pulse, Sample};
use super::jumps::Jump;

/// The model's answer to a measurement.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Prediction {
    /// Currents, A, or conductances, S: one for each row of the data.
    pub(super) values: Vec<f64>,
    /// For each jump of the data when the model jumps.
    pub(super) transitions: Vec<Transition>,
    /// What hit a bound or left its validity range.
    pub(super) flags: Flags,
}

/// When the model jumps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Transition {
    /// Time, s; the end of the branch where it does not jump on it.
    pub(super) time: f64,
    /// |ln| of the threshold over the conductance at the end of the branch, where it does not jump; else 0.
    pub(super) missing: f64,
}

/// The model's answer; `read_voltage` is that of the conductances of a train of pulses.
pub(super) fn predict(
    model: &dyn DeviceModel,
    initial: f64,
    measurement: &Measurement,
    jumps: &[Jump],
    surroundings: &Surroundings,
    read_voltage: f64,
) -> Result<Prediction, DeviceError> {
    match measurement {
        Measurement::Sweep(samples) => sweep(model, initial, samples, jumps, surroundings),
        Measurement::Pulses(pulses) => train(model, initial, pulses, surroundings, read_voltage),
    }
}

fn sweep(
    model: &dyn DeviceModel,
    initial: f64,
    samples: &[Sample],
    jumps: &[Jump],
    surroundings: &Surroundings,
) -> Result<Prediction, DeviceError> {
    let mut state = model.rest(initial, surroundings);
    let mut values: Vec<f64> = Vec::with_capacity(samples.len());
    let mut found: Vec<Option<f64>> = vec![None; jumps.len()];
    let mut flags = Flags::default();
    for (k, sample) in samples.iter().enumerate() {
        let before = state.clone();
        let segment = k.checked_sub(1).and_then(|last| samples.get(last)).map(|last| Segment {
            start_voltage: last.voltage,
            end_voltage: sample.voltage,
            duration: sample.time - last.time,
        });
        if let Some(segment) = segment.filter(|s| s.duration > 0.0) {
            flags = flags.union(model.advance(&[], &mut state, &segment, surroundings, None, None)?.flags);
        }
        let current = model.operating_point(&[], &state, sample.voltage, surroundings)?.current;
        values.push(current);
        let conductance = (current / sample.voltage).abs();
        for (jump, time) in jumps.iter().zip(&mut found) {
            let beyond = (conductance > jump.threshold) == jump.rises && conductance.is_finite();
            if time.is_some() || k < jump.begin || k > jump.end || !beyond {
                continue;
            }
            *time = Some(sample.time);
            if let Some(segment) = segment.filter(|s| k > jump.begin && s.duration > 0.0) {
                let last = values.get(k - 1).copied().unwrap_or(current).abs();
                let middle = 0.5 * (segment.start_voltage + segment.end_voltage).abs();
                let (low, high) = (last.min(current.abs()), last.max(current.abs()));
                let threshold = (jump.threshold * middle).clamp(low, high);
                let stop = if jump.rises { Crossing::Above } else { Crossing::Below }(threshold);
                let mut state = before.clone();
                let motion = model.advance(&[], &mut state, &segment, surroundings, Some(stop), None)?;
                *time = Some(sample.time - segment.duration + motion.elapsed);
            }
        }
    }
    let transitions = jumps.iter().zip(found).map(|(jump, time)| {
        let end = samples.get(jump.end);
        let last = end.zip(values.get(jump.end)).map_or(f64::NAN, |(s, current)| (current / s.voltage).abs());
        let missing = (jump.threshold / last.max(f64::MIN_POSITIVE)).ln().abs();
        let never = Transition { time: end.map_or(f64::NAN, |s| s.time), missing };
        time.map_or(never, |time| Transition { time, missing: 0.0 })
    });
    let transitions = transitions.collect();
    Ok(Prediction { values, transitions, flags })
}

fn train(
    model: &dyn DeviceModel,
    initial: f64,
    pulses: &[Pulse],
    surroundings: &Surroundings,
    read_voltage: f64,
) -> Result<Prediction, DeviceError> {
    let mut slow = initial;
    let mut values = Vec::with_capacity(pulses.len());
    let mut flags = Flags::default();
    for pulse in pulses {
        let mut state = model.rest(slow, surroundings);
        let segment = Segment::constant(pulse.voltage, pulse.width);
        flags = flags.union(model.advance(&[], &mut state, &segment, surroundings, None, None)?.flags);
        slow = state.first().copied().unwrap_or(slow);
        let rest = model.rest(slow, surroundings);
        let point = model.operating_point(&[], &rest, read_voltage, surroundings)?;
        values.push(point.current / point.voltage);
    }
    Ok(Prediction { values, transitions: Vec::new(), flags })
}
