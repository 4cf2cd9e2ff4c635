//! Many pulses: the array is computed for one round of pulses, then the cells are moved through a block of n
//! like ones.
//!
//! A pulse moves the states of the cells very little until one of them runs away. As long as states hardly
//! move, neither voltages nor temperatures do, and n pulses are the same as n times as long a stay in each
//! section of a pulse (multirate or envelope-following integration of an oscillating system: L. R. Petzold,
//! SIAM J. Numer. Anal. 18, 455 (1981), doi:10.1137/0718030; within a stay the model's own integrator controls
//! its error). Two things are assumed: a block changes ln G of no cell by more than the tolerance – otherwise it
//! is taken back and halved – and the thermal network has come to a periodic course. The fast variables
//! start each pulse from rest; in a block they do so once, which is no error while they need little of a pulse.
//!
//! Pinned by: `tests/crossbar_hammer.rs` (blocks against every single pulse).

use rayon::prelude::*;

use super::section::Profile;
use super::{Hammer, Outcome};
use crate::crossbar::CrossbarError;

/// The local temperatures repeat from round to round within this share of their largest rise.
const PERIODIC: f64 = 2e-3;
/// Rounds for which a block is worth while.
const LEAST_BLOCK: u64 = 4;

/// Where a train is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Pulses so far.
    pub pulses: u64,
    /// Cells flipped so far.
    pub flips: usize,
}

struct Readings {
    conductances: Vec<f64>,
    /// Initially above the conductance that counts as flipped.
    above: Vec<bool>,
    /// Not hammered.
    counts: Vec<bool>,
    flips: Vec<Option<u64>>,
}

pub(super) fn run(
    mut hammer: Hammer,
    watch: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Outcome, CrossbarError> {
    let setup = hammer.setup;
    let each = setup.biases.len() as u64;
    let start = hammer.read()?;
    let above = start.iter().map(|g| *g > setup.flip_conductance).collect();
    let counts = (0..start.len()).map(|k| !setup.hammered.contains(&k)).collect();
    let mut readings =
        Readings { flips: vec![None; start.len()], counts, above, conductances: start.clone() };
    let mut outcome = Outcome {
        first: super::Operation::default(),
        flips: Vec::new(),
        pulses: vec![0],
        conductances: start,
        slow: Vec::new(),
        flags: Vec::new(),
        resolved: 0,
        blocks: 0,
    };
    let mut pulses = 0;
    let mut profile = Profile::default();
    while pulses + each <= setup.pulses.count {
        let before = readings.conductances.clone();
        profile = hammer.resolve(&profile)?;
        pulses += each;
        outcome.resolved += each;
        if pulses == each {
            outcome.first = profile.first_end.take().unwrap_or_default();
        }
        let now = hammer.read()?;
        let change = largest_change(&before, &now);
        readings.note(now, pulses, setup.flip_conductance);
        // A block of as many rounds as change the array by half the tolerance.
        let left = (setup.pulses.count - pulses) / each;
        let warmest = profile.sections.iter().flat_map(|s| &s.rises).fold(0.0_f64, |m, r| m.max(*r));
        let mut rounds = (0.5 * setup.tolerance / change.max(1e-300)).min(left as f64) as u64;
        if profile.drift > PERIODIC * warmest + 1e-3 {
            rounds = 0;
        }
        while rounds >= LEAST_BLOCK {
            let (states, flags) = (hammer.states.clone(), hammer.flags.clone());
            hammer.repeat(&profile, rounds)?;
            let now = hammer.read()?;
            if largest_change(&readings.conductances, &now) <= setup.tolerance {
                pulses += rounds * each;
                outcome.blocks += 1;
                readings.note(now, pulses, setup.flip_conductance);
                break;
            }
            (hammer.states, hammer.flags) = (states, flags);
            rounds /= 4;
        }
        outcome.pulses.push(pulses);
        outcome.conductances.extend_from_slice(&readings.conductances);
        let flips = readings.flips.iter().flatten().count();
        let enough = setup.stop_after.is_some_and(|most| flips >= most);
        if enough || !watch(&Progress { pulses, flips }) {
            break;
        }
    }
    outcome.flips = readings.flips;
    outcome.slow = hammer.states.iter().step_by(hammer.variables).copied().collect();
    outcome.flags = hammer.flags;
    Ok(outcome)
}

impl Readings {
    fn note(&mut self, now: Vec<f64>, pulses: u64, threshold: f64) {
        for (k, (flip, g)) in self.flips.iter_mut().zip(&now).enumerate() {
            if self.counts[k] && flip.is_none() && (*g > threshold) != self.above[k] {
                *flip = Some(pulses);
            }
        }
        self.conductances = now;
    }
}

/// Largest |ln(b/a)|.
fn largest_change(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).fold(0.0, |most, (a, b)| (b / a).ln().abs().max(most))
}

impl Hammer<'_> {
    /// Conductances read at rest, S.
    fn read(&self) -> Result<Vec<f64>, CrossbarError> {
        let setup = self.setup;
        let surroundings = setup.surroundings;
        let readings: Vec<Result<f64, CrossbarError>> = (0..setup.array.cells())
            .into_par_iter()
            .map(|k| {
                let rest = setup.model.rest(self.states[k * self.variables], &surroundings);
                let point = setup
                    .model
                    .operating_point(setup.spread(k), &rest, setup.read_voltage, &surroundings)
                    .map_err(|source| setup.fault(k, source))?;
                Ok(point.current / setup.read_voltage)
            })
            .collect();
        readings.into_iter().collect()
    }
}
