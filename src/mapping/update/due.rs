//! Whole pulses out of changes that were added up, as the rule of the design makes them.
//!
//! With the pending change d of a weight and its step Δ:
//! * mixed precision (and changes that come beside pulse trains): d/Δ towards zero, within the budget; what is left
//!   over stays
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
    /// Takes the pulses that are due of the changes of some weights with one step; says of how many weights the
    /// pulses did not fit into the budget and were cut.
    pub(in crate::mapping) fn take_due(
        &self,
        pending: &mut [f32],
        counts: &mut [i32],
        step: f32,
        budget: f32,
    ) -> u64 {
        pulp::Arch::new().dispatch(|| match self {
            Self::Rounded => take(pending, counts, budget, |change| ((change / step).round(), 0.0)),
            Self::Sign { threshold } => take(pending, counts, budget, |change| {
                let due = change / step;
                let silent = due == 0.0 || due.abs() < *threshold;
                (if silent { 0.0 } else { due.signum() }, 0.0)
            }),
            Self::Pulsed | Self::MixedPrecision | Self::TikiTaka(_) | Self::Verified(_) => {
                take(pending, counts, budget, |change| {
                    // Towards zero; `trunc` would be a call where the processor is not known.
                    let pulses = (change / step).clamp(-budget, budget) as i32 as f32;
                    (pulses, change - pulses * step)
                })
            }
        })
    }
}

/// `due` gives pulses and what is left over.
#[inline(always)]
fn take(pending: &mut [f32], counts: &mut [i32], budget: f32, due: impl Fn(f32) -> (f32, f32)) -> u64 {
    let mut cut = 0_u32;
    for (count, pending) in counts.iter_mut().zip(pending) {
        let (pulses, left) = due(*pending);
        cut += u32::from(pulses.abs() > budget);
        *pending = left;
        *count = pulses.clamp(-budget, budget) as i32;
    }
    u64::from(cut)
}
