//! Counter-based random streams.
//!
//! A [`Stream`] is addressed, not shared: the numbers drawn by device 17 in cycle 3 for the
//! purpose "read noise" depend on those coordinates and the seed alone. Results are therefore
//! the same bits for any number of threads and any order of work.
//!
//! Generator: Philox4x32-10 ([`philox4x32`]). The 64-bit key is a hash of (seed, purpose); the 128-bit
//! counter is (block, cycle, device low, device high). Normals: Box–Muller.
//!
//! Pinned by: the known-answer vectors of the Random123 distribution and moment tests below.

pub use crate::philox::philox4x32;

/// Rejected draws after which a truncated normal changes its method.
const MOST_REJECTIONS: u32 = 10_000;

/// SplitMix64 finaliser (G. Steele et al., OOPSLA'14, doi:10.1145/2660193.2660195): spreads
/// neighbouring seeds over the whole key space.
const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// What a stream is drawn for. Two purposes never share numbers under one seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u32)]
pub enum Purpose {
    /// Device-to-device spread.
    DeviceSpread = 1,
    /// Cycle-to-cycle variation of switching.
    Cycle = 2,
    /// Noise inside the motion of a state.
    StateNoise = 3,
    /// Read noise of cells.
    ReadNoise = 4,
    /// Noise of converters and sense amplifiers.
    Converter = 5,
    /// Stochastic pulse trains of an in-array update.
    PulseTrain = 6,
    /// Initial weights.
    InitialWeights = 7,
    /// Order of training samples.
    Shuffle = 8,
    /// Latent samples of a generative model.
    Latent = 9,
    /// Fixed random masks (context gates).
    Mask = 10,
    /// Splitting a data set.
    Split = 11,
    /// Conductance patterns of an experiment script.
    Pattern = 12,
    /// Events and waiting times of a kinetic Monte Carlo simulation.
    KineticMonteCarlo = 13,
    /// Properties of a cell's traps.
    Trap = 22,
    /// Transitions of a cell's traps.
    TrapTransition = 23,
    /// Starting points of a fit.
    FitStart = 20,
    /// Noise injected into weights and outputs in hardware-aware training.
    TrainingNoise = 30,
    /// Seeds of the programmings of a study, each of other devices.
    Programming = 31,
    /// Noise of weights that are read out.
    ReadOut = 32,
    /// Faults of the cells and lines of an array.
    Fault = 40,
    /// Orders of pixels.
    Permutation = 60,
}

/// Philox key of a stream; cycles enter by their upper half alone.
fn stream_key(seed: u64, purpose: Purpose, cycle: u64) -> [u32; 2] {
    let key = mix(mix(seed ^ (u64::from(purpose as u32) << 56)) ^ (cycle >> 32));
    [key as u32, (key >> 32) as u32]
}

/// Eight standard normals for each of successive devices, vectorised: those at the coordinates (`seed`,
/// `purpose`, device, cycle), each device with a cycle of its own.
///
/// Devices stand in groups of eight; `out` holds of each group the first normal of all eight, then the
/// second, and so on. `out` is eight times as long as `cycles`, whose length is a multiple of eight;
/// what is beyond is left alone.
pub fn fill_device_normals(seed: u64, purpose: Purpose, first_device: u64, cycles: &[u32], out: &mut [f32]) {
    crate::normal::fill_devices(stream_key(seed, purpose, 0), first_device, cycles, out);
}

/// A random stream at fixed coordinates (seed, purpose, device, cycle).
///
/// A stream yields up to 2³⁴ numbers of 32 bits before its block counter wraps.
#[derive(Debug, Clone)]
pub struct Stream {
    key: [u32; 2],
    counter: [u32; 4],
    block: [u32; 4],
    used: usize,
    spare_normal: Option<f64>,
}

impl Stream {
    /// The stream of `device` in `cycle`. Cycles beyond 2³² enter through the key.
    pub fn new(seed: u64, purpose: Purpose, device: u64, cycle: u64) -> Self {
        Self {
            key: stream_key(seed, purpose, cycle),
            counter: [0, cycle as u32, device as u32, (device >> 32) as u32],
            block: [0; 4],
            used: 4,
            spare_normal: None,
        }
    }

    /// The next 32 random bits.
    #[inline]
    pub fn next_u32(&mut self) -> u32 {
        if self.used == 4 {
            self.block = philox4x32(self.counter, self.key);
            self.counter[0] = self.counter[0].wrapping_add(1);
            self.used = 0;
        }
        let value = self.block[self.used];
        self.used += 1;
        value
    }

    /// The next 64 random bits.
    #[inline]
    pub fn next_u64(&mut self) -> u64 {
        let low = u64::from(self.next_u32());
        (u64::from(self.next_u32()) << 32) | low
    }

