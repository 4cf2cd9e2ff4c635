//! Whole pulses out of changes that were added up, as the rule of the design makes them.
//!
//! With the pending change d of a weight and its step Δ:
//! * mixed precision: d/Δ towards zero, within the budget, with its threshold below 1 as many more as the distance to the
//!   next pulse allows (to the nearest at 0.5); what is left over stays. Changes that come beside pulse trains: the same
//!   with a threshold of 1
//! * rounded: d/Δ to the nearest; what is left over is forgotten
//! * sign: one pulse where |d/Δ| reaches the threshold; what is left over is forgotten
//!
//! Pinned by: `tests/update_rules.rs`.

#![expect(
    clippy::inline_always,
    reason = "kernels must be inlined into the entry that is compiled for wide registers"
)]

use crate::mapping::config::UpdateRule;

impl UpdateRule {
    /// Adds changes of some weights with one step to those that are `pending`, and takes the pulses that are due; says
    /// of how many weights the pulses did not fit into the budget and were cut.
    pub(in crate::mapping) fn take_due(
        &self,
        (pending, delta): (&mut [f32], &[f32]),
        counts: &mut [i32],
        step: f32,
        budget: f32,
    ) -> u64 {
        let changes = (pending, delta);
        pulp::Arch::new().dispatch(|| match self {
            Self::Rounded => take(changes, counts, budget, |change| ((change / step).round(), 0.0)),
            Self::Sign { threshold } => take(changes, counts, budget, |change| {
                let due = change / step;
                let silent = due == 0.0 || due.abs() < *threshold;
                (if silent { 0.0 } else { due.signum() }, 0.0)
            }),
            Self::Pulsed | Self::TikiTaka(_) | Self::Verified(_) => whole(changes, counts, budget, step, 1.0),
            Self::MixedPrecision { threshold } => whole(changes, counts, budget, step, *threshold),
        })
    }
}

/// Whole steps, the last one from `threshold` on; what is left over stays.
#[inline(always)]
fn whole(changes: (&mut [f32], &[f32]), counts: &mut [i32], budget: f32, step: f32, threshold: f32) -> u64 {
    take(changes, counts, budget, |change| {
        let early = (1.0 - threshold).copysign(change);
        // Towards zero; `trunc` would be a call where the processor is not known.
        let pulses = (change / step + early).clamp(-budget, budget) as i32 as f32;
        (pulses, change - pulses * step)
    })
}

/// `due` gives pulses and what is left over.
#[inline(always)]
fn take(
    (pending, delta): (&mut [f32], &[f32]),
    counts: &mut [i32],
    budget: f32,
    due: impl Fn(f32) -> (f32, f32),
) -> u64 {
    let mut cut = 0_u32;
    for ((count, pending), delta) in counts.iter_mut().zip(pending).zip(delta) {
        let (pulses, left) = due(*pending + delta);
        cut += u32::from(pulses.abs() > budget);
        *pending = left;
        *count = pulses.clamp(-budget, budget) as i32;
    }
    u64::from(cut)
}

/// Adds the weights of a row with pulses to a list, numbered from `first` on.
pub(in crate::mapping) fn list(counts: &[i32], first: u32, listed: &mut Vec<(u32, i32)>) {
    const TOGETHER: usize = 32;
    let blocks = (first..).step_by(TOGETHER).zip(counts.chunks(TOGETHER));
    // A whole block by one number, as most have no pulses.
    for (first, block) in blocks.filter(|(_, block)| block.iter().fold(0, |all, count| all | count) != 0) {
        let pulsed = (first..).zip(block).filter(|(_, count)| **count != 0);
        listed.extend(pulsed.map(|(weight, count)| (weight, *count)));
    }
}
