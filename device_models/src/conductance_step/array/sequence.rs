//! [`PulseSequence`]: what pulses come to an array, one operation after the other.

/// Bit lines whose cells are worked on together.
pub const SIDE: usize = 16;

/// Pulses on the cells of an array, one operation after the other.
pub trait PulseSequence: Sync {
    /// Number of operations.
    fn operations(&self) -> usize;

    /// Pulses that one cell can receive at most, all operations together.
    fn most(&self) -> u32;

    /// Word lines on which an operation may send pulses, rising.
    fn lines(&self, operation: usize) -> &[u32];

    /// Pulses of an operation on [`SIDE`] bit lines from `first` on, for each of these word lines: SET where
    /// positive, zero beyond the last bit line.
    fn counts(&self, operation: usize, first: usize, lines: &[u32], counts: &mut [[i32; SIDE]]);
}

/// One operation with a count for each cell, output-major.
pub(super) struct Single<'a> {
    pub counts: &'a [i32],
    /// All word lines.
    pub lines: &'a [u32],
}

impl PulseSequence for Single<'_> {
    fn operations(&self) -> usize {
        1
    }

    fn most(&self) -> u32 {
        self.counts.iter().map(|count| count.unsigned_abs()).max().unwrap_or(0)
    }

    fn lines(&self, _operation: usize) -> &[u32] {
        self.lines
    }

    fn counts(&self, _operation: usize, first: usize, lines: &[u32], counts: &mut [[i32; SIDE]]) {
        counts.fill([0; SIDE]);
        let (Some(from), inputs) = (lines.first(), self.lines.len()) else { return };
        let rows = self.counts[first * inputs..].chunks_exact(inputs);
        for (lane, row) in rows.take(SIDE).enumerate() {
            for (counts, pulses) in counts.iter_mut().zip(&row[*from as usize..]) {
                counts[lane] = *pulses;
            }
        }
    }
}
