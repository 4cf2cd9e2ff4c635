//! Weights that are to be written anew: those whose wanted value is far enough from what was last written.
//!
//! With the sum p of the changes of a weight since it was last written, and w what was written:
//! * due where |p| ≥ θ w_max, and what would be stored of w + p is not w;
//! * then w ← w + p ± a θ w_max, the overshoot a in the direction of p, all cut to the largest weight – or, where the design
//!   rounds, the level nearest to w + p – and p keeps the rest.
//!
//! Without overshoot a weight whose changes turn round answers only after θ, and so do all weights of a unit, whose
//! changes turn round together: their missing parts add up over the inputs, and learning swings about what it looks for.
//! With a near 1 the weight stands at one end of its dead band after every write and answers a turn after (1 − a) θ; what
//! is missing is then as often too much as too little. A steady change is written every (1 + a) θ.
//!
//! The digital memory holds w and p: as much as mixed precision and one matrix more. Errors of a write stay in the
//! cells until the next one; gradients are of the weights with them.
//!
//! References: S. R. Nandakumar et al., Front. Neurosci. 14, 406 (2020), doi:10.3389/fnins.2020.00406 (changes added up in
//! digital memory, devices programmed when they are large enough); Y. Li et al., Adv. Intell. Syst. (2022),
//! doi:10.1002/aisy.202200026 (mixed-precision continual learning on an array of resistive memory).
//! Pinned by: `tests/verified_updates.rs`.

use crate::mapping::scheme::Scheme;

/// Weights that are looked at together.
const TOGETHER: usize = 32;

/// One output of a tile: what was last written, and the changes since.
pub(in crate::mapping) struct Row<'a> {
    /// Number of the output in the tile, and of its first weight.
    pub output: usize,
    pub first: u32,
    pub written: &'a mut [f32],
    pub pending: &'a mut [f32],
    /// Distance from which a weight is due, how far beyond it is then written, and the largest weight.
    pub threshold: f32,
    pub overshoot: f32,
    pub largest: f32,
}

impl Row<'_> {
    /// Adds changes and lists the weights that are due, all of them where they are to be written `anew`, with what is
    /// stored of them. Says how many changes were cut at the largest weight.
    pub fn take_due(
        &mut self,
        delta: &[f32],
        scheme: &dyn Scheme,
        anew: bool,
        due: &mut Vec<(u32, f32)>,
    ) -> u64 {
        let threshold = if anew { 0.0 } else { self.threshold };
        let mut farthest = [0.0; 128];
        let mut cut = 0;
        for (from, delta) in
            (0..).step_by(TOGETHER * farthest.len()).zip(delta.chunks(TOGETHER * farthest.len()))
        {
            add(&mut self.pending[from..from + delta.len()], delta, &mut farthest);
            let blocks = (from..from + delta.len()).step_by(TOGETHER).zip(&farthest);
            for (first, _) in blocks.filter(|(_, farthest)| **farthest >= threshold) {
                for weight in first..(first + TOGETHER).min(from + delta.len()) {
                    if self.pending[weight].abs() >= threshold {
                        cut += u64::from(self.take(weight, scheme, anew, due));
                    }
                }
            }
        }
        cut
    }

    /// Lists a weight, unless what would be stored of it stands there already; says whether it was cut.
    fn take(&mut self, weight: usize, scheme: &dyn Scheme, anew: bool, due: &mut Vec<(u32, f32)>) -> bool {
        let (written, pending) = (&mut self.written[weight], &mut self.pending[weight]);
        let asked = *written + *pending;
        let wanted = asked.clamp(-self.largest, self.largest);
        let mut stored = scheme.stored(self.output, wanted);
        // Levels have no dead band but their own distance: beyond the nearest one a weight would come back at once.
        let rounded = (stored - wanted).abs() > 4.0 * f32::EPSILON * self.largest;
        if !(anew || rounded) {
            let beyond = wanted + self.overshoot.copysign(*pending);
            stored = scheme.stored(self.output, beyond.clamp(-self.largest, self.largest));
        }
        if anew || stored.to_bits() != written.to_bits() {
            due.push((self.first + weight as u32, stored));
            *written = stored;
        }
        *pending = wanted - *written;
        asked.to_bits() != wanted.to_bits()
    }
}

/// Adds changes; `farthest` is the largest magnitude of the sums, for every few of them.
fn add(pending: &mut [f32], delta: &[f32], farthest: &mut [f32]) {
    pulp::Arch::new().dispatch(|| {
        let blocks = pending.chunks_mut(TOGETHER).zip(delta.chunks(TOGETHER));
        for ((pending, delta), farthest) in blocks.zip(farthest) {
            let mut largest = [0.0_f32; TOGETHER];
            for ((pending, delta), largest) in pending.iter_mut().zip(delta).zip(&mut largest) {
                *pending += delta;
                *largest = pending.abs();
            }
            *farthest = largest.iter().fold(0.0, |all: f32, own| if *own > all { *own } else { all });
        }
    });
}
