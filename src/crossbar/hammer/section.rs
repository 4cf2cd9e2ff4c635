//! A pulse cut into sections, computed once, and the same pulse repeated.
//!
//! Within a section voltages and local temperatures are constant. Where the thermal network has memory, the
//! sections begin with half its slowest time constant and double; beyond six time constants the rest is one
//! section. A [`Profile`] keeps what each cell saw, so that n like pulses are, cell by cell, n times as long a
//! stay in each section.
//!
//! Pinned by: the test below and `tests/crossbar_hammer.rs` (blocks against every single pulse).

use device_models::{Segment, Surroundings};
use rayon::prelude::*;

use super::Hammer;
use super::operate::Operation;
use crate::crossbar::CrossbarError;
use crate::crossbar::thermal::Crosstalk;

/// What the cells see during one section.
#[derive(Debug, Clone)]
pub(super) struct Section {
    /// s.
    pub duration: f64,
    /// V.
    pub voltages: Vec<f64>,
    /// K.
    pub rises: Vec<f64>,
}

/// What the cells see during one round of pulses, one on each hammered cell.
#[derive(Debug, Clone, Default)]
pub(super) struct Profile {
    pub sections: Vec<Section>,
    /// The array in each section with a bias.
    pub operations: Vec<Operation>,
    /// The array at the end of the very first pulse, where this is the first round.
    pub first_end: Option<Operation>,
    /// Largest difference of the local temperatures between end and beginning, K.
    pub drift: f64,
}

/// Durations that add up to `total`, in which a time constant is resolved.
pub(super) fn cut(total: f64, time_constant: Option<f64>) -> Vec<f64> {
    let Some(tau) = time_constant else { return vec![total] };
    let mut parts = Vec::new();
    let (mut next, mut left) = (0.5 * tau, total);
    while next < left && total - left < 6.0 * tau {
        parts.push(next);
        left -= next;
        next *= 2.0;
    }
    parts.push(left);
    parts
}

impl Hammer<'_> {
    /// One round, resolved.
    pub(super) fn resolve(&mut self, last: &Profile) -> Result<Profile, CrossbarError> {
        let pulses = self.setup.pulses;
        let cells = self.setup.array.cells();
        let tau = self.setup.thermal.as_ref().and_then(|(network, _)| network.slowest());
        let before = self.rises();
        let mut profile = Profile::default();
        for bias in &self.setup.biases {
            for duration in cut(pulses.width, tau) {
                let operation =
                    self.operate(bias, duration, last.operations.get(profile.operations.len()))?;
                let section = Section {
                    duration,
                    voltages: operation.voltages.clone(),
                    rises: operation.rises.clone(),
                };
                self.stay(&section.voltages, &section.rises, duration)?;
                profile.sections.push(section);
                profile.operations.push(operation);
            }
            if last.operations.is_empty()
                && profile.first_end.is_none()
                && let Some(operation) = profile.operations.last()
            {
                profile.first_end = Some(self.glance(bias, operation)?);
            }
            let pause = pulses.period - pulses.width;
            if pause <= 0.0 {
                continue;
            }
            for duration in cut(pause, tau) {
                let start = self.rises();
                if let Some(crosstalk) = &mut self.crosstalk {
                    crosstalk.pass(&vec![0.0; cells], duration)?;
                }
                let rises = self.mean(&start, &self.rises());
                let section = Section { duration, voltages: vec![0.0; cells], rises };
                self.stay(&section.voltages, &section.rises, duration)?;
                profile.sections.push(section);
            }
        }
        profile.drift = before.iter().zip(self.rises()).fold(0.0, |m, (a, b)| (a - b).abs().max(m));
        Ok(profile)
    }

    /// `rounds` more rounds like this one.
    pub(super) fn repeat(&mut self, profile: &Profile, rounds: u64) -> Result<(), CrossbarError> {
        let stay = |section: &Section| {
            self.stay(&section.voltages, &section.rises, rounds as f64 * section.duration)
        };
        profile.sections.iter().try_for_each(stay)
    }

    /// Local rises during a section: between those at its ends, or the later ones of a network without memory.
    pub(super) fn mean(&self, start: &[f64], end: &[f64]) -> Vec<f64> {
        let share = if self.crosstalk.as_ref().is_some_and(Crosstalk::has_memory) { 0.5 } else { 1.0 };
        start.iter().zip(end).map(|(a, b)| a + share * (b - a)).collect()
    }

    /// Local rises now.
    pub(super) fn rises(&self) -> Vec<f64> {
        self.crosstalk.as_ref().map_or_else(|| vec![0.0; self.setup.array.cells()], Crosstalk::rises)
    }

    /// Moves all cells along a time (s) at their voltages (V) and local rises (K).
    pub(super) fn stay(
        &mut self,
        voltages: &[f64],
        rises: &[f64],
        duration: f64,
    ) -> Result<(), CrossbarError> {
        let setup = self.setup;
        let sink = setup.surroundings.ambient_temperature;
        let cells = self.states.par_chunks_mut(self.variables).zip(&mut self.flags).enumerate();
        let outcomes: Vec<Result<(), CrossbarError>> = cells
            .map(|(k, (state, flags))| {
                let segment = Segment::constant(voltages[k], duration);
                let around = Surroundings { ambient_temperature: sink + rises[k], ..setup.surroundings };
                let motion = setup
                    .model
                    .advance(setup.spread(k), state, &segment, &around, None, None)
                    .map_err(|source| setup.fault(k, source))?;
                *flags = flags.union(motion.flags);
                Ok(())
            })
            .collect();
        // In their order: which error is returned must not depend on the threads.
        outcomes.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_resolve_the_time_constant_and_add_up() {
        assert_eq!(cut(1e-7, None), [1e-7]);
        let parts = cut(1e-7, Some(2e-9));
        assert_eq!(parts[..2], [1e-9, 2e-9]);
        assert_eq!(parts.len(), 5);
        assert!((parts.iter().sum::<f64>() / 1e-7 - 1.0).abs() < 1e-12);
        assert_eq!(cut(1e-9, Some(5e-9)), [1e-9]);
    }
}