    /// Uniform in the open interval (0, 1), 53 bits.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        ((self.next_u64() >> 11) as f64 + 0.5) * (1.0 / 9_007_199_254_740_992.0)
    }

    /// Uniform integer in `0..bound` without bias (Lemire's method); 0 when `bound` is 0.
    pub fn below(&mut self, bound: u32) -> u32 {
        if bound == 0 {
            return 0;
        }
        let threshold = bound.wrapping_neg() % bound;
        loop {
            let product = u64::from(self.next_u32()) * u64::from(bound);
            if product as u32 >= threshold {
                return (product >> 32) as u32;
            }
        }
    }

    /// Standard normal.
    #[inline]
    pub fn normal(&mut self) -> f64 {
        if let Some(value) = self.spare_normal.take() {
            return value;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sin, cos) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare_normal = Some(radius * sin);
        radius * cos
    }

    /// Standard normal truncated to `low..=high` (in units of the standard deviation); `low` when
    /// there is nothing between. Rejection from the normal, and for windows that hold little of it
    /// from the uniform distribution. Meant for windows that hold or touch the mean.
    pub fn truncated_normal(&mut self, low: f64, high: f64) -> f64 {
        if low.is_nan() || high.is_nan() || low >= high {
            return low;
        }
        for _ in 0..MOST_REJECTIONS {
            let value = self.normal();
            if (low..=high).contains(&value) {
                return value;
            }
        }
        // The density relative to its largest value in the window.
        let top = 0.0_f64.clamp(low, high);
        for _ in 0..MOST_REJECTIONS {
            let value = low + (high - low) * self.uniform();
            if self.uniform() < (0.5 * (top - value) * (top + value)).exp() {
                return value;
            }
        }
        top
    }

    /// Fills `out` with standard normals of `f32`, vectorised. Starts at the next whole block.
    pub fn fill_normal(&mut self, out: &mut [f32]) {
        let used = crate::normal::fill(out, self.counter, self.key);
        self.counter[0] = self.counter[0].wrapping_add(used);
        self.used = 4;
        self.spare_normal = None;
    }

    /// Shuffles in place (Fisher–Yates).
    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let j = self.below(i as u32 + 1) as usize;
            items.swap(i, j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_answers_of_random123() {
        assert_eq!(philox4x32([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(
            philox4x32([u32::MAX; 4], [u32::MAX; 2]),
            [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        );
        assert_eq!(
            philox4x32([0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0]),
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        );
    }

    #[test]
    fn streams_are_addressed_and_distinct() {
        let draw = |s: u64, p, d, c| Stream::new(s, p, d, c).next_u64();
        let base = draw(1, Purpose::Cycle, 2, 3);
        assert_eq!(base, draw(1, Purpose::Cycle, 2, 3));
        for other in [
            draw(2, Purpose::Cycle, 2, 3),
            draw(1, Purpose::ReadNoise, 2, 3),
            draw(1, Purpose::Cycle, 3, 3),
            draw(1, Purpose::Cycle, 2, 4),
            draw(1, Purpose::Cycle, 2, 3 + (1 << 32)),
        ] {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn normal_moments() {
        let n = 400_000_usize;
        let mut stream = Stream::new(7, Purpose::ReadNoise, 0, 0);
        let draws: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
        let mean = draws.iter().sum::<f64>() / n as f64;
        let var = draws.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n as f64;
        let kurtosis = draws.iter().map(|x| (x - mean).powi(4)).sum::<f64>() / n as f64 / var / var;
        // Five standard errors of each estimator.
        assert!(mean.abs() < 5.0 / (n as f64).sqrt(), "{mean}");
        assert!((var - 1.0).abs() < 5.0 * (2.0 / n as f64).sqrt(), "{var}");
        assert!((kurtosis - 3.0).abs() < 5.0 * (24.0 / n as f64).sqrt(), "{kurtosis}");
    }

    #[test]
    fn truncated_normals_stay_in_any_window() {
        let mut stream = Stream::new(5, Purpose::DeviceSpread, 0, 0);
        for (low, high) in [(-3.0, 3.0), (-1e-9, 2e-9), (0.0, 1e-300), (4.0, 4.5), (9.0, 12.0)] {
            let draws: Vec<f64> = (0..20).map(|_| stream.truncated_normal(low, high)).collect();
            assert!(draws.iter().all(|x| (low..=high).contains(x)), "{low}..{high}: {draws:?}");
            assert!(draws.iter().any(|x| (x - draws[0]).abs() > 0.0), "{low}..{high}: {draws:?}");
        }
        assert_eq!(stream.truncated_normal(2.0, 2.0).to_bits(), 2.0_f64.to_bits());
        assert!(stream.truncated_normal(f64::NAN, 2.0).is_nan());
    }

    #[test]
    fn bounded_integers_are_uniform() {
        let mut stream = Stream::new(3, Purpose::Shuffle, 0, 0);
        let mut counts = [0_u32; 7];
        for _ in 0..70_000 {
            counts[stream.below(7) as usize] += 1;
        }
        let chi2: f64 = counts.iter().map(|&c| (f64::from(c) - 1e4).powi(2) / 1e4).sum();
        assert!(chi2 < 25.0, "chi-square of 6 degrees of freedom: {chi2}");
    }
}
